/* SPDX-License-Identifier: Apache-2.0 */
/* Every public call from inside every callback: the rule of imstls.h, as a table of both. Each pair runs through every
 * scenario, the call before and after the callback's own work, at every turn; sanitizers watch. */
#include <stdio.h>

#include "../client_help.h"
#include "fake_served.h"

/* ---- callbacks: part, result, name, parameters, arguments ---- */

#define GIVES(X)                                                                                                       \
  X(usim, int, authenticate, (void *u, uint32_t n, const uint8_t r[16], const uint8_t a[16], imstls_aka_result *out),  \
    (u, n, r, a, out))                                                                                                 \
  X(net, int, resolve, (void *u, const imstls_net_query *q, imstls_address *out, size_t cap, size_t *count),           \
    (u, q, out, cap, count))                                                                                           \
  X(net, int, open, (void *u, const imstls_net_open *how, imstls_socket *out), (u, how, out))                          \
  X(net, int, connected, (void *u, imstls_socket s, imstls_address *local), (u, s, local))                             \
  X(net, int, accept, (void *u, imstls_socket l, imstls_socket *out, imstls_address *from), (u, l, out, from))         \
  X(net, int, send, (void *u, imstls_socket s, const uint8_t *data, size_t len), (u, s, data, len))                    \
  X(net, int, recv, (void *u, imstls_socket s, uint8_t *data, size_t cap, imstls_address *from),                       \
    (u, s, data, cap, from))                                                                                           \
  X(net, int, send_to, (void *u, imstls_socket s, const uint8_t *d, size_t n, const imstls_address *to),               \
    (u, s, d, n, to))                                                                                                  \
  X(tls, int, open, (void *u, const imstls_tls_open *how), (u, how))                                                   \
  X(tls, int, handshake, (void *u, int session), (u, session))                                                         \
  X(tls, int, read, (void *u, int session, uint8_t *data, size_t cap), (u, session, data, cap))                        \
  X(tls, int, write, (void *u, int session, const uint8_t *data, size_t len), (u, session, data, len))                 \
  X(tls, int, facts, (void *u, int session, imstls_tls_facts *facts), (u, session, facts))                             \
  X(tls, int, save, (void *u, int session, uint8_t *out, size_t cap, size_t *len), (u, session, out, cap, len))        \
  X(tls, int, exporter, (void *u, int session, uint8_t out[32]), (u, session, out))                                    \
  X(tls, int, last_error, (void *u), (u))                                                                              \
  X(tls, int, failure, (void *u, int session, char *text, size_t cap), (u, session, text, cap))                        \
  X(ipsec, int, reserve,                                                                                               \
    (void *u, const imstls_address *ue, const imstls_address *p, uint16_t keep, imstls_ipsec_end *out),                \
    (u, ue, p, keep, out))                                                                                             \
  X(ipsec, int, install, (void *u, const imstls_ipsec_sa *sa, uint32_t *id), (u, sa, id))                              \
  X(ipsec, int, set_lifetime, (void *u, uint32_t id, uint32_t s), (u, id, s))                                          \
  X(ports, int, random, (void *u, uint8_t *out, size_t len), (u, out, len))                                            \
  X(ports, uint64_t, now_ms, (void *u), (u))                                                                           \
  X(ports, int64_t, wall_s, (void *u), (u))                                                                            \
  X(callbacks, int, on_message, (void *u, imstls_client *c, const imstls_sip_message *m), (u, c, m))                   \
  X(ports, int, store, (void *u, const char *name, const uint8_t *data, size_t len), (u, name, data, len))             \
  X(ports, int, load, (void *u, const char *name, uint8_t *out, size_t cap), (u, name, out, cap))                      \
  X(callbacks, int, psk_identity, (void *u, char *out, size_t cap), (u, out, cap))

