/* SPDX-License-Identifier: Apache-2.0 */
/* Every (state, input) of the registration's table against what a person expects of it, in several situations; and over
 * all of them: nothing of the USIM's answer is sent on a channel that is not trusted. */
#include "client_help.h"

#include <stdio.h>

/* The state that follows: idle, connecting, securing, registering, challenged (H), answering, registered (G),
 * deregistering, waiting, stopped (T). A dot: the input is ignored. */
static const char letters[] = "ICSRHAGDWT";
static const char *const states[] = { "idle", "connecting", "securing", "registering", "challenged", "answering",
                                      "registered", "deregistering", "waiting", "stopped" };
static const char *const inputs[] = { "none", "register", "deregister", "moved", "connected", "secured", "challenge",
                                      "accepted", "repeat", "refused", "card ok", "card bad", "card failed", "due",
                                      "lost" };

enum { LEAVING_TOO = 2 };

struct situation {
  const char *name;
  bool right; /* messages are right: 401 with the right token, 200 with our binding, 423, 403; else 401, 305, 500 */
  int bound;  /* 1: registered; LEAVING_TOO: and about to leave */
  int trust;  /* of the channel */
  enum flow_kind kind;
  bool waits; /* a good answer waits for this channel */
  /* register deregister moved connected secured challenge accepted repeat refused ok bad failed due lost */
  const char *next[10]; /* NULL: cannot be */
};

#define TLS FLOW_TLS
static const struct situation situations[] = {
  { "nonsense from a stranger", false, 0, IMSTLS_TRUST_BY_NONE, TLS, false,
    { /* IDLE          */ "C.............",
      /* CONNECTING    */ ".TCS...WW....W",
      /* SECURING      */ ".TC.R..WW....W",
      /* REGISTERING   */ ".TC..TTWW....W",
      /* CHALLENGED    */ ".TC....WWTAT.W",
      /* ANSWERING     */ ".TC..TTWW....W",
      /* REGISTERED    */ ".DC....WW...RW",
      /* DEREGISTERING */ ".TT..TTTT....T",
      /* WAITING       */ ".TC....WW...CW",
      /* STOPPED       */ "C............." } },
  { "right messages before trust", true, 0, IMSTLS_TRUST_BY_NONE, TLS, false,
    { "C.............", ".TCS...WW....W", ".TC.R..WW....W", ".TC..HTRW....W", ".TC....WWAAT.W", ".TC..HTRW....W",
      ".DC....WW...RW", ".TT..HTTT....T", ".TC....WW...CW", "C............." } },
  { "right messages after the answer", true, 0, IMSTLS_TRUST_BY_TOKEN, TLS, false,
    { "C.............", ".TCS...WW....W", ".TC.R..WW....W", ".TC..HTRW....W", ".TC....WWAAT.W", ".TC..HGRT....W",
      NULL, NULL, ".TC....WW...CW", "C............." } },
  { "nonsense after the answer", false, 0, IMSTLS_TRUST_BY_TOKEN, TLS, false,
    { NULL, NULL, NULL, ".TC..TTWW....W", ".TC....WWTAT.W", ".TC..TTWW....W", NULL, NULL, NULL, NULL } },
  { "registered", true, 1, IMSTLS_TRUST_BY_TOKEN, TLS, false,
    { NULL, ".TCS...CC....C", ".TC.R..CC....C", ".TC..HGRC....C", ".TC....CCAAT.C", ".TC..HGRT....C",
      ".DC....CC...RC", ".TT..HTTT....T", NULL, NULL } },
  { "registered, nonsense", false, 1, IMSTLS_TRUST_BY_TOKEN, TLS, false,
    { NULL, NULL, NULL, ".TC..TTCC....C", ".TC....CCTAT.C", ".TC..TTCC....C", ".DC....CC...RC", ".TT..TTTT....T",
      NULL, NULL } },
  { "leaving", true, LEAVING_TOO, IMSTLS_TRUST_BY_TOKEN, TLS, false,
    { NULL, NULL, NULL, NULL, ".TT....TTAAT.T", ".TT..HTTT....T", NULL, ".TT..HTTT....T", NULL, NULL } },
  { "leaving, nonsense", false, LEAVING_TOO, IMSTLS_TRUST_BY_TOKEN, TLS, false,
    { NULL, NULL, NULL, NULL, ".TT....TTTAT.T", ".TT..TTTT....T", NULL, ".TT..TTTT....T", NULL, NULL } },
  { "resumed", true, 0, IMSTLS_TRUST_BY_RESUMPTION, TLS, false,
    { NULL, NULL, NULL, ".TC..HGRW....W", ".TC....WWAAT.W", NULL, NULL, NULL, NULL, NULL } },
  { "resumed, nonsense", false, 0, IMSTLS_TRUST_BY_RESUMPTION, TLS, false,
    { NULL, NULL, NULL, ".TC..TTWW....W", ".TC....WWTAT.W", NULL, NULL, NULL, NULL, NULL } },
  { "in clear where the policy wants TLS", true, 0, IMSTLS_TRUST_BY_NONE, FLOW_PLAIN, false,
    { NULL, ".TC....WW....W", NULL, ".TC..HTRW....W", ".TC....WWCAT.W", ".TC..HTRW....W", NULL, NULL, NULL, NULL } },
  { "an answer waits for TLS, and the token is right", true, 0, IMSTLS_TRUST_BY_NONE, TLS, true,
    { NULL, ".TCS...WW....W", ".TC.A..WW....W", NULL, NULL, NULL, NULL, NULL, NULL, NULL } },
  { "an answer waits for TLS, and there is no token", false, 0, IMSTLS_TRUST_BY_NONE, TLS, true,
    { NULL, ".TCS...WW....W", ".TC.T..WW....W", NULL, NULL, NULL, NULL, NULL, NULL, NULL } },
  { "an answer waits for ESP", true, 0, IMSTLS_TRUST_BY_NONE, FLOW_ESP, true,
    { NULL, ".TCA...WW....W", NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL } },
};

