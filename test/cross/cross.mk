# SPDX-License-Identifier: Apache-2.0
# Other machines: the tests under qemu-user, the core alone on a Cortex-M4.
.PHONY: cross cross-all cortexm armhf arm64 s390x i386 size
cross: armhf cortexm ## armhf tests under qemu-user; core compiled for Cortex-M4
cross-all: armhf arm64 s390x i386 cortexm ## the tests on each machine under qemu-user, 32 bits and big-endian too
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
CROSS_WITHOUT ?=
armhf arm64 s390x i386: # CROSS_WITHOUT="suite ...": an emulated machine takes ten times as long
	$(Q)test/cross/sysroot.sh $@ $(SYSROOT)
	$(call again,$@) CROSS_COMPILE=$(triplet_$@)- WITH_PCSC=no WITH_XFRM=no WITH_CARES=no CHECK_WITHOUT='$(CROSS_WITHOUT)' \
	  MBEDTLS_CFLAGS='-isystem $(SYSROOT)/usr/include' \
	  LDFLAGS='-L$(SYSROOT)/usr/lib/$(or $(dir_$@),$(triplet_$@)) -Wl,-rpath-link,$(SYSROOT)/lib/$(or $(dir_$@),$(triplet_$@))' \
	  RUN='env CK_TIMEOUT_MULTIPLIER=10 qemu-$(qemu_$@)-static -L $(SYSROOT)' check-unit fuzz-replay

# All but port/ without a host: mbedTLS headers alone beside newlib's own
M4 = $(call sub,cortexm)
M4_CC = arm-none-eabi-gcc -mcpu=cortex-m4 -mthumb -Os -ffunction-sections -fdata-sections
FLASH_SRC = lib/port/usim/soft.c test/cross/flash.c
MBEDTLS_INCLUDE ?= /usr/include
cortexm:
	@[ -n "$(CORE_SRC)" ] || $(call nothing,sources in lib/)
	@mkdir -p $(M4)/inc; for d in mbedtls psa; do [ ! -d $(MBEDTLS_INCLUDE)/$$d ] || ln -sfn $(MBEDTLS_INCLUDE)/$$d $(M4)/inc/$$d; done
	$(Q)for f in $(CORE_SRC) $(FLASH_SRC); do o=$(M4)/$${f%.c}.o; mkdir -p "$${o%/*}"; \
	  $(M4_CC) -std=c11 $(WARN) $(WITHOUT_FLAG) -Iinclude -Ilib -isystem $(M4)/inc -c $$f -o $$o || exit 1; done
	@arm-none-eabi-size -t $(patsubst %.c,$(M4)/%.o,$(CORE_SRC)) | tail -1 | awk '{ print "all objects: " $$1 " octets of text, " $$2 " of data, " $$3 " of bss" }'
	$(Q)$(M4_CC) -nostdlib -Wl,--gc-sections,--unresolved-symbols=ignore-all,-e,main,-Map=$(M4)/flash.map \
	  $(patsubst %.c,$(M4)/%.o,$(CORE_SRC) $(FLASH_SRC)) -o $(M4)/flash.elf

# Ceilings are in test/cross/size.txt: what passes one fails here.
SIZE_ALL = $(call sub,cortexm)/flash.map
SIZE_MINIMAL = build/minimal-cortexm/flash.map
.PHONY: lint-size
lint-size: SIZE_CHECK = --check
size lint-size: cortexm
	+$(Q)$(MAKE) --no-print-directory IMSTLS_PROFILE=minimal B=build/minimal cortexm
	python3 -B test/cross/size.py $(SIZE_CHECK) all=$(SIZE_ALL) minimal=$(SIZE_MINIMAL)
size: ## octets of flash on a Cortex-M4, whole and minimal, by folder and file; writes doc/size.md
