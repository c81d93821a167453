"""Looks at devices whose SDKs misbehave, for processes of their own."""

import os
import signal

from drivers.discovery.found import Detail, Found, Look
from drivers.discovery.machine import Machine


def hangs(_detail: Detail, _machine: Machine) -> Look:
    signal.pause()
    raise AssertionError


def crashes(_detail: Detail, _machine: Machine) -> Look:
    os.kill(os.getpid(), signal.SIGSEGV)
    raise AssertionError


def raises(_detail: Detail, _machine: Machine) -> Look:
    raise RuntimeError("the transport layer is not there")


def babbles(detail: Detail, _machine: Machine) -> Look:
    print("the vendor greets you")  # noqa: T201 - as SDKs do
    os.write(1, b"and its C code too\n")
    return Look((Found("babbles", "model", "1", "here", {"detail": detail.name}),))
