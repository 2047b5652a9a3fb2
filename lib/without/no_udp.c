/* SPDX-License-Identifier: Apache-2.0 */
#include "client/register.h"

uint8_t imstls_i_transport_for(imstls_client *c, enum register_kind kind)
{
  (void)c;
  (void)kind;
  return IMSTLS_NET_TCP;
}
