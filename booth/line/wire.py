"""Messages between the line keeper and everyone else, version by version.

The keeper serves; a client's first message is Hello, and the keeper answers with Status. One client at a time is
the controller; any number of observers read along, and any client may ask, for a person, for a reset.
"""

from collections.abc import Callable
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
    TrayIdentified,
)
from booth.tray import Judgement, Verdict
from drivers.errors import LinkLost
from drivers.links import Channel, Message

KINDS: dict[str, Any] = {kind.__name__: kind for kind in get_args(LineMessage)}


def encode(message: LineMessage) -> Message:
    return Message({"kind": type(message).__name__, **_plain(message)})


def decode(message: Message) -> LineMessage:
    """Raises LinkLost for anything that is not a message of this protocol: such a peer cannot be served."""
    try:
        head = dict(message.head)
        kind = KINDS[head.pop("kind")]
        found: LineMessage = _reviver(kind)(head)
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
        return {name: _plain(getattr(value, name)) for name in _names(value.__class__)}
    return value


@cache
def _names(kind: Any) -> tuple[str, ...]:
    return tuple(field.name for field in fields(kind))


Revive = Callable[[Any], Any]
"""From what JSON carries to a value. Raises TypeError, ValueError, KeyError."""


@cache
def _reviver(kind: Any) -> Revive:
    """The inverse of _plain for the type `kind`."""
    if get_origin(kind) is tuple:
        return _tuple(get_args(kind))
    if get_origin(kind) in (Union, UnionType):  # a NewType with None is the former, a class with None the latter
        inner = _reviver(next(each for each in get_args(kind) if each is not type(None)))
        return lambda value: None if value is None else inner(value)
    if isinstance(kind, type) and issubclass(kind, Enum):
        return kind
    if hasattr(kind, "__dataclass_fields__"):
        return _dataclass(kind)
    return _leaf(kind)


def _tuple(kinds: tuple[Any, ...]) -> Revive:
    endless = len(kinds) == 2 and kinds[1] is Ellipsis
    inner = [_reviver(kind) for kind in (kinds[:1] if endless else kinds)]

    def revive(value: Any) -> Any:
        if not isinstance(value, list | tuple):
            raise TypeError(f"{value!r} is not a list")
        if endless:
            return tuple(map(inner[0], value))
        return tuple(each(part) for each, part in zip(inner, value, strict=True))

    return revive


def _dataclass(kind: Any) -> Revive:
    inner = {name: _reviver(hint) for name, hint in get_type_hints(kind).items()}

    def revive(value: Any) -> Any:
        if unknown := value.keys() - inner.keys():
            raise ValueError(f"{kind.__name__} has no {', '.join(sorted(unknown))}")
        return kind(**{name: inner[name](part) for name, part in value.items()})

    return revive


def _leaf(kind: Any) -> Revive:
    """NewTypes are what they wrap; a whole number is a float too, a bool is not a number."""
    leaf = getattr(kind, "__supertype__", kind)

    def revive(value: Any) -> Any:
        if leaf is float and type(value) is int:
            return float(value)
        if type(value) is not leaf:
            raise TypeError(f"{value!r} is not a {leaf.__name__}")
        return value

    return revive


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
    "TrayIdentified",
    "Verdict",
    "decode",
    "encode",
    "receive",
    "send",
]
