/* SPDX-License-Identifier: Apache-2.0 */
/* Final responses other than 200 and 401, and what comes after a failed attempt: next P-CSCF, back-off, a card that
 * rests. */
#include "client_help.h"

#include <stdio.h>

static void first(void)
{
  fake_start(f);
  (void)fake_register(f);
}

static const imstls_event *retry_event(void)
{
  const imstls_event *event = fake_event(f, IMSTLS_EVENT_RETRY);
  ck_assert_ptr_nonnull(event);
  return event;
}

START_TEST(too_brief)
{
  f->config.expires_s = 600;
  first();
  reply(423, "Min-Expires: 7200\r\n");
  imstls_sip_message m = fake_register(f);
  ck_text(m.first[IMSTLS_HDR_EXPIRES], "7200");
  ck_text(auth_param(&m, "response"), "");
  m = challenge();
  ck_text(m.first[IMSTLS_HDR_EXPIRES], "7200");
  ok("");
  ck_state(REGISTERED);
}
END_TEST

START_TEST(too_brief_nonsense)
{
  static const char *const values[] = { "", "Min-Expires: 4294967296\r\n", "Min-Expires: soon\r\n" };
  for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
    first();
    reply(423, values[i]);
    ck_state(WAITING);
    ck_silent();
    imstls_client_free(f->client);
  }
  f->client = NULL;
}
END_TEST

/* RFC 3261 10.2.8: what is below what we asked does not lower it; the same REGISTER once more, and that was it. */
START_TEST(too_brief_never_shrinks)
{
  static const char *const values[] = { "0", "1", "599", "600" };
  f->config.expires_s = 600;
  for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
    char header[40];
    snprintf(header, sizeof header, "Min-Expires: %s\r\n", values[i]);
    first();
    reply(423, header);
    imstls_sip_message m = fake_register(f);
    ck_text(m.first[IMSTLS_HDR_EXPIRES], "600");
    m = challenge();
    ck_text(m.first[IMSTLS_HDR_EXPIRES], "600");
    ok("");
    ck_state(REGISTERED);
    imstls_client_free(f->client);
    first();
    reply(423, header);
    (void)fake_register(f);
    reply(423, header);
    ck_state(WAITING);
    ck_silent();
    imstls_client_free(f->client);
  }
  f->client = NULL;
}
END_TEST

/* Nobody gets us to ask for more than 30 days. */
START_TEST(too_brief_bounded)
{
  static const struct { const char *header; bool followed; } cases[] = {
    { "Min-Expires: 2592000\r\n", true }, { "Min-Expires: 2592001\r\n", false },
    { "Min-Expires: 4294967295\r\n", false } };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    first();
    reply(423, cases[i].header);
    if (cases[i].followed) {
      imstls_sip_message m = fake_register(f);
      ck_text(m.first[IMSTLS_HDR_EXPIRES], "2592000");
    } else {
      ck_state(WAITING);
      ck_silent();
    }
    imstls_client_free(f->client);
  }
  f->client = NULL;
}
END_TEST

/* Said in clear by anybody, it ends there; said to SM7 by the registrar, it holds. */
START_TEST(too_brief_in_clear)
{
  f->config.flow = IMSTLS_FLOW_AGREE_FIRST;
  f->config.expires_s = 600;
  first();
  reply(423, "Min-Expires: 86400\r\n");
  imstls_sip_message m = fake_register(f);
  ck_text(m.first[IMSTLS_HDR_EXPIRES], "86400");
  m = challenge();
  ck_text(m.first[IMSTLS_HDR_EXPIRES], "600");
  reply(423, "Min-Expires: 7200\r\n");
  m = fake_register(f);
  ck_text(m.first[IMSTLS_HDR_EXPIRES], "7200");
  m = challenge();
  ck_text(m.first[IMSTLS_HDR_EXPIRES], "7200");
  ok("");
  ck_state(REGISTERED);
  (void)imstls_client_refresh(f->client);
  fake_run(f);
  m = fake_register(f);
  ck_text(m.first[IMSTLS_HDR_EXPIRES], "7200");
}
END_TEST

