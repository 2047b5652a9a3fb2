/* SPDX-License-Identifier: Apache-2.0 */
/* A client without sockets: connections by number, of which there may be two. The TLS of this world does not go through
 * them, what is sent in clear does; examples/feed.c shows the real one. */
#include "client_help.h"

static const imstls_address local = { .family = 4, .ip = { 192, 0, 2, 9 }, .port = 40001 };

static uint32_t opened(void) { return fake_event(f, IMSTLS_EVENT_OPEN)->connection; }

static void begin(int32_t flow)
{
  f->config.ports.net = NULL;
  f->config.policy.flow = flow;
  f->config.network.pcscf = "[2001:db8::7]";
  f->config.limits.feed_len = 512;
  fake_is_built(f);
  ck_assert_int_eq(imstls_client_new(&f->client, &f->config), IMSTLS_OK);
  ck_assert_int_eq(imstls_client_register(f->client), IMSTLS_OK);
  (void)imstls_client_step(f->client);
}

static void connected(uint32_t connection)
{
  ck_assert_int_eq(imstls_client_connected(f->client, connection, &local), IMSTLS_OK);
  (void)imstls_client_step(f->client);
}

/* What is not TLS, both ways. */
static void carry(uint32_t connection)
{
  uint8_t out[100];
  int n;
  while ((n = imstls_client_pull(f->client, connection, out, sizeof out)) > 0) {
    memcpy(f->sent + f->sent_len, out, (size_t)n);
    f->sent_len += (size_t)n;
    (void)imstls_client_step(f->client);
  }
  ck_assert_int_eq(n, 0);
  while (f->coming_at < f->coming_len) {
    const uint8_t *from = (const uint8_t *)f->coming + f->coming_at;
    n = imstls_client_feed(f->client, connection, from, f->coming_len - f->coming_at);
    ck_assert_int_gt(n, 0);
    f->coming_at += (size_t)n;
    (void)imstls_client_step(f->client);
  }
  (void)imstls_client_step(f->client);
}

/* As far as the 401 in clear: a second connection was asked for. */
static void agree(void)
{
  begin(IMSTLS_FLOW_AGREE_FIRST);
  ck_assert_str_eq(fake_line(f, IMSTLS_EVENT_OPEN), "[2001:db8::7]:5060");
  ck_assert_uint_eq(fake_event(f, IMSTLS_EVENT_OPEN)->replaces, 0);
  connected(1);
  carry(1);
  imstls_sip_message m = fake_register(f);
  ck_assert(memcmp(m.first[IMSTLS_HDR_VIA].ptr, "SIP/2.0/TCP 192.0.2.9:40001;", 28) == 0);
  fake_challenge(f);
  carry(1);
  ck_state(CONNECTING);
  ck_assert_str_eq(fake_line(f, IMSTLS_EVENT_OPEN), "[2001:db8::7]:5061");
  ck_assert_uint_eq(opened(), 2);
  ck_assert_uint_eq(fake_event(f, IMSTLS_EVENT_OPEN)->replaces, 1);
}

START_TEST(nothing_open)
{
  uint8_t out[4];
  f->config.ports.net = NULL;
  ck_assert_int_eq(imstls_client_new(&f->client, &f->config), IMSTLS_OK);
  for (uint32_t i = 0; i < 3; i++) { /* 0 is nobody's number */
    ck_assert_int_eq(imstls_client_connected(f->client, i, &local), IMSTLS_ERR_STATE);
    ck_assert_int_eq(imstls_client_feed(f->client, i, (const uint8_t *)"x", 1), IMSTLS_ERR_STATE);
    ck_assert_int_eq(imstls_client_pull(f->client, i, out, sizeof out), IMSTLS_ERR_STATE);
    ck_assert_int_eq(imstls_client_disconnected(f->client, i), IMSTLS_ERR_STATE);
  }
  ck_assert_uint_eq(imstls_client_waits(f->client, NULL, 0), 0);
}
END_TEST

