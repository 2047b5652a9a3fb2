#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Cards for real: pcscd with a virtual reader and our virtual card, and a modem behind a pty. `usim.sh [usim_card]`
# Needs pcscd and vsmartcard-vpcd for the second half; loopback only. One pcscd a machine: with another one running, the
# second half has failed.
set -u
here=$(cd "$(dirname "$0")" && pwd)
prog=${1:-${IMSTLS_BUILD:-$here/../../build/default}/test/interop/usim_card}
[ -x "$prog" ] || { echo "usim: $prog is not built"; exit 1; }
python=${PYTHON:-/usr/bin/python3}
vcard=$here/../vcard
export PYTHONDONTWRITEBYTECODE=1
work=$(mktemp -d)
pcscd=
peer=
failed=0

rand=23553cbe9637a89d218ae64dae47bf35 # the "basic" end-to-end case of vectors.json
autn=aa689c6483508000904cbb451b65def8
autn_bad=aa689c6483508000904cbb451b65def9
keys="aka ok res=a54211d5e3ba50bf ck=b40ba9a3c58b2a05bbf0d987b21bf8cb ik=f769bcd751044604127672711c6d3441"
auts="aka sync auts=451e8beca03b87423afbed548cbd"

end() { # PID
  [ -n "$1" ] || return 0
  kill -TERM "$1" 2>/dev/null
  wait "$1" 2>/dev/null
}
trap 'end "$peer"; end "$pcscd"; rm -rf "$work"' EXIT
trap 'exit 1' INT TERM

until_line() { # FILE PATTERN
  for _ in $(seq 100); do
    grep -q "$2" "$1" 2>/dev/null && return 0
    sleep 0.05
  done
  echo "no '$2' in $1:" && cat "$1"
  return 1
}

# pcscd looks for cards a few times a second, and must see that the old one has gone before another comes
absent() {
  for _ in $(seq 50); do
    timeout 10 "$prog" pcsc | grep -q '^error usim ' && sleep 0.5 && return 0
    sleep 0.1
  done
  echo "the card did not go"
  return 1
}

# plug SCRIPT OPTIONS: another card; sets $peer
plug() {
  end "$peer"
  peer=
  rm -f "$work/peer"
  [ -z "$pcscd" ] || absent || failed=1
  script=$1
  shift
  "$python" "$vcard/$script" "$@" >"$work/peer" 2>&1 &
  peer=$!
  until_line "$work/peer" '^ready' || failed=1
}

# expect NAME STATUS LINE... -- ARGUMENTS: runs the program; every line must be there
expect() {
  name=$1
  want=$2
  shift 2
  : >"$work/lines"
  while [ "$1" != -- ]; do
    echo "$1" >>"$work/lines"
    shift
  done
  shift
  timeout 30 "$prog" "$@" >"$work/out" 2>&1
  status=$?
  bad=
  [ "$status" = "$want" ] || bad="exit $status, not $want"
  while read -r line; do
    grep -qF -- "$line" "$work/out" || bad="$bad; no line: $line"
  done <"$work/lines"
  # who waits for the slow card waits 500 ms
  longest=$(sed -n 's/^longest_ms //p' "$work/out")
  [ "${longest:-999}" -lt 400 ] || bad="$bad; a call took $longest ms"
  if [ -n "$bad" ]; then
    echo "FAIL $name: $bad"
    sed 's/^/    /' "$work/out"
    failed=1
  else
    echo "ok   $name (longest call $longest ms)"
  fi
}

isim="app isim"
impi="impi 001010000000001@ims.mnc001.mcc001.3gppnetwork.org"
temp="impu sip:001010000000001@ims.mnc001.mcc001.3gppnetwork.org"
tel="impu tel:+10000000001"
host="pcscf pcscf.example.net"

# the_card SCRIPT WHERE-COMMAND: the same card by each way to it
the_card() {
  script=$1
  for t0 in "" --t0; do
    plug "$script" $t0
    expect "$script $t0 isim" 0 "$isim" "$impi" "$temp" "$tel" "$host" "pcscf 192.0.2.5" \
      "$keys" "aka sync" "aka mac" -- \
      "$($2)" -w "$rand" "$autn" "$rand" "$autn" "$rand" "$autn_bad"
    plug "$script" $t0 --no-isim --sqn 400 --slow-ms 500
    expect "$script $t0 usim, slow" 0 "app usim" "$impi" "$temp" "$auts" -- "$($2)" -w "$rand" "$autn"
    plug "$script" $t0 --pin 1234
    expect "$script $t0 pin missing" 10 "error usim_pin" -- "$($2)" -w "$rand" "$autn"
    expect "$script $t0 pin wrong" 10 "error usim_pin sw=63c2" -- "$($2)" -w -p 9999 "$rand" "$autn"
    plug "$script" $t0 --pin 1234 --tries 2
    expect "$script $t0 pin" 0 "$isim" "$keys" -- "$($2)" -w -p 1234 "$rand" "$autn"
    plug "$script" $t0 --pin 1234 --tries 1
    expect "$script $t0 pin, last try" 10 "error usim_pin_tries sw=63c1" -- "$($2)" -w -p 1234 "$rand" "$autn"
    plug "$script" $t0 --pin 1234 --tries-untold
    expect "$script $t0 pin, tries untold" 10 "error usim_pin_tries" -- "$($2)" -w -p 1234 "$rand" "$autn"
  done
}

at_where() { echo "at:$(sed -n 's/^ready //p' "$work/peer")"; }
# shellcheck disable=SC2317 # called through a variable
pcsc_where() { echo pcsc; }

the_card modem.py at_where
plug modem.py --no-channels --no-echo
expect "modem.py +CSIM alone" 0 "$isim" "$keys" -- "$(at_where)" "$rand" "$autn"
plug modem.py
expect "modem.py +CSIM asked for" 0 "$isim" "$keys" -- "$(at_where)" -c "$rand" "$autn"

if ! command -v pcscd >/dev/null || [ ! -e /etc/reader.conf.d/vpcd ]; then
  echo "FAIL pcsc: pcscd and vsmartcard-vpcd are missing" && failed=1
elif [ -e /run/pcscd/pcscd.pid ] && kill -0 "$(cat /run/pcscd/pcscd.pid)" 2>/dev/null; then
  echo "FAIL pcsc: another pcscd is running" && failed=1
else
  end "$peer"
  peer=
  "$here/../vcard/pcscd.sh" "$work/reader.conf" >"$work/pcscd" 2>&1 &
  pcscd=$!
  sleep 0.5
  kill -0 "$pcscd" 2>/dev/null || { cat "$work/pcscd"; echo "FAIL pcscd did not start"; exit 1; }
  expect "pcsc without a card" 10 "error usim " -- pcsc "$rand" "$autn"
  the_card vpcd.py pcsc_where
  expect "pcsc, another reader" 10 "error usim_io" -- "pcsc:No such reader" "$rand" "$autn"
  plug vpcd.py --slow-ms 3000
  expect "pcsc, new card" 0 "$isim" -- pcsc -w
  (sleep 1; kill -TERM "$peer") &
  expect "pcsc, card pulled out" 10 "error usim" -- pcsc "$rand" "$autn"
fi
[ "$failed" = 0 ] && echo "usim: all good"
exit "$failed"
