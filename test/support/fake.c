/* SPDX-License-Identifier: Apache-2.0 */
#include "fake.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/base.h"
#include "client/client.h"
#include "soft_handle.h"

static struct {
  imstls_sip_message m;
  char text[FAKE_STREAM];
} last; /* the last request; tests run one at a time */

bool fake_handles(void)
{
  const char *keys = getenv("IMSTLS_TEST_KEYS");
  return keys && strcmp(keys, "handle") == 0;
}

static bool fails(struct fake *f) { return ++f->calls == f->fail_at; }

/* ---- callbacks ---- */

static uint64_t now_ms(void *user) { return ((struct fake *)user)->now_ms; }
static int64_t wall_s(void *user) { return ((struct fake *)user)->wall_s; }

static int seeded(void *user, uint8_t *out, size_t len)
{
  struct fake *f = user;
  if (fails(f))
    return IMSTLS_ERR_RANDOM;
  for (size_t i = 0; i < len; i++) {
    f->seed = f->seed * 6364136223846793005u + 1442695040888963407u;
    out[i] = (uint8_t)(f->seed >> 56);
  }
  return IMSTLS_OK;
}

static int resolve(void *user, uint32_t request, const char *host, imstls_address *out, size_t cap, size_t *count)
{
  struct fake *f = user;
  ck_assert(cap >= 1 && host[0]);
  f->resolve_request = request;
  if (fails(f))
    return IMSTLS_ERR_RESOLVE;
  ck_assert_int_eq(imstls_address_parse(IMSTLS_I_LIT("192.0.2.7"), out), IMSTLS_OK);
  *count = 1;
  return f->resolve_result;
}

static int net_open(void *user, const imstls_net_open *how, imstls_socket *out)
{
  struct fake *f = user;
  bool aside = !how->remote.family;
  if (!aside)
    f->last_open = *how;
  if (fails(f) || f->open_error)
    return IMSTLS_ERR_CONNECT;
  if (aside) {
    *out = f->side_socket = ++f->opened;
    return IMSTLS_OK;
  }
  f->closed = false;
  f->coming_len = f->coming_at = 0;
  if (f->fail_at)
    f->sent_seen = f->sent_len; /* half a request may have been left there */
  f->opened++;
  *out = f->opened;
  return IMSTLS_OK;
}

static int connected(void *user, imstls_socket s, imstls_address *local)
{
  struct fake *f = user;
  (void)s;
  if (fails(f))
    return IMSTLS_ERR_CONNECT;
  if (f->connect_result)
    return f->connect_result;
  imstls_text text = f->last_open.remote.family == 6 ? IMSTLS_I_LIT("2001:db8::9") : IMSTLS_I_LIT("192.0.2.9");
  ck_assert_int_eq(imstls_address_parse(text, local), IMSTLS_OK);
  local->port = f->last_open.local.port ? f->last_open.local.port : 40001;
  return IMSTLS_OK;
}

static int take_out(struct fake *f, const uint8_t *data, size_t len)
{
  if (f->closed)
    return IMSTLS_ERR_CONNECTION;
  if (f->write_cut && len > f->write_cut)
    len = f->write_cut;
  ck_assert(f->sent_len + len <= sizeof f->sent);
  memcpy(f->sent + f->sent_len, data, len);
  f->sent_len += len;
  if (f->client && f->client->flow->trust == IMSTLS_TRUST_BY_NONE && f->untrusted_len + len <= sizeof f->untrusted) {
    memcpy(f->untrusted + f->untrusted_len, data, len);
    f->untrusted_len += len;
  }
  return (int)len;
}

static int give_in(struct fake *f, uint8_t *data, size_t cap)
{
  size_t len = f->coming_len - f->coming_at;
  f->reads++;
  if (!len && f->read_result)
    return f->read_result;
  if (!len)
    return f->closed ? IMSTLS_CLOSED : IMSTLS_WANT_READ;
  len = len < cap ? len : cap;
  if (f->cut && len > f->cut)
    len = f->cut;
  memcpy(data, f->coming + f->coming_at, len);
  f->coming_at += len;
  return (int)len;
}

static int net_send(void *user, imstls_socket s, const uint8_t *data, size_t len)
{
  (void)s;
  return fails(user) ? IMSTLS_ERR_CONNECTION : take_out(user, data, len);
}

