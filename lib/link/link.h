/* SPDX-License-Identifier: Apache-2.0 */
/* One link: a socket, TLS on it or not, octets that came, messages that wait to leave. It hands messages upward and
 * calls nobody but the network and TLS. */
#ifndef IMSTLS_LINK_LINK_H
#define IMSTLS_LINK_LINK_H

#include <imstls/net.h>
#include <imstls/sip.h>
#include <imstls/tls.h>

#include "link/budget.h"
#include "link/queue.h"

enum { NO_SOCKET = -1, NO_SESSION = -1 };

/* What all links of a client share. */
typedef struct imstls_i_wire {
  const imstls_net *net;
  const imstls_tls *tls;
  imstls_i_budget budget; /* of the present step */
  uint64_t now;
  uint32_t sockets; /* opened so far: tells one from the next that has its number */
} imstls_i_wire;

/* A message that is too long for its buffer, dropped as it comes. */
typedef struct imstls_i_skip {
  uint64_t until; /* 0: none is being dropped */
  size_t octets;  /* of it so far */
} imstls_i_skip;

/* A message that was refused for now. It stays at the front of rx, and all that follows waits behind it. */
typedef struct imstls_i_hold {
  uint64_t until; /* it is offered for the last time then; 0: none is held */
  bool resumed;   /* it may be offered before that */
} imstls_i_hold;

typedef struct imstls_i_link {
  bool datagrams;     /* UDP: what one read brings is one message */
  bool want_write;    /* TLS or the socket waits to write */
  bool more;          /* something was left when the work of one step was used up */
  bool crlf;          /* empty lines came: a pong, or somebody's ping */
  bool from_beside;   /* the message that was handed up last came to the UDP port beside */
  uint32_t handed_up; /* its octets, at the front of rx */
  int session;        /* of TLS; NO_SESSION: none */
  imstls_i_wire *wire;
  imstls_socket socket;                   /* NO_SOCKET: closed */
  imstls_socket beside;                   /* a UDP port of ours beside the stream; NO_SOCKET: none */
  uint32_t generation, beside_generation; /* of the two */
  imstls_i_buffer rx;
  imstls_i_queue tx;
  imstls_sip_framer framer;
  imstls_i_skip skip;
  imstls_i_hold hold;
  bool holds_none;     /* one had its time and nobody asked for it: no other is held until imstls_i_link_resume */
  uint64_t stalls_at;  /* when nothing was taken for too long of the message that is leaving; 0: it was not refused */
  imstls_address from; /* of a datagram that came beside: who sent it */
} imstls_i_link;

/* A socket was opened: its generation. */
static inline uint32_t imstls_i_wire_count(imstls_i_wire *wire) { return ++wire->sockets; }

void imstls_i_link_init(imstls_i_link *link, imstls_i_wire *wire); /* closed, without buffers */

static inline bool imstls_i_link_is_open(const imstls_i_link *link) { return link->socket != NO_SOCKET; }

/* IMSTLS_OK: open, or on its way; IMSTLS_ERR_CONNECT. */
int imstls_i_link_open(imstls_i_link *link, const imstls_net_open *how);
/* A UDP port beside the stream. What comes there is read into the same buffer, while that is empty; a message in the
 * queue that names whom it goes to leaves from there. As imstls_i_link_open. */
int imstls_i_link_open_beside(imstls_i_link *link, const imstls_net_open *how);
void imstls_i_link_pass_beside(imstls_i_link *from, imstls_i_link *to);
/* Takes a connection from a listener. IMSTLS_OK; else there is none. */
int imstls_i_link_accept(imstls_i_link *link, imstls_socket listener, imstls_address *remote);
/* Begins a TLS session; `how->io` is set here. IMSTLS_OK, or why there is none. */
int imstls_i_link_secure(imstls_i_link *link, imstls_tls_open *how);
/* A turn of the handshake: IMSTLS_OK: it is complete, or there is no TLS; imstls_i_in_progress; or why it failed. */
int imstls_i_link_handshake(imstls_i_link *link);
/* Both ends; wipes what came and what we had to send. What the application sent waits in the queue for what comes next.
 * The buffers stay with the link. */
void imstls_i_link_close(imstls_i_link *link);
/* The buffers of a link that is read and written no more go to another one, with the application's messages alone. */
void imstls_i_link_hand_over(imstls_i_link *from, imstls_i_link *to);

/*
 * The next message that came. Whoever gets one calls imstls_i_link_taken once it was dealt with, at the latest before
 * the next call.
 * IMSTLS_OK: `message`, whole; IMSTLS_ERR_SIP_OVERSIZED: one that does not fit, of which `message` is what came so far:
 * imstls_i_link_skip passes it over; IMSTLS_WANT_READ: none for now; IMSTLS_PENDING: the budget is used up, and there
 * may be more; else why the link has ended.
 */
int imstls_i_link_receive(imstls_i_link *link, imstls_text *message);
/* The same of the UDP port: IMSTLS_OK, or nothing came there. */
int imstls_i_link_receive_beside(imstls_i_link *link, imstls_text *message);
void imstls_i_link_taken(imstls_i_link *link);
/* The message that was handed up, of which `unused` octets at its front are nothing any more, is handed up again: after
 * imstls_i_link_resume, or in the end by itself. False: it, or one before it, had its time, or it came in a datagram.
 */
bool imstls_i_link_hold(imstls_i_link *link, size_t unused);
void imstls_i_link_resume(imstls_i_link *link);
static inline bool imstls_i_link_is_again(const imstls_i_link *link) { return link->hold.until != 0; }
bool imstls_i_link_heard_crlf(imstls_i_link *link); /* empty lines came since this was asked */
/* IMSTLS_OK, or why the link ends: IMSTLS_ERR_RX_TOO_LONG, IMSTLS_ERR_SIP_MALFORMED. */
int imstls_i_link_skip(imstls_i_link *link);

/* Sends of the message at the front what goes out now. IMSTLS_OK: all of it; IMSTLS_WANT_WRITE; IMSTLS_PENDING: more in
 * the next step; or why the link has ended. A REGISTER over UDP stays in the queue, to be repeated. */
int imstls_i_link_send_next(imstls_i_link *link);

bool imstls_i_link_is_overdue(const imstls_i_link *link); /* what is passed over takes too long */
bool imstls_i_link_is_refused(const imstls_i_link *link); /* the peer takes nothing of what is leaving */
bool imstls_i_link_is_stalled(const imstls_i_link *link); /* and that for too long */
/* May another message be taken? Its answer needs room. */
bool imstls_i_link_may_take(const imstls_i_link *link);
/* What to wait for. */
uint32_t imstls_i_link_events(const imstls_i_link *link);
uint64_t imstls_i_link_deadline(const imstls_i_link *link);

#endif
