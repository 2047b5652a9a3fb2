/* SPDX-License-Identifier: Apache-2.0 */
/* The reg event: what each NOTIFY leads to, and that what cannot be read, or is not ours, leads to nothing. */
#include "reg_event_help.h"

enum outcome { STAYS, ANEW, LATER, OVER, SOONER };
static const struct {
  const char *contact;
  enum outcome outcome;
  int state, event;
} actions[] = {
  { CONTACT("active", "registered"), STAYS, IMSTLS_REGINFO_ACTIVE, IMSTLS_REGINFO_REGISTERED },
  { CONTACT("active", "created"), STAYS, IMSTLS_REGINFO_ACTIVE, IMSTLS_REGINFO_CREATED },
  { CONTACT("active", "refreshed") " expires=\"5\"", STAYS, IMSTLS_REGINFO_ACTIVE, IMSTLS_REGINFO_REFRESHED },
  { CONTACT("active", "shortened") " expires=\"60\"", SOONER, IMSTLS_REGINFO_ACTIVE, IMSTLS_REGINFO_SHORTENED },
  { CONTACT("terminated", "deactivated"), ANEW, IMSTLS_REGINFO_TERMINATED, IMSTLS_REGINFO_DEACTIVATED },
  { CONTACT("terminated", "expired"), ANEW, IMSTLS_REGINFO_TERMINATED, IMSTLS_REGINFO_EXPIRED },
  { "state=\"terminated\"", ANEW, IMSTLS_REGINFO_TERMINATED, 0 },
  { CONTACT("terminated", "unheard-of"), ANEW, IMSTLS_REGINFO_TERMINATED, 0 },
  { CONTACT("terminated", "probation") " retry-after=\"100\"", LATER, IMSTLS_REGINFO_TERMINATED,
    IMSTLS_REGINFO_PROBATION },
  { CONTACT("terminated", "rejected"), OVER, IMSTLS_REGINFO_TERMINATED, IMSTLS_REGINFO_REJECTED },
  { CONTACT("terminated", "unregistered"), OVER, IMSTLS_REGINFO_TERMINATED, IMSTLS_REGINFO_UNREGISTERED },
};
enum { ACTIONS = sizeof actions / sizeof actions[0] };

static void ck_event(int state, int event, unsigned ours)
{
  const imstls_event *told = fake_event(f, IMSTLS_EVENT_REG_EVENT);
  ck_assert_ptr_nonnull(told);
  ck_assert_int_eq(told->error, IMSTLS_OK);
  ck_assert_int_eq(told->state, state);
  ck_assert_int_eq(told->value, event);
  ck_assert_uint_eq(told->flag, ours);
}

/* The answer to NOTIFY leaves before anything else happens. */
START_TEST(leads_to)
{
  subscribed();
  fake_pass(f, 61 * SECONDS);
  notify(2, document(1, "partial", actions[_i].contact, NULL));
  ck_event(actions[_i].state, actions[_i].event, 1);
  switch (actions[_i].outcome) {
  case STAYS:
    ck_state(REGISTERED);
    fake_pass(f, 1000 * SECONDS);
    ck_silent();
    break;
  case SOONER:
    fake_pass(f, 30 * SECONDS - 1);
    ck_silent();
    fake_pass(f, 1);
    (void)fake_register(f);
    ok("");
    ck_state(REGISTERED);
    break;
  case ANEW:
    ck_lost(IMSTLS_ERR_DEREGISTERED);
    ck_begins_anew();
    break;
  case LATER:
    ck_retries(IMSTLS_ERR_DEREGISTERED);
    ck_assert_ptr_nonnull(fake_event(f, IMSTLS_EVENT_LOST));
    fake_pass(f, 100 * SECONDS - 1);
    ck_silent();
    fake_pass(f, 10 * SECONDS + 1);
    ck_begins_anew();
    break;
  case OVER:
    ck_stopped(IMSTLS_ERR_DEREGISTERED);
    ck_assert_uint_eq(fake_event(f, IMSTLS_EVENT_FAILED)->sip_status, 0);
    fake_pass(f, 10000 * SECONDS);
    ck_silent();
    break;
  }
}
END_TEST

/* All registrations are terminated, and no contact is named: ours is gone too. A document that leaves some out says
 * nothing of it. */
