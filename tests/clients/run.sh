#!/usr/bin/env bash
# Clients that nobody here wrote speak to `firesteel serve`: OpenAI's Python SDK and the Codex CLI; and one that asks as Zed does.
#
# Usage: tests/clients/run.sh [FIRESTEEL]   (default: target/debug/firesteel)
# The clients come from PyPI and npm into a cache folder; without Python, npm or the network this says so
# and ends well, unless FIRESTEEL_CLIENTS=required.
set -euo pipefail
cd "$(dirname "$0")/../.."

firesteel=${1:-target/debug/firesteel}
cache=${FIRESTEEL_CLIENTS_CACHE:-.cache/clients}
sdk_version=${FIRESTEEL_SDK:-openai[realtime]}
codex_version=${FIRESTEEL_CODEX:-@openai/codex}
install_limit=300 # Seconds for a download.
run_limit=60      # Seconds for a client to be content.

missing() {
    echo "clients: $1" >&2
    [[ ${FIRESTEEL_CLIENTS:-} == required ]] && exit 1
    exit 0
}

# Registries have bad moments.
retry() {
    local try
    for try in 1 2 3; do
        timeout "$install_limit" "$@" && return
        sleep "$try"
    done
    return 1
}

install() {
    command -v python3 >/dev/null || missing "no python3"
    command -v npm >/dev/null || missing "no npm"
    mkdir -p "$cache"
    cache=$(cd "$cache" && pwd)
    if [[ ! -x $cache/python/bin/python ]]; then
        python3 -m venv "$cache/python" || missing "no venv"
        retry "$cache/python/bin/pip" install -q "$sdk_version" || missing "the SDK cannot be had"
    fi
    if [[ ! -x $cache/node_modules/.bin/codex ]]; then
        retry npm install --silent --no-fund --no-audit --prefix "$cache" "$codex_version" ||
            missing "Codex cannot be had"
    fi
}

start() {
    work=$(mktemp -d)
    trap 'kill "$server" 2>/dev/null || true; rm -rf "$work"' EXIT
    mkdir "$work/project"
    printf 'fn main() {\n    let total = 1 + 2;\n    println!("{}", total);\n}\n' >"$work/project/main.rs"
    cat >"$work/project/shapes.rs" <<'RUST'
//! Shapes and their areas.

/// A rectangle.
struct Rectangle {
    width: f64,
    height: f64,
}

/// The area of a rectangle.
fn area(rectangle: &Rectangle) -> f64 {
    rectangle.width * rectangle.height
}

fn report() {
    let first = Rectangle { width: 1.0, height: 2.0 };
    let second = Rectangle { width: 3.0, height: 4.0 };
    println!("{}", area(&first));
    println!("{}", area(&second));
    println!("{}", area(&first) + area(&second));
}
RUST
    "$firesteel" serve --listen 127.0.0.1:0 --root "$work/project" >"$work/serve.out" 2>"$work/serve.err" &
    server=$!
    for _ in $(seq 100); do
        address=$(sed -n 's|.*ws://\([^/]*\)/.*|\1|p' "$work/serve.out")
        [[ -n $address ]] && return
        sleep 0.1
    done
    cat "$work/serve.err" >&2
    echo "clients: firesteel does not listen" >&2
    exit 1
}

# Codex prewarms with `generate: false`, continues by `previous_response_id`, and brings 36 KB of tools.
codex() {
    mkdir -p "$work/codex" "$work/folder"
    cat >"$work/codex/config.toml" <<TOML
model = "firesteel-embedded"
model_provider = "firesteel"

[model_providers.firesteel]
name = "Firesteel"
base_url = "http://$address/v1"
env_key = "FIRESTEEL_NO_KEY"
wire_api = "responses"
supports_websockets = true
TOML
    (
        cd "$work/folder"
        CODEX_HOME=$work/codex FIRESTEEL_NO_KEY=none timeout "$run_limit" "$cache/node_modules/.bin/codex" \
            exec --skip-git-repo-check --sandbox read-only --json "let total = 1 + " </dev/null
    ) >"$work/codex.out" 2>"$work/codex.err" || {
        tail -n 20 "$work/codex.out" "$work/codex.err" >&2
        echo "clients: Codex is not content" >&2
        exit 1
    }
    if ! grep -q '"type":"turn.completed"' "$work/codex.out"; then
        tail -n 20 "$work/codex.out" "$work/codex.err" >&2
        echo "clients: Codex did not complete its turn" >&2
        exit 1
    fi
    echo "Codex is content"
}

install
start
timeout "$run_limit" "$cache/python/bin/python" tests/clients/sdk.py "http://$address/v1"
timeout "$run_limit" "$cache/python/bin/python" tests/clients/zed.py "http://$address/v1" "$work/project/shapes.rs"
codex
