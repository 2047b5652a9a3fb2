/* SPDX-License-Identifier: Apache-2.0 */
/* Many clients in feed mode, TLS left out: what their own work costs, how many there are and how old they are.
 * `feed CLIENTS ROUNDS REFRESHES` prints one object of JSON, times in nanoseconds of CPU. In each pass every client has
 * a turn, as when its socket is ready in a loop of events: it takes what came, steps, and gives what it has to say.
 * Only that is counted; what came was put into the one buffer of the loop just before, as by the system. */
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/base.h"
#include "world.h"

enum { OCTETS = 4096, ROUNDS_MAX = 4000, IDLE_STEPS = 9, HOUR_MS = 3600000 };

typedef struct phone {
  world w;
  imstls_tls tls;
  imstls_tls_io io;
  size_t len; /* of what it sent */
  char sent[OCTETS];
} phone;

static phone *phones;
static size_t count;
static uint8_t cert[670];
static uint64_t spent_ns;   /* in passes since it was set */
static uint64_t empty_ns;   /* what looking at the clock takes */
static char octets[OCTETS]; /* what comes for the client whose turn it is, and then what it has to say */
static size_t octets_len;

/* ---- TLS that hides nothing ---- */

static int clear_open(void *user, const imstls_tls_open *how)
{
  ((phone *)user)->io = how->io;
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
  const imstls_tls_io *io = &((phone *)user)->io;
  (void)session;
  return io->recv(io->ctx, data, cap);
}

static int clear_write(void *user, int session, const uint8_t *data, size_t len)
{
  const imstls_tls_io *io = &((phone *)user)->io;
  (void)session;
  return io->send(io->ctx, data, len);
}

static int clear_facts(void *user, int session, imstls_tls_facts *facts)
{
  (void)user;
  (void)session;
  *facts = (imstls_tls_facts){
    .size = sizeof *facts, .cert = { cert, sizeof cert }, .extended_ms = 1, .version = 12, .cert_is_final = 1
  };
  return IMSTLS_OK;
}

static void open_phone(phone *p)
{
  static const imstls_config_limits small = IMSTLS_LIMITS_SMALL;
  p->tls = (imstls_tls){ .size = sizeof p->tls,
                         .user = p,
                         .open = clear_open,
                         .handshake = clear_handshake,
                         .read = clear_read,
                         .write = clear_write,
                         .close = clear_close,
                         .facts = clear_facts };
  world_init(&p->w, &p->tls);
  p->w.cert = (imstls_bytes){ cert, sizeof cert };
  p->w.config.ports.store = NULL;
  p->w.config.ports.load = NULL;
  p->w.config.limits = small;
  p->w.config.limits.feed_len = OCTETS; /* a message is fed at once, and pulled at once */
  MUST(imstls_client_new(&p->w.client, &p->w.config) == IMSTLS_OK);
}

/* ---- passes ---- */

static void step(phone *p) { MUST(imstls_client_step(p->w.client) == IMSTLS_OK); }

static void turn(phone *p)
{
  imstls_client *client = p->w.client;
  if (octets_len)
    MUST(imstls_client_feed(client, p->w.connection, (const uint8_t *)octets, octets_len) == (int)octets_len);
  step(p);
  int n = imstls_client_pull(client, p->w.connection, (uint8_t *)octets, sizeof octets);
  octets_len = n > 0 ? (size_t)n : 0;
}

static void ask_register(phone *p)
{
  MUST(imstls_client_register(p->w.client) == IMSTLS_OK);
  turn(p);
}

static void ask_refresh(phone *p)
{
  MUST(imstls_client_refresh(p->w.client) == IMSTLS_OK);
  turn(p);
}

static void ask_deregister(phone *p)
{
  MUST(imstls_client_deregister(p->w.client) == IMSTLS_OK);
  turn(p);
}

