/* SPDX-License-Identifier: Apache-2.0 */
/* What the application sends, and what we ask ourselves, says of the flow what it must. */
#include "client/client.h"
#include "client/event.h"
#include "client/register.h"
#include "sip/lex.h"

typedef int stamp_fn(const imstls_sip_message *message, const imstls_outbound *flow, char *out, size_t cap,
                     size_t *len);

/* Written to `room`, where it will wait. It is parsed into c->message, since a second imstls_sip_message would take a
 * third of the stack; then the message at hand is parsed again. No callback runs in between. */
static int stamp_by(stamp_fn *how, imstls_client *c, imstls_text message, char *room, size_t cap, size_t *len)
{
  bool is_at_hand = c->from && c->message.raw.ptr;
  imstls_text at_hand = is_at_hand ? c->message.raw : imstls_i_text("", 0);
  imstls_outbound flow = IMSTLS_SIZED(imstls_outbound);
  int error = imstls_i_outbound(c, &flow);
  if (error)
    return error;
  error = imstls_sip_parse(&c->message, message.ptr, message.len);
  if (!error)
    error = how(&c->message, &flow, room, cap, len);
  (void)imstls_sip_parse(&c->message, at_hand.ptr, at_hand.len);
  return error;
}

static int stamp(imstls_client *c, imstls_text message, char *room, size_t cap, size_t *len)
{
  return stamp_by(imstls_sip_stamp, c, message, room, cap, len);
}

int imstls_i_put_stamped(imstls_client *c, imstls_i_queue *queue, imstls_text message, const imstls_address *to,
                         size_t *len)
{
  size_t cap = 0;
  char *room = imstls_i_queue_room(queue, OUT_APPLICATION, &cap);
  int error = stamp(c, message, room, cap, len);
  if (!error)
    imstls_i_queue_commit_stamped(queue, *len, to, c->flow->link.generation);
  if (error != IMSTLS_ERR_CAPACITY)
    return error;
  return *len > queue->longest ? IMSTLS_ERR_TX_TOO_LONG : IMSTLS_WANT_WRITE;
}

/* It ends with the flow, and nobody is told: it is not the application's. */
int imstls_i_own_request(imstls_client *c, imstls_text request)
{
  imstls_i_queue *queue = &c->flow->link.tx;
  size_t cap = 0, len = 0;
  char *room = imstls_i_queue_room(queue, OUT_APPLICATION, &cap); /* what is kept for answers stays free */
  int error = stamp_by(imstls_i_sip_stamp_own, c, request, room, cap, &len);
  if (!error)
    (void)imstls_i_queue_commit(queue, OUT_ANSWER, len, NULL);
  if (error != IMSTLS_ERR_CAPACITY)
    return error;
  return len > queue->longest ? IMSTLS_ERR_TX_TOO_LONG : IMSTLS_WANT_WRITE;
}

void imstls_i_stamp_anew(imstls_client *c, imstls_text message)
{
  imstls_i_queue *queue = &c->flow->link.tx;
  size_t cap = 0, len = 0;
  char *room = imstls_i_queue_room(queue, OUT_REGISTER, &cap);
  int error = stamp(c, message, room, cap, &len);
  if (!error) {
    imstls_i_queue_replace_next(queue, len, c->flow->link.generation);
    return;
  }
  imstls_i_tell_unsent(c, message, error == IMSTLS_ERR_CAPACITY ? IMSTLS_ERR_TX_TOO_LONG : error);
  imstls_i_queue_drop_next(queue);
}