static imstls_client *c;
static char response[65], message_text[2048];

static void set_message(enum input in, bool right)
{
  const char *status = in == IN_CHALLENGE ? "401 Unauthorized" : in == IN_ACCEPTED ? "200 OK" : "423 Brief";
  char extra[1200] = "";
  c->sip_status = in == IN_CHALLENGE ? 401 : in == IN_ACCEPTED ? 200 : in == IN_REPEAT ? 423 : 403;
  memset(&c->m, 0, sizeof c->m);
  c->m.size = sizeof c->m;
  if (!right) {
    c->sip_status = in == IN_REPEAT ? 305 : in == IN_REFUSED ? 500 : c->sip_status;
    return;
  }
  if (in == IN_CHALLENGE)
    snprintf(extra, sizeof extra, "%s", fake_challenge_headers(f, NULL));
  else if (in == IN_ACCEPTED)
    snprintf(extra, sizeof extra, "Contact: <sip:%s@192.0.2.9>;expires=600\r\n", c->contact_user);
  else
    snprintf(extra, sizeof extra, "Min-Expires: 700000\r\n");
  int len = snprintf(message_text, sizeof message_text,
                     "SIP/2.0 %s\r\nVia: SIP/2.0/TLS 192.0.2.9;branch=z9hG4bKx\r\nFrom: <sip:a@b>;tag=1\r\nTo: "
                     "<sip:a@b>;tag=2\r\nCall-ID: 1\r\nCSeq: 1 REGISTER\r\n%sContent-Length: 0\r\n\r\n", status, extra);
  ck_assert_int_eq(imstls_sip_parse(&c->m, message_text, (size_t)len), IMSTLS_OK);
}

/* The card has answered; response, Authorization and c_token of that answer lie everywhere they ever could. */
static void set_secrets(bool right)
{
  const char *headers = fake_challenge_headers(f, right ? NULL : "");
  const char *value = strchr(headers, ' ') + 1;
  c->challenge_text.len = (size_t)(strstr(value, "\r\n") - value);
  memcpy(c->challenge_text.ptr, value, c->challenge_text.len);
  c->challenge.size = sizeof c->challenge;
  imstls_text text = imstls_i_text(c->challenge_text.ptr, c->challenge_text.len);
  ck_assert_int_eq(imstls_challenge_parse(text, &c->challenge), IMSTLS_OK);
  c->card = (imstls_aka_result){ .size = sizeof c->card, .verdict = IMSTLS_AKA_OK, .res_len = f->vector.res_len };
  memcpy(c->card.res, f->vector.res, 16);
  memcpy(c->card.ck, f->vector.ck, 16);
  memcpy(c->card.ik, f->vector.ik, 16);
  ck_assert_int_eq(imstls_i_make_answer(c), IMSTLS_OK);
  const char *at = strstr(c->auth.ptr, "response=\"") + 10;
  memcpy(response, at, 32);
  strcpy(c->c_token, "c0ffeec0ffeec0ffeec0ffee");
}

