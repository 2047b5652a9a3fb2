/* SPDX-License-Identifier: Apache-2.0 */
/* Sessions that outlive their connection: saved once trusted, offered only under the same terms. */
#include "client_help.h"

static void store_session(void)
{
  fake_register_whole(f);
  ck_assert_int_eq(f->stored, 1);
  imstls_client_free(f->client);
  f->client = NULL;
  f->sent_seen = f->sent_len;
}

START_TEST(nothing_saved_before_trust)
{
  fake_start(f);
  (void)fake_register(f);
  (void)challenge();
  ck_assert_int_eq(f->stored, 0);
  ok("");
  ck_assert_int_eq(f->stored, 1);
}
END_TEST

START_TEST(resumed)
{
  store_session();
  f->facts.resumed = 1;
  fake_start(f);
  ck_assert_int_eq(f->resume_offered, 1);
  ck_assert_int_eq(imstls_client_trust(f->client), IMSTLS_TRUST_BY_RESUMPTION);
  (void)fake_register(f);
  ok(""); /* no challenge is needed on a trusted channel */
  ck_state(REGISTERED);
  ck_assert_int_eq(f->card_runs, 1);
}
END_TEST

START_TEST(resumed_and_challenged)
{
  store_session();
  f->facts.resumed = 1;
  fake_start(f);
  (void)fake_register(f);
  imstls_sip_message m = challenge();
  ck_assert_uint_eq(auth_param(&m, "c_token").len, 24);
  ok("");
  ck_state(REGISTERED);
  ck_assert_int_eq(f->stored, 2); /* the old record is replaced */
}
END_TEST

START_TEST(resumed_wrong_token)
{
  store_session();
  f->facts.resumed = 1;
  fake_start(f);
  (void)fake_register(f);
  reply(401, fake_challenge_headers(f, "0123456789abcdef01234567"));
  ck_retries(IMSTLS_ERR_S_TOKEN_MISMATCH);
  ck_assert_uint_eq(f->record_len, 0);
}
END_TEST

START_TEST(not_resumed_is_not_trusted)
{
  store_session();
  f->facts.resumed = 0; /* the server wanted a full handshake */
  fake_start(f);
  ck_assert_int_eq(f->resume_offered, 1);
  (void)fake_register(f);
  ok("");
  ck_retries(IMSTLS_ERR_NO_CHALLENGE);
}
END_TEST

START_TEST(resumed_unasked)
{
  f->facts.resumed = 1;
  fake_start(f);
  ck_state(WAITING);
  ck_assert_int_eq(imstls_client_error(f->client), IMSTLS_ERR_TLS_PROPERTIES);
  ck_silent();
}
END_TEST

START_TEST(resumed_without_extended_master_secret)
{
  store_session();
  f->facts.resumed = 1;
  f->facts.extended_ms = 0;
  fake_start(f);
  ck_silent();
  ck_assert_int_eq(imstls_client_error(f->client), IMSTLS_ERR_TLS_PROPERTIES);
}
END_TEST

START_TEST(unknown_properties)
{
  for (int i = 0; i < 2; i++) {
    f->facts.resumed = i ? -1 : 0;
    f->facts.extended_ms = i ? 1 : -1;
    fake_start(f);
    ck_silent();
    ck_assert_int_eq(imstls_client_error(f->client), IMSTLS_ERR_TLS_PROPERTIES);
    imstls_client_free(f->client);
  }
  f->client = NULL;
}
END_TEST

/* Any term that differs: a full handshake. */
START_TEST(other_terms)
{
  for (int i = 0; i < 9; i++) {
    fake_init(f);
    store_session();
    switch (i) {
    case 0: f->config.identity.impi = "001010000000002@ims.mnc001.mcc001.3gppnetwork.org"; break;
    case 1: f->config.network.server_name = "other.example"; break;
    case 2: f->config.network.pcscf = "192.0.2.3"; break;
    case 3: f->config.policy.trust = IMSTLS_TRUST_TOKEN_OR_PKI; break;
    case 4: f->config.network.tls_port = 5071; break;
    case 5: f->config.policy.psk = IMSTLS_PSK_ALLOW; break;
    case 6: f->config.policy.token2 = IMSTLS_TOKEN2_ALLOWED; break;
    case 7: f->config.policy.sec_agree = IMSTLS_SEC_AGREE_OFF; break;
    default: f->record[3] ^= 1; break;
    }
    fake_start(f);
    (void)fake_register(f);
    ck_assert_int_eq(f->resume_offered, 0);
    imstls_client_free(f->client);
    f->client = NULL;
  }
}
END_TEST

