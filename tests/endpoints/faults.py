"""What goes wrong with a real server, and what its user notices: at most one sentence, and never a key without its answer."""

import http.server
import threading
import time

from driver import scenario
from lsp import AUTOMATIC, INVOKED, KEY_GAP, until
from models import CHAT_ANSWER, FIM_ANSWER
from servers import HOST, free_port, get, listens
from wires import HOLE, edits

# What repeats here is what the embedded engine goes on with.
REPEATING = """\
pub fn checked_width(shape: &Shape) -> Result<f64, ShapeError> {
    let width = shape.width().ok_or(ShapeError::Empty)?;
    Ok(width)
}

pub fn checked_height(shape: &Shape) -> Result<f64, ShapeError> {
    let height = shape.height().ok_or(ShapeError::Empty)?;
    Ok(height)
}

pub fn checked_depth(shape: &Shape) -> Result<f64, ShapeError> {
    let depth = shape.depth().ok_or(ShapeError::Empty)?;
    Ok(depth)
}

pub fn checked_margin(shape: &Shape) -> Result<f64, ShapeError> {
    |
}
"""
LINE, REST = "let margin = shape.margin().ok_or(", "ShapeError::Empty)?;"
# How long a key may wait for the model here, in milliseconds, and what a busy machine adds to that in seconds.
KEY_LIMIT_MS = 2_000
BUSY = 2


def stands_in(editor, name="src/shape.rs"):
    """The embedded engine answers at once where it knows what comes."""
    uri = editor.open(name, REPEATING)
    editor.type(uri, LINE)
    assert editor.ghost(uri) == REST, editor.why(uri)
    assert editor.status()["source"] == "local"


def keys(editor, uri, text):
    """Types, and asks after each key; what was shown. No key waits beyond the limit for its answer."""
    shown = []
    for key in text:
        began = time.monotonic()
        editor.type(uri, key)
        shown.append(editor.ask(uri, AUTOMATIC).text())
        took = time.monotonic() - began
        assert took <= KEY_LIMIT_MS / 1e3 + BUSY, f"{key!r} waited {took:.1f} s"
        time.sleep(max(0.0, KEY_GAP - took))
    return shown


@scenario("nobody listens: the embedded engine answers, and the status says what is wrong")
def wrong_port(world):
    url = f"http://{HOST}:{free_port()}"
    editor = world.editor({"preset": "llama.cpp", "url": url})
    stands_in(editor)
    status = editor.status()
    assert (status["hosted"], status["answering"]) == ("disconnected", "local") and url[7:] in status["why"], status
    hole = editor.open("src/add.rs", HOLE)
    if editor.ghost(hole) is None:
        assert url[7:] in editor.why(hole), editor.why(hole)
    assert editor.messages == []


@scenario("another server listens there: a sentence with the way out")
def wrong_server(world):
    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer((HOST, 0), Quiet)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    for preset in ("llama.cpp", "openai-compatible", "chat", "ollama"):
        editor = world.editor({"preset": preset, "name": "qwen2.5-coder", "url": f"http://{HOST}:{server.server_port}"})
        stands_in(editor)
        status = editor.status()
        assert status["hosted"] == "refused" and "is it the right port" in status["why"], (preset, status)
    server.shutdown()


@scenario("a wrong key, and none: the server's words, and where a key is set")
def wrong_key(world):
    engine = world.engine(key="right")
    for key, hint in (({"key": "wrong"}, "Invalid API Key"), ({}, "LLAMA_API_KEY")):
        editor = world.editor({"preset": "llama.cpp", "url": engine.url} | key)
        stands_in(editor)
        status = editor.status()
        assert status["hosted"] == "refused" and hint in status["why"], status
        assert "wrong" not in status["why"].replace("what is wrong", ""), "the key is shown"
        assert len(editor.messages) <= 1, editor.messages
    editor = world.editor({"preset": "llama.cpp", "url": engine.url}, {"LLAMA_API_KEY": "right"})
    assert editor.ghost(editor.open("src/add.rs", HOLE)) == FIM_ANSWER


