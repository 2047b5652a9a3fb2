/* SPDX-License-Identifier: Apache-2.0 */
/* What the network says that must not be taken: each refusal with its own error, before and after trust. */
#include "client_help.h"

#include <stdio.h>

/* The right 401, with one more parameter in its challenge. */
static imstls_sip_message challenge_with(const char *param)
{
  char lines[1400];
  const char *right = fake_challenge_headers(f, NULL), *at = strstr(right, ", algorithm=");
  ck_assert_ptr_nonnull(at);
  snprintf(lines, sizeof lines, "%.*s, %s%s", (int)(at - right), right, param, at);
  reply(401, lines);
  return fake_register(f);
}

/* A REGISTER leaves that takes the binding back, on the trusted channel. */
static void ck_gives_back(void)
{
  imstls_sip_message m = fake_register(f);
  ck_state(DEREGISTERING);
  ck_text(m.first[IMSTLS_HDR_EXPIRES], "0");
  ck_assert(!imstls_client_registered(f->client) && imstls_client_trust(f->client) == IMSTLS_TRUST_BY_TOKEN);
  ck_silent();
}

static const char *own_contact(const imstls_sip_message *m)
{
  static char uri[200];
  imstls_sip_address contact;
  imstls_text rest = m->first[IMSTLS_HDR_CONTACT];
  ck_assert_int_eq(imstls_sip_address_next(&rest, &contact), IMSTLS_OK);
  snprintf(uri, sizeof uri, "%.*s", (int)contact.uri.len, contact.uri.ptr);
  return uri;
}

/* RFC 2617 3.2.3: the server shows that it knows the answer as well. Without qop there is nothing to compare with. */
START_TEST(rspauth)
{
  static const struct {
    const char *param, *info;
    bool taken;
  } rows[] = {
    { "qop=\"auth\"", "", true },
    { "qop=\"auth\"", "Authentication-Info: qop=auth, nc=00000001\r\n", true },
    { "qop=\"auth\"", "Authentication-Info: rspauth=\"00000000000000000000000000000000\", qop=auth\r\n", false },
    { "qop=\"auth\"", "Authentication-Info: qop=auth, rspauth=\"\"\r\n", false },
    { "opaque=\"x\"", "Authentication-Info: rspauth=\"00000000000000000000000000000000\"\r\n", true },
  };
  fake_start(f);
  (void)fake_register(f);
  (void)challenge_with(rows[_i].param);
  ok(rows[_i].info);
  if (rows[_i].taken)
    ck_state(REGISTERED);
  else
    ck_retries(IMSTLS_ERR_RSPAUTH);
}
END_TEST

#define OTHERS "<sip:somebody@192.0.2.9>;expires=600"

/* A 200 that does not show our binding has not registered us. What the registrar may hold all the same is taken back,
 * for 10 s at most, and only then follows the next attempt. */
START_TEST(not_bound)
{
  static const struct {
    const char *form;   /* of Contact: the only %s is ours */
    uint32_t expires_s; /* 0: not bound */
  } rows[] = {
    { "", 0 },
    { "Contact: <%s>;expires=0\r\n", 0 },
    { "Contact: " OTHERS ", " OTHERS "\r\n", 0 },
    { "Contact: " OTHERS ", <sip:%s>;expires=600\r\n", 0 },
    { "Contact: <%s>\r\n", 600000 },
    { "Contact: <%s>;expires=x\r\n", 600000 },
    { "Contact: <%s>;expires=600\r\n", 600 },
    { "Contact: <%s>\r\nExpires: 600\r\n", 600 },
    { "Contact: " OTHERS ", <%s>;expires=700\r\n", 700 },
    { "Contact: <sip:other@192.0.2.3:5060;transport=udp>;expires=390,: " OTHERS ", <%s>;expires=30\r\n", 30 },
    { "Contact: <sip:rewritten@192.0.2.7:1024>;expires=1200\r\n", 1200 },
  };
  char lines[400];
  fake_start(f);
  (void)fake_register(f);
  imstls_sip_message m = challenge();
  snprintf(lines, sizeof lines, rows[_i].form, own_contact(&m));
  reply(200, lines);
  if (rows[_i].expires_s) {
    ck_state(REGISTERED);
    ck_assert_uint_eq(fake_event(f, IMSTLS_EVENT_REGISTERED)->expires_s, rows[_i].expires_s);
    return;
  }
  ck_gives_back();
  fake_pass(f, 9999);
  ck_state(DEREGISTERING);
  fake_pass(f, 1);
  ck_retries(IMSTLS_ERR_SIP_NOT_BOUND);
}
END_TEST

