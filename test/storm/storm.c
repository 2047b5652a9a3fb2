/* SPDX-License-Identifier: Apache-2.0 */
/* Many clients of one process and thread over epoll: `storm CLIENTS AT_ONCE RETURN_MS SECONDS ADDR:PORT...`, client n
 * at the n-th of these P-CSCFs in turn, all with one subscriber's keys. At most AT_ONCE register at a time at the
 * beginning; a loss they all have at once. A line of JSON when all are registered; another when all were lost and are
 * registered again, which is the end; SECONDS: the latest end. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include <imstls/imstls.h>
#include <imstls/mbedtls.h>

enum { WAITS = 4, EVENTS = 256, RECORD_LEN = 2048 };

typedef struct phone {
  imstls_client *client;
  imstls_soft_usim card;
  imstls_wait watched[WAITS]; /* what epoll knows */
  size_t watched_len;
  int64_t due_ms;
  size_t place;      /* in the heap */
  size_t record_len; /* of its TLS session in the file; 0: none */
  uint32_t registered, lost, attempts, resumed;
  int64_t begun_ms, done_ms; /* of its last attempt, and when it was registered */
} phone;

static struct {
  phone *phones, **heap; /* the heap: the earliest deadline first */
  size_t count, started, registered, losses;
  int64_t now_ms, first_loss_ms;
  int loop, records; /* `records`: a file with a place for each, where an application keeps TLS sessions */
} all;

static int64_t clock_ms(void) { return (int64_t)imstls_net_posix_now_ms(NULL); }

/* ---- deadlines ---- */

static void put(phone *p, size_t place)
{
  all.heap[place] = p;
  p->place = place;
}

static void set_due(phone *p, int64_t due_ms)
{
  size_t at = p->place;
  p->due_ms = due_ms;
  while (at > 0 && all.heap[(at - 1) / 2]->due_ms > due_ms) {
    put(all.heap[(at - 1) / 2], at);
    at = (at - 1) / 2;
  }
  for (size_t child; (child = 2 * at + 1) < all.count; at = child) {
    if (child + 1 < all.count && all.heap[child + 1]->due_ms < all.heap[child]->due_ms)
      child++;
    if (all.heap[child]->due_ms >= due_ms)
      break;
    put(all.heap[child], at);
  }
  put(p, at);
}

/* ---- one client ---- */

static void on_event(void *user, imstls_client *client, const imstls_event *e)
{
  phone *p = user;
  (void)client;
  switch (e->type) {
  case IMSTLS_EVENT_CONNECTING:
    p->begun_ms = clock_ms();
    p->attempts++;
    break;
  case IMSTLS_EVENT_TLS: p->resumed += e->flag != 0; break;
  case IMSTLS_EVENT_REGISTERED:
    p->done_ms = clock_ms();
    p->registered++;
    all.registered++;
    break;
  case IMSTLS_EVENT_LOST:
    if (all.losses++ == 0)
      all.first_loss_ms = clock_ms();
    p->lost++;
    all.registered--;
    break;
  default: break;
  }
}

static off_t place_of(const phone *p) { return (off_t)(p - all.phones) * RECORD_LEN; }

static int store(void *user, const char *name, const uint8_t *data, size_t len)
{
  phone *p = user;
  (void)name;
  p->record_len = 0;
  if (len > RECORD_LEN || pwrite(all.records, data, len, place_of(p)) != (ssize_t)len)
    return IMSTLS_ERR_STORAGE;
  p->record_len = len;
  return IMSTLS_OK;
}

static int load(void *user, const char *name, uint8_t *out, size_t cap)
{
  const phone *p = user;
  (void)name;
  if (p->record_len > cap || pread(all.records, out, p->record_len, place_of(p)) != (ssize_t)p->record_len)
    return IMSTLS_ERR_STORAGE;
  return (int)p->record_len;
}

static int64_t wall_s(void *user)
{
  (void)user;
  return time(NULL);
}

static const imstls_wait *find(const imstls_wait *in, size_t len, const imstls_wait *one)
{
  for (; len > 0; len--, in++)
    if (in->socket == one->socket && in->generation == one->generation)
      return in;
  return NULL;
}

