import hashlib
import shlex
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import bootstrap
import pytest
from bootstrap import Index, SetupFailed, Venv

from tests.architecture.tree import ROOT

BOOKWORM = {"ID": "debian", "VERSION_ID": "12"}
TRIXIE = {"ID": "debian", "VERSION_ID": "13"}
GL, GLIB, USB = bootstrap.LIBRARIES


def nothing_loads(_: str) -> bool:
    return False


def everything_loads(_: str) -> bool:
    return True


# --- system packages -------------------------------------------------------------------------------------


def test_a_machine_that_has_everything_lacks_nothing() -> None:
    assert bootstrap.missing_parts(True, everything_loads, lambda name: f"/usr/bin/{name}") == []


def test_the_run_does_not_ask_for_what_only_the_tests_need() -> None:
    assert [part.package for part in bootstrap.missing_parts(True, everything_loads, lambda _: None)] == ["systemd"]
    assert bootstrap.missing_parts(False, everything_loads, lambda _: None) == []


@pytest.mark.parametrize(
    ("release", "glib"),
    [
        (BOOKWORM, "libglib2.0-0"),
        (TRIXIE, "libglib2.0-0t64"),
        ({"ID": "debian"}, "libglib2.0-0t64"),  # testing has no VERSION_ID
        ({"ID": "raspbian", "VERSION_ID": "12"}, "libglib2.0-0"),
        ({"ID": "ubuntu", "VERSION_ID": "22.04"}, "libglib2.0-0"),
        ({"ID": "ubuntu", "VERSION_ID": "24.04"}, "libglib2.0-0t64"),
    ],
)
def test_packages_are_called_as_the_release_calls_them(release: dict[str, str], glib: str) -> None:
    assert bootstrap.packages_for(bootstrap.LIBRARIES, release) == ["libgl1", glib, "libusb-1.0-0"]


def test_os_release_is_read_with_and_without_quotes() -> None:
    text = '# a comment\nID=debian\nVERSION_ID="12"\nPRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\n\n'
    assert bootstrap.os_release(text) == {**BOOKWORM, "PRETTY_NAME": "Debian GNU/Linux 12 (bookworm)"}


def test_without_root_the_exact_command_is_printed_and_the_exit_code_is_4(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(bootstrap, "missing_parts", lambda _: [GL, USB])
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    monkeypatch.setattr("shutil.which", lambda name: f"/usr/bin/{name}")
    assert bootstrap.main(["--extras", "realsense"]) == 4
    printed = capsys.readouterr()
    assert "libusb-1.0.so.0 (for pyrealsense2)" in printed.out
    assert printed.err.splitlines() == [
        "Install it, then try again:",
        "  sudo apt-get update && sudo apt-get install --yes --no-install-recommends libgl1 libusb-1.0-0",
    ]


def test_root_installs_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[list[str]] = []

    def apt_install(packages: list[str]) -> bool:
        asked.append(packages)
        return True

    monkeypatch.setattr(bootstrap, "apt_install", apt_install)
    bootstrap.ensure_system([GLIB], TRIXIE, root=True, apt=True)
    assert asked == [["libglib2.0-0t64"]]


def test_an_apt_that_fails_ends_with_4_and_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bootstrap, "apt_install", lambda _: False)
    with pytest.raises(SetupFailed, match=r"apt-get install .* libglib2\.0-0$") as failure:
        bootstrap.ensure_system([GLIB], BOOKWORM, root=True, apt=True)
    assert failure.value.code == 4


def test_a_system_without_apt_is_told_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(SetupFailed, match=r"libusb-1\.0-0") as failure:
        bootstrap.ensure_system([USB], {"ID": "fedora"}, root=True, apt=False)
    assert failure.value.code == 4


def test_make_ends_with_2_where_the_set_up_ended_with_4(tmp_path: Path) -> None:
    lacking = tmp_path / "python3"
    lacking.write_text("#!/bin/sh\nexit 4\n")
    lacking.chmod(0o755)
    done = subprocess.run(["make", "run", f"PYTHON={lacking}"], cwd=ROOT, check=False, capture_output=True, text=True)
    assert done.returncode == 2
    assert "Error 4" in done.stderr


# --- the index that pip is configured for ----------------------------------------------------------------


def config(folder: Path, name: str, text: str) -> Path:
    (folder / name).write_text(text)
    return folder / name


def test_an_unconfigured_machine_uses_the_index_that_pip_would() -> None:
    assert bootstrap.configured_index({}, []) == Index("https://pypi.org/simple")


def test_the_environment_goes_before_the_files(tmp_path: Path) -> None:
    file = config(
        tmp_path, "pip.conf", "[global]\nindex-url = http://file/simple\ncert = /etc/ca.crt\nproxy = http://p:1\n"
    )
    index = bootstrap.configured_index({"PIP_INDEX_URL": "http://environment/simple"}, [file])
    assert index == Index("http://environment/simple", "/etc/ca.crt", "http://p:1")


