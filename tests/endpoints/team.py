"""vllm-router in front of two engines, as a team has it: docs/team.md."""

import time

from driver import scenario
from faults import KEY_LIMIT_MS, LINE, REPEATING, REST, keys
from lsp import AUTOMATIC, INVOKED, KEY_GAP, until
from models import FIM_ANSWER
from wires import HOLE, is_hosted, ticking

# What the headers of one question may not hold: the router spreads by the first, and the second outlives a cancel.
NEVER = ("x-request-id", "x-conversation-id")


def model(url, **settings):
    return {"preset": "vllm", "url": f"{url}/v1", "name": "tiny", "format": "qwen"} | settings


def written(worker):
    return worker.count("tokens_predicted_total")


@scenario("team: a session stays on its worker, also after a restart, and each project has its own")
def sticky(world):
    workers = [world.engine(key="k"), world.engine(key="k")]
    front = world.relay(world.router(workers))

    def fills(project):
        """Asks from a project; the sessions that it was known by."""
        n_asked = len(front.asked())
        editor = world.editor(model(front.url, key="k"), project=project)
        for number in range(6):
            assert editor.ghost(editor.open(f"src/add_{number}.rs", f"// {number}\n{HOLE}")) == FIM_ANSWER
        is_hosted(editor)
        asked = front.asked()[n_asked:]
        assert len(asked) >= 6
        assert not any(name in request.headers for request in asked for name in NEVER)
        return {request.headers["x-session-id"] for request in asked}

    own = fills("project")
    assert fills("project") == own and len(own) == 1
    assert sorted(written(worker) > 0 for worker in workers) == [False, True], "both workers were asked"
    assert len(fills("another") | own) == 2


@scenario("team: a text streams through the router, and a cancel ends it at the worker")
def cancel(world):
    workers = [world.engine("slow"), world.engine("slow")]
    front = world.relay(world.router(workers))
    editor = world.editor(model(front.url))
    asked = editor.ask(editor.open("src/add.rs", HOLE), INVOKED, streams=True)
    until(asked.beginnings, what="the first line")
    assert asked.text() == FIM_ANSWER
    assert asked.shown_at < asked.future.answered_at, "the text came at once"
    before = sum(map(written, workers))
    # Tokens that the model does not know: it never stops.
    endless = world.editor(model(front.url, format="star_coder"))
    asked = endless.ask(endless.open("src/endless.rs", HOLE), AUTOMATIC, streams=True)
    until(lambda: ticking(front), what="the beginning of a text")
    asked.cancel()
    until(lambda: not any(worker.is_busy() for worker in workers), what="the end of the generation")
    n_written, allowed = sum(map(written, workers)) - before, front.asked()[-1].body["max_tokens"]
    assert n_written < allowed / 2, f"{n_written} of {allowed} tokens were written"


@scenario("team: a worker that is killed costs no key its answer, and the other one takes over")
def killed(world):
    workers = [world.engine(), world.engine()]
    router = world.router(workers)
    editor = world.editor(model(router.url, suggest_timeout_ms=KEY_LIMIT_MS), alone=False)
    hole = editor.open("src/add.rs", HOLE)
    assert editor.ghost(hole) == FIM_ANSWER
    own, other = sorted(workers, key=written, reverse=True)
    assert written(other) == 0
    own.kill()
    typed = editor.open("src/shape.rs", REPEATING)
    shown = keys(editor, typed, LINE)
    assert shown[-1] == REST, shown
    until(lambda: written(other) > 0 or keys(editor, hole, " ") and False, what="an answer of the other worker")
    editor.type(hole, "\n    ")
    assert editor.ghost(hole) == FIM_ANSWER
    is_hosted(editor)
    assert editor.messages == []


@scenario("team: a worker that is killed in the middle of a text leaves what has come")
def killed_while_writing(world):
    workers = [world.engine("slow"), world.engine("slow")]
    editor = world.editor(model(world.router(workers).url))
    asked = editor.ask(editor.open("src/add.rs", HOLE), INVOKED, streams=True)
    until(asked.beginnings, what="the first line")
    next(worker for worker in workers if worker.is_busy()).kill()
    shown = asked.text()
    assert FIM_ANSWER.startswith(shown) and shown.startswith("let sum = left + right;"), shown
    assert editor.messages == []


@scenario("team: all workers away, the embedded engine answers, and they are found again")
def all_killed(world):
    workers = [world.engine(), world.engine()]
    front = world.relay(world.router(workers))
    editor = world.editor(model(front.url, suggest_timeout_ms=KEY_LIMIT_MS), alone=False)
    hole = editor.open("src/add.rs", HOLE)
    assert editor.ghost(hole) == FIM_ANSWER
    for worker in workers:
        worker.kill()
    typed = editor.open("src/shape.rs", REPEATING)
    assert keys(editor, typed, LINE)[-1] == REST
    refused = lambda: keys(editor, hole, " ") and refusals(front, b"503")
    until(refused, what="the router's word that no worker is there")
    types_ahead(editor, hole, front)
    for worker in workers:
        world.engine(port=worker.port)

    def is_back():
        editor.type(hole, "\n    ")
        return editor.ghost(hole) == FIM_ANSWER

    until(is_back, what="the workers' return")
    assert editor.messages == []


def refusals(front, status):
    return sum(request.connection.received.startswith(b"HTTP/1.1 " + status) for request in front.asked())


def types_ahead(editor, uri, front):
    """Types without waiting, right after a refusal: most keys are not sent, and all have their answers."""
    n_asked, n_keys = len(front.asked()), 16
    asked = []
    for _ in range(n_keys):
        editor.type(uri, " ")
        asked.append(editor.ask(uri, AUTOMATIC))
        time.sleep(KEY_GAP)
    n_asked = len(front.asked()) - n_asked
    assert n_asked <= n_keys / 2, f"{n_asked} questions for {n_keys} keys, though the router has no room"
    for it in asked:
        it.text()


def limited(world, status, **limits):
    """An editor that has asked more at once than a router takes."""
    front = world.relay(world.router([world.engine("slow")], **limits))
    editor = world.editor(model(front.url), alone=False)
    for number in range(6):
        editor.ask(editor.open(f"src/add_{number}.rs", HOLE), AUTOMATIC, streams=True)
    until(lambda: refusals(front, status), what=f"a refusal with {status.decode()}")
    return editor, front


def goes_on(editor):
    """It asks again once the pause is over."""
    hole = editor.open("src/later.rs", f"// Later.\n{HOLE}")

    def is_hosted_again():
        return editor.ghost(hole) == FIM_ANSWER and editor.status()["source"] in ("hosted", "memory")

    until(is_hosted_again, what="an answer after the pause")
    assert editor.messages == []


@scenario("team: 429 with an empty body, and keys wait as long as the router says")
def too_many(world):
    editor, front = limited(world, b"429", max_concurrent_requests=1, queue_size=0)
    types_ahead(editor, editor.open("src/typed.rs", HOLE), front)
    goes_on(editor)


@scenario("team: 408 with an empty body, from a queue that is too long")
def queued_too_long(world):
    editor, _ = limited(world, b"408", max_concurrent_requests=1, queue_size=4, queue_timeout_secs=1)
    until(lambda: editor.status()["outside"]["kinds"]["inline"]["ends"].get("rate_limited"), what="a pause")
    goes_on(editor)
