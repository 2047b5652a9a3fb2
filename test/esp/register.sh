#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# softphone and pcscf over ESP in the guest, then the softphone through Kamailio's IPsec P-CSCF:
# register.sh [PART OF A TEST'S NAME]. About two minutes. 77: cannot run here.
# EXAMPLES_DIR: where softphone and pcscf are.
set -eu
cd "$(dirname "$0")/../.."
examples=$(realpath "${EXAMPLES_DIR:-build/examples}")
for program in softphone pcscf; do
  if [ ! -x "$examples/$program" ]; then
    echo "register.sh: no $examples/$program: run make" >&2
    exit 1
  fi
done
failed=0
UML_TIMEOUT=200 test/esp/uml.sh /usr/bin/python3 -B test/esp/register_test.py "$examples" "$@" || failed=1
[ $# -eq 0 ] || exit $failed
for transport in tcp udp; do
  CORE='--reauth --options --expires=8' UML_TIMEOUT=100 test/interop/kamailio_ipsec.sh \
    /usr/bin/python3 -B test/esp/register_test.py "$examples" --kamailio $transport || failed=1
done
exit $failed
