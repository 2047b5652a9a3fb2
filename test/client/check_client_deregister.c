/* SPDX-License-Identifier: Apache-2.0 */
/* The host asked to leave, and it leaves, whatever the network says to it. */
#include "client_help.h"

START_TEST(deregistration)
{
  fake_register_whole(f);
  ck_assert_int_eq(imstls_client_deregister(f->client), IMSTLS_OK);
  fake_run(f);
  imstls_sip_message m = fake_register(f);
  ck_text(m.first[IMSTLS_HDR_EXPIRES], "0");
  ck_assert(fake_response_right(f, &m, NULL));
  ck_state(DEREGISTERING);
  ck_assert_int_eq(imstls_client_deregister(f->client), IMSTLS_OK); /* twice is once */
  reply(200, "");
  ck_stopped(IMSTLS_OK);
  ck_assert_int_eq(count_events(IMSTLS_EVENT_DEREGISTERED), 1);
  ck_assert_int_eq(fake_event(f, IMSTLS_EVENT_DEREGISTERED)->error, IMSTLS_OK);
  ck_assert_int_eq(imstls_client_deregister(f->client), IMSTLS_ERR_STATE);
  ck_silent();
}
END_TEST

START_TEST(deregistration_unanswered)
{
  fake_register_whole(f);
  (void)imstls_client_deregister(f->client);
  fake_run(f);
  (void)fake_register(f);
  fake_pass(f, 9999);
  ck_state(DEREGISTERING);
  fake_pass(f, 1);
  ck_stopped(IMSTLS_OK);
  ck_assert_int_eq(count_events(IMSTLS_EVENT_DEREGISTERED), 1);
  ck_assert_int_eq(fake_event(f, IMSTLS_EVENT_DEREGISTERED)->error, IMSTLS_ERR_TIMEOUT);
}
END_TEST

static void ask_during_refresh(void)
{
  fake_register_whole(f);
  ck_assert_int_eq(imstls_client_refresh(f->client), IMSTLS_OK);
  fake_run(f);
  (void)fake_register(f);
  ck_assert_int_eq(imstls_client_deregister(f->client), IMSTLS_OK);
  fake_run(f);
  ck_state(REGISTERING);
}

static void ck_left(int error)
{
  ck_stopped(IMSTLS_OK);
  ck_silent();
  ck_assert_int_eq(count_events(IMSTLS_EVENT_DEREGISTERED), 1);
  ck_assert_int_eq(fake_event(f, IMSTLS_EVENT_DEREGISTERED)->error, error);
}

/* Asked for while a refresh is on its way: it follows that. */
START_TEST(deregistration_behind_refresh)
{
  ask_during_refresh();
  ok("");
  imstls_sip_message m = fake_register(f);
  ck_text(m.first[IMSTLS_HDR_EXPIRES], "0");
  reply(200, "");
  ck_left(IMSTLS_OK);
}
END_TEST

/* The registration ends with that refresh: there is nothing more to end, and the host is told that it has left. Before
 * that it heard of the loss. */
START_TEST(deregistration_overtaken)
{
  ask_during_refresh();
  f->read_result = IMSTLS_CLOSED;
  fake_run(f);
  ck_left(IMSTLS_ERR_CONNECTION);
}
END_TEST

START_TEST(deregistration_overtaken_by_refusal)
{
  ask_during_refresh();
  reply(503, "Retry-After: 9\r\n");
  ck_left(IMSTLS_ERR_SIP_REJECTED);
}
END_TEST

START_TEST(deregistration_overtaken_by_time)
{
  ask_during_refresh();
  fake_pass(f, 128000);
  ck_left(IMSTLS_ERR_TIMEOUT);
}
END_TEST

START_TEST(deregistration_challenged)
{
  fake_register_whole(f);
  (void)imstls_client_deregister(f->client);
  fake_run(f);
  (void)fake_register(f);
  imstls_sip_message m = challenge();
  answer_of(&m);
  ck_text(m.first[IMSTLS_HDR_EXPIRES], "0");
  reply(200, "");
  ck_stopped(IMSTLS_OK);
  ck_assert_int_eq(count_events(IMSTLS_EVENT_DEREGISTERED), 1);
}
END_TEST

/* Three that nobody can answer, and the host leaves all the same. */
START_TEST(deregistration_never_in_step)
{
  fake_register_whole(f);
  for (int i = 0; i < 32; i++)
    f->soft.sqn.seq[i] = 5000;
  (void)imstls_client_deregister(f->client);
  fake_run(f);
  (void)fake_register(f);
  (void)challenge();
  (void)challenge();
  fake_challenge(f);
  fake_run(f);
  ck_stopped(IMSTLS_OK);
  ck_silent();
  ck_assert_int_eq(count_events(IMSTLS_EVENT_DEREGISTERED), 1);
}
END_TEST

/* Nor does the card run for a challenge that would not be answered; the host leaves all the same. */
START_TEST(deregistration_wrong_challenge)
{
  fake_register_whole(f);
  (void)imstls_client_deregister(f->client);
  fake_run(f);
  (void)fake_register(f);
  reply(401, fake_challenge_headers(f, ""));
  ck_stopped(IMSTLS_OK);
  ck_assert_int_eq(f->card_runs, 1);
}
END_TEST

/* Whatever the network says to it, the host asked to leave, and it leaves. */
START_TEST(deregistration_refused)
{
  static const unsigned status[] = { 305, 403, 404, 420, 421, 423, 439, 480, 494, 500, 503, 600 };
  for (size_t i = 0; i < sizeof status / sizeof status[0]; i++)
    for (int challenged = 0; challenged < 2; challenged++) {
      fake_register_whole(f);
      (void)imstls_client_deregister(f->client);
      fake_run(f);
      (void)fake_register(f);
      if (challenged)
        (void)challenge();
      reply(status[i], "Retry-After: 5\r\nMin-Expires: 7\r\n");
      ck_stopped(IMSTLS_OK);
      ck_silent();
      imstls_client_free(f->client);
      f->client = NULL;
      f->now_ms += 60000;
    }
}
END_TEST

START_TEST(deregistration_card_rests)
{
  fake_register_whole(f);
  for (int i = 0; i < 5; i++) {
    (void)imstls_client_refresh(f->client);
    fake_run(f);
    (void)fake_register(f);
    if (i < 4) {
      (void)challenge();
      ok("");
    } else
      ok("");
  }
  (void)imstls_client_deregister(f->client);
  fake_run(f);
  (void)fake_register(f);
  (void)challenge(); /* the sixth run of this minute */
  fake_challenge(f);
  fake_run(f);
  ck_stopped(IMSTLS_OK);
}
END_TEST

SUITE_OF(client_deregister, deregistration, deregistration_unanswered, deregistration_behind_refresh,
         deregistration_overtaken, deregistration_overtaken_by_refusal, deregistration_overtaken_by_time,
         deregistration_challenged, deregistration_never_in_step, deregistration_wrong_challenge,
         deregistration_refused, deregistration_card_rests)
