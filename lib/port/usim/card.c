/* SPDX-License-Identifier: Apache-2.0 */
/* A USIM behind APDUs: the calls of the application, and the loop that takes one command after another to the card.
 * Whatever a card answers, the loop ends: steps go forward, the answers to one command and the restarts of a session
 * are counted. */
#include "port/usim/card.h"

enum { ROUNDS_MAX = 8, ANSWER_MIN = 258, RESETS_MAX = 3 };

static void answer_wipe(imstls_usim_card *card)
{
  imstls_wipe(card->p.rx, sizeof card->p.rx);
  card->p.have = 0;
  card->p.rounds = 0;
  card->p.chained = 0;
}

/* The card was reset and nothing of ours is left on it: from the beginning, a few times, then it is a failure. Others
 * reset a card that they share with us when they leave. */
static void card_was_reset(imstls_usim_card *card)
{
  imstls_card_private *p = &card->p;
  imstls_i_card_forget(p);
  p->step = IMSTLS_I_CARD_READY;
  if (p->want_close != 0) {
    imstls_i_card_closed(card);
  } else if (p->retried >= RESETS_MAX) {
    imstls_i_card_fail(card, IMSTLS_ERR_USIM_IO);
  } else {
    p->retried++;
  }
}

/* 61xx: the rest waits, fetch it; 6Cxx: repeat with this length (ETSI TS 102 221 7.3.1.1.4). Nothing waits behind a
 * PIN's answer, and a PIN is never sent twice. True: another command is ready; `error` is set when that has gone on
 * for too long. */
static bool chain(imstls_usim_card *card, uint8_t sw1, uint8_t sw2, int *error)
{
  imstls_card_private *p = &card->p;
  bool pin = p->step == IMSTLS_I_CARD_PIN_STATUS || p->step == IMSTLS_I_CARD_PIN_VERIFY;
  if ((sw1 != 0x61 && sw1 != 0x6c) || pin)
    return false;
  if (sw1 == 0x6c && p->command_len < 5)
    return false; /* it has no length to correct */
  if (++p->rounds > ROUNDS_MAX || sizeof p->rx - p->have < ANSWER_MIN) {
    *error = IMSTLS_ERR_USIM_DATA;
    return false;
  }
  if (sw1 == 0x61) {
    uint8_t get[5] = { p->command[0], 0xc0, 0x00, 0x00, sw2 };
    memcpy(p->command, get, sizeof get);
    p->command_len = sizeof get;
  } else {
    p->command[p->command_len - 1] = sw2;
  }
  p->chained = 1;
  return true;
}

/* What the transport says, brought to the codes that it may use. */
static int transport_error(int error)
{
  switch (error) {
  case IMSTLS_OK:
  case IMSTLS_NOT_READY:
  case IMSTLS_ERR_USIM:
  case IMSTLS_ERR_USIM_APP:
  case IMSTLS_ERR_USIM_PIN:
  case IMSTLS_ERR_USIM_TIMEOUT: return error;
  default: return IMSTLS_ERR_USIM_IO;
  }
}

/* The channel that we opened is not there any more: the card was reset, and the transport did not hear of it. */
static bool channel_gone(const imstls_usim_card *card, const imstls_i_card_answer *answer)
{
  return answer->sw == 0x6881 && card->p.channel != 0 && card->p.want_close == 0;
}

/* One answer of the transport has come. */
static void judge(imstls_usim_card *card, int error, size_t len)
{
  imstls_card_private *p = &card->p;
  imstls_i_card_answer answer = { transport_error(error), 0, { p->rx, 0 } };
  bool channel_call = p->step == IMSTLS_I_CARD_APP_OPEN || p->step == IMSTLS_I_CARD_CLOSE_DRIVER;
  if (answer.error == IMSTLS_NOT_READY) {
    answer_wipe(card);
    card_was_reset(card);
    return;
  }
  if (answer.error == IMSTLS_OK && !channel_call) {
    if (len > sizeof p->rx - p->have)
      answer.error = IMSTLS_ERR_USIM_IO;
    else if (len < 2)
      answer.error = IMSTLS_ERR_USIM_DATA;
  }
  if (answer.error == IMSTLS_OK && !channel_call) {
    p->have += (uint32_t)len - 2;
    const uint8_t *sw = p->rx + p->have;
    answer.sw = (uint16_t)(sw[0] << 8 | sw[1]);
    if (p->step != IMSTLS_I_CARD_CLOSE_CHANNEL)
      card->status = answer.sw;
    answer.error = imstls_i_sw_error(answer.sw);
    if (channel_gone(card, &answer)) {
      answer_wipe(card);
      card_was_reset(card);
      return;
    }
    if (chain(card, sw[0], sw[1], &answer.error))
      return;
    answer.data.len = p->have;
  }
  if (answer.error != IMSTLS_OK && answer.sw == 0)
    p->ready = 0; /* nothing is sure after a failure of the transport */
  imstls_i_card_end(card, &answer);
  answer_wipe(card);
  bool closing = p->step == IMSTLS_I_CARD_CLOSE_DRIVER || p->step == IMSTLS_I_CARD_CLOSE_CHANNEL;
  if (p->want_close != 0 && !closing)
    p->step = IMSTLS_I_CARD_READY;
}

