/* SPDX-License-Identifier: Apache-2.0 */
/* What happened, judged: the inputs of the table (table.c). */
#ifndef IMSTLS_CLIENT_INPUT_H
#define IMSTLS_CLIENT_INPUT_H

#include "client/client.h"

enum input {
  IN_NONE = 0,
  /* the application wants */
  IN_REGISTER,
  IN_DEREGISTER,
  IN_MOVED, /* it says that the network changed */
  /* the flow */
  IN_CONNECTED, /* it is open, without TLS yet */
  IN_SECURED,   /* its TLS handshake is complete */
  IN_LOST,      /* connect, handshake, stream or transaction failed */
  /* may RES go out on this channel? */
  IN_PROVEN,
  IN_SWITCH, /* another channel was agreed */
  /* 401 */
  IN_CHALLENGE,         /* the card may be asked */
  IN_CHALLENGE_NO_LIST, /* a first one without Security-Server: register once more */
  IN_RATE,              /* the card, or AUTS, has to rest: nobody is accused */
  /* 200 */
  IN_ACCEPTED,
  IN_ACCEPTED_BAD, /* nothing was proven */
  IN_UNUSABLE,     /* the registrar may hold a binding, and we cannot use it */
  IN_GIVEN_BACK,   /* what could not be used was deregistered, or the network would not have it */
  /* any other final response */
  IN_REPEAT,  /* asks to register another way, and may be followed */
  IN_REFUSED, /* by the network, or by us: a challenge, a channel or a run of AKA that will not do */
  IN_FINAL,   /* the home network's last word */
  /* the network ended the registration */
  IN_ANEW,      /* and wants another one */
  IN_PAUSE,     /* and wants another one later */
  IN_DISMISSED, /* and wants no other */
  /* the card */
  IN_AKA_BAD,     /* MAC failure, or an old SQN: to be answered */
  IN_CARD_FINAL,  /* PIN, no application, gone */
  IN_CARD_SILENT, /* no answer, or none that can be used: another time perhaps */
  IN_DUE,         /* the state's timer: refresh, or the end of a wait */
  IN_COUNT
};

/* Small enough for a register. */
typedef struct imstls_i_input {
  int16_t what;  /* enum input */
  int16_t error; /* of what went wrong, where something did */
} imstls_i_input;

static inline imstls_i_input imstls_i_input_of(enum input what, int error)
{
  return (imstls_i_input){ (int16_t)what, (int16_t)error };
}

imstls_i_input imstls_i_next_input(imstls_client *c);

#endif
