#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# profiles.sh BUILD SUITES: the suites that apply to the minimal build, then its softphone with the whole build's pcscf:
# registered, and refused by name what it lacks.
set -u
build=${1:?usage: profiles.sh BUILD SUITES}
suites=${2:?usage: profiles.sh BUILD SUITES}
work=$(mktemp -d)
trap 'kill "${pcscf:-}" 2>/dev/null; rm -rf "$work"' EXIT
fail() { echo "profiles: $*" >&2; exit 1; }

for suite in $suites base token digest milenage sip_message sip_frame binding; do
  CK_RUN_SUITE=$suite "$build/check" >"$work/$suite" 2>&1 || { cat "$work/$suite"; fail "$suite fails"; }
done
ran=$(grep -ho 'Checks: [0-9]*' "$work"/* | awk '{ n += $2 } END { print n }')
left=$(grep -hc '^not in this build' "$work"/* | awk '{ n += $1 } END { print n }')
[ "$((ran - left))" -gt 400 ] || fail "$ran tests, $left of them not in this build: too few to be true"
echo "minimal: $((ran - left)) tests passed, $left more want what it lacks"

k=465b5ce8b199b49faa5f0a2ee238a6bc opc=cd63cb71954a9f4e48a5994e37a02baf
impi=001010000000001@ims.mnc001.mcc001.3gppnetwork.org
"$EXAMPLES_DIR/pcscf" --impi "$impi" --k "$k" --opc "$opc" --listen 127.0.0.1:0 --count 1 >"$work/pcscf" 2>&1 &
pcscf=$!
for _ in $(seq 50); do grep -q '^ready' "$work/pcscf" && break; sleep 0.1; done
at=$(awk '/^ready/ { print $2; exit }' "$work/pcscf")
[ -n "$at" ] || { cat "$work/pcscf"; fail "no P-CSCF"; }
domain=ims.mnc001.mcc001.3gppnetwork.org
phone() { "$build/examples/softphone" --impi "$impi" --impu "sip:$impi" --domain $domain --k "$k" --opc "$opc" --pcscf "$at" --json --timeout 20 "$@" >"$work/phone" 2>&1; }
for option in "--psk allow --flow agree-first" "--token2 allowed" "--transport udp" "--offer tls,ipsec-3gpp"; do
  # shellcheck disable=SC2086 # words on purpose
  phone $option
  status=$?
  if [ "$status" != 2 ] || ! grep -q 'this build leaves out' "$work/phone"; then
    cat "$work/phone"
    fail "$option: exit $status"
  fi
done
phone || { status=$?; cat "$work/phone" "$work/pcscf"; fail "softphone: exit $status"; }
grep -q '"event":"registered"' <(tr -d ' ' <"$work/phone") || { cat "$work/phone"; fail "not registered"; }
wait "$pcscf" || fail "the P-CSCF saw no registration"
pcscf=
echo "minimal: softphone registered with the whole build's pcscf; what it lacks is refused with exit 2"
