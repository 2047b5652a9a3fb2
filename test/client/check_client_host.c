/* SPDX-License-Identifier: Apache-2.0 */
/* The client and its host: completions, calls from callbacks, sending and receiving, key handles, the mode without
 * sockets, and one error for each buffer that is too small. */
#include "client_help.h"
#include "soft_handle.h"

#include <stdio.h>

static const char message[] = "MESSAGE sip:u SIP/2.0\r\nVia: SIP/2.0/TLS 192.0.2.1;branch=z9hG4bK1\r\n"
                              "From: <sip:a@b>;tag=1\r\nTo: <sip:u>\r\nCall-ID: x\r\nCSeq: 1 MESSAGE\r\n"
                              "Max-Forwards: 70\r\nContent-Length: 0\r\n\r\n";

/* ---- completions ---- */

START_TEST(slow_card)
{
  f->card_pending = true;
  fake_start(f);
  (void)fake_register(f);
  fake_challenge(f);
  fake_run(f);
  ck_state(CHALLENGED);
  fake_pass(f, 500); /* nothing waits for the card */
  ck_silent();
  uint32_t request = f->card_request;
  ck_assert_int_eq(imstls_client_usim_done(f->client, request + 1, 0, &f->card_result), IMSTLS_ERR_STATE);
  ck_assert_int_eq(imstls_client_usim_done(f->client, request, 0, NULL), IMSTLS_ERR_USAGE);
  ck_assert_int_eq(imstls_client_usim_done(f->client, request, 0, &f->card_result), IMSTLS_OK);
  ck_assert_int_eq(imstls_client_usim_done(f->client, request, 0, &f->card_result), IMSTLS_ERR_STATE);
  fake_run(f);
  (void)fake_register(f);
  ck_assert_int_eq(imstls_client_usim_done(f->client, request, 0, &f->card_result), IMSTLS_ERR_STATE);
  ok("");
  ck_state(REGISTERED);
}
END_TEST

START_TEST(late_card)
{
  f->card_pending = true;
  fake_start(f);
  (void)fake_register(f);
  fake_challenge(f);
  fake_run(f);
  fake_pass(f, 10000);
  ck_retries(IMSTLS_ERR_USIM_TIMEOUT);
  ck_assert_int_eq(f->card_cancels, 1);
  ck_assert_int_eq(imstls_client_usim_done(f->client, f->card_request, 0, &f->card_result), IMSTLS_ERR_STATE);
  ck_assert(!fake_block_holds(f, f->vector.res, 8));
}
END_TEST

START_TEST(card_of_a_lost_flow)
{
  f->card_pending = true;
  fake_start(f);
  (void)fake_register(f);
  fake_challenge(f);
  fake_run(f);
  f->closed = true;
  fake_run(f);
  ck_assert_int_eq(f->card_cancels, 1);
  ck_assert_int_eq(imstls_client_usim_done(f->client, f->card_request, 0, &f->card_result), IMSTLS_ERR_STATE);
  fake_run(f);
  (void)fake_register(f);
  ck_silent();
}
END_TEST

/* Pulled out while the answer is awaited; what it may still say afterwards is not looked at. */
START_TEST(card_pulled_out)
{
  f->card_pending = true;
  fake_start(f);
  (void)fake_register(f);
  fake_challenge(f);
  fake_run(f);
  uint32_t request = f->card_request;
  ck_assert_int_eq(imstls_client_usim_done(f->client, request, IMSTLS_ERR_USIM_IO, NULL), IMSTLS_OK);
  fake_run(f);
  ck_retries(IMSTLS_ERR_USIM_IO);
  ck_silent();
  ck_assert_int_eq(imstls_client_usim_done(f->client, request, 0, &f->card_result), IMSTLS_ERR_STATE);
  fake_run(f);
  ck_silent();
  ck_assert(!fake_block_holds(f, f->vector.res, 8));
}
END_TEST

