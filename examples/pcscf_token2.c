/* SPDX-License-Identifier: Apache-2.0 */
/* s_token2 and c_token2: bound to the very TLS session, where the plain pair is bound to its certificate alone. */
#include <string.h>

#include "pcscf.h"

/* The end-point hash is what is left where the session exports nothing. */
static bool bind_session(const struct pcscf *p, struct flow *flow, imstls_token2_input *in, uint8_t value[64])
{
  size_t len = 32;
  in->binding = IMSTLS_BINDING_EXPORTER;
  if (p->options.token2 != TOKEN2_EXPORTER || !session_exporter(flow->session, value)) {
    in->binding = IMSTLS_BINDING_SERVER_END_POINT;
    if (imstls_token2_end_point(in->cert.ptr, in->cert.len, value, &len))
      return false;
  }
  if (p->options.fault == FAULT_TOKEN2_SESSION)
    value[0] ^= 1;
  in->binding_value = (imstls_bytes){ value, len };
  return true;
}

/* In clear neither the TLS session nor the name that the UE will ask for is known: none then. */
void token2_make(struct pcscf *p, struct flow *flow, struct reg *r)
{
  struct challenge *c = &r->challenge;
  const char *name = flow->session ? session_server_name(flow->session) : "";
  uint8_t value[64];
  imstls_token2_input in = { .size = sizeof in, .ck = c->vector.ck, .ik = c->vector.ik, .rand = c->rand };
  c->s_token2[0] = c->c_token2[0] = 0;
  if (p->options.token2 == TOKEN2_OFF || !*c->s_token || !flow->session)
    return;
  in.impi = (imstls_text){ r->who->impi, strlen(r->who->impi) };
  in.sni = (imstls_text){ name, strlen(name) };
  in.cert = tls_certificate(p->tls);
  if (!bind_session(p, flow, &in, value) || imstls_token2_make(&in, c->s_token2, c->c_token2))
    c->s_token2[0] = 0;
  c->cb = in.binding == IMSTLS_BINDING_EXPORTER ? "tls-exporter" : "tls-server-end-point";
  imstls_wipe(value, sizeof value);
}

/* It may be missing: nothing tells whether the UE knows of it. */
const char *token2_verdict(const struct reg *r, const struct credentials *from)
{
  const struct challenge *c = &r->challenge;
  char lower[IMSTLS_TOKEN2_TEXT_LEN];
  if (!from->c_token2.ptr)
    return "missing";
  if (from->c_token2.len != IMSTLS_TOKEN2_TEXT_LEN || !from->cb.ptr || !text_same(from->cb, c->cb))
    return "wrong";
  for (size_t i = 0; i < sizeof lower; i++) {
    char digit = from->c_token2.ptr[i];
    lower[i] = digit >= 'A' && digit <= 'F' ? (char)(digit + 'a' - 'A') : digit;
  }
  return secret_same(lower, c->c_token2, sizeof lower) ? "ok" : "wrong";
}
