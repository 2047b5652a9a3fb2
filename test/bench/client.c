/* SPDX-License-Identifier: Apache-2.0 */
/* The client alone, TLS left out: building the authenticated REGISTER, allocations, memory. */
#include "world.h"

#include <string.h>
#include <ucontext.h>

#include <imstls/outbound.h>

#include <mbedtls/version.h>

#include "client/client.h"
#include "client/register.h"
#include "port/mbedtls/tls.h"

/* ---- every allocation of the program is seen ---- */

void *__libc_malloc(size_t len);
void *__libc_calloc(size_t count, size_t len);
void *__libc_realloc(void *ptr, size_t len);
static unsigned long allocations;

void *malloc(size_t len)
{
  allocations++;
  return __libc_malloc(len);
}
void *calloc(size_t count, size_t len)
{
  allocations++;
  return __libc_calloc(count, len);
}
void *realloc(void *ptr, size_t len)
{
  allocations++;
  return __libc_realloc(ptr, len);
}

/* ---- TLS that hides nothing ---- */

static imstls_tls_io io;
static uint8_t cert[670];

static int clear_open(void *user, const imstls_tls_open *how)
{
  (void)user;
  io = how->io;
  return 0;
}
static int clear_handshake(void *user, int session)
{
  (void)user;
  (void)session;
  return IMSTLS_OK;
}
static void clear_close(void *user, int session)
{
  (void)user;
  (void)session;
}

static int clear_read(void *user, int session, uint8_t *data, size_t cap)
{
  (void)user;
  (void)session;
  return io.recv(io.ctx, data, cap);
}

static int clear_write(void *user, int session, const uint8_t *data, size_t len)
{
  (void)user;
  (void)session;
  return io.send(io.ctx, data, len);
}

static int clear_facts(void *user, int session, imstls_tls_facts *facts)
{
  (void)user;
  (void)session;
  *facts = (imstls_tls_facts){ .size = sizeof *facts, .cert = { cert, sizeof cert }, .extended_ms = 1, .version = 12 };
  return IMSTLS_OK;
}

static const imstls_tls clear = { .size = sizeof clear,
                                  .open = clear_open,
                                  .handshake = clear_handshake,
                                  .read = clear_read,
                                  .write = clear_write,
                                  .close = clear_close,
                                  .facts = clear_facts };

/* ---- the flow ---- */

static char last_request[4096];
static size_t last_len;

/* Steps run on a stack of their own, painted before: how deep they went is seen afterwards. */
enum { STACK = 1 << 17, PAINT = 0xa5 };
static uint8_t stack[STACK];
static ucontext_t here, there;
static imstls_client *stepping;
static int step_result;

static void nothing(void) { step_result = 0; }
static void step_there(void) { step_result = imstls_client_step(stepping); }

static int on_painted(void (*what)(void))
{
  MUST(getcontext(&there) == 0);
  there.uc_stack.ss_sp = stack;
  there.uc_stack.ss_size = sizeof stack;
  there.uc_link = &here;
  makecontext(&there, what, 0);
  MUST(swapcontext(&here, &there) == 0);
  return step_result;
}

static size_t depth(void)
{
  size_t i = 0;
  while (i < sizeof stack && stack[i] == PAINT)
    i++;
  return sizeof stack - i;
}

static int step(world *w)
{
  stepping = w->client;
  return on_painted(step_there);
}

static void run(world *w, int until)
{
  static char answer[8192], octets[8192];
  for (int i = 0; i < 100 && imstls_client_state(w->client) != until; i++) {
    MUST(step(w) == IMSTLS_OK);
    if (w->open_wanted)
      world_open(w);
    int n = imstls_client_pull(w->client, w->connection, (uint8_t *)octets, sizeof octets);
    if (n <= 0)
      continue;
    last_len = (size_t)n;
    MUST(last_len < sizeof last_request);
    memcpy(last_request, octets, last_len);
    size_t len = world_answer(w, octets, (size_t)n, answer, sizeof answer);
    MUST(imstls_client_feed(w->client, w->connection, (const uint8_t *)answer, len) == (int)len);
  }
  MUST(imstls_client_state(w->client) == until);
}

static void flow(world *w)
{
  MUST(imstls_client_register(w->client) == IMSTLS_OK);
  run(w, IMSTLS_STATE_REGISTERED);
  MUST(imstls_client_refresh(w->client) == IMSTLS_OK);
  run(w, IMSTLS_STATE_REGISTERED);
  MUST(imstls_client_deregister(w->client) == IMSTLS_OK);
  run(w, IMSTLS_STATE_STOPPED);
  w->open_wanted = 0;
}

/* ---- building ---- */

static const char c_token[] = "4f0a9be2c37d1685e0b9d2a7";

