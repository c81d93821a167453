"""A /sys and a /dev in a folder, as the kernel lays them out."""

from pathlib import Path

from drivers.discovery.machine import Machine

D435 = ("8086", "0b07", "Intel(R) RealSense(TM) Depth Camera 435")


class Bus:
    def __init__(self, root: Path) -> None:
        self._root = root
        self._numbers = 0
        self.shut: set[Path] = set()

    @property
    def machine(self) -> Machine:
        return Machine(self._root / "sys", self._root / "dev", lambda path: path not in self.shut)

    def plug(
        self, vendor: str, product: str, name: str, speed: str = "5000", classes: tuple[str, ...] = ("ff",),
        driver: bool = True, serial: str = "",
    ) -> Path:  # fmt: skip
        """A device in the next socket: its folder in /sys."""
        self._numbers += 1
        at = f"2-{self._numbers}"
        folder = self._root / "sys/bus/usb/devices" / at
        texts = {"idVendor": vendor, "idProduct": product, "product": name, "speed": speed, "bDeviceClass": "ef",
                 "busnum": "2", "devnum": str(self._numbers), "serial": serial}  # fmt: skip
        for file, text in texts.items():
            if text:
                write(folder / file, text)
        for number, kind in enumerate(classes):
            interface = folder / f"{at}:1.{number}"
            write(interface / "bInterfaceClass", kind)
            if driver:
                (interface / "driver").mkdir()
        write(self.node(self._numbers), "")
        return folder

    def node(self, number: int) -> Path:
        return self._root / "dev/bus/usb/002" / f"{number:03}"

    def give_node(self, kind: str, name: str, device: Path, lasting: str = "") -> Path:
        """A node in /dev that belongs to `device`; `lasting` below /dev leads to it too."""
        listed = self._root / "sys/class" / kind / name
        listed.mkdir(parents=True)
        (listed / "device").symlink_to(device)
        node = self._root / "dev" / name
        write(node, "")
        if lasting:
            link = self._root / "dev" / lasting
            link.parent.mkdir(parents=True, exist_ok=True)
            link.symlink_to(node)
        return node


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
