# SPDX-License-Identifier: Apache-2.0
# GNU make. `make help` lists the targets.
CC ?= cc
B ?= build/$(or $(VARIANT),default)
WARN = -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes -Wvla -Wundef -Werror
CFLAGS ?= -O2 -g
ALL_CFLAGS = -std=c11 $(WARN) -fvisibility=hidden -fPIC -Iinclude -Ilib $(MBEDTLS_CFLAGS) $(CFLAGS)
MBEDTLS_LIBS ?= -lmbedtls -lmbedx509 -lmbedcrypto
LIB_SRC = $(wildcard lib/*/*.c)
LIB_OBJ = $(LIB_SRC:%.c=$(B)/%.o)
TEST_SRC = $(wildcard test/check_*.c)
TEST_OBJ = $(TEST_SRC:%.c=$(B)/%.o)

$(B)/%.o: %.c
	@mkdir -p $(@D)
	$(CC) -D_POSIX_C_SOURCE=200809L $(ALL_CFLAGS) -MMD -c $< -o $@
$(B)/vectors.h: test/vectors.json test/gen_vectors.py include/imstls/error.h
	@mkdir -p $(@D)
	python3 test/gen_vectors.py test/vectors.json include/imstls/error.h > $@.tmp && mv $@.tmp $@
$(TEST_OBJ): $(B)/vectors.h
$(TEST_OBJ): ALL_CFLAGS += -Itest -I$(B)
$(B)/libimstls.a: $(LIB_OBJ)
	rm -f $@; $(AR) rcs $@ $^
$(B)/check: $(TEST_OBJ) $(B)/libimstls.a
	$(CC) $(CFLAGS) $(LDFLAGS) $^ -lcheck -lsubunit -lm -lrt -pthread $(MBEDTLS_LIBS) -o $@
.PHONY: check lib
lib: $(B)/libimstls.a
check: $(B)/check
	$(B)/check
-include $(LIB_OBJ:.o=.d) $(TEST_OBJ:.o=.d)
