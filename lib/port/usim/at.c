/* SPDX-License-Identifier: Apache-2.0 */
/* A modem on a serial line: writes commands, reads lines, keeps the time limit. The application's loop waits, never
 * this. */
#include "port/usim/at.h"

#include <imstls/error.h>

enum { TIMEOUT_MS = 10000, APDU_MAX = 261, READS_MAX = 64 };

static const char sync_command[] = "\rAT+CMEE?\r";

/* ---- asking ---- */

static void send_text(imstls_usim_at *at, uint32_t state, const char *text, size_t len)
{
  memcpy(at->p.tx, text, len);
  at->p.tx_len = (uint32_t)len;
  at->p.tx_sent = 0;
  at->p.state = state;
  at->p.seen = IMSTLS_I_AT_NOTHING;
  at->p.armed = 0;
}

static void send_queued(imstls_usim_at *at)
{
  at->p.response_len = 0;
  send_text(at, IMSTLS_I_AT_ASKED, at->p.queued, at->p.queued_len);
  imstls_wipe(at->p.queued, sizeof at->p.queued);
}

static void send_stray(imstls_usim_at *at)
{
  char command[sizeof at->p.stray[0] + 1];
  size_t len = strlen(at->p.stray[0]);
  memcpy(command, at->p.stray[0], len);
  command[len] = '\r';
  send_text(at, IMSTLS_I_AT_TIDY, command, len + 1);
}

/* Sends what comes next, if there is anything: the card's command last. */
static void next(imstls_usim_at *at)
{
  bool work = at->p.kind != IMSTLS_I_AT_NONE || at->p.strays > 0;
  if (!work)
    at->p.state = IMSTLS_I_AT_IDLE;
  else if (at->p.synced == 0)
    send_text(at, IMSTLS_I_AT_SYNC, sync_command, sizeof sync_command - 1);
  else if (at->p.strays > 0)
    send_stray(at);
  else
    send_queued(at);
}

/* MANAGE CHANNEL opens with P1 00 and closes with 80 (ETSI TS 102 221 11.1.17). */
static uint32_t effect_of(uint32_t kind, const uint8_t *octets)
{
  if (kind == IMSTLS_I_AT_CCHO)
    return IMSTLS_I_AT_OPENS;
  if (kind == IMSTLS_I_AT_CCHC)
    return IMSTLS_I_AT_CLOSES;
  if (kind != IMSTLS_I_AT_CSIM || octets[1] != 0x70)
    return 0;
  return octets[2] == 0 ? IMSTLS_I_AT_OPENS : IMSTLS_I_AT_CLOSES;
}

static int ask(imstls_usim_at *at, uint32_t kind, const uint8_t *octets, size_t len)
{
  if (at->p.kind != IMSTLS_I_AT_NONE || at->fd < 0)
    return IMSTLS_ERR_USIM_IO;
  if (!imstls_i_at_command(at, kind, octets, len))
    return IMSTLS_ERR_USIM_IO;
  at->p.kind = kind;
  at->p.effect = effect_of(kind, octets);
  if (at->p.state == IMSTLS_I_AT_IDLE)
    next(at);
  return IMSTLS_PENDING;
}

static int transmit(void *user, const uint8_t *command, size_t len, uint8_t *response, size_t cap, size_t *response_len)
{
  imstls_usim_at *at = user;
  (void)response_len; /* always pending */
  if (len < 4 || len > APDU_MAX)
    return IMSTLS_ERR_USIM_IO;
  bool starts_anew = at->p.gone != 0 && at->fd >= 0;
  if (starts_anew) { /* without the channel that this command is meant for */
    at->p.gone = 0;
    return IMSTLS_NOT_READY;
  }
  at->p.response = response;
  at->p.response_cap = cap;
  return ask(at, at->session[0] != 0 ? IMSTLS_I_AT_CGLA : IMSTLS_I_AT_CSIM, command, len);
}

static int open_channel(void *user, const uint8_t *aid, size_t len)
{
  return len > 16 ? IMSTLS_ERR_USIM_APP : ask(user, IMSTLS_I_AT_CCHO, aid, len);
}

static int close_channel(void *user)
{
  imstls_usim_at *at = user;
  return at->session[0] == 0 ? IMSTLS_OK : ask(at, IMSTLS_I_AT_CCHC, NULL, 0);
}

int imstls_usim_at_attach(imstls_usim_at *at, imstls_usim_card *card)
{
  bool unusable = !at || at->size < sizeof *at || !card || card->size < sizeof *card;
  if (unusable)
    return IMSTLS_ERR_USAGE;
  bool channels = at->mode == IMSTLS_AT_CHANNELS;
  at->p.card = card;
  card->apdu =
      (imstls_apdu){ sizeof card->apdu, at, transmit, channels ? open_channel : NULL, channels ? close_channel : NULL };
  return IMSTLS_OK;
}

/* ---- answering ---- */

/* Ends the card's command; the card layer may ask the next one from within. */
static void complete(imstls_usim_at *at, int error)
{
  size_t len = error == IMSTLS_OK ? at->p.response_len : 0;
  imstls_wipe(at->p.tx, sizeof at->p.tx);
  imstls_wipe(at->p.queued, sizeof at->p.queued);
  at->p.tx_len = 0;
  at->p.tx_sent = 0;
  at->p.state = IMSTLS_I_AT_IDLE;
  at->p.kind = IMSTLS_I_AT_NONE;
  at->p.response = NULL;
  at->p.response_len = 0;
  at->p.response_cap = 0;
  if (at->p.card)
    (void)imstls_usim_card_transmitted(at->p.card, error, len);
}

