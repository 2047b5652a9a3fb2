# SPDX-License-Identifier: Apache-2.0
# libFuzzer; needs clang. The corpora are replayed by `make check`, with any compiler.
.PHONY: fuzz
# Findings and grown corpora stay in build/fuzz; a finding belongs into test/fuzz/corpus/NAME as a regression.
FUZZ_SAN = -fsanitize=address,undefined -fno-sanitize-recover=all
fuzz: ## every harness under libFuzzer for FUZZ_SECONDS
	@$(if $(FUZZERS),,$(call nothing,test/fuzz/fuzz_*.c))
	$(call again,fuzz) CC='$(CLANG)' CFLAGS='-O1 -g -fno-omit-frame-pointer -fsanitize=fuzzer-no-link $(FUZZ_SAN)' run-fuzzers
.PHONY: run-fuzzers
$(B)/fuzz/fuzz_%: $(B)/test/fuzz/fuzz_%.o $(B)/test/libhelp.a $(B)/libimstls.a
	@mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS) -fsanitize=fuzzer $(LDFLAGS) $(filter %.o,$^) $(filter %.a,$^) $(LINK_LIBS) -o $@
run-fuzzers: $(FUZZERS:%=$(B)/fuzz/fuzz_%)
	@for f in $(FUZZERS); do mkdir -p $(B)/corpus/$$f; echo "== fuzz $$f, $(FUZZ_SECONDS) s"; \
	  d=; [ ! -e test/fuzz/$$f.dict ] || d=-dict=test/fuzz/$$f.dict; \
	  $(B)/fuzz/fuzz_$$f $$d -max_total_time=$(FUZZ_SECONDS) -timeout=30 -rss_limit_mb=2048 -print_final_stats=1 \
	    -artifact_prefix=$(B)/finding-$$f- $(B)/corpus/$$f test/fuzz/corpus/$$f > $(B)/$$f.log 2>&1 \
	    || { tail -60 $(B)/$$f.log; exit 1; }; \
	  grep -E 'number_of_executed|new_units_added' $(B)/$$f.log; done
