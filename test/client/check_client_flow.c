/* SPDX-License-Identifier: Apache-2.0 */
/* The registration at message level, against a world of the test's own: the figures of the founding document. */
#include "client_help.h"

#define IPSEC_OFFER "ipsec-3gpp;alg=hmac-sha-1-96;ealg=null"
#define IPSEC_SERVER                                                                                                   \
  "ipsec-3gpp;q=0.3;alg=hmac-sha-1-96;ealg=null;prot=esp;mod=trans;spi-c=5001;spi-s=5002;port-c=5063;port-s=5064"

START_TEST(figure_2)
{
  fake_start(f);
  imstls_sip_message m = fake_register(f);
  ck_text(m.first[IMSTLS_HDR_SECURITY_CLIENT], "tls");
  ck_assert_ptr_null(m.first[IMSTLS_HDR_SECURITY_VERIFY].ptr);
  ck_text(auth_param(&m, "nonce"), "");
  ck_text(auth_param(&m, "response"), "");
  ck_assert_int_eq(f->last_open.remote.port, 5061);
  m = challenge();
  answer_of(&m);
  ck_text(m.first[IMSTLS_HDR_SECURITY_VERIFY], "tls;q=0.1");
  ck_assert_int_eq(imstls_client_registered(f->client), 0);
  ok("Service-Route: <sip:orig@scscf;lr>\r\nP-Associated-URI: <sip:a@b>, <tel:+1>\r\n");
  ck_assert_int_eq(imstls_client_registered(f->client), 1);
  ck_assert_int_eq(imstls_client_trust(f->client), IMSTLS_TRUST_BY_TOKEN);
  ck_text(imstls_client_service_route(f->client), "<sip:orig@scscf;lr>");
  ck_text(imstls_client_associated_uri(f->client), "<sip:a@b>, <tel:+1>");
  ck_text(imstls_client_security_verify(f->client), "tls;q=0.1");
  ck_assert_int_eq(f->opened, 1);
  ck_assert_str_eq(fake_line(f, IMSTLS_EVENT_AGREED), "tls");
}
END_TEST

/* The P-CSCF ranks ipsec-3gpp above tls: SM7 in ESP, without a c_token; TLS is closed after the 200. */
START_TEST(figure_3)
{
  NEEDS_OCTETS();
  f->config.policy.offer = IPSEC_OFFER ", tls";
  f->security_server = IPSEC_SERVER ", tls;q=0.1";
  fake_start(f);
  (void)fake_register(f);
  imstls_sip_message m = challenge();
  ck_assert(fake_response_right(f, &m, NULL));
  ck_assert_int_ge(f->opened, 2);
  ck_assert_int_eq(f->last_open.remote.port, 5064);
  ck_assert_int_eq(f->last_open.local.port, 20001);
  ck_assert_int_eq(f->tls_closed, 0);
  ck_assert_int_eq(f->installed, 1);
  ck_assert_mem_eq(f->last_sa.ik_esp, f->vector.ik, 16);
  ck_assert_uint_eq(f->last_sa.theirs.spi_s, 5002);
  ck_text(m.first[IMSTLS_HDR_SECURITY_VERIFY], IPSEC_SERVER ", tls;q=0.1");
  ok("");
  ck_state(REGISTERED);
  ck_assert_int_eq(imstls_client_trust(f->client), IMSTLS_TRUST_BY_IPSEC);
  ck_assert_int_eq(f->tls_closed, 1);
  ck_assert_int_eq(f->lifetimes, 1);
  ck_assert_str_eq(fake_line(f, IMSTLS_EVENT_AGREED), "ipsec-3gpp");
}
END_TEST

static bool has_text(imstls_text text, const char *part)
{
  size_t len = strlen(part);
  for (size_t i = 0; i + len <= text.len; i++)
    if (memcmp(text.ptr + i, part, len) == 0)
      return true;
  return false;
}

