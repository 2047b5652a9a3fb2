/* SPDX-License-Identifier: Apache-2.0 */
/* Milenage (TS 35.206) block by block, so that AKA pays for one key schedule and no block twice. */
#ifndef IMSTLS_AKA_MILENAGE_H
#define IMSTLS_AKA_MILENAGE_H

#include <imstls/aka.h>

#include "base/base.h"
#include "crypto/crypto.h"

typedef struct imstls_i_milenage {
  imstls_i_aes128 aes;
  uint8_t opc[16];
  uint8_t temp[16];     /* TEMP of TS 35.206 4.1 */
  uint8_t temp_opc[16]; /* TEMP ^ OPc */
} imstls_i_milenage;

/* Each gives IMSTLS_OK or IMSTLS_ERR_CRYPTO. imstls_i_milenage_end() is due even after a failed start. */
int imstls_i_milenage_start(imstls_i_milenage *m, const uint8_t k[16], const uint8_t opc[16], const uint8_t rand[16]);
/* OUT1: MAC-A, then MAC-S. */
int imstls_i_milenage_out1(imstls_i_milenage *m, const uint8_t sqn[6], const uint8_t amf[2], uint8_t out[16]);
/* OUT2 to OUT5: AK and RES (octets 0 and 8 on), CK, IK, AK of f5* (octets 0 to 5). */
int imstls_i_milenage_out(imstls_i_milenage *m, int number, uint8_t out[16]);
void imstls_i_milenage_end(imstls_i_milenage *m);

#endif