/* As before the SAs of figure 3: TLS there is never proven. */
START_TEST(too_brief_before_ipsec)
{
  NEEDS_OCTETS();
  f->config.offer = "ipsec-3gpp;alg=hmac-sha-1-96;ealg=null, tls";
  f->security_server = "ipsec-3gpp;q=0.3;alg=hmac-sha-1-96;ealg=null;prot=esp;mod=trans;spi-c=5001;spi-s=5002;"
                       "port-c=5063;port-s=5064, tls;q=0.1";
  f->config.expires_s = 600;
  first();
  reply(423, "Min-Expires: 86400\r\n");
  (void)fake_register(f);
  imstls_sip_message m = challenge();
  ck_text(m.first[IMSTLS_HDR_EXPIRES], "600");
}
END_TEST

static bool has_reg_id(const imstls_sip_message *m)
{
  imstls_text contact = m->first[IMSTLS_HDR_CONTACT];
  for (size_t i = 0; i + 7 <= contact.len; i++)
    if (memcmp(contact.ptr + i, "reg-id=", 7) == 0)
      return true;
  return false;
}

/* Before trust a 439 takes reg-id away until SM7; said by the registrar to SM7, for the whole registration. */
START_TEST(no_outbound)
{
  f->config.instance_id = "urn:uuid:00000000-0000-1000-8000-000a95a0e128";
  f->config.reg_id = 1;
  first();
  reply(439, "");
  imstls_sip_message m = fake_register(f);
  ck_assert(!has_reg_id(&m));
  m = challenge();
  ck_assert(has_reg_id(&m));
  reply(439, "");
  m = fake_register(f);
  ck_assert(!has_reg_id(&m));
  m = challenge();
  ck_assert(!has_reg_id(&m));
  ok("");
  ck_state(REGISTERED);
  (void)imstls_client_refresh(f->client);
  fake_run(f);
  m = fake_register(f);
  ck_assert(!has_reg_id(&m));
}
END_TEST

/* The same on a channel that is not trusted yet while we are registered: a PSK session for each AKA run. */
START_TEST(no_outbound_over_psk)
{
  NEEDS_OCTETS();
  f->config.flow = IMSTLS_FLOW_AGREE_FIRST;
  f->config.psk = IMSTLS_PSK_ONLY;
  f->config.instance_id = "urn:uuid:00000000-0000-1000-8000-000a95a0e128";
  f->config.reg_id = 1;
  first();
  f->facts.psk = 1;
  f->facts.cert.len = 0;
  imstls_sip_message m = challenge();
  ck_assert(has_reg_id(&m));
  ok("");
  (void)imstls_client_refresh(f->client);
  fake_run(f);
  (void)fake_register(f);
  reply(439, "");
  (void)fake_register(f);
  m = challenge();
  ck_assert_int_eq(f->tls_opened, 2);
  ck_assert(!has_reg_id(&m));
}
END_TEST

/* After trust each counts once too: whoever repeats it for ever is left. */
START_TEST(followed_once_after_trust)
{
  f->config.expires_s = 600;
  first();
  reply(423, "Min-Expires: 7200\r\n");
  (void)fake_register(f);
  (void)challenge();
  reply(423, "Min-Expires: 7300\r\n");
  (void)fake_register(f);
  (void)challenge();
  reply(423, "Min-Expires: 7400\r\n");
  ck_state(WAITING);
  ck_silent();
}
END_TEST

