/* SPDX-License-Identifier: Apache-2.0 */
/* Random texts: Call-ID, tags, branches, nonces. */
#ifndef IMSTLS_REGISTRATION_RANDOM_H
#define IMSTLS_REGISTRATION_RANDOM_H

#include <imstls/config.h>

#include "base/base.h"

/* `digits` hex digits, at most 32, and a NUL. Runs a callback. IMSTLS_OK; IMSTLS_ERR_RANDOM. */
int imstls_i_random_hex(const imstls_config_ports *ports, char *out, size_t digits);
int imstls_i_random_number(const imstls_config_ports *ports, uint32_t *out);

#endif
