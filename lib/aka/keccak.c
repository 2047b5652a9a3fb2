/* SPDX-License-Identifier: Apache-2.0 */
#include "aka/tuak.h"

/* FIPS 202 3.2.2: rotation of lane (x, y) at [x + 5y], and 3.2.3: the place that the lane moves to. */
static const uint8_t rotation[25] = { 0,  1,  62, 28, 27, 36, 44, 6,  55, 20, 3,  10, 43,
                                      25, 39, 41, 45, 15, 21, 8,  18, 2,  61, 56, 14 };
static const uint8_t place[25] = { 0,  10, 20, 5, 15, 16, 1,  11, 21, 6, 7,  17, 2,
                                   12, 22, 23, 8, 18, 3,  13, 14, 24, 9, 19, 4 };

/* FIPS 202 3.2.5. */
static const uint64_t round_constant[24] = {
  0x0000000000000001, 0x0000000000008082, 0x800000000000808a, 0x8000000080008000, 0x000000000000808b,
  0x0000000080000001, 0x8000000080008081, 0x8000000000008009, 0x000000000000008a, 0x0000000000000088,
  0x0000000080008009, 0x000000008000000a, 0x000000008000808b, 0x800000000000008b, 0x8000000000008089,
  0x8000000000008003, 0x8000000000008002, 0x8000000000000080, 0x000000000000800a, 0x800000008000000a,
  0x8000000080008081, 0x8000000000008080, 0x0000000080000001, 0x8000000080008008,
};

static uint64_t rotate(uint64_t value, unsigned bits) { return value << bits | value >> ((64 - bits) & 63); }

/* theta, into `a`: what each column gains from its neighbours. */
static void theta(uint64_t a[25])
{
  uint64_t c[7];
  for (size_t x = 0; x < 5; x++)
    c[x + 1] = a[x] ^ a[x + 5] ^ a[x + 10] ^ a[x + 15] ^ a[x + 20];
  c[0] = c[5];
  c[6] = c[1];
  for (size_t x = 0; x < 5; x++) {
    uint64_t d = c[x] ^ rotate(c[x + 2], 1);
    for (size_t y = 0; y < 25; y += 5)
      a[x + y] ^= d;
  }
}

/* chi of one row. */
static void chi(uint64_t a[5], const uint64_t b[5])
{
  a[0] = b[0] ^ (~b[1] & b[2]);
  a[1] = b[1] ^ (~b[2] & b[3]);
  a[2] = b[2] ^ (~b[3] & b[4]);
  a[3] = b[3] ^ (~b[4] & b[0]);
  a[4] = b[4] ^ (~b[0] & b[1]);
}

void imstls_i_keccak_f1600(uint64_t a[25])
{
  uint64_t b[25];
  for (size_t round = 0; round < 24; round++) {
    theta(a);
    for (size_t i = 0; i < 25; i++)
      b[place[i]] = rotate(a[i], rotation[i]);
    for (size_t y = 0; y < 25; y += 5)
      chi(a + y, b + y);
    a[0] ^= round_constant[round];
  }
  imstls_wipe(b, sizeof b);
}
