# SPDX-License-Identifier: Apache-2.0
"""Prints the test subscriber as options of the softphone. `identity.py FOLDER-OF-PEER.PY [K]`"""
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, sys.argv[1])
from peer import IMPI, IMPU, K, OPC, REALM  # noqa: E402

print("--impi", IMPI, "--impu", IMPU, "--domain", REALM, "--k", (sys.argv[2:] + [""])[0] or K.hex(), "--opc", OPC.hex())