/* The answer of a run that was given up comes while the next one is awaited: it is not taken for that one's. */
START_TEST(answer_for_another_request)
{
  f->card_pending = true;
  fake_start(f);
  (void)fake_register(f);
  fake_challenge(f);
  fake_run(f);
  uint32_t old = f->card_request;
  imstls_aka_result old_result = f->card_result;
  f->closed = true;
  fake_run(f);
  (void)fake_register(f);
  fake_challenge(f);
  fake_run(f);
  ck_assert_uint_ne(f->card_request, old);
  ck_assert_int_eq(imstls_client_usim_done(f->client, old, 0, &old_result), IMSTLS_ERR_STATE);
  fake_run(f);
  ck_state(CHALLENGED);
  ck_silent();
  ck_assert_int_eq(imstls_client_usim_done(f->client, f->card_request, 0, &f->card_result), IMSTLS_OK);
  fake_run(f);
  (void)fake_register(f);
  ok("");
  ck_state(REGISTERED);
}
END_TEST

/* RES has 4 to 16 octets (TS 33.102 6.3.7): what says something else is told as the card's fault. */
START_TEST(card_without_res)
{
  static const uint8_t lengths[] = { 0, 3, 17, 255 };
  for (size_t i = 0; i < sizeof lengths; i++) {
    fake_init(f);
    f->card_pending = true;
    fake_start(f);
    (void)fake_register(f);
    fake_challenge(f);
    fake_run(f);
    f->card_result.res_len = lengths[i];
    ck_assert_int_eq(imstls_client_usim_done(f->client, f->card_request, 0, &f->card_result), IMSTLS_OK);
    fake_run(f);
    ck_retries(IMSTLS_ERR_USIM_DATA);
    ck_silent();
    fake_end(f);
  }
}
END_TEST

START_TEST(card_errors)
{
  static const struct {
    int error;
    bool final; /* another attempt would end in the same way */
  } rows[] = { { IMSTLS_ERR_USIM, true },          { IMSTLS_ERR_USIM_PIN, true },       { IMSTLS_ERR_USIM_APP, true },
               { IMSTLS_ERR_USIM_STORAGE, true },  { IMSTLS_ERR_USIM_PIN_TRIES, true }, { IMSTLS_ERR_USIM_DATA, false },
               { IMSTLS_ERR_USIM_TIMEOUT, false }, { IMSTLS_ERR_USIM_IO, false } };
  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
    fake_init(f);
    f->card_error = rows[i].error;
    fake_start(f);
    (void)fake_register(f);
    fake_challenge(f);
    fake_run(f);
    if (rows[i].final)
      ck_stopped(rows[i].error);
    else
      ck_retries(rows[i].error);
    ck_silent();
    fake_end(f);
  }
}
END_TEST

START_TEST(amf_separation)
{
  for (int want = IMSTLS_AMF_REQUIRE_0; want <= IMSTLS_AMF_REQUIRE_1; want++) {
    fake_init(f); /* the network sets the bit */
    f->config.policy.amf_separation = want;
    fake_start(f);
    (void)fake_register(f);
    fake_challenge(f);
    fake_run(f);
    if (want == IMSTLS_AMF_REQUIRE_1)
      (void)fake_register(f);
    else
      ck_retries(IMSTLS_ERR_AKA_AMF);
    fake_end(f);
  }
}
END_TEST

START_TEST(key_handles)
{
  static soft_handle handle;
  f->config.ports.usim = soft_handle_usim(&handle, &f->soft);
  fake_start(f);
  (void)fake_register(f);
  imstls_sip_message m = challenge();
  ck_assert_uint_eq(auth_param(&m, "c_token").len, 24);
  ok("");
  ck_state(REGISTERED);
  ck_assert_uint_eq(handle.released, 1);
}
END_TEST

