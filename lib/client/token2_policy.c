/* SPDX-License-Identifier: Apache-2.0 */
/* Nothing proves that a missing s_token2 was never
 * sent: only `required`, or a pin from an earlier success, protects against stripping. */
#include "client/token2_policy.h"

#include "access/access.h"
#include "client/event.h"
#include "client/secure.h"

static const char EXPORTER[] = "tls-exporter", END_POINT[] = "tls-server-end-point";

static bool pin_name(const imstls_client *c, char *out, size_t cap)
{
  imstls_i_writer w = imstls_i_writer_make(out, cap);
  IMSTLS_I_PUT_LIT(&w, "token2-pin ");
  imstls_i_put_str(&w, c->cfg.identity.home_domain);
  imstls_i_put(&w, "", 1);
  return !w.failed;
}

/* May s_token2 be missing here? What cannot be read may be a pin. */
static int check_pin(const imstls_client *c)
{
  const imstls_config_ports *ports = &c->cfg.ports;
  char name[280];
  uint8_t mark[1];
  if (!ports->load || !pin_name(c, name, sizeof name))
    return IMSTLS_OK;
  int n = ports->load(ports->storage_user, name, mark, sizeof mark);
  if (n < 0)
    return IMSTLS_ERR_STORAGE;
  return n > 0 ? IMSTLS_ERR_S_TOKEN2_MISSING : IMSTLS_OK;
}

/* Presence alone: before the card is asked. */
int imstls_i_token2_fits(imstls_client *c)
{
  if (c->authentication.challenge.s_token2.ptr)
    return IMSTLS_OK;
  switch (c->cfg.policy.token2) {
  case IMSTLS_TOKEN2_REQUIRED: return IMSTLS_ERR_S_TOKEN2_MISSING;
  case IMSTLS_TOKEN2_PINNED: return check_pin(c);
  default: return IMSTLS_OK;
  }
}

static int set_binding(imstls_client *c, imstls_token2_input *in, uint8_t value[64])
{
  size_t len = 32;
  int error;
  if (imstls_text_is(c->authentication.challenge.cb, EXPORTER)) {
    in->binding = IMSTLS_BINDING_EXPORTER;
    error = c->tls.exporter ? c->tls.exporter(c->tls.user, c->flow->link.session, value) : IMSTLS_ERR_UNSUPPORTED;
    error = error ? IMSTLS_ERR_S_TOKEN2_MISMATCH : IMSTLS_OK; /* a binding that we cannot check proves nothing */
  } else if (!c->authentication.challenge.cb.ptr || imstls_text_is(c->authentication.challenge.cb, END_POINT)) {
    in->binding = IMSTLS_BINDING_SERVER_END_POINT;
    error = imstls_token2_end_point(in->cert.ptr, in->cert.len, value, &len);
  } else
    return IMSTLS_ERR_S_TOKEN2_MISMATCH;
  in->binding_value = (imstls_bytes){ value, len };
  return error;
}

int imstls_i_token2_check(imstls_client *c, imstls_i_tokens *tokens)
{
  tokens->c_token2[0] = '\0';
  int error = imstls_i_token2_fits(c);
  if (error || c->cfg.policy.token2 == IMSTLS_TOKEN2_OFF || !c->authentication.challenge.s_token2.ptr)
    return error;
  uint8_t value[64];
  const char *sni = imstls_i_server_name(c);
  imstls_token2_input in = { .size = sizeof in, .rand = c->authentication.challenge.rand };
  in.impi = imstls_i_text(c->cfg.identity.impi, strlen(c->cfg.identity.impi));
  in.sni = imstls_i_text(sni ? sni : "", sni ? strlen(sni) : 0);
  in.cert = imstls_i_flow_cert(c->flow);
  error = set_binding(c, &in, value);
  tokens->by_exporter = in.binding == IMSTLS_BINDING_EXPORTER;
  if (!error)
    error =
        imstls_i_token2_check_server_keys(&c->run.result, &in, c->authentication.challenge.s_token2, tokens->c_token2);
  imstls_wipe(value, sizeof value);
  return error;
}

/* The first success of a home domain is remembered: from then on s_token2 is due there. This one is as good without
 * the pin. */
void imstls_i_token2_pin(imstls_client *c)
{
  static const uint8_t mark[1] = { 1 };
  const imstls_config_ports *ports = &c->cfg.ports;
  char name[280];
  bool due = c->credentials.tokens.c_token2[0] && c->cfg.policy.token2 == IMSTLS_TOKEN2_PINNED;
  if (!due || !ports->store || !pin_name(c, name, sizeof name))
    return;
  if (ports->store(ports->storage_user, name, mark, sizeof mark))
    imstls_i_tell_line(c, IMSTLS_EVENT_POLICY, IMSTLS_ERR_STORAGE,
                       IMSTLS_I_LIT("the pin of s_token2 could not be stored: it may be stripped next time"));
}