static int net_recv(void *user, imstls_socket s, uint8_t *data, size_t cap, imstls_address *from)
{
  struct fake *f = user;
  if (from)
    *from = f->last_open.remote;
  if (fails(f))
    return IMSTLS_ERR_CONNECTION;
  if (s == f->side_socket && f->aside) {
    size_t len = strlen(f->aside);
    ck_assert(from && len <= cap);
    memcpy(data, f->aside, len);
    f->aside = NULL;
    from->port = f->aside_from ? f->aside_from : 5063;
    return (int)len;
  }
  if (s == f->side_socket && f->last_open.kind != IMSTLS_NET_UDP)
    return IMSTLS_WANT_READ; /* what comes is for the stream */
  return give_in(f, data, cap);
}

static int net_send_to(void *user, imstls_socket s, const uint8_t *data, size_t len, const imstls_address *to)
{
  struct fake *f = user;
  ck_assert(s == f->side_socket && to->family);
  f->answered_aside++;
  f->aside_port = to->port;
  return fails(f) ? IMSTLS_ERR_CONNECTION : take_out(f, data, len);
}

static void net_close(void *user, imstls_socket s)
{
  struct fake *f = user;
  ck_assert(s > 0);
  f->closes++;
}

static int tls_open(void *user, const imstls_tls_open *how)
{
  struct fake *f = user;
  f->last_tls = *how;
  if (how->psk_len) {
    memcpy(f->psk, how->psk, 32);
    ck_assert_uint_lt(how->psk_identity.len, sizeof f->psk_identity);
    memcpy(f->psk_identity, how->psk_identity.ptr, how->psk_identity.len);
    f->psk_identity[how->psk_identity.len] = '\0';
  }
  f->resume_offered += how->resume.len > 0;
  if (fails(f))
    return IMSTLS_ERR_TLS;
  return f->tls_opened++ % 2;
}

static int handshake(void *user, int session)
{
  struct fake *f = user;
  (void)session;
  f->handshakes++;
  return fails(f) ? IMSTLS_ERR_TLS : f->handshake_result;
}

static int tls_read(void *user, int session, uint8_t *data, size_t cap)
{
  (void)session;
  return fails(user) ? IMSTLS_ERR_TLS : give_in(user, data, cap);
}

static int tls_write(void *user, int session, const uint8_t *data, size_t len)
{
  (void)session;
  return fails(user) ? IMSTLS_ERR_TLS : take_out(user, data, len);
}

static void tls_close(void *user, int session)
{
  (void)session;
  ((struct fake *)user)->tls_closed++;
}

static int tls_facts(void *user, int session, imstls_tls_facts *facts)
{
  struct fake *f = user;
  (void)session;
  if (fails(f))
    return IMSTLS_ERR_STATE;
  *facts = f->facts;
  return IMSTLS_OK;
}

static int tls_save(void *user, int session, uint8_t *out, size_t cap, size_t *len)
{
  (void)session;
  if (fails(user) || cap < 8)
    return IMSTLS_ERR_CAPACITY;
  memcpy(out, "SESSION!", 8);
  *len = 8;
  return IMSTLS_OK;
}

static int exporter(void *user, int session, uint8_t out[32])
{
  const struct fake *f = user;
  (void)session;
  for (int i = 0; i < 32; i++)
    out[i] = f->exporter[i] ^ f->exporter_mask;
  /* a failure counts, whatever was written */
  return f->no_exporter || !f->last_tls.exporter ? IMSTLS_ERR_UNSUPPORTED : IMSTLS_OK;
}

static bool is_pin(const char *name) { return strncmp(name, "token2-pin ", 11) == 0; }

static int store(void *user, const char *name, const uint8_t *data, size_t len)
{
  struct fake *f = user;
  if (is_pin(name)) {
    f->pinned = len > 0;
    return IMSTLS_OK;
  }
  ck_assert(len <= sizeof f->record);
  if (len)
    memcpy(f->record, data, len);
  f->record_len = len;
  *(len ? &f->stored : &f->forgotten) += 1;
  return IMSTLS_OK;
}

