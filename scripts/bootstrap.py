"""Sets up `.venv` on a machine that has python3 and nothing else: standard library only, Python >= 3.11.

Ends with 0, with 4 when a system package is missing and cannot be installed from here, or with 1 when the
packages could not be had.
"""

import argparse
import base64
import configparser
import ctypes
import hashlib
import importlib.util
import json
import os
import re
import shlex
import shutil
import ssl
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.parse import unquote, urljoin, urlsplit, urlunsplit
from urllib.request import HTTPSHandler, OpenerDirector, ProxyHandler, Request, build_opener

ROOT = Path(__file__).resolve().parent.parent
OLDEST_PYTHON = (3, 11)
PIP_DEFAULT_INDEX = "https://pypi.org/simple"

FAILED = 1
SYSTEM_PACKAGE_MISSING = 4


class SetupFailed(Exception):
    """What went wrong and what to do next, for the person at the terminal; `code` is the exit code."""

    def __init__(self, message: str, code: int = FAILED) -> None:
        super().__init__(message)
        self.code = code


def say(line: str) -> None:
    print(line, flush=True)


# --- what the system has to bring ------------------------------------------------------------------------


@dataclass(frozen=True)
class SystemPart:
    """A library that wheels load at import, or a program that the tests run."""

    name: str
    wanted_by: str
    package: str
    package_since_t64: str = ""  # Debian 13 and Ubuntu 24.04 renamed some libraries for 64-bit time_t


LIBRARIES = (
    SystemPart("libGL.so.1", "opencv-python", "libgl1"),
    SystemPart("libgthread-2.0.so.0", "opencv-python", "libglib2.0-0", "libglib2.0-0t64"),
    SystemPart("libusb-1.0.so.0", "pyrealsense2", "libusb-1.0-0"),
)
GRAPHICS = (SystemPart("libEGL.so.1", "the tests of the drawn booth", "libegl1"),)
PROGRAMS = (SystemPart("systemd-analyze", "the tests of systemd/", "systemd"),)


def loads(library: str) -> bool:
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


def missing_parts(
    programs: bool, has_library: Callable[[str], bool] = loads, which: Callable[[str], str | None] = shutil.which
) -> list[SystemPart]:
    libraries = (*LIBRARIES, *GRAPHICS) if programs else LIBRARIES
    absent = [part for part in libraries if not has_library(part.name)]
    if programs:
        absent += [part for part in PROGRAMS if which(part.name) is None]
    return absent


def os_release(text: str) -> dict[str, str]:
    """The fields of /etc/os-release, see os-release(5)."""
    pairs = (line.partition("=") for line in text.splitlines() if "=" in line and not line.startswith("#"))
    return {key: " ".join(shlex.split(value)) for key, _, value in pairs}


def renamed_for_time64(release: Mapping[str, str]) -> bool:
    since = {"debian": 13.0, "raspbian": 13.0, "ubuntu": 24.04}.get(release.get("ID", ""))
    version = re.match(r"\d+(\.\d+)?", release.get("VERSION_ID", ""))
    if since is None or version is None:
        return release.get("ID") == "debian"  # testing and unstable carry no VERSION_ID
    return float(version[0]) >= since


def packages_for(parts: Iterable[SystemPart], release: Mapping[str, str]) -> list[str]:
    renamed = renamed_for_time64(release)
    return sorted({part.package_since_t64 if renamed and part.package_since_t64 else part.package for part in parts})


def install_command(packages: Sequence[str]) -> list[str]:
    return ["apt-get", "install", "--yes", "--no-install-recommends", *packages]