START_TEST(record_of_nothing)
{
  store_session();
  for (size_t len = 0; len < 80; len += 3) {
    f->record_len = len;
    fake_start(f);
    (void)fake_register(f);
    ck_assert_int_eq(f->resume_offered, 0);
    imstls_client_free(f->client);
  }
  f->client = NULL;
}
END_TEST

static int load_result;

/* Writes to the end of the room, and then says that it failed, or that it needs more. */
static int load_badly(void *user, const char *name, uint8_t *out, size_t cap)
{
  (void)user;
  (void)name;
  memcpy(out + cap - 8, "SESSION!", 8);
  return load_result;
}

/* Of a record nothing stays in memory: saved, offered, of other terms, or not read. */
START_TEST(record_leaves_nothing)
{
  for (int i = 0; i < 4; i++) {
    fake_init(f);
    fake_register_whole(f);
    ck_assert_int_eq(f->stored, 1);
    ck_assert(!fake_block_holds(f, "SESSION!", 8));
    imstls_client_free(f->client);
    f->sent_seen = f->sent_len;
    f->facts.resumed = i == 0;
    if (i == 1)
      f->config.identity.impi = "001010000000002@ims.mnc001.mcc001.3gppnetwork.org";
    if (i > 1)
      f->config.ports.load = load_badly;
    load_result = i == 2 ? IMSTLS_ERR_STORAGE : 1 << 20;
    fake_start(f);
    ck_assert_int_eq(f->resume_offered, i == 0);
    ck_assert(!fake_block_holds(f, "SESSION!", 8));
    fake_end(f);
    f->client = NULL;
  }
}
END_TEST

/* What storage cannot do is told, and costs no more than a full handshake. */
START_TEST(record_not_stored)
{
  fake_start(f);
  (void)fake_register(f);
  (void)challenge();
  f->store_error = IMSTLS_ERR_STORAGE;
  ok("");
  ck_state(REGISTERED);
  ck_storage_told(1, "record not stored");
  ck_assert_int_eq(f->stored, 0);
}
END_TEST

START_TEST(record_not_read)
{
  store_session();
  f->load_error = IMSTLS_ERR_STORAGE;
  fake_start(f);
  ck_storage_told(1, "record not read");
  ck_assert_int_eq(f->resume_offered, 0);
  (void)fake_register(f);
  (void)challenge();
  ok("");
  ck_state(REGISTERED);
}
END_TEST

/* The end of a registration has its own error; the record that stays is told before it. */
START_TEST(record_not_forgotten)
{
  store_session();
  f->facts.resumed = 1;
  fake_start(f);
  (void)fake_register(f);
  f->store_error = IMSTLS_ERR_STORAGE;
  reply(401, fake_challenge_headers(f, "0123456789abcdef01234567"));
  ck_retries(IMSTLS_ERR_S_TOKEN_MISMATCH);
  ck_storage_told(1, "record not deleted");
  ck_assert(fake_event(f, IMSTLS_EVENT_POLICY) < fake_event(f, IMSTLS_EVENT_RETRY));
}
END_TEST

START_TEST(storage_that_works_is_not_told)
{
  store_session();
  f->facts.resumed = 1;
  fake_start(f);
  (void)fake_register(f);
  (void)challenge();
  ok("");
  ck_state(REGISTERED);
  ck_storage_told(0, "");
}
END_TEST

/* ---- how long it counts, and what it was trusted by ---- */

enum { HOUR = 3600, DAY = 24 * HOUR };

/* Registered by a token or an offered session, for so long; then the phone is off for a while. */
static void live(unsigned granted_s, int64_t off_s)
{
  fake_ok_for(f, "", granted_s);
  fake_run(f);
  ck_state(REGISTERED);
  imstls_client_free(f->client);
  f->client = NULL;
  f->sent_seen = f->sent_len;
  f->wall_s += off_s;
  f->facts.resumed = 1;
}

static void register_by_token(unsigned granted_s, int64_t off_s)
{
  f->facts.resumed = 0;
  fake_start(f);
  (void)fake_register(f);
  (void)challenge();
  live(granted_s, off_s);
}

/* Is the session offered to the next connection? */
static bool is_offered(void)
{
  int before = f->resume_offered;
  fake_start(f);
  bool offered = f->resume_offered > before;
  if (offered)
    ck_assert_int_eq(imstls_client_trust(f->client), IMSTLS_TRUST_BY_RESUMPTION);
  (void)fake_register(f);
  return offered;
}

static void off(void)
{
  imstls_client_free(f->client);
  f->client = NULL;
}

