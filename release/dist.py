#!/usr/bin/env python3
"""Makes what a release is, in target/dist, from release/targets.toml.

dist.py [TARGET]...        archives, .vsix, wheel, npm and Debian packages of each target, manifests, checksums;
                           without a target: all that this toolchain has and this machine can link for
dist.py --manifests        only the manifests and checksums, of the archives that are in target/dist: what a release
                           does once the builders of all platforms have brought theirs
"""

import gzip
import hashlib
import io
import json
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import tomllib
import zipfile
from pathlib import Path

from manifests import write_manifests

ROOT = Path(__file__).resolve().parent.parent
DIST = ROOT / "target" / "dist"
TOOLS = ROOT / "target" / "tools"
EXTENSION = ROOT / "editors" / "vscode"

TABLE = tomllib.loads((ROOT / "release" / "targets.toml").read_text())
VERSION = tomllib.loads((ROOT / "Cargo.toml").read_text())["workspace"]["package"]["version"]


def run(*command, **options):
    subprocess.run([str(part) for part in command], check=True, **options)


def output(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True, cwd=ROOT).stdout


def host():
    return next(line.split()[1] for line in output("rustc", "-vV").splitlines() if line.startswith("host:"))


def program_name(triple):
    return "firesteel.exe" if "windows" in triple else "firesteel"


def program(triple):
    """Where Cargo leaves a target's program. The host's build is the one that everything else here uses too."""
    folder = "release" if triple == host() else f"{triple}/release"
    return ROOT / "target" / folder / program_name(triple)


def build(triple):
    """Builds for a target; false where this machine cannot."""
    for_another = [] if triple == host() else ["--target", triple]
    command = ["cargo", "build", "--release", "--locked", "-p", "firesteel", *for_another]
    return subprocess.run(command, cwd=ROOT).returncode == 0


def write_extras(folder):
    """What an archive holds beside the program; the same for every platform, and written by the host's program."""
    (folder / "completions").mkdir(parents=True)
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"]:
        (folder / "completions" / f"firesteel.{shell}").write_text(output(program(host()), "completions", shell))
    run(program(host()), "man", folder / "man" / "man1", stdout=subprocess.DEVNULL)
    for name in ["README.md", "CHANGELOG.md", "LICENSE", "LICENSE-MIT", "LICENSE-APACHE"]:
        shutil.copy(ROOT / name, folder)
    shutil.copytree(ROOT / "docs", folder / "docs")
    for editor in ["neovim", "helix"]:
        shutil.copytree(ROOT / "editors" / editor, folder / "editors" / editor, ignore=shutil.ignore_patterns(".gitignore"))


def files_below(folder):
    return sorted(path for path in folder.rglob("*") if path.is_file())


def write_tarball(path, folder, time):
    """The same commit makes the same tarball, byte for byte."""
    plain = io.BytesIO()
    with tarfile.open(fileobj=plain, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for file in files_below(folder):
            entry = archive.gettarinfo(file, arcname=file.relative_to(folder.parent))
            entry.uid = entry.gid = 0
            entry.uname = entry.gname = ""
            entry.mtime = time
            entry.mode = 0o755 if os.access(file, os.X_OK) else 0o644
            with file.open("rb") as content:
                archive.addfile(entry, content)
    path.write_bytes(gzip.compress(plain.getvalue(), compresslevel=9, mtime=0))


def write_zip(path, folder):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for file in files_below(folder):
            entry = zipfile.ZipInfo(str(file.relative_to(folder.parent)), (1980, 1, 1, 0, 0, 0))
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, file.read_bytes())


def archive_name(triple):
    return f"firesteel-{VERSION}-{triple}" + (".zip" if "windows" in triple else ".tar.gz")


def make_archive(target):
    triple = target["triple"]
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / f"firesteel-{VERSION}-{triple}"
        folder.mkdir()
        shutil.copy(program(triple), folder)
        write_extras(folder)
        path = DIST / archive_name(triple)
        if path.suffix == ".zip":
            write_zip(path, folder)
        else:
            write_tarball(path, folder, int(output("git", "log", "-1", "--format=%ct") or 0))


