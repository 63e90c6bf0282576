"""Each wire with the server that speaks it: what comes, how it comes, and that it ends when nobody wants it."""

from driver import scenario
from lsp import AUTOMATIC, INVOKED, until
from models import CHAT_ANSWER, FIM_ANSWER, LOOP_PIECES

HOLE = "fn add(left: Option<i32>, right: Option<i32>) -> Option<i32> {\n    |\n}\n"
POOL = """\
pub struct Pool;

impl Pool {
    pub fn checkout_connection(&self, timeout: Duration) -> Result<Connection> {
        self.slots.take(timeout)
    }
}
"""
FIRST_LINE = FIM_ANSWER.split("\n")[0]
# A format whose tokens the model does not know: to it they are any text, after which it never stops.
ENDLESS = {"preset": "openai-compatible", "wire": "completions", "format": "star_coder"}


def is_hosted(editor):
    status = editor.status()
    assert (status["answering"], status["source"], status["hosted"]) == ("hosted", "hosted", "ready"), status
    return status


@scenario("infill: the whole text of llama.cpp, set up by the environment alone")
def infill(world):
    engine = world.engine()
    editor = world.editor(more={"FIRESTEEL_MODEL_PRESET": "llama.cpp", "FIRESTEEL_MODEL_URL": engine.url})
    hole = editor.open("src/add.rs", HOLE)
    assert editor.ghost(hole) == FIM_ANSWER
    status = is_hosted(editor)
    assert "infill" in status["format"], status
    assert editor.why(hole) is None and editor.messages == []


@scenario("infill: characters that are cut between packets are whole")
def cut_characters(world):
    engine = world.engine()
    relay = world.relay(engine, piece=1)
    editor = world.editor({"preset": "llama.cpp", "url": relay.url})
    assert editor.ghost(editor.open("src/add.rs", HOLE)) == FIM_ANSWER
    assert any("🦀".encode() in asked.connection.received for asked in relay.holes())


@scenario("infill: other files go along as pieces of their own")
def pieces(world):
    engine = world.engine()
    relay = world.relay(engine)
    world.file("src/pool.rs", POOL)
    editor = world.editor({"preset": "llama.cpp", "url": relay.url})
    hole = editor.open("src/user.rs", "fn user(pool: &Pool) -> Result<()> {|\n}\n")

    def pieces():
        # They are looked for once a line, and go along with the next question there.
        editor.type(hole, "\n    let connection = pool.checkout_connection(")
        for _ in range(2):
            editor.type(hole, "x")
            editor.ghost(hole)
        extra = relay.holes()[-1].body.get("input_extra", [])
        return [piece["filename"] for piece in extra if "fn checkout_connection" in piece["text"]]

    names = until(pieces, what="a piece of another file")
    assert all(name.startswith("src/pool.rs") for name in names), names


@scenario("completions: a prompt in the model's own format")
def completions(world):
    engine = world.engine(key="k")
    relay = world.relay(engine)
    model = {"preset": "openai-compatible", "wire": "completions", "format": "qwen", "url": f"{relay.url}/v1", "key": "k"}
    editor = world.editor(model)
    hole = editor.open("src/add.rs", HOLE)
    assert editor.ghost(hole) == FIM_ANSWER
    assert "qwen" in is_hosted(editor)["format"]
    asked = relay.asked()[0]
    prompt = asked.body["prompt"]
    assert asked.path == "/v1/completions" and asked.body["stream"], asked.body
    assert "<|fim_prefix|>" in prompt and "<|fim_suffix|>\n}\n" in prompt and prompt.endswith("<|fim_middle|>"), prompt


@scenario("chat: a model without fill-in-the-middle tokens is shown the hole")
def chat_for_holes(world):
    engine = world.engine("nofim")
    relay = world.relay(engine)
    editor = world.editor({"preset": "llama.cpp", "url": relay.url})
    hole = editor.open("src/add.rs", HOLE)
    shown = editor.ghost(hole)
    assert shown == CHAT_ANSWER, editor.why(hole)
    assert "conversation (chat)" in is_hosted(editor)["format"]
    assert editor.messages == []
    # The refusal is remembered.
    n_refused, n_asked = len(relay.asked("/infill")), len(relay.asked("/v1/chat/completions"))
    assert editor.ghost(editor.open("src/another.rs", f"// Another one.\n{HOLE}")) == CHAT_ANSWER
    assert len(relay.asked("/infill")) == n_refused and len(relay.asked("/v1/chat/completions")) > n_asked


@scenario("chat: an edit lands in the document")
def chat_for_edits(world):
    editor = world.editor({"preset": "llama.cpp", "url": world.engine().url})
    edits(editor)


@scenario("responses: ghost text and an edit by HTTP")
def responses(world):
    engine = world.engine()
    relay = world.relay(engine)
    editor = world.editor({"preset": "responses", "url": f"{relay.url}/v1", "name": "tiny"})
    assert editor.ghost(editor.open("src/add.rs", HOLE)) == CHAT_ANSWER
    is_hosted(editor)
    edits(editor)
    assert {asked.path for asked in relay.asked()} == {"/v1/responses"}


