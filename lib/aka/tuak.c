/* SPDX-License-Identifier: Apache-2.0 */
#include "aka/tuak.h"

#include <imstls/aka.h>

/* Bits of INSTANCE (TS 35.231 6.2 to 6.6). */
enum {
  INSTANCE_K256 = 0x01,
  INSTANCE_IK256 = 0x02,
  INSTANCE_CK256 = 0x04,
  INSTANCE_F1STAR = 0x80,
  INSTANCE_F2345 = 0x40,
  INSTANCE_F5STAR = 0xc0
};

/* Octet offsets in Keccak's input (TS 35.231 7.2); in its output RES or MAC stands at 0. */
enum { AT_TOPC = 0, AT_INSTANCE = 32, AT_NAME = 33, AT_RAND = 40, AT_AMF = 56, AT_SQN = 58, AT_K = 64 };
enum { AT_PAD = 96, AT_LAST = 135, OUT_CK = 32, OUT_IK = 64, OUT_AK = 96 };

/* Sponge state by octets: octet n is octet n % 8 of lane n / 8, least significant first. */
typedef struct state {
  uint64_t lane[25];
} state;

/* Fields go in, and come out, with their octets reversed. */
static void put(state *s, size_t at, const uint8_t *ptr, size_t len)
{
  for (size_t i = 0; i < len; i++, at++)
    s->lane[at / 8] |= (uint64_t)ptr[len - 1 - i] << (8 * (at % 8));
}

static void get(const state *s, size_t at, uint8_t *ptr, size_t len)
{
  for (size_t i = 0; i < len; i++, at++)
    ptr[len - 1 - i] = (uint8_t)(s->lane[at / 8] >> (8 * (at % 8)));
}

static void put_octet(state *s, size_t at, unsigned value)
{
  uint8_t octet = (uint8_t)value;
  put(s, at, &octet, 1);
}

/* What every function's input shares; zero: RAND, AMF and SQN. */
static void start(state *s, const imstls_i_tuak *t, unsigned instance)
{
  memset(s, 0, sizeof *s);
  put(s, AT_TOPC, t->topc, 32);
  put_octet(s, AT_INSTANCE, instance | (t->k_len == 32 ? INSTANCE_K256 : 0));
  put(s, AT_NAME, (const uint8_t *)"TUAK1.0", 7);
  put(s, AT_K, t->k, t->k_len);
  put_octet(s, AT_PAD, 0x1f);
  put_octet(s, AT_LAST, 0x80);
}

static void run(state *s, const imstls_i_tuak *t)
{
  uint32_t count = t->iterations == 0 ? 1 : t->iterations;
  for (uint32_t i = 0; i < count; i++)
    imstls_i_keccak_f1600(s->lane);
}

/* Length code in INSTANCE: 0x08 for 64 bits, 0x10 for 128, 0x20 for 256; 0 for 32. */
static unsigned length_code(size_t len) { return len == 4 ? 0 : (unsigned)len; }

void imstls_i_tuak_f1(const imstls_i_tuak *t, const uint8_t sqn[6], const uint8_t amf[2], bool star, uint8_t *mac,
                      size_t mac_len)
{
  state s;
  start(&s, t, length_code(mac_len) | (star ? INSTANCE_F1STAR : 0));
  put(&s, AT_RAND, t->rand, 16);
  put(&s, AT_AMF, amf, 2);
  put(&s, AT_SQN, sqn, 6);
  run(&s, t);
  get(&s, 0, mac, mac_len);
  imstls_wipe(&s, sizeof s);
}

void imstls_i_tuak_f2345(const imstls_i_tuak *t, imstls_i_tuak_out *out)
{
  unsigned instance = INSTANCE_F2345 | length_code(out->res_len);
  instance |= out->ck_len == 32 ? INSTANCE_CK256 : 0;
  instance |= out->ik_len == 32 ? INSTANCE_IK256 : 0;
  state s;
  start(&s, t, instance);
  put(&s, AT_RAND, t->rand, 16);
  run(&s, t);
  get(&s, 0, out->res, out->res_len);
  get(&s, OUT_CK, out->ck, out->ck_len);
  get(&s, OUT_IK, out->ik, out->ik_len);
  get(&s, OUT_AK, out->ak, 6);
  imstls_wipe(&s, sizeof s);
}

void imstls_i_tuak_f5star(const imstls_i_tuak *t, uint8_t ak[6])
{
  state s;
  start(&s, t, INSTANCE_F5STAR);
  put(&s, AT_RAND, t->rand, 16);
  run(&s, t);
  get(&s, OUT_AK, ak, 6);
  imstls_wipe(&s, sizeof s);
}

int imstls_tuak_topc(const uint8_t *k, size_t k_len, const uint8_t top[32], uint32_t iterations, uint8_t topc[32])
{
  bool unusable = !k || !top || !topc || (k_len != 16 && k_len != 32);
  if (unusable)
    return IMSTLS_ERR_USAGE;
  const imstls_i_tuak t = { k, k_len, top, NULL, iterations };
  state s;
  start(&s, &t, 0);
  run(&s, &t);
  get(&s, 0, topc, 32);
  imstls_wipe(&s, sizeof s);
  return IMSTLS_OK;
}
