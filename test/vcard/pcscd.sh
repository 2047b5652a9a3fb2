#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# pcscd.sh FILE: pcscd with vsmartcard's reader, whose settings are written to FILE. Its own port lies among those that the
# system gives to others, so that a test beside it may have it already: here it is one below them.
set -eu
sed 's/0x8C7B/0x55CB/' /etc/reader.conf.d/vpcd >"${1:?usage: pcscd.sh FILE}"
grep -q 0x55CB "$1" || { echo "pcscd.sh: /etc/reader.conf.d/vpcd names no port that is known" >&2; exit 1; }
exec pcscd --foreground --config "$1"
