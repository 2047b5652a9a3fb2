/* SPDX-License-Identifier: Apache-2.0 */
#include "client/traffic/request.h"

#include "client/event.h"
#include "client/traffic/reg_event.h"
#include "client/traffic/answer.h"
#include "sip/build.h"
#include "sip/lex.h"

/* Up to the line end, or as much as there is. */
static imstls_text start_line(imstls_text front)
{
  size_t from = 0;
  while (from < front.len && (front.ptr[from] == '\r' || front.ptr[from] == '\n'))
    from++;
  size_t to = from;
  while (to < front.len && front.ptr[to] != '\n')
    to++;
  if (to > from && front.ptr[to - 1] == '\r')
    to--;
  return imstls_i_text(front.ptr + from, to - from);
}

void imstls_i_odd_message(imstls_client *c, imstls_text front, int why)
{
  imstls_i_reply_room r;
  size_t len = 0;
  imstls_event event = imstls_i_event(IMSTLS_EVENT_DROPPED);
  event.line = start_line(front);
  event.error = why;
  if (!event.line.len)
    return; /* a ping in a datagram */
  if (imstls_i_is_trusted(c) && imstls_i_begin_reply(c, &r) &&
      imstls_sip_refuse(front.ptr, front.len, why, r.tag, r.room, r.cap, &len, &event.sip_status) == IMSTLS_OK)
    imstls_i_end_reply(c, &r, len);
  imstls_i_tell_dropped(c, IMSTLS_DROPPED_UNREADABLE, &event);
}

/* No extension is known here (RFC 3261 8.2.2.3). What is longer than any list of option tags is not repeated. */
static void reply_unsupported(imstls_client *c)
{
  char extra[256];
  imstls_i_writer w = imstls_i_writer_make(extra, sizeof extra);
  imstls_text value = { NULL, 0 };
  while (imstls_sip_next(&c->message, IMSTLS_HDR_REQUIRE, &value) == IMSTLS_OK) {
    imstls_i_sip_open(&w, "Unsupported");
    imstls_i_put_unfolded(&w, value);
    imstls_i_sip_close(&w);
  }
  imstls_i_reply(c, 420, "Bad Extension", imstls_i_text(extra, w.failed ? 0 : w.len));
}

/* What the parser leaves to its caller, and a response repeats. */
static bool can_be_answered(const imstls_sip_message *m)
{
  return imstls_i_sip_vias_read(m) && imstls_i_sip_has_tag(m->first[IMSTLS_HDR_FROM]) >= 0 &&
         imstls_i_sip_has_tag(m->first[IMSTLS_HDR_TO]) >= 0;
}

static bool is_known_scheme(imstls_text uri)
{
  static const char *const known[] = { "sip:", "sips:", "tel:" };
  for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
    size_t len = strlen(known[i]);
    if (uri.len > len && imstls_text_is(imstls_i_text(uri.ptr, len), known[i]))
      return true;
  }
  return false;
}

/* In the order of RFC 3261 8.2. */
static unsigned status_for(const imstls_sip_message *m)
{
  if (!imstls_i_sip_is_known_method(m->method))
    return 501;
  if (!imstls_i_same(m->method, IMSTLS_I_LIT("OPTIONS")))
    return 405;
  if (!is_known_scheme(m->uri))
    return 416;
  return m->count[IMSTLS_HDR_REQUIRE] ? 420 : 200;
}

static void answer(imstls_client *c)
{
  const imstls_text allow = IMSTLS_I_LIT("Allow: OPTIONS\r\n"), nothing = { NULL, 0 };
  switch (status_for(&c->message)) {
  case 501: imstls_i_reply(c, 501, "Not Implemented", nothing); break;
  case 405: imstls_i_reply(c, 405, "Method Not Allowed", allow); break;
  case 416: imstls_i_reply(c, 416, "Unsupported URI Scheme", nothing); break;
  case 420: reply_unsupported(c); break;
  default: imstls_i_reply(c, 200, "OK", allow); break;
  }
}

/* What our stamp put into a request comes off its response, in place: what stood before it moves up. */
static void take_off_stamp(imstls_client *c)
{
  imstls_text stamped, raw = c->message.raw;
  imstls_i_buffer *rx = &c->from->rx;
  if (!c->message.status || imstls_i_sip_find_stamp(&c->message, &stamped))
    return;
  char *from = rx->ptr + (raw.ptr - rx->ptr), *to = from + stamped.len;
  memmove(to, from, (size_t)(stamped.ptr - raw.ptr));
  (void)imstls_sip_parse(&c->message, to, raw.len - stamped.len); /* less of what was read before */
}

/* 1, 0, or IMSTLS_NOT_READY. */
static int ask_application(imstls_client *c)
{
  const imstls_config_callbacks *to = &c->cfg.callbacks;
  return to->on_message ? to->on_message(to->user, c, &c->message) : 0;
}

/* Not now: it comes once more, later. Over UDP it does because the peer repeats it. */
static void put_off(imstls_client *c)
{
  bool datagram = c->from->datagrams || c->from->from_beside;
  if (imstls_i_link_hold(c->from, (size_t)(c->message.raw.ptr - c->from->rx.ptr)) || datagram)
    return;
  bool answered = !c->message.status && !imstls_i_same(c->message.method, IMSTLS_I_LIT("ACK"));
  if (answered)
    imstls_i_reply(c, 503, "Service Unavailable", IMSTLS_I_LIT("Retry-After: 5\r\n"));
  imstls_i_drop(c, IMSTLS_DROPPED_NOT_TAKEN, c->message.line);
}

void imstls_i_request(imstls_client *c)
{
  bool is_request = !c->message.status;
  if (is_request && !can_be_answered(&c->message)) {
    imstls_i_odd_message(c, c->message.raw, IMSTLS_ERR_SIP_MALFORMED);
    return;
  }
  enum route route = imstls_i_way_back(c);
  if (!imstls_i_link_is_again(c->from)) {
    imstls_i_tell_received(c, &c->message);
    take_off_stamp(c);
    if (imstls_i_reg_event_take(c))
      return;
    imstls_i_answered(c, &c->message);
  }
  if (route != ROUTE_FLOW)
    imstls_i_served_show(c, route);
  int taken = ask_application(c);
  if (taken == IMSTLS_NOT_READY) {
    put_off(c);
    return;
  }
  if (taken) {
    if (route != ROUTE_FLOW)
      imstls_i_served_remember(c);
    return;
  }
  if (is_request && !imstls_i_same(c->message.method, IMSTLS_I_LIT("ACK")))
    answer(c);
}