START_TEST(nobody_left)
{
  static const char format[] = "<reginfo xmlns=\"urn:ietf:params:xml:ns:reginfo\" version=\"%u\" state=\"%s\">"
                               "<registration aor=\"sip:a@b\" id=\"1\" state=\"terminated\"></registration>"
                               "<registration aor=\"tel:+1\" id=\"2\" state=\"%s\"/></reginfo>";
  static const char *const less[][2] = { { "partial", "terminated" }, { "full", "active" } };
  char body[500];
  subscribed();
  for (unsigned i = 0; i < 2; i++) {
    snprintf(body, sizeof body, format, i + 1, less[i][0], less[i][1]);
    notify(i + 2, body);
    ck_event(IMSTLS_REGINFO_TERMINATED, 0, 0);
    ck_state(REGISTERED);
  }
  snprintf(body, sizeof body, format, 3, "full", "terminated");
  notify(4, body);
  ck_lost(IMSTLS_ERR_DEREGISTERED);
  ck_begins_anew();
}
END_TEST

/* The application leaves before the answer has left: it has left then, and nothing follows. */
START_TEST(leaves_meanwhile)
{
  static const char *const ends[] = { CONTACT("terminated", "deactivated"), CONTACT("terminated", "probation"),
                                      CONTACT("terminated", "rejected") };
  subscribed();
  fake_pass(f, 61 * SECONDS);
  f->deaf = true;
  say_notify(&(struct notify){ .cseq = 2, .body = document(1, "full", ends[_i], NULL) });
  fake_run(f);
  ck_assert_int_eq(imstls_client_deregister(f->client), IMSTLS_OK);
  fake_run(f);
  ck_state(DEREGISTERING);
  f->deaf = false;
  fake_run(f);
  ck_stopped(IMSTLS_OK);
  ck_assert_ptr_nonnull(fake_event(f, IMSTLS_EVENT_DEREGISTERED));
}
END_TEST

/* A stream that comes octet by octet says the same. */
START_TEST(cut_to_octets)
{
  f->cut = 1;
  subscribed();
  ck_event(IMSTLS_REGINFO_ACTIVE, IMSTLS_REGINFO_REGISTERED, 1);
  notify(2, document(1, "full", CONTACT("terminated", "deactivated"), NULL));
  ck_lost(IMSTLS_ERR_DEREGISTERED);
}
END_TEST

static void answer_whatever(int *notifies)
{
  imstls_sip_message m;
  while (fake_request(f, &m)) {
    if (m.status)
      continue;
    bool registers = imstls_text_is(m.method, "REGISTER");
    if (registers && !auth_param(&m, "response").len)
      fake_challenge(f);
    else if (registers)
      fake_ok_for(f, "", LONG_S);
    else if (imstls_text_is(m.method, "SUBSCRIBE")) {
      f->sent_seen -= m.raw.len;
      (void)subscribe();
      fake_reply(f, 200, "OK", "Expires: 600000\r\nContact: <" SCSCF ">\r\n");
      say_notify(&(struct notify){ .cseq = 1, .body = document(0, "full", CONTACT("terminated", "expired"), NULL) });
      ++*notifies;
    }
  }
}

/* The n-th call of any callback fails, for every n: nothing is left open, and the registration outlives the failures of
 * what it does not depend on. */
START_TEST(failing_calls)
{
  unsigned long calls = 0;
  for (unsigned long n = 0; n <= calls; n++) {
    int notifies = 0;
    fake_init(f);
    f->config.policy.reg_event = 1;
    f->fail_at = n;
    if (imstls_client_new(&f->client, &f->config) == IMSTLS_OK) {
      (void)imstls_client_register(f->client);
      for (int i = 0; i < 12 && notifies < 2; i++) {
        fake_run(f);
        answer_whatever(&notifies);
        fake_pass(f, 40 * SECONDS);
      }
      calls = n == 0 ? f->calls : calls;
      fake_end(f);
    }
  }
  ck_assert_uint_gt(calls, 60);
}
END_TEST

/* Until the answer has left there may be another NOTIFY. */
START_TEST(first_word_counts)
{
  subscribed();
  fake_pass(f, 61 * SECONDS);
  f->deaf = true;
  say_notify(&(struct notify){ .cseq = 2, .body = document(1, "full", CONTACT("terminated", "rejected"), NULL) });
  say_notify(&(struct notify){ .cseq = 3, .body = document(2, "full", CONTACT("terminated", "deactivated"), NULL) });
  fake_run(f);
  f->deaf = false;
  fake_run(f);
  ck_stopped(IMSTLS_ERR_DEREGISTERED);
}
END_TEST

/* A peer that reads nothing does not keep the registration that the network has ended. */
START_TEST(answer_cannot_leave)
{
  subscribed();
  fake_pass(f, 61 * SECONDS);
  f->deaf = true;
  say_notify(&(struct notify){ .cseq = 2, .body = document(1, "full", CONTACT("terminated", "deactivated"), NULL) });
  fake_run(f);
  ck_state(REGISTERED);
  fake_pass(f, 1000);
  ck_assert_int_eq(fake_event(f, IMSTLS_EVENT_LOST)->error, IMSTLS_ERR_DEREGISTERED);
}
END_TEST

