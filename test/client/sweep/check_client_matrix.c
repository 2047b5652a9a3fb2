/* SPDX-License-Identifier: Apache-2.0 */
/* Every policy against everything that a P-CSCF may do: the outcome is looked up in client_matrix.inc, which is
 * written by hand; beside it hold properties that know nothing of that table. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/base.h"
#include "fake.h"

Suite *client_matrix_suite(void);

#define ESP "ipsec-3gpp;alg=hmac-sha-1-96;prot=esp;mod=trans;spi-c=5001;spi-s=5002;port-c=5062;port-s=5063"
#define OTHER_ESP "ipsec-3gpp;alg=hmac-md5-96;prot=esp;mod=trans;spi-c=5001;spi-s=5002;port-c=5062;port-s=5063"

/* libcheck's own assertions write to a file each time */
#define REQUIRE(condition, ...)                                                                                        \
  do {                                                                                                                 \
    if (!(condition))                                                                                                  \
      ck_abort_msg(__VA_ARGS__);                                                                                       \
  } while (0)

enum { WORDS = 7, VALUES_MAX = 5, COLUMNS = 11, TLS_PORT = 5061 };
enum { LEAK_MAX = 1 << 14, CHALLENGES = 8, STORAGE = 1 << 17 };
enum word { FLOW, OURS, SEC, TRUST, PSK, FB, TOKEN };
enum channel { CLEAR = 1, TLS, IN_ESP };

static const char *const values[WORDS][VALUES_MAX] = {
  { "tls", "agree" },
  { "both", "tls" },
  { "req", "opt", "off" },
  { "token", "or+", "or-", "and+", "and-" },
  { "off", "cert", "psk", "only-cert", "only-psk" },
  { "none", "ipsec" },
  { "ok", "gone", "bad" },
};
static const unsigned counts[WORDS] = { 2, 2, 3, 5, 5, 2, 3 };

static const struct row {
  const char *policy, *results;
} rows[] = {
#define ROW(policy, results) { policy, results },
#include "client_matrix.inc"
#undef ROW
};
enum { ROWS = sizeof rows / sizeof rows[0] };

/* What the P-CSCF does: its list, how its TLS refuses, and how often. */
static const struct column {
  const char *name, *list;
  int connect, handshake, times;
} columns[COLUMNS] = {
  { "tls", "tls;q=0.1", 0, 0, 0 },
  { "ips", ESP ";q=0.1", 0, 0, 0 },
  { "i>t", "tls;q=0.1, " ESP ";q=0.2", 0, 0, 0 },
  { "t>i", ESP ";q=0.1, tls;q=0.2", 0, 0, 0 },
  { "no", NULL, 0, 0, 0 },
  { "nic", "digest;q=0.9, " OTHER_ESP ";q=0.8, ipsec-ike;q=0.7", 0, 0, 0 },
  { "ref", "tls;q=0.1, " ESP ";q=0.2", IMSTLS_ERR_CONNECT, 0, 99 },
  { "cls", "tls;q=0.1, " ESP ";q=0.2", 0, IMSTLS_ERR_TLS_REFUSED, 99 },
  { "alr", "tls;q=0.1, " ESP ";q=0.2", 0, IMSTLS_ERR_TLS_ALERT, 99 },
  { "noT", "tls;q=0.1", IMSTLS_ERR_CONNECT, 0, 99 },
  { "onc", "tls;q=0.1", IMSTLS_ERR_CONNECT, 0, 1 },
};

static const struct letter {
  char letter;
  int result; /* below 0: an error, else IMSTLS_TRUST_BY_... */
} letters[] = {
  { 'T', IMSTLS_TRUST_BY_TOKEN },      { 'P', IMSTLS_TRUST_BY_PKI },         { 'B', IMSTLS_TRUST_BY_TOKEN_AND_PKI },
  { 'K', IMSTLS_TRUST_BY_PSK },        { 'E', IMSTLS_TRUST_BY_IPSEC },       { 'C', IMSTLS_ERR_CONFIG },
  { 'u', IMSTLS_ERR_CONNECT },         { 'c', IMSTLS_ERR_TLS_REFUSED },      { 'a', IMSTLS_ERR_TLS_ALERT },
  { 'm', IMSTLS_ERR_S_TOKEN_MISSING }, { 'w', IMSTLS_ERR_S_TOKEN_MISMATCH }, { 'p', IMSTLS_ERR_PKI },
  { 't', IMSTLS_ERR_NOT_TRUSTED },     { 'n', IMSTLS_ERR_SECAGREE_NONE },    { 'd', IMSTLS_ERR_BID_DOWN },
};

