/* SPDX-License-Identifier: Apache-2.0 */
/* One run of a card's algorithm set for one RAND. */
#ifndef IMSTLS_AKA_RUN_H
#define IMSTLS_AKA_RUN_H

#include "aka/milenage.h"
#include "aka/sqn.h"
#include "aka/tuak.h"

typedef struct imstls_i_aka_run {
  int32_t algorithm;
  union {
    imstls_i_milenage milenage;
    struct {
      imstls_i_tuak in;
      imstls_i_tuak_out out;
    } tuak;
  } set;
  uint32_t res_len;
  uint8_t res[IMSTLS_RES_MAX];
  uint8_t ak[IMSTLS_SQN_LEN];
} imstls_i_aka_run;

/* RES and AK (f2, f5). `card` and `rand` must live as long as the run. IMSTLS_OK; IMSTLS_ERR_USAGE: a bad card;
 * IMSTLS_ERR_CRYPTO. imstls_i_aka_run_end() is due even after a failure. */
int imstls_i_aka_run_start(imstls_i_aka_run *run, const imstls_aka_card *card, const uint8_t rand[16]);
/* f1 or, with `star`, f1*. */
int imstls_i_aka_run_mac(imstls_i_aka_run *run, const uint8_t sqn[6], const uint8_t amf[2], bool star, uint8_t mac[8]);
/* f3 and f4. */
int imstls_i_aka_run_keys(imstls_i_aka_run *run, uint8_t ck[16], uint8_t ik[16]);
/* f5*. */
int imstls_i_aka_run_ak_star(imstls_i_aka_run *run, uint8_t ak[6]);
void imstls_i_aka_run_end(imstls_i_aka_run *run);

/* As imstls_aka_authenticate. `before` has the entry that an accepted challenge changed, as it was; wipe it. */
int imstls_i_aka_authenticate(const imstls_aka_card *card, imstls_sqn *sqn, const uint8_t rand[16],
                              const uint8_t autn[16], imstls_aka_result *result, imstls_i_sqn_entry *before);

/* run_tuak.c. The same of TUAK. IMSTLS_ERR_UNSUPPORTED: this build leaves it out. */
int imstls_i_tuak_run_start(imstls_i_aka_run *run, const imstls_aka_card *card, const uint8_t rand[16]);
int imstls_i_tuak_run_mac(imstls_i_aka_run *run, const uint8_t sqn[6], const uint8_t amf[2], bool star, uint8_t mac[8]);
int imstls_i_tuak_run_keys(imstls_i_aka_run *run, uint8_t ck[16], uint8_t ik[16]);
int imstls_i_tuak_run_ak_star(imstls_i_aka_run *run, uint8_t ak[6]);

#endif