/* However the network ends it: what the application sent and what nobody answered is told. */
START_TEST(ends_under_messages)
{
  static const char *const ends[] = { CONTACT("terminated", "deactivated"), CONTACT("terminated", "probation"),
                                      CONTACT("terminated", "rejected") };
  static const char text[] = "MESSAGE sip:b SIP/2.0\r\nVia: SIP/2.0/TCP h;branch=z9hG4bKa\r\nFrom: <sip:x@y>;tag=1\r\n"
                             "To: <sip:b>\r\nCall-ID: c\r\nCSeq: 1 MESSAGE\r\n\r\n";
  subscribed();
  fake_pass(f, 61 * SECONDS);
  ck_assert_int_eq(imstls_client_send(f->client, text, sizeof text - 1), IMSTLS_OK);
  fake_run(f);
  f->deaf = true;
  ck_assert_int_eq(imstls_client_send(f->client, text, sizeof text - 1), IMSTLS_OK);
  say_notify(&(struct notify){ .cseq = 2, .body = document(1, "full", ends[_i], NULL) });
  fake_run(f);
  fake_pass(f, 1000);
  ck_assert_int_eq(imstls_client_registered(f->client), 0);
  ck_assert_int_eq(count_events(IMSTLS_EVENT_UNSENT), 1);
  ck_assert_int_eq(count_events(IMSTLS_EVENT_UNANSWERED), 1);
  f->deaf = false;
}
END_TEST

/* A contact that is not ours does nothing, whatever is said of it. */
START_TEST(of_another)
{
  static const char *const others[] = { "sip:somebody@192.0.2.9",
                                        "sip:001010000000001@ims.mnc001.mcc001.3gppnetwork.org" };
  subscribed();
  unsigned cseq = 1;
  for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
    for (size_t k = 0; k < ACTIONS; k++) {
      cseq++;
      notify(cseq, document(cseq, "full", actions[k].contact, others[i]));
      ck_event(actions[k].state, actions[k].event, 0);
    }
  ck_state(REGISTERED);
  fake_pass(f, 1000 * SECONDS);
  ck_silent();
}
END_TEST

/* Other dialogs and other events are the application's. */
START_TEST(foreign_notifies)
{
  const char *body;
  subscribed();
  f->take_messages = 1;
  body = document(9, "full", CONTACT("terminated", "rejected"), NULL);
  const struct notify foreign[] = { { .cseq = 2, .body = body, .call_id = "another" },
                                    { .cseq = 2, .body = body, .tag = "another" },
                                    { .cseq = 2, .body = body, .from_tag = "another" },
                                    { .cseq = 2, .body = body, .event = "presence" },
                                    { .cseq = 2, .body = body, .event = "reg;id=7" } };
  for (size_t i = 0; i < sizeof foreign / sizeof foreign[0]; i++) {
    say_notify(&foreign[i]);
    fake_run(f);
    ck_assert_int_eq(f->messages, (int)i + 1);
    ck_silent();
  }
  ck_state(REGISTERED);
  ck_assert_int_eq(count_events(IMSTLS_EVENT_REG_EVENT), 1);
}
END_TEST

/* Before trust nobody has a subscription: dropped. */
START_TEST(before_registration)
{
  f->config.policy.reg_event = 1;
  fake_start(f);
  (void)fake_register(f);
  snprintf(dialog.contact, sizeof dialog.contact, "sip:x@h");
  snprintf(dialog.call_id, sizeof dialog.call_id, "c");
  snprintf(dialog.tag, sizeof dialog.tag, "t");
  say_notify(&(struct notify){ .cseq = 1, .body = document(0, "full", CONTACT("terminated", "rejected"), NULL) });
  fake_run(f);
  ck_silent();
  ck_state(REGISTERING);
  ck_assert_int_eq(fake_event(f, IMSTLS_EVENT_DROPPED)->value, IMSTLS_DROPPED_EARLY);
}
END_TEST

static void said(unsigned cseq, const struct notify *n, unsigned status)
{
  struct notify copy = *n;
  copy.cseq = cseq;
  say_notify(&copy);
  fake_run(f);
  ck_assert_uint_eq(answered(), status);
}

