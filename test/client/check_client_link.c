/* SPDX-License-Identifier: Apache-2.0 */
/* Connections: addresses, loss, keep-alive, and how often the client wakes. */
#include "client_help.h"

START_TEST(loss_before_answer)
{
  NEEDS("trace");
  fake_start(f);
  (void)fake_register(f);
  f->closed = true;
  fake_run(f); /* once more at once */
  f->sent_seen = f->sent_len;
  ck_assert_int_eq(f->opened, 2);
  ck_assert_int_eq(f->events[f->event_count - 1].type, IMSTLS_EVENT_SENT);
  f->closed = true;
  fake_run(f); /* then with back-off */
  ck_state(WAITING);
  ck_assert_int_eq(imstls_client_error(f->client), IMSTLS_ERR_CONNECTION);
}
END_TEST

START_TEST(loss_of_registration)
{
  fake_register_whole(f);
  f->now_ms += 100000;
  f->closed = true;
  fake_run(f);
  ck_assert_int_eq(count_events(IMSTLS_EVENT_LOST), 1);
  ck_assert_int_eq(imstls_client_registered(f->client), 0);
  imstls_sip_message m = fake_register(f);
  ck_text(auth_param(&m, "response"), ""); /* nothing of the old registration */
  ck_assert_ptr_null(m.first[IMSTLS_HDR_SECURITY_VERIFY].ptr);
  (void)challenge();
  ok("");
  ck_state(REGISTERED);
}
END_TEST

/* A registration that is lost again and again must not become a flood. */
START_TEST(loss_again_and_again)
{
  fake_register_whole(f);
  uint64_t start = f->now_ms;
  int opened = f->opened;
  while (f->now_ms < start + 3600000) {
    if (imstls_client_registered(f->client))
      f->closed = true;
    fake_run(f);
    while (fake_request(f, NULL)) {
      fake_challenge(f);
      fake_run(f);
      if (fake_request(f, NULL)) {
        fake_ok(f, "");
        fake_run(f);
      }
    }
    f->event_count = 0;
    f->sent_len = f->sent_seen = 0;
    fake_pass(f, 100);
  }
  ck_assert_int_gt(f->opened - opened, 3);
  ck_assert_int_le(f->opened - opened, 400);
}
END_TEST

START_TEST(unanswered_register)
{
  fake_start(f);
  (void)fake_register(f);
  fake_pass(f, 127999);
  ck_state(REGISTERING);
  ck_silent(); /* no retransmission over a stream */
  fake_pass(f, 1);
  ck_state(WAITING);
  ck_assert_int_eq(imstls_client_error(f->client), IMSTLS_ERR_TIMEOUT);
}
END_TEST

START_TEST(unanswered_refresh)
{
  fake_register_whole(f);
  fake_pass(f, 3000000);
  (void)fake_register(f);
  fake_pass(f, 128000);
  ck_assert_int_eq(count_events(IMSTLS_EVENT_LOST), 1);
  ck_assert_int_eq(f->opened, 2);
}
END_TEST

START_TEST(registration_runs_out)
{
  fake_register_whole(f);
  f->config.timers.keepalive_ms = UINT32_MAX;
  f->now_ms += 3600001; /* the device slept */
  fake_run(f);
  ck_assert_int_eq(count_events(IMSTLS_EVENT_LOST), 1);
  ck_assert_int_eq(imstls_client_registered(f->client), 0);
}
END_TEST

START_TEST(handshake_never_ends)
{
  f->handshake_result = IMSTLS_WANT_READ;
  fake_start(f);
  ck_state(SECURING);
  fake_pass(f, 20000);
  ck_state(WAITING);
  ck_assert_int_eq(imstls_client_error(f->client), IMSTLS_ERR_TIMEOUT);
}
END_TEST

START_TEST(network_changed)
{
  fake_register_whole(f);
  ck_assert_int_eq(imstls_client_network_changed(f->client), IMSTLS_OK);
  fake_run(f);
  ck_assert_int_eq(f->opened, 2);
  imstls_sip_message m = fake_register(f);
  ck_text(auth_param(&m, "response"), "");
  ck_assert_int_eq(imstls_client_registered(f->client), 0);
}
END_TEST

START_TEST(moved_while_leaving)
{
  fake_register_whole(f);
  (void)imstls_client_deregister(f->client);
  fake_run(f);
  (void)imstls_client_network_changed(f->client);
  fake_run(f);
  ck_stopped(IMSTLS_OK);
}
END_TEST

/* ---- names and addresses ---- */

