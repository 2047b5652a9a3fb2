/* SPDX-License-Identifier: Apache-2.0 */
/* crypto/: everything libimstls needs from a cryptographic library, without its types. Nothing here allocates, but
 * PSA for an AES key.
 * Every function returns IMSTLS_OK or IMSTLS_ERR_CRYPTO, and on failure leaves its output zero. */
#ifndef IMSTLS_CRYPTO_CRYPTO_H
#define IMSTLS_CRYPTO_CRYPTO_H

#include <imstls/types.h>

enum { IMSTLS_I_MD5_LEN = 16, IMSTLS_I_SHA1_LEN = 20, IMSTLS_I_SHA256_LEN = 32 };

/* AES-128, one block, encryption only (Milenage). One key schedule serves many blocks. */
typedef struct imstls_i_aes128 {
  uint64_t opaque[36];
} imstls_i_aes128;
int imstls_i_aes128_start(imstls_i_aes128 *aes, const uint8_t key[16]);
int imstls_i_aes128_block(imstls_i_aes128 *aes, const uint8_t in[16], uint8_t out[16]); /* in == out allowed */
void imstls_i_aes128_end(imstls_i_aes128 *aes); /* wipes; also after a failed start */

/* Hashes and HMACs over several parts, as if they were one. */
int imstls_i_md5(const imstls_bytes *parts, size_t count, uint8_t out[16]);
int imstls_i_sha256(const imstls_bytes *parts, size_t count, uint8_t out[32]);
int imstls_i_hmac_md5(imstls_bytes key, const imstls_bytes *parts, size_t count, uint8_t out[16]);
int imstls_i_hmac_sha1(imstls_bytes key, const imstls_bytes *parts, size_t count, uint8_t out[20]);
int imstls_i_hmac_sha256(imstls_bytes key, const imstls_bytes *parts, size_t count, uint8_t out[32]);
/* SHA-384 and SHA-512, for tls-server-end-point alone; bits: 384 or 512. */
int imstls_i_sha512(int bits, imstls_bytes whole, uint8_t out[64]);

/* mbedTLS's calloc and free, for imstls_client_new and _free alone. */
void *imstls_i_calloc(size_t len);
void imstls_i_free(void *ptr);

#endif
