# SPDX-License-Identifier: Apache-2.0
# The part over lwIP: against lwIP itself, which pkg-config finds, and compiled as devices have it.
.PHONY: lwip lwip-here lwip-compile
lwip: $(EX)/pcscf lwip-compile ## sockets of lwIP, and a registration from a UE on lwIP to the example P-CSCF over a TAP device
	$(call again,lwip) WITH_LWIP=yes PCSCF=$(abspath $(EX)/pcscf) lwip-here
LWIP_TEST := $(B)/test/lwip/sockets $(B)/test/lwip/ue
$(B)/test/lwip/%.o: PART_CFLAGS = $(LWIP_CFLAGS)
$(LWIP_TEST): %: %.o $(B)/test/lwip/stack.o $(B)/test/support/net_bench.o $(B)/libimstls.a
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) $^ $(CHECK_LIBS) $(LINK_LIBS) -o $@
lwip-here: lib $(LWIP_TEST)
	PARTS='$(PARTS)' NM='$(NM)' SIZE='$(SIZE)' test/symbols.sh $(SHARED) $(B)/libimstls.a
	$(B)/test/lwip/sockets
	/usr/bin/python3 -B test/lwip/run.py $(B)/test/lwip/ue $(PCSCF)

# lwIP's own headers as on a device, which has no others, with what such a build has or lacks.
LWIP_BUILDS := -DLWIP_IPV6=1+-DLWIP_DNS=1+-DSO_REUSE=1 -DLWIP_DNS=0 -DLWIP_SOCKET_POLL=0 \
  -DLWIP_IPV4=0+-DLWIP_IPV6=1+-DLWIP_DNS=1+-DLWIP_SOCKET_SELECT=0
lwip-compile:
	@for with in $(LWIP_BUILDS); do for file in lib/port/lwip/*.c; do \
	  $(CC) -std=c11 $(WARN) -DIMSTLS_WITH_LWIP -Iinclude -Ilib -isystem test/lwip/stock -isystem /usr/include/lwip \
	    $$(echo $$with | tr + ' ') -fsyntax-only $$file || exit 1; done; echo "compiles with $$with"; done
