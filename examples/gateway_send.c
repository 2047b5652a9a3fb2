/* SPDX-License-Identifier: Apache-2.0 */
/* What leaves, to either side, and what is sent again because nobody answered it. */
#include <stdlib.h>
#include <string.h>

#include <imstls/outbound.h>

#include "gateway.h"

static const char *tag_of(const struct gateway *g) { return g->tag; }

void send_reply(struct gateway *g, const struct peer *to, const imstls_sip_message *m, unsigned status,
                const char *reason, const char *extra)
{
  static char out[TEXT_MAX];
  size_t len = 0;
  const char *tag = status > 100 ? tag_of(g) : NULL;
  int error = imstls_sip_reply(m, status, reason, tag, (imstls_text){ extra, strlen(extra) }, out, sizeof out, &len);
  if (!error)
    (void)sockets_send(g->sockets, to, out, len); /* what asked and is gone needs no answer */
  if (status >= 300)
    show_refused(g, m->line, reason);
}

void send_network_reply(struct gateway *g, const imstls_sip_message *m, unsigned status, const char *reason)
{
  static char out[TEXT_MAX];
  size_t len = 0;
  const char *tag = status > 100 ? tag_of(g) : NULL;
  if (imstls_sip_reply(m, status, reason, tag, (imstls_text){ "", 0 }, out, sizeof out, &len) == IMSTLS_OK)
    (void)imstls_client_send(g->phone.client, out, len);
  if (status >= 300)
    show_refused(g, m->line, reason);
}

/* ---- to the network ---- */

static bool flow_is_reliable(struct gateway *g)
{
  imstls_outbound flow = IMSTLS_SIZED(imstls_outbound);
  return imstls_client_outbound(g->phone.client, &flow) != IMSTLS_OK || strcmp(flow.transport, "UDP") != 0;
}

static void repeat_from_now(struct transaction *t)
{
  t->interval_ms = T1_MS;
  t->repeat_at = phone_now() + T1_MS;
}

/* The final answer in the place of one that does not come, to whoever asked. The text is the request, or the last
 * response to it. */
static bool end_with(struct gateway *g, struct transaction *t, const char *status_line)
{
  static char answer[TEXT_MAX], request[TEXT_MAX];
  static const struct change back = { .take_via = true };
  imstls_sip_message m;
  char extra[40] = "";
  size_t len = 0;
  bool readable = imstls_sip_parse(&m, t->text, t->len) == IMSTLS_OK;
  if (readable && t->direction == IN && !m.status) /* as it came, without our Via */
    readable = text_change(&m, &g->own, &back, request, sizeof request, &len) &&
               imstls_sip_parse(&m, request, len) == IMSTLS_OK;
  if (memcmp(status_line, "503", 3) == 0)
    snprintf(extra, sizeof extra, "Retry-After: %d\r\n", RETRY_AFTER_S);
  readable = readable && text_answer(&m, status_line, tag_of(g), extra, answer, sizeof answer, &len);
  if (readable) {
    memcpy(t->text, answer, len);
    t->len = len;
  }
  t->owed = false;
  t->ours = true;
  t->status = (uint32_t)strtoul(status_line, NULL, 10);
  t->repeat_at = 0;
  t->ends_at = phone_now() + TRANSACTION_MS;
  show_refused(g, (imstls_text){ t->line, strlen(t->line) }, status_line + 4);
  return readable;
}

void send_refusal(struct gateway *g, struct transaction *t, const char *status_line)
{
  if (end_with(g, t, status_line))
    (void)send_to_client(g, t);
}

void send_end_to_network(struct gateway *g, struct transaction *t, const char *status_line)
{
  if (end_with(g, t, status_line))
    send_to_network(g, t);
}

static void give_up_owed(struct gateway *g, struct transaction *t, int error)
{
  bool request = t->direction == OUT && !t->status;
  if (request)
    send_refusal(g, t, error == IMSTLS_ERR_TX_TOO_LONG ? "513 Message Too Large" : "400 Bad Request");
  else {
    t->owed = false;
    show_refused(g, (imstls_text){ t->line, strlen(t->line) }, imstls_error_name(error));
  }
}

static imstls_text start_line(const struct transaction *t)
{
  const char *end = memchr(t->text, '\r', t->len);
  return (imstls_text){ t->text, end ? (size_t)(end - t->text) : 0 };
}

/* False: the queue is full, or there is no flow. */
static bool give(struct gateway *g, struct transaction *t)
{
  int error = imstls_client_send_stamped(g->phone.client, t->text, t->len);
  if (error == IMSTLS_WANT_WRITE || error == IMSTLS_NOT_READY)
    return false;
  if (error) {
    give_up_owed(g, t, error);
    return true;
  }
  t->owed = false;
  if (!t->ours)
    show_relayed(g, start_line(t), OUT);
  bool request = t->direction == OUT && !t->status;
  bool refusal = t->direction == IN && t->invite && t->status >= 300;
  if ((request || refusal) && !flow_is_reliable(g))
    repeat_from_now(t);
  return true;
}

