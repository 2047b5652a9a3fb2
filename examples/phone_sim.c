/* SPDX-License-Identifier: Apache-2.0 */
/* Where AKA runs: a card, or the software USIM with its sequence numbers in a file. */
#include <stdlib.h>
#include <string.h>

#include "phone_card.h"
#include "phone_sqn.h"

enum { CLIENT_FDS = 8 };
_Static_assert(CLIENT_FDS + 1 + DNS_FDS + SIM_OWN_FDS <= WAITING_MAX, "sim_wait");

struct sim {
  struct card *card; /* NULL: software */
  imstls_soft_usim soft;
  imstls_identity identity;
  struct sqn_file sqn;
  struct dns *dns;
};

static int bad(const char *option, const char *why)
{
  fprintf(stderr, "%s: %s: %s\n", program, option, why);
  return USAGE_TOLD;
}

static int milenage_keys(imstls_aka_card *card, const struct options *o)
{
  uint8_t op[16];
  if (options_hex(o->k, card->k, 16) != 16)
    return bad("--k", "32 hex digits are wanted");
  card->k_len = 16;
  if (o->opc)
    return options_hex(o->opc, card->opc, 16) == 16 ? IMSTLS_OK : bad("--opc", "32 hex digits are wanted");
  if (options_hex(o->op, op, sizeof op) != 16)
    return bad("--op", "32 hex digits are wanted");
  int error = imstls_milenage_opc(card->k, op, card->opc);
  imstls_wipe(op, sizeof op);
  return error;
}

static int tuak_keys(imstls_aka_card *card, const struct options *o)
{
  uint8_t top[32];
  int len = options_hex(o->k, card->k, 32);
  if (len != 16 && len != 32)
    return bad("--k", "32 or 64 hex digits are wanted");
  card->k_len = (uint32_t)len;
  card->algorithm = IMSTLS_ALGO_TUAK;
  if (o->topc)
    return options_hex(o->topc, card->opc, 32) == 32 ? IMSTLS_OK : bad("--topc", "64 hex digits are wanted");
  if (options_hex(o->top, top, sizeof top) != 32)
    return bad("--top", "64 hex digits are wanted");
  int error = imstls_tuak_topc(card->k, card->k_len, top, 0, card->opc);
  imstls_wipe(top, sizeof top);
  return error;
}

static int derive(struct sim *sim, struct options *o)
{
  if (!o->imsi)
    return IMSTLS_OK;
  if (imstls_identity_derive(o->imsi, o->mnc_len, &sim->identity))
    return bad("--imsi", "6 to 15 digits are wanted");
  o->impi = o->impi ? o->impi : sim->identity.impi;
  o->impu = o->impu ? o->impu : sim->identity.impu;
  o->domain = o->domain ? o->domain : sim->identity.domain;
  return IMSTLS_OK;
}

int sim_open(struct sim **out, struct options *o, const imstls_usim **usim)
{
  struct sim *sim = calloc(1, sizeof *sim);
  if (!sim)
    return IMSTLS_ERR_MEMORY;
  *out = sim;
  sim->sqn.lock = -1;
  sim->soft = (imstls_soft_usim)IMSTLS_SOFT_USIM_INIT;
  int error = derive(sim, o);
  if (error)
    return error;
  if (strcmp(o->usim, "soft") != 0) {
    sim->card = calloc(1, sizeof *sim->card);
    return sim->card ? card_open(sim->card, o, usim) : IMSTLS_ERR_MEMORY;
  }
  error = o->algo == IMSTLS_ALGO_TUAK ? tuak_keys(&sim->soft.card, o) : milenage_keys(&sim->soft.card, o);
  if (!error && o->sqn_file) {
    sim->soft.store = sqn_store;
    sim->soft.store_user = &sim->sqn;
    error = sqn_open(&sim->sqn, o->sqn_file, o->check_nonce != NULL, &sim->soft.sqn);
  }
  *usim = imstls_usim_soft(&sim->soft);
  return error;
}

void sim_soft(const struct sim *sim, const imstls_aka_card **card, const imstls_sqn **sqn)
{
  *card = &sim->soft.card;
  *sqn = &sim->soft.sqn;
}

void sim_attach(struct sim *sim, imstls_client *client, struct dns *dns)
{
  sim->dns = dns;
  if (sim->card)
    sim->card->client = client;
}

/* The client's sockets, the card's, the resolver's, and those of the program itself. */
void sim_wait(struct sim *sim, imstls_client *client, struct waiting *own, size_t count, int max_ms)
{
  struct waiting all[WAITING_MAX];
  imstls_wait waits[CLIENT_FDS];
  size_t n = imstls_client_waits(client, waits, CLIENT_FDS), at;
  for (size_t i = 0; i < n; i++)
    all[i] = (struct waiting){ .socket = waits[i].socket, .wants = waits[i].events };
  int64_t client_ms = imstls_client_timeout_ms(client);
  int wait = phone_sooner(max_ms, client_ms > 60000 ? 60000 : (int)client_ms);
  if (sim->card)
    wait = phone_sooner(wait, card_wait_on(sim->card, &all[n++]));
  n += dns_wait_on(sim->dns, &all[n], &wait);
  at = n;
  for (size_t i = 0; i < count && i < SIM_OWN_FDS; i++)
    all[n++] = own[i];
  system_wait(all, n, wait);
  for (size_t i = 0; at + i < n; i++)
    own[i].ready = all[at + i].ready;
  if (sim->card)
    card_turn(sim->card);
  dns_turn(sim->dns, client);
}

void sim_tell(const struct sim *sim, int error)
{
  if (sim->card && imstls_error_class(error) == IMSTLS_CLASS_USIM)
    card_tell(sim->card, error);
}

void sim_close(struct sim *sim)
{
  if (!sim)
    return;
  if (sim->card) {
    card_close(sim->card);
    imstls_wipe(sim->card, sizeof *sim->card);
    free(sim->card);
  }
  sqn_close(&sim->sqn);
  imstls_wipe(sim, sizeof *sim);
  free(sim);
}
