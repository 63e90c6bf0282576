#!/usr/bin/env python3
"""Runs the scenarios against real servers: driver.py CACHE FIRESTEEL RESULTS OUTPUT [PATTERN of names]"""

import contextlib
import os
import re
import sys
import tempfile
import time
import traceback
from pathlib import Path

from lsp import Editor
from servers import Engine, Relay, Router, SlowMotion

# Nothing here is about how fast this machine is.
PATIENCE = {
    "suggest": {"syntax_check_timeout_ms": 20_000},
    "local": {"dependencies": False},
    "log": {"level": "debug"},
}
PATIENT_MODEL = {"suggest_timeout_ms": 30_000, "first_token_timeout_ms": 30_000, "idle_timeout_ms": 30_000}


class World:
    """What one scenario starts, and ends with it."""

    def __init__(self, cache, firesteel, output, name):
        self.cache, self.firesteel = cache, firesteel
        self.output = output / re.sub(r"\W+", "-", name)
        self.output.mkdir(parents=True, exist_ok=True)
        self.stack = contextlib.ExitStack()
        self.folder = Path(self.stack.enter_context(tempfile.TemporaryDirectory())) / "project"
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

    def editor(self, model=None, environment=None, alone=True, project="project", **settings):
        """An editor with one model; `alone` keeps the embedded engine out of what it shows, unless it stands in."""
        folder = self.folder.parent / project
        folder.mkdir(exist_ok=True)
        local = PATIENCE["local"] | {"assist": not alone}
        settings = PATIENCE | {"local": local} | settings
        if model:
            settings["model"] = PATIENT_MODEL | model
        log = self._log("firesteel")
        return self._held(Editor(self.firesteel, folder, settings, log, environment))


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
    import faults, team, wires  # noqa: E401, F401
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
