/* SPDX-License-Identifier: Apache-2.0 */
/* The application refuses a message for now: it comes again, in its order, and neither the loop nor the registration
 * suffers from it. */
#include <stdio.h>

#include "client_help.h"
#include "fake_served.h"

#define REQUEST(method, branch)                                                                                        \
  method " sip:u SIP/2.0\r\nVia: SIP/2.0/TLS h:5061;branch=z9hG4bK" branch                                             \
         "\r\nFrom: <sip:a>;tag=1\r\nTo: <sip:u>\r\n"                                                                  \
         "Call-ID: r\r\nCSeq: 1 " method "\r\nContent-Length: 0\r\n\r\n"

static void say(const char *text)
{
  fake_say(f, text, strlen(text));
  fake_run(f);
}

static void refuse_from_now(void)
{
  f->take_messages = IMSTLS_NOT_READY;
  f->messages = 0;
  f->event_count = 0;
}

static bool waits_to_read(void)
{
  imstls_wait waits[8];
  size_t n = imstls_client_waits(f->client, waits, 8);
  for (size_t i = 0; i < n; i++)
    if (waits[i].events & IMSTLS_WAIT_READ)
      return true;
  return false;
}

START_TEST(comes_again)
{
  NEEDS("trace");
  fake_register_whole(f);
  ck_assert(waits_to_read());
  refuse_from_now();
  say(REQUEST("MESSAGE", "one") REQUEST("INFO", "two"));
  ck_assert_int_eq(f->messages, 1);
  ck_assert(!waits_to_read());
  ck_assert_int_eq((int)imstls_client_timeout_ms(f->client), 4000);
  ck_silent();
  fake_pass(f, 1000);
  ck_assert_int_eq(f->messages, 1);
  ck_assert_int_eq(imstls_client_resume(f->client), IMSTLS_OK);
  ck_assert_int_eq((int)imstls_client_timeout_ms(f->client), 0);
  fake_run(f);
  ck_assert_int_eq(f->messages, 2); /* refused once more: the time goes on as it began */
  ck_assert_int_eq((int)imstls_client_timeout_ms(f->client), 3000);
  f->take_messages = 1;
  ck_assert_int_eq(imstls_client_resume(f->client), IMSTLS_OK);
  fake_run(f);
  ck_assert_int_eq(f->messages, 4);
  ck_assert_str_eq(f->last_message, "INFO sip:u SIP/2.0");
  ck_assert(waits_to_read());
  ck_assert_int_eq(count_events(IMSTLS_EVENT_RECEIVED), 2); /* each once */
  ck_assert_int_eq(count_events(IMSTLS_EVENT_DROPPED), 0);
  ck_silent();
  ck_assert_int_eq(imstls_client_resume(f->client), IMSTLS_OK); /* nothing is held */
  ck_assert_int_eq(imstls_client_resume(NULL), IMSTLS_ERR_USAGE);
  refuse_from_now();
  say(REQUEST("MESSAGE", "new"));
  ck_assert_int_eq((int)imstls_client_timeout_ms(f->client), 4000);
}
END_TEST

/* An application that never comes back costs 4 s in all, and no registration: what else it refuses is answered at once,
 * until it asks for messages again. */
START_TEST(never_taken)
{
  imstls_sip_message m;
  fake_register_whole(f);
  refuse_from_now();
  say(REQUEST("MESSAGE", "one") REQUEST("ACK", "two") REQUEST("INFO", "three"));
  fake_pass(f, 3999);
  ck_silent();
  fake_pass(f, 1);
  for (int i = 0; i < 2; i++) { /* nobody answers an ACK */
    ck_assert(fake_request(f, &m));
    ck_assert_uint_eq(m.status, 503);
    ck_text(m.first[IMSTLS_HDR_RETRY_AFTER], "5");
  }
  ck_silent();
  ck_assert_int_eq(f->messages, 2 + 1 + 1);
  ck_assert_int_eq(fake_event(f, IMSTLS_EVENT_DROPPED)->value, IMSTLS_DROPPED_NOT_TAKEN);
  ck_assert_str_eq(fake_line(f, IMSTLS_EVENT_DROPPED), "INFO sip:u SIP/2.0");
  ck_assert_int_eq(count_events(IMSTLS_EVENT_DROPPED), 3);
  ck_assert_int_eq(imstls_client_resume(f->client), IMSTLS_OK);
  say(REQUEST("MESSAGE", "four"));
  ck_silent(); /* held again */
  f->take_messages = 1;
  fake_pass(f, 4000);
  ck_assert_int_eq(f->messages, 4 + 2);
  ck_state(REGISTERED);
}
END_TEST

/* A subscriber who sends one after another to an application that refuses them all keeps no pong from being read. */
START_TEST(many_before_a_pong)
{
  f->config.timers.keepalive_ms = 20000;
  fake_register_whole(f);
  fake_pass(f, 17000);
  fake_say(f, "\r\n", 2);
  fake_run(f);
  refuse_from_now();
  fake_pass(f, 20000); /* a ping leaves, and its answer stands behind these */
  for (int i = 0; i < 6; i++)
    fake_say(f, REQUEST("MESSAGE", "n"), strlen(REQUEST("MESSAGE", "n")));
  fake_say(f, "\r\n", 2);
  fake_run(f);
  fake_pass(f, 9000);
  ck_state(REGISTERED);
  ck_assert_int_eq(count_events(IMSTLS_EVENT_LOST), 0);
}
END_TEST

