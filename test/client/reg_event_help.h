/* SPDX-License-Identifier: Apache-2.0 */
/* The network's side of the reg event: one dialog, and what NOTIFY says in it. */
#ifndef REG_EVENT_HELP_H
#define REG_EVENT_HELP_H

#include <stdio.h>

#include <imstls/reginfo.h>

#include "client_help.h"

enum { SECONDS = 1000, LONG_S = 600000 };
#define SCSCF "sip:scscf@192.0.2.7"
#define ROUTES "Service-Route: <sip:orig@192.0.2.7;lr>\r\n"

/* Of the last SUBSCRIBE. */
static struct {
  char call_id[80], tag[40], contact[100];
} dialog;

static inline void keep(char *out, size_t cap, imstls_text text)
{
  ck_assert_uint_lt(text.len, cap);
  snprintf(out, cap, "%.*s", (int)text.len, text.ptr);
}

static inline imstls_text tag_of(imstls_text party)
{
  imstls_sip_address address;
  imstls_text tag = { NULL, 0 };
  ck_assert_int_eq(imstls_sip_address_next(&party, &address), IMSTLS_OK);
  (void)imstls_sip_param_find(address.params, "tag", &tag);
  return tag;
}

static inline imstls_sip_message subscribe(void)
{
  imstls_sip_message m;
  imstls_sip_address contact;
  ck_assert(fake_request(f, &m));
  ck_text(m.method, "SUBSCRIBE");
  imstls_text rest = m.first[IMSTLS_HDR_CONTACT];
  ck_assert_int_eq(imstls_sip_address_next(&rest, &contact), IMSTLS_OK);
  keep(dialog.call_id, sizeof dialog.call_id, m.first[IMSTLS_HDR_CALL_ID]);
  keep(dialog.tag, sizeof dialog.tag, tag_of(m.first[IMSTLS_HDR_FROM]));
  keep(dialog.contact, sizeof dialog.contact, contact.uri);
  return m;
}

/* Registered for `expires_s`, and its SUBSCRIBE is here. */
static inline imstls_sip_message registered_for(const char *extra, unsigned expires_s)
{
  f->config.policy.reg_event = 1;
  fake_start(f);
  (void)fake_register(f);
  (void)challenge();
  fake_ok_for(f, extra, expires_s);
  fake_run(f);
  ck_state(REGISTERED);
  return subscribe();
}

static inline void accepted(unsigned expires_s)
{
  char lines[200];
  snprintf(lines, sizeof lines, "Expires: %u\r\nContact: <" SCSCF ">\r\n", expires_s);
  reply(200, lines);
}

struct notify {
  unsigned cseq;
  const char *call_id, *tag, *from_tag, *event, *state, *type, *body, *more; /* NULL: the right one */
};

static inline const char *or_else(const char *text, const char *usual) { return text ? text : usual; }

static inline void say_notify(const struct notify *n)
{
  static char out[1 << 15];
  const char *body = or_else(n->body, "");
  int len = snprintf(out, sizeof out,
                     "NOTIFY %s SIP/2.0\r\nVia: SIP/2.0/TLS 192.0.2.1:5061;branch=z9hG4bKn%u\r\n"
                     "From: <sip:a@b>;tag=%s\r\nTo: <sip:a@b>;tag=%s\r\nCall-ID: %s\r\nCSeq: %u NOTIFY\r\n%s"
                     "Contact: <" SCSCF ">\r\nEvent: %s\r\nSubscription-State: %s\r\nContent-Type: %s\r\n"
                     "Content-Length: %zu\r\n\r\n%s",
                     dialog.contact, n->cseq, or_else(n->from_tag, "home"), or_else(n->tag, dialog.tag),
                     or_else(n->call_id, dialog.call_id), n->cseq, or_else(n->more, ""), or_else(n->event, "reg"),
                     or_else(n->state, "active;expires=600000"), or_else(n->type, "application/reginfo+xml"),
                     strlen(body), body);
  ck_assert(len > 0 && (size_t)len < sizeof out);
  fake_say(f, out, (size_t)len);
}

/* One registration with one contact; `uri` NULL: ours. */
static inline const char *document(unsigned version, const char *kind, const char *contact, const char *uri)
{
  static char out[2][1500];
  static int which;
  which = !which;
  snprintf(out[which], sizeof out[0],
           "<?xml version=\"1.0\"?>\n<reginfo xmlns=\"urn:ietf:params:xml:ns:reginfo\" version=\"%u\" state=\"%s\">"
           "<registration aor=\"sip:a@b\" id=\"1\" state=\"active\"><contact id=\"2\" %s><uri>%s</uri></contact>"
           "</registration></reginfo>",
           version, kind, contact, or_else(uri, dialog.contact));
  return out[which];
}

#define CONTACT(state, event) "state=\"" state "\" event=\"" event "\""

/* The status that the last NOTIFY got. */
static inline unsigned answered(void)
{
  imstls_sip_message m;
  ck_assert(fake_request(f, &m));
  ck_text(m.method, "NOTIFY");
  return m.status;
}

static inline void notify(unsigned cseq, const char *body)
{
  say_notify(&(struct notify){ .cseq = cseq, .body = body });
  fake_run(f);
  ck_assert_uint_eq(answered(), 200);
}

/* Registered and subscribed for long, and the first NOTIFY said that all is well. */
static inline void subscribed(void)
{
  (void)registered_for(ROUTES, LONG_S);
  accepted(LONG_S);
  notify(1, document(0, "full", CONTACT("active", "registered"), NULL));
  ck_state(REGISTERED);
}

/* Takes everything that was sent; how many of this method. */
static inline int count_sent(const char *method)
{
  imstls_sip_message m;
  int n = 0;
  while (fake_request(f, &m))
    n += !m.status && imstls_text_is(m.method, method);
  return n;
}

#endif