#define TELLS(X)                                                                                                       \
  X(usim, cancel, (void *u, uint32_t n), (u, n))                                                                       \
  X(net, close, (void *u, imstls_socket s), (u, s))                                                                    \
  X(tls, close, (void *u, int session), (u, session))                                                                  \
  X(ipsec, remove, (void *u, uint32_t id), (u, id))                                                                    \
  X(ipsec, release, (void *u, const imstls_ipsec_end *end), (u, end))                                                  \
  X(callbacks, on_event, (void *u, imstls_client *c, const imstls_event *event), (u, c, event))                        \
  X(callbacks, on_log, (void *u, imstls_text line), (u, line))

#define NAME_OF_GIVES(part, result, name, params, args) IN_##part##_##name,
#define NAME_OF_TELLS(part, name, params, args) IN_##part##_##name,
enum { GIVES(NAME_OF_GIVES) TELLS(NAME_OF_TELLS) CALLBACKS };

#define TEXT_OF_GIVES(part, result, name, params, args) #part "." #name,
#define TEXT_OF_TELLS(part, name, params, args) #part "." #name,
static const char *const callback_names[CALLBACKS] = { GIVES(TEXT_OF_GIVES) TELLS(TEXT_OF_TELLS) };

/* What the callbacks do by themselves. */
static struct {
  imstls_usim usim;
  imstls_net net;
  imstls_tls tls;
  imstls_ipsec ipsec;
  imstls_config_ports ports;
  imstls_config_callbacks callbacks;
} own;

static int here;               /* the callback in question */
static void (*the_call)(void); /* the public call in question */
static bool freed, ended;      /* asked for, and not done until the outermost call returns */
static unsigned seen[CALLBACKS];

static void poke(int callback)
{
  static bool poking; /* a clock that is asked from a call that was made from the clock has been tried */
  seen[callback]++;
  if (callback != here || !f->client || poking)
    return;
  poking = true;
  the_call();
  poking = false;
}