/* A PIN that was shown is kept when the card has accepted it, and until the card is taken away: another may come. All
 * ways that the answer takes lead through here. */
static void received(imstls_usim_card *card, int error, size_t len)
{
  imstls_card_private *p = &card->p;
  bool shown = p->step == IMSTLS_I_CARD_PIN_VERIFY;
  bool gone = error == IMSTLS_ERR_USIM;
  judge(card, error, len);
  if (gone || (shown && p->pin_accepted == 0))
    imstls_i_card_pin_forget(p);
}

static bool is_open(const imstls_card_private *p) { return p->driver_open != 0 || p->channel != 0; }

static void close_open(imstls_card_private *p)
{
  p->step = p->driver_open != 0 ? IMSTLS_I_CARD_CLOSE_DRIVER : IMSTLS_I_CARD_CLOSE_CHANNEL;
}

/* Nobody wants anything. A channel with a selected application waits for the next challenge; another one would be left
 * open for nothing. */
static void rest(imstls_card_private *p)
{
  if (is_open(p) && p->ready == 0) {
    p->closing = 1;
    close_open(p);
    return;
  }
  p->step = IMSTLS_I_CARD_IDLE;
  p->fresh = 0;
  p->retried = 0;
  p->reopened = 0;
}

/* What next, when no step is under way. */
static void choose(imstls_usim_card *card)
{
  imstls_card_private *p = &card->p;
  if (p->auth == IMSTLS_I_CARD_AUTH_CANCELLED)
    p->auth = IMSTLS_I_CARD_AUTH_NONE;
  if (p->auth == IMSTLS_I_CARD_AUTH_NONE && p->queued != 0) {
    p->auth = IMSTLS_I_CARD_AUTH_WANTED;
    p->queued = 0;
    p->request = p->queued_request;
    memcpy(p->challenge, p->queued_challenge, sizeof p->challenge);
  }
  if (p->want_close != 0) {
    close_open(p);
    if (!is_open(p))
      imstls_i_card_closed(card);
    return;
  }
  if (p->want_read == 0 && p->auth == IMSTLS_I_CARD_AUTH_NONE) {
    rest(p);
    return;
  }
  if (p->ready == 0) {
    imstls_i_card_session(card);
    return;
  }
  if (p->want_read == 0) {
    p->step = IMSTLS_I_CARD_AUTH;
    return;
  }
  memset(&card->identity, 0, sizeof card->identity);
  p->file = 0;
  p->step = IMSTLS_I_CARD_FILE_SELECT;
}

static void run(imstls_usim_card *card)
{
  imstls_card_private *p = &card->p;
  p->running = 1;
  while (p->step != IMSTLS_I_CARD_IDLE) {
    if (p->step == IMSTLS_I_CARD_READY) {
      choose(card);
      continue;
    }
    size_t len = 0;
    int error = imstls_i_card_begin(card, &len);
    if (error == IMSTLS_PENDING) {
      p->awaiting = 1;
      break;
    }
    received(card, error, len);
  }
  p->running = 0;
}

/* Runs until something has to be waited for. The error of what was asked for, when it ended at once. */
static int run_inside(imstls_usim_card *card, uint8_t inside)
{
  imstls_card_private *p = &card->p;
  p->step = IMSTLS_I_CARD_READY;
  p->inside = inside;
  p->sync_error = IMSTLS_PENDING;
  run(card);
  p->inside = IMSTLS_I_CARD_OUTSIDE;
  return p->sync_error;
}

static bool busy(const imstls_usim_card *card) { return card->p.running != 0 || card->p.awaiting != 0; }

