"""One connection to a module, shared by the devices that are wired to it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Generic, Protocol, TypeVar

from drivers.errors import DeviceLost


class Connection(Protocol):
    """Lost ones stay lost."""

    @property
    def lost(self) -> DeviceLost | None: ...

    async def close(self) -> None: ...


C = TypeVar("C", bound=Connection)


class Sharing(Generic[C]):
    """Whoever joins gets the connection there is, or a new one if that was lost; the last who leaves closes it. One
    who holds a lost connection goes on holding that one: it has to leave and to join again."""

    def __init__(self, connect: Callable[[], Awaitable[C]]) -> None:
        self._connect = connect
        self._held: C | None = None
        self._users: dict[int, int] = {}
        self._one_at_a_time = asyncio.Lock()

    async def join(self) -> C:
        """Raises what connecting raises."""
        async with self._one_at_a_time:
            if self._held is None or self._held.lost is not None:
                self._held = await self._connect()
            self._users[id(self._held)] = self._users.get(id(self._held), 0) + 1
            return self._held

    async def leave(self, connection: C) -> None:
        left = self._users.pop(id(connection)) - 1
        if left > 0:
            self._users[id(connection)] = left
            return
        if self._held is connection:
            self._held = None
        await connection.close()
