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

has_package = $(shell $(PKG_CONFIG) --exists $1 2>/dev/null && echo yes)
hash := \#
has_header = $(shell echo '$(hash)include <$1>' | $(CC) $(CFLAGS) -E - >/dev/null 2>&1 && echo yes)

include lib/features.mk

# Every variant has its own folder. The default variant's examples are in build/examples, always.
VARIANT ?= $(or $(IMSTLS_PROFILE),default)
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
ifndef WITH_CARES
WITH_CARES := $(shell $(PKG_CONFIG) --exists libcares 2>/dev/null && echo yes || echo no)
endif
# lwIP is a device's network, even where pkg-config finds one: WITH_LWIP=yes, and LWIP_CFLAGS for headers that it does not find.
WITH_LWIP ?= no
LWIP_IN := $(filter yes,$(WITH_LWIP))
ifneq ($(LWIP_IN),)
# another's headers: their warnings are not ours
LWIP_CFLAGS ?= $(subst -I,-isystem ,$(shell $(PKG_CONFIG) --cflags lwip)) -D_DEFAULT_SOURCE
LWIP_LIBS ?= $(shell $(PKG_CONFIG) --libs lwip)
endif
PARTS := $(if $(filter yes,$(WITH_PCSC)),libpcsclite) $(if $(filter yes,$(WITH_XFRM)),libmnl) $(if $(filter yes,$(WITH_CARES)),libcares)
ifneq ($(strip $(PARTS)),)
PART_CFLAGS ?= $(shell $(PKG_CONFIG) --cflags $(PARTS))
PART_LIBS ?= $(shell $(PKG_CONFIG) --libs $(PARTS)) -pthread
endif
HAVE = $(if $(filter yes,$(WITH_PCSC)),-DIMSTLS_WITH_PCSC) $(if $(filter yes,$(WITH_XFRM)),-DIMSTLS_WITH_LIBMNL) \
  $(if $(filter yes,$(WITH_CARES)),-DIMSTLS_WITH_CARES) $(if $(LWIP_IN),-DIMSTLS_WITH_LWIP) $(WITHOUT_FLAG)

# Examples of event loops, where there is such a loop.
LOOPS := loop_poll loop_bare $(if $(call has_header,sys/epoll.h),loop_epoll) $(if $(call has_header,sys/event.h),loop_kqueue) \
  $(if $(call has_package,libuv),loop_uv) $(if $(call has_package,libevent),loop_event)
LOOPS_NOT := $(filter-out $(LOOPS),loop_epoll loop_kqueue loop_uv loop_event)
LOOP_UV_LIBS = $(shell $(PKG_CONFIG) --libs libuv)
LOOP_EVENT_LIBS = $(shell $(PKG_CONFIG) --libs libevent)
LOOP_CFLAGS = $(shell $(PKG_CONFIG) --cflags $(if $(filter loop_uv,$(LOOPS)),libuv) $(if $(filter loop_event,$(LOOPS)),libevent) 2>/dev/null)

WARN = -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes -Wvla -Wundef $(WERROR)
BASE_CFLAGS = -std=c11 $(WARN) $(HAVE) -Iinclude $(MBEDTLS_CFLAGS)
# Only port/, examples and tests may use POSIX, or Windows: what Vista has, and printf as C has it.
SYSTEM_CFLAGS_posix := -D_POSIX_C_SOURCE=200809L -D_FILE_OFFSET_BITS=64
SYSTEM_CFLAGS_windows := -D_WIN32_WINNT=0x0600 -D__USE_MINGW_ANSI_STDIO=1
POSIX = $(SYSTEM_CFLAGS_$(SYSTEM))
# libcheck declares its messages as msvcrt would print them
TEST_CFLAGS_windows := -Wno-format -Wno-format-extra-args
LIB_CFLAGS = $(BASE_CFLAGS) -fPIC -fvisibility=hidden -Ilib $(CRYPTO_$(CRYPTO))
LINK_LIBS = $(MBEDTLS_LIBS) $(if $(strip $(PART_LIBS) $(LWIP_LIBS)),-Wl$(comma)--as-needed $(PART_LIBS) $(LWIP_LIBS))
comma := ,

