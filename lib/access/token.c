/* SPDX-License-Identifier: Apache-2.0 */
/* s_token and c_token: HMAC-SHA1-96 (RFC 2404) that ties a server certificate to the AKA run. */
#include <imstls/token.h>

#include "access/access.h"
#include "crypto/crypto.h"

/* The key of one attempt: the run's IK where it lives, or the octets of IK'. */
typedef struct token_key {
  const imstls_aka_result *aka;
  imstls_bytes prime;
} token_key;

bool imstls_i_token_owed(int channel, bool pki) { return channel == IMSTLS_CHANNEL_CERT && !pki; }

int imstls_i_token_form(imstls_text s_token)
{
  uint8_t octets[IMSTLS_TOKEN_LEN];
  if (!s_token.ptr)
    return IMSTLS_ERR_S_TOKEN_MISSING;
  return imstls_i_hex_decode(s_token, octets, sizeof octets) ? IMSTLS_OK : IMSTLS_ERR_S_TOKEN_MALFORMED;
}

static int token_mac(const token_key *key, imstls_bytes data, uint8_t out[32])
{
  if (key->prime.len != 0)
    return imstls_i_hmac_sha1(key->prime, &data, 1, out);
  return imstls_i_key_mac(key->aka, IMSTLS_KEY_IK, IMSTLS_MAC_HMAC_SHA1, &data, 1, out);
}

/* The c_token is a MAC that an impostor could use: it is not even computed before the s_token was found right. */
static int check_with(const token_key *key, imstls_bytes cert, const uint8_t s_token[IMSTLS_TOKEN_LEN],
                      char c_token[25])
{
  uint8_t mac[32];
  int error = token_mac(key, cert, mac);
  if (!error && !imstls_i_equal_ct(mac, s_token, IMSTLS_TOKEN_LEN))
    error = IMSTLS_ERR_S_TOKEN_MISMATCH;
  if (!error)
    error = token_mac(key, (imstls_bytes){ s_token, IMSTLS_TOKEN_LEN }, mac);
  if (!error)
    imstls_i_hex_encode(mac, IMSTLS_TOKEN_LEN, c_token);
  imstls_wipe(mac, sizeof mac);
  return error;
}

static int check_with_prime(const imstls_aka_result *aka, int digest, imstls_bytes cert,
                            const uint8_t s_token[IMSTLS_TOKEN_LEN], char c_token[25])
{
  uint8_t prime[32];
  token_key key = { aka, { prime, 0 } };
  int error = imstls_i_akav2_key(aka, digest, 0, prime, &key.prime.len);
  if (!error)
    error = check_with(&key, cert, s_token, c_token);
  imstls_wipe(prime, sizeof prime);
  return error;
}

/* Under AKAv2 some S-CSCFs hand out IK, some IK' (RFC 4169 3.2): the answer is made with the key that matched. */
int imstls_i_token_check_server_keys(const imstls_aka_result *aka, int which, int digest, imstls_bytes cert,
                                     imstls_text text, char c_token[25])
{
  bool unusable = !aka || !cert.ptr || cert.len == 0 || !c_token;
  if (unusable)
    return IMSTLS_ERR_USAGE;
  if (which < IMSTLS_TOKEN_KEY_EITHER || which > IMSTLS_TOKEN_KEY_IK_PRIME)
    return IMSTLS_ERR_USAGE;
  uint8_t s_token[IMSTLS_TOKEN_LEN];
  if (!imstls_i_hex_decode(text, s_token, sizeof s_token))
    return IMSTLS_ERR_S_TOKEN_MALFORMED;
  bool akav2 = imstls_i_digest_is_akav2(digest);
  int error = IMSTLS_ERR_S_TOKEN_MISMATCH;
  if (!akav2 || which != IMSTLS_TOKEN_KEY_IK_PRIME) {
    token_key key = { aka, { NULL, 0 } };
    error = check_with(&key, cert, s_token, c_token);
  }
  if (error == IMSTLS_ERR_S_TOKEN_MISMATCH && akav2 && which != IMSTLS_TOKEN_KEY_IK)
    error = check_with_prime(aka, digest, cert, s_token, c_token);
  return error;
}

int imstls_token_check_server(const uint8_t ik[16], const uint8_t *cert, size_t cert_len, imstls_text text,
                              char c_token[25])
{
  if (!ik)
    return IMSTLS_ERR_USAGE;
  imstls_aka_result aka = { .size = sizeof aka };
  memcpy(aka.ik, ik, sizeof aka.ik);
  int error = imstls_i_token_check_server_keys(&aka, IMSTLS_TOKEN_KEY_IK, IMSTLS_DIGEST_AKAV1_MD5,
                                               (imstls_bytes){ cert, cert_len }, text, c_token);
  imstls_wipe(&aka, sizeof aka);
  return error;
}

int imstls_token_make_server(const uint8_t ik[16], const uint8_t *cert, size_t cert_len, char s_token[25])
{
  bool unusable = !ik || !cert || cert_len == 0 || !s_token;
  if (unusable)
    return IMSTLS_ERR_USAGE;
  uint8_t mac[IMSTLS_I_SHA1_LEN];
  imstls_bytes data = { cert, cert_len };
  int error = imstls_i_hmac_sha1((imstls_bytes){ ik, IMSTLS_KEY_LEN }, &data, 1, mac);
  if (!error)
    imstls_i_hex_encode(mac, IMSTLS_TOKEN_LEN, s_token);
  imstls_wipe(mac, sizeof mac);
  return error;
}

/* An s_token that is sent back fails like any other wrong value: its MAC is another one. */
int imstls_token_check_client(const uint8_t ik[16], const char s_token[24], imstls_text text)
{
  uint8_t sent[IMSTLS_TOKEN_LEN];
  if (!ik || !s_token || !imstls_i_hex_decode(imstls_i_text(s_token, IMSTLS_TOKEN_TEXT_LEN), sent, sizeof sent))
    return IMSTLS_ERR_USAGE;
  uint8_t claimed[IMSTLS_TOKEN_LEN];
  if (!imstls_i_hex_decode(text, claimed, sizeof claimed))
    return IMSTLS_ERR_C_TOKEN;
  uint8_t mac[IMSTLS_I_SHA1_LEN];
  imstls_bytes data = { sent, sizeof sent };
  int error = imstls_i_hmac_sha1((imstls_bytes){ ik, IMSTLS_KEY_LEN }, &data, 1, mac);
  if (!error && !imstls_i_equal_ct(mac, claimed, sizeof claimed))
    error = IMSTLS_ERR_C_TOKEN;
  imstls_wipe(mac, sizeof mac);
  return error;
}
