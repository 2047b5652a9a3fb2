#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Kamailio as P-CSCF over TLS with examples/kamailio: register, refresh, resynchronise, deregister. `kamailio.sh [SOFTPHONE [1.2|1.3]...]`;
# without versions those of the softphone.
# Needs kamailio, kamailio-tls-modules, kamailio-python3-modules, python3-cryptography; loopback only.
set -u
here=$(cd "$(dirname "$0")" && pwd)
softphone=${1:-${EXAMPLES_DIR:-$here/../../build/examples}/softphone}
[ $# -eq 0 ] || shift
e2e=$here/../e2e
python=${PYTHON:-/usr/bin/python3}
export PYTHONDONTWRITEBYTECODE=1
example=$(cd "$here/../../examples/kamailio" && pwd)
work=$(mktemp -d)
server=
home=
key=
failed=0

stop() {
  for pid in $server $home; do
    kill -TERM "$pid" 2>/dev/null
    wait "$pid" 2>/dev/null
  done
  server=
  home=
}
trap 'stop; rm -rf "$work"' EXIT
trap 'exit 1' INT TERM

free_port() { $python "$e2e/ports.py"; }

# start NAME METHOD CERT: Kamailio and its home network on free ports; sets server, home, port, log
start() {
  log=$work/$1
  port=$(free_port)
  home_port=$(free_port)
  sed -e "s|@PORT@|$port|; s|@HOME@|$home_port|; s|@METHOD@|$2|; s|@CERT@|$work/$3.crt|; s|@KEY@|$work/$3.key|" \
    -e "s|@EXAMPLE@|$example|" "$here/kamailio/kamailio.cfg" >"$work/$1.cfg"
  mkdir -p "$work/run"
  $python "$here/home.py" "127.0.0.1:$home_port" "$log.home" --expires=2 &
  home=$!
  # Its Python takes the library that belongs to the first python3 of PATH.
  PATH=/usr/sbin:/usr/bin:/sbin:/bin kamailio -DD -E -f "$work/$1.cfg" -Y "$work/run" -m 32 -M 4 >"$log.log" 2>&1 &
  server=$!
  $python - "$port" <<'P' || { echo "kamailio did not start:"; tail -20 "$log.log"; exit 1; }
import socket, sys, time
for _ in range(200):
    try:
        socket.create_connection(("127.0.0.1", int(sys.argv[1])), 1).close()
        sys.exit(0)
    except OSError:
        time.sleep(0.05)
sys.exit(1)
P
}

# phone NAME EXIT OPTION...: runs the softphone; its events are in $work/NAME.json
phone() {
  name=$1 want=$2
  shift 2
  # shellcheck disable=SC2046
  timeout 40 "$softphone" $($python "$here/kamailio/identity.py" "$e2e" "$key") \
    --pcscf "127.0.0.1:$port" --json --timeout 10 "$@" >"$work/$name.json" 2>"$work/$name.err"
  got=$?
  check "$name: exit $got, wanted $want" [ "$got" -eq "$want" ]
}

check() {
  what=$1
  shift
  if "$@" >/dev/null; then
    return
  fi
  echo "FAIL $what"
  failed=$((failed + 1))
}

event() { check "$1: event $2" grep -Eq "\"event\": ?\"$2" "$work/$1.json"; }
logged() { check "$1: kamailio logged '$2'" grep -q "imstls: .*: $2" "$log.log"; }
unlogged() { check "$1: kamailio logged '$2'" sh -c "! grep -q 'imstls: .*\($2\)' '$log.log'"; }
at_home() { check "$1: the home network said '$2'" grep -qx "$2" "$log.home"; }

$python "$e2e/certs.py" "$work" || exit 1

# whole VERSION METHOD CERT: a registration from first to last, then one with a network that forgot its sequence numbers.
# Each in this TLS version and no other. METHOD "TLSv1.2+" of Kamailio 5.6 is 1.2 and 1.3.
whole() {
  version=$1 method=$2 cert=$3
  rm -f "$work/sqn"
  start "first-$version" "$method" "$cert"
  phone "first-$version" 0 --sqn-file "$work/sqn" --stay 3
  for e in "tls\".*\"version\": ?\"$version\"" 'challenge".*"autn": ?"ok"' 'trust".*"s_token": ?"ok"' 'agreed".*"tls"' \
    'registered' 'refreshed' 'deregistered'; do
    event "first-$version" "$e"
  done
  for l in challenged 'c_token ok' 'registered for 2 s' 'not registered any more'; do
    logged "first-$version" "$l"
  done
  for l in registered refreshed deregistered; do
    at_home "first-$version" "$l"
  done
  unlogged "first-$version" 'broken\|wrong\|missing'
  stop
  start "resync-$version" "$method" rsa
  phone "resync-$version" 0 --sqn-file "$work/sqn"
  for e in "tls\".*\"version\": ?\"$version\"" 'challenge".*"autn": ?"sync-failure"' 'challenge".*"autn": ?"ok"' \
    'trust".*"s_token": ?"ok"' 'registered' 'deregistered'; do
    event "resync-$version" "$e"
  done
  for l in 'auts ok' registered deregistered; do
    at_home "resync-$version" "$l"
  done
  logged "resync-$version" 'c_token ok'
  unlogged "resync-$version" 'broken\|wrong\|missing'
}

if [ $# -eq 0 ]; then
  set -- 1.2
  # 2: this build has no TLS 1.3; 3: nobody listens there
  # shellcheck disable=SC2046
  "$softphone" $($python "$here/kamailio/identity.py" "$e2e" "") --pcscf 127.0.0.1:1 --tls-max 1.3 --timeout 1 \
    >"$work/probe" 2>&1
  [ $? -eq 2 ] || set -- 1.2 1.3
fi
for v; do
  stop
  case $v in
    1.2) whole 1.2 TLSv1.2 pcscf ;;
    1.3) whole 1.3 TLSv1.2+ pcscf ;;
    *) echo "kamailio.sh: TLS $v: 1.2 and 1.3 are known" >&2; exit 2 ;;
  esac
done

# A card of another subscriber: the AUTN is not genuine for it, and nothing is answered.
key=00000000000000000000000000000001
phone stranger 5
event stranger 'challenge".*"mac-failure"'
unlogged stranger 'c_token wrong\|c_token missing'
check "stranger: nothing was answered" sh -c "! grep -q 'response wrong' '$log.home'"
stop

if [ "$failed" -ne 0 ]; then
  for f in "$work"/*.json "$work"/*.err; do
    echo "== ${f##*/}"
    tail -15 "$f"
  done
  echo "== kamailio"
  grep imstls: "$work"/*.log | tail -30
  echo "== home"
  tail -n 15 "$work"/*.home
  echo "kamailio: $failed failed"
  exit 1
fi
echo "kamailio: register, refresh, resynchronise, deregister passed over TLS $*"
