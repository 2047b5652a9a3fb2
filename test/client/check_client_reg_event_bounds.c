/* SPDX-License-Identifier: Apache-2.0 */
/* The reg event: what becomes of a subscription that fails or ends, and that no flood of NOTIFYs leads to a storm of
 * SUBSCRIBEs or REGISTERs. */
#include "reg_event_help.h"

/* ---- the subscription fails, the registration stays ---- */

enum next { NEVER_AGAIN, BACKOFF, NAMED };
static const struct {
  unsigned status;
  const char *extra;
  enum next next;
} refusals[] = {
  { 302, "", NEVER_AGAIN },
  { 401, "", NEVER_AGAIN },
  { 403, "", NEVER_AGAIN },
  { 404, "Retry-After: 20\r\n", NEVER_AGAIN },
  { 405, "", NEVER_AGAIN },
  { 489, "", NEVER_AGAIN },
  { 501, "", NEVER_AGAIN },
  { 603, "", NEVER_AGAIN },
  { 408, "", BACKOFF },
  { 480, "", BACKOFF },
  { 481, "", BACKOFF },
  { 500, "", BACKOFF },
  { 503, "Retry-After: 0\r\n", BACKOFF },
  { 503, "Retry-After: 1\r\n", BACKOFF },
  { 503, "Retry-After: 100\r\n", NAMED },
};
enum { REFUSALS = sizeof refusals / sizeof refusals[0] };

START_TEST(refused)
{
  (void)registered_for("", LONG_S);
  reply(refusals[_i].status, refusals[_i].extra);
  ck_assert_uint_eq(fake_event(f, IMSTLS_EVENT_REG_EVENT)->sip_status, refusals[_i].status);
  ck_assert_int_eq(fake_event(f, IMSTLS_EVENT_REG_EVENT)->error, IMSTLS_ERR_SIP_REJECTED);
  ck_assert_int_eq(imstls_client_error(f->client), IMSTLS_OK);
  fake_pass(f, 15 * SECONDS - 1);
  ck_silent();
  fake_pass(f, 15 * SECONDS + 1);
  int by_30 = count_sent("SUBSCRIBE");
  fake_pass(f, 70 * SECONDS - 1);
  int by_100 = count_sent("SUBSCRIBE");
  fake_pass(f, 10 * SECONDS);
  int by_110 = count_sent("SUBSCRIBE");
  ck_assert_int_eq(by_30, refusals[_i].next == BACKOFF);
  ck_assert_int_eq(by_100, 0);
  ck_assert_int_eq(by_110, refusals[_i].next == NAMED);
  fake_pass(f, 10 * SECONDS);
  ck_state(REGISTERED);
}
END_TEST

static void say_response(unsigned status, unsigned cseq)
{
  char text[600];
  int n = snprintf(text, sizeof text,
                   "SIP/2.0 %u Text\r\nVia: SIP/2.0/TLS h;branch=z9hG4bK1\r\nFrom: <sip:a@b>;tag=%s\r\n"
                   "To: <sip:a@b>;tag=home\r\nCall-ID: %s\r\nCSeq: %u SUBSCRIBE\r\nContent-Length: 0\r\n\r\n",
                   status, dialog.tag, dialog.call_id, cseq);
  fake_say(f, text, (size_t)n);
  fake_run(f);
}

/* Provisional ones, and those to another SUBSCRIBE than the last, end nothing, and are nobody else's. */
START_TEST(other_responses)
{
  (void)registered_for("", LONG_S);
  say_response(100, 1);
  say_response(489, 7);
  accepted(100);
  say_response(489, 1);
  say_notify(&(struct notify){ .cseq = 1, .state = "active" });
  fake_run(f);
  ck_assert_uint_eq(answered(), 200);
  fake_pass(f, 50 * SECONDS);
  ck_assert_uint_eq(subscribe().cseq, 2);
  say_response(481, 1);
  accepted(100);
  fake_pass(f, 50 * SECONDS);
  ck_assert_uint_eq(subscribe().cseq, 3);
  ck_assert_ptr_null(fake_event(f, IMSTLS_EVENT_REG_EVENT));
  ck_assert_int_eq(f->messages, 0);
}
END_TEST

/* A new Contact is no reason to come back sooner: there is no dialog that has to learn it. */
START_TEST(new_contact_while_waiting)
{
  (void)registered_for("", LONG_S);
  reply(500, "");
  f->client->flow->local.port++;
  ck_assert_int_eq(imstls_client_refresh(f->client), IMSTLS_OK);
  fake_run(f);
  (void)fake_register(f);
  fake_ok_for(f, "", LONG_S);
  fake_pass(f, 15 * SECONDS - 1);
  ck_silent();
  fake_pass(f, 15 * SECONDS + 1);
  (void)subscribe();
}
END_TEST

