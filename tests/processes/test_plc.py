"""A booth whose line belongs to a PLC, as processes; the test plays the PLC over Modbus TCP."""

import asyncio
import socket
from pathlib import Path

import pytest
import yaml

from tests.processes.line import running, settings

client = pytest.importorskip("pymodbus.client", reason="pymodbus is not installed (extra: modbus)")

from booth.line.plc.registers import Disposition  # noqa: E402 - after the skip
from tests.line.plc_program import Plc  # noqa: E402 - imports pymodbus


def free_port() -> int:
    with socket.socket() as asked:
        asked.bind(("127.0.0.1", 0))
        port: int = asked.getsockname()[1]
        return port


def for_a_plc(folder: Path, port: int) -> Path:
    path = settings(folder)
    tree = yaml.safe_load(path.read_text())
    del tree["line"]
    tree["plc"] = {"listen": "127.0.0.1", "port": port, "verdict_due_ms": 3000, "silent_after_ms": 5000}
    path.write_text(yaml.safe_dump(tree))
    return path


async def trays(port: int, numbers: range) -> list[Disposition]:
    modbus = client.AsyncModbusTcpClient("127.0.0.1", port=port, timeout=2, retries=0)
    assert await modbus.connect()
    try:
        plc = Plc(modbus)
        return [await plc.one_tray(number) for number in numbers]
    finally:
        modbus.close()


def test_trays_that_a_plc_triggers_are_looked_at_judged_and_counted(tmp_path: Path) -> None:
    port = free_port()
    with running(for_a_plc(tmp_path, port), "--trays", "3") as run:
        run.wait_for("the registers", lambda: answers(port))
        went = asyncio.run(trays(port, range(101, 104)))
        assert run.ended() == 0
    verdicts = {"PASS": Disposition.PASSED, "DIVERT": Disposition.DIVERTED}
    assert [verdicts[tray["verdict"]] for tray in run.trays] == went
    assert all(tray["score"] is not None for tray in run.trays), [tray["reasons"] for tray in run.trays]
    summary = run.summary
    assert (summary["entered"], summary["held"], summary["in_flight"]) == (3, 0, 0)
    assert summary["passed"] + summary["diverted"] == 3


def answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
