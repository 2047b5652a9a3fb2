/* SPDX-License-Identifier: Apache-2.0 */
#include "base/base.h"

bool imstls_i_same_nocase(imstls_text a, imstls_text b)
{
  if (a.len != b.len)
    return false;
  for (size_t i = 0; i < a.len; i++)
    if (imstls_i_lower(a.ptr[i]) != imstls_i_lower(b.ptr[i]))
      return false;
  return true;
}
