/* SPDX-License-Identifier: Apache-2.0 */
/* On PSA, which is all that mbedTLS 4 shows: CRYPTO=psa. A hash lives on the stack as it does in crypto_mbedtls.c. A
 * key is mbedTLS's, in its memory, from start to end: of an AKA run in software alone, which fails without memory. */
#include <psa/crypto.h>

#include "base/base.h"
#include "crypto/crypto.h"
#include "crypto/hash.h"
#include "crypto/needs_psa.h"

_Static_assert(sizeof(psa_hash_operation_t) <= sizeof((imstls_i_hash *)0)->opaque, "imstls_i_hash is too small");
_Static_assert(sizeof(mbedtls_svc_key_id_t) <= sizeof(imstls_i_aes128), "imstls_i_aes128 is too small");

enum { AES_BLOCK = 16 };

/* Whoever comes first; every later call does nothing. */
static psa_status_t begin(void) { return psa_crypto_init(); }

int imstls_i_hash_start(imstls_i_hash *h, int kind)
{
  static const psa_algorithm_t algorithms[IMSTLS_I_HASH_COUNT] = {
    [IMSTLS_I_HASH_MD5] = PSA_ALG_MD5,
    [IMSTLS_I_HASH_SHA1] = PSA_ALG_SHA_1,
    [IMSTLS_I_HASH_SHA256] = PSA_ALG_SHA_256,
  };
  memset(h, 0, sizeof *h); /* an operation that is not active */
  h->kind = kind;
  psa_status_t status = begin();
  return status == PSA_SUCCESS ? psa_hash_setup((void *)h->opaque, algorithms[kind]) : status;
}

int imstls_i_hash_update(imstls_i_hash *h, const uint8_t *ptr, size_t len)
{
  return len == 0 ? PSA_SUCCESS : psa_hash_update((void *)h->opaque, ptr, len);
}

int imstls_i_hash_finish(imstls_i_hash *h, uint8_t *out)
{
  static const uint8_t lengths[IMSTLS_I_HASH_COUNT] = { IMSTLS_I_MD5_LEN, IMSTLS_I_SHA1_LEN, IMSTLS_I_SHA256_LEN };
  size_t len;
  return psa_hash_finish((void *)h->opaque, out, lengths[h->kind], &len);
}

void imstls_i_hash_end(imstls_i_hash *h)
{
  (void)psa_hash_abort((void *)h->opaque);
  imstls_wipe(h, sizeof *h);
}

int imstls_i_sha512(int bits, imstls_bytes whole, uint8_t out[64])
{
  psa_algorithm_t algorithm = bits == 384 ? PSA_ALG_SHA_384 : PSA_ALG_SHA_512;
  bool known = bits == 384 || bits == 512;
  size_t len;
  if (known && begin() == PSA_SUCCESS &&
      psa_hash_compute(algorithm, whole.ptr, whole.len, out, 64, &len) == PSA_SUCCESS)
    return IMSTLS_OK;
  memset(out, 0, 64);
  return IMSTLS_ERR_CRYPTO;
}

int imstls_i_aes128_start(imstls_i_aes128 *aes, const uint8_t key[16])
{
  psa_key_attributes_t attributes = PSA_KEY_ATTRIBUTES_INIT;
  mbedtls_svc_key_id_t id = MBEDTLS_SVC_KEY_ID_INIT;
  psa_set_key_type(&attributes, PSA_KEY_TYPE_AES);
  psa_set_key_usage_flags(&attributes, PSA_KEY_USAGE_ENCRYPT);
  psa_set_key_algorithm(&attributes, PSA_ALG_ECB_NO_PADDING);
  psa_status_t status = begin();
  if (status == PSA_SUCCESS)
    status = psa_import_key(&attributes, key, AES_BLOCK, &id);
  memcpy(aes->opaque, &id, sizeof id);
  return status == PSA_SUCCESS ? IMSTLS_OK : IMSTLS_ERR_CRYPTO;
}

int imstls_i_aes128_block(imstls_i_aes128 *aes, const uint8_t in[16], uint8_t out[16])
{
  mbedtls_svc_key_id_t id;
  uint8_t block[AES_BLOCK]; /* PSA allows no overlap */
  size_t len = 0;
  memcpy(&id, aes->opaque, sizeof id);
  memcpy(block, in, sizeof block);
  psa_status_t status = psa_cipher_encrypt(id, PSA_ALG_ECB_NO_PADDING, block, sizeof block, out, AES_BLOCK, &len);
  imstls_wipe(block, sizeof block);
  if (status == PSA_SUCCESS && len == AES_BLOCK)
    return IMSTLS_OK;
  imstls_wipe(out, AES_BLOCK);
  return IMSTLS_ERR_CRYPTO;
}

void imstls_i_aes128_end(imstls_i_aes128 *aes)
{
  mbedtls_svc_key_id_t id;
  memcpy(&id, aes->opaque, sizeof id);
  (void)psa_destroy_key(id); /* 0: there is none */
  imstls_wipe(aes, sizeof *aes);
}
