#!/usr/bin/env python3
"""Runs the scenarios against real servers: driver.py CACHE FIRESTEEL RESULTS OUTPUT [PATTERN of names]"""

import contextlib
import os
import re
import subprocess
import sys
import tempfile
import time
import traceback
from pathlib import Path

from lsp import ANSWER_LIMIT, Editor, environment
from servers import Engine, Relay, Router, SlowMotion

# Nothing here is about how fast this machine is.
PATIENCE = {
    "suggest": {"syntax_check_timeout_ms": 20_000},
    "local": {"dependencies": False},
    "log": {"level": "debug"},
}
# A little less than what the scenarios themselves wait.
PATIENT_MODEL = {"suggest_timeout_ms": 30_000, "first_token_timeout_ms": 55_000, "idle_timeout_ms": 30_000}


class World:
    """What one scenario starts, and ends with it."""

    def __init__(self, cache, firesteel, output, name):
        self.cache, self.firesteel = cache, firesteel
        self.output = output / re.sub(r"\W+", "-", name)
        self.output.mkdir(parents=True, exist_ok=True)
        self.stack = contextlib.ExitStack()
        self.folder = Path(self.stack.enter_context(tempfile.TemporaryDirectory())) / "project"
        self.home = self.folder.parent / "home"
        self.n_started = 0

    def _log(self, what):
        self.n_started += 1
        return self.stack.enter_context(open(self.output / f"{self.n_started}-{what}.log", "wb"))

    def _held(self, it):
        self.stack.callback(it.close)
        return it

    def file(self, name, text):
        """A file that is in the project before the editor starts."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def engine(self, model="tiny", **settings):
        return self._held(Engine(self.cache, model, self._log("engine"), **settings))

    def router(self, workers, **settings):
        return self._held(Router(workers, self._log("router"), **settings))

    def relay(self, server, **settings):
        return self._held(Relay(server, **settings))

    def slow_motion(self, engine):
        return self._held(SlowMotion(engine.process))

    def editor(self, model=None, more=None, alone=True, project="project", **settings):
        """An editor with one model; `alone` keeps the embedded engine out of what it shows, unless it stands in."""
        folder = self.folder.parent / project
        folder.mkdir(exist_ok=True)
        local = PATIENCE["local"] | {"assist": not alone}
        settings = PATIENCE | {"local": local} | settings
        if model:
            settings["model"] = PATIENT_MODEL | model
        log = self._log("firesteel")
        return self._held(Editor(self.firesteel, folder, settings, log, self.home, more))

    def settings(self):
        """The user's own settings, where there are any."""
        path = self.home / "config/firesteel/firesteel.toml"
        return path.read_text() if path.exists() else None

    def environment(self, *servers):
        """The environment in which these servers are the ones that run on this machine."""
        return environment(self.home, {"FIRESTEEL_PORTS": ",".join(str(server.port) for server in servers)})

    def command(self, *arguments, servers=()):
        """What a command of the command line says, where these servers run; it must succeed."""
        self.folder.mkdir(exist_ok=True)
        ended = subprocess.run(
            [self.firesteel, *arguments], cwd=self.folder, env=self.environment(*servers), stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=ANSWER_LIMIT, text=True,
        )
        self._log(arguments[0]).write(ended.stdout.encode())
        assert ended.returncode == 0, ended.stdout
        return ended.stdout


SCENARIOS = []


def scenario(name):
    """Registers a function of a world under a name."""

    def register(function):
        SCENARIOS.append((name, function))
        return function

    return register


def main():
    cache, firesteel, results, output, *pattern = sys.argv[1:]
    # They register themselves.
    import faults, prompts, setup, team, wires  # noqa: E401, F401
    if os.environ.get("FIRESTEEL_ENDPOINTS") == "full":
        import full  # noqa: F401
    with open(results, "a", encoding="utf-8") as report:
        for name, function in SCENARIOS:
            if pattern and not re.search(pattern[0], name):
                continue
            began = time.monotonic()
            world = World(Path(cache).resolve(), str(Path(firesteel).resolve()), Path(output), name)
            try:
                with world.stack:
                    function(world)
                verdict = "pass"
            except Exception:  # A scenario fails by any of them, and the next one runs.
                traceback.print_exc()
                verdict = "fail"
            line = f"{verdict} {name} ({time.monotonic() - began:.1f} s)"
            print(line, flush=True)
            report.write(line + "\n")


if __name__ == "__main__":
    # The scenarios import this file by its name.
    sys.modules["driver"] = sys.modules["__main__"]
    main()