void send_to_network(struct gateway *g, struct transaction *t)
{
  t->owed = true;
  if (imstls_client_can_send(g->phone.client))
    (void)give(g, t);
}

/* In the order in which they came, so that no CANCEL overtakes its INVITE. */
void send_owed(struct gateway *g)
{
  if (!imstls_client_can_send(g->phone.client))
    return;
  for (;;) {
    struct transaction *first = NULL;
    for (size_t i = 0; i < TRANSACTIONS; i++) {
      struct transaction *t = &g->transactions.all[i];
      bool owed = t->used && t->owed;
      if (owed && (!first || t->used_at < first->used_at))
        first = t;
    }
    if (!first || !give(g, first))
      return;
  }
}

/* ---- to a client ---- */

bool send_to_client(struct gateway *g, struct transaction *t)
{
  bool sent = sockets_send(g->sockets, &t->peer, t->text, t->len);
  if (sent && !t->ours)
    show_relayed(g, start_line(t), IN);
  bool request = t->direction == IN && !t->status;
  bool refusal = t->direction == OUT && t->invite && t->status >= 300;
  if (!t->peer.tcp && (request || refusal))
    repeat_from_now(t);
  return sent;
}

/* ---- time ---- */

/* Nobody answered in time. Of what is no INVITE the network knows that itself (RFC 4320 4.1). */
static void time_out(struct gateway *g, struct transaction *t)
{
  bool over = t->status >= 200 || t->acked || (t->direction == IN && !t->invite);
  if (over) {
    t->used = false;
    return;
  }
  if (t->direction == OUT)
    send_refusal(g, t, t->owed ? "503 Service Unavailable" : "408 Request Timeout");
  else
    send_end_to_network(g, t, "408 Request Timeout");
}

static void repeat(struct gateway *g, struct transaction *t, uint64_t now)
{
  bool request = !t->status, to_network = request == (t->direction == OUT);
  if (to_network)
    (void)imstls_client_send_stamped(g->phone.client, t->text, t->len);
  else
    (void)sockets_send(g->sockets, &t->peer, t->text, t->len);
  bool doubles = t->invite && !t->status; /* timer A; E and G stop growing */
  t->interval_ms *= 2;
  if (!doubles && t->interval_ms > T2_MS)
    t->interval_ms = T2_MS;
  t->repeat_at = now + t->interval_ms;
}

void send_due(struct gateway *g)
{
  uint64_t now = phone_now();
  for (size_t i = 0; i < TRANSACTIONS; i++) {
    struct transaction *t = &g->transactions.all[i];
    if (t->used && now >= t->ends_at)
      time_out(g, t);
    else if (t->used && t->repeat_at && now >= t->repeat_at)
      repeat(g, t, now);
  }
}

uint64_t send_due_at(const struct gateway *g)
{
  uint64_t at = 0;
  for (size_t i = 0; i < TRANSACTIONS; i++) {
    const struct transaction *t = &g->transactions.all[i];
    uint64_t own = t->repeat_at && t->repeat_at < t->ends_at ? t->repeat_at : t->ends_at;
    if (t->used && (!at || own < at))
      at = own;
  }
  return at;
}

/* ---- the flow has ended ---- */

/* It goes out on the next one, while its time is not over. */
void send_unsent(struct gateway *g, imstls_text message)
{
  imstls_sip_message m;
  struct key key;
  char method[32];
  if (imstls_sip_parse(&m, message.ptr, message.len) || m.method.len >= sizeof method)
    return;
  snprintf(method, sizeof method, "%.*s", (int)m.method.len, m.method.ptr);
  if (!key_of_request(&m, method, &key))
    return;
  struct transaction *t = transaction_find(&g->transactions, m.status ? IN : OUT, &key);
  if (t && (t->status != 0) == (m.status != 0))
    t->owed = true;
}

void send_unanswered(struct gateway *g, imstls_text branch, imstls_text method)
{
  for (size_t i = 0; i < TRANSACTIONS; i++) {
    struct transaction *t = &g->transactions.all[i];
    bool waits = t->used && t->direction == OUT && t->status < 200 && !t->owed;
    bool this_one = waits && text_is(branch, t->branch) && strncmp(t->line, method.ptr, method.len) == 0;
    if (this_one && t->line[method.len] == ' ')
      send_refusal(g, t, "503 Service Unavailable");
  }
}
