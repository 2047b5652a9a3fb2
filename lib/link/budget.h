/* SPDX-License-Identifier: Apache-2.0 */
/* What one step may take from the network and give to it: every read, handshake, accept and message is counted here, on
 * every link. */
#ifndef IMSTLS_LINK_BUDGET_H
#define IMSTLS_LINK_BUDGET_H

#include "base/base.h"

/* What is left of it in the present step. */
typedef struct imstls_i_budget {
  uint32_t octets, reads, messages;
  uint32_t sends; /* messages that leave: a callback may queue another one for each */
} imstls_i_budget;

imstls_i_budget imstls_i_budget_of_a_step(void);
/* or shake hands, or accept */
static inline bool imstls_i_may_read(const imstls_i_budget *b) { return b->octets && b->reads; }

/* a message that was read */
static inline bool imstls_i_may_take(const imstls_i_budget *b) { return b->messages; }

static inline bool imstls_i_may_send(const imstls_i_budget *b) { return b->sends; }

void imstls_i_spend_read(imstls_i_budget *b, int result); /* of a read, a handshake or an accept */
void imstls_i_spend_message(imstls_i_budget *b);
void imstls_i_spend_send(imstls_i_budget *b);
size_t imstls_i_budget_room(const imstls_i_budget *b, size_t room); /* octets that the next read may take */

#endif
