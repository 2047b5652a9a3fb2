#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# cov.sh BUILD SOURCE...: lines that ran, a row each source and the sum; COV_MIN=N fails below N percent.
set -eu
build=${1:?usage: cov.sh BUILD SOURCE...}
shift
[ $# -gt 0 ] || { echo "cov.sh: no sources" >&2; exit 1; }
for source; do
  gcov -n -o "$build/$(dirname "$source")" "$build/${source%.c}.o" 2>/dev/null | awk -v source="$source" '
    /^File / { ours = ($0 == "File \047" source "\047") }
    ours && /^Lines executed:/ { sub("Lines executed:", ""); sub("% of", ""); print $1, $2, source; found = 1; exit }
    ours && /^No executable lines/ { print 0, 0, source; found = 1; exit }
    END { if (!found) print -1, 0, source }'
done | sort -n | awk -v min="${COV_MIN:-0}" '
  $1 < 0 { print "cov.sh: gcov says nothing of " $3; unknown = 1; next }
  { printf "%7.2f %% of %5d  %s\n", $1, $2, $3; lines += $2; ran += $1 * $2 / 100 }
  END {
    if (lines == 0) { print "cov.sh: nothing was counted"; exit 1 }
    if (unknown) exit 1
    share = 100 * ran / lines; printf "%7.2f %% of %5d  lib/\n", share, lines; exit share < min
  }'
