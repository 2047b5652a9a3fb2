/* SPDX-License-Identifier: Apache-2.0 */
/* A registered flow as the outbound proxy of a SIP stack in the same process: a UDP socket on loopback, one message a
 * datagram. The stack knows nothing of TLS, routes or agreements; imstls_client_send_stamped puts them in. */
#ifndef BRIDGE_H
#define BRIDGE_H

#include <netinet/in.h>
#include <signal.h>
#include <stdbool.h>

#include "account.h"

enum { BRIDGE_WAITS = 8 }; /* always enough for one client */

struct bridge {
  struct account account;
  imstls_net_posix_part net;
  imstls_client *client;
  int fd;                          /* bridge_read when it is readable */
  char proxy[32];                  /* ADDR:PORT of it: what the stack sends goes there */
  char proxy_uri[40];              /* the same as a URI */
  char stack[32];                  /* ADDR:PORT for the stack to listen on */
  struct sockaddr_in to;           /* the same */
  volatile sig_atomic_t wants_end; /* set from anywhere: the next step deregisters */
  bool leaves;
  imstls_wait armed[BRIDGE_WAITS];
  size_t count;
};

/* How a foreign loop watches a descriptor; `slot` below BRIDGE_WAITS. */
struct bridge_loop {
  void (*add)(size_t slot, int fd, bool read, bool write);
  void (*drop)(size_t slot, int fd);
};

/* A body for calls that carry no sound. */
extern const char bridge_sdp[];

/* The account of the command line, begun to be registered; nothing is sent before the first step. 0, or an exit status
 * after a line on standard error. */
int bridge_open(struct bridge *b, int argc, char **argv);
void bridge_read(struct bridge *b); /* what the stack sent */
/* A step of the client; then the loop watches what it waits for. Milliseconds until the next one, a second at most; -1:
 * it is over. */
int bridge_step(struct bridge *b, const struct bridge_loop *loop);
bool bridge_show(const char *text, size_t len); /* what somebody wrote; true: he wants to be called */
int bridge_close(struct bridge *b);             /* exit status */

#endif
