/* SPDX-License-Identifier: Apache-2.0 */
/* What the answer to each step of a session with a card leads to. Channel, EF_DIR, application, PIN, then files or
 * AUTHENTICATE. */
#include "port/usim/card.h"

enum { DIR_RECORDS_MAX = 16 };

static void app_step(imstls_card_private *p)
{
  p->step = p->method == IMSTLS_I_CARD_BY_DRIVER ? IMSTLS_I_CARD_APP_OPEN : IMSTLS_I_CARD_APP_SELECT;
}

static void first_candidate(imstls_usim_card *card)
{
  int32_t app = card->application != IMSTLS_APP_AUTO ? card->application : card->identity.application;
  card->p.candidate = app == IMSTLS_APP_USIM ? IMSTLS_APP_USIM : IMSTLS_APP_ISIM;
}

/* Onto a channel by `method`, unless EF_DIR has to be read first. */
static void by_method(imstls_card_private *p, uint8_t method)
{
  p->method = method;
  if (method == IMSTLS_I_CARD_BY_MANAGE)
    p->step = IMSTLS_I_CARD_CHANNEL;
  else if (p->dir == 0)
    p->step = IMSTLS_I_CARD_DIR_SELECT;
  else
    app_step(p);
}

void imstls_i_card_session(imstls_usim_card *card)
{
  imstls_card_private *p = &card->p;
  first_candidate(card);
  if (p->driver_open != 0) {
    p->step = IMSTLS_I_CARD_CLOSE_DRIVER; /* and open it again */
    return;
  }
  if (p->channel != 0) {
    app_step(p);
    return;
  }
  if (card->channel == IMSTLS_CARD_CHANNEL_BASIC)
    by_method(p, IMSTLS_I_CARD_BY_BASIC);
  else
    by_method(p, card->apdu.open_channel ? IMSTLS_I_CARD_BY_DRIVER : IMSTLS_I_CARD_BY_MANAGE);
}

/* The application is not there: the other kind, then another way to a channel, then nothing is left. */
static void next_candidate(imstls_usim_card *card)
{
  imstls_card_private *p = &card->p;
  if (card->application == IMSTLS_APP_AUTO && p->candidate == IMSTLS_APP_ISIM) {
    p->candidate = IMSTLS_APP_USIM;
    if (p->driver_open != 0)
      p->step = IMSTLS_I_CARD_CLOSE_DRIVER;
    else
      app_step(p);
    return;
  }
  if (p->method != IMSTLS_I_CARD_BY_DRIVER) {
    imstls_i_card_fail(card, IMSTLS_ERR_USIM_APP);
    return;
  }
  first_candidate(card);
  by_method(p, IMSTLS_I_CARD_BY_MANAGE);
}

static void dir_end(imstls_card_private *p)
{
  p->dir = 1;
  app_step(p);
}

/* EF_DIR only helps: without it the leading octets have to do. A modem that carries no command on its basic channel may
 * still open channels, hence its refusal is no failure either. */
static void dir_select_end(imstls_usim_card *card, const imstls_i_card_answer *answer)
{
  imstls_card_private *p = &card->p;
  imstls_i_fcp fcp;
  bool refused = answer->sw == 0 && p->method == IMSTLS_I_CARD_BY_DRIVER && answer->error == IMSTLS_ERR_USIM_IO;
  if (answer->sw == 0 && !refused) {
    imstls_i_card_fail(card, answer->error);
    return;
  }
  memset(p->aid_len, 0, sizeof p->aid_len);
  bool usable = answer->error == IMSTLS_OK && imstls_i_fcp_parse(answer->data, &fcp) == IMSTLS_OK &&
                fcp.structure == IMSTLS_I_EF_LINEAR && fcp.records > 0;
  if (!usable) {
    dir_end(p);
    return;
  }
  p->record = 1;
  p->record_len = fcp.record_len;
  p->records = fcp.records < DIR_RECORDS_MAX ? fcp.records : DIR_RECORDS_MAX;
  p->step = IMSTLS_I_CARD_DIR_READ;
}

static void dir_read_end(imstls_usim_card *card, const imstls_i_card_answer *answer)
{
  imstls_card_private *p = &card->p;
  imstls_bytes aid;
  if (answer->sw == 0) {
    imstls_i_card_fail(card, answer->error);
    return;
  }
  bool found = answer->error == IMSTLS_OK && imstls_i_dir_record(answer->data, &aid) == IMSTLS_OK;
  for (uint8_t app = IMSTLS_APP_ISIM; found && app <= IMSTLS_APP_USIM; app++) {
    if (aid.len < IMSTLS_I_APP_CODE_LEN || memcmp(aid.ptr, imstls_i_app_codes[app], IMSTLS_I_APP_CODE_LEN) != 0)
      continue;
    if (p->aid_len[app] != 0)
      continue; /* the first of its kind */
    memcpy(p->aid[app], aid.ptr, aid.len);
    p->aid_len[app] = (uint8_t)aid.len;
  }
  p->record++;
  if (answer->error != IMSTLS_OK || p->record > p->records)
    dir_end(p);
}

