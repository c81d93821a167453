"""Which class of machines this one is of: those whose answers agree to the bit."""

import platform
from collections.abc import Mapping
from pathlib import Path

from booth.scoring.packs.manifest import Machine
from booth.scoring.packs.session import PROVIDER, RUNTIME

CPUINFO = Path("/proc/cpuinfo")
MAKER = ("vendor_id", "CPU implementer")
FEATURES = ("flags", "Features")
"""As Linux calls them on x86 and on ARM."""

# What onnxruntime/core/mlas/lib/platform.cpp asks for (ONNX Runtime 1.32), and glibc for its exp, log and pow.
ON_X86 = "sse4_1 avx avx2 fma fma4 f16c avx512f avx512bw avx512dq avx512vl avx512_vnni avx_vnni avx_vnni_int8"
ON_X86_TOO = "avx_ne_convert amx_tile amx_int8"
ON_ARM = "asimd asimdhp asimddp i8mm bf16 sve sve2 svei8mm sme sme2"
KERNELS = frozenset(f"{ON_X86} {ON_X86_TOO} {ON_ARM}".split())
"""A feature that chooses a kernel and is not among these makes a machine that answers otherwise than its class: it is
refused, not believed."""


def this_machine(cpuinfo: Path = CPUINFO) -> Machine | None:
    """None where it cannot be told: no Linux, a C library without a name, or cores that differ in what they can."""
    libc = " ".join(platform.libc_ver()).strip()
    cores = _cores(cpuinfo)
    if len(cores) != 1 or not libc:
        return None
    ((maker, features),) = cores
    return Machine(
        runtime=RUNTIME,
        provider=PROVIDER,
        processor=f"{platform.machine()} {maker}",
        features=tuple(sorted(features)),
        libc=libc,
    )


def _cores(cpuinfo: Path) -> set[tuple[str, frozenset[str]]]:
    """Maker and features of the cores: one, if all are alike."""
    try:
        text = cpuinfo.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return set()
    told = (_fields(block) for block in text.split("\n\n"))
    return {
        (_of(core, MAKER), KERNELS.intersection(_of(core, FEATURES).split())) for core in told if "processor" in core
    }


def _fields(block: str) -> dict[str, str]:
    lines = (line.partition(":") for line in block.splitlines())
    return {name.strip(): value.strip() for name, _, value in lines}


def _of(core: Mapping[str, str], names: tuple[str, ...]) -> str:
    return next((core[name] for name in names if name in core), "")
