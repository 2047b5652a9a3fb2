/* SPDX-License-Identifier: Apache-2.0 */
/* The pin of a home domain that has sent an s_token2: from then on one is due there (token.h). Nothing proves that a
 * missing s_token2 was never sent: only the policy `required`, or a pin from an earlier success, protects against
 * stripping. */
#ifndef IMSTLS_REGISTRATION_PIN_H
#define IMSTLS_REGISTRATION_PIN_H

#include <imstls/config.h>

#include "base/base.h"

/* May s_token2 be missing? IMSTLS_OK; IMSTLS_ERR_S_TOKEN2_MISSING; IMSTLS_ERR_STORAGE: what cannot be read may be a
 * pin. */
int imstls_i_pin_check(const imstls_config *cfg);
/* IMSTLS_OK; IMSTLS_ERR_STORAGE. */
int imstls_i_pin_store(const imstls_config *cfg);

#endif