/* MANAGE CHANNEL, open (TS 102 221 11.1.17, class octet 10.1.1). A card without channels serves us on the basic one. */
static void channel_end(imstls_usim_card *card, const imstls_i_card_answer *answer)
{
  imstls_card_private *p = &card->p;
  if (answer->sw == 0) {
    imstls_i_card_fail(card, answer->error);
    return;
  }
  if (answer->error != IMSTLS_OK) {
    by_method(p, IMSTLS_I_CARD_BY_BASIC);
    return;
  }
  uint8_t channel = answer->data.len == 1 ? answer->data.ptr[0] : 0;
  if (channel < 1 || channel > 19) {
    imstls_i_card_fail(card, IMSTLS_ERR_USIM_DATA);
    return;
  }
  p->channel = channel;
  p->cla = channel < 4 ? channel : (uint8_t)(0x40 | (channel - 4));
  if (p->dir != 0)
    app_step(p);
  else
    p->step = IMSTLS_I_CARD_DIR_SELECT;
}

static void app_open_end(imstls_usim_card *card, const imstls_i_card_answer *answer)
{
  imstls_card_private *p = &card->p;
  if (answer->error == IMSTLS_ERR_USIM_APP || answer->error == IMSTLS_ERR_USIM_IO) {
    next_candidate(card);
    return;
  }
  if (answer->error != IMSTLS_OK) {
    imstls_i_card_fail(card, answer->error);
    return;
  }
  p->driver_open = 1;
  p->pin_known = 0;
  p->pin_withheld = 0;
  p->pin_ref = 0x01;
  p->step = IMSTLS_I_CARD_PIN_STATUS;
}

static void app_select_end(imstls_usim_card *card, const imstls_i_card_answer *answer)
{
  imstls_card_private *p = &card->p;
  imstls_i_fcp fcp = { 0 };
  bool absent = answer->error == IMSTLS_ERR_USIM_APP || answer->sw >> 8 == 0x6a || answer->sw >> 8 == 0x69;
  bool gone = p->channel != 0 && (answer->sw == 0x6881 || answer->sw == 0x6e00);
  if (gone) { /* somebody reset the card: once more on a new channel */
    p->channel = 0;
    p->cla = 0;
    p->step = IMSTLS_I_CARD_READY;
    if (p->reopened++ != 0)
      imstls_i_card_fail(card, IMSTLS_ERR_USIM);
    return;
  }
  if (answer->sw != 0 && absent) {
    next_candidate(card);
    return;
  }
  int error = answer->error;
  if (error == IMSTLS_OK && answer->data.len > 0)
    error = imstls_i_fcp_parse(answer->data, &fcp);
  if (error != IMSTLS_OK) {
    imstls_i_card_fail(card, error);
    return;
  }
  p->pin_known = fcp.pin != IMSTLS_I_PIN_UNKNOWN;
  p->pin_withheld = 0;
  p->pin_ref = fcp.pin_ref != 0 ? fcp.pin_ref : 0x01;
  if (fcp.pin == IMSTLS_I_PIN_OFF)
    imstls_i_card_opened(p);
  else
    p->step = IMSTLS_I_CARD_PIN_STATUS;
}

/* An application that wants a PIN which it does not get is of no more use than none. */
static void useless_without_pin(imstls_card_private *p, int error)
{
  if (error == IMSTLS_ERR_USIM_PIN || error == IMSTLS_ERR_USIM_PIN_TRIES)
    p->ready = 0;
}

/* An ISIM that is empty or lacks what is needed is as good as none. One that lies about it is an error. */
static void read_failed(imstls_usim_card *card, int error)
{
  imstls_card_private *p = &card->p;
  bool blank = error == IMSTLS_END || error == IMSTLS_ERR_USIM_APP;
  if (blank && card->application == IMSTLS_APP_AUTO && p->candidate == IMSTLS_APP_ISIM) {
    p->ready = 0;
    next_candidate(card);
    return;
  }
  useless_without_pin(p, error);
  imstls_i_card_read_done(card, error == IMSTLS_END ? IMSTLS_ERR_USIM_DATA : error);
}

static void next_file(imstls_usim_card *card)
{
  imstls_card_private *p = &card->p;
  size_t count = 0;
  imstls_i_card_files(p->candidate, &count);
  p->step = IMSTLS_I_CARD_FILE_SELECT;
  if (++p->file < count)
    return;
  int error = imstls_i_card_identity_end(card);
  if (error == IMSTLS_OK)
    imstls_i_card_read_done(card, error);
  else
    read_failed(card, error);
}

/* A registration can do without this file, or without what follows in it. */
static bool dispensable(const imstls_usim_card *card, const imstls_i_card_file *file)
{
  return !file->needed || (card->p.record > 1 && card->identity.impu_count > 0);
}

/* What the card refuses or garbles of a file; without an answer nothing is sure of the files behind it either. */
static void file_failed(imstls_usim_card *card, const imstls_i_card_answer *answer, int error)
{
  if (answer->sw != 0 && dispensable(card, imstls_i_card_present_file(&card->p)))
    next_file(card);
  else
    read_failed(card, error);
}

