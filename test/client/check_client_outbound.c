/* SPDX-License-Identifier: Apache-2.0 */
/* Requests of the application on the flow: what they must say, stamped as they are queued, and their responses. */
#include <stdio.h>

#include <imstls/outbound.h>

#include "client_help.h"

#define FROM_TO "From: <sip:x@y>;tag=1\r\nTo: <sip:b@c>\r\nCall-ID: c1\r\n"
static const char message[] =
    "MESSAGE sip:b@c SIP/2.0\r\nVia: SIP/2.0/TCP 127.0.0.1:5070;branch=z9hG4bKstack\r\n" FROM_TO
    "CSeq: 1 MESSAGE\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n\r\nhi";

static void register_with(const char *extra)
{
  fake_start(f);
  (void)fake_register(f);
  (void)challenge();
  ok(extra);
  ck_state(REGISTERED);
}

static imstls_outbound outbound(void)
{
  imstls_outbound out = IMSTLS_SIZED(imstls_outbound);
  ck_assert_int_eq(imstls_client_outbound(f->client, &out), IMSTLS_OK);
  return out;
}

/* As the REGISTER said it, and the 200. */
START_TEST(over_tls)
{
  f->config.device.access_network_info = "IEEE-802.11";
  fake_start(f);
  (void)fake_register(f);
  imstls_sip_message m = challenge();
  imstls_sip_address contact;
  imstls_sip_via via;
  char want[100];
  imstls_text rest = m.first[IMSTLS_HDR_CONTACT];
  ck_assert_int_eq(imstls_sip_address_next(&rest, &contact), IMSTLS_OK);
  ck_assert_int_eq(imstls_sip_via_parse(m.first[IMSTLS_HDR_VIA], &via), IMSTLS_OK);
  snprintf(want, sizeof want, "%.*s:%.*s", (int)via.host.len, via.host.ptr, (int)via.port.len, via.port.ptr);
  char uri[100];
  snprintf(uri, sizeof uri, "%.*s", (int)contact.uri.len, contact.uri.ptr);
  ok("Service-Route: <sip:s1;lr>\r\nService-Route: <sip:s2;lr>\r\nP-Associated-URI: <sip:a@h>, <tel:+1>\r\n");
  imstls_outbound out = outbound();
  ck_assert_str_eq(out.transport, "TLS");
  ck_assert_str_eq(out.sent_by, want);
  ck_assert_str_eq(out.contact, uri);
  ck_assert_str_eq(out.pcscf, "<sip:192.0.2.1:5061;transport=tls;lr>");
  ck_text(out.service_route, "<sip:s1;lr>, <sip:s2;lr>");
  ck_text(out.associated_uri, "<sip:a@h>, <tel:+1>");
  ck_text(out.security_verify, "tls;q=0.1");
  ck_text(out.access_network_info, "IEEE-802.11");
}
END_TEST

/* The network named no identity: ours is the one that was registered. */
START_TEST(own_identity)
{
  register_with("");
  imstls_outbound out = outbound();
  ck_text(out.associated_uri, f->config.identity.impu);
  ck_assert_uint_eq(out.service_route.len, 0);
}
END_TEST

/* The longest addresses fit. */
START_TEST(over_ipv6)
{
  f->config.network.pcscf = "[2001:db8:aaaa:bbbb:cccc:dddd:eeee:ffff]:65535";
  register_with("");
  ck_assert_str_eq(outbound().pcscf, "<sip:[2001:db8:aaaa:bbbb:cccc:dddd:eeee:ffff]:65535;transport=tls;lr>");
}
END_TEST

/* What belongs inside the URI is in REGISTER and in what we say of the flow, also where all is as long as it gets. */
START_TEST(uri_params)
{
  static const char most[] = ";sos;a=123456789012345678901234567890123456789012345678901234567";
  char uri[200], want[200];
  f->config.device.contact_uri_params = most;
  f->config.network.pcscf = "[2001:db8:aaaa:bbbb:cccc:dddd:eeee:ffff]:65535";
  fake_start(f);
  (void)fake_register(f);
  imstls_sip_message m = challenge();
  imstls_sip_address contact;
  imstls_text rest = m.first[IMSTLS_HDR_CONTACT];
  ck_assert_int_eq(imstls_sip_address_next(&rest, &contact), IMSTLS_OK);
  snprintf(uri, sizeof uri, "%.*s", (int)contact.uri.len, contact.uri.ptr);
  snprintf(want, sizeof want, ";transport=tls%s", most);
  ck_assert_str_eq(strstr(uri, ";"), want);
  ok("");
  ck_assert_str_eq(outbound().contact, uri);
  ck_state(REGISTERED);
}
END_TEST