static int auth_queue(imstls_usim_card *card, uint32_t request, const uint8_t rand[16], const uint8_t autn[16])
{
  imstls_card_private *p = &card->p;
  bool cannot_wait =
      !card->done || p->queued != 0 || p->auth == IMSTLS_I_CARD_AUTH_WANTED || p->inside == IMSTLS_I_CARD_INSIDE_AUTH;
  if (cannot_wait) {
    return IMSTLS_ERR_USIM;
  }
  p->queued = 1;
  p->queued_request = request;
  memcpy(p->queued_challenge, rand, IMSTLS_RAND_LEN);
  memcpy(p->queued_challenge + IMSTLS_RAND_LEN, autn, IMSTLS_AUTN_LEN);
  return IMSTLS_PENDING;
}

static int authenticate(void *user, uint32_t request, const uint8_t rand[16], const uint8_t autn[16],
                        imstls_aka_result *result)
{
  imstls_usim_card *card = user;
  imstls_card_private *p = &card->p;
  if (!rand || !autn || !result)
    return IMSTLS_ERR_USIM;
  if (busy(card))
    return auth_queue(card, request, rand, autn);
  p->auth = IMSTLS_I_CARD_AUTH_WANTED;
  p->request = request;
  memcpy(p->challenge, rand, IMSTLS_RAND_LEN);
  memcpy(p->challenge + IMSTLS_RAND_LEN, autn, IMSTLS_AUTN_LEN);
  int error = run_inside(card, IMSTLS_I_CARD_INSIDE_AUTH);
  if (error == IMSTLS_PENDING)
    return error;
  if (error == IMSTLS_OK) {
    size_t size = result->size;
    *result = p->result;
    result->size = size;
  }
  imstls_wipe(&p->result, sizeof p->result);
  return error;
}

static void cancel(void *user, uint32_t request)
{
  imstls_card_private *p = &((imstls_usim_card *)user)->p;
  if (p->queued != 0 && p->queued_request == request) {
    p->queued = 0;
    imstls_wipe(p->queued_challenge, sizeof p->queued_challenge);
  }
  if (p->auth == IMSTLS_I_CARD_AUTH_WANTED && p->request == request)
    p->auth = IMSTLS_I_CARD_AUTH_CANCELLED;
}

const imstls_usim *imstls_usim_apdu(imstls_usim_card *card)
{
  bool unusable = !card || card->size < sizeof *card || !card->apdu.transmit;
  if (unusable)
    return NULL;
  card->usim = (imstls_usim){ sizeof card->usim, card, authenticate, cancel };
  memset(&card->p, 0, sizeof card->p);
  memset(&card->identity, 0, sizeof card->identity);
  card->pin_tries = 0xff;
  card->status = 0;
  return &card->usim;
}

int imstls_usim_card_read(imstls_usim_card *card)
{
  if (!card || !card->usim.authenticate)
    return IMSTLS_ERR_USAGE;
  if (card->p.want_read != 0)
    return IMSTLS_ERR_STATE;
  card->p.want_read = 1;
  if (busy(card))
    return IMSTLS_PENDING;
  return run_inside(card, IMSTLS_I_CARD_INSIDE_READ);
}

int imstls_usim_card_transmitted(imstls_usim_card *card, int error, size_t response_len)
{
  if (!card || error == IMSTLS_PENDING)
    return IMSTLS_ERR_USAGE;
  if (card->p.awaiting == 0)
    return IMSTLS_ERR_STATE;
  card->p.awaiting = 0;
  card->p.running = 1;
  received(card, error, response_len);
  run(card);
  return IMSTLS_OK;
}

int imstls_usim_card_close(imstls_usim_card *card)
{
  if (!card)
    return IMSTLS_ERR_USAGE;
  imstls_card_private *p = &card->p;
  imstls_wipe(card->pin, sizeof card->pin);
  imstls_i_card_pin_forget(p);
  imstls_wipe(p->queued_challenge, sizeof p->queued_challenge);
  p->queued = 0;
  p->want_read = 0;
  p->want_close = 1;
  if (p->auth == IMSTLS_I_CARD_AUTH_WANTED)
    p->auth = IMSTLS_I_CARD_AUTH_CANCELLED;
  if (!busy(card)) {
    p->step = IMSTLS_I_CARD_READY;
    run(card);
  }
  return p->want_close != 0 ? IMSTLS_PENDING : IMSTLS_OK;
}
