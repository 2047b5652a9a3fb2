/* SPDX-License-Identifier: Apache-2.0 */
/* From a challenge to an answer: token, response, Authorization (TS 33.203 6.1; RFC 3310; token.h). */
#include "client/client.h"

#include "access/access.h"
#include "crypto/crypto.h"

/* A certificate suite owes a token; PSK and IPsec channels prove the keys by themselves. */
bool imstls_i_token_due(const imstls_client *c)
{
  if (c->flow->kind != FLOW_TLS || c->flow->psk)
    return false;
  return c->cfg.trust != IMSTLS_TRUST_TOKEN_OR_PKI || !c->flow->pki;
}

int imstls_i_token_state(const imstls_client *c)
{
  uint8_t token[IMSTLS_TOKEN_LEN];
  if (!c->challenge.s_token.ptr)
    return IMSTLS_S_TOKEN_MISSING;
  return imstls_i_hex_decode(c->challenge.s_token, token, sizeof token) ? IMSTLS_S_TOKEN_OK
                                                                        : IMSTLS_S_TOKEN_MALFORMED;
}

int imstls_i_check_token(imstls_client *c)
{
  imstls_bytes cert = { (const uint8_t *)c->cert.ptr, c->cert.len };
  int which = imstls_i_digest_is_akav2(c->challenge.digest) ? c->cfg.token_key : IMSTLS_TOKEN_KEY_IK;
  return imstls_i_token_check_server_keys(&c->card, which, c->challenge.digest, cert, c->challenge.s_token,
                                          c->c_token);
}

/* Everything of the Authorization but response and auts. */
static imstls_authorization prepare(imstls_client *c, imstls_text cnonce)
{
  imstls_authorization auth = { .size = sizeof auth };
  auth.username = imstls_i_text(c->cfg.impi, strlen(c->cfg.impi));
  auth.realm = c->challenge.realm;
  auth.nonce = c->challenge.nonce;
  auth.uri = imstls_i_request_uri(c);
  auth.opaque = c->challenge.opaque;
  auth.algorithm = c->challenge.algorithm;
  auth.qop = c->challenge.qop;
  if (auth.qop != IMSTLS_QOP_NONE) {
    auth.nc = IMSTLS_I_LIT("00000001"); /* an AKA nonce serves once */
    auth.cnonce = cnonce;
  }
  return auth;
}

static imstls_digest_input digest_input(imstls_client *c, const imstls_authorization *auth, imstls_bytes password)
{
  imstls_digest_input in = { .size = sizeof in, .digest = c->challenge.digest, .qop = c->challenge.qop };
  in.username = auth->username;
  in.realm = auth->realm;
  in.nonce = auth->nonce;
  in.method = IMSTLS_I_LIT("REGISTER");
  in.uri = auth->uri;
  in.nc = auth->nc;
  in.cnonce = auth->cnonce;
  in.password = password;
  return in;
}

static int write_authorization(imstls_client *c, const imstls_authorization *auth)
{
  int error = imstls_authorization_write(auth, c->auth.ptr, c->auth.cap, &c->auth.len);
  if (error)
    c->auth.len = 0;
  return error == IMSTLS_ERR_CAPACITY ? IMSTLS_ERR_CHALLENGE_TOO_LONG : error;
}

int imstls_i_make_answer(imstls_client *c)
{
  char cnonce[17], ha1[65], response[65], password_text[45];
  imstls_bytes password = { c->card.res, c->card.res_len };
  int error = imstls_i_random_hex(c, cnonce, 16);
  imstls_authorization auth = prepare(c, imstls_i_text(cnonce, 16));
  if (!error && imstls_i_digest_is_akav2(c->challenge.digest)) {
    size_t len = 0;
    error = imstls_digest_akav2_password(c->challenge.digest, &c->card, password_text, &len);
    password = (imstls_bytes){ (const uint8_t *)password_text, len };
  }
  imstls_digest_input in = digest_input(c, &auth, password);
  if (!error)
    error = imstls_digest_ha1(&in, ha1);
  in.ha1 = ha1;
  if (!error)
    error = imstls_digest_response(&in, response);
  if (!error) {
    auth.response = imstls_i_text(response, strlen(response));
    error = write_authorization(c, &auth);
  }
  c->dialog.rspauth[0] = '\0';
  if (!error && auth.qop != IMSTLS_QOP_NONE) {
    in.method = IMSTLS_I_LIT(""); /* RFC 2617 3.2.3: what the server proves in its 200 */
    error = imstls_digest_response(&in, c->dialog.rspauth);
  }
  imstls_wipe(password_text, sizeof password_text);
  imstls_wipe(ha1, sizeof ha1);
  imstls_wipe(response, sizeof response);
  return error;
}

int imstls_i_make_bad_answer(imstls_client *c)
{
  char cnonce[17], response[65], auts[21];
  int error = imstls_i_random_hex(c, cnonce, 16);
  imstls_authorization auth = prepare(c, imstls_i_text(cnonce, 16));
  auth.response = IMSTLS_I_LIT("");
  if (!error && c->card.verdict == IMSTLS_AKA_SYNC_FAILURE) { /* RFC 3310 3.4: empty password */
    imstls_i_writer w = imstls_i_writer_make(auts, sizeof auts);
    imstls_i_put_base64(&w, c->card.auts, IMSTLS_AUTS_LEN);
    auth.auts = imstls_i_text(auts, w.len);
    imstls_digest_input in = digest_input(c, &auth, (imstls_bytes){ (const uint8_t *)"", 0 });
    error = imstls_digest_response(&in, response);
    auth.response = imstls_i_text(response, strlen(response));
  } else { /* TS 24.229 5.1.1.5.3: MAC failure, neither auts nor response */
    auth.qop = IMSTLS_QOP_NONE;
    auth.nc = auth.cnonce = (imstls_text){ 0 };
  }
  return error ? error : write_authorization(c, &auth);
}
