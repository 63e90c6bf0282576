#!/usr/bin/env python3
"""Records what each editor says in `initialize` as fixtures: record.py [neovim|helix|vscode]...

The tests run against a stand-in for the server that keeps what comes in and passes it on. What differs from one run to
the next, or names this machine, is replaced.
"""

import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

TESTS = Path(__file__).resolve().parent
FIXTURES = TESTS.parent / "fixtures" / "initialize"
SERVER = os.environ.get("FIRESTEEL_SERVER_PATH", str(TESTS.parent.parent / "target/release/firesteel"))

# One scenario of each editor is enough.
SCENARIO = "Rust file"

STAND_IN = """#!/bin/sh
if [ "$1" = lsp ]; then tee "{folder}/$$" | "{server}" "$@"; else exec "{server}" "$@"; fi
"""


def messages(data):
    """The bodies of a stream of messages; a last one that is cut off is left out."""
    while header := re.match(rb"(?:[\w-]+: [^\r\n]*\r\n)*?Content-Length: (\d+)\r\n(?:[\w-]+: [^\r\n]*\r\n)*\r\n", data):
        end = header.end() + int(header[1])
        if end > len(data):
            return
        yield json.loads(data[header.end() : end])
        data = data[end:]


def neutral(value, key=""):
    """A value without what differs from run to run or names this machine."""
    if isinstance(value, dict):
        return {name: neutral(inner, name) for name, inner in value.items()}
    if isinstance(value, list):
        return [neutral(inner) for inner in value]
    if key == "processId":
        return None
    if isinstance(value, str):
        value = re.sub(r"^file:///.*", "file:///workspace", value)
        return "/workspace" if value.startswith("/") and key in ("rootPath", "name") else value
    return value


def record(editor):
    """Runs an editor; writes the fixture of each version that spoke."""
    with tempfile.TemporaryDirectory() as folder:
        stand_in = Path(folder) / "firesteel"
        stand_in.write_text(STAND_IN.format(folder=folder, server=SERVER))
        stand_in.chmod(0o755)
        environment = {**os.environ, "FIRESTEEL_SERVER_PATH": str(stand_in)}
        subprocess.run([TESTS / "run.sh", editor, SCENARIO], env=environment, check=True)
        for path in Path(folder).glob("[0-9]*"):
            first = next(messages(path.read_bytes()), {})
            if first.get("method") == "initialize":
                write(first["params"])


def write(params):
    client = params["clientInfo"]
    name = re.sub(r"\W+", "-", client["name"].lower()).strip("-")
    version = ".".join(re.findall(r"\d+", client.get("version", ""))[:2])
    FIXTURES.mkdir(parents=True, exist_ok=True)
    fixture = FIXTURES / f"{name}-{version}.json"
    fixture.write_text(json.dumps(neutral(params), indent=2, sort_keys=True) + "\n")
    print(fixture.relative_to(TESTS.parent.parent))


for wanted in sys.argv[1:] or ["neovim", "helix", "vscode"]:
    record(wanted)
