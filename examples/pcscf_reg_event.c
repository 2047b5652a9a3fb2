/* SPDX-License-Identifier: Apache-2.0 */
/* The reg event (RFC 3680) as the registrar behind this P-CSCF tells it: SUBSCRIBE is granted, NOTIFY says that all is
 * well, and with --notify a while later what the network did. */
#include <stdio.h>
#include <string.h>

#include "pcscf.h"

enum { GRANTED_MAX_S = 600000 };

/* What --notify tells of, in the order of NOTIFY_... */
static const struct {
  const char *name, *contact; /* state, event and more of the contact; NULL: no such NOTIFY */
  bool ended;                 /* the registration is over then */
  bool foreign;               /* of a contact that is nobody's here */
} news[NOTIFY_COUNT] = {
  [NOTIFY_NOTHING] = { "nothing", NULL, false, false },
  [NOTIFY_DEACTIVATED] = { "deactivated", "state=\"terminated\" event=\"deactivated\"", true, false },
  [NOTIFY_PROBATION] = { "probation", "state=\"terminated\" event=\"probation\" retry-after=\"2\"", true, false },
  [NOTIFY_EXPIRED] = { "expired", "state=\"terminated\" event=\"expired\"", true, false },
  [NOTIFY_REJECTED] = { "rejected", "state=\"terminated\" event=\"rejected\"", true, false },
  [NOTIFY_UNREGISTERED] = { "unregistered", "state=\"terminated\" event=\"unregistered\"", true, false },
  [NOTIFY_SHORTENED] = { "shortened", "state=\"active\" event=\"shortened\" expires=\"2\"", false, false },
  [NOTIFY_FOREIGN] = { "foreign", "state=\"terminated\" event=\"deactivated\"", false, true },
  [NOTIFY_MALFORMED] = { "malformed", "state=\"terminated\" event=\"deactivated\" <", false, false },
  [NOTIFY_REFUSED] = { "refused", NULL, false, false },
};

const char *notify_choice(size_t i, const char **help)
{
  *help = NULL;
  return i < NOTIFY_COUNT ? news[i].name : NULL;
}

/* What XML would read as something else cannot stand in a URI that we registered but '&'. */
static void put_uri(char *out, size_t cap, const char *uri)
{
  size_t used = 0;
  for (; *uri && used + 6 < cap; uri++)
    used += (size_t)snprintf(out + used, cap - used, *uri == '&' ? "&amp;" : "%c", *uri);
}

static void notify(struct pcscf *p, struct reg *r, const char *contact, const char *of, const char *state)
{
  struct watcher *w = &r->watcher;
  char body[2048], out[4096], uri[600] = "", aor[600] = "";
  static const char *const transports[] = { "", "TLS", "TCP", "UDP" };
  bool ended = strcmp(state, "terminated") == 0;
  put_uri(uri, sizeof uri, of);
  put_uri(aor, sizeof aor, r->impu);
  int len = snprintf(body, sizeof body,
                     "<?xml version=\"1.0\"?>\n"
                     "<reginfo xmlns=\"urn:ietf:params:xml:ns:reginfo\" version=\"%u\" state=\"full\">\n"
                     "  <registration aor=\"%s\" id=\"a1\" state=\"%s\">\n"
                     "    <contact id=\"c1\" %s>\n      <uri>%s</uri>\n    </contact>\n  </registration>\n</reginfo>\n",
                     w->version++, aor, ended ? "terminated" : "active", contact, uri);
  w->cseq++;
  len = snprintf(out, sizeof out,
                 "NOTIFY %s SIP/2.0\r\nVia: SIP/2.0/%s pcscf.%s;branch=z9hG4bK%llxn%u\r\nMax-Forwards: 70\r\n"
                 "From: %s;tag=pcscf\r\nTo: %s\r\nCall-ID: %s\r\nCSeq: %u NOTIFY\r\nContact: <sip:pcscf.%s;lr>\r\n"
                 "Event: reg\r\nSubscription-State: %s%s\r\nContent-Type: application/reginfo+xml\r\n"
                 "Content-Length: %d\r\n\r\n%s",
                 w->target, transports[r->flow->kind], p->home.domain, (unsigned long long)now_ms(), w->cseq, w->ours,
                 w->theirs, w->call_id, w->cseq, p->home.domain, state, ended ? ";reason=noresource" : "", len, body);
  if (len > 0 && (size_t)len < sizeof out)
    flow_send(r->flow, out, (size_t)len);
}

