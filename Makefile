# SPDX-License-Identifier: Apache-2.0
# GNU make. `make help` lists the targets; `make deps GOAL` first installs what GOAL needs.

# `deps` beside other goals: packages first, then a fresh make that sees what is installed now, also with -j.
ifneq ($(and $(filter deps,$(MAKECMDGOALS)),$(filter-out deps,$(MAKECMDGOALS))),)
REST := $(filter-out deps,$(MAKECMDGOALS))
.PHONY: deps rest $(REST)
deps:
	@.ci/deps $(REST)
rest: deps
	+@$(MAKE) --no-print-directory $(REST)
$(REST): rest
	@:
else

MAKEFLAGS += -r
.DELETE_ON_ERROR:
.SECONDARY:

# ---- settings: on the command line or in the environment ----
ifneq ($(filter default undefined,$(origin CC)),)
CC := $(CROSS_COMPILE)$(if $(CROSS_COMPILE),gcc,cc)
endif
ifneq ($(filter default undefined,$(origin AR)),)
AR := $(CROSS_COMPILE)ar
endif
NM ?= $(CROSS_COMPILE)nm
SIZE ?= $(CROSS_COMPILE)size
CLANG ?= clang
PKG_CONFIG ?= $(CROSS_COMPILE)pkg-config
CFLAGS ?= -O2 -g
WERROR ?= -Werror
MBEDTLS_LIBS ?= -lmbedtls -lmbedx509 -lmbedcrypto
CHECK_LIBS ?= -lcheck -lsubunit -lm -lrt -pthread
PREFIX ?= /usr/local
LIBDIR ?= $(PREFIX)/lib
INCLUDEDIR ?= $(PREFIX)/include
MANDIR ?= $(PREFIX)/share/man
FUZZ_SECONDS ?= 60
# What runs a test program, such as qemu-arm-static
RUN ?=
V ?= 0
Q := $(if $(filter 1,$(V)),,@)

# Every variant has its own folder. The default variant's examples are in build/examples, always.
VARIANT ?= default
B ?= build/$(VARIANT)
EX ?= $(if $(filter build/default,$(B)),build/examples,$(B)/examples)
sub = $(if $(filter build/default,$(B)),build/$1,$(B)-$1)
again = +$(Q)$(MAKE) --no-print-directory B=$(call sub,$1) EX=$(call sub,$1)/examples
nothing = { echo "$@: nothing to do: no $1" >&2; exit 1; }

# Parts that need another library are whole where pkg-config finds it; WITH_PCSC=no makes one answer "unsupported".
ifndef WITH_PCSC
WITH_PCSC := $(shell $(PKG_CONFIG) --exists libpcsclite 2>/dev/null && echo yes || echo no)
endif
ifndef WITH_XFRM
WITH_XFRM := $(shell $(PKG_CONFIG) --exists libmnl 2>/dev/null && echo yes || echo no)
endif
PARTS := $(if $(filter yes,$(WITH_PCSC)),libpcsclite) $(if $(filter yes,$(WITH_XFRM)),libmnl)
ifneq ($(strip $(PARTS)),)
PART_CFLAGS ?= $(shell $(PKG_CONFIG) --cflags $(PARTS))
PART_LIBS ?= $(shell $(PKG_CONFIG) --libs $(PARTS)) -pthread
endif
HAVE = $(if $(filter yes,$(WITH_PCSC)),-DIMSTLS_WITH_PCSC) $(if $(filter yes,$(WITH_XFRM)),-DIMSTLS_WITH_LIBMNL)

WARN = -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes -Wvla -Wundef $(WERROR)
BASE_CFLAGS = -std=c11 $(WARN) $(HAVE) -Iinclude $(MBEDTLS_CFLAGS)
# Only port/, examples and tests may use POSIX.
POSIX = -D_POSIX_C_SOURCE=200809L -D_FILE_OFFSET_BITS=64
LIB_CFLAGS = $(BASE_CFLAGS) -fPIC -fvisibility=hidden -Ilib
LINK_LIBS = $(MBEDTLS_LIBS) $(if $(strip $(PART_LIBS)),-Wl$(comma)--as-needed $(PART_LIBS))
comma := ,

