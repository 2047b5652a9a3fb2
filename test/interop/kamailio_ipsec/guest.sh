#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# In the guest of test/esp/uml.sh: Kamailio and home.py in namespace `pcscf`, then the command, with the namespace `ue`
# at hand; without a command the runs of ue.py, each with a Kamailio of its own. CORE: options of home.py.
# Logs stay in /mnt.
set -u
here=$(cd "$(dirname "$0")" && pwd)
export PYTHONPATH=$here/../../e2e:$here/../../esp PYTHONDONTWRITEBYTECODE=1
python=/usr/bin/python3
mkdir -p /run/kamailio

# with COMMAND...: the command beside a P-CSCF and a core
with() {
  : >/mnt/core.log
  # shellcheck disable=SC2086  # options are words
  ip netns exec pcscf $python "$here/../home.py" 10.9.0.2:5070 /mnt/core.log ${CORE---reauth --options} &
  core=$!
  ip netns exec pcscf kamailio -DD -E -f "$here/kamailio.cfg" -Y /run/kamailio -m 64 -M 8 >>/mnt/kamailio.log 2>&1 &
  kamailio=$!
  for _ in $(seq 200); do
    ip netns exec pcscf ss -Hlnt | grep -q ':5060 ' && [ -s /mnt/core.log ] && break
    kill -0 "$kamailio" 2>/dev/null || break
    sleep 0.1
  done
  "$@"
  rc=$?
  kill "$kamailio" "$core"
  wait "$kamailio" "$core" 2>/dev/null
  return "$rc"
}

if [ $# -gt 0 ]; then
  with "$@"
  exit
fi
failed=0
runs=$($python "$here/ue.py")
[ -n "$runs" ] || { echo "guest.sh: ue.py names no runs"; exit 1; }
for run in $runs; do
  with $python "$here/ue.py" "$run" || failed=1
done
exit "$failed"
