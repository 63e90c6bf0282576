"""What llama.cpp has read of a prompt stays read: from keystroke to keystroke, document to document, and ahead of them."""

import json
import time

from driver import scenario
from lsp import AUTOMATIC, until
from wires import HOLE, POOL

# The model's tokens are bytes: all of this is within the part of a batch that may stand before the cursor.
ABOVE = "".join(f"pub const VALUE_{number}: u32 = {number} * 1_000;\n" for number in range(20))
USER = "fn user(pool: &Pool) -> Result<()> {\n    |\n}\n"
# A server whose batches have room for that.
ROOMY = {"n_batch": 2048, "n_ubatch": 512}


def keystrokes(relay):
    """The questions that were answered whole, without what was only read ahead."""
    return [asked for asked in relay.holes() if b'"timings"' in asked.connection.received]


def after_key(editor, uri, relay, key):
    """Types a key that the model's text fits behind, and waits for that; the question that was asked."""
    editor.type(uri, key)
    buffer = editor.buffers[uri]
    before, after = buffer["text"][:buffer["cursor"]], buffer["text"][buffer["cursor"]:]
    assert editor.ghost(uri, AUTOMATIC) is not None, editor.why(uri)

    # The text is there before the relay has seen the end; and what follows it is asked for as well.
    def asked():
        is_it = lambda asked: before.endswith(asked.body["input_prefix"][-80:]) and asked.body["input_suffix"][:4] == after[:4]
        return [asked for asked in keystrokes(relay) if is_it(asked)]

    return until(asked, what="the end of an answer")[-1]


def ahead(relay):
    return [asked for asked in relay.asked("/infill") if asked.body["n_predict"] == 0]


def tokens(asked):
    """How many tokens of its prompt were read already, and how many there were."""
    frames = [json.loads(line[5:]) for line in asked.connection.received.splitlines() if line.startswith(b"data:")]
    (timings,) = [frame["timings"] for frame in frames if "timings" in frame]
    return timings["cache_n"], timings["cache_n"] + timings["prompt_n"]


def is_mostly_read(asked):
    cached, total = tokens(asked)
    return cached > 0.8 * total


@scenario("cache: the second keystroke at a place finds most of its prompt read, with pieces of other files in it")
def second_keystroke(world):
    engine = world.engine(**ROOMY)
    relay = world.relay(engine)
    world.file("src/pool.rs", POOL)
    editor = world.editor({"preset": "llama.cpp", "url": relay.url})
    hole = editor.open("src/user.rs", ABOVE + USER)
    editor.type(hole, "let connection = pool.checkout_connection(TIMEOUT)?;\n    ")
    shows_pool = lambda asked: "fn checkout_connection" in json.dumps(asked.body["input_extra"])
    until(lambda: shows_pool(after_key(editor, hole, relay, " ")), what="a piece of another file")
    for _ in range(3):
        asked = after_key(editor, hole, relay, " ")
        assert is_mostly_read(asked), tokens(asked)
    # On another line the pieces are the same, and in the same order.
    extra = asked.body["input_extra"]
    for keys in ("let _ = pool;\n    ", " "):
        asked = after_key(editor, hole, relay, keys)
        assert asked.body["input_extra"] == extra and is_mostly_read(asked), tokens(asked)


@scenario("cache: a long file is cut where the server would cut it, so that its keystrokes find their prompt read")
def long_file(world):
    # Batches of a quarter of the text: of what stands before the cursor the server reads three quarters of that.
    engine = world.engine(n_batch=1024, n_ubatch=512)
    relay = world.relay(engine)
    editor = world.editor({"preset": "llama.cpp", "url": relay.url})
    hole = editor.open("src/add.rs", 4 * ABOVE + HOLE)
    asked = [after_key(editor, hole, relay, " ") for _ in range(6)]
    assert all(map(is_mostly_read, asked[3:])), list(map(tokens, asked))


