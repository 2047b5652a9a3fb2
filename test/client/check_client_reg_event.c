/* SPDX-License-Identifier: Apache-2.0 */
/* The reg event: what SUBSCRIBE says, and when it is sent. */
#include "reg_event_help.h"

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

SUITE_OF(client_reg_event, says, own_identity, only_where_wanted, refreshes_in_the_dialog, dialog_of_the_notify,
         route_too_long, repeated_over_udp, contact_changes, waits_for_room, due_while_leaving,
         ends_with_the_registration)