def ensure_system(parts: Sequence[SystemPart], release: Mapping[str, str], root: bool, apt: bool) -> None:
    """Installs what is missing where this process may; otherwise SetupFailed with the exact command and code 4."""
    if not parts:
        return
    for part in parts:
        say(f"Missing on this system: {part.name} (for {part.wanted_by})")
    packages = packages_for(parts, release)
    if not apt:
        raise SetupFailed(
            f"Install what brings them on your system (packages of Debian: {' '.join(packages)}), then try again.",
            SYSTEM_PACKAGE_MISSING,
        )
    command = shlex.join(install_command(packages))
    if not root:
        raise SetupFailed(
            f"Install it, then try again:\n  sudo apt-get update && sudo {command}", SYSTEM_PACKAGE_MISSING
        )
    say(f"Installing it: {command}")
    if not apt_install(packages):
        raise SetupFailed(
            f"apt-get could not install it (its messages stand above). When the cause is mended:\n  {command}",
            SYSTEM_PACKAGE_MISSING,
        )


def apt_install(packages: Sequence[str]) -> bool:
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in (["apt-get", "update"], install_command(packages)):
        code, output = silently(command, environment)
        if code != 0:
            say(output.rstrip())
            return False
    return True


def silently(command: Sequence[str | Path], environment: Mapping[str, str] = os.environ) -> tuple[int, str]:
    """The exit code of `command` and what it said, on both streams. Raises OSError if it cannot be started."""
    done = subprocess.run(
        command,
        check=False,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    return done.returncode, done.stdout


# --- pip, where the interpreter brings none --------------------------------------------------------------


@dataclass(frozen=True)
class Index:
    """The package index that pip on this machine is told to use."""

    url: str
    certificates: str | None = None
    proxy: str | None = None


def pip_config_files(environment: Mapping[str, str], home: Path) -> list[Path]:
    """Where pip looks, a later file overriding an earlier one (pip's documentation, "Configuration")."""
    if environment.get("PIP_CONFIG_FILE") == os.devnull:
        return []
    user = Path(environment.get("XDG_CONFIG_HOME") or home / ".config")
    files = [Path("/etc/xdg/pip/pip.conf"), Path("/etc/pip.conf"), home / ".pip/pip.conf", user / "pip/pip.conf"]
    if chosen := environment.get("PIP_CONFIG_FILE"):
        files.append(Path(chosen))
    return files


def configured_index(environment: Mapping[str, str], files: Iterable[Path]) -> Index:
    """The index for `pip install`: environment before files, section [install] before [global]."""
    parser = configparser.RawConfigParser()
    try:
        parser.read(files, encoding="utf-8")
    except configparser.Error as error:
        raise SetupFailed(f"pip's configuration cannot be read: {error}\n  Mend that file, then try again.") from error

    def option(name: str) -> str | None:
        in_files = (parser.get(section, name, fallback=None) for section in ("install", "global"))
        return environment.get("PIP_" + name.upper().replace("-", "_")) or next(filter(None, in_files), None)

    return Index(option("index-url") or PIP_DEFAULT_INDEX, option("cert"), option("proxy"))


class _Links(HTMLParser):
    """The anchors of a simple index page (PEP 503), without the yanked ones."""

    def __init__(self) -> None:
        super().__init__()
        self.links: list[dict[str, str]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        anchor = {name: value or "" for name, value in attrs}
        if tag == "a" and "href" in anchor and "data-yanked" not in anchor:
            self.links.append(anchor)


@dataclass(frozen=True)
class Wheel:
    url: str
    sha256: str
    version: tuple[int, ...]

    @property
    def filename(self) -> str:
        return unquote(urlsplit(self.url).path.rpartition("/")[2])


def newest_pip(page: str, page_url: str, python: tuple[int, int]) -> Wheel:
    """The newest released pip wheel on `page` that runs on `python` and whose sha256 the page gives."""
    reader = _Links()
    reader.feed(page)
    wheels = []
    for anchor in reader.links:
        url, _, fragment = urljoin(page_url, anchor["href"]).partition("#")
        release = re.search(r"/pip-(\d+(?:\.\d+)*)-py(?:2\.py)?3-none-any\.whl$", url)
        digest = re.fullmatch(r"sha256=([0-9a-f]{64})", fragment)
        oldest = re.search(r">=\s*(\d+)\.(\d+)", anchor.get("data-requires-python", ""))
        if release and digest and (oldest is None or (int(oldest[1]), int(oldest[2])) <= python):
            wheels.append(Wheel(url, digest[1], tuple(int(number) for number in release[1].split("."))))
    if not wheels:
        raise SetupFailed(
            f"{page_url} offers no pip wheel with a sha256.\n"
            "  Point PIP_INDEX_URL at an index that has pip, or as root: apt-get install python3-venv"
        )
    return max(wheels, key=lambda wheel: wheel.version)


def without_credentials(url: str) -> tuple[str, dict[str, str]]:
    """`url` less its user:password, and the header that carries them instead."""
    parts = urlsplit(url)
    login, at, host = parts.netloc.rpartition("@")
    headers = {"Authorization": "Basic " + base64.b64encode(unquote(login).encode()).decode()} if at else {}
    return urlunsplit(parts._replace(netloc=host)), headers


def opener_for(index: Index) -> OpenerDirector:
    context = ssl.create_default_context(cafile=index.certificates)
    proxy = ProxyHandler({"http": index.proxy, "https": index.proxy} if index.proxy else None)
    return build_opener(HTTPSHandler(context=context), proxy)


def fetch_pip(index: Index, folder: Path, python: tuple[int, int]) -> Path:
    """Downloads pip's wheel into `folder` and returns its path; SetupFailed if the sha256 is another one."""
    page_url, headers = without_credentials(index.url.rstrip("/") + "/pip/")
    try:
        opener = opener_for(index)
        with opener.open(Request(page_url, headers={**headers, "Accept": "text/html"}), timeout=60) as answer:
            wheel = newest_pip(answer.read().decode(), answer.url, python)
        same_host = urlsplit(wheel.url).netloc == urlsplit(page_url).netloc
        with opener.open(Request(wheel.url, headers=headers if same_host else {}), timeout=60) as answer:
            content = answer.read()
    except (URLError, OSError) as error:
        if isinstance(error, HTTPError):
            error.close()  # it is the answer as well, with its socket
        raise SetupFailed(
            f"pip could not be fetched from {page_url}: {error}\n"
            "  Check the network, or name a reachable index in PIP_INDEX_URL or pip.conf, then try again."
        ) from error
    if hashlib.sha256(content).hexdigest() != wheel.sha256:
        raise SetupFailed(
            f"{wheel.url} is not the file whose sha256 the index gives: not used.\n  Try again, or name another index."
        )
    path = folder / wheel.filename
    path.write_bytes(content)
    return path


# --- the virtual environment -----------------------------------------------------------------------------


@dataclass(frozen=True)
class Venv:
    path: Path

    @property
    def python(self) -> Path:
        return self.path / "bin/python"

    @property
    def stamp(self) -> Path:
        return self.path / "installed.json"

    def runs(self, *arguments: str) -> bool:
        """True if its python ends with 0 for `arguments`; False too where it is absent or its base has gone."""
        try:
            return silently([self.python, *arguments])[0] == 0
        except OSError:
            return False


def fingerprint(project: bytes, python: str) -> str:
    """Changes with what `pip install` would install: the project's metadata and the interpreter."""
    return hashlib.sha256(project + b"\0" + python.encode()).hexdigest()


def installed_extras(stamp: Path, key: str) -> set[str] | None:
    """The extras installed under `key`; None if nothing was, something else was, or an install was cut off."""
    try:
        content = json.loads(stamp.read_text())
        return set(content["extras"]) if content["key"] == key else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def ensure_venv(venv: Venv, name: str) -> None:
    usable = venv.runs("-c", "import sys; assert sys.version_info >= (3, 11)")
    if usable and (venv.stamp.exists() or venv.runs("-m", "pip", "--version")):
        return
    say(f"Creating {name} with Python {sys.version.split()[0]}")
    with_pip = importlib.util.find_spec("ensurepip") is not None
    options = ["--clear"] if with_pip else ["--clear", "--without-pip"]
    run_or_fail([sys.executable, "-m", "venv", *options, str(venv.path)], f"{venv.path} could not be created")
    if not with_pip:
        bring_pip(venv)


def bring_pip(venv: Venv) -> None:
    index = configured_index(os.environ, pip_config_files(os.environ, Path.home()))
    say(f"This python3 has no ensurepip: fetching pip from {without_credentials(index.url)[0]}")
    with tempfile.TemporaryDirectory() as folder:
        wheel = fetch_pip(index, Path(folder), sys.version_info[:2])
        install = [str(venv.python), f"{wheel}/pip", "install", "-qq", "--no-index", "--no-deps", str(wheel)]
        run_or_fail(install, "pip could not install itself")


def run_or_fail(command: Sequence[str], complaint: str, remedy: str = "") -> None:
    try:
        code = subprocess.run(command, check=False, stdin=subprocess.DEVNULL).returncode
    except OSError as error:
        raise SetupFailed(f"{complaint}: {error}") from error
    if code != 0:
        raise SetupFailed(f"{complaint} (its messages stand above).{remedy}")


def ensure_packages(venv: Venv, extras: set[str], name: str) -> None:
    key = fingerprint((ROOT / "pyproject.toml").read_bytes(), venv_version(venv))
    present = installed_extras(venv.stamp, key)
    if present is not None and extras <= present:
        say(f"{name} is up to date ({', '.join(sorted(extras))})")
        return
    wanted = ",".join(sorted(extras | (present or set())))
    say(f"Installing inspection-booth [{wanted}] into {name}; the first time takes a minute or two")
    venv.stamp.unlink(missing_ok=True)
    quiet = ["-qq", "--no-input", "--disable-pip-version-check"]
    run_or_fail(
        [str(venv.python), "-m", "pip", "install", *quiet, "--editable", f"{ROOT}[{wanted}]"],
        "pip could not install the packages",
        "\n  Check the network and pip.conf (or PIP_INDEX_URL), then try again.",
    )
    venv.stamp.write_text(json.dumps({"key": key, "extras": sorted(extras | (present or set()))}))


def venv_version(venv: Venv) -> str:
    return silently([venv.python, "-c", "import sys; print(sys.version, sys.prefix)"])[1]


# --- the command -----------------------------------------------------------------------------------------


def arguments(argv: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Set up the virtual environment and the system packages it needs.")
    parser.add_argument("--venv", default=".venv", help="folder, relative to the project (default: %(default)s)")
    parser.add_argument("--extras", default="", help="comma-separated extras of pyproject.toml")
    parser.add_argument("--programs", action="store_true", help="also the programs that the tests run")
    return parser.parse_args(argv)


def set_up(venv_name: str, extras: set[str], programs: bool) -> None:
    release_file = Path("/etc/os-release")
    release = os_release(release_file.read_text()) if release_file.exists() else {}
    ensure_system(missing_parts(programs), release, root=os.geteuid() == 0, apt=shutil.which("apt-get") is not None)
    venv = Venv(ROOT / venv_name)
    ensure_venv(venv, venv_name)
    ensure_packages(venv, extras, venv_name)


def main(argv: Sequence[str]) -> int:
    options = arguments(argv)
    if sys.version_info < OLDEST_PYTHON:
        print(f"Python 3.11 or newer is needed, this is {sys.version.split()[0]}: make PYTHON=python3.12 ...")
        return SYSTEM_PACKAGE_MISSING
    try:
        set_up(options.venv, {extra for extra in options.extras.split(",") if extra}, options.programs)
    except SetupFailed as failure:
        print(failure, file=sys.stderr, flush=True)
        return failure.code
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
