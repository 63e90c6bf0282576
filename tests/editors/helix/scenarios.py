"""What is tried in Helix, each in a fresh one."""

from terminal import STREAMED, STREAMING, added, check_stream, scenarios

SCENARIOS, scenario = scenarios()


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


MARGIN = "pub fn checked_margin(shape: &Shape) -> "
BODY = "Result<f64, ShapeError> {\n    shape.size(7).ok_or(ShapeError::Empty)\n}"
EDITED = {"replies": [{"text": "\n".join(STREAMED), "rate": 20.0, "delta_chars": 31}, {"text": BODY}]}


@scenario("a file with CRLF keeps its line ends through the suggestion and a streamed edit", "src/lib.rs", EDITED, is_dos=True)
def line_ends(editor):
    editor.go_to("parse")
    editor.act("Document this")
    editor.wait_text(STREAMED[-1])
    editor.type("gei" + MARGIN)
    editor.wait_menu("Result", " ")
    editor.press("Tab", "Enter")
    # How much of the model's text the menu has depends on how fast it came.
    editor.wait_text(MARGIN + "Result")
    editor.saved()
    saved = editor.path.read_bytes().decode()
    comment = "".join(f"/// {line}\r\n" for line in STREAMED)
    assert f"{comment}pub fn parse" in saved and MARGIN + "Result" in saved, repr(saved)
    assert not set("\r\n") & set(saved.replace("\r\n", "")), repr(saved)


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
    editor.act("Document this")
    editor.wait("the comment", lambda screen: "/// TODO: what `parse` is for." in screen)
    lines = added(before, editor.saved())
    assert lines and all(line.startswith("///") for line in lines), lines


def type_meanwhile(editor):
    """Types a line at the end of the file between two lines of an edit, and waits for the edit's last line."""
    editor.wait_text(STREAMED[2])
    assert STREAMED[-1] not in editor.screen(), "the model did not wait"
    editor.type("geo// typed meanwhile")
    editor.wait_text("// typed meanwhile")
    editor.go_on()
    editor.wait_text(STREAMED[-1])


@scenario("a code action streams while the user types", "src/lib.rs", STREAMING)
def stream(editor):
    before = editor.path.read_text()
    editor.go_to("parse")
    editor.act("Document this")
    type_meanwhile(editor)
    check_stream(before, editor.saved())


OLD = '''def total(rows, currency="EUR"):
    if not rows:
        raise ValueError("no rows")
    return f"{sum(rows)} {currency}"'''
PLAIN = "def total(rows):\n    return sum(rows)"
# It stops in its last line until it is told otherwise.
HELD = {"text": OLD.replace("\n", "\n    checked = True\n", 1), "rate": 20.0, "delta_chars": 20, "hold": [6, "go"]}


def instruct(editor, instruction):
    """Asks for an edit of the function that the hover was asked about."""
    editor.go_to("total")
    editor.type(" k")
    editor.wait_text("def total(rows, currency=\"EUR\")")
    editor.run(f'lsp-workspace-command firesteel.edit "{instruction}"')


@scenario("an instruction is carried out, and the edit is reverted", "report.py", {"replies": [{"text": PLAIN}]})
def instruction(editor):
    before = editor.path.read_text()
    instruct(editor, "Make it plain")
    editor.wait_text("2 lines written")
    assert editor.saved() == before.replace(OLD, PLAIN)
    editor.run("lsp-workspace-command firesteel.revert")
    editor.wait_text("reverted")
    assert editor.saved() == before


@scenario("an edit under way is redirected", "report.py", {"replies": [HELD, {"text": PLAIN}]})
def redirect(editor):
    before = editor.path.read_text()
    instruct(editor, "Note that it is checked")
    editor.wait_text("checked = True")
    editor.run('lsp-workspace-command firesteel.redirect "Revert that and make it plain"')
    editor.wait_text("2 lines written")
    assert editor.saved() == before.replace(OLD, PLAIN)


@scenario("a rename goes on at its next places by an action", "report.py")
def next_edit(editor):
    editor.go_to("total(")
    editor.type("lecitems")
    editor.wait_text("total(items, ")
    for place in ("if not items:", "sum(items)"):
        editor.normal()
        editor.act("Next edit")
        editor.wait_text(place)


@scenario("the progress of an edit is in the status line", "src/lib.rs", STREAMING)
def progress(editor):
    editor.go_to("parse")
    editor.act("Document this")
    editor.wait("the progress", lambda screen: "Firesteel: Document this" in screen and "lines" in screen)
    editor.go_on()
    editor.wait_text(STREAMED[-1])


@scenario("the server's commands are commands of Helix", "src/lib.rs")
def commands(editor):
    editor.run("lsp-workspace-command")
    for command in ("firesteel.cancel", "firesteel.status", "firesteel.whyNoSuggestion"):
        editor.wait_text(command)
