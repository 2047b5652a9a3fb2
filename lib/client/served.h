/* SPDX-License-Identifier: Apache-2.0 */
/* Connections that the network opens to us: over TLS with the PSK of the registration, and in ESP to our protected
 * server port (TS 33.203 7.1). They carry requests, never the registration, and their failures end nothing but
 * themselves. One is served at a time; a second one may be in its handshake, and takes over when that succeeds. */
#ifndef IMSTLS_CLIENT_SERVED_H
#define IMSTLS_CLIENT_SERVED_H

#include <imstls/client.h>

#include "link/link.h"

/* A request that the application took elsewhere than on the flow, and has not answered yet. */
enum { OPEN_REQUESTS_MAX = 5 }; /* four, and the one that is being shown */
enum route { ROUTE_FLOW = 0, ROUTE_BESIDE, ROUTE_SERVED };
typedef struct imstls_i_open_request {
  uint8_t branch[8];   /* of its top Via, hashed */
  uint8_t route;       /* where its answer goes; ROUTE_FLOW: there is no such request */
  uint32_t generation; /* ROUTE_SERVED: of the connection that it came on */
  imstls_address from; /* ROUTE_BESIDE: who sent it */
} imstls_i_open_request;

typedef struct imstls_i_serving {
  imstls_socket listener; /* NO_SOCKET: none */
  uint32_t listener_generation;
  uint16_t port; /* of the listener; 0: none */
  bool keyed;    /* `psk` is that of the last AKA run */
  bool more;     /* something was left when the work of one step was used up */
  uint8_t psk[32];
  uint8_t at;               /* which of `links` is served; the other one may be in its handshake */
  imstls_i_link links[2];   /* the one that is served has the buffers */
  imstls_address remote[2]; /* of `links` */
  uint64_t greet_until;     /* the end of a handshake; NEVER: none is under way */
  uint64_t rest_until;      /* nobody is taken before that; 0: not resting */
  uint32_t generation;      /* of the connection that is served */
  imstls_i_open_request open_requests[OPEN_REQUESTS_MAX];
  uint8_t open_request_at; /* the oldest */
} imstls_i_serving;

void imstls_i_served_init(imstls_client *c);
void imstls_i_served_key(imstls_client *c);   /* after each AKA run, before its keys are wiped */
void imstls_i_served_start(imstls_client *c); /* registered */
void imstls_i_served_stop(imstls_client *c);
void imstls_i_served_greet(
    imstls_client *c); /* where something is served: takes connections, and goes on with a handshake */
void imstls_i_served_failed(imstls_client *c, int error);    /* the connection that is served has ended */
imstls_i_link *imstls_i_served_link(const imstls_client *c); /* NULL: there is none */
void imstls_i_served_resume(imstls_client *c);               /* the application takes messages again */
void imstls_i_served_has_more(imstls_client *c, bool more);

/* The application took `c->message`, which came elsewhere than on the flow. */
void imstls_i_served_show(imstls_client *c, enum route route); /* the application looks at it, and may answer it */
void imstls_i_served_remember(imstls_client *c);               /* it took that one, and may answer it later */
/* The request that this response answers; NULL: it came on the flow, or is none of these any more. */
const imstls_i_open_request *imstls_i_served_find(const imstls_client *c, const imstls_sip_message *response);

size_t imstls_i_served_waits(const imstls_client *c, imstls_wait out[3]);
uint64_t imstls_i_served_deadline(const imstls_client *c);

#endif
