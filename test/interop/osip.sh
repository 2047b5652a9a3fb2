#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# osip.sh: RFC 4475's messages and the fuzz corpora, as they are and rewritten, read here and by oSIP. What differs must
# be in osip.txt with its reason, and what is there must differ. IMSTLS_BUILD names the folder of `make`.
set -eu
cd "$(dirname "$0")/../.."
prog=${IMSTLS_BUILD:-build/default}/test/interop/osip
[ -x "$prog" ] || { echo "$prog is missing: make interop builds it" >&2; exit 1; }
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
set -- test/torture/*.dat test/fuzz/corpus/sip_parse/* test/fuzz/corpus/sip_frame/*
"$prog" "$@" > "$tmp/differ"
awk '{ print $1, $2 }' "$tmp/differ" | sort -u > "$tmp/seen"
awk '!/^#/ { print $1, $2 }' test/interop/osip.txt | sort > "$tmp/known"
if ! cmp -s "$tmp/seen" "$tmp/known"; then
  comm -23 "$tmp/seen" "$tmp/known" | while read -r name what; do
    echo "not in osip.txt:" >&2
    grep -m 1 "^$name $what " "$tmp/differ" >&2
  done
  comm -13 "$tmp/seen" "$tmp/known" | sed 's/^/in osip.txt, but read alike: /' >&2
  exit 1
fi
echo "osip: $# messages in 4 forms read alike but for $(grep -c . "$tmp/known") known differences"
