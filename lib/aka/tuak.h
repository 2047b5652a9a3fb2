/* SPDX-License-Identifier: Apache-2.0 */
/* TUAK (TS 35.231) with every length that it knows; AKA itself uses 64-bit MACs and 128-bit keys alone. */
#ifndef IMSTLS_AKA_TUAK_H
#define IMSTLS_AKA_TUAK_H

#include <imstls/aka.h>

#include "base/base.h"

void imstls_i_keccak_f1600(uint64_t a[25]);

typedef struct imstls_i_tuak {
  const uint8_t *k;
  size_t k_len;        /* 16 or 32 */
  const uint8_t *topc; /* 32 octets */
  const uint8_t *rand; /* 16 octets */
  uint32_t iterations; /* 0 for 1 */
} imstls_i_tuak;

/* f1 or, with `star`, f1*; mac_len 8, 16 or 32. */
void imstls_i_tuak_f1(const imstls_i_tuak *t, const uint8_t sqn[6], const uint8_t amf[2], bool star, uint8_t *mac,
                      size_t mac_len);

/* Lengths choose the instance, and AK depends on it. */
typedef struct imstls_i_tuak_out {
  size_t res_len; /* 4, 8, 16 or 32 */
  size_t ck_len;  /* 16 or 32 */
  size_t ik_len;  /* 16 or 32 */
  uint8_t res[32];
  uint8_t ck[32];
  uint8_t ik[32];
  uint8_t ak[6];
} imstls_i_tuak_out;
void imstls_i_tuak_f2345(const imstls_i_tuak *t, imstls_i_tuak_out *out);

void imstls_i_tuak_f5star(const imstls_i_tuak *t, uint8_t ak[6]);

#endif
