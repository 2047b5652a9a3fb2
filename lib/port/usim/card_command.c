/* SPDX-License-Identifier: Apache-2.0 */
/* The command of each step of a session with a card (ETSI TS 102 221 11.1, TS 31.102 7.1). */
#include "port/usim/card.h"

const uint8_t imstls_i_app_codes[3][IMSTLS_I_APP_CODE_LEN] = {
  [IMSTLS_APP_ISIM] = { 0xa0, 0x00, 0x00, 0x00, 0x87, 0x10, 0x04 },
  [IMSTLS_APP_USIM] = { 0xa0, 0x00, 0x00, 0x00, 0x87, 0x10, 0x02 },
};

static void put(imstls_card_private *p, const uint8_t *octets, size_t len)
{
  memcpy(p->command + p->command_len, octets, len);
  p->command_len += (uint32_t)len;
}

/* CLA, INS, P1, P2 and one more octet, Lc or Le. */
static void head(imstls_card_private *p, uint8_t ins, uint8_t p1, uint8_t p2, uint8_t p3)
{
  p->command_len = 0;
  put(p, (const uint8_t[]){ p->cla, ins, p1, p2, p3 }, 5);
}

static void build_select(imstls_card_private *p, uint8_t p1, uint16_t id)
{
  head(p, 0xa4, p1, 0x04, 2);
  put(p, (const uint8_t[]){ (uint8_t)(id >> 8), (uint8_t)id, 0x00 }, 3);
}

/* The identifier from EF_DIR, or the octets that all of its kind begin with. */
static imstls_bytes app_id(const imstls_card_private *p)
{
  uint8_t app = p->candidate;
  if (p->aid_len[app] != 0)
    return (imstls_bytes){ p->aid[app], p->aid_len[app] };
  return (imstls_bytes){ imstls_i_app_codes[app], IMSTLS_I_APP_CODE_LEN };
}

static void build_app_select(imstls_card_private *p)
{
  imstls_bytes aid = app_id(p);
  head(p, 0xa4, 0x04, 0x04, (uint8_t)aid.len);
  put(p, aid.ptr, aid.len);
  put(p, (const uint8_t[]){ 0x00 }, 1);
}

/* VERIFY without data only asks (TS 102 221 11.1.9). */
static void build_pin_status(imstls_card_private *p)
{
  head(p, 0x20, 0x00, p->pin_ref, 0);
  p->command_len = 4;
}

static void build_pin_verify(imstls_usim_card *card)
{
  uint8_t padded[8];
  imstls_i_card_pin_take(card, padded);
  head(&card->p, 0x20, 0x00, card->p.pin_ref, sizeof padded);
  put(&card->p, padded, sizeof padded);
  imstls_wipe(padded, sizeof padded);
}

static void build_file_read(imstls_card_private *p)
{
  if (p->record != 0) {
    head(p, 0xb2, p->record, 0x04, p->record_len);
    return;
  }
  head(p, 0xb0, 0x00, 0x00, p->file_len >= 256 ? 0 : (uint8_t)p->file_len);
}

/* Context 001, key of the application (TS 31.102 7.1.2, TS 31.103 7.1.2). */
static void build_auth(imstls_card_private *p)
{
  head(p, 0x88, 0x00, 0x81, 2 + IMSTLS_RAND_LEN + IMSTLS_AUTN_LEN);
  put(p, (const uint8_t[]){ IMSTLS_RAND_LEN }, 1);
  put(p, p->challenge, IMSTLS_RAND_LEN);
  put(p, (const uint8_t[]){ IMSTLS_AUTN_LEN }, 1);
  put(p, p->challenge + IMSTLS_RAND_LEN, IMSTLS_AUTN_LEN);
  put(p, (const uint8_t[]){ 0x00 }, 1);
}

static void build(imstls_usim_card *card)
{
  imstls_card_private *p = &card->p;
  switch (p->step) {
  case IMSTLS_I_CARD_DIR_SELECT: build_select(p, 0x08, 0x2f00); break; /* by path from the MF */
  case IMSTLS_I_CARD_DIR_READ: head(p, 0xb2, p->record, 0x04, p->record_len); break;
  case IMSTLS_I_CARD_CHANNEL: head(p, 0x70, 0x00, 0x00, 1); break;
  case IMSTLS_I_CARD_APP_SELECT: build_app_select(p); break;
  case IMSTLS_I_CARD_PIN_STATUS: build_pin_status(p); break;
  case IMSTLS_I_CARD_PIN_VERIFY: build_pin_verify(card); break;
  case IMSTLS_I_CARD_FILE_SELECT: build_select(p, 0x00, imstls_i_card_present_file(p)->id); break;
  case IMSTLS_I_CARD_FILE_READ: build_file_read(p); break;
  case IMSTLS_I_CARD_AUTH: build_auth(p); break;
  default: /* MANAGE CHANNEL, close: from the basic channel */
    p->cla = 0;
    head(p, 0x70, 0x80, p->channel, 0);
    p->command_len = 4;
    break;
  }
}

int imstls_i_card_begin(imstls_usim_card *card, size_t *len)
{
  imstls_card_private *p = &card->p;
  const imstls_apdu *apdu = &card->apdu;
  if (p->step == IMSTLS_I_CARD_APP_OPEN) {
    imstls_bytes aid = app_id(p);
    return apdu->open_channel(apdu->user, aid.ptr, aid.len);
  }
  if (p->step == IMSTLS_I_CARD_CLOSE_DRIVER) {
    return apdu->close_channel ? apdu->close_channel(apdu->user) : IMSTLS_OK;
  }
  if (p->chained == 0)
    build(card);
  p->chained = 0;
  int error = apdu->transmit(apdu->user, p->command, p->command_len, p->rx + p->have, sizeof p->rx - p->have, len);
  if (p->step == IMSTLS_I_CARD_PIN_VERIFY)
    imstls_wipe(p->command, sizeof p->command);
  return error;
}
