/* SPDX-License-Identifier: Apache-2.0 */
/* Hashes and HMACs over parts, on hash.h: every HMAC of mbedTLS's own allocates. */
#include "base/base.h"
#include "crypto/crypto.h"
#include "crypto/hash.h"

enum { BLOCK_LEN = 64 }; /* of MD5, SHA-1 and SHA-256 */

static int hash_update_parts(imstls_i_hash *h, const imstls_bytes *parts, size_t count)
{
  int ret = 0;
  for (size_t i = 0; ret == 0 && i < count; i++)
    ret = imstls_i_hash_update(h, parts[i].ptr, parts[i].len);
  return ret;
}

static size_t hash_len(int kind)
{
  static const uint8_t len[] = { IMSTLS_I_MD5_LEN, IMSTLS_I_SHA1_LEN, IMSTLS_I_SHA256_LEN };
  return len[kind];
}

static int hash_parts(int kind, const imstls_bytes *parts, size_t count, uint8_t *out)
{
  imstls_i_hash h;
  int ret = imstls_i_hash_start(&h, kind);
  if (ret == 0)
    ret = hash_update_parts(&h, parts, count);
  if (ret == 0)
    ret = imstls_i_hash_finish(&h, out);
  imstls_i_hash_end(&h);
  if (ret != 0)
    memset(out, 0, hash_len(kind));
  return ret == 0 ? IMSTLS_OK : IMSTLS_ERR_CRYPTO;
}

/* RFC 2104. `block` keeps the key padded and masked for the inner hash until hmac_finish(); a longer one is hashed
 * first, by the same `h`. */
typedef struct hmac {
  imstls_i_hash h;
  uint8_t block[BLOCK_LEN];
} hmac;

static int hmac_start(hmac *m, int kind, imstls_bytes key)
{
  memset(m, 0, sizeof *m);
  int ret = imstls_i_hash_start(&m->h, kind);
  if (key.len > BLOCK_LEN) {
    if (ret == 0)
      ret = imstls_i_hash_update(&m->h, key.ptr, key.len);
    if (ret == 0)
      ret = imstls_i_hash_finish(&m->h, m->block);
    if (ret == 0)
      ret = imstls_i_hash_start(&m->h, kind);
  } else if (key.len != 0) {
    memcpy(m->block, key.ptr, key.len);
  }
  for (size_t i = 0; i < BLOCK_LEN; i++)
    m->block[i] ^= 0x36;
  return ret != 0 ? ret : imstls_i_hash_update(&m->h, m->block, BLOCK_LEN);
}

static int hmac_finish(hmac *m, uint8_t *out)
{
  int kind = m->h.kind;
  int ret = imstls_i_hash_finish(&m->h, out);
  for (size_t i = 0; i < BLOCK_LEN; i++)
    m->block[i] ^= 0x36 ^ 0x5c;
  if (ret == 0)
    ret = imstls_i_hash_start(&m->h, kind);
  if (ret == 0)
    ret = imstls_i_hash_update(&m->h, m->block, BLOCK_LEN);
  if (ret == 0)
    ret = imstls_i_hash_update(&m->h, out, hash_len(kind));
  return ret != 0 ? ret : imstls_i_hash_finish(&m->h, out);
}

/* Wipes, and turns the library's result into ours. */
static int hmac_end(hmac *m, int ret, uint8_t *out, size_t out_len)
{
  imstls_i_hash_end(&m->h);
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

int imstls_i_md5(const imstls_bytes *parts, size_t count, uint8_t out[16])
{
  return hash_parts(IMSTLS_I_HASH_MD5, parts, count, out);
}

int imstls_i_sha256(const imstls_bytes *parts, size_t count, uint8_t out[32])
{
  return hash_parts(IMSTLS_I_HASH_SHA256, parts, count, out);
}

int imstls_i_hmac_md5(imstls_bytes key, const imstls_bytes *parts, size_t count, uint8_t out[16])
{
  return hmac_parts(IMSTLS_I_HASH_MD5, key, parts, count, out);
}

int imstls_i_hmac_sha1(imstls_bytes key, const imstls_bytes *parts, size_t count, uint8_t out[20])
{
  return hmac_parts(IMSTLS_I_HASH_SHA1, key, parts, count, out);
}

int imstls_i_hmac_sha256(imstls_bytes key, const imstls_bytes *parts, size_t count, uint8_t out[32])
{
  return hmac_parts(IMSTLS_I_HASH_SHA256, key, parts, count, out);
}
