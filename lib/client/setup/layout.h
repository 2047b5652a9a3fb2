/* SPDX-License-Identifier: Apache-2.0 */
/* The block that a client lives in. */
#ifndef IMSTLS_CLIENT_LAYOUT_H
#define IMSTLS_CLIENT_LAYOUT_H

#include "client/client.h"

/* How many octets it takes. IMSTLS_OK; as imstls_client_init, where the settings are not valid. */
int imstls_i_layout_measure(const imstls_config *config, size_t *len);

/* Lays a client out in `storage`. As imstls_client_init. */
int imstls_i_layout_take(void *storage, size_t len, const imstls_config *config, imstls_client **out);

#endif
