/* SPDX-License-Identifier: Apache-2.0 */
/* Parts of usim_at: lines of a modem (at_line.c), channels left open in it (at_stray.c) and the serial line they come
 * from (at.c). */
#ifndef IMSTLS_PORT_USIM_AT_H
#define IMSTLS_PORT_USIM_AT_H

#include <imstls/at.h>

#include "base/base.h"

enum { IMSTLS_I_AT_IDLE = 0, IMSTLS_I_AT_SYNC, IMSTLS_I_AT_TIDY, IMSTLS_I_AT_ASKED }; /* at->p.state */
/* at->p.kind, the card's command that is queued or asked; at->p.late, the last one that was given up unanswered. */
enum { IMSTLS_I_AT_NONE = 0, IMSTLS_I_AT_CSIM, IMSTLS_I_AT_CGLA, IMSTLS_I_AT_CCHO, IMSTLS_I_AT_CCHC };
enum { IMSTLS_I_AT_OPENS = 1, IMSTLS_I_AT_CLOSES };                      /* at->p.effect on channels */
enum { IMSTLS_I_AT_NOTHING = 0, IMSTLS_I_AT_SEEN, IMSTLS_I_AT_GARBLED }; /* at->p.seen */

/* What a line means for the command that is under way. */
enum {
  IMSTLS_I_AT_GOES_ON = 1, /* more lines are awaited */
  IMSTLS_I_AT_NEXT = 2     /* the modem listens to us, or a stray channel is closed: send what comes next */
};
/* Judges one line without its end. The above, or the end of the card's command: IMSTLS_OK or an error of
 * imstls_apdu.transmit. */
int imstls_i_at_line(imstls_usim_at *at, imstls_text line);

/* Puts one octet to the line; true when a line is whole. It stands in at->p.line until imstls_i_at_line_end. */
bool imstls_i_at_octet(imstls_usim_at *at, char c);
/* Wipes the line: it may have held keys. */
void imstls_i_at_line_end(imstls_usim_at *at);

/* A command of the modem that closes a channel, without its end, for later; as a whole, or for what has opened one: the
 * handle of +CCHO, the answer to MANAGE CHANNEL (without effect unless it names a channel). */
void imstls_i_at_stray_add(imstls_usim_at *at, imstls_text command);
void imstls_i_at_stray_handle(imstls_usim_at *at, imstls_text handle);
void imstls_i_at_stray_answer(imstls_usim_at *at, imstls_text hex);
/* The first one has been tried. */
void imstls_i_at_stray_drop(imstls_usim_at *at);

/* Writes the command for an APDU, or +CCHO with an AID, or +CCHC, to at->p.queued. False: too long. */
bool imstls_i_at_command(imstls_usim_at *at, uint32_t kind, const uint8_t *octets, size_t len);

/* The line itself, a file for each system: octets, 0: not now, -1: it is dead. */
int imstls_i_at_write(int fd, const char *data, size_t len);
int imstls_i_at_read(int fd, char *out, size_t cap);

#endif