VERSION := $(shell sed -n 's/.*IMSTLS_VERSION_STRING "\(.*\)"/\1/p' include/imstls/version.h)
SOVERSION := $(firstword $(subst ., ,$(VERSION)))

# ---- sources ----
LIB_SRC := $(sort $(wildcard lib/*/*.c))
CORE_SRC := $(filter-out lib/port/%,$(LIB_SRC))
TEST_ALL := $(sort $(wildcard test/*.c))
PROG_IN := $(filter-out test/check_main.c,$(TEST_ALL)) $(sort $(wildcard test/interop/*.c test/e2e/*.c))
TEST_PROG_SRC := $(if $(strip $(PROG_IN)),$(shell grep -lE '^int main[^a-z]' $(PROG_IN)))
TEST_SRC := $(filter-out $(TEST_PROG_SRC),$(TEST_ALL))
TEST_HELP_SRC := $(filter-out test/check_%.c,$(TEST_SRC))
FUZZ_SRC := $(sort $(wildcard test/fuzz/fuzz_*.c))
FUZZ_HELP_SRC := $(filter-out $(FUZZ_SRC) test/fuzz/replay_main.c,$(sort $(wildcard test/fuzz/*.c)))
FUZZERS := $(FUZZ_SRC:test/fuzz/fuzz_%.c=%)
EXAMPLES := softphone pcscf minimal
EX_SRC := $(sort $(wildcard examples/*.c))
# examples/NAME.c and examples/NAME_*.c belong to one program, every other file to all of them
ex_own = $(filter examples/$1.c examples/$1_%.c,$(EX_SRC))
EX_HELP_SRC := $(filter-out $(foreach x,$(EXAMPLES),$(call ex_own,$x)),$(EX_SRC))

obj = $(patsubst %.c,$(B)/%.o,$1)
LIB_OBJ := $(call obj,$(LIB_SRC))
ALL_OBJ := $(call obj,$(LIB_SRC) $(TEST_ALL) $(TEST_PROG_SRC) $(FUZZ_SRC) $(FUZZ_HELP_SRC) test/fuzz/replay_main.c $(EX_SRC))
SONAME := libimstls.so.$(SOVERSION)
SHARED := $(B)/libimstls.so.$(VERSION)

.PHONY: all lib examples check check-unit check-e2e fuzz-replay demo help deps clean install uninstall symbols
all: lib examples ## libraries and examples

# ---- compile ----
# Objects depend on the command line they were made with.
FLAGS_NOW = $(CC) $(LIB_CFLAGS) $(POSIX) $(CFLAGS) $(CPPFLAGS)
.PHONY: force
$(B)/flags: force
	@mkdir -p $(@D); echo '$(FLAGS_NOW)' | cmp -s - $@ || echo '$(FLAGS_NOW)' > $@
compile = @mkdir -p $(@D)$(if $(Q),; echo '  CC $<' >&2)
$(B)/lib/port/%.o: lib/port/%.c $(B)/flags
	$(compile)
	$(Q)$(CC) $(LIB_CFLAGS) $(POSIX) $(PART_CFLAGS) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c $< -o $@
$(B)/lib/%.o: lib/%.c $(B)/flags
	$(compile)
	$(Q)$(CC) $(LIB_CFLAGS) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c $< -o $@
$(B)/examples/%.o: examples/%.c $(B)/flags
	$(compile)
	$(Q)$(CC) $(BASE_CFLAGS) $(POSIX) -Iexamples $(CPPFLAGS) $(CFLAGS) -MMD -MP -c $< -o $@
$(B)/test/%.o: test/%.c $(B)/flags
	$(compile)
	$(Q)$(CC) $(BASE_CFLAGS) $(POSIX) -Ilib -Itest -I$(B) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c $< -o $@

# ---- library ----
lib: $(B)/libimstls.a $(B)/libimstls.so ## static and shared library
$(B)/libimstls.a: $(LIB_OBJ)
	@[ -n "$^" ] || $(call nothing,sources in lib/)
	$(Q)rm -f $@; $(AR) rcs $@ $^
$(SHARED): $(LIB_OBJ)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -shared -Wl,-soname,$(SONAME) -Wl,-z,defs -Wl,-z,relro,-z,now $^ $(LINK_LIBS) -o $@
$(B)/libimstls.so: $(SHARED)
	$(Q)ln -sf $(<F) $(B)/$(SONAME); ln -sf $(SONAME) $@

# ---- examples ----
examples: $(EXAMPLES:%=$(EX)/%) ## build/examples/softphone, pcscf, minimal
define example
$(EX)/$1: $(call obj,$(call ex_own,$1)) $(if $(EX_HELP_SRC),$(B)/examples/libcommon.a) $(B)/libimstls.a
	@[ -n "$(call ex_own,$1)" ] || { echo "examples: no examples/$1.c" >&2; exit 1; }
	@mkdir -p $$(@D)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) $$^ $(LINK_LIBS) -o $$@
endef
$(foreach x,$(EXAMPLES),$(eval $(call example,$x)))
$(B)/examples/libcommon.a: $(call obj,$(EX_HELP_SRC))
	$(Q)rm -f $@; $(AR) rcs $@ $^

# ---- tests ----
check: check-unit fuzz-replay check-e2e ## all tests
$(B)/check: $(call obj,$(TEST_SRC)) $(B)/libimstls.a
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) $^ $(CHECK_LIBS) $(LINK_LIBS) -o $@
CLIENT_SUITES = $(shell sed -n 's/^SUITE(\(client[a-z_0-9]*\))$$/\1/p' test/suites.h)
check-unit: $(B)/check ## the libcheck suites, the client's also with key handles; CK_RUN_SUITE=name for one
	$(RUN) $(B)/check
	@echo "The client's suites once more, with key handles instead of octets:"
	@for suite in $(if $(CK_RUN_SUITE),,$(CLIENT_SUITES)); do \
	  IMSTLS_TEST_KEYS=handle CK_RUN_SUITE=$$suite $(RUN) $(B)/check || exit 1; done
ifneq ($(wildcard test/gen_vectors.py),)
$(B)/vectors.h: test/gen_vectors.py test/vectors.json include/imstls/error.h
	@mkdir -p $(@D)
	$(Q)python3 $^ > $@
$(call obj,$(TEST_ALL)): | $(B)/vectors.h
endif
$(B)/test/libhelp.a: $(call obj,$(TEST_HELP_SRC) $(FUZZ_HELP_SRC))
	$(Q)rm -f $@; $(AR) rcs $@ $^

# Programs of test/ with a main of their own, for scripts: build/<variant>/test/NAME
TEST_PROG := $(TEST_PROG_SRC:%.c=$(B)/%)
$(B)/test/interop/export_server: PROG_LIBS = -lssl -lcrypto
$(B)/test/interop/osip: PROG_LIBS = -losipparser2
$(TEST_PROG): %: %.o $(B)/test/libhelp.a $(B)/libimstls.a
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) $^ $(CHECK_LIBS) $(LINK_LIBS) $(PROG_LIBS) -o $@

# Scripts find the programs through these.
SCRIPT_ENV = IMSTLS_BUILD=$(abspath $(B)) EXAMPLES_DIR=$(abspath $(EX)) CC="$(CC)" PYTHON=/usr/bin/python3
run_scripts = for script in $1; do echo "== $$script"; $(SCRIPT_ENV) $$script || exit 1; done
check-e2e: $(EX)/softphone $(EX)/pcscf ## the examples as separate processes, against hostile peers too
	/usr/bin/python3 test/e2e/ims.py
	/usr/bin/python3 -B test/e2e/token2.py
	$(SCRIPT_ENV) test/e2e/run.py

$(B)/fuzz/replay_%: $(B)/test/fuzz/fuzz_%.o $(B)/test/fuzz/replay_main.o $(B)/test/libhelp.a $(B)/libimstls.a
	@mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) $^ $(LINK_LIBS) -o $@
fuzz-replay: $(FUZZERS:%=$(B)/fuzz/replay_%) ## every fuzz corpus once, with any compiler
	@$(if $(FUZZERS),,$(call nothing,test/fuzz/fuzz_*.c))
	@for f in $(FUZZERS); do $(RUN) $(B)/fuzz/replay_$$f test/fuzz/corpus/$$f || exit 1; done

DEMO := $(wildcard examples/demo.sh)
demo: examples ## P-CSCF and softphone on loopback, the flow as a ladder
	@$(if $(DEMO),$(SCRIPT_ENV) $(DEMO),$(call nothing,examples/demo.sh))

# Each guard of the client's table removed in turn must turn a test red.
.PHONY: mutation
mutation: $(call obj,$(wildcard test/check_client_*.c test/fake*.c)) $(B)/libimstls.a ## can the client's tests fail?
	test/mutation.sh $(B) '$(CC)' '$(LIB_CFLAGS) $(POSIX) $(CPPFLAGS) $(CFLAGS) -Itest' '$(CHECK_LIBS) $(LINK_LIBS)'

# ---- checkers ----
.PHONY: asan ubsan valgrind fuzz lint format cov size symbols
SAN_FLAGS = -O1 -g -fno-omit-frame-pointer -fno-sanitize-recover=all
asan: ## all tests under AddressSanitizer
	$(call again,asan) CFLAGS='$(SAN_FLAGS) -fsanitize=address' CK_TIMEOUT_MULTIPLIER=4 check
ubsan: ## all tests under UndefinedBehaviorSanitizer
	$(call again,ubsan) CFLAGS='$(SAN_FLAGS) -fsanitize=undefined' CK_TIMEOUT_MULTIPLIER=4 check
# A suite a process, JOBS at a time: valgrind takes thirty times as long.
VALGRIND = valgrind -q --error-exitcode=99 --leak-check=full
JOBS ?= 2
VALGRIND_SECONDS ?= 300
valgrind: ## the libcheck suites and the corpora under valgrind
	$(call again,valgrind) CFLAGS='-O1 -g' RUN='$(VALGRIND)' fuzz-replay run-valgrind
.PHONY: run-valgrind
run-valgrind: $(B)/check
	@sed -n 's/^SUITE(\(.*\)).*/\1/p' test/suites.h | xargs -P$(JOBS) -I@ sh -c 'CK_FORK=no CK_RUN_SUITE=@ \
	  timeout $(VALGRIND_SECONDS) $(VALGRIND) $(B)/check > $(B)/@.log 2>&1 && echo "valgrind @: `tail -1 $(B)/@.log`" || { cat $(B)/@.log; echo "valgrind @: failed, or took longer than $(VALGRIND_SECONDS) s"; exit 1; }'

# Findings and grown corpora stay in build/fuzz; a finding belongs into test/fuzz/corpus/NAME as a regression.
FUZZ_SAN = -fsanitize=address,undefined -fno-sanitize-recover=all
fuzz: ## every harness under libFuzzer for FUZZ_SECONDS
	@$(if $(FUZZERS),,$(call nothing,test/fuzz/fuzz_*.c))
	$(call again,fuzz) CC='$(CLANG)' CFLAGS='-O1 -g -fno-omit-frame-pointer -fsanitize=fuzzer-no-link $(FUZZ_SAN)' run-fuzzers
.PHONY: run-fuzzers
$(B)/fuzz/fuzz_%: $(B)/test/fuzz/fuzz_%.o $(B)/test/libhelp.a $(B)/libimstls.a
	@mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS) -fsanitize=fuzzer $(LDFLAGS) $^ $(LINK_LIBS) -o $@
run-fuzzers: $(FUZZERS:%=$(B)/fuzz/fuzz_%)
	@for f in $(FUZZERS); do mkdir -p $(B)/corpus/$$f; echo "== fuzz $$f, $(FUZZ_SECONDS) s"; \
	  d=; [ ! -e test/fuzz/$$f.dict ] || d=-dict=test/fuzz/$$f.dict; \
	  $(B)/fuzz/fuzz_$$f $$d -max_total_time=$(FUZZ_SECONDS) -timeout=10 -rss_limit_mb=2048 -print_final_stats=1 \
	    -artifact_prefix=$(B)/finding-$$f- $(B)/corpus/$$f test/fuzz/corpus/$$f > $(B)/$$f.log 2>&1 \
	    || { tail -60 $(B)/$$f.log; exit 1; }; \
	  grep -E 'number_of_executed|new_units_added' $(B)/$$f.log; done

SHELL_FILES = $(shell grep -rlE '^\#!/(bin/(ba)?sh|usr/bin/env bash)' .ci test examples --include=* 2>/dev/null)
lint: lint-style lint-headers lint-symbols lint-shell lint-tidy lint-cppcheck ## every static check
.PHONY: lint-style lint-headers lint-symbols lint-shell lint-tidy lint-cppcheck
lint-style:
	test/lint.sh
	python3 -B test/vectors_used.py
lint-headers: # public headers alone, in every language they promise
	@for h in include/imstls/*.h; do for std in c99 c11 c++17; do \
	  case $$std in c++*) x=c++ w= ;; *) x=c w='-Wstrict-prototypes' ;; esac; \
	  printf '#include <imstls/%s>\n' "$${h##*/}" | $(CC) -x $$x -std=$$std -Wall -Wextra -Wpedantic -Wundef $$w -Werror \
	    -Iinclude $(MBEDTLS_CFLAGS) -fsyntax-only - || { echo "$$h fails as $$std" >&2; exit 1; }; done; done
