/* SPDX-License-Identifier: Apache-2.0 */
/* What the client makes of its TLS session: failures and their codes. */
#include "client_help.h"

#include <stdio.h>

static char logged[2048];

static void on_log(void *user, imstls_text line)
{
  size_t used = strlen(logged);
  (void)user;
  ck_assert_uint_lt(used + line.len + 2, sizeof logged);
  memcpy(logged + used, line.ptr, line.len);
  memcpy(logged + used + line.len, "\n", 2);
}

static int last_error(void *user)
{
  (void)user;
  return -77;
}

static void fail_with(int code, const char *words)
{
  logged[0] = '\0';
  f->tls_code = code;
  f->tls_words = words;
  f->config.callbacks.on_log = on_log;
}

static void ck_told(int code, const char *line)
{
  ck_assert_int_eq(imstls_client_tls_error(f->client), code);
  ck_assert_msg(strstr(logged, line) != NULL, "%s", logged);
}

START_TEST(handshake_fails)
{
  fail_with(-28800, "SSL - The requested feature is not available");
  f->handshake_result = IMSTLS_ERR_TLS_FRAGMENTED;
  fake_start(f);
  ck_retries(IMSTLS_ERR_TLS_FRAGMENTED);
  ck_told(-28800, "state 2: TLS failed with -28800 SSL - The requested feature is not available\n");
}
END_TEST

static void once(struct fake *world, const imstls_event *event)
{
  if (event->type == IMSTLS_EVENT_LOST)
    world->read_result = 0;
}

/* After the registration: told as what it is, and a new attempt at once. */
START_TEST(flow_fails)
{
  static const int errors[] = { IMSTLS_ERR_TLS_KEY_UPDATE, IMSTLS_ERR_TLS };
  for (size_t i = 0; i < sizeof errors / sizeof errors[0]; i++) {
    fake_init(f);
    fail_with(-30464, "words");
    fake_register_whole(f);
    ck_assert_int_eq(imstls_client_tls_error(f->client), 0);
    f->read_result = errors[i];
    f->hook = once;
    fake_run(f);
    ck_lost(errors[i]);
    ck_told(-30464, "state 6: TLS failed with -30464 words\n");
    (void)fake_register(f);
    fake_end(f);
    f->client = NULL;
  }
}
END_TEST

/* TLS is not to blame for every loss. */
START_TEST(network_fails)
{
  fail_with(0, "words");
  fake_register_whole(f);
  f->closed = true;
  imstls_client_step(f->client);
  ck_assert_ptr_nonnull(fake_event(f, IMSTLS_EVENT_LOST));
  ck_assert_int_eq(imstls_client_tls_error(f->client), 0);
  ck_assert_ptr_null(strstr(logged, "TLS failed"));
}
END_TEST

static int endless(void *user, int session, char *text, size_t cap)
{
  (void)user;
  (void)session;
  memset(text, 'x', cap);
  return -1;
}

/* A TLS part that has no codes for its sessions, one that has none at all, and a text that does not end. */
START_TEST(other_parts)
{
  for (int i = 0; i < 3; i++) {
    fake_init(f);
    fail_with(-1, NULL);
    imstls_tls other = *f->config.ports.tls;
    other.last_error = i == 1 ? NULL : last_error;
    other.failure = i < 2 ? NULL : endless;
    f->config.ports.tls = &other;
    f->handshake_result = IMSTLS_ERR_TLS;
    fake_start(f);
    ck_retries(IMSTLS_ERR_TLS);
    const char *const lines[] = { "TLS failed with -77 \n", "", "TLS failed with -1 xxxxxx" };
    const int codes[] = { -77, 0, -1 };
    ck_told(codes[i], lines[i]);
    if (i == 2)
      ck_assert_uint_eq(strspn(strchr(logged, 'x'), "x"), 127);
    fake_end(f);
    f->client = NULL;
  }
}
END_TEST

static int not_opened(void *user, const imstls_tls_open *how)
{
  (void)user;
  (void)how;
  return IMSTLS_ERR_TLS;
}

