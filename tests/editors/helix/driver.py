"""Runs the scenarios in a real Helix inside tmux: driver.py RESULTS [PATTERN].

Each scenario is said on a line of its own, and added to RESULTS as `pass …` or `fail …`.
"""

import re
import sys
import time
import traceback

from editor import Helix, version
from scenarios import SCENARIOS


def report(results, verdict, name, detail):
    with open(results, "a", encoding="utf-8") as file:
        file.write(f"{verdict} {name}\n")
    print(f"{verdict} {name}{detail}", flush=True)


def run(scenario):
    """Runs one scenario; returns what went wrong, with the screen as it then was."""
    editor = None
    try:
        with Helix(scenario.file, model=scenario.model) as editor:
            scenario.run(editor)
    except Exception:
        return traceback.format_exc() + (editor.last_screen if editor else "")
    return None


def main():
    results, pattern = sys.argv[1], (sys.argv[2:] or [""])[0]
    for scenario in SCENARIOS:
        name = f"helix {version()}: {scenario.name}"
        if not re.search(pattern, name):
            continue
        start = time.monotonic()
        problem = run(scenario)
        seconds = f" ({time.monotonic() - start:.1f} s)"
        report(results, "fail" if problem else "pass", name, seconds + (f"\n{problem}" if problem else ""))


main()
