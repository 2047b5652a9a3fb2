/* SPDX-License-Identifier: Apache-2.0 */
/* With BENCH_AES=software in the environment AES is computed in software, as on most small processors. */
#include <stdlib.h>
#include <string.h>

int mbedtls_aesni_has_support(unsigned what);

/* Takes the place of mbedTLS's own. */
int mbedtls_aesni_has_support(unsigned what)
{
  const char *how = getenv("BENCH_AES");
  (void)what;
  return !how || strcmp(how, "software") != 0;
}
