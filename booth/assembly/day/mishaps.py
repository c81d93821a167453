"""What the simulated world can only announce, done to a booth in virtual time: kills, a full disk, a stepped clock."""

from collections.abc import Coroutine
from datetime import timedelta
from typing import Any

from booth.assembly.virtual import VirtualBooth
from drivers.clock import pause
from drivers.units import Duration, ms
from fakes.faults import PlannedFault
from fakes.faults.injection import Mended, Struck

KILLED = {"controller-killed": "controller", "keeper-killed": "keeper"}


class Mishaps:
    """Listens to the floor of `booth` from now on."""

    def __init__(self, booth: VirtualBooth) -> None:
        self._booth = booth
        self._down: set[str] = set()
        self._fills = 0
        booth.world.floor.listen(self._befallen)

    def _befallen(self, change: Struck | Mended) -> None:
        if isinstance(change, Struck) and (doing := self._doing(change.fault)):
            self._booth.tasks.create_task(doing)

    def _doing(self, fault: PlannedFault) -> Coroutine[Any, Any, None] | None:
        match fault.name:
            case "controller-killed" | "keeper-killed":
                return self._kill(KILLED[fault.name], ms(fault.span_ms))
            case "disk-full":
                return self._fill_disk(ms(fault.span_ms))
            case "clock-step":
                self._booth.clock.step(timedelta(seconds=fault.much))
        return None

    async def _kill(self, name: str, lasts: Duration) -> None:
        """One that is dead already stays dead for no longer."""
        if name in self._down:
            return
        self._down.add(name)
        await self._booth.kill(name)
        await pause(self._booth.clock, lasts)
        await (self._booth.start_keeper() if name == "keeper" else self._booth.start_controller())
        self._down.remove(name)

    async def _fill_disk(self, lasts: Duration) -> None:
        self._fills += 1
        self._booth.disk.full = True
        await pause(self._booth.clock, lasts)
        self._fills -= 1
        self._booth.disk.full = self._fills > 0
