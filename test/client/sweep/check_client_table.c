/* SPDX-License-Identifier: Apache-2.0 */
/* Every situation of a registration against everything that can happen in it, by the public calls and the fake world
 * alone: the state that follows, as a person expects it. And in each: nothing of the USIM's answer leaves on a channel
 * without trust, and nothing but a proof makes trust. */
#include "client_situations.h"

/* ---- what may follow ---- */

/* The state that follows, by its letter: idle, connecting, securing, registering, challenged (H), answering,
 * registered (G), deregistering, waiting, stopped with an error (T). And:
 *   K  registered as before, with nothing refreshed
 *   L  left: stopped without an error, as it was asked for
 *   w  a wait of 0 ms was told: connecting again already
 *   .  nothing changes, nothing is sent, nothing is told
 *   x  the same, and the call says IMSTLS_ERR_STATE
 *   -  cannot be: no RAND can be repeated before there was one
 * A letter of the state that it was: through the table once more, such as another REGISTER. */
static const char letters[] = "ICSRHAGDWT";

/* ---- what happens ---- */

static void do_register(void) { world.result = imstls_client_register(f->client); }
static void do_deregister(void) { world.result = imstls_client_deregister(f->client); }
static void do_moved(void) { world.result = imstls_client_network_changed(f->client); }
static void do_refresh(void) { world.result = imstls_client_refresh(f->client); }

static void do_connected(void) { f->connect_result = IMSTLS_OK; }
static void do_secured(void) { f->handshake_result = IMSTLS_OK; }
static void do_refused(void) { f->connect_result = IMSTLS_ERR_CONNECT; }
static void do_alert(void) { f->handshake_result = IMSTLS_ERR_TLS_ALERT; }

static void do_lost(void)
{
  f->closed = true;
  f->handshake_result = IMSTLS_ERR_CONNECTION;
}

static void do_right_401(void) { say_challenge(world.token, f->security_server); }
static void do_no_token(void) { say_challenge("", f->security_server); }
static void do_wrong_token(void) { say_challenge("00112233445566778899aabb", f->security_server); }
static void do_no_list(void) { say_challenge(NULL, NULL); }
static void do_other_list(void) { say_challenge(NULL, "tls;q=0.9"); }

static void do_repeated_rand(void)
{
  f->seq--;
  do_right_401();
}

static void do_200(void) { fake_ok(f, ""); }
static void do_card_ok(void) { card(IMSTLS_OK, IMSTLS_AKA_OK); }
static void do_card_mac(void) { card(IMSTLS_OK, IMSTLS_AKA_MAC_FAILURE); }
static void do_card_sync(void) { card(IMSTLS_OK, IMSTLS_AKA_SYNC_FAILURE); }
static void do_card_error(void) { card(IMSTLS_ERR_USIM_IO, IMSTLS_AKA_OK); }

static void do_time(void)
{
  int64_t wait = imstls_client_timeout_ms(f->client);
  f->now_ms += wait > 0 ? (uint64_t)wait : 0;
}

