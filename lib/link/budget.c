/* SPDX-License-Identifier: Apache-2.0 */
#include "link/budget.h"

/* imstls_client_step says it to the application. */
enum { OCTETS_A_STEP = 16384, READS_A_STEP = 16, MESSAGES_A_STEP = 32, SENDS_A_STEP = 32 };

imstls_i_budget imstls_i_budget_of_a_step(void)
{
  return (imstls_i_budget){
    .octets = OCTETS_A_STEP, .reads = READS_A_STEP, .messages = MESSAGES_A_STEP, .sends = SENDS_A_STEP
  };
}

static void take(uint32_t *left, uint32_t n) { *left = *left > n ? *left - n : 0; }

/* IMSTLS_PENDING: TLS has used up its own share of work, and wants to be called in the next step. A read decrypts a
 * whole record, 16 KiB at most, however few octets of it are wanted: the last one begins in the first half. */
void imstls_i_spend_read(imstls_i_budget *b, int result)
{
  take(&b->reads, 1);
  if (result > 0)
    take(&b->octets, (uint32_t)result);
  if (result == IMSTLS_PENDING || b->octets < OCTETS_A_STEP / 2)
    b->reads = 0;
}

void imstls_i_spend_message(imstls_i_budget *b) { take(&b->messages, 1); }

void imstls_i_spend_send(imstls_i_budget *b) { take(&b->sends, 1); }

size_t imstls_i_budget_room(const imstls_i_budget *b, size_t room) { return room < b->octets ? room : b->octets; }
