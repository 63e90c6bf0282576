"""Runs the scenarios in a real Helix inside tmux: driver.py RESULTS [PATTERN].

Each scenario is said on a line of its own, and added to RESULTS as `pass …` or `fail …`.
"""

import re
import sys
import time
import traceback

from editor import Helix, version
import beside
import scenarios


def report(results, verdict, name, detail):
    with open(results, "a", encoding="utf-8") as file:
        file.write(f"{verdict} {name}\n")
    print(f"{verdict} {name}{detail}", flush=True)


def run(scenario):
    """Runs one scenario; returns whether it passed, and what it measured or what went wrong."""
    try:
        with Helix(scenario.file, model=scenario.model, servers=scenario.servers) as editor:
            return True, scenario.run(editor)
    except Exception:
        return False, traceback.format_exc()


def main():
    results, pattern = sys.argv[1], (sys.argv[2:] or [""])[0]
    for scenario in scenarios.SCENARIOS + beside.SCENARIOS:
        name = f"helix {version()}: {scenario.name}"
        if not re.search(pattern, name):
            continue
        start = time.monotonic()
        passed, said = run(scenario)
        seconds = f" ({time.monotonic() - start:.1f} s)"
        report(results, "pass" if passed else "fail", name, seconds + (f"\n{said}" if said else ""))


main()