/* One cell: its policy, and what was seen. */
static struct cell {
  unsigned v[WORDS];
  const struct column *column;
  char name[120]; /* for messages */
  bool early_200;
  int refusals;
  enum channel kinds[16]; /* by socket */
  bool trusted;
  bool clear;            /* anything at all left in clear */
  enum channel answered; /* channel of the REGISTER with the response */
  enum channel last;     /* of what was sent last */
  size_t leak_len;
  char leak[LEAK_MAX]; /* what left in clear, or before trust */
  imstls_aka_vector vectors[CHALLENGES];
  char tokens[CHALLENGES][25];
  int challenges;
} cell;
static struct fake *f;
static void *storage; /* one block for all clients: asking for it twenty thousand times takes long */
static imstls_net net, real_net;
static imstls_tls tls, real_tls;

static bool is(enum word w, const char *value) { return strcmp(values[w][cell.v[w]], value) == 0; }

/* ---- the table ---- */

static bool word_has(const char *word, size_t len, const char *value)
{
  size_t n = strlen(value);
  if (len == 1 && word[0] == '*')
    return true;
  for (size_t at = 0; at < len;) {
    size_t end = at;
    while (end < len && word[end] != ',')
      end++;
    if (end - at == n && memcmp(word + at, value, n) == 0)
      return true;
    at = end + 1;
  }
  return false;
}

/* The n-th word of a row; its length. */
static size_t word_at(const char *text, unsigned n, const char **word)
{
  for (;; n--) {
    text += strspn(text, " ");
    size_t len = strcspn(text, " ");
    *word = text;
    if (!n || !len)
      return len;
    text += len;
  }
}

static bool row_fits(const struct row *row, const unsigned v[WORDS])
{
  for (unsigned w = 0; w < WORDS; w++) {
    const char *word;
    size_t len = word_at(row->policy, w, &word);
    if (!word_has(word, len, values[w][v[w]]))
      return false;
  }
  return true;
}

static const struct row *only_row(const unsigned v[WORDS])
{
  const struct row *found = NULL;
  for (size_t i = 0; i < ROWS; i++) {
    if (!row_fits(&rows[i], v))
      continue;
    REQUIRE(!found, "two rows for one policy: \"%s\" and \"%s\"", found ? found->policy : "", rows[i].policy);
    found = &rows[i];
  }
  REQUIRE(found != NULL, "no row for %s %s %s %s %s %s %s", values[0][v[0]], values[1][v[1]], values[2][v[2]],
          values[3][v[3]], values[4][v[4]], values[5][v[5]], values[6][v[6]]);
  return found;
}

static int stated(const struct row *row, unsigned column)
{
  const char *word;
  size_t len = word_at(row->results, column, &word);
  REQUIRE(len == 1, "missing cell %s of \"%s\"", columns[column].name, row->policy);
  for (size_t i = 0; i < sizeof letters / sizeof letters[0]; i++)
    if (letters[i].letter == word[0])
      return letters[i].result;
  ck_abort_msg("unknown result %c of \"%s\"", word[0], row->policy);
  return 0;
}

/* ---- the world, with eyes and refusals ---- */

static int my_open(void *user, const imstls_net_open *how, imstls_socket *out)
{
  int result = real_net.open(user, how, out);
  if (result == IMSTLS_OK) {
    REQUIRE(*out > 0 && *out < 16, "%s: sockets", cell.name);
    cell.kinds[*out] = how->remote.port == TLS_PORT ? TLS : how->local.port ? IN_ESP : CLEAR;
  }
  return result;
}