static void file_select_end(imstls_usim_card *card, const imstls_i_card_answer *answer)
{
  imstls_card_private *p = &card->p;
  const imstls_i_card_file *file = imstls_i_card_present_file(p);
  imstls_i_fcp fcp;
  int error = answer->error;
  if (error == IMSTLS_OK)
    error = imstls_i_fcp_parse(answer->data, &fcp);
  if (error == IMSTLS_OK && fcp.structure != file->structure)
    error = IMSTLS_ERR_USIM_DATA;
  if (error != IMSTLS_OK) {
    file_failed(card, answer, error);
    return;
  }
  bool linear = file->structure == IMSTLS_I_EF_LINEAR;
  if (linear ? fcp.records == 0 : fcp.size == 0) {
    next_file(card);
    return;
  }
  p->record = linear ? 1 : 0;
  p->records = fcp.records;
  p->record_len = fcp.record_len;
  p->file_len = fcp.size;
  p->step = IMSTLS_I_CARD_FILE_READ;
}

static void file_read_end(imstls_usim_card *card, const imstls_i_card_answer *answer)
{
  imstls_card_private *p = &card->p;
  const imstls_i_card_file *file = imstls_i_card_present_file(p);
  if (p->record != 0 && answer->sw == 0x6a83) { /* fewer records than the file said */
    next_file(card);
    return;
  }
  int error = answer->error == IMSTLS_OK ? file->take(card, answer->data) : answer->error;
  if (error != IMSTLS_OK)
    file_failed(card, answer, error);
  else if (p->record == 0 || p->record >= p->records)
    next_file(card);
  else
    p->record++;
}

/* Refused although the application was selected earlier: somebody else used the card meanwhile. Select it once more;
 * the card did not run AKA, so its sequence number has not moved. */
static bool lost_selection(const imstls_card_private *p, uint16_t sw)
{
  uint16_t sw1 = sw >> 8;
  return p->fresh == 0 && p->retried == 0 && (sw1 == 0x68 || sw1 == 0x69 || sw1 == 0x6a || sw1 == 0x6d || sw1 == 0x6e);
}

static void auth_end(imstls_usim_card *card, const imstls_i_card_answer *answer)
{
  imstls_card_private *p = &card->p;
  if (lost_selection(p, answer->sw)) {
    p->retried = 1;
    p->ready = 0;
    p->step = IMSTLS_I_CARD_READY;
    return;
  }
  memset(&p->result, 0, sizeof p->result);
  p->result.size = sizeof p->result;
  int error = answer->error;
  if (answer->sw == 0x9862) { /* authentication error, incorrect MAC (TS 31.102 7.3.1) */
    p->result.verdict = IMSTLS_AKA_MAC_FAILURE;
    error = IMSTLS_OK;
  } else if (error == IMSTLS_OK) {
    error = imstls_i_auth_parse(answer->data, &p->result);
  }
  useless_without_pin(p, error);
  imstls_i_card_auth_done(card, error);
}

static void close_driver_end(imstls_usim_card *card, const imstls_i_card_answer *answer)
{
  (void)answer; /* closed or lost, it is ours no longer */
  card->p.driver_open = 0;
  if (card->p.want_close != 0 || card->p.closing != 0)
    imstls_i_card_closed(card);
  else
    app_step(&card->p);
}

static void close_channel_end(imstls_usim_card *card, const imstls_i_card_answer *answer)
{
  (void)answer;
  imstls_i_card_closed(card);
}

void imstls_i_card_end(imstls_usim_card *card, const imstls_i_card_answer *answer)
{
  static void (*const ends[])(imstls_usim_card *, const imstls_i_card_answer *) = {
    [IMSTLS_I_CARD_DIR_SELECT] = dir_select_end,
    [IMSTLS_I_CARD_DIR_READ] = dir_read_end,
    [IMSTLS_I_CARD_CHANNEL] = channel_end,
    [IMSTLS_I_CARD_APP_OPEN] = app_open_end,
    [IMSTLS_I_CARD_APP_SELECT] = app_select_end,
    [IMSTLS_I_CARD_PIN_STATUS] = imstls_i_card_pin_status_end,
    [IMSTLS_I_CARD_PIN_VERIFY] = imstls_i_card_pin_verify_end,
    [IMSTLS_I_CARD_FILE_SELECT] = file_select_end,
    [IMSTLS_I_CARD_FILE_READ] = file_read_end,
    [IMSTLS_I_CARD_AUTH] = auth_end,
    [IMSTLS_I_CARD_CLOSE_DRIVER] = close_driver_end,
    [IMSTLS_I_CARD_CLOSE_CHANNEL] = close_channel_end,
  };
  imstls_i_card_answer judged = *answer;
  bool missed = judged.sw == 0x6982 && card->p.pin_withheld != 0; /* the PIN that we have and did not send */
  if (missed)
    judged.error = IMSTLS_ERR_USIM_PIN_TRIES;
  ends[card->p.step](card, &judged);
}
