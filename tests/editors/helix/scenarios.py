"""What is tried in Helix, each in a fresh one."""

from dataclasses import dataclass
from typing import Callable

# The lines that the scripted model writes, slowly enough that keys come in between.
STREAMED = [f"Line {number} of what the model says." for number in range(1, 9)]
STREAMING = {"replies": [{"text": "\n".join(STREAMED), "rate": 12.0, "delta_chars": 24}]}


@dataclass
class Scenario:
    name: str
    file: str
    run: Callable
    model: dict | None = None


SCENARIOS = []


def scenario(name, file, model=None):
    def add(run):
        SCENARIOS.append(Scenario(name, file, run, model))
        return run

    return add


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


@scenario("the suggestion is in the menu of a Rust file and is accepted", "src/lib.rs")
def menu_in_rust(editor):
    editor.type("gei")
    editor.type("pub fn checked_margin(shape: &Shape) -> ")
    editor.wait_menu("Result", " ")
    editor.press("Tab", "Enter")
    editor.wait_text("checked_margin(shape: &Shape) -> Result")
    assert "checked_margin(shape: &Shape) -> Result" in editor.saved()


@scenario("the suggestion is in the menu of a Python file and is accepted", "report.py")
def menu_in_python(editor):
    editor.type("gei")
    editor.type("def read_dates(path):")
    editor.press("Enter")
    editor.type("    with open(path) as file:")
    editor.press("Enter")
    editor.type("    rows = ")
    editor.wait_menu("list", " ")
    editor.press("Tab", "Enter")
    editor.wait_text("rows = list")
    assert "with open(path) as file:\n        rows = list" in editor.saved()


@scenario("hover shows the signature", "src/lib.rs")
def hover(editor):
    editor.go_to("checked_width")

    def is_shown(screen):
        if screen.count("fn checked_width(shape: &Shape)") > 1:
            return True
        editor.type(" k")
        return False

    editor.wait("the hover", is_shown)


@scenario("a code action of the embedded engine lands whole", "src/lib.rs")
def document(editor):
    before = editor.path.read_text()
    editor.go_to("parse")
    editor.type(" a")
    editor.wait_text("Document this")
    editor.press("Enter")
    editor.wait("the comment", lambda screen: "/// # Errors" in screen)
    editor.wait("the end", lambda screen: "Returns an error" in screen)
    lines = added(before, editor.saved())
    assert len(lines) >= 4 and all(line.startswith("///") for line in lines), lines


@scenario("a code action streams while the user types", "src/lib.rs", STREAMING)
def stream(editor):
    before = editor.path.read_text()
    editor.go_to("parse")
    editor.type(" a")
    editor.wait_text("Document this")
    editor.press("Enter")
    editor.wait_text(STREAMED[0])
    assert STREAMED[-1] not in editor.screen(), "it came in one piece"
    editor.type("geo// typed meanwhile")
    editor.wait_text("// typed meanwhile")
    assert STREAMED[-1] not in editor.screen(), "the typing came too late to prove anything"
    editor.wait_text(STREAMED[-1])
    lines = added(before, editor.saved())
    comment = [line for line in lines if line.startswith("/// ")]
    assert comment == [f"/// {line}" for line in STREAMED], lines
    assert "// typed meanwhile" in lines, lines


@scenario("the progress of an edit is in the status line", "src/lib.rs", STREAMING)
def progress(editor):
    editor.go_to("parse")
    editor.type(" a")
    editor.wait_text("Document this")
    editor.press("Enter")
    editor.wait("the progress", lambda screen: "Firesteel: document" in screen and "lines" in screen)
    editor.wait_text(STREAMED[-1])


@scenario("the server's commands are commands of Helix", "src/lib.rs")
def commands(editor):
    editor.run("lsp-workspace-command")
    for command in ("firesteel.cancel", "firesteel.status", "firesteel.whyNoSuggestion"):
        editor.wait_text(command)
