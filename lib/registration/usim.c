/* SPDX-License-Identifier: Apache-2.0 */
#include "registration/usim.h"

void imstls_i_aka_wipe(imstls_i_aka_run *run)
{
  if (run->result.keys.release)
    run->result.keys.release(run->result.keys.user);
  imstls_wipe(&run->result, sizeof run->result);
}

/* imstls_client_usim_done may come from within: the first answer counts. */
void imstls_i_aka_ask(imstls_i_aka_run *run, const imstls_usim *usim, const uint8_t rand[16], const uint8_t autn[16])
{
  imstls_i_aka_wipe(run);
  run->result.size = sizeof run->result;
  run->ticket++;
  run->asked = true;
  run->answered = false;
  int result = usim->authenticate(usim->user, run->ticket, rand, autn, &run->result);
  if (result == IMSTLS_PENDING || run->answered)
    return;
  run->error = result;
  run->asked = false;
  run->answered = true;
}

int imstls_i_aka_done(imstls_i_aka_run *run, uint32_t ticket, int error, const imstls_aka_result *result)
{
  if (!run->asked || run->answered || ticket != run->ticket)
    return IMSTLS_ERR_STATE;
  run->error = error;
  if (!error) {
    size_t size = result->size < sizeof run->result ? result->size : sizeof run->result;
    memcpy(&run->result, result, size);
  }
  run->answered = true;
  run->asked = false;
  return IMSTLS_OK;
}

int imstls_i_aka_look(imstls_i_aka_run *run)
{
  run->answered = run->asked = false;
  return run->error;
}

void imstls_i_aka_cancel(imstls_i_aka_run *run, const imstls_usim *usim)
{
  if (run->asked && usim->cancel)
    usim->cancel(usim->user, run->ticket);
  run->asked = run->answered = false;
  run->ticket++;
}
