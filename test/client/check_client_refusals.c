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

/* A 200 that does not say that we are bound has not registered us (RFC 3261 10.3, step 8). */
START_TEST(not_bound)
{
  static const struct {
    const char *form; /* of Contact: the only %s is ours */
    bool bound;
  } rows[] = {
    { "", false },
    { "Contact: <%s>\r\n", false },
    { "Contact: <%s>;expires=0\r\n", false },
    { "Contact: <%s>;expires=x\r\n", false },
    { "Contact: <sip:somebody@192.0.2.9>;expires=600\r\n", false },
    { "Contact: <sip:%s>;expires=600\r\n", false },
    { "Contact: <%s>;expires=600\r\n", true },
    { "Contact: <%s>\r\nExpires: 600\r\n", true },
    { "Contact: <sip:somebody@192.0.2.9>;expires=9, <%s>;expires=600\r\n", true },
  };
  char lines[400];
  fake_start(f);
  (void)fake_register(f);
  imstls_sip_message m = challenge();
  snprintf(lines, sizeof lines, rows[_i].form, own_contact(&m));
  reply(200, lines);
  if (rows[_i].bound)
    ck_state(REGISTERED);
  else
    ck_retries(IMSTLS_ERR_SIP_NOT_BOUND);
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
  tcase_add_loop_test(tcase, not_bound, 0, 9);
  tcase_add_loop_test(tcase, separation_bit, 0, 6);
  tcase_add_loop_test(tcase, agreement_asked_for, 0, 2);
  tcase_add_loop_test(tcase, unusable_sa, 0, 5);
  suite_add_tcase(suite, tcase);
  return suite;
}
