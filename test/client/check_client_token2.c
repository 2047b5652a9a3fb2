/* SPDX-License-Identifier: Apache-2.0 */
/* The stronger token in a registration: when it is due, what it must be, and what goes back. The values come from
 * imstls_token2_make, which check_token2.c holds against the published vectors. */
#include "client_help.h"

#include <stdio.h>

enum { RIGHT, WRONG, SHORT, ABSENT };

static imstls_text sni; /* that the P-CSCF got */

/* The 401 with an s_token2 of this kind; `cb` NULL: no such parameter. Gives the c_token2 that belongs to it. */
static void challenge_with(int kind, const char *cb, char c_token2[33])
{
  char s_token2[33], lines[1400];
  const char *headers = fake_challenge_headers(f, NULL), *end = strchr(headers, '\r');
  imstls_token2_input in = { .size = sizeof in, .ck = f->vector.ck, .ik = f->vector.ik, .rand = f->rand };
  in.impi = imstls_i_text(f->config.identity.impi, strlen(f->config.identity.impi));
  in.sni = sni;
  in.binding = IMSTLS_BINDING_EXPORTER;
  in.binding_value = (imstls_bytes){ f->exporter, sizeof f->exporter };
  in.cert = (imstls_bytes){ f->cert, sizeof f->cert };
  ck_assert_int_eq(imstls_token2_make(&in, s_token2, c_token2), IMSTLS_OK);
  if (kind == WRONG)
    s_token2[31] = s_token2[31] == '0' ? '1' : '0';
  if (kind == SHORT)
    s_token2[31] = '\0';
  int n = snprintf(lines, sizeof lines, "%.*s", (int)(end - headers), headers);
  if (kind != ABSENT)
    n += snprintf(lines + n, sizeof lines - (size_t)n, ", s_token2=\"%s\"", s_token2);
  if (cb)
    n += snprintf(lines + n, sizeof lines - (size_t)n, ", cb=\"%s\"", cb);
  snprintf(lines + n, sizeof lines - (size_t)n, "%s", end);
  reply(401, lines);
}

static void begin(int token2)
{
  f->config.policy.token2 = token2;
  f->config.network.server_name = "PCSCF.example."; /* the binding takes what SNI says, in lower case */
  sni = IMSTLS_I_LIT("pcscf.example");
  fake_start(f);
  (void)fake_register(f);
}

START_TEST(right)
{
  static const int policies[] = { IMSTLS_TOKEN2_ALLOWED, IMSTLS_TOKEN2_REQUIRED, IMSTLS_TOKEN2_PINNED };
  for (size_t i = 0; i < 3; i++) {
    char c_token2[33];
    fake_init(f);
    begin(policies[i]);
    challenge_with(RIGHT, "tls-exporter", c_token2);
    imstls_sip_message m = fake_register(f);
    ck_text(auth_param(&m, "c_token2"), c_token2);
    ck_text(auth_param(&m, "cb"), "tls-exporter");
    ck_assert_uint_eq(auth_param(&m, "c_token").len, 24); /* the seed's token goes beside it */
    ok("");
    ck_state(REGISTERED);
    imstls_client_refresh(f->client);
    fake_run(f);
    m = fake_register(f);
    ck_assert_ptr_null(auth_param(&m, "c_token2").ptr); /* only in the direct answer */
    ck_assert(!fake_block_holds(f, c_token2, 32));
    fake_end(f);
    f->client = NULL;
  }
}
END_TEST

static void refused(int token2, int kind, const char *cb, int error)
{
  char c_token2[33];
  fake_init(f);
  begin(token2);
  challenge_with(kind, cb, c_token2);
  ck_retries(error);
  ck_silent();
  ck_no_secret();
  ck_assert_int_eq(f->card_runs, error == IMSTLS_ERR_S_TOKEN2_MISSING ? 0 : 1); /* absence shows before the card */
  const imstls_event *event = fake_event(f, IMSTLS_EVENT_TRUST);
  ck_assert_ptr_nonnull(event);
  ck_assert_int_eq(event->value, IMSTLS_TRUST_BY_NONE);
  ck_assert_int_eq(event->error, error);
  fake_end(f);
  f->client = NULL;
}

START_TEST(not_right)
{
  for (int policy = IMSTLS_TOKEN2_ALLOWED; policy <= IMSTLS_TOKEN2_PINNED; policy++) {
    refused(policy, WRONG, "tls-exporter", IMSTLS_ERR_S_TOKEN2_MISMATCH);
    refused(policy, SHORT, "tls-exporter", IMSTLS_ERR_S_TOKEN2_MISMATCH);
    refused(policy, RIGHT, "tls-unique", IMSTLS_ERR_S_TOKEN2_MISMATCH); /* a binding that nobody checks */
  }
  refused(IMSTLS_TOKEN2_REQUIRED, ABSENT, NULL, IMSTLS_ERR_S_TOKEN2_MISSING);
}
END_TEST

/* Made for another TLS session of the same certificate: what the seed's token cannot tell apart. */
START_TEST(another_session)
{
  char c_token2[33];
  f->exporter_mask = 1;
  begin(IMSTLS_TOKEN2_REQUIRED);
  challenge_with(RIGHT, "tls-exporter", c_token2);
  ck_retries(IMSTLS_ERR_S_TOKEN2_MISMATCH);
  ck_no_secret();
}
END_TEST