static void watch(phone *p)
{
  imstls_wait now[WAITS];
  size_t len = imstls_client_waits(p->client, now, WAITS);
  for (size_t i = 0; i < p->watched_len; i++)
    if (!find(now, len, &p->watched[i]))
      (void)epoll_ctl(all.loop, EPOLL_CTL_DEL, (int)p->watched[i].socket, NULL); /* fails where it was closed */
  for (size_t i = 0; i < len; i++) {
    const imstls_wait *before = find(p->watched, p->watched_len, &now[i]);
    struct epoll_event how = { .data.ptr = p };
    how.events |= now[i].events & IMSTLS_WAIT_READ ? EPOLLIN : 0;
    how.events |= now[i].events & IMSTLS_WAIT_WRITE ? EPOLLOUT : 0;
    if (!before)
      (void)epoll_ctl(all.loop, EPOLL_CTL_ADD, (int)now[i].socket, &how);
    else if (before->events != now[i].events)
      (void)epoll_ctl(all.loop, EPOLL_CTL_MOD, (int)now[i].socket, &how);
  }
  memcpy(p->watched, now, len * sizeof now[0]);
  p->watched_len = len;
}

static void step(phone *p)
{
  (void)imstls_client_step(p->client); /* what fails for good shows: it is never registered */
  watch(p);
  int64_t ms = imstls_client_timeout_ms(p->client);
  set_due(p, ms < 0 ? INT64_MAX : clock_ms() + ms);
}

static int open_phone(phone *p, imstls_config *config)
{
  static const uint8_t k[16] = { 0x46, 0x5b, 0x5c, 0xe8, 0xb1, 0x99, 0xb4, 0x9f,
                                 0xaa, 0x5f, 0x0a, 0x2e, 0xe2, 0x38, 0xa6, 0xbc };
  static const uint8_t opc[16] = { 0xcd, 0x63, 0xcb, 0x71, 0x95, 0x4a, 0x9f, 0x4e,
                                   0x48, 0xa5, 0x99, 0x4e, 0x37, 0xa0, 0x2b, 0xaf };
  p->card = (imstls_soft_usim)IMSTLS_SOFT_USIM_INIT;
  memcpy(p->card.card.k, k, sizeof k);
  memcpy(p->card.card.opc, opc, sizeof opc);
  config->ports.usim = imstls_usim_soft(&p->card);
  config->ports.storage_user = p;
  config->callbacks.user = p;
  return imstls_client_new(&p->client, config);
}

static int open_all(size_t count, uint32_t return_ms, char **pcscfs, size_t pcscf_count, imstls_mbedtls *tls)
{
  static imstls_net_posix_part net = IMSTLS_NET_POSIX_INIT; /* it has no state of one client */
  imstls_config config = IMSTLS_CONFIG_SMALL;
  config.identity.impi = "storm@ims.example";
  config.identity.impu = "sip:storm@ims.example";
  config.identity.home_domain = "ims.example";
  config.timers.return_ms = return_ms;
  config.ports.net = imstls_net_posix(&net);
  config.ports.tls = imstls_mbedtls_tls(tls);
  config.ports.random = imstls_mbedtls_random;
  config.ports.random_user = tls;
  config.ports.now_ms = imstls_net_posix_now_ms;
  config.ports.wall_s = wall_s;
  config.ports.store = store;
  config.ports.load = load;
  config.callbacks.on_event = on_event;
  all.phones = calloc(count, sizeof *all.phones);
  all.heap = calloc(count, sizeof *all.heap);
  if (!all.phones || !all.heap)
    return IMSTLS_ERR_MEMORY;
  for (; all.count < count; all.count++) {
    phone *p = &all.phones[all.count];
    config.network.pcscf = pcscfs[all.count % pcscf_count];
    int error = open_phone(p, &config);
    if (error)
      return error;
    p->due_ms = INT64_MAX;
    put(p, all.count);
  }
  return IMSTLS_OK;
}

/* ---- the loop ---- */

static int turn(int64_t latest)
{
  struct epoll_event events[EVENTS];
  int64_t now = clock_ms(), until = all.heap[0]->due_ms < latest ? all.heap[0]->due_ms : latest;
  int len = epoll_wait(all.loop, events, EVENTS, until > now ? (int)(until - now) : 0);
  for (int i = 0; i < len; i++)
    step(events[i].data.ptr);
  now = clock_ms();
  while (all.heap[0]->due_ms <= now)
    step(all.heap[0]);
  return now < latest;
}

static int start_some(size_t at_once)
{
  while (all.started < all.count && all.started - all.registered < at_once) {
    phone *p = &all.phones[all.started++];
    int error = imstls_client_register(p->client);
    if (error)
      return error;
    step(p);
  }
  return IMSTLS_OK;
}