START_TEST(resolver_pending)
{
  imstls_address address;
  ck_assert_int_eq(imstls_address_parse(IMSTLS_I_LIT("2001:db8::5"), &address), IMSTLS_OK);
  f->config.network.pcscf = "pcscf.example:5099";
  f->resolve_result = IMSTLS_PENDING;
  fake_start(f);
  ck_assert_int_eq(f->opened, 0);
  uint32_t request = f->resolve_request;
  ck_assert_int_eq(imstls_client_resolved(f->client, request + 1, &address, 1), IMSTLS_ERR_STATE);
  ck_assert_int_eq(imstls_client_resolved(f->client, request, NULL, 1), IMSTLS_ERR_USAGE);
  ck_assert_int_eq(imstls_client_resolved(f->client, request, &address, 1), IMSTLS_OK);
  ck_assert_int_eq(imstls_client_resolved(f->client, request, &address, 1), IMSTLS_ERR_STATE);
  fake_run(f);
  imstls_sip_message m = fake_register(f);
  ck_assert_str_eq(fake_line(f, IMSTLS_EVENT_CONNECTING), "[2001:db8::5]:5099");
  imstls_text via = m.first[IMSTLS_HDR_VIA];
  ck_assert(via.len > 30 && memcmp(via.ptr, "SIP/2.0/TLS [2001:db8::9]:40001;", 32) == 0);
  ck_assert_int_eq(imstls_client_resolved(f->client, request, &address, 1), IMSTLS_ERR_STATE); /* late */
}
END_TEST

START_TEST(resolver_late)
{
  imstls_address address = { .family = 4 };
  f->config.network.pcscf = "pcscf.example";
  f->resolve_result = IMSTLS_PENDING;
  fake_start(f);
  uint32_t request = f->resolve_request;
  fake_pass(f, 10000);
  ck_state(WAITING);
  ck_assert_int_eq(imstls_client_resolved(f->client, request, &address, 1), IMSTLS_ERR_STATE);
  ck_assert_int_eq(f->opened, 0);
}
END_TEST

START_TEST(resolver_empty)
{
  f->config.network.pcscf = "pcscf.example";
  f->resolve_result = IMSTLS_PENDING;
  fake_start(f);
  ck_assert_int_eq(imstls_client_resolved(f->client, f->resolve_request, NULL, 0), IMSTLS_OK);
  fake_run(f);
  ck_state(WAITING);
  ck_assert_int_eq(imstls_client_error(f->client), IMSTLS_ERR_RESOLVE);
}
END_TEST

START_TEST(several_addresses)
{
  imstls_address addresses[12] = { 0 };
  for (int i = 0; i < 12; i++)
    addresses[i] = (imstls_address){ .family = 4, .ip = { 192, 0, 2, (uint8_t)(100 + i) } };
  f->config.network.pcscf = "pcscf.example";
  f->resolve_result = IMSTLS_PENDING;
  f->connect_result = IMSTLS_ERR_CONNECT;
  fake_start(f);
  ck_assert_int_eq(imstls_client_resolved(f->client, f->resolve_request, addresses, 12), IMSTLS_OK);
  fake_run(f);
  ck_state(WAITING);
  ck_assert_int_eq(f->opened, 8);
  ck_assert_uint_eq(f->last_open.remote.ip[3], 107);
}
END_TEST

/* The scope connects, and stays out of messages. */
START_TEST(ipv6_scope)
{
  f->config.network.pcscf = "[fe80::1%3]:5062";
  fake_start(f);
  (void)fake_register(f);
  ck_assert_uint_eq(f->last_open.remote.scope, 3);
  ck_assert_uint_eq(f->last_open.remote.port, 5062);
  ck_assert(!fake_sent_text(f, "%3"));
}
END_TEST

/* ---- keep-alive ---- */

static bool pinged(void)
{
  bool is = f->sent_len - f->sent_seen == 4 && memcmp(f->sent + f->sent_seen, "\r\n\r\n", 4) == 0;
  if (is)
    f->sent_seen = f->sent_len;
  return is;
}

START_TEST(keep_alive)
{
  fake_register_whole(f);
  fake_pass(f, 94999);
  ck_assert_uint_eq(f->sent_len, f->sent_seen);
  fake_pass(f, 25001);
  ck_assert(pinged());
  fake_pass(f, 20000); /* a peer that never answered a ping is not held to it */
  ck_state(REGISTERED);
}
END_TEST

/* Who answered once does so again, or the flow is dead. */
START_TEST(pong_ceases)
{
  f->config.timers.keepalive_ms = 100000;
  fake_register_whole(f);
  fake_pass(f, 100000);
  ck_assert(pinged());
  fake_say(f, "\r\n", 2);
  fake_run(f);
  fake_pass(f, 100000);
  ck_assert(pinged());
  fake_pass(f, 9999);
  ck_state(REGISTERED);
  fake_pass(f, 1);
  ck_assert_ptr_nonnull(fake_event(f, IMSTLS_EVENT_LOST));
}
END_TEST

