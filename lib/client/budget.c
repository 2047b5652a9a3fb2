/* SPDX-License-Identifier: Apache-2.0 */
/* What one step may take from the network: every read, handshake, accept and message is counted here, on every link. */
#include "client/client.h"

bool imstls_i_may_read(const imstls_client *c) { return c->budget.octets && c->budget.reads; }

bool imstls_i_may_take(const imstls_client *c) { return c->budget.messages; }

static void take(uint32_t *left, uint32_t n) { *left = *left > n ? *left - n : 0; }

/* IMSTLS_PENDING: TLS has used up its own share of work, and wants to be called in the next step. */
void imstls_i_spend_read(imstls_client *c, int result)
{
  take(&c->budget.reads, 1);
  if (result == IMSTLS_PENDING)
    c->budget.reads = 0;
  if (result > 0)
    take(&c->budget.octets, (uint32_t)result);
}

void imstls_i_spend_message(imstls_client *c) { take(&c->budget.messages, 1); }

size_t imstls_i_budget_room(const imstls_client *c, size_t room)
{
  return room < c->budget.octets ? room : c->budget.octets;
}
