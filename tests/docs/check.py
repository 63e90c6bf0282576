#!/usr/bin/env python3
"""Checks the documentation: check.py FIRESTEEL

Links within the repository lead somewhere, headings that they name included. Of each `sh` block every command is run, in an
empty home, and has to end well; a block whose commands are not run says so: `sh,norun`.
"""

import os
import re
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md")), *sorted((ROOT / "editors").glob("*/README.md"))]
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
BLOCK = re.compile(r"^( *)```(\S+)\n(.*?)^\1```", re.M | re.S)
# Seconds for one command.
LIMIT = 120


def anchors(text):
    """The headings of a page, as links name them."""
    without_code = re.sub(r"```.*?```", "", text, flags=re.S)
    headings = re.findall(r"^#+ (.*)$", without_code, re.M)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def broken_links(page):
    text = page.read_text()
    for link in LINK.findall(re.sub(r"```.*?```", "", text, flags=re.S)):
        path, _, anchor = link.partition("#")
        if re.match(r"[a-z]+:", path):
            continue
        target = (page.parent / path).resolve() if path else page
        if not target.exists():
            yield f"{page.relative_to(ROOT)}: {link} leads nowhere"
        elif anchor and target.suffix == ".md" and anchor not in anchors(target.read_text()):
            yield f"{page.relative_to(ROOT)}: {link} names no heading"


def commands(page):
    """Every command of a page that is to be run."""
    for _, kind, body in BLOCK.findall(page.read_text()):
        if kind == "sh":
            yield from (line.strip() for line in body.splitlines() if line.strip() and not line.strip().startswith("#"))


def run(command, firesteel, home):
    words = shlex.split(command, comments=True)
    if words[0] != "firesteel":
        return f"only commands of firesteel are run here: mark the block of `{command}` as sh,norun"
    environment = {"HOME": home, "PATH": os.environ["PATH"]}
    ended = subprocess.run([firesteel, *words[1:]], env=environment, cwd=home, stdin=subprocess.DEVNULL,
                           capture_output=True, text=True, timeout=LIMIT)
    if ended.returncode != 0:
        return f"`{command}` ended with {ended.returncode}: {ended.stderr.strip() or ended.stdout.strip()}"
    return None


def main(firesteel):
    problems, n = [], 0
    for page in PAGES:
        problems += broken_links(page)
        for command in commands(page):
            n += 1
            with tempfile.TemporaryDirectory() as home:
                problem = run(command, Path(firesteel).resolve(), home)
            if problem:
                problems.append(f"{page.relative_to(ROOT)}: {problem}")
    print("\n".join(problems))
    print(f"{len(PAGES)} pages, {n} commands, {len(problems)} problems")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