def test_a_later_file_and_the_install_section_win(tmp_path: Path) -> None:
    site = config(tmp_path, "site", "[global]\nindex-url = http://site/simple\n")
    user = config(tmp_path, "user", "[global]\nindex-url = http://user/simple\n")
    install = config(tmp_path, "install", "[install]\nindex-url = http://install/simple\n")
    assert bootstrap.configured_index({}, [site, user]).url == "http://user/simple"
    assert bootstrap.configured_index({}, [install, user]).url == "http://install/simple"


def test_a_broken_pip_configuration_is_named(tmp_path: Path) -> None:
    with pytest.raises(SetupFailed, match=r"pip\.conf"):
        bootstrap.configured_index({}, [config(tmp_path, "pip.conf", "index-url = no section\n")])


def test_the_files_are_those_that_pip_reads(tmp_path: Path) -> None:
    files = bootstrap.pip_config_files({"PIP_CONFIG_FILE": "/chosen", "XDG_CONFIG_HOME": "/xdg"}, tmp_path)
    assert [str(file) for file in files] == [
        "/etc/xdg/pip/pip.conf",
        "/etc/pip.conf",
        f"{tmp_path}/.pip/pip.conf",
        "/xdg/pip/pip.conf",
        "/chosen",
    ]
    assert bootstrap.pip_config_files({"PIP_CONFIG_FILE": "/dev/null"}, tmp_path) == []


# --- pip's wheel -----------------------------------------------------------------------------------------

SHA = "0123456789abcdef" * 4


def anchor(href: str, attributes: str = "") -> str:
    return f'<a href="{href}" {attributes}>x</a>'


def test_the_newest_pip_that_can_be_verified_and_used_is_chosen() -> None:
    page = "".join(
        [
            anchor(f"../../files/pip-9.0.1-py2.py3-none-any.whl#sha256={SHA}"),
            anchor(f"../../files/pip-24.0-py3-none-any.whl#sha256={SHA}", 'data-requires-python="&gt;=3.7"'),
            anchor(f"../../files/pip-26.1b1-py3-none-any.whl#sha256={SHA}"),
            anchor(f"../../files/pip-25.3-py3-none-any.whl#sha256={SHA}", 'data-yanked="broken"'),
            anchor(f"../../files/pip-40.0-py3-none-any.whl#sha256={SHA}", 'data-requires-python="&gt;=3.14"'),
            anchor("../../files/pip-50.0-py3-none-any.whl"),
            anchor(f"../../files/pip-24.1.tar.gz#sha256={SHA}"),
        ]
    )
    wheel = bootstrap.newest_pip(page, "https://index/simple/pip/", (3, 11))
    assert wheel == bootstrap.Wheel("https://index/files/pip-24.0-py3-none-any.whl", SHA, (24, 0))


def test_an_index_without_a_verifiable_pip_is_refused() -> None:
    with pytest.raises(SetupFailed, match="PIP_INDEX_URL"):
        bootstrap.newest_pip(anchor("pip-24.0-py3-none-any.whl"), "https://index/simple/pip/", (3, 11))


Serve = Callable[[dict[str, bytes]], str]


class Answer(BaseHTTPRequestHandler):
    pages: dict[str, bytes]
    logins: list[str | None]

    def do_GET(self) -> None:
        self.logins.append(self.headers["Authorization"])
        content = self.pages.get(self.path)
        self.send_response(200 if content is not None else 404)
        self.end_headers()
        self.wfile.write(content or b"")

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  the name is the base class's
        pass


@pytest.fixture
def serve(monkeypatch: pytest.MonkeyPatch) -> Iterator[Serve]:
    """Serves pages by path on this machine; returns the address."""
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)

    def start(pages: dict[str, bytes]) -> str:
        Answer.pages, Answer.logins = pages, []
        return f"http://127.0.0.1:{server.server_port}"

    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield start
    server.shutdown()
    thread.join()
    server.server_close()


def index_of(content: bytes, name: str, sha256: str = "") -> dict[str, bytes]:
    link = anchor(f"/files/{name}#sha256={sha256 or hashlib.sha256(content).hexdigest()}")
    return {"/simple/pip/": link.encode(), f"/files/{name}": content}


def test_a_wheel_is_fetched_and_verified(serve: Serve, tmp_path: Path) -> None:
    address = serve(index_of(b"pip itself", "pip-24.0-py3-none-any.whl"))
    wheel = bootstrap.fetch_pip(Index(address + "/simple/"), tmp_path, (3, 11))
    assert wheel == tmp_path / "pip-24.0-py3-none-any.whl"
    assert wheel.read_bytes() == b"pip itself"
    assert Answer.logins == [None, None]


def test_a_wheel_with_another_sha256_is_not_used(serve: Serve, tmp_path: Path) -> None:
    address = serve(index_of(b"something else", "pip-24.0-py3-none-any.whl", SHA))
    with pytest.raises(SetupFailed, match="sha256"):
        bootstrap.fetch_pip(Index(address + "/simple"), tmp_path, (3, 11))
    assert list(tmp_path.iterdir()) == []


