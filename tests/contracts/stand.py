"""What a suite asks of any stand."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import NoReturn

import pytest

from drivers.clock import Clock
from drivers.units import Duration

Act = Callable[[], Awaitable[None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stand:
    """`cut` makes the device lost as pulling its cable would, or is the reason why it cannot be.

    `lateness` bounds how late the stand may wake: 0 in virtual time.
    """

    clock: Clock
    cut: Act | str
    lateness: Duration = Duration(0)

    async def lose_it(self) -> None:
        if isinstance(self.cut, str):
            skip(self.cut)
        await self.cut()


def skip(why: str) -> NoReturn:
    pytest.skip(why)