START_TEST(no_exporter)
{
  char c_token2[33];
  f->no_exporter = true;
  begin(IMSTLS_TOKEN2_REQUIRED);
  challenge_with(RIGHT, "tls-exporter", c_token2);
  ck_retries(IMSTLS_ERR_S_TOKEN2_MISMATCH);
  ck_no_secret();
}
END_TEST

START_TEST(absent_where_allowed)
{
  char c_token2[33];
  begin(IMSTLS_TOKEN2_ALLOWED);
  challenge_with(ABSENT, NULL, c_token2);
  imstls_sip_message m = fake_register(f);
  ck_assert_ptr_null(auth_param(&m, "c_token2").ptr);
  ok("");
  ck_state(REGISTERED);
}
END_TEST

START_TEST(off_does_not_look)
{
  char c_token2[33];
  begin(IMSTLS_TOKEN2_OFF);
  challenge_with(WRONG, "tls-exporter", c_token2);
  imstls_sip_message m = fake_register(f);
  ck_assert_ptr_null(auth_param(&m, "c_token2").ptr);
}
END_TEST

/* The first success pins the home domain: from then on s_token2 cannot be stripped. */
START_TEST(pinned)
{
  char c_token2[33];
  begin(IMSTLS_TOKEN2_PINNED);
  challenge_with(ABSENT, NULL, c_token2);
  (void)fake_register(f); /* nothing is known of this domain yet */
  imstls_client_free(f->client);
  begin(IMSTLS_TOKEN2_PINNED);
  challenge_with(RIGHT, "tls-exporter", c_token2);
  (void)fake_register(f);
  imstls_client_free(f->client);
  begin(IMSTLS_TOKEN2_PINNED);
  int runs = f->card_runs;
  challenge_with(ABSENT, NULL, c_token2);
  ck_retries(IMSTLS_ERR_S_TOKEN2_MISSING);
  ck_silent();
  ck_assert_int_eq(f->card_runs, runs);
}
END_TEST

/* A pin that cannot be stored is told; what was proven is proven. */
START_TEST(pin_not_stored)
{
  for (int failing = 0; failing < 2; failing++) {
    char c_token2[33];
    fake_init(f);
    f->store_error = failing ? IMSTLS_ERR_STORAGE : 0;
    begin(IMSTLS_TOKEN2_PINNED);
    challenge_with(RIGHT, "tls-exporter", c_token2);
    imstls_sip_message m = fake_register(f);
    ck_text(auth_param(&m, "c_token2"), c_token2);
    ck_storage_told(failing, "s_token2 pin not stored");
    f->store_error = 0;
    ok("");
    ck_state(REGISTERED);
    ck_assert_int_eq(f->pinned, !failing);
    fake_end(f);
    f->client = NULL;
  }
}
END_TEST

/* A pin that cannot be read may be one: only s_token2 itself, or a policy without pins, makes that not matter. */
START_TEST(pin_not_read)
{
  static const int failures[] = { IMSTLS_ERR_STORAGE, -1 };
  for (size_t i = 0; i < 2; i++) {
    char c_token2[33];
    fake_init(f);
    f->load_error = failures[i];
    begin(IMSTLS_TOKEN2_PINNED);
    challenge_with(ABSENT, NULL, c_token2);
    ck_retries(IMSTLS_ERR_STORAGE);
    ck_assert_int_eq(fake_event(f, IMSTLS_EVENT_CHALLENGE)->error, IMSTLS_ERR_STORAGE);
    ck_silent();
    ck_no_secret();
    ck_assert_int_eq(f->card_runs, 0);
    fake_end(f);
    for (int policy = IMSTLS_TOKEN2_ALLOWED; policy <= IMSTLS_TOKEN2_PINNED; policy += 2) {
      fake_init(f);
      f->load_error = failures[i];
      begin(policy);
      challenge_with(policy == IMSTLS_TOKEN2_PINNED ? RIGHT : ABSENT, "tls-exporter", c_token2);
      (void)fake_register(f);
      ok("");
      ck_state(REGISTERED);
      fake_end(f);
    }
    f->client = NULL;
  }
}
END_TEST

/* The name that counts is the one that TLS was told: the P-CSCF's own, and none for an IP literal. */
START_TEST(without_a_name_of_its_own)
{
  static const struct {
    const char *pcscf, *server_name, *sni;
  } rows[] = { { "pcscf7.example.:5061", NULL, "pcscf7.example" },
               { "192.0.2.7", NULL, "" },
               { "[2001:db8::7]", NULL, "" },
               { "192.0.2.7", "pcscf7.example", "pcscf7.example" },
               { "pcscf7.example", "192.0.2.7", "" } };
  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
    char c_token2[33];
    fake_init(f);
    f->config.policy.token2 = IMSTLS_TOKEN2_REQUIRED;
    f->config.network.pcscf = rows[i].pcscf;
    f->config.network.server_name = rows[i].server_name;
    sni = imstls_i_text(rows[i].sni, strlen(rows[i].sni));
    fake_start(f);
    (void)fake_register(f);
    challenge_with(RIGHT, "tls-exporter", c_token2);
    (void)fake_register(f);
    ok("");
    ck_state(REGISTERED);
    fake_end(f);
    f->client = NULL;
  }
}
END_TEST

SUITE_OF(client_token2, without_a_name_of_its_own, right, not_right, another_session, no_exporter, absent_where_allowed,
         off_does_not_look, pinned, pin_not_stored, pin_not_read)
