#!/usr/bin/env bash
# The table of spellings as Node and VS Code see it. vscode-uri comes from npm into a cache folder; without Node, npm or
# the network this says so and ends well, unless FIRESTEEL_URIS=required.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
cache=${FIRESTEEL_URIS_CACHE:-$here/../../.cache/uris}
install_limit=300 # Seconds for a download.

missing() {
    echo "uris: $1" >&2
    [[ ${FIRESTEEL_URIS:-} == required ]] && exit 1
    exit 0
}

command -v npm >/dev/null || missing "no npm"
mkdir -p "$cache"
cd "$cache"
if [[ ! -d node_modules/vscode-uri ]]; then
    timeout "$install_limit" npm install --silent --no-fund --no-audit --prefix . vscode-uri@3 || missing "vscode-uri cannot be had"
fi
node "$here/check.mjs"
