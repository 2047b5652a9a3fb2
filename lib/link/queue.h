/* SPDX-License-Identifier: Apache-2.0 */
/* What waits to leave on a link: whole messages, one behind the other in one buffer. */
#ifndef IMSTLS_LINK_QUEUE_H
#define IMSTLS_LINK_QUEUE_H

#include "base/base.h"

/* Whose message it is. Only what the application sends stands in line: all else goes before it, behind nothing but the
 * message that is leaving and others of ours. */
enum outgoing {
  OUT_APPLICATION = 0,
  OUT_ANSWER,     /* ours, to a request of the network; a short one has room of its own */
  OUT_REGISTER,   /* has room of its own */
  OUT_DEREGISTER, /* as OUT_REGISTER, but behind all that waits: nothing leaves after it */
  OUT_PING        /* as OUT_REGISTER */
};

static inline bool imstls_i_is_register(uint8_t kind) { return kind == OUT_REGISTER || kind == OUT_DEREGISTER; }

/* A message in the queue. It stands before the message's octets. */
typedef struct imstls_i_queued {
  imstls_address to; /* of a datagram; family 0: to whom the link is connected */
  uint32_t len;      /* octets of the message */
  uint32_t stamp;    /* generation of the link that it was stamped for; 0: it is as the application made it */
  uint8_t kind;      /* enum outgoing */
  bool told;         /* the application has seen it leave */
  bool kept;         /* it left as a datagram, and may have to be sent again */
} imstls_i_queued;

enum { PING_LEN = 4, QUEUE_RESERVE = 2 * sizeof(imstls_i_queued) + PING_LEN };
/* While an answer of this length has room, requests and responses are read. */
enum { ANSWER_ROOM = 512, ANSWER_RESERVE = ANSWER_ROOM + sizeof(imstls_i_queued) };

typedef struct imstls_i_queue {
  char *ptr;
  size_t cap, len;
  uint32_t longest; /* octets of the longest message */
  uint32_t reserve; /* octets kept free for REGISTER and ping */
  uint32_t answers; /* octets kept free of the application's messages, for answers */
  uint32_t done;    /* octets of the message at the front that have left */
  bool leaving;     /* the message at the front was handed to TLS or the socket: nothing goes before it any more */
} imstls_i_queue;

/* Where a message of `kind` may be written: `cap` octets, 0: there is no room now. Queue nothing else before
 * imstls_i_queue_commit. */
char *imstls_i_queue_room(imstls_i_queue *q, enum outgoing kind, size_t *cap);
bool imstls_i_queue_has_room(const imstls_i_queue *q, enum outgoing kind, size_t len);
/* What was written there is a message, and takes its place, which is the result. `to` may be NULL. */
char *imstls_i_queue_commit(imstls_i_queue *q, enum outgoing kind, size_t len, const imstls_address *to);
/* The same for a message of the application's that was stamped for the link of this generation. */
void imstls_i_queue_commit_stamped(imstls_i_queue *q, size_t len, const imstls_address *to, uint32_t stamp);
/* What was written to the room of an OUT_REGISTER takes the place of the message at the front. */
void imstls_i_queue_replace_next(imstls_i_queue *q, size_t len, uint32_t stamp);
/* IMSTLS_OK; IMSTLS_WANT_WRITE: no room now; IMSTLS_ERR_TX_TOO_LONG. */
int imstls_i_queue_put(imstls_i_queue *q, enum outgoing kind, imstls_text message, const imstls_address *to);

/* The message to be sent next, whole; NULL: none. Its octets lie at the pointer. */
char *imstls_i_queue_next(const imstls_i_queue *q, imstls_i_queued *out);
void imstls_i_queue_told(imstls_i_queue *q);
/* `n` octets of it left; at its end it is wiped, or kept. */
void imstls_i_queue_left(imstls_i_queue *q, size_t n, bool keep);
bool imstls_i_queue_is_empty(const imstls_i_queue *q);       /* nothing is to be sent */
bool imstls_i_queue_holds_register(const imstls_i_queue *q); /* one that has not left, or not wholly */

void imstls_i_queue_repeat_register(imstls_i_queue *q); /* one that was kept leaves once more */
void imstls_i_queue_drop_register(imstls_i_queue *q);   /* kept or not: its transaction is over */
void imstls_i_queue_drop_next(imstls_i_queue *q);       /* the message at the front, left or not */
void imstls_i_queue_drop_ours(imstls_i_queue *q);       /* all but the application's, which begin to leave anew */
void imstls_i_queue_clear(imstls_i_queue *q);

#endif
