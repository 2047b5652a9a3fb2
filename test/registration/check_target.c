/* SPDX-License-Identifier: Apache-2.0 */
/* Which P-CSCF comes next, and when (RFC 5626 4.5; client.h on Retry-After). */
#include "registration/target.h"

#include "registration_help.h"

static int parse(imstls_i_target *t, char *copy, const char *list)
{
  *t = (imstls_i_target){ 0 };
  if (!imstls_i_target_is_list(list))
    return IMSTLS_ERR_CONFIG;
  strcpy(copy, list);
  imstls_i_target_parse(t, copy);
  return IMSTLS_OK;
}

START_TEST(parsed_lists)
{
  static const struct {
    const char *list;
    uint8_t count;
    const char *last;
    uint16_t port;
  } rows[] = {
    { "a", 1, "a", 0 },
    { "pcscf.example.org:5061", 1, "pcscf.example.org", 5061 },
    { "192.0.2.1", 1, "192.0.2.1", 0 },
    { "192.0.2.1:65535", 1, "192.0.2.1", 65535 },
    { "[2001:db8::1]", 1, "2001:db8::1", 0 },
    { "[2001:db8::1]:1", 1, "2001:db8::1", 1 },
    { " a , b:7 ,[::1]:9", 3, "::1", 9 },
    { "1,2,3,4,5,6,7,h", 8, "h", 0 },
  };
  char copy[64];
  imstls_i_target t;
  for (size_t i = 0; i < COUNT(rows); i++) {
    ck_assert_int_eq(parse(&t, copy, rows[i].list), IMSTLS_OK);
    ck_assert_uint_eq(t.count, rows[i].count);
    t.at = (uint8_t)(t.count - 1);
    ck_assert_str_eq(imstls_i_target_host(&t), rows[i].last);
    ck_assert_uint_eq(t.pcscf[t.at].port, rows[i].port);
  }
}
END_TEST

START_TEST(refused_lists)
{
  static const char *const lists[] = {
    "",       ",",       "a,",    "a,,b", ",a",          " ",    "a:",    "a:0",   "a:65536",
    "a:1x",   "a:-1",    "a:1:2", "::1",  "2001:db8::1", "[::1", "[]",    "[]:5",  "[::1]5061",
    "[::1]:", "[::1]:0", "a b",   "a\tb", "a/b",         "a[b",  "x\x7f", ":5061", "1,2,3,4,5,6,7,8,9"
  };
  char copy[600], name[300];
  imstls_i_target t;
  for (size_t i = 0; i < COUNT(lists); i++)
    ck_assert_msg(parse(&t, copy, lists[i]) == IMSTLS_ERR_CONFIG, "%s", lists[i]);
  memset(name, 'h', sizeof name);
  name[253] = '\0';
  ck_assert_int_eq(parse(&t, copy, name), IMSTLS_OK);
  strcpy(name + 253, "h");
  ck_assert_int_eq(parse(&t, copy, name), IMSTLS_ERR_CONFIG);
}
END_TEST

/* RFC 5626 4.5: base * 2^failures, at most the maximum; of that 50 to 100 % at random. */
START_TEST(back_off)
{
  static const struct {
    uint64_t base, max;
    uint32_t failures;
    uint64_t bound;
  } rows[] = {
    { 30000, 1800000, 0, 30000 },
    { 30000, 1800000, 1, 60000 },
    { 30000, 1800000, 5, 960000 },
    { 30000, 1800000, 6, 1800000 },
    { 30000, 1800000, 7, 1800000 },
    { 30000, 1800000, UINT32_MAX, 1800000 },
    { 30000, 1000, 0, 1000 },
    { 30000, 1000, 3, 1000 },
    { 1, UINT32_MAX, 31, 2147483648 },
    { 1, UINT32_MAX, 32, UINT32_MAX },
    { UINT32_MAX, UINT32_MAX, 9, UINT32_MAX },
  };
  for (size_t i = 0; i < COUNT(rows); i++) {
    uint64_t low = NEVER, high = 0;
    for (uint32_t n = 0; n < 3000; n++) {
      uint64_t ms = imstls_i_backoff_ms(rows[i].base, rows[i].max, rows[i].failures, n * 1431657u);
      low = imstls_i_earlier(low, ms);
      high = ms > high ? ms : high;
    }
    ck_assert_msg(low >= rows[i].bound / 2 && high <= rows[i].bound, "row %zu", i);
    ck_assert_msg(low <= rows[i].bound * 51 / 100 + 1 && high >= rows[i].bound * 99 / 100, "row %zu", i);
  }
}
END_TEST

