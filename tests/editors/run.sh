#!/usr/bin/env bash
# Runs the tests against real editors: run.sh [neovim|helix|vscode|all] [PATTERN of names]
# The last line is `N passed, M failed`; the status is 0 only when nothing failed and something passed.
set -euo pipefail
source "$(dirname "$0")/common.sh"

which=${1:-all}
pattern=${2:-}
results=$(mktemp)
output=${FIRESTEEL_EDITORS_OUTPUT:-$cache/output}
scratch=$(mktemp -d)
trap 'rm -rf "$scratch" "$results"' EXIT
mkdir -p "$output"

FIRESTEEL_SERVER_PATH=$(server)
FIRESTEEL_DEV_PATH=$(dev)
export FIRESTEEL_SERVER_PATH FIRESTEEL_DEV_PATH FIRESTEEL_TESTS=$here FIRESTEEL_OUTPUT=$output
export FIRESTEEL_WORKSPACE=$here/workspace
export FIRESTEEL_PLUGIN=$root/editors/neovim
# A scripted model is silent until a test lets it go on, and a starved machine is slow: neither is what is tried here.
export FIRESTEEL_MODEL_IDLE_TIMEOUT_MS=60000 FIRESTEEL_MODEL_SUGGEST_TIMEOUT_MS=20000 FIRESTEEL_SUGGEST_SYNTAX_CHECK_TIMEOUT_MS=1000
# A hover takes none of the answers that are scripted for something else.
export FIRESTEEL_HOVER_MODEL=false
# What the suites in a terminal share.
export PYTHONPATH=$here PYTHONDONTWRITEBYTECODE=1
# What is suggested depends on the workspace alone, not on what else lies on this machine.
export FIRESTEEL_LOCAL_DEPENDENCIES=false FIRESTEEL_LOCAL_CACHE_DIR=$scratch/index TMPDIR=$scratch

# suite NAME COMMAND...: a suite that ends badly is a failure of its own, whatever it wrote before.
suite() {
    local name=$1
    shift
    "$@" || {
        printf 'fail %s: ended badly\n' "$name" | tee -a "$results"
    }
}

neovim() {
    if [[ -n $NVIM ]]; then
        suite "neovim" "$NVIM" -l "$here/neovim/driver.lua" "$results" "$pattern"
        suite "neovim extmark" env FIRESTEEL_GHOST_TEXT=extmark "$NVIM" -l "$here/neovim/driver.lua" "$results" "$pattern"
    else
        say "Neovim 0.12 could not be had; 0.11 and its extmark module stand in for it"
    fi
    suite "neovim in a terminal" python3 "$here/neovim/screen.py" "$results" "$pattern"
    suite "neovim 0.11" "$NVIM_011" -l "$here/neovim/driver.lua" "$results" "$pattern"
}

helix() { suite "helix" python3 "$here/helix/driver.py" "$results" "$pattern"; }

vscode() { suite "vscode" "$here/vscode/run.sh" "$results" "$pattern"; }

case $which in
all) wanted=(neovim helix vscode) ;;
neovim | helix | vscode) wanted=("$which") ;;
*) die "no editor $which: there are neovim, helix, vscode and all" ;;
esac

"$here/install.sh" "${wanted[@]}"
source "$cache/env"
"$FIRESTEEL_SERVER_PATH" --version
for editor in "${wanted[@]}"; do
    start=$SECONDS
    "$editor"
    say "$editor: $((SECONDS - start)) s"
done

passed=$(grep -c '^pass ' "$results" || true)
failed=$(grep -c '^fail ' "$results" || true)
grep '^fail ' "$results" || true
say "$passed passed, $failed failed"
[[ $failed == 0 && $passed != 0 ]]