/* A stranger's 420 takes no agreement away: only PKI, or a channel that is trusted, lets it be missing. */
START_TEST(agreement_dropped)
{
  f->config.sec_agree = IMSTLS_SEC_AGREE_OPTIONAL;
  f->config.trust = IMSTLS_TRUST_TOKEN_OR_PKI;
  for (int way = 0; way < 3; way++) { /* a stranger in TLS, a stranger in clear, whom PKI vouches for */
    f->config.flow = way == 1 ? IMSTLS_FLOW_AGREE_FIRST : IMSTLS_FLOW_TLS_FIRST;
    f->facts.pki = way == 2;
    first();
    reply(420, "Unsupported: sec-agree\r\n");
    if (way < 2) {
      ck_state(WAITING);
      ck_silent();
    } else {
      imstls_sip_message m = fake_register(f);
      ck_assert_ptr_null(m.first[IMSTLS_HDR_SECURITY_CLIENT].ptr);
      m = challenge();
      ck_assert_ptr_null(m.first[IMSTLS_HDR_SECURITY_CLIENT].ptr);
      ok("");
      ck_state(REGISTERED);
    }
    imstls_client_free(f->client);
  }
  f->client = NULL;
}
END_TEST

/* RFC 3329 2.4: a 423 in between does not make another list of mechanisms the first one. */
START_TEST(list_outlives_423)
{
  f->home.opc[0] ^= 1;
  first();
  (void)challenge();
  reply(423, "Min-Expires: 700000\r\n");
  (void)fake_register(f);
  f->security_server = "tls;q=0.2";
  fake_challenge(f);
  fake_run(f);
  ck_stopped(IMSTLS_ERR_SECAGREE_CHANGED);
}
END_TEST

/* Once an attempt each; the second time the attempt is over. */
START_TEST(followed_once)
{
  static const struct { unsigned status; const char *extra; int error; } cases[] = {
    { 423, "Min-Expires: 7200\r\n", IMSTLS_ERR_SIP_REJECTED },
    { 420, "Unsupported: sec-agree\r\n", IMSTLS_ERR_SIP_REJECTED },
    { 421, "Require: sec-agree\r\n", IMSTLS_ERR_SECAGREE_LOOP }, { 439, "", IMSTLS_ERR_SIP_REJECTED },
    { 494, "Security-Server: tls;q=0.1\r\n", IMSTLS_ERR_SECAGREE_LOOP } };
  f->config.sec_agree = IMSTLS_SEC_AGREE_OPTIONAL;
  f->config.trust = IMSTLS_TRUST_TOKEN_OR_PKI;
  f->facts.pki = 1; /* else a 420 is nobody's word */
  f->config.instance_id = "urn:uuid:00000000-0000-1000-8000-000a95a0e128";
  f->config.reg_id = 1;
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    first();
    reply(cases[i].status, cases[i].extra);
    imstls_sip_message m = fake_register(f);
    ck_assert(cases[i].status != 420 || !m.first[IMSTLS_HDR_SECURITY_CLIENT].ptr);
    ck_assert(has_reg_id(&m) == (cases[i].status != 439));
    reply(cases[i].status, cases[i].extra);
    ck_state(WAITING);
    ck_silent();
    ck_assert_int_eq(retry_event()->error, cases[i].error);
    ck_assert_uint_eq(retry_event()->sip_status, cases[i].status);
    imstls_client_free(f->client);
  }
  f->client = NULL;
}
END_TEST

/* The only extension that we require is the one that protects us. */
START_TEST(required_agreement_stays)
{
  first();
  reply(420, "Unsupported: sec-agree\r\n");
  ck_state(WAITING);
  ck_silent();
}
END_TEST

START_TEST(no_reg_id_to_drop)
{
  first();
  reply(439, "");
  ck_state(WAITING);
  ck_silent();
}
END_TEST

