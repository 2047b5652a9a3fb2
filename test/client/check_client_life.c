/* SPDX-License-Identifier: Apache-2.0 */
/* No stranger stops the phone: what arrives before trust ends the attempt, what arrives after it the flow. */
#include "client_help.h"

#include <stdio.h>

enum { SECONDS = 1000 };

/* Which P-CSCF is asked now: the last octet of its address. */
static int asked(void) { return f->last_open.remote.ip[3]; }

static void three(void)
{
  f->config.network.pcscf = "192.0.2.1, 192.0.2.2, 192.0.2.3";
  fake_start(f);
  (void)fake_register(f);
  ck_assert_int_eq(asked(), 1);
}

/* ---- before trust ---- */

static void with_token(const char *token) { reply(401, fake_challenge_headers(f, token)); }

static void no_token(void) { with_token(""); }
static void malformed_token(void) { with_token("00"); }
static void wrong_token(void) { with_token("000000000000000000000000"); }
static void accepted_at_once(void) { ok(""); }
static void no_challenge(void) { reply(401, "WWW-Authenticate: Basic realm=\"x\"\r\nSecurity-Server: tls\r\n"); }

static void keys_shown(void)
{
  reply(401, "WWW-Authenticate: Digest realm=\"home\", nonce=\"AAAA\", algorithm=AKAv1-MD5, ik=\"00\"\r\n"
             "Security-Server: tls\r\n");
}

static void other_list(void)
{
  f->security_server = "digest;q=0.9";
  fake_challenge(f);
  fake_run(f);
}

static void malformed_list(void)
{
  f->security_server = "tls;q=0.1;x=\x01";
  fake_challenge(f);
  fake_run(f);
}

static void long_nonce(void)
{
  static char lines[6000];
  int n = snprintf(lines, sizeof lines, "WWW-Authenticate: Digest realm=\"home\", opaque=\"");
  memset(lines + n, 'x', 3000);
  const char *rest = strstr(fake_challenge_headers(f, NULL), "nonce=");
  snprintf(lines + n + 3000, sizeof lines - (size_t)n - 3000, "\", %s", rest);
  reply(401, lines);
}

static void long_line(void)
{
  static char line[17000];
  memset(line, 'x', sizeof line);
  fake_say(f, line, sizeof line);
  fake_run(f);
}

static void nonsense(void)
{
  fake_say(f, "SIP/2.0 200\r\n\r\n", 15);
  fake_run(f);
}

static void bad_vectors(void)
{
  f->home.k[0] ^= 1;
  for (int i = 0; i < 3; i++) {
    fake_challenge(f);
    fake_run(f);
    bool rate = imstls_client_state(f->client) == IMSTLS_STATE_WAITING; /* of a minute, in a later attempt */
    if (i == 2 || rate)
      break;
    (void)fake_register(f); /* that it was bad */
  }
  f->home.k[0] ^= 1;
}

static const struct {
  void (*attack)(void);
  int error;
} attacks[] = {
  { no_token, IMSTLS_ERR_S_TOKEN_MISSING },      { malformed_token, IMSTLS_ERR_S_TOKEN_MALFORMED },
  { wrong_token, IMSTLS_ERR_S_TOKEN_MISMATCH },  { accepted_at_once, IMSTLS_ERR_NO_CHALLENGE },
  { no_challenge, IMSTLS_ERR_CHALLENGE },        { keys_shown, IMSTLS_ERR_KEYS_EXPOSED },
  { other_list, IMSTLS_ERR_BID_DOWN },           { malformed_list, IMSTLS_ERR_SECAGREE_MALFORMED },
  { long_nonce, IMSTLS_ERR_CHALLENGE_TOO_LONG }, { long_line, IMSTLS_ERR_RX_TOO_LONG },
  { nonsense, IMSTLS_ERR_SIP_MALFORMED },        { bad_vectors, IMSTLS_ERR_AKA_MAC },
};
enum { ATTACKS = sizeof attacks / sizeof attacks[0] };

/* A rogue P-CSCF costs one attempt: the next one registers us, and nothing secret went to the first. */
START_TEST(rogue_first)
{
  three();
  attacks[_i].attack();
  const imstls_event *event = fake_event(f, IMSTLS_EVENT_RETRY);
  ck_assert_ptr_nonnull(event);
  ck_assert_str_eq(imstls_error_name(event->error), imstls_error_name(attacks[_i].error));
  ck_assert(!imstls_client_registered(f->client));
  fake_check_untrusted(f);
  f->security_server = "tls;q=0.1";
  fake_run(f);
  (void)fake_register(f);
  ck_assert_int_eq(asked(), 2);
  (void)challenge();
  ok("");
  ck_state(REGISTERED);
}
END_TEST

