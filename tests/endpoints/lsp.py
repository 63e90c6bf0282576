"""An editor without a screen: starts the real server over its standard input and output, and keeps buffers as editors do."""

import json
import os
import subprocess
import threading
import time
from concurrent.futures import Future
from pathlib import Path

# How long an answer may take before the server counts as stuck.
ANSWER_LIMIT = 60
# Between two looks at something that a background task brings about.
POLL = 0.05
# How often the user of these tests types, in seconds.
KEY_GAP = 0.125

CAPABILITIES = {
    "general": {"positionEncodings": ["utf-32"]},
    "textDocument": {"inlineCompletion": {}, "synchronization": {}},
    "workspace": {"applyEdit": True, "workspaceEdit": {"documentChanges": True}},
    "window": {"workDoneProgress": True},
}
INVOKED, AUTOMATIC = 1, 2


class Refused(Exception):
    """An answer that is an error."""


def until(wish, limit=ANSWER_LIMIT, what="what was waited for"):
    """The first value of `wish` that counts as true."""
    end = time.monotonic() + limit
    while time.monotonic() < end:
        if found := wish():
            return found
        time.sleep(POLL)
    raise AssertionError(f"{what} did not happen within {limit} s")


def environment(home, more=None):
    """The environment of a user with this home. Nothing that this machine has set decides anything here."""
    own = {name: value for name, value in os.environ.items() if not name.startswith(("FIRESTEEL_", "LLAMA_"))}
    own |= {"HOME": str(home), "XDG_CONFIG_HOME": str(home / "config"), "XDG_CACHE_HOME": str(home / "cache")}
    return own | (more or {})


class Asked:
    """A request for ghost text that is under way."""

    def __init__(self, editor, number, future, prefix):
        self.editor, self.number, self.future, self.prefix = editor, number, future, prefix
        self.began = time.monotonic()
        self.partial = []
        # When something of it came first.
        self.shown_at = None

    def texts(self):
        """What is shown behind the cursor when the answer is there: of several texts all."""
        answer = self.future.result(ANSWER_LIMIT)
        last = self.partial[-1] if self.partial else None
        return self.editor.shown(answer or last, self.prefix)

    def text(self):
        return (self.texts() or [None])[0]

    def beginnings(self):
        """Each text that came while the model was writing."""
        return [text for part in self.partial for text in self.editor.shown(part, self.prefix)]

    def cancel(self):
        self.editor.notify("$/cancelRequest", {"id": self.number})