/* An IMEI in any spelling of its URN waits for trust; what is none does not. */
START_TEST(imei_waits)
{
  static const struct {
    const char *urn;
    bool waits;
  } cases[] = { { "urn:gsma:imei:90420156-025763-0", true },
                { "URN:GSMA:IMEI:90420156-025763-0", true },
                { "Urn:gSmA:Imei:90420156-025763-0;svn=42", true },
                { "urn:gsma:imei", false },
                { "urn:gsma:imeI", false },
                { "urn:uuid:00000000-0000-1000-8000-000a95a0e128", false } };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    f->config.device.instance_id = cases[i].urn;
    fake_start(f);
    imstls_sip_message m = fake_register(f);
    ck_assert(has_text(m.raw, cases[i].urn) != cases[i].waits);
    m = challenge();
    ck_assert(has_text(m.first[IMSTLS_HDR_CONTACT], cases[i].urn));
    imstls_client_free(f->client);
  }
  f->client = NULL;
}
END_TEST

/* TS 33.203 7.4: the SAs live 30 s longer than the registration, also than the longest that there is. */
START_TEST(sa_lifetime)
{
  static const struct {
    unsigned granted, lifetime;
  } cases[] = { { 600000, 600030 },           { 4294967264u, 4294967294u }, { 4294967265u, 4294967295u },
                { 4294967266u, 4294967295u }, { 4294967290u, 4294967295u }, { 4294967295u, 4294967295u } };
  NEEDS_OCTETS();
  f->config.policy.offer = IPSEC_OFFER ", tls";
  f->security_server = IPSEC_SERVER ", tls;q=0.1";
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    fake_start(f);
    (void)fake_register(f);
    (void)challenge();
    fake_ok_for(f, "", cases[i].granted);
    fake_run(f);
    ck_state(REGISTERED);
    ck_assert_uint_eq(f->lifetime_s, cases[i].lifetime);
    imstls_client_free(f->client);
  }
  f->client = NULL;
}
END_TEST

/* In figure 3 a missing s_token is no fault, a wrong one is. */
START_TEST(figure_3_without_token)
{
  NEEDS_OCTETS();
  f->config.policy.offer = IPSEC_OFFER ", tls";
  f->security_server = IPSEC_SERVER ", tls;q=0.1";
  fake_start(f);
  (void)fake_register(f);
  reply(401, fake_challenge_headers(f, ""));
  imstls_sip_message m = fake_register(f);
  ck_assert(fake_response_right(f, &m, NULL));
  ok("");
  ck_state(REGISTERED);
}
END_TEST

START_TEST(figure_3_wrong_token)
{
  f->config.policy.offer = IPSEC_OFFER ", tls";
  f->security_server = IPSEC_SERVER ", tls;q=0.1";
  fake_start(f);
  (void)fake_register(f);
  reply(401, fake_challenge_headers(f, "000000000000000000000000"));
  ck_retries(IMSTLS_ERR_S_TOKEN_MISMATCH);
  ck_silent();
  ck_assert_int_eq(f->installed, 0);
  ck_no_secret();
}
END_TEST

/* The first REGISTER in clear; the token of the 401 is judged when TLS has shown the certificate. */
START_TEST(figure_4)
{
  f->config.policy.flow = IMSTLS_FLOW_AGREE_FIRST;
  fake_start(f);
  imstls_sip_message m = fake_register(f);
  ck_assert_int_eq(f->last_open.remote.port, 5060);
  ck_assert_int_eq(f->tls_opened, 0);
  m = challenge();
  ck_assert_int_eq(f->tls_opened, 1);
  ck_assert_int_eq(f->last_open.remote.port, 5061);
  answer_of(&m);
  ck_text(m.first[IMSTLS_HDR_SECURITY_VERIFY], "tls;q=0.1");
  ok("");
  ck_state(REGISTERED);
  ck_assert_int_eq(imstls_client_trust(f->client), IMSTLS_TRUST_BY_TOKEN);
}
END_TEST

START_TEST(figure_4_wrong_certificate)
{
  f->config.policy.flow = IMSTLS_FLOW_AGREE_FIRST;
  fake_start(f);
  (void)fake_register(f);
  fake_challenge(f);
  f->cert[5] ^= 1; /* a man in the middle shows his own */
  fake_run(f);
  ck_retries(IMSTLS_ERR_S_TOKEN_MISMATCH);
  ck_silent();
  ck_no_secret();
  ck_assert(!fake_block_holds(f, f->vector.res, 8) && !fake_block_holds(f, f->vector.ik, 16));
}
END_TEST

