/* SPDX-License-Identifier: Apache-2.0 */
/* The stronger pair of tokens: is one due, is it right, and its pin. */
#include "client/optional/optional.h"

#include "access/access.h"
#include "client/event.h"
#include "client/secure.h"
#include "registration/pin.h"

int imstls_i_token2_presence(const imstls_client *c)
{
  if (c->authentication.challenge.s_token2.ptr)
    return IMSTLS_OK;
  switch (c->cfg.policy.token2) {
  case IMSTLS_TOKEN2_REQUIRED: return IMSTLS_ERR_S_TOKEN2_MISSING;
  case IMSTLS_TOKEN2_PINNED: return imstls_i_pin_check(&c->cfg);
  default: return IMSTLS_OK;
  }
}

static int ask_exporter(imstls_client *c, uint8_t value[32])
{
  int error = c->tls.exporter ? c->tls.exporter(c->tls.user, c->flow->link.session, value) : IMSTLS_ERR_UNSUPPORTED;
  return error ? IMSTLS_ERR_S_TOKEN2_MISMATCH : IMSTLS_OK;
}

/* What binds the stronger pair to this session. One that we cannot check proves nothing. The certificate is borrowed
 * until the next call into TLS, so it comes last. */
static int set_binding(imstls_client *c, imstls_token2_input *in, uint8_t value[64])
{
  imstls_text cb = c->authentication.challenge.cb;
  bool exporter = imstls_text_is(cb, "tls-exporter");
  if (!exporter && cb.ptr && !imstls_text_is(cb, "tls-server-end-point"))
    return IMSTLS_ERR_S_TOKEN2_MISMATCH;
  size_t len = 32;
  in->binding = exporter ? IMSTLS_BINDING_EXPORTER : IMSTLS_BINDING_SERVER_END_POINT;
  int error = exporter ? ask_exporter(c, value) : IMSTLS_OK;
  if (!error) {
    in->cert = imstls_i_server_cert(c);
    error = in->cert.len ? IMSTLS_OK : IMSTLS_ERR_TLS_PROPERTIES;
  }
  if (!error && !exporter)
    error = imstls_token2_end_point(in->cert.ptr, in->cert.len, value, &len);
  in->binding_value = (imstls_bytes){ value, len };
  return error;
}

int imstls_i_token2_judge(imstls_client *c, imstls_i_tokens *tokens)
{
  const imstls_challenge *challenge = &c->authentication.challenge;
  int error = imstls_i_token2_presence(c);
  if (error || c->cfg.policy.token2 == IMSTLS_TOKEN2_OFF || !challenge->s_token2.ptr)
    return error;
  uint8_t value[64];
  imstls_token2_input in = { .size = sizeof in, .rand = challenge->rand };
  in.impi = imstls_i_text(c->cfg.identity.impi, strlen(c->cfg.identity.impi));
  in.sni = imstls_i_sni(c);
  error = set_binding(c, &in, value);
  tokens->by_exporter = in.binding == IMSTLS_BINDING_EXPORTER;
  if (!error)
    error = imstls_i_token2_check_server_keys(&c->run.result, &in, challenge->s_token2, tokens->c_token2);
  imstls_wipe(value, sizeof value);
  return error;
}

/* A first success is remembered where the policy pins. This one is as good without the pin. */
void imstls_i_token2_pin(imstls_client *c)
{
  bool due = c->credentials.tokens.c_token2[0] && c->cfg.policy.token2 == IMSTLS_TOKEN2_PINNED;
  if (due && imstls_i_pin_store(&c->cfg))
    imstls_i_tell_line(c, IMSTLS_EVENT_POLICY, IMSTLS_ERR_STORAGE, IMSTLS_I_LIT("s_token2 pin not stored"));
}
