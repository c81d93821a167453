import shutil
import subprocess
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from booth.scoring.packs.pack import PackInvalid, examine, load
from tests.scoring import tiny


def key(folder: Path, name: str = "maker") -> tuple[Ed25519PrivateKey, Path]:
    private = Ed25519PrivateKey.generate()
    return private, public(private.public_key(), folder / f"{name}.pub")


def public(key: PublicKeyTypes, path: Path) -> Path:
    path.write_bytes(key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    return path


def sign(folder: Path, private: Ed25519PrivateKey) -> None:
    (folder / "manifest.sig").write_bytes(private.sign((folder / "manifest.json").read_bytes()))


def refused(folder: Path, signed_by: Path) -> str:
    with pytest.raises(PackInvalid) as raised:
        load(folder, signed_by)
    return str(raised.value)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tiny.write(tmp_path / "pack")


def test_a_pack_that_is_signed_by_the_right_key_loads(tmp_path: Path, folder: Path) -> None:
    private, public = key(tmp_path)
    sign(folder, private)
    assert load(folder, public).name == "tiny"
    assert examine(folder, public)[1] == ()


def test_a_signature_that_nobody_asks_for_is_no_mistake(tmp_path: Path, folder: Path) -> None:
    sign(folder, key(tmp_path)[0])
    assert examine(folder)[1] == ()


def test_a_pack_without_a_signature_is_refused_where_one_is_wanted(tmp_path: Path, folder: Path) -> None:
    said = refused(folder, key(tmp_path)[1])
    assert said.startswith(f"{folder}/manifest.sig: there is no such file; have the pack signed by the key of")


def test_a_pack_that_was_signed_by_another_is_refused(tmp_path: Path, folder: Path) -> None:
    sign(folder, key(tmp_path, "stranger")[0])
    assert "manifest.sig: it is not a signature of manifest.json by the key of" in refused(folder, key(tmp_path)[1])


def test_one_changed_letter_of_the_manifest_undoes_its_signature(tmp_path: Path, folder: Path) -> None:
    private, public = key(tmp_path)
    sign(folder, private)
    manifest = folder / "manifest.json"
    manifest.write_text(manifest.read_text().replace("for tests", "for tests,", 1))
    assert "manifest.sig: it is not a signature" in refused(folder, public)


@pytest.mark.parametrize("content", [b"", b"0" * 63, b"0" * 64, b"0" * 65])
def test_what_is_no_signature_is_refused(tmp_path: Path, folder: Path, content: bytes) -> None:
    (folder / "manifest.sig").write_bytes(content)
    assert "manifest.sig: it is not a signature" in refused(folder, key(tmp_path)[1])


@pytest.mark.parametrize("signed", [False, True])
def test_the_model_of_a_stranger_does_not_run(
    tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch, signed: bool
) -> None:
    def ran(_: bytes) -> None:
        raise AssertionError("it ran")

    if signed:
        sign(folder, key(tmp_path, "stranger")[0])
    monkeypatch.setattr("booth.scoring.packs.pack.Session", ran)
    assert len(examine(folder, key(tmp_path)[1])[1]) == 1


def test_a_key_that_is_none_is_named(tmp_path: Path, folder: Path) -> None:
    sign(folder, key(tmp_path)[0])
    (tmp_path / "empty.pub").write_text("")
    assert f"{tmp_path}/none.pub: No such file or directory; name an Ed25519" in refused(folder, tmp_path / "none.pub")
    assert "empty.pub: it is no PEM file of a public key" in refused(folder, tmp_path / "empty.pub")
    curve = public(ec.generate_private_key(ec.SECP256R1()).public_key(), tmp_path / "curve.pub")
    assert "curve.pub: its key is not an Ed25519 key" in refused(folder, curve)


@pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is not installed")
def test_openssl_signs_a_pack_as_the_page_about_shipping_one_says(tmp_path: Path, folder: Path) -> None:
    page = (Path(__file__).parents[2] / "docs" / "how-to" / "ship-a-model.md").read_text()
    commands = [line.strip() for line in page.splitlines() if line.startswith("    openssl ")]
    assert len(commands) == 3
    for command in commands:
        words = command.replace("models/NAME", str(folder)).split()
        subprocess.run(words, cwd=tmp_path, check=True, capture_output=True)
    assert load(folder, tmp_path / "packs.pub").name == "tiny"
