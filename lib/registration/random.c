/* SPDX-License-Identifier: Apache-2.0 */
#include "registration/random.h"

int imstls_i_random_hex(const imstls_config_ports *ports, char *out, size_t digits)
{
  uint8_t octets[16];
  int error = ports->random(ports->random_user, octets, digits / 2);
  if (error)
    return IMSTLS_ERR_RANDOM;
  imstls_i_hex_encode(octets, digits / 2, out);
  return IMSTLS_OK;
}

int imstls_i_random_number(const imstls_config_ports *ports, uint32_t *out)
{
  return ports->random(ports->random_user, (uint8_t *)out, sizeof *out) ? IMSTLS_ERR_RANDOM : IMSTLS_OK;
}
