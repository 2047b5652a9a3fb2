/* SPDX-License-Identifier: Apache-2.0 */
/* A client in feed mode and the P-CSCF that answers it, in one process and without sockets. */
#ifndef BENCH_WORLD_H
#define BENCH_WORLD_H

#include <imstls/imstls.h>

#include "region.h"

typedef struct world {
  imstls_client *client;
  imstls_config config;
  imstls_soft_usim card;
  imstls_bytes cert; /* what the P-CSCF makes its tokens over */
  uint64_t now_ms;
  uint64_t sequence;        /* of the network's SQN */
  const char *algorithm;    /* of the challenges */
  imstls_aka_vector vector; /* of the last challenge */
  int challenged;           /* and it is not answered yet */
  int open_wanted;
  uint32_t connection; /* the last that was asked for */
  uint8_t record[16384];
  size_t record_len;
} world;

uint32_t seeded_word(void);
int seeded(void *user, uint8_t *out, size_t len);
void world_init(world *w, const imstls_tls *tls);
void world_open(world *w); /* the connection that was asked for */
/* The P-CSCF's answer to one REGISTER. */
size_t world_answer(world *w, const char *request, size_t len, char *out, size_t cap);

#endif