class Editor:
    """A client with a folder, settings and buffers."""

    def __init__(self, firesteel, folder, settings, log, home, more=None):
        self.folder = folder
        self.process = subprocess.Popen(
            [firesteel, "lsp"], cwd=self.folder, env=environment(home, more),
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log,
        )
        self.lock = threading.Lock()
        self.waiting, self.partial_of, self.buffers = {}, {}, {}
        self.messages, self.reports, self.edits = [], [], []
        self.last_number = 0
        threading.Thread(target=self._read, daemon=True).start()
        self.request("initialize", {
            "processId": os.getpid(), "rootUri": self.folder.as_uri(),
            "workspaceFolders": [{"uri": self.folder.as_uri(), "name": self.folder.name}],
            "capabilities": CAPABILITIES, "initializationOptions": settings,
        })
        self.notify("initialized", {})

    def close(self):
        """Ends the conversation as the protocol wants it."""
        if self.process.poll() is None:
            self.request("shutdown", None)
            self.notify("exit", None)
            assert self.process.wait(ANSWER_LIMIT) == 0, "the server did not end well"

    # What goes over the wire.

    def _send(self, message):
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        with self.lock:
            self.process.stdin.write(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
            self.process.stdin.flush()

    def notify(self, method, params):
        self._send({"method": method, "params": params})

    def send(self, method, params, number=None):
        with self.lock:
            self.last_number += 1
            number = number or self.last_number
            future = self.waiting[number] = Future()
        self._send({"id": number, "method": method, "params": params})
        return number, future

    def request(self, method, params):
        return self.send(method, params)[1].result(ANSWER_LIMIT)

    def command(self, name, *arguments):
        return self.request("workspace/executeCommand", {"command": f"firesteel.{name}", "arguments": arguments})

    def _read(self):
        out = self.process.stdout
        while line := out.readline():
            length = 0
            while line.strip():
                if line.lower().startswith(b"content-length:"):
                    length = int(line.split(b":")[1])
                line = out.readline()
            self._take(json.loads(out.read(length)))
        for future in self.waiting.values():
            future.set_exception(EOFError("the server has ended"))

    def _take(self, message):
        if "method" not in message:
            future = self.waiting.pop(message["id"])
            future.answered_at = time.monotonic()
            if "error" in message:
                future.set_exception(Refused(message["error"]["message"]))
            else:
                future.set_result(message["result"])
        elif "id" in message:
            self._send({"id": message["id"], "result": self._answer(message)})
        elif message["method"] == "window/showMessage":
            self.messages.append(message["params"]["message"])
        elif message["method"] == "$/progress":
            value = message["params"]["value"]
            asked = self.partial_of.get(message["params"]["token"])
            if asked is not None:
                asked.shown_at = asked.shown_at or time.monotonic()
                asked.partial.append(value)
            else:
                self.reports.append(value)

    def _answer(self, message):
        if message["method"] != "workspace/applyEdit":
            return None
        self.edits.append(message["params"]["edit"])
        for change in message["params"]["edit"]["documentChanges"]:
            document = change["textDocument"]
            buffer = self.buffers[document["uri"]]
            if document["version"] != buffer["version"]:
                return {"applied": False}
            for edit in sorted(change["edits"], key=lambda edit: place(edit["range"]["start"]), reverse=True):
                start, end = (offset(buffer["text"], edit["range"][side]) for side in ("start", "end"))
                self.change(document["uri"], start, end, edit["newText"])
        return {"applied": True}

    # What a user does and sees.

    def open(self, name, text, language="rust"):
        """Opens a file with the cursor at the mark `|`."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        before, after = text.split("|")
        path.write_text(before + after)
        uri = path.as_uri()
        self.buffers[uri] = {"text": before + after, "version": 1, "cursor": len(before)}
        self.notify("textDocument/didOpen", {
            "textDocument": {"uri": uri, "languageId": language, "version": 1, "text": before + after},
        })
        return uri

    def text(self, uri):
        return self.buffers[uri]["text"]

    def change(self, uri, start, end, text):
        buffer = self.buffers[uri]
        span = {"start": position(buffer["text"], start), "end": position(buffer["text"], end)}
        buffer["text"] = buffer["text"][:start] + text + buffer["text"][end:]
        buffer["version"] += 1
        buffer["cursor"] = start + len(text)
        self.notify("textDocument/didChange", {
            "textDocument": {"uri": uri, "version": buffer["version"]},
            "contentChanges": [{"range": span, "text": text}],
        })

    def type(self, uri, text):
        cursor = self.buffers[uri]["cursor"]
        self.change(uri, cursor, cursor, text)

    def ask(self, uri, kind=AUTOMATIC, streams=False):
        """Asks for ghost text at the cursor, as editors do after a key."""
        buffer = self.buffers[uri]
        at = position(buffer["text"], buffer["cursor"])
        before = buffer["text"][:buffer["cursor"]]
        params = {"textDocument": {"uri": uri}, "position": at, "context": {"triggerKind": kind}}
        asked = Asked(self, None, None, before[before.rfind("\n") + 1:])
        if streams:
            params["partialResultToken"] = f"partial-{id(asked)}"
            self.partial_of[params["partialResultToken"]] = asked
        asked.number, asked.future = self.send("textDocument/inlineCompletion", params)
        return asked

    def ghost(self, uri, kind=INVOKED):
        """The whole ghost text at the cursor."""
        return self.ask(uri, kind, streams=True).text()

    @staticmethod
    def shown(answer, prefix):
        """The texts of an answer as they appear behind the cursor."""
        items = (answer or {}).get("items", []) if isinstance(answer, dict) else answer or []
        texts = [item["insertText"] for item in items]
        for text in texts:
            assert text.startswith(prefix), f"{text!r} does not begin with the line as typed, {prefix!r}"
        return [text[len(prefix):] for text in texts]

    def edit(self, uri, instruction, start, end):
        """Has lines rewritten; returns what the progress says at its end."""
        text = self.text(uri)
        span = {"start": position(text, start), "end": position(text, end)}
        n_reports = len(self.reports)
        self.command("edit", {"uri": uri, "range": span, "instruction": instruction})
        ends = lambda: [report for report in self.reports[n_reports:] if report["kind"] == "end"]
        return until(ends, what="the end of an edit")[0].get("message", "")

    def status(self):
        return self.command("status")

    def why(self, uri):
        return self.command("whyNoSuggestion", uri)


def place(position):
    return position["line"], position["character"]


def position(text, at):
    before = text[:at]
    return {"line": before.count("\n"), "character": len(before) - before.rfind("\n") - 1}


def offset(text, at):
    lines = text.split("\n")
    return sum(len(line) + 1 for line in lines[:at["line"]]) + at["character"]
