/* SPDX-License-Identifier: Apache-2.0 */
#include "registration/subscription.h"

#include "registration/random.h"
#include "registration/target.h"
#include "sip/build.h"
#include "sip/lex.h"

/* TS 24.229 5.1.1.3: what is asked, and when it is refreshed. */
enum { ASKED_S = 600000, LONG_S = 1200, BEFORE_END_S = 600 };
/* Ours: so much time lies between two SUBSCRIBEs, whatever the network says; a subscription that lived so long counts
 * as a success; and no reason to wait counts for longer. */
enum { GAP_MS = 10000, HELD_MS = 60000, AFTER_MAX_S = 1800, AGAIN_MS = 1000 };

static uint64_t later(uint64_t a, uint64_t b) { return a > b ? a : b; }

/* ---- texts of the dialog ---- */

static size_t text_at(const imstls_i_subscription *s, enum dialog_text which)
{
  size_t at = 0;
  for (int i = 0; i < (int)which; i++)
    at += s->len[i];
  return at;
}

static imstls_text text_of(const imstls_i_subscription *s, enum dialog_text which)
{
  return imstls_i_text(s->texts.ptr + text_at(s, which), s->len[which]);
}

/* Puts octets into a text, in front of those from `at` on. At most half of the room: the request repeats most of it. */
static bool insert(imstls_i_subscription *s, enum dialog_text which, size_t at, imstls_text octets)
{
  char *to = s->texts.ptr + text_at(s, which) + at;
  size_t before = (size_t)(to - s->texts.ptr);
  size_t used = text_at(s, DIALOG_TEXTS);
  if (octets.len > s->texts.cap / 2 - used)
    return false;
  memmove(to + octets.len, to, used - before);
  if (octets.len > 0)
    memcpy(to, octets.ptr, octets.len);
  s->len[which] += (uint32_t)octets.len;
  return true;
}

static void cut(imstls_i_subscription *s, enum dialog_text which)
{
  size_t at = text_at(s, which);
  size_t after = at + s->len[which];
  memmove(s->texts.ptr + at, s->texts.ptr + after, text_at(s, DIALOG_TEXTS) - after);
  s->len[which] = 0;
}

static bool replace(imstls_i_subscription *s, enum dialog_text which, imstls_text text)
{
  cut(s, which);
  return insert(s, which, 0, text);
}

/* ---- from beginning to end ---- */

static void forget_dialog(imstls_i_subscription *s)
{
  imstls_i_transaction_clear(&s->request);
  memset(s->len, 0, sizeof s->len);
  s->has_version = s->notified = s->stranded = s->hastened = false;
  s->remote_cseq = 0;
  s->until = s->notify_by = s->due_at = NEVER;
}

void imstls_i_subscription_end(imstls_i_subscription *s)
{
  forget_dialog(s);
  s->failures = 0;
  s->verdict = (imstls_i_verdict){ .by = NEVER };
}

void imstls_i_subscription_begin(imstls_i_subscription *s, uint64_t now)
{
  imstls_i_subscription_end(s);
  s->due_at = s->not_before = now;
}

enum again imstls_i_subscription_again_after(imstls_text reason)
{
  static const struct {
    const char *reason;
    enum again again;
  } rows[] = { { "deactivated", AGAIN_AT_ONCE }, { "timeout", AGAIN_AT_ONCE }, { "probation", AGAIN_LATER },
               { "giveup", AGAIN_LATER },        { "rejected", AGAIN_NOT },    { "noresource", AGAIN_NOT },
               { "invariant", AGAIN_NOT } };
  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
    if (imstls_text_is(reason, rows[i].reason))
      return rows[i].again;
  }
  return AGAIN_LATER;
}

enum again imstls_i_subscription_again_on(uint32_t status)
{
  switch (status) {
  case 481: return AGAIN_AT_ONCE;
  case 408:
  case 480: return AGAIN_LATER;
  case 501:
  case 505: return AGAIN_NOT;
  default: return status >= 500 && status < 600 ? AGAIN_LATER : AGAIN_NOT;
  }
}

