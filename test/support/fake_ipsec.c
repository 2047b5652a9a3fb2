/* SPDX-License-Identifier: Apache-2.0 */
/* SPIs, ports and SAs, counted. */
#include <imstls/version.h>

#include "fake.h"

#include "fake_parts.h"

static int reserve(void *user, const imstls_address *ue, const imstls_address *pcscf, uint16_t keep,
                   imstls_ipsec_end *out)
{
  struct fake *f = user;
  (void)ue;
  (void)pcscf;
  if (fake_fails(f) || f->ipsec_error)
    return IMSTLS_ERR_IPSEC;
  f->reserved++;
  if (f->widest) {
    *out = (imstls_ipsec_end){ UINT32_MAX, UINT32_MAX, UINT16_MAX, UINT16_MAX };
    return IMSTLS_OK;
  }
  uint32_t n = (uint32_t)f->reserved;
  *out = (imstls_ipsec_end){ 1000 + 2 * n, 1001 + 2 * n, (uint16_t)(20000 + n), keep ? keep : (uint16_t)(30000 + n) };
  return IMSTLS_OK;
}

static int install(void *user, const imstls_ipsec_sa *sa, uint32_t *id)
{
  struct fake *f = user;
  if (fake_fails(f))
    return IMSTLS_ERR_IPSEC;
  f->last_sa = *sa;
  *id = (uint32_t)++f->installed;
  return IMSTLS_OK;
}

static int set_lifetime(void *user, uint32_t id, uint32_t lifetime_s)
{
  struct fake *f = user;
  (void)id;
  f->lifetimes++;
  f->lifetime_s = lifetime_s;
  return IMSTLS_OK;
}

static void remove_sa(void *user, uint32_t id)
{
  (void)id;
  ((struct fake *)user)->removed++;
}

static void release(void *user, const imstls_ipsec_end *end)
{
  (void)end;
  ((struct fake *)user)->released++;
}

static imstls_ipsec the_ipsec;

void fake_use_ipsec(struct fake *f)
{
  the_ipsec = (imstls_ipsec){ sizeof the_ipsec, f, reserve, install, set_lifetime, remove_sa, release };
  f->config.ports.ipsec = imstls_has("ipsec") ? &the_ipsec : NULL;
}
