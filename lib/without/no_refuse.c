/* SPDX-License-Identifier: Apache-2.0 */
#include <imstls/error.h>
#include <imstls/sip.h>

/* What cannot be read, or is too long, is dropped, counted and told, without an answer. */
int imstls_sip_refuse(const char *buf, size_t len, int why, const char *to_tag, char *out, size_t cap, size_t *out_len,
                      uint32_t *status)
{
  (void)buf;
  (void)len;
  (void)why;
  (void)to_tag;
  (void)out;
  (void)cap;
  (void)out_len;
  (void)status;
  return IMSTLS_ERR_UNSUPPORTED;
}