static int load(void *user, const char *name, uint8_t *out, size_t cap)
{
  struct fake *f = user;
  if (is_pin(name))
    return f->pinned;
  ck_assert(f->record_len <= cap);
  memcpy(out, f->record, f->record_len);
  return (int)f->record_len;
}

static int authenticate(void *user, uint32_t request, const uint8_t rand[16], const uint8_t autn[16],
                        imstls_aka_result *result)
{
  struct fake *f = user;
  static soft_handle handle;
  const imstls_usim *soft = fake_handles() ? soft_handle_usim(&handle, &f->soft) : imstls_usim_soft(&f->soft);
  f->card_runs++;
  f->card_request = request;
  if (fails(f))
    return IMSTLS_ERR_USIM;
  if (f->card_error)
    return f->card_error;
  if (!f->card_pending)
    return soft->authenticate(soft->user, request, rand, autn, result);
  f->card_result.size = sizeof f->card_result;
  ck_assert_int_eq(soft->authenticate(soft->user, request, rand, autn, &f->card_result), IMSTLS_OK);
  return IMSTLS_PENDING;
}

static void cancel(void *user, uint32_t request)
{
  (void)request;
  ((struct fake *)user)->card_cancels++;
}

static int reserve(void *user, const imstls_address *ue, const imstls_address *pcscf, uint16_t keep,
                   imstls_ipsec_end *out)
{
  struct fake *f = user;
  (void)ue;
  (void)pcscf;
  if (fails(f) || f->ipsec_error)
    return IMSTLS_ERR_IPSEC;
  f->reserved++;
  if (f->widest) {
    *out = (imstls_ipsec_end){ UINT32_MAX, UINT32_MAX, UINT16_MAX, UINT16_MAX };
    return IMSTLS_OK;
  }
  uint32_t n = (uint32_t)f->reserved;
  *out = (imstls_ipsec_end){ 1000 + 2 * n, 1001 + 2 * n, (uint16_t)(20000 + n), keep ? keep : (uint16_t)(30000 + n) };
  return IMSTLS_OK;
}

static int install(void *user, const imstls_ipsec_sa *sa, uint32_t *id)
{
  struct fake *f = user;
  if (fails(f))
    return IMSTLS_ERR_IPSEC;
  f->last_sa = *sa;
  *id = (uint32_t)++f->installed;
  return IMSTLS_OK;
}

static int set_lifetime(void *user, uint32_t id, uint32_t lifetime_s)
{
  struct fake *f = user;
  (void)id;
  f->lifetimes++;
  f->lifetime_s = lifetime_s;
  return IMSTLS_OK;
}

static void remove_sa(void *user, uint32_t id)
{
  (void)id;
  ((struct fake *)user)->removed++;
}

static void release(void *user, const imstls_ipsec_end *end)
{
  (void)end;
  ((struct fake *)user)->released++;
}

static void on_event(void *user, imstls_client *client, const imstls_event *event)
{
  struct fake *f = user;
  (void)client;
  ck_assert_int_lt(f->event_count, FAKE_EVENTS);
  f->events[f->event_count] = *event;
  size_t len = event->line.len < 119 ? event->line.len : 119;
  if (len)
    memcpy(f->lines[f->event_count], event->line.ptr, len);
  f->lines[f->event_count][len] = '\0';
  f->event_count++;
  if (f->hook)
    f->hook(f, event);
}

static int on_message(void *user, imstls_client *client, const imstls_sip_message *m)
{
  struct fake *f = user;
  (void)client;
  f->messages++;
  snprintf(f->last_message, sizeof f->last_message, "%.*s", (int)m->line.len, m->line.ptr);
  return f->take_messages;
}

/* ---- the world ---- */

static imstls_usim the_usim;
static imstls_net the_net;
static imstls_tls the_tls;
static imstls_ipsec the_ipsec;

