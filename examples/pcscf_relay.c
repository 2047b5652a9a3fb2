/* SPDX-License-Identifier: Apache-2.0 */
/* Between registered subscribers, without state (RFC 3261 16.11): a request goes to the flow of whom it names, by his
 * identity or by his Contact; its response finds the way back by the branch of our Via. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pcscf.h"

/* What is being written; `len` above the room: it does not fit. */
struct out {
  char data[RX_LEN + 1024];
  size_t len;
};

static void put(struct out *o, imstls_text text)
{
  if (text.len <= sizeof o->data - o->len)
    memcpy(o->data + o->len, text.ptr, text.len);
  o->len = text.len <= sizeof o->data - o->len ? o->len + text.len : sizeof o->data + 1;
}

static void put_str(struct out *o, const char *text)
{
  if (o->len <= sizeof o->data)
    put(o, (imstls_text){ text, strlen(text) });
}

static void put_text(struct out *o, imstls_text text)
{
  if (o->len <= sizeof o->data)
    put(o, text);
}

/* ---- to whom ---- */

static bool is_his(const struct reg *r, imstls_text uri)
{
  if (text_same(uri, r->contact) || text_same(uri, r->impu))
    return true;
  return *r->who->impus && subscriber_owns(r->who, uri);
}

static const struct reg *registered_as(const struct pcscf *p, imstls_text uri)
{
  for (size_t i = 0; i < p->options.registrations; i++)
    if (p->regs[i].registered && p->regs[i].flow && is_his(&p->regs[i], uri))
      return &p->regs[i];
  return NULL;
}

static size_t slot_of(const struct pcscf *p, const struct flow *flow)
{
  size_t slot = 0;
  while (slot < p->options.connections && p->flows[slot] != flow)
    slot++;
  return slot;
}

/* ---- what changes on the way ---- */

/* RFC 3329 2.3.1: the agreement ends here; the route led here. Max-Forwards is written anew. */
static bool stays(const imstls_sip_field *field)
{
  switch (field->id) {
  case IMSTLS_HDR_SECURITY_VERIFY:
  case IMSTLS_HDR_PROXY_REQUIRE:
  case IMSTLS_HDR_ROUTE:
  case IMSTLS_HDR_MAX_FORWARDS: return false;
  case IMSTLS_HDR_REQUIRE: return !imstls_text_is(field->value, "sec-agree");
  default: return true;
  }
}

static void put_fields(struct out *o, const imstls_sip_message *m)
{
  imstls_sip_field field = { .id = 0 };
  while (imstls_sip_field_next(m, &field) == IMSTLS_OK)
    if (stays(&field))
      put_text(o, field.raw);
  put_str(o, "\r\n");
  put_text(o, m->body);
}

/* False: it has gone far enough (RFC 3261 16.3). */
static bool put_request(const struct pcscf *p, const struct flow *from, const struct reg *to,
                        const imstls_sip_message *m, struct out *o)
{
  static const char *const transports[] = { "", "TLS", "TCP", "UDP" };
  char head[1200];
  imstls_sip_via via;
  uint32_t hops = 70;
  if (m->first[IMSTLS_HDR_MAX_FORWARDS].ptr && imstls_sip_number(m->first[IMSTLS_HDR_MAX_FORWARDS], &hops))
    return false;
  if (!hops || imstls_sip_via_parse(m->first[IMSTLS_HDR_VIA], &via) || !via.branch.len || via.branch.len > 200)
    return false;
  snprintf(head, sizeof head,
           "%.*s %s SIP/2.0\r\nVia: SIP/2.0/%s pcscf.%s;branch=z9hG4bKrelay.%zu.%u.%.*s\r\n"
           "Record-Route: <sip:pcscf.%s;lr>\r\nMax-Forwards: %u\r\n",
           (int)(m->method.len < 32 ? m->method.len : 32), m->method.ptr, to->contact, transports[to->flow->kind],
           p->home.domain, slot_of(p, from), from->number, (int)via.branch.len, via.branch.ptr, p->home.domain,
           (unsigned)hops - 1);
  put_str(o, head);
  put_fields(o, m);
  return o->len <= sizeof o->data;
}

/* RFC 3261 16.7, step 3: our Via goes, the others stay. */
static void put_response(const imstls_sip_message *m, struct out *o)
{
  imstls_sip_field field = { .id = 0 };
  bool taken_off = false;
  put_text(o, m->line);
  put_str(o, "\r\n");
  while (imstls_sip_field_next(m, &field) == IMSTLS_OK) {
    if (taken_off || field.id != IMSTLS_HDR_VIA)
      put_text(o, field.raw);
    taken_off = taken_off || field.id == IMSTLS_HDR_VIA;
  }
  put_str(o, "\r\n");
  put_text(o, m->body);
}

/* ---- what comes ---- */

bool relay_request(struct pcscf *p, struct flow *from, const imstls_sip_message *m)
{
  static struct out out;
  char line[256];
  const struct reg *to = registered_as(p, m->uri);
  if (!to)
    return false;
  out.len = 0;
  if (!put_request(p, from, to, m, &out)) {
    sip_reply(from, m, 483, "Too Many Hops", "");
    return true;
  }
  text_keep(line, sizeof line, m->line);
  say(p, "relayed", "line", line, NULL);
  flow_send(to->flow, out.data, out.len);
  return true;
}

/* The flow that our branch names, if it is still there. NULL: it is not, or the branch is none of ours. */
static struct flow *asked_from(const struct pcscf *p, imstls_text branch)
{
  static const char ours[] = "z9hG4bKrelay.";
  char text[64], *end;
  text_keep(text, sizeof text, branch);
  if (strncmp(text, ours, sizeof ours - 1) != 0)
    return NULL;
  size_t slot = strtoul(text + sizeof ours - 1, &end, 10);
  unsigned long number = *end == '.' ? strtoul(end + 1, NULL, 10) : 0;
  struct flow *flow = slot < p->options.connections ? p->flows[slot] : NULL;
  return flow && flow->number == number ? flow : NULL;
}

bool relay_response(struct pcscf *p, const imstls_sip_message *m)
{
  static struct out out;
  imstls_sip_via via;
  if (imstls_sip_via_parse(m->first[IMSTLS_HDR_VIA], &via) || via.more)
    return false;
  struct flow *to = asked_from(p, via.branch);
  if (!to)
    return false;
  out.len = 0;
  put_response(m, &out);
  if (out.len <= sizeof out.data)
    flow_send(to, out.data, out.len);
  return true;
}
