/* SPDX-License-Identifier: Apache-2.0 */
/* The one allocation of libimstls goes through mbedTLS, so that one hook of the application serves both. */
#include "crypto/crypto.h"

#include <mbedtls/platform.h>

void *imstls_i_calloc(size_t len) { return mbedtls_calloc(1, len); }

void imstls_i_free(void *ptr) { mbedtls_free(ptr); }
