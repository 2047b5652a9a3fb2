# SPDX-License-Identifier: Apache-2.0
"""Figures for people: a line each, or the table of doc/performance.md."""


def missed(figure):
    return figure["goal"] is not None and figure["value"] > figure["goal"]


def line(figure):
    goal = "-" if figure["goal"] is None else figure["goal"]
    met = "" if figure["goal"] is None else "MISSED" if missed(figure) else "met"
    name = figure["name"] + (f" (TLS {figure['tls']})" if "tls" in figure else "")
    peers = ", ".join(f"{k} {v}" for k, v in figure["peers"].items())
    return f"{name:<42}{figure['value']:>12} {figure['unit']:<6} goal {goal:<8} {met:<7} {peers}"
