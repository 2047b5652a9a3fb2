/* SPDX-License-Identifier: Apache-2.0 */
/* Parts of usim_at: lines of a modem (at_line.c) and the serial line they come from (at.c). */
#ifndef IMSTLS_PORT_USIM_AT_H
#define IMSTLS_PORT_USIM_AT_H

#include <imstls/at.h>

#include "base/base.h"

enum { IMSTLS_I_AT_IDLE = 0, IMSTLS_I_AT_SYNC, IMSTLS_I_AT_ASKED };                  /* at->p.state */
enum { IMSTLS_I_AT_CSIM = 1, IMSTLS_I_AT_CGLA, IMSTLS_I_AT_CCHO, IMSTLS_I_AT_CCHC }; /* at->p.kind */
enum { IMSTLS_I_AT_NOTHING = 0, IMSTLS_I_AT_SEEN, IMSTLS_I_AT_GARBLED };             /* at->p.seen */

/* What a line means for the command that is under way. */
enum {
  IMSTLS_I_AT_GOES_ON = 1, /* more lines are awaited */
  IMSTLS_I_AT_SYNCED = 2   /* the modem listens to us: send what is queued */
};
/* Judges one line without its end. The above, or the end of the command: IMSTLS_OK or an error of
 * imstls_apdu.transmit. */
int imstls_i_at_line(imstls_usim_at *at, imstls_text line);

/* Puts one octet to the line; true when a line is whole. It stands in at->p.line until imstls_i_at_line_end. */
bool imstls_i_at_octet(imstls_usim_at *at, char c);
/* Wipes the line: it may have held keys. */
void imstls_i_at_line_end(imstls_usim_at *at);

/* Writes the command for an APDU, or +CCHO with an AID, or +CCHC, to at->p.queued. False: too long. */
bool imstls_i_at_command(imstls_usim_at *at, uint32_t kind, const uint8_t *octets, size_t len);

#endif
