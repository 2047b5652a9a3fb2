#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# auc_gen.sh [N]: compares N random AKA vectors and AUTS (10000 unless said) with osmo-auc-gen of libosmocore-utils.
# One process a vector takes 2 to 4 ms. IMSTLS_BUILD names the folder with libimstls.a.
set -eu
count=${1:-10000}
cd "$(dirname "$0")/../.."
command -v osmo-auc-gen > /dev/null || { echo "osmo-auc-gen is missing (Debian: libosmocore-utils)" >&2; exit 1; }
lib=${IMSTLS_BUILD:-build/default}/libimstls.a
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
# shellcheck disable=SC2086 # lists of options
${CC:-cc} -std=c11 -D_POSIX_C_SOURCE=200809L -Wall -Wextra -O2 -Iinclude test/interop/auc_gen.c "$lib" \
  ${MBEDTLS_LIBS:--lmbedtls -lmbedx509 -lmbedcrypto} -o "$tmp/auc_gen"
"$tmp/auc_gen" make "$count" > "$tmp/runs"
xargs -L 1 osmo-auc-gen < "$tmp/runs" > "$tmp/answers" 2> "$tmp/errors" || { head -5 "$tmp/errors" >&2; exit 1; }
"$tmp/auc_gen" check "$count" < "$tmp/answers"