/* One that held makes good the failures before it; back-off is a floor under every other wait. */
static uint64_t wait_of(imstls_i_subscription *s, const imstls_config *cfg, bool held, const imstls_i_renewal *renewal)
{
  uint32_t random = 0;
  uint32_t after_s = renewal->after_s < AFTER_MAX_S ? renewal->after_s : AFTER_MAX_S;
  uint64_t named_ms = renewal->named ? (uint64_t)after_s * 1000 : 0;
  if (held)
    s->failures = 0;
  if (held && renewal->again == AGAIN_AT_ONCE)
    return 0;
  if (held && renewal->named)
    return named_ms;
  (void)imstls_i_random_number(&cfg->ports, &random); /* without it the wait is the shortest */
  uint64_t backoff = imstls_i_backoff_ms(cfg->timers.backoff_base_ms, cfg->timers.backoff_max_ms, s->failures, random);
  if (s->failures < UINT8_MAX)
    s->failures++;
  return later(named_ms, backoff);
}

void imstls_i_subscription_over(imstls_i_subscription *s, const imstls_config *cfg, uint64_t now,
                                const imstls_i_renewal *renewal)
{
  bool held = s->notified && now - s->since >= HELD_MS;
  forget_dialog(s);
  if (renewal->again != AGAIN_NOT)
    s->due_at = later(now + wait_of(s, cfg, held, renewal), s->not_before);
}

/* ---- what is sent ---- */

int imstls_i_subscription_next(imstls_i_subscription *s, const imstls_config_ports *ports, imstls_text identity)
{
  if (s->stranded)
    forget_dialog(s);
  int error = s->request.cseq ? IMSTLS_OK : imstls_i_transaction_renew(&s->request, ports);
  if (!error)
    error = imstls_i_transaction_begin(&s->request, ports, REGISTER_NONE);
  bool named = s->len[DIALOG_IDENTITY] > 0 || insert(s, DIALOG_IDENTITY, 0, identity);
  return named || error ? error : IMSTLS_ERR_ROUTE_TOO_LONG;
}

static void put_routes(const imstls_i_subscription *s, imstls_i_writer *w)
{
  imstls_text rest = text_of(s, DIALOG_ROUTES);
  imstls_text entry;
  while (imstls_sip_list_next(&rest, &entry) == IMSTLS_OK) {
    imstls_i_sip_open(w, "Route");
    imstls_i_put_unfolded(w, entry);
    imstls_i_sip_close(w);
  }
}

static void put_party(const imstls_i_subscription *s, imstls_i_writer *w, imstls_text tag)
{
  IMSTLS_I_PUT_LIT(w, "<");
  imstls_i_put_unfolded(w, text_of(s, DIALOG_IDENTITY));
  IMSTLS_I_PUT_LIT(w, ">");
  if (tag.len > 0) {
    IMSTLS_I_PUT_LIT(w, ";tag=");
    imstls_i_put_text(w, tag);
  }
  imstls_i_sip_close(w);
}

imstls_text imstls_i_subscription_request(imstls_i_subscription *s)
{
  const imstls_i_transaction *t = &s->request;
  size_t used = text_at(s, DIALOG_TEXTS);
  imstls_i_writer w = imstls_i_writer_make(s->texts.ptr + used, s->texts.cap - used);
  IMSTLS_I_PUT_LIT(&w, "SUBSCRIBE ");
  imstls_i_put_unfolded(&w, text_of(s, s->len[DIALOG_TARGET] ? DIALOG_TARGET : DIALOG_IDENTITY));
  IMSTLS_I_PUT_LIT(&w, " SIP/2.0\r\nVia: SIP/2.0/TLS 0.0.0.0;branch="); /* the flow's takes its place */
  imstls_i_put_str(&w, t->branch);
  IMSTLS_I_PUT_LIT(&w, "\r\nFrom: ");
  put_party(s, &w, imstls_i_text(t->from_tag, strlen(t->from_tag)));
  IMSTLS_I_PUT_LIT(&w, "To: ");
  put_party(s, &w, text_of(s, DIALOG_TAG));
  put_routes(s, &w);
  IMSTLS_I_PUT_LIT(&w, "Call-ID: ");
  imstls_i_put_str(&w, t->call_id);
  IMSTLS_I_PUT_LIT(&w, "\r\n");
  imstls_i_sip_cseq(&w, t->cseq, IMSTLS_I_LIT("SUBSCRIBE"));
  IMSTLS_I_PUT_LIT(&w, "Event: reg\r\nAccept: application/reginfo+xml\r\n");
  imstls_i_sip_header_uint(&w, "Expires", ASKED_S);
  imstls_i_sip_finish(&w, imstls_i_text(NULL, 0));
  return w.failed ? imstls_i_text(NULL, 0) : imstls_i_text(w.buf, w.len);
}

