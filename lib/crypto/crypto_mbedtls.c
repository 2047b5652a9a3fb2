/* SPDX-License-Identifier: Apache-2.0 */
/* On mbedTLS 2.28 and 3.x by their lowest interface, whose contexts live on the stack: mbedtls_md_setup() allocates. */
#include <mbedtls/aes.h>
#include <mbedtls/md5.h>
#include <mbedtls/sha1.h>
#include <mbedtls/sha256.h>
#include <mbedtls/sha512.h>
#include <mbedtls/version.h>

#include "base/base.h"
#include "crypto/crypto.h"
#include "crypto/hash.h"
#include "crypto/needs.h"

#if MBEDTLS_VERSION_NUMBER < 0x03000000
#define RET(function) function##_ret
#else
#define RET(function) function
#endif

typedef union contexts {
  mbedtls_md5_context md5;
  mbedtls_sha1_context sha1;
  mbedtls_sha256_context sha256;
} contexts;

_Static_assert(sizeof(mbedtls_aes_context) <= sizeof(imstls_i_aes128), "imstls_i_aes128 is too small");
_Static_assert(sizeof(contexts) <= sizeof((imstls_i_hash *)0)->opaque, "imstls_i_hash is too small");

int imstls_i_hash_start(imstls_i_hash *h, int kind)
{
  void *ctx = h->opaque;
  h->kind = kind;
  switch (kind) {
  case IMSTLS_I_HASH_MD5: mbedtls_md5_init(ctx); return RET(mbedtls_md5_starts)(ctx);
  case IMSTLS_I_HASH_SHA1: mbedtls_sha1_init(ctx); return RET(mbedtls_sha1_starts)(ctx);
  default: mbedtls_sha256_init(ctx); return RET(mbedtls_sha256_starts)(ctx, 0);
  }
}

int imstls_i_hash_update(imstls_i_hash *h, const uint8_t *ptr, size_t len)
{
  void *ctx = h->opaque;
  if (len == 0)
    return 0;
  switch (h->kind) {
  case IMSTLS_I_HASH_MD5: return RET(mbedtls_md5_update)(ctx, ptr, len);
  case IMSTLS_I_HASH_SHA1: return RET(mbedtls_sha1_update)(ctx, ptr, len);
  default: return RET(mbedtls_sha256_update)(ctx, ptr, len);
  }
}

int imstls_i_hash_finish(imstls_i_hash *h, uint8_t *out)
{
  void *ctx = h->opaque;
  switch (h->kind) {
  case IMSTLS_I_HASH_MD5: return RET(mbedtls_md5_finish)(ctx, out);
  case IMSTLS_I_HASH_SHA1: return RET(mbedtls_sha1_finish)(ctx, out);
  default: return RET(mbedtls_sha256_finish)(ctx, out);
  }
}

void imstls_i_hash_end(imstls_i_hash *h) { imstls_wipe(h, sizeof *h); /* none of the contexts owns anything */ }

#if defined(MBEDTLS_SHA512_C) && (MBEDTLS_VERSION_NUMBER < 0x03000000 || defined(MBEDTLS_SHA384_C))
static int sha512(int bits, imstls_bytes whole, uint8_t *out)
{
  return RET(mbedtls_sha512)(whole.ptr, whole.len, out, bits == 384);
}
#else
static int sha512(int bits, imstls_bytes whole, uint8_t *out)
{
  (void)bits, (void)whole, (void)out;
  return -1;
}
#endif

int imstls_i_sha512(int bits, imstls_bytes whole, uint8_t out[64])
{
  bool known = bits == 384 || bits == 512;
  if (known && sha512(bits, whole, out) == 0)
    return IMSTLS_OK;
  memset(out, 0, 64);
  return IMSTLS_ERR_CRYPTO;
}

int imstls_i_aes128_start(imstls_i_aes128 *aes, const uint8_t key[16])
{
  void *ctx = aes->opaque;
  mbedtls_aes_init(ctx);
  return mbedtls_aes_setkey_enc(ctx, key, 128) == 0 ? IMSTLS_OK : IMSTLS_ERR_CRYPTO;
}

int imstls_i_aes128_block(imstls_i_aes128 *aes, const uint8_t in[16], uint8_t out[16])
{
  void *ctx = aes->opaque;
  if (mbedtls_aes_crypt_ecb(ctx, MBEDTLS_AES_ENCRYPT, in, out) == 0)
    return IMSTLS_OK;
  imstls_wipe(out, 16);
  return IMSTLS_ERR_CRYPTO;
}

void imstls_i_aes128_end(imstls_i_aes128 *aes) { mbedtls_aes_free((void *)aes->opaque); /* wipes its whole context */ }
