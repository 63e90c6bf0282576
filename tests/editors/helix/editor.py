"""A real Helix in a tmux of its own."""

import os
import re
import shutil
import subprocess
from pathlib import Path

from terminal import Terminal

# How long after a key a menu may still come, in seconds; Helix itself waits for a quarter of one.
MENU_PATIENCE = 1.0

TESTS = Path(os.environ["FIRESTEEL_TESTS"])


def version():
    said = subprocess.run([os.environ["HX"], "--version"], capture_output=True, text=True, check=True)
    return said.stdout.split()[1]


class Helix(Terminal):
    """Helix, configured by the languages.toml that users copy. `servers` are the language servers that are found on the PATH."""

    def __init__(self, file, model=None, servers=("firesteel",), is_dos=False):
        super().__init__(file, model, is_dos)
        self.servers = servers

    def start(self):
        configuration = self.folder / "config" / "helix"
        programs = self.folder / "bin"
        configuration.mkdir(parents=True)
        programs.mkdir()
        shutil.copy(TESTS.parent.parent / "editors" / "helix" / "languages.toml", configuration)
        (configuration / "config.toml").write_text('[editor]\nauto-pairs = false\n[editor.lsp]\ndisplay-progress-messages = true\n')
        paths = {"firesteel": "FIRESTEEL_SERVER_PATH", "rust-analyzer": "RUST_ANALYZER"}
        for server in self.servers:
            (programs / server).symlink_to(os.environ[paths[server]])
        # What rust-analyzer asks about the project.
        for tool in ("cargo", "rustc"):
            (programs / tool).symlink_to(shutil.which(tool))
        self.environment |= {
            "PATH": f"{programs}:/usr/bin:/bin",
            "XDG_CONFIG_HOME": str(self.folder / "config"),
            "XDG_CACHE_HOME": str(self.folder / "cache"),
            "HELIX_RUNTIME": os.environ["HELIX_RUNTIME"],
        }
        self.open(os.environ["HX"], "-v")
        for server in self.servers:
            begun = f'{server} -> {{"jsonrpc":"2.0","method":"initialized"'
            self.wait(server, lambda _, begun=begun: begun in self.log())

    def log(self):
        """What Helix wrote to its log, the language server's traffic included."""
        path = self.folder / "cache" / "helix" / "helix.log"
        return path.read_text() if path.exists() else ""

    def act(self, title):
        """Chooses a code action. The first row of the menu is chosen at first, and nothing but its place shows a row."""
        self.type(" a")
        self.wait_text(title)
        lines = self.screen().splitlines()
        row = next(index for index, line in enumerate(lines) if title in line)
        column = lines[row].index(title)
        first = row
        while lines[first - 1][column - 1 : column] == " " and lines[first - 1][column : column + 1].isupper():
            first -= 1
        self.press(*["Down"] * (row - first), "Enter")

    def normal(self):
        """Leaves insert mode. A key that comes with the escape would be taken for a key with Alt."""
        if " NOR " not in self.screen():
            self.press("Escape")
            self.wait("normal mode", lambda screen: " NOR " in screen)

    def run(self, command):
        """Carries out a typed command."""
        self.normal()
        self.type(f":{command}")
        self.press("Enter")

    def wait_menu(self, label, last_key):
        """Waits for a menu with a label."""

        def is_shown(screen):
            return any(label in line and "nippet" in line for line in screen.splitlines())

        self.wait_retyping(f"the menu with {label}", is_shown, last_key, MENU_PATIENCE)

    def cursor_line(self):
        """The number of the line that the cursor is in, as the status line has it."""
        position = re.search(r"(\d+):\d+ *$", self.last_screen.splitlines()[-2])
        return int(position[1]) if position else None

    def go_to(self, text):
        """Puts the cursor on the first place of a text."""
        self.normal()
        self.type("gg/" + re.escape(text))
        self.press("Enter")

        def is_there(screen):
            line = rf"^ +{self.cursor_line()} .*{re.escape(text)}"
            return "search:" not in screen and re.search(line, screen, re.MULTILINE)

        self.wait(f"the cursor on {text}", is_there)

    def saved(self):
        """The text of the buffer, by way of the disk."""
        before = self.path.stat().st_mtime_ns
        self.run("write!")

        def is_written(screen):
            # The file's time changes before its text is there whole; the mark goes after.
            return "[+]" not in screen and self.path.stat().st_mtime_ns != before

        self.wait("the file on disk", is_written)
        return self.path.read_text()
