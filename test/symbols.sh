#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# symbols.sh SHARED STATIC: what the shared library exports is test/symbols.txt, no more and no less, and what the headers
# declare; every global of the static library begins with imstls_; and it has no variable (no global mutable state).
set -eu
shared=${1:?usage: symbols.sh SHARED STATIC}
static=${2:?usage: symbols.sh SHARED STATIC}
export LC_ALL=C
nm=${NM:-nm}
size=${SIZE:-size}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
bad=0

grep -v '^#' test/symbols.txt >"$work/golden"
sort -c -u "$work/golden" || { echo "test/symbols.txt is not sorted" >&2; bad=1; }
grep -v '^#' test/symbols_windows.txt >"$work/windows"
$nm -D --defined-only "$shared" | awk '$2 != "A" { print $3 }' | sort >"$work/exported"
[ -s "$work/exported" ] || { echo "$shared exports nothing" >&2; exit 1; }
# a declaration may run over several lines: join them first
cat include/imstls/*.h | tr '\n' ' ' | grep -oE 'IMSTLS_API [^;(]*\(' | grep -oE 'imstls_[a-z0-9_]+ *\($' | tr -d ' (' |
  sort -u | comm -23 - "$work/windows" >"$work/declared"
for pair in "exported golden" "golden exported" "declared golden" "golden declared"; do
  # shellcheck disable=SC2086 # two words on purpose
  set -- $pair
  only=$(comm -23 "$work/$1" "$work/$2")
  [ -z "$only" ] || { printf '%s but not %s:\n%s\n' "$1" "$2" "$only" >&2; bad=1; }
done
stray=$($nm -g --defined-only "$static" | awk 'NF == 3 && $3 !~ /^imstls_/ { print $3 }')
[ -z "$stray" ] || { printf 'globals without our prefix:\n%s\n' "$stray" >&2; bad=1; }
# tables with addresses in them are .data.rel.ro: written by the loader alone
sections=$($size -A "$static")
[ -n "$sections" ] || { echo "$size says nothing of $static" >&2; exit 1; }
mutable=$(echo "$sections" | awk '$1 ~ /^\.(t?data|t?bss)(\.|$)/ && $1 !~ /^\.data\.rel\.ro/ && $2 > 0 { print $1, $2 }')
common=$($nm "$static" | awk 'NF == 3 && $2 == "C"')
[ -z "$mutable$common" ] || { printf 'mutable state:\n%s\n' "$mutable$common" >&2; bad=1; }
[ "$bad" = 0 ] && echo "symbols: $(wc -l <"$work/golden") exported, as in test/symbols.txt; nothing mutable"
exit "$bad"
