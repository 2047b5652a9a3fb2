#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# mutation.sh BUILD CC FLAGS LIBS OBJECT...: each guard of the client's table removed in turn; the client's suites must turn red.
set -u
cd "$(dirname "$0")/.." || exit 1
build=$1 cc=$2 flags=$3 libs=$4
shift 4
objects=("$@")
out=$build/mutation
table=lib/client/table.c
mkdir -p "$out"

# Rows whose guard may go unnoticed: STATE INPUT GUARD, and why.
excused() {
  case "$1" in
  # none
  esac
  return 1
}

printf '%s\n' "${objects[@]}" | sed -n 's|.*/check_\(.*\)\.o$|SUITE(\1)|p' >"$out/suites.h"
cp test/check_main.c "$out/check_main.c"

make_test() { # SOURCE PROGRAM: the suites with this table instead of the library's
  # shellcheck disable=SC2086
  $cc $flags -Wno-error -w -c "$1" -o "$out/table.o" &&
    $cc $flags "$out/check_main.c" "$out/table.o" "${objects[@]}" "$build/libimstls.a" $libs -o "$2"
}

make_test "$table" "$out/check" || { echo "mutation: cannot be built" >&2; exit 1; }
"$out/check" >"$out/log" 2>&1 || { tail -20 "$out/log"; echo "mutation: red before anything was changed" >&2; exit 1; }

total=0 killed=0 excuses=0 alive=()
while IFS=: read -r line row; do
  total=$((total + 1))
  name=$(sed 's/.*S(\([A-Z]*\)).*\(IN_[A-Z_]*\), *G(\([a-z_0-9]*\)), *G(\([a-z_0-9]*\)).*/\1 \2 \3/; s/.*ANY, *\(IN_[A-Z_]*\), *G(\([a-z_0-9]*\)).*/ANY \1 \2/' <<<"${row%%/\**}")
  sed "${line}s/\(IN_[A-Z_]*, *\)G([a-z_0-9]*)/\1NULL/" "$table" >"$out/table.c"
  if cmp -s "$table" "$out/table.c"; then echo "mutation: line $line was not changed" >&2; exit 1; fi
  make_test "$out/table.c" "$out/check" || exit 1
  if ! CK_VERBOSITY=silent timeout 120 "$out/check" >"$out/log" 2>&1; then
    killed=$((killed + 1))
  elif excused "$name"; then
    excuses=$((excuses + 1))
  else
    alive+=("$table:$line: $name")
  fi
done < <(grep -nE '^ *\{ *(S\([A-Z]+\)|ANY), *IN_[A-Z_]+, *G\(' "$table")

echo "mutation: $total guards removed, $killed noticed, $excuses excused"
[ "$total" -gt 10 ] || { echo "mutation: no rows found in $table" >&2; exit 1; }
[ ${#alive[@]} -eq 0 ] || { printf 'nobody noticed: %s\n' "${alive[@]}"; exit 1; }