/* Authorization, then the REGISTER that carries it, as between challenge and SM7. */
static void build(imstls_client *c)
{
  imstls_authorization auth = { .size = sizeof auth, .qop = IMSTLS_QOP_AUTH };
  auth.username = imstls_i_text(c->cfg.identity.impi, strlen(c->cfg.identity.impi));
  auth.realm = IMSTLS_I_LIT("ims.mnc001.mcc001.3gppnetwork.org");
  auth.nonce = IMSTLS_I_LIT("I1U8vpY3qJ0hiuZNro5HvypecGNuhpJoNLO1dbGAAAdLYxZtiNTJgw==");
  auth.uri = IMSTLS_I_LIT("sip:ims.mnc001.mcc001.3gppnetwork.org");
  auth.opaque = IMSTLS_I_LIT("5ccc069c403ebaf9f0171e9517f40e41");
  auth.algorithm = IMSTLS_I_LIT("AKAv1-MD5");
  auth.nc = IMSTLS_I_LIT("00000001");
  auth.cnonce = IMSTLS_I_LIT("0a4f113b8c1f2a7b");
  auth.response = IMSTLS_I_LIT("6629fae49393a05397450978507c4ef1");
  MUST(imstls_authorization_write(&auth, c->credentials.authorization.ptr, c->credentials.authorization.cap,
                                  &c->credentials.authorization.len) == IMSTLS_OK);
  memcpy(c->credentials.tokens.c_token, c_token, sizeof c_token);
  MUST(imstls_i_register_send(c, REGISTER_ANSWER) == IMSTLS_OK);
}

/* A request of the application from the call until its octets are out, with TLS left out. */
static const char request[] =
    "INVITE sip:bob@ims.mnc001.mcc001.3gppnetwork.org SIP/2.0\r\n"
    "Via: SIP/2.0/TCP 127.0.0.1:5070;branch=z9hG4bK5a1b2c3d4e5f60718293;rport\r\n"
    "From: \"Alice\" <sip:001010000000001@ims.mnc001.mcc001.3gppnetwork.org>;tag=4a5b6c7d\r\n"
    "To: <sip:bob@ims.mnc001.mcc001.3gppnetwork.org>\r\nCall-ID: 8c1f2a7b0a4f113b@127.0.0.1\r\nCSeq: 4711 INVITE\r\n"
    "Max-Forwards: 70\r\nContact: <sip:alice@127.0.0.1:5070;transport=tcp>;+sip.ice\r\n"
    "Allow: INVITE, ACK, BYE, CANCEL, OPTIONS, NOTIFY, SUBSCRIBE, INFO, MESSAGE, UPDATE, REFER\r\n"
    "Supported: gruu\r\nUser-Agent: bench\r\nContent-Type: application/sdp\r\nContent-Length: 217\r\n\r\n"
    "v=0\r\no=- 2208988800 2208988801 IN IP4 192.0.2.9\r\ns=-\r\nc=IN IP4 192.0.2.9\r\nt=0 0\r\n"
    "m=audio 10000 RTP/AVP 0 8 96\r\na=rtpmap:0 PCMU/8000\r\na=rtpmap:8 PCMA/8000\r\n"
    "a=rtpmap:96 telephone-event/8000\r\na=fmtp:96 0-15\r\na=sendrecv\r\n";

static void send_request(imstls_client *c, int (*how)(imstls_client *, const char *, size_t))
{
  static uint8_t out[16384];
  MUST(how(c, request, sizeof request - 1) == IMSTLS_OK);
  MUST(imstls_client_step(c) == IMSTLS_OK);
  MUST(imstls_client_pull(c, c->feed.last_number, out, sizeof out) >= (int)sizeof request - 1);
}

/* The same message cut at its variable parts: what is literal, what is an argument. */
enum { PIECES = 21 };
static char format[4096];
static char values[PIECES][200];
static size_t value_count;

static void learn(const char *text, size_t len)
{
  size_t out = 0;
  for (size_t i = 0; i < len;) {
    char c = text[i];
    int quoted = i > 0 && text[i - 1] == '"' && i > 1 && text[i - 2] == '=';
    int valued = i > 1 && text[i - 1] == ' ' && text[i - 2] == ':';
    if ((quoted || valued) && value_count < PIECES && c != '"') {
      size_t n = 0;
      while (i < len && text[i] != (quoted ? '"' : '\r') && n < 199)
        values[value_count][n++] = text[i++];
      value_count++;
      format[out++] = '%';
      format[out++] = 's';
    } else {
      if (c == '%')
        format[out++] = '%';
      format[out++] = text[i++];
    }
  }
}