void imstls_i_subscription_sent(imstls_i_subscription *s, const imstls_config_timers *cfg, uint64_t now,
                                const imstls_address *local, bool reliable)
{
  imstls_i_transaction_start(&s->request, cfg, &(imstls_i_transaction_timers){ .now = now, .reliable = reliable });
  s->local = *local;
  s->not_before = now + GAP_MS;
  s->due_at = NEVER;
  s->hastened = false;
  if (!s->notified)
    s->notify_by = now + cfg->timer_f_ms;
}

void imstls_i_subscription_postpone(imstls_i_subscription *s, uint64_t now) { s->due_at = now + AGAIN_MS; }

void imstls_i_subscription_hasten(imstls_i_subscription *s, uint64_t now)
{
  uint64_t soonest = later(now, s->not_before);
  if (!s->notified || soonest >= s->due_at)
    return;
  s->due_at = soonest;
  s->hastened = true;
}

/* ---- what comes ---- */

static imstls_text tag_of(imstls_text party)
{
  imstls_sip_address address;
  imstls_text tag;
  if (imstls_sip_address_next(&party, &address) || imstls_sip_param_find(address.params, "tag", &tag))
    return imstls_i_text(NULL, 0);
  return tag;
}

static bool is_same(imstls_text text, const char *string)
{
  return imstls_i_same(text, imstls_i_text(string, strlen(string)));
}

static bool is_our_call(const imstls_i_subscription *s, const imstls_sip_message *m, int own_side)
{
  bool same = s->request.cseq && is_same(m->first[IMSTLS_HDR_CALL_ID], s->request.call_id);
  return same && is_same(tag_of(m->first[own_side]), s->request.from_tag);
}

bool imstls_i_subscription_is_response(const imstls_i_subscription *s, const imstls_sip_message *m)
{
  bool of_subscribe = m->status && imstls_i_same(m->method, IMSTLS_I_LIT("SUBSCRIBE"));
  return of_subscribe && is_our_call(s, m, IMSTLS_HDR_FROM);
}

/* `reg` alone: we gave it no id (RFC 6665 4.4.1). */
static bool is_reg(imstls_text event)
{
  const char *end = event.ptr + event.len;
  const char *stop = imstls_i_sip_span(event.ptr, end, IMSTLS_I_TOKEN);
  imstls_text id;
  return imstls_text_is(imstls_i_sip_between(event.ptr, stop), "reg") &&
         imstls_sip_param_find(imstls_i_sip_between(stop, end), "id", &id) == IMSTLS_END;
}

bool imstls_i_subscription_is_notify(const imstls_i_subscription *s, const imstls_sip_message *m)
{
  imstls_text event = m->first[IMSTLS_HDR_EVENT];
  if (m->status || !imstls_i_same(m->method, IMSTLS_I_LIT("NOTIFY")) || !event.ptr)
    return false;
  if (!is_our_call(s, m, IMSTLS_HDR_TO) || !is_reg(event))
    return false;
  imstls_text tag = tag_of(m->first[IMSTLS_HDR_FROM]);
  return tag.len > 0 && (!s->notified || imstls_i_same(tag, text_of(s, DIALOG_TAG)));
}

static bool add_route(imstls_i_subscription *s, imstls_text entry, bool in_front)
{
  size_t at = in_front ? 0 : s->len[DIALOG_ROUTES];
  return insert(s, DIALOG_ROUTES, at, IMSTLS_I_LIT(",")) && insert(s, DIALOG_ROUTES, at, entry);
}

/* RFC 3261 12.1: as it stands in a request, the other way round in a response. */
static bool take_routes(imstls_i_subscription *s, const imstls_sip_message *m)
{
  imstls_text value = { NULL, 0 };
  imstls_text entry;
  bool fits = true;
  while (imstls_sip_next(m, IMSTLS_HDR_RECORD_ROUTE, &value) == IMSTLS_OK) {
    imstls_text rest = value;
    while (imstls_sip_list_next(&rest, &entry) == IMSTLS_OK)
      fits = fits && add_route(s, entry, m->status != 0);
  }
  return fits;
}

static bool take_target(imstls_i_subscription *s, const imstls_sip_message *m)
{
  imstls_text rest = m->first[IMSTLS_HDR_CONTACT];
  imstls_sip_address contact;
  if (rest.ptr && imstls_sip_address_next(&rest, &contact) == IMSTLS_OK)
    return replace(s, DIALOG_TARGET, contact.uri);
  return s->len[DIALOG_TARGET] > 0;
}

