/* SPDX-License-Identifier: Apache-2.0 */
/* What softphone does not have on Windows: cards and modems, and captures. */
#include "phone_card.h"

static void lacks(const char *option) { fprintf(stderr, "%s: %s: this build does not have it\n", program, option); }

int card_open(struct card *card, struct options *o, const imstls_usim **usim)
{
  (void)card;
  (void)o;
  *usim = NULL;
  lacks("--usim");
  return USAGE_TOLD;
}

int card_wait_on(const struct card *card, struct waiting *w)
{
  (void)card;
  *w = (struct waiting){ .socket = -1 };
  return -1;
}

void card_turn(struct card *card) { (void)card; }

void card_tell(const struct card *card, int error)
{
  (void)card;
  (void)error;
}

void card_close(struct card *card) { (void)card; }

int capture_open(struct capture **out, const char *path)
{
  (void)out;
  if (!path)
    return 0;
  lacks("--pcap");
  return EXIT_USAGE;
}

void capture_event(struct capture *capture, const imstls_client *client, const imstls_event *event)
{
  (void)capture;
  (void)client;
  (void)event;
}

bool capture_failed(const struct capture *capture)
{
  (void)capture;
  return false;
}

void capture_close(struct capture *capture) { (void)capture; }