/* ---- what it cost ---- */

static double cpu_ms(void)
{
  struct rusage u;
  (void)getrusage(RUSAGE_SELF, &u);
  return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) * 1e3 +
         (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e3;
}

static long resident(void)
{
  long pages = 0;
  FILE *f = fopen("/proc/self/statm", "r");
  if (!f || fscanf(f, "%*d %ld", &pages) != 1)
    pages = 0;
  if (f)
    (void)fclose(f);
  return pages * sysconf(_SC_PAGESIZE);
}

static int by_time(const void *a, const void *b)
{
  int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
  return (x > y) - (x < y);
}

/* 101 of the times, from the first to the last. */
static void print_times(const char *name, int64_t *times)
{
  qsort(times, all.count, sizeof *times, by_time);
  printf(",\"%s\":[", name);
  for (size_t i = 0; i <= 100; i++)
    printf("%s%lld", i ? "," : "", (long long)times[i * (all.count - 1) / 100]);
  printf("]");
}

static void report(const char *phase, int64_t since, double cpu, long memory)
{
  int64_t *times = calloc(all.count, sizeof *times);
  unsigned long attempts = 0, resumed = 0;
  for (size_t i = 0; i < all.count; i++) {
    attempts += all.phones[i].attempts;
    resumed += all.phones[i].resumed;
  }
  printf("{\"phase\":\"%s\",\"clients\":%zu,\"ms\":%lld,\"cpu_ms\":%.1f,\"bytes\":%ld,\"attempts\":%lu,\"resumed\":%lu",
         phase, all.count, (long long)(clock_ms() - since), cpu, memory, attempts, resumed);
  for (size_t i = 0; times && i < all.count; i++)
    times[i] = all.phones[i].begun_ms - since;
  if (times)
    print_times("begun", times);
  for (size_t i = 0; times && i < all.count; i++)
    times[i] = all.phones[i].done_ms - since;
  if (times)
    print_times("done", times);
  puts("}");
  (void)fflush(stdout);
  free(times);
}

static int run(size_t at_once, int64_t latest, long before)
{
  int64_t start = clock_ms();
  double cpu = cpu_ms();
  while (all.registered < all.count) {
    int error = start_some(at_once);
    if (error || !turn(latest))
      return error ? error : IMSTLS_ERR_TIMEOUT;
  }
  report("registered", start, cpu_ms() - cpu, resident() - before);
  for (size_t i = 0; i < all.count; i++)
    all.phones[i].attempts = all.phones[i].resumed = 0;
  cpu = cpu_ms();
  while (all.losses < all.count || all.registered < all.count)
    if (!turn(latest))
      return IMSTLS_ERR_TIMEOUT;
  report("again", all.first_loss_ms, cpu_ms() - cpu, resident() - before);
  return IMSTLS_OK;
}

int main(int argc, char **argv)
{
  imstls_mbedtls_config config = IMSTLS_MBEDTLS_CONFIG_INIT;
  imstls_mbedtls *tls = NULL;
  if (argc < 6)
    return 2;
  size_t count = (size_t)strtoul(argv[1], NULL, 10), at_once = (size_t)strtoul(argv[2], NULL, 10);
  struct rlimit files = { 0 };
  (void)getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  (void)setrlimit(RLIMIT_NOFILE, &files);
  config.sessions = (uint32_t)(2 * count);
  long before = resident();
  FILE *records = tmpfile();
  if (!records)
    return 1;
  all.records = fileno(records);
  all.loop = epoll_create1(EPOLL_CLOEXEC);
  int error = imstls_mbedtls_new(&tls, &config);
  if (!error)
    error = open_all(count, (uint32_t)strtoul(argv[3], NULL, 10), argv + 5, (size_t)argc - 5, tls);
  if (!error)
    error = run(at_once, clock_ms() + 1000 * strtol(argv[4], NULL, 10), before);
  if (error)
    fprintf(stderr, "storm: %s; %zu of %zu registered\n", imstls_error_text(error), all.registered, all.count);
  for (size_t i = 0; i < all.count; i++)
    imstls_client_free(all.phones[i].client);
  imstls_mbedtls_free(tls);
  free(all.phones);
  free(all.heap);
  close(all.loop);
  (void)fclose(records);
  return error ? 1 : 0;
}
