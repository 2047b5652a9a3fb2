/* SPDX-License-Identifier: Apache-2.0 */
/* Milenage, GCM and CTR_DRBG encrypt alone: nobody calls what is left out here. mbedTLS 3.6 does without by itself
 * (MBEDTLS_BLOCK_CIPHER_NO_DECRYPT); 2.28 has it replaced (MBEDTLS_AES_SETKEY_DEC_ALT, MBEDTLS_AES_DECRYPT_ALT). */
#include <mbedtls/aes.h>

#if defined(MBEDTLS_AES_SETKEY_DEC_ALT) && defined(MBEDTLS_AES_DECRYPT_ALT)

int mbedtls_aes_setkey_dec(mbedtls_aes_context *ctx, const unsigned char *key, unsigned int bits)
{
  (void)ctx;
  (void)key;
  (void)bits;
  return MBEDTLS_ERR_AES_BAD_INPUT_DATA;
}

int mbedtls_internal_aes_decrypt(mbedtls_aes_context *ctx, const unsigned char in[16], unsigned char out[16])
{
  (void)ctx;
  (void)in;
  (void)out;
  return MBEDTLS_ERR_AES_BAD_INPUT_DATA;
}
#endif