/* In the order of the columns below. Without a function: a final response. */
static const struct event {
  const char *name;
  void (*happens)(void);
  unsigned status;
  const char *extra;
} events[] = {
  { "register", do_register, 0, "" },
  { "deregister", do_deregister, 0, "" },
  { "network changed", do_moved, 0, "" },
  { "refresh", do_refresh, 0, "" },

  { "connected", do_connected, 0, "" },
  { "secured", do_secured, 0, "" },
  { "connection refused", do_refused, 0, "" },
  { "TLS alert", do_alert, 0, "" },
  { "connection lost", do_lost, 0, "" },

  { "right 401", do_right_401, 0, "" },
  { "401 without token", do_no_token, 0, "" },
  { "401 with a wrong token", do_wrong_token, 0, "" },
  { "401 without list", do_no_list, 0, "" },
  { "401 with another list", do_other_list, 0, "" },
  { "401 with a repeated RAND", do_repeated_rand, 0, "" },

  { "right 200", do_200, 0, "" },
  { "200 without our binding", NULL, 200,
    "Contact: <sip:somebody@192.0.2.9>;expires=3600, <sip:x@192.0.2.9>;expires=3600\r\n" },

  { "423", NULL, 423, "Min-Expires: 800000\r\n" },
  { "423 too high", NULL, 423, "Min-Expires: 3000000\r\n" },
  { "305", NULL, 305, "Contact: <sip:192.0.2.66>\r\n" },
  { "420", NULL, 420, "Unsupported: sec-agree\r\n" },
  { "421", NULL, 421, "Require: sec-agree\r\n" },
  { "439", NULL, 439, "" },
  { "494", NULL, 494, "Security-Server: tls;q=0.1\r\n" },

  { "403", NULL, 403, "" },
  { "404", NULL, 404, "" },
  { "500", NULL, 500, "" },
  { "503", NULL, 503, "Retry-After: 60\r\n" },
  { "603", NULL, 603, "" },

  { "card good", do_card_ok, 0, "" },
  { "card: MAC failure", do_card_mac, 0, "" },
  { "card: synchronisation failure", do_card_sync, 0, "" },
  { "card: error", do_card_error, 0, "" },
  { "card good, AMF unfit", do_card_ok, 0, "" },

  { "timer", do_time, 0, "" },
};
enum { EVENTS = sizeof events / sizeof events[0], CARD_UNFIT = EVENTS - 2 };

/* ---- the table ---- */

/* The calls: register, deregister, network changed, refresh. The flow: connected, secured, refused, TLS alert, lost.
 * 401: right, without token, wrong token, without list, other list, repeated RAND. 200: right, without our binding.
 * 423, too high; 305, 420, 421, 439, 494. 403, 404, 500, 503 with Retry-After, 603.
 * The card: good, MAC, synchronisation, error, unfit AMF. The state's timer.
 *
 * - A response is one to the REGISTER that was sent last. While none is under way it is old, and changes nothing.
 * - A 401 or a 200 that must not be taken ends the attempt, or the binding, whoever said it; nothing but the home
 *   network's word on a trusted channel ends the registration (T).
 * - A USIM that does not answer ends an attempt, and leaves a binding alive (K).
 * - Without trust, 403, 404 and 603 are anybody's word and lead to the next attempt.
 * - A binding that is lost for the first time comes back soon (w: the random delay of this world is none), but after
 *   Retry-After; after a change of the network at once (C).
 * - A first 200 that names others alone is taken back before the attempt ends (D), and whatever comes then ends it.
 * - Who leaves is content with any response but a challenge. */