/* What needs octets of CK and IK says so, and nothing of RES leaves. */
START_TEST(key_handles_cannot)
{
  static soft_handle handle;
  f->config.ports.usim = soft_handle_usim(&handle, &f->soft);
  f->config.policy.flow = IMSTLS_FLOW_AGREE_FIRST;
  f->config.policy.psk = IMSTLS_PSK_ONLY;
  if (_i) {
    f->config.policy.psk = IMSTLS_PSK_OFF;
    f->config.policy.offer = "ipsec-3gpp;alg=hmac-sha-1-96;ealg=null";
    f->security_server = "ipsec-3gpp;alg=hmac-sha-1-96;ealg=null;spi-c=5001;spi-s=5002;port-c=5063;port-s=5064";
  }
  fake_start(f);
  (void)fake_register(f);
  fake_challenge(f);
  fake_run(f);
  ck_stopped(IMSTLS_ERR_UNSUPPORTED);
  ck_silent();
  ck_assert_uint_eq(handle.released, 1);
  ck_assert_int_eq(f->tls_opened + f->installed, 0);
}
END_TEST

/* Where a certificate will do, it does. */
START_TEST(key_handle_and_psk_allowed)
{
  static soft_handle handle;
  f->config.ports.usim = soft_handle_usim(&handle, &f->soft);
  f->config.policy.flow = IMSTLS_FLOW_AGREE_FIRST;
  f->config.policy.psk = IMSTLS_PSK_ALLOW;
  fake_register_whole(f);
  ck_assert_uint_eq(f->last_tls.suites, IMSTLS_TLS_CERT);
  ck_assert_int_eq(imstls_client_trust(f->client), IMSTLS_TRUST_BY_TOKEN);
}
END_TEST

START_TEST(key_handle_fails)
{
  static soft_handle handle;
  f->config.ports.usim = soft_handle_usim(&handle, &f->soft);
  handle.fail = IMSTLS_ERR_USIM;
  fake_start(f);
  (void)fake_register(f);
  fake_challenge(f);
  fake_run(f);
  ck_state(STOPPED);
  ck_silent();
  ck_assert_uint_eq(handle.released, 1);
}
END_TEST

/* ---- calls from inside callbacks ---- */

static int wanted_event;

static void free_inside(struct fake *world, const imstls_event *event)
{
  if (event->type == wanted_event)
    imstls_client_free(world->client);
}

static void stop_inside(struct fake *world, const imstls_event *event)
{
  if (event->type == wanted_event)
    imstls_client_stop(world->client);
}

static void step_inside(struct fake *world, const imstls_event *event)
{
  (void)event;
  ck_assert_int_eq(imstls_client_step(world->client), IMSTLS_ERR_STATE);
}

static const int each_event[] = { IMSTLS_EVENT_CONNECTING, IMSTLS_EVENT_TLS,       IMSTLS_EVENT_SENT,
                                  IMSTLS_EVENT_RECEIVED,   IMSTLS_EVENT_CHALLENGE, IMSTLS_EVENT_TRUST,
                                  IMSTLS_EVENT_AGREED,     IMSTLS_EVENT_REGISTERED };

static bool is_traced(int event) { return event == IMSTLS_EVENT_SENT || event == IMSTLS_EVENT_RECEIVED; }

/* Until the event came: steps alone, for the client may be gone afterwards. */
static void until_event(bool freed)
{
  fake_is_built(f);
  if (imstls_client_new(&f->client, &f->config) || imstls_client_register(f->client))
    ck_abort();
  for (int i = 0; i < 200; i++) {
    bool seen = fake_event(f, wanted_event) != NULL;
    if (seen && freed)
      f->client = NULL;
    if (seen)
      return;
    (void)imstls_client_step(f->client);
    imstls_sip_message m;
    if (fake_event(f, wanted_event) || !fake_request(f, &m))
      continue;
    if (auth_param(&m, "response").len)
      fake_ok(f, "");
    else
      fake_challenge(f);
  }
  ck_abort_msg("the event never came");
}

START_TEST(free_in_callback)
{
  wanted_event = each_event[_i];
  if (is_traced(wanted_event))
    NEEDS("trace");
  f->hook = free_inside;
  until_event(true);
  ck_assert_int_eq(f->opened, f->closes);
  ck_assert_int_eq(f->tls_opened, f->tls_closed);
}
END_TEST

