# SPDX-License-Identifier: Apache-2.0
# Every test again, under what watches it: sanitizers, valgrind, coverage; and with each guard removed.
.PHONY: asan ubsan sanitize tsan valgrind cov mutation
SAN_FLAGS = -O1 -g -fno-omit-frame-pointer -fno-sanitize-recover=all
asan: ## all tests under AddressSanitizer
	$(call again,asan) CFLAGS='$(SAN_FLAGS) -fsanitize=address' CK_TIMEOUT_MULTIPLIER=4 check
ubsan: ## all tests under UndefinedBehaviorSanitizer
	$(call again,ubsan) CFLAGS='$(SAN_FLAGS) -fsanitize=undefined' CK_TIMEOUT_MULTIPLIER=4 check
sanitize: ## all tests under both at once
	$(call again,sanitize) CFLAGS='$(SAN_FLAGS) -fsanitize=address,undefined' CK_TIMEOUT_MULTIPLIER=4 check
TSAN ?= 2.28 3.6
tsan: ## threads that share one TLS part, under ThreadSanitizer, with mbedTLS 2.28 and 3.6 built for that
	+@for v in $(TSAN); do echo "== mbedTLS $$v"; d=$$(test/matrix/mbedtls_src.sh $$v-tsan | tail -1) && [ -d "$$d" ] || exit 1; \
	  $(MAKE) --no-print-directory B=$(call sub,tsan)-$$v CFLAGS='$(SAN_FLAGS) -fsanitize=thread' MBEDTLS_CFLAGS="-isystem $$d/include" \
	    MBEDTLS_LIBS="$$d/lib/libmbedtls.a $$d/lib/libmbedx509.a $$d/lib/libmbedcrypto.a" CK_RUN_SUITE=tls_threads check-unit || exit 1; done
# A suite a process, JOBS at a time: valgrind takes thirty times as long.
VALGRIND = valgrind -q --error-exitcode=99 --leak-check=full
JOBS ?= 2
VALGRIND_SECONDS ?= 900
VALGRIND_ONLY ?= $(SUITES)
valgrind: ## the libcheck suites and the corpora under valgrind; VALGRIND_ONLY="suite ..."
	$(call again,valgrind) CFLAGS='-O1 -g' RUN='$(VALGRIND)' fuzz-replay run-valgrind
.PHONY: run-valgrind
run-valgrind: $(B)/check
	@[ -z "$(filter-out $(SUITES),$(VALGRIND_ONLY))" ] || { echo "valgrind: no such suite: $(filter-out $(SUITES),$(VALGRIND_ONLY))" >&2; exit 1; }
	@printf '%s\n' $(filter $(VALGRIND_ONLY),$(SUITES)) | xargs -P$(JOBS) -I@ sh -c 'CK_FORK=no CK_RUN_SUITE=@ \
	  timeout $(VALGRIND_SECONDS) $(VALGRIND) $(B)/check > $(B)/@.log 2>&1 && echo "valgrind @: `tail -1 $(B)/@.log`" || { cat $(B)/@.log; echo "valgrind @: failed, or took longer than $(VALGRIND_SECONDS) s"; exit 1; }'

cov: ## line coverage of lib/ by all tests
	@rm -rf $(call sub,cov)
	$(call again,cov) CFLAGS='-O0 -g --coverage -fprofile-update=atomic' check
	@test/cov.sh $(call sub,cov) $(LIB_SRC)

# Each guard of the table, each refusal of what judges and each limit, removed in turn must turn a test red.
CLIENT_TEST_OBJ = $(call obj,$(filter test/client/% test/link/% test/registration/%,$(TEST_SRC)) \
  $(wildcard test/support/fake*.c))
mutation: $(CLIENT_TEST_OBJ) $(B)/libimstls.a ## can the client's tests fail?
	python3 -B test/mutation.py $(B) '$(CC)' '$(LIB_CFLAGS) $(POSIX) $(CPPFLAGS) $(CFLAGS)' '$(CHECK_LIBS) $(LINK_LIBS)' $(CLIENT_TEST_OBJ)