static void line_came(imstls_usim_at *at)
{
  int error = imstls_i_at_line(at, imstls_i_text(at->p.line, at->p.line_len));
  imstls_i_at_line_end(at);
  if (error == IMSTLS_I_AT_NEXT)
    next(at);
  else if (error != IMSTLS_I_AT_GOES_ON)
    complete(at, error);
  if (at->p.state == IMSTLS_I_AT_IDLE)
    next(at); /* a stray channel has shown up */
}

/* A command that closes and was not answered is tried once more when the modem speaks again. */
static void closing_unanswered(imstls_usim_at *at)
{
  const char *text = at->p.state == IMSTLS_I_AT_ASKED ? at->p.tx : at->p.queued;
  size_t len = at->p.state == IMSTLS_I_AT_ASKED ? at->p.tx_len : at->p.queued_len;
  if (len > 0)
    imstls_i_at_stray_add(at, imstls_i_text(text, len - 1));
  if (at->p.kind == IMSTLS_I_AT_CCHC)
    at->session[0] = 0;
}

/* An answer may still come, and must not be taken for another's. */
static void timed_out(imstls_usim_at *at)
{
  at->p.synced = 0;
  if (at->p.state == IMSTLS_I_AT_TIDY)
    imstls_i_at_stray_drop(at);
  if (at->p.kind == IMSTLS_I_AT_NONE) {
    if (at->p.state == IMSTLS_I_AT_SYNC)
      at->p.strays = 0;
    at->p.state = IMSTLS_I_AT_IDLE;
    at->p.tx_len = 0;
    at->p.tx_sent = 0;
    return;
  }
  if (at->p.state == IMSTLS_I_AT_ASKED && at->p.effect == IMSTLS_I_AT_OPENS) {
    at->p.late = at->p.kind;
    at->session[0] = 0;
  }
  if (at->p.effect == IMSTLS_I_AT_CLOSES)
    closing_unanswered(at);
  complete(at, IMSTLS_ERR_USIM_TIMEOUT);
  if (at->p.state == IMSTLS_I_AT_IDLE)
    next(at);
}

/* False: the line is dead. */
static bool write_some(imstls_usim_at *at)
{
  while (at->p.tx_sent < at->p.tx_len) {
    int n = imstls_i_at_write(at->fd, at->p.tx + at->p.tx_sent, at->p.tx_len - at->p.tx_sent);
    if (n <= 0)
      return n == 0;
    at->p.tx_sent += (uint32_t)n;
  }
  return true;
}

/* A modem that talks without end must not hold the application's loop: what is left comes with the next call. */
static bool read_some(imstls_usim_at *at)
{
  char chunk[128];
  bool alive = true;
  for (int i = 0; i < READS_MAX; i++) {
    int n = imstls_i_at_read(at->fd, chunk, sizeof chunk);
    if (n <= 0) {
      alive = n == 0;
      break;
    }
    for (int k = 0; k < n && alive; k++) {
      if (!imstls_i_at_octet(at, chunk[k]))
        continue;
      line_came(at);
      alive = write_some(at); /* the next command may go at once */
    }
    if (!alive)
      break;
  }
  imstls_wipe(chunk, sizeof chunk);
  return alive;
}

/* Nothing is known of the modem after this; whatever the card layer asks meanwhile fails too, and it gives up soon. */
static int dead(imstls_usim_at *at)
{
  at->p.synced = 0;
  at->p.late = IMSTLS_I_AT_NONE;
  at->p.strays = 0;
  at->session[0] = 0;
  imstls_i_at_line_end(at);
  for (int i = 0; i < READS_MAX && at->p.kind != IMSTLS_I_AT_NONE; i++)
    complete(at, IMSTLS_ERR_USIM_IO);
  at->p.gone = 1;
  at->p.state = IMSTLS_I_AT_IDLE;
  at->p.tx_len = 0;
  at->p.tx_sent = 0;
  return IMSTLS_ERR_USIM_IO;
}

int imstls_usim_at_process(imstls_usim_at *at, uint64_t now_ms)
{
  if (!at || at->fd < 0)
    return IMSTLS_ERR_USAGE;
  if (!write_some(at) || !read_some(at))
    return dead(at);
  if (at->p.state != IMSTLS_I_AT_IDLE && at->p.armed != 0 && now_ms >= at->p.deadline)
    timed_out(at);
  if (at->p.state != IMSTLS_I_AT_IDLE && at->p.armed == 0) {
    at->p.armed = 1;
    at->p.deadline = now_ms + (at->timeout_ms != 0 ? at->timeout_ms : TIMEOUT_MS);
  }
  return write_some(at) ? IMSTLS_OK : dead(at);
}

uint32_t imstls_usim_at_waits(const imstls_usim_at *at)
{
  if (!at || at->fd < 0)
    return 0;
  return at->p.tx_sent < at->p.tx_len ? 3 : 1;
}

int32_t imstls_usim_at_timeout_ms(const imstls_usim_at *at, uint64_t now_ms)
{
  if (!at || at->p.state == IMSTLS_I_AT_IDLE)
    return -1;
  if (at->p.armed == 0 || now_ms >= at->p.deadline)
    return 0;
  uint64_t left = at->p.deadline - now_ms;
  return left > INT32_MAX ? INT32_MAX : (int32_t)left;
}
