# SPDX-License-Identifier: Apache-2.0
# Windows: library and softphone by mingw-w64, with mbedTLS from Debian's source; they run under Wine.
.PHONY: mingw mingw-unit run-mingw
MINGW_MBEDTLS = $(abspath build/mbedtls-3.6-mingw)
MINGW_LIBS = $(MINGW_MBEDTLS)/lib/libmbedtls.a $(MINGW_MBEDTLS)/lib/libmbedx509.a $(MINGW_MBEDTLS)/lib/libmbedcrypto.a
MINGW_CHECK = $(abspath build/check-mingw)
WINE ?= $(or $(shell command -v wine64),/usr/lib/wine/wine64)
for_mingw = $(call again,mingw) CROSS_COMPILE=x86_64-w64-mingw32- WITH_PCSC=no WITH_XFRM=no WITH_CARES=no \
  MBEDTLS_CFLAGS='-isystem $(MINGW_MBEDTLS)/include -isystem $(MINGW_CHECK)/include' MBEDTLS_LIBS='$(MINGW_LIBS) -lws2_32 -lbcrypt'
mingw: $(EX)/pcscf ## for Windows by mingw-w64: library and softphone.exe, which registers with our pcscf under Wine
	$(Q)test/matrix/mbedtls_src.sh 3.6-mingw
	$(for_mingw) PCSCF=$(abspath $(EX)/pcscf) run-mingw
# What is parsed and computed, where long has 32 bits beside pointers of 64
MINGW_SUITES ?= token token2 end_point keys digest challenge authorization accepted secagree milenage tuak diagnose response digest_answer \
  base der crypto sqn usim_soft cert_name sip_message sip_outbound sip_frame sip_param sip_reply sip_uri sip_stamp sip_refuse reginfo xml \
  identity vectors client_flow client_challenges client_deregister tls_mbedtls tls_hello
mingw-unit: ## libcheck suites of MINGW_SUITES on Windows, under Wine
	$(Q)test/matrix/mbedtls_src.sh 3.6-mingw && test/mingw/check_src.sh $(MINGW_CHECK)
	$(for_mingw) CHECK_LIBS='$(MINGW_CHECK)/lib/libcheck.a -static -lwinpthread' CK_RUN_SUITE='$(MINGW_SUITES)' \
	  RUN='env CK_FORK=no WINEDEBUG=-all WINEPREFIX=$(abspath $(call sub,mingw))/wine $(WINE)' check-unit
$(B)/test/winsock_test.exe: test/mingw/winsock_test.c test/support/net_bench.c $(B)/libimstls.a
	@mkdir -p $(@D)
	$(Q)$(CC) $(BASE_CFLAGS) $(POSIX) $(CPPFLAGS) -Itest/support $(CFLAGS) $(LDFLAGS) $^ $(LINK_LIBS) -o $@
run-mingw: lib examples $(B)/test/winsock_test.exe
	NM='$(NM)' PCSCF='$(PCSCF)' /usr/bin/python3 -B test/mingw/run.py $(B) $(EX)
