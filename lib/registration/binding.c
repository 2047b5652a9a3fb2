/* SPDX-License-Identifier: Apache-2.0 */
#include "registration/binding.h"

#include "access/accepted.h"
#include "sip/lex.h"

enum { BRIEF_S = 20, BRIEF_MAX = 10, HELD_MS = 60000, AGAIN_MS = 10000, GRUU_MAX = 256 };
enum { SHORTEN_GAP_MS = 10000, SHORTENED_MIN_MS = 30000 };

/* ---- keeping the flow alive ---- */

/* A parameter that is looked for. One that stands there twice is none: nobody can tell which of them counts. */
typedef struct wanted {
  imstls_text name;
  imstls_text value;
  int count;
} wanted;

static void seek_params(imstls_text params, wanted *of, size_t n)
{
  imstls_text name, found;
  int result;
  while ((result = imstls_sip_param_next(&params, &name, &found)) != IMSTLS_END) {
    for (size_t i = 0; i < n && result == IMSTLS_OK; i++) {
      if (!imstls_i_same_nocase(name, of[i].name))
        continue;
      of[i].value = found;
      of[i].count++;
    }
  }
}

static bool has_option(const imstls_sip_message *m, int id, const char *tag)
{
  imstls_text value = { 0 }, item;
  while (imstls_sip_next(m, id, &value) == IMSTLS_OK) {
    imstls_text rest = value;
    while (imstls_sip_list_next(&rest, &item) == IMSTLS_OK)
      if (imstls_text_is(item, tag))
        return true;
  }
  return false;
}

/* It answers pings; the shortest time that it names counts. */
static void take_ping(imstls_i_binding *b, uint32_t seconds)
{
  b->pongs_due = true;
  if (seconds && (!b->ping_s || seconds < b->ping_s))
    b->ping_s = seconds;
}

/* RFC 5626 4.4.1 and 6; RFC 6223 4: a value in `keep` of our Via, which 0 is too, is from the next hop. Each 200 says
 * it anew: what one has said ends with it. */
static void take_outbound(imstls_i_binding *b, const imstls_i_own_contact *own, const imstls_sip_message *m)
{
  wanted keep = { .name = IMSTLS_I_LIT("keep") };
  uint32_t seconds;
  b->ping_s = 0;
  b->outbound = b->pongs_due = own->reg_id && has_option(m, IMSTLS_HDR_REQUIRE, "outbound");
  if (!imstls_sip_number(m->first[IMSTLS_HDR_FLOW_TIMER], &seconds) && seconds)
    take_ping(b, seconds);
  seek_params(imstls_i_sip_via_params(m->first[IMSTLS_HDR_VIA]), &keep, 1);
  if (keep.count == 1 && imstls_i_number(keep.value, UINT32_MAX, &seconds))
    take_ping(b, seconds);
}

/* ---- lists that are kept ---- */

/* How long the route is as one list: without all of it no request would find its way. */
static size_t route_len(const imstls_sip_message *m)
{
  imstls_text value = { 0 }, item;
  size_t len = 0;
  while (imstls_sip_next(m, IMSTLS_HDR_SERVICE_ROUTE, &value) == IMSTLS_OK) {
    imstls_text rest = value;
    int result;
    while ((result = imstls_i_sip_address_item(&rest, &item)) != IMSTLS_END)
      len += result ? 0 : item.len + (len ? 2 : 0);
  }
  return len;
}

int imstls_i_binding_find(imstls_i_binding *b, const imstls_i_own_contact *own, const imstls_sip_message *m)
{
  imstls_i_found *found = &b->found;
  imstls_accepted_input in = { .size = sizeof in,
                               .asked_s = own->asked_s,
                               .contact = own->uri,
                               .contact_user = b->contact_user,
                               .instance_id = own->instance,
                               .reg_id = own->reg_id,
                               .bound = b->bound,
                               .taken = imstls_i_text(b->texts.ptr, b->taken_len) };
  imstls_accepted accepted = { .size = sizeof accepted };
  int error = imstls_i_accepted_find(&in, m, &accepted);
  if (error)
    return error;
  found->uri = accepted.rewritten ? accepted.contact : imstls_i_text(NULL, 0);
  found->params = accepted.params;
  found->expires_s = accepted.expires_s;
  found->odd = accepted.odd;
  return found->uri.len + route_len(m) > b->texts.cap ? IMSTLS_ERR_ROUTE_TOO_LONG : IMSTLS_OK;
}

/* One of our GRUUs (RFC 5627 4.2), which must be whole, fit and leave as much room to the identities: else it is left
 * out and counted. Its octets. */
static size_t take_gruu(imstls_i_binding *b, const imstls_i_own_contact *own, const wanted *param, bool is_public)
{
  imstls_text gruu = param->value;
  size_t room = (b->texts.cap - b->texts.len) / 2;
  if (!own->instance || !param->count)
    return 0;
  bool fits = param->count == 1 && gruu.len <= GRUU_MAX && gruu.len <= room;
  fits = fits && !imstls_i_holds(gruu, own->imei); /* RFC 7255: everybody who is called would read it */
  if (!fits || !imstls_i_sip_is_gruu(gruu, own->impu, own->domain, is_public)) {
    b->odd++;
    return 0;
  }
  memcpy(b->texts.ptr + b->texts.len, gruu.ptr, gruu.len);
  b->texts.len += gruu.len;
  return gruu.len;
}