START_TEST(figure_4_token_missing)
{
  f->config.policy.flow = IMSTLS_FLOW_AGREE_FIRST;
  fake_start(f);
  (void)fake_register(f);
  reply(401, fake_challenge_headers(f, ""));
  ck_retries(IMSTLS_ERR_S_TOKEN_MISSING);
  ck_assert_int_eq(f->card_runs, 0);
  ck_silent();
}
END_TEST

/* TLS refused: agreement in clear, then ESP. */
START_TEST(figure_5)
{
  NEEDS_OCTETS();
  f->config.policy.offer = IPSEC_OFFER ", tls";
  f->config.policy.fallback = IMSTLS_FALLBACK_IPSEC;
  f->security_server = IPSEC_SERVER;
  f->handshake_result = IMSTLS_ERR_TLS_REFUSED;
  fake_start(f);
  (void)fake_register(f);
  ck_assert_int_eq(f->last_open.remote.port, 5060);
  ck_assert_int_eq(count_events(IMSTLS_EVENT_POLICY), 1);
  imstls_sip_message m = challenge();
  ck_assert(fake_response_right(f, &m, NULL));
  ok("");
  ck_state(REGISTERED);
  ck_assert_int_eq(imstls_client_trust(f->client), IMSTLS_TRUST_BY_IPSEC);
}
END_TEST

/* Never after a handshake, nor for a certificate. */
START_TEST(figure_5_not_for_other_faults)
{
  static const int faults[] = { IMSTLS_ERR_TLS, IMSTLS_ERR_TLS_CERT, IMSTLS_ERR_TLS_PROPERTIES };
  f->config.policy.offer = IPSEC_OFFER ", tls";
  f->config.policy.fallback = IMSTLS_FALLBACK_IPSEC;
  for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++) {
    f->handshake_result = faults[i];
    fake_start(f);
    ck_state(WAITING);
    ck_silent();
    ck_assert_int_eq(f->opened, (int)i + 1);
    imstls_client_free(f->client);
  }
  f->handshake_result = 0;
  fake_start(f);
  (void)fake_register(f);
  f->closed = true; /* TLS was complete */
  fake_run(f);
  ck_assert_int_eq(f->last_open.remote.port, 5061);
}
END_TEST

/* Agreement first, and ipsec-3gpp is the choice. */
START_TEST(agree_first_ipsec)
{
  NEEDS_OCTETS();
  f->config.policy.flow = IMSTLS_FLOW_AGREE_FIRST;
  f->config.policy.offer = IPSEC_OFFER ", tls";
  f->security_server = IPSEC_SERVER ", tls;q=0.1";
  fake_start(f);
  (void)fake_register(f);
  imstls_sip_message m = challenge();
  ck_assert(fake_response_right(f, &m, NULL));
  ck_assert_int_eq(f->tls_opened, 0);
  ok("");
  ck_state(REGISTERED);
}
END_TEST

/* PSK TLS keyed with CK || IK: no certificate, no token. */
START_TEST(figure_6)
{
  NEEDS_OCTETS();
  f->config.policy.flow = IMSTLS_FLOW_AGREE_FIRST;
  f->config.policy.psk = IMSTLS_PSK_ONLY;
  fake_start(f);
  (void)fake_register(f);
  f->facts.psk = 1;
  f->facts.cert.len = 0;
  reply(401, fake_challenge_headers(f, ""));
  imstls_sip_message m = fake_register(f);
  ck_assert(fake_response_right(f, &m, NULL));
  ck_assert_uint_eq(f->last_tls.suites, IMSTLS_TLS_PSK);
  ck_assert_mem_eq(f->psk, f->vector.ck, 16);
  ck_assert_mem_eq(f->psk + 16, f->vector.ik, 16);
  ck_assert_str_eq(f->psk_identity, f->config.identity.impi);
  ok("");
  ck_state(REGISTERED);
  ck_assert_int_eq(imstls_client_trust(f->client), IMSTLS_TRUST_BY_PSK);
  ck_assert_int_eq(f->stored, 0);
}
END_TEST

static const struct {
  const char *text;
  int len;
  bool good;
} identities[] = { { "B-TID@bsf.example", 17, true },
                   { "x", 1, true },
                   { "pcscf", 5, true },
                   { "", 0, false },
                   { "x", 129, false },
                   { "x", -1, false },
                   { "pcscf:u@d", 9, false },
                   { "pcscf:", 6, false } };
static int identity_now;