static void set_callbacks(struct fake *f)
{
  the_usim = (imstls_usim){ sizeof the_usim, f, authenticate, cancel };
  the_net = (imstls_net){ .size = sizeof the_net, .user = f, .resolve = resolve, .open = net_open,
                          .connected = connected, .send = net_send, .recv = net_recv, .close = net_close,
                          .send_to = net_send_to };
  the_tls = (imstls_tls){ .size = sizeof the_tls, .user = f, .open = tls_open, .handshake = handshake,
                          .read = tls_read, .write = tls_write, .close = tls_close, .facts = tls_facts,
                          .save = tls_save, .exporter = exporter };
  the_ipsec = (imstls_ipsec){ sizeof the_ipsec, f, reserve, install, set_lifetime, remove_sa, release };
  f->config.ports.usim = &the_usim;
  f->config.ports.net = &the_net;
  f->config.ports.tls = &the_tls;
  f->config.ports.ipsec = &the_ipsec;
  f->config.callbacks.user = f;
  f->config.ports.random_user = f->config.ports.clock_user = f->config.ports.storage_user = f;
  f->config.ports.random = seeded;
  f->config.ports.now_ms = now_ms;
  f->config.ports.wall_s = wall_s;
  f->config.callbacks.on_event = on_event;
  f->config.callbacks.on_message = on_message;
  f->config.ports.store = store;
  f->config.ports.load = load;
}

void fake_init(struct fake *f)
{
  memset(f, 0, sizeof *f);
  f->config = (imstls_config)IMSTLS_CONFIG_DEFAULTS;
  f->config.identity.impi = "001010000000001@ims.mnc001.mcc001.3gppnetwork.org";
  f->config.identity.impu = "sip:001010000000001@ims.mnc001.mcc001.3gppnetwork.org";
  f->config.identity.home_domain = "ims.mnc001.mcc001.3gppnetwork.org";
  f->config.network.pcscf = "192.0.2.1";
  f->now_ms = 1000000;
  f->wall_s = 1700000000;
  set_callbacks(f);
  /* TS 35.208 test set 1 */
  f->home = (imstls_aka_card)IMSTLS_AKA_CARD_INIT;
  ck_assert(imstls_i_hex_decode(IMSTLS_I_LIT("465b5ce8b199b49faa5f0a2ee238a6bc"), f->home.k, 16));
  ck_assert(imstls_i_hex_decode(IMSTLS_I_LIT("cd63cb71954a9f4e48a5994e37a02baf"), f->home.opc, 16));
  f->soft.card = f->home;
  f->soft.sqn = (imstls_sqn)IMSTLS_SQN_INIT;
  for (size_t i = 0; i < sizeof f->cert; i++)
    f->cert[i] = (uint8_t)(i * 7 + 1);
  f->facts = (imstls_tls_facts){ .size = sizeof f->facts, .cert = { f->cert, sizeof f->cert }, .extended_ms = 1,
                                 .version = 12, .suite = "TLS-FAKE" };
  f->security_server = "tls;q=0.1";
}

void fake_start(struct fake *f)
{
  ck_assert_int_eq(imstls_client_new(&f->client, &f->config), IMSTLS_OK);
  ck_assert_int_eq(imstls_client_register(f->client), IMSTLS_OK);
  fake_run(f);
}

void fake_end(struct fake *f)
{
  imstls_client_free(f->client);
  f->client = NULL;
  ck_assert_int_eq(f->opened, f->closes);
  ck_assert_int_eq(f->tls_opened, f->tls_closed);
  ck_assert_int_eq(f->installed, f->removed);
  ck_assert_int_le(f->reserved, f->released + f->installed);
  fake_check_untrusted(f);
}

int fake_run(struct fake *f)
{
  int result = IMSTLS_OK;
  for (int i = 0; i < 5000; i++) {
    result = imstls_client_step(f->client);
    bool read = f->coming_at < f->coming_len && imstls_client_waits(f->client, NULL, 0);
    if (!read && imstls_client_timeout_ms(f->client) != 0)
      return result;
  }
  ck_abort_msg("the client never comes to rest");
  return result;
}

void fake_pass(struct fake *f, uint64_t ms)
{
  uint64_t end = f->now_ms + ms;
  while (f->now_ms < end) {
    int64_t wait = imstls_client_timeout_ms(f->client);
    ck_assert_int_ne((int)wait, 0);
    f->now_ms = wait < 0 || f->now_ms + (uint64_t)wait > end ? end : f->now_ms + (uint64_t)wait;
    fake_run(f);
  }
}

/* ---- the P-CSCF ---- */