/* There is no session to ask. */
START_TEST(session_is_not_opened)
{
  for (int i = 0; i < 2; i++) {
    fake_init(f);
    fail_with(-5, "words");
    imstls_tls other = *f->config.ports.tls;
    other.last_error = i == 0 ? last_error : NULL;
    other.open = not_opened;
    f->config.ports.tls = &other;
    fake_start(f);
    ck_retries(IMSTLS_ERR_TLS);
    ck_assert_int_eq(imstls_client_tls_error(f->client), i == 0 ? -77 : 0);
    fake_end(f);
    f->client = NULL;
  }
}
END_TEST

/* ---- TLS 1.2 alone, for a server that insists on RSA-PSS there ---- */

static int lowered, then; /* how often, and what the handshake gives after it */

static void at_policy(struct fake *world, const imstls_event *event)
{
  if (event->type != IMSTLS_EVENT_POLICY || event->error != IMSTLS_ERR_TLS_PSS)
    return;
  lowered++;
  ck_assert_uint_eq(world->last_tls.max_version, 0);
  world->handshake_result = then;
}

static void insist_on_pss(int result)
{
  lowered = 0;
  then = result;
  f->handshake_result = IMSTLS_ERR_TLS_PSS;
  f->hook = at_policy;
}

START_TEST(once_more_with_tls12)
{
  insist_on_pss(IMSTLS_OK);
  fake_start(f);
  ck_assert_int_eq(lowered, 1);
  ck_assert_int_eq(f->opened, 2);
  ck_assert_int_eq(f->tls_closed, 1);
  ck_assert_uint_eq(f->last_tls.max_version, 12);
  (void)fake_register(f);
  (void)challenge();
  ok("");
  ck_state(REGISTERED);
  ck_assert_int_eq(imstls_client_trust(f->client), IMSTLS_TRUST_BY_TOKEN);
  /* What was learned does not outlive the flow. */
  f->closed = true;
  fake_run(f);
  ck_assert_ptr_nonnull(fake_event(f, IMSTLS_EVENT_LOST));
  ck_assert_uint_eq(f->last_tls.max_version, 0);
  (void)fake_register(f);
}
END_TEST

/* The answer to the challenge waits for TLS, and waits on. */
START_TEST(once_more_in_figure_4)
{
  f->config.policy.flow = IMSTLS_FLOW_AGREE_FIRST;
  insist_on_pss(IMSTLS_OK);
  fake_start(f);
  (void)fake_register(f);
  (void)challenge();
  ck_assert_int_eq(lowered, 1);
  ck_assert_int_eq(f->opened, 3);
  ck_assert_uint_eq(f->last_tls.max_version, 12);
  ok("");
  ck_state(REGISTERED);
  ck_assert_int_eq(imstls_client_trust(f->client), IMSTLS_TRUST_BY_TOKEN);
}
END_TEST

/* Once, whatever the second try comes to; nothing of the REGISTER leaves. */
START_TEST(once_alone)
{
  static const int results[] = { IMSTLS_ERR_TLS_PSS, IMSTLS_ERR_TLS_DOWNGRADE, IMSTLS_ERR_TLS, IMSTLS_ERR_TLS_ALERT };
  for (size_t i = 0; i < sizeof results / sizeof results[0]; i++) {
    fake_init(f);
    insist_on_pss(results[i]);
    fake_start(f);
    ck_assert_int_eq(lowered, 1);
    ck_assert_int_eq(f->opened, 2);
    ck_retries(results[i]);
    ck_silent();
    f->handshake_result = IMSTLS_ERR_TLS_PSS;
    fake_pass(f, 40000); /* the next attempt begins from above */
    ck_assert_int_eq(lowered, 2);
    ck_assert_int_eq(f->opened, 4);
    fake_end(f);
    f->client = NULL;
  }
}
END_TEST

START_TEST(other_failures)
{
  static const int errors[] = { IMSTLS_ERR_TLS,          IMSTLS_ERR_TLS_ALERT,     IMSTLS_ERR_TLS_REFUSED,
                                IMSTLS_ERR_TLS_CERT,     IMSTLS_ERR_TLS_DOWNGRADE, IMSTLS_ERR_TLS_FRAGMENTED,
                                IMSTLS_ERR_CERT_TOO_LONG };
  for (size_t i = 0; i < sizeof errors / sizeof errors[0]; i++) {
    fake_init(f);
    insist_on_pss(IMSTLS_OK);
    f->handshake_result = errors[i];
    fake_start(f);
    ck_assert_int_eq(f->opened, 1);
    ck_retries(errors[i]);
    fake_end(f);
    f->client = NULL;
  }
}
END_TEST

