"""Asks `firesteel serve` as Zed's `open_ai_compatible_api` does: one POST, no stream, a prompt in Qwen's format.

Zed reads `id` and `choices[0].text`, and nothing else; the request has no temperature and at most four stops.
"""

import http.client
import json
import sys
from pathlib import Path
from urllib.parse import urlsplit

STOPS = ["<|endoftext|>", "<|file_sep|>", "<|fim_pad|>", "<|repo_name|>"]


def predict(url, before, after):
    body = {
        "model": "firesteel",
        "prompt": f"<|fim_prefix|>{before}<|fim_suffix|>{after}<|fim_middle|>",
        "max_tokens": 64,
        "stop": STOPS,
    }
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname, parts.port)
    connection.request("POST", parts.path, json.dumps(body), {"Content-Type": "application/json"})
    response = connection.getresponse()
    text = response.read().decode()
    assert response.status == 200, (response.status, text)
    answer = json.loads(text)
    assert isinstance(answer["id"], str) and answer["id"], answer
    return answer["choices"][0]["text"], response.headers


def main():
    url, file = sys.argv[1] + "/completions", Path(sys.argv[2])
    text = file.read_text()
    # The cursor stands in a line that the disk does not have yet; some lines around it are sent.
    at = text.index('    println!("{}", area(&first));')
    before = text[text.index("fn area") : at] + '    println!("{}", ar'
    after = "\n" + text[at:].split("\n", 1)[1]
    predicted, headers = predict(url, before, after)
    assert predicted.startswith("ea"), (predicted, dict(headers))
    # The next key agrees with what was shown, which stays.
    rest, headers = predict(url, before + "e", after)
    assert "e" + rest == predicted, (predicted, rest, dict(headers))
    # What makes no sense is answered with nothing, and says why.
    nothing, headers = predict(url, before + "ea(&first));\n    ?? ??", after)
    assert nothing or headers["x-firesteel-silence"], dict(headers)
    print("what Zed sends is answered")


main()
