"""Runs the scenarios in a real Helix inside tmux: driver.py RESULTS [PATTERN]."""

import beside
import scenarios
from editor import Helix, version
from terminal import run_all


def open_editor(scenario):
    return Helix(scenario.file, model=scenario.model, servers=scenario.servers, is_dos=scenario.is_dos)


run_all(f"helix {version()}", scenarios.SCENARIOS + beside.SCENARIOS, open_editor)
