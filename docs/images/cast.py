"""Run by ./cast: records commands in a terminal and draws them as an animated SVG.

Every distinct line of the terminal is drawn once, and a CSS animation shows it while it stood there. Where nothing moves (a viewer
without animation, or a reader who wants none), the last screen is shown.
"""

import fcntl
import html
import os
import pty
import re
import select
import struct
import subprocess
import sys
import termios
import time

import pyte

COLUMNS, ROWS = 80, 24
# The room of the demo is on this machine. A real one needs no --allow-host.
LOCAL = ["--allow-host", "127.0.0.1"]
BEFORE = "connect --all-profiles --audit --topic BadIoTDevices --yes --quiet"
SHOWN = [
    ("deploy-slack --topic BadIoTDevices --yes", LOCAL),
    ("test-publish --topic BadIoTDevices", []),
    ("doctor --topic BadIoTDevices", []),
]
# What differs from run to run, and what stands in its place.
REPLACED = [
    (re.compile(rb"\b100000000\d{3}\b"), b"123456789012"),
    (re.compile(rb"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"), b"8514d5d9-65dd-44dc-85b5-f0eefe0ef687"),
]

# Seconds: between two pictures, for a few typed characters, at most without a change, after each command and at the end.
TICK, TYPING, LONGEST, PAUSE, END = 0.2, 0.09, 0.6, 2.5, 6.0
TYPED_AT_ONCE = 3
LIMIT = 150_000

FONT, WIDE, HIGH, MARGIN, BAR = 14, 8.4, 19, 14, 30
COLORS = {"default": "#d4d4d4", "green": "#6cc26c", "red": "#ff7b72", "brown": "#e3b341", "cyan": "#6fc3df"}


class Recording:
    """The screen, and all pictures of it with the seconds that each is shown."""

    def __init__(self):
        self.screen = pyte.Screen(COLUMNS, ROWS)
        self.stream = pyte.ByteStream(self.screen)
        self.pictures = []

    def show(self, seconds):
        picture = [self.line(row) for row in range(ROWS)]
        if self.pictures and self.pictures[-1][0] == picture:
            self.pictures[-1][1] += seconds
        else:
            self.pictures.append([picture, seconds])

    def line(self, row):
        """Returns a line as runs of one style: (column, text, color, bold). Words that stand far apart are runs of their own."""
        runs = []
        cells = self.screen.buffer[row]
        for column in range(COLUMNS):
            cell = cells[column]
            style = (COLORS.get(cell.fg, COLORS["default"]), cell.bold)
            if runs and (runs[-1][2], runs[-1][3]) == style and not (cell.data != " " and runs[-1][1].endswith("  ")):
                runs[-1][1] += cell.data
            else:
                runs.append([column, cell.data, *style])
        runs = [(column + len(text) - len(text.lstrip()), text.strip(), *style) for column, text, *style in runs]
        return tuple(run for run in runs if run[1])

    def type(self, text):
        self.stream.feed(b"\x1b[1;32m$\x1b[0m ")
        self.show(PAUSE / 3)
        for at in range(0, len(text), TYPED_AT_ONCE):
            self.stream.feed(text[at : at + TYPED_AT_ONCE].encode())
            self.show(TYPING)
        self.show(LONGEST)
        self.stream.feed(b"\r\n")

    def run(self, arguments):
        """Runs ddalert on the terminal until it ends, and keeps a picture every TICK."""
        pid, terminal = pty.fork()
        if pid == 0:
            fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
            os.execvp("ddalert", ["ddalert", *arguments])
        last = time.monotonic()
        while True:
            ready, _, _ = select.select([terminal], [], [], TICK)
            if ready:
                try:
                    read = os.read(terminal, 65536)
                except OSError:
                    read = b""
                if not read:
                    break
                for pattern, instead in REPLACED:
                    read = pattern.sub(instead, read)
                self.stream.feed(read)
            now = time.monotonic()
            if now - last >= TICK:
                self.show(min(now - last, LONGEST))
                last = now
        _, status = os.waitpid(pid, 0)
        if os.waitstatus_to_exitcode(status) != 0:
            sys.exit(f"ddalert {' '.join(arguments)} failed:\n" + "\n".join(self.screen.display))
        self.show(PAUSE)


