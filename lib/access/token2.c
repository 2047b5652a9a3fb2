/* SPDX-License-Identifier: Apache-2.0 */
/* The stronger token pair: a key of its own from the TS 33.220 B.2 KDF over CK || IK, bound to the TLS session. */
#include <imstls/token.h>

#include "access/access.h"
#include "crypto/crypto.h"

enum { SNI_MAX = 255, PARAMETERS = 4 };

/* Exporter values are 32 octets (RFC 9266 4.2), end-point hashes as long as their hash. */
static bool binding_ok(const imstls_token2_input *in)
{
  size_t len = in->binding_value.len;
  if (!in->binding_value.ptr)
    return false;
  if (in->binding == IMSTLS_BINDING_EXPORTER)
    return len == 32;
  bool hash_len = len == 32 || len == 48 || len == 64;
  return hash_len && in->binding == IMSTLS_BINDING_SERVER_END_POINT;
}

static bool input_ok(const imstls_token2_input *in)
{
  bool unusable = !in || in->size < sizeof *in || !in->rand || !binding_ok(in);
  if (unusable)
    return false;
  if (!in->impi.ptr || in->impi.len > UINT16_MAX || in->sni.len > SNI_MAX)
    return false;
  return in->cert.ptr && in->cert.len != 0;
}

/* S = FC || P0 || L0 || P1 || L1 ... (TS 33.220 B.2), handed over in parts so that a key handle can do the MAC. */
static int token2_key(const imstls_aka_result *aka, const imstls_token2_input *in, uint8_t key[32])
{
  static const uint8_t fc[] = { 0xfe };
  static const char name[] = "libimstls-token-1";
  uint8_t sni[SNI_MAX + 1];
  for (size_t i = 0; i < in->sni.len; i++)
    sni[i] = (uint8_t)imstls_i_lower(in->sni.ptr[i]);
  const imstls_bytes p[PARAMETERS] = { { (const uint8_t *)name, sizeof name - 1 },
                                       { in->rand, IMSTLS_RAND_LEN },
                                       { (const uint8_t *)in->impi.ptr, in->impi.len },
                                       { sni, in->sni.len } };
  uint8_t lengths[PARAMETERS][2];
  imstls_bytes parts[1 + 2 * PARAMETERS] = { { fc, sizeof fc } };
  for (size_t i = 0; i < PARAMETERS; i++) {
    lengths[i][0] = (uint8_t)(p[i].len >> 8);
    lengths[i][1] = (uint8_t)p[i].len;
    parts[1 + 2 * i] = p[i];
    parts[2 + 2 * i] = (imstls_bytes){ lengths[i], 2 };
  }
  return imstls_i_key_mac(aka, IMSTLS_KEY_CK_IK, IMSTLS_MAC_HMAC_SHA256, parts, 1 + 2 * PARAMETERS, key);
}

/* "server" or "client", type and value of the binding, hash of the certificate: no token can pass for the other's. */
static int token2_mac(const uint8_t key[32], const imstls_token2_input *in, imstls_text side, uint8_t out[32])
{
  imstls_text type =
      in->binding == IMSTLS_BINDING_EXPORTER ? IMSTLS_I_LIT("tls-exporter") : IMSTLS_I_LIT("tls-server-end-point");
  static const uint8_t zero[] = { 0 };
  uint8_t len16[] = { (uint8_t)(in->binding_value.len >> 8), (uint8_t)in->binding_value.len };
  uint8_t hash[IMSTLS_I_SHA256_LEN];
  int error = imstls_i_sha256(&in->cert, 1, hash);
  if (error)
    return error;
  const imstls_bytes parts[] = { { (const uint8_t *)side.ptr, side.len },
                                 { zero, 1 },
                                 { (const uint8_t *)type.ptr, type.len },
                                 { zero, 1 },
                                 { len16, sizeof len16 },
                                 in->binding_value,
                                 { hash, sizeof hash } };
  return imstls_i_hmac_sha256((imstls_bytes){ key, 32 }, parts, sizeof parts / sizeof parts[0], out);
}

static int token2_hex(const uint8_t key[32], const imstls_token2_input *in, imstls_text side, char out[33])
{
  uint8_t mac[32];
  int error = token2_mac(key, in, side, mac);
  if (!error)
    imstls_i_hex_encode(mac, IMSTLS_TOKEN2_LEN, out);
  imstls_wipe(mac, sizeof mac);
  return error;
}

int imstls_i_token2_check_server_keys(const imstls_aka_result *aka, const imstls_token2_input *in, imstls_text text,
                                      char c_token2[33])
{
  if (!aka || !input_ok(in) || !c_token2)
    return IMSTLS_ERR_USAGE;
  uint8_t claimed[IMSTLS_TOKEN2_LEN];
  if (!imstls_i_hex_decode(text, claimed, sizeof claimed))
    return IMSTLS_ERR_S_TOKEN2_MISMATCH;
  uint8_t key[32];
  uint8_t mac[32] = { 0 };
  int error = token2_key(aka, in, key);
  if (!error)
    error = token2_mac(key, in, IMSTLS_I_LIT("server"), mac);
  if (!error && !imstls_i_equal_ct(mac, claimed, sizeof claimed))
    error = IMSTLS_ERR_S_TOKEN2_MISMATCH;
  if (!error)
    error = token2_hex(key, in, IMSTLS_I_LIT("client"), c_token2);
  imstls_wipe(key, sizeof key);
  imstls_wipe(mac, sizeof mac);
  return error;
}

static bool take_keys(const imstls_token2_input *in, imstls_aka_result *aka)
{
  if (!input_ok(in) || !in->ck || !in->ik)
    return false;
  *aka = (imstls_aka_result){ .size = sizeof *aka };
  memcpy(aka->ck, in->ck, sizeof aka->ck);
  memcpy(aka->ik, in->ik, sizeof aka->ik);
  return true;
}

int imstls_token2_make(const imstls_token2_input *in, char s_token2[33], char c_token2[33])
{
  imstls_aka_result aka;
  if (!take_keys(in, &aka))
    return IMSTLS_ERR_USAGE;
  uint8_t key[32];
  int error = token2_key(&aka, in, key);
  if (!error && s_token2)
    error = token2_hex(key, in, IMSTLS_I_LIT("server"), s_token2);
  if (!error && c_token2)
    error = token2_hex(key, in, IMSTLS_I_LIT("client"), c_token2);
  imstls_wipe(&aka, sizeof aka);
  imstls_wipe(key, sizeof key);
  return error;
}

int imstls_token2_check_server(const imstls_token2_input *in, imstls_text text, char c_token2[33])
{
  imstls_aka_result aka;
  if (!take_keys(in, &aka))
    return IMSTLS_ERR_USAGE;
  int error = imstls_i_token2_check_server_keys(&aka, in, text, c_token2);
  imstls_wipe(&aka, sizeof aka);
  return error;
}
