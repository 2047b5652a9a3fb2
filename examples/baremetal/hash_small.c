/* SPDX-License-Identifier: Apache-2.0 */
/* SHA-1 and MD5 as loops, in place of mbedTLS's, in which every round is written out: 4.7 kB less of flash
 * (MBEDTLS_SHA1_PROCESS_ALT, MBEDTLS_MD5_PROCESS_ALT). Leave both options out where time counts more. */
#define MBEDTLS_ALLOW_PRIVATE_ACCESS /* 3.6: the state is what a block is mixed into */
#include <mbedtls/md5.h>
#include <mbedtls/platform_util.h>
#include <mbedtls/sha1.h>
#include <stdint.h>

#if defined(MBEDTLS_SHA1_PROCESS_ALT) && defined(MBEDTLS_MD5_PROCESS_ALT)
static uint32_t rotate(uint32_t value, unsigned by) { return value << by | value >> (32 - by); }

/* FIPS 180-4 4.1.1 */
static uint32_t sha1_mix(unsigned quarter, uint32_t b, uint32_t c, uint32_t d)
{
  if (quarter == 0)
    return (b & c) | (~b & d);
  return quarter == 2 ? (b & c) | (b & d) | (c & d) : b ^ c ^ d;
}

/* FIPS 180-4 6.1.2: a word of the schedule is made when its round comes, in the place of the one 16 rounds before. */
int mbedtls_internal_sha1_process(mbedtls_sha1_context *ctx, const unsigned char data[64])
{
  static const uint32_t k[4] = { 0x5a827999, 0x6ed9eba1, 0x8f1bbcdc, 0xca62c1d6 };
  uint32_t w[16], s[5];
  for (unsigned i = 0; i < 5; i++)
    s[i] = ctx->state[i];
  for (unsigned t = 0; t < 80; t++) {
    uint32_t *word = &w[t % 16];
    if (t < 16)
      *word = (uint32_t)data[4 * t] << 24 | (uint32_t)data[4 * t + 1] << 16 | (uint32_t)data[4 * t + 2] << 8 |
              data[4 * t + 3];
    else
      *word = rotate(w[(t - 3) % 16] ^ w[(t - 8) % 16] ^ w[(t - 14) % 16] ^ *word, 1);
    uint32_t next = rotate(s[0], 5) + sha1_mix(t / 20, s[1], s[2], s[3]) + s[4] + k[t / 20] + *word;
    s[4] = s[3];
    s[3] = s[2];
    s[2] = rotate(s[1], 30);
    s[1] = s[0];
    s[0] = next;
  }
  for (unsigned i = 0; i < 5; i++)
    ctx->state[i] += s[i];
  mbedtls_platform_zeroize(w, sizeof w);
  mbedtls_platform_zeroize(s, sizeof s);
  return 0;
}

/* RFC 1321 3.4: floor(2^32 * |sin(i + 1)|), i in radians */
static const uint32_t md5_sines[64] = {
  0xd76aa478, 0xe8c7b756, 0x242070db, 0xc1bdceee, 0xf57c0faf, 0x4787c62a, 0xa8304613, 0xfd469501,
  0x698098d8, 0x8b44f7af, 0xffff5bb1, 0x895cd7be, 0x6b901122, 0xfd987193, 0xa679438e, 0x49b40821,
  0xf61e2562, 0xc040b340, 0x265e5a51, 0xe9b6c7aa, 0xd62f105d, 0x02441453, 0xd8a1e681, 0xe7d3fbc8,
  0x21e1cde6, 0xc33707d6, 0xf4d50d87, 0x455a14ed, 0xa9e3e905, 0xfcefa3f8, 0x676f02d9, 0x8d2a4c8a,
  0xfffa3942, 0x8771f681, 0x6d9d6122, 0xfde5380c, 0xa4beea44, 0x4bdecfa9, 0xf6bb4b60, 0xbebfbc70,
  0x289b7ec6, 0xeaa127fa, 0xd4ef3085, 0x04881d05, 0xd9d4d039, 0xe6db99e5, 0x1fa27cf8, 0xc4ac5665,
  0xf4292244, 0x432aff97, 0xab9423a7, 0xfc93a039, 0x655b59c3, 0x8f0ccc92, 0xffeff47d, 0x85845dd1,
  0x6fa87e4f, 0xfe2ce6e0, 0xa3014314, 0x4e0811a1, 0xf7537e82, 0xbd3af235, 0x2ad7d2bb, 0xeb86d391
};

static uint32_t md5_mix(unsigned quarter, uint32_t b, uint32_t c, uint32_t d)
{
  switch (quarter) {
  case 0: return (b & c) | (~b & d);
  case 1: return (b & d) | (c & ~d);
  case 2: return b ^ c ^ d;
  default: return c ^ (b | ~d);
  }
}

/* Which word of the block a round takes. */
static unsigned md5_word(unsigned t)
{
  static const uint8_t step[4] = { 1, 5, 3, 7 }, from[4] = { 0, 1, 5, 0 };
  return (from[t / 16] + step[t / 16] * t) % 16;
}

/* RFC 1321 3.4 */
int mbedtls_internal_md5_process(mbedtls_md5_context *ctx, const unsigned char data[64])
{
  static const uint8_t shift[4][4] = { { 7, 12, 17, 22 }, { 5, 9, 14, 20 }, { 4, 11, 16, 23 }, { 6, 10, 15, 21 } };
  uint32_t s[4];
  for (unsigned i = 0; i < 4; i++)
    s[i] = ctx->state[i];
  for (unsigned t = 0; t < 64; t++) {
    const unsigned char *at = data + 4 * (size_t)md5_word(t);
    uint32_t word = (uint32_t)at[3] << 24 | (uint32_t)at[2] << 16 | (uint32_t)at[1] << 8 | at[0];
    uint32_t mixed = s[0] + md5_mix(t / 16, s[1], s[2], s[3]) + md5_sines[t] + word;
    s[0] = s[3];
    s[3] = s[2];
    s[2] = s[1];
    s[1] += rotate(mixed, shift[t / 16][t % 4]);
  }
  for (unsigned i = 0; i < 4; i++)
    ctx->state[i] += s[i];
  mbedtls_platform_zeroize(s, sizeof s);
  return 0;
}
#endif