static void place(const struct situation *s, int state, enum input in)
{
  fake_init(f);
  f->config.timers.keepalive_ms = UINT32_MAX;
  fake_start(f); /* a live flow, with a REGISTER sent */
  c = f->client;
  f->sent_len = f->sent_seen = 0;
  c->wanted = 0;
  c->state = state;
  c->flow->kind = s->kind;
  c->flow->trust = s->trust;
  c->bound = s->bound != 0;
  c->leaving = s->bound == LEAVING_TOO || state == IMSTLS_STATE_DEREGISTERING;
  c->bound_until = c->refresh_at = c->bound ? c->now + 600000 : NEVER;
  c->dialog.proven = s->trust != IMSTLS_TRUST_BY_NONE;
  c->waiting_answer = s->waits;
  set_secrets(s->right);
  c->agreed = IMSTLS_MECHANISM_TLS;
  c->listed = false;
  c->sent = c->bound ? REQ_REFRESH : REQ_FIRST;
  if (state == IMSTLS_STATE_ANSWERING)
    c->sent = c->dialog.proven ? REQ_ANSWER : REQ_BAD;
  if (state == IMSTLS_STATE_DEREGISTERING)
    c->sent = REQ_DEREGISTER;
  c->why = IMSTLS_ERR_CONNECTION;
  if (in == IN_CHALLENGE || in == IN_ACCEPTED || in == IN_REPEAT || in == IN_REFUSED)
    set_message(in, s->right);
  if (in == IN_CARD_BAD) {
    c->card.verdict = IMSTLS_AKA_MAC_FAILURE;
    c->dialog.bad = 1;
  }
  if (in == IN_CARD_FAILED)
    c->card_error = c->why = IMSTLS_ERR_USIM;
}

static bool searched(void)
{
  imstls_i_buffer *tx = &c->tx;
  ck_assert_uint_le(f->sent_len + c->flow->tx_len, sizeof f->sent);
  memcpy(f->sent + f->sent_len, tx->ptr, c->flow->tx_len); /* what would leave next */
  f->sent_len += c->flow->tx_len;
  const char *const texts[] = { response, "c0ffee", "auts" };
  for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
    if (fake_sent_text(f, texts[i]))
      return true;
  return fake_sent_secret(f, f->vector.res, 8) || fake_sent_secret(f, f->vector.ck, 16) ||
         fake_sent_secret(f, f->vector.ik, 16);
}

START_TEST(every_cell)
{
  const struct situation *s = &situations[_i];
  for (int state = 0; state < 10; state++)
    for (int in = 1; s->next[state] && in < IN_COUNT; in++) {
      place(s, state, (enum input)in);
      imstls_i_dispatch(c, (enum input)in);
      char expected = s->next[state][in - 1], got = letters[c->state];
      if (expected == '.')
        expected = letters[state];
      ck_assert_msg(got == expected, "%s: %s, %s: %c instead of %c", s->name, states[state], inputs[in], got, expected);
      bool trusted = c->flow->trust != IMSTLS_TRUST_BY_NONE;
      if (!trusted || got == 'T')
        ck_assert_msg(!searched(), "%s: %s, %s: a secret leaves", s->name, states[state], inputs[in]);
      if (!trusted)
        (void)imstls_client_step(c);
      if (c->flow->trust == IMSTLS_TRUST_BY_NONE)
        ck_assert_msg(!searched(), "%s: %s, %s: a secret leaves later", s->name, states[state], inputs[in]);
      bool gained = s->trust == IMSTLS_TRUST_BY_NONE && trusted;
      ck_assert_msg(!gained || got == 'A', "%s: %s, %s: trust from nothing", s->name, states[state], inputs[in]);
      imstls_client_free(c);
      f->client = NULL;
    }
}
END_TEST

/* An input that no row takes changes nothing that can be seen. */
START_TEST(ignored_inputs)
{
  place(&situations[0], IMSTLS_STATE_IDLE, IN_NONE);
  int events = f->event_count;
  for (int in = IN_DEREGISTER; in < IN_COUNT; in++)
    imstls_i_dispatch(c, (enum input)in);
  ck_assert_int_eq(f->event_count, events);
  ck_assert_uint_eq(f->sent_len, 0);
  imstls_client_free(c);
  f->client = NULL;
}
END_TEST

Suite *client_table_suite(void);
Suite *client_table_suite(void)
{
  Suite *suite = suite_create("client_table");
  TCase *tcase = tcase_create("client");
  tcase_add_checked_fixture(tcase, setup, teardown);
  tcase_set_timeout(tcase, 60);
  tcase_add_loop_test(tcase, every_cell, 0, sizeof situations / sizeof situations[0]);
  tcase_add_test(tcase, ignored_inputs);
  suite_add_tcase(suite, tcase);
  return suite;
}
