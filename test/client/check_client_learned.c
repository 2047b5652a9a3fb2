/* SPDX-License-Identifier: Apache-2.0 */
/* What a response makes of the REGISTERs that follow it (420, 421, 423, 439, 494, a list that is missing, a brief
 * grant), how far and how long. */
#include <stdio.h>

#include "attempt_help.h"

START_TEST(too_brief)
{
  f->config.policy.expires_s = 600;
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
  f->config.policy.expires_s = 600;
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
  static const struct {
    const char *header;
    bool followed;
  } cases[] = { { "Min-Expires: 2592000\r\n", true },
                { "Min-Expires: 2592001\r\n", false },
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
  f->config.policy.flow = IMSTLS_FLOW_AGREE_FIRST;
  f->config.policy.expires_s = 600;
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
  f->config.policy.offer = "ipsec-3gpp;alg=hmac-sha-1-96;ealg=null, tls";
  f->security_server = "ipsec-3gpp;q=0.3;alg=hmac-sha-1-96;ealg=null;prot=esp;mod=trans;spi-c=5001;spi-s=5002;"
                       "port-c=5063;port-s=5064, tls;q=0.1";
  f->config.policy.expires_s = 600;
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
  f->config.device.instance_id = "urn:uuid:00000000-0000-1000-8000-000a95a0e128";
  f->config.device.reg_id = 1;
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
  f->config.policy.flow = IMSTLS_FLOW_AGREE_FIRST;
  f->config.policy.psk = IMSTLS_PSK_ONLY;
  f->config.device.instance_id = "urn:uuid:00000000-0000-1000-8000-000a95a0e128";
  f->config.device.reg_id = 1;
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
  f->config.policy.expires_s = 600;
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
  f->config.policy.sec_agree = IMSTLS_SEC_AGREE_OPTIONAL;
  f->config.policy.trust = IMSTLS_TRUST_TOKEN_OR_PKI;
  for (int way = 0; way < 3; way++) { /* a stranger in TLS, a stranger in clear, whom PKI vouches for */
    f->config.policy.flow = way == 1 ? IMSTLS_FLOW_AGREE_FIRST : IMSTLS_FLOW_TLS_FIRST;
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
  ck_retries(IMSTLS_ERR_SECAGREE_CHANGED);
}
END_TEST

/* Once an attempt each; the second time the attempt is over. */
START_TEST(followed_once)
{
  static const struct {
    unsigned status;
    const char *extra;
    int error;
  } cases[] = { { 423, "Min-Expires: 7200\r\n", IMSTLS_ERR_SIP_REJECTED },
                { 420, "Unsupported: sec-agree\r\n", IMSTLS_ERR_SIP_REJECTED },
                { 421, "Require: sec-agree\r\n", IMSTLS_ERR_SECAGREE_LOOP },
                { 439, "", IMSTLS_ERR_SIP_REJECTED },
                { 494, "Security-Server: tls;q=0.1\r\n", IMSTLS_ERR_SECAGREE_LOOP } };
  f->config.policy.sec_agree = IMSTLS_SEC_AGREE_OPTIONAL;
  f->config.policy.trust = IMSTLS_TRUST_TOKEN_OR_PKI;
  f->facts.pki = 1; /* else a 420 is nobody's word */
  f->config.device.instance_id = "urn:uuid:00000000-0000-1000-8000-000a95a0e128";
  f->config.device.reg_id = 1;
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

/* Answers refreshes with `granted` seconds until there are none; how many came, and the least time between two. */
static int refreshes(unsigned granted, uint64_t *least_ms)
{
  int count = 0;
  uint64_t last = f->now_ms;
  *least_ms = UINT64_MAX;
  while (count < 100) {
    fake_pass(f, (uint64_t)granted * 500 - 1);
    ck_silent();
    fake_pass(f, 1);
    if (!fake_request(f, NULL))
      break;
    *least_ms = f->now_ms - last < *least_ms ? f->now_ms - last : *least_ms;
    last = f->now_ms;
    count++;
    fake_ok_for(f, "", granted);
    fake_run(f);
  }
  return count;
}

/* Ten brief grants are refreshed, the eleventh runs out, and the next registration waits; so does the one after that,
 * whose first grant is the twelfth. */
START_TEST(brief_grants)
{
  static const unsigned grants[] = { 1, 2, 19 };
  uint64_t least = 0, apart = 0;
  f->config.timers.keepalive_ms = UINT32_MAX;
  for (size_t i = 0; i < sizeof grants / sizeof grants[0]; i++) {
    fake_start(f);
    (void)fake_register(f);
    (void)challenge();
    fake_ok_for(f, "", grants[i]);
    fake_run(f);
    ck_assert_int_eq(refreshes(grants[i], &least), 10);
    ck_assert_uint_eq(least, grants[i] * 500);
    ck_assert_int_eq(count_events(IMSTLS_EVENT_POLICY), 1);
    fake_pass(f, grants[i] * 500);
    ck_state(WAITING);
    ck_assert_int_eq(imstls_client_registered(f->client), 0);
    for (unsigned bound = 30; bound <= 120; bound *= 2) {
      apart = (uint64_t)imstls_client_timeout_ms(f->client);
      ck_assert(apart >= bound * 500 && apart <= bound * 1000);
      fake_pass(f, apart);
      (void)fake_register(f);
      (void)challenge();
      fake_ok_for(f, "", grants[i]);
      fake_run(f);
      ck_state(REGISTERED);
      ck_assert_int_eq(refreshes(grants[i], &least), 0);
      fake_pass(f, grants[i] * 500);
      ck_state(WAITING);
    }
    imstls_client_free(f->client);
    f->event_count = 0;
    f->now_ms += 60000;
  }
  f->client = NULL;
}
END_TEST

/* However many there were: the host may refresh as it likes, the client does not. */
START_TEST(brief_grants_without_end)
{
  f->config.timers.keepalive_ms = UINT32_MAX;
  fake_register_whole(f);
  for (int i = 0; i < 260; i++) {
    (void)imstls_client_refresh(f->client);
    fake_run(f);
    (void)fake_register(f);
    f->sent_len = f->sent_seen = 0;
    f->event_count = 0;
    fake_ok_for(f, "", 2);
    fake_run(f);
  }
  fake_pass(f, 1999);
  ck_silent();
  ck_state(REGISTERED);
  fake_pass(f, 1);
  ck_state(WAITING);
}
END_TEST

/* One grant of 20 s, and the count begins anew; from there on half time is slow enough for ever. */
START_TEST(grants_long_enough)
{
  uint64_t least = 0;
  f->config.timers.keepalive_ms = UINT32_MAX;
  fake_register_whole(f);
  for (int i = 0; i < 25; i++) {
    (void)imstls_client_refresh(f->client);
    fake_run(f);
    (void)fake_register(f);
    fake_ok_for(f, "", i % 10 == 9 ? 20 : 19);
    fake_run(f);
  }
  ck_assert_int_eq(count_events(IMSTLS_EVENT_POLICY), 0);
  (void)imstls_client_refresh(f->client);
  fake_run(f);
  (void)fake_register(f);
  fake_ok_for(f, "", 20);
  fake_run(f);
  ck_assert_int_eq(refreshes(20, &least), 100);
  ck_assert_uint_eq(least, 10000);
  ck_state(REGISTERED);
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
  ck_retries(IMSTLS_ERR_SECAGREE_NONE);
  ck_silent();
}
END_TEST

SUITE_OF(client_learned, too_brief, too_brief_nonsense, too_brief_never_shrinks, too_brief_bounded, too_brief_in_clear,
         too_brief_before_ipsec, no_outbound, no_outbound_over_psk, followed_once_after_trust, agreement_dropped,
         list_outlives_423, followed_once, required_agreement_stays, no_reg_id_to_drop, brief_grants,
         brief_grants_without_end, grants_long_enough, no_list)
