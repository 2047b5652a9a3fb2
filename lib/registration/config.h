/* SPDX-License-Identifier: Apache-2.0 */
/* Settings. */
#ifndef IMSTLS_REGISTRATION_CONFIG_H
#define IMSTLS_REGISTRATION_CONFIG_H

#include <imstls/config.h>

#include "base/base.h"

/* A whole copy of the settings with every default filled in. IMSTLS_OK; IMSTLS_ERR_CONFIG. */
int imstls_i_config_read(const imstls_config *config, imstls_config *cfg);

#endif