START_TEST(not_ready)
{
  imstls_outbound out = IMSTLS_SIZED(imstls_outbound);
  ck_assert_int_eq(imstls_client_can_send(NULL), 0);
  ck_assert_int_eq(imstls_client_outbound(NULL, &out), IMSTLS_ERR_USAGE);
  fake_start(f);
  ck_assert_int_eq(imstls_client_can_send(f->client), 0);
  ck_assert_int_eq(imstls_client_outbound(f->client, &out), IMSTLS_NOT_READY);
  ck_assert_int_eq(imstls_client_send_stamped(f->client, message, sizeof message - 1), IMSTLS_NOT_READY);
  (void)fake_register(f);
  (void)challenge();
  ok("");
  ck_assert_int_eq(imstls_client_can_send(f->client), 1);
  out.size--;
  ck_assert_int_eq(imstls_client_outbound(f->client, &out), IMSTLS_ERR_USAGE);
  ck_assert_int_eq(imstls_client_deregister(f->client), IMSTLS_OK);
  fake_run(f);
  (void)fake_register(f);
  ck_assert_int_eq(imstls_client_can_send(f->client), 0);
  ck_assert_int_eq(imstls_client_registered(f->client), 1);
}
END_TEST

/* A stack that knows nothing of the flow: its MESSAGE arrives as the flow wants it, the 200 as the stack knows it. */
START_TEST(there_and_back)
{
  imstls_sip_message m;
  register_with("Service-Route: <sip:s1;lr>\r\n");
  f->take_messages = 1;
  ck_assert_int_eq(imstls_client_send_stamped(f->client, message, sizeof message - 1), IMSTLS_OK);
  fake_run(f);
  ck_assert(fake_request(f, &m));
  ck_text(m.method, "MESSAGE");
  ck_text(m.body, "hi");
  ck_assert_uint_eq(m.count[IMSTLS_HDR_VIA], 2);
  ck_assert_uint_eq(m.count[IMSTLS_HDR_ROUTE], 2);
  ck_text(m.first[IMSTLS_HDR_ROUTE], "<sip:192.0.2.1:5061;transport=tls;lr>");
  ck_text(m.first[IMSTLS_HDR_SECURITY_VERIFY], "tls;q=0.1");
  ck_text(m.first[IMSTLS_HDR_REQUIRE], "sec-agree");
  fake_reply(f, 200, "OK", "X: y\r\n");
  fake_run(f);
  ck_assert_int_eq(f->messages, 1);
  ck_assert_str_eq(f->last_raw,
                   "SIP/2.0 200 OK\r\nVia: SIP/2.0/TCP 127.0.0.1:5070;branch=z9hG4bKstack\r\n"
                   "From: <sip:x@y>;tag=1\r\nTo: <sip:b@c>;tag=home\r\nCall-ID: c1\r\nCSeq: 1 MESSAGE\r\nX: y\r\n"
                   "Content-Length: 0\r\n\r\n");
}
END_TEST

/* A response that comes together with what follows it: nothing behind it is touched. */
START_TEST(response_among_others)
{
  imstls_sip_message m;
  register_with("");
  f->take_messages = 1;
  ck_assert_int_eq(imstls_client_send_stamped(f->client, message, sizeof message - 1), IMSTLS_OK);
  fake_run(f);
  ck_assert(fake_request(f, &m));
  for (int i = 0; i < 3; i++)
    fake_reply(f, 200, "OK", "");
  fake_run(f);
  ck_assert_int_eq(f->messages, 3);
  ck_state(REGISTERED);
}
END_TEST

/* What was sent as it is comes back as it is. */
START_TEST(plain_stays)
{
  imstls_sip_message m;
  register_with("");
  f->take_messages = 1;
  ck_assert_int_eq(imstls_client_send(f->client, message, sizeof message - 1), IMSTLS_OK);
  fake_run(f);
  ck_assert(fake_request(f, &m));
  ck_assert_uint_eq(m.count[IMSTLS_HDR_VIA], 1);
  fake_reply(f, 200, "OK", "");
  fake_run(f);
  ck_assert_int_eq(f->messages, 1);
  ck_assert_ptr_nonnull(strstr(f->last_raw, "branch=z9hG4bKstack"));
}
END_TEST

