#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The figures of the I-TLS proposal as two processes on loopback, a man in the middle who gets nothing, and what each policy
# refuses; at the end a line and a verdict for each. demo.sh [NAME...]; without names all of them. EXAMPLES_DIR: where
# softphone and pcscf are. DEMO_WHOLE=yes: what this machine cannot show has failed.
set -eu -o pipefail
here=$(cd "$(dirname "$0")/.." && pwd)
bin=$(realpath "${EXAMPLES_DIR:-$here/build/examples}")
impi=001010000000001@ims.mnc001.mcc001.3gppnetwork.org
domain=${impi#*@}
card=(--impi "$impi" --k 465b5ce8b199b49faa5f0a2ee238a6bc --opc cd63cb71954a9f4e48a5994e37a02baf)
work=$(mktemp -d)
host=127.0.0.1 in_ue=() in_pcscf=() # figures 3 and 5: two network namespaces
ipsec='ipsec-3gpp;alg=hmac-sha-1-96;ealg=aes-cbc'
pids=()
failed=0 # of the figure under way
unshown= # why it is not shown
declare -A shows=(
  [figure1]='AKA vouches for the certificate: s_token in SM6, c_token in SM7'
  [figure2]='TLS first, the security agreement inside it'
  [figure3]='TLS first, then IPsec, which the P-CSCF prefers'
  [figure4]='security agreement in clear, then TLS'
  [figure5]='TLS refused, fallback to IPsec'
  [figure6]='security agreement in clear, then TLS keyed with CK and IK'
  [middle]='a man in the middle gets no response and no token'
  [policies]='what each policy refuses'
)

end_all() {
  for pid in "${pids[@]}"; do
    kill "$pid" 2>/dev/null || true
    wait "$pid" 2>/dev/null || true
  done
  pids=()
}
trap 'end_all; rm -rf "$work"' EXIT
trap 'exit 130' INT TERM

title() { printf '\n==== %s ====\n' "$1"; }
verdict() { # TEXT STATUS WANTED
  if [ "$2" -eq "$3" ]; then
    printf '  ok: %s (softphone exit %s)\n' "$1" "$2"
  else
    printf '  FAILED: %s: softphone exit %s, not %s\n' "$1" "$2" "$3"
    failed=1
  fi
}

await() { # FILE: until something is written into it
  for _ in $(seq 250); do
    [ -s "$1" ] && return
    sleep 0.02
  done
  echo "demo.sh: nothing started" >&2
  exit 1
}

# pcscf OPTIONS: sets tls and plain to ADDR:PORT
pcscf() {
  : > "$work/pcscf"
  "${in_pcscf[@]}" "$bin/pcscf" "${card[@]}" --listen "$host:0" --listen-plain "$host:0" "$@" > "$work/pcscf" &
  pids+=($!)
  await "$work/pcscf"
  read -r _ tls plain < "$work/pcscf"
}

# softphone P-CSCF OPTIONS: sets status
softphone() {
  local to=$1
  shift
  status=0
  "${in_ue[@]}" "$bin/softphone" --pcscf "$to" --tls-port "${tls##*:}" --plain-port "${plain##*:}" "${card[@]}" \
    --impu "sip:$impi" --domain "$domain" --timeout 20 "$@" 2>&1 || status=$?
}

log() {
  sleep 0.1 # its last line may be on the way
  echo '  the P-CSCF says:'
  sed 's/^/    /' "$work/pcscf"
  end_all
}

# FIELD MESSAGE: a header field of SM1, SM6 or SM7, as --show-secrets shows them
field() { awk -v name="$1: " -v sm="$2" '/\|(---|<--) /{ here = $0 ~ " " sm "  " } here && index($0, name) == 1' "$work/phone"; }

# What it finds counts only outside of a pipe, whose parts are processes of their own.
must() { # TEXT [not] REGEX: what stands on standard input, and there is something
  local text wanted=yes found=no
  text=$(cat)
  [ "$2" != not ] || wanted=no
  ! grep -qE "${!#}" <<<"$text" || found=yes
  if [ -n "$text" ] && [ $found = $wanted ]; then
    printf '  ok: %s\n' "$1"
  else
    printf '  FAILED: %s\n' "$1"
    failed=1
  fi
}

figure1() {
  title 'Figure 1: the certificate is vouched for by AKA'
  pcscf
  softphone "$tls" --show-secrets > "$work/phone"
  field WWW-Authenticate SM6 | sed 's/^/  SM6 /'
  field Authorization SM7 | sed 's/^/  SM7 /'
  verdict 'registered' "$status" 0
  local names
  names=$(sed -n 's/.*|[-<]-- \(SM[0-9]*\) .*/\1/p' "$work/phone" | tr '\n' ' ')
  must 'SM1, SM6, SM7 and SM12, in this order' '^SM1 SM6 SM7 SM12 $' <<<"$names"
  must 's_token is in SM6, of 96 bits' ' s_token="[0-9a-f]{24}"' <<<"$(field WWW-Authenticate SM6)"
  must 'CK and IK are not' not '[ ,](ik|ck)=' <<<"$(field WWW-Authenticate SM6)"
  must 'no token and no response is in SM1' not 'token=|response="[^"]' <<<"$(field Authorization SM1)"
  must 'c_token is in SM7, with the response' ' response="[0-9a-f]{32}".* c_token="[0-9a-f]{24}"' <<<"$(field Authorization SM7)"
  sleep 0.1
  must 'the P-CSCF found it right' '^verified response=ok c_token=ok' < "$work/pcscf"
  log
}

figure2() {
  title 'Figure 2: TLS first, the certificate vouched for by AKA'
  pcscf
  softphone "$tls"
  verdict 'registered; s_token and c_token verified' "$status" 0
  log
}

middle() {
  title 'The same with a man in the middle, who has a certificate of his own'
  if ! command -v python3 >/dev/null; then
    unshown='needs python3'
    return
  fi
  pcscf
  cat "$here/test/certs/mitm-ec.pem" "$here/test/certs/mitm-ec.key.pem" > "$work/mitm.pem"
  python3 -B "$here/test/e2e/mitm.py" --upstream "$tls" --pem "$work/mitm.pem" --log "$work/log" > "$work/mitm" &
  pids+=($!)
  await "$work/mitm"
  local port
  port=$(sed -n 's/.*"port": *\([0-9]*\).*/\1/p' "$work/mitm")
  softphone "127.0.0.1:$port"
  verdict 'refused: his certificate is not the one that the s_token is made over' "$status" 6
  printf '  he decrypted %s octets of the UE, %s of the P-CSCF\n' "$(cat "$work"/log/conn-*.bin | wc -c)" \
    "$(cat "$work"/log/down-*.bin | wc -c)"
  if ! grep -aq 'username=' "$work"/log/conn-*.bin || grep -aqE 'c_token|response="[^"]' "$work"/log/conn-*.bin; then
    echo '  FAILED: a response or c_token is among them, or nothing at all'
    failed=1
  else
    echo '  ok: no response and no c_token among them'
  fi
  log
}

figure4() {
  title 'Figure 4: security agreement in clear, then TLS'
  pcscf --mechanisms tls
  softphone "$plain" --flow agree-first
  verdict 's_token of the plain 401 checked against the certificate of the handshake' "$status" 0
  log
}

figure6() {
  title 'Figure 6: PSK TLS, keyed with CK and IK'
  pcscf --psk only
  softphone "$plain" --flow agree-first --psk only
  verdict 'registered without any certificate' "$status" 0
  log
}

# Both ends need a network namespace of their own and a kernel with ESP: user-mode Linux brings them.
in_guest() { # FIGURE: 0: we are in the guest; 1: it was shown there, or could not be
  local result=0
  if [ -e /run/netns/ue ] && [ -e /run/netns/pcscf ]; then
    host=10.9.0.2 in_ue=(ip netns exec ue) in_pcscf=(ip netns exec pcscf)
    return 0
  fi
  if ! command -v linux.uml >/dev/null; then
    unshown='IPsec needs linux.uml (Debian package user-mode-linux)'
    return 1
  fi
  "$here/test/esp/uml.sh" env EXAMPLES_DIR="$bin" "$here/examples/demo.sh" "$1" | tee "$work/guest" || result=$?
  if ! grep -q '^guest up' "$work/guest"; then
    unshown='user-mode Linux does not start on this machine'
  elif [ $result -ne 0 ]; then
    failed=1
  fi
  return 1
}

figure3() {
  in_guest figure3 || return 0
  title 'Figure 3: TLS first, but the P-CSCF prefers IPsec'
  pcscf --mechanisms ipsec-3gpp,tls --ipsec
  softphone "$tls" --offer "tls,$ipsec"
  verdict 'registered inside ESP' "$status" 0
  log
}

figure5() {
  in_guest figure5 || return 0
  title 'Figure 5: TLS refused, fallback to IPsec'
  pcscf --mechanisms ipsec-3gpp --ipsec --fault tls-alert
  softphone "$tls" --offer "tls,$ipsec" --fallback ipsec
  verdict 'registered inside ESP after an alert' "$status" 0
  log
}

# refuse EXIT ERROR WHAT P-CSCF-OPTIONS : OPTIONS: the options are the policy; first what it is tried with
refuse() {
  local want=$1 error=$2 what=$3 theirs=() got
  shift 3
  while [ "$1" != : ]; do theirs+=("$1"); shift; done
  shift
  pcscf "${theirs[@]}"
  local to=$tls
  case $* in *agree-first*) to=$plain ;; esac
  softphone "$to" "$@" --json > "$work/phone"
  end_all
  got=$(sed -n 's/.*"event":"failed".*"error":"\([^"]*\)".*/\1/p' "$work/phone")
  if [ "$status" -eq "$want" ] && [ "$got" = "$error" ] && ! grep -q '"event":"registered"' "$work/phone"; then
    printf '  %-42s %-44s exit %s  %s\n' "${*/#$here\/test\/certs\//}" "$what" "$status" "$got"
  else
    printf '  FAILED: %s: %s: exit %s %s, not %s %s\n' "$*" "$what" "$status" "$got" "$want" "$error"
    failed=1
  fi
}

