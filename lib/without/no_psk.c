/* SPDX-License-Identifier: Apache-2.0 */
#include "client/optional/optional.h"

int imstls_i_psk_offer(imstls_client *c, imstls_tls_open *how, char identity[IMSTLS_I_PSK_IDENTITY_MAX], uint8_t *psk)
{
  (void)c;
  (void)how;
  (void)identity;
  (void)psk;
  return IMSTLS_OK;
}
