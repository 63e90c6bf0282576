"""A real Helix in a tmux of its own: keys go in, the screen comes out."""

import json
import os
import re
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

# How long a state may take to come about, and how often it is looked at, in seconds.
STATE_TIMEOUT = 20.0
POLL = 0.02
# How long after a key a menu may still come, in seconds; Helix itself waits for a quarter of one.
MENU_PATIENCE = 1.0

WIDTH, HEIGHT = 140, 45
TESTS = Path(os.environ["FIRESTEEL_TESTS"])


def version():
    said = subprocess.run([os.environ["HX"], "--version"], capture_output=True, text=True, check=True)
    return said.stdout.split()[1]


class Model:
    """A scripted model in a process of its own, which ends with this object."""

    def __init__(self, folder, script):
        path = folder / "script.json"
        path.write_text(json.dumps(script))
        command = [os.environ["FIRESTEEL_SERVER_PATH"], "serve", "--script", path]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=folder)
        self.url = re.search(r"ws://\S+", self.process.stdout.readline()).group()

    def close(self):
        self.process.terminate()
        self.process.communicate()


class Helix:
    """Helix on a file of a fresh copy of the workspace, configured by the languages.toml that users copy.

    `servers` are the language servers that are found on the PATH.
    """

    def __init__(self, file, model=None, servers=("firesteel",)):
        self.servers = servers
        self.folder = Path(tempfile.mkdtemp())
        self.workspace = self.folder / "workspace"
        shutil.copytree(os.environ["FIRESTEEL_WORKSPACE"], self.workspace)
        self.path = self.workspace / file
        self.model = Model(self.folder, model) if model else None
        self.last_screen = ""
        # What tmux is started with is what Helix has: tmux takes the PATH from nowhere else.
        self.environment = dict(os.environ)

    def __enter__(self):
        try:
            self.start()
        except BaseException:
            self.__exit__()
            raise
        return self

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
        environment = {
            "PATH": f"{programs}:/usr/bin:/bin",
            "XDG_CONFIG_HOME": str(self.folder / "config"),
            "XDG_CACHE_HOME": str(self.folder / "cache"),
            "HELIX_RUNTIME": os.environ["HELIX_RUNTIME"],
        }
        if self.model:
            environment |= {"FIRESTEEL_MODEL_URL": self.model.url, "FIRESTEEL_MODEL_KEY": "none"}
        self.environment |= environment
        size = ["-x", str(WIDTH), "-y", str(HEIGHT)]
        self.tmux("new-session", "-d", *size, "-c", str(self.workspace), os.environ["HX"], "-v", str(self.path))
        first_line = self.path.read_text().splitlines()[0]
        self.wait("the file", lambda screen: first_line in screen)
        for server in self.servers:
            begun = f'{server} -> {{"jsonrpc":"2.0","method":"initialized"'
            self.wait(server, lambda _, begun=begun: begun in self.log())

    def __exit__(self, *_):
        subprocess.run(self.command("kill-server"), check=False, capture_output=True)
        if self.model:
            self.model.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def command(self, *arguments):
        return [os.environ["TMUX_BIN"], "-f", "/dev/null", "-S", str(self.folder / "tmux"), *arguments]

    def tmux(self, *arguments):
        command = self.command(*arguments)
        return subprocess.run(command, check=True, capture_output=True, text=True, env=self.environment).stdout

    def go_on(self):
        """Lets a model that waits for the file `go` go on."""
        (self.folder / "go").touch()

    def log(self):
        """What Helix wrote to its log, the language server's traffic included."""
        path = self.folder / "cache" / "helix" / "helix.log"
        return path.read_text() if path.exists() else ""

    def screen(self):
        self.last_screen = self.tmux("capture-pane", "-p")
        return self.last_screen

    def type(self, text):
        """Types a text, character for character."""
        self.tmux("send-keys", "-l", text)

    def press(self, *keys):
        """Presses keys by tmux's names for them."""
        self.tmux("send-keys", *keys)

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

    def wait(self, what, state):
        """Waits until `state` says something true of the screen; returns what it says."""
        deadline = time.monotonic() + STATE_TIMEOUT
        while time.monotonic() < deadline:
            value = state(self.screen())
            if value:
                return value
            time.sleep(POLL)
        raise TimeoutError(f"{what} did not come within {STATE_TIMEOUT} s\n{self.last_screen}")

    def wait_text(self, text):
        """Waits until the screen has a text."""
        return self.wait(repr(text), lambda screen: text in screen)

    def wait_menu(self, label, last_key):
        """Waits for a menu with a label, typing the last key anew now and then: Helix asks once for each word, and what
        it asked before the server had read the project was in vain."""

        def is_shown(screen):
            nonlocal asked
            if any(label in line and "nippet" in line for line in screen.splitlines()):
                return True
            if time.monotonic() - asked > MENU_PATIENCE:
                self.press("BSpace")
                self.type(last_key)
                asked = time.monotonic()
            return False

        asked = time.monotonic()
        self.wait(f"the menu with {label}", is_shown)

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