bool fake_request(struct fake *f, imstls_sip_message *m)
{
  size_t skip = 0, len = 0;
  imstls_sip_framer framer = { .size = sizeof framer };
  int result = imstls_sip_frame(&framer, f->sent + f->sent_seen, f->sent_len - f->sent_seen, FAKE_STREAM, &skip, &len);
  if (result == IMSTLS_PENDING)
    return false;
  ck_assert_int_eq(result, IMSTLS_OK);
  memcpy(last.text, f->sent + f->sent_seen + skip, len);
  f->sent_seen += skip + len;
  last.m.size = sizeof last.m;
  ck_assert_int_eq(imstls_sip_parse(&last.m, last.text, len), IMSTLS_OK);
  if (m)
    *m = last.m;
  return true;
}

imstls_sip_message fake_register(struct fake *f)
{
  imstls_sip_message m;
  ck_assert(fake_request(f, &m));
  ck_assert(imstls_i_same(m.method, IMSTLS_I_LIT("REGISTER")));
  return m;
}

imstls_text fake_call_id(void) { return last.m.first[IMSTLS_HDR_CALL_ID]; }

void fake_say(struct fake *f, const char *text, size_t len)
{
  if (f->coming_at == f->coming_len)
    f->coming_at = f->coming_len = 0;
  ck_assert(f->coming_len + len <= sizeof f->coming);
  memcpy(f->coming + f->coming_len, text, len);
  f->coming_len += len;
}

void fake_reply(struct fake *f, unsigned status, const char *reason, const char *extra)
{
  static char out[FAKE_STREAM];
  size_t len;
  imstls_text lines = imstls_i_text(extra, strlen(extra));
  ck_assert_int_eq(imstls_sip_reply(&last.m, status, reason, "home", lines, out, sizeof out, &len), IMSTLS_OK);
  fake_say(f, out, len);
}

void fake_ok_for(struct fake *f, const char *extra, unsigned expires_s)
{
  char lines[2048];
  imstls_sip_address contact;
  imstls_text rest = last.m.first[IMSTLS_HDR_CONTACT];
  ck_assert_int_eq(imstls_sip_address_next(&rest, &contact), IMSTLS_OK);
  snprintf(lines, sizeof lines, "Contact: <%.*s>;expires=%u\r\n%s", (int)contact.uri.len, contact.uri.ptr, expires_s,
           extra);
  fake_reply(f, 200, "OK", lines);
}

void fake_ok(struct fake *f, const char *extra) { fake_ok_for(f, extra, 3600); }

const char *fake_challenge_headers(struct fake *f, const char *token)
{
  static char lines[1024];
  char nonce[64];
  uint8_t sqn[6], amf[2] = { 0x80, 0 }, plain[32];
  f->seq++;
  for (int i = 0; i < 6; i++)
    sqn[i] = (uint8_t)(f->seq << 5 >> (8 * (5 - i)));
  for (int i = 0; i < 16; i++)
    f->rand[i] = (uint8_t)(f->seq * 31 + (unsigned)i);
  ck_assert_int_eq(imstls_aka_vector_make(&f->home, f->rand, sqn, amf, &f->vector), IMSTLS_OK);
  ck_assert_int_eq(imstls_token_make_server(f->vector.ik, f->cert, sizeof f->cert, f->s_token), IMSTLS_OK);
  memcpy(plain, f->rand, 16);
  memcpy(plain + 16, f->vector.autn, 16);
  imstls_i_writer w = imstls_i_writer_make(nonce, sizeof nonce);
  imstls_i_put_base64(&w, plain, 32);
  token = token ? token : f->s_token;
  int n = snprintf(lines, sizeof lines,
                   "WWW-Authenticate: Digest realm=\"home\", nonce=\"%.*s\", algorithm=AKAv1-MD5%s%s%s\r\n",
                   (int)w.len, nonce, *token ? ", s_token=\"" : "", token, *token ? "\"" : "");
  if (f->security_server)
    snprintf(lines + n, sizeof lines - (size_t)n, "Security-Server: %s\r\n", f->security_server);
  return lines;
}

void fake_challenge(struct fake *f)
{
  fake_reply(f, 401, "Unauthorized", fake_challenge_headers(f, NULL));
}

