/* SPDX-License-Identifier: Apache-2.0 */
#include "registration/pin.h"

enum { NAME_MAX_LEN = 280 };

static bool name_of(const imstls_config *cfg, char out[NAME_MAX_LEN])
{
  imstls_i_writer w = imstls_i_writer_make(out, NAME_MAX_LEN);
  IMSTLS_I_PUT_LIT(&w, "token2-pin ");
  imstls_i_put_str(&w, cfg->identity.home_domain);
  imstls_i_put(&w, "", 1);
  return !w.failed;
}

int imstls_i_pin_check(const imstls_config *cfg)
{
  char name[NAME_MAX_LEN];
  uint8_t mark[1];
  if (!cfg->ports.load || !name_of(cfg, name))
    return IMSTLS_OK;
  int n = cfg->ports.load(cfg->ports.storage_user, name, mark, sizeof mark);
  if (n < 0)
    return IMSTLS_ERR_STORAGE;
  return n > 0 ? IMSTLS_ERR_S_TOKEN2_MISSING : IMSTLS_OK;
}

int imstls_i_pin_store(const imstls_config *cfg)
{
  static const uint8_t mark[1] = { 1 };
  char name[NAME_MAX_LEN];
  if (!cfg->ports.store || !name_of(cfg, name))
    return IMSTLS_OK;
  return cfg->ports.store(cfg->ports.storage_user, name, mark, sizeof mark) ? IMSTLS_ERR_STORAGE : IMSTLS_OK;
}
