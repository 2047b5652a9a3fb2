/* SPDX-License-Identifier: Apache-2.0 */
/* Final responses other than 200 and 401, and what comes after a failed attempt: next P-CSCF, back-off, a card that
 * rests. */
#include "client_help.h"

static void first(void)
{
  fake_start(f);
  (void)fake_register(f);
}

static const imstls_event *retry_event(void)
{
  const imstls_event *event = fake_event(f, IMSTLS_EVENT_RETRY);
  ck_assert_ptr_nonnull(event);
  return event;
}

/* Nobody who is not trusted ends the service for good. */
START_TEST(refusals_before_trust)
{
  static const unsigned status[] = { 300, 302, 305, 400, 402, 403, 404, 407, 480, 482, 484, 500, 504, 600, 603, 699 };
  for (size_t i = 0; i < sizeof status / sizeof status[0]; i++) {
    first();
    reply(status[i], "Contact: <sip:evil@192.0.2.66>\r\n");
    ck_state(WAITING);
    ck_silent();
    ck_assert_int_eq(imstls_client_error(f->client), IMSTLS_ERR_SIP_REJECTED);
    ck_assert_uint_eq(imstls_client_sip_status(f->client), status[i]);
    imstls_client_free(f->client);
  }
  f->client = NULL;
}
END_TEST

/* On the proven channel they are the network's last word. */
START_TEST(refusals_after_trust)
{
  static const struct {
    unsigned status;
    int state;
  } cases[] = { { 403, IMSTLS_STATE_STOPPED },
                { 404, IMSTLS_STATE_STOPPED },
                { 600, IMSTLS_STATE_STOPPED },
                { 500, IMSTLS_STATE_WAITING },
                { 480, IMSTLS_STATE_WAITING } };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    first();
    (void)challenge();
    reply(cases[i].status, "");
    ck_assert_int_eq(imstls_client_state(f->client), cases[i].state);
    ck_assert_int_eq(imstls_client_error(f->client), IMSTLS_ERR_SIP_REJECTED);
    imstls_client_free(f->client);
  }
  f->client = NULL;
}
END_TEST

START_TEST(provisional_is_no_answer)
{
  first();
  reply(100, "");
  reply(183, "");
  ck_state(REGISTERING);
  (void)challenge();
}
END_TEST

/* The first P-CSCF takes the REGISTER and says nothing: after 16 s the second one has its turn. */
START_TEST(silent_first)
{
  f->config.network.pcscf = "192.0.2.1, 192.0.2.2";
  first();
  fake_pass(f, 15999);
  ck_silent();
  fake_pass(f, 1);
  ck_assert_int_eq(retry_event()->error, IMSTLS_ERR_TIMEOUT);
  ck_assert_int_eq(retry_event()->value, 0);
  (void)fake_register(f);
  ck_assert_uint_eq(f->last_open.remote.ip[3], 2);
  fake_pass(f, 16000); /* the last of the round is waited for */
  ck_state(REGISTERING);
  ck_assert_int_eq(fake_event(f, IMSTLS_EVENT_POLICY)->error, IMSTLS_ERR_TIMEOUT);
  (void)challenge();
  ok("");
  ck_state(REGISTERED);
}
END_TEST

/* Whoever says that it works on it is waited for. */
START_TEST(not_silent)
{
  f->config.network.pcscf = "192.0.2.1, 192.0.2.2";
  first();
  fake_pass(f, 15000);
  reply(100, "");
  fake_pass(f, 112999);
  ck_state(REGISTERING);
  ck_silent();
  ck_assert(!fake_event(f, IMSTLS_EVENT_POLICY));
  fake_pass(f, 1);
  (void)fake_register(f);
  ck_assert_uint_eq(f->last_open.remote.ip[3], 2);
}
END_TEST

/* The only one is waited for until Timer F, which is told once meanwhile; a refresh that is not answered is not. */
START_TEST(silent_alone)
{
  first();
  fake_pass(f, 16000);
  ck_assert_int_eq(count_events(IMSTLS_EVENT_POLICY), 1);
  fake_pass(f, 100000);
  ck_state(REGISTERING);
  (void)challenge();
  ok("");
  ck_state(REGISTERED);
  (void)imstls_client_refresh(f->client);
  fake_run(f);
  (void)fake_register(f);
  fake_pass(f, 60000);
  ck_assert_int_eq(count_events(IMSTLS_EVENT_POLICY), 1);
  ck_state(REGISTERING);
}
END_TEST

