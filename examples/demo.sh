#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The figures of the I-TLS proposal as two processes on loopback, and a man in the middle who gets nothing.
# Then what each policy refuses. demo.sh [FIGURE...]; without names all of them. EXAMPLES_DIR: where softphone and pcscf are.
set -eu
here=$(cd "$(dirname "$0")/.." && pwd)
bin=$(realpath "${EXAMPLES_DIR:-$here/build/examples}")
impi=001010000000001@ims.mnc001.mcc001.3gppnetwork.org
domain=${impi#*@}
card=(--impi "$impi" --k 465b5ce8b199b49faa5f0a2ee238a6bc --opc cd63cb71954a9f4e48a5994e37a02baf)
work=$(mktemp -d)
host=127.0.0.1 in_ue=() in_pcscf=() # figures 3 and 5: two network namespaces
ipsec='ipsec-3gpp;alg=hmac-sha-1-96;ealg=aes-cbc'
pids=()
failed=0

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
    echo '  left out: needs python3'
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
in_guest() { # FIGURE: 0: we are in the guest; 1: it was shown there, or left out
  if [ -e /run/netns/ue ] && [ -e /run/netns/pcscf ]; then
    host=10.9.0.2 in_ue=(ip netns exec ue) in_pcscf=(ip netns exec pcscf)
    return 0
  fi
  if ! command -v linux.uml >/dev/null; then
    printf '\n(%s left out: IPsec needs linux.uml, Debian package user-mode-linux)\n' "$1"
    return 1
  fi
  "$here/test/esp/uml.sh" env EXAMPLES_DIR="$bin" "$here/examples/demo.sh" "$1" || failed=1
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

[ $# -gt 0 ] || set -- figure2 middle figure3 figure4 figure5 figure6 policies
for name; do
  case $name in
    figure2) figure2 ;;
    middle) middle ;;
    figure3) figure3 ;;
    figure4) figure4 ;;
    figure5) figure5 ;;
    figure6) figure6 ;;
    policies) policies ;;
    *) echo "demo.sh: $name: middle, policies and figure2 to figure6 are there" >&2; exit 2 ;;
  esac
done
exit $failed
