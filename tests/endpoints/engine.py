#!/usr/bin/env python3
"""llama.cpp's own HTTP server, out of the PyPI wheel xllamacpp: engine.py MODEL.gguf PORT [NAME=VALUE]...

Each NAME is a parameter of llama.cpp as the wheel calls it, such as n_parallel=2; `key` is an API key. Says READY once the
model is loaded. Ends when its standard input does, so that it never outlives who started it.
"""

import os
import sys
import threading

import xllamacpp


def parameters(model, port, settings):
    wanted = xllamacpp.CommonParams()
    wanted.model.path = model
    wanted.hostnames = ["127.0.0.1"]
    wanted.port = port
    # More threads than free cores, or such as wait busily, starve each other.
    for threads in (wanted.cpuparams, wanted.cpuparams_batch):
        threads.n_threads = 1
        threads.poll = 0
    wanted.n_parallel = 2
    wanted.n_ctx = 8192
    # A prompt is given up between two batches only.
    wanted.n_batch = 256
    wanted.fit_params = False
    wanted.ui = False
    wanted.warmup = False
    wanted.cache_ram_mib = 64
    wanted.endpoint_metrics = True
    for name, value in settings.items():
        if name == "key":
            wanted.api_keys = [value]
        else:
            kind = type(getattr(wanted, name))
            setattr(wanted, name, value == "true" if kind is bool else kind(value))
    return wanted


def main():
    model, port, *settings = sys.argv[1:]
    settings = dict(setting.split("=", 1) for setting in settings)
    threading.Thread(target=lambda: (sys.stdin.read(), os._exit(0)), daemon=True).start()
    # Held for as long as the process lives.
    server = xllamacpp.Server(parameters(model, int(port), settings))
    print("READY", server.listening_address, flush=True)
    threading.Event().wait()


if __name__ == "__main__":
    main()
