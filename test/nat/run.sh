#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Two UEs behind one NAT, in the user-mode-linux guest of test/esp: run.sh [PART OF A TEST'S NAME]. About a minute.
# 77: cannot run here. EXAMPLES_DIR: where softphone and pcscf are.
set -eu
cd "$(dirname "$0")/../.."
for tool in linux.uml iptables-legacy conntrack ip modprobe; do
  if ! command -v "$tool" >/dev/null; then
    echo "run.sh: no $tool (make deps nat)" >&2
    exit 77
  fi
done
examples=$(realpath "${EXAMPLES_DIR:-build/examples}")
UML_TIMEOUT=${UML_TIMEOUT:-240} exec test/esp/uml.sh /usr/bin/python3 -B test/nat/nat_test.py "$examples" "$@"
