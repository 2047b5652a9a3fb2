#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# mbedtls_src.sh VERSION...: builds mbedTLS from Debian's source packages into build/mbedtls-VERSION (include/, lib/),
# VERSION is 2.28 (bookworm), 3.6 (trixie), or 2.28-nokeep, which forgets the peer's certificate; 2.28-tsan and 3.6-tsan have
# threads and are watched by ThreadSanitizer; 3.6-small has records of 4096 octets in and 2048 out; 3.6-mingw is for Windows.
# The package lists used are private: nothing of the system changes.
# Prints one folder a line. OUT=DIR builds elsewhere. SOURCE=1: fetches alone, and prints the folder of the source.
set -eu
root=$(cd "$(dirname "$0")/../.." && pwd)
out=${OUT:-$root/build}
[ $# -gt 0 ] || set -- 2.28 3.6

die() { echo "mbedtls_src.sh: $*" >&2; exit 1; }

config_file() { # source
  find "$1/include/mbedtls" -name config.h -o -name mbedtls_config.h | head -1
}

for version; do
  case $version in
    2.28 | 2.28-nokeep | 2.28-tsan) suite=bookworm ;;
    3.6 | 3.6-tsan | 3.6-small | 3.6-mingw) suite=trixie ;;
    *) die "no recipe for mbedTLS $version" ;;
  esac
  to=$out/mbedtls-$version
  if [ -n "${SOURCE:-}" ]; then
    mkdir -p "$to/src"
    ls -d "$to"/src/mbedtls-*/ >/dev/null 2>&1 || "$root/test/matrix/debian_source.sh" "$suite" mbedtls "$to/src" || die "no source of mbedTLS $version"
    find "$to/src" -maxdepth 1 -name 'mbedtls-*' -type d | head -1
    continue
  fi
  if [ ! -e "$to/lib/libmbedtls.a" ]; then
    mkdir -p "$to/src"
    ls -d "$to"/src/mbedtls-*/ >/dev/null 2>&1 || "$root/test/matrix/debian_source.sh" "$suite" mbedtls "$to/src" || die "no source of mbedTLS $version"
    source=$(find "$to/src" -maxdepth 1 -name 'mbedtls-*' -type d | head -1)
    # Lets tests fail the n-th allocation, and cut elliptic curve work into slices where TLS does not use PSA.
    python3 "$source/scripts/config.py" -f "$(config_file "$source")" set MBEDTLS_PLATFORM_MEMORY
    [ "$version" != 2.28-nokeep ] ||
      python3 "$source/scripts/config.py" -f "$(config_file "$source")" unset MBEDTLS_SSL_KEEP_PEER_CERTIFICATE
    [ "$version" != 2.28 ] || python3 "$source/scripts/config.py" -f "$(config_file "$source")" set MBEDTLS_ECP_RESTARTABLE
    flags=
    case $version in
    *-small) flags='-DMBEDTLS_SSL_IN_CONTENT_LEN=4096 -DMBEDTLS_SSL_OUT_CONTENT_LEN=2048' ;;
    *-tsan)
      flags='-g -fsanitize=thread'
      for option in MBEDTLS_THREADING_C MBEDTLS_THREADING_PTHREAD; do
        python3 "$source/scripts/config.py" -f "$(config_file "$source")" set "$option"
      done
      # its counters, global and without a lock, are for the self tests alone
      python3 "$source/scripts/config.py" -f "$(config_file "$source")" unset MBEDTLS_SELF_TEST ;;
    esac
    cross=
    case $version in *-mingw) cross='-DCMAKE_SYSTEM_NAME=Windows -DCMAKE_C_COMPILER=x86_64-w64-mingw32-gcc' ;; esac
    # shellcheck disable=SC2086 # words
    cmake -S "$source" -B "$to/tree" -DCMAKE_BUILD_TYPE=Release $cross -DCMAKE_C_FLAGS="$flags" -DENABLE_TESTING=OFF -DENABLE_PROGRAMS=OFF \
      -DCMAKE_INSTALL_PREFIX="$to" -DCMAKE_INSTALL_LIBDIR=lib -DCMAKE_POSITION_INDEPENDENT_CODE=ON >"$to/log" 2>&1 || { tail "$to/log" >&2; die "cmake failed"; }
    make -C "$to/tree" -j2 install >>"$to/log" 2>&1 || { tail "$to/log" >&2; die "make failed"; }
  fi
  echo "$to"
done
