# SPDX-License-Identifier: Apache-2.0
# What a program can see without running the code.
.PHONY: lint format symbols
SHELL_FILES = $(shell grep -rlE '^\#!/(bin/(ba)?sh|usr/bin/env bash)' .ci test examples --include=* 2>/dev/null)
lint: format-check lint-style lint-headers lint-symbols lint-shell lint-size stack lint-tidy lint-cppcheck ## every static check
.PHONY: lint-style lint-headers lint-symbols lint-shell lint-tidy lint-cppcheck lint-man man
lint-style: lint-man
	test/lint.sh
	@python3 -B test/lint_check.py
	@python3 -B test/dense.py $(LIB_SRC) $(wildcard lib/without/*.c) $(CRYPTO_NOT)
	python3 -B test/vectors_used.py
	python3 -B doc/picture.py --check
# What a program says of its options, its events, and its man page.
MAN_OF := $(EX)/softphone $(EX)/gateway $(EX)/pcscf
lint-man: $(MAN_OF)
	@python3 -B doc/events.py
	@python3 -B doc/man.py --check $(EX)
man: $(MAN_OF) ## the chapters of the man pages that the programs know
	@python3 -B doc/man.py $(EX)
lint-headers: # public headers alone, in every language they promise
	@for h in include/imstls/*.h; do for std in c99 c11 c++17; do \
	  case $$std in c++*) x=c++ w= ;; *) x=c w='-Wstrict-prototypes' ;; esac; \
	  printf '#include <imstls/%s>\n' "$${h##*/}" | $(CC) -x $$x -std=$$std -Wall -Wextra -Wpedantic -Wundef $$w -Werror \
	    -Iinclude $(MBEDTLS_CFLAGS) -fsyntax-only - || { echo "$$h fails as $$std" >&2; exit 1; }; done; done
lint-symbols: lib # exported names against the golden list; static names keep to our prefixes
	NM='$(NM)' SIZE='$(SIZE)' PARTS='$(PARTS)' test/symbols.sh $(SHARED) $(B)/libimstls.a
	NM='$(NM)' python3 -B test/circles.py $(LIB_OBJ)
symbols: lint-symbols
lint-shell:
	shellcheck -e SC2317 $(SHELL_FILES) # called by name or by trap
TIDY_SRC = $(LIB_SRC) $(wildcard lib/without/*.c) $(EX_SRC) examples/adapters/bridge.c
TIDY_CFLAGS = $(BASE_CFLAGS) $(POSIX) -Ilib
# Of a device without an operating system: newlib's headers, and of the system's none but mbedTLS's.
TIDY_BARE = $(wildcard examples/baremetal/*.c)
NEWLIB ?= /usr/include/newlib
lint-tidy: lint-tidy-bare
	@[ -n "$(TIDY_SRC)" ] || $(call nothing,C sources)
	printf '%s\n' $(TIDY_SRC) | xargs -P2 -n4 sh -c 'clang-tidy --quiet --warnings-as-errors="*" "$$@" -- $(TIDY_CFLAGS) \
	  $(CRYPTO_$(CRYPTO)) -Iexamples $(PART_CFLAGS) 2>$(B)/tidy-err.$$$$ || { cat $(B)/tidy-err.$$$$; exit 1; }' tidy
	@# the twin that this build does not have
	clang-tidy --quiet --warnings-as-errors="*" $(CRYPTO_NOT) -- $(TIDY_CFLAGS) $(if $(filter psa,$(CRYPTO)),,$(CRYPTO_psa)) \
	  2>$(B)/tidy-err.twin || { cat $(B)/tidy-err.twin; exit 1; }
.PHONY: lint-tidy-bare
lint-tidy-bare:
	@[ -e $(NEWLIB)/nano/newlib.h ] || { echo "lint: no newlib in $(NEWLIB): make deps lint" >&2; exit 1; }
	@mkdir -p $(B)/tidy-include; ln -sfn $(MBEDTLS_INCLUDE)/mbedtls $(B)/tidy-include/mbedtls
	clang-tidy --quiet --warnings-as-errors="*" $(TIDY_BARE) -- --target=arm-none-eabi -mcpu=cortex-m4 -mthumb -std=c11 \
	  -Iinclude -Iexamples -isystem $(NEWLIB)/nano -isystem $(NEWLIB) -isystem $(B)/tidy-include -isystem examples/baremetal \
	  -DMBEDTLS_CONFIG_FILE='"mbedtls_ue_config.h"' $(BM_EX_CFLAGS) 2>$(B)/tidy-err.bare || { cat $(B)/tidy-err.bare; exit 1; }
lint-cppcheck:
	cppcheck --quiet --std=c11 --enable=warning,performance,portability --inline-suppr --error-exitcode=1 \
	  --suppressions-list=.ci/cppcheck.txt -j2 $(HAVE) -Iinclude -Ilib -Iexamples lib examples

FORMAT_FILES = $(filter-out %_vectors.h,$(wildcard include/imstls/*.h lib/*/*.[ch] lib/client/*/*.[ch] lib/port/*/*.[ch] examples/*.[ch] examples/adapters/*.[ch] examples/baremetal/*.[ch] \
  test/*.[ch] test/*/*.[ch] test/*/*/*.[ch] test/*/*/*/*.[ch]))
format: ## rewrites the C sources as .clang-format says
	clang-format -i $(FORMAT_FILES)
.PHONY: format-check
format-check:
	@clang-format --dry-run --Werror $(FORMAT_FILES) && echo "format: $(words $(FORMAT_FILES)) files"
