#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# psk.sh: the mbedTLS part against OpenSSL and GnuTLS as servers: PSK and certificate suites, exporter, resumption.
# Uses $IMSTLS_BUILD (default build/default) and $CC; MBEDTLS_CFLAGS and MBEDTLS_LIBS as make does.
set -u
cd "$(dirname "$0")/../.." || exit 1
build=${IMSTLS_BUILD:-build/default}
work=$(mktemp -d)
certs=test/certs
psk=000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f
pids=
failures=0
count=0

finish() {
  for pid in $pids; do kill "$pid" 2>/dev/null; done
  rm -rf "$work"
}
trap finish EXIT

mkfifo "$work/quiet"
exec 3<>"$work/quiet" # standard input that never ends: s_server leaves when its own does

need() { command -v "$1" >/dev/null || { echo "psk.sh: no $1" >&2; exit 1; }; }
need openssl
need gnutls-serv

client=$work/tls_client
# shellcheck disable=SC2086
${CC:-cc} -std=c11 -D_POSIX_C_SOURCE=200809L -Iinclude ${MBEDTLS_CFLAGS:-} test/interop/tls_client.c "$build/libimstls.a" \
  ${MBEDTLS_LIBS:--lmbedtls -lmbedx509 -lmbedcrypto} -o "$client" || exit 1

port_free() { /usr/bin/python3 -B test/e2e/ports.py; }

wait_port() { # until somebody listens there; nothing is sent
  i=0
  while ! grep -qi "$(printf ':%04X 00000000:0000 0A' "$1")" /proc/net/tcp /proc/net/tcp6; do
    i=$((i + 1))
    [ $i -lt 100 ] || { echo "psk.sh: nobody listens on $1" >&2; exit 1; }
    sleep 0.05
  done
}

serve() { # name command...: starts a server on $port, keeps its output
  name=$1
  shift
  "$@" >"$work/$name.log" 2>&1 <&3 &
  pids="$pids $!"
  wait_port "$port"
}

expect() { # what pattern client-options...: the client's output must match every line of the pattern
  what=$1
  pattern=$2
  shift 2
  count=$((count + 1))
  "$client" 127.0.0.1 "$port" "$@" >"$work/out" 2>&1
  if grep -qE "$pattern" "$work/out"; then
    echo "ok $count - $what"
  else
    echo "not ok $count - $what"
    sed 's/^/#   /' "$work/out" | cut -c1-160
    failures=$((failures + 1))
  fi
}

same() { # what one other
  count=$((count + 1))
  if [ -n "$2" ] && [ "$2" = "$3" ]; then
    echo "ok $count - $1"
  else
    echo "not ok $count - $1: '$2' '$3'"
    failures=$((failures + 1))
  fi
}

value() { sed -n "s/^$1=//p" "$work/out"; }
tls13() { "$client" 127.0.0.1 1 --cert --max 13 2>&1 | grep -q unsupported && return 1; return 0; }

# ---- certificates, OpenSSL ----
for cert in pcscf-ec pcscf-ec384 pcscf-rsa; do
  port=$(port_free)
  serve "o-$cert" openssl s_server -accept "127.0.0.1:$port" -cert "$certs/$cert.pem" -key "$certs/$cert.key.pem" \
    -rev -keymatexport EXPORTER-Channel-Binding -keymatexportlen 32
  expect "openssl, $cert, TLS 1.2" 'version=12 .*psk=0 resumed=0 extended_ms=1 pki=1' --cert --max 12 \
    --name pcscf.visited1.net --ca "$certs/$cert.pem" --line hello --save "$work/session"
  same "certificate is the file" "$(value cert)" "$(od -An -v -tx1 "$certs/$cert.der" | tr -d ' \n')"
  same "data comes back" "$(value got)" olleh
  expect "openssl, $cert, resumed" 'version=12 .*psk=0 resumed=1 extended_ms=1' --cert --max 12 \
    --name pcscf.visited1.net --resume "$work/session"
  same "certificate of the first session" "$(value cert)" "$(od -An -v -tx1 "$certs/$cert.der" | tr -d ' \n')"
done

