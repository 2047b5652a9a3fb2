#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# uml.sh COMMAND [ARG...]: boots user-mode Linux on this machine's own root, read-only, and runs COMMAND in it as root.
# There the namespaces `ue` (10.9.0.1, fd09::1, device u0) and `pcscf` (10.9.0.2, fd09::2, p0) are joined by a veth,
# and the kernel has ESP. Only $UML_OUT is writable inside, as /mnt; it stays. Programs under /run or /mnt are not
# seen, and address sanitizer finds no room. The result is COMMAND's; 99: the guest did not finish.
# UML_TIMEOUT seconds (110), UML_MEM (384M).
set -u
here=$(cd "$(dirname "$0")" && pwd)
if ! command -v linux.uml >/dev/null; then
  echo "uml.sh: no linux.uml (Debian package user-mode-linux)" >&2
  exit 77
fi
out=${UML_OUT:-$(mktemp -d)}
mkdir -p "$out" /lib/modules
{
  echo '#!/bin/bash'
  printf 'cd %q || exit 99\n' "$PWD"
  printf 'exec'
  printf ' %q' "$@"
  echo
} >"$out/cmd.sh"
rm -f "$out/rc"
dir=$(mktemp -d)
without=() env=()
if grep -qw amx_tile /proc/cpuinfo; then # see no_xstate.py
  without=("$here/no_xstate.py")
  env=("GLIBC_TUNABLES=glibc.cpu.hwcaps=-AVX,-AVX2,-AVX512F,-AVX512VL,-AVX512BW,-AVX_Fast_Unaligned_Load"
    "OPENSSL_ia32cap=~0x1000000010000000:~0x20")
fi
timeout -k 5 "${UML_TIMEOUT:-110}" ${without[@]+"${without[@]}"} linux.uml mem="${UML_MEM:-384M}" uml_dir="$dir" \
  umid=u rootfstype=hostfs rootflags=/ ro init="$here/guest_init.sh" UML_OUT="$out" ${env[@]+"${env[@]}"} \
  con=null con0=fd:0,fd:1 quiet loglevel=1 \
  </dev/null 2>/dev/null | tr -d '\r' | grep -v '^reboot: System halted$'
rc=$(cat "$out/rc" 2>/dev/null || echo 99)
rm -rf "$dir"
[ -n "${UML_OUT:-}" ] || rm -rf "$out"
exit "$rc"