/* The only one, and rogue without end: never stopped, and each attempt later than the one before. */
START_TEST(rogue_alone)
{
  uint64_t last = 0;
  fake_start(f);
  for (int i = 0; i < 8; i++) {
    (void)fake_register(f);
    attacks[_i].attack();
    ck_state(WAITING);
    int64_t wait = imstls_client_timeout_ms(f->client);
    ck_assert_int_ge(wait, 15 * SECONDS);
    ck_assert_uint_ge((uint64_t)wait * 2, last);
    last = (uint64_t)wait;
    f->security_server = "tls;q=0.1";
    fake_pass(f, (uint64_t)wait);
  }
  (void)fake_register(f);
  (void)challenge();
  ok("");
  ck_state(REGISTERED);
}
END_TEST

/* One AMF for all: a vector of another network is refused, and the next attempt follows. */
START_TEST(foreign_amf)
{
  f->config.policy.amf_separation = IMSTLS_AMF_REQUIRE_0;
  fake_start(f);
  (void)fake_register(f);
  fake_challenge(f);
  fake_run(f);
  ck_retries(IMSTLS_ERR_AKA_AMF);
}
END_TEST

/* The attempts are used up: the first security error tells, whatever came after it. */
START_TEST(attempts_used_up)
{
  f->config.policy.attempts = 1;
  three();
  wrong_token();
  (void)fake_register(f);
  reply(500, "");
  (void)fake_register(f);
  no_token();
  ck_stopped(IMSTLS_ERR_S_TOKEN_MISMATCH);
}
END_TEST

/* Without one, the last error. And a registration makes the first one good. */
START_TEST(error_of_the_last)
{
  f->config.policy.attempts = 1;
  f->config.network.pcscf = "192.0.2.1, 192.0.2.2";
  fake_start(f);
  (void)fake_register(f);
  wrong_token();
  (void)fake_register(f);
  (void)challenge();
  ok("");
  ck_state(REGISTERED);
  fake_pass(f, 61 * SECONDS);
  f->open_error = IMSTLS_ERR_CONNECT;
  f->closed = true;
  fake_run(f);
  ck_stopped(IMSTLS_ERR_CONNECT);
}
END_TEST

/* ---- after trust ---- */

static void refreshed(uint64_t held_ms)
{
  fake_register_whole(f);
  fake_pass(f, held_ms);
  ck_assert_int_eq(imstls_client_refresh(f->client), IMSTLS_OK);
  fake_run(f);
  (void)fake_register(f);
}

/* A 200 to a refresh that does not show our binding: at once when the registration had held, else it waits. */
START_TEST(refresh_without_binding)
{
  bool held = _i == 1;
  refreshed(held ? 61 * SECONDS : 0);
  reply(200, "Contact: <sip:other@192.0.2.9>;expires=600\r\n");
  ck_assert_int_eq(fake_event(f, IMSTLS_EVENT_LOST)->error, IMSTLS_ERR_SIP_NOT_BOUND);
  if (held)
    ck_begins_anew();
  else {
    ck_retries(IMSTLS_ERR_SIP_NOT_BOUND);
    ck_assert_int_ge((int)imstls_client_timeout_ms(f->client), 15 * SECONDS);
  }
}
END_TEST

/* Another P-CSCF is asked after one that was trusted has shown a wrong token. */
START_TEST(wrong_token_after_trust)
{
  f->config.network.pcscf = "192.0.2.1, 192.0.2.2";
  refreshed(61 * SECONDS);
  wrong_token();
  ck_lost(IMSTLS_ERR_S_TOKEN_MISMATCH);
  ck_begins_anew();
  ck_assert_int_eq(asked(), 2);
}
END_TEST

/* The only one is asked again, and has to prove itself again: the session of before is not offered. */
START_TEST(no_session_after_wrong_token)
{
  NEEDS("resume");
  refreshed(61 * SECONDS);
  ck_assert_uint_gt(f->record_len, 0);
  wrong_token();
  ck_lost(IMSTLS_ERR_S_TOKEN_MISMATCH);
  ck_begins_anew();
  ck_assert_uint_eq(f->record_len, 0);
  ck_assert_int_eq(f->resume_offered, 0);
}
END_TEST

/* Who leaves is content with a challenge that cannot be used. */
START_TEST(leaves_all_the_same)
{
  fake_register_whole(f);
  ck_assert_int_eq(imstls_client_deregister(f->client), IMSTLS_OK);
  fake_run(f);
  (void)fake_register(f);
  long_nonce();
  ck_state(STOPPED);
  ck_assert_int_eq(imstls_client_error(f->client), IMSTLS_OK);
  ck_assert_ptr_nonnull(fake_event(f, IMSTLS_EVENT_DEREGISTERED));
  ck_silent();
}
END_TEST

