/* SPDX-License-Identifier: Apache-2.0 */
/* Why does a challenge not fit? The usual slips at bring-up are tried one by one; no key goes into the result. */
#include "aka/run.h"
#include "aka/sqn.h"

typedef struct attempt {
  const imstls_aka_diagnose_input *in;
  imstls_aka_diagnosis *out;
  bool genuine;
} attempt;

/* Is AUTN genuine for this card? With `amf` instead of AUTN's own when that is not NULL. */
static int try_card(attempt *a, const imstls_aka_card *card, const uint8_t *amf)
{
  const uint8_t *autn = a->in->autn;
  uint8_t sqn[6], xmac[8] = { 0 };
  imstls_i_aka_run run;
  int error = imstls_i_aka_run_start(&run, card, a->in->rand);
  for (size_t i = 0; i < sizeof sqn; i++)
    sqn[i] = autn[i] ^ run.ak[i];
  if (!error)
    error = imstls_i_aka_run_mac(&run, sqn, amf ? amf : autn + 6, false, xmac);
  a->genuine = !error && imstls_i_equal_ct(xmac, autn + 8, sizeof xmac);
  if (a->genuine)
    memcpy(a->out->sqn, sqn, sizeof sqn);
  imstls_i_aka_run_end(&run);
  imstls_wipe(sqn, sizeof sqn);
  imstls_wipe(xmac, sizeof xmac);
  return error;
}

/* OP where OPc belongs, or OPc that was taken for OP. */
static int try_operator_code(attempt *a)
{
  imstls_aka_card card = *a->in->card;
  int error = IMSTLS_OK;
  if (a->in->op)
    memcpy(card.opc, a->in->op, card.algorithm == IMSTLS_ALGO_TUAK ? 32 : 16);
  else if (card.algorithm == IMSTLS_ALGO_TUAK)
    error = imstls_tuak_topc(card.k, card.k_len, a->in->card->opc, card.keccak_iterations, card.opc);
  else
    error = imstls_milenage_opc(card.k, a->in->card->opc, card.opc);
  if (!error)
    error = try_card(a, &card, NULL);
  if (a->genuine)
    a->out->verdict = a->in->op ? IMSTLS_DIAGNOSIS_OPC_FOR_OP : IMSTLS_DIAGNOSIS_OP_FOR_OPC;
  imstls_wipe(&card, sizeof card);
  return error;
}

/* K and the operator's code typed into each other's place. */
static int try_swapped(attempt *a)
{
  imstls_aka_card card = *a->in->card;
  const uint8_t *code = a->in->op ? a->in->op : a->in->card->opc;
  int error = IMSTLS_OK;
  if (card.algorithm != IMSTLS_ALGO_MILENAGE)
    return IMSTLS_OK;
  memcpy(card.k, code, 16);
  memcpy(card.opc, a->in->card->k, 16);
  if (a->in->op)
    error = imstls_milenage_opc(card.k, a->in->card->k, card.opc);
  if (!error)
    error = try_card(a, &card, NULL);
  if (a->genuine)
    a->out->verdict = IMSTLS_DIAGNOSIS_SWAPPED;
  imstls_wipe(&card, sizeof card);
  return error;
}

/* The length of RES goes into AK and every key of TUAK (TS 35.231 6.2). */
static int try_res_len(attempt *a)
{
  static const uint32_t lengths[] = { 4, 8, 16 };
  imstls_aka_card card = *a->in->card;
  int error = IMSTLS_OK;
  for (size_t i = 0; card.algorithm == IMSTLS_ALGO_TUAK && !error && !a->genuine && i < 3; i++) {
    card.res_len = lengths[i];
    error = try_card(a, &card, NULL);
  }
  if (a->genuine)
    a->out->verdict = IMSTLS_DIAGNOSIS_RES_LEN;
  imstls_wipe(&card, sizeof card);
  return error;
}

/* The network made the MAC with the expected AMF, and another one arrived. */
static int try_amf(attempt *a)
{
  int error = a->in->amf ? try_card(a, a->in->card, a->in->amf) : IMSTLS_OK;
  if (a->genuine)
    a->out->verdict = IMSTLS_DIAGNOSIS_AMF;
  return error;
}

static void judge_genuine(attempt *a)
{
  imstls_i_sqn_entry entry;
  const imstls_aka_diagnose_input *in = a->in;
  if (in->amf && memcmp(in->amf, in->autn + 6, 2) != 0)
    a->out->verdict = IMSTLS_DIAGNOSIS_AMF;
  else if (in->sqn && imstls_i_sqn_judge(in->sqn, a->out->sqn, &entry) != IMSTLS_OK)
    a->out->verdict = IMSTLS_DIAGNOSIS_STALE_SQN;
  else
    a->out->verdict = IMSTLS_DIAGNOSIS_GOOD;
}

int imstls_aka_diagnose(const imstls_aka_diagnose_input *in, imstls_aka_diagnosis *out)
{
  int (*const slips[])(attempt *) = { try_operator_code, try_swapped, try_res_len, try_amf };
  bool unusable = !in || !out || in->size < sizeof *in || !in->card || !in->rand || !in->autn;
  if (unusable)
    return IMSTLS_ERR_USAGE;
  *out = (imstls_aka_diagnosis){ .size = sizeof *out, .verdict = IMSTLS_DIAGNOSIS_KEYS };
  memcpy(out->amf, in->autn + 6, sizeof out->amf);
  if (in->sqn)
    imstls_sqn_highest(in->sqn, out->sqn_ms);
  attempt a = { in, out, false };
  int error = try_card(&a, in->card, NULL);
  if (a.genuine) {
    judge_genuine(&a);
    return error;
  }
  for (size_t i = 0; !error && !a.genuine && i < sizeof slips / sizeof slips[0]; i++)
    error = slips[i](&a);
  return error;
}
