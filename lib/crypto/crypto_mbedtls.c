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

enum { HASH_MD5, HASH_SHA1, HASH_SHA256, HASH_SHA384, HASH_SHA512 };
enum { BLOCK_LEN = 64 }; /* of MD5, SHA-1 and SHA-256 */

_Static_assert(sizeof(mbedtls_aes_context) <= sizeof(imstls_i_aes128), "imstls_i_aes128 is too small");

typedef struct hash {
  int kind;
  union {
    mbedtls_md5_context md5;
    mbedtls_sha1_context sha1;
    mbedtls_sha256_context sha256;
#if HAVE_SHA512
    mbedtls_sha512_context sha512;
#endif
  } ctx;
} hash;

/* 0 or mbedTLS's error, as of all hash_ functions. hash_end() is due even after a failure. */
static int hash_start(hash *h, int kind)
{
  h->kind = kind;
  switch (kind) {
  case HASH_MD5: mbedtls_md5_init(&h->ctx.md5); return RET(mbedtls_md5_starts)(&h->ctx.md5);
  case HASH_SHA1: mbedtls_sha1_init(&h->ctx.sha1); return RET(mbedtls_sha1_starts)(&h->ctx.sha1);
  case HASH_SHA256: mbedtls_sha256_init(&h->ctx.sha256); return RET(mbedtls_sha256_starts)(&h->ctx.sha256, 0);
#if HAVE_SHA512
  default: mbedtls_sha512_init(&h->ctx.sha512); return RET(mbedtls_sha512_starts)(&h->ctx.sha512, kind == HASH_SHA384);
#else
  default: return -1;
#endif
  }
}

static int hash_update(hash *h, const uint8_t *ptr, size_t len)
{
  if (len == 0)
    return 0;
  switch (h->kind) {
  case HASH_MD5: return RET(mbedtls_md5_update)(&h->ctx.md5, ptr, len);
  case HASH_SHA1: return RET(mbedtls_sha1_update)(&h->ctx.sha1, ptr, len);
  case HASH_SHA256: return RET(mbedtls_sha256_update)(&h->ctx.sha256, ptr, len);
#if HAVE_SHA512
  default: return RET(mbedtls_sha512_update)(&h->ctx.sha512, ptr, len);
#else
  default: return -1;
#endif
  }
}

static int hash_update_parts(hash *h, const imstls_bytes *parts, size_t count)
{
  int ret = 0;
  for (size_t i = 0; ret == 0 && i < count; i++)
    ret = hash_update(h, parts[i].ptr, parts[i].len);
  return ret;
}

static int hash_finish(hash *h, uint8_t *out)
{
  switch (h->kind) {
  case HASH_MD5: return RET(mbedtls_md5_finish)(&h->ctx.md5, out);
  case HASH_SHA1: return RET(mbedtls_sha1_finish)(&h->ctx.sha1, out);
  case HASH_SHA256: return RET(mbedtls_sha256_finish)(&h->ctx.sha256, out);
#if HAVE_SHA512
  default: return RET(mbedtls_sha512_finish)(&h->ctx.sha512, out);
#else
  default: return -1;
#endif
  }
}

static void hash_end(hash *h) { imstls_wipe(h, sizeof *h); /* none of the contexts owns anything */ }

static size_t hash_len(int kind)
{
  static const uint8_t len[] = { IMSTLS_I_MD5_LEN, IMSTLS_I_SHA1_LEN, IMSTLS_I_SHA256_LEN, 48, 64 };
  return len[kind];
}

static int hash_parts(int kind, const imstls_bytes *parts, size_t count, uint8_t *out)
{
  hash h;
  int ret = hash_start(&h, kind);
  if (ret == 0)
    ret = hash_update_parts(&h, parts, count);
  if (ret == 0)
    ret = hash_finish(&h, out);
  hash_end(&h);
  if (ret != 0)
    memset(out, 0, hash_len(kind));
  return ret == 0 ? IMSTLS_OK : IMSTLS_ERR_CRYPTO;
}

/* RFC 2104. `block` keeps the key padded and masked for the inner hash until hmac_finish(). */
typedef struct hmac {
  hash h;
  uint8_t block[BLOCK_LEN];
} hmac;

static int hmac_start(hmac *m, int kind, imstls_bytes key)
{
  memset(m->block, 0, sizeof m->block);
  if (key.len > BLOCK_LEN) {
    int ret = hash_parts(kind, &key, 1, m->block);
    if (ret != 0)
      return ret;
  } else if (key.len != 0) {
    memcpy(m->block, key.ptr, key.len);
  }
  for (size_t i = 0; i < BLOCK_LEN; i++)
    m->block[i] ^= 0x36;
  int ret = hash_start(&m->h, kind);
  return ret != 0 ? ret : hash_update(&m->h, m->block, BLOCK_LEN);
}

static int hmac_finish(hmac *m, uint8_t *out)
{
  int kind = m->h.kind;
  int ret = hash_finish(&m->h, out);
  for (size_t i = 0; i < BLOCK_LEN; i++)
    m->block[i] ^= 0x36 ^ 0x5c;
  if (ret == 0)
    ret = hash_start(&m->h, kind);
  if (ret == 0)
    ret = hash_update(&m->h, m->block, BLOCK_LEN);
  if (ret == 0)
    ret = hash_update(&m->h, out, hash_len(kind));
  return ret != 0 ? ret : hash_finish(&m->h, out);
}

/* Wipes, and turns mbedTLS's result into ours. */
static int hmac_end(hmac *m, int ret, uint8_t *out, size_t out_len)
{
  imstls_wipe(m, sizeof *m);
  if (ret == 0)
    return IMSTLS_OK;
  imstls_wipe(out, out_len);
  return IMSTLS_ERR_CRYPTO;
}

static int hmac_parts(int kind, imstls_bytes key, const imstls_bytes *parts, size_t count, uint8_t *out)
{
  hmac m;
  int ret = hmac_start(&m, kind, key);
  if (ret == 0)
    ret = hash_update_parts(&m.h, parts, count);
  if (ret == 0)
    ret = hmac_finish(&m, out);
  return hmac_end(&m, ret, out, hash_len(kind));
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

int imstls_i_md5(const imstls_bytes *parts, size_t count, uint8_t out[16])
{
  return hash_parts(HASH_MD5, parts, count, out);
}

int imstls_i_sha256(const imstls_bytes *parts, size_t count, uint8_t out[32])
{
  return hash_parts(HASH_SHA256, parts, count, out);
}

int imstls_i_sha512(int bits, const imstls_bytes *parts, size_t count, uint8_t out[64])
{
  if (bits == 384)
    return hash_parts(HASH_SHA384, parts, count, out);
  if (bits == 512)
    return hash_parts(HASH_SHA512, parts, count, out);
  memset(out, 0, 64);
  return IMSTLS_ERR_CRYPTO;
}

int imstls_i_hmac_md5(imstls_bytes key, const imstls_bytes *parts, size_t count, uint8_t out[16])
{
  return hmac_parts(HASH_MD5, key, parts, count, out);
}

int imstls_i_hmac_sha1(imstls_bytes key, const imstls_bytes *parts, size_t count, uint8_t out[20])
{
  return hmac_parts(HASH_SHA1, key, parts, count, out);
}

int imstls_i_hmac_sha256(imstls_bytes key, const imstls_bytes *parts, size_t count, uint8_t out[32])
{
  return hmac_parts(HASH_SHA256, key, parts, count, out);
}
