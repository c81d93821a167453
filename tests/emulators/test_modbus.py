"""The Modbus core, byte by byte: requests and answers as the specification prints them."""

from functools import partial

import pytest

from drivers.clock import pause
from drivers.units import ms
from fakes.emulators.modbus import Cell, RtuSession, TcpSession, Unit, answer, checksum, coil
from fakes.line.floor import Floor
from tests.emulators.floors import on_a_virtual_floor

ALL = frozenset((1, 2, 3, 4, 5, 6, 15, 16))


class Bench:
    """A unit of ten coils and four registers, and what it has said."""

    def __init__(self) -> None:
        self.coils, self.words, self.said = [False] * 10, [0xAB00, 0xAB01, 0xAB02, 0xAB03], list[bytes]()
        self.unit = Unit(
            ALL,
            coils={
                index: coil(partial(self.coils.__getitem__, index), partial(self._turn, index)) for index in range(10)
            },
            discrete={7: Cell(lambda: 1)},
            holding={
                index: Cell(partial(self.words.__getitem__, index), partial(self._note, index)) for index in range(4)
            },
            inputs={0: Cell(lambda: 5)},
        )

    def _turn(self, index: int, on: bool) -> None:
        self.coils[index] = on

    def _note(self, index: int, word: int) -> None:
        self.words[index] = word


@pytest.fixture
def bench() -> Bench:
    return Bench()


@pytest.mark.parametrize(
    ("request_", "response"),
    [
        ("01 0000 000A", "01 02 00 00"),
        ("02 0007 0001", "02 01 01"),
        ("03 0001 0002", "03 04 AB01 AB02"),
        ("04 0000 0001", "04 02 0005"),
        ("05 0003 FF00", "05 0003 FF00"),
        ("06 0002 1234", "06 0002 1234"),
        ("0F 0000 000A 02 CD01", "0F 0000 000A"),
        ("10 0000 0002 04 000A 0102", "10 0000 0002"),
        ("07", "87 01"),
        ("01 0005 0008", "81 02"),
        ("02 0000 0001", "82 02"),
        ("06 0009 0000", "86 02"),
        ("0F 0008 0004 01 0F", "8F 02"),
        ("01 0000 0000", "81 03"),
        ("03 0000 007E", "83 03"),
        ("05 0003 5500", "85 03"),
        ("05 0003", "85 03"),
        ("0F 0000 000A 02 CD", "8F 03"),
        ("10 0000 0002 02 000A", "90 03"),
        ("10 0000 0002 03 000A 0102", "90 03"),
    ],
)
def test_each_request_has_the_answer_of_the_specification(bench: Bench, request_: str, response: str) -> None:
    assert answer(bench.unit, bytes.fromhex(request_)).hex() == bytes.fromhex(response).hex()


def test_coils_are_packed_from_the_lowest_bit(bench: Bench) -> None:
    answer(bench.unit, bytes.fromhex("0F 0000 000A 02 CD01"))
    assert [int(on) for on in bench.coils] == [1, 0, 1, 1, 0, 0, 1, 1, 1, 0]
    assert answer(bench.unit, bytes.fromhex("01 0000 000A")) == bytes.fromhex("01 02 CD 01")


def test_a_refused_write_of_several_changes_none(bench: Bench) -> None:
    answer(bench.unit, bytes.fromhex("0F 0008 0004 01 0F"))
    assert not any(bench.coils)


def test_tcp_requests_that_come_in_pieces_or_together_are_answered_one_by_one(bench: Bench) -> None:
    session = TcpSession(bench.unit, bench.said.append)
    one = bytes.fromhex("0001 0000 0006 01 05 0003 FF00")
    two = bytes.fromhex("0002 0000 0006 01 01 0000 000A")
    session.hear(one[:9])
    assert bench.said == []
    session.hear(one[9:] + two)
    assert [said.hex() for said in bench.said] == ["000100000006010500" + "03ff00", "00020000000501010208" + "00"]


@pytest.mark.parametrize("header", ["0001 0000 0006 02", "0001 0007 0006 01"])
def test_a_tcp_request_to_another_unit_or_protocol_is_not_answered(bench: Bench, header: str) -> None:
    TcpSession(bench.unit, bench.said.append).hear(bytes.fromhex(header + "05 0003 FF00"))
    assert bench.said == []
    assert not any(bench.coils)


def test_what_is_not_modbus_does_not_stop_the_next_request(bench: Bench) -> None:
    session = TcpSession(bench.unit, bench.said.append)
    session.hear(b"GET / HTTP/1.1\r\n\r\n")
    session.hear(bytes.fromhex("0001 0000 0006 01 05 0003 FF00"))
    assert len(bench.said) == 1


def test_the_checksum_is_the_one_that_boards_print() -> None:
    assert checksum(bytes.fromhex("01 05 00 00 FF 00")) == bytes.fromhex("8C 3A")
    assert checksum(bytes.fromhex("01 01 00 00 00 08")) == bytes.fromhex("3D CC")


def framed(request_: str) -> bytes:
    request = bytes.fromhex(request_)
    return request + checksum(request)


def test_an_rtu_frame_with_a_wrong_checksum_is_lost_and_the_next_one_heard(bench: Bench) -> None:
    async def scenario(floor: Floor) -> None:
        session = RtuSession([bench.unit], floor.clock, bench.said.append)
        session.hear(bytes.fromhex("01 05 0003 FF00 0000"))
        assert (bench.said, bench.coils[3]) == ([], False)
        session.hear(framed("01 05 0004 FF00"))
        assert bench.said == [framed("01 05 0004 FF00")]

    on_a_virtual_floor(scenario)


def test_silence_ends_a_broken_off_rtu_frame(bench: Bench) -> None:
    async def scenario(floor: Floor) -> None:
        session = RtuSession([bench.unit], floor.clock, bench.said.append)
        whole = framed("01 0F 0000 000A 02 CD01")
        session.hear(whole[:5])
        session.hear(whole[5:])
        assert len(bench.said) == 1
        session.hear(whole[:5])
        await pause(floor.clock, ms(301))
        session.hear(whole)
        assert len(bench.said) == 2

    on_a_virtual_floor(scenario)


def test_a_broadcast_is_obeyed_by_all_and_answered_by_none() -> None:
    async def scenario(floor: Floor) -> None:
        one, other, said = Bench(), Bench(), list[bytes]()
        other.unit.address = 2
        session = RtuSession([one.unit, other.unit], floor.clock, said.append)
        session.hear(framed("00 05 0003 FF00"))
        assert (one.coils[3], other.coils[3], said) == (True, True, [])
        session.hear(framed("02 05 0003 0000"))
        assert (one.coils[3], other.coils[3]) == (True, False)

    on_a_virtual_floor(scenario)


def test_a_unit_that_hangs_says_and_does_nothing(bench: Bench) -> None:
    bench.unit.silent = True

    async def scenario(floor: Floor) -> None:
        TcpSession(bench.unit, bench.said.append).hear(bytes.fromhex("0001 0000 0006 01 05 0003 FF00"))
        RtuSession([bench.unit], floor.clock, bench.said.append).hear(framed("00 05 0003 FF00"))
        assert (bench.said, bench.coils[3]) == ([], False)

    on_a_virtual_floor(scenario)
