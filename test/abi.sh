#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# abi.sh SHARED-LIBRARY: compares it with that of the last release tag (vX.Y.Z), or of ABI_BASE.
set -euo pipefail
new=${1:?usage: abi.sh LIBRARY}
base=${ABI_BASE:-$(git describe --tags --abbrev=0 --match 'v[0-9]*' 2>/dev/null || true)}
if [ -z "$base" ]; then
  echo "abi: nothing to do: no release tag to compare with; ABI_BASE=COMMIT names another base" >&2
  exit 1
fi
old=build/abi-$base
mkdir -p "$old"
git archive "$base" | tar -x -C "$old"
make -s -C "$old" B=build/abi lib
old=$(find "$old/build/abi" -name 'libimstls.so.*.*.*' -type f | head -1)
echo "abi: $new against $base"
abidiff --headers-dir1 include --headers-dir2 include --no-added-syms "$old" "$new"
