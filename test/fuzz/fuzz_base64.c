/* SPDX-License-Identifier: Apache-2.0 */
/* What decodes must encode to the same text again, but for its padding. */
#include <stdlib.h>

#include "base/base.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  uint8_t out[3 * 64];
  char back[4 * 64];
  imstls_text text = { (const char *)data, size };
  size_t cap = size % (sizeof out + 1);
  long len = imstls_i_base64_decode(text, out, cap);
  if (len < 0 || (size_t)len > cap)
    return 0;
  imstls_i_writer w = imstls_i_writer_make(back, sizeof back);
  imstls_i_put_base64(&w, out, (size_t)len);
  if (w.failed || w.len < size || memcmp(back, data, size) != 0)
    abort();
  for (size_t i = size; i < w.len; i++)
    if (back[i] != '=')
      abort();
  return 0;
}
