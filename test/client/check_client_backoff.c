/* SPDX-License-Identifier: Apache-2.0 */
/* What comes after a failed attempt or a lost registration: the next P-CSCF, a wait, or the end (RFC 5626 4.5). */
#include "attempt_help.h"

START_TEST(next_pcscf)
{
  f->config.network.pcscf = "192.0.2.1, 192.0.2.2:5071, [2001:db8::3]";
  first();
  ck_assert(remote_is("192.0.2.1:5061"));
  reply(500, "");
  ck_assert(remote_is("192.0.2.2:5071")); /* at once */
  (void)fake_register(f);
  reply(503, "Retry-After: 1000\r\n");
  ck_assert(remote_is("[2001:db8::3]:5061"));
  (void)fake_register(f);
  reply(500, "");
  ck_state(WAITING); /* a whole round failed */
  int64_t wait = imstls_client_timeout_ms(f->client);
  ck_assert(wait >= 15000 && wait <= 30000);
  fake_pass(f, (uint64_t)wait);
  ck_assert(remote_is("192.0.2.1:5061"));
  (void)fake_register(f);
  reply(500, "");
  ck_assert(remote_is("[2001:db8::3]:5061")); /* the second one asked for more time */
}
END_TEST

START_TEST(register_at_second_pcscf)
{
  f->config.network.pcscf = "192.0.2.1,pcscf2.example";
  f->connect_result = IMSTLS_PENDING;
  fake_start(f);
  fake_pass(f, 10000); /* the first never answers */
  f->connect_result = 0;
  fake_run(f);
  ck_assert(remote_is("192.0.2.7:5061"));
  ck_assert_str_eq(f->last_tls.server_name, "pcscf2.example");
  (void)fake_register(f);
  (void)challenge();
  ok("");
  ck_state(REGISTERED);
}
END_TEST

/* RFC 5626 4.5; bounds from test/vectors.json, rfc5626_backoff. */
START_TEST(backoff)
{
  static const struct {
    unsigned base_s, failures, min_s, max_s;
  } cases[] = { { 30, 0, 15, 30 },    { 30, 1, 30, 60 },    { 30, 2, 60, 120 },
                { 30, 3, 120, 240 },  { 30, 4, 240, 480 },  { 30, 5, 480, 960 },
                { 30, 6, 900, 1800 }, { 30, 7, 900, 1800 }, { 30, 8, 900, 1800 },
                { 90, 0, 45, 90 },    { 90, 1, 90, 180 },   { 90, 2, 180, 360 },
                { 90, 3, 360, 720 },  { 90, 4, 720, 1440 }, { 90, 5, 900, 1800 },
                { 90, 6, 900, 1800 }, { 90, 8, 900, 1800 }, { 30, UINT32_MAX, 900, 1800 } };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    uint64_t low = UINT64_MAX, high = 0;
    for (uint32_t random = 0; random < 3003; random++) {
      uint64_t ms = imstls_i_backoff_ms((uint64_t)cases[i].base_s * 1000, 1800000, cases[i].failures, random);
      low = ms < low ? ms : low;
      high = ms > high ? ms : high;
    }
    ck_assert_uint_eq(low, (uint64_t)cases[i].min_s * 1000);
    ck_assert_uint_eq(high, (uint64_t)cases[i].max_s * 1000);
  }
}
END_TEST

START_TEST(backoff_grows)
{
  unsigned bound = 30;
  first();
  for (int i = 0; i < 9; i++) {
    reply(500, "");
    ck_state(WAITING);
    unsigned wait = retry_event()->expires_s;
    ck_assert_uint_ge(wait, bound / 2);
    ck_assert_uint_le(wait, bound);
    bound = bound * 2 < 1800 ? bound * 2 : 1800;
    fake_pass(f, (uint64_t)wait * 1000);
    (void)fake_register(f);
  }
}
END_TEST

/* The attempt is refused, and the wait for the next one is over. */
static void refused_once(void)
{
  reply(500, "");
  fake_pass(f, (uint64_t)imstls_client_timeout_ms(f->client));
}

/* So many attempts in a row, and one more is under way. */
static void refused(int times)
{
  for (int i = 0; i < times; i++) {
    refused_once();
    (void)fake_register(f);
  }
}

/* The registration under way succeeds, stands for `ms` and is ended by one message of the network. */
static void stand(uint64_t ms)
{
  static const char unframed[] = "MESSAGE sip:u@h SIP/2.0\r\nContent-Length: x\r\n\r\n";
  (void)fake_register(f);
  (void)challenge();
  ok("");
  ck_state(REGISTERED);
  f->now_ms += ms;
  f->event_count = 0;
  fake_say(f, unframed, sizeof unframed - 1);
  fake_run(f);
  ck_assert_int_eq(count_events(IMSTLS_EVENT_LOST), 1);
}

static void ck_waits(unsigned least_s, unsigned most_s)
{
  ck_state(WAITING);
  ck_silent();
  unsigned wait = retry_event()->expires_s;
  ck_assert_uint_ge(wait, least_s);
  ck_assert_uint_le(wait, most_s);
  fake_pass(f, (uint64_t)wait * 1000);
}

START_TEST(held_comes_back_at_once)
{
  fake_start(f);
  for (int i = 0; i < 5; i++) {
    stand(60000);
    ck_state(REGISTERING);
    ck_assert_uint_eq(retry_event()->expires_s, 0);
  }
}
END_TEST

/* All that were lost with one P-CSCF come back spread over 5 s, each by its own randomness; whoever lost its flow
 * before it was registered is among them. */