static bool refuses(int error) { return error && cell.refusals < cell.column->times; }

static int my_connected(void *user, imstls_socket s, imstls_address *local)
{
  if (cell.kinds[s] == TLS && refuses(cell.column->connect)) {
    cell.refusals++;
    return cell.column->connect;
  }
  return real_net.connected(user, s, local);
}

static void saw(enum channel kind, const uint8_t *data, size_t len)
{
  cell.last = kind;
  cell.clear |= kind == CLEAR;
  if (kind != CLEAR && cell.trusted)
    return;
  REQUIRE(cell.leak_len + len <= LEAK_MAX, "%s", cell.name);
  memcpy(cell.leak + cell.leak_len, data, len);
  cell.leak_len += len;
}

static int my_send(void *user, imstls_socket s, const uint8_t *data, size_t len)
{
  REQUIRE(cell.kinds[s] != TLS, "%s", cell.name); /* the fake TLS writes no records */
  saw(cell.kinds[s], data, len);
  return real_net.send(user, s, data, len);
}

static int my_write(void *user, int session, const uint8_t *data, size_t len)
{
  saw(TLS, data, len);
  return real_tls.write(user, session, data, len);
}

static int my_handshake(void *user, int session)
{
  if (refuses(cell.column->handshake)) {
    cell.refusals++;
    return cell.column->handshake;
  }
  return real_tls.handshake(user, session);
}

static int my_facts(void *user, int session, imstls_tls_facts *facts)
{
  bool picks_psk = is(PSK, "psk") || is(PSK, "only-psk");
  int result = real_tls.facts(user, session, facts);
  facts->psk = picks_psk && (f->last_tls.suites & IMSTLS_TLS_PSK);
  facts->pki = is(TRUST, "token") ? 0 : is(TRUST, "or+") || is(TRUST, "and+") ? 1 : IMSTLS_ERR_PKI;
  if (facts->psk) {
    facts->cert = (imstls_bytes){ NULL, 0 };
    facts->pki = 0;
  }
  return result;
}

static void watch(struct fake *world, const imstls_event *event)
{
  (void)world;
  if (event->type == IMSTLS_EVENT_TRUST && !event->error)
    cell.trusted = true;
}

static void make_world(void)
{
  fake_init(f);
  real_net = net = *f->config.ports.net;
  real_tls = tls = *f->config.ports.tls;
  net.open = my_open;
  net.connected = my_connected;
  net.send = my_send;
  tls.write = my_write;
  tls.handshake = my_handshake;
  tls.facts = my_facts;
  imstls_config *c = &f->config;
  c->ports.net = &net;
  c->ports.tls = &tls;
  f->hook = watch;
  f->security_server = cell.column->list;
  c->policy.flow = is(FLOW, "tls") ? IMSTLS_FLOW_TLS_FIRST : IMSTLS_FLOW_AGREE_FIRST;
  c->policy.offer = is(OURS, "both") ? "tls, ipsec-3gpp;alg=hmac-sha-1-96" : "tls";
  c->policy.sec_agree = (int32_t)cell.v[SEC]; /* req, opt, off: the order of IMSTLS_SEC_AGREE_... */
  c->policy.trust = is(TRUST, "token")                       ? IMSTLS_TRUST_TOKEN
                    : values[TRUST][cell.v[TRUST]][0] == 'o' ? IMSTLS_TRUST_TOKEN_OR_PKI
                                                             : IMSTLS_TRUST_TOKEN_AND_PKI;
  c->policy.psk = is(PSK, "off")                      ? IMSTLS_PSK_OFF
                  : is(PSK, "cert") || is(PSK, "psk") ? IMSTLS_PSK_ALLOW
                                                      : IMSTLS_PSK_ONLY;
  c->policy.fallback = is(FB, "ipsec") ? IMSTLS_FALLBACK_IPSEC : IMSTLS_FALLBACK_NONE;
  c->policy.attempts = 1;
  c->device.access_network_info = "IEEE-802.11;i-wlan-node-id=00aabb";
}