#define WRAP_GIVES(part, result, name, params, args)                                                                   \
  static result part##_##name params                                                                                   \
  {                                                                                                                    \
    poke(IN_##part##_##name);                                                                                          \
    result given = own.part.name args;                                                                                 \
    poke(IN_##part##_##name);                                                                                          \
    return given;                                                                                                      \
  }
#define WRAP_TELLS(part, name, params, args)                                                                           \
  static void part##_##name params                                                                                     \
  {                                                                                                                    \
    poke(IN_##part##_##name);                                                                                          \
    own.part.name args;                                                                                                \
    poke(IN_##part##_##name);                                                                                          \
  }
GIVES(WRAP_GIVES)
TELLS(WRAP_TELLS)

static int no_error(void *user)
{
  (void)user;
  return 0;
}
static void no_line(void *user, imstls_text line)
{
  (void)user;
  (void)line;
}

static int an_identity(void *user, char *out, size_t cap)
{
  (void)user;
  ck_assert_uint_ge(cap, 4);
  memcpy(out, "name", 4);
  return 4;
}

static void wrap(void)
{
  static imstls_usim usim;
  static imstls_net net;
  static imstls_tls tls;
  static imstls_ipsec ipsec;
  f->config.callbacks.on_log = no_line;
  f->config.callbacks.psk_identity = an_identity;
  own.ports = f->config.ports;
  own.callbacks = f->config.callbacks;
  own.usim = usim = *f->config.ports.usim;
  own.tls = tls = *f->config.ports.tls;
  own.ipsec = ipsec = *f->config.ports.ipsec;
  own.tls.last_error = no_error;
  if (f->config.ports.net)
    own.net = net = *f->config.ports.net;
#define SET_ports(name) f->config.ports.name = ports_##name;
#define SET_callbacks(name) f->config.callbacks.name = callbacks_##name;
#define SET_usim(name) usim.name = usim_##name;
#define SET_net(name)                                                                                                  \
  if (own.net.name)                                                                                                    \
    net.name = net_##name;
#define SET_tls(name)                                                                                                  \
  if (own.tls.name)                                                                                                    \
    tls.name = tls_##name;
#define SET_ipsec(name) ipsec.name = ipsec_##name;
#define SET_GIVES(part, result, name, params, args) SET_##part(name)
#define SET_TELLS(part, name, params, args) SET_##part(name)
  GIVES(SET_GIVES)
  TELLS(SET_TELLS)
  f->config.ports.usim = &usim;
  f->config.ports.tls = &tls;
  f->config.ports.ipsec = &ipsec;
  f->config.ports.net = f->config.ports.net ? &net : NULL;
}

/* ---- public calls, and what each may answer ---- */

static const char aside[] = "OPTIONS sip:u@h SIP/2.0\r\nVia: SIP/2.0/UDP h:5063;branch=z9hG4bK1\r\n"
                            "From: <sip:n@d>;tag=1\r\nTo: <sip:u@d>\r\nCall-ID: 1\r\nCSeq: 1 OPTIONS\r\n"
                            "Content-Length: 0\r\n\r\n";
static const char message[] = "MESSAGE sip:u SIP/2.0\r\nVia: SIP/2.0/TLS h;branch=z9hG4bK1\r\nFrom: <sip:a@b>;tag=1\r\n"
                              "To: <sip:u>\r\nCall-ID: x\r\nCSeq: 1 MESSAGE\r\nContent-Length: 0\r\n\r\n";

static void ck_either(int result, int other)
{
  ck_assert_msg(result == IMSTLS_OK || result == other, "%d in %s", result, callback_names[here]);
}

/* A wish. None is taken once stop or free was said. */
static void ck_wish(int result)
{
  ck_either(result, IMSTLS_ERR_STATE);
  ck_assert(!ended || result == IMSTLS_ERR_STATE);
}

static void call_register(void) { ck_wish(imstls_client_register(f->client)); }
static void call_refresh(void) { ck_wish(imstls_client_refresh(f->client)); }
static void call_deregister(void) { ck_wish(imstls_client_deregister(f->client)); }
static void call_network_changed(void) { ck_wish(imstls_client_network_changed(f->client)); }
static void call_step(void) { ck_assert_int_eq(imstls_client_step(f->client), IMSTLS_ERR_STATE); }

static void call_stop(void)
{
  imstls_client_stop(f->client);
  ended = true;
  ck_wish(imstls_client_register(f->client));
  ck_assert_int_eq(imstls_client_send(f->client, message, sizeof message - 1), IMSTLS_NOT_READY);
}

static void call_free(void)
{
  imstls_client_free(f->client);
  ended = freed = true;
  ck_wish(imstls_client_register(f->client)); /* it is still there */
}

/* Who sends one more for each that was sent never comes to rest. */
static void call_send(void)
{
  static int times;
  if (++times > 100)
    return;
  int result = imstls_client_send(f->client, message, sizeof message - 1);
  ck_assert(result == IMSTLS_OK || result == IMSTLS_NOT_READY || result == IMSTLS_WANT_WRITE);
}

static void call_getters(void)
{
  imstls_wait waits[8];
  imstls_address local;
  ck_assert_uint_le(imstls_client_waits(f->client, waits, 8), 8);
  ck_assert_int_le(imstls_client_state(f->client), IMSTLS_STATE_STOPPED);
  ck_assert_int_le(imstls_client_registered(f->client), 1);
  ck_assert_str_ne(imstls_error_name(imstls_client_error(f->client)), "unknown");
  ck_assert_uint_lt(imstls_client_sip_status(f->client), 700);
  ck_assert_int_eq(imstls_client_tls_error(f->client), 0);
  ck_assert_int_le(imstls_client_trust(f->client), IMSTLS_TRUST_BY_RESUMPTION);
  ck_assert_uint_lt(imstls_client_security_verify(f->client).len, 1024);
  ck_assert_uint_lt(imstls_client_service_route(f->client).len, 2048);
  ck_assert_uint_lt(imstls_client_associated_uri(f->client).len, 2048);
  ck_either(imstls_client_local_address(f->client, &local), IMSTLS_ERR_STATE);
}

static void call_timeout(void) { ck_assert_int_ge((int)imstls_client_timeout_ms(f->client), -1); }

/* The answer to the request that is under way, should it be. */
static void call_usim_done(void)
{
  imstls_aka_result result = { .size = sizeof result, .verdict = IMSTLS_AKA_MAC_FAILURE };
  ck_either(imstls_client_usim_done(f->client, f->client->run.ticket, 0, &result), IMSTLS_ERR_STATE);
}

static void call_resolved(void)
{
  imstls_address address = { .family = 4, .ip = { 192, 0, 2, 7 } };
  ck_either(imstls_client_resolved(f->client, f->client->resolver.ticket, &address, 1), IMSTLS_ERR_STATE);
}

/* The connection that was asked for last. */
static uint32_t opened(void) { return f->client->feed.last_number; }

static void call_connected(void)
{
  imstls_address local = { .family = 4, .ip = { 192, 0, 2, 9 }, .port = 40001 };
  ck_either(imstls_client_connected(f->client, opened(), &local), IMSTLS_ERR_STATE);
}

static void call_feed(void)
{
  int result = imstls_client_feed(f->client, opened(), (const uint8_t *)"\r\n", 2);
  ck_assert((result >= 0 && result <= 2) || result == IMSTLS_ERR_STATE);
}

static void call_pull(void)
{
  uint8_t out[64];
  int n = imstls_client_pull(f->client, opened(), out, sizeof out);
  ck_assert((n >= 0 && n <= (int)sizeof out) || n == IMSTLS_ERR_STATE);
}

static void call_disconnected(void) { ck_either(imstls_client_disconnected(f->client, opened()), IMSTLS_ERR_STATE); }

static void call_setters(void)
{
  ck_assert_int_eq(imstls_client_resume(f->client), IMSTLS_OK);
  ck_assert_int_eq(imstls_client_set_access_network_info(f->client, "IEEE-802.11; x=1"), IMSTLS_OK);
  ck_assert_int_eq(imstls_client_set_pcscf(f->client, "pcscf.example, other.example"), IMSTLS_OK);
  ck_assert_int_eq(imstls_client_set_expires(f->client, 7200), IMSTLS_OK);
}

static void (*const calls[])(void) = {
  call_register,     call_refresh, call_deregister, call_stop,     call_network_changed, call_step, call_send,
  call_getters,      call_timeout, call_usim_done,  call_resolved, call_connected,       call_feed, call_pull,
  call_disconnected, call_setters, call_free
};
enum { CALLS = sizeof calls / sizeof calls[0] };

/* ---- scenarios ---- */

/* After each public call of the scenario: is the client still there? */
static bool lives(void)
{
  if (freed)
    f->client = NULL;
  ended = false;
  return f->client != NULL;
}

#define OUTER(call) ((void)(call), lives())

static struct fake_served *s;

static void tls_first(void)
{
  served_attach(s, f);
  f->config.network.pcscf = "pcscf.example";
  f->config.serving.port = 5070;
}

static void in_esp(void)
{
  f->config.policy.flow = IMSTLS_FLOW_AGREE_FIRST;
  f->config.network.transport = IMSTLS_NET_UDP;
  f->config.policy.offer = "ipsec-3gpp;alg=hmac-sha-1-96;ealg=null";
  f->config.identity.impi = "u@d";
  f->config.identity.impu = "sip:u@d";
  f->config.identity.home_domain = "d";
  f->security_server = "ipsec-3gpp;alg=hmac-sha-1-96;ealg=null;spi-c=5001;spi-s=5002;port-c=5063;port-s=5064";
}

/* Without sockets, a slow card, then a session keyed by the PSK. */
static void fed(void)
{
  f->config.ports.net = NULL;
  f->config.policy.flow = IMSTLS_FLOW_AGREE_FIRST;
  f->config.policy.psk = IMSTLS_PSK_ALLOW;
  f->card_pending = true;
  f->facts.psk = 1;
  f->facts.cert.len = 0;
}

/* A handshake that fails once, then a wrong s_token2. */
static void refused(void)
{
  f->config.policy.token2 = IMSTLS_TOKEN2_ALLOWED;
  f->config.policy.trust = IMSTLS_TRUST_TOKEN_OR_PKI;
  f->handshake_result = IMSTLS_ERR_TLS;
}

/* The same, by a TLS part that has no codes for its sessions. */
static void refused_once_more(void)
{
  static imstls_tls older;
  refused();
  older = *f->config.ports.tls;
  older.failure = NULL;
  f->config.ports.tls = &older;
}

static void (*const scenarios[])(void) = { tls_first, in_esp, fed, refused, refused_once_more };
enum { SCENARIOS = sizeof scenarios / sizeof scenarios[0], TURNS = 40 };

static const char *challenge_lines(void)
{
  static char lines[1200];
  const char *headers = fake_challenge_headers(f, NULL);
  const char *end = strstr(headers, "\r\n");
  if (f->config.policy.token2 == IMSTLS_TOKEN2_OFF)
    return headers;
  snprintf(lines, sizeof lines, "%.*s, s_token2=\"%032d\", cb=\"tls-exporter\"%s", (int)(end - headers), headers, 0,
           end);
  return lines;
}

static void answer(void)
{
  imstls_sip_message m;
  if (!fake_request(f, &m) || m.status || !imstls_text_is(m.method, "REGISTER"))
    return;
  if (auth_param(&m, "response").len)
    fake_ok(f, "");
  else
    fake_reply(f, 401, "Unauthorized", challenge_lines());
}

static bool fed_some; /* in this turn: a step is due */

/* Octets between the client and the P-CSCF without sockets. */
static void carry(void)
{
  uint8_t out[4096];
  int n = imstls_client_pull(f->client, opened(), out, sizeof out);
  if (n > 0) {
    memcpy(f->sent + f->sent_len, out, (size_t)n);
    f->sent_len += (size_t)n;
  }
  size_t len = f->coming_len - f->coming_at;
  n = len ? imstls_client_feed(f->client, opened(), (const uint8_t *)f->coming + f->coming_at, len) : 0;
  if (n > 0)
    f->coming_at += (size_t)n;
  fed_some = fed_some || n > 0;
}

static bool network_turn(int turn)
{
  imstls_address local = { .family = 4, .ip = { 192, 0, 2, 9 }, .port = 40001 };
  if (f->config.ports.net) {
    answer();
    return true;
  }
  fed_some = imstls_client_connected(f->client, opened(), &local) == IMSTLS_OK;
  carry();
  answer();
  carry();
  if (f->client->run.asked && turn % 5 == 4) /* the connection goes while the card thinks */
    return OUTER(imstls_client_disconnected(f->client, opened()));
  return !f->client->run.asked || OUTER(imstls_client_usim_done(f->client, f->card_request, 0, &f->card_result));
}

static bool registered_turn(int turn)
{
  fake_say(f, message, sizeof message - 1);
  if (f->config.serving.port && turn % 4 == 0 && s->called < CALLERS)
    served_say(s, served_call(s, "198.51.100.9", 4000), message);
  if (!OUTER(imstls_client_send(f->client, message, sizeof message - 1)))
    return false;
  return turn < TURNS / 2 ? OUTER(imstls_client_refresh(f->client)) : OUTER(imstls_client_deregister(f->client));
}

static void play(void (*scenario)(void))
{
  fake_init(f);
  memset(s, 0, sizeof *s);
  freed = ended = false;
  scenario();
  wrap();
  ck_assert_int_eq(imstls_client_new(&f->client, &f->config), IMSTLS_OK);
  bool there = OUTER(imstls_client_register(f->client));
  for (int turn = 0; there && turn < TURNS; turn++) {
    fed_some = false;
    there = OUTER(imstls_client_step(f->client)) && network_turn(turn);
    if (there && imstls_client_registered(f->client) && turn % 4 == 0)
      there = registered_turn(turn);
    bool open = there && imstls_client_state(f->client) == IMSTLS_STATE_REGISTERED;
    if (open && f->side_socket) /* while no REGISTER is on its way */
      f->aside = aside;
    int64_t wait = there ? imstls_client_timeout_ms(f->client) : 0;
    there = there && lives();
    bool idle = f->coming_at == f->coming_len && !f->aside && !fed_some;
    f->now_ms += idle && wait > 0 ? (uint64_t)wait : 0;
    if (turn == 3)
      f->handshake_result = 0;
  }
  if (there && !OUTER(imstls_client_stop(f->client)))
    return;
  if (there)
    imstls_client_free(f->client);
  f->client = NULL;
}

static void ck_balanced(void)
{
  ck_assert_int_eq(f->opened, f->closes);
  ck_assert_int_eq(f->tls_opened, f->tls_closed);
  ck_assert_int_eq(f->installed, f->removed);
  ck_assert_int_le(f->reserved, f->released + f->installed);
  fake_check_untrusted(f);
  if (f->config.serving.port)
    served_end(s);
}

static void setup_all(void)
{
  setup();
  s = malloc(sizeof *s);
  ck_assert_ptr_nonnull(s);
}

static void teardown_all(void)
{
  teardown();
  free(s);
}

static void nothing(void) {}

/* The table is worth what the scenarios reach. */
START_TEST(every_callback_runs)
{
  NEEDS_OCTETS();
  memset(seen, 0, sizeof seen);
  here = CALLBACKS;
  the_call = nothing;
  for (int i = 0; i < SCENARIOS; i++) {
    play(scenarios[i]);
    ck_balanced();
  }
  for (int i = 0; i < CALLBACKS; i++)
    ck_assert_msg(seen[i], "no scenario reaches %s", callback_names[i]);
}
END_TEST

START_TEST(every_call_inside)
{
  here = _i;
  for (int call = 0; call < CALLS; call++)
    for (int i = 0; i < SCENARIOS; i++) {
      the_call = calls[call];
      play(scenarios[i]);
      ck_balanced();
    }
}
END_TEST

/* ---- what was wrong once ---- */

static int wanted_event;

static void free_on_event(struct fake *world, const imstls_event *event)
{
  if (event->type == wanted_event)
    imstls_client_free(world->client);
}

static void stop_on_event(struct fake *world, const imstls_event *event)
{
  if (event->type == wanted_event)
    imstls_client_stop(world->client);
}

START_TEST(free_while_stopping)
{
  f->config.ports.net = NULL;
  ck_assert_int_eq(imstls_client_new(&f->client, &f->config), IMSTLS_OK);
  ck_assert_int_eq(imstls_client_register(f->client), IMSTLS_OK);
  ck_assert_int_eq(imstls_client_step(f->client), IMSTLS_OK);
  wanted_event = IMSTLS_EVENT_CLOSE;
  f->hook = free_on_event;
  imstls_client_stop(f->client);
  f->client = NULL;
  ck_assert_int_eq(count_events(IMSTLS_EVENT_CLOSE), 1);
}
END_TEST

START_TEST(stop_while_stopping)
{
  fake_register_whole(f);
  f->config.ports.net = NULL;
  wanted_event = IMSTLS_EVENT_CLOSE;
  f->hook = stop_on_event;
  imstls_client_stop(f->client);
  ck_state(STOPPED);
  ck_assert_int_eq(f->tls_closed, 1);
}
END_TEST

/* send runs no callback; the step that sends does, and may end the client. */
START_TEST(free_while_sending)
{
  fake_register_whole(f);
  int events = f->event_count;
  wanted_event = IMSTLS_EVENT_SENT;
  f->hook = free_on_event;
  ck_assert_int_eq(imstls_client_send(f->client, message, sizeof message - 1), IMSTLS_OK);
  ck_assert_int_eq(f->event_count, events);
  (void)imstls_client_step(f->client);
  f->client = NULL;
  ck_assert_int_eq(f->opened, f->closes);
}
END_TEST

START_TEST(stop_after_register)
{
  fake_start(f);
  imstls_client_stop(f->client);
  (void)fake_register(f);
  ck_assert_int_eq(imstls_client_register(f->client), IMSTLS_OK);
  imstls_client_stop(f->client);
  fake_run(f);
  ck_state(STOPPED);
  ck_silent();
}
END_TEST

/* Nothing more is done for who said stop: the card is not asked, the next message is not shown. */
START_TEST(stop_ends_the_step)
{
  fake_start(f);
  (void)fake_register(f);
  wanted_event = IMSTLS_EVENT_RECEIVED;
  f->hook = stop_on_event;
  fake_challenge(f);
  fake_run(f);
  ck_state(STOPPED);
  ck_assert_int_eq(f->card_runs, 0);
  fake_end(f);

  fake_init(f);
  fake_register_whole(f);
  f->hook = stop_on_event;
  fake_say(f, message, sizeof message - 1);
  fake_say(f, message, sizeof message - 1);
  fake_run(f);
  ck_state(STOPPED);
  ck_assert_int_eq(f->messages, 1);
}
END_TEST

static int result_within; /* what the callback says after the answer came */

static int answer_within(void *user, uint32_t request, const uint8_t rand[16], const uint8_t autn[16],
                         imstls_aka_result *result)
{
  imstls_aka_result out = { .size = sizeof out };
  (void)result;
  ck_assert_int_eq(own.usim.authenticate(user, request, rand, autn, &out), IMSTLS_OK);
  ck_assert_int_eq(imstls_client_usim_done(f->client, request, IMSTLS_OK, &out), IMSTLS_OK);
  ck_assert_int_eq(imstls_client_usim_done(f->client, request, IMSTLS_OK, &out), IMSTLS_ERR_STATE);
  return result_within;
}

START_TEST(usim_done_within)
{
  imstls_usim usim = own.usim = *f->config.ports.usim;
  usim.authenticate = answer_within;
  f->config.ports.usim = &usim;
  result_within = _i ? IMSTLS_ERR_USIM : IMSTLS_PENDING; /* the first answer counts */
  fake_register_whole(f);
}
END_TEST

static int resolve_within(void *user, const imstls_net_query *query, imstls_address *out, size_t cap, size_t *count)
{
  imstls_address address = { .family = 4, .ip = { 192, 0, 2, 99 } };
  (void)user;
  (void)cap;
  ck_assert_int_eq(imstls_client_resolved(f->client, query->request, &address, 1), IMSTLS_OK);
  ck_assert_int_eq(imstls_client_resolved(f->client, query->request, &address, 1), IMSTLS_ERR_STATE);
  *count = 0;
  (void)out;
  return result_within;
}

START_TEST(resolved_within)
{
  imstls_net net = *f->config.ports.net;
  net.resolve = resolve_within;
  f->config.ports.net = &net;
  f->config.network.pcscf = "pcscf.example";
  result_within = _i ? IMSTLS_OK : IMSTLS_PENDING;
  fake_register_whole(f);
  ck_assert_str_eq(fake_line(f, IMSTLS_EVENT_CONNECTING), "192.0.2.99:5061");
}
END_TEST

Suite *client_reentrancy_suite(void);
Suite *client_reentrancy_suite(void)
{
  Suite *suite = suite_create("client_reentrancy");
  TCase *tcase = tcase_create("client");
  tcase_add_checked_fixture(tcase, setup_all, teardown_all);
  tcase_set_timeout(tcase, 120);
  tcase_add_test(tcase, every_callback_runs);
  tcase_add_loop_test(tcase, every_call_inside, 0, CALLBACKS);
  tcase_add_test(tcase, free_while_stopping);
  tcase_add_test(tcase, stop_while_stopping);
  tcase_add_test(tcase, free_while_sending);
  tcase_add_test(tcase, stop_after_register);
  tcase_add_test(tcase, stop_ends_the_step);
  tcase_add_loop_test(tcase, usim_done_within, 0, 2);
  tcase_add_loop_test(tcase, resolved_within, 0, 2);
  suite_add_tcase(suite, tcase);
  return suite;
}