static bool keep_dialog(struct watcher *w, const imstls_sip_message *m)
{
  imstls_text rest = m->first[IMSTLS_HDR_CONTACT], to = m->first[IMSTLS_HDR_TO];
  imstls_sip_address contact, ours;
  if (!rest.ptr || imstls_sip_address_next(&rest, &contact) || imstls_sip_address_next(&to, &ours))
    return false;
  text_keep(w->target, sizeof w->target, contact.uri);
  text_keep(w->call_id, sizeof w->call_id, m->first[IMSTLS_HDR_CALL_ID]);
  text_keep(w->theirs, sizeof w->theirs, m->first[IMSTLS_HDR_FROM]);
  snprintf(w->ours, sizeof w->ours, "<%.*s>", (int)ours.uri.len, ours.uri.ptr);
  return true;
}

static bool is_reg(const imstls_sip_message *m) { return text_same(m->first[IMSTLS_HDR_EVENT], "reg"); }

void subscribe_receive(struct pcscf *p, struct flow *flow, const imstls_sip_message *m, struct reg *r)
{
  struct watcher *w = &r->watcher;
  char extra[256], seconds[16];
  uint32_t expires = GRANTED_MAX_S;
  if (!is_reg(m) || p->options.notify == NOTIFY_REFUSED) {
    say(p, "refused", "why", "event package", NULL);
    sip_reply(flow, m, 489, "Bad Event", "Allow-Events: reg\r\n");
    return;
  }
  if (m->first[IMSTLS_HDR_EXPIRES].ptr && imstls_sip_number(m->first[IMSTLS_HDR_EXPIRES], &expires))
    expires = GRANTED_MAX_S;
  if (expires > GRANTED_MAX_S)
    expires = GRANTED_MAX_S;
  if (!text_same(m->first[IMSTLS_HDR_CALL_ID], w->call_id))
    memset(w, 0, sizeof *w);
  if (!keep_dialog(w, m)) {
    sip_reply(flow, m, 400, "Bad Request", "");
    return;
  }
  snprintf(extra, sizeof extra, "Expires: %u\r\nContact: <sip:pcscf.%.100s;lr>\r\n", (unsigned)expires, p->home.domain);
  sip_reply(flow, m, 200, "OK", extra);
  snprintf(seconds, sizeof seconds, "%u", (unsigned)expires);
  say(p, "subscribed", "#expires", seconds, "#refresh", w->cseq ? "true" : "false", NULL);
  notify(p, r, "state=\"active\" event=\"registered\"", r->contact, expires ? "active" : "terminated");
  if (news[p->options.notify].contact && !p->has_notified)
    w->notify_at = now_ms() + p->options.notify_after_ms;
}

/* What --notify says, once: who comes back is left alone. */
static void tell_news(struct pcscf *p, struct reg *r)
{
  int what = p->options.notify;
  r->watcher.notify_at = 0;
  p->has_notified = true;
  say(p, "notified", "of", news[what].name, NULL);
  notify(p, r, news[what].contact, news[what].foreign ? "sip:nobody@192.0.2.1" : r->contact,
         news[what].ended ? "terminated" : "active");
  if (!news[what].ended)
    return;
  say(p, "deregistered", "why", news[what].name, NULL);
  register_ended(p, r);
}

void subscribe_tick(struct pcscf *p)
{
  for (size_t i = 0; i < p->options.registrations; i++) {
    struct reg *r = &p->regs[i];
    if (r->registered && r->watcher.notify_at && now_ms() >= r->watcher.notify_at)
      tell_news(p, r);
  }
}