/* ---- the P-CSCF ---- */

static bool has_response(const imstls_sip_message *m)
{
  imstls_text rest = m->first[IMSTLS_HDR_AUTHORIZATION], name, value;
  ck_assert(rest.len > 7);
  rest = imstls_i_text(rest.ptr + 7, rest.len - 7);
  while (imstls_sip_auth_param_next(&rest, &name, &value, NULL) == IMSTLS_OK)
    if (imstls_text_is(name, "response"))
      return value.len != 0;
  return false;
}

static void challenge(void)
{
  static const char wrong[] = "00112233445566778899aabb";
  const char *token = is(TOKEN, "ok") ? NULL : is(TOKEN, "gone") ? "" : wrong;
  const char *headers = fake_challenge_headers(f, token);
  ck_assert_int_lt(cell.challenges, CHALLENGES);
  cell.vectors[cell.challenges] = f->vector;
  ck_assert_int_eq(imstls_token_check_server(f->vector.ik, f->cert, sizeof f->cert, imstls_i_text(f->s_token, 24),
                                             cell.tokens[cell.challenges]),
                   IMSTLS_OK);
  cell.challenges++;
  fake_reply(f, 401, "Unauthorized", headers);
}

/* SM7: complete, on its channel, with a c_token exactly where one is due. */
static void take_answer(const imstls_sip_message *m)
{
  int trust = imstls_client_trust(f->client);
  bool token = trust == IMSTLS_TRUST_BY_TOKEN || trust == IMSTLS_TRUST_BY_TOKEN_AND_PKI;
  const char *c_token = token ? cell.tokens[cell.challenges - 1] : NULL;
  cell.answered = cell.last;
  REQUIRE(fake_response_right(f, m, c_token), "%s: wrong answer", cell.name);
  const imstls_text verify = m->first[IMSTLS_HDR_SECURITY_VERIFY];
  if (is(SEC, "off") || !cell.column->list)
    REQUIRE(!verify.ptr, "%s: Security-Verify of nothing", cell.name);
  else
    REQUIRE(imstls_text_is(verify, cell.column->list), "%s: Security-Verify differs", cell.name);
  fake_ok(f, "");
}

static void serve(void)
{
  for (int i = 0; i < 12; i++) {
    imstls_sip_message m;
    fake_run(f);
    if (imstls_client_state(f->client) == IMSTLS_STATE_STOPPED || !fake_request(f, &m))
      return;
    if (has_response(&m))
      take_answer(&m);
    else if (cell.early_200)
      fake_ok(f, "");
    else
      challenge();
  }
  ck_abort_msg("%s: no end", cell.name);
}

/* ---- what holds in every cell ---- */

static void ck_not_leaked(const void *what, size_t len, const char *name)
{
  for (size_t i = 0; i + len <= cell.leak_len; i++)
    REQUIRE(memcmp(cell.leak + i, what, len) != 0, "%s: %s left in clear or before trust", cell.name, name);
}

static void check_leaks(void)
{
  static const char hollow[] = "response=\"\"", any[] = "response=\"";
  for (size_t i = 0; i + sizeof hollow <= cell.leak_len; i++)
    if (memcmp(cell.leak + i, any, sizeof any - 1) == 0)
      REQUIRE(memcmp(cell.leak + i, hollow, sizeof hollow - 1) == 0, "%s: a response left too early", cell.name);
  ck_not_leaked("c_token", 7, "a c_token");
  ck_not_leaked("P-Access-Network-Info", 21, "the place");
  for (int i = 0; i < cell.challenges; i++) {
    const imstls_aka_vector *v = &cell.vectors[i];
    ck_not_leaked(v->res, v->res_len, "RES");
    ck_not_leaked(cell.tokens[i], 24, "c_token");
    REQUIRE(!fake_sent_secret(f, v->res, v->res_len) && !fake_sent_secret(f, v->ik, 16) &&
                !fake_sent_secret(f, v->ck, 16),
            "%s: RES or a key was sent", cell.name);
  }
  bool may_be_clear = is(FLOW, "agree") || is(FB, "ipsec");
  REQUIRE(!cell.clear || (may_be_clear && !is(SEC, "off")), "%s: something left in clear", cell.name);
}

