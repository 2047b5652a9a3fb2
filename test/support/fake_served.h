/* SPDX-License-Identifier: Apache-2.0 */
/* Connections that the network opens to the client: beside the world of fake.h, sockets and sessions of their own. */
#ifndef FAKE_SERVED_H
#define FAKE_SERVED_H

#include "fake.h"

enum { CALLERS = 24 };
enum { FAKE_LISTENER = 1000000, FAKE_CALLER = 2000000 }; /* numbers of sockets; callers count from there */

struct caller {
  imstls_address from;
  char coming[16384], sent[8192]; /* what the client will read there, what it wrote */
  size_t coming_len, coming_at, sent_len;
  bool closed, blocked;   /* by the peer; it reads nothing */
  int turns;              /* of the handshake, taken */
  int handshake, psk;     /* result of the handshake, and what facts say of the PSK */
  bool accepted, hung_up; /* by the client */
};

struct fake_served {
  struct fake *f;
  imstls_config under; /* the world's own callbacks */
  imstls_net net;
  imstls_tls tls;
  bool listening;
  int listens, open_error, tls_error;
  imstls_net_open how;
  struct caller callers[CALLERS];
  int called, taken;
  imstls_tls_open last_tls;
  uint8_t psk[32];
  char identity[300];
};

/* Before fake_start: the client's network and TLS go through `s`, which lives as long as the client. */
void served_attach(struct fake_served *s, struct fake *f);
/* Somebody connects; the result counts from 0. */
struct caller *served_call(struct fake_served *s, const char *ip, uint16_t port);
void served_say(struct fake_served *s, struct caller *caller, const char *text);
void served_say_octets(struct caller *caller, const char *octets, size_t len);
void served_end(const struct fake_served *s); /* everything that was accepted was closed */

#endif
