/* SPDX-License-Identifier: Apache-2.0 */
#include "registration/binding.h"

enum { BRIEF_S = 20, BRIEF_MAX = 10, HELD_MS = 60000, AGAIN_MS = 10000, LONG_S = 1200, BEFORE_END_MS = 600000 };

static bool is_ours(const imstls_i_binding *b, imstls_text uri)
{
  size_t n = strlen(b->contact_user);
  if (uri.len <= 5 + n || memcmp(uri.ptr, "sip:", 4) != 0)
    return false;
  return memcmp(uri.ptr + 4, b->contact_user, n) == 0 && uri.ptr[4 + n] == '@';
}

static int expiry_of(const imstls_sip_message *m, imstls_text params, uint32_t *expires_s)
{
  imstls_text number;
  if (imstls_sip_param_find(params, "expires", &number) != IMSTLS_OK)
    number = m->first[IMSTLS_HDR_EXPIRES];
  if (!number.ptr || imstls_sip_number(number, expires_s) || !*expires_s)
    return IMSTLS_ERR_SIP_NOT_BOUND;
  return IMSTLS_OK;
}

int imstls_i_binding_find(const imstls_i_binding *b, const imstls_sip_message *m, uint32_t *expires_s)
{
  imstls_text value = { 0 };
  while (imstls_sip_next(m, IMSTLS_HDR_CONTACT, &value) == IMSTLS_OK) {
    imstls_text rest = value;
    imstls_sip_address address;
    while (imstls_sip_address_next(&rest, &address) == IMSTLS_OK)
      if (is_ours(b, address.uri))
        return expiry_of(m, address.params, expires_s);
  }
  return IMSTLS_ERR_SIP_NOT_BOUND;
}

static int take_list(imstls_i_buffer *b, const imstls_sip_message *m, int id)
{
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

static int take_routes(imstls_i_binding *b, const imstls_sip_message *m)
{
  b->routes.len = 0; /* each 200 replaces what the last one said */
  int error = take_list(&b->routes, m, IMSTLS_HDR_SERVICE_ROUTE);
  b->service_route_len = b->routes.len;
  return error ? error : take_list(&b->routes, m, IMSTLS_HDR_P_ASSOCIATED_URI);
}

static void count_brief(imstls_i_binding *b)
{
  if (b->granted_s >= BRIEF_S)
    b->brief = 0;
  else if (b->brief <= BRIEF_MAX)
    b->brief++;
}

bool imstls_i_binding_is_too_brief(const imstls_i_binding *b) { return b->brief > BRIEF_MAX; }

/* TS 24.229 5.1.1.4.1: 600 s before the end, or at half time when that is nearer. A registrar that grants next to
 * nothing again and again would have a REGISTER of us twice a second: after BRIEF_MAX such grants in a row the binding
 * runs out instead, and the next registration waits its turn (imstls_i_may_return). */
static uint64_t next_refresh(const imstls_i_binding *b, uint64_t now)
{
  uint64_t ms = (uint64_t)b->granted_s * 1000;
  if (imstls_i_binding_is_too_brief(b))
    return NEVER;
  return now + (b->granted_s > LONG_S ? ms - BEFORE_END_MS : ms / 2);
}

int imstls_i_binding_take(imstls_i_binding *b, const imstls_sip_message *m, uint64_t now)
{
  int error = imstls_i_binding_find(b, m, &b->granted_s);
  if (!error)
    error = take_routes(b, m);
  if (error)
    return error;
  if (imstls_sip_number(m->first[IMSTLS_HDR_FLOW_TIMER], &b->flow_timer_s))
    b->flow_timer_s = 0;
  if (!b->bound)
    b->since = now;
  b->bound = true;
  b->until = now + (uint64_t)b->granted_s * 1000;
  count_brief(b);
  b->refresh_at = next_refresh(b, now);
  return IMSTLS_OK;
}

void imstls_i_binding_postpone(imstls_i_binding *b, uint64_t now)
{
  uint64_t half = b->until > now ? (b->until - now) / 2 : 0;
  b->refresh_at = half >= AGAIN_MS ? now + half : NEVER;
}

void imstls_i_binding_end(imstls_i_binding *b)
{
  b->bound = false;
  b->refresh_at = b->until = NEVER;
  b->routes.len = b->service_route_len = 0;
}

bool imstls_i_binding_has_held(const imstls_i_binding *b, uint64_t now)
{
  return b->bound && now - b->since >= HELD_MS;
}

imstls_text imstls_i_binding_service_route(const imstls_i_binding *b)
{
  return imstls_i_text(b->routes.ptr, b->service_route_len);
}

imstls_text imstls_i_binding_associated_uri(const imstls_i_binding *b)
{
  return imstls_i_text(b->routes.ptr + b->service_route_len, b->routes.len - b->service_route_len);
}
