/* SPDX-License-Identifier: Apache-2.0 */
/* A message as the other side is to see it: field for field, most of them octet for octet. */
#include <string.h>

#include "gateway.h"

struct writer {
  char *out;
  size_t cap, len; /* beyond cap: it does not fit */
};

static void put(struct writer *w, const char *text, size_t len)
{
  if (len && w->len + len <= w->cap)
    memcpy(w->out + w->len, text, len);
  w->len += len;
}

static void put_text(struct writer *w, imstls_text text) { put(w, text.ptr, text.len); }
static void put_str(struct writer *w, const char *text) { put(w, text, strlen(text)); }

static void put_range(struct writer *w, const char *from, const char *to) { put(w, from, (size_t)(to - from)); }

static void put_number(struct writer *w, const char *name, unsigned long number)
{
  char line[40];
  int n = snprintf(line, sizeof line, "%s%lu", name, number);
  put(w, line, n > 0 ? (size_t)n : 0);
}

/* ---- reading ---- */

bool text_is(imstls_text text, const char *word)
{
  return text.len == strlen(word) && memcmp(text.ptr, word, text.len) == 0;
}

/* host[:port] of a sip URI: what stands between user and parameters. */
static imstls_text host_port(imstls_text uri, bool *user)
{
  const char *at = uri.ptr, *end = uri.ptr + uri.len;
  const char *colon = memchr(at, ':', uri.len);
  *user = false;
  if (!colon)
    return (imstls_text){ at, 0 };
  at = colon + 1;
  for (const char *p = at; p < end; p++)
    if (*p == '@') {
      at = p + 1;
      *user = true;
    }
  const char *stop = at;
  while (stop < end && *stop != ';' && *stop != '?')
    stop++;
  return (imstls_text){ at, (size_t)(stop - at) };
}

/* The address that clients were told, also by the name that every machine has for itself. */
bool text_is_own(const struct own *own, imstls_text uri, bool *user)
{
  char local[80];
  bool sip = uri.len > 4 && imstls_text_is((imstls_text){ uri.ptr, 4 }, "sip:");
  imstls_text host = sip ? host_port(uri, user) : (imstls_text){ NULL, 0 };
  snprintf(local, sizeof local, "localhost%s", strrchr(own->host_port, ':'));
  return sip && (imstls_text_is(host, own->host_port) || imstls_text_is(host, local));
}

bool text_tag(imstls_text address, imstls_text *tag)
{
  imstls_sip_address found;
  return imstls_sip_address_next(&address, &found) == IMSTLS_OK &&
         imstls_sip_param_find(found.params, "tag", tag) == IMSTLS_OK;
}

/* Kept as a string, so what is longer, or holds what ends one, is none. */
bool text_contact(const imstls_sip_message *m, imstls_text *uri)
{
  imstls_text rest = m->first[IMSTLS_HDR_CONTACT];
  imstls_sip_address found;
  if (!rest.ptr || imstls_sip_address_next(&rest, &found))
    return false;
  if (found.uri.len < 2 || found.uri.len >= URI_MAX)
    return false;
  *uri = found.uri;
  return true;
}

uint32_t text_hops(const imstls_sip_message *m)
{
  uint32_t hops = 70;
  if (m->count[IMSTLS_HDR_MAX_FORWARDS] && imstls_sip_number(m->first[IMSTLS_HDR_MAX_FORWARDS], &hops))
    return 0;
  return hops > 255 ? 255 : hops;
}

/* ---- where it came from ---- */

bool text_arrived(const imstls_sip_message *m, const struct peer *from, char *out, size_t cap, size_t *len)
{
  char source[64], *port;
  struct writer w = { out, cap, 0 };
  imstls_sip_via via;
  imstls_text rest = m->first[IMSTLS_HDR_VIA], item;
  if (imstls_sip_via_parse(rest, &via) || imstls_sip_list_next(&rest, &item))
    return false;
  address_format(&from->from, source);
  port = strrchr(source, ':');
  *port = '\0';
  const char *at = m->raw.ptr, *end = m->raw.ptr + m->raw.len;
  bool asks = via.rport.ptr && via.rport.len == 0;
  if (asks) {
    put_range(&w, at, via.rport.ptr);
    put_str(&w, "=");
    put_str(&w, port + 1);
    at = via.rport.ptr;
  }
  put_range(&w, at, item.ptr + item.len);
  if (!via.received.ptr && (asks || !imstls_text_is(via.host, source))) {
    bool brackets = source[0] == '[';
    put_str(&w, ";received=");
    put(&w, source + brackets, strlen(source) - 2 * (size_t)brackets);
  }
  put_range(&w, item.ptr + item.len, end);
  *len = w.len;
  return w.len <= cap;
}

/* ---- changing ---- */

struct changing {
  struct writer w;
  const imstls_sip_message *m;
  const struct own *own;
  const struct change *how;
  bool via_taken;
};