policies() {
  title 'What each policy refuses'
  local ca="$here/test/certs/mitm-ec.pem"
  refuse 6 s_token_missing 's_token left out' --fault s-token-missing : --trust token
  refuse 6 s_token_mismatch 's_token over another certificate' --fault s-token-other-cert : --trust token
  refuse 6 pki 'a certificate that the CA never signed' : --trust token-and-pki --ca "$ca"
  refuse 6 s_token2_missing 's_token2 left out' : --token2 required
  refuse 6 s_token2_mismatch 's_token2 made for another TLS session' --token2 exporter --fault s-token2-session : \
    --token2 allowed
  refuse 7 secagree_none 'no Security-Server' --fault no-list : --sec-agree required
  refuse 7 bid_down 'a Security-Server without tls' --fault no-tls-in-list : --offer tls
  refuse 7 secagree_changed 'another Security-Server in the next challenge' --fault list-changes : --offer tls
  refuse 7 secagree_loop '494 to every REGISTER' --fault agree-494 : --flow agree-first
  refuse 7 algorithm 'MD5 in place of AKA' --fault plain-md5 : --aka-version AKAv2-SHA-256
  refuse 4 tls_alert 'TLS refused, nothing else allowed' --fault tls-alert : --fallback none
  refuse 4 tls_alert 'a P-CSCF without PSK' --psk off : --flow agree-first --psk only
  refuse 4 tls_alert 'a P-CSCF with PSK alone' --psk only : --psk off
  refuse 5 no_challenge '200 without a challenge' --fault ok-at-once : --flow tls-first
  refuse 5 aka_amf 'an AMF without the separation bit' --amf 0000 : --amf-separation 1
  refuse 5 aka_mac 'a network without the key of the card' --fault mac-wrong : --flow tls-first
}

[ $# -gt 0 ] || set -- figure1 figure2 middle figure3 figure4 figure5 figure6 policies
for name; do
  [ -n "${shows[$name]:-}" ] || { echo "demo.sh: $name: there are ${!shows[*]}" >&2; exit 2; }
done
declare -A words
bad=0
for name; do
  failed=0 unshown=
  "$name"
  words[$name]=passed
  [ -z "$unshown" ] || words[$name]="not shown: $unshown"
  [ "$failed" = 0 ] || words[$name]=FAILED
  bad=$((bad + failed))
done
if [ ! -e /run/netns/ue ]; then # in the guest: the table comes outside of it
  title 'The figures of the proposal'
  for name in $(printf '%s\n' "$@" | sort); do
    printf '  %-9s %-63s %s\n' "$name" "${shows[$name]}" "${words[$name]}"
  done
  missing=$(printf '%s\n' "${words[@]}" | grep -c '^not shown' || true)
  echo "verdict: $# in all, $(($# - bad - missing)) passed, $bad failed, $missing not shown"
  [ "${DEMO_WHOLE:-no}" = no ] || bad=$((bad + missing))
fi
[ "$bad" = 0 ]
