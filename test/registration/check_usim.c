/* SPDX-License-Identifier: Apache-2.0 */
/* One question to the card at a time: the first answer to it counts, all others are nobody's. */
#include "registration/usim.h"

#include "registration_help.h"

typedef struct card {
  imstls_usim usim;
  imstls_i_aka_run run;
  int result, inner; /* of the call; of imstls_i_aka_done from within, 1: none */
  uint32_t ticket, cancelled;
  int released;
} card;

static void release(void *user) { ((card *)user)->released++; }

static imstls_aka_result answer(uint8_t octet)
{
  imstls_aka_result a = { .size = sizeof a, .res_len = 8 };
  memset(a.res, octet, sizeof a.res);
  return a;
}

static int authenticate(void *user, uint32_t request, const uint8_t rand[16], const uint8_t autn[16],
                        imstls_aka_result *result)
{
  card *c = user;
  ck_assert(rand[0] == 1 && autn[0] == 2);
  ck_assert_uint_eq(result->size, sizeof *result);
  ck_assert(!result->res_len && !result->res[0] && !result->keys.release);
  c->ticket = request;
  if (c->inner <= 0) {
    imstls_aka_result a = answer(7);
    ck_assert_int_eq(imstls_i_aka_done(&c->run, request, c->inner, &a), IMSTLS_OK);
  } else if (c->result == IMSTLS_OK) {
    *result = answer(5);
  }
  return c->result;
}

static void cancel(void *user, uint32_t request) { ((card *)user)->cancelled = request; }

static void setup(card *c, int result, int inner)
{
  memset(c, 0, sizeof *c);
  c->usim = (imstls_usim){ sizeof c->usim, c, authenticate, cancel };
  c->result = result;
  c->inner = inner;
}

static void ask(card *c)
{
  static const uint8_t rand[16] = { 1 }, autn[16] = { 2 };
  imstls_i_aka_ask(&c->run, &c->usim, rand, autn);
}

START_TEST(answers)
{
  static const struct {
    int result, inner, want;
    uint8_t res;
  } rows[] = {
    { IMSTLS_OK, 1, IMSTLS_OK, 5 },
    { IMSTLS_ERR_USIM_PIN, 1, IMSTLS_ERR_USIM_PIN, 0 },
    { IMSTLS_PENDING, IMSTLS_OK, IMSTLS_OK, 7 }, /* from within the call */
    { IMSTLS_PENDING, IMSTLS_ERR_USIM_IO, IMSTLS_ERR_USIM_IO, 0 },
    { IMSTLS_ERR_USIM, IMSTLS_OK, IMSTLS_OK, 7 }, /* the first answer counts */
  };
  for (size_t i = 0; i < COUNT(rows); i++) {
    card c;
    setup(&c, rows[i].result, rows[i].inner);
    ask(&c);
    ck_assert(c.run.answered && !c.run.asked);
    imstls_aka_result late = answer(9);
    ck_assert_int_eq(imstls_i_aka_done(&c.run, c.ticket, IMSTLS_OK, &late), IMSTLS_ERR_STATE);
    ck_assert_int_eq(imstls_i_aka_look(&c.run), rows[i].want);
    ck_assert_uint_eq(c.run.result.res[0], rows[i].res);
    ck_assert(!c.run.answered && !c.run.asked);
    ck_assert_int_eq(imstls_i_aka_done(&c.run, c.ticket, IMSTLS_OK, &late), IMSTLS_ERR_STATE);
  }
}
END_TEST

