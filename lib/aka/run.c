/* SPDX-License-Identifier: Apache-2.0 */
#include "aka/run.h"

static bool milenage_card_ok(const imstls_aka_card *card)
{
  return card->k_len == 16 && (card->res_len == 0 || (card->res_len >= 4 && card->res_len <= 8));
}

static int milenage_start(imstls_i_aka_run *run, const imstls_aka_card *card, const uint8_t rand[16])
{
  uint8_t out2[16];
  int error = imstls_i_milenage_start(&run->set.milenage, card->k, card->opc, rand);
  if (!error)
    error = imstls_i_milenage_out(&run->set.milenage, 2, out2);
  if (!error) {
    memcpy(run->ak, out2, 6);
    memcpy(run->res, out2 + 8, run->res_len);
  }
  imstls_wipe(out2, sizeof out2);
  return error;
}

int imstls_i_aka_run_start(imstls_i_aka_run *run, const imstls_aka_card *card, const uint8_t rand[16])
{
  run->algorithm = 0;
  if (card->size < sizeof *card)
    return IMSTLS_ERR_USAGE;
  run->res_len = card->res_len == 0 ? 8 : card->res_len;
  if (card->algorithm == IMSTLS_ALGO_MILENAGE && milenage_card_ok(card)) {
    run->algorithm = IMSTLS_ALGO_MILENAGE;
    return milenage_start(run, card, rand);
  }
  return card->algorithm == IMSTLS_ALGO_TUAK ? imstls_i_tuak_run_start(run, card, rand) : IMSTLS_ERR_USAGE;
}

int imstls_i_aka_run_mac(imstls_i_aka_run *run, const uint8_t sqn[6], const uint8_t amf[2], bool star, uint8_t mac[8])
{
  if (run->algorithm == IMSTLS_ALGO_TUAK)
    return imstls_i_tuak_run_mac(run, sqn, amf, star, mac);
  uint8_t out1[16];
  int error = imstls_i_milenage_out1(&run->set.milenage, sqn, amf, out1);
  memcpy(mac, out1 + (star ? 8 : 0), 8);
  imstls_wipe(out1, sizeof out1);
  return error;
}

int imstls_i_aka_run_keys(imstls_i_aka_run *run, uint8_t ck[16], uint8_t ik[16])
{
  if (run->algorithm == IMSTLS_ALGO_TUAK)
    return imstls_i_tuak_run_keys(run, ck, ik);
  int error = imstls_i_milenage_out(&run->set.milenage, 3, ck);
  return error ? error : imstls_i_milenage_out(&run->set.milenage, 4, ik);
}

int imstls_i_aka_run_ak_star(imstls_i_aka_run *run, uint8_t ak[6])
{
  if (run->algorithm == IMSTLS_ALGO_TUAK)
    return imstls_i_tuak_run_ak_star(run, ak);
  uint8_t out5[16];
  int error = imstls_i_milenage_out(&run->set.milenage, 5, out5);
  memcpy(ak, out5, 6);
  imstls_wipe(out5, sizeof out5);
  return error;
}

void imstls_i_aka_run_end(imstls_i_aka_run *run)
{
  if (run->algorithm == IMSTLS_ALGO_MILENAGE)
    imstls_i_milenage_end(&run->set.milenage);
  if (run->algorithm == IMSTLS_ALGO_TUAK)
    imstls_wipe(&run->set.tuak, sizeof run->set.tuak);
  imstls_wipe(run->res, sizeof run->res);
  imstls_wipe(run->ak, sizeof run->ak);
}
