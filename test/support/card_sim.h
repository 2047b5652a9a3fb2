/* SPDX-License-Identifier: Apache-2.0 */
/* A card with EF_DIR, USIM and ISIM for tests of what talks to cards; it can be told to lie. Its answers to
 * AUTHENTICATE are given by the test. */
#ifndef TEST_CARD_SIM_H
#define TEST_CARD_SIM_H

#include <stdbool.h>

#include <imstls/card.h>
#include <imstls/error.h>

enum { SIM_NO_APP = 0, SIM_ISIM = 1, SIM_USIM = 2, SIM_MF = 3, SIM_FILES = 16, SIM_LOG = 96 };

typedef struct sim_file {
  uint8_t app; /* SIM_... it is in */
  uint16_t id;
  uint8_t record_len; /* 0: transparent */
  uint32_t len;
  uint8_t data[600];
} sim_file;

typedef struct card_sim {
  /* what kind of card */
  bool t0;          /* answers wait and are fetched with GET RESPONSE */
  bool no_channels; /* MANAGE CHANNEL is not supported */
  bool no_pin_info; /* no C6 in the FCP */
  bool pin_on;
  char pin[9];
  uint8_t tries;
  uint16_t pin_sw;  /* answer to VERIFY without data, whatever the state; 0: the true one */
  uint8_t channel;  /* what MANAGE CHANNEL gives */
  uint8_t le_wrong; /* first READ of every file is answered 6Cxx */
  sim_file file[SIM_FILES];
  size_t files;
  uint8_t auth[80]; /* answer to AUTHENTICATE with its status word */
  size_t auth_len;
  /* what goes wrong: answer number `at` (from 0) becomes `with`, or is handed to `twist` */
  int at;
  int error; /* not 0: transmit fails with it */
  void (*twist)(struct card_sim *sim, uint8_t *answer, size_t *len);
  size_t knob;
  /* state */
  bool pending; /* answers come by sim_deliver */
  bool verified, open, waiting;
  uint8_t selected; /* application */
  const sim_file *current;
  uint8_t rest[600];
  size_t rest_len;
  uint8_t answer[600];
  size_t answer_len;
  int answer_error;
  uint8_t *response;
  size_t response_cap;
  /* what was sent */
  int count;
  uint8_t sent[SIM_LOG][48];
  size_t sent_len[SIM_LOG];
} card_sim;

/* A card as the test vectors describe one: ISIM and USIM, PIN off, logical channels, status T=1. */
void sim_init(card_sim *sim);
sim_file *sim_add(card_sim *sim, uint8_t app, uint16_t id, uint8_t record_len, const uint8_t *data, size_t len);
sim_file *sim_find(card_sim *sim, uint8_t app, uint16_t id);
void sim_remove(card_sim *sim, uint8_t app); /* the application and its line in EF_DIR */
/* One command through the card; the answer with its status word. */
void sim_command(card_sim *sim, const uint8_t *command, size_t len);
/* As imstls_apdu.transmit. */
int sim_transmit(void *user, const uint8_t *command, size_t len, uint8_t *response, size_t cap, size_t *response_len);
/* Somebody reset the card. */
void sim_reset(card_sim *sim);
/* Delivers a pending answer; false: none is due. */
bool sim_deliver(card_sim *sim, imstls_usim_card *card);
/* Commands sent so far with this instruction. */
int sim_sent(const card_sim *sim, uint8_t ins);

#endif
