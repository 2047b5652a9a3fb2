/* SPDX-License-Identifier: Apache-2.0 */
/* Any octets as a certificate. A certificate that has one name cannot have another by being asked twice. */
#include <stdlib.h>
#include <string.h>

#include "access/cert_name.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  static const char *const names[] = { "pcscf.visited1.net", "*.visited1.net", "" };
  static const char *const literals[] = { "192.0.2.1", "2001:db8::1", "192.0.2.2" };
  imstls_bytes der = { data, size };
  for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
    imstls_text name = { names[i], strlen(names[i]) };
    bool matches = imstls_i_cert_name_matches(der, name);
    if (matches && i > 0)
      abort();
    /* Nothing is readable when it is cut. */
    if (matches && imstls_i_cert_name_matches((imstls_bytes){ data, size - 1 }, name))
      abort();
  }
  for (size_t i = 0; i < sizeof literals / sizeof literals[0]; i++) {
    imstls_text name = { literals[i], strlen(literals[i]) };
    if (imstls_i_cert_name_matches(der, name) && imstls_i_cert_name_matches((imstls_bytes){ data, size - 1 }, name))
      abort();
  }
  return 0;
}