/* Room: what fits stamped is taken; the next waits; what never fits is said at once. */
START_TEST(room)
{
  char large[8192];
  f->config.limits.tx_len = 4096;
  register_with("");
  f->write_cut = 1;
  f->deaf = true;
  int taken = 0, result;
  while ((result = imstls_client_send_stamped(f->client, message, sizeof message - 1)) == IMSTLS_OK)
    taken++;
  ck_assert_int_gt(taken, 2);
  ck_assert_int_eq(result, IMSTLS_WANT_WRITE);
  f->deaf = false;
  f->write_cut = 0;
  fake_run(f);
  for (int i = 0; i < taken; i++)
    ck_assert(fake_request(f, NULL));
  ck_silent();
  int n = snprintf(large, sizeof large,
                   "MESSAGE sip:b SIP/2.0\r\nVia: SIP/2.0/TCP h;branch=z9hG4bK1\r\n" FROM_TO
                   "CSeq: 1 MESSAGE\r\nContent-Length: 4000\r\n\r\n");
  memset(large + n, 'x', 4000);
  ck_assert_int_eq(imstls_client_send_stamped(f->client, large, (size_t)n + 4000), IMSTLS_ERR_TX_TOO_LONG);
  ck_assert_int_eq(imstls_client_send_stamped(f->client, "nonsense", 8), IMSTLS_ERR_SIP_MALFORMED);
  ck_assert_int_eq(imstls_client_send_stamped(f->client, NULL, 8), IMSTLS_ERR_USAGE);
  fake_run(f);
  ck_silent();
}
END_TEST

/* A stack that sends while it looks at a message of the network: that one stays as it was. */
static int sends_meanwhile(void *user, imstls_client *client, const imstls_sip_message *m)
{
  static imstls_sip_message before;
  (void)user;
  before = *m;
  ck_assert_int_eq(imstls_client_send_stamped(client, message, sizeof message - 1), IMSTLS_OK);
  ck_assert_int_eq(imstls_client_send_stamped(client, "nonsense", 8), IMSTLS_ERR_SIP_MALFORMED);
  ck_assert_mem_eq(m, &before, sizeof before);
  f->messages++;
  return 0;
}

START_TEST(sent_from_on_message)
{
  static const char options[] =
      "OPTIONS sip:u@h SIP/2.0\r\nVia: SIP/2.0/TLS p;branch=z9hG4bKp\r\nFrom: <sip:p>;tag=2\r\n"
      "To: <sip:u@h>\r\nCall-ID: theirs\r\nCSeq: 7 OPTIONS\r\nContent-Length: 0\r\n\r\n";
  imstls_sip_message m;
  f->config.callbacks.on_message = sends_meanwhile;
  register_with("");
  fake_say(f, options, sizeof options - 1);
  fake_run(f);
  ck_assert_int_eq(f->messages, 1);
  ck_assert(fake_request(f, &m)); /* ours go before the application's */
  ck_assert_uint_eq(m.status, 200);
  ck_text(m.first[IMSTLS_HDR_CALL_ID], "theirs");
  ck_assert(fake_request(f, &m));
  ck_text(m.body, "hi");
  ck_silent();
}
END_TEST

static void sends_on_received(struct fake *world, const imstls_event *event)
{
  if (event->type != IMSTLS_EVENT_RECEIVED)
    return;
  ck_assert_int_eq(imstls_client_send_stamped(world->client, message, sizeof message - 1), IMSTLS_OK);
  ck_assert_int_eq(imstls_client_send_stamped(world->client, "nonsense", 8), IMSTLS_ERR_SIP_MALFORMED);
}

/* What is judged is what the network said: the 200 to a refresh. */
START_TEST(sent_while_a_200_is_judged)
{
  register_with("");
  ck_assert_int_eq(imstls_client_refresh(f->client), IMSTLS_OK);
  fake_run(f);
  (void)fake_register(f);
  f->hook = sends_on_received;
  fake_ok(f, "Service-Route: <sip:new;lr>\r\n");
  fake_run(f);
  f->hook = NULL;
  ck_assert_ptr_nonnull(fake_event(f, IMSTLS_EVENT_REFRESHED));
  ck_text(outbound().service_route, "<sip:new;lr>");
  imstls_sip_message m;
  ck_assert(fake_request(f, &m));
  ck_text(m.body, "hi");
}
END_TEST

SUITE_OF(client_outbound, over_tls, own_identity, over_ipv6, uri_params, not_ready, there_and_back,
         response_among_others, plain_stays, room, sent_from_on_message, sent_while_a_200_is_judged)
