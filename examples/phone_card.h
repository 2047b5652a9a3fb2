/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PHONE_CARD_H
#define PHONE_CARD_H

#include "phone.h"

struct card {
  imstls_usim_card card;
  imstls_usim_pcsc *pcsc; /* NULL: a modem */
  imstls_usim_at at;      /* its fd is -1 while the modem is gone */
  const char *device;     /* of the modem */
  uint64_t open_at;       /* when to look again for a modem that is gone */
  imstls_client *client;
  imstls_identity derived; /* with --mnc-len */
  bool ready;
  int error;
};

int card_open(struct card *card, struct options *o, const imstls_usim **usim);
int card_wait_on(const struct card *card, struct waiting *w); /* what to wait for; milliseconds, -1: any time */
void card_turn(struct card *card);                            /* what can be done now */
void card_tell(const struct card *card, int error);           /* what it said, and of its PIN, on standard error */
void card_close(struct card *card);

#endif
