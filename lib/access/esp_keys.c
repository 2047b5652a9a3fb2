/* SPDX-License-Identifier: Apache-2.0 */
/* ESP keys from IK and CK (TS 33.203 annex I). */
#include <imstls/ipsec.h>

#include "access/access.h"

/* DES keys carry odd parity in the low bit of each octet (FIPS 46-3). */
static uint8_t odd_parity(uint8_t octet)
{
  unsigned folded = octet & 0xfeu;
  folded ^= folded >> 4;
  folded ^= folded >> 2;
  folded ^= folded >> 1;
  return (uint8_t)((octet & 0xfeu) | (~folded & 1u));
}

static uint32_t integrity_key(int alg, const uint8_t ik[16], uint8_t out[20])
{
  memset(out, 0, 20);
  memcpy(out, ik, IMSTLS_KEY_LEN);
  return alg == IMSTLS_ALG_HMAC_SHA1_96 ? 20 : 16; /* SHA-1: IK || 32 zero bits */
}

static uint32_t cipher_key(int ealg, const uint8_t ck[16], uint8_t out[24])
{
  memset(out, 0, 24);
  if (ealg == IMSTLS_EALG_NULL)
    return 0;
  memcpy(out, ck, IMSTLS_KEY_LEN);
  if (ealg == IMSTLS_EALG_AES_CBC)
    return 16;
  memcpy(out + IMSTLS_KEY_LEN, ck, 8); /* CK1 || CK2 || CK1 */
  for (size_t i = 0; i < 24; i++)
    out[i] = odd_parity(out[i]);
  return 24;
}

int imstls_ipsec_keys(int alg, int ealg, const uint8_t ck[16], const uint8_t ik[16], imstls_ipsec_sa *sa)
{
  if (!ck || !ik || !sa)
    return IMSTLS_ERR_USAGE;
  if (alg < IMSTLS_ALG_HMAC_MD5_96 || alg > IMSTLS_ALG_HMAC_SHA1_96)
    return IMSTLS_ERR_USAGE;
  if (ealg < IMSTLS_EALG_NULL || ealg > IMSTLS_EALG_DES_EDE3_CBC)
    return IMSTLS_ERR_USAGE;
  sa->alg = alg;
  sa->ealg = ealg;
  sa->ik_esp_len = integrity_key(alg, ik, sa->ik_esp);
  sa->ck_esp_len = cipher_key(ealg, ck, sa->ck_esp);
  return IMSTLS_OK;
}