static void put_start(struct changing *c)
{
  imstls_text uri = c->how->uri;
  bool user;
  if (c->m->status) {
    put_text(&c->w, c->m->line);
    put_str(&c->w, "\r\n");
    return;
  }
  put_text(&c->w, c->m->method);
  put_str(&c->w, " ");
  if (uri.ptr)
    put_text(&c->w, uri);
  else if (text_is_own(c->own, c->m->uri, &user)) {
    imstls_text host = host_port(c->m->uri, &user);
    put_range(&c->w, c->m->uri.ptr, host.ptr);
    put_str(&c->w, c->own->domain);
    put_range(&c->w, host.ptr + host.len, c->m->uri.ptr + c->m->uri.len);
  } else
    put_text(&c->w, c->m->uri);
  put_str(&c->w, " SIP/2.0\r\n");
}

static void put_record_route(struct changing *c, const char *uri)
{
  if (!uri)
    return;
  put_str(&c->w, "Record-Route: <");
  put_str(&c->w, uri);
  put_str(&c->w, ">\r\n");
}

/* What is below our own Via in the same field. */
static void take_via(struct changing *c, const imstls_sip_field *field)
{
  imstls_text rest = field->value, item;
  c->via_taken = true;
  (void)imstls_sip_list_next(&rest, &item); /* ours */
  if (imstls_sip_list_next(&rest, &item))
    return;
  put_str(&c->w, "Via: ");
  put_range(&c->w, item.ptr, field->value.ptr + field->value.len);
  put_str(&c->w, "\r\n");
}

/* Route or Record-Route without our entries; a field of one entry each. */
static void put_others(struct changing *c, const imstls_sip_field *field)
{
  imstls_text rest = field->value, item;
  bool user;
  while (imstls_sip_list_next(&rest, &item) == IMSTLS_OK) {
    imstls_text one = item;
    imstls_sip_address address;
    if (imstls_sip_address_next(&one, &address) == IMSTLS_OK && text_is_own(c->own, address.uri, &user))
      continue;
    put_str(&c->w, field->id == IMSTLS_HDR_ROUTE ? "Route: " : "Record-Route: ");
    put_text(&c->w, item);
    put_str(&c->w, "\r\n");
  }
}

static bool is_credentials(const imstls_sip_field *field)
{
  return field->id == IMSTLS_HDR_AUTHORIZATION || imstls_text_is(field->name, "Proxy-Authorization");
}

static void put_field(struct changing *c, const imstls_sip_field *field)
{
  const struct change *how = c->how;
  bool routes = field->id == IMSTLS_HDR_ROUTE || field->id == IMSTLS_HDR_RECORD_ROUTE;
  if (field->id == IMSTLS_HDR_VIA && how->take_via && !c->via_taken) {
    take_via(c, field);
  } else if (routes && how->take_own) {
    put_others(c, field);
  } else if (field->id == IMSTLS_HDR_MAX_FORWARDS && how->hop) {
    put_number(&c->w, "Max-Forwards: ", text_hops(c->m) - 1);
    put_str(&c->w, "\r\n");
  } else if (!how->take_credentials || !is_credentials(field))
    put_text(&c->w, field->raw);
}

bool text_change(const imstls_sip_message *m, const struct own *own, const struct change *change, char *out, size_t cap,
                 size_t *len)
{
  struct changing c = { { out, cap, 0 }, m, own, change, false };
  imstls_sip_field field = { .raw = { NULL, 0 } };
  put_start(&c);
  if (change->via) {
    put_str(&c.w, "Via: ");
    put_str(&c.w, change->via);
    put_str(&c.w, "\r\n");
  }
  if (change->hop && !m->count[IMSTLS_HDR_MAX_FORWARDS])
    put_str(&c.w, "Max-Forwards: 70\r\n");
  put_record_route(&c, change->first);
  while (imstls_sip_field_next(m, &field) == IMSTLS_OK)
    put_field(&c, &field);
  put_record_route(&c, change->last);
  put_str(&c.w, "\r\n");
  put_text(&c.w, m->body);
  *len = c.w.len;
  return c.w.len <= cap;
}

/* ---- answering ---- */

bool text_answer(const imstls_sip_message *m, const char *status_line, const char *tag, const char *extra, char *out,
                 size_t cap, size_t *len)
{
  struct writer w = { out, cap, 0 };
  imstls_sip_field field = { .raw = { NULL, 0 } };
  imstls_text found;
  put_str(&w, "SIP/2.0 ");
  put_str(&w, status_line);
  put_str(&w, "\r\n");
  while (imstls_sip_field_next(m, &field) == IMSTLS_OK) {
    bool repeated = field.id == IMSTLS_HDR_VIA || field.id == IMSTLS_HDR_FROM || field.id == IMSTLS_HDR_CALL_ID ||
                    field.id == IMSTLS_HDR_CSEQ || field.id == IMSTLS_HDR_TO;
    if (!repeated)
      continue;
    bool untagged = field.id == IMSTLS_HDR_TO && !text_tag(field.value, &found);
    if (!untagged) {
      put_text(&w, field.raw);
      continue;
    }
    put_str(&w, "To: ");
    put_text(&w, field.value);
    put_str(&w, ";tag=");
    put_str(&w, tag);
    put_str(&w, "\r\n");
  }
  put_str(&w, extra);
  put_str(&w, "Content-Length: 0\r\n\r\n");
  *len = w.len;
  return w.len <= cap;
}
