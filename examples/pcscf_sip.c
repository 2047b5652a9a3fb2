/* SPDX-License-Identifier: Apache-2.0 */
/* Just enough SIP: replies, requests from the network, everything but REGISTER. */
#include <stdio.h>
#include <string.h>

#include "pcscf.h"

bool text_same(imstls_text a, const char *b) { return a.ptr && a.len == strlen(b) && memcmp(a.ptr, b, a.len) == 0; }

bool secret_same(const void *a, const void *b, size_t len)
{
  const volatile uint8_t *x = a, *y = b;
  uint8_t difference = 0;
  for (size_t i = 0; i < len; i++)
    difference |= x[i] ^ y[i];
  return difference == 0;
}

void text_keep(char *out, size_t cap, imstls_text text)
{
  size_t len = text.ptr ? text.len : 0;
  len = len < cap ? len : cap - 1;
  if (len)
    memcpy(out, text.ptr, len);
  out[len] = 0;
}

void sip_reply(struct flow *flow, const imstls_sip_message *request, unsigned status, const char *reason,
               const char *extra)
{
  static char out[RX_LEN + 4096];
  size_t len;
  imstls_text more = { extra, strlen(extra) };
  if (imstls_sip_reply(request, status, reason, "pcscf", more, out, sizeof out, &len) == IMSTLS_OK)
    flow_send(flow, out, len);
  else
    flow->closing = true;
}

static struct reg *registered_on(struct pcscf *p, const struct flow *flow)
{
  for (size_t i = 0; i < p->options.registrations; i++)
    if (p->regs[i].used && p->regs[i].registered && p->regs[i].flow == flow)
      return &p->regs[i];
  return NULL;
}

void sip_greet(struct pcscf *p, struct flow *flow)
{
  const struct reg *r = registered_on(p, flow);
  const char *text = p->options.message, *method = text ? "MESSAGE" : "OPTIONS";
  char out[2048 + MESSAGE_LEN];
  uint8_t id[8];
  static const char *const transports[] = { "", "TLS", "TCP", "UDP" };
  if (r && p->options.call && !(flow = call_ue(p, r)))
    return;
  if (!r || tls_random(p->tls, id, sizeof id))
    return;
  unsigned long long unique = 0;
  for (size_t i = 0; i < sizeof id; i++)
    unique = unique << 8 | id[i];
  int len =
      snprintf(out, sizeof out,
               "%s %s SIP/2.0\r\nVia: SIP/2.0/%s pcscf.%s;branch=z9hG4bK%016llx\r\nMax-Forwards: 70\r\n"
               "From: <sip:%s>;tag=%llx\r\nTo: <%s>\r\nCall-ID: %016llx\r\nCSeq: 1 %s\r\n%s"
               "Content-Length: %zu\r\n\r\n%s",
               method, r->contact, transports[flow->kind], p->home.domain, unique, p->home.domain, unique & 0xffffffff,
               r->impu, unique, method, text ? "Content-Type: text/plain;charset=UTF-8\r\n" : "",
               text ? strlen(text) : 0, text ? text : "");
  if (len > 0 && (size_t)len < sizeof out)
    flow_send(flow, out, (size_t)len);
}

static void on_other_request(struct pcscf *p, struct flow *flow, const imstls_sip_message *m)
{
  char method[32];
  text_keep(method, sizeof method, m->method);
  struct reg *r = registered_on(p, flow);
  bool is_ack = strcmp(method, "ACK") == 0;
  if (is_ack && r)
    (void)relay_request(p, flow, m);
  if (is_ack)
    return;
  if (!r) {
    say(p, "refused", "why", "not registered", "method", method, NULL);
    sip_reply(flow, m, 403, "Forbidden", "");
    return;
  }
  bool subscribes = strcmp(method, "SUBSCRIBE") == 0;
  bool to_us = subscribes && text_same(m->first[IMSTLS_HDR_EVENT], "reg");
  if (!to_us && (fault_on_message(p, flow, m) || relay_request(p, flow, m)))
    return;
  if (subscribes)
    subscribe_receive(p, flow, m, r);
  else if (strcmp(method, "OPTIONS") == 0)
    sip_reply(flow, m, 200, "OK", "Allow: REGISTER, OPTIONS, SUBSCRIBE\r\n");
  else
    sip_reply(flow, m, 405, "Method Not Allowed", "Allow: REGISTER, OPTIONS, SUBSCRIBE\r\n");
}

static void on_request(struct pcscf *p, struct flow *flow, const imstls_sip_message *m)
{
  if (text_same(m->method, "REGISTER"))
    register_receive(p, flow, m);
  else
    on_other_request(p, flow, m);
}

/* Over UDP what comes again gets the same reply: a second challenge would spoil the first. */
static void on_datagram(struct pcscf *p, struct flow *flow, const imstls_sip_message *m)
{
  imstls_sip_via via;
  struct repeat *r = NULL;
  if (imstls_sip_via_parse(m->first[IMSTLS_HDR_VIA], &via) || !via.branch.ptr || via.branch.len >= sizeof r->branch)
    return;
  for (size_t i = 0; i < REPEATS; i++)
    if (p->repeats[i].len && text_same(via.branch, p->repeats[i].branch)) {
      flow_send(flow, p->repeats[i].data, p->repeats[i].len);
      return;
    }
  flow->tx_len = 0;
  on_request(p, flow, m);
  if (!flow->tx_len || flow->tx_len > sizeof r->data)
    return;
  r = &p->repeats[p->next_repeat++ % REPEATS];
  text_keep(r->branch, sizeof r->branch, via.branch);
  memcpy(r->data, flow->tx, flow->tx_len);
  r->len = flow->tx_len;
}

void sip_receive(struct pcscf *p, struct flow *flow, const imstls_sip_message *m)
{
  char line[256];
  if (m->status && relay_response(p, m))
    return;
  if (m->status) {
    text_keep(line, sizeof line, m->line);
    bool to_notify = text_same(m->method, "NOTIFY");
    say(p, to_notify ? "notify_answer" : "answer", "line", line, "on", flow->called ? "call" : "flow", NULL);
    return;
  }
  if (flow->kind == FLOW_UDP)
    on_datagram(p, flow, m);
  else
    on_request(p, flow, m);
}

/* What was tied to this connection is worth nothing without it. */
void sip_flow_ended(struct pcscf *p, struct flow *flow)
{
  for (size_t i = 0; i < p->options.registrations; i++) {
    struct reg *r = &p->regs[i];
    if (r->used && r->flow == flow && r->pending && flow->psk)
      r->flow = NULL; /* the session of the new PSK is on its way */
    else if (r->used && (r->flow == flow || r->asked_on == flow))
      register_ended(p, r);
  }
}