/* Nobody who is not trusted ends the service for good. */
START_TEST(refusals_before_trust)
{
  static const unsigned status[] = { 300, 302, 305, 400, 402, 403, 404, 407, 480, 482, 484, 500, 504, 600, 603, 699 };
  for (size_t i = 0; i < sizeof status / sizeof status[0]; i++) {
    first();
    reply(status[i], "Contact: <sip:evil@192.0.2.66>\r\n");
    ck_state(WAITING);
    ck_silent();
    ck_assert_int_eq(imstls_client_error(f->client), IMSTLS_ERR_SIP_REJECTED);
    ck_assert_uint_eq(imstls_client_sip_status(f->client), status[i]);
    imstls_client_free(f->client);
  }
  f->client = NULL;
}
END_TEST

/* On the proven channel they are the network's last word. */
START_TEST(refusals_after_trust)
{
  static const struct { unsigned status; int state; } cases[] = {
    { 403, IMSTLS_STATE_STOPPED }, { 404, IMSTLS_STATE_STOPPED }, { 600, IMSTLS_STATE_STOPPED },
    { 500, IMSTLS_STATE_WAITING }, { 480, IMSTLS_STATE_WAITING } };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    first();
    (void)challenge();
    reply(cases[i].status, "");
    ck_assert_int_eq(imstls_client_state(f->client), cases[i].state);
    ck_assert_int_eq(imstls_client_error(f->client), IMSTLS_ERR_SIP_REJECTED);
    imstls_client_free(f->client);
  }
  f->client = NULL;
}
END_TEST

START_TEST(provisional_is_no_answer)
{
  first();
  reply(100, "");
  reply(183, "");
  ck_state(REGISTERING);
  (void)challenge();
}
END_TEST

/* Retry-After is believed up to 1800 s. */
START_TEST(retry_after)
{
  static const struct { const char *header; unsigned least, most; } cases[] = {
    { "Retry-After: 600\r\n", 600, 600 }, { "Retry-After: 1800\r\n", 1800, 1800 },
    { "Retry-After: 2147483648\r\n", 1800, 1800 }, { "Retry-After: 4294967295\r\n", 1800, 1800 },
    { "Retry-After: 5\r\n", 15, 30 }, { "Retry-After: -1\r\n", 15, 30 }, { "", 15, 30 } };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    first();
    reply(503, cases[i].header);
    ck_state(WAITING);
    ck_assert_uint_ge(retry_event()->expires_s, cases[i].least);
    ck_assert_uint_le(retry_event()->expires_s, cases[i].most);
    int64_t wait = imstls_client_timeout_ms(f->client);
    ck_assert_int_ge(wait, (int64_t)cases[i].least * 1000);
    fake_pass(f, (uint64_t)wait - 1);
    ck_silent();
    fake_pass(f, 1);
    (void)fake_register(f);
    imstls_client_free(f->client);
  }
  f->client = NULL;
}
END_TEST

static bool remote_is(const char *text)
{
  char out[56];
  (void)imstls_address_format(&f->last_open.remote, 1, out);
  return strcmp(out, text) == 0;
}

/* Asked for time while it is registered, the client gives it: no new attempt before. */
START_TEST(retry_after_refresh)
{
  fake_register_whole(f);
  imstls_client_refresh(f->client);
  fake_run(f);
  (void)fake_register(f);
  reply(503, "Retry-After: 600\r\n");
  ck_assert_ptr_nonnull(fake_event(f, IMSTLS_EVENT_LOST));
  ck_state(WAITING);
  ck_assert_int_eq((int)imstls_client_timeout_ms(f->client), 600000);
  fake_pass(f, 600000);
  (void)fake_register(f); /* and then it does not count any more */
  reply(500, "Retry-After: 900\r\n");
  ck_state(WAITING);
  ck_assert(imstls_client_timeout_ms(f->client) <= 60000);
}
END_TEST

