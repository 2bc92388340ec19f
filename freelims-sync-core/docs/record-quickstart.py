#!/usr/bin/env python3
"""Runs the quickstart in a terminal of its own and draws what it printed: freelims-sync-core/docs/quickstart.svg.

Run it from anywhere, with the server built; needs Python 3 and nothing else. Every line is what the program wrote.
"""
import html
import os
import pty
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
COLUMNS = 104
CHARACTER, LINE, MARGIN = 8.43, 19, 16
SGR = re.compile(r"\x1b\[([0-9;]*)m")
STYLES = {1: "b", 2: "f", 31: "r", 32: "g", 33: "y", 36: "c"}


def record(port):
    """The terminal's output, from the first character to the last."""
    output = bytearray()

    def read(descriptor):
        data = os.read(descriptor, 4096)
        output.extend(data)
        return data

    os.environ.update(PORT=str(port), COLUMNS=str(COLUMNS), TERM="xterm-256color")
    status = pty.spawn([str(ROOT / "examples/quickstart.sh"), "--once"], read)
    if status != 0:
        sys.exit("the quickstart failed; nothing was drawn")
    return output.decode("utf-8").replace("\r\n", "\n")


def cells(line):
    """The line's characters, each with the styles it was printed in."""
    style, found, position = (), [], 0
    for match in SGR.finditer(line):
        found += [(character, style) for character in line[position : match.start()]]
        for code in (int(code or 0) for code in match.group(1).split(";")):
            if code == 0:
                style = ()
            elif code == 39:
                style = tuple(s for s in style if s in "bf")
            elif code in STYLES:
                style += (STYLES[code],)
        position = match.end()
    return found + [(character, style) for character in line[position:]]


def rows(text):
    """The lines as a terminal shows them: broken where it ends."""
    for line in text.strip("\n").split("\n"):
        line = cells(line)
        for start in range(0, max(len(line), 1), COLUMNS):
            yield line[start : start + COLUMNS]


def span(run, style):
    text = html.escape("".join(run), quote=False)
    return f'<tspan class="{" ".join(style)}">{text}</tspan>' if style else text


def drawn(row):
    parts, run, style = [], [], None
    for character, its in row:
        if its != style and run:
            parts.append(span(run, style))
            run = []
        style = its
        run.append(character)
    return "".join(parts + ([span(run, style)] if run else []))


def svg(text):
    lines = [[(c, ()) for c in "$ "] + [(c, ("b",)) for c in "examples/quickstart.sh --once"], *rows(text)]
    width, height = round(COLUMNS * CHARACTER + 2 * MARGIN), len(lines) * LINE + 2 * MARGIN + 26
    body = "\n".join(
        f'<text x="{MARGIN}" y="{MARGIN + 26 + LINE * (i + 0.75):.0f}">{drawn(row)}</text>'
        for i, row in enumerate(lines)
        if row
    )
    return f"""<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}">
<style>
text{{font:14px ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace;fill:#d6dbe4;white-space:pre}}
.b{{font-weight:bold;fill:#fff}}.f{{fill:#8b94a5}}.r{{fill:#ff8a80}}.g{{fill:#7ee2a0}}.y{{fill:#f2d06b}}.c{{fill:#7cd3f2}}
</style>
<rect x=".5" y=".5" width="{width - 1}" height="{height - 1}" rx="9" fill="#1a1e27" stroke="#4a5263"/>
<circle cx="22" cy="20" r="6" fill="#ff6159"/><circle cx="42" cy="20" r="6" fill="#ffbd2e"/><circle cx="62" cy="20" r="6" fill="#29c941"/>
{body}
</svg>
"""


if __name__ == "__main__":
    target = ROOT / "freelims-sync-core/docs/quickstart.svg"
    target.write_text(svg(record(int(os.environ.get("PORT", "8001")))), encoding="utf-8")
    print(f"drawn: {target}")
