# SPDX-License-Identifier: Apache-2.0
# A whole IMS core that is not ours: Kamailio as P-, I- and S-CSCF, an HSS behind it.
.PHONY: core
core: examples ## softphone, gateway with other softphones, and UEs by hand at a whole IMS core of Kamailio in a network namespace
	$(SCRIPT_ENV) test/core/run.py
.PHONY: call-picture
call-picture: examples ## doc/call.svg: a call between two baresips through that core
	$(SCRIPT_ENV) test/core/ladder.py
