# SPDX-License-Identifier: Apache-2.0
# The versions of mbedTLS. Without KEEP_PEER_CERTIFICATE a certificate is taken another way: its libcheck suites show that.
.PHONY: matrix
MATRIX ?= 2.28 3.6 2.28-nokeep
matrix: ## all tests against mbedTLS 2.28 (also without KEEP_PEER_CERTIFICATE) and 3.6, from Debian's sources; with 3.6 also Kamailio over TLS 1.3
	@[ -x test/matrix/mbedtls_src.sh ] || $(call nothing,test/matrix/mbedtls_src.sh)
	+@for v in $(MATRIX); do echo "== mbedTLS $$v"; d=$$(test/matrix/mbedtls_src.sh $$v | tail -1) && [ -d "$$d" ] || exit 1; \
	  case $$v in *-nokeep) tests=check-unit ;; *) tests=check ;; esac; \
	  $(MAKE) --no-print-directory B=$(call sub,matrix)-$$v EX=$(call sub,matrix)-$$v/examples MBEDTLS_CFLAGS="-isystem $$d/include" \
	    MBEDTLS_LIBS="$$d/lib/libmbedtls.a $$d/lib/libmbedx509.a $$d/lib/libmbedcrypto.a" $$tests || exit 1; done
	$(if $(filter 3.6,$(MATRIX)),test/interop/kamailio.sh $(call sub,matrix)-3.6/examples/softphone 1.3)
