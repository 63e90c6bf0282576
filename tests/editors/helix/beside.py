"""Firesteel and rust-analyzer on the same buffer: neither is in the way of the other."""

import statistics
import time

from editor import Helix
from scenarios import type_meanwhile
from terminal import STREAMED, STREAMING, Scenario, check_stream

# How often each is measured, with Firesteel and without.
SAMPLES = 10
# What a median may be longer with Firesteel, in seconds: the machine may be busy.
TOLERANCE = 0.1
# How long an answer may be missing before it is asked for again, in seconds: rust-analyzer drops much while it loads.
PATIENCE = 3.0
# How long rust-analyzer may take to read the project and the standard library, in seconds.
ANALYSIS_TIMEOUT = 90.0
BOTH = ("rust-analyzer", "firesteel")


def wait_analyzed(editor):
    """Waits until rust-analyzer has read all: each change of the text before that makes it begin anew."""
    end = '"token":"rustAnalyzer/cachePriming","value":{"kind":"end"'
    editor.wait("rust-analyzer's index", lambda _: end in editor.log(), ANALYSIS_TIMEOUT)


def measured(editor, ask, ask_again, take_back, is_shown):
    """The seconds until something is shown that is asked for; asked for again when it does not come."""
    asked = 0.0

    def is_there(screen):
        nonlocal asked
        if asked and is_shown(screen):
            return time.monotonic() - asked
        if time.monotonic() - asked > PATIENCE:
            again, asked = asked, time.monotonic()
            (ask_again if again else ask)()
        return None

    taken = editor.wait("an answer", is_there)
    take_back()
    editor.wait("the screen as it was", lambda screen: not is_shown(screen))
    return taken


def hovers(editor):
    """The seconds until each of several hovers by all servers, the first of which is not counted."""
    editor.go_to("checked_width")

    def ask():
        editor.type(" k")

    def take_back():
        editor.press("Escape")

    # Of two hovers the one that comes first is shown, and how many there are.
    mark = "[1/2]" if len(editor.servers) == 2 else "shapes"

    def is_shown(screen):
        return mark in screen

    return [measured(editor, ask, ask, take_back, is_shown) for _ in range(SAMPLES + 1)][1:]


def menus(editor):
    """The seconds until each of several menus of a shape's fields and methods, the first of which is not counted."""
    editor.go_to("Ok(width)")
    editor.type("Olet _ = shape")

    def ask():
        editor.type(".")

    def ask_again():
        editor.press("BSpace")
        editor.type(".")

    def take_back():
        editor.press("BSpace")

    def is_shown(screen):
        return any("sizes" in line and "field" in line for line in screen.splitlines())

    times = [measured(editor, ask, ask_again, take_back, is_shown) for _ in range(SAMPLES + 1)][1:]
    editor.normal()
    return times


def medians(editor):
    wait_analyzed(editor)
    return [statistics.median(run(editor)) for run in (hovers, menus)]


def run_measures(editor):
    """Compares this editor, which has both servers, with one that has rust-analyzer alone."""
    both = medians(editor)
    with Helix("src/lib.rs", servers=BOTH[:1]) as other:
        alone = medians(other)
    said = []
    for what, beside, by_itself in zip(("hover", "menu"), both, alone):
        said.append(
            f"{what}: rust-analyzer alone {by_itself * 1000:.0f} ms, beside Firesteel {beside * 1000:.0f} ms (medians of {SAMPLES})"
        )
        assert beside < by_itself + TOLERANCE, said[-1]
    return "\n".join(said)


def run_stream(editor):
    """What rust-analyzer says of places in the text after a streamed edit is said of the right places."""
    before = editor.path.read_text()
    wait_analyzed(editor)
    hovers(editor)
    editor.go_to("parse")
    editor.act("Document this")
    type_meanwhile(editor)
    text = editor.saved()
    check_stream(before, text)
    hovers(editor)
    # Its symbols stand where the text has them, the comment being a part of the function.
    editor.type(" s")
    editor.wait("the symbols", lambda screen: "checked_depth" in screen and "function" in screen)
    editor.type("parse")
    editor.press("Enter")
    line = 1 + text.splitlines().index(f"/// {STREAMED[0]}")
    editor.wait(f"line {line}", lambda _: editor.cursor_line() == line)
    assert "panicked" not in editor.log(), editor.log()


SCENARIOS = [
    Scenario(
        "rust-analyzer beside it: its menu and the hover come as soon as without",
        "src/lib.rs",
        run_measures,
        servers=BOTH,
    ),
    Scenario(
        "rust-analyzer beside it: a streamed edit with typing between does not make it lose the text",
        "src/lib.rs",
        run_stream,
        STREAMING,
        BOTH,
    ),
]
