"""Which vendors' SDKs are there, and whether they load, told with what to do."""

import pytest

from drivers import sdks


def one(name: str) -> sdks.Sdk:
    return next(sdk for sdk in sdks.installed() if sdk.name == name)


def test_the_realsense_sdk_that_the_tests_install_loads() -> None:
    pytest.importorskip("pyrealsense2", reason="extra [realsense] is not installed")
    assert one("pyrealsense2").problem is None
    assert str(one("pyrealsense2")).endswith(": loads")


def test_an_sdk_that_is_not_installed_names_its_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sdks.SDKS, "no-such-sdk", ("basler", ""))
    assert str(one("no-such-sdk")) == "no-such-sdk: not installed; needed only for its cameras (extra [basler])"


def test_an_sdk_that_misses_its_system_library_names_the_package(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(name: str) -> None:
        raise ImportError("libusb-1.0.so.0: cannot open shared object file")

    monkeypatch.setitem(sdks.SDKS, "numpy", ("realsense", "libusb-1.0-0"))
    monkeypatch.setattr(sdks, "import_module", broken)
    problem = one("numpy").problem
    assert problem is not None
    assert problem.endswith("cannot open shared object file; as root: apt-get install libusb-1.0-0")
