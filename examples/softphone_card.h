/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOFTPHONE_CARD_H
#define SOFTPHONE_CARD_H

#include "softphone.h"

struct card {
  imstls_usim_card card;
  imstls_usim_pcsc *pcsc; /* NULL: a modem */
  imstls_usim_at at;
  imstls_client *client;
  imstls_identity derived; /* with --mnc-len */
  bool ready;
  int error;
};

int card_open(struct card *card, struct options *o, const imstls_usim **usim);
void card_wait(struct card *card, imstls_client *client, int max_ms);
void card_close(struct card *card);

#endif