/* May a registration be trusted by this, whatever the table says? */
static bool policy_allows(int trust)
{
  bool pki = is(TRUST, "or+") || is(TRUST, "and+"), token = is(TOKEN, "ok");
  bool listed = cell.column->list && strstr(cell.column->list, ESP);
  switch (trust) {
  case IMSTLS_TRUST_BY_TOKEN: return token && !is(TRUST, "and-") && !is(TRUST, "and+") && cell.v[PSK] < 3;
  case IMSTLS_TRUST_BY_PKI: return is(TRUST, "or+") && is(TOKEN, "gone") && cell.v[PSK] < 3;
  case IMSTLS_TRUST_BY_TOKEN_AND_PKI: return token && pki && cell.v[PSK] < 3;
  case IMSTLS_TRUST_BY_PSK: return is(PSK, "psk") || is(PSK, "only-psk");
  case IMSTLS_TRUST_BY_IPSEC: return is(OURS, "both") && listed && !is(SEC, "off");
  default: return false;
  }
}

static void check_registered(void)
{
  char options[200];
  int trust = imstls_client_trust(f->client);
  enum channel due = trust == IMSTLS_TRUST_BY_IPSEC ? IN_ESP : TLS;
  REQUIRE(policy_allows(trust), "%s: the policy forbids trust %d", cell.name, trust);
  REQUIRE(cell.answered == due, "%s: SM7 went over channel %d", cell.name, (int)cell.answered);
  ck_assert_int_eq(fake_event(f, IMSTLS_EVENT_REGISTERED)->value, trust);
  ck_assert_str_eq(fake_line(f, IMSTLS_EVENT_REGISTERED), due == TLS ? "tls" : "ipsec-3gpp");
  int n = snprintf(options, sizeof options, "OPTIONS sip:a@b SIP/2.0\r\nContent-Length: 0\r\n\r\n");
  cell.last = CLEAR;
  ck_assert_int_eq(imstls_client_send(f->client, options, (size_t)n), IMSTLS_OK);
  fake_run(f);
  REQUIRE(cell.last == due, "%s: a request left on another channel", cell.name);
  if (due == IN_ESP) /* figure 3: TLS has gone */
    ck_assert_int_eq(f->tls_opened, f->tls_closed);
}

/* The outcome: an error below 0, or IMSTLS_TRUST_BY_... */
static int run_cell(const unsigned v[WORDS], unsigned column, bool early_200)
{
  memset(&cell, 0, offsetof(struct cell, leak));
  memset(&cell.challenges, 0, sizeof cell.challenges);
  memcpy(cell.v, v, sizeof cell.v);
  cell.column = &columns[column];
  cell.early_200 = early_200;
  snprintf(cell.name, sizeof cell.name, "%s %s %s %s %s %s %s: %s", values[0][v[0]], values[1][v[1]], values[2][v[2]],
           values[3][v[3]], values[4][v[4]], values[5][v[5]], values[6][v[6]], columns[column].name);
  make_world();
  int result = imstls_client_init(storage, STORAGE, &f->config, &f->client);
  if (result) {
    f->client = NULL;
    return result;
  }
  ck_assert_int_eq(imstls_client_register(f->client), IMSTLS_OK);
  serve();
  bool registered = imstls_client_registered(f->client) != 0;
  REQUIRE(registered || imstls_client_state(f->client) == IMSTLS_STATE_STOPPED, "%s: neither nor", cell.name);
  REQUIRE(registered == (fake_event(f, IMSTLS_EVENT_REGISTERED) != NULL), "%s: event", cell.name);
  result = registered ? imstls_client_trust(f->client) : imstls_client_error(f->client);
  if (registered)
    check_registered();
  check_leaks();
  fake_end(f);
  return result;
}

/* ---- tests ---- */

enum { SLICES = 2 * 2 * 3 }; /* flow, ours, sec */