/* A response that was stamped is shown without its stamp both times. */
START_TEST(response)
{
  NEEDS("stamp");
  static const char message[] = "MESSAGE sip:b SIP/2.0\r\nVia: SIP/2.0/TCP 127.0.0.1:5070;branch=z9hG4bKstack\r\n"
                                "From: <sip:x@y>;tag=1\r\nTo: <sip:b>\r\nCall-ID: c\r\nCSeq: 1 MESSAGE\r\n\r\n";
  char first[sizeof f->last_raw];
  fake_register_whole(f);
  refuse_from_now();
  ck_assert_int_eq(imstls_client_send_stamped(f->client, message, sizeof message - 1), IMSTLS_OK);
  fake_run(f);
  ck_assert(fake_request(f, NULL));
  fake_reply(f, 200, "OK", "");
  say(REQUEST("MESSAGE", "behind"));
  ck_assert_int_eq(f->messages, 1);
  strcpy(first, f->last_raw);
  ck_assert_ptr_nonnull(strstr(first, "200 OK\r\nVia: SIP/2.0/TCP 127.0.0.1:5070;branch=z9hG4bKstack\r\nFrom"));
  ck_assert_int_eq(imstls_client_resume(f->client), IMSTLS_OK);
  fake_run(f);
  ck_assert_str_eq(f->last_raw, first);
  f->take_messages = 1;
  fake_pass(f, 4000);
  ck_assert_str_eq(f->last_message, "MESSAGE sip:u SIP/2.0");
  ck_assert_int_eq(f->messages, 4);
}
END_TEST

/* What the registration waits for stands behind the message: a pong and the 200 to a refresh. */
START_TEST(registration_goes_on)
{
  f->config.timers.keepalive_ms = 20000;
  fake_register_whole(f);
  refuse_from_now();
  fake_pass(f, 17000);
  (void)imstls_client_refresh(f->client);
  fake_run(f);
  (void)fake_register(f);
  fake_say(f, REQUEST("MESSAGE", "one"), strlen(REQUEST("MESSAGE", "one")));
  fake_ok(f, "");
  fake_say(f, "\r\n", 2);
  fake_run(f);
  ck_state(REGISTERING);
  fake_pass(f, 4000); /* a ping left meanwhile */
  ck_state(REGISTERED);
  fake_pass(f, 9000);
  ck_state(REGISTERED);
  ck_assert_int_eq(count_events(IMSTLS_EVENT_LOST), 0);
}
END_TEST

/* Cut into octets, it comes in one piece both times. */
START_TEST(cut)
{
  f->cut = 1;
  fake_register_whole(f);
  refuse_from_now();
  say(REQUEST("MESSAGE", "one") REQUEST("INFO", "two"));
  ck_assert_int_eq(f->messages, 1);
  f->take_messages = 1;
  (void)imstls_client_resume(f->client);
  fake_run(f);
  ck_assert_int_eq(f->messages, 3);
  ck_assert_str_eq(f->last_message, "INFO sip:u SIP/2.0");
}
END_TEST

/* On the connection that the network opened. */
START_TEST(served)
{
  NEEDS_OCTETS();
  struct fake_served *s = malloc(sizeof *s);
  ck_assert_ptr_nonnull(s);
  served_attach(s, f);
  f->config.serving.port = 5070;
  fake_register_whole(f);
  struct caller *caller = served_call(s, "192.0.2.1", 40000);
  fake_run(f);
  refuse_from_now();
  served_say(s, caller, REQUEST("MESSAGE", "one") REQUEST("INFO", "two"));
  fake_run(f);
  ck_assert_int_eq(f->messages, 1);
  ck_assert_int_gt((int)imstls_client_timeout_ms(f->client), 3000);
  f->take_messages = 1;
  (void)imstls_client_resume(f->client);
  ck_assert_int_eq((int)imstls_client_timeout_ms(f->client), 0);
  fake_run(f);
  ck_assert_int_eq(f->messages, 3);
  refuse_from_now();
  served_say(s, caller, REQUEST("MESSAGE", "three"));
  fake_run(f);
  fake_pass(f, 4000);
  ck_assert_int_eq(f->messages, 2);
  ck_assert_ptr_nonnull(strstr(caller->sent, "SIP/2.0 503"));
  fake_end(f);
  served_end(s);
  free(s);
  f->client = NULL;
}
END_TEST

/* Over UDP the peer repeats it. */
START_TEST(datagram)
{
  NEEDS_OCTETS();
  f->config.policy.flow = IMSTLS_FLOW_AGREE_FIRST;
  f->config.policy.offer = "ipsec-3gpp;alg=hmac-sha-1-96;ealg=null";
  f->security_server = "ipsec-3gpp;alg=hmac-sha-1-96;ealg=null;spi-c=5001;spi-s=5002;port-c=5063;port-s=5064";
  fake_start(f);
  (void)fake_register(f);
  (void)challenge();
  ok("");
  refuse_from_now();
  f->aside = REQUEST("MESSAGE", "one");
  fake_run(f);
  ck_assert_int_eq(f->messages, 1);
  ck_assert_int_eq(f->answered_aside, 0);
  ck_assert_int_eq(count_events(IMSTLS_EVENT_DROPPED), 0);
  f->take_messages = 1;
  f->aside = REQUEST("MESSAGE", "one");
  fake_run(f);
  ck_assert_int_eq(f->messages, 2);
}
END_TEST

SUITE_OF(client_not_now, comes_again, never_taken, many_before_a_pong, response, registration_goes_on, cut, served,
         datagram)
