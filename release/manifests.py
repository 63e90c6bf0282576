"""Writes what package managers read of a release: Homebrew, Scoop, winget, mason, nvim-lspconfig and Helix.

A manifest names the archives that are there, with their checksums; a platform without one is left out.
"""

import hashlib
import json
import shutil
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


class Release:
    """The archives of a version that are there, by target."""

    def __init__(self, dist, table, version, archive_name):
        self.version = version
        self.about = table["release"]
        self.name = archive_name
        self.targets = [row for row in table["target"] if (dist / archive_name(row["triple"])).exists()]
        self.sums = {
            row["triple"]: hashlib.sha256((dist / archive_name(row["triple"])).read_bytes()).hexdigest()
            for row in self.targets
        }

    def url(self, target):
        return self.about["download"].format(version=self.version, file=self.name(target["triple"]))

    def folder(self, target):
        """The folder that the archive holds."""
        return f"firesteel-{self.version}-{target['triple']}"

    def of(self, channel):
        return [target for target in self.targets if channel in target]


def homebrew(release):
    """A formula for a tap: https://docs.brew.sh/Formula-Cookbook"""
    platforms = ""
    for system in ["macos", "linux"]:
        rows = [row for row in release.of("homebrew") if row["homebrew"]["os"] == system]
        if not rows:
            continue
        platforms += f"  on_{system} do\n"
        for row in rows:
            platforms += (
                f"    on_{row['homebrew']['cpu']} do\n"
                f"      url \"{release.url(row)}\"\n"
                f"      sha256 \"{release.sums[row['triple']]}\"\n"
                f"    end\n"
            )
        platforms += "  end\n"
    licenses = ", ".join(f'"{name}"' for name in release.about["license"].split(" OR "))
    return (
        "# Homebrew's formula.\n"
        "class Firesteel < Formula\n"
        f"  desc \"{release.about['description']}\"\n"
        f"  homepage \"{release.about['homepage']}\"\n"
        f"  version \"{release.version}\"\n"
        f"  license any_of: [{licenses}]\n\n"
        f"{platforms}\n"
        "  def install\n"
        "    bin.install \"firesteel\"\n"
        "    man1.install Dir[\"man/man1/*\"]\n"
        "    bash_completion.install \"completions/firesteel.bash\" => \"firesteel\"\n"
        "    zsh_completion.install \"completions/firesteel.zsh\" => \"_firesteel\"\n"
        "    fish_completion.install \"completions/firesteel.fish\"\n"
        "  end\n\n"
        "  test do\n"
        "    assert_match version.to_s, shell_output(\"#{bin}/firesteel --version\")\n"
        "  end\n"
        "end\n"
    )


def scoop(release):
    """A manifest for a bucket: https://github.com/ScoopInstaller/Scoop/wiki/App-Manifests"""
    rows = release.of("scoop")
    if not rows:
        return None
    architecture = {
        row["scoop"]: {"url": release.url(row), "hash": release.sums[row["triple"]], "extract_dir": release.folder(row)}
        for row in rows
    }
    manifest = {
        "version": release.version,
        "description": release.about["description"],
        "homepage": release.about["homepage"],
        "license": release.about["license"].replace(" OR ", "|"),
        "architecture": architecture,
        "bin": "firesteel.exe",
        "checkver": "github",
    }
    return json.dumps(manifest, indent=4) + "\n"


def winget(release):
    """The three files of a version: https://learn.microsoft.com/windows/package-manager/package/manifest"""
    rows = release.of("winget")
    if not rows:
        return {}
    head = f"PackageIdentifier: Firesteel.Firesteel\nPackageVersion: {release.version}\n"

    def tail(kind):
        return f"ManifestType: {kind}\nManifestVersion: 1.6.0\n"

    installers = "".join(
        f"- Architecture: {row['winget']}\n"
        f"  InstallerUrl: {release.url(row)}\n"
        f"  InstallerSha256: {release.sums[row['triple']].upper()}\n"
        f"  NestedInstallerFiles:\n"
        f"  - RelativeFilePath: {release.folder(row)}\\firesteel.exe\n"
        f"    PortableCommandAlias: firesteel\n"
        for row in rows
    )
    locale = (
        "PackageLocale: en-US\nPublisher: Firesteel\nPackageName: Firesteel\n"
        f"License: {release.about['license']}\nShortDescription: {release.about['description']}\n"
        f"PackageUrl: {release.about['homepage']}\n"
    )
    name = "winget/Firesteel.Firesteel"
    return {
        f"{name}.yaml": head + "DefaultLocale: en-US\n" + tail("version"),
        f"{name}.locale.en-US.yaml": head + locale + tail("defaultLocale"),
        f"{name}.installer.yaml": head
        + "InstallerType: zip\nNestedInstallerType: portable\nInstallers:\n" + installers + tail("installer"),
    }


def mason(release):
    """The entry of mason.nvim's registry: https://github.com/mason-org/mason-registry/blob/main/CONTRIBUTING.md"""
    def templated(text):
        return text.replace(release.version, '{{ version | strip_prefix "v" }}')

    assets = "".join(
        f"    - target: {row['mason']}\n"
        f"      file: {templated(release.name(row['triple']))}\n"
        f"      bin: {templated(release.folder(row))}/{'firesteel.exe' if 'windows' in row['triple'] else 'firesteel'}\n"
        for row in release.of("mason")
    )
    licenses = "".join(f"  - {name}\n" for name in release.about["license"].split(" OR "))
    repository = release.about["homepage"].removeprefix("https://github.com/")
    return (
        "---\nname: firesteel\n"
        f"description: {release.about['description']}.\n"
        f"homepage: {release.about['homepage']}\n"
        f"licenses:\n{licenses}"
        "languages: []\ncategories:\n  - LSP\n\n"
        f"source:\n  id: pkg:github/{repository}@v{release.version}\n  asset:\n{assets}\n"
        "bin:\n  firesteel: \"{{source.asset.bin}}\"\n\n"
        "neovim:\n  lspconfig: firesteel\n"
    )


# What nvim-lspconfig holds as lsp/firesteel.lua. Ghost text needs the plugin; edits and hover do with this alone.
LSPCONFIG = """---@brief
---
--- https://github.com/firesteel/firesteel
---
--- Language server that puts a fast code model into any editor. Without a filetype list it attaches to every buffer
--- that has one. Ghost text comes with the plugin of the same repository (editors/neovim).

---@type vim.lsp.Config
return {
  cmd = { 'firesteel', 'lsp' },
  root_markers = { '.git' },
}
"""


def write_manifests(dist, table, version, archive_name):
    """Writes all of them into dist/manifests."""
    release = Release(dist, table, version, archive_name)
    folder = dist / "manifests"
    shutil.rmtree(folder, ignore_errors=True)
    files = {
        "firesteel.rb": homebrew(release),
        "scoop/firesteel.json": scoop(release),
        "mason/package.yaml": mason(release),
        "nvim-lspconfig/firesteel.lua": LSPCONFIG,
        "helix/languages.toml": (ROOT / "editors" / "helix" / "languages.toml").read_text(),
        **winget(release),
    }
    for name, text in files.items():
        if text is not None:
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(text)