typedef struct world {
  char list[64];
  dice d;
  imstls_config cfg;
  imstls_i_target t;
} world;

static void setup(world *w, const char *list)
{
  memset(w, 0, sizeof *w);
  ck_assert_int_eq(parse(&w->t, w->list, list), IMSTLS_OK);
  w->cfg.ports = ports_of(&w->d);
  w->cfg.timers.backoff_base_ms = 30000;
  w->cfg.timers.backoff_max_ms = 1800000;
}

/* Asks for the next one: which it is, and the wait. */
static uint64_t next(world *w, uint64_t now, const char *host)
{
  imstls_i_turn turn = { .wait_ms = 99 };
  ck_assert_int_eq(imstls_i_target_next(&w->t, &w->cfg, now, IMSTLS_ERR_TIMEOUT, &turn), IMSTLS_OK);
  ck_assert_str_eq(imstls_i_target_host(&w->t), host);
  ck_assert(turn.wait_ms == 0 || turn.round_ended);
  imstls_i_target_begin(&w->t);
  return turn.wait_ms;
}

/* So long after it was asked for, and a tenth of it, or half a second, at random. */
static void ck_named(uint64_t wait, uint64_t seconds)
{
  uint64_t spread = seconds * 100 > 500 ? seconds * 100 : 500;
  ck_assert_msg(wait >= seconds * 1000 && wait < seconds * 1000 + spread, "%u s: %u ms", (unsigned)seconds,
                (unsigned)wait);
}

static void ck_between(uint64_t wait, uint64_t most) { ck_assert(wait >= most / 2 && wait <= most); }

/* One after the other at once, then back-off before the next round, which begins after the last one. */
START_TEST(rounds)
{
  world w;
  setup(&w, "a,b,c");
  for (uint64_t bound = 30000; bound <= 120000; bound *= 2) {
    ck_assert_uint_eq(next(&w, 0, "b"), 0);
    ck_assert_uint_eq(next(&w, 0, "c"), 0);
    ck_between(next(&w, 0, "a"), bound);
  }
  imstls_i_target_held(&w.t);
  ck_assert_uint_eq(next(&w, 0, "b"), 0);
  ck_assert_uint_eq(next(&w, 0, "c"), 0);
  ck_between(next(&w, 0, "a"), 30000);
  setup(&w, "a");
  ck_between(next(&w, 0, "a"), 30000);
  ck_between(next(&w, 0, "a"), 60000);
}
END_TEST

/* Who asked for peace is passed over meanwhile; 1800 s at most. */
START_TEST(retry_after)
{
  static const uint32_t rows[][2] = { { 1, 1 }, { 100, 100 }, { 1800, 1800 }, { 1801, 1800 }, { UINT32_MAX, 1800 } };
  for (size_t i = 0; i < COUNT(rows); i++) {
    uint64_t now = 5000;
    world w;
    setup(&w, "a,b");
    w.t.obeyed = true;
    imstls_i_target_retry_after(&w.t, rows[i][0]);
    ck_assert_uint_eq(next(&w, now, "b"), 0);
    ck_assert(!w.t.retry_named && !w.t.retry_after_s); /* it was that one's alone */
    ck_named(w.t.pcscf[0].not_before - now, rows[i][1]);
    ck_assert_uint_le(w.t.pcscf[1].not_before, now);
    uint64_t until = w.t.pcscf[0].not_before;
    ck_between(next(&w, until - 1, "b"), 30000);
    w.t.tried = 0;
    ck_assert_uint_eq(next(&w, until, "a"), 0);
  }
}
END_TEST

