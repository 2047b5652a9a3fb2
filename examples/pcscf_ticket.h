/* SPDX-License-Identifier: Apache-2.0 */
/* Session tickets of the example P-CSCF, where mbedTLS has them. */
#ifndef PCSCF_TICKET_H
#define PCSCF_TICKET_H

#include <stdbool.h>

#include <mbedtls/ctr_drbg.h>
#include <mbedtls/ssl.h>
#include <mbedtls/ssl_ticket.h>

struct ticket {
  mbedtls_ssl_ticket_context keys;
  bool taken; /* one of ours came in the handshake that is under way */
  mbedtls_ctr_drbg_context *drbg;
  unsigned char given[2 * (4 + 32)]; /* names and keys, as mbedTLS asks for them first; */
  size_t given_len, given_used;      /* 0: none, they are random */
};

void ticket_init(struct ticket *ticket);
/* `key`: hex digits that the keys of tickets come from; NULL: they are random. As mbedTLS. */
int ticket_start(struct ticket *ticket, mbedtls_ssl_config *config, mbedtls_ctr_drbg_context *drbg, const char *key);
void ticket_end(struct ticket *ticket);

#endif
