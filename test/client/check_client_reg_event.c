/* SPDX-License-Identifier: Apache-2.0 */
/* The reg event: what SUBSCRIBE says, what each NOTIFY leads to, and that a flood of them leads to no storm. */
#include "reg_event_help.h"

/* ---- what is sent ---- */

static void ck_field(const imstls_sip_message *m, const char *name, const char *value)
{
  imstls_text found = { NULL, 0 };
  ck_assert_msg(imstls_sip_find(m, name, &found) == IMSTLS_OK, "no %s", name);
  ck_text(found, value);
}

/* TS 24.229 5.1.1.3, 5.1.2A.1 */
START_TEST(says)
{
  f->config.device.access_network_info = "IEEE-802.11";
  imstls_sip_message m =
      registered_for(ROUTES "P-Associated-URI: <tel:+1>, <sip:default@h>, <sip:other@h>\r\n", LONG_S);
  ck_text(m.uri, "sip:default@h");
  ck_assert_uint_eq(m.count[IMSTLS_HDR_VIA], 1);
  ck_assert_uint_eq(m.count[IMSTLS_HDR_ROUTE], 2);
  ck_text(m.first[IMSTLS_HDR_ROUTE], "<sip:192.0.2.1:5061;transport=tls;lr>");
  ck_text(m.first[IMSTLS_HDR_TO], "<sip:default@h>");
  ck_text(m.first[IMSTLS_HDR_EXPIRES], "600000");
  ck_text(m.first[IMSTLS_HDR_SECURITY_VERIFY], "tls;q=0.1");
  ck_text(m.first[IMSTLS_HDR_REQUIRE], "sec-agree");
  ck_text(m.first[IMSTLS_HDR_EVENT], "reg");
  ck_field(&m, "Accept", "application/reginfo+xml");
  ck_field(&m, "P-Preferred-Identity", "<sip:default@h>");
  ck_field(&m, "P-Access-Network-Info", "IEEE-802.11");
  ck_assert_ptr_nonnull(strstr(dialog.contact, f->client->binding.contact_user));
  imstls_sip_via via;
  ck_assert_int_eq(imstls_sip_via_parse(m.first[IMSTLS_HDR_VIA], &via), IMSTLS_OK);
  ck_text(via.transport, "TLS");
  ck_silent();
}
END_TEST

/* Without identities of the network, its own. */
START_TEST(own_identity)
{
  imstls_sip_message m = registered_for("", LONG_S);
  ck_text(m.uri, f->config.identity.impu);
}
END_TEST

START_TEST(only_where_wanted)
{
  fake_register_whole(f);
  ck_silent();
  imstls_config on = f->config;
  on.policy.reg_event = 1;
  ck_assert_uint_gt(imstls_client_size(&on), imstls_client_size(&f->config));
  on.policy.reg_event = 2;
  ck_assert_uint_eq(imstls_client_size(&on), 0);
}
END_TEST

/* Refreshed 600 s before its end, in the dialog: target, tag and the reversed route of the 200 (RFC 3261 12.1.2). */
START_TEST(refreshes_in_the_dialog)
{
  (void)registered_for(ROUTES, LONG_S);
  reply(200, "Expires: 7200\r\nContact: <" SCSCF ">\r\n"
             "Record-Route: <sip:s@192.0.2.7;lr>\r\nRecord-Route: <sip:p2@192.0.2.1;lr>, <sip:p1@192.0.2.1;lr>\r\n");
  say_notify(&(struct notify){ .cseq = 1, .state = "active", .more = "Record-Route: <sip:other@h;lr>\r\n" });
  fake_run(f);
  ck_assert_uint_eq(answered(), 200);
  fake_pass(f, 6600 * SECONDS - 1);
  ck_assert_int_eq(count_sent("SUBSCRIBE"), 0);
  fake_pass(f, 1);
  imstls_sip_message m;
  char first[80];
  keep(first, sizeof first, imstls_i_text(dialog.call_id, strlen(dialog.call_id)));
  m = subscribe();
  ck_assert_str_eq(dialog.call_id, first);
  ck_text(m.uri, SCSCF);
  ck_text(tag_of(m.first[IMSTLS_HDR_TO]), "home");
  ck_assert_uint_eq(m.cseq, 2);
  imstls_text route = { NULL, 0 };
  const char *due[] = { "<sip:p1@192.0.2.1;lr>", "<sip:p2@192.0.2.1;lr>", "<sip:s@192.0.2.7;lr>" };
  for (size_t i = 0; i < 3; i++) {
    ck_assert_int_eq(imstls_sip_next(&m, IMSTLS_HDR_ROUTE, &route), IMSTLS_OK);
    ck_text(route, due[i]);
  }
  ck_assert_int_eq(imstls_sip_next(&m, IMSTLS_HDR_ROUTE, &route), IMSTLS_END);
  accepted(1200); /* half of it */
  fake_pass(f, 600 * SECONDS - 1);
  ck_silent();
  fake_pass(f, 1);
  ck_assert_uint_eq(subscribe().cseq, 3);
}
END_TEST

