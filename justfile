# What there is to do; `just` lists it. `.ci/run` runs the same recipes.

default:
    @just --list

# Everything that needs no editor: formatting, lints, arrows, docs.
check: fmt lint features arrows doc

fmt:
    cargo fmt --all --check

lint:
    cargo clippy --workspace --all-targets -- -D warnings

# The program without its grammars.
features:
    cargo check -p firesteel --no-default-features

# The arrows of docs/architecture.md: what each crate must not reach.
arrows:
    ./tests/arrows.sh

doc:
    RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps

test:
    cargo test --workspace

# Other programs, against `firesteel serve`: OpenAI's Python SDK, the Codex CLI, and one that asks as Zed does.
clients:
    cargo build --release --locked
    FIRESTEEL_CLIENTS=required tests/clients/run.sh target/release/firesteel

# Real model servers (llama.cpp, vllm-router), installed into a cache of their own: `just endpoints`, or `just endpoints PATTERN`.
endpoints pattern='':
    cargo build --release --locked
    FIRESTEEL_ENDPOINTS=${FIRESTEEL_ENDPOINTS:-required} tests/endpoints/run.sh target/release/firesteel '{{pattern}}'

# The spellings of URIs that tests read documents by, against Node and VS Code's own library.
uris:
    FIRESTEEL_URIS=required tests/uris/run.sh

demo:
    cargo run --release -- demo

# Measure typing on a 20,000-line file.
bench:
    cargo run --release -p firesteel-dev -- bench suggest

# Measure memory, large broken files and workspaces on the sources that Cargo has unpacked.
bench-files:
    cargo run --release -p firesteel-dev -- bench memory
    cargo run --release -p firesteel-dev -- bench large
    cargo run --release -p firesteel-dev -- bench workspace

# Measure models over each wire beside a bare client, requests a keystroke and connections; under a minute.
bench-model:
    cargo run --release -p firesteel-dev -- bench model

# Drive the real editors, which are installed into a cache of their own: `just editors`, or `just editors neovim`.
editors *which:
    cargo build --release --locked -p firesteel -p firesteel-dev
    ./tests/editors/run.sh {{which}}

# Make a release's files in target/dist, for every target that can be built here or those named: docs/release.md.
dist *targets:
    python3 release/dist.py {{targets}}

# Install what `just dist` has made, as a user of each channel would, into empty places, and start it.
try-dist:
    python3 release/try.py

# Compile Zed's extension for this machine; Zed itself compiles it to WebAssembly.
zed:
    cargo check --quiet --locked --manifest-path editors/zed/Cargo.toml --target-dir target/zed

# Record the demo as it is now, for the README: docs/images/demo.cast and demo.svg.
picture:
    cargo build --release --locked
    python3 -m venv target/tools/picture
    target/tools/picture/bin/pip install --quiet --disable-pip-version-check pyte==0.8.2
    target/tools/picture/bin/python -B release/record.py docs/images/demo target/release/firesteel demo

# The documentation: its links lead somewhere, its commands run, and it is a book, in target/book.
book:
    cargo build --release --locked
    python3 -B tests/docs/check.py target/release/firesteel
    test -x target/tools/bin/mdbook || cargo install --quiet --locked --no-default-features --root target/tools mdbook
    target/tools/bin/mdbook build