static const struct situation {
  const char *name;
  void (*set)(void);
  void (*reach)(void);
  bool octets; /* CK and IK themselves are needed */
  const char *next;
} situations[] = {
  /* clang-format off */
  /*                                                          calls flow 401    200 demands refusals card timer */
  { "idle", by_default, idle, false,                         "Cxxx ..... ...... .. ....... ..... xxxxx ." },
  { "connecting", by_default, connecting, false,             "xLCx S.W.. ...... .. ....... ..... xxxxx W" },
  { "securing", by_default, securing, false,                 "xLCx .R.WW ...... .. ....... ..... xxxxx W" },
  { "registering", by_default, registering, false,           "xLCx ....w HWHRH- WW RWWWRRR WWWWW xxxxx W" },
  { "challenged", by_default, challenged, false,             "xLCx ....w ...... .. ....... ..... AAAWW W" },
  { "answering", by_default, answering, false,               "xLCx ....w HWHWWW GD RWWWRRR TTWWT xxxxx W" },
  { "giving back", by_default, giving_back, false,           "xLCx ....W WWWWWW WW WWWWWWW WWWWW xxxxx W" },
  { "registered", by_default, registered, false,             "xDCR ....w ...... .. ....... ..... xxxxx R" },
  { "refreshing", by_default, refreshing, false,             "x.Cx ....w HwHwww GW RwwwRRR wwwWw xxxxx w" },
  { "re-challenged", by_default, rechallenged, false,        "x.Cx ....w ...... .. ....... ..... AAAKw K" },
  { "re-answering", by_default, reanswering, false,          "x.Cx ....w HwHwww GW RwwwRRR TTwWT xxxxx w" },
  { "deregistering", by_default, deregistering, false,       "x.Lx ....L HLHLLL LL LLLLLLL LLLLL xxxxx L" },
  { "leaving, challenged", by_default, leaving_challenged, false,
                                                             "x.Lx ....L ...... .. ....... ..... AAALL L" },
  { "leaving, answering", by_default, leaving_answering, false,
                                                             "x.Lx ....L HLHLLL LL LLLLLLL LLLLL xxxxx L" },
  { "waiting", by_default, waiting, false,                   "xLCx ..... ...... .. ....... ..... xxxxx C" },
  { "stopped", by_default, stopped, false,                   "Cxxx ..... ...... .. ....... ..... xxxxx ." },
  { "failed", by_default, failed, false,                     "Cxxx ..... ...... .. ....... ..... xxxxx ." },

  /* no trust yet, or none to be had */
  { "challenged, wrong token", by_default, challenged_wrong_token, false,
                                                             "xLCx ....w ...... .. ....... ..... WAAWW W" },
  { "re-challenged, wrong token", by_default, rechallenged_wrong_token, false,
                                                             "x.Cx ....w ...... .. ....... ..... wAAKw K" },
  { "leaving, wrong token", by_default, leaving_wrong_token, false,
                                                             "x.Lx ....L ...... .. ....... ..... LAALL L" },
  { "AUTS sent", by_default, answering_badly, false,         "xLCx ....w HWHWWW WW RWWWRRR WWWWW xxxxx W" },

  /* what is done once, or a few times, and then no more */
  { "two bad answers", by_default, challenged_after_two_bad, false,
                                                             "xLCx ....w ...... .. ....... ..... AWWWW W" },
  { "leaving, two bad answers", by_default, leaving_after_two_bad, false,
                                                             "x.Lx ....L ...... .. ....... ..... ALLLL L" },
  { "the fourth answer", by_default, answering_the_fourth, false,
                                                             "xLCx ....w WWWWWW GD RWWWRRR TTWWT xxxxx W" },
  { "registering, all was followed", by_default, all_was_followed, false,
                                                             "xLCx ....w HWHWH- WW WWWWWWW WWWWW xxxxx W" },
  { "registering after a loss", by_default, registering_after_loss, false,
                                                             "xLCx ....W HWHRHW WW RWWWRRR WWWWW xxxxx W" },
  { "registered after a loss", by_default, registered_after_loss, false,
                                                             "xDCR ....W ...... .. ....... ..... xxxxx R" },
  { "registering, the card rests", by_default, registering_card_rests, false,
                                                             "xLCx ....w WWWRWW WW RWWWRRR WWWWW xxxxx W" },
  { "refreshing, the card rests", by_default, refreshing_card_rests, false,
                                                             "x.Cx ....w WwWwww GW RwwwRRR wwwWw xxxxx w" },
  { "leaving, the card rests", by_default, leaving_card_rests, false,
                                                             "x.Lx ....L LLLLLL LL LLLLLLL LLLLL xxxxx L" },

  /* a session that was trusted when it was saved */
  { "resuming", by_default, resuming, false,                 "xLCx .R.WW ...... .. ....... ..... xxxxx W" },
  { "resumed", by_default, resumed, false,                   "xLCx ....w HWHRHW GD RWWWRRR WWWWW xxxxx W" },
  { "resumed, agreement optional", optional_agreement, resumed, false,
                                                             "xLCx ....w HWHHHW GD RWWRRRR WWWWW xxxxx W" },

  /* agreement first: in clear, and then an answer waits for TLS (figure 4) */
  { "in clear, connecting", agree_first, connecting, false,  "xLCx R.W.. ...... .. ....... ..... xxxxx W" },
  { "in clear, registering", agree_first, registering, false,
                                                             "xLCx ....w HWHRH- WW RWWWRRR WWWWW xxxxx W" },
  { "in clear, challenged", agree_first, challenged, false,  "xLCx ....w ...... .. ....... ..... CAAWW W" },
  { "in clear, AUTS sent", agree_first, answering_badly, false,
                                                             "xLCx ....w HWHWWW WW RWWWRRR WWWWW xxxxx W" },
  { "held for TLS, connecting", agree_first, held_connecting, false,
                                                             "xLCx S.W.. ...... .. ....... ..... xxxxx W" },
  { "held for TLS, securing", agree_first, held_securing, false,
                                                             "xLCx .A.WW ...... .. ....... ..... xxxxx W" },
  { "held for TLS, wrong token", agree_first, held_wrong_token, false,
                                                             "xLCx .W.WW ...... .. ....... ..... xxxxx W" },

  /* IPsec is the choice, or what is left (figures 3, 5) */
  { "figure 3, challenged", figure_3, challenged, true,      "xLCx ....w ...... .. ....... ..... CAAWW W" },
  { "figure 3, wrong token", figure_3, challenged_wrong_token, true,
                                                             "xLCx ....w ...... .. ....... ..... WAAWW W" },
  { "figure 3, held for ESP", figure_3, held_connecting, true,
                                                             "xLCx A.W.. ...... .. ....... ..... xxxxx W" },
  { "figure 4, held for ESP", figure_4_esp, held_connecting, true,
                                                             "xLCx A.W.. ...... .. ....... ..... xxxxx W" },
  { "new SAs, registered", figure_4_esp, rekeying, true,     "x.Cx A.w.. ...... .. ....... ..... xxxxx w" },
  { "fallback, connecting", figure_5, connecting, true,      "xLCx S.C.. ...... .. ....... ..... xxxxx C" },
  { "fallback, securing", figure_5, securing, true,          "xLCx .R.CC ...... .. ....... ..... xxxxx C" },
  { "fell back, connecting", figure_5, fell_back_connecting, true,
                                                             "xLCx R.W.. ...... .. ....... ..... xxxxx W" },
  { "fell back, held for ESP", figure_5, fell_back_held, true,
                                                             "xLCx A.W.. ...... .. ....... ..... xxxxx W" },

  /* a PSK instead of a certificate (figure 6) */
  { "PSK, held", figure_6, held_securing, true,              "xLCx .A.WW ...... .. ....... ..... xxxxx W" },
  { "PSK, re-challenged", figure_6, rechallenged, true,      "x.Cx ....w ...... .. ....... ..... CAAKw K" },
  { "new PSK, connecting", figure_6, rekeying, true,         "x.Cx S.w.. ...... .. ....... ..... xxxxx w" },
  { "new PSK, securing", figure_6, rekeying_securing, true,  "x.Cx .A.ww ...... .. ....... ..... xxxxx w" },
  /* clang-format on */
};
enum { SITUATIONS = sizeof situations / sizeof situations[0] };