/* A time that was named is the wait after a round, whoever named it; also none. */
START_TEST(named_is_the_wait)
{
  static const uint32_t rows[] = { 0, 3, 20, 900 };
  for (size_t i = 0; i < COUNT(rows); i++) {
    world w;
    setup(&w, "a");
    imstls_i_target_retry_after(&w.t, rows[i]);
    ck_named(next(&w, 0, "a"), rows[i]);
    setup(&w, "a,b");
    imstls_i_target_retry_after(&w.t, rows[i]);
    ck_assert_uint_eq(next(&w, 0, "b"), 0);
    if (rows[i] < 15) /* b named none: it was not reached, say, and has its turn when that is sooner */
      ck_named(next(&w, 0, "a"), rows[i]);
    else if (rows[i] > 30)
      ck_between(next(&w, 0, "b"), 30000);
  }
}
END_TEST

/* Once; after that it is longer or it does not count, however often it is said, until a registration stands. */
START_TEST(named_drives_no_storm)
{
  world w;
  setup(&w, "a");
  for (int registration = 0; registration < 2; registration++) {
    imstls_i_target_retry_after(&w.t, 0);
    ck_named(next(&w, 0, "a"), 0);
    for (uint64_t bound = 60000; bound <= 240000; bound *= 2) {
      imstls_i_target_retry_after(&w.t, 0);
      ck_between(next(&w, 0, "a"), bound);
    }
    imstls_i_target_retry_after(&w.t, 900);
    ck_named(next(&w, 0, "a"), 900);
    imstls_i_target_accepted(&w.t);
    imstls_i_target_held(&w.t);
  }
}
END_TEST

/* When all of them rest, the one that is ready first is waited for, back-off or not. */
START_TEST(all_rest)
{
  for (int obeyed = 0; obeyed < 2; obeyed++) {
    world w;
    setup(&w, "a,b");
    w.t.obeyed = obeyed;
    imstls_i_target_retry_after(&w.t, 900);
    ck_assert_uint_eq(next(&w, 0, "b"), 0);
    imstls_i_target_retry_after(&w.t, 1100);
    ck_named(next(&w, 1000, "a") + 1000, 900);
    setup(&w, "a,b");
    w.t.obeyed = obeyed;
    imstls_i_target_retry_after(&w.t, 4);
    ck_assert_uint_eq(next(&w, 0, "b"), 0);
    imstls_i_target_retry_after(&w.t, 1);
    uint64_t wait = next(&w, 0, "b");
    if (obeyed)
      ck_between(wait, 30000); /* longer than that is the back-off */
    else
      ck_named(wait, 1);
  }
}
END_TEST

START_TEST(other)
{
  world w;
  setup(&w, "a");
  ck_assert(!imstls_i_target_has_other(&w.t, 0));
  setup(&w, "a,b,c");
  ck_assert(imstls_i_target_has_other(&w.t, 0));
  (void)next(&w, 0, "b");
  ck_assert(imstls_i_target_has_other(&w.t, 0));
  w.t.pcscf[0].not_before = w.t.pcscf[2].not_before = 5;
  ck_assert(!imstls_i_target_has_other(&w.t, 4));
  ck_assert(imstls_i_target_has_other(&w.t, 5));
  (void)next(&w, 5, "c");
  ck_assert(!imstls_i_target_has_other(&w.t, 5)); /* each had its turn */
}
END_TEST

/* Every round counts as one attempt. */
START_TEST(attempts)
{
  for (uint32_t most = 1; most < 4; most++) {
    world w;
    imstls_i_turn turn;
    setup(&w, "a,b");
    w.cfg.policy.attempts = most;
    for (uint32_t i = 1; i < 2 * most; i++)
      ck_assert_int_eq(imstls_i_target_next(&w.t, &w.cfg, 0, IMSTLS_ERR_TIMEOUT, &turn), IMSTLS_OK);
    ck_assert_int_eq(imstls_i_target_next(&w.t, &w.cfg, 0, IMSTLS_ERR_TIMEOUT, &turn), IMSTLS_ERR_TIMEOUT);
    imstls_i_target_moved(&w.t);
    ck_assert_int_eq(imstls_i_target_next(&w.t, &w.cfg, 0, IMSTLS_ERR_TIMEOUT, &turn), IMSTLS_OK);
  }
}
END_TEST