/* Retry-After of any refusal is believed up to 1800 s, and waited for as it is said. */
START_TEST(retry_after)
{
  static const struct {
    unsigned status;
    const char *header;
    unsigned least, most; /* seconds */
  } cases[] = { { 503, "Retry-After: 600\r\n", 600, 660 },
                { 503, "Retry-After: 1800\r\n", 1800, 1980 },
                { 503, "Retry-After: 2147483648\r\n", 1800, 1980 },
                { 503, "Retry-After: 4294967295\r\n", 1800, 1980 },
                { 500, "Retry-After: 2 (soon)\r\n", 2, 3 },
                { 504, "Retry-After: 3;duration=60\r\n", 3, 4 },
                { 480, "Retry-After: 5\r\n", 5, 6 },
                { 408, "Retry-After: 40\r\n", 40, 44 },
                { 403, "Retry-After: 40\r\n", 40, 44 },
                { 494, "Retry-After: 40\r\n", 15, 30 }, /* it asked for another REGISTER, and got it */
                { 305, "Retry-After: 40\r\n", 15, 30 },
                { 423, "Retry-After: 40\r\n", 40, 44 }, /* cannot be followed: it is a refusal */
                { 600, "Retry-After: 40\r\n", 40, 44 },
                { 503, "Retry-After: -1\r\n", 15, 30 },
                { 503, "", 15, 30 } };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    first();
    reply(cases[i].status, cases[i].header);
    if (cases[i].status == 494) {
      (void)fake_register(f);
      reply(500, "");
    }
    ck_state(WAITING);
    ck_assert_msg(retry_event()->expires_s >= cases[i].least && retry_event()->expires_s <= cases[i].most, "%u %s: %u",
                  cases[i].status, cases[i].header, (unsigned)retry_event()->expires_s);
    int64_t wait = imstls_client_timeout_ms(f->client);
    ck_assert_int_ge(wait, (int64_t)cases[i].least * 1000);
    fake_pass(f, (uint64_t)wait - 1);
    ck_silent();
    fake_pass(f, 1);
    (void)fake_register(f);
    imstls_client_free(f->client);
  }
  f->client = NULL;
}
END_TEST

static bool remote_is(const char *text)
{
  char out[56];
  (void)imstls_address_format(&f->last_open.remote, 1, out);
  return strcmp(out, text) == 0;
}

/* Asked for time while it is registered, the client gives it: no new attempt before. */
START_TEST(retry_after_refresh)
{
  fake_register_whole(f);
  imstls_client_refresh(f->client);
  fake_run(f);
  (void)fake_register(f);
  reply(503, "Retry-After: 600\r\n");
  ck_assert_ptr_nonnull(fake_event(f, IMSTLS_EVENT_LOST));
  ck_state(WAITING);
  int64_t wait = imstls_client_timeout_ms(f->client);
  ck_assert(wait >= 600000 && wait < 660000);
  fake_pass(f, (uint64_t)wait);
  (void)fake_register(f); /* and then it does not count any more */
  reply(500, "");
  ck_state(WAITING);
  ck_assert(imstls_client_timeout_ms(f->client) <= 60000);
}
END_TEST

/* Said to a deregistration, it does not reach the next registration. */
START_TEST(retry_after_leaving)
{
  fake_register_whole(f);
  (void)imstls_client_deregister(f->client);
  fake_run(f);
  (void)fake_register(f);
  reply(503, "Retry-After: 600\r\n");
  ck_stopped(IMSTLS_OK);
  ck_assert_int_eq(imstls_client_register(f->client), IMSTLS_OK);
  fake_run(f);
  (void)fake_register(f);
  (void)challenge();
  ok("");
  ck_state(REGISTERED);
  f->closed = true;
  fake_run(f);
  ck_state(REGISTERING); /* lost, and back at once */
  ck_assert_uint_eq(fake_event(f, IMSTLS_EVENT_RETRY)->expires_s, 0);
}
END_TEST

