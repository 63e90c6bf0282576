#!/usr/bin/env bash
# Proves the arrows between the crates: each line says what a crate must not depend on, however far down.
set -eu
cd "$(dirname "$0")/.."

failed=0
forbid() { # CRATE DEPENDENCY...
    local crate=$1 package=firesteel-$1 dependency reached
    shift
    if [[ $crate == firesteel ]]; then package=firesteel; fi
    reached=$(cargo tree --locked -q -p "$package" -e normal,no-proc-macro --prefix none)
    for dependency in "$@"; do
        if grep -qE "^$dependency v" <<<"$reached"; then
            echo "$package reaches $dependency" >&2
            failed=1
        fi
    done
}

async_and_network="tokio tokio-tungstenite tungstenite hyper rustls"
lsp="tower-lsp-server ls-types"
# What is editor-neutral or a leaf has no runtime, no network and no LSP.
# shellcheck disable=SC2086
for crate in config text task syntax privacy prompt protocol local refactor; do
    forbid "$crate" $async_and_network $lsp
done
# shellcheck disable=SC2086
for crate in model serve engine host editor testkit; do
    forbid "$crate" $lsp
done
forbid task firesteel-text firesteel-syntax firesteel-protocol firesteel-prompt firesteel-local firesteel-model firesteel-serve firesteel-engine
forbid privacy firesteel-syntax firesteel-protocol firesteel-prompt firesteel-local firesteel-model firesteel-serve firesteel-engine
forbid text firesteel-syntax firesteel-protocol firesteel-prompt firesteel-local firesteel-model firesteel-serve firesteel-engine
forbid syntax firesteel-protocol firesteel-prompt firesteel-local firesteel-model firesteel-serve firesteel-engine
forbid protocol firesteel-text firesteel-syntax firesteel-prompt firesteel-local firesteel-model firesteel-serve
forbid prompt firesteel-local firesteel-model firesteel-serve firesteel-engine
forbid local firesteel-protocol firesteel-prompt firesteel-model firesteel-serve firesteel-engine
forbid refactor firesteel-protocol firesteel-prompt firesteel-local firesteel-model firesteel-serve firesteel-engine
forbid model firesteel-local firesteel-serve firesteel-engine
forbid serve firesteel-server
forbid engine firesteel-protocol firesteel-model firesteel-local firesteel-serve firesteel-server
forbid host firesteel-serve firesteel-server
forbid config firesteel-text firesteel-syntax firesteel-privacy firesteel-prompt firesteel-protocol firesteel-model firesteel-local firesteel-engine firesteel-server
forbid server firesteel-editor firesteel-testkit
forbid editor firesteel-syntax firesteel-protocol firesteel-testkit tokio-tungstenite tungstenite hyper rustls
# What only developers use is not in the program that users have.
forbid firesteel firesteel-testkit firesteel-dev rcgen

# Only these name the WebSocket and LSP themselves.
direct() { # DEPENDENCY CRATE...
    local dependency=$1 manifest crate
    shift
    for manifest in crates/*/Cargo.toml; do
        crate=$(basename "$(dirname "$manifest")")
        if sed '/^\[dev-dependencies\]/,$d' "$manifest" | grep -qE "^$dependency\b" && [[ " $* " != *" $crate "* ]]; then
            echo "crates/$crate names $dependency" >&2
            failed=1
        fi
    done
}
direct tokio-tungstenite model serve testkit
direct tower-lsp server

[ "$failed" = 0 ] && echo "the arrows point down"
exit "$failed"
