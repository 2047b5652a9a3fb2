/* SPDX-License-Identifier: Apache-2.0 */
/* The keys of an AKA run. Everything in access/ that needs IK or CK asks here for a MAC, so that keys which never leave
 * secure hardware serve as well as octets. */
#include "access/access.h"
#include "crypto/crypto.h"

enum { KEY_OCTETS_MAX = IMSTLS_RES_MAX + 2 * IMSTLS_KEY_LEN };

static void append(const uint8_t *ptr, size_t count, uint8_t *out, size_t *len)
{
  memcpy(out + *len, ptr, count);
  *len += count;
}

/* The octets of a key; 0: there is no such key. */
static size_t gather(const imstls_aka_result *aka, int key, uint8_t out[KEY_OCTETS_MAX])
{
  size_t len = 0;
  if (key == IMSTLS_KEY_RES_IK_CK) {
    if (aka->res_len < 1 || aka->res_len > IMSTLS_RES_MAX)
      return 0;
    append(aka->res, aka->res_len, out, &len);
    append(aka->ik, IMSTLS_KEY_LEN, out, &len);
    append(aka->ck, IMSTLS_KEY_LEN, out, &len);
  }
  if (key == IMSTLS_KEY_CK || key == IMSTLS_KEY_CK_IK)
    append(aka->ck, IMSTLS_KEY_LEN, out, &len);
  if (key == IMSTLS_KEY_IK || key == IMSTLS_KEY_CK_IK)
    append(aka->ik, IMSTLS_KEY_LEN, out, &len);
  return len;
}

static int hmac(int alg, imstls_bytes key, const imstls_bytes *parts, size_t count, uint8_t *out)
{
  switch (alg) {
  case IMSTLS_MAC_HMAC_SHA1: return imstls_i_hmac_sha1(key, parts, count, out);
  case IMSTLS_MAC_HMAC_SHA256: return imstls_i_hmac_sha256(key, parts, count, out);
  case IMSTLS_MAC_HMAC_MD5: return imstls_i_hmac_md5(key, parts, count, out);
  default: return IMSTLS_ERR_USAGE;
  }
}

int imstls_i_key_mac(const imstls_aka_result *aka, int key, int alg, const imstls_bytes *parts, size_t count,
                     uint8_t out[32])
{
  if (aka->verdict != IMSTLS_AKA_OK)
    return IMSTLS_ERR_USAGE;
  if (aka->keys.mac)
    return aka->keys.mac(aka->keys.user, key, alg, parts, count, out) ? IMSTLS_ERR_USIM : IMSTLS_OK;
  uint8_t octets[KEY_OCTETS_MAX];
  size_t len = gather(aka, key, octets);
  int error = len == 0 ? IMSTLS_ERR_USAGE : hmac(alg, (imstls_bytes){ octets, len }, parts, count, out);
  imstls_wipe(octets, sizeof octets);
  return error;
}

bool imstls_i_psk(const imstls_aka_result *aka, uint8_t psk[IMSTLS_I_PSK_LEN])
{
  uint8_t octets[KEY_OCTETS_MAX] = { 0 };
  bool known = aka->verdict == IMSTLS_AKA_OK && !aka->keys.mac;
  if (known)
    gather(aka, IMSTLS_KEY_CK_IK, octets);
  memcpy(psk, octets, IMSTLS_I_PSK_LEN);
  imstls_wipe(octets, sizeof octets);
  return known;
}

bool imstls_i_digest_is_akav2(int digest)
{
  return digest == IMSTLS_DIGEST_AKAV2_MD5 || digest == IMSTLS_DIGEST_AKAV2_SHA256;
}

size_t imstls_i_digest_hash_len(int digest)
{
  switch (digest) {
  case IMSTLS_DIGEST_AKAV1_MD5:
  case IMSTLS_DIGEST_AKAV2_MD5:
  case IMSTLS_DIGEST_MD5: return IMSTLS_I_MD5_LEN;
  case IMSTLS_DIGEST_AKAV1_SHA256:
  case IMSTLS_DIGEST_AKAV2_SHA256:
  case IMSTLS_DIGEST_SHA256: return IMSTLS_I_SHA256_LEN;
  default: return 0;
  }
}

int imstls_i_akav2_key(const imstls_aka_result *aka, int digest, int cipher, uint8_t out[32], size_t *out_len)
{
  static const char integrity_label[] = "http-digest-akav2-integritykey";
  static const char cipher_label[] = "http-digest-akav2-cipherkey";
  if (!imstls_i_digest_is_akav2(digest))
    return IMSTLS_ERR_USAGE;
  bool md5 = digest == IMSTLS_DIGEST_AKAV2_MD5;
  const char *label = cipher ? cipher_label : integrity_label;
  imstls_bytes part = { (const uint8_t *)label, (cipher ? sizeof cipher_label : sizeof integrity_label) - 1 };
  *out_len = imstls_i_digest_hash_len(digest);
  int alg = md5 ? IMSTLS_MAC_HMAC_MD5 : IMSTLS_MAC_HMAC_SHA256;
  return imstls_i_key_mac(aka, cipher ? IMSTLS_KEY_CK : IMSTLS_KEY_IK, alg, &part, 1, out);
}
