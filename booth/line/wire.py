"""Messages between the line keeper and everyone else, version by version.

The keeper serves; a client's first message is Hello, and the keeper answers with Status. One client at a time is
the controller; any number of observers read along, and any client may ask, for a person, for a reset.
"""

from dataclasses import fields
from enum import Enum
from functools import cache
from types import UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

from booth.line.messages import (
    PROTOCOL,
    CaptureDone,
    Decision,
    FaultCleared,
    FaultRaised,
    Hello,
    LineMessage,
    LineState,
    Refused,
    Reset,
    Role,
    Status,
    TrayAt,
    TrayEnded,
    TrayEntered,
)
from booth.tray import Judgement, Verdict
from drivers.errors import LinkLost
from drivers.links import Channel, Message

KINDS: dict[str, type[Any]] = {kind.__name__: kind for kind in get_args(LineMessage)}
_hints = cache(get_type_hints)


def encode(message: LineMessage) -> Message:
    return Message({"kind": type(message).__name__, **_plain(message)})


def decode(message: Message) -> LineMessage:
    """Raises LinkLost for anything that is not a message of this protocol: such a peer cannot be served."""
    try:
        head = dict(message.head)
        kind = KINDS[head.pop("kind")]
        found: LineMessage = _revive(kind, head)
        return found
    except (KeyError, TypeError, ValueError) as error:
        raise LinkLost(f"not a message of {PROTOCOL}: {error!r}") from error


async def send(channel: Channel, message: LineMessage) -> None:
    await channel.send(encode(message))


async def receive(channel: Channel) -> LineMessage:
    return decode(await channel.receive())


def _plain(value: Any) -> Any:
    """Dataclasses to dicts, enums to their values, tuples to lists: what JSON can carry."""
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, tuple):
        return [_plain(part) for part in value]
    if hasattr(value, "__dataclass_fields__"):
        return {field.name: _plain(getattr(value, field.name)) for field in fields(value)}
    return value


def _revive(kind: Any, value: Any) -> Any:
    """The inverse of _plain for the type `kind`."""
    if get_origin(kind) is tuple:
        if not isinstance(value, list | tuple):
            raise TypeError(f"{value!r} is not a list")
        inner = get_args(kind)
        if len(inner) == 2 and inner[1] is Ellipsis:
            return tuple(_revive(inner[0], part) for part in value)
        return tuple(_revive(each, part) for each, part in zip(inner, value, strict=True))
    if get_origin(kind) in (Union, UnionType):  # a NewType with None is the former, a class with None the latter
        return None if value is None else _revive(next(k for k in get_args(kind) if k is not type(None)), value)
    if isinstance(kind, type) and issubclass(kind, Enum):
        return kind(value)
    if hasattr(kind, "__dataclass_fields__"):
        hints = _hints(kind)
        if unknown := value.keys() - hints.keys():
            raise ValueError(f"{kind.__name__} has no {', '.join(sorted(unknown))}")
        return kind(**{name: _revive(hints[name], part) for name, part in value.items()})
    return _checked(kind, value)


def _checked(kind: Any, value: Any) -> Any:
    """A leaf: NewTypes are what they wrap; a whole number is a float too, a bool is not a number."""
    leaf = getattr(kind, "__supertype__", kind)
    if leaf is float and type(value) is int:
        return float(value)
    if type(value) is not leaf:
        raise TypeError(f"{value!r} is not a {leaf.__name__}")
    return value


__all__ = [
    "PROTOCOL",
    "CaptureDone",
    "Decision",
    "FaultCleared",
    "FaultRaised",
    "Hello",
    "Judgement",
    "LineMessage",
    "LineState",
    "Refused",
    "Reset",
    "Role",
    "Status",
    "TrayAt",
    "TrayEnded",
    "TrayEntered",
    "Verdict",
    "decode",
    "encode",
    "receive",
    "send",
]
