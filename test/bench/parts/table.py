#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Figures for people: a line each, or the tables of doc/performance.md: `table.py FIGURES.JSON PAGE.MD`."""
import json
import pathlib
import sys


def missed(figure):
    return figure["goal"] is not None and figure["value"] > figure["goal"]


def verdict(figure):
    return "" if figure["goal"] is None else "MISSED" if missed(figure) else "met"


def peers(figure):
    return ", ".join(f"{k} {v}" for k, v in figure["peers"].items())


def versions(figures):
    """Each mbedTLS once, and at the end None, for what has nothing to do with it."""
    return dict.fromkeys(f["mbedtls"] for f in sorted(figures, key=lambda f: f["mbedtls"] is None))


def title(version):
    return f"mbedTLS {version}" if version else "Without mbedTLS"


def line(figure):
    goal = "-" if figure["goal"] is None else figure["goal"]
    name = figure["name"] + (f" (TLS {figure['tls']})" if "tls" in figure else "")
    return f"{name:<42}{figure['value']:>12} {figure['unit']:<6} goal {goal:<8} {verdict(figure):<7} {peers(figure)}"


def row(figure):
    goal = "" if figure["goal"] is None else f"{figure['goal']:,}"
    mark = " **missed**" if missed(figure) else ""
    return (f"| `{figure['name']}` | {figure.get('tls', '')} | {figure['value']:,} {figure['unit']} | {goal}{mark} | "
            f"{peers(figure)} |")


def tables(figures):
    parts = []
    for version in versions(figures):
        parts += [f"### {title(version)}", "", "| figure | TLS | value | goal | beside it |", "|---|---|---|---|---|",
                  *(row(f) for f in figures if f["mbedtls"] == version), ""]
    return "\n".join(parts)


def main():
    figures = [json.loads(text) for text in pathlib.Path(sys.argv[1]).read_text().splitlines()]
    page = pathlib.Path(sys.argv[2])
    begin, end = "<!-- by make bench-page -->\n", "<!-- end -->\n"
    head, rest = page.read_text().split(begin)
    page.write_text(head + begin + "\n" + tables(figures) + "\n" + end + rest.split(end)[1])


if __name__ == "__main__":
    main()
