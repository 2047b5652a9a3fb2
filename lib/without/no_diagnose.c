/* SPDX-License-Identifier: Apache-2.0 */
#include <imstls/aka.h>

#include "base/base.h"

int imstls_aka_diagnose(const imstls_aka_diagnose_input *in, imstls_aka_diagnosis *out)
{
  (void)in;
  (void)out;
  return IMSTLS_ERR_UNSUPPORTED;
}
