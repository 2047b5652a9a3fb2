/* SPDX-License-Identifier: Apache-2.0 */
/* A network without sockets: the application feeds octets in and pulls octets out, of connections that have numbers. */
#ifndef IMSTLS_CLIENT_FEED_H
#define IMSTLS_CLIENT_FEED_H

#include <imstls/config.h>

#include "base/base.h"

/* The flow, and the one that it replaces until its 200. */
enum { FEED_CONNECTIONS = 2 };

typedef struct imstls_i_feed_connection {
  imstls_i_buffer in, out;
  size_t taken;    /* octets at the front of `in` that the client has: the others move up when there is need */
  uint32_t number; /* 0: none so far; that of a closed one stays until another one takes its place */
  bool open;       /* the application was asked for it */
  bool connected;  /* and has it */
  bool ended;      /* it is gone again */
  imstls_address local;
} imstls_i_feed_connection;

typedef struct imstls_i_feed {
  imstls_i_feed_connection connections[FEED_CONNECTIONS]; /* a socket is an index */
  uint32_t last_number;
  bool news; /* the application told something that no step has seen yet */
} imstls_i_feed;

extern const imstls_net imstls_i_feed_net; /* its `user` is the client */

void imstls_i_feed_seen(imstls_client *c);
size_t imstls_i_feed_waits(const imstls_i_feed *feed, imstls_wait out[FEED_CONNECTIONS]);

#endif
