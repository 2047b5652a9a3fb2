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

#if defined(MBEDTLS_SHA512_C) && (MBEDTLS_VERSION_NUMBER < 0x03000000 || defined(MBEDTLS_SHA384_C))
#define HAVE_SHA512 1
#else
#define HAVE_SHA512 0
#endif

typedef union contexts {
  mbedtls_md5_context md5;
  mbedtls_sha1_context sha1;
  mbedtls_sha256_context sha256;
#if HAVE_SHA512
  mbedtls_sha512_context sha512;
#endif
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
  case IMSTLS_I_HASH_SHA256: mbedtls_sha256_init(ctx); return RET(mbedtls_sha256_starts)(ctx, 0);
#if HAVE_SHA512
  default: mbedtls_sha512_init(ctx); return RET(mbedtls_sha512_starts)(ctx, kind == IMSTLS_I_HASH_SHA384);
#else
  default: return -1;
#endif
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
  case IMSTLS_I_HASH_SHA256: return RET(mbedtls_sha256_update)(ctx, ptr, len);
#if HAVE_SHA512
  default: return RET(mbedtls_sha512_update)(ctx, ptr, len);
#else
  default: return -1;
#endif
  }
}

int imstls_i_hash_finish(imstls_i_hash *h, uint8_t *out)
{
  void *ctx = h->opaque;
  switch (h->kind) {
  case IMSTLS_I_HASH_MD5: return RET(mbedtls_md5_finish)(ctx, out);
  case IMSTLS_I_HASH_SHA1: return RET(mbedtls_sha1_finish)(ctx, out);
  case IMSTLS_I_HASH_SHA256: return RET(mbedtls_sha256_finish)(ctx, out);
#if HAVE_SHA512
  default: return RET(mbedtls_sha512_finish)(ctx, out);
#else
  default: return -1;
#endif
  }
}

void imstls_i_hash_end(imstls_i_hash *h) { imstls_wipe(h, sizeof *h); /* none of the contexts owns anything */ }

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
