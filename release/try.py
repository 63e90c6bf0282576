#!/usr/bin/env python3
"""Installs what `just dist` has made as a user of each channel would, into empty places, and starts it there.

try.py [CHANNEL]...           archive, pip, npm, deb; all without arguments
try.py --model [CHANNEL]...   and then from nothing to ghost text with a model: `firesteel setup` finds a real llama.cpp, and
                              Neovim shows what it says (tests/endpoints); the clock of each is printed

The last line is `N passed, M failed`. The .vsix is tried in a real VS Code by `just editors vscode`.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from dist import DIST, ROOT, TABLE, VERSION, archive_name, host, npm_package

# The demo asks for ghost text, an edit and a hover through the real server, and ends well only when they came.
SCENE = "demo"


class Skip(Exception):
    """This machine has not what a channel is tried with."""


def run(*command, **options):
    return subprocess.run([str(part) for part in command], check=True, capture_output=True, text=True, **options).stdout


def row():
    return next(row for row in TABLE["target"] if row["triple"] == host())


def archive(place):
    run("tar", "-xzf", DIST / archive_name(host()), "-C", place)
    return place / f"firesteel-{VERSION}-{host()}" / "firesteel"


def pip(place):
    run(sys.executable, "-m", "venv", place / "venv")
    wheels = list(DIST.glob("firesteel-*.whl"))
    run(place / "venv/bin/pip", "install", "--quiet", "--disable-pip-version-check", "--no-index", *wheels)
    return place / "venv/bin/firesteel"


def npm(place):
    packages = ["firesteel", npm_package(row()).removeprefix("@").replace("/", "-")]
    tarballs = [DIST / f"{name}-{VERSION}.tgz" for name in packages]
    # The packages of other platforms are optional, and these two are all that it needs.
    run("npm", "install", "--global", "--prefix", place / "npm", "--offline", "--omit=optional", "--no-audit", "--no-fund", *tarballs)
    return place / "npm/bin/firesteel"


def deb(place):
    """Debian's own base system in a folder, and the package in it; as root, for `chroot` is root's."""
    system = place / "debian"
    try:
        run("debootstrap", "--variant=minbase", release_of_debian(), system, *mirror())
    except subprocess.CalledProcessError as error:
        raise Skip(f"Debian's base system cannot be had: {error.stdout.strip().splitlines()[-1:]}") from error
    package = next(DIST.glob(f"firesteel_{VERSION}_*.deb"))
    shutil.copy(package, system)
    run("chroot", system, "dpkg", "--install", f"/{package.name}")
    # A program finds itself by /proc, which not every machine lets one mount.
    if subprocess.run(["mount", "--bind", "/proc", system / "proc"], capture_output=True).returncode == 0:
        try:
            run("chroot", system, "firesteel", SCENE)
        finally:
            run("umount", system / "proc")
    run("chroot", system, "test", "-s", "/usr/share/man/man1/firesteel.1.gz", "-o", "-s", "/usr/share/man/man1/firesteel.1")
    return system / "usr/bin/firesteel"


def release_of_debian():
    lines = Path("/etc/os-release").read_text().splitlines()
    return next((line.split("=")[1].strip('"') for line in lines if line.startswith("VERSION_CODENAME=")), "stable")


def mirror():
    """Where this machine's own packages come from, where it says."""
    for file in [Path("/etc/apt/sources.list.d/debian.sources")]:
        if file.exists():
            uris = [line.split()[1] for line in file.read_text().splitlines() if line.startswith("URIs:")]
            return uris[:1]
    return []


CHANNELS = {"archive": archive, "pip": pip, "npm": npm, "deb": deb}


def missing(channel):
    """Why a channel cannot be tried here; None where it can."""
    if channel == "deb":
        if os.geteuid() != 0:
            return "only root can change to another root folder"
        if shutil.which("debootstrap") is None:
            return "debootstrap is not installed"
    if channel == "npm" and shutil.which("npm") is None:
        return "npm is not installed"
    return None


def try_channel(channel, with_model):
    """The clock of a channel, in seconds: to the program's version, to the embedded engine's scene, and to a model's ghost text."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        began = time.monotonic()
        program = CHANNELS[channel](place)
        said = run(program, "--version").strip()
        assert VERSION in said, said
        marks = [f"{said} after {time.monotonic() - began:.1f} s"]
        (place / "work").mkdir()
        run(program, SCENE, cwd=place / "work", env={"PATH": os.environ["PATH"], "HOME": str(place)})
        marks.append(f"demo after {time.monotonic() - began:.1f} s")
        if with_model:
            suite = subprocess.run(
                [ROOT / "tests/endpoints/run.sh", program, "from --yes to the first ghost text in Neovim"], capture_output=True, text=True,
                env={**os.environ, "FIRESTEEL_ENDPOINTS": "required"},
            )
            assert suite.returncode == 0, suite.stdout + suite.stderr
            marks.append(f"a model's ghost text after {time.monotonic() - began:.1f} s")
        return ", ".join(marks)


def main(arguments):
    with_model = "--model" in arguments
    wanted = [name for name in arguments if name != "--model"] or list(CHANNELS)
    passed = failed = 0
    for channel in wanted:
        why = missing(channel)
        if why:
            print(f"skip {channel}: {why}")
            continue
        try:
            print(f"pass {channel}: {try_channel(channel, with_model)}")
            passed += 1
        except Skip as why:
            print(f"skip {channel}: {why}")
        except (subprocess.CalledProcessError, AssertionError, StopIteration) as error:
            print(f"fail {channel}: {error}\n{getattr(error, 'stderr', None) or ''}")
            failed += 1
    print(f"{passed} passed, {failed} failed")
    return 0 if passed and not failed else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
