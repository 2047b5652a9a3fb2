/* SPDX-License-Identifier: Apache-2.0 */
/* How what was asked of the card ends, and who is told. */
#include "port/usim/card.h"

void imstls_i_card_read_done(imstls_usim_card *card, int error)
{
  card->p.step = IMSTLS_I_CARD_READY;
  if (error != IMSTLS_OK)
    memset(&card->identity, 0, sizeof card->identity);
  if (card->p.want_read == 0)
    return;
  card->p.want_read = 0;
  if (card->p.inside == IMSTLS_I_CARD_INSIDE_READ) {
    card->p.inside = IMSTLS_I_CARD_OUTSIDE;
    card->p.sync_error = error;
    return;
  }
  if (card->ready)
    card->ready(card->user, error);
}

void imstls_i_card_auth_done(imstls_usim_card *card, int error)
{
  imstls_card_private *p = &card->p;
  p->step = IMSTLS_I_CARD_READY;
  imstls_wipe(p->challenge, sizeof p->challenge);
  uint8_t was = p->auth;
  p->auth = IMSTLS_I_CARD_AUTH_NONE;
  if (was == IMSTLS_I_CARD_AUTH_WANTED && p->inside == IMSTLS_I_CARD_INSIDE_AUTH) {
    p->sync_error = error; /* imstls_usim.authenticate takes the result and wipes it */
    return;
  }
  if (was == IMSTLS_I_CARD_AUTH_WANTED && card->done) {
    card->done(card->user, p->request, error, error == IMSTLS_OK ? &p->result : NULL);
  }
  imstls_wipe(&p->result, sizeof p->result);
}

void imstls_i_card_fail(imstls_usim_card *card, int error)
{
  card->p.ready = 0;
  card->p.step = IMSTLS_I_CARD_READY;
  if (card->p.want_read != 0)
    imstls_i_card_read_done(card, error);
  if (card->p.auth != IMSTLS_I_CARD_AUTH_NONE)
    imstls_i_card_auth_done(card, error);
}

void imstls_i_card_opened(imstls_card_private *p)
{
  p->ready = 1;
  p->fresh = 1;
  p->step = IMSTLS_I_CARD_READY;
}

void imstls_i_card_forget(imstls_card_private *p)
{
  p->ready = 0;
  p->channel = 0;
  p->cla = 0;
  p->driver_open = 0;
  p->closing = 0;
  p->dir = 0;
}

void imstls_i_card_closed(imstls_usim_card *card)
{
  imstls_i_card_forget(&card->p);
  card->p.want_close = 0;
  card->p.step = IMSTLS_I_CARD_READY;
}