def edits(editor):
    text = "fn first() {}\n\nfn second() {\n    first();\n}\n|"
    uri = editor.open("src/edited.rs", text)
    start = text.index("fn second")
    said = editor.edit(uri, "Say hello instead.", start, len(text) - 2)
    assert editor.text(uri) == f"fn first() {{}}\n\n{CHAT_ANSWER}\n", (said, editor.text(uri))


@scenario("two roles: one server fills in, another one edits")
def roles(world):
    here, there = world.relay(world.engine()), world.relay(world.engine("nofim"))
    models = {"here": {"preset": "llama.cpp", "url": here.url}, "there": {"preset": "chat", "url": there.url, "name": "nofim"}}
    editor = world.editor(models=models, roles={"complete": ["here"], "edit": ["there"]})
    assert editor.ghost(editor.open("src/add.rs", HOLE)) == FIM_ANSWER
    edits(editor)
    assert {asked.path for asked in there.asked()} == {"/v1/chat/completions"}
    assert {asked.path for asked in here.asked()} == {"/infill"}


@scenario("streaming: the first line is shown before the last is written")
def streaming(world):
    relay = world.relay(world.engine("slow"))
    editor = world.editor({"preset": "llama.cpp", "url": relay.url})
    asked = editor.ask(editor.open("src/add.rs", HOLE), AUTOMATIC, streams=True)
    first = until(lambda: asked.beginnings())[0]
    assert first == FIRST_LINE
    text = asked.text()
    written_at, is_cut = written(relay)
    assert text == FIM_ANSWER or is_cut and FIM_ANSWER.startswith(text), text
    assert asked.shown_at < written_at or is_cut, "the text came at once"


@scenario("streaming: a client that takes one answer is not kept waiting for more than the first line")
def first_line_first(world):
    relay = world.relay(world.engine("slow"))
    editor = world.editor({"preset": "llama.cpp", "url": relay.url})
    asked = editor.ask(editor.open("src/add.rs", HOLE), AUTOMATIC)
    assert asked.text() == FIRST_LINE, asked.text()
    written_at, is_cut = written(relay)
    assert asked.future.answered_at < written_at or is_cut, "it waited for the whole text"


def written(relay):
    """When the first text was whole, and whether the server has cut it: on a machine with other work its limit of time may
    strike after the first line."""
    end = b'"timings"'
    answered = lambda: [asked.connection for asked in relay.holes() if end in asked.connection.received]
    first = until(answered, what="the end of a text")[0]
    return first.heard_at(end), b'"stop_type":"limit"' in first.received


def ticking(relay):
    """The questions whose text has begun, and that would never end by themselves."""
    return [asked for asked in relay.asked() if LOOP_PIECES[0].encode() in asked.connection.received]


def ticks_until_left(world, leave):
    """How many tokens the engine wrote, and how many it had been allowed, for a text that was left while it was written."""
    engine = world.engine("slow", n_parallel=1)
    relay = world.relay(engine)
    editor = world.editor(ENDLESS | {"url": f"{relay.url}/v1", "name": "slow"})
    hole = editor.open("src/add.rs", HOLE)
    asked = editor.ask(hole, AUTOMATIC, streams=True)
    (request,) = until(lambda: ticking(relay), what="the beginning of a text")
    leave(editor, hole, asked)
    until(lambda: request.connection.closed_by, what="the end of the request")
    assert request.connection.closed_by == "client", "the model was let go on"
    until(lambda: not engine.is_busy(), what="the end of the generation")
    return engine.count("tokens_predicted_total"), request.body["max_tokens"]


@scenario("cancel: a request that is cancelled ends the generation")
def cancel(world):
    written, allowed = ticks_until_left(world, lambda editor, hole, asked: asked.cancel())
    assert written < allowed / 2, f"{written} of {allowed} tokens were written"


@scenario("cancel: closing the document ends the generation")
def closed(world):
    leave = lambda editor, hole, asked: editor.notify("textDocument/didClose", {"textDocument": {"uri": hole}})
    written, allowed = ticks_until_left(world, leave)
    assert written < allowed / 2, f"{written} of {allowed} tokens were written"


@scenario("cancel: typing another text ends the generation, and the next one has the only slot")
def superseded(world):
    engine = world.engine("slow", n_parallel=1)
    relay = world.relay(engine)
    editor = world.editor(ENDLESS | {"url": f"{relay.url}/v1", "name": "slow"})
    hole = editor.open("src/add.rs", HOLE)
    older = editor.ask(hole, streams=True)
    until(lambda: ticking(relay), what="the beginning of a text")
    editor.type(hole, "let ")
    newer = editor.ask(hole, streams=True)
    assert older.text() is None or older.beginnings(), "the older request was given the newer's text"
    newer.texts()
    first = relay.asked()[0]
    assert first.connection.closed_by == "client", "the model was let go on"
    assert len(ticking(relay)) >= 2, "the newer question was not answered"


@scenario("two documents at once: two slots serve both, and one slot serves them in turn")
def parallel(world):
    for n_parallel in (2, 1):
        engine = world.engine("slow", n_parallel=n_parallel)
        editor = world.editor({"preset": "llama.cpp", "url": engine.url})
        holes = [editor.open(f"src/add_{number}.rs", HOLE) for number in range(2)]
        asked = [editor.ask(hole, INVOKED, streams=True) for hole in holes]
        assert [it.text() for it in asked] == [FIM_ANSWER] * 2
        assert editor.messages == []
