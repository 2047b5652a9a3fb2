#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""A call of two baresips through the whole core as a picture: runs that check of run.py, and draws doc/call.svg from
what both gateways told of it. `ladder.py [PICTURE]`"""
import glob
import json
import os
import subprocess
import sys
import tempfile
import xml.sax.saxutils

HERE = os.path.dirname(os.path.abspath(__file__))
CHECK = "baresip_calls_baresip"
COLUMNS = ["baresip", "gateway", "IMS core: P-CSCF, S-CSCF, HSS", "gateway", "baresip"]
X, TOP, STEP, WIDTH = [70, 230, 450, 670, 830], 56, 26, 900


def word(line):
    """Of a start line what matters: status and reason, or the method."""
    return line[8:].partition(" - ")[0] if line.startswith("SIP/2.0 ") else line.split(" ")[0]


def rows_of(path, side):
    """(time, from column, to column, text) of one gateway's log; side 0 is the caller's."""
    client, gateway, core = (0, 1, 2) if side == 0 else (4, 3, 2)
    with open(path, encoding="latin-1") as log:
        events = [json.loads(line) for line in log if line.startswith("{")]
    for e in events:
        t = e["t_ms"]
        if e["event"] == "tls":
            yield t, gateway, gateway, f"TLS {e['version']}, not trusted yet"
        elif e["event"] == "trust":
            yield t, gateway, gateway, f"AUTN and s_token {e['s_token']}: trusted"
        elif e["event"] in ("sent", "received") and " REGISTER" in e["message"].partition("CSeq")[2][:40]:
            yield (t, gateway, core, word(e["line"])) if e["event"] == "sent" else (t, core, gateway, word(e["line"]))
        elif e["event"] == "client":
            if not e["expires"]:
                return      # the call is over
            yield t, client, gateway, "REGISTER"
            yield t, gateway, client, "200 OK"
        elif e["event"] == "relayed":
            way = (client, core) if e["direction"] == "out" else (core, client)
            yield t, *way, word(e["line"])


def offset(one, two):
    """What to add to the second log's times: what one side sent comes later at the other."""
    low, high, calls = -1e9, 1e9, [[r for r in rows if 2 in r[1:3] and 1 not in r[1:3] and 3 not in r[1:3]]
                                   for rows in (one, two)]
    for (sent, _, to, text), (got, come, _, other) in zip(*calls):
        if text != other:
            sys.exit(f"ladder: {text} at one side, {other} at the other")
        if to == 2 and come == 2:
            low = max(low, sent - got)
        else:
            high = min(high, sent - got)
    return (low + high) / 2


def draw(rows):
    height = TOP + STEP * (len(rows) + 1)
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" font-family="sans-serif" '
           f'font-size="12" text-anchor="middle"><rect width="{WIDTH}" height="{height}" fill="white"/>',
           '<defs><marker id="tip" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="9" markerHeight="9" '
           'markerUnits="userSpaceOnUse" orient="auto">'
           '<path d="M0,0L8,4L0,8z"/></marker></defs>']
    for x, name in zip(X, COLUMNS):
        out.append(f'<text x="{x}" y="24" font-weight="bold">{name}</text>'
                   f'<line x1="{x}" y1="34" x2="{x}" y2="{height - 8}" stroke="#999"/>')
    for n, (_, start, end, text) in enumerate(rows):
        y, text = TOP + STEP * n, xml.sax.saxutils.escape(text)
        if start == end:
            out.append(f'<text x="{X[start]}" y="{y}" fill="#060" stroke="white" stroke-width="4" paint-order="stroke">'
                       f'{text}</text>')
            continue
        if abs(start - end) == 2:   # relayed
            out.append(f'<circle cx="{X[(start + end) // 2]}" cy="{y}" r="3.5"/>')
        style = 'stroke="#36c" stroke-width="3"' if "RTP" in text else 'stroke="black"'
        out.append(f'<line x1="{X[start]}" y1="{y}" x2="{X[end]}" y2="{y}" {style} marker-end="url(#tip)"/>'
                   f'<text x="{(X[start] + X[end]) / 2}" y="{y - 7}" stroke="white" stroke-width="4" '
                   f'paint-order="stroke">{text}</text>')
    return "\n".join(out + ["</svg>"]) + "\n"


def main():
    picture = sys.argv[1] if len(sys.argv) > 1 else os.path.join(HERE, "../../doc/call.svg")
    with tempfile.TemporaryDirectory() as folder:
        run = os.path.join(HERE, "run.py")
        subprocess.run([sys.executable, "-B", run, "-k", f"^{CHECK}$", "--keep", folder], check=True)
        logs = [glob.glob(f"{folder}/*/gateway-{CHECK.replace('_', '-')}-{n}-*.log")[0] for n in (0, 1)]
        one, two = (list(rows_of(path, side)) for side, path in enumerate(logs))
    shift = offset(one, two)
    rows = sorted(one + [(t + shift, *rest) for t, *rest in two], key=lambda row: row[0])
    talk = next(n for n, row in enumerate(rows) if row[3] == "ACK" and row[2] == 4) + 1
    rows[talk:talk] = [(0, 0, 4, "RTP, a tone of 440 Hz"), (0, 4, 0, "RTP, a tone of 1000 Hz")]
    with open(picture, "w", encoding="ascii") as out:
        out.write(draw(rows))


if __name__ == "__main__":
    main()
