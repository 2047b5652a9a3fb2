#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# run.sh: installs into a folder of its own, builds a program against it through pkg-config and CMake, shared and static, lets
# each register, and uninstalls: nothing is left.
set -eu
cd "$(dirname "$0")/../.."
top=$(mktemp -d)
trap 'kill "$pcscf" 2>/dev/null || true; rm -rf "$top"' EXIT
pcscf=
make=${MAKE:-make}
prefix=$top/usr
fail() { echo "install: $*" >&2; exit 1; }

"$make" --no-print-directory install PREFIX="$prefix" >"$top/log" 2>&1 || { cat "$top/log"; exit 1; }
grep -q ldconfig "$top/log" || fail "no word about ldconfig"
export PKG_CONFIG_PATH=$prefix/lib/pkgconfig
id=(--impi u@h --k 000102030405060708090a0b0c0d0e0f --opc 101112131415161718191a1b1c1d1e1f)
"$prefix/bin/imstls-pcscf" --listen 127.0.0.1:0 "${id[@]}" >"$top/pcscf" 2>&1 &
pcscf=$!
for _ in $(seq 100); do grep -q ready "$top/pcscf" && break; sleep 0.05; done
at=$(awk '/^ready/ { print $2 }' "$top/pcscf")
[ -n "$at" ] || fail "imstls-pcscf is not ready"

registers() { # PROGRAM
  LD_LIBRARY_PATH=$prefix/lib timeout 20 "$@" u@h h "${id[3]}" "${id[5]}" "$at" >"$top/out" 2>&1 || { cat "$top/out"; fail "$* does not register"; }
  grep -q '^registered' "$top/out" || fail "$* says: $(cat "$top/out")"
  echo "install: ${1#"$top"/} registers"
}

# shellcheck disable=SC2046 # words
${CC:-cc} examples/minimal.c -Iexamples $(pkg-config --cflags --libs imstls) -o "$top/shared"
registers "$top/shared"
# shellcheck disable=SC2046
${CC:-cc} -static examples/minimal.c -Iexamples $(pkg-config --static --cflags --libs imstls) -o "$top/static"
file -L "$top/static" | grep -q 'statically linked' || fail "static is not static"
registers "$top/static"
# A part, and what it stands on, where that has an archive: not every library of Debian's does.
for pc in "$prefix"/lib/pkgconfig/imstls-*.pc; do
  part=$(basename "$pc" .pc)
  mapfile -t symbols < <(nm "$prefix/lib/lib$part.a" 2>/dev/null | awk '$2 == "T" { print $3 }' | grep '^imstls_[a-z0-9]*_' | grep -v _i_)
  [ ${#symbols[@]} -gt 0 ] || fail "lib$part.a has nothing in it"
  printf 'void %s(void);\nint main(void) { void (*volatile f)(void) = %s; return f == 0; }\n' "${symbols[0]}" "${symbols[0]}" \
    >"$top/$part.c"
  static=-static
  for lib in $(pkg-config --static --libs-only-l "$part"); do
    case $lib in -limstls*) ;; *) [ -e "$(${CC:-cc} -print-file-name="lib${lib#-l}.a")" ] || static= ;; esac
  done
  # shellcheck disable=SC2046,SC2086
  ${CC:-cc} $static "$top/$part.c" $(pkg-config --static --libs "$part") -o "$top/part" || fail "$part cannot be linked"
  echo "install: $part is linked${static:+, all of it static}"
  for symbol in "${symbols[@]}"; do
    nm "$prefix/lib/libimstls.a" 2>/dev/null | grep -q " T $symbol$" && fail "$symbol is in libimstls.a as well"
  done
done
with_cmake() {
  cmake -S test/install -B "$top/cmake" -DCMAKE_PREFIX_PATH="$prefix" -DEXAMPLES="$PWD/examples" -DPARTS="$top" -DCMAKE_C_FLAGS="-I$PWD/examples" &&
    cmake --build "$top/cmake"
}
with_cmake >"$top/log" 2>&1 || { cat "$top/log"; fail "CMake"; }
for pc in "$prefix"/lib/pkgconfig/imstls-*.pc; do
  part=$(basename "$pc" .pc)
  [ -x "$top/cmake/part-${part#imstls-}" ] || fail "CMake knows no $part"
done
registers "$top/cmake/minimal-imstls"
registers "$top/cmake/minimal-static"
for page in "$prefix"/share/man/man1/*.1; do
  name=$(basename "$page" .1)
  [ -x "$prefix/bin/$name" ] || fail "a man page without its program: $name"
  grep -q "^$name \\\\-" "$page" || fail "$page does not name $name"
done
"$make" --no-print-directory uninstall PREFIX="$prefix" >/dev/null
left=$(find "$prefix" -type f -o -type l)
[ -z "$left" ] || fail "left behind: $left"
echo "install: shared, static, CMake; nothing left behind"
