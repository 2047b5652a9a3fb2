/* SPDX-License-Identifier: Apache-2.0 */
/* What stands before a TLS session that is stored: under which terms it may be offered again, what made it trusted, and
 * until when that counts. */
#ifndef IMSTLS_REGISTRATION_RECORD_H
#define IMSTLS_REGISTRATION_RECORD_H

#include <imstls/config.h>

#include "base/base.h"

/* What must be the same, word for word, when the session is offered again. */
typedef struct imstls_i_record_terms {
  const imstls_config *cfg;
  const char *host; /* of the P-CSCF */
  uint16_t port;
} imstls_i_record_terms;

/* Trust that may outlive its connection. */
typedef struct imstls_i_record {
  uint8_t trust;   /* IMSTLS_TRUST_BY_TOKEN, _PKI or _TOKEN_AND_PKI; 0: none that can be saved */
  int64_t since_s; /* wall time when it was proven, or saved */
  int64_t until_s; /* it counts before that */
} imstls_i_record;

/* Octets of the head in `out`; 0: it does not fit. */
size_t imstls_i_record_put(const imstls_i_record_terms *terms, const imstls_i_record *record, char *out, size_t cap);
/* Octets of the head in front of a session; 0: other terms, or no record. */
size_t imstls_i_record_read(const imstls_i_record_terms *terms, imstls_text stored, imstls_i_record *record);

/* A clock that is unknown (negative), or was set back, vouches for nothing. */
static inline bool imstls_i_record_counts(const imstls_i_record *record, int64_t wall_s)
{
  return wall_s >= 0 && wall_s >= record->since_s && wall_s < record->until_s;
}

#endif
