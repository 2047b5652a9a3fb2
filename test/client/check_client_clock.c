/* SPDX-License-Identifier: Apache-2.0 */
/* The application's wall time: who is asked for it, and what becomes of a registration when nobody knows it. */
#include "client_help.h"

static const char *const no_token = "";

static void begin(int trust)
{
  f->config.policy.trust = trust;
  fake_start(f);
  (void)fake_register(f);
}

static void end(void)
{
  fake_end(f);
  f->client = NULL;
  fake_init(f);
}

static void ck_refused(int error)
{
  ck_retries(error);
  ck_silent();
  ck_no_secret();
  const imstls_event *event = fake_event(f, IMSTLS_EVENT_TRUST);
  ck_assert_ptr_nonnull(event);
  ck_assert_int_eq(event->value, IMSTLS_TRUST_BY_NONE);
  ck_assert_int_eq(event->error, error);
  ck_assert_int_eq(fake_event(f, IMSTLS_EVENT_RETRY)->error, error);
}

/* The TLS part gets what the application says when the session is opened, and only where it is for PKI. */
START_TEST(time_is_handed_on)
{
  static const int64_t times[] = { 0, 1700000000, 253402300799, -1, INT64_MIN };
  for (size_t i = 0; i < sizeof times / sizeof times[0]; i++) {
    f->wall_s = times[i];
    begin(IMSTLS_TRUST_TOKEN_OR_PKI);
    ck_assert_uint_eq(f->last_tls.verify_pki, 1);
    ck_assert_int_eq(f->last_tls.wall_s, times[i]);
    f->wall_s = 1800000000;
    imstls_client_network_changed(f->client);
    fake_run(f);
    ck_assert_int_eq(f->last_tls.wall_s, 1800000000);
    end();
  }
  f->config.ports.wall_s = NULL;
  begin(IMSTLS_TRUST_TOKEN_AND_PKI);
  ck_assert_uint_eq(f->last_tls.verify_pki, 1);
  ck_assert_int_eq(f->last_tls.wall_s, -1);
  end();
  begin(IMSTLS_TRUST_TOKEN);
  ck_assert_uint_eq(f->last_tls.verify_pki, 0);
  ck_assert_int_eq(f->last_tls.wall_s, -1);
}
END_TEST

/* What the TLS part says of PKI, the policy, the token: what comes of it. */
static const struct {
  int pki, trust;
  bool token;
  int error;
} cases[] = {
  { IMSTLS_ERR_CLOCK, IMSTLS_TRUST_TOKEN_AND_PKI, true, IMSTLS_ERR_CLOCK },
  { IMSTLS_ERR_PKI, IMSTLS_TRUST_TOKEN_AND_PKI, true, IMSTLS_ERR_PKI },
  { IMSTLS_ERR_TLS, IMSTLS_TRUST_TOKEN_AND_PKI, true, IMSTLS_ERR_PKI },
  { 0, IMSTLS_TRUST_TOKEN_AND_PKI, true, IMSTLS_ERR_PKI },
  { 1, IMSTLS_TRUST_TOKEN_AND_PKI, true, IMSTLS_OK },
  { IMSTLS_ERR_CLOCK, IMSTLS_TRUST_TOKEN_AND_PKI, false, IMSTLS_ERR_S_TOKEN_MISSING }, /* the time would not help */
  { IMSTLS_ERR_CLOCK, IMSTLS_TRUST_TOKEN_OR_PKI, true, IMSTLS_OK },
  { IMSTLS_ERR_CLOCK, IMSTLS_TRUST_TOKEN_OR_PKI, false, IMSTLS_ERR_CLOCK },
  { IMSTLS_ERR_PKI, IMSTLS_TRUST_TOKEN_OR_PKI, false, IMSTLS_ERR_S_TOKEN_MISSING },
  { 1, IMSTLS_TRUST_TOKEN_OR_PKI, false, IMSTLS_OK },
};

/* Figure 2 and figure 4: TLS from the start, and TLS that was agreed after a challenge in clear. */
START_TEST(reason_is_told)
{
  for (size_t i = 0; i < 2 * (sizeof cases / sizeof cases[0]); i++) {
    bool agree_first = i % 2;
    f->config.policy.flow = agree_first ? IMSTLS_FLOW_AGREE_FIRST : IMSTLS_FLOW_TLS_FIRST;
    f->facts.pki = cases[i / 2].pki;
    begin(cases[i / 2].trust);
    reply(401, fake_challenge_headers(f, cases[i / 2].token ? NULL : no_token));
    if (cases[i / 2].error) {
      ck_refused(cases[i / 2].error);
    } else {
      (void)fake_register(f);
      ok("");
      ck_state(REGISTERED);
      bool by_token = cases[i / 2].token;
      int with_pki = cases[i / 2].pki == 1 ? IMSTLS_TRUST_BY_TOKEN_AND_PKI : IMSTLS_TRUST_BY_TOKEN;
      ck_assert_int_eq(imstls_client_trust(f->client), by_token ? with_pki : IMSTLS_TRUST_BY_PKI);
    }
    end();
  }
}
END_TEST

/* Cores of today make no agreement and know no token: PKI alone vouches for them, and then the time must be known. */
START_TEST(list_is_optional)
{
  static const struct {
    int pki, error;
  } rows[] = { { IMSTLS_ERR_CLOCK, IMSTLS_ERR_CLOCK },
               { 1, IMSTLS_OK },
               { IMSTLS_ERR_PKI, IMSTLS_ERR_S_TOKEN_MISSING } };
  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
    f->config.policy.sec_agree = IMSTLS_SEC_AGREE_OPTIONAL;
    f->facts.pki = rows[i].pki;
    f->security_server = NULL;
    begin(IMSTLS_TRUST_TOKEN_OR_PKI);
    reply(401, fake_challenge_headers(f, no_token));
    if (rows[i].error) {
      ck_retries(rows[i].error);
      ck_silent();
      ck_assert_int_eq(f->card_runs, 0);
    } else {
      (void)fake_register(f);
      ok("");
      ck_state(REGISTERED);
    }
    end();
  }
}
END_TEST

/* Where a list is required, no knowledge of the time would excuse that it is missing. */
START_TEST(list_is_required)
{
  f->facts.pki = IMSTLS_ERR_CLOCK;
  f->security_server = NULL;
  begin(IMSTLS_TRUST_TOKEN_OR_PKI);
  reply(401, fake_challenge_headers(f, no_token));
  (void)fake_register(f);
  ck_state(REGISTERING);
  reply(401, fake_challenge_headers(f, no_token));
  ck_retries(IMSTLS_ERR_SECAGREE_NONE);
}
END_TEST

/* What another flow was told of the time is nothing to the next. */
START_TEST(known_again)
{
  f->facts.pki = IMSTLS_ERR_CLOCK;
  begin(IMSTLS_TRUST_TOKEN_AND_PKI);
  reply(401, fake_challenge_headers(f, NULL));
  ck_refused(IMSTLS_ERR_CLOCK);
  f->facts.pki = 1;
  fake_pass(f, (uint64_t)imstls_client_timeout_ms(f->client));
  (void)fake_register(f);
  (void)challenge();
  ok("");
  ck_state(REGISTERED);
}
END_TEST

SUITE_OF(client_clock, time_is_handed_on, reason_is_told, list_is_optional, list_is_required, known_again)
