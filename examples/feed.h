/* SPDX-License-Identifier: Apache-2.0 */
/* The example feed: sockets, which have nothing to do with the library but that it wants our address. */
#ifndef FEED_H
#define FEED_H

#include <imstls/types.h>

/* Begins to connect to HOST:PORT, an IPv6 address in brackets. A socket that does not block, or -1. */
int dial(imstls_text where);

#endif
