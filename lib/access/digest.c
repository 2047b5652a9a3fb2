/* SPDX-License-Identifier: Apache-2.0 */
/* Digest responses (RFC 2617 3.2.2, RFC 7616 3.4) and the passwords and keys of AKAv2 (RFC 4169). */
#include <imstls/digest.h>

#include "access/access.h"
#include "crypto/crypto.h"

enum { HEX_MAX = 2 * IMSTLS_I_SHA256_LEN + 1, PARTS_MAX = 11 };

/* Parts joined by colons, as A1, A2 and the response want them. */
typedef struct joined {
  imstls_bytes part[PARTS_MAX];
  size_t count;
} joined;

static void join(joined *j, const void *ptr, size_t len)
{
  static const uint8_t colon[] = { ':' };
  if (j->count != 0)
    j->part[j->count++] = (imstls_bytes){ colon, 1 };
  j->part[j->count++] = (imstls_bytes){ ptr, len };
}

static void join_text(joined *j, imstls_text text) { join(j, text.ptr, text.len); }

static int hash_hex(int digest, const imstls_bytes *parts, size_t count, char out[HEX_MAX])
{
  uint8_t hash[IMSTLS_I_SHA256_LEN];
  size_t len = imstls_i_digest_hash_len(digest);
  int error = len == IMSTLS_I_MD5_LEN ? imstls_i_md5(parts, count, hash) : imstls_i_sha256(parts, count, hash);
  if (!error)
    imstls_i_hex_encode(hash, len, out);
  imstls_wipe(hash, sizeof hash);
  return error;
}

int imstls_digest_ha1(const imstls_digest_input *in, char out[65])
{
  bool unusable = !in || !out || in->size < sizeof *in || imstls_i_digest_hash_len(in->digest) == 0;
  if (unusable)
    return IMSTLS_ERR_USAGE;
  joined a1 = { .count = 0 };
  join_text(&a1, in->username);
  join_text(&a1, in->realm);
  join(&a1, in->password.ptr, in->password.len);
  return hash_hex(in->digest, a1.part, a1.count, out);
}

/* A2 (RFC 2617 3.2.2.3); without a method that of rspauth (3.2.3). `out` also holds the hash of the body meanwhile. */
static int ha2_of(const imstls_digest_input *in, char out[HEX_MAX])
{
  joined a2 = { .count = 0 };
  join_text(&a2, in->method);
  join_text(&a2, in->uri);
  if (in->qop == IMSTLS_QOP_AUTH_INT) {
    int error = hash_hex(in->digest, &in->body, 1, out);
    if (error)
      return error;
    join(&a2, out, strlen(out));
  }
  return hash_hex(in->digest, a2.part, a2.count, out);
}

static bool response_input_ok(const imstls_digest_input *in)
{
  bool unusable = !in || in->size < sizeof *in || in->qop < IMSTLS_QOP_NONE || in->qop > IMSTLS_QOP_AUTH_INT;
  if (unusable)
    return false;
  if (in->qop != IMSTLS_QOP_NONE && (in->nc.len == 0 || in->cnonce.len == 0))
    return false;
  size_t len = imstls_i_digest_hash_len(in->digest);
  return len != 0 && (!in->ha1 || strlen(in->ha1) == 2 * len);
}

int imstls_digest_response(const imstls_digest_input *in, char out[65])
{
  if (!out || !response_input_ok(in))
    return IMSTLS_ERR_USAGE;
  char ha2[HEX_MAX];
  int error = ha2_of(in, ha2);
  if (!error && !in->ha1)
    error = imstls_digest_ha1(in, out); /* until the response takes its place */
  if (!error) {
    size_t hex_len = 2 * imstls_i_digest_hash_len(in->digest);
    joined all = { .count = 0 };
    join(&all, in->ha1 ? in->ha1 : out, hex_len);
    join_text(&all, in->nonce);
    if (in->qop != IMSTLS_QOP_NONE) {
      join_text(&all, in->nc);
      join_text(&all, in->cnonce);
      join_text(&all, in->qop == IMSTLS_QOP_AUTH ? IMSTLS_I_LIT("auth") : IMSTLS_I_LIT("auth-int"));
    }
    join(&all, ha2, hex_len);
    error = hash_hex(in->digest, all.part, all.count, out);
  }
  if (error)
    imstls_wipe(out, HEX_MAX);
  return error;
}

int imstls_digest_akav2_password(int digest, const imstls_aka_result *aka, char out[45], size_t *out_len)
{
  static const char label[] = "http-digest-akav2-password";
  bool unusable = !imstls_i_digest_is_akav2(digest) || !aka || !out || !out_len;
  if (unusable)
    return IMSTLS_ERR_USAGE;
  uint8_t prf[IMSTLS_I_SHA256_LEN];
  imstls_bytes part = { (const uint8_t *)label, sizeof label - 1 };
  int alg = digest == IMSTLS_DIGEST_AKAV2_MD5 ? IMSTLS_MAC_HMAC_MD5 : IMSTLS_MAC_HMAC_SHA256;
  int error = imstls_i_key_mac(aka, IMSTLS_KEY_RES_IK_CK, alg, &part, 1, prf);
  if (!error) {
    imstls_i_writer w = imstls_i_writer_make(out, 44);
    imstls_i_put_base64(&w, prf, imstls_i_digest_hash_len(digest));
    out[w.len] = '\0';
    *out_len = w.len;
  }
  imstls_wipe(prf, sizeof prf);
  return error;
}

int imstls_digest_akav2_key(int digest, const uint8_t key[16], int cipher, uint8_t out[32], size_t *out_len)
{
  bool unusable = !key || !out || !out_len || cipher < 0 || cipher > 1;
  if (unusable)
    return IMSTLS_ERR_USAGE;
  imstls_aka_result aka = { .size = sizeof aka };
  memcpy(aka.ik, key, IMSTLS_KEY_LEN);
  memcpy(aka.ck, key, IMSTLS_KEY_LEN);
  int error = imstls_i_akav2_key(&aka, digest, cipher, out, out_len);
  imstls_wipe(&aka, sizeof aka);
  return error;
}
