# Shared by the scripts of this folder: where things are, and how a step is said and retried.

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
cache=${FIRESTEEL_EDITORS_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/firesteel-editors}

# How often a download is tried, and how many seconds lie between two tries.
ATTEMPTS=5
PAUSE=3

say() { printf '%s\n' "$*"; }

die() {
    printf 'error: %s\n' "$*" >&2
    exit 1
}

# retry NAME COMMAND...: runs it until it succeeds, ATTEMPTS times at most; its output is shown when it never does.
retry() {
    local name=$1 attempt log
    shift
    log=$(mktemp)
    for ((attempt = 1; attempt <= ATTEMPTS; attempt++)); do
        if "$@" >"$log" 2>&1; then
            rm -f "$log"
            return 0
        fi
        say "$name: attempt $attempt of $ATTEMPTS failed"
        if ((attempt < ATTEMPTS)); then sleep "$PAUSE"; fi
    done
    tail -n 30 "$log" >&2
    rm -f "$log"
    return 1
}

# done_once STAMP COMMAND...: runs it unless an earlier run left the stamp.
done_once() {
    local stamp=$cache/stamps/$1
    shift
    if [[ -e $stamp ]]; then return 0; fi
    "$@"
    mkdir -p "$(dirname "$stamp")"
    touch "$stamp"
}

# The built server: FIRESTEEL_SERVER_PATH, or this checkout's release build.
server() {
    local path=${FIRESTEEL_SERVER_PATH:-$root/target/release/firesteel}
    [[ -x $path ]] || die "no server at $path: run 'cargo build --release' first, or set FIRESTEEL_SERVER_PATH"
    printf '%s' "$path"
}

# What plays scripted models: FIRESTEEL_DEV_PATH, or this checkout's release build.
dev() {
    local path=${FIRESTEEL_DEV_PATH:-$root/target/release/firesteel-dev}
    [[ -x $path ]] || die "no firesteel-dev at $path: run 'cargo build --release -p firesteel-dev' first, or set FIRESTEEL_DEV_PATH"
    printf '%s' "$path"
}
