/* SPDX-License-Identifier: Apache-2.0 */
#include "registration/binding.h"

#include "sip/lex.h"

enum { BRIEF_S = 20, BRIEF_MAX = 10, HELD_MS = 60000, AGAIN_MS = 10000, LONG_S = 1200, BEFORE_END_MS = 600000 };

/* ---- which of the Contacts is ours ---- */

/* The surer sign wins. */
enum sign { FOREIGN = 0, ONLY, TAKEN, BY_USER, BY_INSTANCE, BY_URI };

/* The first parameter of this name; what cannot be read before it is passed over. */
static bool seek_param(imstls_text params, const char *wanted, imstls_text *value)
{
  imstls_text name;
  int result;
  while ((result = imstls_sip_param_next(&params, &name, value)) != IMSTLS_END) {
    if (result == IMSTLS_OK && imstls_text_is(name, wanted))
      return true;
  }
  return false;
}

/* Random, so nobody has it by chance: it stays when a border controller rewrites the host. */
static bool has_our_user(imstls_text uri, const char *user)
{
  size_t n = strlen(user);
  if (uri.len <= 5 + n || memcmp(uri.ptr, "sip:", 4) != 0)
    return false;
  return memcmp(uri.ptr + 4, user, n) == 0 && uri.ptr[4 + n] == '@';
}

/* RFC 5626 4.2: the instance names the device, reg-id its flow; a registrar that knows no outbound drops reg-id. */
static bool has_our_instance(const imstls_i_own_contact *own, imstls_text params)
{
  imstls_text value;
  uint32_t reg_id = 0;
  if (!own->instance || !seek_param(params, "+sip.instance", &value) || value.len < 2)
    return false;
  if (!imstls_text_is(imstls_i_text(value.ptr + 1, value.len - 2), own->instance))
    return false;
  if (!seek_param(params, "reg-id", &value))
    return true;
  return imstls_i_number(value, UINT32_MAX, &reg_id) && reg_id == own->reg_id;
}

static enum sign sign_of(const imstls_i_binding *b, const imstls_i_own_contact *own, const imstls_sip_address *contact)
{
  if (imstls_i_sip_uri_same(contact->uri, own->uri))
    return BY_URI;
  if (has_our_instance(own, contact->params))
    return BY_INSTANCE;
  if (has_our_user(contact->uri, b->contact_user))
    return BY_USER;
  imstls_text taken = imstls_i_text(b->texts.ptr, b->taken_len);
  if (b->bound && taken.len && imstls_i_sip_uri_same(contact->uri, taken))
    return TAKEN;
  return b->bound ? FOREIGN : ONLY;
}

typedef struct search {
  enum sign sign;
  imstls_sip_address contact; /* the best so far */
  uint32_t count;             /* of Contacts, read or not */
  uint32_t odd;               /* those that cannot be read */
} search;

static void search_field(const imstls_i_binding *b, const imstls_i_own_contact *own, imstls_text value, search *s)
{
  imstls_sip_address contact;
  int result;
  while ((result = imstls_sip_address_next(&value, &contact)) != IMSTLS_END) {
    s->count++;
    if (result) {
      s->odd++;
      continue;
    }
    enum sign sign = sign_of(b, own, &contact);
    if (sign > s->sign) {
      s->sign = sign;
      s->contact = contact;
    }
  }
}

/* In the answer to the first SM7 an only Contact is ours, whatever it was made into; of several nobody can tell. */
static bool search_all(const imstls_i_binding *b, const imstls_i_own_contact *own, const imstls_sip_message *m,
                       search *s)
{
  imstls_text value = { 0 };
  while (imstls_sip_next(m, IMSTLS_HDR_CONTACT, &value) == IMSTLS_OK)
    search_field(b, own, value, s);
  return s->sign > ONLY || (s->sign == ONLY && s->count == 1);
}

/* ---- how long it lives ---- */

/* Expires is said once; where a proxy added another, the smaller one is safe. False: there is none. */
static bool expires_header(const imstls_sip_message *m, uint32_t *expires_s)
{
  imstls_text value = { 0 };
  uint32_t number;
  bool found = false;
  while (imstls_sip_next(m, IMSTLS_HDR_EXPIRES, &value) == IMSTLS_OK) {
    if (imstls_sip_number(value, &number))
      continue;
    *expires_s = found && *expires_s < number ? *expires_s : number;
    found = true;
  }
  return found;
}

/* Its own parameter, else Expires, else the asked time: to say it is the registrar's duty (RFC 3261 10.3, step 8), and
 * without it the time is what was asked. */