START_TEST(stop_in_callback)
{
  wanted_event = each_event[_i];
  if (is_traced(wanted_event))
    NEEDS("trace");
  f->hook = stop_inside;
  until_event(false);
  ck_state(STOPPED);
  ck_assert_int_eq(f->opened, f->closes);
  ck_assert_int_eq(imstls_client_register(f->client), IMSTLS_OK); /* and it may be used again */
  f->hook = NULL;
  fake_run(f);
}
END_TEST

START_TEST(step_in_callback)
{
  f->hook = step_inside;
  fake_register_whole(f);
}
END_TEST

/* ---- messages ---- */

START_TEST(send)
{
  f->config.limits.tx_len = 4096;
  fake_start(f);
  ck_assert_int_eq(imstls_client_send(f->client, message, sizeof message - 1), IMSTLS_NOT_READY);
  (void)fake_register(f);
  (void)challenge();
  ck_assert_int_eq(imstls_client_send(f->client, message, sizeof message - 1), IMSTLS_NOT_READY);
  ok("");
  ck_assert_int_eq(imstls_client_send(f->client, message, 0), IMSTLS_ERR_USAGE);
  ck_assert_int_eq(imstls_client_send(f->client, message, 4097), IMSTLS_ERR_TX_TOO_LONG);
  ck_assert_int_eq(imstls_client_send(f->client, message, sizeof message - 1), IMSTLS_OK);
  int accepted = 1, result;
  while ((result = imstls_client_send(f->client, message, sizeof message - 1)) == IMSTLS_OK)
    accepted++;
  ck_assert_int_eq(result, IMSTLS_WANT_WRITE);
  ck_assert_int_gt(accepted, 4);
  ck_assert_int_le(accepted, (int)(4096 / sizeof message) + 1);
  fake_run(f);
  imstls_sip_message m;
  for (int i = 0; i < accepted; i++)
    ck_assert(fake_request(f, &m) && imstls_text_is(m.method, "MESSAGE"));
  ck_silent();
  f->closed = true;
  fake_run(f);
  ck_assert_int_eq(imstls_client_send(f->client, message, sizeof message - 1), IMSTLS_NOT_READY);
}
END_TEST

/* Over UDP the REGISTER, which goes before what the application sends, is kept to be repeated, and nothing else is. */
START_TEST(refresh_behind_a_datagram)
{
  NEEDS_OCTETS();
  f->config.policy.flow = IMSTLS_FLOW_AGREE_FIRST;
  f->config.network.transport = IMSTLS_NET_UDP;
  f->config.policy.offer = "ipsec-3gpp;alg=hmac-sha-1-96;ealg=null";
  f->config.identity.impi = "u@d";
  f->config.identity.impu = "sip:u@d";
  f->config.identity.home_domain = "d";
  f->security_server = "ipsec-3gpp;alg=hmac-sha-1-96;ealg=null;spi-c=5001;spi-s=5002;port-c=5063;port-s=5064";
  fake_register_whole(f);
  ck_assert_int_eq(f->last_open.kind, IMSTLS_NET_UDP);
  f->sent_seen = f->sent_len;
  ck_assert_int_eq(imstls_client_send(f->client, message, sizeof message - 1), IMSTLS_OK);
  ck_assert_int_eq(imstls_client_refresh(f->client), IMSTLS_OK);
  fake_run(f);
  imstls_sip_message m;
  (void)fake_register(f); /* nothing of the application goes before it */
  ck_assert(fake_request(f, &m) && imstls_text_is(m.method, "MESSAGE"));
  fake_pass(f, 2000);
  ck_assert(fake_request(f, &m) && imstls_text_is(m.method, "REGISTER"));
  ok("");
  ck_state(REGISTERED);
  fake_pass(f, 60000);
  ck_silent();
}
END_TEST