/* The cells of a row, without the spaces between groups. */
static void read_row(const struct situation *s, char cells[EVENTS])
{
  int count = 0;
  for (const char *at = s->next; *at; at++) {
    if (*at == ' ')
      continue;
    ck_assert_msg(count < EVENTS, "%s: too many cells", s->name);
    cells[count++] = *at;
  }
  ck_assert_msg(count == EVENTS, "%s: %d cells are missing", s->name, EVENTS - count);
}

/* ---- what was seen ---- */

struct view {
  int state, trust, registered;
  int events, opened, sessions, card_runs;
  size_t sent;
};

static struct view look(void)
{
  return (struct view){ .state = imstls_client_state(f->client),
                        .trust = imstls_client_trust(f->client),
                        .registered = imstls_client_registered(f->client),
                        .events = f->event_count,
                        .opened = f->opened,
                        .sessions = f->tls_opened,
                        .card_runs = f->card_runs,
                        .sent = f->sent_len };
}

static bool told(const struct view *before, int type)
{
  for (int i = before->events; i < f->event_count; i++)
    if (f->events[i].type == type)
      return true;
  return false;
}

/* Something was told but that a message came, or was passed over. Where nobody tells what is sent, it is looked for. */
static bool told_anything(const struct view *before)
{
  for (int i = before->events; i < f->event_count; i++)
    if (f->events[i].type != IMSTLS_EVENT_RECEIVED && f->events[i].type != IMSTLS_EVENT_DROPPED)
      return true;
  return !imstls_has("trace") && f->sent_len > before->sent;
}

