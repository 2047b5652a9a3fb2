/* SPDX-License-Identifier: Apache-2.0 */
#include <imstls/usim.h>

#include "aka/run.h"

/* RES leaves only when it is stored that the challenge was used up. */
static int store(imstls_soft_usim *soft, imstls_aka_result *result, const imstls_i_sqn_entry *before)
{
  if (result->verdict != IMSTLS_AKA_OK || !soft->store)
    return IMSTLS_OK;
  if (soft->store(soft->store_user, &soft->sqn) == IMSTLS_OK)
    return IMSTLS_OK;
  soft->sqn.seq[before->ind] = before->seq;
  imstls_wipe(result, sizeof *result);
  result->size = sizeof *result;
  result->verdict = IMSTLS_AKA_MAC_FAILURE;
  return IMSTLS_ERR_USIM_STORAGE;
}

static int authenticate(void *user, uint32_t request, const uint8_t rand[16], const uint8_t autn[16],
                        imstls_aka_result *result)
{
  imstls_soft_usim *soft = user;
  imstls_i_sqn_entry before;
  (void)request; /* answered at once */
  int error = imstls_i_aka_authenticate(&soft->card, &soft->sqn, rand, autn, result, &before);
  if (error == IMSTLS_OK)
    error = store(soft, result, &before);
  else if (error != IMSTLS_ERR_UNSUPPORTED)
    error = IMSTLS_ERR_USIM;
  imstls_wipe(&before, sizeof before);
  return error;
}

const imstls_usim *imstls_usim_soft(imstls_soft_usim *soft)
{
  if (!soft || soft->size < sizeof *soft)
    return NULL;
  soft->usim = (imstls_usim){ sizeof soft->usim, soft, authenticate, NULL };
  return &soft->usim;
}