/* Until registered: dropped, unanswered, never shown. */
START_TEST(requests_before_registration)
{
  fake_start(f);
  (void)fake_register(f);
  fake_say(f, message, sizeof message - 1);
  fake_run(f);
  (void)challenge();
  fake_say(f, message, sizeof message - 1);
  fake_run(f);
  ck_silent();
  ck_assert_int_eq(f->messages, 0);
  imstls_stats stats = IMSTLS_SIZED(imstls_stats);
  ck_assert_int_eq(imstls_client_stats(f->client, &stats), IMSTLS_OK);
  ck_assert_uint_eq(stats.dropped[IMSTLS_DROPPED_EARLY], 2);
  ck_assert_int_eq(fake_event(f, IMSTLS_EVENT_DROPPED)->value, IMSTLS_DROPPED_EARLY);
  ok("");
  ck_state(REGISTERED);
}
END_TEST

/* What the host leaves to us and wants an extension (RFC 3261 8.2.2.3; RFC 4475 3.3.5 bext01, its Proxy-Require left
 * out). */
START_TEST(request_with_extension)
{
  static const char head[] = "OPTIONS sip:user@example.com SIP/2.0\r\nTo: sip:j_user@example.com\r\n"
                             "From: sip:caller@example.net;tag=242etr\r\nMax-Forwards: 6\r\n"
                             "Call-ID: bext01.0ha0isndaksdj\r\nCSeq: 8 OPTIONS\r\nContent-Length: 0\r\n"
                             "Via: SIP/2.0/TLS fold-and-staple.example.com;branch=z9hG4bKkdjuw\r\n";
  static const struct {
    const char *require, *unsupported;
    int fields;
  } rows[] = {
    { "", NULL, 0 },
    { "Require: nothingSupportsThis,\r\n nothingSupportsThisEither\r\n",
      "nothingSupportsThis, nothingSupportsThisEither", 1 },
    { "Require: a\r\nRequire: b\r\n", "a", 2 },
  };
  char text[1024];
  imstls_sip_message m;
  fake_register_whole(f);
  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
    int len = snprintf(text, sizeof text, "%s%s\r\n", head, rows[i].require);
    fake_say(f, text, (size_t)len);
    fake_run(f);
    ck_assert(fake_request(f, &m));
    ck_assert_uint_eq(m.status, rows[i].fields ? 420 : 200);
    ck_assert_int_eq(m.count[IMSTLS_HDR_UNSUPPORTED], rows[i].fields);
    if (rows[i].unsupported)
      ck_assert(imstls_i_same(m.first[IMSTLS_HDR_UNSUPPORTED],
                              imstls_i_text(rows[i].unsupported, strlen(rows[i].unsupported))));
  }
  int len = snprintf(text, sizeof text, "%sRequire: %0300d\r\n\r\n", head, 0); /* not worth repeating */
  fake_say(f, text, (size_t)len);
  fake_run(f);
  ck_assert(fake_request(f, &m) && m.status == 420 && m.count[IMSTLS_HDR_UNSUPPORTED] == 0);
}
END_TEST

START_TEST(requests)
{
  imstls_sip_message m;
  fake_register_whole(f);
  fake_say(f, message, sizeof message - 1);
  fake_run(f);
  ck_assert_int_eq(f->messages, 1);
  ck_assert(fake_request(f, &m) && m.status == 405);
  f->take_messages = 1;
  fake_say(f, message, sizeof message - 1);
  fake_run(f);
  ck_assert_int_eq(f->messages, 2);
  ck_silent();
}
END_TEST

/* What does not match the REGISTER under way is no answer to it. */
START_TEST(foreign_responses)
{
  static const struct {
    const char *from, *to;
  } changes[] = { { "branch=z9hG4bK", "branch=z9hG4bk" },
                  { "Call-ID: ", "Call-ID: 0" },
                  { "CSeq: 1 ", "CSeq: 2 " },
                  { " REGISTER\r\n", " OPTIONS\r\n" },
                  { ";tag=", ";tag=0" },
                  { "Via: ", "Via: SIP/2.0/TLS 192.0.2.66;branch=z9hG4bKfirst\r\nVia: " } };
  for (size_t i = 0; i < sizeof changes / sizeof changes[0]; i++) {
    char text[4096], out[4200];
    fake_init(f);
    fake_start(f);
    (void)fake_register(f);
    fake_challenge(f);
    memcpy(text, f->coming, f->coming_len);
    text[f->coming_len] = '\0';
    char *at = strstr(text, changes[i].from);
    ck_assert_ptr_nonnull(at);
    int n = snprintf(out, sizeof out, "%.*s%s%s", (int)(at - text), text, changes[i].to, at + strlen(changes[i].from));
    f->coming_len = 0;
    fake_say(f, out, (size_t)n);
    fake_run(f);
    ck_state(REGISTERING);
    ck_silent();
    ck_assert_int_eq(f->card_runs, 0);
    (void)challenge(); /* the true one still counts */
    fake_end(f);
  }
}
END_TEST

