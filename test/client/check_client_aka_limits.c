/* SPDX-License-Identifier: Apache-2.0 */
/* How often a stranger gets the card to run, AUTS to leave and challenges to be answered, however he goes about it. */
#include "attempt_help.h"

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

/* The card has seen SEQ 5000: challenges below that are old, those above it good. */
static void age_card(void)
{
  for (int i = 0; i < 32; i++)
    f->soft.sqn.seq[i] = 5000;
}

static void begin_again(void)
{
  imstls_client_stop(f->client);
  ck_assert_int_eq(imstls_client_register(f->client), IMSTLS_OK);
  fake_run(f);
  (void)fake_register(f);
}

/* Two AUTS in one registration; a good challenge in between does not begin anew. Nobody is accused, and it goes on. */
START_TEST(auts_a_registration)
{
  age_card();
  first();
  imstls_sip_message m = challenge();
  ck_assert_ptr_nonnull(auth_param(&m, "auts").ptr);
  f->seq = 5000;
  m = challenge();
  ck_assert_ptr_null(auth_param(&m, "auts").ptr);
  f->seq = 100;
  m = challenge();
  ck_assert_ptr_nonnull(auth_param(&m, "auts").ptr);
  fake_challenge(f);
  fake_run(f);
  ck_state(WAITING);
  ck_assert_int_eq(retry_event()->error, IMSTLS_ERR_AKA_RATE);
  ck_silent();
  ck_assert_int_eq(f->card_runs, 4);
}
END_TEST

/* A re-authentication has two of its own. */
START_TEST(auts_after_registration)
{
  age_card();
  first();
  (void)challenge();
  (void)challenge();
  f->seq = 5000;
  (void)challenge();
  ok("");
  (void)imstls_client_refresh(f->client);
  fake_run(f);
  (void)fake_register(f);
  f->seq = 100;
  imstls_sip_message m = challenge();
  ck_assert_ptr_nonnull(auth_param(&m, "auts").ptr);
}
END_TEST

/* Nor does a registration come back at once that ended so, although it had held. */
START_TEST(auts_of_a_refresh)
{
  age_card();
  f->seq = 5000;
  first();
  (void)challenge();
  ok("");
  f->now_ms += 60000;
  (void)imstls_client_refresh(f->client);
  fake_run(f);
  (void)fake_register(f);
  f->seq = 100;
  (void)challenge();
  f->seq = 6000;
  (void)challenge();
  f->seq = 200;
  imstls_sip_message m = challenge();
  ck_assert_ptr_nonnull(auth_param(&m, "auts").ptr);
  f->event_count = 0;
  fake_challenge(f);
  fake_run(f);
  ck_state(WAITING);
  ck_assert_int_eq(retry_event()->error, IMSTLS_ERR_AKA_RATE);
  ck_assert_uint_gt(retry_event()->expires_s, 0);
}
END_TEST

/* Old challenges without end, each with a RAND of its own: eight AUTS in any hour. */
START_TEST(auts_an_hour)
{
  uint64_t sent[64], end = f->now_ms + 3 * 3600000ull;
  int count = 0;
  imstls_sip_message m;
  age_card();
  first();
  while (f->now_ms < end) {
    f->seq %= 200;
    fake_challenge(f);
    fake_run(f);
    if (fake_request(f, &m) && auth_param(&m, "auts").ptr) {
      ck_assert_int_lt(count, 64);
      sent[count++] = f->now_ms;
    }
    fake_pass(f, 15000);
    f->event_count = 0;
    f->sent_len = f->sent_seen = f->untrusted_len = 0;
    begin_again();
  }
  ck_assert_int_ge(count, 24);
  for (int i = 8; i < count; i++)
    ck_assert_uint_ge(sent[i] - sent[i - 8], 3600000);
}
END_TEST

/* The RAND that got an AUTS gets no other, however many RANDs come in between. */
START_TEST(auts_once_a_rand)
{
  age_card();
  first();
  (void)challenge(); /* SEQ 1 */
  f->home.opc[0] ^= 1;
  for (int i = 0; i < 20; i++) {
    fake_pass(f, 15000);
    begin_again();
    (void)challenge();
  }
  f->home.opc[0] ^= 1;
  fake_pass(f, 15000);
  begin_again();
  int runs = f->card_runs;
  f->seq = 0;
  fake_challenge(f);
  fake_run(f);
  ck_retries(IMSTLS_ERR_AKA_REPEATED);
  ck_assert_int_eq(f->card_runs, runs);
  ck_silent();
}
END_TEST

/* Nor does it leave again with the refresh that follows it. */
START_TEST(auts_not_repeated)
{
  fake_register_whole(f);
  age_card();
  (void)imstls_client_refresh(f->client);
  fake_run(f);
  (void)fake_register(f);
  imstls_sip_message m = challenge();
  ck_assert_ptr_nonnull(auth_param(&m, "auts").ptr);
  reply(423, "Min-Expires: 700000\r\n");
  m = fake_register(f);
  ck_assert_ptr_null(auth_param(&m, "auts").ptr);
  ck_text(auth_param(&m, "response"), "");
}
END_TEST

static void restart(void)
{
  reply(421, "Require: sec-agree\r\n");
  (void)fake_register(f);
  f->security_server = NULL;
  fake_challenge(f);
  fake_run(f);
  (void)fake_register(f);
  f->security_server = "tls;q=0.1";
}

/* That does not begin the count of AUTS anew, */
START_TEST(restart_counts_auts)
{
  age_card();
  first();
  (void)challenge();
  f->seq = 5000;
  (void)challenge();
  f->seq = 100;
  (void)challenge();
  restart();
  fake_challenge(f);
  fake_run(f);
  ck_state(WAITING);
  ck_assert_int_eq(retry_event()->error, IMSTLS_ERR_AKA_RATE);
  ck_silent();
}
END_TEST

/* nor that of challenges, */
START_TEST(restart_counts_challenges)
{
  first();
  for (int i = 0; i < 4; i++)
    (void)challenge();
  restart();
  fake_challenge(f);
  fake_run(f);
  ck_retries(IMSTLS_ERR_SIP_CHALLENGES);
  ck_silent();
}
END_TEST

/* nor that of bad ones in a row. */
START_TEST(restart_counts_bad)
{
  f->home.opc[0] ^= 1;
  first();
  (void)challenge();
  (void)challenge();
  restart();
  fake_challenge(f);
  fake_run(f);
  ck_retries(IMSTLS_ERR_AKA_MAC);
  ck_silent();
}
END_TEST

SUITE_OF(client_aka_limits, replay_for_an_hour, card_runs_a_minute, rate_is_not_final, auts_a_registration,
         auts_after_registration, auts_of_a_refresh, auts_an_hour, auts_once_a_rand, auts_not_repeated,
         restart_counts_auts, restart_counts_challenges, restart_counts_bad)
