"""The servers of these tests: llama.cpp, vllm-router, and a relay that tells what passed through it."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from pathlib import Path

from lsp import POLL, until

HERE = Path(__file__).resolve().parent
# How long a server may take to be there, on a machine with other work.
START_LIMIT = 120
HOST = "127.0.0.1"


def free_port():
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return probe.getsockname()[1]


def listens(port):
    try:
        socket.create_connection((HOST, port), timeout=1).close()
        return True
    except OSError:
        return False


def get(url, key=None):
    """Status and text of a request."""
    request = urllib.request.Request(url, headers={"Authorization": f"Bearer {key}"} if key else {})
    try:
        with urllib.request.urlopen(request, timeout=START_LIMIT) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as refusal:
        return refusal.code, refusal.read().decode()


class Engine:
    """A llama.cpp server with one of the models."""

    def __init__(self, cache, model, log, port=None, is_awaited=True, **settings):
        self.port, self.key = port or free_port(), settings.get("key")
        self.url = f"http://{HOST}:{self.port}"
        command = [sys.executable, HERE / "engine.py", cache / f"{model}.gguf", str(self.port)]
        command += [f"{name}={str(value).lower() if isinstance(value, bool) else value}" for name, value in settings.items()]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log)
        if is_awaited:
            self.wait()

    def wait(self):
        """Until the model is loaded."""
        line = self.process.stdout.readline()
        assert line.startswith(b"READY"), f"llama.cpp did not start: {line}"

    def is_busy(self):
        """Looked at once: asking again and again changes what the server does."""
        return any(slot["is_processing"] for slot in json.loads(get(f"{self.url}/slots", self.key)[1]))

    def count(self, name):
        """A counter of the server's own."""
        metrics = get(f"{self.url}/metrics", self.key)[1]
        return float(re.search(rf"^llamacpp:{name} (\S+)$", metrics, re.M)[1])

    def kill(self):
        self.process.kill()
        self.process.wait()

    close = kill


class SlowMotion:
    """Lets a process run for a small part of the time only, so that what it does in passing can be seen."""

    RUNS, RESTS = 0.01, 0.09

    def __init__(self, process):
        self.process, self.is_over = process, threading.Event()
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def _run(self):
        while not self.is_over.wait(self.RUNS):
            self.process.send_signal(signal.SIGSTOP)
            time.sleep(self.RESTS)
            self.process.send_signal(signal.SIGCONT)

    def end(self):
        self.is_over.set()
        self.thread.join()

    close = end


class Router:
    """vllm-router in front of engines, with clocks that are short enough for a test."""

    def __init__(self, workers, log, **settings):
        self.port = free_port()
        self.url = f"http://{HOST}:{self.port}"
        clocks = {
            "policy": "consistent_hash", "worker-startup-check-interval": 1, "health-check-interval-secs": 2,
            "health-check-timeout-secs": 1, "health-failure-threshold": 1, "health-success-threshold": 1,
            "cb-timeout-duration-secs": 3,
        }
        program = Path(sys.executable).parent / "vllm-router"
        command = [program, "--host", HOST, "--port", str(self.port), "--prometheus-port", str(free_port())]
        command += ["--worker-urls", *(worker.url for worker in workers)]
        for name, value in (clocks | settings).items():
            command += [f"--{name.replace('_', '-')}", str(value)]
        self.process = subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True)
        until(lambda: listens(self.port), START_LIMIT, "the start of vllm-router")

    def close(self):
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


class Request:
    """A request that passed through a relay, on its connection."""

    def __init__(self, connection, head, body, asked_at):
        self.connection, self.asked_at = connection, asked_at
        line, *headers = head.decode("latin-1").split("\r\n")
        self.method, self.path, _ = line.split(" ")
        pairs = (header.split(":", 1) for header in headers)
        self.headers = {name.strip().lower(): value.strip() for name, value in pairs}
        self.body = json.loads(body) if body else None


class Connection:
    """What went over one connection of a relay, and who closed it first."""

    def __init__(self):
        self.sent, self.received, self.closed_by = b"", b"", None
        # When so many bytes had passed, each way.
        self.asking, self.answering = [], []

    def heard_at(self, mark):
        """When what was answered had a mark in it."""
        return when(self.answering, self.received.index(mark) + len(mark))

    def requests(self):
        sent = rest = self.sent
        while b"\r\n\r\n" in rest:
            head, rest = rest.split(b"\r\n\r\n", 1)
            length = re.search(rb"content-length: *(\d+)", head, re.I)
            length = int(length[1]) if length else 0
            if len(rest) < length:
                return
            body, rest = rest[:length], rest[length:]
            yield Request(self, head, body, when(self.asking, len(sent) - len(rest)))


def when(passing, length):
    return next(at for at, passed in passing if passed >= length)


class Relay:
    """A port in front of a server, which passes on what it answers in pieces of some bytes."""

    def __init__(self, server, piece=1 << 16):
        self.server, self.piece = server, piece
        self.connections = []
        self.listener = socket.create_server((HOST, 0))
        self.port = self.listener.getsockname()[1]
        self.url = f"http://{HOST}:{self.port}"
        threading.Thread(target=self._listen, daemon=True).start()

    def asked(self, path=""):
        """The questions that passed, the first one first: what was posted to a path."""
        requests = (request for connection in list(self.connections) for request in connection.requests())
        asked = [request for request in requests if request.method == "POST" and request.path.startswith(path)]
        # Connections are dialled ahead, and so not in the order in which they are used.
        return sorted(asked, key=lambda request: request.asked_at)

    def holes(self):
        """The questions for the text of a hole to llama.cpp, without prompts that are only read ahead."""
        return [asked for asked in self.asked("/infill") if asked.body["n_predict"]]

    def _listen(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            passed = Connection()
            self.connections.append(passed)
            threading.Thread(target=self._serve, args=(client, passed), daemon=True).start()

    def _serve(self, client, passed):
        try:
            upstream = socket.create_connection((HOST, self.server.port))
        except OSError:
            client.close()
            return
        for end in (client, upstream):
            end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        there = threading.Thread(target=self._pump, args=(client, upstream, passed, "client"), daemon=True)
        there.start()
        self._pump(upstream, client, passed, "server")
        there.join()

    def _pump(self, source, target, passed, who):
        try:
            while data := source.recv(1 << 16):
                if who == "client":
                    passed.asking.append((time.monotonic(), len(passed.sent) + len(data)))
                    passed.sent += data
                    target.sendall(data)
                    continue
                passed.answering.append((time.monotonic(), len(passed.received) + len(data)))
                passed.received += data
                for at in range(0, len(data), self.piece):
                    target.sendall(data[at:at + self.piece])
        except OSError:
            pass
        passed.closed_by = passed.closed_by or who
        for end in (source, target):
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def close(self):
        self.listener.close()
