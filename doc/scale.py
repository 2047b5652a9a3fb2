#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""scale.py STORM_JSON: draws doc/scale.svg from what `make bench-storm` left: how soon all clients are registered, at the
beginning and after their P-CSCFs were killed, and what their own work costs."""
import json
import math
import pathlib
import sys

PICTURE = pathlib.Path(__file__).resolve().parent / "scale.svg"
WIDTH, HEIGHT, LEFT, TOP, GAP = 250, 220, 60, 50, 90
COLOURS = {1: "#777777", 100: "#1b9e77", 1000: "#d95f02", 10000: "#7570b3"}
GOAL_US = 20


def text(x, y, words, anchor="middle", more=""):
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"{more}>{words}</text>'


class Panel:
    """A logarithmic axis to the right, a linear one upwards."""

    def __init__(self, number, title, across, low, high, top):
        self.x0, self.low, self.high, self.top = LEFT + number * (WIDTH + GAP), low, high, top
        self.out = [f'<rect x="{self.x0}" y="{TOP}" width="{WIDTH}" height="{HEIGHT}" fill="none" stroke="#bbb"/>',
                    text(self.x0 + WIDTH / 2, TOP - 14, title, more=' font-weight="bold"'),
                    text(self.x0 + WIDTH / 2, TOP + HEIGHT + 36, across)]
        for power in range(math.ceil(math.log10(low)), math.floor(math.log10(high)) + 1):
            x, name = self.x(10 ** power), f"{10 ** power:g}"
            self.out += [f'<line x1="{x:.1f}" y1="{TOP}" x2="{x:.1f}" y2="{TOP + HEIGHT}" stroke="#eee"/>',
                         text(x, TOP + HEIGHT + 16, name)]

    def x(self, value):
        part = math.log10(max(value, self.low) / self.low) / math.log10(self.high / self.low)
        return self.x0 + WIDTH * part

    def y(self, value):
        return TOP + HEIGHT * (1 - value / self.top)

    def scale(self, step, unit):
        for value in range(0, int(self.top) + 1, step):
            self.out += [f'<line x1="{self.x0}" y1="{self.y(value):.1f}" x2="{self.x0 + WIDTH}" y2="{self.y(value):.1f}" '
                         'stroke="#eee"/>', text(self.x0 - 6, self.y(value) + 4, f"{value}{unit}", "end")]

    def line(self, points, colour, more=""):
        at = " ".join(f"{self.x(x):.1f},{self.y(y):.1f}" for x, y in points)
        self.out.append(f'<polyline points="{at}" fill="none" stroke="{colour}" stroke-width="2"{more}/>')


def times(number, title, phase, storm):
    seen = [s for s in storm if s["phase"] == phase]
    latest = max(max(s["done"]) for s in storm) / 1000
    panel = Panel(number, title, "seconds", 0.01, 10 ** math.ceil(math.log10(latest)), 100)
    panel.scale(25, " %")
    for s in seen:
        colour = COLOURS[s["clients"]]
        panel.line([(ms / 1000, i) for i, ms in enumerate(s["begun"])], colour, ' stroke-dasharray="3 3" opacity="0.7"')
        panel.line([(ms / 1000, i) for i, ms in enumerate(s["done"])], colour)
    return panel.out


def costs(number, feed):
    panel = Panel(number, "CPU of one registration, TLS apart", "clients of one process", 1, 10000, 40)
    panel.scale(10, " µs")
    panel.line([(1, GOAL_US), (10000, GOAL_US)], "#c00", ' stroke-dasharray="6 4"')
    panel.out.append(text(panel.x0 + 6, panel.y(GOAL_US) - 5, "goal", "start", ' fill="#c00"'))
    for name, key, colour in (("register", "register_ns", "#1f78b4"), ("refresh", "young_refresh_ns", "#a6611a")):
        points = [(f["clients"], f[key] / 1000) for f in feed]
        panel.line(points, colour)
        panel.out.append(text(panel.x(150), panel.y(points[1][1]) - 8, name, "start", f' fill="{colour}"'))
    return panel.out


def legend(counts):
    y, out = TOP + HEIGHT + 66, []
    for i, n in enumerate(counts):
        x = LEFT + 130 * i
        out += [f'<line x1="{x}" y1="{y}" x2="{x + 24}" y2="{y}" stroke="{COLOURS[n]}" stroke-width="2"/>',
                text(x + 30, y + 4, f"{n} client{'s' if n > 1 else ''}", "start")]
    return out + [text(LEFT + 130 * len(counts), y + 4, "dashed: its attempt began; whole: it was registered", "start")]


def main():
    kept = json.loads(pathlib.Path(sys.argv[1]).read_text())
    counts = sorted({s["clients"] for s in kept["storm"]})
    body = times(0, "registered over TLS, first", "registered", kept["storm"])
    body += times(1, "after the P-CSCF was killed", "again", kept["storm"])
    body += costs(2, kept["feed"]) + legend(counts)
    width, height = LEFT + 3 * (WIDTH + GAP), TOP + HEIGHT + 84
    PICTURE.write_text(f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" font-family="Helvetica, '
                       'sans-serif" font-size="12">\n<rect width="100%" height="100%" fill="white"/>\n' +
                       "\n".join(body) + "\n</svg>\n")


if __name__ == "__main__":
    main()
