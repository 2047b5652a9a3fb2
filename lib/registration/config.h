/* SPDX-License-Identifier: Apache-2.0 */
/* Settings. */
#ifndef IMSTLS_REGISTRATION_CONFIG_H
#define IMSTLS_REGISTRATION_CONFIG_H

#include <imstls/config.h>

#include "base/base.h"

/* A whole copy of the settings with every default filled in. IMSTLS_OK; IMSTLS_ERR_CONFIG. */
int imstls_i_config_read(const imstls_config *config, imstls_config *cfg);

bool imstls_i_config_is_header_value(const char *text); /* printable, and nothing in it ends a header field */

#endif
