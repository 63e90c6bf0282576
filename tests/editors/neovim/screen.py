"""What is tried in Neovim as a person sees it, in a terminal, each in a fresh one: screen.py RESULTS [PATTERN]."""

import os
import re
import subprocess

from terminal import STREAMED, STREAMING, Terminal, added, check_stream, run_all, scenarios

NVIM = os.environ["NVIM"] or os.environ["NVIM_011"]
# How long after a key ghost text may still come, in seconds; Neovim itself waits for a fifth of one.
GHOST_PATIENCE = 1.5

EVERY, scenario = scenarios()

MARGIN = "pub fn checked_margin(shape: &Shape) -> "
# Lines the last of which come when the test lets them.
BODY = ["Result<f64, ShapeError> {", "    shape.size(7).ok_or(ShapeError::Empty)", "}"]
GROWING = {"replies": [{"text": "\n".join(BODY), "rate": 30.0, "delta_chars": 6, "hold": [7, "go"]}]}


class Neovim(Terminal):
    """Neovim with the plugin as a user sets it up, and its status line as the help shows it."""

    def start(self):
        self.environment |= {
            "COLORTERM": "truecolor",
            "XDG_STATE_HOME": str(self.folder / "state"),
            "XDG_CACHE_HOME": str(self.folder / "cache"),
        }
        init = f"{os.environ['FIRESTEEL_TESTS']}/neovim/init.lua"
        statusline = "lua vim.o.statusline = \"%f %m%=%{v:lua.require'firesteel'.statusline()}\""
        self.open(NVIM, "--clean", "-u", init, "-c", statusline)
        self.wait_status("firesteel: ")
        self.wait("the server", lambda _: "starting" not in self.status())

    def status(self):
        return self.last_screen.splitlines()[-2]

    def wait_status(self, pattern):
        return self.wait(f"the status line {pattern}", lambda _: re.search(pattern, self.status()))

    def is_ghost(self, text):
        """Whether a text is drawn as the lines after the end of the file are, which are no text either."""
        runs = re.findall(r"((?:\x1b\[[\d;:]*m)*)([^\x1b]+)", self.tmux("capture-pane", "-p", "-e"))
        dimmed = next(color for color, plain in runs if plain.startswith("~"))
        return any(text in plain and color == dimmed for color, plain in runs)

    def run(self, command):
        """Carries out a typed command from normal mode."""
        self.type(f":{command}")
        self.press("Enter")

    def go_to(self, text):
        """Puts the cursor on the first place of a text, from normal mode."""
        self.run(f"call search('\\V{text}', 'cw')")

    def normal(self):
        """Leaves insert mode."""
        self.press("Escape")
        self.wait("normal mode", lambda screen: "-- INSERT --" not in screen)

    def begin_margin(self):
        """Opens a line at the end and types what has a suggestion."""
        self.type("Go" + MARGIN)

    def saved(self):
        """The text of the buffer, by way of the disk."""
        self.run("silent write! | set nomodified")
        self.wait("the file on disk", lambda _: "[+]" not in self.status())
        return self.path.read_text()


def version():
    said = subprocess.run([NVIM, "--version"], capture_output=True, text=True, check=True)
    return said.stdout.split()[1].removeprefix("v")


@scenario("ghost text is on the screen, dimmed, and is accepted by its key", "src/lib.rs")
def ghost(editor):
    editor.begin_margin()
    editor.type("R")
    line = f"{MARGIN}Result<f64, ShapeError>"
    editor.wait_retyping("the ghost text", lambda screen: line in screen, "R", GHOST_PATIENCE)
    editor.wait("the ghost text to be dimmed", lambda _: editor.is_ghost("esult<f64, ShapeError>"))
    editor.type("es")
    editor.wait("a shorter ghost text", lambda screen: line in screen and editor.is_ghost("ult<f64, ShapeError>"))
    editor.press("C-y")
    editor.wait("text like all other", lambda screen: line in screen and not editor.is_ghost("ult<f64, ShapeError>"))
    editor.normal()
    assert line in editor.saved()


@scenario("ghost text of several lines grows on the screen, and is accepted", "src/lib.rs", GROWING)
def growing(editor):
    editor.begin_margin()
    editor.wait_text(f"{MARGIN}Result<f64, ShapeError>")
    assert "size(7)" not in editor.screen(), "the model did not wait"
    editor.go_on()
    editor.wait("the last line", lambda screen: BODY[1] in screen and editor.is_ghost(BODY[1]))
    editor.press("C-y")
    editor.wait("text like all other", lambda screen: BODY[1] in screen and not editor.is_ghost(BODY[1]))
    editor.normal()
    assert "\n".join(BODY) in editor.saved()


@scenario("an edit streams in while a line is typed above it", "src/lib.rs", STREAMING)
def stream(editor):
    before = editor.path.read_text()
    editor.go_to("fn parse")
    editor.run("Firesteel action document")
    editor.wait_text(STREAMED[2])
    assert STREAMED[-1] not in editor.screen(), "the model did not wait"
    editor.type("ggO// typed meanwhile")
    editor.wait_text("// typed meanwhile")
    editor.go_on()
    editor.normal()
    editor.go_to(STREAMED[0])
    editor.wait_text(STREAMED[-1])
    check_stream(before, editor.saved())


LOUDER = "def total(rows):\n    return sum(rows)"


@scenario("an instruction is asked for, and carried out on the lines that are selected", "report.py", {"replies": [{"text": LOUDER}]})
def instruct(editor):
    before = editor.path.read_text()
    editor.go_to("def total")
    editor.type("V}k")
    editor.run("Firesteel edit")
    editor.wait("the prompt", lambda screen: screen.splitlines()[-1].startswith("Firesteel:"))
    editor.type("Make it plain")
    editor.press("Enter")
    editor.wait_text("return sum(rows)")
    after = editor.saved()
    assert LOUDER in after and "no rows" not in after, after
    assert before.split("def total")[0] == after.split("def total")[0], after


# A model that says how much of its quota is used, and then that all of it is.
SPENT = {"type": "error", "status": 429, "error": {"code": "usage_limit_reached", "message": "later"}}
METERED = {
    "otherwise": {"upgrade_headers": [["x-codex-primary-used-percent", "12"]]},
    "replies": [{"text": BODY[0]}, {"end": {"error": SPENT}}],
}


@scenario("the status line has the model and the quota, and then that it is spent", "report.py", METERED)
def metered(editor):
    editor.wait_status("firesteel: scripted-model, ready, 12 % used")
    editor.type("Gox = ")
    editor.wait_status("quota used up")
    editor.type("zzz qqq")
    editor.wait_status("quota used up, no suggestion: ")
    return editor.status().strip()


# The port of the discard service, at which nobody listens.
NOBODY = "ws://127.0.0.1:9/v1"


@scenario("the status line says that the model cannot be reached", "report.py", NOBODY)
def unreachable(editor):
    editor.type("Gox = ")
    editor.wait_status("disconnected")
    return editor.status().strip()


@scenario("the status line says who answers, and why nothing is suggested", "report.py")
def silence(editor):
    editor.wait_status("firesteel: local")
    editor.type("Gozzz qqq")
    editor.wait_status("firesteel: local.*no suggestion: ")
    return editor.status().strip()




run_all(f"neovim {version()} in a terminal", EVERY, lambda scenario: Neovim(scenario.file, scenario.model))