def drawn(pictures):
    """Returns the SVG."""
    total = sum(seconds for _, seconds in pictures)
    # When each distinct line stands in each row: spans of shares of the whole.
    spans, at = {}, 0.0
    for picture, seconds in pictures:
        for row, line in enumerate(picture):
            if line:
                shown = spans.setdefault((row, line), [])
                if shown and abs(shown[-1][1] - at) < 1e-9:
                    shown[-1][1] = at + seconds
                else:
                    shown.append([at, at + seconds])
        at += seconds
    last = pictures[-1][0]
    width, height = COLUMNS * WIDE + 2 * MARGIN, ROWS * HIGH + BAR + 2 * MARGIN
    styles, lines, known = [], [], {}
    for (row, line), shown in sorted(spans.items(), key=lambda item: item[1][0]):
        # The last screen stands where nothing is animated, so that its lines are hidden at the beginning.
        frames = [] if shown[0][0] == 0 else ["0%{visibility:hidden}"]
        for begin, end in shown:
            frames.append(f"{begin / total * 100:.2f}%{{visibility:visible}}")
            if end < total - 1e-9:
                frames.append(f"{end / total * 100:.2f}%{{visibility:hidden}}")
        frames = "".join(frames)
        if frames not in known:
            known[frames] = f"k{len(known)}"
            styles.append(f"@keyframes {known[frames]}{{{frames}}}.{known[frames]}{{animation-name:{known[frames]}}}")
        name = known[frames] + (" f" if last[row] == line else "")
        y = BAR + MARGIN + row * HIGH + FONT
        runs = "".join(
            f'<tspan x="{MARGIN + column * WIDE:.1f}" textLength="{len(text) * WIDE:.1f}"'
            + (f' fill="{color}"' if color != COLORS["default"] else "")
            + (' font-weight="bold"' if bold else "")
            + f">{html.escape(text)}</tspan>"
            for column, text, color, bold in line
        )
        lines.append(f'<text y="{y}" class="{name}">{runs}</text>')
    buttons = "".join(f'<circle cx="{18 + 18 * n}" cy="{BAR / 2 + 1}" r="5.5" fill="{color}"/>' for n, color in enumerate(("#ff5f57", "#febc2e", "#28c840")))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height:.0f}" width="{width:.0f}" height="{height:.0f}" '
        f'font-family="ui-monospace,SFMono-Regular,Menlo,Consolas,\'DejaVu Sans Mono\',\'Liberation Mono\',monospace" font-size="{FONT}" fill="{COLORS["default"]}">'
        "<title>ddalert deploy-slack, test-publish and doctor in a terminal</title>"
        f"<style>text{{visibility:hidden;white-space:pre;animation:{total:.1f}s step-end infinite}}.f{{visibility:visible}}"
        "@media(prefers-reduced-motion:reduce){text{animation:none!important}}"
        + "".join(styles)
        + f'</style><rect width="100%" height="100%" rx="8" fill="#1e1e1e" stroke="#444"/>{buttons}'
        + "\n".join(lines)
        + "</svg>\n"
    )


def main():
    os.environ.update(TERM="xterm-256color", DDALERT_WEBHOOK_URL=os.environ["ROOM"])
    os.environ.pop("NO_COLOR", None)
    subprocess.run(["ddalert", *BEFORE.split()], check=True, stdout=subprocess.DEVNULL)
    recording = Recording()
    for shown, more in SHOWN:
        recording.type(f"ddalert {shown}")
        recording.run([*shown.split(), *more])
    recording.stream.feed(b"\x1b[1;32m$\x1b[0m ")
    recording.show(END)
    svg = drawn(recording.pictures)
    for pattern, instead in REPLACED:
        # A text that was read in two halves is not found in either.
        if set(match.group() for match in pattern.finditer(svg.encode())) - {instead}:
            sys.exit("the animation names this run's account or message; record it again")
    if len(svg.encode()) >= LIMIT:
        sys.exit(f"the animation has {len(svg.encode())} bytes, more than {LIMIT}")
    with open(sys.argv[1], "w", encoding="utf-8") as file:
        file.write(svg)


main()
