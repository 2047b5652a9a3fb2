/* SPDX-License-Identifier: Apache-2.0 */
#include "client/traffic/sending.h"

#include "client/event.h"
#include "client/register.h"
#include "client/traffic/answer.h"

/* ---- into the queue ---- */

static const imstls_i_open_request *request_answered_by(const imstls_client *c, imstls_text message)
{
  imstls_sip_message m = { .size = sizeof m };
  bool is_response = message.len >= 8 && memcmp(message.ptr, "SIP/2.0 ", 8) == 0;
  if (!c->serving || !is_response)
    return NULL;
  return imstls_sip_parse(&m, message.ptr, message.len) ? NULL : imstls_i_served_find(c, &m);
}

int imstls_i_application_message(imstls_client *c, imstls_text message, bool stamped)
{
  const imstls_i_open_request *open = request_answered_by(c, message);
  enum route route = open ? (enum route)open->route : ROUTE_FLOW;
  if (route == ROUTE_BESIDE && c->flow->link.beside == NO_SOCKET)
    route = ROUTE_FLOW; /* that port is closed: our flow is what is left */
  imstls_i_queue *queue = imstls_i_queue_of(c, route);
  if (!queue)
    return IMSTLS_NOT_READY;
  const imstls_address *to = route == ROUTE_BESIDE ? &open->from : NULL;
  size_t len = message.len;
  int error = stamped ? imstls_i_put_stamped(c, queue, message, to, &len)
                      : imstls_i_queue_put(queue, OUT_APPLICATION, message, to);
  c->sending.wanted = error == IMSTLS_WANT_WRITE ? len : 0;
  if (!error && route == ROUTE_SERVED)
    imstls_i_served_has_more(c, true); /* it leaves at the next look */
  return error;
}

/* ---- on the flow, and on the next one ---- */

bool imstls_i_may_leave(const imstls_client *c, const imstls_i_queued *what)
{
  return what->kind != OUT_APPLICATION || imstls_i_is_open_to_application(c);
}

bool imstls_i_has_to_send(const imstls_client *c)
{
  imstls_i_queued what;
  return imstls_i_queue_next(&c->flow->link.tx, &what) && imstls_i_may_leave(c, &what);
}

bool imstls_i_is_stale(const imstls_client *c, const imstls_i_queued *what)
{
  return what->stamp && what->stamp != c->flow->link.generation;
}

/* ---- what the application is told ---- */

void imstls_i_undelivered(imstls_client *c, int error)
{
  c->sending.wanted = 0;
  imstls_i_tell_queue_unsent(c, &c->flow->link.tx, error);
  imstls_i_tell_unanswered(c, error);
}

void imstls_i_tell_room(imstls_client *c)
{
  size_t wanted = c->sending.wanted;
  bool open = wanted && imstls_i_application_may_send(c);
  if (!open || !imstls_i_queue_has_room(&c->flow->link.tx, OUT_APPLICATION, wanted))
    return;
  c->sending.wanted = 0;
  imstls_i_tell(c, IMSTLS_EVENT_ROOM, IMSTLS_OK);
}

void imstls_i_tell_flow(imstls_client *c)
{
  char local[SENT_BY_MAX], contact[CONTACT_URI_MAX];
  imstls_i_sending *s = &c->sending;
  imstls_event event = imstls_i_event(IMSTLS_EVENT_FLOW);
  if (!imstls_i_is_open_to_application(c))
    return;
  imstls_i_put_names(c, local, contact);
  if (strcmp(local, s->local) == 0 && strcmp(contact, s->contact) == 0)
    return;
  event.local = imstls_i_text(local, strlen(local));
  event.contact = imstls_i_text(contact, strlen(contact));
  event.old_local = imstls_i_text(s->local, strlen(s->local));
  event.old_contact = imstls_i_text(s->contact, strlen(s->contact));
  imstls_i_tell_event(c, &event);
  memcpy(s->local, local, sizeof s->local);
  memcpy(s->contact, contact, sizeof s->contact);
}
