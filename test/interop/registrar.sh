#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# What Kamailio's registrar grants a UE that names its device and flow, and what the softphone makes of that. Needs kamailio;
# loopback only. EXAMPLES_DIR names the folder of the examples.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
PYTHONDONTWRITEBYTECODE=1 exec "${PYTHON:-/usr/bin/python3}" "$here/registrar/registrar.py" \
  "${EXAMPLES_DIR:-$here/../../build/examples}/softphone"
