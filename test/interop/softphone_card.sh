#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The softphone with a card: behind AT commands on a pty, and in a PC/SC reader (pcscd, vsmartcard-vpcd). Identities
# come from the card, the example P-CSCF shares its key. `softphone_card.sh [EXAMPLES_DIR]`; loopback only.
set -u
here=$(cd "$(dirname "$0")" && pwd)
bin=${1:-${EXAMPLES_DIR:-$here/../../build/examples}}
usim_card=${IMSTLS_BUILD:-$here/../../build/default}/test/interop/usim_card
python=${PYTHON:-/usr/bin/python3}
export PYTHONDONTWRITEBYTECODE=1
work=$(mktemp -d)
children=()
passed=0 failed=0
end() {
  local pid=${1:-}
  [ -z "$pid" ] || { kill -TERM "$pid" 2>/dev/null && wait "$pid" 2>/dev/null; }
}
trap 'for pid in "${children[@]}"; do end "$pid"; done; rm -rf "$work"' EXIT

until_line() { # FILE PATTERN
  for _ in $(seq 100); do
    grep -q "$2" "$1" 2>/dev/null && return 0
    sleep 0.05
  done
  echo "no '$2' in $1:" && cat "$1"
  return 1
}

start() { # NAME COMMAND...: a child with its output in $work/NAME; sets $pid
  local name=$1
  rm -f "$work/$name"
  shift
  "$@" >"$work/$name" 2>&1 &
  pid=$!
  children+=("$pid")
}

k=465b5ce8b199b49faa5f0a2ee238a6bc opc=cd63cb71954a9f4e48a5994e37a02baf
impi=001010000000001@ims.mnc001.mcc001.3gppnetwork.org

judge() { # TITLE STATUS PATTERN GOT
  if [ "$4" = "$2" ] && cat "$work/out" "$work/err" | grep -qE "$3"; then
    passed=$((passed + 1))
  else
    failed=$((failed + 1))
    echo "FAIL $1: exit $4, not $2, or no '$3'"
    cat "$work/out" "$work/err"
  fi
}

network() { # PCSCF-OPTIONS...: another one; sets $pcscf and $where
  end "${pcscf:-}"
  start pcscf "$bin/pcscf" --impi "$impi" --k "$k" --opc "$opc" --listen 127.0.0.1:0 --sqn 000000000020 "$@"
  pcscf=$pid
  until_line "$work/pcscf" '^ready' || exit 1
  where=$(sed -n 's/^ready \([^ ]*\).*/\1/p' "$work/pcscf")
}

expect() { # TITLE STATUS PATTERN SOFTPHONE-OPTIONS...
  local title=$1 status=$2 pattern=$3
  shift 3
  network
  timeout 60 "$bin/softphone" --pcscf "$where" --json --timeout 20 "$@" >"$work/out" 2>"$work/err"
  judge "$title" "$status" "$pattern" $?
}

# A refresh that is challenged, 3 s after something has happened to the card
meanwhile() { # TITLE STATUS PATTERN WHERE-THE-CARD-IS COMMAND...
  local title=$1 status=$2 pattern=$3 usim=$4 phone
  shift 4
  network --expires 6 --reauth 1
  timeout 60 "$bin/softphone" --pcscf "$where" --json --timeout 20 --usim "$usim" --pin 1234 --stay 5 \
    >"$work/out" 2>"$work/err" &
  phone=$!
  until_line "$work/out" '"event":"registered"' || exit 1
  "$@" >"$work/happened" 2>&1 || { cat "$work/happened" && failed=$((failed + 1)); }
  wait $phone
  judge "$title" "$status" "$pattern" $?
}

card() { # CARD-OPTIONS...: another one in the reader, which must see that the old one has gone
  end "${peer:-}"
  sleep 2
  start card "$python" "$here/../vcard/vpcd.py" "$@"
  peer=$pid
  sleep 2
}

modem() { # MODEM-OPTIONS...: another modem; sets $device
  end "${peer:-}"
  rm -f "$work/modem"
  start modem "$python" "$here/../vcard/modem.py" "$@"
  peer=$pid
  until_line "$work/modem" '^ready' || exit 1
  device=$(sed -n 's/^ready //p' "$work/modem")
}

modem
expect "modem, ISIM" 0 '"event":"deregistered"' --usim "at:$device"
modem --no-isim --no-channels
expect "modem, USIM alone, +CSIM" 0 '"event":"deregistered"' --usim "at:$device"
modem --slow-ms 500
expect "modem, a slow card" 0 '"event":"deregistered"' --usim "at:$device"
modem --sqn 000000100000
expect "modem, a card ahead of the network" 0 '"autn":"sync-failure"' --usim "at:$device"
modem --k 00112233445566778899aabbccddeeff
expect "modem, another key" 5 '"error":"aka_mac"' --usim "at:$device"
modem --pin 1234
expect "modem, PIN missing" 10 'PIN' --usim "at:$device"
modem --pin 1234
expect "modem, PIN" 0 '"event":"deregistered"' --usim "at:$device" --pin 1234
for tries in 1 2; do
  modem --pin 1234 --tries $tries
  expect "modem, a wrong PIN, $tries left" 10 "PIN: 1\$" --usim "at:$device" --pin 9999
done
modem --pin 1234 --tries 1
expect "modem, the last try" 10 'The PIN was not sent' --usim "at:$device" --pin 1234
expect "modem, the last try, asked for" 0 '"event":"deregistered"' --usim "at:$device" --pin 1234 --pin-last-try
modem --pin 1234 --tries 0
expect "modem, blocked" 10 'The PIN is blocked: the card needs its PUK' --usim "at:$device" --pin 1234 --pin-last-try
modem --pin 1234 --tries-untold
expect "modem, tries untold" 10 'The PIN was not sent' --usim "at:$device" --pin 1234
expect "modem, tries untold, asked for" 0 '"event":"deregistered"' --usim "at:$device" --pin 1234 --pin-last-try
modem --pin 1234
meanwhile "modem, it starts anew" 0 '"event":"refreshed"' "at:$device" kill -USR1 "$peer"
modem --pin 1234 --usr1 pin
meanwhile "modem, another PIN meanwhile" 10 'tries left for the PIN: 2$' "at:$device" kill -USR1 "$peer"
modem --pin 1234 --usr1 block
meanwhile "modem, blocked meanwhile" 10 'The PIN is blocked: the card needs its PUK' "at:$device" kill -USR1 "$peer"
expect "no such modem" 10 'usim' --usim "at:$work/nothing"

if pgrep -x pcscd >/dev/null; then
  echo "softphone_card: another pcscd runs here: the reader was left out" && failed=$((failed + 1))
elif command -v pcscd >/dev/null; then
  start pcscd "$here/../vcard/pcscd.sh" "$work/reader.conf"
  sleep 1
  card
  expect "reader, ISIM" 0 '"event":"deregistered"' --usim pcsc
  card --pin 1234
  meanwhile "reader, another program resets the card" 0 '"event":"refreshed"' pcsc timeout 30 "$usim_card" pcsc
  card --pin 1234 --usr1 pin
  meanwhile "reader, another PIN meanwhile" 10 'tries left for the PIN: 2$' pcsc kill -USR1 "$peer"
  expect "no such reader" 10 'usim' --usim pcsc:Nothing
else
  echo "softphone_card: no pcscd" && failed=$((failed + 1))
fi
echo "softphone_card: $passed passed, $failed failed"
[ "$failed" = 0 ]