# ---- the server's own exporter: s_server prints one without context, which in TLS 1.3 is the same ----
if tls13; then
  port=$(port_free)
  serve export13 openssl s_server -accept "127.0.0.1:$port" -cert "$certs/pcscf-ec.pem" -key "$certs/pcscf-ec.key.pem" \
    -tls1_3 -keymatexport EXPORTER-Channel-Binding -keymatexportlen 32
  expect "openssl, TLS 1.3" 'version=13 .*psk=0 resumed=0' --cert --max 13 --name pcscf.visited1.net
  i=0
  while ! grep -q 'Keying material: ' "$work/export13.log" && [ $i -lt 100 ]; do
    i=$((i + 1))
    sleep 0.05
  done
  same "exporter, TLS 1.3" "$(value exporter)" \
    "$(sed -n 's/.*Keying material: //p' "$work/export13.log" | tr 'A-F' 'a-f')"
fi
# In TLS 1.2 the context of RFC 9266 is present and empty: OpenSSL's call for it needs a program.
${CC:-cc} -D_POSIX_C_SOURCE=200809L test/interop/export_server.c -lssl -lcrypto -o "$work/export_server" || exit 1
port=$(port_free)
serve export12 "$work/export_server" "$port" "$certs/pcscf-ec.pem" "$certs/pcscf-ec.key.pem"
expect "openssl program, TLS 1.2" 'version=12' --cert --max 12 --name pcscf.visited1.net --line hello
same "exporter, TLS 1.2" "$(value exporter)" "$(sed -n 's/^exporter=//p' "$work/export12.log")"

# ---- PSK, OpenSSL and GnuTLS ----
port=$(port_free)
serve o-psk openssl s_server -accept "127.0.0.1:$port" -nocert -tls1_2 -rev -psk $psk -psk_identity impi@example.net
expect "openssl, ECDHE-PSK" 'version=12 suite=TLS_ECDHE_PSK_.* psk=1 resumed=0 extended_ms=1' --psk $psk \
  --identity impi@example.net --line hello
expect "openssl, both families offered" 'suite=TLS_ECDHE_PSK_.* psk=1' --cert --psk $psk --identity impi@example.net
expect "openssl, wrong key" 'handshake: tls' --psk ff"${psk#00}" --identity impi@example.net
port=$(port_free)
serve o-plain openssl s_server -accept "127.0.0.1:$port" -nocert -tls1_2 -rev -cipher PSK-AES128-GCM-SHA256 -psk $psk
expect "openssl, plain PSK" 'suite=TLS_PSK_WITH_AES_128_GCM_SHA256 psk=1' --psk $psk --identity impi --line hello

echo "impi@example.net:$psk" >"$work/passwd"
port=$(port_free)
serve g-psk gnutls-serv --echo --port "$port" --pskpasswd "$work/passwd" \
  --priority NORMAL:-VERS-ALL:+VERS-TLS1.2:-KX-ALL:+ECDHE-PSK:+PSK
expect "gnutls, ECDHE-PSK" 'version=12 suite=TLS_ECDHE_PSK_.* psk=1 resumed=0 extended_ms=1' --psk $psk \
  --identity impi@example.net --line hello
same "data comes back" "$(value got)" hello
expect "gnutls, unknown identity" 'handshake: tls' --psk $psk --identity nobody
if tls13; then
  port=$(port_free)
  serve g-psk13 gnutls-serv --echo --port "$port" --pskpasswd "$work/passwd" \
    --priority NORMAL:-VERS-ALL:+VERS-TLS1.3:-KX-ALL:+ECDHE-PSK
  expect "gnutls, PSK in TLS 1.3" 'version=13 .*psk=1 resumed=0' --psk $psk --identity impi@example.net --line hello
fi

# ---- refused ----
port=$(port_free)
serve old openssl s_server -accept "127.0.0.1:$port" -cert "$certs/pcscf-ec.pem" -key "$certs/pcscf-ec.key.pem" \
  -rev -tls1_1 -cipher ALL:@SECLEVEL=0
expect "TLS 1.1 is refused" 'handshake: tls' --cert
port=$(port_free)
openssl x509 -inform DER -in "$certs/rsa1024.der" -out "$work/short.pem"
serve short openssl s_server -accept "127.0.0.1:$port" -cert "$work/short.pem" -key "$certs/rsa1024.key.pem" -rev \
  -cipher ALL:@SECLEVEL=0
expect "RSA of 1024 bits is refused" 'handshake: tls_cert' --cert

echo "1..$count"
[ $failures -eq 0 ]
