/* SPDX-License-Identifier: Apache-2.0 */
/* A card in a reader (PC/SC) or in a modem (AT commands): identities read from it, AKA run on it, nothing blocked. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "phone_card.h"

enum { READ_MS = 30000, CLOSE_MS = 5000, LOOK_MS = 1000 };

static void on_done(void *user, uint32_t request, int error, const imstls_aka_result *result)
{
  struct card *card = user;
  if (card->client)
    (void)imstls_client_usim_done(card->client, request, error, result); /* a late answer is not wanted any more */
}

static void on_ready(void *user, int error)
{
  struct card *card = user;
  card->ready = true;
  card->error = error;
}

static int card_fd(const struct card *card) { return card->pcsc ? imstls_usim_pcsc_fd(card->pcsc) : card->at.fd; }

static uint32_t card_events(const struct card *card)
{
  return card->pcsc ? IMSTLS_WAIT_READ : imstls_usim_at_waits(&card->at);
}

int card_wait_on(const struct card *card, struct waiting *w)
{
  *w = (struct waiting){ .socket = card_fd(card), .wants = card_events(card) };
  if (card->pcsc)
    return -1;
  return card->at.fd < 0 ? phone_wait_ms(card->open_at) : (int)imstls_usim_at_timeout_ms(&card->at, phone_now());
}

static void tell_modem(const struct card *card, const char *what)
{
  fprintf(stderr, "%s: --usim at:%s: the modem is %s\n", program, card->device, what);
}

static void modem_gone(struct card *card)
{
  tell_modem(card, "gone");
  close(card->at.fd);
  card->at.fd = -1;
  card->open_at = phone_now() + LOOK_MS;
}

static void modem_look(struct card *card)
{
  if (phone_now() < card->open_at)
    return;
  card->open_at = phone_now() + LOOK_MS;
  int fd = imstls_usim_at_open(card->device, 0);
  if (fd < 0)
    return;
  card->at.fd = fd;
  tell_modem(card, "back");
}

/* One on USB may be unplugged and come back under the same name. */
static void modem_turn(struct card *card)
{
  if (card->at.fd < 0)
    modem_look(card);
  else if (imstls_usim_at_process(&card->at, phone_now()) != IMSTLS_OK)
    modem_gone(card);
}

void card_turn(struct card *card)
{
  if (card->pcsc)
    (void)imstls_usim_pcsc_process(card->pcsc);
  else
    modem_turn(card);
}

/* For the card alone. */
static void card_wait(struct card *card, int max_ms)
{
  struct waiting own;
  int wait = phone_sooner(max_ms, card_wait_on(card, &own));
  system_wait(&own, 1, wait);
  card_turn(card);
}

void card_tell(const struct card *card, int error)
{
  const imstls_usim_card *c = &card->card;
  if (c->status)
    fprintf(stderr, "%s: the card said %04X: %s\n", program, c->status, imstls_usim_status_text(c->status));
  if (error != IMSTLS_ERR_USIM_PIN && error != IMSTLS_ERR_USIM_PIN_TRIES)
    return;
  if (c->pin_tries == 0xff)
    fprintf(stderr, "%s: the card does not tell how many tries are left for the PIN\n", program);
  else
    fprintf(stderr, "%s: tries left for the PIN: %u\n", program, c->pin_tries);
  if (error == IMSTLS_ERR_USIM_PIN_TRIES)
    fprintf(stderr, "%s: --pin-last-try sends it all the same\n", program);
}

static int failed(const struct card *card, const struct options *o, int error)
{
  fprintf(stderr, "%s: --usim %s: %s\n", program, o->usim, imstls_error_text(error));
  card_tell(card, error);
  return told(error);
}