@scenario("cache: two documents keep a slot each, and going back to one finds its prompt read")
def documents(world):
    engine = world.engine(**ROOMY)
    relay = world.relay(engine)
    editor = world.editor({"preset": "llama.cpp", "url": relay.url})
    holes = [editor.open(f"src/add_{number}.rs", f"// The file {number}.\n{ABOVE}{HOLE}") for number in range(2)]
    # The server is asked how many slots it has while the first questions are under way.
    until(lambda: "id_slot" in after_key(editor, holes[0], relay, " ").body, what="a slot of its own")
    asked = [after_key(editor, hole, relay, " ") for hole in holes * 3]
    slots = [it.body["id_slot"] for it in asked]
    assert slots == slots[:2] * 3 and slots[0] != slots[1], slots
    assert all(map(is_mostly_read, asked[2:])), list(map(tokens, asked))


def move(editor, uri, text):
    """Puts the cursor behind a text of the document: an editor asks for the actions there."""
    before = editor.text(uri).split(text)[0] + text
    at = {"line": before.count("\n"), "character": len(before) - before.rfind("\n") - 1}
    editor.buffers[uri]["cursor"] = len(before)
    editor.request("textDocument/codeAction", {
        "textDocument": {"uri": uri}, "range": {"start": at, "end": at}, "context": {"diagnostics": []},
    })


def calls(number):
    return f"fn call_{number}(pool: &Pool) {{\n    pool.checkout_{number}(\n}}\n"


@scenario("cache: where the cursor comes to, the prompt is read before the first keystroke")
def read_ahead(world):
    engine = world.engine(**ROOMY)
    relay = world.relay(engine)
    world.file("src/pool.rs", POOL)
    editor = world.editor({"preset": "llama.cpp", "url": relay.url})
    uri = editor.open("src/user.rs", f"fn first() {{}}\n\n{ABOVE}fn user(pool: &Pool) {{\n    pool.checkout_connection(\n}}\n|")

    def is_read():
        for text in ("fn first() {", "pool.checkout_connection("):
            move(editor, uri, text)
        return [asked for asked in ahead(relay) if asked.body["input_extra"] and asked.connection.closed_by]

    until(is_read, what="a prompt that is read ahead")
    editor.type(uri, "t")
    editor.ghost(uri, AUTOMATIC)
    asked = until(lambda: keystrokes(relay), what="the end of an answer")[0]
    assert asked.body["input_extra"] and is_mostly_read(asked), tokens(asked)


@scenario("cache: prompts are read ahead once in a while, and never while a question is under way")
def read_ahead_in_turn(world):
    engine = world.engine("slow", n_parallel=1)
    relay = world.relay(engine)
    numbers = range(12)
    pool = "".join(f"    pub fn checkout_{number}(&self) -> u32 {{\n        {number}\n    }}\n\n" for number in numbers)
    world.file("src/pool.rs", f"impl Pool {{\n{pool}}}\n")
    editor = world.editor({"preset": "llama.cpp", "url": relay.url})
    uri = editor.open("src/user.rs", "|" + "\n".join(map(calls, numbers)))
    hole = editor.open("src/add.rs", HOLE)
    until(lambda: editor.status()["local"].get("indexing") is None and editor.status()["local"]["tokens"], what="the index")
    asked = editor.ask(hole, AUTOMATIC, streams=True)
    until(asked.beginnings, what="the beginning of a text")
    (question,) = [asked.connection for asked in relay.holes()]
    n_ahead = len(ahead(relay))
    move(editor, uri, "pool.checkout_0(")
    first = until(lambda: ahead(relay)[n_ahead:], what="a prompt that is read ahead")[0]
    assert first.asked_at >= question.heard_at(b'"timings"'), "it came while the model was writing"
    began, n_ahead = time.monotonic(), len(ahead(relay))
    for number in numbers[1:]:
        move(editor, uri, f"pool.checkout_{number}(")
        time.sleep(0.1)
    # One a second, beside the one that had its turn before.
    n_ahead = len(ahead(relay)) - n_ahead
    assert n_ahead <= time.monotonic() - began + 1, f"{n_ahead} in {time.monotonic() - began:.1f} s"