/* Nobody answers; and a 200 that no NOTIFY follows (RFC 6665 4.1.2.4, Timer N). */
START_TEST(unanswered)
{
  (void)registered_for("", LONG_S);
  if (_i == 1)
    accepted(LONG_S);
  fake_pass(f, 128 * SECONDS - 1);
  ck_silent();
  ck_assert_ptr_null(fake_event(f, IMSTLS_EVENT_REG_EVENT));
  fake_pass(f, 31 * SECONDS);
  ck_assert_int_eq(fake_event(f, IMSTLS_EVENT_REG_EVENT)->error, IMSTLS_ERR_TIMEOUT);
  ck_assert_uint_eq(subscribe().cseq, 1);
  ck_state(REGISTERED);
}
END_TEST

/* A refresh that fails leaves the subscription as long as it was granted, unless it is gone (TS 24.229 5.1.1.3). */
START_TEST(refresh_refused)
{
  (void)registered_for("", LONG_S);
  accepted(1000);
  say_notify(&(struct notify){ .cseq = 1, .state = "active" });
  fake_run(f);
  ck_assert_uint_eq(answered(), 200);
  fake_pass(f, 500 * SECONDS);
  ck_assert_uint_eq(subscribe().cseq, 2);
  reply(500, "");
  fake_pass(f, 250 * SECONDS - 1);
  ck_silent();
  say_notify(&(struct notify){ .cseq = 2, .state = "active" }); /* it stands */
  fake_run(f);
  ck_assert_uint_eq(answered(), 200);
  fake_pass(f, 1);
  ck_assert_uint_eq(subscribe().cseq, 3);
  reply(481, "");
  fake_pass(f, 10 * SECONDS - 1);
  ck_silent();
  fake_pass(f, 1); /* it had held: no back-off */
  ck_assert_uint_eq(subscribe().cseq, 1);
}
END_TEST

/* Nobody answers the refreshes: at its end there is another dialog, after back-off. */
START_TEST(runs_out)
{
  (void)registered_for("", LONG_S);
  accepted(1000);
  say_notify(&(struct notify){ .cseq = 1, .state = "active" });
  fake_pass(f, 1000 * SECONDS - 1);
  ck_assert_int_ge(count_sent("SUBSCRIBE"), 2);
  fake_pass(f, 15 * SECONDS);
  ck_silent();
  fake_pass(f, 16 * SECONDS);
  ck_assert_uint_eq(subscribe().cseq, 1);
  ck_state(REGISTERED);
}
END_TEST

static const struct {
  const char *state;
  uint64_t from_ms, to_ms; /* when the next SUBSCRIBE leaves; 0: never */
} endings[] = {
  { "terminated;reason=deactivated", 0, 1 },
  { "terminated;reason=timeout", 0, 1 },
  { "terminated;reason=deactivated;retry-after=100", 0, 1 }, /* it means nothing there */
  { "terminated;reason=probation;retry-after=40", 40000, 40001 },
  { "terminated;reason=giveup;retry-after=4000000000", 1800000, 1800001 }, /* no longer than that */
  { "terminated;reason=probation", 15000, 30001 },
  { "terminated", 15000, 30001 },
  { "TERMINATED ; reason=other", 15000, 30001 },
  { "terminated;reason=rejected", 0, 0 },
  { "terminated;reason=noresource;retry-after=1", 0, 0 },
  { "terminated;reason=invariant", 0, 0 },
};
enum { ENDINGS = sizeof endings / sizeof endings[0] };

/* RFC 6665 4.1.3. The registration stands, so that nothing else follows. */
START_TEST(subscription_ends)
{
  subscribed();
  fake_pass(f, 61 * SECONDS);
  say_notify(&(struct notify){ .cseq = 2, .state = endings[_i].state });
  fake_run(f);
  ck_assert_uint_eq(answered(), 200);
  if (endings[_i].from_ms > 0)
    fake_pass(f, endings[_i].from_ms - 1);
  if (endings[_i].from_ms > 0 || !endings[_i].to_ms)
    ck_silent();
  fake_pass(f, endings[_i].to_ms ? endings[_i].to_ms - endings[_i].from_ms : 2000 * SECONDS);
  if (endings[_i].to_ms)
    ck_assert_uint_eq(subscribe().cseq, 1);
  else
    ck_silent();
  ck_state(REGISTERED);
}
END_TEST

/* NOTIFY says how long it lives: sooner than the 200 did. */
START_TEST(shorter_by_notify)
{
  (void)registered_for("", LONG_S);
  accepted(LONG_S);
  say_notify(&(struct notify){ .cseq = 1, .state = "active;expires=100" });
  fake_run(f);
  ck_assert_uint_eq(answered(), 200);
  fake_pass(f, 50 * SECONDS - 1);
  ck_silent();
  fake_pass(f, 1);
  ck_assert_uint_eq(subscribe().cseq, 2);
}
END_TEST

/* ---- no storm ---- */

