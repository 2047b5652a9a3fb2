#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# demo.sh: softphone and P-CSCF as two processes on loopback: a registration over TLS with both tokens, then the same
# with a man in the middle, who must be refused and learn nothing. EXAMPLES_DIR says where the programs are.
set -u
cd "$(dirname "$0")/.." || exit 1
programs=${EXAMPLES_DIR:-build/examples}
python=${PYTHON:-python3}
work=$(mktemp -d)
children=()
# shellcheck disable=SC2317 # called by trap
finish() {
  [ ${#children[@]} -eq 0 ] || kill "${children[@]}" 2>/dev/null
  wait
  rm -rf "$work"
}
trap finish EXIT

# Test set 1 of TS 35.208, section 4.3
impi=user@ims.example impu=sip:user@ims.example domain=ims.example
k=465b5ce8b199b49faa5f0a2ee238a6bc opc=cd63cb71954a9f4e48a5994e37a02baf

die() { echo "demo: $*" >&2; exit 1; }
first_match() { # FILE SED-EXPRESSION: waits for the first line that matches
  local n found
  for ((n = 0; n < 200; n++)); do
    found=$(sed -n "$2" "$1" 2>/dev/null | head -1)
    [ -z "$found" ] || { echo "$found"; return 0; }
    sleep 0.05
  done
  return 1
}
pcscf() { # LOG OPTION...: sets `port`
  local log=$1
  shift
  "$programs/pcscf" --impi "$impi" --k "$k" --opc "$opc" --listen 127.0.0.1:0 "$@" >"$log" 2>&1 &
  children+=($!)
  port=$(first_match "$log" 's/^ready [^ ]*:\([0-9]*\).*/\1/p') || { cat "$log" >&2; die "the P-CSCF is not ready"; }
}
softphone() { # PORT OPTION...
  local to=$1
  shift
  "$programs/softphone" --pcscf "127.0.0.1:$to" --impi "$impi" --impu "$impu" --domain "$domain" --k "$k" --opc "$opc" \
    --timeout 20 "$@"
}
title() { printf '\n=== %s\n\n' "$*"; }

title "1  Registration over TLS (figures 1 and 2): the P-CSCF's self-signed certificate, proved by AKA"
pcscf "$work/honest.log"
softphone "$port"
status=$?
[ $status -eq 0 ] || { cat "$work/honest.log" >&2; die "softphone left with exit $status instead of 0"; }
printf '\nThe P-CSCF says:\n'
sed 's/^/    /' "$work/honest.log"

title "2  The same with a man in the middle: another certificate, the token does not fit"
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=pcscf.ims.example \
  -keyout "$work/key.pem" -out "$work/cert.pem" 2>/dev/null || die "openssl made no certificate"
cat "$work/cert.pem" "$work/key.pem" >"$work/mitm.pem"
pcscf "$work/attacked.log"
"$python" test/e2e/mitm.py --upstream "127.0.0.1:$port" --pem "$work/mitm.pem" --log "$work/wire" >"$work/mitm.log" 2>&1 &
children+=($!)
port=$(first_match "$work/mitm.log" 's/.*"ready".*"port": *\([0-9]*\).*/\1/p') || { cat "$work/mitm.log" >&2; die "no man in the middle"; }
softphone "$port"
status=$?
[ $status -eq 6 ] || die "softphone left with exit $status instead of 6"
cat "$work"/wire/conn-*.bin >"$work/heard" 2>/dev/null
[ -s "$work/heard" ] || die "the man in the middle heard nothing: the search below would prove nothing"
if grep -aqiE 'c_token|auts|response *= *"?[0-9a-f]' "$work/heard"; then
  die "the man in the middle heard an answer of the USIM"
fi
printf '\nRefused with exit %s. The man in the middle heard %s octets: no response, no c_token.\n' "$status" "$(wc -c <"$work/heard")"
