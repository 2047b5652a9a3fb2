/* SPDX-License-Identifier: Apache-2.0 */
/* The settings of a device with little memory: what one REGISTER and its answers take, and a MESSAGE. */
#ifndef STORM_SMALL_H
#define STORM_SMALL_H

#include <imstls/config.h>

static inline void small(imstls_config *config)
{
  config->limits.rx_len = 2048;
  config->limits.tx_len = 2048;
  config->limits.secagree_max = 512;
  config->limits.auth_max = 1024;
  config->limits.route_max = 512;
  config->limits.feed_len = 2048;
}

#endif
