/* SPDX-License-Identifier: Apache-2.0 */
/* Reads a card's identities and answers challenges: usim_card pcsc[:READER]|at:DEVICE [-p PIN] [-c] [-w] [RAND
 * AUTN]... -c: +CSIM alone; -w: waits for a card. One line for each thing on standard output. Also says how long the
 * longest call took: none may wait for the card. */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <imstls/imstls.h>

typedef struct app {
  imstls_usim_card card;
  imstls_usim_at at;
  imstls_usim_pcsc *pcsc;
  int ended, error, patient;
  imstls_aka_result result;
  uint64_t longest;
} app;

static uint64_t now_ms(void)
{
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

static void on_done(void *user, uint32_t request, int error, const imstls_aka_result *result)
{
  app *a = user;
  (void)request;
  a->ended = 1;
  a->error = error;
  if (result != NULL)
    a->result = *result;
}

static void on_ready(void *user, int error)
{
  app *a = user;
  a->ended = 1;
  a->error = error;
}

static void took(app *a, uint64_t since)
{
  uint64_t ms = now_ms() - since;
  if (ms > a->longest)
    a->longest = ms;
}

static int process(app *a)
{
  uint64_t since = now_ms();
  int r = IMSTLS_OK;
#ifdef IMSTLS_WITH_PCSC
  if (a->pcsc != NULL)
    r = imstls_usim_pcsc_process(a->pcsc);
#endif
  if (a->pcsc == NULL)
    r = imstls_usim_at_process(&a->at, since);
  took(a, since);
  return r;
}

/* Waits as a host's loop does. */
static int finish(app *a, int r)
{
  uint64_t end = now_ms() + 20000;
  while (r == IMSTLS_PENDING && !a->ended) {
    struct pollfd p = { .fd = a->at.fd, .events = POLLIN };
    int wait = 1000;
#ifdef IMSTLS_WITH_PCSC
    if (a->pcsc != NULL)
      p.fd = imstls_usim_pcsc_fd(a->pcsc);
#endif
    if (a->pcsc == NULL) {
      wait = imstls_usim_at_timeout_ms(&a->at, now_ms());
      if ((imstls_usim_at_waits(&a->at) & 2) != 0)
        p.events |= POLLOUT;
    }
    (void)poll(&p, 1, wait);
    (void)process(a);
    if (now_ms() > end)
      return IMSTLS_ERR_USIM_TIMEOUT;
  }
  return r == IMSTLS_PENDING ? a->error : r;
}

static void hex(const char *name, const uint8_t *ptr, size_t len)
{
  printf(" %s=", name);
  for (size_t i = 0; i < len; i++)
    printf("%02x", ptr[i]);
}

static int from_hex(const char *text, uint8_t out[16])
{
  for (size_t i = 0; i < 16; i++) {
    unsigned value = 0;
    if (sscanf(text + 2 * i, "%2x", &value) != 1)
      return 0;
    out[i] = (uint8_t)value;
  }
  return strlen(text) == 32;
}

static int say_error(const app *a, int r)
{
  printf("error %s sw=%04x %s\n", imstls_error_name(r), a->card.status, imstls_usim_status_text(a->card.status));
#ifdef IMSTLS_WITH_PCSC
  if (a->pcsc != NULL)
    printf("pcsc %08lx\n", (unsigned long)(uint32_t)imstls_usim_pcsc_error(a->pcsc));
#endif
  return r;
}

static int show_identity(app *a)
{
  uint64_t since = now_ms();
  a->ended = 0;
  int r = imstls_usim_card_read(&a->card);
  took(a, since);
  r = finish(a, r);
  if (r != IMSTLS_OK)
    return say_error(a, r);
  const imstls_card_identity *id = &a->card.identity;
  printf("app %s\n", id->application == IMSTLS_APP_ISIM ? "isim" : "usim");
  if (id->impi != NULL)
    printf("impi %s\ndomain %s\n", id->impi, id->domain);
  else
    printf("imsi %s alone\n", id->imsi);
  for (uint32_t i = 0; i < id->impu_count; i++)
    printf("impu %s\n", id->impu[i]);
  for (uint32_t i = 0; i < id->pcscf_count; i++)
    printf("pcscf %s\n", id->pcscf[i]);
  return r;
}

static int challenge(app *a, const char *rand_hex, const char *autn_hex)
{
  uint8_t rand[16];
  uint8_t autn[16];
  if (!from_hex(rand_hex, rand) || !from_hex(autn_hex, autn))
    return IMSTLS_ERR_USAGE;
  uint64_t since = now_ms();
  a->ended = 0;
  a->result.size = sizeof a->result;
  int r = a->card.usim.authenticate(a->card.usim.user, 1, rand, autn, &a->result);
  took(a, since);
  r = finish(a, r);
  if (r != IMSTLS_OK)
    return say_error(a, r);
  static const char *const verdicts[] = { "ok", "mac", "sync" };
  printf("aka %s", verdicts[a->result.verdict]);
  if (a->result.verdict == IMSTLS_AKA_OK) {
    hex("res", a->result.res, a->result.res_len);
    hex("ck", a->result.ck, 16);
    hex("ik", a->result.ik, 16);
  }
  if (a->result.verdict == IMSTLS_AKA_SYNC_FAILURE)
    hex("auts", a->result.auts, 14);
  printf("\n");
  return r;
}

static int attach(app *a, const char *where)
{
  if (strncmp(where, "at:", 3) == 0) {
    a->at.fd = imstls_usim_at_open(where + 3, 0);
    return a->at.fd < 0 ? a->at.fd : imstls_usim_at_attach(&a->at, &a->card);
  }
#ifdef IMSTLS_WITH_PCSC
  if (strncmp(where, "pcsc", 4) == 0) {
    int r = imstls_usim_pcsc_open(&a->pcsc, where[4] == ':' ? where + 5 : NULL);
    return r == IMSTLS_OK ? imstls_usim_pcsc_attach(a->pcsc, &a->card) : r;
  }
#endif
  return IMSTLS_ERR_UNSUPPORTED;
}

int main(int argc, char **argv)
{
  static app a;
  a.at = (imstls_usim_at)IMSTLS_USIM_AT_INIT;
  a.card = (imstls_usim_card)IMSTLS_USIM_CARD_INIT;
  a.card.done = on_done;
  a.card.ready = on_ready;
  a.card.user = &a;
  int c;
  setvbuf(stdout, NULL, _IOLBF, 0);
  const char *where = argc > 1 ? argv[1] : "";
  optind = 2;
  while ((c = getopt(argc, argv, "p:cw")) != -1) {
    if (c == 'p')
      snprintf(a.card.pin, sizeof a.card.pin, "%s", optarg);
    else if (c == 'c')
      a.at.mode = IMSTLS_AT_CSIM;
    else if (c == 'w')
      a.patient = 100;
    else
      return 2;
  }
  int r = attach(&a, where);
  if (r == IMSTLS_OK && imstls_usim_apdu(&a.card) == NULL)
    r = IMSTLS_ERR_USAGE;
  if (r == IMSTLS_OK)
    r = show_identity(&a);
  else
    say_error(&a, r);
  for (int i = 0; r == IMSTLS_ERR_USIM && i < a.patient; i++) {
    poll(NULL, 0, 100);
    r = show_identity(&a);
  }
  for (int i = optind; r == IMSTLS_OK && i + 1 < argc; i += 2)
    r = challenge(&a, argv[i], argv[i + 1]);
  printf("longest_ms %llu\n", (unsigned long long)a.longest);
  if (imstls_usim_card_close(&a.card) == IMSTLS_PENDING) {
    for (int i = 0; i < 20 && a.card.p.want_close != 0; i++) {
      a.ended = 0;
      poll(NULL, 0, 20);
      (void)process(&a);
    }
  }
#ifdef IMSTLS_WITH_PCSC
  imstls_usim_pcsc_close(a.pcsc);
#endif
  if (a.at.fd >= 0)
    close(a.at.fd);
  return r == IMSTLS_OK ? 0 : 10;
}
