#!/usr/bin/env python3
"""Records what each editor says as fixtures: record.py [neovim|helix|vscode]...

The tests run against a stand-in for the server that keeps what comes in and passes it on. What an editor says of itself
goes to fixtures/initialize, everything that it said in one scenario to fixtures/traffic, one message a line. What differs
from one run to the next, or names this machine, is replaced.
"""

import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

TESTS = Path(__file__).resolve().parent
FIXTURES = TESTS.parent / "fixtures"
SERVER = os.environ.get("FIRESTEEL_SERVER_PATH", str(TESTS.parent.parent / "target/release/firesteel"))

# One scenario of each editor, in which lines are typed and a suggestion accepted.
SCENARIOS = {
    "neovim": "Python file is accepted word by word",
    "helix": "menu of a Rust file and is accepted",
    "vscode": "Rust file is accepted by Tab",
}

STAND_IN = """#!/bin/sh
if [ "$1" = lsp ]; then tee "{folder}/$$" | "{server}" "$@"; else exec "{server}" "$@"; fi
"""


def messages(data):
    """The bodies of a stream of messages; a last one that is cut off is left out."""
    while header := re.match(rb"(?:[\w-]+: [^\r\n]*\r\n)*?Content-Length: (\d+)\r\n(?:[\w-]+: [^\r\n]*\r\n)*\r\n", data):
        end = header.end() + int(header[1])
        if end > len(data):
            return
        yield data[header.end() : end].decode()
        data = data[end:]


def neutral(text, first):
    """A message as it would be in a project at /workspace."""
    root = first["params"]["rootUri"].removeprefix("file://")
    message = json.loads(text.replace(root, "/workspace"))
    if message.get("method") == "initialize":
        message["params"]["processId"] = None
    return message


def is_poll(message):
    """Whether it is the tests' own question whether the server has learned, which is asked until it has."""
    return message.get("params", {}) == {"command": "firesteel.status", "arguments": []}


def record(editor):
    """Runs an editor; writes the fixtures of each version that spoke."""
    with tempfile.TemporaryDirectory() as folder:
        stand_in = Path(folder) / "firesteel"
        stand_in.write_text(STAND_IN.format(folder=folder, server=SERVER))
        stand_in.chmod(0o755)
        environment = {**os.environ, "FIRESTEEL_SERVER_PATH": str(stand_in)}
        subprocess.run([TESTS / "run.sh", editor, SCENARIOS[editor]], env=environment, check=True)
        written = set()
        for path in sorted(Path(folder).glob("[0-9]*"), key=lambda path: path.stat().st_mtime):
            texts = list(messages(path.read_bytes()))
            first = json.loads(texts[0]) if texts else {}
            if first.get("method") == "initialize":
                write([neutral(text, first) for text in texts], written)


def write(traffic, written):
    """Writes the fixtures of an editor; of several runs of one version the first counts."""
    params = traffic[0]["params"]
    client = params["clientInfo"]
    name = re.sub(r"\W+", "-", client["name"].lower()).strip("-")
    name += "-" + ".".join(re.findall(r"\d+", client.get("version", ""))[:2])
    if name in written:
        return
    written.add(name)
    keep(FIXTURES / "initialize" / f"{name}.json", json.dumps(params, indent=2, sort_keys=True) + "\n")
    # The introduction is in its own file.
    traffic[0] = {key: value for key, value in traffic[0].items() if key != "params"}
    lines = [json.dumps(message, sort_keys=True) + "\n" for message in traffic if not is_poll(message)]
    keep(FIXTURES / "traffic" / f"{name}.jsonl", "".join(lines))


def keep(fixture, text):
    if named := re.search(r"/(?:root|home|tmp|Users)/[^\"]*", text):
        sys.exit(f"{fixture.name} would name this machine: {named[0]}")
    fixture.parent.mkdir(parents=True, exist_ok=True)
    fixture.write_text(text)
    print(fixture.relative_to(TESTS.parent.parent))


for wanted in sys.argv[1:] or SCENARIOS:
    record(wanted)
