#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# IPsec for real, in a user-mode-linux guest: run.sh [PART OF A TEST'S NAME]. About three minutes.
# Without a part also softphone and pcscf (register.sh). 77: cannot run here.
# IMSTLS_BUILD: build folder; EXAMPLES_DIR; CC, CFLAGS.
set -eu
cd "$(dirname "$0")/../.."
build=${IMSTLS_BUILD:-build}/esp
for tool in linux.uml tcpdump ip setpriv modprobe; do
  if ! command -v "$tool" >/dev/null; then
    echo "run.sh: no $tool (Debian packages user-mode-linux tcpdump iproute2 util-linux kmod)" >&2
    exit 77
  fi
done
mkdir -p "$build"
# shellcheck disable=SC2086  # CFLAGS are words
${CC:-cc} -std=c11 -O2 -g -Wall -Wextra -D_POSIX_C_SOURCE=200809L -DIMSTLS_WITH_LIBMNL -Iinclude -Ilib ${CFLAGS:-} \
  test/esp/xfrm_test.c lib/port/xfrm/*.c lib/access/esp_keys.c lib/base/secret.c -lmnl -o "$build/xfrm_test"
test/esp/uml.sh env XFRM_TEST="$build/xfrm_test" /usr/bin/python3 -B test/esp/esp_test.py "$@"
[ $# -gt 0 ] || exec test/esp/register.sh