/* NOTIFY may come before the 200, and makes the dialog: its route is not reversed (12.1.1). */
START_TEST(dialog_of_the_notify)
{
  (void)registered_for("", LONG_S);
  say_notify(&(struct notify){
      .cseq = 1, .from_tag = "other", .more = "Record-Route: <sip:p1@h;lr>\r\nRecord-Route: <sip:p2@h;lr>\r\n" });
  accepted(100);
  ck_assert_uint_eq(answered(), 200);
  fake_pass(f, 50 * SECONDS);
  imstls_sip_message m = subscribe();
  ck_text(tag_of(m.first[IMSTLS_HDR_TO]), "other");
  ck_text(m.first[IMSTLS_HDR_ROUTE], "<sip:p1@h;lr>");
}
END_TEST

/* A route that does not fit: instead of a refresh there is another dialog. */
START_TEST(route_too_long)
{
  static char lines[4000];
  int n = snprintf(lines, sizeof lines, "Expires: 100\r\nContact: <" SCSCF ">\r\nRecord-Route: <sip:");
  memset(lines + n, 'x', 3000);
  snprintf(lines + n + 3000, sizeof lines - (size_t)n - 3000, ";lr>\r\n");
  (void)registered_for("", LONG_S);
  char first[80];
  keep(first, sizeof first, fake_call_id());
  reply(200, lines);
  say_notify(&(struct notify){ .cseq = 1, .state = "active" });
  fake_run(f);
  ck_assert_uint_eq(answered(), 200);
  fake_pass(f, 50 * SECONDS);
  imstls_sip_message m = subscribe();
  ck_assert_str_ne(dialog.call_id, first);
  ck_assert_uint_eq(tag_of(m.first[IMSTLS_HDR_TO]).len, 0);
}
END_TEST

/* Over UDP it is repeated as it was (Timer E), until it is answered. */
START_TEST(repeated_over_udp)
{
  NEEDS_OCTETS();
  f->config.policy.flow = IMSTLS_FLOW_AGREE_FIRST;
  f->config.network.transport = IMSTLS_NET_UDP;
  f->config.policy.offer = "ipsec-3gpp;alg=hmac-sha-1-96;ealg=null";
  f->security_server = "ipsec-3gpp;alg=hmac-sha-1-96;ealg=null;spi-c=5001;spi-s=5002;port-c=5063;port-s=5064";
  imstls_sip_message m = registered_for("", LONG_S);
  char first[2000];
  keep(first, sizeof first, m.raw);
  fake_pass(f, 2000);
  ck_text(subscribe().raw, first);
  fake_pass(f, 4000);
  ck_text(subscribe().raw, first);
  accepted(LONG_S);
  notify(1, NULL);
  fake_pass(f, 100 * SECONDS);
  ck_silent();
}
END_TEST

/* A new channel changes our Contact (a new PSK is a new session): the dialog has to learn it, and only then. */
START_TEST(contact_changes)
{
  char first[100];
  subscribed();
  keep(first, sizeof first, imstls_i_text(dialog.contact, strlen(dialog.contact)));
  fake_pass(f, 20 * SECONDS);
  for (int i = 0; i < 2; i++) {
    f->client->flow->local.port = (uint16_t)(f->client->flow->local.port + i);
    ck_assert_int_eq(imstls_client_refresh(f->client), IMSTLS_OK);
    fake_run(f);
    (void)fake_register(f);
    fake_ok_for(f, "", LONG_S);
    fake_run(f);
    if (i == 0)
      ck_silent();
  }
  ck_assert_uint_eq(subscribe().cseq, 2);
  ck_assert_str_ne(dialog.contact, first);
}
END_TEST

