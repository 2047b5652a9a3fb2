#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# check_src.sh FOLDER: libcheck for Windows from Debian's source: FOLDER/include, FOLDER/lib.
set -eu
to=${1:?usage: check_src.sh FOLDER}
here=$(cd "$(dirname "$0")" && pwd)
[ ! -e "$to/lib/libcheck.a" ] || exit 0
mkdir -p "$to"
to=$(cd "$to" && pwd)
ls -d "$to"/src/check-*/ >/dev/null 2>&1 || "$here/../matrix/debian_source.sh" bookworm check "$to/src"
source=$(find "$to/src" -maxdepth 1 -name 'check-*' -type d | head -1)
cmake -S "$source" -B "$to/tree" -DCMAKE_SYSTEM_NAME=Windows -DCMAKE_C_COMPILER=x86_64-w64-mingw32-gcc -DCMAKE_BUILD_TYPE=Release \
  -DBUILD_TESTING=OFF -DCHECK_ENABLE_SUBUNIT=OFF -DCMAKE_INSTALL_PREFIX="$to" >"$to/log" 2>&1 || { tail "$to/log" >&2; exit 1; }
make -C "$to/tree" install >>"$to/log" 2>&1 || { tail "$to/log" >&2; exit 1; }