START_TEST(agree_first)
{
  agree();
  ck_assert_int_eq(count_events(IMSTLS_EVENT_CLOSE), 0); /* the first one lives until the 200 */
  ck_assert_int_eq(imstls_client_connected(f->client, 1, &local), IMSTLS_ERR_STATE);
  connected(2);
  (void)imstls_client_step(f->client);
  imstls_sip_message m = fake_register(f);
  ck_assert(auth_param(&m, "c_token").len > 0);
  ck_assert_int_eq(count_events(IMSTLS_EVENT_CLOSE), 0);
  ok("");
  ck_state(REGISTERED);
  ck_assert_int_eq(count_events(IMSTLS_EVENT_CLOSE), 1);
  ck_assert_uint_eq(fake_event(f, IMSTLS_EVENT_CLOSE)->connection, 1);
  ck_assert_int_eq(imstls_client_disconnected(f->client, 1), IMSTLS_ERR_STATE); /* late */
  ck_assert_int_eq(imstls_client_connected(f->client, 1, &local), IMSTLS_ERR_STATE);
  (void)imstls_client_step(f->client);
  ck_state(REGISTERED);
}
END_TEST

/* A re-authentication with PSK: a third connection, while the second one lives. */
START_TEST(new_psk)
{
  NEEDS_OCTETS();
  f->config.policy.psk = IMSTLS_PSK_ONLY;
  f->facts.psk = 1;
  f->facts.cert.len = 0;
  agree();
  connected(2);
  (void)imstls_client_step(f->client);
  (void)fake_register(f);
  ok("");
  ck_state(REGISTERED);
  ck_assert_int_eq(imstls_client_refresh(f->client), IMSTLS_OK);
  fake_run(f);
  (void)fake_register(f);
  fake_challenge(f);
  fake_run(f);
  ck_state(CONNECTING);
  ck_assert_uint_eq(opened(), 3);
  ck_assert_uint_eq(fake_event(f, IMSTLS_EVENT_OPEN)->replaces, 2);
  ck_assert_int_eq(count_events(IMSTLS_EVENT_CLOSE), 1);
  ck_assert_int_eq(imstls_client_registered(f->client), 1);
  connected(3);
  fake_run(f);
  (void)fake_register(f);
  ok("");
  ck_state(REGISTERED);
  ck_assert_int_eq(count_events(IMSTLS_EVENT_LOST), 0);
  ck_assert_uint_eq(fake_event(f, IMSTLS_EVENT_CLOSE)->connection, 2);
  /* the one that is left is the flow */
  ck_assert_int_eq(imstls_client_disconnected(f->client, 3), IMSTLS_OK);
}
END_TEST

/* The answer to an attempt to connect that was given up says nothing of the next one. */
START_TEST(late_answers)
{
  begin(IMSTLS_FLOW_TLS_FIRST);
  fake_pass(f, 10000);
  ck_state(WAITING);
  ck_assert_uint_eq(fake_event(f, IMSTLS_EVENT_CLOSE)->connection, 1);
  fake_pass(f, (uint64_t)imstls_client_timeout_ms(f->client));
  ck_state(CONNECTING);
  ck_assert_uint_eq(opened(), 2);
  ck_assert_int_eq(imstls_client_connected(f->client, 1, &local), IMSTLS_ERR_STATE);
  ck_assert_int_eq(imstls_client_disconnected(f->client, 1), IMSTLS_ERR_STATE);
  (void)imstls_client_step(f->client);
  ck_state(CONNECTING);
  connected(2);
  ck_assert_int_eq(imstls_client_connected(f->client, 2, &local), IMSTLS_ERR_STATE);
  ck_state(REGISTERING);
  ck_assert_int_eq(imstls_client_feed(f->client, 2, (const uint8_t *)"\r\n", 2), 2); /* it has room */
  ck_assert_int_eq(imstls_client_disconnected(f->client, 2), IMSTLS_OK);
  ck_assert_int_eq(imstls_client_connected(f->client, 2, &local), IMSTLS_ERR_STATE);
}
END_TEST

/* A step is due where the application told something, and not for ever. */
START_TEST(due)
{
  begin(IMSTLS_FLOW_AGREE_FIRST);
  ck_assert_int_ne((int)imstls_client_timeout_ms(f->client), 0);
  ck_assert_int_eq(imstls_client_connected(f->client, 1, &local), IMSTLS_OK);
  ck_assert_int_eq((int)imstls_client_timeout_ms(f->client), 0);
  (void)imstls_client_step(f->client);
  ck_assert_int_ne((int)imstls_client_timeout_ms(f->client), 0);
  ck_assert_int_eq(imstls_client_feed(f->client, 1, (const uint8_t *)"", 0), 0);
  ck_assert_int_ne((int)imstls_client_timeout_ms(f->client), 0);
  ck_assert_int_eq(imstls_client_feed(f->client, 1, (const uint8_t *)"\r\n", 2), 2);
  ck_assert_int_eq((int)imstls_client_timeout_ms(f->client), 0);
  (void)imstls_client_step(f->client);
  ck_assert_int_ne((int)imstls_client_timeout_ms(f->client), 0);
  ck_assert_int_eq(imstls_client_disconnected(f->client, 1), IMSTLS_OK);
  ck_assert_int_eq((int)imstls_client_timeout_ms(f->client), 0);
}
END_TEST

