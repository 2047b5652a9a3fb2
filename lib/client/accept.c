/* SPDX-License-Identifier: Apache-2.0 */
/* The 200 OK of a REGISTER: our binding, how long, routes and identities (TS 24.229 5.1.1.2, 5.1.1.4). */
#include "client/client.h"

static bool is_ours(const imstls_client *c, imstls_text uri)
{
  size_t n = strlen(c->contact_user);
  return uri.len > 5 + n && memcmp(uri.ptr, "sip:", 4) == 0 && memcmp(uri.ptr + 4, c->contact_user, n) == 0 &&
         uri.ptr[4 + n] == '@';
}

/* How long our binding lives. A 200 that does not name it, or gives it no time, has not registered us. */
int imstls_i_own_binding(imstls_client *c, const imstls_sip_message *m, uint32_t *expires_s)
{
  imstls_text value = { 0 };
  while (imstls_sip_next(m, IMSTLS_HDR_CONTACT, &value) == IMSTLS_OK) {
    imstls_text rest = value, number;
    imstls_sip_address address;
    while (imstls_sip_address_next(&rest, &address) == IMSTLS_OK) {
      if (!is_ours(c, address.uri))
        continue;
      if (imstls_sip_param_find(address.params, "expires", &number) != IMSTLS_OK)
        number = m->first[IMSTLS_HDR_EXPIRES];
      if (!number.ptr || imstls_sip_number(number, expires_s) || !*expires_s)
        return IMSTLS_ERR_SIP_NOT_BOUND;
      return IMSTLS_OK;
    }
  }
  return IMSTLS_ERR_SIP_NOT_BOUND;
}

static int take_list(imstls_client *c, const imstls_sip_message *m, int id)
{
  imstls_i_buffer *b = &c->routes;
  imstls_text value = { 0 };
  size_t start = b->len;
  while (imstls_sip_next(m, id, &value) == IMSTLS_OK) {
    size_t comma = b->len > start ? 2 : 0;
    if (value.len + comma > b->cap - b->len)
      return IMSTLS_ERR_ROUTE_TOO_LONG;
    memcpy(b->ptr + b->len, ", ", comma);
    memcpy(b->ptr + b->len + comma, value.ptr, value.len);
    b->len += comma + value.len;
  }
  return IMSTLS_OK;
}

/* TS 24.229 5.1.1.4.1: 600 s before the end, or at half time when that is nearer. A registrar that grants next to
 * nothing again and again would have a REGISTER of us twice a second: after BRIEF_MAX such grants in a row the binding
 * runs out instead, and the next registration waits its turn (imstls_i_may_return). */
static uint64_t refresh_at(const imstls_client *c)
{
  uint64_t ms = (uint64_t)c->granted_s * 1000;
  if (c->brief > BRIEF_MAX)
    return NEVER;
  return c->now + (c->granted_s > 1200 ? ms - 600000 : ms / 2);
}

static void count_brief(imstls_client *c)
{
  if (c->granted_s >= BRIEF_S)
    c->brief = 0;
  else if (c->brief <= BRIEF_MAX)
    c->brief++;
}

int imstls_i_take_200(imstls_client *c, const imstls_sip_message *m)
{
  int error = imstls_i_own_binding(c, m, &c->granted_s);
  if (error)
    return error;
  c->routes.len = 0; /* each 200 replaces what the last one said */
  error = take_list(c, m, IMSTLS_HDR_SERVICE_ROUTE);
  c->service_route_len = c->routes.len;
  if (!error)
    error = take_list(c, m, IMSTLS_HDR_P_ASSOCIATED_URI);
  if (error)
    return error;
  c->flow_timer_s = 0;
  if (imstls_sip_number(m->first[IMSTLS_HDR_FLOW_TIMER], &c->flow_timer_s))
    c->flow_timer_s = 0;
  c->bound_until = c->now + (uint64_t)c->granted_s * 1000;
  count_brief(c);
  c->refresh_at = refresh_at(c);
  c->timer_f = c->timer_e = NEVER;
  imstls_wipe(c->dialog.rspauth, sizeof c->dialog.rspauth);
  c->sent = REQ_NONE;
  return IMSTLS_OK;
}
