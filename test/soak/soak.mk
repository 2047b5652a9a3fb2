# SPDX-License-Identifier: Apache-2.0
# Softphones that stay registered for long, whatever happens around them.
.PHONY: soak
SOAK_SECONDS ?= 600
soak: examples ## 20 softphones for SOAK_SECONDS: odd messages, restarts, strangers; prints a verdict for each property
	$(SCRIPT_ENV) test/soak/soak.py --seconds $(SOAK_SECONDS)
