/* SPDX-License-Identifier: Apache-2.0 */
#include "access/response.h"

static imstls_text nc_of(const imstls_i_response_input *in) { return in->nc.ptr ? in->nc : IMSTLS_I_LIT("00000001"); }

static imstls_digest_input digest_input(const imstls_i_response_input *in)
{
  imstls_digest_input out = { .size = sizeof out };
  out.digest = in->challenge->digest;
  out.qop = in->challenge->qop;
  out.username = in->username;
  out.realm = in->challenge->realm;
  out.nonce = in->challenge->nonce;
  out.method = in->method;
  out.uri = in->uri;
  out.nc = nc_of(in);
  out.cnonce = in->cnonce;
  out.body = in->body;
  return out;
}

static int make_ha1(const imstls_aka_result *aka, imstls_digest_input *digest, char ha1[65])
{
  char password[45];
  size_t len = 0;
  digest->password = (imstls_bytes){ aka->res, aka->res_len };
  int error = IMSTLS_OK;
  if (imstls_i_digest_is_akav2(digest->digest)) {
    error = imstls_digest_akav2_password(digest->digest, aka, password, &len);
    digest->password = (imstls_bytes){ (const uint8_t *)password, len };
  }
  if (!error)
    error = imstls_digest_ha1(digest, ha1);
  digest->password = (imstls_bytes){ NULL, 0 };
  imstls_wipe(password, sizeof password);
  return error;
}

int imstls_i_response_make(const imstls_i_response_input *in, const imstls_aka_result *aka, imstls_i_response *out)
{
  memset(out, 0, sizeof *out);
  if (aka->verdict != IMSTLS_AKA_OK)
    return IMSTLS_ERR_USAGE;
  imstls_digest_input digest = digest_input(in);
  int error = make_ha1(aka, &digest, out->ha1);
  digest.ha1 = out->ha1;
  if (!error)
    error = imstls_digest_response(&digest, out->response);
  if (error)
    imstls_wipe(out, sizeof *out);
  return error;
}

static void put_auts(const imstls_aka_result *aka, imstls_i_response *out)
{
  imstls_i_writer w = imstls_i_writer_make(out->auts, sizeof out->auts - 1);
  imstls_i_put_base64(&w, aka->auts, IMSTLS_AUTS_LEN);
}

int imstls_i_response_make_bad(const imstls_i_response_input *in, const imstls_aka_result *aka, imstls_i_response *out)
{
  memset(out, 0, sizeof *out);
  if (aka->verdict == IMSTLS_AKA_OK)
    return IMSTLS_ERR_USAGE;
  if (aka->verdict != IMSTLS_AKA_SYNC_FAILURE)
    return IMSTLS_OK;
  put_auts(aka, out);
  imstls_digest_input digest = digest_input(in);
  int error = imstls_digest_response(&digest, out->response);
  if (error)
    imstls_wipe(out, sizeof *out);
  return error;
}

int imstls_i_response_rspauth(const imstls_i_response_input *in, const imstls_i_response *response, char out[65])
{
  imstls_digest_input digest = digest_input(in);
  digest.method = IMSTLS_I_LIT("");
  digest.ha1 = response->ha1;
  return imstls_digest_response(&digest, out);
}

static imstls_text text_of(const char *str) { return imstls_i_text(str, strlen(str)); }

imstls_authorization imstls_i_response_authorization(const imstls_i_response_input *in,
                                                     const imstls_i_response *response)
{
  imstls_authorization out = { .size = sizeof out };
  out.username = in->username;
  out.realm = in->challenge->realm;
  out.nonce = in->challenge->nonce;
  out.uri = in->uri;
  out.opaque = in->challenge->opaque;
  out.algorithm = in->challenge->algorithm;
  out.response = text_of(response->response);
  if (response->response[0]) { /* qop speaks of a response */
    out.qop = in->challenge->qop;
    out.nc = nc_of(in);
    out.cnonce = in->cnonce;
  }
  if (response->auts[0])
    out.auts = text_of(response->auts);
  return out;
}

static int authorization_len(const imstls_authorization *authorization, size_t *len)
{
  imstls_i_writer w = imstls_i_writer_make(NULL, 0);
  int error = imstls_i_authorization_put(&w, authorization);
  *len = w.len;
  return error;
}

int imstls_i_response_longest(const imstls_i_response_input *in, bool with_c_token, size_t *len)
{
  static const char digits[] = "000000000000000000000000";
  imstls_i_response longest = { .ha1 = "" };
  size_t success, resync;
  memset(longest.response, '0', 2 * imstls_i_digest_hash_len(in->challenge->digest));
  imstls_authorization authorization = imstls_i_response_authorization(in, &longest);
  if (with_c_token)
    authorization.c_token = imstls_i_text(digits, IMSTLS_TOKEN_TEXT_LEN);
  int error = authorization_len(&authorization, &success);
  if (error)
    return error;
  authorization.c_token = imstls_i_text(NULL, 0);
  authorization.auts = imstls_i_text(digits, sizeof longest.auts - 1);
  error = authorization_len(&authorization, &resync);
  *len = success > resync ? success : resync;
  return error;
}

int imstls_i_response_write(const imstls_i_response_input *in, const imstls_i_response *response, imstls_text c_token,
                            char *out, size_t cap, size_t *len)
{
  imstls_authorization authorization = imstls_i_response_authorization(in, response);
  authorization.c_token = c_token;
  return imstls_authorization_write(&authorization, out, cap, len);
}
