"""A golden to the bit on the machines that the manifest knows, by tolerance on others."""

import json
from pathlib import Path
from typing import Any

import pytest

from booth.scoring.packs.machine import this_machine
from booth.scoring.packs.pack import MANIFEST, PackInvalid, examine, load
from tests.scoring import tiny

X86 = """processor\t: 0
vendor_id\t: GenuineIntel
flags\t\t: fpu sse4_1 avx avx2 fma hypervisor

processor\t: 1
vendor_id\t: GenuineIntel
flags\t\t: fpu sse4_1 avx avx2 fma hypervisor

"""
ARM = "processor\t: 0\nFeatures\t: fp asimd asimddp\nCPU implementer\t: 0x41\n\n"


def row(folder: Path) -> dict[str, Any]:
    """Of golden.exact, as this machine answers."""
    held = load(tiny.write(folder)).held
    assert held is not None
    assert held.machine is not None
    return {"machine": held.machine.model_dump(mode="json"), "outputs": dict(held.digests)}


def exactly(*rows: dict[str, Any], **golden: Any) -> dict[str, Any]:
    return {"golden": tiny.manifest()["golden"] | {"exact": rows} | golden}


def refused(folder: Path) -> str:
    with pytest.raises(PackInvalid) as raised:
        load(folder)
    return str(raised.value)


def test_a_machine_that_the_manifest_knows_answers_to_the_bit_and_says_so(tmp_path: Path) -> None:
    pack = load(tiny.write(tmp_path / "pack", **exactly(row(tmp_path / "first"))))
    assert pack.held is not None
    assert pack.held.exact


@pytest.mark.parametrize("name", ["score", "embedding"])
def test_one_bit_of_a_recorded_digest_is_refused_on_a_machine_of_that_class(tmp_path: Path, name: str) -> None:
    known = row(tmp_path / "first")
    told = known["outputs"][name]
    known["outputs"][name] = f"{int(told[0], 16) ^ 1:x}{told[1:]}"
    said = refused(tiny.write(tmp_path / "pack", **exactly(known)))
    assert f"model.onnx: {name} of the golden inputs is not to the bit what this class" in said
    assert f"{told[:12]}..., not {known['outputs'][name][:12]}..." in said
    assert "test this machine's memory" in said


def test_an_answer_off_by_its_last_bits_is_refused_though_far_within_the_tolerance(tmp_path: Path) -> None:
    near = tiny.model(offset=1e-7)
    said = refused(tiny.write(tmp_path / "pack", onnx=near, **exactly(row(tmp_path / "first"))))
    assert "score of the golden inputs is not to the bit" in said
    assert load(tiny.write(tmp_path / "other", onnx=near)).name == "tiny"


@pytest.mark.parametrize("key", ["runtime", "provider", "processor", "libc"])
def test_a_machine_of_another_class_is_held_to_the_tolerance_and_says_so(tmp_path: Path, key: str) -> None:
    known = row(tmp_path / "first")
    known["machine"][key] += " of another kind"
    known["outputs"]["score"] = "0" * 64
    held = load(tiny.write(tmp_path / "pack", **exactly(known))).held
    assert held is not None
    assert not held.exact
    assert "score[0] of the golden inputs is" in refused(
        tiny.write(tmp_path / "off", onnx=tiny.model(offset=0.001), **exactly(known))
    )


def test_a_machine_with_one_feature_more_is_of_another_class(tmp_path: Path) -> None:
    known = row(tmp_path / "first")
    known["machine"]["features"].append("amx_bf16")
    held = load(tiny.write(tmp_path / "pack", **exactly(known))).held
    assert held is not None
    assert not held.exact


def test_what_is_far_off_is_told_by_numbers_and_not_by_hashes(tmp_path: Path) -> None:
    known = row(tmp_path / "first")
    (said,) = examine(tiny.write(tmp_path / "pack", onnx=tiny.model(offset=0.001), **exactly(known)))[1]
    assert "the manifest says 0.392157 (tolerance 0.0001)" in str(said)


def test_a_class_is_spoken_of_once_and_of_outputs_that_are_there(tmp_path: Path) -> None:
    known = row(tmp_path / "first")
    twice = refused(tiny.write(tmp_path / "twice", **exactly(known, known)))
    assert "golden: exact.1: a second row for" in twice
    foreign = known | {"outputs": {"heat": "0" * 64}}
    said = refused(tiny.write(tmp_path / "foreign", **exactly(foreign)))
    assert "golden.outputs.heat: `lanes.appearance.outputs` does not name it" in said


def test_every_input_counts_to_the_bit(tmp_path: Path) -> None:
    held = load(tiny.write_four(tmp_path / "pack")).held
    assert held is not None
    assert held.machine is not None
    known = {"machine": held.machine.model_dump(mode="json"), "outputs": dict(held.digests)}
    for name in ("golden.png", "golden-left.png", "golden-right.png", "golden.npz"):
        folder = tiny.write_four(tmp_path / name, {name: 130 / 255})
        about = json.loads((folder / MANIFEST).read_text())
        about["golden"] |= {"exact": [known]}
        (folder / MANIFEST).write_text(json.dumps(about))
        assert "score of the golden inputs is not to the bit" in refused(folder)


@pytest.mark.parametrize(
    ("cpuinfo", "maker", "features"),
    [(X86, "GenuineIntel", ("avx", "avx2", "fma", "sse4_1")), (ARM, "0x41", ("asimd", "asimddp"))],
)
def test_a_class_is_the_maker_and_what_chooses_kernels(
    tmp_path: Path, cpuinfo: str, maker: str, features: tuple[str, ...]
) -> None:
    (tmp_path / "cpuinfo").write_text(cpuinfo)
    found = this_machine(tmp_path / "cpuinfo")
    assert found is not None
    assert found.processor.endswith(f" {maker}")
    assert found.features == features


def test_cores_that_differ_are_of_no_class(tmp_path: Path) -> None:
    """A thread would answer as the core does that it happens to run on."""
    (tmp_path / "cpuinfo").write_text(X86 + ARM)
    assert this_machine(tmp_path / "cpuinfo") is None


@pytest.mark.parametrize("content", [None, "", "Hardware\t: something\n"])
def test_a_machine_that_cannot_be_told_is_of_no_class(tmp_path: Path, content: str | None) -> None:
    if content is not None:
        (tmp_path / "cpuinfo").write_text(content)
    assert this_machine(tmp_path / "cpuinfo") is None


def test_a_machine_of_no_class_is_held_to_the_tolerance(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    known = row(tmp_path / "first")
    monkeypatch.setattr("booth.scoring.packs.pack.this_machine", lambda: None)
    held = load(tiny.write(tmp_path / "pack", **exactly(known))).held
    assert held is not None
    assert (held.exact, held.machine) == (False, None)
