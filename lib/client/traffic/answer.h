/* SPDX-License-Identifier: Apache-2.0 */
/* Answers of our own, and their way back, which is the link that the request came on (RFC 3261 18.2.2). */
#ifndef IMSTLS_CLIENT_ANSWER_H
#define IMSTLS_CLIENT_ANSWER_H

#include "client/client.h"

enum route imstls_i_way_back(const imstls_client *c);
/* flow_esp.c. The same of what came to our protected server port over UDP. */
enum route imstls_i_way_beside(const imstls_client *c);

/* One that is written in place; without room it is not made: the peer repeats its request, or gives up. */
typedef struct imstls_i_reply_room {
  enum route route;
  imstls_i_queue *queue;
  char *room;
  size_t cap;
  char tag[17];
} imstls_i_reply_room;

imstls_i_queue *imstls_i_queue_of(imstls_client *c, enum route route); /* NULL: that link is gone */
bool imstls_i_begin_reply(imstls_client *c, imstls_i_reply_room *r);
void imstls_i_end_reply(imstls_client *c, const imstls_i_reply_room *r, size_t len);
/* Answers the request in `c->message`; `extra`: whole header lines. */
void imstls_i_reply(imstls_client *c, unsigned status, const char *reason, imstls_text extra);

#endif
