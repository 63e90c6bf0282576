#!/usr/bin/env bash
# Makes what a release is, in target/dist: for each platform a tarball and a .vsix that carries the server, and checksums.
#
# Usage: dist.sh [TARGET]...   Without one: every target of this toolchain that this machine can link for.
# A tarball holds the program, its manual pages and completions, the Neovim plugin and Helix's configuration.
set -euo pipefail
cd "$(dirname "$0")/.."

version=$(sed -n '/^\[workspace.package\]/,/^\[/s/^version = "\(.*\)"/\1/p' Cargo.toml)
host=$(rustc -vV | sed -n 's/^host: //p')
dist=$PWD/target/dist
extension=$PWD/editors/vscode
# The same commit makes the same tarball, byte for byte.
commit_time=$(git log -1 --format=%ct 2>/dev/null || echo 0)

die() {
    printf 'error: %s\n' "$*" >&2
    exit 1
}

# The name that VS Code's marketplace has for a target; fails for one it does not know.
vscode_target() {
    case $1 in
    x86_64-unknown-linux-gnu) echo linux-x64 ;;
    aarch64-unknown-linux-gnu) echo linux-arm64 ;;
    x86_64-unknown-linux-musl) echo alpine-x64 ;;
    aarch64-unknown-linux-musl) echo alpine-arm64 ;;
    x86_64-apple-darwin) echo darwin-x64 ;;
    aarch64-apple-darwin) echo darwin-arm64 ;;
    x86_64-pc-windows-*) echo win32-x64 ;;
    aarch64-pc-windows-*) echo win32-arm64 ;;
    *) return 1 ;;
    esac
}

# The host's build is the one that everything else here uses too.
build() {
    if [[ $1 == "$host" ]]; then cargo build --release --locked -p firesteel; else cargo build --release --locked -p firesteel --target "$1"; fi
}

program() {
    local folder=target/$1/release exe=firesteel
    if [[ $1 == "$host" ]]; then folder=target/release; fi
    if [[ $1 == *windows* ]]; then exe=firesteel.exe; fi
    echo "$folder/$exe"
}

# Completions and pages are the same for every platform; the host's program writes them.
write_extras() {
    local shell
    mkdir -p "$1/completions"
    for shell in bash zsh fish elvish powershell; do
        "$(program "$host")" completions "$shell" >"$1/completions/firesteel.$shell"
    done
    "$(program "$host")" man "$1/man/man1"
    cp -r README.md CHANGELOG.md LICENSE LICENSE-MIT LICENSE-APACHE docs "$1"
    mkdir -p "$1/editors"
    cp -r editors/neovim editors/helix "$1/editors"
}

make_tarball() {
    local name=firesteel-$version-$1 scratch
    scratch=$(mktemp -d)
    mkdir "$scratch/$name"
    cp "$(program "$1")" "$scratch/$name"
    write_extras "$scratch/$name"
    tar --sort=name --mtime="@$commit_time" --owner=0 --group=0 --numeric-owner -C "$scratch" -c "$name" |
        gzip -9n >"$dist/$name.tar.gz"
    rm -rf "$scratch"
}

make_extension() {
    local target
    target=$(vscode_target "$1") || { echo "$1: VS Code has no such platform, so no .vsix"; return 0; }
    mkdir -p "$extension/server"
    cp "$(program "$1")" "$extension/server"
    npm --prefix "$extension" run --silent package -- \
        --target "$target" --out "$dist/firesteel-$version-$target.vsix" >/dev/null
    rm -r "$extension/server"
}

# What was made is taken apart again and its program started.
check_tarball() {
    local scratch
    scratch=$(mktemp -d)
    tar -xzf "$dist/firesteel-$version-$host.tar.gz" -C "$scratch"
    "$scratch/firesteel-$version-$host/firesteel" --version | grep -qF "$version" || die "the tarball's program does not run"
    rm -rf "$scratch"
}

rm -rf "$dist"
mkdir -p "$dist"
build "$host"
if [[ ! -x $extension/node_modules/.bin/vsce || $extension/package-lock.json -nt $extension/node_modules ]]; then
    npm --prefix "$extension" ci --ignore-scripts --no-audit --no-fund --silent
fi

targets=("$@")
if [[ $# == 0 ]]; then mapfile -t targets < <({ echo "$host"; rustup target list --installed 2>/dev/null; } | sort -u); fi
for target in "${targets[@]}"; do
    if ! build "$target"; then
        [[ $# == 0 && $target != "$host" ]] || die "cannot build for $target"
        echo "$target: this machine cannot build for it"
        continue
    fi
    make_tarball "$target"
    make_extension "$target"
done
if [[ -e $dist/firesteel-$version-$host.tar.gz ]]; then check_tarball; fi
(cd "$dist" && sha256sum -- * >SHA256SUMS && sha256sum --check --quiet SHA256SUMS)
ls -l "$dist"
