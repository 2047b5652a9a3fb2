/* SPDX-License-Identifier: Apache-2.0 */
/* A network without sockets: the application feeds octets in and pulls octets out. */
#ifndef IMSTLS_CLIENT_FEED_H
#define IMSTLS_CLIENT_FEED_H

#include <imstls/net.h>

#include "base/base.h"

typedef struct imstls_i_feed {
  imstls_i_buffer in, out;
  bool open;      /* the application was asked for a connection */
  bool connected; /* and has it */
  bool ended;     /* it is gone again */
  imstls_address local;
} imstls_i_feed;

extern const imstls_net imstls_i_feed_net; /* its `user` is the client */

#endif
