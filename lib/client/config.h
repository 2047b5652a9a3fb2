/* SPDX-License-Identifier: Apache-2.0 */
/* Settings. */
#ifndef IMSTLS_CLIENT_CONFIG_H
#define IMSTLS_CLIENT_CONFIG_H

#include "client/client.h"

/* A whole copy of the settings with every default filled in. IMSTLS_OK; IMSTLS_ERR_CONFIG. */
int imstls_i_config_read(const imstls_config *config, imstls_config *cfg);

#endif