static char letter_of(const struct view *before, const struct view *after, bool refused)
{
  bool retries = told(before, IMSTLS_EVENT_RETRY);
  bool same = after->state == before->state && after->registered == before->registered;
  if (same && after->trust == before->trust && !told_anything(before))
    return refused ? 'x' : '.';
  if (after->state == IMSTLS_STATE_CONNECTING && retries)
    return 'w';
  if (after->state == IMSTLS_STATE_STOPPED && !told(before, IMSTLS_EVENT_FAILED))
    return 'L';
  bool refreshed = told(before, IMSTLS_EVENT_REGISTERED) || told(before, IMSTLS_EVENT_REFRESHED);
  if (after->state == IMSTLS_STATE_REGISTERED && !refreshed)
    return 'K';
  return letters[after->state];
}

/* ---- what belongs to each letter ---- */

static void check_sent(char letter)
{
  int registers = 0;
  while (fake_request(f, NULL))
    registers++;
  bool sends = strchr("RAD", letter) != NULL;
  REQUIRE(registers == (sends ? 1 : 0), "one REGISTER leaves, or none");
}

static void check_end(char letter, const struct view *before)
{
  bool over = strchr("TLW", letter) != NULL, error = imstls_client_error(f->client) != IMSTLS_OK;
  if (over)
    REQUIRE(f->opened == f->closes && f->tls_opened == f->tls_closed, "nothing is left open");
  if (letter == 'T')
    REQUIRE(error && world.result == imstls_client_error(f->client), "the error is told");
  if (letter == 'L')
    REQUIRE(!error && told(before, IMSTLS_EVENT_DEREGISTERED), "it has left");
  if (letter == 'W')
    REQUIRE(error && told(before, IMSTLS_EVENT_RETRY), "the next attempt is told");
}

static void check_progress(char letter, const struct view *before, const struct view *after)
{
  if (letter == 'C' || letter == 'w')
    REQUIRE(after->opened > before->opened, "a new flow begins");
  if (letter == 'S')
    REQUIRE(after->sessions == before->sessions + 1, "a handshake begins");
  REQUIRE((letter == 'H') == (after->card_runs > before->card_runs), "the card is asked, or not");
  if (letter == 'G')
    REQUIRE(told(before, before->registered ? IMSTLS_EVENT_REFRESHED : IMSTLS_EVENT_REGISTERED), "it is told");
}

static void check_binding(char letter, const struct view *before, const struct view *after)
{
  bool ends = before->registered && !after->registered;
  bool ending = told(before, IMSTLS_EVENT_LOST) || told(before, IMSTLS_EVENT_DEREGISTERED);
  REQUIRE(after->registered == (letter == 'G') || before->registered, "registered by nothing but a 200");
  REQUIRE(!ends || ending || told(before, IMSTLS_EVENT_FAILED), "the end of a registration is told");
}

/* Trust is made by an answer that goes out, or by a session that was trusted; it ends with its channel. */
static void check_trust(const struct situation *s, char letter, const struct view *before, const struct view *after)
{
  bool gains = !before->trust && after->trust, resumes = s->reach == resuming && letter == 'R';
  bool by_proof = letter == 'A' && told(before, IMSTLS_EVENT_TRUST) && imstls_client_error(f->client) == IMSTLS_OK;
  REQUIRE(!gains || by_proof || resumes, "trust from nothing");
  REQUIRE(!after->trust || !strchr("CSWwTL", letter), "trust outlives its channel");
  REQUIRE(letter != 'G' || after->trust, "registered without trust");
}

static bool left_untrusted(const char *text)
{
  size_t len = strlen(text);
  for (size_t i = 0; i + len <= f->untrusted_len; i++)
    if (memcmp(f->untrusted + i, text, len) == 0)
      return true;
  return false;
}