START_TEST(later)
{
  card c;
  imstls_aka_result a = answer(6);
  setup(&c, IMSTLS_PENDING, 1);
  ck_assert_int_eq(imstls_i_aka_done(&c.run, 0, IMSTLS_OK, &a), IMSTLS_ERR_STATE);
  ask(&c);
  ck_assert(c.run.asked && !c.run.answered);
  ck_assert_int_eq(imstls_i_aka_done(&c.run, c.ticket + 1, IMSTLS_OK, &a), IMSTLS_ERR_STATE);
  ck_assert_int_eq(imstls_i_aka_done(&c.run, c.ticket - 1, IMSTLS_OK, &a), IMSTLS_ERR_STATE);
  ck_assert_int_eq(imstls_i_aka_done(&c.run, c.ticket, IMSTLS_OK, &a), IMSTLS_OK);
  ck_assert_int_eq(imstls_i_aka_done(&c.run, c.ticket, IMSTLS_ERR_USIM, NULL), IMSTLS_ERR_STATE);
  ck_assert_int_eq(imstls_i_aka_look(&c.run), IMSTLS_OK);
  ck_assert_uint_eq(c.run.result.res[0], 6);
}
END_TEST

/* A caller with an older header knows less of the result, one with a newer more. */
START_TEST(sizes)
{
  struct {
    imstls_aka_result known;
    char more[16];
  } newer = { .known = answer(4) };
  card c;
  setup(&c, IMSTLS_PENDING, 1);
  ask(&c);
  newer.known.size = offsetof(imstls_aka_result, keys);
  void *older = heap_copy(&newer.known, newer.known.size);
  ck_assert_int_eq(imstls_i_aka_done(&c.run, c.ticket, IMSTLS_OK, older), IMSTLS_OK);
  ck_assert(c.run.result.res[0] == 4 && !c.run.result.keys.mac && !c.run.result.keys.release);
  free(older);
  ask(&c);
  newer.known.size = sizeof newer;
  ck_assert_int_eq(imstls_i_aka_done(&c.run, c.ticket, IMSTLS_OK, &newer.known), IMSTLS_OK);
  ck_assert(c.run.result.res[0] == 4 && c.run.answered && !c.run.asked && c.run.error == IMSTLS_OK);
}
END_TEST

START_TEST(cancelled)
{
  card c;
  imstls_aka_result a = answer(6);
  setup(&c, IMSTLS_PENDING, 1);
  imstls_i_aka_cancel(&c.run, &c.usim);
  ck_assert_uint_eq(c.cancelled, 0); /* nobody was asked */
  ask(&c);
  uint32_t ticket = c.ticket;
  imstls_i_aka_cancel(&c.run, &c.usim);
  ck_assert_uint_eq(c.cancelled, ticket);
  ck_assert_int_eq(imstls_i_aka_done(&c.run, ticket, IMSTLS_OK, &a), IMSTLS_ERR_STATE);
  ask(&c);
  ck_assert_uint_ne(c.ticket, ticket);
  ck_assert_int_eq(imstls_i_aka_done(&c.run, ticket, IMSTLS_OK, &a), IMSTLS_ERR_STATE);
  ck_assert(c.run.asked);
  c.usim.cancel = NULL;
  imstls_i_aka_cancel(&c.run, &c.usim);
  ck_assert(!c.run.asked && !c.run.answered);
}
END_TEST

/* A key handle is given back once, before the next question too; nothing of an answer stays. */
START_TEST(wiped)
{
  static const imstls_aka_result zero;
  card c;
  imstls_aka_result a = answer(6);
  a.keys = (imstls_key_handle){ .user = &c, .release = release };
  setup(&c, IMSTLS_PENDING, 1);
  for (int i = 1; i < 4; i++) {
    ask(&c);
    ck_assert_int_eq(c.released, i - 1);
    ck_assert_int_eq(imstls_i_aka_done(&c.run, c.ticket, IMSTLS_OK, &a), IMSTLS_OK);
  }
  imstls_i_aka_wipe(&c.run);
  imstls_i_aka_wipe(&c.run);
  ck_assert_int_eq(c.released, 3);
  ck_assert_mem_eq(&c.run.result, &zero, sizeof zero);
}
END_TEST

SUITE_OF(usim, answers, later, sizes, cancelled, wiped)
