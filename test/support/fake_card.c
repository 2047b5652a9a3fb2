/* SPDX-License-Identifier: Apache-2.0 */
/* The software USIM, which can fail, or answer later. */
#include "fake.h"

#include <check.h>

#include "fake_parts.h"
#include "soft_handle.h"

static int authenticate(void *user, uint32_t request, const uint8_t rand[16], const uint8_t autn[16],
                        imstls_aka_result *result)
{
  struct fake *f = user;
  static soft_handle handle;
  const imstls_usim *soft = fake_handles() ? soft_handle_usim(&handle, &f->soft) : imstls_usim_soft(&f->soft);
  f->card_runs++;
  f->card_request = request;
  if (fake_fails(f))
    return IMSTLS_ERR_USIM;
  if (f->card_error)
    return f->card_error;
  if (!f->card_pending)
    return soft->authenticate(soft->user, request, rand, autn, result);
  f->card_result.size = sizeof f->card_result;
  ck_assert_int_eq(soft->authenticate(soft->user, request, rand, autn, &f->card_result), IMSTLS_OK);
  return IMSTLS_PENDING;
}

static void cancel(void *user, uint32_t request)
{
  (void)request;
  ((struct fake *)user)->card_cancels++;
}

static imstls_usim the_usim;

void fake_use_card(struct fake *f)
{
  the_usim = (imstls_usim){ sizeof the_usim, f, authenticate, cancel };
  f->config.ports.usim = &the_usim;
}