/* A REGISTER that is longer than the room goes out in pieces, a step for each. */
START_TEST(full)
{
  uint8_t out[512];
  f->config.identity.home_domain = "a-domain-with-a-name-of-some-length.ims.mnc001.mcc001.3gppnetwork.example";
  f->config.device.instance_id = "urn:uuid:f81d4fae-7dec-11d0-a765-00a0c91e6bf6";
  f->config.device.contact_params = ";+g.3gpp.icsi-ref=\"urn%3Aurn-7%3A3gpp-service.ims.icsi.mmtel\"";
  begin(IMSTLS_FLOW_AGREE_FIRST);
  connected(1);
  ck_assert_int_eq(imstls_client_pull(f->client, 1, out, sizeof out), 512);
  ck_assert_int_eq((int)imstls_client_timeout_ms(f->client), 0);
  (void)imstls_client_step(f->client);
  ck_assert_int_gt(imstls_client_pull(f->client, 1, out, sizeof out), 0);
}
END_TEST

/* It failed before it stood: nobody connects it any more, and its CLOSE is told. */
START_TEST(failed_at_once)
{
  begin(IMSTLS_FLOW_TLS_FIRST);
  ck_assert_int_eq(imstls_client_disconnected(f->client, 1), IMSTLS_OK);
  ck_assert_int_eq(imstls_client_connected(f->client, 1, &local), IMSTLS_ERR_STATE);
  ck_assert_int_eq(imstls_client_feed(f->client, 1, (const uint8_t *)"x", 1), IMSTLS_ERR_STATE);
  (void)imstls_client_step(f->client);
  ck_state(WAITING);
  ck_assert_int_eq(count_events(IMSTLS_EVENT_CLOSE), 1);
}
END_TEST

START_TEST(waits)
{
  imstls_wait w[2];
  static const uint8_t lot[600] = { '\r', '\n' };
  begin(IMSTLS_FLOW_AGREE_FIRST);
  ck_assert_uint_eq(imstls_client_waits(f->client, w, 2), 1);
  ck_assert_int_eq((int)w[0].socket, 1);
  ck_assert_uint_eq(w[0].generation, 1);
  ck_assert_uint_eq(w[0].events, IMSTLS_WAIT_READ | IMSTLS_WAIT_WRITE); /* to be connected */
  connected(1);
  ck_assert_uint_eq(imstls_client_waits(f->client, w, 2), 1);
  ck_assert_uint_eq(w[0].events, IMSTLS_WAIT_READ | IMSTLS_WAIT_WRITE); /* the REGISTER */
  carry(1);
  ck_assert_uint_eq(imstls_client_waits(f->client, w, 2), 1);
  ck_assert_uint_eq(w[0].events, IMSTLS_WAIT_READ);
  ck_assert_int_eq(imstls_client_feed(f->client, 1, lot, sizeof lot), 512); /* feed_len */
  ck_assert_uint_eq(imstls_client_waits(f->client, w, 2), 1);
  ck_assert_uint_eq(w[0].events, 0); /* full until the next step */
  ck_assert_int_eq(imstls_client_feed(f->client, 1, lot, sizeof lot), 0);
  ck_assert_int_eq(imstls_client_disconnected(f->client, 1), IMSTLS_OK);
  ck_assert_uint_eq(imstls_client_waits(f->client, w, 2), 0);
}
END_TEST

/* What was fed is taken in pieces of any length, and more may be fed in between: as much as was taken. */
START_TEST(pieces)
{
  uint8_t in[512], out[512];
  uint8_t fed = 0, taken = 0; /* each octet is one more than the one before */
  size_t held = 0;
  imstls_wait w[2];
  begin(IMSTLS_FLOW_AGREE_FIRST);
  connected(1);
  carry(1);
  for (size_t i = 0; i < 2000; i++) {
    size_t give = i * 7919 % 300, take = 1 + i * 104729 % 200;
    for (size_t k = 0; k < give; k++)
      in[k] = (uint8_t)(fed + k);
    int n = imstls_client_feed(f->client, 1, in, give);
    ck_assert_uint_eq((size_t)n, give < 512 - held ? give : 512 - held);
    fed = (uint8_t)(fed + n);
    held += (size_t)n;
    n = imstls_i_feed_net.recv(f->client, 0, out, take, NULL);
    ck_assert_int_eq(n, !held ? IMSTLS_WANT_READ : (int)(take < held ? take : held));
    for (int k = 0; k < n; k++)
      ck_assert_uint_eq(out[k], taken++);
    held -= n > 0 ? (size_t)n : 0;
    ck_assert_uint_eq(imstls_client_waits(f->client, w, 2), 1);
    ck_assert_uint_eq(w[0].events, held < 512 ? IMSTLS_WAIT_READ : 0);
  }
}
END_TEST

