#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# First process of the guest that uml.sh boots: modules, two namespaces on a veth, then the command.
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/run/tmp TMPDIR=/run/tmp
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev 2>/dev/null # some kernels have done it
mount -t tmpfs run /run
mkdir -p /run/tmp /run/netns
mount -t hostfs none /mnt -o "$UML_OUT"
# The host's root lies below, read-only; its /lib/modules knows nothing of this kernel.
mount -t tmpfs modules /lib/modules
ln -s "/usr/lib/uml/modules/$(uname -r)" /lib/modules/
for m in ipv6 veth cryptomgr xfrm_user esp4 esp6 authenc echainiv cbc ecb hmac md5 sha1_generic des_generic \
  crypto_null sha512_generic drbg; do
  modprobe "$m" 2>/dev/null
done
ip link set lo up
ip netns add ue
ip netns add pcscf
ip link add u0 netns ue type veth peer name p0 netns pcscf
for end in "ue u0 10.9.0.1 fd09::1" "pcscf p0 10.9.0.2 fd09::2"; do
  read -r ns dev v4 v6 <<<"$end"
  ip -n "$ns" link set lo up
  ip -n "$ns" addr add "$v4/24" dev "$dev"
  ip -n "$ns" addr add "$v6/64" dev "$dev" nodad
  ip -n "$ns" link set "$dev" up
done
echo "guest up after $(cut -d' ' -f1 /proc/uptime) s, kernel $(uname -r)"
bash /mnt/cmd.sh </dev/null
echo $? >/mnt/rc
sync
exec halt -f -p