static uint64_t cpu_ns(void)
{
  struct timespec t;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
  return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static void nothing(phone *p) { (void)p; }

static void visit(phone *p, void (*what)(phone *))
{
  uint64_t before = cpu_ns();
  CALLGRIND_TOGGLE_COLLECT;
  what(p);
  CALLGRIND_TOGGLE_COLLECT;
  uint64_t took = cpu_ns() - before;
  spent_ns += took > empty_ns ? took - empty_ns : 0;
}

/* The network's answer to what it sent last, if it sent anything; then its turn. */
static void pass(void (*what)(phone *))
{
  for (phone *p = phones; p < phones + count; p++) {
    if (p->w.open_wanted)
      world_open(&p->w);
    octets_len = p->len ? world_answer(&p->w, p->sent, p->len, octets, sizeof octets) : 0;
    visit(p, what);
    memcpy(p->sent, octets, octets_len);
    p->len = octets_len;
  }
}

static uint64_t time_of_clock(void)
{
  enum { TIMES = 1000 };
  for (int i = 0; i < TIMES; i++)
    visit(phones, nothing);
  uint64_t mean = spent_ns / TIMES;
  spent_ns = 0;
  return mean;
}

static int all_are(int state)
{
  for (size_t i = 0; i < count; i++)
    if (imstls_client_state(phones[i].w.client) != state)
      return 0;
  return 1;
}

/* From `ask` until all are in this state; nanoseconds. */
static uint64_t flow(void (*ask)(phone *), int until)
{
  spent_ns = 0;
  pass(ask);
  for (int i = 0; i < 20; i++) {
    if (all_are(until))
      return spent_ns;
    pass(turn);
  }
  MUST(!"all of them get there");
  return 0;
}

/* The least of several, for one client: what other programs of the machine did meanwhile is not ours. */
static double least(const uint64_t *of, size_t len)
{
  uint64_t found = of[0];
  for (size_t i = 1; i < len; i++)
    found = of[i] < found ? of[i] : found;
  return (double)found / (double)count;
}

/* An hour later: a card is asked six times a minute at most. */
static void age(void)
{
  for (size_t i = 0; i < count; i++)
    phones[i].w.now_ms += HOUR_MS;
}

/* The first ten refreshes and the last ten. */
static void grow_old(size_t refreshes, double *young, double *old)
{
  static uint64_t took[ROUNDS_MAX];
  for (size_t i = 0; i < refreshes; i++) {
    age();
    took[i] = flow(ask_refresh, IMSTLS_STATE_REGISTERED);
  }
  size_t part = refreshes < 20 ? refreshes / 2 : 10;
  *young = least(took, part);
  *old = least(took + refreshes - part, part);
}

static double idle(void)
{
  static uint64_t took[IDLE_STEPS];
  for (size_t i = 0; i < IDLE_STEPS; i++) {
    spent_ns = 0;
    pass(step);
    took[i] = spent_ns;
  }
  return least(took, IDLE_STEPS);
}

int main(int argc, char **argv)
{
  static uint64_t took[ROUNDS_MAX];
  double young = 0, old = 0;
  MUST(argc == 4);
  count = (size_t)strtoul(argv[1], NULL, 10);
  size_t rounds = (size_t)strtoul(argv[2], NULL, 10), refreshes = (size_t)strtoul(argv[3], NULL, 10);
  MUST(count > 0 && rounds > 0 && rounds <= ROUNDS_MAX && refreshes >= 2 && refreshes <= ROUNDS_MAX);
  for (size_t i = 0; i < sizeof cert; i++)
    cert[i] = (uint8_t)(i * 7 + 1);
  phones = calloc(count, sizeof *phones);
  MUST(phones);
  for (size_t i = 0; i < count; i++)
    open_phone(&phones[i]);
  empty_ns = time_of_clock();
  size_t bytes = imstls_client_size(&phones[0].w.config);
  (void)flow(ask_register, IMSTLS_STATE_REGISTERED); /* for caches and lazy binding */
  for (size_t i = 0; i < rounds; i++) {
    (void)flow(ask_deregister, IMSTLS_STATE_STOPPED);
    age();
    CALLGRIND_ZERO_STATS;
    took[i] = flow(ask_register, IMSTLS_STATE_REGISTERED);
  }
  CALLGRIND_DUMP_STATS_AT("register");
  double once = least(took, rounds), resting = idle();
  CALLGRIND_DUMP_STATS_AT("idle");
  grow_old(refreshes, &young, &old);
  printf("{\"clients\":%zu,\"register_ns\":%.0f,\"idle_step_ns\":%.0f,\"young_refresh_ns\":%.0f,"
         "\"old_refresh_ns\":%.0f,\"client_bytes\":%zu}\n",
         count, once, resting, young, old, bytes);
  for (size_t i = 0; i < count; i++)
    imstls_client_free(phones[i].w.client);
  free(phones);
  return 0;
}
