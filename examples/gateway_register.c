/* SPDX-License-Identifier: Apache-2.0 */
/* REGISTER of a client, answered here: it has what we have, for as long as we have it. The last one wins. */
#include <string.h>

#include "gateway.h"

enum { DEFAULT_S = 3600 };

const struct binding *register_client(struct gateway *g)
{
  if (g->client.contact[0] && phone_now() >= g->client.until)
    g->client.contact[0] = '\0';
  return g->client.contact[0] ? &g->client : NULL;
}

/* What it asks: the parameter, the field, or what is usual (RFC 3261 10.2.1.1). */
static uint32_t asked(const imstls_sip_message *m, imstls_text params)
{
  imstls_text value;
  uint32_t expires = DEFAULT_S;
  if (imstls_sip_param_find(params, "expires", &value) == IMSTLS_OK && value.ptr &&
      imstls_sip_number(value, &expires) == IMSTLS_OK)
    return expires;
  if (m->count[IMSTLS_HDR_EXPIRES] && imstls_sip_number(m->first[IMSTLS_HDR_EXPIRES], &expires))
    expires = DEFAULT_S;
  return expires;
}

static bool is_bound(struct gateway *g, imstls_text contact)
{
  const struct binding *b = register_client(g);
  return b && text_is(contact, b->contact);
}

static void note_client(struct gateway *g, const struct peer *from, imstls_text contact, uint32_t expires_s)
{
  struct binding *b = &g->client;
  if (!expires_s && !is_bound(g, contact))
    return; /* another client's */
  snprintf(b->contact, sizeof b->contact, "%.*s", expires_s ? (int)contact.len : 0, contact.ptr);
  b->peer = *from;
  b->until = phone_now() + (uint64_t)expires_s * 1000;
  show_client(g, contact, expires_s);
}

/* False: an element that cannot be read, or that is too long to be kept. */
static bool take_contacts(struct gateway *g, const struct peer *from, const imstls_sip_message *m, uint32_t left_s)
{
  imstls_text field = { NULL, 0 };
  imstls_sip_address address;
  while (imstls_sip_next(m, IMSTLS_HDR_CONTACT, &field) == IMSTLS_OK) {
    imstls_text rest = field;
    int result;
    while ((result = imstls_sip_address_next(&rest, &address)) == IMSTLS_OK) {
      uint32_t expires = asked(m, address.params);
      const struct binding *b = register_client(g);
      if (address.uri.len >= URI_MAX)
        return false;
      if (text_is(address.uri, "*") && b)
        note_client(g, from, (imstls_text){ b->contact, strlen(b->contact) }, 0);
      else if (!text_is(address.uri, "*"))
        note_client(g, from, address.uri, expires < left_s ? expires : left_s);
    }
    if (result != IMSTLS_END)
      return false;
  }
  return true;
}

void register_take(struct gateway *g, const struct peer *from, const imstls_sip_message *m)
{
  char extra[URI_MAX + 64] = "";
  uint64_t now = phone_now();
  if (now >= g->registered_until) {
    snprintf(extra, sizeof extra, "Retry-After: %d\r\n", RETRY_AFTER_S);
    send_reply(g, from, m, 503, "Service Unavailable", extra);
    return;
  }
  uint64_t left_s = (g->registered_until - now) / 1000;
  if (!take_contacts(g, from, m, left_s < UINT32_MAX ? (uint32_t)left_s : UINT32_MAX)) {
    send_reply(g, from, m, 400, "Bad Request", "");
    return;
  }
  const struct binding *b = register_client(g);
  if (b)
    snprintf(extra, sizeof extra, "Contact: <%s>;expires=%lu\r\n", b->contact,
             (unsigned long)((b->until - now) / 1000));
  send_reply(g, from, m, 200, "OK", extra);
}