static bool param_is(imstls_text rest, const char *wanted, const char *value)
{
  imstls_text name, found;
  while (imstls_sip_auth_param_next(&rest, &name, &found, NULL) == IMSTLS_OK)
    if (imstls_text_is(name, wanted))
      return value && imstls_i_same(found, imstls_i_text(value, strlen(value)));
  return !value;
}

bool fake_response_right(struct fake *f, const imstls_sip_message *m, const char *c_token)
{
  char response[65], nonce[64];
  uint8_t plain[32];
  memcpy(plain, f->rand, 16);
  memcpy(plain + 16, f->vector.autn, 16);
  imstls_i_writer w = imstls_i_writer_make(nonce, sizeof nonce);
  imstls_i_put_base64(&w, plain, 32);
  imstls_digest_input in = { .size = sizeof in, .digest = IMSTLS_DIGEST_AKAV1_MD5, .qop = IMSTLS_QOP_NONE };
  in.username = imstls_i_text(f->config.identity.impi, strlen(f->config.identity.impi));
  in.realm = IMSTLS_I_LIT("home");
  in.nonce = imstls_i_text(nonce, w.len);
  in.method = IMSTLS_I_LIT("REGISTER");
  in.uri = m->uri;
  in.password = (imstls_bytes){ f->vector.res, f->vector.res_len };
  ck_assert_int_eq(imstls_digest_response(&in, response), IMSTLS_OK);
  imstls_text auth = m->first[IMSTLS_HDR_AUTHORIZATION];
  ck_assert(auth.len > 7);
  auth.ptr += 7;
  auth.len -= 7;
  return param_is(auth, "response", response) && param_is(auth, "c_token", c_token) && param_is(auth, "auts", NULL);
}

/* ---- what happened ---- */

const imstls_event *fake_event(const struct fake *f, int type)
{
  for (int i = f->event_count - 1; i >= 0; i--)
    if (f->events[i].type == type)
      return &f->events[i];
  return NULL;
}

const char *fake_line(const struct fake *f, int type)
{
  const imstls_event *event = fake_event(f, type);
  return event ? f->lines[event - f->events] : "";
}

static bool holds(const void *where, size_t len, const void *what, size_t what_len)
{
  const char *at = where;
  for (size_t i = 0; i + what_len <= len; i++)
    if (memcmp(at + i, what, what_len) == 0)
      return true;
  return false;
}

static bool holds_secret(const char *where, size_t len, const void *secret, size_t secret_len)
{
  char hex[80];
  imstls_i_hex_encode(secret, secret_len, hex);
  return holds(where, len, secret, secret_len) || holds(where, len, hex, 2 * secret_len);
}

void fake_check_untrusted(const struct fake *f)
{
  ck_assert(!holds(f->untrusted, f->untrusted_len, "c_token", 7));
  if (!f->seq)
    return;
  ck_assert(!holds_secret(f->untrusted, f->untrusted_len, f->vector.res, 8));
  ck_assert(!holds_secret(f->untrusted, f->untrusted_len, f->vector.ck, 16));
  ck_assert(!holds_secret(f->untrusted, f->untrusted_len, f->vector.ik, 16));
}

bool fake_sent_secret(const struct fake *f, const void *secret, size_t len)
{
  char hex[80];
  ck_assert(len * 2 < sizeof hex && len >= 4);
  imstls_i_hex_encode(secret, len, hex);
  return holds(f->sent, f->sent_len, secret, len) || holds(f->sent, f->sent_len, hex, 2 * len);
}

bool fake_sent_text(const struct fake *f, const char *text)
{
  return holds(f->sent, f->sent_len, text, strlen(text));
}

bool fake_block_holds(const struct fake *f, const void *secret, size_t len)
{
  char hex[80];
  imstls_i_hex_encode(secret, len, hex);
  return holds(f->client, f->client->block_len, secret, len) || holds(f->client, f->client->block_len, hex, 2 * len);
}

void fake_register_whole(struct fake *f)
{
  fake_start(f);
  (void)fake_register(f);
  fake_challenge(f);
  fake_run(f);
  (void)fake_register(f);
  fake_ok(f, "");
  fake_run(f);
  ck_assert_int_eq(imstls_client_state(f->client), IMSTLS_STATE_REGISTERED);
}
