"""How a golden held on this machine: to the bit, where the manifest has a machine of its class, or by tolerance."""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from booth.scoring.network import Outputs
from booth.scoring.packs.manifest import Golden, Machine, OutputName


@dataclass(frozen=True, slots=True)
class Held:
    """`machine`: the class of this one, None where it cannot be told. `exact`: the manifest knows the class, and the
    answers were its to the bit. `digests`: of the answers here, as a row of `golden.exact` has them."""

    machine: Machine | None
    exact: bool
    digests: Mapping[OutputName, str]


def held(found: Outputs, golden: Golden, machine: Machine | None) -> Held:
    """Of answers of which nothing else is wrong; whether their bits are, `wrong_bits` says."""
    return Held(machine, golden.of(machine) is not None, digests(found))


def digests(found: Outputs) -> dict[OutputName, str]:
    return {name: hashlib.sha256(np.ascontiguousarray(one, "<f4").tobytes()).hexdigest() for name, one in found.items()}


def wrong_bits(here: Held, golden: Golden) -> Iterator[str]:
    """Nothing where the manifest knows no machine of this class."""
    wanted = golden.of(here.machine)
    for name, sha256 in wanted.outputs.items() if wanted else ():
        if here.digests[name] != sha256:
            yield (
                f"{name} of the golden inputs is not to the bit what this class of machines answered when the pack was "
                f"made: {here.digests[name][:12]}..., not {sha256[:12]}... ({here.machine})"
            )