/* Said to a deregistration, it does not reach the next registration. */
START_TEST(retry_after_leaving)
{
  fake_register_whole(f);
  (void)imstls_client_deregister(f->client);
  fake_run(f);
  (void)fake_register(f);
  reply(503, "Retry-After: 600\r\n");
  ck_stopped(IMSTLS_OK);
  ck_assert_int_eq(imstls_client_register(f->client), IMSTLS_OK);
  fake_run(f);
  (void)fake_register(f);
  (void)challenge();
  ok("");
  ck_state(REGISTERED);
  f->closed = true;
  fake_run(f);
  ck_state(REGISTERING); /* lost, and back at once */
  ck_assert_int_eq(count_events(IMSTLS_EVENT_RETRY), 0);
}
END_TEST

/* What one attempt was told is not told of the next one. */
START_TEST(status_of_the_attempt)
{
  first();
  reply(404, "");
  ck_assert_uint_eq(imstls_client_sip_status(f->client), 404);
  ck_assert_uint_eq(retry_event()->sip_status, 404);
  f->connect_result = IMSTLS_ERR_CONNECT;
  fake_pass(f, (uint64_t)imstls_client_timeout_ms(f->client));
  ck_state(WAITING);
  ck_assert_int_eq(retry_event()->error, IMSTLS_ERR_CONNECT);
  ck_assert_uint_eq(retry_event()->sip_status, 0);
  ck_assert_uint_eq(imstls_client_sip_status(f->client), 0);
}
END_TEST

START_TEST(next_pcscf)
{
  f->config.pcscf = "192.0.2.1, 192.0.2.2:5071, [2001:db8::3]";
  first();
  ck_assert(remote_is("192.0.2.1:5061"));
  reply(500, "");
  ck_assert(remote_is("192.0.2.2:5071")); /* at once */
  (void)fake_register(f);
  reply(503, "Retry-After: 1000\r\n");
  ck_assert(remote_is("[2001:db8::3]:5061"));
  (void)fake_register(f);
  reply(500, "");
  ck_state(WAITING); /* a whole round failed */
  int64_t wait = imstls_client_timeout_ms(f->client);
  ck_assert(wait >= 15000 && wait <= 30000);
  fake_pass(f, (uint64_t)wait);
  ck_assert(remote_is("192.0.2.1:5061"));
  (void)fake_register(f);
  reply(500, "");
  ck_assert(remote_is("[2001:db8::3]:5061")); /* the second one asked for more time */
}
END_TEST

START_TEST(register_at_second_pcscf)
{
  f->config.pcscf = "192.0.2.1,pcscf2.example";
  f->connect_result = IMSTLS_PENDING;
  fake_start(f);
  fake_pass(f, 10000); /* the first never answers */
  f->connect_result = 0;
  fake_run(f);
  ck_assert(remote_is("192.0.2.7:5061"));
  ck_assert_str_eq(f->last_tls.server_name, "pcscf2.example");
  (void)fake_register(f);
  (void)challenge();
  ok("");
  ck_state(REGISTERED);
}
END_TEST

/* RFC 5626 4.5; bounds from test/vectors.json, rfc5626_backoff. */
START_TEST(backoff)
{
  static const struct { unsigned base_s, failures, min_s, max_s; } cases[] = {
    { 30, 0, 15, 30 }, { 30, 1, 30, 60 }, { 30, 2, 60, 120 }, { 30, 3, 120, 240 }, { 30, 4, 240, 480 },
    { 30, 5, 480, 960 }, { 30, 6, 900, 1800 }, { 30, 7, 900, 1800 }, { 30, 8, 900, 1800 }, { 90, 0, 45, 90 },
    { 90, 1, 90, 180 }, { 90, 2, 180, 360 }, { 90, 3, 360, 720 }, { 90, 4, 720, 1440 }, { 90, 5, 900, 1800 },
    { 90, 6, 900, 1800 }, { 90, 8, 900, 1800 }, { 30, UINT32_MAX, 900, 1800 } };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    uint64_t low = UINT64_MAX, high = 0;
    for (uint32_t random = 0; random < 3003; random++) {
      uint64_t ms = imstls_i_backoff_ms((uint64_t)cases[i].base_s * 1000, 1800000, cases[i].failures, random);
      low = ms < low ? ms : low;
      high = ms > high ? ms : high;
    }
    ck_assert_uint_eq(low, (uint64_t)cases[i].min_s * 1000);
    ck_assert_uint_eq(high, (uint64_t)cases[i].max_s * 1000);
  }
}
END_TEST

