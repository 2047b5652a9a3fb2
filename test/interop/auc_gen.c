/* SPDX-License-Identifier: Apache-2.0 */
/* auc_gen make N: arguments for osmo-auc-gen, one line a run: a random card and RAND, and our AUTS.
 * auc_gen check N: reads what the N runs printed. Each must have understood our AUTS, and made the vector that we make
 * for the SQN it chose; and our USIM must accept its AUTN. Status 1 on any difference. */
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <imstls/aka.h>
#include <imstls/error.h>

/* One run; the same number makes the same run in both modes. */
typedef struct sample {
  imstls_aka_card card;
  uint8_t rand[16], amf[2], auts[14];
  imstls_sqn sqn; /* the USIM's array; the AUTS tells its highest SQN */
  uint64_t sqn_ms;
} sample;

/* SplitMix64. */
static uint64_t next(uint64_t *state)
{
  uint64_t z = *state += 0x9e3779b97f4a7c15;
  z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
  z = (z ^ z >> 27) * 0x94d049bb133111eb;
  return z ^ z >> 31;
}

static void fill(uint64_t *state, uint8_t *out, size_t len)
{
  for (size_t i = 0; i < len; i++)
    out[i] = (uint8_t)(next(state) >> 13);
}

static void put48(uint64_t value, uint8_t out[6])
{
  for (size_t i = 0; i < 6; i++)
    out[i] = (uint8_t)(value >> (40 - 8 * i));
}

/* Our AUTS: the USIM is asked with the SQN that it has just accepted. */
static bool make_sample(uint64_t number, sample *s)
{
  uint64_t state = number * 0x1000193 + 7;
  imstls_aka_vector stale;
  imstls_aka_result result;
  uint8_t value[6];
  *s = (sample){ .card = IMSTLS_AKA_CARD_INIT, .sqn = IMSTLS_SQN_INIT };
  s->sqn.delta = UINT64_MAX;
  fill(&state, s->card.k, 16);
  fill(&state, s->card.opc, 16);
  fill(&state, s->rand, 16);
  fill(&state, s->amf, 2);
  s->sqn_ms = (next(&state) >> 17) + 32; /* below 2^48 - 32: it must leave room for the next */
  put48(s->sqn_ms, value);
  if (imstls_sqn_accept(&s->sqn, value) != IMSTLS_OK ||
      imstls_aka_vector_make(&s->card, s->rand, value, s->amf, &stale) != IMSTLS_OK ||
      imstls_aka_authenticate(&s->card, &s->sqn, s->rand, stale.autn, &result) != IMSTLS_OK ||
      result.verdict != IMSTLS_AKA_SYNC_FAILURE)
    return false;
  memcpy(s->auts, result.auts, 14);
  return true;
}

static void print_hex(const char *before, const uint8_t *ptr, size_t len)
{
  fputs(before, stdout);
  for (size_t i = 0; i < len; i++)
    printf("%02x", ptr[i]);
}

static bool same_hex(const char *text, const uint8_t *ptr, size_t len)
{
  char want[65] = "";
  for (size_t i = 0; i < len; i++)
    snprintf(want + 2 * i, 3, "%02x", ptr[i]);
  return strcmp(text, want) == 0;
}

static int make(uint64_t count)
{
  for (uint64_t i = 0; i < count; i++) {
    sample s;
    if (!make_sample(i, &s))
      return EXIT_FAILURE;
    print_hex("-3 -a milenage -k ", s.card.k, 16);
    print_hex(" -o ", s.card.opc, 16);
    print_hex(" -f ", s.amf, 2);
    print_hex(" -r ", s.rand, 16);
    print_hex(" -A ", s.auts, 14);
    putchar('\n');
  }
  return EXIT_SUCCESS;
}

/* What one run of osmo-auc-gen printed. */
typedef struct answer {
  char autn[40], ik[40], ck[40], res[40], rand[40];
  uint64_t sqn, sqn_ms;
} answer;

/* The values up to SQN.MS, the last line of a run. */
static bool read_answer(answer *a)
{
  char line[256];
  memset(a, 0, sizeof *a);
  while (fgets(line, sizeof line, stdin) != NULL) {
    (void)(sscanf(line, "RAND: %39s", a->rand) || sscanf(line, "AUTN: %39s", a->autn) ||
           sscanf(line, "IK: %39s", a->ik) || sscanf(line, "CK: %39s", a->ck) || sscanf(line, "RES: %39s", a->res) ||
           sscanf(line, "SQN: %" SCNu64, &a->sqn));
    if (sscanf(line, "SQN.MS: %" SCNu64, &a->sqn_ms) == 1)
      return true;
  }
  return false;
}

static bool same_as_ours(sample *s, const answer *a)
{
  imstls_aka_vector v;
  imstls_aka_result r;
  uint8_t value[6];
  put48(a->sqn, value);
  if (imstls_aka_vector_make(&s->card, s->rand, value, s->amf, &v) != IMSTLS_OK ||
      imstls_aka_authenticate(&s->card, &s->sqn, s->rand, v.autn, &r) != IMSTLS_OK || r.verdict != IMSTLS_AKA_OK)
    return false;
  return a->sqn_ms == s->sqn_ms && same_hex(a->rand, s->rand, 16) && same_hex(a->autn, v.autn, 16) &&
         same_hex(a->res, r.res, r.res_len) && same_hex(a->ck, r.ck, 16) && same_hex(a->ik, r.ik, 16) &&
         same_hex(a->res, v.res, v.res_len) && same_hex(a->ck, v.ck, 16) && same_hex(a->ik, v.ik, 16);
}

static int check(uint64_t count)
{
  uint64_t different = 0;
  uint64_t with_nul = 0;
  for (uint64_t i = 0; i < count; i++) {
    sample s;
    answer a;
    if (!make_sample(i, &s) || !read_answer(&a)) {
      printf("run %" PRIu64 ": no answer, or AUTS refused\n", i);
      return EXIT_FAILURE;
    }
    if (!same_as_ours(&s, &a) && different++ < 5)
      printf("run %" PRIu64 " differs\n", i);
    for (size_t at = 0; at + 1 < strlen(a.res); at += 2)
      if (memcmp(a.res + at, "00", 2) == 0) {
        with_nul++;
        break;
      }
  }
  printf("%" PRIu64 " vectors and AUTS compared, %" PRIu64 " with a NUL in RES, %" PRIu64 " different\n", count,
         with_nul, different);
  return different == 0 && (with_nul > 0 || count < 1000) ? EXIT_SUCCESS : EXIT_FAILURE;
}

int main(int argc, char **argv)
{
  uint64_t count = argc == 3 ? strtoull(argv[2], NULL, 10) : 0;
  if (count != 0 && strcmp(argv[1], "make") == 0)
    return make(count);
  if (count != 0 && strcmp(argv[1], "check") == 0)
    return check(count);
  fprintf(stderr, "usage: auc_gen make|check N\n");
  return 2;
}
