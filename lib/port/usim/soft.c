/* SPDX-License-Identifier: Apache-2.0 */
#include <imstls/usim.h>

#include "base/base.h"

static int authenticate(void *user, uint32_t request, const uint8_t rand[16], const uint8_t autn[16],
                        imstls_aka_result *result)
{
  imstls_soft_usim *soft = user;
  (void)request; /* answered at once */
  const imstls_sqn before = soft->sqn;
  int error = imstls_aka_authenticate(&soft->card, &soft->sqn, rand, autn, result);
  if (error != IMSTLS_OK)
    return error == IMSTLS_ERR_UNSUPPORTED ? error : IMSTLS_ERR_USIM;
  if (result->verdict != IMSTLS_AKA_OK || !soft->store)
    return IMSTLS_OK;
  if (soft->store(soft->store_user, &soft->sqn) == IMSTLS_OK)
    return IMSTLS_OK;
  /* RES stays here, so this challenge has not been used up. */
  soft->sqn = before;
  imstls_wipe(result, sizeof *result);
  result->size = sizeof *result;
  result->verdict = IMSTLS_AKA_MAC_FAILURE;
  return IMSTLS_ERR_USIM_STORAGE;
}

const imstls_usim *imstls_usim_soft(imstls_soft_usim *soft)
{
  if (!soft || soft->size < sizeof *soft)
    return NULL;
  soft->usim = (imstls_usim){ sizeof soft->usim, soft, authenticate, NULL };
  return &soft->usim;
}
