/* SPDX-License-Identifier: Apache-2.0 */
/* From a challenge to an answer: token, response, Authorization (TS 33.203 6.1; RFC 3310; token.h). */
#include "client/client.h"

#include "access/response.h"

enum { CNONCE_LEN = 16 };

static int channel_of(const imstls_i_flow *flow)
{
  switch (flow->kind) {
  case FLOW_TLS: return flow->psk ? IMSTLS_CHANNEL_PSK : IMSTLS_CHANNEL_CERT;
  case FLOW_ESP: return IMSTLS_CHANNEL_IPSEC;
  default: return IMSTLS_CHANNEL_NONE;
  }
}

bool imstls_i_token_due(const imstls_client *c)
{
  bool pki = c->cfg.policy.trust == IMSTLS_TRUST_TOKEN_OR_PKI && c->flow->pki;
  return imstls_i_token_owed(channel_of(c->flow), pki);
}

int imstls_i_token_state(const imstls_client *c)
{
  switch (imstls_i_token_form(c->challenge.s_token)) {
  case IMSTLS_OK: return IMSTLS_S_TOKEN_OK;
  case IMSTLS_ERR_S_TOKEN_MISSING: return IMSTLS_S_TOKEN_MISSING;
  default: return IMSTLS_S_TOKEN_MALFORMED;
  }
}

int imstls_i_check_token(imstls_client *c)
{
  imstls_bytes cert = { (const uint8_t *)c->cert.ptr, c->cert.len };
  return imstls_i_token_check_server_keys(&c->card, c->cfg.policy.token_key, c->challenge.digest, cert,
                                          c->challenge.s_token, c->c_token);
}

static imstls_i_response_input response_input(const imstls_client *c, const char cnonce[CNONCE_LEN])
{
  imstls_i_response_input in = { .challenge = &c->challenge };
  in.username = imstls_i_text(c->cfg.identity.impi, strlen(c->cfg.identity.impi));
  in.method = IMSTLS_I_LIT("REGISTER");
  in.uri = imstls_i_request_uri(c);
  in.cnonce = imstls_i_text(cnonce, CNONCE_LEN);
  return in;
}

static int write_authorization(imstls_client *c, const imstls_i_response_input *in, const imstls_i_response *response)
{
  imstls_text no_token = { NULL, 0 }; /* the tokens are for one request, this is repeated in others */
  int error = imstls_i_response_write(in, response, no_token, c->auth.ptr, c->auth.cap, &c->auth.len);
  if (error)
    c->auth.len = 0;
  return error == IMSTLS_ERR_CAPACITY ? IMSTLS_ERR_CHALLENGE_TOO_LONG : error;
}

int imstls_i_make_answer(imstls_client *c)
{
  char cnonce[CNONCE_LEN + 1];
  c->dialog.rspauth[0] = '\0';
  int error = imstls_i_random_hex(c, cnonce, CNONCE_LEN);
  if (error)
    return error;
  imstls_i_response response;
  imstls_i_response_input in = response_input(c, cnonce);
  error = imstls_i_response_make(&in, &c->card, &response);
  if (!error)
    error = write_authorization(c, &in, &response);
  if (!error && c->challenge.qop != IMSTLS_QOP_NONE)
    error = imstls_i_response_rspauth(&in, &response, c->dialog.rspauth);
  imstls_wipe(&response, sizeof response);
  return error;
}

int imstls_i_make_bad_answer(imstls_client *c)
{
  char cnonce[CNONCE_LEN + 1];
  int error = imstls_i_random_hex(c, cnonce, CNONCE_LEN);
  if (error)
    return error;
  imstls_i_response response;
  imstls_i_response_input in = response_input(c, cnonce);
  error = imstls_i_response_make_bad(&in, &c->card, &response);
  return error ? error : write_authorization(c, &in, &response);
}