/* A USIM that does not answer leaves the registration alive; it is refreshed once more, and ends with its binding. */
START_TEST(silent_usim)
{
  refreshed(61 * SECONDS);
  f->card_pending = true;
  fake_challenge(f);
  fake_run(f);
  ck_state(CHALLENGED);
  fake_pass(f, 10 * SECONDS);
  ck_state(REGISTERED);
  ck_assert_int_eq(fake_event(f, IMSTLS_EVENT_POLICY)->error, IMSTLS_ERR_USIM_TIMEOUT);
  ck_assert_int_eq(imstls_client_registered(f->client), 1);
  ck_assert_int_eq(f->card_cancels, 1);
  ck_silent();
  int64_t wait = imstls_client_timeout_ms(f->client);
  ck_assert_int_gt(wait, 20 * SECONDS);
  f->config.timers.keepalive_ms = UINT32_MAX;
  f->card_pending = false;
  fake_pass(f, 1770 * SECONDS); /* half of what was left of the hour */
  imstls_sip_message m;
  bool again = false;
  while (fake_request(f, &m))
    again = again || imstls_text_is(m.method, "REGISTER");
  ck_assert(again);
  (void)challenge();
  ok("");
  ck_state(REGISTERED);
  ck_assert_int_eq(count_events(IMSTLS_EVENT_LOST), 0);
}
END_TEST

/* ---- a peer that does not read, or is not there any more ---- */

#define OPTIONS(branch)                                                                                                \
  "OPTIONS sip:u@192.0.2.9 SIP/2.0\r\nVia: SIP/2.0/TLS p;branch=z9hG4bK" branch "\r\nFrom: <sip:p>;tag=1\r\n"          \
  "To: <sip:u>\r\nCall-ID: 1\r\nCSeq: 1 OPTIONS\r\nMax-Forwards: 70\r\nContent-Length: 0\r\n\r\n"

static int received(void) { return count_events(IMSTLS_EVENT_RECEIVED); }

static void ask(int times)
{
  for (int i = 0; i < times; i++)
    fake_say(f, OPTIONS("a"), strlen(OPTIONS("a")));
  fake_run(f);
}

/* What comes is read while an answer cannot leave, as long as there is room for more answers; then it waits in the
 * network. A peer that takes nothing for 30 s is given up. Nothing of this makes the application's loop spin. */
START_TEST(deaf_peer)
{
  NEEDS("trace");
  f->config.limits.tx_len = 4096;
  f->config.timers.keepalive_ms = UINT32_MAX;
  fake_register_whole(f);
  int before = received();
  f->deaf = true;
  ask(2);
  ck_assert_int_eq(received(), before + 2);
  ask(100);
  ck_assert_int_gt(received(), before + 4);
  ck_assert_int_lt(received(), before + 40);
  ck_assert_int_gt((int)imstls_client_timeout_ms(f->client), 0);
  fake_pass(f, 29999);
  ck_state(REGISTERED);
  fake_pass(f, 1);
  ck_assert_int_eq(fake_event(f, IMSTLS_EVENT_LOST)->error, IMSTLS_ERR_CONNECTION);
}
END_TEST

/* It takes a little now and then: that is slow, and not dead. */
START_TEST(slow_peer)
{
  f->config.timers.keepalive_ms = UINT32_MAX;
  fake_register_whole(f);
  for (int i = 0; i < 5; i++) {
    f->deaf = true;
    ask(1);
    fake_pass(f, 29000);
    size_t sent = f->sent_len;
    f->deaf = false;
    (void)imstls_client_step(f->client);
    f->deaf = true;
    ck_assert_uint_gt(f->sent_len, sent);
    ck_state(REGISTERED);
  }
  ck_assert_int_eq(count_events(IMSTLS_EVENT_LOST), 0);
}
END_TEST

/* A ping every five seconds does not give a dead peer more than the ten that one ping has (RFC 5626 4.4.1). */
START_TEST(pings_in_a_row)
{
  f->config.timers.keepalive_ms = 5000;
  fake_register_whole(f);
  fake_pass(f, 5000);
  fake_say(f, "\r\n", 2); /* it is known to answer */
  fake_run(f);
  fake_pass(f, 14999);
  ck_state(REGISTERED);
  fake_pass(f, 1);
  ck_assert_int_eq(fake_event(f, IMSTLS_EVENT_LOST)->error, IMSTLS_ERR_CONNECTION);
}
END_TEST

Suite *client_life_suite(void);
Suite *client_life_suite(void)
{
  Suite *suite = suite_create("client_life");
  TCase *tcase = tcase_create("client");
  tcase_add_checked_fixture(tcase, setup, teardown);
  tcase_add_loop_test(tcase, rogue_first, 0, ATTACKS);
  tcase_add_loop_test(tcase, rogue_alone, 0, ATTACKS);
  tcase_add_test(tcase, foreign_amf);
  tcase_add_test(tcase, attempts_used_up);
  tcase_add_test(tcase, error_of_the_last);
  tcase_add_loop_test(tcase, refresh_without_binding, 0, 2);
  tcase_add_test(tcase, wrong_token_after_trust);
  tcase_add_test(tcase, no_session_after_wrong_token);
  tcase_add_test(tcase, leaves_all_the_same);
  tcase_add_test(tcase, silent_usim);
  tcase_add_test(tcase, deaf_peer);
  tcase_add_test(tcase, slow_peer);
  tcase_add_test(tcase, pings_in_a_row);
  suite_add_tcase(suite, tcase);
  return suite;
}
