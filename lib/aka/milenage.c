/* SPDX-License-Identifier: Apache-2.0 */
#include "aka/milenage.h"

static void xor16(uint8_t out[16], const uint8_t a[16], const uint8_t b[16])
{
  uint64_t x[2];
  uint64_t y[2];
  memcpy(x, a, 16);
  memcpy(y, b, 16);
  x[0] ^= y[0];
  x[1] ^= y[1];
  memcpy(out, x, 16);
}

int imstls_i_milenage_start(imstls_i_milenage *m, const uint8_t k[16], const uint8_t opc[16], const uint8_t rand[16])
{
  int error = imstls_i_aes128_start(&m->aes, k);
  if (error)
    return error;
  memcpy(m->opc, opc, 16);
  xor16(m->temp, rand, opc);
  error = imstls_i_aes128_block(&m->aes, m->temp, m->temp);
  xor16(m->temp_opc, m->temp, opc);
  return error;
}

/* E_K(out) ^ OPc, the end of every OUTi. */
static int finish(imstls_i_milenage *m, uint8_t out[16])
{
  int error = imstls_i_aes128_block(&m->aes, out, out);
  if (!error)
    xor16(out, out, m->opc);
  return error;
}

int imstls_i_milenage_out1(imstls_i_milenage *m, const uint8_t sqn[6], const uint8_t amf[2], uint8_t out[16])
{
  /* IN1 = SQN || AMF || SQN || AMF has equal halves, so r1 = 64 leaves it as it is; OPc's halves change places. */
  uint64_t in1;
  uint64_t opc[2];
  memcpy(&in1, sqn, 6);
  memcpy((uint8_t *)&in1 + 6, amf, 2);
  memcpy(opc, m->opc, 16);
  const uint64_t half[2] = { opc[1] ^ in1, opc[0] ^ in1 };
  memcpy(out, half, 16);
  xor16(out, out, m->temp);
  return finish(m, out);
}

int imstls_i_milenage_out(imstls_i_milenage *m, int number, uint8_t out[16])
{
  /* r2 to r5 are 0, 32, 64 and 96 bits; c2 to c5 are 1, 2, 4 and 8. */
  uint32_t word[4];
  memcpy(word, m->temp_opc, 16);
  const uint32_t turned[4] = { word[(number - 2) & 3], word[(number - 1) & 3], word[number & 3],
                               word[(number + 1) & 3] };
  memcpy(out, turned, 16);
  out[15] ^= (uint8_t)(1u << (number - 2));
  return finish(m, out);
}

void imstls_i_milenage_end(imstls_i_milenage *m)
{
  imstls_i_aes128_end(&m->aes);
  imstls_wipe(m, sizeof *m);
}

int imstls_milenage_opc(const uint8_t k[16], const uint8_t op[16], uint8_t opc[16])
{
  if (!k || !op || !opc)
    return IMSTLS_ERR_USAGE;
  imstls_i_aes128 aes;
  uint8_t block[16];
  int error = imstls_i_aes128_start(&aes, k);
  if (!error)
    error = imstls_i_aes128_block(&aes, op, block);
  if (!error)
    xor16(opc, block, op);
  imstls_i_aes128_end(&aes);
  imstls_wipe(block, sizeof block);
  return error;
}

int imstls_milenage_f1(const uint8_t k[16], const uint8_t opc[16], const uint8_t rand[16], const uint8_t sqn[6],
                       const uint8_t amf[2], uint8_t mac_a[8], uint8_t mac_s[8])
{
  bool unusable = !k || !opc || !rand || !sqn || !amf;
  if (unusable)
    return IMSTLS_ERR_USAGE;
  imstls_i_milenage m;
  uint8_t out1[16];
  int error = imstls_i_milenage_start(&m, k, opc, rand);
  if (!error)
    error = imstls_i_milenage_out1(&m, sqn, amf, out1);
  if (!error && mac_a)
    memcpy(mac_a, out1, 8);
  if (!error && mac_s)
    memcpy(mac_s, out1 + 8, 8);
  imstls_i_milenage_end(&m);
  imstls_wipe(out1, sizeof out1);
  return error;
}

int imstls_milenage_f2345(const uint8_t k[16], const uint8_t opc[16], const uint8_t rand[16], uint8_t res[8],
                          uint8_t ck[16], uint8_t ik[16], uint8_t ak[6])
{
  if (!k || !opc || !rand)
    return IMSTLS_ERR_USAGE;
  imstls_i_milenage m;
  uint8_t out[3][16];
  int error = imstls_i_milenage_start(&m, k, opc, rand);
  for (int i = 0; !error && i < 3; i++)
    error = imstls_i_milenage_out(&m, 2 + i, out[i]);
  if (!error && res)
    memcpy(res, out[0] + 8, 8);
  if (!error && ck)
    memcpy(ck, out[1], 16);
  if (!error && ik)
    memcpy(ik, out[2], 16);
  if (!error && ak)
    memcpy(ak, out[0], 6);
  imstls_i_milenage_end(&m);
  imstls_wipe(out, sizeof out);
  return error;
}

int imstls_milenage_f5star(const uint8_t k[16], const uint8_t opc[16], const uint8_t rand[16], uint8_t ak[6])
{
  bool unusable = !k || !opc || !rand || !ak;
  if (unusable)
    return IMSTLS_ERR_USAGE;
  imstls_i_milenage m;
  uint8_t out5[16];
  int error = imstls_i_milenage_start(&m, k, opc, rand);
  if (!error)
    error = imstls_i_milenage_out(&m, 5, out5);
  if (!error)
    memcpy(ak, out5, 6);
  imstls_i_milenage_end(&m);
  imstls_wipe(out5, sizeof out5);
  return error;
}
