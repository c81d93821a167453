"""The roles of the line's own devices: sensors, actuators, encoder, scanner, heartbeat and stack light."""

from collections.abc import Callable, Mapping
from functools import partial

from drivers.protocols import GatePosition, Lamp
from drivers.units import Instant, after, ms
from fakes.line.conveyor import SensorEdge
from fakes.line.floor import Floor
from fakes.roles import Client, Head

SENSOR_ERROR = ms(0.1)
HEARTBEAT_HOLDS = ms(1000)
SIGNALS = tuple(lamp.value for lamp in Lamp)


class Sensor:
    """A light barrier, confirm switch or key-switch."""

    def __init__(self, floor: Floor, client: Client, place: str) -> None:
        self._floor, self._client, self._place = floor, client, place

    def welcome(self) -> None:
        self._client.say({"kind": "welcome", "blocked": self._floor.watch(self._place, self._push)})

    def hear(self, head: Head) -> None:
        raise ValueError(f"a sensor takes no {head.get('kind')!r}")

    def lost(self) -> None:
        self._floor.unwatch(self._place)

    def _push(self, edge: SensorEdge) -> None:
        self._client.say({"kind": "edge", "blocked": edge.blocked, "at": edge.at, "at_error": SENSOR_ERROR})


class Actuator:
    """Gate, tray stop or belt permit: named orders, and the one that stands when its client is gone."""

    def __init__(self, floor: Floor, client: Client, orders: Mapping[str, Callable[[], None]], at_rest: str) -> None:
        self._floor, self._client, self._orders, self._at_rest = floor, client, orders, at_rest

    def welcome(self) -> None:
        self._floor.command(self._orders[self._at_rest])
        self._client.say({"kind": "welcome"})

    def hear(self, head: Head) -> None:
        word = head["to"] if head["kind"] == "move" else head["kind"]
        at = self._floor.command(self._orders[word])
        self._client.answer(head, {"kind": "done", "at": at})

    def lost(self) -> None:
        self._floor.command(self._orders[self._at_rest])


def gate(floor: Floor, client: Client) -> Actuator:
    orders = {to.value: partial(floor.line.order_gate, to) for to in GatePosition}
    return Actuator(floor, client, orders, GatePosition.DIVERT.value)


def tray_stop(floor: Floor, client: Client) -> Actuator:
    return Actuator(floor, client, {"hold": floor.line.hold, "release": floor.line.release}, "release")


def belt_permit(floor: Floor, client: Client) -> Actuator:
    orders = {"give": partial(floor.line.permit, True), "withdraw": partial(floor.line.permit, False)}
    return Actuator(floor, client, orders, "withdraw")


class Encoder:
    """Counts the belt's travel, forward only."""

    def __init__(self, floor: Floor, client: Client, counts_per_mm: float) -> None:
        self._floor, self._client, self._counts_per_mm = floor, client, counts_per_mm

    def welcome(self) -> None:
        self._client.say({"kind": "welcome", "counts_per_mm": self._counts_per_mm, "at_error": SENSOR_ERROR})

    def hear(self, head: Head) -> None:
        if head["kind"] != "read":
            raise ValueError(f"an encoder takes no {head['kind']!r}")
        at = self._floor.catch_up()
        counted: Head = {"kind": "counted", "count": self._floor.line.counts, "at": at, "at_error": SENSOR_ERROR}
        self._client.answer(head, counted)

    def lost(self) -> None:
        """It goes on counting."""


class Scanner:
    """Reads the labels on the trays that come by, but for those that it cannot."""

    def __init__(self, floor: Floor, client: Client) -> None:
        self._floor, self._client = floor, client

    def welcome(self) -> None:
        self._floor.read_labels(self._tell)
        self._client.say({"kind": "welcome"})

    def hear(self, head: Head) -> None:
        raise ValueError(f"a scanner takes no {head.get('kind')!r}")

    def lost(self) -> None:
        self._floor.read_labels(None)

    def _tell(self, text: str, at: Instant) -> None:
        self._client.say({"kind": "read", "text": text, "at": at, "at_error": SENSOR_ERROR})


class Heartbeat:
    """A relay in the belt's circuit: the belt stands once it was not beaten for HEARTBEAT_HOLDS."""

    def __init__(self, floor: Floor, client: Client) -> None:
        self._floor, self._client = floor, client
        self._lets_go_at = Instant(0)
        self._gone = False

    def welcome(self) -> None:
        self._beat()
        self._client.say({"kind": "welcome", "holds": HEARTBEAT_HOLDS})

    def hear(self, head: Head) -> None:
        match head["kind"]:
            case "beat":
                at = self._beat()
            case "drop":
                at = self._drop()
            case other:
                raise ValueError(f"a heartbeat relay takes no {other!r}")
        self._client.answer(head, {"kind": "done", "at": at})

    def lost(self) -> None:
        self._gone = True
        self._drop()

    def _drop(self) -> Instant:
        return self._floor.command(partial(self._floor.line.close_circuit, False))

    def _beat(self) -> Instant:
        now = self._floor.command(partial(self._floor.line.close_circuit, True))
        self._lets_go_at = after(now, HEARTBEAT_HOLDS)
        self._floor.later(HEARTBEAT_HOLDS, self._look)
        return now

    def _look(self) -> None:
        if not self._gone and self._floor.clock.now() >= self._lets_go_at:
            self._drop()


class StackLight:
    """The column of lamps over the booth."""

    def __init__(self, floor: Floor, client: Client) -> None:
        self._floor, self._client = floor, client

    def welcome(self) -> None:
        self._floor.signals = frozenset()
        self._client.say({"kind": "welcome"})

    def hear(self, head: Head) -> None:
        if head["kind"] != "show" or not {*head["lamps"]} <= {*SIGNALS}:
            raise ValueError(f"a stack light takes no {head!r}")
        self._floor.signals = frozenset(head["lamps"])
        self._client.answer(head, {"kind": "done", "at": self._floor.catch_up()})

    def lost(self) -> None:
        self._floor.signals = frozenset()


ACTUATORS = {"gate": gate, "tray-stop": tray_stop, "belt-permit": belt_permit}
