# SPDX-License-Identifier: Apache-2.0
# The versions of mbedTLS. Without KEEP_PEER_CERTIFICATE a certificate is taken another way: its libcheck suites show that.
.PHONY: matrix
MATRIX ?= 2.28 3.6 3.6-psa 2.28-nokeep
# With crypto_psa.c: the suites that what it does can change.
PSA_SUITES = crypto milenage tuak diagnose token token2 end_point esp_keys challenge digest_answer usim_soft client_flow client_challenges client_deregister client_resume client_sweep
matrix: ## all tests against mbedTLS 2.28 (also without KEEP_PEER_CERTIFICATE) and 3.6 (also on PSA), from Debian's sources; with 3.6 also Kamailio over TLS 1.3
	@[ -x test/matrix/mbedtls_src.sh ] || $(call nothing,test/matrix/mbedtls_src.sh)
	+@for v in $(MATRIX); do echo "== mbedTLS $$v"; d=$$(test/matrix/mbedtls_src.sh $${v%-psa} | tail -1) && [ -d "$$d" ] || exit 1; \
	  crypto=mbedtls; suites=; \
	  case $$v in *-nokeep) tests=check-unit ;; *-psa) tests=check-unit crypto=psa suites='$(PSA_SUITES)' ;; *) tests=check ;; esac; \
	  $(MAKE) --no-print-directory B=$(call sub,matrix)-$$v EX=$(call sub,matrix)-$$v/examples MBEDTLS_CFLAGS="-isystem $$d/include" \
	    MBEDTLS_LIBS="$$d/lib/libmbedtls.a $$d/lib/libmbedx509.a $$d/lib/libmbedcrypto.a" CRYPTO=$$crypto $${suites:+CK_RUN_SUITE="$$suites"} $$tests || exit 1; done
	$(if $(filter 3.6,$(MATRIX)),test/interop/kamailio.sh $(call sub,matrix)-3.6/examples/softphone 1.3)
