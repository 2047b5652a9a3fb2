/* SPDX-License-Identifier: Apache-2.0 */
/* What one step may cost, whatever arrives: the figures are those that client.h gives for imstls_client_step. */
#include <stdio.h>

#include "client_help.h"
#include "fake_served.h"

enum { OCTETS = 16384, READS = 16, MESSAGES = 32 };

#define OPTIONS                                                                                                        \
  "OPTIONS sip:u SIP/2.0\r\nVia: SIP/2.0/TLS h;branch=z9hG4bK1\r\nFrom: <sip:a@b>;tag=1\r\nTo: <sip:u>\r\n"            \
  "Call-ID: x\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n"

static void flood(const char *text, size_t octets)
{
  for (size_t sent = 0; sent < octets; sent += strlen(text))
    fake_say(f, text, strlen(text));
}

/* What is left wakes the application at once; all of it is taken in the end, and the registration is there. */
static void ck_goes_on(void)
{
  ck_assert_int_eq((int)imstls_client_timeout_ms(f->client), 0);
  fake_run(f);
  ck_assert_uint_eq(f->coming_at, f->coming_len);
  ck_state(REGISTERED);
}

START_TEST(messages_a_step)
{
  f->take_messages = 1;
  fake_register_whole(f);
  flood(OPTIONS, 200 * strlen(OPTIONS));
  ck_assert_int_eq(imstls_client_step(f->client), IMSTLS_OK);
  ck_assert_int_eq(f->messages, MESSAGES);
  ck_goes_on();
  ck_assert_int_eq(f->messages, 200);
}
END_TEST

START_TEST(octets_a_step)
{
  static char body[8000];
  char head[300];
  f->config.limits.rx_len = 60000; /* room is not the limit */
  fake_register_whole(f);
  memset(body, 'a', sizeof body - 1);
  for (int i = 0; i < 20; i++) {
    int n = snprintf(head, sizeof head,
                     "MESSAGE sip:u SIP/2.0\r\nVia: SIP/2.0/TLS h;branch=z9hG4bK1\r\n"
                     "From: <sip:a@b>;tag=1\r\nTo: <sip:u>\r\nCall-ID: x\r\nCSeq: 1 MESSAGE\r\n"
                     "Content-Length: %zu\r\n\r\n",
                     sizeof body - 1);
    fake_say(f, head, (size_t)n);
    fake_say(f, body, sizeof body - 1);
  }
  ck_assert_int_eq(imstls_client_step(f->client), IMSTLS_OK);
  ck_assert_uint_le(f->coming_at, OCTETS);
  ck_assert_uint_gt(f->coming_at, OCTETS / 2); /* and no step is idle */
  ck_goes_on();
  ck_assert_int_eq(f->messages, 20);
}
END_TEST

START_TEST(reads_a_step)
{
  fake_register_whole(f);
  f->cut = 1;
  flood("\r\n", 1000);
  f->reads = 0;
  ck_assert_int_eq(imstls_client_step(f->client), IMSTLS_OK);
  ck_assert_int_le(f->reads, READS);
  ck_goes_on();
}
END_TEST

/* Before trust as well. */
START_TEST(octets_before_trust)
{
  fake_start(f);
  (void)fake_register(f);
  flood("\r\n", 200000);
  ck_assert_int_eq(imstls_client_step(f->client), IMSTLS_OK);
  ck_assert_uint_le(f->coming_at, OCTETS);
  ck_assert_int_eq((int)imstls_client_timeout_ms(f->client), 0);
}
END_TEST

/* TLS says that it has used up its own share: the next turn is in the next step. */
START_TEST(handshake_turns)
{
  f->handshake_result = IMSTLS_PENDING;
  ck_assert_int_eq(imstls_client_new(&f->client, &f->config), IMSTLS_OK);
  ck_assert_int_eq(imstls_client_register(f->client), IMSTLS_OK);
  for (int i = 0; i < 100; i++) {
    int before = f->handshakes;
    ck_assert_int_eq(imstls_client_step(f->client), IMSTLS_OK);
    ck_assert_int_le(f->handshakes, before + 1);
    ck_assert_int_eq((int)imstls_client_timeout_ms(f->client), 0);
  }
  ck_assert_int_ge(f->handshakes, 99);
  ck_state(SECURING);
  f->now_ms += 20000; /* and its deadline holds meanwhile */
  ck_assert_int_eq(imstls_client_step(f->client), IMSTLS_OK);
  ck_state(WAITING);
}
END_TEST