#define V(i) values[i]
static void with_snprintf(char *out, size_t cap)
{
  int n = snprintf(out, cap, format, V(0), V(1), V(2), V(3), V(4), V(5), V(6), V(7), V(8), V(9), V(10), V(11), V(12),
                   V(13), V(14), V(15), V(16), V(17), V(18), V(19), V(20));
  MUST(n > 0);
}

/* Literal and argument appends in turn: the least that writing from a template costs. */
__attribute__((noinline)) static size_t with_appends(char *out)
{
  const char *at = format;
  char *to = out;
  for (size_t i = 0; i < value_count; i++) {
    const char *mark = strchr(at, '%');
    while (mark[1] == '%')
      mark = strchr(mark + 2, '%');
    memcpy(to, at, (size_t)(mark - at));
    to += mark - at;
    size_t len = strlen(values[i]);
    memcpy(to, values[i], len);
    to += len;
    at = mark + 2;
  }
  size_t len = strlen(at);
  memcpy(to, at, len);
  return (size_t)(to - out) + len;
}

/* What the settings size, the queue of what leaves and the table of what awaits an answer (limits.unanswered_max) among
 * it. */
static size_t buffers(const imstls_client *c)
{
  const imstls_i_agreement *a = &c->agreement;
  size_t link = c->flow->link.rx.cap + c->flow->link.tx.cap;
  size_t set = c->settings.access_network_info.cap + c->settings.pcscf[0].cap + c->settings.pcscf[1].cap;
  size_t texts = set + c->authentication.text.cap + c->credentials.authorization.cap + c->binding.texts.cap;
  const imstls_i_feed_connection *fed = &c->feed.connections[0];
  size_t asked = c->sending.asked_max * sizeof *c->sending.asked;
  return link + texts + asked + a->list.cap + a->judged.cap + fed->in.cap + fed->out.cap;
}

/* Of one session and of the part that holds it, what is not mbedTLS's; the copy of the certificate is `cert_max`'s. */
static size_t tls_own(void)
{
  const imstls_mbedtls *part = NULL;
  const imstls_mbedtls_session *session = NULL;
  size_t theirs = sizeof session->conf + sizeof session->ssl + sizeof session->saved + sizeof part->ca;
#if !IMSTLS_I_PSA_RANDOM
  theirs += sizeof part->drbg;
#endif
  return sizeof *part + sizeof *session - theirs;
}

static const char *const algorithms[] = { "AKAv1-MD5", "AKAv1-SHA-256", "AKAv2-MD5", "AKAv2-SHA-256" };

int main(void)
{
  static world w;
  static char out[8192];
  for (size_t i = 0; i < sizeof cert; i++)
    cert[i] = (uint8_t)(i * 7 + 1);
  world_init(&w, &clear);
  w.cert = (imstls_bytes){ cert, sizeof cert };
  printf("warm\n"); /* stdio's own buffer */
  unsigned long before_new = allocations;
  MUST(imstls_client_new(&w.client, &w.config) == IMSTLS_OK);
  unsigned long after_new = allocations;
  MUST(after_new == before_new + 1); /* the count works */
  memset(stack, PAINT, sizeof stack);
  on_painted(nothing);
  size_t base = depth();
  for (size_t i = 0; i < sizeof algorithms / sizeof algorithms[0]; i++) {
    w.algorithm = algorithms[i];
    flow(&w);
  }
  w.algorithm = algorithms[0];
  printf("stack_seen %zu\n", depth() - base);
  printf("allocations_after_new %lu\n", allocations - after_new);
  size_t client_own = imstls_client_size(&w.config) - buffers(w.client);
  printf("client_bytes %zu\nclient_own %zu\ntls_own %zu\n", client_own + tls_own(), client_own, tls_own());
  printf("client_buffers %zu\n", buffers(w.client));
  MUST(imstls_client_register(w.client) == IMSTLS_OK);
  run(&w, IMSTLS_STATE_REGISTERED);
  w.client->cfg.callbacks.on_event = NULL; /* building, not telling */
  unsigned long before = allocations;
  MEASURE("own_plain_request", send_request(w.client, imstls_client_send));
  MEASURE("own_stamped_request", send_request(w.client, imstls_client_send_stamped));
  MUST(allocations == before);
  MEASURE("own_register", build(w.client));
  imstls_i_queued queued;
  const char *built = imstls_i_queue_next(&w.client->flow->link.tx, &queued);
  MUST(built);
  learn(built, queued.len);
  printf("register_octets %zu in %zu pieces\n", (size_t)queued.len, value_count);
  MUST(value_count == PIECES);
  MEASURE("snprintf_register", with_snprintf(out, sizeof out));
  MUST(strlen(out) == queued.len && memcmp(out, built, strlen(out)) == 0);
  memset(out, 0, sizeof out);
  MEASURE("append_register", MUST(with_appends(out) == queued.len));
  imstls_client_free(w.client);
  return 0;
}
