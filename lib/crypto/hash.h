/* SPDX-License-Identifier: Apache-2.0 */
/* What hmac.c wants of a cryptographic library: crypto_mbedtls.c, or crypto_psa.c with CRYPTO=psa. */
#ifndef IMSTLS_CRYPTO_HASH_H
#define IMSTLS_CRYPTO_HASH_H

#include <stddef.h>
#include <stdint.h>

enum { IMSTLS_I_HASH_MD5, IMSTLS_I_HASH_SHA1, IMSTLS_I_HASH_SHA256, IMSTLS_I_HASH_COUNT };

/* Octets of a hash that is under way, on the stack of whoever makes it. An operation of PSA may be of any hash. */
#ifdef IMSTLS_CRYPTO_PSA
enum { IMSTLS_I_HASH_ROOM = 256 };
#else
enum { IMSTLS_I_HASH_ROOM = 128 };
#endif

typedef struct imstls_i_hash {
  int kind;
  uint64_t opaque[IMSTLS_I_HASH_ROOM / 8];
} imstls_i_hash;

/* 0, or anything else: failed. imstls_i_hash_end() is due even then. */
int imstls_i_hash_start(imstls_i_hash *hash, int kind);
int imstls_i_hash_update(imstls_i_hash *hash, const uint8_t *ptr, size_t len);
int imstls_i_hash_finish(imstls_i_hash *hash, uint8_t *out); /* it may be started again */
void imstls_i_hash_end(imstls_i_hash *hash);                 /* wipes */

#endif
