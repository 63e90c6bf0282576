"""A model that somebody has trained, where it is installed: real text comes."""

from driver import scenario
from lsp import until

FACTS = "The capital of France is Paris. The capital of Italy is Rome. The capital of Spain is|\n"


@scenario("a trained model: real text, in a conversation and streamed")
def trained(world):
    engine = world.engine("trained", n_parallel=1)
    editor = world.editor({"preset": "llama.cpp", "url": engine.url})
    hole = editor.open("facts.txt", FACTS, "plaintext")

    def shown():
        editor.type(hole, " ")
        return editor.ghost(hole)

    text = until(shown, what="a text")
    assert any(character.isalpha() for character in text), text
    assert editor.status()["source"] == "hosted" and editor.messages == []
    print(f"{text!r}")