/* Where the dialog leads to. NOTIFY makes it (RFC 6665 4.4.1), so that its tag counts; of one tag the first message
 * with a route has the route, since a NOTIFY that takes that of a 2xx need not name it again. */
static void take_dialog(imstls_i_subscription *s, const imstls_sip_message *m)
{
  imstls_text tag = tag_of(m->first[m->status ? IMSTLS_HDR_TO : IMSTLS_HDR_FROM]);
  bool same = imstls_i_same(tag, text_of(s, DIALOG_TAG));
  bool whole = same || s->notified;
  if (!whole) {
    cut(s, DIALOG_ROUTES);
    whole = replace(s, DIALOG_TAG, tag);
    same = whole;
  }
  if (same && s->len[DIALOG_ROUTES] == 0)
    whole = take_routes(s, m) && whole;
  if (!take_target(s, m) || !whole)
    s->stranded = true;
}

void imstls_i_subscription_granted(imstls_i_subscription *s, uint32_t expires_s, uint64_t now)
{
  uint64_t before_s = expires_s > LONG_S ? expires_s - BEFORE_END_S : expires_s / 2;
  uint64_t due_at = later(now + before_s * 1000, s->not_before);
  s->until = now + (uint64_t)expires_s * 1000;
  if (!s->hastened || due_at < s->due_at)
    s->due_at = due_at;
}

/* RFC 6665 4.1.2.1: Expires has to be there; without it the time is what was asked. */
void imstls_i_subscription_accepted(imstls_i_subscription *s, const imstls_sip_message *m, uint64_t now)
{
  uint32_t expires_s;
  imstls_i_transaction_end(&s->request);
  take_dialog(s, m);
  if (imstls_sip_number(m->first[IMSTLS_HDR_EXPIRES], &expires_s))
    expires_s = ASKED_S;
  imstls_i_subscription_granted(s, expires_s, now);
}

void imstls_i_subscription_not_refreshed(imstls_i_subscription *s, uint64_t now)
{
  uint64_t left = s->until > now ? s->until - now : 0;
  imstls_i_transaction_end(&s->request);
  s->due_at = later(now + left / 2, s->not_before);
}

enum order imstls_i_subscription_order(const imstls_i_subscription *s, const imstls_sip_message *m)
{
  if (!s->notified || m->cseq > s->remote_cseq)
    return ORDER_NEW;
  return m->cseq == s->remote_cseq ? ORDER_REPEATED : ORDER_OLD;
}

void imstls_i_subscription_notified(imstls_i_subscription *s, const imstls_sip_message *m, uint64_t now)
{
  take_dialog(s, m);
  if (!s->notified)
    s->since = now;
  s->notified = true;
  s->remote_cseq = m->cseq;
  s->notify_by = NEVER;
}

/* An equal version counts where the document is full: some never count up, and CSeq has ordered it already. */
bool imstls_i_subscription_takes(imstls_i_subscription *s, uint32_t version, bool full, uint64_t now)
{
  bool first = !s->has_version;
  uint32_t last = s->version;
  bool old = version < last || (version == last && !full);
  if (!first && old)
    return false;
  s->has_version = true;
  s->version = version;
  bool gap = first || version - last > 1;
  if (gap && !full)
    imstls_i_subscription_hasten(s, now);
  return true;
}

void imstls_i_subscription_judged(imstls_i_subscription *s, const imstls_i_verdict *verdict) { s->verdict = *verdict; }

/* ---- time ---- */

bool imstls_i_subscription_failed(imstls_i_subscription *s, uint64_t now)
{
  if (!imstls_i_transaction_failed(&s->request, now))
    return false;
  imstls_i_transaction_end(&s->request);
  return true;
}

bool imstls_i_subscription_ran_out(const imstls_i_subscription *s, uint64_t now)
{
  return now >= s->until || now >= s->notify_by;
}

uint64_t imstls_i_subscription_deadline(const imstls_i_subscription *s)
{
  uint64_t at = imstls_i_earlier(s->request.timer_e, s->request.timer_f);
  at = imstls_i_earlier(at, imstls_i_earlier(s->until, s->notify_by));
  return s->request.open ? at : imstls_i_earlier(at, s->due_at);
}