START_TEST(backoff_grows)
{
  unsigned bound = 30;
  first();
  for (int i = 0; i < 9; i++) {
    reply(500, "");
    ck_state(WAITING);
    unsigned wait = retry_event()->expires_s;
    ck_assert_uint_ge(wait, bound / 2);
    ck_assert_uint_le(wait, bound);
    bound = bound * 2 < 1800 ? bound * 2 : 1800;
    fake_pass(f, (uint64_t)wait * 1000);
    (void)fake_register(f);
  }
}
END_TEST

START_TEST(attempts_end)
{
  f->config.attempts = 3;
  first();
  for (int i = 0; i < 2; i++) {
    reply(500, "");
    ck_state(WAITING);
    fake_pass(f, (uint64_t)imstls_client_timeout_ms(f->client));
    (void)fake_register(f);
  }
  reply(500, "");
  ck_stopped(IMSTLS_ERR_SIP_REJECTED);
  ck_assert_int_eq(count_events(IMSTLS_EVENT_FAILED), 1);
  ck_assert_int_eq(imstls_client_register(f->client), IMSTLS_OK); /* and the host may begin anew */
  fake_run(f);
  (void)fake_register(f);
}
END_TEST

/* An hour with a host that never gives up and a peer that answers each REGISTER with `headers`, or with a new challenge
 * when there are none. */
static int besieged(const char *headers, uint64_t *runs, int cap)
{
  int count = 0, starts = 0;
  uint64_t end = f->now_ms + 3600000;
  while (f->now_ms < end) {
    int before = f->card_runs;
    bool asked = fake_request(f, NULL);
    if (asked)
      fake_reply(f, 401, "Unauthorized", headers ? headers : fake_challenge_headers(f, NULL));
    fake_run(f);
    if (f->card_runs > before && count < cap)
      runs[count++] = f->now_ms;
    int state = imstls_client_state(f->client);
    if (state == IMSTLS_STATE_STOPPED) {
      ck_assert_int_eq(imstls_client_register(f->client), IMSTLS_OK);
      starts++;
    }
    fake_run(f);
    fake_pass(f, state == IMSTLS_STATE_WAITING ? (uint64_t)imstls_client_timeout_ms(f->client) : 200);
    f->event_count = 0;
    if (f->sent_seen > FAKE_STREAM / 2) {
      memmove(f->sent, f->sent + f->sent_seen, f->sent_len - f->sent_seen);
      f->sent_len -= f->sent_seen;
      f->sent_seen = 0;
    }
  }
  ck_assert_int_gt(starts, 20);
  return count;
}

/* Whoever replays one 401 gets the card run once, whether it is genuine or not. */
START_TEST(replay_for_an_hour)
{
  char headers[1024];
  uint64_t runs[10];
  for (uint8_t wrong = 0; wrong <= 1; wrong++) {
    fake_init(f);
    fake_start(f);
    f->home.opc[0] ^= wrong;
    strcpy(headers, fake_challenge_headers(f, NULL));
    ck_assert_int_eq(besieged(headers, runs, 10), 1);
    ck_assert_int_eq(f->card_runs, 1);
    fake_end(f);
  }
}
END_TEST

/* New challenges without end: six card runs in any minute. */
START_TEST(card_runs_a_minute)
{
  static uint64_t runs[2000];
  fake_start(f);
  f->home.opc[0] ^= 1;
  int count = besieged(NULL, runs, 2000);
  ck_assert_int_gt(count, 60);
  for (int i = 6; i < count; i++)
    ck_assert_uint_ge(runs[i] - runs[i - 6], 60000);
}
END_TEST