/* Most of `method` in any ten seconds of a minute of NOTIFYs, one each 5 ms; SUBSCRIBEs and REGISTERs are answered. */
static int most_in_ten_seconds(const char *method, const char *kind, const char *contact, const char *state)
{
  int most = 0;
  unsigned cseq = 1;
  for (int span = 0; span < 6; span++) {
    int n = 0;
    for (int i = 0; i < 2000; i++) {
      imstls_sip_message m;
      cseq++;
      say_notify(&(struct notify){ .cseq = cseq, .state = state, .body = document(cseq * 2, kind, contact, NULL) });
      fake_pass(f, 5);
      while (fake_request(f, &m)) {
        n += !m.status && imstls_text_is(m.method, method);
        if (m.status)
          continue;
        if (imstls_text_is(m.method, "REGISTER"))
          fake_ok_for(f, "", LONG_S);
        else
          fake_reply(f, 200, "OK", "Expires: 600000\r\n");
      }
      f->event_count = 0;
      f->sent_len = f->sent_seen = 0;
    }
    most = n > most ? n : most;
  }
  ck_state(REGISTERED);
  return most;
}

START_TEST(flood_of_gaps)
{
  subscribed();
  ck_assert_int_eq(most_in_ten_seconds("SUBSCRIBE", "partial", CONTACT("active", "created"), NULL), 1);
}
END_TEST

START_TEST(flood_of_short_subscriptions)
{
  subscribed();
  ck_assert_int_le(most_in_ten_seconds("SUBSCRIBE", "full", CONTACT("active", "created"), "active;expires=1"), 1);
}
END_TEST

START_TEST(flood_of_shortened)
{
  subscribed();
  ck_assert_int_eq(most_in_ten_seconds("REGISTER", "full", CONTACT("active", "shortened") " expires=\"0\"", NULL), 1);
}
END_TEST

START_TEST(flood_of_foreign_contacts)
{
  subscribed();
  snprintf(dialog.contact, sizeof dialog.contact, "sip:x@192.0.2.9");
  ck_assert_int_eq(most_in_ten_seconds("REGISTER", "full", CONTACT("terminated", "deactivated"), NULL), 0);
}
END_TEST

/* One that asks to wait for nothing drives no faster than back-off either. */
static const char *const again_and_again[] = { CONTACT("terminated", "deactivated"), CONTACT("terminated", "expired"),
                                               CONTACT("terminated", "probation") " retry-after=\"0\"" };
enum { AGAINS = sizeof again_and_again / sizeof again_and_again[0] };

/* Ended as soon as it stands, each time: how many registrations in an hour. */
START_TEST(ended_again_and_again)
{
  uint64_t end = 3600 * SECONDS + f->now_ms;
  int registrations = 0;
  (void)registered_for("", LONG_S);
  while (f->now_ms < end) {
    registrations++;
    accepted(LONG_S);
    notify(1, document(0, "full", again_and_again[_i], NULL));
    f->event_count = 0;
    while (imstls_client_state(f->client) == IMSTLS_STATE_WAITING)
      fake_pass(f, 1000);
    (void)fake_register(f);
    (void)challenge();
    fake_ok_for(f, "", LONG_S);
    fake_run(f);
    (void)subscribe();
  }
  ck_assert_int_ge(registrations, 3);
  ck_assert_int_le(registrations, 12);
}
END_TEST

/* What is passed over as old costs nothing either, and a subscription that ends at once each time waits longer each
 * time. */
START_TEST(subscription_ended_again_and_again)
{
  uint64_t end = 3600 * SECONDS + f->now_ms;
  int subscriptions = 1;
  (void)registered_for("", LONG_S);
  while (f->now_ms < end) {
    imstls_sip_message m;
    accepted(LONG_S);
    say_notify(&(struct notify){ .cseq = 1, .state = "terminated;reason=deactivated" });
    fake_run(f);
    ck_assert_uint_eq(answered(), 200);
    while (!fake_request(f, &m) && f->now_ms < end)
      fake_pass(f, 1000);
    if (f->now_ms < end) {
      f->sent_seen -= m.raw.len;
      (void)subscribe();
      subscriptions++;
    }
  }
  ck_assert_int_ge(subscriptions, 4);
  ck_assert_int_le(subscriptions, 12);
}
END_TEST

Suite *client_reg_event_bounds_suite(void);

Suite *client_reg_event_bounds_suite(void)
{
  const TTest *const tests[] = { refresh_refused,
                                 other_responses,
                                 new_contact_while_waiting,
                                 runs_out,
                                 shorter_by_notify,
                                 flood_of_gaps,
                                 flood_of_short_subscriptions,
                                 flood_of_shortened,
                                 flood_of_foreign_contacts,
                                 subscription_ended_again_and_again };
  Suite *suite = suite_create("client_reg_event_bounds");
  TCase *tcase = tcase_create("client");
  tcase_add_checked_fixture(tcase, setup, teardown);
  tcase_set_timeout(tcase, 60);
  for (size_t i = 0; i < sizeof tests / sizeof tests[0]; i++)
    tcase_add_test(tcase, tests[i]);
  tcase_add_loop_test(tcase, refused, 0, REFUSALS);
  tcase_add_loop_test(tcase, unanswered, 0, 2);
  tcase_add_loop_test(tcase, subscription_ends, 0, ENDINGS);
  tcase_add_loop_test(tcase, ended_again_and_again, 0, AGAINS);
  suite_add_tcase(suite, tcase);
  return suite;
}
