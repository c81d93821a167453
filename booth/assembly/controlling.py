"""The controller as a process: what it stands on, its devices, its records, its links."""

import asyncio
from collections.abc import Mapping
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass
from typing import Any

from booth.assembly.changing import Changing, examiner_of
from booth.assembly.devices import cameras, lights
from booth.assembly.foundation import Foundation
from booth.assembly.recording import Book, Faults, run_record
from booth.assembly.wishes import grant
from booth.faults import Occurrence
from booth.inspection.controller import Controller
from booth.inspection.examination import Examiner
from booth.inspection.state import ControllerState
from booth.inspection.station import Station, Tell
from booth.line.relay import Relay
from booth.records import sessions
from booth.records.evidence import FOLDER, QUEUE_TRAYS, Evidence
from booth.records.journal import Journal
from booth.records.sessions import Recorder
from booth.records.writers import MakeWriter, OnThread
from booth.service.desk import Desk
from booth.service.logs import FaultLog
from booth.service.notify import Heart, Supervision
from booth.settings import Settings
from drivers.clock import Clock
from drivers.errors import DeviceMissing
from drivers.frames import CameraInfo
from drivers.isolated.process import Say
from drivers.links import Dial
from drivers.units import Duration, ms

JOURNAL = "journal.sqlite"


@dataclass(frozen=True, slots=True)
class Threads:
    """Who writes the records: threads of their own. Virtual time brings writers that write in turn."""

    journal: MakeWriter
    evidence: MakeWriter
    sessions: MakeWriter


def threads(settings: Settings) -> Threads:
    records = settings.records
    return Threads(
        OnThread("journal", records.queue_rows, ms(records.group_commit_ms)),
        OnThread("evidence", QUEUE_TRAYS, Duration(0)),
        OnThread("sessions", sessions.QUEUE_CAPTURES, Duration(0)),
    )


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a controller is given besides its settings: the clock, whom to tell, how to reach the others. `host_says`
    takes the lines of camera hosts; None: cameras have none, as in virtual time."""

    clock: Clock
    supervision: Supervision
    log: FaultLog
    line: Dial
    world: Dial | None
    writers: Threads
    desk: Desk
    host_says: Say | None = None


async def control(foundation: Foundation, around: Surroundings, stop: asyncio.Event) -> None:
    """Serve the line until `stop`; then divert what is under way, switch the lights off and write everything down.

    Raises DeviceError, CalibrationInvalid, StorageFailed before it is ready.
    """
    async with AsyncExitStack() as closing:
        heart = Heart(around.supervision)
        faults, book = _records(foundation, around, heart, closing)
        relay = Relay(around.line, around.clock)
        settings, stirred = foundation.settings, asyncio.Event()
        station = Station(
            cameras(settings, around.clock, around.world, around.host_says),
            lights(settings, around.clock, around.world),
            around.clock,
            _and_stir(faults.raised, stirred),
            _and_stir(faults.cleared, stirred),
        )
        controller = Controller(settings, station, relay, around.clock, faults, book, stirred.set)
        examiner, infos = await _opened(controller, station, foundation)
        grant(around.desk, book.recorder, infos)
        Changing(foundation, infos, controller, book).grant()
        async with asyncio.TaskGroup() as group:
            tasks = [
                group.create_task(controller.run(examiner)),
                group.create_task(heart.run(around.clock)),
                group.create_task(_tell_state(controller, around, stirred)),
            ]
            await stop.wait()
            await controller.stop()
            await relay.close()
            for task in tasks:
                task.cancel()


async def _opened(
    controller: Controller, station: Station, foundation: Foundation
) -> tuple[Examiner, Mapping[str, CameraInfo]]:
    infos = await controller.open()
    try:
        _refuse_simulated(foundation.settings, infos)
        return await asyncio.get_running_loop().run_in_executor(None, examiner_of, foundation, infos), infos
    except BaseException:
        await station.close()
        raise


def _refuse_simulated(settings: Settings, infos: Mapping[str, CameraInfo]) -> None:
    """Whatever its driver is called: a camera that says it is simulated sees no tray of a real line."""
    named = [name for name, info in infos.items() if info.simulated]
    if named and not settings.simulated:
        raise DeviceMissing(
            f"{', '.join(named)}: a simulated camera, and this booth is not simulated; name the real one"
        )


def _records(
    foundation: Foundation, around: Surroundings, heart: Heart, closing: AsyncExitStack
) -> tuple[Faults, Book]:
    """The journal and the evidence, opened, and closed last: after the last verdict has left."""
    settings, loop = foundation.settings, asyncio.get_running_loop()
    told: list[Faults] = []

    def unwritten(occurrence: Occurrence) -> None:
        told[0].unwritten(occurrence)

    journal = Journal.open(settings.state_dir / JOURNAL, unwritten, around.writers.journal)
    closing.callback(journal.close)
    evidence = Evidence(settings.state_dir / FOLDER, unwritten, around.writers.evidence)
    closing.callback(evidence.close)
    recorder = _recorder(settings, around, loop)
    closing.callback(recorder.close)
    told.append(Faults(around.log, around.desk, journal, around.clock, loop))
    journal.put(run_record(foundation.grounds, around.clock))
    grounds, desk, clock = foundation.grounds, around.desk, around.clock
    return told[0], Book(grounds, settings.records, journal, evidence, recorder, desk, around.log, heart, clock)


def _recorder(settings: Settings, around: Surroundings, loop: asyncio.AbstractEventLoop) -> Recorder:
    def tell(head: dict[str, Any]) -> None:
        with suppress(RuntimeError):  # the loop has ended by itself; what is recorded stays
            loop.call_soon_threadsafe(around.desk.tell, head)

    return Recorder(settings.state_dir / sessions.FOLDER, tell, around.writers.sessions)


def _and_stir(tell: Tell, stirred: asyncio.Event) -> Tell:
    def told(occurrence: Occurrence) -> None:
        tell(occurrence)
        stirred.set()

    return told


async def _tell_state(controller: Controller, around: Surroundings, stirred: asyncio.Event) -> None:
    """Readers of the desk hear each change of state; systemd hears READY at the first that is operational."""
    told: ControllerState | None = None
    ready = False
    while True:
        state = controller.state
        if state is not told:
            told = state
            around.desk.tell({"kind": "state", "state": state.value})
            around.supervision.notifier.status(state.value)
        if not ready and state in (ControllerState.INITIALIZED, ControllerState.READY):
            ready = True
            around.supervision.notifier.ready(state.value)
        await stirred.wait()
        stirred.clear()