/* RFC 5626 4.4.1: whoever announces a Flow-Timer answers pings. */
START_TEST(pong_missing)
{
  NEEDS("trace");
  f->config.timers.keepalive_ms = 50000;
  fake_start(f);
  (void)fake_register(f);
  (void)challenge();
  ok("Flow-Timer: 100\r\n");
  for (int i = 0; i < 3; i++) {
    fake_pass(f, 49999);
    ck_assert_uint_eq(f->sent_len, f->sent_seen);
    fake_pass(f, 1);
    ck_assert(pinged());
    f->now_ms += 9999;
    fake_say(f, "\r\n", 2);
    fake_run(f);
    f->now_ms -= 9999;
    ck_state(REGISTERED);
  }
  fake_pass(f, 50000);
  ck_assert(pinged());
  fake_pass(f, 9999);
  ck_state(REGISTERED);
  fake_pass(f, 1);
  ck_assert_int_eq(count_events(IMSTLS_EVENT_LOST), 1);
  ck_assert_int_eq(f->events[f->event_count - 1].type, IMSTLS_EVENT_SENT); /* the new registration */
}
END_TEST

START_TEST(flow_timer)
{
  fake_start(f);
  (void)fake_register(f);
  (void)challenge();
  ok("Flow-Timer: 100\r\n");
  fake_pass(f, 79999);
  ck_assert_uint_eq(f->sent_len, f->sent_seen);
  fake_pass(f, 20001);
  ck_assert(memcmp(f->sent + f->sent_seen, "\r\n\r\n", 4) == 0);
  f->sent_seen = f->sent_len;
}
END_TEST

START_TEST(keep_alive_off)
{
  f->config.timers.keepalive_ms = UINT32_MAX;
  fake_register_whole(f);
  fake_pass(f, 2999999);
  ck_assert_uint_eq(f->sent_len, f->sent_seen);
}
END_TEST

START_TEST(ping_of_the_peer)
{
  fake_register_whole(f);
  fake_say(f, "\r\n\r\n", 4);
  fake_run(f);
  ck_state(REGISTERED);
}
END_TEST

/* Nothing to do: hardly any steps. Every deadline may wake the client once. */
START_TEST(idle)
{
  fake_register_whole(f);
  int steps = 0;
  uint64_t end = f->now_ms + 1800000;
  while (f->now_ms < end) {
    int64_t wait = imstls_client_timeout_ms(f->client);
    ck_assert_int_gt(wait, 0);
    f->now_ms += (uint64_t)wait;
    (void)imstls_client_step(f->client);
    steps++;
    if (imstls_client_timeout_ms(f->client) == 0)
      (void)imstls_client_step(f->client);
  }
  ck_assert_int_le(steps, 1800 / 95 + 2);
}
END_TEST

/* A socket is closed and the next one has its number, all in one step: its generation tells. */
START_TEST(generations)
{
  NEEDS_OCTETS();
  uint32_t seen[6];
  for (int i = 0; i < 6; i++) {
    if (i == 0)
      fake_register_whole(f);
    else {
      ck_assert_int_eq(imstls_client_network_changed(f->client), IMSTLS_OK);
      fake_run(f);
    }
    imstls_wait wait = waited_for(0, 1);
    seen[i] = wait.generation;
    ck_assert_uint_eq(waited_for(0, 1).generation, seen[i]); /* and stays, as long as it is the same one */
    for (int earlier = 0; earlier < i; earlier++)
      ck_assert_uint_ne(seen[i], seen[earlier]);
  }
}
END_TEST

START_TEST(idle_while_waiting)
{
  f->connect_result = IMSTLS_PENDING;
  fake_start(f);
  ck_assert_int_eq((int)imstls_client_timeout_ms(f->client), 10000);
  f->connect_result = 0;
  f->handshake_result = IMSTLS_WANT_READ;
  fake_run(f);
  ck_assert_int_eq((int)imstls_client_timeout_ms(f->client), 20000);
  f->handshake_result = 0;
  fake_run(f);
  (void)fake_register(f);
  ck_assert_int_eq((int)imstls_client_timeout_ms(f->client), 16000);
  f->card_pending = true;
  fake_challenge(f);
  fake_run(f);
  ck_assert_int_eq((int)imstls_client_timeout_ms(f->client), 10000);
}
END_TEST

/* A peer that never stops talking gets bounded work a step. */
START_TEST(flood)
{
  char ping[4000];
  for (size_t i = 0; i < sizeof ping; i += 2)
    memcpy(ping + i, "\r\n", 2);
  fake_register_whole(f);
  for (int i = 0; i < 60; i++)
    fake_say(f, ping, sizeof ping);
  f->cut = 2;
  size_t before = f->coming_at;
  (void)imstls_client_step(f->client);
  ck_assert_uint_le(f->coming_at - before, 1000);
  ck_assert_int_eq((int)imstls_client_timeout_ms(f->client), 0);
}
END_TEST

SUITE_OF(client_link, loss_before_answer, loss_of_registration, loss_again_and_again, unanswered_register,
         unanswered_refresh, registration_runs_out, handshake_never_ends, network_changed, moved_while_leaving,
         resolver_pending, resolver_late, resolver_empty, several_addresses, ipv6_scope, keep_alive, pong_ceases,
         pong_missing, flow_timer, keep_alive_off, ping_of_the_peer, idle, generations, idle_while_waiting, flood)
