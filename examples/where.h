/* SPDX-License-Identifier: Apache-2.0 */
/* For examples that own their sockets: HOST:PORT of IMSTLS_EVENT_OPEN taken apart, and our end of a connection. */
#ifndef WHERE_H
#define WHERE_H

#include <stdbool.h>

#include <imstls/types.h>

struct where {
  char host[256], port[8]; /* brackets of an IPv6 address left out */
  int port_number;
};

bool where_split(imstls_text text, struct where *out);

/* Without Nagle's algorithm from now on, which makes a TLS handshake wait. False: not connected. */
bool where_local(int fd, imstls_address *local);

/* Standard input has ended: it is read, and whatever else is there is ignored. */
bool where_input_ended(void);

#endif
