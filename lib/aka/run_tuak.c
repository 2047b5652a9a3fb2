/* SPDX-License-Identifier: Apache-2.0 */
/* TUAK as a card's algorithm set. */
#include "aka/run.h"

static bool card_ok(const imstls_aka_card *card)
{
  bool res_ok = card->res_len == 0 || card->res_len == 4 || card->res_len == 8 || card->res_len == 16;
  return (card->k_len == 16 || card->k_len == 32) && res_ok;
}

int imstls_i_tuak_run_start(imstls_i_aka_run *run, const imstls_aka_card *card, const uint8_t rand[16])
{
  if (!card_ok(card))
    return IMSTLS_ERR_USAGE;
  run->algorithm = IMSTLS_ALGO_TUAK;
  imstls_i_tuak_out *out = &run->set.tuak.out;
  run->set.tuak.in = (imstls_i_tuak){ card->k, card->k_len, card->opc, rand, card->keccak_iterations };
  out->res_len = run->res_len;
  out->ck_len = 16;
  out->ik_len = 16;
  imstls_i_tuak_f2345(&run->set.tuak.in, out);
  memcpy(run->ak, out->ak, 6);
  memcpy(run->res, out->res, run->res_len);
  return IMSTLS_OK;
}

int imstls_i_tuak_run_mac(imstls_i_aka_run *run, const uint8_t sqn[6], const uint8_t amf[2], bool star, uint8_t mac[8])
{
  imstls_i_tuak_f1(&run->set.tuak.in, sqn, amf, star, mac, 8);
  return IMSTLS_OK;
}

int imstls_i_tuak_run_keys(imstls_i_aka_run *run, uint8_t ck[16], uint8_t ik[16])
{
  memcpy(ck, run->set.tuak.out.ck, 16);
  memcpy(ik, run->set.tuak.out.ik, 16);
  return IMSTLS_OK;
}

int imstls_i_tuak_run_ak_star(imstls_i_aka_run *run, uint8_t ak[6])
{
  imstls_i_tuak_f5star(&run->set.tuak.in, ak);
  return IMSTLS_OK;
}