static uint32_t expiry_of(const imstls_i_own_contact *own, const imstls_sip_message *m, imstls_text params)
{
  imstls_text value;
  uint32_t expires_s;
  if (seek_param(params, "expires", &value) && imstls_i_number(value, UINT32_MAX, &expires_s))
    return expires_s;
  return expires_header(m, &expires_s) ? expires_s : own->asked_s;
}

/* ---- lists that are kept ---- */

static bool is_address(imstls_text item)
{
  imstls_sip_address address;
  return imstls_sip_address_next(&item, &address) == IMSTLS_OK;
}

/* As one comma list behind what is there. What cannot be read is counted in `odd`, what does not fit in `left_out`. */
static void take_list(imstls_i_binding *b, const imstls_sip_message *m, int id, uint32_t *left_out)
{
  imstls_text value = { 0 }, item;
  size_t start = b->texts.len;
  while (imstls_sip_next(m, id, &value) == IMSTLS_OK) {
    imstls_text rest = value;
    int result;
    while ((result = imstls_sip_list_next(&rest, &item)) == IMSTLS_OK) {
      size_t comma = b->texts.len > start ? 2 : 0;
      if (!is_address(item))
        b->odd++;
      else if (item.len + comma > b->texts.cap - b->texts.len)
        ++*left_out;
      else {
        memcpy(b->texts.ptr + b->texts.len, ", ", comma);
        memcpy(b->texts.ptr + b->texts.len + comma, item.ptr, item.len);
        b->texts.len += comma + item.len;
      }
    }
    b->odd += result != IMSTLS_END; /* a quote or bracket without end hides the rest of this field */
  }
}

/* How long the route is as one list: without all of it no request would find its way. */
static size_t route_len(const imstls_sip_message *m)
{
  imstls_text value = { 0 }, item;
  size_t len = 0;
  while (imstls_sip_next(m, IMSTLS_HDR_SERVICE_ROUTE, &value) == IMSTLS_OK) {
    imstls_text rest = value;
    while (imstls_sip_list_next(&rest, &item) == IMSTLS_OK)
      len += is_address(item) ? item.len + (len ? 2 : 0) : 0;
  }
  return len;
}

int imstls_i_binding_find(const imstls_i_binding *b, const imstls_i_own_contact *own, const imstls_sip_message *m,
                          imstls_i_found *found)
{
  search s = { .sign = FOREIGN };
  if (!search_all(b, own, m, &s))
    return IMSTLS_ERR_SIP_NOT_BOUND;
  found->uri = s.sign < BY_USER ? s.contact.uri : imstls_i_text(NULL, 0);
  found->expires_s = expiry_of(own, m, s.contact.params);
  found->odd = s.odd;
  if (!found->expires_s)
    return IMSTLS_ERR_SIP_NOT_BOUND;
  return found->uri.len + route_len(m) > b->texts.cap ? IMSTLS_ERR_ROUTE_TOO_LONG : IMSTLS_OK;
}

/* The URI that another one made of our Contact, Service-Route, P-Associated-URI: each 200 replaces what the last one
 * said. The default identity is the first in its list (TS 24.229 5.1.1.2), so it is the last to be left out. */
static void take_texts(imstls_i_binding *b, const imstls_sip_message *m, const imstls_i_found *found)
{
  uint32_t no_route = 0;
  b->odd = found->odd;
  b->left_out = 0;
  memcpy(b->texts.ptr, found->uri.ptr ? found->uri.ptr : "", found->uri.len);
  b->texts.len = b->taken_len = found->uri.len;
  take_list(b, m, IMSTLS_HDR_SERVICE_ROUTE, &no_route);
  b->service_route_len = b->texts.len - b->taken_len;
  take_list(b, m, IMSTLS_HDR_P_ASSOCIATED_URI, &b->left_out);
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

int imstls_i_binding_take(imstls_i_binding *b, const imstls_i_own_contact *own, const imstls_sip_message *m,
                          uint64_t now)
{
  imstls_i_found found;
  int error = imstls_i_binding_find(b, own, m, &found);
  if (error)
    return error;
  b->granted_s = found.expires_s;
  take_texts(b, m, &found);
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
  b->texts.len = b->taken_len = b->service_route_len = 0;
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

imstls_text imstls_i_binding_associated_uri(const imstls_i_binding *b)
{
  size_t before = b->taken_len + b->service_route_len;
  return imstls_i_text(b->texts.ptr + before, b->texts.len - before);
}
