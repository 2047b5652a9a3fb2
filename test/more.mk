# SPDX-License-Identifier: Apache-2.0
# What is not ours, what it costs, and everything at once.
.PHONY: interop esp nat bench bench-rtt bench-page stack abi docs nightly
INTEROP := $(sort $(wildcard test/interop/*.sh))
interop: examples $(TEST_PROG) ## against servers and programs that are not ours
	@$(if $(INTEROP),$(call run_scripts,$(INTEROP)),$(call nothing,test/interop/*.sh))
ESP := $(wildcard test/esp/run.sh)
esp: examples ## IPsec in user-mode Linux
	@$(if $(ESP),$(call run_scripts,$(ESP)),$(call nothing,test/esp/run.sh))
nat: examples ## two UEs behind one NAT, over TLS and over IPsec, in user-mode Linux
	$(SCRIPT_ENV) test/nat/run.sh
bench: lib ## instruction counts, memory, round trips beside other stacks, over two versions of mbedTLS; BENCH_JSON=1
	@$(SCRIPT_ENV) BENCH_JSON=$(BENCH_JSON) test/bench/run.py
STACK = $(call sub,stack)
stack: ## octets of stack below each public function, by gcc's account of calls; fails above test/bench/stack.txt
	$(Q)CCACHE_DISABLE=1 $(MAKE) --no-print-directory B=$(STACK) CFLAGS='-O2 -fcallgraph-info=su' $(STACK)/libimstls.a
	@python3 -B test/bench/stack.py $(STACK)/lib
bench-page: ## doc/performance.md from what `make bench` measured last
	@test/bench/parts/table.py $(B)/bench/bench.json doc/performance.md
bench-rtt: lib ## round trips to a registration with TLS 1.2, 1.3 and resumed, in a network namespace with delay; fails above the goal
	@$(SCRIPT_ENV) BENCH_JSON=$(BENCH_JSON) test/bench/run.py round_trips --strict

.PHONY: bench-storm bench-state
bench-storm: lib examples ## how 1 to 10 000 clients of one process scale; STORM_CLIENTS="1 100 1000" of them over TLS
	$(SCRIPT_ENV) BENCH_JSON=$(BENCH_JSON) test/storm/storm.py
bench-state: lib ## what Linux keeps at a P-CSCF for a UE: TCP and TLS against IPsec
	$(SCRIPT_ENV) BENCH_JSON=$(BENCH_JSON) test/storm/state.py

abi: lib ## the shared library against the last release's
	@test/abi.sh $(SHARED)
docs: ## the public headers as HTML in build/docs, the picture of the table
	doc/picture.py
	@mkdir -p build/docs
	(cat doc/Doxyfile; echo 'PROJECT_NUMBER = $(VERSION)') | doxygen -

nightly: ## everything, and longer
	+$(Q)$(MAKE) --no-print-directory check check-seeds lint install-check asan ubsan tsan valgrind cov docs mutation
	+$(Q)$(MAKE) --no-print-directory fuzz FUZZ_SECONDS=600
	+$(Q)$(MAKE) --no-print-directory cross-all mingw mingw-unit interop core lwip matrix esp nat demo bench bench-storm bench-state
	+$(Q)$(MAKE) --no-print-directory soak SOAK_SECONDS=3600