static int attach(struct card *card, const struct options *o)
{
  if (!strncmp(o->usim, "at:", 3)) {
    card->at = (imstls_usim_at)IMSTLS_USIM_AT_INIT;
    card->device = o->usim + 3;
    card->at.fd = imstls_usim_at_open(card->device, 0);
    if (card->at.fd >= 0)
      return imstls_usim_at_attach(&card->at, &card->card);
    fprintf(stderr, "%s: --usim %s: %s\n", program, o->usim, strerror(errno));
    return told(card->at.fd);
  }
  int error = imstls_usim_pcsc_open(&card->pcsc, o->usim[4] == ':' ? o->usim + 5 : NULL);
  return error ? error : imstls_usim_pcsc_attach(card->pcsc, &card->card);
}

static const char *first(const char *given, const char *read) { return given ? given : read; }

/* What the command line leaves out comes from the card; from its IMSI and --mnc-len where that is all it tells. */
static void take_identities(struct card *card, struct options *o)
{
  const imstls_card_identity *id = &card->card.identity;
  const imstls_identity *derived = &card->derived;
  o->impi = first(o->impi, id->impi);
  o->domain = first(o->domain, id->domain);
  o->impu = first(o->impu, id->impu[0]);
  if (!id->impi && o->mnc_len && imstls_identity_derive(id->imsi, o->mnc_len, &card->derived) == IMSTLS_OK) {
    o->impi = first(o->impi, derived->impi);
    o->domain = first(o->domain, derived->domain);
    o->impu = first(o->impu, derived->impu);
  }
  for (uint32_t i = 0; !o->pcscf[0] && i < id->pcscf_count; i++)
    snprintf(o->pcscf, sizeof o->pcscf, strchr(id->pcscf[i], ':') ? "[%s]" : "%s", id->pcscf[i]);
}

int card_open(struct card *card, struct options *o, const imstls_usim **usim)
{
  card->at.fd = -1;
  card->card = (imstls_usim_card)IMSTLS_USIM_CARD_INIT;
  card->card.done = on_done;
  card->card.ready = on_ready;
  card->card.user = card;
  if (o->pin)
    snprintf(card->card.pin, sizeof card->card.pin, "%s", o->pin);
  card->card.pin_min_tries = o->pin_last_try ? 1 : 0;
  int error = attach(card, o);
  if (error)
    return error < TOLD ? error : failed(card, o, error);
  *usim = imstls_usim_apdu(&card->card);
  error = imstls_usim_card_read(&card->card);
  uint64_t end = phone_now() + READ_MS;
  bool reads = error == IMSTLS_PENDING;
  while (reads && !card->ready && !is_interrupted()) {
    card_wait(card, 1000);
    reads = phone_now() < end;
  }
  if (is_interrupted())
    return IMSTLS_ERR_TIMEOUT;
  if (error == IMSTLS_PENDING)
    error = card->ready ? card->error : IMSTLS_ERR_USIM_TIMEOUT;
  if (error)
    return failed(card, o, error);
  take_identities(card, o);
  bool identified = o->impi && o->impu && o->domain;
  if (identified && o->pcscf[0])
    return IMSTLS_OK;
  if (!identified)
    fprintf(stderr,
            "%s: neither the card nor its country tells how long the MNC is: give --mnc-len 2 or 3, or --impi, --impu "
            "and --domain\n",
            program);
  else
    fprintf(stderr, "%s: the card does not tell the P-CSCF: give --pcscf\n", program);
  return USAGE_TOLD;
}

/* A modem keeps a channel that is left open, and has few. One that does not answer is not waited for long. */
static void close_channel(struct card *card)
{
  uint64_t end = phone_now() + CLOSE_MS;
  bool busy = true;
  card->client = NULL;
  for (uint64_t t = phone_now(); busy && t < end; t = phone_now()) {
    busy = imstls_usim_card_close(&card->card) == IMSTLS_PENDING;
    busy = busy || (!card->pcsc && imstls_usim_at_timeout_ms(&card->at, t) >= 0);
    if (busy)
      card_wait(card, (int)(end - t));
  }
}

void card_close(struct card *card)
{
  close_channel(card);
  imstls_usim_pcsc_close(card->pcsc);
  if (card->at.fd >= 0)
    close(card->at.fd);
}