/* The route is longer than the application has room for: what was registered does not stay behind, and whatever the
 * network says to that, the attempt ends with its own error. */
START_TEST(route_too_long)
{
  static const unsigned statuses[] = { 200, 401, 403, 423, 500 };
  f->config.limits.route_max = 16;
  fake_start(f);
  (void)fake_register(f);
  (void)challenge();
  ok("Service-Route: <sip:scscf.example.org;lr>\r\n");
  ck_gives_back();
  ck_assert_int_eq(count_events(IMSTLS_EVENT_REGISTERED), 0);
  reply(statuses[_i], "");
  ck_retries(IMSTLS_ERR_ROUTE_TOO_LONG);
  ck_silent();
}
END_TEST

/* More identities than fit: the first ones are kept, and how many were left out is told once. */
START_TEST(many_identities)
{
  char lines[2600];
  size_t n = 0;
  f->config.limits.route_max = 512;
  fake_start(f);
  (void)fake_register(f);
  (void)challenge();
  for (int i = 0; i < 39; i++)
    n += (size_t)snprintf(lines + n, sizeof lines - n, "P-Associated-URI: <sip:user%02d@ims.mnc001.mcc001.example>\r\n",
                          i);
  ok(lines);
  ck_state(REGISTERED);
  imstls_text kept = imstls_client_associated_uri(f->client);
  ck_assert(kept.len <= 512 && kept.len > 400);
  ck_assert_mem_eq(kept.ptr, "<sip:user00@ims.mnc001.mcc001.example>, <sip:user01@", 51);
  ck_assert_str_eq(fake_line(f, IMSTLS_EVENT_POLICY), "27 identities of P-Associated-URI left out");
  ck_assert_int_eq(fake_event(f, IMSTLS_EVENT_POLICY)->error, IMSTLS_ERR_ROUTE_TOO_LONG);
  ck_assert_int_eq(imstls_client_refresh(f->client), IMSTLS_OK);
  fake_run(f);
  (void)fake_register(f);
  ok(lines);
  ck_assert_int_eq(count_events(IMSTLS_EVENT_REFRESHED), 1);
  ck_assert_int_eq(count_events(IMSTLS_EVENT_POLICY), 2); /* the other: what was registered is none of them */
}
END_TEST

/* TS 33.102 annex H: what the AMF's separation bit must be. */
START_TEST(separation_bit)
{
  static const struct {
    int32_t want;
    uint8_t amf;
    bool taken;
  } rows[] = {
    { IMSTLS_AMF_ANY, 0x80, true },        { IMSTLS_AMF_ANY, 0x7f, true },       { IMSTLS_AMF_REQUIRE_1, 0x80, true },
    { IMSTLS_AMF_REQUIRE_1, 0x7f, false }, { IMSTLS_AMF_REQUIRE_0, 0x7f, true }, { IMSTLS_AMF_REQUIRE_0, 0x80, false },
  };
  f->config.policy.amf_separation = rows[_i].want;
  f->amf = rows[_i].amf;
  fake_start(f);
  (void)fake_register(f);
  fake_challenge(f);
  fake_run(f);
  if (rows[_i].taken)
    ck_state(ANSWERING);
  else
    ck_retries(IMSTLS_ERR_AKA_AMF);
}
END_TEST