def make_extension(target):
    """The extension with the server inside, which needs nothing on the PATH."""
    modules = EXTENSION / "node_modules"
    lock = EXTENSION / "package-lock.json"
    if not (modules / ".bin" / "vsce").exists() or lock.stat().st_mtime > modules.stat().st_mtime:
        run("npm", "--prefix", EXTENSION, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--silent")
    server = EXTENSION / "server"
    server.mkdir(exist_ok=True)
    try:
        shutil.copy(program(target["triple"]), server)
        package = DIST / f"firesteel-{VERSION}-{target['vscode']}.vsix"
        run("npm", "--prefix", EXTENSION, "run", "--silent", "package", "--",
            "--target", target["vscode"], "--out", package, stdout=subprocess.DEVNULL)
    finally:
        shutil.rmtree(server)


def npm_package(target):
    npm = target["npm"]
    return "@firesteel/" + "-".join(npm[key] for key in ["os", "cpu", "libc"] if key in npm)


def npm_pack(folder, manifest):
    (folder / "package.json").write_text(json.dumps(manifest, indent=2) + "\n")
    run("npm", "pack", "--silent", "--pack-destination", DIST, cwd=folder, stdout=subprocess.DEVNULL)


def npm_about(name):
    about = TABLE["release"]
    return {
        "name": name,
        "version": VERSION,
        "description": about["description"],
        "license": about["license"],
        "repository": about["homepage"],
    }


def make_npm_platform(target):
    """The package of one platform, which holds its program; npm installs only the one that fits."""
    npm = target["npm"]
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        shutil.copy(program(target["triple"]), folder)
        shutil.copy(ROOT / "LICENSE", folder)
        only = {key: [npm[key]] for key in ["os", "cpu", "libc"] if key in npm}
        npm_pack(folder, npm_about(npm_package(target)) | only | {"preferUnplugged": True})


def make_npm():
    """The package that a user names: it asks for each platform's as an optional one, and starts what came."""
    platforms = [
        target["npm"] | {"package": npm_package(target), "program": program_name(target["triple"])}
        for target in TABLE["target"]
    ]
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        shutil.copy(ROOT / "release" / "npm" / "firesteel.js", folder)
        shutil.copy(ROOT / "README.md", folder)
        shutil.copy(ROOT / "LICENSE", folder)
        npm_pack(folder, npm_about("firesteel") | {
            "bin": {"firesteel": "firesteel.js"},
            "files": ["firesteel.js"],
            "engines": {"node": ">=18"},
            "optionalDependencies": {row["package"]: VERSION for row in platforms},
            "platforms": platforms,
        })


def make_wheel(target):
    """The wheel for pip and pipx. maturin builds with Cargo itself, and finds what was built before."""
    maturin = TOOLS / "python" / "bin" / "maturin"
    if not maturin.exists():
        run(sys.executable, "-m", "venv", TOOLS / "python")
        run(maturin.with_name("python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "maturin>=1.9,<2")
    for_another = [] if target["triple"] == host() else ["--target", target["triple"]]
    # Its own stripping would be another build.
    run(maturin, "build", "--release", "--quiet", "--strip", "false", "--out", DIST, *for_another, cwd=ROOT / "release" / "pypi")


def make_debian(target):
    """The Debian package; its contents are listed in crates/firesteel/Cargo.toml."""
    tool = TOOLS / "bin" / "cargo-deb"
    if not tool.exists():
        run("cargo", "install", "--quiet", "--locked", "--root", TOOLS, "cargo-deb")
    extras = ROOT / "target" / "extras"
    shutil.rmtree(extras, ignore_errors=True)
    extras.mkdir()
    write_extras(extras)
    for_another = [] if target["triple"] == host() else ["--target", target["triple"]]
    package = DIST / f"firesteel_{VERSION}_{target['debian']}.deb"
    run(tool, "--no-build", "--no-strip", "--quiet", "-p", "firesteel", "--output", package, *for_another, cwd=ROOT)


def write_checksums():
    sums = DIST / "SHA256SUMS"
    sums.unlink(missing_ok=True)
    lines = [f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.relative_to(DIST)}\n" for path in files_below(DIST)]
    sums.write_text("".join(lines))


def make(target):
    make_archive(target)
    make_extension(target)
    make_npm_platform(target)
    make_wheel(target)
    if "debian" in target:
        make_debian(target)


def targets(named):
    """The rows for what is named; without names, those whose standard library this toolchain has."""
    rows = {row["triple"]: row for row in TABLE["target"]}
    if not named:
        listed = subprocess.run(["rustup", "target", "list", "--installed"], capture_output=True, text=True)
        named = [triple for triple in sorted({host(), *listed.stdout.split()}) if triple in rows]
    unknown = [triple for triple in named if triple not in rows]
    if unknown:
        sys.exit(f"release/targets.toml has no {', '.join(unknown)}")
    return [rows[triple] for triple in named]


def main(arguments):
    if arguments == ["--manifests"]:
        write_manifests(DIST, TABLE, VERSION, archive_name)
        return write_checksums()
    wanted = targets(arguments)
    shutil.rmtree(DIST, ignore_errors=True)
    DIST.mkdir(parents=True)
    if not build(host()):
        sys.exit("the host's own program does not build")
    for target in wanted:
        if build(target["triple"]):
            make(target)
        elif arguments:
            sys.exit(f"cannot build for {target['triple']}")
        else:
            print(f"{target['triple']}: this machine cannot build for it")
    make_npm()
    write_manifests(DIST, TABLE, VERSION, archive_name)
    write_checksums()
    for path in files_below(DIST):
        print(f"{path.stat().st_size / 1e6:8.1f} MB  {path.relative_to(DIST)}")


if __name__ == "__main__":
    main(sys.argv[1:])
