"""A real editor in a tmux of its own: keys go in, the screen comes out; and how its scenarios are run."""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
import traceback
from dataclasses import dataclass
from pathlib import Path
from typing import Callable

# How long a state may take to come about, and how often it is looked at, in seconds.
STATE_TIMEOUT = 20.0
POLL = 0.02

WIDTH, HEIGHT = 140, 45

# What the scripted model says: a line at a time, and after the fourth it waits until the test lets it go on.
STREAMED = [f"Line {number} of what the model says." for number in range(1, 9)]
STREAMING = {"replies": [{"text": "\n".join(STREAMED), "rate": 20.0, "delta_chars": 31, "hold": [4, "go"]}]}


@dataclass
class Scenario:
    name: str
    file: str
    run: Callable
    model: dict | str | None = None
    servers: tuple[str, ...] = ("firesteel",)
    is_dos: bool = False


def scenarios():
    """A list of scenarios, and a decorator that adds to it."""
    every = []

    def scenario(name, file, model=None, is_dos=False):
        def add(run):
            every.append(Scenario(name, file, run, model, is_dos=is_dos))
            return run

        return add

    return every, scenario


def run_all(title, every, open_editor):
    """Runs those that the command line asks for: RESULTS [PATTERN]. Each is said on a line of its own, and added to
    RESULTS as `pass …` or `fail …`."""
    results, pattern = sys.argv[1], (sys.argv[2:] or [""])[0]
    for scenario in every:
        name = f"{title}: {scenario.name}"
        if not re.search(pattern, name):
            continue
        start = time.monotonic()
        passed, said = run_one(scenario, open_editor)
        verdict = "pass" if passed else "fail"
        with open(results, "a", encoding="utf-8") as file:
            file.write(f"{verdict} {name}\n")
        seconds = f" ({time.monotonic() - start:.1f} s)"
        print(f"{verdict} {name}{seconds}" + (f"\n{said}" if said else ""), flush=True)


def run_one(scenario, open_editor):
    """Runs one scenario; returns whether it passed, and what it measured or what went wrong."""
    try:
        with open_editor(scenario) as editor:
            return True, scenario.run(editor)
    except Exception:
        return False, traceback.format_exc()


def added(before, after):
    """The lines that were not there before; every other line must be as it was."""
    rest, lines = before.splitlines(), []
    for line in after.splitlines():
        if rest and line == rest[0]:
            rest.pop(0)
        else:
            lines.append(line)
    assert not rest, f"the rest of the file changed:\n{after}"
    return lines


def check_stream(before, after):
    """The whole comment, the line that was typed meanwhile, and nothing else."""
    lines = added(before, after)
    comment = [line for line in lines if line.startswith("/// ")]
    assert comment == [f"/// {line}" for line in STREAMED], lines
    assert "// typed meanwhile" in lines, lines


class Model:
    """A scripted model in a process of its own, which ends with this object."""

    def __init__(self, folder, script):
        path = folder / "script.json"
        path.write_text(json.dumps(script))
        command = [os.environ["FIRESTEEL_DEV_PATH"], "serve", "--script", path]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=folder)
        self.url = re.search(r"ws://\S+", self.process.stdout.readline()).group()

    def close(self):
        self.process.terminate()
        self.process.communicate()


class Terminal:
    """An editor on a file of a fresh copy of the workspace, with a model: a script, or the URL of one; with `is_dos`
    the file's lines end in CRLF. `start` of a subclass starts it."""

    def __init__(self, file, model=None, is_dos=False):
        self.folder = Path(tempfile.mkdtemp())
        self.workspace = self.folder / "workspace"
        shutil.copytree(os.environ["FIRESTEEL_WORKSPACE"], self.workspace)
        self.path = self.workspace / file
        if is_dos:
            self.path.write_bytes(self.path.read_bytes().replace(b"\n", b"\r\n"))
        # What tmux is started with is what the editor has: tmux takes the PATH from nowhere else.
        self.environment = dict(os.environ)
        self.model = Model(self.folder, model) if isinstance(model, dict) else None
        if model:
            url = self.model.url if self.model else model
            self.environment |= {"FIRESTEEL_MODEL_URL": url, "FIRESTEEL_MODEL_KEY": "none", "FIRESTEEL_MODEL_NAME": "scripted-model"}
        self.last_screen = ""

    def __enter__(self):
        try:
            self.start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        subprocess.run(self.command("kill-server"), check=False, capture_output=True)
        if self.model:
            self.model.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def open(self, *program):
        """Starts a program in the workspace, on the file, and waits until the file is on the screen."""
        size = ["-x", str(WIDTH), "-y", str(HEIGHT)]
        self.tmux("new-session", "-d", *size, "-c", str(self.workspace), *program, str(self.path))
        first_line = self.path.read_text().splitlines()[0]
        self.wait("the file", lambda screen: first_line in screen)

    def command(self, *arguments):
        return [os.environ["TMUX_BIN"], "-f", "/dev/null", "-S", str(self.folder / "tmux"), *arguments]

    def tmux(self, *arguments):
        command = self.command(*arguments)
        return subprocess.run(command, check=True, capture_output=True, text=True, env=self.environment).stdout

    def go_on(self):
        """Lets a model that waits for the file `go` go on."""
        (self.folder / "go").touch()

    def screen(self):
        self.last_screen = self.tmux("capture-pane", "-p")
        return self.last_screen

    def type(self, text):
        """Types a text, character for character."""
        self.tmux("send-keys", "-l", text)

    def press(self, *keys):
        """Presses keys by tmux's names for them."""
        self.tmux("send-keys", *keys)

    def wait(self, what, state, timeout=STATE_TIMEOUT):
        """Waits until `state` says something true of the screen; returns what it says."""
        deadline = time.monotonic() + timeout
        while time.monotonic() < deadline:
            value = state(self.screen())
            if value:
                return value
            time.sleep(POLL)
        raise TimeoutError(f"{what} did not come within {timeout} s\n{self.last_screen}")

    def wait_text(self, text):
        """Waits until the screen has a text."""
        return self.wait(repr(text), lambda screen: text in screen)

    def wait_retyping(self, what, is_shown, last_key, patience):
        """Waits for something, typing the last key anew when it has not come for so many seconds: an editor asks once, and
        what it asked before the server had read the project was in vain."""
        asked = time.monotonic()

        def state(screen):
            nonlocal asked
            if is_shown(screen):
                return True
            if time.monotonic() - asked > patience:
                self.press("BSpace")
                self.type(last_key)
                asked = time.monotonic()
            return False

        self.wait(what, state)
