/* SPDX-License-Identifier: Apache-2.0 */
#include "client/resume.h"

#include <imstls/digest.h>

#include "client/event.h"

static const char name[] = "tls-session";

/* What must be the same word for word before a session is offered again. */
static size_t put_terms(const imstls_client *c, char *out, size_t cap)
{
  imstls_i_writer w = imstls_i_writer_make(out, cap);
  IMSTLS_I_PUT_LIT(&w, "imstls session 1\n");
  imstls_i_put_str(&w, c->cfg.identity.impi);
  IMSTLS_I_PUT_LIT(&w, "\n");
  imstls_i_put_str(&w, c->cfg.network.server_name ? c->cfg.network.server_name : "");
  IMSTLS_I_PUT_LIT(&w, "\n");
  imstls_i_put_str(&w, imstls_i_target_host(&c->target));
  IMSTLS_I_PUT_LIT(&w, "\n");
  const uint32_t policy[] = { c->flow->remote.port, (uint32_t)c->cfg.policy.trust, (uint32_t)c->cfg.policy.sec_agree,
                              (uint32_t)c->cfg.policy.psk, (uint32_t)c->cfg.policy.token2 };
  for (size_t i = 0; i < sizeof policy / sizeof policy[0]; i++) {
    imstls_i_put_uint(&w, policy[i]);
    IMSTLS_I_PUT_LIT(&w, " ");
  }
  IMSTLS_I_PUT_LIT(&w, "\n");
  return w.failed ? 0 : w.len;
}

static void tell(imstls_client *c, imstls_text what)
{
  imstls_i_tell_line(c, IMSTLS_EVENT_POLICY, IMSTLS_ERR_STORAGE, what);
}

imstls_bytes imstls_i_resume_load(imstls_client *c)
{
  uint8_t *terms = (uint8_t *)c->flow->link.rx.ptr + c->flow->link.rx.len;
  size_t cap = c->flow->link.rx.cap - c->flow->link.rx.len, terms_len = put_terms(c, (char *)terms, cap);
  uint8_t *at = terms + terms_len;
  cap -= terms_len;
  if (!c->cfg.ports.load || !c->tls.save || !terms_len)
    return (imstls_bytes){ 0 };
  int n = c->cfg.ports.load(c->cfg.ports.storage_user, name, at, cap);
  if (n < 0)
    tell(c, IMSTLS_I_LIT("TLS session record not read"));
  size_t len = n > 0 ? (size_t)n : 0;
  bool is_record = len > terms_len && len <= cap;
  if (is_record && imstls_i_equal_ct(at, terms, terms_len))
    return (imstls_bytes){ at + terms_len, len - terms_len };
  if (n)
    imstls_wipe(at, cap); /* whatever was read */
  return (imstls_bytes){ 0 };
}

void imstls_i_resume_save(imstls_client *c)
{
  uint8_t *at = (uint8_t *)c->flow->link.rx.ptr + c->flow->link.rx.len;
  size_t cap = c->flow->link.rx.cap - c->flow->link.rx.len, len = 0;
  bool can = c->cfg.ports.store && c->tls.save;
  bool worth_it = imstls_i_flow_channel(c->flow) == IMSTLS_CHANNEL_CERT && c->flow->trust;
  if (!can || !worth_it)
    return;
  size_t terms_len = put_terms(c, (char *)at, cap);
  if (!terms_len || c->tls.save(c->tls.user, c->flow->link.session, at + terms_len, cap - terms_len, &len))
    imstls_i_resume_forget(c);
  else if (c->cfg.ports.store(c->cfg.ports.storage_user, name, at, terms_len + len))
    tell(c, IMSTLS_I_LIT("TLS session record not stored"));
  imstls_wipe(at, terms_len + len < cap ? terms_len + len : cap);
}

void imstls_i_resume_forget(imstls_client *c)
{
  if (!c->cfg.ports.store || !c->tls.save)
    return;
  if (c->cfg.ports.store(c->cfg.ports.storage_user, name, NULL, 0))
    tell(c, IMSTLS_I_LIT("TLS session record not deleted"));
}

void imstls_i_resume_wipe(imstls_client *c)
{
  imstls_i_buffer *rx = &c->flow->link.rx;
  imstls_wipe(rx->ptr + rx->len, rx->cap - rx->len);
}
