/* SPDX-License-Identifier: Apache-2.0 */
/* The PIN: when it is shown to the card, and how long it is kept. A wrong one costs one try in all, whoever resets the
 * card, exchanges it or changes its PIN meanwhile: what the card has not accepted is wiped and never sent again. */
#include "port/usim/card.h"

enum { TRIES_MIN = 2 };

static void pin_fail(imstls_usim_card *card, uint8_t tries)
{
  card->pin_tries = tries;
  imstls_i_card_fail(card, IMSTLS_ERR_USIM_PIN);
}

/* What is no PIN would be a wrong one, and cost a try. */
static bool is_pin(const char text[9])
{
  size_t len = strnlen(text, 9);
  for (size_t i = 0; i < len; i++) {
    if (!imstls_i_is_digit(text[i]))
      return false;
  }
  return len >= 4 && len <= 8;
}

/* One that the card has accepted, under the key reference that it was accepted for: other applications have others. */
static bool pin_kept(const imstls_usim_card *card)
{
  const imstls_card_private *p = &card->p;
  return p->kept_ref == p->pin_ref && is_pin(p->kept_pin);
}

static bool pin_at_hand(const imstls_usim_card *card) { return is_pin(card->pin) || pin_kept(card); }

void imstls_i_card_pin_forget(imstls_card_private *p) { imstls_wipe(p->kept_pin, sizeof p->kept_pin); }

/* From here on it is at stake: what the transport says of this command may be wrong, and a try may be spent although no
 * answer came. The count of before is worth nothing either. */
void imstls_i_card_pin_take(imstls_usim_card *card, uint8_t padded[8])
{
  imstls_card_private *p = &card->p;
  if (is_pin(card->pin))
    memcpy(p->kept_pin, card->pin, sizeof p->kept_pin);
  imstls_wipe(card->pin, sizeof card->pin);
  p->pin_accepted = 0;
  p->kept_ref = p->pin_ref;
  card->pin_tries = IMSTLS_I_TRIES_UNKNOWN;
  memset(padded, 0xff, 8);
  memcpy(padded, p->kept_pin, strnlen(p->kept_pin, 8));
}

/* How many tries are left (TS 102 221 11.1.9), as far as the card tells. */
static uint8_t tries_told(uint16_t sw)
{
  if (sw == 0x6983)
    return 0;
  return sw >> 4 == 0x63c ? sw & 0x0f : IMSTLS_I_TRIES_UNKNOWN;
}

/* Shown already, or disabled: what would be sent now could only cost a try. */
static bool pin_not_wanted(const imstls_i_card_answer *answer)
{
  return answer->error == IMSTLS_OK || answer->sw == 0x6984;
}

static uint8_t tries_wanted(const imstls_usim_card *card)
{
  return card->pin_min_tries != 0 ? card->pin_min_tries : TRIES_MIN;
}

/* The last try is the person's own: a wrong setting must not block a card. */
static void pin_tries_told(imstls_usim_card *card)
{
  if (card->pin_tries == 0)
    pin_fail(card, 0);
  else if (!pin_at_hand(card) && card->p.pin_known != 0)
    pin_fail(card, card->pin_tries);
  else if (!pin_at_hand(card))
    imstls_i_card_opened(&card->p); /* what needs the PIN will say so */
  else if (card->pin_tries >= tries_wanted(card))
    card->p.step = IMSTLS_I_CARD_PIN_VERIFY;
  else
    imstls_i_card_fail(card, IMSTLS_ERR_USIM_PIN_TRIES);
}

/* The card cannot be asked, so it may be the last try. Nor is it known whether the PIN is wanted at all. */
static void pin_tries_untold(imstls_usim_card *card)
{
  bool given = pin_at_hand(card);
  if (given && tries_wanted(card) == 1) {
    card->p.step = IMSTLS_I_CARD_PIN_VERIFY;
    return;
  }
  card->p.pin_withheld = given;
  imstls_i_card_opened(&card->p);
}

void imstls_i_card_pin_status_end(imstls_usim_card *card, const imstls_i_card_answer *answer)
{
  if (answer->sw == 0) {
    imstls_i_card_fail(card, answer->error);
    return;
  }
  card->pin_tries = tries_told(answer->sw);
  if (pin_not_wanted(answer))
    imstls_i_card_opened(&card->p);
  else if (card->pin_tries != IMSTLS_I_TRIES_UNKNOWN)
    pin_tries_told(card);
  else
    pin_tries_untold(card);
}

void imstls_i_card_pin_verify_end(imstls_usim_card *card, const imstls_i_card_answer *answer)
{
  card->p.pin_accepted = answer->error == IMSTLS_OK && card->pin_once == 0;
  uint8_t tries = tries_told(answer->sw);
  if (tries != IMSTLS_I_TRIES_UNKNOWN)
    pin_fail(card, tries);
  else if (pin_not_wanted(answer))
    imstls_i_card_opened(&card->p);
  else
    imstls_i_card_fail(card, answer->error);
}