/* The registrar ended what it had granted. Another P-CSCF would say the same, so this one's turn it is. */
static uint64_t pause(world *w, bool held, int due)
{
  imstls_i_turn turn = { .wait_ms = 99 };
  ck_assert_int_eq(imstls_i_target_pause(&w->t, &w->cfg, IMSTLS_ERR_DEREGISTERED, held, &turn), due);
  ck_assert_str_eq(imstls_i_target_host(&w->t), "a");
  ck_assert(turn.round_ended && !w->t.retry_named);
  return turn.wait_ms;
}

START_TEST(paused)
{
  static const struct {
    int64_t named_s; /* -1: it was not */
    bool held;
    uint64_t least, most;
  } rows[] = {
    { -1, true, 15000, 30000 },    { 0, true, 0, 500 },
    { 100, true, 100000, 110000 }, { 9999999, true, 1800000, 1980000 }, /* no longer than that */
    { -1, false, 15000, 30000 },   { 0, false, 30000, 60000 },
    { 1, false, 60000, 120000 },   { 3600, false, 1800000, 1980000 },
  };
  world w;
  setup(&w, "a,b");
  for (size_t i = 0; i < COUNT(rows); i++) {
    if (rows[i].named_s >= 0)
      imstls_i_target_retry_after(&w.t, (uint32_t)rows[i].named_s);
    uint64_t wait = pause(&w, rows[i].held, IMSTLS_OK);
    ck_assert_msg(wait >= rows[i].least && wait <= rows[i].most, "row %zu: %llu", i, (unsigned long long)wait);
  }
  ck_assert_uint_eq(w.t.failures, 4);
  w.cfg.policy.attempts = 4;
  (void)pause(&w, true, IMSTLS_OK);
  (void)pause(&w, false, IMSTLS_ERR_DEREGISTERED);
  w.d.fails = 1;
  (void)pause(&w, true, IMSTLS_ERR_RANDOM);
}
END_TEST

START_TEST(no_randomness)
{
  world w;
  imstls_i_turn turn;
  setup(&w, "a");
  w.d.fails = 1;
  ck_assert_int_eq(imstls_i_target_next(&w.t, &w.cfg, 0, IMSTLS_ERR_TIMEOUT, &turn), IMSTLS_ERR_RANDOM);
}
END_TEST

/* Who spoke TLS is known for as long as the network is the same. */
START_TEST(spoke_tls)
{
  imstls_i_target t = { .count = 2, .at = 1 };
  imstls_i_target_spoke_tls(&t);
  imstls_i_target_held(&t);
  imstls_i_target_accepted(&t);
  imstls_i_target_begin(&t);
  ck_assert(imstls_i_target_speaks_tls(&t));
  t.at = 0;
  ck_assert(!imstls_i_target_speaks_tls(&t));
  t.at = 1;
  imstls_i_target_moved(&t);
  ck_assert(!imstls_i_target_speaks_tls(&t));
  imstls_i_target_spoke_tls(&t);
  imstls_i_target_reset(&t);
  ck_assert(!imstls_i_target_speaks_tls(&t));
}
END_TEST

/* What each event makes good. */
START_TEST(forgiven)
{
  imstls_i_target t = { .failures = 3, .tried = 1 };
  imstls_i_target_use_quick(&t);
  imstls_i_target_fall_back(&t);
  imstls_i_target_moved(&t);
  ck_assert(!t.failures && !t.tried && t.quick_used && t.fell_back);
  t.failures = 2;
  imstls_i_target_held(&t);
  ck_assert(!t.failures && !t.quick_used && t.fell_back);
  imstls_i_target_use_quick(&t);
  imstls_i_target_reset(&t);
  ck_assert(!t.quick_used && !t.fell_back);
  imstls_i_target_fall_back(&t);
  imstls_i_target_end_fallback(&t);
  ck_assert(!t.fell_back);
  imstls_i_target_retry_after(&t, 5);
  imstls_i_target_begin(&t);
  ck_assert(!t.retry_after_s && !t.retry_named);
}
END_TEST

SUITE_OF(target, parsed_lists, refused_lists, back_off, rounds, retry_after, named_is_the_wait, named_drives_no_storm,
         all_rest, other, attempts, paused, no_randomness, spoke_tls, forgiven)