START_TEST(returns_are_spread)
{
  enum { PHONES = 60 };
  int64_t least = INT64_MAX, most = 0, sum = 0;
  for (uint64_t i = 0; i < PHONES; i++) {
    f->config.timers.return_ms = 0;
    f->seed = i * 77777;
    if (i % 2)
      fake_register_whole(f);
    else {
      fake_start(f);
      (void)fake_register(f);
    }
    f->closed = true;
    fake_run(f);
    ck_state(WAITING);
    int64_t wait = imstls_client_timeout_ms(f->client);
    ck_assert(wait >= 0 && wait < 5000);
    least = wait < least ? wait : least;
    most = wait > most ? wait : most;
    sum += wait;
    f->closed = false;
    fake_pass(f, (uint64_t)wait);
    ck_state(REGISTERING);
    fake_end(f);
    fake_init(f);
  }
  ck_assert(least < 500 && most > 4500);
  ck_assert(sum > PHONES * 1500 && sum < PHONES * 3500);
}
END_TEST

/* The application's word that the network changed is no loss of others: at once. */
START_TEST(moves_at_once)
{
  f->config.timers.return_ms = 0;
  fake_register_whole(f);
  ck_assert_int_eq(imstls_client_network_changed(f->client), IMSTLS_OK);
  fake_run(f);
  ck_state(REGISTERING);
  ck_assert_int_eq(count_events(IMSTLS_EVENT_LOST), 1);
}
END_TEST

/* One that does not hold 60 s is a failure; the first one comes back at once. */
START_TEST(short_ones_wait)
{
  unsigned bound = 30;
  fake_start(f);
  stand(59999);
  ck_state(REGISTERING);
  for (int i = 0; i < 10; i++) {
    stand(59999);
    ck_waits(bound / 2, bound);
    bound = bound * 2 < 1800 ? bound * 2 : 1800;
  }
  ck_assert_uint_eq(bound, 1800);
  stand(60000);
  ck_state(REGISTERING); /* at once */
  stand(59999);
  ck_waits(15, 30); /* and the count begins anew */
}
END_TEST

/* Failed attempts before it do not make a registration that holds wait, nor do they count after it. */
START_TEST(failures_are_made_good)
{
  first();
  refused(3);
  refused_once();
  stand(60000);
  ck_state(REGISTERING);
  (void)fake_register(f);
  reply(500, "");
  ck_waits(15, 30);
}
END_TEST

START_TEST(short_one_makes_nothing_good)
{
  first();
  refused(3);
  refused_once();
  stand(59999);
  ck_state(REGISTERING);
  (void)fake_register(f);
  reply(500, "");
  ck_waits(240, 480); /* the fifth */
}
END_TEST

/* Another P-CSCF is no way around the wait. */
START_TEST(short_ones_wait_at_two)
{
  unsigned bound = 30;
  f->config.network.pcscf = "192.0.2.1,192.0.2.2";
  fake_start(f);
  stand(20000);
  for (int i = 0; i < 4; i++) {
    stand(20000);
    if (fake_event(f, IMSTLS_EVENT_RETRY)->expires_s == 0) { /* the other one follows */
      fake_run(f);
      stand(20000);
    }
    ck_waits(bound / 2, bound);
    bound *= 2;
  }
}
END_TEST

static void held_then_refused(void)
{
  (void)challenge();
  ok("");
  fake_pass(f, 3000000);
  (void)fake_register(f);
  reply(503, "Retry-After: 20\r\n");
  ck_waits(20, 30);
}

/* After a 503 to the refresh of one that held, the wait is what was asked for, not that of old failures. */
START_TEST(held_then_unavailable)
{
  first();
  refused(4);
  held_then_refused();
}
END_TEST

/* One that held was not lost a second time in a row, however it ended. */
START_TEST(held_then_broken)
{
  fake_start(f);
  stand(60000); /* comes back at once */
  (void)fake_register(f);
  held_then_refused();
  (void)fake_register(f);
  f->closed = true;
  fake_run(f);
  ck_state(REGISTERING); /* once more at once */
}
END_TEST

/* A round of P-CSCFs begins anew with a registration that held. */
START_TEST(held_at_the_second)
{
  f->config.network.pcscf = "192.0.2.1,192.0.2.2";
  first();
  reply(500, "");
  stand(60000);
  ck_assert(remote_is("192.0.2.2:5061"));
  (void)fake_register(f);
  reply(500, "");
  ck_state(REGISTERING);
  ck_assert(remote_is("192.0.2.1:5061"));
}
END_TEST

/* A network that is new to the host has not failed yet. */
START_TEST(moved_begins_anew)
{
  first();
  refused(5);
  reply(500, "");
  ck_state(WAITING);
  (void)imstls_client_network_changed(f->client);
  fake_run(f);
  (void)fake_register(f);
  reply(500, "");
  ck_waits(15, 30);
}
END_TEST

START_TEST(attempts_end)
{
  f->config.policy.attempts = 3;
  first();
  for (int i = 0; i < 2; i++) {
    reply(500, "");
    ck_state(WAITING);
    fake_pass(f, (uint64_t)imstls_client_timeout_ms(f->client));
    (void)fake_register(f);
  }
  reply(500, "");
  ck_stopped(IMSTLS_ERR_SIP_REJECTED);
  ck_assert_int_eq(count_events(IMSTLS_EVENT_FAILED), 1);
  ck_assert_int_eq(imstls_client_register(f->client), IMSTLS_OK); /* and the host may begin anew */
  fake_run(f);
  (void)fake_register(f);
}
END_TEST

SUITE_OF(client_backoff, next_pcscf, register_at_second_pcscf, backoff, backoff_grows, held_comes_back_at_once,
         returns_are_spread, moves_at_once, short_ones_wait, failures_are_made_good, short_one_makes_nothing_good,
         short_ones_wait_at_two, held_then_unavailable, held_then_broken, held_at_the_second, moved_begins_anew,
         attempts_end)