static int own_identity(void *user, char *out, size_t cap)
{
  (void)user;
  ck_assert_uint_eq(cap, 128);
  memcpy(out, identities[identity_now].text, strlen(identities[identity_now].text));
  return identities[identity_now].len;
}

/* The host names us; the other role's name, none and one that is too long are refused before anything leaves. */
START_TEST(psk_identity_of_the_host)
{
  NEEDS_OCTETS();
  for (identity_now = 0; identity_now < (int)(sizeof identities / sizeof identities[0]); identity_now++) {
    fake_init(f);
    f->config.policy.flow = IMSTLS_FLOW_AGREE_FIRST;
    f->config.policy.psk = IMSTLS_PSK_ONLY;
    f->config.callbacks.psk_identity = own_identity;
    fake_start(f);
    (void)fake_register(f);
    f->facts.psk = 1;
    f->facts.cert.len = 0;
    reply(401, fake_challenge_headers(f, ""));
    if (identities[identity_now].good) {
      (void)fake_register(f);
      ck_assert_str_eq(f->psk_identity, identities[identity_now].text);
    } else {
      ck_stopped(IMSTLS_ERR_USIM);
      ck_assert_int_eq(f->tls_opened, 0);
      ck_no_secret();
    }
    fake_end(f);
  }
}
END_TEST

/* One ClientHello offers both families; the server picks a certificate, and then a token is due. */
START_TEST(psk_allowed_but_certificate)
{
  NEEDS_OCTETS();
  f->config.policy.flow = IMSTLS_FLOW_AGREE_FIRST;
  f->config.policy.psk = IMSTLS_PSK_ALLOW;
  fake_start(f);
  (void)fake_register(f);
  reply(401, fake_challenge_headers(f, ""));
  ck_assert_uint_eq(f->last_tls.suites, IMSTLS_TLS_CERT | IMSTLS_TLS_PSK);
  ck_retries(IMSTLS_ERR_S_TOKEN_MISSING);
  ck_silent();
  ck_no_secret();
}
END_TEST

START_TEST(psk_only_but_certificate)
{
  NEEDS_OCTETS();
  f->config.policy.flow = IMSTLS_FLOW_AGREE_FIRST;
  f->config.policy.psk = IMSTLS_PSK_ONLY;
  fake_start(f);
  (void)fake_register(f);
  reply(401, fake_challenge_headers(f, NULL));
  ck_retries(IMSTLS_ERR_NOT_TRUSTED);
  ck_silent();
  ck_no_secret();
}
END_TEST

/* TS 24.229 5.1.1.4.1: 600 s before the end, or at half time when that is nearer. */
START_TEST(refresh_time)
{
  static const struct {
    unsigned granted, after_s;
  } cases[] = { { 3600, 3000 }, { 1201, 601 }, { 1200, 600 }, { 600, 300 }, { 60, 30 } };
  f->config.timers.keepalive_ms = UINT32_MAX;
  fake_register_whole(f);
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    ck_assert_int_eq(imstls_client_refresh(f->client), IMSTLS_OK);
    fake_run(f);
    (void)fake_register(f);
    fake_ok_for(f, "", cases[i].granted);
    fake_run(f);
    ck_state(REGISTERED);
    fake_pass(f, cases[i].after_s * 1000 - 1);
    ck_silent();
    fake_pass(f, 1);
    imstls_sip_message m = fake_register(f);
    ck_text(m.first[IMSTLS_HDR_SECURITY_VERIFY], "tls;q=0.1");
    ck_assert_ptr_null(auth_param(&m, "c_token").ptr);
    ck_assert(fake_response_right(f, &m, NULL)); /* word for word what was answered */
    ck_assert_int_eq(imstls_client_registered(f->client), 1);
    ok("");
  }
  ck_assert_int_eq(f->opened, 1);
  ck_assert_int_eq(f->card_runs, 1);
}
END_TEST

SUITE_OF(client_flow, figure_2, figure_3, imei_waits, sa_lifetime, figure_3_without_token, figure_3_wrong_token,
         figure_4, figure_4_wrong_certificate, figure_4_token_missing, figure_5, figure_5_not_for_other_faults,
         agree_first_ipsec, figure_6, psk_identity_of_the_host, psk_allowed_but_certificate, psk_only_but_certificate,
         refresh_time)