START_TEST(read_turns)
{
  fake_register_whole(f);
  f->read_result = IMSTLS_PENDING;
  f->reads = 0;
  for (int i = 1; i <= 100; i++) {
    ck_assert_int_eq(imstls_client_step(f->client), IMSTLS_OK);
    ck_assert_int_eq(f->reads, i);
    ck_assert_int_eq((int)imstls_client_timeout_ms(f->client), 0);
  }
  ck_state(REGISTERED);
  f->read_result = 0;
  fake_run(f);
}
END_TEST

/* ---- connections that the network, or a stranger, opens ---- */

static struct fake_served *s;

static void start_served(void)
{
  s = malloc(sizeof *s);
  ck_assert_ptr_nonnull(s);
  served_attach(s, f);
  f->config.serving.port = 5070;
  f->take_messages = 1;
  fake_register_whole(f);
}

static void end_served(void)
{
  fake_end(f);
  served_end(s);
  free(s);
}

START_TEST(served_messages_a_step)
{
  NEEDS_OCTETS();
  start_served();
  struct caller *caller = served_call(s, "198.51.100.9", 4000);
  fake_run(f);
  for (int i = 0; i < 60; i++)
    served_say(s, caller, OPTIONS);
  ck_assert_int_eq(imstls_client_step(f->client), IMSTLS_OK);
  ck_assert_int_eq(f->messages, MESSAGES);
  ck_assert_int_eq((int)imstls_client_timeout_ms(f->client), 0);
  fake_run(f);
  ck_assert_int_eq(f->messages, 60);
  end_served();
}
END_TEST

START_TEST(served_reads_a_step)
{
  NEEDS_OCTETS();
  start_served();
  struct caller *caller = served_call(s, "198.51.100.9", 4000);
  fake_run(f);
  f->cut = 1;
  served_say(s, caller, OPTIONS);
  size_t before = caller->coming_at;
  ck_assert_int_eq(imstls_client_step(f->client), IMSTLS_OK);
  ck_assert_uint_le(caller->coming_at - before, READS);
  ck_assert_uint_gt(caller->coming_at - before, READS / 2);
  ck_assert_int_eq((int)imstls_client_timeout_ms(f->client), 0);
  end_served();
}
END_TEST

/* A handshake that a stranger keeps busy gets one turn a step, and leaves the flow its own. */
START_TEST(stranger_in_handshake)
{
  NEEDS_OCTETS();
  start_served();
  struct caller *caller = served_call(s, "198.51.100.9", 4000);
  caller->handshake = IMSTLS_PENDING;
  ck_assert_int_eq(imstls_client_step(f->client), IMSTLS_OK);
  ck_assert(caller->accepted);
  for (int i = 0; i < 50; i++) {
    int before = caller->turns;
    fake_say(f, OPTIONS, strlen(OPTIONS));
    ck_assert_int_eq(imstls_client_step(f->client), IMSTLS_OK);
    ck_assert_int_le(caller->turns, before + 1);
    ck_assert_int_eq(f->messages, i + 1);
  }
  end_served();
}
END_TEST

/* In ESP, where strangers in clear are hung up on at once. */
START_TEST(strangers_in_clear)
{
  NEEDS_OCTETS();
  f->config.policy.flow = IMSTLS_FLOW_AGREE_FIRST;
  f->config.policy.offer = "ipsec-3gpp;alg=hmac-sha-1-96;ealg=null";
  f->security_server = "ipsec-3gpp;alg=hmac-sha-1-96;ealg=null;spi-c=5001;spi-s=5002;port-c=5063;port-s=5064";
  start_served();
  for (int i = 0; i < CALLERS; i++)
    (void)served_call(s, "198.51.100.9", 4000);
  ck_assert_int_eq(imstls_client_step(f->client), IMSTLS_OK);
  ck_assert_int_gt(s->taken, 0);
  ck_assert_int_le(s->taken, READS / 3 + 1); /* each takes an accept, and a look at the flow and at its UDP port */
  fake_run(f);
  ck_assert_int_eq(s->taken, CALLERS);
  end_served();
}
END_TEST

SUITE_OF(client_budget, messages_a_step, octets_a_step, reads_a_step, octets_before_trust, handshake_turns, read_turns,
         served_messages_a_step, served_reads_a_step, stranger_in_handshake, strangers_in_clear)