lint-symbols: lib # exported names against the golden list; static names keep to our prefixes
	NM='$(NM)' SIZE='$(SIZE)' PARTS='$(PARTS)' test/symbols.sh $(SHARED) $(B)/libimstls.a
symbols: lint-symbols
lint-shell:
	shellcheck -e SC2317 $(SHELL_FILES) # called by name or by trap
TIDY_SRC = $(LIB_SRC) $(EX_SRC)
lint-tidy:
	@[ -n "$(TIDY_SRC)" ] || $(call nothing,C sources)
	printf '%s\n' $(TIDY_SRC) | xargs -P2 -n4 sh -c 'clang-tidy --quiet --warnings-as-errors="*" "$$@" -- $(BASE_CFLAGS) $(POSIX) \
	  -Ilib -Iexamples $(PART_CFLAGS) 2>$(B)/tidy-err.$$$$ || { cat $(B)/tidy-err.$$$$; exit 1; }' tidy
lint-cppcheck:
	cppcheck --quiet --std=c11 --enable=warning,performance,portability --inline-suppr --error-exitcode=1 \
	  --suppressions-list=.ci/cppcheck.txt -j2 $(HAVE) -Iinclude -Ilib -Iexamples lib examples

FORMAT_FILES = $(wildcard include/imstls/*.h lib/*/*.[ch] examples/*.[ch] test/*.[ch] test/fuzz/*.[ch])
format: ## rewrites every C file as .clang-format says
	clang-format -i $(FORMAT_FILES)
.PHONY: format-check
format-check:
	clang-format --dry-run --Werror $(FORMAT_FILES)

cov: ## line coverage of lib/ by all tests
	@rm -rf $(call sub,cov)
	$(call again,cov) CFLAGS='-O0 -g --coverage -fprofile-update=atomic' check
	@test/cov.sh $(call sub,cov) $(LIB_SRC)

size: lib ## octets of every object, here and on a Cortex-M4
	$(SIZE) -t $(B)/libimstls.a
	$(Q)$(MAKE) --no-print-directory cortexm

# ---- other machines and versions ----
.PHONY: cross cortexm armhf arm64 s390x i386 matrix interop esp bench abi docs nightly
cross: armhf cortexm ## armhf tests under qemu-user; core compiled for Cortex-M4
SYSROOT = build/sysroot-$@
triplet_armhf = arm-linux-gnueabihf
triplet_arm64 = aarch64-linux-gnu
triplet_s390x = s390x-linux-gnu
triplet_i386 = i686-linux-gnu
dir_i386 = i386-linux-gnu
qemu_armhf = arm
qemu_arm64 = aarch64
qemu_s390x = s390x
qemu_i386 = i386
armhf arm64 s390x i386:
	$(Q)test/cross/sysroot.sh $@ $(SYSROOT)
	$(call again,$@) CROSS_COMPILE=$(triplet_$@)- WITH_PCSC=no WITH_XFRM=no \
	  MBEDTLS_CFLAGS='-isystem $(SYSROOT)/usr/include' \
	  LDFLAGS='-L$(SYSROOT)/usr/lib/$(or $(dir_$@),$(triplet_$@)) -Wl,-rpath-link,$(SYSROOT)/lib/$(or $(dir_$@),$(triplet_$@))' \
	  RUN='env CK_TIMEOUT_MULTIPLIER=10 qemu-$(qemu_$@)-static -L $(SYSROOT)' check-unit fuzz-replay

# All but port/ without a host: mbedTLS headers alone beside newlib's own
M4 = $(call sub,cortexm)
M4_CC = arm-none-eabi-gcc -mcpu=cortex-m4 -mthumb -Os -ffunction-sections -fdata-sections
FLASH_SRC = lib/port/usim_soft.c test/cross/flash.c
MBEDTLS_INCLUDE ?= /usr/include
cortexm:
	@[ -n "$(CORE_SRC)" ] || $(call nothing,sources in lib/)
	@mkdir -p $(M4)/inc; for d in mbedtls psa; do [ ! -d $(MBEDTLS_INCLUDE)/$$d ] || ln -sfn $(MBEDTLS_INCLUDE)/$$d $(M4)/inc/$$d; done
	$(Q)for f in $(CORE_SRC) $(FLASH_SRC); do o=$(M4)/$${f%.c}.o; mkdir -p "$${o%/*}"; \
	  $(M4_CC) -std=c11 $(WARN) -Iinclude -Ilib -isystem $(M4)/inc -c $$f -o $$o || exit 1; done
	arm-none-eabi-size -t $(patsubst %.c,$(M4)/%.o,$(CORE_SRC))
	@echo 'linked: the client and a software USIM, without mbedTLS and libc'
	$(Q)$(M4_CC) -nostdlib -Wl,--gc-sections,--unresolved-symbols=ignore-all,-e,main \
	  $(patsubst %.c,$(M4)/%.o,$(CORE_SRC) $(FLASH_SRC)) -o $(M4)/flash.elf
	arm-none-eabi-size $(M4)/flash.elf

MATRIX ?= 2.28 3.6
matrix: ## all tests against mbedTLS 2.28 and 3.6 from Debian's sources; with 3.6 also Kamailio over TLS 1.3
	@[ -x test/matrix/mbedtls_src.sh ] || $(call nothing,test/matrix/mbedtls_src.sh)
	+@for v in $(MATRIX); do echo "== mbedTLS $$v"; d=$$(test/matrix/mbedtls_src.sh $$v | tail -1) && [ -d "$$d" ] || exit 1; \
	  $(MAKE) --no-print-directory B=$(call sub,matrix)-$$v EX=$(call sub,matrix)-$$v/examples MBEDTLS_CFLAGS="-isystem $$d/include" \
	    MBEDTLS_LIBS="$$d/lib/libmbedtls.a $$d/lib/libmbedx509.a $$d/lib/libmbedcrypto.a" check || exit 1; done
	$(if $(filter 3.6,$(MATRIX)),test/interop/kamailio.sh $(call sub,matrix)-3.6/examples/softphone 1.3)

INTEROP := $(sort $(wildcard test/interop/*.sh))
interop: examples $(TEST_PROG) ## against servers and programs that are not ours
	@$(if $(INTEROP),$(call run_scripts,$(INTEROP)),$(call nothing,test/interop/*.sh))
ESP := $(wildcard test/esp/run.sh)
esp: examples ## IPsec in user-mode Linux
	@$(if $(ESP),$(call run_scripts,$(ESP)),$(call nothing,test/esp/run.sh))
bench: lib examples ## instruction counts and memory beside other stacks; BENCH_JSON=1
	@$(SCRIPT_ENV) BENCH_JSON=$(BENCH_JSON) test/bench/run.py

abi: lib ## the shared library against the last release's
	@test/abi.sh $(SHARED)
docs: ## the public headers as HTML in build/docs
	@mkdir -p build/docs
	(cat doc/Doxyfile; echo 'PROJECT_NUMBER = $(VERSION)') | doxygen -

nightly: ## everything, and longer
	+$(Q)$(MAKE) --no-print-directory check lint asan ubsan valgrind cov docs
	+$(Q)$(MAKE) --no-print-directory fuzz FUZZ_SECONDS=600
	+$(Q)$(MAKE) --no-print-directory cross arm64 interop matrix esp demo bench

# ---- install ----
PC_PRIVATE = $(MBEDTLS_LIBS) $(PART_LIBS)
$(B)/imstls.pc: pkgconfig/imstls.pc.in force
	$(Q)mkdir -p $(@D); sed -e 's|@PREFIX@|$(PREFIX)|; s|@LIBDIR@|$(LIBDIR)|; s|@INCLUDEDIR@|$(INCLUDEDIR)|' \
	  -e 's|@VERSION@|$(VERSION)|; s|@CFLAGS@|$(MBEDTLS_CFLAGS)|; s|@LIBS_PRIVATE@|$(strip $(PC_PRIVATE))|' $< > $@
MAN1 = $(wildcard doc/*.1)
install: lib $(B)/imstls.pc ## library, headers, pkg-config file, man pages; DESTDIR, PREFIX
	install -d $(DESTDIR)$(INCLUDEDIR)/imstls $(DESTDIR)$(LIBDIR)/pkgconfig $(DESTDIR)$(MANDIR)/man1
	install -m 644 include/imstls/*.h $(DESTDIR)$(INCLUDEDIR)/imstls
	install -m 644 $(B)/libimstls.a $(DESTDIR)$(LIBDIR)
	install -m 755 $(SHARED) $(DESTDIR)$(LIBDIR)
	ln -sf $(notdir $(SHARED)) $(DESTDIR)$(LIBDIR)/$(SONAME)
	ln -sf $(SONAME) $(DESTDIR)$(LIBDIR)/libimstls.so
	install -m 644 $(B)/imstls.pc $(DESTDIR)$(LIBDIR)/pkgconfig
	install -m 644 $(MAN1) $(DESTDIR)$(MANDIR)/man1
uninstall: ## takes away what install put there
	rm -f $(DESTDIR)$(LIBDIR)/libimstls.a $(DESTDIR)$(LIBDIR)/libimstls.so $(DESTDIR)$(LIBDIR)/$(SONAME) \
	  $(DESTDIR)$(LIBDIR)/$(notdir $(SHARED)) $(DESTDIR)$(LIBDIR)/pkgconfig/imstls.pc $(MAN1:doc/%=$(DESTDIR)$(MANDIR)/man1/%)
	rm -rf $(DESTDIR)$(INCLUDEDIR)/imstls

deps: ## installs what is missing; `make deps lint` also what lint needs
	@.ci/deps
clean: ## removes build/
	rm -rf build
help: ## this list
	@sed -n 's/^\([a-z0-9-]*\):.*## \(.*\)/  \1\t\2/p' $(firstword $(MAKEFILE_LIST)) | expand -t 16

-include $(ALL_OBJ:.o=.d)
endif