static int two_addresses(void *user, const imstls_net_query *query, imstls_address *out, size_t cap, size_t *count)
{
  (void)user;
  (void)query;
  ck_assert_uint_ge(cap, 2);
  ck_assert_int_eq(imstls_address_parse(IMSTLS_I_LIT("192.0.2.7"), &out[0]), IMSTLS_OK);
  ck_assert_int_eq(imstls_address_parse(IMSTLS_I_LIT("192.0.2.8"), &out[1]), IMSTLS_OK);
  *count = 2;
  return IMSTLS_OK;
}

static int (*fake_connected)(void *user, imstls_socket s, imstls_address *local);
static int refused_after; /* connections to the first address from this one on; 0: none */

static int connected(void *user, imstls_socket s, imstls_address *local)
{
  bool first = f->last_open.remote.ip[3] == 7;
  if (first && refused_after && f->opened >= refused_after)
    return IMSTLS_ERR_CONNECT;
  return fake_connected(user, s, local);
}

/* The second try goes to the address that was tried; another one that takes its place has earned none. */
START_TEST(at_the_same_address)
{
  for (int i = 0; i < 2; i++) {
    fake_init(f);
    imstls_net net = *f->config.ports.net;
    fake_connected = net.connected;
    refused_after = i ? 2 : 0;
    net.resolve = two_addresses;
    net.connected = connected;
    f->config.ports.net = &net;
    f->config.network.pcscf = "pcscf.example";
    insist_on_pss(IMSTLS_OK);
    fake_start(f);
    ck_assert_int_eq(f->opened, i ? 3 : 2);
    ck_assert_int_eq(f->last_open.remote.ip[3], i ? 8 : 7);
    ck_assert_uint_eq(f->last_tls.max_version, i ? 0 : 12);
    (void)fake_register(f);
    fake_end(f);
    f->client = NULL;
  }
}
END_TEST

/* ---- silence instead of a handshake ---- */

#define IPSEC_OFFER "ipsec-3gpp;alg=hmac-sha-1-96;ealg=null, tls"
#define IPSEC_SERVER                                                                                                   \
  "ipsec-3gpp;q=0.3;alg=hmac-sha-1-96;ealg=null;prot=esp;mod=trans;spi-c=5001;spi-s=5002;port-c=5063;port-s=5064"

static void may_fall_back(void)
{
  f->config.policy.offer = IPSEC_OFFER;
  f->config.policy.fallback = IMSTLS_FALLBACK_IPSEC;
  f->security_server = IPSEC_SERVER;
  f->handshake_result = IMSTLS_WANT_READ;
}

/* Figure 5: whoever says nothing refuses TLS, within a limit of its own. */
START_TEST(silence_is_refusal)
{
  static const struct {
    uint32_t handshake_ms, fallback_ms, limit;
  } rows[] = { { 0, 0, 8000 }, { 20000, 3000, 3000 }, { 5000, 0, 5000 }, { 5000, 9000, 5000 }, { 1, 1, 1 } };
  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
    fake_init(f);
    may_fall_back();
    f->config.timers.handshake_ms = rows[i].handshake_ms;
    f->config.timers.fallback_ms = rows[i].fallback_ms;
    fake_start(f);
    fake_pass(f, rows[i].limit - 1);
    ck_state(SECURING);
    ck_assert_int_eq(f->opened, 1);
    fake_pass(f, 1);
    ck_assert_int_eq(fake_event(f, IMSTLS_EVENT_POLICY)->error, IMSTLS_ERR_TIMEOUT);
    ck_assert_int_eq(f->last_open.remote.port, 5060);
    ck_assert_int_eq(f->tls_closed, 1);
    (void)fake_register(f);
    fake_end(f);
    f->client = NULL;
  }
}
END_TEST

START_TEST(silence_then_figure_5)
{
  NEEDS_OCTETS();
  may_fall_back();
  fake_start(f);
  fake_pass(f, 8000);
  (void)fake_register(f);
  imstls_sip_message m = challenge();
  ck_assert(fake_response_right(f, &m, NULL));
  ok("");
  ck_state(REGISTERED);
  ck_assert_int_eq(imstls_client_trust(f->client), IMSTLS_TRUST_BY_IPSEC);
}
END_TEST