static void first_of_slice(int slice, unsigned v[WORDS])
{
  memset(v, 0, WORDS * sizeof v[0]);
  v[FLOW] = (unsigned)slice % 2;
  v[OURS] = (unsigned)slice / 2 % 2;
  v[SEC] = (unsigned)slice / 4;
}

static bool next_of_slice(unsigned v[WORDS])
{
  for (unsigned w = TRUST; w < WORDS; w++) {
    if (++v[w] < counts[w])
      return true;
    v[w] = 0;
  }
  return false;
}

static const char *shown(int result)
{
  static const char *const by[] = { "none", "token", "pki", "token and pki", "psk", "ipsec", "resumption" };
  return result < 0 ? imstls_error_name(result) : by[result % 7];
}

START_TEST(every_cell)
{
  unsigned v[WORDS];
  int wrong = 0;
  first_of_slice(_i, v);
  do {
    const struct row *row = only_row(v);
    if (fake_handles() && v[PSK] >= 2)
      continue; /* a PSK is octets: check_client_host.c */
    for (unsigned column = 0; column < COLUMNS; column++) {
      int due = stated(row, column), result = run_cell(v, column, false);
      if (fake_handles() && due == IMSTLS_TRUST_BY_IPSEC)
        due = IMSTLS_ERR_UNSUPPORTED;
      if (result != due && wrong++ < 20)
        fprintf(stderr, "%s: %s, not %s as in \"%s\"\n", cell.name, shown(result), shown(due), row->policy);
    }
  } while (next_of_slice(v));
  ck_assert_int_eq(wrong, 0);
}
END_TEST

/* Whoever says 200 instead of challenging registers nobody. */
START_TEST(early_200)
{
  unsigned v[WORDS];
  first_of_slice(_i, v);
  do {
    for (unsigned column = 0; column < COLUMNS; column++) {
      int result = run_cell(v, column, true);
      int wanted = v[FLOW] ? IMSTLS_ERR_UNPROTECTED : IMSTLS_ERR_NO_CHALLENGE;
      bool refused = result == wanted || result == IMSTLS_ERR_CONFIG || columns[column].times;
      REQUIRE(result < 0 && refused, "%s: %s", columns[column].name, shown(result));
    }
  } while (v[TOKEN] = counts[TOKEN] - 1, next_of_slice(v)); /* there is no token in it */
}
END_TEST

/* Rows that no policy meets, and words that are no value, would state nothing. */
START_TEST(table_is_sound)
{
  for (size_t i = 0; i < ROWS; i++) {
    const char *word;
    for (unsigned w = 0; w < WORDS; w++) {
      size_t len = word_at(rows[i].policy, w, &word), known = 0;
      for (unsigned n = 0; n < counts[w]; n++)
        known += word_has(word, len, values[w][n]) ? strlen(values[w][n]) + 1 : 0;
      REQUIRE((len == 1 && word[0] == '*') || known == len + 1, "word %u of \"%s\"", w, rows[i].policy);
    }
    REQUIRE(word_at(rows[i].policy, WORDS, &word) == 0, "too many words in \"%s\"", rows[i].policy);
    REQUIRE(word_at(rows[i].results, COLUMNS, &word) == 0, "too many results in \"%s\"", rows[i].policy);
  }
}
END_TEST

static void setup(void)
{
  f = calloc(1, sizeof *f);
  storage = malloc(STORAGE);
  ck_assert(f != NULL && storage != NULL);
}

static void teardown(void)
{
  free(storage);
  free(f);
}

Suite *client_matrix_suite(void)
{
  Suite *suite = suite_create("client_matrix");
  TCase *tcase = tcase_create("matrix");
  tcase_add_checked_fixture(tcase, setup, teardown);
  tcase_set_timeout(tcase, 60);
  tcase_add_test(tcase, table_is_sound);
  tcase_add_loop_test(tcase, every_cell, 0, SLICES);
  tcase_add_loop_test(tcase, early_200, 0, SLICES);
  suite_add_tcase(suite, tcase);
  return suite;
}