VERSION := $(shell sed -n 's/.*IMSTLS_VERSION_STRING "\(.*\)"/\1/p' include/imstls/version.h)
SOVERSION := $(firstword $(subst ., ,$(VERSION)))

# ---- sources ----
# Some belong to one system; on Windows cards and captures are missing, and examples/phone_lacks_windows.c says so.
SYSTEM := $(if $(findstring mingw,$(shell $(CC) -dumpmachine 2>/dev/null)),windows,posix)
FOREIGN_posix := lib/port/winsock/% %_windows.c
FOREIGN_windows := lib/port/posix/% %_posix.c examples/phone_card.c examples/phone_capture.c
# mbedtls: its lowest interface; psa: the one that mbedTLS 4 has.
CRYPTO ?= mbedtls
CRYPTO_psa := -DIMSTLS_CRYPTO_PSA
CRYPTO_NOT = $(filter-out lib/crypto/crypto_$(CRYPTO).c,$(wildcard lib/crypto/crypto_*.c))
ours = $(sort $(filter-out $(FOREIGN_$(SYSTEM)),$1))
LIB_SRC := $(call ours,$(filter-out $(foreach f,$(WITHOUT),$(FILES_$f)) lib/without/% $(CRYPTO_NOT),$(wildcard lib/*/*.c lib/client/*/*.c lib/port/*/*.c)) \
  $(WITHOUT:%=lib/without/no_%.c))
CORE_SRC := $(filter-out lib/port/%,$(LIB_SRC))
# What needs processes, descriptors, threads or libc of POSIX
SUITES_NOT_windows := cares ip_address ipsec_xfrm net_posix null tls_dates tls_hybrid tls_lacks tls_threads usim_at usim_at_stray usim_pcsc
SUITES_WITHOUT += $(SUITES_NOT_$(SYSTEM))
FOREIGN_windows += test/support/modem_sim.c test/support/s_server.c
TEST_HELP_SRC := $(call ours,$(wildcard test/support/*.c))
TEST_SRC := $(sort $(filter-out $(foreach s,$(SUITES_WITHOUT),%/check_$s.c),$(wildcard test/check_*.c test/*/check_*.c test/*/*/check_*.c))) $(TEST_HELP_SRC)
PROG_IN := $(sort $(wildcard test/interop/*.c test/e2e/*.c))
TEST_PROG_SRC := $(if $(strip $(PROG_IN)),$(shell grep -lE '^int main[^a-z]' $(PROG_IN)))
FUZZ_SRC := $(sort $(wildcard test/fuzz/fuzz_*.c))
FUZZ_HELP_SRC := $(filter-out $(FUZZ_SRC) test/fuzz/replay_main.c,$(sort $(wildcard test/fuzz/*.c)))
FUZZERS := $(FUZZ_SRC:test/fuzz/fuzz_%.c=%)
EXAMPLES_posix := softphone pcscf gateway minimal values feed messages changes pieces $(LOOPS)
EX_IN_posix := examples/*.c
EXAMPLES_windows := softphone
EX_IN_windows := examples/phone*.c examples/softphone*.c examples/option*.c
EXAMPLES := $(EXAMPLES_$(SYSTEM))
EXE := $(if $(filter windows,$(SYSTEM)),.exe)
EX_SRC := $(filter-out $(LOOPS_NOT:%=examples/%.c),$(call ours,$(wildcard $(EX_IN_$(SYSTEM)))))
# examples/NAME.c and examples/NAME_*.c belong to one program, every other file to all of them
ex_own = $(filter examples/$1.c examples/$1_%.c,$(EX_SRC))
EX_HELP_SRC := $(filter-out $(foreach x,$(EXAMPLES),$(call ex_own,$x)),$(EX_SRC))

obj = $(patsubst %.c,$(B)/%.o,$1)
LIB_OBJ := $(call obj,$(LIB_SRC))
ALL_OBJ := $(call obj,$(LIB_SRC) $(TEST_SRC) $(TEST_PROG_SRC) $(FUZZ_SRC) $(FUZZ_HELP_SRC) test/fuzz/replay_main.c $(EX_SRC) $(wildcard examples/adapters/*.c))
SONAME := libimstls.so.$(SOVERSION)
SHARED := $(B)/libimstls.so.$(VERSION)

# Adapters of other SIP stacks, each where pkg-config finds its stack; what they share is in examples/adapters/bridge.c.
ADAPTERS := $(foreach a,sofia:sofia-sip-ua libre:libre pjsip:libpjproject,$(shell \
  $(PKG_CONFIG) --exists $(lastword $(subst :, ,$a)) 2>/dev/null && echo $(firstword $(subst :, ,$a))))
ADAPTER_PC_sofia := sofia-sip-ua
ADAPTER_PC_libre := libre
ADAPTER_PC_pjsip := libpjproject
# pjlib's headers use bzero; what libre's own re.mk sets is not in its pkg-config file
ADAPTER_CFLAGS_pjsip := -D_DEFAULT_SOURCE
ADAPTER_CFLAGS_libre := -DHAVE_INTTYPES_H -DHAVE_STDBOOL_H -DHAVE_INET6

.PHONY: all lib examples check check-unit check-seeds check-e2e fuzz-replay demo help deps clean install uninstall symbols
all: lib examples ## libraries and examples

# ---- compile ----
# Objects depend on the command line they were made with.
FLAGS_NOW = $(CC) $(LIB_CFLAGS) $(POSIX) $(CFLAGS) $(CPPFLAGS)
.PHONY: force
$(B)/flags: force
	@mkdir -p $(@D); echo '$(FLAGS_NOW)' | cmp -s - $@ || echo '$(FLAGS_NOW)' > $@
$(B)/lib/port/lwip/%.o: PART_CFLAGS = $(LWIP_CFLAGS)
compile = @mkdir -p $(@D)$(if $(Q),; echo '  CC $<' >&2)
$(B)/lib/port/%.o: lib/port/%.c $(B)/flags
	$(compile)
	$(Q)$(CC) $(LIB_CFLAGS) $(POSIX) $(PART_CFLAGS) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c $< -o $@
$(B)/lib/%.o: lib/%.c $(B)/flags
	$(compile)
	$(Q)$(CC) $(LIB_CFLAGS) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c $< -o $@
$(B)/examples/%.o: examples/%.c $(B)/flags
	$(compile)
	$(Q)$(CC) $(BASE_CFLAGS) $(POSIX) -Iexamples $(if $(findstring /loop_,$<),$(LOOP_CFLAGS)) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c $< -o $@
$(B)/test/%.o: test/%.c $(B)/flags
	$(compile)
	$(Q)$(CC) $(BASE_CFLAGS) $(POSIX) $(TEST_CFLAGS_$(SYSTEM)) -Ilib -Itest/support -I$(B) $(PART_CFLAGS) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c $< -o $@

# ---- library ----
lib: $(B)/libimstls.a $(if $(filter posix,$(SYSTEM)),$(B)/libimstls.so) ## static and shared library; for Windows the static one
$(B)/libimstls.a: $(LIB_OBJ)
	@[ -n "$^" ] || $(call nothing,sources in lib/)
	$(Q)rm -f $@; $(AR) rcs $@ $^
$(SHARED): $(LIB_OBJ)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -shared -Wl,-soname,$(SONAME) -Wl,-z,defs -Wl,-z,relro,-z,now $^ $(LINK_LIBS) -o $@
$(B)/libimstls.so: $(SHARED)
	$(Q)ln -sf $(<F) $(B)/$(SONAME); ln -sf $(SONAME) $@

# ---- examples ----
examples: $(EXAMPLES:%=$(EX)/%$(EXE)) $(ADAPTERS:%=$(EX)/%) ## build/examples/softphone, pcscf, gateway, minimal, values, feed, messages, changes, pieces, loop_...
define example
$(EX)/$1$(EXE): $(call obj,$(call ex_own,$1)) $(if $(EX_HELP_SRC),$(B)/examples/libcommon.a) $(B)/libimstls.a
	@[ -n "$(call ex_own,$1)" ] || { echo "examples: no examples/$1.c" >&2; exit 1; }
	@mkdir -p $$(@D)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) $$^ $(LINK_LIBS) $$(EX_LIBS) -o $$@
endef
$(EX)/loop_uv: EX_LIBS = $(LOOP_UV_LIBS)
$(EX)/loop_event: EX_LIBS = $(LOOP_EVENT_LIBS)
$(foreach x,$(EXAMPLES),$(eval $(call example,$x)))
# Headers of another's are read as the system's: their warnings are not ours.
define adapter
$(B)/examples/adapters/$1.o: PART_CFLAGS = $$(subst -I,-isystem ,$$(shell $$(PKG_CONFIG) --cflags $$(ADAPTER_PC_$1))) $$(ADAPTER_CFLAGS_$1)
$(EX)/$1: $(call obj,examples/adapters/$1.c examples/adapters/bridge.c) $(B)/examples/libcommon.a $(B)/libimstls.a
	@mkdir -p $$(@D)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) $$^ $$$$($$(PKG_CONFIG) --libs $$(ADAPTER_PC_$1)) $(LINK_LIBS) -o $$@
endef
$(foreach a,$(ADAPTERS),$(eval $(call adapter,$a)))
$(B)/examples/adapters/%.o: examples/adapters/%.c $(B)/flags
	$(compile)
	$(Q)$(CC) $(BASE_CFLAGS) $(POSIX) -Iexamples -Iexamples/adapters $(PART_CFLAGS) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c $< -o $@
$(B)/examples/libcommon.a: $(call obj,$(EX_HELP_SRC))
	$(Q)rm -f $@; $(AR) rcs $@ $^

# ---- tests ----
check: check-unit fuzz-replay check-e2e ## all tests
$(B)/check$(EXE): $(call obj,$(TEST_SRC)) $(B)/libimstls.a
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) $^ $(CHECK_LIBS) $(LINK_LIBS) -o $@
SUITES = $(filter-out $(SUITES_WITHOUT),$(shell sed -n 's/^SUITE(\([a-z_0-9]*\))$$/\1/p' test/suites.h))
$(B)/suites_here.h: test/suites.h $(B)/flags
	$(Q)printf 'SUITE(%s)\n' $(SUITES) > $@
$(B)/test/check_main.o: $(B)/suites_here.h
CLIENT_SUITES = $(filter client%,$(SUITES))
# A process each, JOBS at a time: what one suite leaves in memory would make every later fork slow.
run_suites = printf '%s\n' $1 | xargs -P$(JOBS) -I@ sh -c \
  'out=$$($2 CK_RUN_SUITE=@ $(RUN) $(B)/check$(EXE) 2>&1); rc=$$?; printf "%s\n" "$$out"; exit $$rc'
CHECK_WITHOUT ?=
check-unit: $(B)/check$(EXE) ## the libcheck suites, the client's also with key handles; CK_RUN_SUITE=name for one, CHECK_WITHOUT="name ..."
	@[ -n "$(SUITES)" ] || $(call nothing,test/suites.h)
	@$(call run_suites,$(or $(CK_RUN_SUITE),$(filter-out $(CHECK_WITHOUT),$(SUITES))))
	@echo "The client's suites once more, with key handles instead of octets:"
	@$(if $(CK_RUN_SUITE),,$(call run_suites,$(filter-out $(CHECK_WITHOUT),$(CLIENT_SUITES)),IMSTLS_TEST_KEYS=handle))
SEEDS ?= 20
check-seeds: $(B)/check$(EXE) ## the client's suites with other randomness, SEEDS times
	@for seed in $$(seq $(SEEDS)); do echo "seed $$seed:"; \
	  $(call run_suites,$(filter-out $(CHECK_WITHOUT),$(CLIENT_SUITES)),IMSTLS_TEST_SEED=$$seed) || exit 1; done
ifneq ($(wildcard test/gen_vectors.py),)
$(B)/vectors.h: test/gen_vectors.py test/vectors.json include/imstls/error.h
	@mkdir -p $(@D)
	$(Q)python3 $^ > $@
$(call obj,$(TEST_SRC)): | $(B)/vectors.h
endif
$(B)/test/libhelp.a: $(call obj,$(TEST_HELP_SRC) $(FUZZ_HELP_SRC))
	$(Q)rm -f $@; $(AR) rcs $@ $^

# Programs of test/ with a main of their own, for scripts: build/<variant>/test/NAME
TEST_PROG := $(TEST_PROG_SRC:%.c=$(B)/%)
$(B)/test/interop/export_server: PROG_LIBS = -lssl -lcrypto
$(B)/test/interop/osip: PROG_LIBS = -losipparser2
$(TEST_PROG): %: %.o $(B)/test/libhelp.a $(B)/libimstls.a
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) $^ $(CHECK_LIBS) $(LINK_LIBS) $(PROG_LIBS) -o $@

# What needs kqueue is tried everywhere: over epoll where there is none.
$(B)/test/loop_kqueue: examples/loop_kqueue.c test/kqueue/kqueue.c test/kqueue/sys/event.h $(B)/examples/libcommon.a $(B)/libimstls.a
	@mkdir -p $(@D)
	$(Q)$(CC) $(BASE_CFLAGS) $(POSIX) -D_DEFAULT_SOURCE -Iexamples -Itest/kqueue $(CPPFLAGS) $(CFLAGS) $(LDFLAGS) $(filter %.c %.a,$^) \
	  $(LINK_LIBS) -o $@

# Scripts find the programs through these.
SCRIPT_ENV = IMSTLS_BUILD=$(abspath $(B)) EXAMPLES_DIR=$(abspath $(EX)) CC="$(CC)" PYTHON=/usr/bin/python3
run_scripts = for script in $1; do echo "== $$script"; $(SCRIPT_ENV) $$script || exit 1; done
check-e2e: examples $(B)/test/e2e/load $(B)/test/loop_kqueue ## the examples as separate processes, against hostile peers too
	/usr/bin/python3 test/e2e/ims.py
	/usr/bin/python3 -B test/e2e/token2.py
	/usr/bin/python3 -B test/e2e/kamailio.py
	$(SCRIPT_ENV) test/e2e/run.py

$(B)/fuzz/replay_%: $(B)/test/fuzz/fuzz_%.o $(B)/test/fuzz/replay_main.o $(B)/test/libhelp.a $(B)/libimstls.a
	@mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) $(filter %.o,$^) $(filter %.a,$^) $(LINK_LIBS) -o $@
# what the gateway does with a message, without its sockets
$(B)/fuzz/replay_gateway_text $(B)/fuzz/fuzz_gateway_text: $(call obj,examples/gateway_text.c examples/gateway_address.c)
fuzz-replay: $(FUZZERS:%=$(B)/fuzz/replay_%) ## every fuzz corpus once, with any compiler
	@$(if $(FUZZERS),,$(call nothing,test/fuzz/fuzz_*.c))
	@for f in $(FUZZERS); do $(RUN) $(B)/fuzz/replay_$$f test/fuzz/corpus/$$f || exit 1; done

DEMO := $(wildcard examples/demo.sh)
demo: examples ## all figures of the proposal, a man in the middle, what is refused: a verdict for each
	@$(if $(DEMO),$(SCRIPT_ENV) $(DEMO),$(call nothing,examples/demo.sh))

# ---- further gates, each beside what it runs ----
include test/profiles.mk
include test/checkers.mk test/lint.mk test/fuzz/fuzz.mk test/cross/cross.mk test/mingw/mingw.mk test/baremetal/baremetal.mk test/matrix/matrix.mk test/soak/soak.mk test/core/core.mk test/lwip/lwip.mk \
  test/more.mk

include pkgconfig/install.mk

deps: ## installs what is missing; `make deps lint` also what lint needs
	@.ci/deps
clean: ## removes build/
	rm -rf build
help: ## this list
	@sed -n 's/^\([a-z0-9-]*\):.*## \(.*\)/  \1\t\2/p' $(filter-out %.d,$(MAKEFILE_LIST)) | expand -t 16

-include $(ALL_OBJ:.o=.d)
endif