/* The card has seen SEQ 5000: challenges below that are old, those above it good. */
static void age_card(void)
{
  for (int i = 0; i < 32; i++)
    f->soft.sqn.seq[i] = 5000;
}

static void begin_again(void)
{
  imstls_client_stop(f->client);
  ck_assert_int_eq(imstls_client_register(f->client), IMSTLS_OK);
  fake_run(f);
  (void)fake_register(f);
}

/* Two AUTS in one registration; a good challenge in between does not begin anew. Nobody is accused, and it goes on. */
START_TEST(auts_a_registration)
{
  age_card();
  first();
  imstls_sip_message m = challenge();
  ck_assert_ptr_nonnull(auth_param(&m, "auts").ptr);
  f->seq = 5000;
  m = challenge();
  ck_assert_ptr_null(auth_param(&m, "auts").ptr);
  f->seq = 100;
  m = challenge();
  ck_assert_ptr_nonnull(auth_param(&m, "auts").ptr);
  fake_challenge(f);
  fake_run(f);
  ck_state(WAITING);
  ck_assert_int_eq(retry_event()->error, IMSTLS_ERR_AKA_RATE);
  ck_silent();
  ck_assert_int_eq(f->card_runs, 4);
}
END_TEST

/* A re-authentication has two of its own. */
START_TEST(auts_after_registration)
{
  age_card();
  first();
  (void)challenge();
  (void)challenge();
  f->seq = 5000;
  (void)challenge();
  ok("");
  (void)imstls_client_refresh(f->client);
  fake_run(f);
  (void)fake_register(f);
  f->seq = 100;
  imstls_sip_message m = challenge();
  ck_assert_ptr_nonnull(auth_param(&m, "auts").ptr);
}
END_TEST

/* Old challenges without end, each with a RAND of its own: eight AUTS in any hour. */
START_TEST(auts_an_hour)
{
  uint64_t sent[64], end = f->now_ms + 3 * 3600000ull;
  int count = 0;
  imstls_sip_message m;
  age_card();
  first();
  while (f->now_ms < end) {
    f->seq %= 200;
    fake_challenge(f);
    fake_run(f);
    if (fake_request(f, &m) && auth_param(&m, "auts").ptr) {
      ck_assert_int_lt(count, 64);
      sent[count++] = f->now_ms;
    }
    fake_pass(f, 15000);
    f->event_count = 0;
    f->sent_len = f->sent_seen = f->untrusted_len = 0;
    begin_again();
  }
  ck_assert_int_ge(count, 24);
  for (int i = 8; i < count; i++)
    ck_assert_uint_ge(sent[i] - sent[i - 8], 3600000);
}
END_TEST

/* The RAND that got an AUTS gets no other, however many RANDs come in between. */
START_TEST(auts_once_a_rand)
{
  age_card();
  first();
  (void)challenge(); /* SEQ 1 */
  f->home.opc[0] ^= 1;
  for (int i = 0; i < 20; i++) {
    fake_pass(f, 15000);
    begin_again();
    (void)challenge();
  }
  f->home.opc[0] ^= 1;
  fake_pass(f, 15000);
  begin_again();
  int runs = f->card_runs;
  f->seq = 0;
  fake_challenge(f);
  fake_run(f);
  ck_stopped(IMSTLS_ERR_AKA_REPEATED);
  ck_assert_int_eq(f->card_runs, runs);
  ck_silent();
}
END_TEST

/* Nor does it leave again with the refresh that follows it. */
START_TEST(auts_not_repeated)
{
  fake_register_whole(f);
  age_card();
  (void)imstls_client_refresh(f->client);
  fake_run(f);
  (void)fake_register(f);
  imstls_sip_message m = challenge();
  ck_assert_ptr_nonnull(auth_param(&m, "auts").ptr);
  reply(423, "Min-Expires: 700000\r\n");
  m = fake_register(f);
  ck_assert_ptr_null(auth_param(&m, "auts").ptr);
  ck_text(auth_param(&m, "response"), "");
}
END_TEST