/* What one attempt was told is not told of the next one. */
START_TEST(status_of_the_attempt)
{
  first();
  reply(404, "");
  ck_assert_uint_eq(imstls_client_sip_status(f->client), 404);
  ck_assert_uint_eq(retry_event()->sip_status, 404);
  f->connect_result = IMSTLS_ERR_CONNECT;
  fake_pass(f, (uint64_t)imstls_client_timeout_ms(f->client));
  ck_state(WAITING);
  ck_assert_int_eq(retry_event()->error, IMSTLS_ERR_CONNECT);
  ck_assert_uint_eq(retry_event()->sip_status, 0);
  ck_assert_uint_eq(imstls_client_sip_status(f->client), 0);
}
END_TEST

/* The status of a message that was answered before is none of what went wrong after it. */
START_TEST(status_of_the_error)
{
  first();
  reply(401, fake_challenge_headers(f, "000000000000000000000000"));
  ck_assert_int_eq(retry_event()->error, IMSTLS_ERR_S_TOKEN_MISMATCH);
  ck_assert_uint_eq(retry_event()->sip_status, 0);
  imstls_client_free(f->client);
  first();
  (void)challenge();
  f->closed = true;
  fake_run(f);
  ck_assert_int_eq(retry_event()->error, IMSTLS_ERR_CONNECTION);
  ck_assert_uint_eq(retry_event()->sip_status, 0);
}
END_TEST

START_TEST(status_of_a_broken_flow)
{
  fake_register_whole(f);
  f->closed = true;
  fake_run(f);
  ck_lost(IMSTLS_ERR_CONNECTION);
  ck_assert_uint_eq(fake_event(f, IMSTLS_EVENT_LOST)->sip_status, 0);
}
END_TEST

/* One that refused a refresh is. */
START_TEST(status_of_the_loss)
{
  fake_register_whole(f);
  (void)imstls_client_refresh(f->client);
  fake_run(f);
  (void)fake_register(f);
  reply(500, "");
  ck_assert_int_eq(fake_event(f, IMSTLS_EVENT_LOST)->error, IMSTLS_ERR_SIP_REJECTED);
  ck_assert_uint_eq(fake_event(f, IMSTLS_EVENT_LOST)->sip_status, 500);
  ck_assert_uint_eq(retry_event()->sip_status, 500);
}
END_TEST

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
  for (int i = 0; i < 4; i++) {
    reply(500, "");
    fake_pass(f, (uint64_t)imstls_client_timeout_ms(f->client));
    if (i < 3)
      (void)fake_register(f);
  }
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
  for (int i = 0; i < 4; i++) {
    reply(500, "");
    fake_pass(f, (uint64_t)imstls_client_timeout_ms(f->client));
    if (i < 3)
      (void)fake_register(f);
  }
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
  stand(1000);
  for (int i = 0; i < 4; i++) {
    stand(1000);
    if (fake_event(f, IMSTLS_EVENT_RETRY)->expires_s == 0) { /* the other one follows */
      fake_run(f);
      stand(1000);
    }
    ck_waits(bound / 2, bound);
    bound *= 2;
  }
}
END_TEST

/* After a 503 to the refresh of one that held, the wait is what was asked for, not that of old failures. */
START_TEST(held_then_unavailable)
{
  first();
  for (int i = 0; i < 4; i++) {
    reply(500, "");
    fake_pass(f, (uint64_t)imstls_client_timeout_ms(f->client));
    (void)fake_register(f);
  }
  (void)challenge();
  ok("");
  fake_pass(f, 3000000);
  (void)fake_register(f);
  reply(503, "Retry-After: 20\r\n");
  ck_waits(20, 30);
}
END_TEST

