/* SPDX-License-Identifier: Apache-2.0 */
/* One card of card_sim.h, the part that talks to it, and what that told: for the suites of sessions with a card. */
#ifndef TEST_CARD_WORLD_H
#define TEST_CARD_WORLD_H

#include <check.h>
#include <string.h>

#include <imstls/card.h>
#include <imstls/error.h>

#include "card_sim.h"
#include "vectors.h"

typedef struct world {
  card_sim sim;
  imstls_usim_card card;
  imstls_aka_result result;
  int done_count, done_error, ready_count, ready_error;
  uint32_t done_request;
} world;

static world w;

static inline void on_done(void *user, uint32_t request, int error, const imstls_aka_result *result)
{
  world *to = user;
  to->done_count++;
  to->done_error = error;
  to->done_request = request;
  ck_assert((result != NULL) == (error == IMSTLS_OK));
  if (result != NULL)
    to->result = *result;
}

static inline void on_ready(void *user, int error)
{
  world *to = user;
  to->ready_count++;
  to->ready_error = error;
}

static inline void fresh_card(void)
{
  w.card = (imstls_usim_card)IMSTLS_USIM_CARD_INIT;
  w.card.apdu = (imstls_apdu)IMSTLS_APDU_INIT;
  w.card.apdu.user = &w.sim;
  w.card.apdu.transmit = sim_transmit;
  w.card.done = on_done;
  w.card.ready = on_ready;
  w.card.user = &w;
  w.done_count = w.ready_count = 0;
  ck_assert_ptr_nonnull(imstls_usim_apdu(&w.card));
}

static inline void setup(void)
{
  memset(&w, 0, sizeof w);
  sim_init(&w.sim);
  fresh_card();
}

static inline int deliver_all(void)
{
  int n = 0;
  while (sim_deliver(&w.sim, &w.card))
    ck_assert_int_lt(++n, 5000);
  return n;
}

static inline int read_card(void)
{
  w.ready_count = 0;
  int r = imstls_usim_card_read(&w.card);
  if (r != IMSTLS_PENDING) {
    ck_assert_int_eq(w.ready_count, 0);
    return r;
  }
  deliver_all();
  ck_assert_int_eq(w.ready_count, 1);
  return w.ready_error;
}

static inline int start_auth(uint32_t request)
{
  const struct v_end_to_end_cases_item *v = &v_end_to_end.cases.item[0];
  memset(&w.result, 0, sizeof w.result);
  w.result.size = sizeof w.result;
  return w.card.usim.authenticate(w.card.usim.user, request, v->RAND.oct, v->AUTN.oct, &w.result);
}

static inline int auth_card(void)
{
  w.done_count = 0;
  int r = start_auth(77);
  if (r != IMSTLS_PENDING) {
    ck_assert_int_eq(w.done_count, 0);
    return r;
  }
  deliver_all();
  ck_assert_int_eq(w.done_count, 1);
  ck_assert_uint_eq(w.done_request, 77);
  return w.done_error;
}

static inline void good_result(void)
{
  const struct v_end_to_end_cases_item *v = &v_end_to_end.cases.item[0];
  ck_assert_int_eq(w.result.verdict, IMSTLS_AKA_OK);
  ck_assert_uint_eq(w.result.res_len, 8);
  ck_assert_mem_eq(w.result.res, v->RES.oct, 8);
  ck_assert_mem_eq(w.result.ck, v->CK.oct, 16);
  ck_assert_mem_eq(w.result.ik, v->IK.oct, 16);
  ck_assert(w.result.keys.mac == NULL);
}

/* No octet of the keys is left in the card's memory. */
static inline void wiped(void)
{
  const struct v_end_to_end_cases_item *v = &v_end_to_end.cases.item[0];
  const uint8_t *all = (const uint8_t *)&w.card;
  for (size_t i = 0; i + 8 <= sizeof w.card; i++) {
    ck_assert(memcmp(all + i, v->RES.oct, 8) != 0);
    ck_assert(memcmp(all + i, v->CK.oct, 8) != 0 && memcmp(all + i, v->IK.oct, 8) != 0);
    ck_assert(memcmp(all + i, "1234\xff\xff\xff\xff", 8) != 0);
  }
}

/* 8 kinds of card: T=0 or T=1, pending or not, with or without logical channels. */
static inline void kind(int i)
{
  w.sim.t0 = (i & 1) != 0;
  w.sim.pending = (i & 2) != 0;
  w.sim.no_channels = (i & 4) != 0;
  w.sim.le_wrong = (i & 1) != 0;
}

#endif