/* TS 24.229 5.1.1.2.1: an identity that was registered and is not listed is barred. Who lists none says nothing. */
static bool is_barred(const imstls_i_own_contact *own, const imstls_sip_message *m)
{
  imstls_text value = { 0 };
  imstls_sip_address identity;
  unsigned left = IMSTLS_I_URI_SPELLINGS;
  while (imstls_sip_next(m, IMSTLS_HDR_P_ASSOCIATED_URI, &value) == IMSTLS_OK) {
    imstls_text rest = value;
    int result;
    while ((result = imstls_sip_address_next(&rest, &identity)) != IMSTLS_END)
      if (result == IMSTLS_OK && imstls_i_sip_uri_same(identity.uri, own->impu, &left))
        return false;
  }
  return m->count[IMSTLS_HDR_P_ASSOCIATED_URI] > 0;
}

/* The URI that another one made of our Contact, Service-Route, GRUUs, P-Associated-URI: each 200 replaces what the last
 * one said. The default identity is the first in its list (TS 24.229 5.1.1.2), so it is the last to be left out. */
static void take_texts(imstls_i_binding *b, const imstls_i_own_contact *own, const imstls_sip_message *m)
{
  const imstls_i_found *found = &b->found;
  wanted gruus[] = { { .name = IMSTLS_I_LIT("pub-gruu") }, { .name = IMSTLS_I_LIT("temp-gruu") } };
  uint32_t no_route = 0;
  b->odd = found->odd;
  b->left_out = 0;
  memcpy(b->texts.ptr, found->uri.ptr ? found->uri.ptr : "", found->uri.len);
  b->texts.len = b->taken_len = found->uri.len;
  imstls_i_accepted_put_list(&b->texts, m, IMSTLS_HDR_SERVICE_ROUTE, &b->odd, &no_route);
  b->service_route_len = b->texts.len - b->taken_len;
  seek_params(found->params, gruus, 2);
  b->pub_gruu_len = take_gruu(b, own, &gruus[0], true);
  b->temp_gruu_len = take_gruu(b, own, &gruus[1], false);
  b->barred = is_barred(own, m);
  imstls_i_accepted_put_list(&b->texts, m, IMSTLS_HDR_P_ASSOCIATED_URI, &b->odd, &b->left_out);
}

static void count_brief(imstls_i_binding *b)
{
  if (b->granted_s >= BRIEF_S)
    b->brief = 0;
  else if (b->brief <= BRIEF_MAX)
    b->brief++;
}

bool imstls_i_binding_is_too_brief(const imstls_i_binding *b) { return b->brief > BRIEF_MAX; }

/* A registrar that grants next to nothing again and again would have a REGISTER of us twice a second: after BRIEF_MAX
 * such grants in a row the binding runs out instead, and the next registration waits its turn (imstls_i_may_return). */
static uint64_t next_refresh(const imstls_i_binding *b, uint32_t granted_s, uint64_t now)
{
  if (imstls_i_binding_is_too_brief(b))
    return NEVER;
  return now + imstls_i_accepted_refresh_ms(granted_s);
}

void imstls_i_binding_take(imstls_i_binding *b, const imstls_i_own_contact *own, const imstls_sip_message *m,
                           uint64_t now)
{
  b->granted_s = b->found.expires_s;
  take_texts(b, own, m);
  take_outbound(b, own, m);
  if (!b->bound)
    b->since = now;
  b->bound = true;
  b->until = now + (uint64_t)b->granted_s * 1000;
  count_brief(b);
  b->refresh_at = next_refresh(b, b->granted_s, now);
  b->found = (imstls_i_found){ 0 }; /* its message goes */
}

void imstls_i_binding_postpone(imstls_i_binding *b, uint64_t now)
{
  uint64_t half = b->until > now ? (b->until - now) / 2 : 0;
  b->refresh_at = half >= AGAIN_MS ? now + half : NEVER;
}

void imstls_i_binding_shorten(imstls_i_binding *b, uint32_t expires_s, uint64_t now)
{
  uint64_t ms = (uint64_t)expires_s * 1000;
  uint64_t refresh_at = next_refresh(b, expires_s, now);
  if (refresh_at < b->shorten_after)
    refresh_at = b->shorten_after;
  if (refresh_at >= b->refresh_at)
    return;
  b->refresh_at = refresh_at;
  b->shorten_after = refresh_at + SHORTEN_GAP_MS;
  b->until = imstls_i_earlier(b->until, now + (ms > SHORTENED_MIN_MS ? ms : SHORTENED_MIN_MS));
}

void imstls_i_binding_end(imstls_i_binding *b)
{
  b->bound = false;
  b->refresh_at = b->until = NEVER;
  b->texts.len = b->taken_len = b->service_route_len = 0;
  b->pub_gruu_len = b->temp_gruu_len = 0;
  b->outbound = b->pongs_due = b->barred = false;
  b->ping_s = 0;
  b->odd = b->left_out = 0;
}

bool imstls_i_binding_has_held(const imstls_i_binding *b, uint64_t now)
{
  return b->bound && now - b->since >= HELD_MS;
}

imstls_text imstls_i_binding_service_route(const imstls_i_binding *b)
{
  return imstls_i_text(b->texts.ptr + b->taken_len, b->service_route_len);
}

imstls_text imstls_i_binding_pub_gruu(const imstls_i_binding *b)
{
  return imstls_i_text(b->texts.ptr + b->taken_len + b->service_route_len, b->pub_gruu_len);
}

imstls_text imstls_i_binding_temp_gruu(const imstls_i_binding *b)
{
  size_t before = b->taken_len + b->service_route_len + b->pub_gruu_len;
  return imstls_i_text(b->texts.ptr + before, b->temp_gruu_len);
}

imstls_text imstls_i_binding_associated_uri(const imstls_i_binding *b)
{
  size_t before = b->taken_len + b->service_route_len + b->pub_gruu_len + b->temp_gruu_len;
  return imstls_i_text(b->texts.ptr + before, b->texts.len - before);
}