/* ---- sizes ---- */

static void ck_attempt_error(int error)
{
  ck_assert_str_eq(imstls_error_name(imstls_client_error(f->client)), imstls_error_name(error));
  fake_end(f);
  fake_init(f);
}

static void many(char *out, size_t len, const char *head, const char *tail)
{
  size_t h = strlen(head), t = strlen(tail);
  memcpy(out, head, h);
  memset(out + h, 'a', len);
  memcpy(out + h + len, tail, t + 1);
}

START_TEST(buffers_too_small)
{
  char big[6000];
  f->config.limits.rx_len = 512;
  fake_start(f);
  (void)fake_register(f);
  many(big, 600, "X: ", "\r\n");
  reply(401, big);
  ck_assert_int_eq(imstls_client_error(f->client), IMSTLS_ERR_RX_TOO_LONG);
  fake_end(f);
  fake_init(f);

  f->config.limits.tx_len = 512;
  fake_start(f);
  ck_attempt_error(IMSTLS_ERR_TX_TOO_LONG);

  f->config.limits.cert_max = sizeof f->cert - 1;
  fake_start(f);
  ck_attempt_error(IMSTLS_ERR_CERT_TOO_LONG);

  f->config.limits.secagree_max = 20;
  f->security_server = "tls;q=0.1, digest;q=0.05";
  fake_start(f);
  (void)fake_register(f);
  fake_challenge(f);
  fake_run(f);
  ck_attempt_error(IMSTLS_ERR_SECAGREE_TOO_LONG);

  f->config.limits.auth_max = 100;
  fake_start(f);
  (void)fake_register(f);
  fake_challenge(f);
  fake_run(f);
  ck_attempt_error(IMSTLS_ERR_CHALLENGE_TOO_LONG);

  f->config.limits.route_max = 64;
  fake_start(f);
  (void)fake_register(f);
  (void)challenge();
  many(big, 65, "Service-Route: <sip:", ">\r\n");
  ok(big);
  ck_assert_int_eq(imstls_client_error(f->client), IMSTLS_ERR_ROUTE_TOO_LONG);
  ck_state(DEREGISTERING);
}
END_TEST

Suite *client_host_suite(void);
Suite *client_host_suite(void)
{
  const TTest *const tests[] = { slow_card,
                                 late_card,
                                 card_of_a_lost_flow,
                                 card_without_res,
                                 card_errors,
                                 card_pulled_out,
                                 answer_for_another_request,
                                 amf_separation,
                                 key_handles,
                                 key_handle_and_psk_allowed,
                                 key_handle_fails,
                                 step_in_callback,
                                 send,
                                 refresh_behind_a_datagram,
                                 requests_before_registration,
                                 requests,
                                 request_with_extension,
                                 foreign_responses,
                                 buffers_too_small };
  Suite *suite = suite_create("client_host");
  TCase *tcase = tcase_create("client");
  tcase_add_checked_fixture(tcase, setup, teardown);
  for (size_t i = 0; i < sizeof tests / sizeof tests[0]; i++)
    tcase_add_test(tcase, tests[i]);
  tcase_add_loop_test(tcase, key_handles_cannot, 0, 2);
  tcase_add_loop_test(tcase, free_in_callback, 0, sizeof each_event / sizeof each_event[0]);
  tcase_add_loop_test(tcase, stop_in_callback, 0, sizeof each_event / sizeof each_event[0]);
  suite_add_tcase(suite, tcase);
  return suite;
}