START_TEST(rate_is_not_final)
{
  first();
  for (int i = 0; i < 6; i++) {
    (void)challenge();
    ok("");
    ck_state(REGISTERED);
    (void)imstls_client_refresh(f->client);
    fake_run(f);
    (void)fake_register(f);
  }
  fake_challenge(f);
  fake_run(f);
  ck_assert_int_eq(f->card_runs, 6);
  ck_state(WAITING);
  ck_assert_int_eq(retry_event()->error, IMSTLS_ERR_AKA_RATE);
  ck_silent();
}
END_TEST

/* A first 401 without a list: once more from the start, and then it is refused (TS 24.229 5.1.1.5.1). */
START_TEST(no_list)
{
  first();
  imstls_text id = fake_call_id();
  char before[40] = "";
  memcpy(before, id.ptr, id.len < 39 ? id.len : 39);
  f->security_server = NULL;
  fake_challenge(f);
  fake_run(f);
  imstls_sip_message m = fake_register(f);
  ck_assert(!imstls_text_is(m.first[IMSTLS_HDR_CALL_ID], before));
  ck_assert_int_eq(f->card_runs, 0);
  fake_challenge(f);
  fake_run(f);
  ck_stopped(IMSTLS_ERR_SECAGREE_NONE);
  ck_silent();
}
END_TEST

static void restart(void)
{
  reply(421, "Require: sec-agree\r\n");
  (void)fake_register(f);
  f->security_server = NULL;
  fake_challenge(f);
  fake_run(f);
  (void)fake_register(f);
  f->security_server = "tls;q=0.1";
}

/* That does not begin the count of AUTS anew, */
START_TEST(restart_counts_auts)
{
  age_card();
  first();
  (void)challenge();
  f->seq = 5000;
  (void)challenge();
  f->seq = 100;
  (void)challenge();
  restart();
  fake_challenge(f);
  fake_run(f);
  ck_state(WAITING);
  ck_assert_int_eq(retry_event()->error, IMSTLS_ERR_AKA_RATE);
  ck_silent();
}
END_TEST

/* nor that of challenges, */
START_TEST(restart_counts_challenges)
{
  first();
  for (int i = 0; i < 4; i++)
    (void)challenge();
  restart();
  fake_challenge(f);
  fake_run(f);
  ck_stopped(IMSTLS_ERR_SIP_CHALLENGES);
  ck_silent();
}
END_TEST

/* nor that of bad ones in a row. */
START_TEST(restart_counts_bad)
{
  f->home.opc[0] ^= 1;
  first();
  (void)challenge();
  (void)challenge();
  restart();
  fake_challenge(f);
  fake_run(f);
  ck_stopped(IMSTLS_ERR_AKA_MAC);
  ck_silent();
}
END_TEST

SUITE_OF(client_status, too_brief, too_brief_nonsense, too_brief_never_shrinks, too_brief_bounded, too_brief_in_clear,
         too_brief_before_ipsec, no_outbound, no_outbound_over_psk, followed_once_after_trust, agreement_dropped,
         list_outlives_423, followed_once, required_agreement_stays, no_reg_id_to_drop, refusals_before_trust,
         refusals_after_trust, provisional_is_no_answer, retry_after, retry_after_refresh, retry_after_leaving,
         status_of_the_attempt, next_pcscf, register_at_second_pcscf, backoff, backoff_grows, attempts_end,
         replay_for_an_hour, card_runs_a_minute, auts_a_registration, auts_after_registration, auts_an_hour,
         auts_once_a_rand, auts_not_repeated, rate_is_not_final, no_list, restart_counts_auts,
         restart_counts_challenges, restart_counts_bad)
