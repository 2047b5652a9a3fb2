/* SPDX-License-Identifier: Apache-2.0 */
#include "client/event.h"

imstls_event imstls_i_event(int type)
{
  imstls_event event;
  memset(&event, 0, sizeof event);
  event.size = sizeof event;
  event.type = type;
  return event;
}

void imstls_i_tell_event(imstls_client *c, const imstls_event *event)
{
  if (c->cfg.callbacks.on_event)
    c->cfg.callbacks.on_event(c->cfg.callbacks.user, c, event);
}

void imstls_i_tell(imstls_client *c, int type, int error)
{
  imstls_event event = imstls_i_event(type);
  event.error = error;
  event.sip_status = c->progress.refusal;
  imstls_i_tell_event(c, &event);
}

void imstls_i_tell_line(imstls_client *c, int type, int error, imstls_text line)
{
  imstls_event event = imstls_i_event(type);
  event.error = error;
  event.line = line;
  imstls_i_tell_event(c, &event);
}

void imstls_i_tell_challenge(imstls_client *c, int verdict, int error)
{
  imstls_event event = imstls_i_event(IMSTLS_EVENT_CHALLENGE);
  event.line = c->authentication.challenge.algorithm;
  event.value = verdict;
  event.error = error;
  imstls_i_tell_event(c, &event);
  imstls_i_authentication_told(&c->authentication);
}

void imstls_i_tell_trust(imstls_client *c, int trust, int s_token, int error)
{
  imstls_event event = imstls_i_event(IMSTLS_EVENT_TRUST);
  event.value = trust;
  event.s_token = s_token;
  event.error = error;
  imstls_i_tell_event(c, &event);
}

imstls_text imstls_i_first_line(imstls_text message)
{
  const char *cr = memchr(message.ptr, '\r', message.len);
  return imstls_i_text(message.ptr, cr ? (size_t)(cr - message.ptr) : message.len);
}

void imstls_i_tell_unsent(imstls_client *c, imstls_text message, int error)
{
  imstls_event event = imstls_i_event(IMSTLS_EVENT_UNSENT);
  event.error = error;
  event.line = imstls_i_first_line(message);
  event.message = message;
  imstls_i_tell_event(c, &event);
}

void imstls_i_tell_queue_unsent(imstls_client *c, imstls_i_queue *queue, int error)
{
  imstls_i_queued what;
  const char *octets;
  while (!imstls_i_is_ending(c) && (octets = imstls_i_queue_next(queue, &what)) != NULL) {
    imstls_i_tell_unsent(c, imstls_i_text(octets, what.len), error);
    imstls_i_queue_drop_next(queue);
  }
  imstls_i_queue_clear(queue);
}

void imstls_i_tell_dropped(imstls_client *c, int why, imstls_event *event)
{
  event->value = why;
  event->count = imstls_i_stats_dropped(&c->stats, why, c->wire.now);
  if (event->count)
    imstls_i_tell_event(c, event);
}

void imstls_i_drop(imstls_client *c, int why, imstls_text line)
{
  imstls_event event = imstls_i_event(IMSTLS_EVENT_DROPPED);
  event.line = line;
  imstls_i_tell_dropped(c, why, &event);
}