@scenario("a server that loads its model is starting, which is no error, and then answers")
def loading(world):
    # It is not there when the editor is.
    engine = world.engine("slow", is_awaited=False, warmup=True)
    slow_motion = None
    until(lambda: listens(engine.port), what="a port")
    slow_motion = world.slow_motion(engine)
    editor = world.editor({"preset": "llama.cpp", "url": engine.url})
    assert get(f"{engine.url}/health")[0] == 503, "it has loaded too soon for this test"
    stands_in(editor)
    status = editor.status()
    assert (status["hosted"], status["why"]) == ("starting", None), status
    slow_motion.end()
    engine.wait()
    hole = editor.open("src/add.rs", HOLE)
    until(lambda: editor.status()["hosted"] == "ready", what="the model's readiness")
    assert editor.ghost(hole) == FIM_ANSWER
    assert editor.messages == []


@scenario("an edit waits for a server that loads its model")
def edit_while_loading(world):
    engine = world.engine("slow", is_awaited=False, warmup=True)
    until(lambda: listens(engine.port), what="a port")
    slow_motion = world.slow_motion(engine)
    editor = world.editor({"preset": "llama.cpp", "url": engine.url})
    assert get(f"{engine.url}/health")[0] == 503, "it has loaded too soon for this test"
    threading.Timer(1, slow_motion.end).start()
    edits(editor)


@scenario("a prompt that is too long is shortened, once for all")
def too_long(world):
    engine = world.engine(n_ctx=1024, n_parallel=1)
    relay = world.relay(engine)
    editor = world.editor({
        "preset": "openai-compatible", "wire": "completions", "format": "qwen", "name": "tiny", "url": f"{relay.url}/v1",
    })
    lines = "".join(f"const VALUE_{number}: &str = \"→ number {number} of many\";\n" for number in range(400))
    holes = [editor.open(f"src/add_{number}.rs", lines + HOLE + lines) for number in range(3)]
    assert editor.ghost(holes[0]) == FIM_ANSWER, editor.why(holes[0])
    refused = lambda: sum(asked.connection.received.startswith(b"HTTP/1.1 400") for asked in relay.asked())
    assert refused() >= 1, "nothing was too long: this tests nothing"
    first = refused()
    assert [editor.ghost(hole) for hole in holes[1:]] == [FIM_ANSWER] * 2
    assert refused() == first and editor.messages == []


@scenario("a server is killed and comes back while its user types")
def killed(world):
    engine = world.engine()
    editor = world.editor({"preset": "llama.cpp", "url": engine.url, "suggest_timeout_ms": KEY_LIMIT_MS}, alone=False)
    hole = editor.open("src/add.rs", HOLE)
    assert editor.ghost(hole) == FIM_ANSWER
    typed = editor.open("src/shape.rs", REPEATING)
    keys(editor, typed, LINE[:10])
    engine.kill()
    shown = keys(editor, typed, LINE[10:])
    assert shown[-1] == REST, shown
    # What agrees with a text that is shown asks no model.
    keys(editor, hole, " ")
    status = editor.status()
    assert (status["hosted"], status["answering"]) == ("disconnected", "local"), status
    world.engine(port=engine.port)

    def is_back():
        keys(editor, hole, " ")
        return editor.status()["hosted"] == "ready"

    until(is_back, what="the model's return")
    editor.type(hole, "\n    ")
    assert editor.ghost(hole) == FIM_ANSWER
    assert editor.status()["answering"] == "hosted" and editor.messages == []


@scenario("a server is killed in the middle of a text: what has come is shown")
def killed_while_writing(world):
    engine = world.engine("slow")
    editor = world.editor({"preset": "llama.cpp", "url": engine.url})
    asked = editor.ask(editor.open("src/add.rs", HOLE), INVOKED, streams=True)
    until(asked.beginnings, what="the first line")
    engine.kill()
    shown = asked.text()
    assert FIM_ANSWER.startswith(shown) and shown.startswith("let sum = left + right;"), shown
    assert editor.messages == []


@scenario("an edit whose server is killed takes back what had landed, and says why")
def edit_killed(world):
    engine = world.engine("slow", n_parallel=1)
    editor = world.editor({"preset": "llama.cpp", "url": engine.url})
    text = "fn first() {}\n\nfn second() {\n    first();\n}\n|"
    uri = editor.open("src/edited.rs", text)
    threading.Thread(target=lambda: (until(engine.is_busy, what="work"), engine.kill()), daemon=True).start()
    said = editor.edit(uri, "Say hello instead.", 15, len(text) - 2)
    assert editor.text(uri) == text.replace("|", "") and said and CHAT_ANSWER not in said, said
