/* SPDX-License-Identifier: Apache-2.0 */
#include "aka/run.h"

int imstls_tuak_topc(const uint8_t *k, size_t k_len, const uint8_t top[32], uint32_t iterations, uint8_t topc[32])
{
  (void)k;
  (void)k_len;
  (void)top;
  (void)iterations;
  (void)topc;
  return IMSTLS_ERR_UNSUPPORTED;
}

int imstls_i_tuak_run_start(imstls_i_aka_run *run, const imstls_aka_card *card, const uint8_t rand[16])
{
  (void)run;
  (void)card;
  (void)rand;
  return IMSTLS_ERR_UNSUPPORTED;
}

int imstls_i_tuak_run_mac(imstls_i_aka_run *run, const uint8_t sqn[6], const uint8_t amf[2], bool star, uint8_t mac[8])
{
  (void)run;
  (void)sqn;
  (void)amf;
  (void)star;
  (void)mac;
  return IMSTLS_ERR_UNSUPPORTED;
}

int imstls_i_tuak_run_keys(imstls_i_aka_run *run, uint8_t ck[16], uint8_t ik[16])
{
  (void)run;
  (void)ck;
  (void)ik;
  return IMSTLS_ERR_UNSUPPORTED;
}

int imstls_i_tuak_run_ak_star(imstls_i_aka_run *run, uint8_t ak[6])
{
  (void)run;
  (void)ak;
  return IMSTLS_ERR_UNSUPPORTED;
}