/* Without that policy, and where RES waits for this very handshake, it has its whole time and leads nowhere. */
START_TEST(silence_is_failure)
{
  for (int held = 0; held < 2; held++) {
    fake_init(f);
    may_fall_back();
    f->security_server = "tls";
    if (held)
      f->config.policy.flow = IMSTLS_FLOW_AGREE_FIRST;
    else
      f->config.policy.fallback = IMSTLS_FALLBACK_NONE;
    fake_start(f);
    if (held) {
      (void)fake_register(f);
      fake_challenge(f);
      fake_run(f);
    }
    ck_state(SECURING);
    fake_pass(f, 19999);
    ck_state(SECURING);
    fake_pass(f, 1);
    ck_retries(IMSTLS_ERR_TIMEOUT);
    ck_assert_int_eq(f->opened, 1 + held);
    ck_assert_ptr_null(fake_event(f, IMSTLS_EVENT_POLICY));
    fake_end(f);
    f->client = NULL;
  }
}
END_TEST

/* After the handshake silence is no refusal of TLS, nor is the reset of a registered flow: the next one
 * begins with TLS. */
START_TEST(silence_later)
{
  may_fall_back();
  f->handshake_result = IMSTLS_OK;
  f->security_server = "tls";
  fake_start(f);
  (void)fake_register(f);
  fake_pass(f, 128000); /* timer F */
  ck_assert_int_eq(count_events(IMSTLS_EVENT_POLICY), 1);
  ck_assert_str_eq(fake_line(f, IMSTLS_EVENT_POLICY), "no answer of the P-CSCF so far");
  ck_retries(IMSTLS_ERR_TIMEOUT);
  fake_end(f);
  fake_init(f);
  may_fall_back();
  f->handshake_result = IMSTLS_OK;
  f->security_server = "tls";
  fake_register_whole(f);
  f->handshake_result = IMSTLS_WANT_READ;
  f->closed = true;
  fake_run(f);
  ck_lost(IMSTLS_ERR_CONNECTION);
  ck_state(SECURING);
  ck_assert_int_eq(f->last_open.remote.port, 5061);
  ck_assert_ptr_null(fake_event(f, IMSTLS_EVENT_POLICY));
}
END_TEST

static const int ends[] = { IMSTLS_ERR_CONNECTION, IMSTLS_ERR_TLS_REFUSED };

/* Registered over TLS, and lost; what comes next is reset or closed in its handshake. */
static void register_lose_and_break(int end)
{
  fake_init(f);
  may_fall_back();
  f->security_server = "tls";
  f->handshake_result = IMSTLS_OK;
  fake_register_whole(f);
  f->event_count = 0;
  f->handshake_result = end;
}

/* A reconnect that breaks is a lost connection: nobody refused TLS. */
START_TEST(reconnect_breaks)
{
  for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
    register_lose_and_break(ends[i]);
    f->closed = true;
    for (int attempt = 0; attempt < 3; attempt++) {
      fake_run(f);
      ck_retries(IMSTLS_ERR_CONNECTION);
      ck_assert_ptr_null(fake_event(f, IMSTLS_EVENT_POLICY));
      ck_assert_int_eq(f->last_open.remote.port, 5061);
      fake_pass(f, (uint64_t)imstls_client_timeout_ms(f->client));
    }
    fake_end(f);
    f->client = NULL;
  }
}
END_TEST

/* In another network, and where the application begins anew, it is a refusal again. */
START_TEST(moved_and_refused)
{
  for (int again = 0; again < 2; again++) {
    register_lose_and_break(IMSTLS_ERR_CONNECTION);
    if (again) {
      imstls_client_stop(f->client);
      ck_assert_int_eq(imstls_client_register(f->client), IMSTLS_OK);
    } else
      ck_assert_int_eq(imstls_client_network_changed(f->client), IMSTLS_OK);
    fake_run(f);
    ck_assert_int_eq(fake_event(f, IMSTLS_EVENT_POLICY)->error, IMSTLS_ERR_TLS_REFUSED);
    ck_assert_int_eq(f->last_open.remote.port, 5060);
    fake_end(f);
    f->client = NULL;
  }
}
END_TEST

/* ---- the certificate ---- */

