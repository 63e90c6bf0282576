#!/usr/bin/env python3
"""Plays a command in a terminal of 80 columns and 24 rows and writes what it shows: an asciicast, and an animated SVG of it.

record.py OUTPUT COMMAND...    writes OUTPUT.cast (https://docs.asciinema.org/manual/asciicast/v2) and OUTPUT.svg

It needs pyte, a terminal in Python, which `just picture` installs.
"""

import codecs
import fcntl
import html
import json
import os
import pty
import select
import struct
import sys
import termios
import time

import pyte

COLUMNS, ROWS = 80, 24
# Frames closer together than this are one, in seconds; the last one stays for a while before it begins anew.
FRAME, LAST = 0.05, 6.0
WIDTH, HEIGHT, SIZE = 8.43, 18, 14
BACKGROUND, TEXT, DIM = "#1e1e2e", "#cdd6f4", "#7f849c"
COLORS = {"green": "#a6e3a1", "red": "#f38ba8", "default": TEXT}


def play(command):
    """What a command writes to its terminal, as (seconds, text)."""
    child, terminal = pty.fork()
    if child == 0:
        os.environ.update(TERM="xterm-256color", COLUMNS=str(COLUMNS), LINES=str(ROWS))
        os.execvp(command[0], command)
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
    began, events = time.monotonic(), []
    # A character may come in two pieces.
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    while True:
        select.select([terminal], [], [])
        try:
            chunk = os.read(terminal, 65536)
        except OSError:
            break
        if not chunk:
            break
        events.append((time.monotonic() - began, decoder.decode(chunk)))
    _, status = os.waitpid(child, 0)
    if status != 0:
        sys.exit(f"{' '.join(command)} ended with {status}:\n" + "".join(text for _, text in events)[-2000:])
    return events


def write_cast(path, events, command):
    with open(path, "w") as file:
        head = {"version": 2, "width": COLUMNS, "height": ROWS, "title": " ".join(command)}
        file.write(json.dumps(head) + "\n")
        for at, text in events:
            file.write(json.dumps([round(at, 3), "o", text]) + "\n")


def rows(screen):
    """Each row of a screen as runs of characters that look alike: (column, text, style)."""
    lines = []
    for number in range(ROWS):
        runs = []
        for column in range(COLUMNS):
            cell = screen.buffer[number][column]
            style = (cell.fg, cell.bold, cell.italics, cell.reverse)
            if runs and runs[-1][2] == style:
                runs[-1][1] += cell.data
            else:
                runs.append([column, cell.data, style])
        lines.append(tuple((column, text, style) for column, text, style in runs if text.strip() or style[3]))
    return tuple(lines)


class Screen(pyte.Screen):
    """A terminal that shows dim text as a color of its own."""

    def select_graphic_rendition(self, *attributes, **more):
        attributes = attributes or (0,)
        if 2 in attributes:
            super().select_graphic_rendition(*(a for a in attributes if a != 2), 37)
        else:
            super().select_graphic_rendition(*attributes)


def frames(events):
    """The states of the screen that can be seen, as (seconds, rows)."""
    screen = Screen(COLUMNS, ROWS)
    stream = pyte.Stream(screen)
    out = []
    for at, text in events:
        stream.feed(text)
        seen = rows(screen)
        if out and at - out[-1][0] < FRAME:
            out[-1] = (out[-1][0], seen)
        elif not out or out[-1][1] != seen:
            out.append((at, seen))
    return out


def line_of(runs):
    """A row as SVG."""
    out = ""
    for column, text, (color, is_bold, is_italic, is_reverse) in runs:
        fill = DIM if color == "white" else COLORS.get(color, TEXT)
        if is_reverse:
            out += f'<rect x="{column * WIDTH:.2f}" y="2" width="{len(text) * WIDTH:.2f}" height="{HEIGHT}" fill="{fill}"/>'
            fill = BACKGROUND
        style = (' font-weight="bold"' if is_bold else "") + (' font-style="italic"' if is_italic else "")
        body = html.escape(text.rstrip() if not is_reverse else text)
        if body:
            length = f' textLength="{len(html.unescape(body)) * WIDTH:.2f}"'
            out += f'<text x="{column * WIDTH:.2f}" y="{SIZE + 1}" fill="{fill}"{style}{length}>{body}</text>'
    return out


def write_svg(path, shown, command):
    total = shown[-1][0] + LAST
    width, height = COLUMNS * WIDTH + 20, ROWS * HEIGHT + 20
    known, film = {}, ""
    for number, (_, lines) in enumerate(shown):
        uses = ""
        for row, runs in enumerate(lines):
            if runs:
                name = known.setdefault(runs, f"r{len(known)}")
                uses += f'<use href="#{name}" y="{row * HEIGHT}"/>'
        film += f'<svg x="{number * width:.1f}">{uses}</svg>'
    steps = "".join(
        f"{at / total * 100:.3f}%{{transform:translateX(-{number * width:.1f}px)}}" for number, (at, _) in enumerate(shown)
    )
    with open(path, "w") as file:
        file.write(
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height:.0f}" width="{width:.0f}" '
            f'role="img" aria-label="{html.escape(" ".join(command))}">'
            f"<style>text{{white-space:pre;font:{SIZE}px ui-monospace,Menlo,Consolas,'DejaVu Sans Mono',monospace}}"
            f"#film{{animation:play {total:.2f}s step-end infinite}}@keyframes play{{{steps}}}</style>"
            f"<defs>" + "".join(f'<g id="{name}">{line_of(runs)}</g>' for runs, name in known.items()) + "</defs>"
            f'<rect width="100%" height="100%" rx="8" fill="{BACKGROUND}"/>'
            f'<svg x="10" y="8" width="{COLUMNS * WIDTH:.0f}" height="{ROWS * HEIGHT + 4}"><g id="film">{film}</g></svg></svg>\n'
        )


def main(output, *command):
    events = play(command)
    # Where the program lies is of no interest.
    command = (os.path.basename(command[0]), *command[1:])
    write_cast(f"{output}.cast", events, command)
    shown = frames(events)
    write_svg(f"{output}.svg", shown, command)
    print(f"{events[-1][0]:.0f} s, {len(shown)} frames, {os.path.getsize(output + '.svg') / 1000:.0f} kB")


if __name__ == "__main__":
    main(*sys.argv[1:])
