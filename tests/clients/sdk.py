"""OpenAI's Python SDK against `firesteel serve`: the WebSocket, server-sent events, completions, the model list."""

import sys

from openai import BadRequestError, OpenAI

CODE = "fn main() {\n    let total = 1 + 2;\n    println!(\"{}\", tot"


def events_of(connection):
    """The events of one response, up to its end."""
    events = []
    for event in connection:
        events.append(event)
        if event.type in ("response.completed", "response.failed", "response.incomplete", "error"):
            return events
    raise AssertionError("the connection ended before its response")


def web_socket(client, model):
    with client.responses.connect() as connection:
        connection.response.create(model=model, input=CODE, store=False)
        first = events_of(connection)
        assert first[0].type == "response.created", first[0]
        assert first[-1].type == "response.completed", first[-1]
        text = "".join(event.delta for event in first if event.type == "response.output_text.delta")
        assert text == first[-1].response.output_text, (text, first[-1].response)
        previous = first[-1].response.id

        connection.response.create(model=model, input="let x = ", store=False, previous_response_id=previous)
        second = events_of(connection)
        assert second[-1].type == "response.completed", second[-1]
        assert second[-1].response.previous_response_id == previous

    with client.responses.connect() as connection:
        connection.response.create(model=model, input="let x = ", store=False, previous_response_id=previous)
        refused = events_of(connection)[-1]
        assert refused.type == "error", refused
        assert "previous_response_not_found" in refused.to_json(), refused


def server_sent_events(client, model):
    with client.responses.stream(model=model, input=CODE) as stream:
        kinds = [event.type for event in stream]
        final = stream.get_final_response()
    assert kinds[0] == "response.created" and kinds[-1] == "response.completed", kinds
    assert final.status == "completed", final

    whole = client.responses.create(model=model, input=CODE)
    assert whole.status == "completed" and whole.output_text == final.output_text, whole

    try:
        client.responses.create(model=model, input="x", previous_response_id="resp_unknown")
    except BadRequestError as error:
        assert error.code == "previous_response_not_found", error
    else:
        raise AssertionError("an unknown response was continued")


def completions(client):
    hole = {"model": "firesteel", "prompt": "fn main() {\n    let total = 1 + 2;\n    println!(\"{}\", tot", "suffix": ");\n}\n", "max_tokens": 32}
    whole = client.completions.create(**hole)
    assert whole.id and whole.object == "text_completion", whole
    text = whole.choices[0].text
    assert text.startswith("al"), whole
    assert whole.choices[0].finish_reason in ("stop", "length") and whole.usage.prompt_tokens > 0, whole

    events = list(client.completions.create(**hole, stream=True, stream_options={"include_usage": True}))
    streamed = "".join(event.choices[0].text for event in events if event.choices)
    assert streamed == text, (streamed, text)
    assert events[-1].usage.completion_tokens > 0 and not events[-1].choices, events[-1]

    short = client.completions.create(**{**hole, "max_tokens": 1})
    assert short.choices[0].finish_reason in ("length", "stop") and len(short.choices[0].text) <= len(text), short

    try:
        client.completions.create(model="firesteel", prompt="x", n=2)
    except BadRequestError as error:
        assert "one choice" in str(error), error
    else:
        raise AssertionError("two choices were promised")


def main():
    client = OpenAI(base_url=sys.argv[1], api_key="none", max_retries=0)
    models = [model.id for model in client.models.list()]
    assert models[0] == "firesteel" and "embedded" in models, models
    model = models[0]
    web_socket(client, model)
    server_sent_events(client, model)
    completions(client)
    print("the SDK is content")


main()
