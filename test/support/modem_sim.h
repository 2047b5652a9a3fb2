/* SPDX-License-Identifier: Apache-2.0 */
/* A modem behind a socket pair with the card of card_sim.h in it, and the library's ends of both: cut anywhere, chatty,
 * silent, late, lying. */
#ifndef TEST_MODEM_SIM_H
#define TEST_MODEM_SIM_H

#include <imstls/at.h>

#include "card_sim.h"

typedef struct modem_sim {
  int fd;
  bool echo, quotes, urcs, no_channels, no_csim, no_cgla, bare_session;
  bool silent;          /* the card's commands do not reach it whole: nothing is done, nothing answered */
  bool held;            /* does what it is asked, but the answers wait */
  int held_from;        /* so from this command of the card's on, counted from 1 */
  size_t cut;           /* octets of an answer handed over at a time; 0: all */
  const char *handle;   /* what +CCHO gives, with the number of the channel as %u */
  const char *replies;  /* instead of an answer to the next card command */
  const char *reply_to; /* that begins so; NULL: any */
  int asked, synced;    /* the card's commands, questions for +CMEE */
  unsigned next, open;  /* number of the next channel; a bit for each that is open */
  char log[4000];       /* all that it was asked, a line each */
  char in[1200], out[40000];
  size_t in_len, out_len, out_sent;
} modem_sim;

/* The modem, the card in it, the parts that talk to them, and what they told. */
typedef struct desk {
  card_sim sim;
  modem_sim modem;
  imstls_usim_at at;
  imstls_usim_card card;
  imstls_aka_result result;
  int done_count, done_error, ready_count, ready_error;
  uint64_t now;
} desk;

void desk_open(desk *d);
void desk_plug(desk *d); /* a new line to the same modem */
void desk_close(desk *d);
/* The modem says something by itself. */
void modem_say(modem_sim *m, const char *text);
/* Until nothing moves any more. */
void desk_turn(desk *d);
/* Times pass, answers come, until the part has nothing to do; milliseconds that it took. */
uint64_t desk_settle(desk *d);
/* Requests, alone and with all that follows: the error. */
int desk_start_auth(desk *d);
int desk_auth(desk *d);
int desk_read(desk *d);

#endif
