/* SPDX-License-Identifier: Apache-2.0 */
/* Messages of the application on their way out: into the queue, through changes of the flow, and what the application
 * is told of them. */
#ifndef IMSTLS_CLIENT_SENDING_H
#define IMSTLS_CLIENT_SENDING_H

#include <imstls/outbound.h>

#include "link/queue.h"

/* A request that left and has no final answer yet. */
enum { BRANCH_MAX = 63, METHOD_MAX = 11 };
typedef struct imstls_i_asked {
  char branch[BRANCH_MAX + 1]; /* as the application wrote it, what is longer without its end */
  char method[METHOD_MAX + 1]; /* empty: there is no such request */
} imstls_i_asked;

typedef struct imstls_i_sending {
  size_t wanted; /* octets that the application was refused last, for want of room; 0: none, or there was room since */
  imstls_i_asked *asked;                               /* asked_max of them */
  uint8_t asked_max, asked_at;                         /* and the oldest */
  char local[sizeof((imstls_outbound *)0)->sent_by];   /* our address on a flow, as it was told last; empty: not yet */
  char contact[sizeof((imstls_outbound *)0)->contact]; /* and our Contact */
} imstls_i_sending;

/* Queues what the application sends, stamped for the flow or as it is. As imstls_client_send, _send_stamped. */
int imstls_i_application_message(imstls_client *c, imstls_text message, bool stamped);
/* stamping.c. Queues it stamped. As imstls_client_send_stamped; with IMSTLS_WANT_WRITE `len` is what it would have had.
 */
int imstls_i_put_stamped(imstls_client *c, imstls_i_queue *queue, imstls_text message, const imstls_address *to,
                         size_t *len);
/* A request of our own, stamped for the flow. As imstls_client_send_stamped. */
int imstls_i_own_request(imstls_client *c, imstls_text request);
/* May this message leave on the flow now? The application's waits until a registration stands there. */
bool imstls_i_may_leave(const imstls_client *c, const imstls_i_queued *what);
bool imstls_i_has_to_send(const imstls_client *c); /* something is in the flow's queue that may leave */
/* The message at the front of the flow's queue was stamped for a flow before this one: it is stamped anew, or, when it
 * cannot be, dropped and told. */
bool imstls_i_is_stale(const imstls_client *c, const imstls_i_queued *what);
void imstls_i_stamp_anew(imstls_client *c, imstls_text message);

/* Of a message of the application's that is about to leave: what it asks, if anything. */
void imstls_i_asked_by(imstls_text message, bool stamped, imstls_i_asked *asked);
void imstls_i_left_flow(imstls_client *c, const imstls_i_asked *asked); /* it left whole, and an answer is awaited */
void imstls_i_answered(imstls_client *c, const imstls_sip_message *response); /* without the stamp */

/* The flow ended: requests that left on it may never be answered. */
void imstls_i_tell_unanswered(imstls_client *c, int error);
/* So did the registration: what waits does not leave any more. Once nothing can be queued. */
void imstls_i_undelivered(imstls_client *c, int error);
void imstls_i_tell_room(imstls_client *c); /* where the application was refused and would not be now */
void imstls_i_tell_flow(imstls_client *c); /* where our address or Contact is another one than was told */

#endif
