/* SPDX-License-Identifier: Apache-2.0 */
/* AKA of TS 33.102 6.3 on both sides, whatever the algorithm set. */
#include "aka/run.h"

static const uint8_t amf_resync[2] = { 0, 0 }; /* AMF* of TS 33.102 6.3.3 */

static void xor_ak(uint8_t out[6], const uint8_t in[6], const uint8_t ak[6])
{
  for (size_t i = 0; i < 6; i++)
    out[i] = in[i] ^ ak[i];
}

/* AUTS = SQNms ^ AK* || MAC-S (TS 33.102 6.3.3). */
static int make_auts(imstls_i_aka_run *run, const imstls_sqn *sqn, uint8_t auts[14])
{
  uint8_t sqn_ms[6];
  uint8_t ak[6];
  imstls_sqn_highest(sqn, sqn_ms);
  int error = imstls_i_aka_run_ak_star(run, ak);
  if (!error)
    error = imstls_i_aka_run_mac(run, sqn_ms, amf_resync, true, auts + 6);
  xor_ak(auts, sqn_ms, ak);
  imstls_wipe(sqn_ms, sizeof sqn_ms);
  imstls_wipe(ak, sizeof ak);
  return error;
}

/* RES, CK and IK of a challenge that has passed both checks. */
static int make_answer(imstls_i_aka_run *run, imstls_aka_result *result)
{
  result->verdict = IMSTLS_AKA_OK;
  result->res_len = run->res_len;
  memcpy(result->res, run->res, run->res_len);
  return imstls_i_aka_run_keys(run, result->ck, result->ik);
}

static int is_genuine(imstls_i_aka_run *run, const uint8_t sqn[6], const uint8_t autn[16], bool *genuine)
{
  uint8_t xmac[8];
  int error = imstls_i_aka_run_mac(run, sqn, autn + 6, false, xmac);
  *genuine = imstls_i_equal_ct(xmac, autn + 8, sizeof xmac);
  imstls_wipe(xmac, sizeof xmac);
  return error;
}

/* Gives the entry as it was. */
static void move(imstls_sqn *sqn, imstls_i_sqn_entry *entry)
{
  uint64_t before = sqn->seq[entry->ind];
  sqn->seq[entry->ind] = entry->seq;
  entry->seq = before;
}

/* TS 33.102 6.3.3: MAC first, then the sequence number. `sqn` moves when the answer stands. */
static int judge(imstls_i_aka_run *run, imstls_sqn *sqn, const uint8_t autn[16], imstls_aka_result *result,
                 imstls_i_sqn_entry *entry)
{
  uint8_t value[6];
  xor_ak(value, autn, run->ak);
  bool genuine = false;
  int error = is_genuine(run, value, autn, &genuine);
  if (!error && genuine) {
    error = imstls_i_sqn_judge(sqn, value, entry);
    if (!error) {
      error = make_answer(run, result);
      if (!error)
        move(sqn, entry);
    } else if (error == IMSTLS_ERR_AKA_SYNC) {
      result->verdict = IMSTLS_AKA_SYNC_FAILURE;
      error = make_auts(run, sqn, result->auts);
    }
  }
  imstls_wipe(value, sizeof value);
  return error;
}

static void clear(imstls_aka_result *result)
{
  imstls_wipe(result, sizeof *result);
  result->size = sizeof *result;
  result->verdict = IMSTLS_AKA_MAC_FAILURE; /* until shown otherwise */
}

int imstls_aka_authenticate(const imstls_aka_card *card, imstls_sqn *sqn, const uint8_t rand[16],
                            const uint8_t autn[16], imstls_aka_result *result)
{
  imstls_i_sqn_entry before;
  int error = imstls_i_aka_authenticate(card, sqn, rand, autn, result, &before);
  imstls_wipe(&before, sizeof before);
  return error;
}

int imstls_i_aka_authenticate(const imstls_aka_card *card, imstls_sqn *sqn, const uint8_t rand[16],
                              const uint8_t autn[16], imstls_aka_result *result, imstls_i_sqn_entry *before)
{
  bool unusable = !card || !sqn || !rand || !autn || !result;
  if (unusable)
    return IMSTLS_ERR_USAGE;
  clear(result);
  imstls_i_aka_run run;
  int error = imstls_i_aka_run_start(&run, card, rand);
  if (!error)
    error = judge(&run, sqn, autn, result, before);
  imstls_i_aka_run_end(&run);
  if (error)
    clear(result);
  return error;
}

static int fill_vector(imstls_i_aka_run *run, const uint8_t sqn[6], const uint8_t amf[2], imstls_aka_vector *vector)
{
  vector->res_len = run->res_len;
  memcpy(vector->res, run->res, run->res_len);
  xor_ak(vector->autn, sqn, run->ak);
  memcpy(vector->autn + 6, amf, 2);
  int error = imstls_i_aka_run_mac(run, sqn, amf, false, vector->autn + 8);
  return error ? error : imstls_i_aka_run_keys(run, vector->ck, vector->ik);
}

int imstls_aka_vector_make(const imstls_aka_card *card, const uint8_t rand[16], const uint8_t sqn[6],
                           const uint8_t amf[2], imstls_aka_vector *vector)
{
  bool unusable = !card || !rand || !sqn || !amf || !vector;
  if (unusable)
    return IMSTLS_ERR_USAGE;
  imstls_wipe(vector, sizeof *vector);
  imstls_i_aka_run run;
  int error = imstls_i_aka_run_start(&run, card, rand);
  if (!error)
    error = fill_vector(&run, sqn, amf, vector);
  imstls_i_aka_run_end(&run);
  if (error)
    imstls_wipe(vector, sizeof *vector);
  return error;
}

int imstls_aka_auts_check(const imstls_aka_card *card, const uint8_t rand[16], const uint8_t auts[14],
                          uint8_t sqn_ms[6])
{
  bool unusable = !card || !rand || !auts || !sqn_ms;
  if (unusable)
    return IMSTLS_ERR_USAGE;
  imstls_i_aka_run run;
  uint8_t value[6];
  uint8_t xmac[8];
  int error = imstls_i_aka_run_start(&run, card, rand);
  if (!error)
    error = imstls_i_aka_run_ak_star(&run, value);
  if (!error) {
    xor_ak(value, auts, value);
    error = imstls_i_aka_run_mac(&run, value, amf_resync, true, xmac);
  }
  if (!error && !imstls_i_equal_ct(xmac, auts + 6, sizeof xmac))
    error = IMSTLS_ERR_AKA_MAC;
  if (!error)
    memcpy(sqn_ms, value, 6);
  imstls_i_aka_run_end(&run);
  imstls_wipe(value, sizeof value);
  imstls_wipe(xmac, sizeof xmac);
  return error;
}
