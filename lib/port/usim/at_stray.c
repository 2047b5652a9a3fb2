/* SPDX-License-Identifier: Apache-2.0 */
/* Channels that are open in a modem and that nobody uses: a card has few, and a modem closes none by itself. */
#include "port/usim/at.h"

enum { STRAYS_MAX = sizeof(((imstls_usim_at_private *)0)->stray) / sizeof(((imstls_usim_at_private *)0)->stray[0]) };

void imstls_i_at_stray_add(imstls_usim_at *at, imstls_text command)
{
  imstls_usim_at_private *p = &at->p;
  if (p->strays == STRAYS_MAX || command.len >= sizeof p->stray[0])
    return;
  for (uint32_t i = 0; i < p->strays; i++) {
    if (imstls_i_same(imstls_i_text(p->stray[i], strlen(p->stray[i])), command))
      return;
  }
  memcpy(p->stray[p->strays], command.ptr, command.len);
  p->stray[p->strays][command.len] = 0;
  p->strays++;
}

void imstls_i_at_stray_handle(imstls_usim_at *at, imstls_text handle)
{
  char text[sizeof at->p.stray[0]];
  imstls_i_writer w = imstls_i_writer_make(text, sizeof text);
  IMSTLS_I_PUT_LIT(&w, "AT+CCHC=");
  imstls_i_put_text(&w, handle);
  if (!w.failed)
    imstls_i_at_stray_add(at, imstls_i_text(text, w.len));
}

/* Number and status 9000 (ETSI TS 102 221 11.1.17). */
void imstls_i_at_stray_answer(imstls_usim_at *at, imstls_text hex)
{
  uint8_t answer[3];
  bool opened =
      imstls_i_hex_decode(hex, answer, sizeof answer) && answer[0] != 0 && answer[1] == 0x90 && answer[2] == 0;
  if (!opened)
    return;
  char text[sizeof at->p.stray[0]];
  imstls_i_writer w = imstls_i_writer_make(text, sizeof text);
  IMSTLS_I_PUT_LIT(&w, "AT+CSIM=10,\"007080");
  imstls_i_put_hex(&w, answer, 1);
  IMSTLS_I_PUT_LIT(&w, "00\"");
  imstls_i_at_stray_add(at, imstls_i_text(text, w.len));
}

void imstls_i_at_stray_drop(imstls_usim_at *at)
{
  imstls_usim_at_private *p = &at->p;
  if (p->strays == 0)
    return;
  p->strays--;
  memmove(p->stray[0], p->stray[1], p->strays * sizeof p->stray[0]);
}
