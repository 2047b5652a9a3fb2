# SPDX-License-Identifier: Apache-2.0
# A UE without an operating system, with mbedTLS configured for a UE, in an emulated Cortex-M4.
.PHONY: baremetal baremetal-table baremetal-elf baremetal-row
BAREMETAL ?= 2.28 3.6
# The profile "minimal" with resumption.
BAREMETAL_WITHOUT ?= $(filter-out resume,$(PROFILE_minimal))
BM_BASE = $(abspath $(call sub,baremetal))
# Of TS 35.208 4.3: test set 1
BM_SUBSCRIBER = -DSUBSCRIBER_K='{0x46,0x5b,0x5c,0xe8,0xb1,0x99,0xb4,0x9f,0xaa,0x5f,0x0a,0x2e,0xe2,0x38,0xa6,0xbc}' \
  -DSUBSCRIBER_OPC='{0xcd,0x63,0xcb,0x71,0x95,0x4a,0x9f,0x4e,0x48,0xa5,0x99,0x4e,0x37,0xa0,0x2b,0xaf}'
BM_EX_CFLAGS = -DBOARD_SEGMENT=128 $(BM_SUBSCRIBER)
baremetal: examples ## a registration from inside an emulated Cortex-M4, and what it takes of flash, RAM and stack
	+@set -e; for v in $(BAREMETAL); do d=$$(OUT=$(BM_BASE) SOURCE=1 test/matrix/mbedtls_src.sh $$v); \
	  $(MAKE) --no-print-directory baremetal-elf IMSTLS_WITHOUT='$(BAREMETAL_WITHOUT)' \
	  BM_VERSION=$$v BM_SRC=$$d; done
	test/baremetal/needs.py $(foreach v,$(BAREMETAL),$(BM_BASE)/mbedtls-$v/src)
	$(SCRIPT_ENV) test/baremetal/run.py $(foreach v,$(BAREMETAL),$(BM_BASE)/$v/ue.elf)

# Only 3.6 speaks TLS 1.3, so the P-CSCF of that row is built with it.
BM_PEER = $(call sub,matrix)-3.6
baremetal-table: examples ## what each option of mbedTLS takes on that chip; writes doc/mbedtls-ue.md
	+@set -e; d=$$(test/matrix/mbedtls_src.sh 3.6 | tail -1); $(MAKE) --no-print-directory B=$(BM_PEER) EX=$(BM_PEER)/examples \
	  MBEDTLS_CFLAGS="-isystem $$d/include" MBEDTLS_LIBS="$$d/lib/libmbedtls.a $$d/lib/libmbedx509.a $$d/lib/libmbedcrypto.a" $(BM_PEER)/examples/pcscf
	+$(SCRIPT_ENV) MAKE="$(MAKE)" BASE=$(BM_BASE) WITHOUT='$(BAREMETAL_WITHOUT)' PEER_DIR=$(abspath $(BM_PEER)/examples) test/baremetal/table.py
nightly: baremetal-table

# Below: of one version of mbedTLS, BM_VERSION, whose source is in BM_SRC.
ifdef BM_SRC
BM = $(BM_BASE)/$(or $(BM_ROW),$(BM_VERSION))
BM_CC = arm-none-eabi-gcc -mcpu=cortex-m4 -mthumb -Os -g -flto=auto -ffunction-sections -fdata-sections --specs=nano.specs
BM_MBEDTLS = -DMBEDTLS_CONFIG_FILE='"mbedtls_ue_config.h"' -isystem examples/baremetal -isystem $(BM_SRC)/include $(BAREMETAL_CFLAGS)
BM_CONFIG = examples/baremetal/mbedtls_ue_config.h
BM_EX_SRC = $(wildcard examples/baremetal/*.c) examples/loop_bare_wire.c
BM_LIB_SRC = $(CORE_SRC) $(wildcard lib/port/mbedtls/*.c) lib/port/usim/soft.c
BM_OUR_OBJ = $(patsubst %.c,$(BM)/%.o,$(BM_LIB_SRC) $(BM_EX_SRC))
BM_MBEDTLS_OBJ = $(patsubst $(BM_SRC)/library/%.c,$(BM)/mbedtls/%.o,$(wildcard $(BM_SRC)/library/*.c))
# Objects depend on the command line they were made with, as everywhere.
BM_FLAGS_NOW = $(BM_CC) $(WITHOUT_FLAG) $(BM_MBEDTLS) $(BM_EX_CFLAGS)
$(BM)/flags: force
	@mkdir -p $(@D); echo "$(BM_FLAGS_NOW)" | cmp -s - $@ || echo "$(BM_FLAGS_NOW)" > $@
$(BM)/mbedtls/%.o: $(BM_SRC)/library/%.c $(BM_CONFIG) $(BM)/flags
	@mkdir -p $(@D)
	$(Q)$(BM_CC) $(BM_MBEDTLS) -c $< -o $@
$(BM)/lib/%.o: lib/%.c $(BM_CONFIG) $(BM)/flags
	@mkdir -p $(@D)
	$(Q)$(BM_CC) -std=c11 $(WARN) $(WITHOUT_FLAG) -Iinclude -Ilib $(BM_MBEDTLS) -MMD -MP -c $< -o $@
$(BM)/examples/%.o: examples/%.c $(BM_CONFIG) $(BM)/flags
	@mkdir -p $(@D)
	$(Q)$(BM_CC) -std=c11 $(WARN) $(WITHOUT_FLAG) -Iinclude -Iexamples $(BM_EX_CFLAGS) $(BM_MBEDTLS) -MMD -MP -c $< -o $@
baremetal-elf: $(BM)/ue.elf $(BM)/ue-small-stack.elf
baremetal-row: $(BM)/ue.elf
BM_LINK = $(BM_CC) -nostartfiles -T examples/baremetal/mps2.ld -Wl,--gc-sections
$(BM)/ue.elf: $(BM_OUR_OBJ) $(BM_MBEDTLS_OBJ) examples/baremetal/mps2.ld
	$(Q)$(BM_LINK) $(filter %.o,$^) -Wl,-Map,$(BM)/ue.map -o $@
# The same with too little of it, which must be noticed.
$(BM)/ue-small-stack.elf: $(BM)/ue.elf
	$(Q)$(BM_LINK) -Wl,--defsym=__stack_size=1024 $(BM_OUR_OBJ) $(BM_MBEDTLS_OBJ) -o $@
-include $(BM_OUR_OBJ:.o=.d)
endif
