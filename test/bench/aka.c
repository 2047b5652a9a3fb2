/* SPDX-License-Identifier: Apache-2.0 */
/* The USIM's answer beside its blocks alone and libosmogsm. */
#include <imstls/aka.h>
#include <imstls/error.h>

#include <mbedtls/aes.h>
#include <string.h>

#include "aka/tuak.h"
#include "region.h"

/* Exported by libosmogsm, declared in none of its installed headers. */
int milenage_check(const uint8_t *opc, const uint8_t *k, const uint8_t *sqn, const uint8_t *rand, const uint8_t *autn,
                   uint8_t *ik, uint8_t *ck, uint8_t *res, size_t *res_len, uint8_t *auts);

/* TS 35.208 test set 1. */
static const uint8_t k[16] = { 0x46, 0x5b, 0x5c, 0xe8, 0xb1, 0x99, 0xb4, 0x9f,
                               0xaa, 0x5f, 0x0a, 0x2e, 0xe2, 0x38, 0xa6, 0xbc };
static const uint8_t opc[16] = { 0xcd, 0x63, 0xcb, 0x71, 0x95, 0x4a, 0x9f, 0x4e,
                                 0x48, 0xa5, 0x99, 0x4e, 0x37, 0xa0, 0x2b, 0xaf };
static const uint8_t challenge[16] = { 0x23, 0x55, 0x3c, 0xbe, 0x96, 0x37, 0xa8, 0x9d,
                                       0x21, 0x8a, 0xe6, 0x4d, 0xae, 0x47, 0xbf, 0x35 };
static const uint8_t sqn[6] = { 0xff, 0x9b, 0xb4, 0xd0, 0xb6, 0x07 };
static const uint8_t amf[2] = { 0xb9, 0xb9 };

static void floor_blocks(void)
{
  mbedtls_aes_context aes;
  uint8_t block[16] = { 0 };
  mbedtls_aes_init(&aes);
  MUST(mbedtls_aes_setkey_enc(&aes, k, 128) == 0);
  for (int i = 0; i < 5; i++)
    mbedtls_aes_crypt_ecb(&aes, MBEDTLS_AES_ENCRYPT, block, block);
}

static void own(const imstls_aka_card *card, const imstls_aka_vector *vector)
{
  static imstls_sqn array = IMSTLS_SQN_INIT;
  imstls_aka_result result;
  array.delta = (uint64_t)1 << 43;
  array.seq[sqn[5] & 31] = 0; /* fresh again */
  MUST(imstls_aka_authenticate(card, &array, challenge, vector->autn, &result) == IMSTLS_OK);
  MUST(result.verdict == IMSTLS_AKA_OK && result.ik[0] == vector->ik[0]);
}

static void osmo(const imstls_aka_vector *vector)
{
  uint8_t ik[16], ck[16], res[8], auts[14], before[6] = { 0 };
  size_t res_len = 0;
  MUST(milenage_check(opc, k, before, challenge, vector->autn, ik, ck, res, &res_len, auts) == 0);
  MUST(ik[0] == vector->ik[0]);
}

static void floor_keccak(void)
{
  uint64_t state[25] = { 0 };
  imstls_i_keccak_f1600(state);
  imstls_i_keccak_f1600(state);
}

int main(void)
{
  imstls_aka_card card = IMSTLS_AKA_CARD_INIT, tuak = IMSTLS_AKA_CARD_INIT;
  memcpy(card.k, k, 16);
  memcpy(card.opc, opc, 16);
  tuak = card;
  tuak.algorithm = IMSTLS_ALGO_TUAK;
  imstls_aka_vector vector, tuak_vector;
  MUST(imstls_aka_vector_make(&card, challenge, sqn, amf, &vector) == IMSTLS_OK);
  MUST(imstls_aka_vector_make(&tuak, challenge, sqn, amf, &tuak_vector) == IMSTLS_OK);
  MEASURE("floor_blocks", floor_blocks());
  MEASURE("own_milenage", own(&card, &vector));
  MEASURE("osmo_milenage", osmo(&vector));
  MEASURE("floor_keccak", floor_keccak());
  MEASURE("own_tuak", own(&tuak, &tuak_vector));
  return 0;
}