/* What cannot be read is answered as usual, told, and does nothing. */
START_TEST(unreadable)
{
  static char entity[2000], huge[20000];
  subscribed();
  const char *gone = document(5, "full", CONTACT("terminated", "rejected"), NULL);
  snprintf(entity, sizeof entity, "<!DOCTYPE x [<!ENTITY y 'z'>]>%s", gone);
  said(2, &(struct notify){ .body = entity }, 400);
  ck_assert_int_eq(fake_event(f, IMSTLS_EVENT_REG_EVENT)->error, IMSTLS_ERR_SIP_MALFORMED);
  said(3, &(struct notify){ .body = gone, .type = "text/plain" }, 415);
  said(4, &(struct notify){ .body = "" }, 200);
  memset(huge, ' ', sizeof huge - 1);
  memcpy(huge, gone, strlen(gone));
  said(5, &(struct notify){ .body = huge }, 513);
  ck_state(REGISTERED);
  said(6, &(struct notify){ .body = gone, .type = "application/reginfo+xml ;charset=\"UTF-8\"" }, 200);
  ck_stopped(IMSTLS_ERR_DEREGISTERED);
}
END_TEST

/* CSeq orders NOTIFYs (RFC 3261 12.2.2), version documents (RFC 3680 5.2). */
START_TEST(order)
{
  const char *gone = CONTACT("terminated", "rejected");
  subscribed();
  said(7, &(struct notify){ .body = document(4, "full", CONTACT("active", "registered"), NULL) }, 200);
  said(6, &(struct notify){ .body = document(5, "full", gone, NULL) }, 500);
  said(7, &(struct notify){ .body = document(5, "full", gone, NULL) }, 200); /* come again */
  said(8, &(struct notify){ .body = document(3, "full", gone, NULL) }, 200);
  said(9, &(struct notify){ .body = document(4, "partial", gone, NULL) }, 200);
  ck_state(REGISTERED);
  ck_assert_int_eq(count_events(IMSTLS_EVENT_REG_EVENT), 2);
  said(10, &(struct notify){ .body = document(4, "full", gone, NULL) }, 200);
  ck_stopped(IMSTLS_ERR_DEREGISTERED);
}
END_TEST

/* A gap in partial documents: what is there counts, and a refresh asks for all of it. Full ones have none. */
START_TEST(gap)
{
  subscribed();
  fake_pass(f, 20 * SECONDS);
  notify(2, document(5, "full", CONTACT("active", "registered"), NULL));
  notify(3, document(6, "partial", CONTACT("active", "registered"), NULL));
  ck_silent();
  notify(4, document(8, "partial", CONTACT("active", "registered"), NULL));
  ck_assert_uint_eq(subscribe().cseq, 2);
  ck_silent();
}
END_TEST

static void stop_at_reg_event(struct fake *world, const imstls_event *event)
{
  if (event->type == IMSTLS_EVENT_REG_EVENT)
    imstls_client_stop(world->client);
}

static void free_at_reg_event(struct fake *world, const imstls_event *event)
{
  if (event->type == IMSTLS_EVENT_REG_EVENT)
    imstls_client_free(world->client);
}

/* The application may end it all when it is told. */
START_TEST(stopped_in_the_event)
{
  subscribed();
  f->hook = stop_at_reg_event;
  say_notify(&(struct notify){ .cseq = 2, .body = document(1, "full", CONTACT("terminated", "deactivated"), NULL) });
  (void)imstls_client_step(f->client);
  ck_stopped(IMSTLS_OK);
}
END_TEST

START_TEST(freed_in_the_event)
{
  subscribed();
  f->hook = free_at_reg_event;
  say_notify(&(struct notify){ .cseq = 2, .body = document(1, "full", CONTACT("terminated", "rejected"), NULL) });
  (void)imstls_client_step(f->client);
  f->client = NULL;
  ck_assert_int_eq(f->opened, f->closes);
}
END_TEST

Suite *client_reg_event_notify_suite(void);
Suite *client_reg_event_notify_suite(void)
{
  const TTest *const tests[] = {
    nobody_left, cut_to_octets,        failing_calls,       first_word_counts, answer_cannot_leave,
    of_another,  foreign_notifies,     before_registration, unreadable,        order,
    gap,         stopped_in_the_event, freed_in_the_event
  };
  Suite *suite = suite_create("client_reg_event_notify");
  TCase *tcase = tcase_create("client");
  tcase_add_checked_fixture(tcase, setup, teardown);
  tcase_set_timeout(tcase, 60);
  for (size_t i = 0; i < sizeof tests / sizeof tests[0]; i++)
    tcase_add_test(tcase, tests[i]);
  tcase_add_loop_test(tcase, leads_to, 0, ACTIONS);
  tcase_add_loop_test(tcase, ends_under_messages, 0, 3);
  tcase_add_loop_test(tcase, leaves_meanwhile, 0, 3);
  suite_add_tcase(suite, tcase);
  return suite;
}
