/* SPDX-License-Identifier: Apache-2.0 */
/* --check-nonce: do the keys fit a challenge that was seen on a network? No connection, no key in the output. */
#include <string.h>

#include "softphone.h"

static const struct {
  const char *name, *text;
  int status;
} verdicts[] = {
  { "good", "the keys fit this challenge", EXIT_DONE },
  { "stale-sqn", "the keys fit; the sequence number is not fresh: the USIM would ask the network to resynchronise",
    EXIT_NETWORK },
  { "amf", "the keys fit; AUTN has another AMF than the expected one", EXIT_NETWORK },
  { "op-for-opc", "what was given as OPc (TOPc) is OP (TOP)", EXIT_USIM },
  { "opc-for-op", "what was given as OP (TOP) is OPc (TOPc)", EXIT_USIM },
  { "swapped", "K and the operator's code stand in each other's place", EXIT_USIM },
  { "res-len", "TUAK with another length of RES", EXIT_USIM },
  { "keys", "K or OPc is wrong, or the challenge is another subscriber's", EXIT_USIM },
};

/* The nonce of a 401 as it stands there (RFC 3310 3.2), or RAND and AUTN as 64 hex digits. */
static bool read_nonce(const char *text, uint8_t rand[16], uint8_t autn[16])
{
  char value[400];
  uint8_t octets[32];
  imstls_challenge challenge = { .size = sizeof challenge };
  if (options_hex(text, octets, sizeof octets) == 32) {
    memcpy(rand, octets, 16);
    memcpy(autn, octets + 16, 16);
    return true;
  }
  int len = snprintf(value, sizeof value, "Digest realm=\"r\", nonce=\"%s\", algorithm=AKAv1-MD5", text);
  if (len < 0 || (size_t)len >= sizeof value ||
      imstls_challenge_parse((imstls_text){ value, (size_t)len }, &challenge) != IMSTLS_OK)
    return false;
  memcpy(rand, challenge.rand, 16);
  memcpy(autn, challenge.autn, 16);
  return true;
}

static void print_hex(const char *before, const uint8_t *octets, size_t len, const char *after)
{
  fputs(before, stdout);
  for (size_t i = 0; i < len; i++)
    printf("%02x", octets[i]);
  fputs(after, stdout);
}

static void print(const imstls_aka_diagnosis *d, bool json)
{
  if (json) {
    printf("{\"event\":\"keys\",\"t_ms\":0,\"verdict\":\"%s\"", verdicts[d->verdict].name);
    print_hex(",\"sqn\":\"", d->sqn, sizeof d->sqn, "\"");
    print_hex(",\"sqn_ms\":\"", d->sqn_ms, sizeof d->sqn_ms, "\"");
    print_hex(",\"amf\":\"", d->amf, sizeof d->amf, "\"}\n");
    return;
  }
  printf("%s: %s\n", verdicts[d->verdict].name, verdicts[d->verdict].text);
  if (d->verdict == IMSTLS_DIAGNOSIS_KEYS)
    return; /* nothing can be read without the right keys */
  print_hex("SQN of the network ", d->sqn, sizeof d->sqn, "");
  print_hex(", highest of the USIM ", d->sqn_ms, sizeof d->sqn_ms, "");
  print_hex(", AMF ", d->amf, sizeof d->amf, "\n");
}

int check_nonce(const struct options *o, const struct sim *sim)
{
  uint8_t rand[16], autn[16], amf[2], op[32];
  imstls_aka_diagnosis diagnosis;
  imstls_aka_diagnose_input in = { .size = sizeof in, .rand = rand, .autn = autn };
  const char *code = o->algo == IMSTLS_ALGO_TUAK ? o->top : o->op;
  if (!read_nonce(o->check_nonce, rand, autn)) {
    fprintf(stderr, "softphone: --check-nonce: the nonce of a challenge, or 64 hex digits are wanted\n");
    return EXIT_USAGE;
  }
  if (o->expect_amf && options_hex(o->expect_amf, amf, sizeof amf) != 2) {
    fprintf(stderr, "softphone: --expect-amf: 4 hex digits are wanted\n");
    return EXIT_USAGE;
  }
  in.amf = o->expect_amf ? amf : NULL;
  in.op = code && options_hex(code, op, sizeof op) > 0 ? op : NULL;
  sim_soft(sim, &in.card, &in.sqn);
  int error = imstls_aka_diagnose(&in, &diagnosis);
  imstls_wipe(op, sizeof op);
  if (error)
    return exit_for(error);
  print(&diagnosis, o->json);
  return verdicts[diagnosis.verdict].status;
}