def test_a_login_in_the_index_url_is_sent_and_never_printed(serve: Serve, tmp_path: Path) -> None:
    address = serve(index_of(b"pip itself", "pip-24.0-py3-none-any.whl"))
    with_login = address.replace("http://", "http://me:s%40cret@")
    bootstrap.fetch_pip(Index(with_login + "/simple"), tmp_path, (3, 11))
    assert Answer.logins == ["Basic bWU6c0BjcmV0"] * 2
    with pytest.raises(SetupFailed) as failure:
        bootstrap.fetch_pip(Index(with_login + "/elsewhere"), tmp_path, (3, 11))
    assert "cret" not in str(failure.value)


def test_without_a_network_the_message_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(SetupFailed, match="Check the network, or name a reachable index") as failure:
        bootstrap.fetch_pip(Index("http://127.0.0.1:9/simple"), tmp_path, (3, 11))
    assert failure.value.code == 1


BUNDLED_PIP = "import ensurepip, pathlib; print(*pathlib.Path(ensurepip.__file__).parent.glob('_bundled/pip-*.whl'))"


def test_a_python_without_ensurepip_gets_a_venv_with_pip(
    serve: Serve, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bundled = subprocess.run([sys.executable, "-c", BUNDLED_PIP], check=False, capture_output=True, text=True).stdout
    if not bundled.strip():
        pytest.skip("this python3 has no ensurepip to take a pip wheel from: the set-up has just shown the same")
    wheel = Path(bundled.strip())
    monkeypatch.setenv("PIP_INDEX_URL", serve(index_of(wheel.read_bytes(), wheel.name)) + "/simple")
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    venv = Venv(tmp_path / "venv")
    bootstrap.ensure_venv(venv, "venv")
    assert venv.runs("-m", "pip", "--version")


# --- quick the second time -------------------------------------------------------------------------------


@pytest.fixture
def venv(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Venv:
    """An environment whose python only writes down its arguments; without pyproject's packages."""
    venv = Venv(tmp_path / "venv")
    venv.python.parent.mkdir(parents=True)
    venv.python.write_text(f'#!/bin/sh\necho "$@" >> {shlex.quote(str(tmp_path / "asked"))}\necho Python\n')
    venv.python.chmod(0o755)
    (tmp_path / "pyproject.toml").write_text("[project]\n")
    monkeypatch.setattr(bootstrap, "ROOT", tmp_path)
    return venv


def installs(venv: Venv) -> list[str]:
    """The requirement of every `pip install` so far."""
    lines = (venv.path.parent / "asked").read_text().splitlines()
    return [line.rpartition("/")[2].rpartition("[")[2].rstrip("]") for line in lines if "pip install" in line]


def test_the_second_time_nothing_is_installed(venv: Venv) -> None:
    bootstrap.ensure_packages(venv, {"realsense", "sim"}, "venv")
    bootstrap.ensure_packages(venv, {"realsense"}, "venv")
    assert installs(venv) == ["realsense,sim"]


def test_another_command_adds_its_extras_and_keeps_the_others(venv: Venv) -> None:
    bootstrap.ensure_packages(venv, {"realsense", "sim"}, "venv")
    bootstrap.ensure_packages(venv, {"dev", "realsense"}, "venv")
    bootstrap.ensure_packages(venv, {"sim"}, "venv")
    assert installs(venv) == ["realsense,sim", "dev,realsense,sim"]


def test_a_changed_pyproject_is_installed_again(venv: Venv, tmp_path: Path) -> None:
    bootstrap.ensure_packages(venv, {"dev"}, "venv")
    (tmp_path / "pyproject.toml").write_text("[project]\ndependencies = []\n")
    bootstrap.ensure_packages(venv, {"dev"}, "venv")
    assert installs(venv) == ["dev", "dev"]


@pytest.mark.parametrize("stamp", ["", "{", "[]", '{"key": "other", "extras": ["dev"]}', '{"extras": ["dev"]}'])
def test_a_damaged_or_foreign_stamp_counts_as_none(tmp_path: Path, stamp: str) -> None:
    (tmp_path / "stamp").write_text(stamp)
    assert bootstrap.installed_extras(tmp_path / "stamp", "key") is None


def test_an_install_that_was_cut_off_is_done_again_even_for_what_was_there(venv: Venv) -> None:
    bootstrap.ensure_packages(venv, {"dev"}, "venv")
    working = venv.python.read_text()
    venv.python.write_text(working + '[ "$2" != pip ]\n')
    with pytest.raises(SetupFailed, match=r"Check the network and pip\.conf"):
        bootstrap.ensure_packages(venv, {"sim"}, "venv")
    venv.python.write_text(working)
    bootstrap.ensure_packages(venv, {"dev"}, "venv")
    assert installs(venv) == ["dev", "dev,sim", "dev"]


def test_an_environment_whose_python_has_gone_is_made_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[str] = []
    monkeypatch.setattr(bootstrap, "run_or_fail", lambda command, _: made.append(command[2]))
    venv = Venv(tmp_path / "venv")
    venv.python.parent.mkdir(parents=True)
    venv.python.symlink_to(tmp_path / "python-that-was-upgraded-away")
    venv.stamp.write_text("{}")
    monkeypatch.setattr("importlib.util.find_spec", lambda _: True)
    bootstrap.ensure_venv(venv, "venv")
    assert made == ["venv"]