/* One day, or as long as the registration, and not before it was saved. */
START_TEST(age)
{
  static const struct {
    unsigned granted_s;
    int64_t off_s;
    bool offered;
  } rows[] = { { 600000, 0, true },   { 600000, DAY - 1, true }, { 600000, DAY, false }, { 3600, 3599, true },
               { 3600, 3600, false }, { 600000, -1, false },     { 600000, -DAY, false } };
  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
    fake_init(f);
    register_by_token(rows[i].granted_s, rows[i].off_s);
    if (!rows[i].offered)
      f->facts.resumed = 0;
    ck_assert_msg(is_offered() == rows[i].offered, "row %zu", i);
    off();
  }
}
END_TEST

START_TEST(age_is_a_setting)
{
  f->config.policy.session_age_s = 100;
  register_by_token(600000, 99);
  ck_assert(is_offered());
  off();
  f->wall_s++;
  f->facts.resumed = 0;
  ck_assert(!is_offered());
}
END_TEST

/* A P-CSCF that was trusted once does not keep us without a new vector for ever: each record of a resumed session ends
 * when the first one did, however often it is resumed. */
START_TEST(chain_ends)
{
  register_by_token(600000, 0);
  for (int64_t hour = 0; hour < 24; hour++) {
    ck_assert_msg(is_offered(), "after %d h", (int)hour);
    live(600000, HOUR);
  }
  f->facts.resumed = 0;
  ck_assert(!is_offered());
  ck_assert_int_eq(f->card_runs, 1);
}
END_TEST

/* A new AKA run on a resumed session makes its trust new. */
START_TEST(chain_begins_anew)
{
  register_by_token(600000, 23 * HOUR);
  ck_assert(is_offered());
  (void)challenge();
  live(600000, 23 * HOUR);
  ck_assert(is_offered());
}
END_TEST

/* Who does not know the time cannot tell an old session from a new one. */
START_TEST(no_clock)
{
  f->wall_s = -1;
  register_by_token(600000, 0);
  ck_assert_int_eq(f->stored, 0);
  ck_assert_uint_eq(f->record_len, 0);
  f->wall_s = 1700000000;
  register_by_token(600000, 0);
  ck_assert_int_eq(f->stored, 1);
  f->wall_s = -1;
  f->facts.resumed = 0;
  ck_assert(!is_offered());
}
END_TEST

static void trust_pki(int32_t policy)
{
  f->config.policy.trust = policy;
  f->facts.pki = 1;
}

/* PKI verified the certificate when the session began. A resumed one has no certificate to verify, and is challenged:
 * what was verified then counts, and a token is no more due than it was. */
static void pki_resumed(int32_t policy, const char *token, int trust)
{
  trust_pki(policy);
  fake_start(f);
  (void)fake_register(f);
  reply(401, fake_challenge_headers(f, token));
  (void)fake_register(f);
  live(600000, HOUR);
  f->facts.pki = 0;
  ck_assert(is_offered());
  reply(401, fake_challenge_headers(f, token));
  (void)fake_register(f);
  ck_state(ANSWERING);
  ck_assert_int_eq(imstls_client_trust(f->client), trust);
  ok("");
  ck_state(REGISTERED);
}

START_TEST(pki_resumed_and_challenged) { pki_resumed(IMSTLS_TRUST_TOKEN_OR_PKI, "", IMSTLS_TRUST_BY_PKI); }
END_TEST

START_TEST(pki_and_token_resumed_and_challenged)
{
  pki_resumed(IMSTLS_TRUST_TOKEN_AND_PKI, NULL, IMSTLS_TRUST_BY_TOKEN_AND_PKI);
}
END_TEST

/* Trusted by its token alone, a session needs one again. */
START_TEST(token_resumed_is_not_pki)
{
  f->config.policy.trust = IMSTLS_TRUST_TOKEN_OR_PKI;
  register_by_token(600000, HOUR);
  ck_assert(is_offered());
  reply(401, fake_challenge_headers(f, ""));
  ck_retries(IMSTLS_ERR_S_TOKEN_MISSING);
}
END_TEST

SUITE_OF(client_resume, record_not_stored, record_not_read, record_not_forgotten, storage_that_works_is_not_told,
         nothing_saved_before_trust, resumed, resumed_and_challenged, resumed_wrong_token, not_resumed_is_not_trusted,
         resumed_unasked, resumed_without_extended_master_secret, unknown_properties, other_terms,
         record_leaves_nothing, record_of_nothing, age, age_is_a_setting, chain_ends, chain_begins_anew, no_clock,
         pki_resumed_and_challenged, pki_and_token_resumed_and_challenged, token_resumed_is_not_pki)
