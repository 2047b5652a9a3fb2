/* SPDX-License-Identifier: Apache-2.0 */
/* Final responses other than 200 and 401: whose word is final, who is waited for, and which status is told. */
#include "attempt_help.h"

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

SUITE_OF(client_status, refusals_before_trust, refusals_after_trust, provisional_is_no_answer, silent_first, not_silent,
         silent_alone, retry_after, retry_after_refresh, retry_after_leaving, status_of_the_attempt,
         status_of_the_error, status_of_a_broken_flow, status_of_the_loss)