START_TEST(fed_too_late)
{
  begin(IMSTLS_FLOW_AGREE_FIRST);
  connected(1);
  ck_assert_int_eq(imstls_client_disconnected(f->client, 1), IMSTLS_OK);
  ck_assert_int_eq(imstls_client_feed(f->client, 1, (const uint8_t *)"x", 1), IMSTLS_ERR_STATE);
}
END_TEST

START_TEST(two_waits)
{
  imstls_wait w[2];
  agree();
  ck_assert_uint_eq(imstls_client_waits(f->client, w, 2), 2);
  ck_assert_int_eq((int)w[0].socket + (int)w[1].socket, 1 + 2);
}
END_TEST

/* What was said last may be pulled after CLOSE, until another connection needs the room. */
START_TEST(last_words)
{
  uint8_t out[512];
  begin(IMSTLS_FLOW_AGREE_FIRST);
  connected(1);
  ck_assert_int_eq(imstls_client_network_changed(f->client), IMSTLS_OK); /* the REGISTER has not left */
  (void)imstls_client_step(f->client);
  ck_assert_int_eq(count_events(IMSTLS_EVENT_CLOSE), 1);
  ck_assert_uint_eq(opened(), 2);
  ck_assert_int_gt(imstls_client_pull(f->client, 1, out, 8), 0);
  ck_assert_mem_eq(out, "REGISTER", 8);
  ck_assert_int_eq(imstls_client_network_changed(f->client), IMSTLS_OK);
  (void)imstls_client_step(f->client);
  ck_assert_uint_eq(opened(), 3);
  ck_assert_int_eq(imstls_client_pull(f->client, 1, out, 8), IMSTLS_ERR_STATE);
}
END_TEST

START_TEST(bad_calls)
{
  uint8_t octet = 0;
  begin(IMSTLS_FLOW_TLS_FIRST);
  ck_assert_int_eq(imstls_client_connected(f->client, 1, NULL), IMSTLS_ERR_USAGE);
  ck_assert_int_eq(imstls_client_connected(NULL, 1, &local), IMSTLS_ERR_USAGE);
  ck_assert_int_eq(imstls_client_feed(f->client, 1, NULL, 1), IMSTLS_ERR_USAGE);
  ck_assert_int_eq(imstls_client_feed(NULL, 1, &octet, 1), IMSTLS_ERR_USAGE);
  ck_assert_int_eq(imstls_client_pull(f->client, 1, NULL, 1), IMSTLS_ERR_USAGE);
  ck_assert_int_eq(imstls_client_pull(NULL, 1, &octet, 1), IMSTLS_ERR_USAGE);
  ck_assert_int_eq(imstls_client_disconnected(NULL, 1), IMSTLS_ERR_USAGE);
}
END_TEST

/* What is fed is a stream. */
START_TEST(no_datagrams)
{
  NEEDS("udp");
  f->config.ports.net = NULL;
  f->config.network.transport = IMSTLS_NET_UDP;
  ck_assert_int_eq(imstls_client_new(&f->client, &f->config), IMSTLS_ERR_CONFIG);
  f->client = NULL;
}
END_TEST

/* Their own end: `fake_end` counts sockets, and there are none. */
static void teardown_feed(void)
{
  imstls_client_free(f->client);
  free(f);
}

Suite *client_feed_suite(void);
Suite *client_feed_suite(void)
{
  const TTest *const tests[] = { nothing_open, fed_too_late, agree_first,    new_psk, due,
                                 full,         late_answers, failed_at_once, waits,   two_waits,
                                 last_words,   bad_calls,    no_datagrams,   pieces };
  Suite *suite = suite_create("client_feed");
  TCase *tcase = tcase_create("client");
  tcase_add_checked_fixture(tcase, setup, teardown_feed);
  for (size_t i = 0; i < sizeof tests / sizeof tests[0]; i++)
    tcase_add_test(tcase, tests[i]);
  suite_add_tcase(suite, tcase);
  return suite;
}
