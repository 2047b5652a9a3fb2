#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Kamailio's ims_ipsec_pcscf as P-CSCF with IPsec, in a user-mode-linux guest. `kamailio_ipsec.sh [COMMAND ARG...]`
# Without a command: the hand-made UE of kamailio_ipsec/ue.py. A command finds the P-CSCF at 10.9.0.2:5060 from
# `ip netns exec ue`. 77: cannot run here.
set -eu
cd "$(dirname "$0")/../.."
for tool in linux.uml tcpdump ip kamailio modprobe; do
  command -v "$tool" >/dev/null || {
    echo "kamailio_ipsec: no $tool" >&2
    exit 77
  }
done
if ! ls /usr/lib/*/kamailio/modules/ims_ipsec_pcscf.so >/dev/null 2>&1; then
  echo "kamailio_ipsec: no ims_ipsec_pcscf (Debian package kamailio-ims-modules)" >&2
  exit 77
fi
build=${IMSTLS_BUILD:-build}/esp
mkdir -p "$build"
# shellcheck disable=SC2086  # CFLAGS are words
${CC:-cc} -std=c11 -O2 -g -Wall -Wextra -D_POSIX_C_SOURCE=200809L -DIMSTLS_WITH_LIBMNL -Iinclude -Ilib ${CFLAGS:-} \
  test/esp/xfrm_test.c lib/port/xfrm/*.c lib/access/esp_keys.c lib/base/secret.c -lmnl -o "$build/xfrm_test"
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
rc=0
UML_TIMEOUT=${UML_TIMEOUT:-240} UML_OUT=$out test/esp/uml.sh env XFRM_TEST="$build/xfrm_test" CORE="${CORE---reauth --options}" \
  test/interop/kamailio_ipsec/guest.sh "$@" || rc=$?
if [ "$rc" -ne 0 ]; then
  echo "== core"
  tail -30 "$out/core.log"
  echo "== kamailio"
  grep -v ' INFO: \| DEBUG: ' "$out/kamailio.log" | tail -40
fi
exit "$rc"
