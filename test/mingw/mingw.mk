# SPDX-License-Identifier: Apache-2.0
# Windows: library and softphone by mingw-w64, with mbedTLS from Debian's source; they run under Wine.
.PHONY: mingw run-mingw
MINGW_MBEDTLS = $(abspath build/mbedtls-3.6-mingw)
MINGW_LIBS = $(MINGW_MBEDTLS)/lib/libmbedtls.a $(MINGW_MBEDTLS)/lib/libmbedx509.a $(MINGW_MBEDTLS)/lib/libmbedcrypto.a
mingw: $(EX)/pcscf ## for Windows by mingw-w64: library and softphone.exe, which registers with our pcscf under Wine
	$(Q)test/matrix/mbedtls_src.sh 3.6-mingw
	$(call again,mingw) CROSS_COMPILE=x86_64-w64-mingw32- WITH_PCSC=no WITH_XFRM=no WITH_CARES=no PCSCF=$(abspath $(EX)/pcscf) \
	  MBEDTLS_CFLAGS='-isystem $(MINGW_MBEDTLS)/include' MBEDTLS_LIBS='$(MINGW_LIBS) -lws2_32 -lbcrypt' run-mingw
$(B)/test/winsock_test.exe: test/mingw/winsock_test.c $(B)/libimstls.a
	@mkdir -p $(@D)
	$(Q)$(CC) $(BASE_CFLAGS) $(POSIX) $(CPPFLAGS) $(CFLAGS) $(LDFLAGS) $^ $(LINK_LIBS) -o $@
run-mingw: lib examples $(B)/test/winsock_test.exe
	NM='$(NM)' PCSCF='$(PCSCF)' /usr/bin/python3 -B test/mingw/run.py $(B) $(EX)