static void check_secrets(void)
{
  REQUIRE(f->untrusted_len < sizeof f->untrusted / 2, "all that left is kept");
  REQUIRE(!left_untrusted("c_token"), "a c_token leaves without trust");
  for (int i = 0; i < world.count; i++) {
    const imstls_aka_vector *v = &world.vectors[i];
    REQUIRE(!left_untrusted(world.responses[i]), "a response leaves without trust");
    REQUIRE(!fake_sent_secret(f, v->res, v->res_len), "RES leaves");
    REQUIRE(!fake_sent_secret(f, v->ck, 16) && !fake_sent_secret(f, v->ik, 16), "a key leaves");
  }
}

/* The answer is there where it belongs: what is searched for above can be found. */
static void check_answer(char letter, const struct view *before, const struct view *after)
{
  if (letter != 'A' || !told(before, IMSTLS_EVENT_TRUST))
    return;
  const char *response = world.responses[world.count - 1];
  if (after->trust == IMSTLS_TRUST_BY_TOKEN)
    REQUIRE(fake_sent_text(f, "c_token=\""), "the answer has a c_token");
  REQUIRE(fake_sent_text(f, response), "the answer has the response");
}

/* ---- one cell ---- */

static void make_world(const struct situation *s, int event)
{
  memset(&world, 0, sizeof world);
  snprintf(world.text, sizeof world.text, "%s: %s", s->name, events[event].name);
  world.name = world.text;
  world.unfit_amf = event == CARD_UNFIT;
  fake_init(f);
  f->card_pending = true;
  f->config.timers.keepalive_ms = UINT32_MAX;
  f->config.timers.answer_ms = f->config.timers.timer_f_ms = 128000; /* silence is Timer F's alone */
  f->config.policy.amf_separation = IMSTLS_AMF_REQUIRE_1;
  f->config.device.instance_id = "urn:uuid:00000000-0000-1000-8000-000a95a0e128";
  f->config.device.reg_id = 1;
  s->set();
}

static void let_happen(const struct event *e)
{
  world.result = IMSTLS_OK;
  if (e->happens)
    e->happens();
  else
    fake_reply(f, e->status, "Text", e->extra);
}

static void check_cell(const struct situation *s, int event, char expected)
{
  make_world(s, event);
  s->reach();
  freeze();
  struct view before = look();
  f->hook = freeze_next;
  let_happen(&events[event]);
  bool refused = world.result == IMSTLS_ERR_STATE;
  settle();
  f->hook = NULL;
  struct view after = look();
  char letter = letter_of(&before, &after, refused);
  ck_assert_msg(letter == expected, "%s: %c instead of %c", world.name, letter, expected);
  check_sent(letter);
  check_end(letter, &before);
  check_progress(letter, &before, &after);
  check_binding(letter, &before, &after);
  check_trust(s, letter, &before, &after);
  check_secrets();
  check_answer(letter, &before, &after);
  thaw(); /* and what would have left next */
  settle();
  check_secrets();
  fake_end(f);
}

/* A REGISTER of an earlier life, for responses to it. */
static void live_before(void)
{
  fake_start(f);
  (void)fake_register(f);
  fake_end(f);
}

START_TEST(every_event)
{
  const struct situation *s = &situations[_i];
  if (s->octets)
    NEEDS_OCTETS();
  char cells[EVENTS];
  read_row(s, cells);
  live_before();
  for (int event = 0; event < EVENTS; event++)
    if (cells[event] != '-')
      check_cell(s, event, cells[event]);
}
END_TEST

Suite *client_table_suite(void);
Suite *client_table_suite(void)
{
  Suite *suite = suite_create("client_table");
  TCase *tcase = tcase_create("client");
  tcase_add_checked_fixture(tcase, setup, teardown);
  tcase_set_timeout(tcase, 60);
  tcase_add_loop_test(tcase, every_event, 0, SITUATIONS);
  suite_add_tcase(suite, tcase);
  return suite;
}
