/* SPDX-License-Identifier: Apache-2.0 */
/* The block that a client lives in. */
#ifndef IMSTLS_CLIENT_LAYOUT_H
#define IMSTLS_CLIENT_LAYOUT_H

#include "client/client.h"

size_t imstls_i_layout_size(const imstls_config *config); /* 0: the settings are not valid */

/* Lays a client out in `storage`. As imstls_client_init. */
int imstls_i_layout_take(void *storage, size_t len, const imstls_config *config, imstls_client **out);

#endif