/* TLS shows another one than in the handshake, and a token that fits it: a renegotiation, say. */
START_TEST(certificate_changes)
{
  fake_start(f);
  (void)fake_register(f);
  f->cert[7] ^= 1;
  fake_challenge(f);
  fake_run(f);
  ck_retries(IMSTLS_ERR_TLS_PROPERTIES);
  ck_silent();
  ck_no_secret();
}
END_TEST

START_TEST(certificate_changes_later)
{
  fake_register_whole(f);
  imstls_client_refresh(f->client);
  fake_run(f);
  (void)fake_register(f);
  f->cert[399] ^= 1;
  fake_challenge(f);
  fake_run(f);
  ck_lost(IMSTLS_ERR_TLS_PROPERTIES);
  ck_no_secret();
}
END_TEST

/* TLS says that it cannot change: then nobody looks for it, and the token is judged over what TLS shows. */
START_TEST(certificate_is_final)
{
  for (uint32_t final = 0; final < 3; final++) {
    fake_init(f);
    f->facts.cert_is_final = final;
    fake_start(f);
    (void)fake_register(f);
    f->cert[7] ^= 1;
    fake_challenge(f);
    fake_run(f);
    if (final == 1) {
      imstls_sip_message m = fake_register(f);
      ck_assert(auth_param(&m, "c_token").len > 0);
    } else {
      ck_retries(IMSTLS_ERR_TLS_PROPERTIES);
      ck_no_secret();
    }
    fake_end(f);
    f->client = NULL;
  }
}
END_TEST

static int (*fake_facts)(void *user, int session, imstls_tls_facts *facts);
static int facts_left; /* calls that work */

static int some_facts(void *user, int session, imstls_tls_facts *facts)
{
  return facts_left-- > 0 ? fake_facts(user, session, facts) : IMSTLS_ERR_STATE;
}

/* TLS shows none any more; under PKI s_token2 alone may be due. */
START_TEST(certificate_is_gone)
{
  for (int pki = 0; pki < 2; pki++) {
    char headers[900];
    fake_init(f);
    imstls_tls other = *f->config.ports.tls;
    fake_facts = other.facts;
    other.facts = some_facts;
    facts_left = 1;
    f->config.ports.tls = &other;
    f->facts.pki = pki;
    f->config.policy.token2 = IMSTLS_TOKEN2_ALLOWED;
    f->config.policy.trust = IMSTLS_TRUST_TOKEN_OR_PKI;
    fake_start(f);
    (void)fake_register(f);
    const char *lines = fake_challenge_headers(f, pki ? "" : NULL), *end = strchr(lines, '\r');
    snprintf(headers, sizeof headers, "%.*s, s_token2=\"%032d\", cb=\"tls-exporter\"%s", (int)(end - lines), lines, 0,
             end);
    fake_reply(f, 401, "Unauthorized", headers);
    fake_run(f);
    ck_retries(IMSTLS_ERR_TLS_PROPERTIES);
    ck_silent();
    ck_no_secret();
    fake_end(f);
    f->client = NULL;
  }
}
END_TEST

/* A long one takes no memory of the client's. */
START_TEST(certificate_is_long)
{
  static uint8_t der[16385];
  static const struct {
    uint32_t max, len;
    bool taken;
  } rows[] = {
    { 0, 16384, true }, { 0, 16385, false }, { 100, 100, true }, { 100, 101, false }, { 16385, 16385, true }
  };
  size_t size = imstls_client_size(&f->config);
  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
    fake_init(f);
    f->config.limits.cert_max = rows[i].max;
    ck_assert_uint_eq(imstls_client_size(&f->config), size);
    f->facts.cert = (imstls_bytes){ der, rows[i].len };
    fake_start(f);
    if (rows[i].taken) {
      (void)fake_register(f);
    } else
      ck_retries(IMSTLS_ERR_CERT_TOO_LONG);
    fake_end(f);
    f->client = NULL;
  }
}
END_TEST

SUITE_OF(client_tls, certificate_changes, certificate_changes_later, certificate_is_final, certificate_is_gone,
         certificate_is_long, silence_is_refusal, silence_then_figure_5, silence_is_failure, silence_later,
         reconnect_breaks, moved_and_refused, once_more_with_tls12, once_more_in_figure_4, once_alone, other_failures,
         at_the_same_address, handshake_fails, flow_fails, network_fails, other_parts, session_is_not_opened)