/* What waits before it leaves no room: once more in a while. */
START_TEST(waits_for_room)
{
  static const char filler[] =
      "MESSAGE sip:b@c SIP/2.0\r\nVia: SIP/2.0/TLS h;branch=z9hG4bK1\r\nFrom: <sip:x@y>;tag=1\r\n"
      "To: <sip:b@c>\r\nCall-ID: c1\r\nCSeq: 1 MESSAGE\r\nContent-Length: 0\r\n\r\n";
  f->config.timers.backoff_base_ms = 1000;
  (void)registered_for("", LONG_S);
  reply(503, "");
  f->deaf = true;
  while (imstls_client_send(f->client, filler, sizeof filler - 1) == IMSTLS_OK)
    continue;
  fake_run(f);
  fake_pass(f, 25 * SECONDS);
  f->deaf = false;
  fake_pass(f, 2 * SECONDS);
  ck_state(REGISTERED);
  ck_assert_int_eq(count_sent("SUBSCRIBE"), 1);
}
END_TEST

/* What falls due while the phone leaves waits for ever. */
START_TEST(due_while_leaving)
{
  (void)registered_for("", LONG_S);
  accepted(14);
  say_notify(&(struct notify){ .cseq = 1, .state = "active" });
  fake_run(f);
  ck_assert_uint_eq(answered(), 200);
  fake_pass(f, 9 * SECONDS);
  ck_assert_int_eq(imstls_client_deregister(f->client), IMSTLS_OK);
  fake_run(f);
  (void)fake_register(f);
  fake_pass(f, 9 * SECONDS);
  ck_silent();
  ck_state(DEREGISTERING);
  ck_assert_ptr_null(fake_event(f, IMSTLS_EVENT_REG_EVENT));
}
END_TEST

/* Who leaves sends no other SUBSCRIBE, and what NOTIFY says of it changes nothing (5.1.1.6). The next one subscribes
 * anew. */
START_TEST(ends_with_the_registration)
{
  char first[80];
  subscribed();
  keep(first, sizeof first, imstls_i_text(dialog.call_id, strlen(dialog.call_id)));
  ck_assert_int_eq(imstls_client_deregister(f->client), IMSTLS_OK);
  fake_run(f);
  ck_text(fake_register(f).first[IMSTLS_HDR_EXPIRES], "0");
  say_notify(&(struct notify){ .cseq = 2,
                               .state = "terminated;reason=noresource",
                               .body = document(1, "full", CONTACT("terminated", "deactivated"), NULL) });
  fake_run(f);
  fake_pass(f, 2000);
  ck_state(DEREGISTERING);
  imstls_sip_message answer;
  size_t seen = f->sent_seen;
  ck_assert(fake_request(f, &answer) && answer.status == 200);
  f->sent_seen = 0; /* the 200 is to the REGISTER */
  while (fake_request(f, &answer) && f->sent_seen < seen)
    continue;
  fake_reply(f, 200, "OK", "");
  fake_run(f);
  ck_assert_uint_eq(answered(), 200);
  ck_stopped(IMSTLS_OK);
  ck_silent();
  ck_assert_ptr_null(fake_event(f, IMSTLS_EVENT_LOST));
  fake_pass(f, 1000 * SECONDS);
  ck_silent();
  ck_assert_int_eq(imstls_client_register(f->client), IMSTLS_OK);
  fake_run(f);
  (void)fake_register(f);
  (void)challenge();
  ok("");
  ck_assert_uint_eq(subscribe().cseq, 1);
  ck_assert_str_ne(dialog.call_id, first);
}
END_TEST

/* ---- what NOTIFY leads to ---- */

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

Suite *client_reg_event_suite(void);

Suite *client_reg_event_suite(void)
{
  const TTest *const tests[] = {
    says,
    own_identity,
    only_where_wanted,
    refreshes_in_the_dialog,
    dialog_of_the_notify,
    route_too_long,
    repeated_over_udp,
    waits_for_room,
    due_while_leaving,
    ends_with_the_registration,
    answer_cannot_leave,
    nobody_left,
    contact_changes,
    first_word_counts,
    cut_to_octets,
    failing_calls,
    of_another,
    foreign_notifies,
    before_registration,
    unreadable,
    order,
    gap,
    stopped_in_the_event,
    freed_in_the_event,
  };
  Suite *suite = suite_create("client_reg_event");
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