/* No agreement, and no PKI: the s_token alone vouches for the channel, so it must be there and right. */
START_TEST(agreement_not_required)
{
  static const char wrong[] = "00112233445566778899aabb";
  static const struct {
    const char *token; /* NULL: the right one */
    int error;
  } rows[] = { { NULL, IMSTLS_OK }, { "", IMSTLS_ERR_S_TOKEN_MISSING }, { wrong, IMSTLS_ERR_S_TOKEN_MISMATCH } };
  for (int i = 0; i < 6; i++) {
    f->config.policy.sec_agree = i % 2 ? IMSTLS_SEC_AGREE_OPTIONAL : IMSTLS_SEC_AGREE_OFF;
    f->security_server = NULL;
    fake_start(f);
    imstls_sip_message m = fake_register(f);
    ck_assert_int_eq(m.count[IMSTLS_HDR_SECURITY_CLIENT], i % 2);
    reply(401, fake_challenge_headers(f, rows[i / 2].token));
    if (rows[i / 2].error) {
      ck_retries(rows[i / 2].error);
      ck_silent();
    } else {
      m = fake_register(f);
      ck_assert_int_eq(m.count[IMSTLS_HDR_SECURITY_VERIFY], 0);
      ok("");
      ck_state(REGISTERED);
    }
    imstls_client_free(f->client);
    f->client = NULL;
    f->sent_seen = f->sent_len;
  }
}
END_TEST

/* In clear something must protect what follows, agreement optional or not. */
START_TEST(agreement_optional_in_clear)
{
  f->config.policy.sec_agree = IMSTLS_SEC_AGREE_OPTIONAL;
  f->config.policy.flow = IMSTLS_FLOW_AGREE_FIRST;
  f->security_server = NULL;
  fake_start(f);
  (void)fake_register(f);
  fake_challenge(f);
  fake_run(f);
  (void)fake_register(f); /* once more */
  fake_challenge(f);
  fake_run(f);
  ck_retries(IMSTLS_ERR_SECAGREE_NONE);
  ck_assert_int_eq(f->card_runs, 0);
}
END_TEST

/* Without an agreement nothing is to be agreed on (RFC 3329 2.3.1). */
START_TEST(agreement_asked_for)
{
  static const unsigned statuses[] = { 421, 494 };
  f->config.policy.sec_agree = IMSTLS_SEC_AGREE_OFF;
  f->config.policy.trust = IMSTLS_TRUST_TOKEN_OR_PKI;
  f->config.policy.attempts = 1;
  fake_start(f);
  (void)fake_register(f);
  reply(statuses[_i], "");
  ck_stopped(IMSTLS_ERR_SECAGREE_NONE);
  ck_silent();
}
END_TEST

/* SPIs and ports that nothing could be sent to (TS 33.203 7.1). */
START_TEST(unusable_sa)
{
  static const char *const ends[] = { "spi-c=0;spi-s=5002;port-c=5063;port-s=5064",
                                      "spi-c=5001;spi-s=0;port-c=5063;port-s=5064",
                                      "spi-c=5001;spi-s=5001;port-c=5063;port-s=5064",
                                      "spi-c=5001;spi-s=5002;port-c=0;port-s=5064",
                                      "spi-c=5001;spi-s=5002;port-c=5063;port-s=0" };
  char list[200];
  NEEDS_OCTETS();
  snprintf(list, sizeof list, "ipsec-3gpp;alg=hmac-sha-1-96;ealg=null;%s", ends[_i]);
  f->config.policy.flow = IMSTLS_FLOW_AGREE_FIRST;
  f->config.policy.offer = "ipsec-3gpp;alg=hmac-sha-1-96;ealg=null";
  f->security_server = list;
  fake_start(f);
  (void)fake_register(f);
  fake_challenge(f);
  fake_run(f);
  ck_retries(IMSTLS_ERR_SECAGREE_MALFORMED);
  ck_assert_int_eq(f->installed, 0);
}
END_TEST

Suite *client_refusals_suite(void);
Suite *client_refusals_suite(void)
{
  Suite *suite = suite_create("client_refusals");
  TCase *tcase = tcase_create("client");
  tcase_add_checked_fixture(tcase, setup, teardown);
  tcase_add_loop_test(tcase, rspauth, 0, 5);
  tcase_add_loop_test(tcase, not_bound, 0, 11);
  tcase_add_loop_test(tcase, route_too_long, 0, 5);
  tcase_add_test(tcase, many_identities);
  tcase_add_loop_test(tcase, separation_bit, 0, 6);
  tcase_add_test(tcase, agreement_not_required);
  tcase_add_test(tcase, agreement_optional_in_clear);
  tcase_add_loop_test(tcase, agreement_asked_for, 0, 2);
  tcase_add_loop_test(tcase, unusable_sa, 0, 5);
  suite_add_tcase(suite, tcase);
  return suite;
}
