/* SPDX-License-Identifier: Apache-2.0 */
/* No modem on Windows: its serial lines cannot be waited for beside sockets. */
#include "port/usim/at.h"

#include <imstls/error.h>

int imstls_i_at_write(int fd, const char *data, size_t len)
{
  (void)fd;
  (void)data;
  (void)len;
  return -1;
}

int imstls_i_at_read(int fd, char *out, size_t cap)
{
  (void)fd;
  (void)out;
  (void)cap;
  return -1;
}

int imstls_usim_at_open(const char *device, uint32_t baud)
{
  (void)baud;
  return device ? IMSTLS_ERR_UNSUPPORTED : IMSTLS_ERR_USAGE;
}