/* One that held was not lost a second time in a row, however it ended. */
START_TEST(held_then_broken)
{
  fake_start(f);
  stand(60000); /* comes back at once */
  (void)fake_register(f);
  (void)challenge();
  ok("");
  fake_pass(f, 3000000);
  (void)fake_register(f);
  reply(503, "Retry-After: 20\r\n");
  ck_waits(20, 30);
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
  for (int i = 0; i < 5; i++) {
    reply(500, "");
    fake_pass(f, (uint64_t)imstls_client_timeout_ms(f->client));
    (void)fake_register(f);
  }
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

/* An hour with a client that never gives up and a peer that answers each REGISTER with `headers`, or with a new
 * challenge when there are none. */
static int besieged(const char *headers, uint64_t *runs, int cap)
{
  int count = 0, starts = 0;
  uint64_t end = f->now_ms + 3600000;
  while (f->now_ms < end) {
    int before = f->card_runs;
    bool asked = fake_request(f, NULL);
    if (asked)
      fake_reply(f, 401, "Unauthorized", headers ? headers : fake_challenge_headers(f, NULL));
    fake_run(f);
    if (f->card_runs > before && count < cap)
      runs[count++] = f->now_ms;
    int state = imstls_client_state(f->client);
    ck_assert_int_ne(state, IMSTLS_STATE_STOPPED); /* no stranger stops it */
    starts += asked;
    fake_run(f);
    fake_pass(f, state == IMSTLS_STATE_WAITING ? (uint64_t)imstls_client_timeout_ms(f->client) : 200);
    f->event_count = 0;
    if (f->sent_seen > FAKE_STREAM / 2) {
      memmove(f->sent, f->sent + f->sent_seen, f->sent_len - f->sent_seen);
      f->sent_len -= f->sent_seen;
      f->sent_seen = 0;
    }
  }
  ck_assert_int_gt(starts, 20);
  return count;
}

/* As often as the bounds of the card let it. */
static void impatient(void)
{
  f->config.timers.backoff_base_ms = 1000;
  f->config.timers.backoff_max_ms = 5000;
}

/* Whoever replays one 401 gets the card run once, whether it is genuine or not. */
START_TEST(replay_for_an_hour)
{
  char headers[1024];
  uint64_t runs[10];
  for (uint8_t wrong = 0; wrong <= 1; wrong++) {
    fake_init(f);
    impatient();
    fake_start(f);
    f->home.opc[0] ^= wrong;
    strcpy(headers, fake_challenge_headers(f, NULL));
    ck_assert_int_eq(besieged(headers, runs, 10), 1);
    ck_assert_int_eq(f->card_runs, 1);
    fake_end(f);
  }
}
END_TEST

/* New challenges without end: six card runs in any minute. */
START_TEST(card_runs_a_minute)
{
  static uint64_t runs[2000];
  impatient();
  fake_start(f);
  f->home.opc[0] ^= 1;
  int count = besieged(NULL, runs, 2000);
  ck_assert_int_gt(count, 60);
  for (int i = 6; i < count; i++)
    ck_assert_uint_ge(runs[i] - runs[i - 6], 60000);
}
END_TEST

START_TEST(rate_is_not_final)
{
  first();
  for (int i = 0; i < 6; i++) {
    (void)challenge();
    ok("");
    ck_state(REGISTERED);
    (void)imstls_client_refresh(f->client);
    fake_run(f);
    (void)fake_register(f);
  }
  fake_challenge(f);
  fake_run(f);
  ck_assert_int_eq(f->card_runs, 6);
  ck_state(WAITING);
  ck_assert_int_eq(retry_event()->error, IMSTLS_ERR_AKA_RATE);
  ck_silent();
}
END_TEST

SUITE_OF(client_status, refusals_before_trust, refusals_after_trust, provisional_is_no_answer, silent_first, not_silent,
         silent_alone, retry_after, retry_after_refresh, retry_after_leaving, status_of_the_attempt,
         status_of_the_error, status_of_a_broken_flow, status_of_the_loss, next_pcscf, register_at_second_pcscf,
         backoff, backoff_grows, held_comes_back_at_once, returns_are_spread, moves_at_once, short_ones_wait,
         failures_are_made_good, short_one_makes_nothing_good, short_ones_wait_at_two, held_then_unavailable,
         held_then_broken, held_at_the_second, moved_begins_anew, attempts_end, replay_for_an_hour, card_runs_a_minute,
         rate_is_not_final)
