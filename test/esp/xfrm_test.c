/* SPDX-License-Identifier: Apache-2.0 */
/* Drives the XFRM part from lines on standard input, one answer a line, for scripts and for a UE of another language:
 *   init ue|pcscf UE_ADDRESS PCSCF_ADDRESS
 *   reserve KEEP_PORT_S                  -> end SPI_C SPI_S PORT_C PORT_S
 *   release SPI_C SPI_S PORT_C PORT_S
 *   install OURS(4) THEIRS(4) ALG EALG CK IK LIFETIME   -> id N
 *   lifetime ID SECONDS
 *   remove ID
 * Answers: "ok", the one shown, or "error ERRNO_NUMBER text". Ends with its input and leaves what is installed. */
#include <arpa/inet.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <imstls/aka.h>
#include <imstls/error.h>
#include <imstls/ipsec.h>

enum { WORDS = 16 };

typedef struct state {
  imstls_ipsec_xfrm_part part;
  const imstls_ipsec *ipsec;
  imstls_address ue, pcscf;
} state;

static int parse_address(const char *text, imstls_address *out)
{
  memset(out, 0, sizeof *out);
  out->family = strchr(text, ':') != NULL ? 6 : 4;
  return inet_pton(out->family == 4 ? AF_INET : AF_INET6, text, out->ip) == 1 ? 0 : -1;
}

static uint32_t number(const char *text) { return (uint32_t)strtoul(text, NULL, 10); }

static imstls_ipsec_end parse_end(char **w)
{
  return (imstls_ipsec_end){ number(w[0]), number(w[1]), (uint16_t)number(w[2]), (uint16_t)number(w[3]) };
}

static int parse_key(const char *hex, uint8_t out[16])
{
  for (size_t i = 0; i < 16; i++) {
    unsigned octet = 0;
    if (sscanf(hex + 2 * i, "%2x", &octet) != 1) {
      return -1;
    }
    out[i] = (uint8_t)octet;
  }
  return hex[32] == '\0' ? 0 : -1;
}

static void answer(const state *s, int result)
{
  if (result == IMSTLS_OK) {
    puts("ok");
  } else {
    printf("error %d %s\n", (int)s->part.last_errno, strerror(s->part.last_errno));
  }
}

static int do_init(state *s, char **w)
{
  memset(s, 0, sizeof *s);
  s->part = (imstls_ipsec_xfrm_part)IMSTLS_IPSEC_XFRM_INIT;
  s->part.side = strcmp(w[1], "pcscf") == 0 ? IMSTLS_IPSEC_XFRM_PCSCF : IMSTLS_IPSEC_XFRM_UE;
  s->ipsec = imstls_ipsec_xfrm(&s->part);
  if (s->ipsec == NULL || parse_address(w[2], &s->ue) != 0 || parse_address(w[3], &s->pcscf) != 0) {
    return -1;
  }
  answer(s, IMSTLS_OK);
  return 0;
}

static int do_reserve(state *s, char **w)
{
  imstls_ipsec_end e;
  int result = s->ipsec->reserve(s->ipsec->user, &s->ue, &s->pcscf, (uint16_t)number(w[1]), &e);
  if (result == IMSTLS_OK) {
    printf("end %" PRIu32 " %" PRIu32 " %u %u\n", e.spi_c, e.spi_s, (unsigned)e.port_c, (unsigned)e.port_s);
  } else {
    answer(s, result);
  }
  return 0;
}

static int do_release(state *s, char **w)
{
  imstls_ipsec_end e = parse_end(w + 1);
  s->ipsec->release(s->ipsec->user, &e);
  answer(s, IMSTLS_OK);
  return 0;
}

static int do_install(state *s, char **w)
{
  imstls_ipsec_sa sa = { .size = sizeof sa, .ue = s->ue, .pcscf = s->pcscf };
  uint8_t ck[16], ik[16];
  int alg = strcmp(w[9], "hmac-md5-96") == 0 ? IMSTLS_ALG_HMAC_MD5_96 : IMSTLS_ALG_HMAC_SHA1_96;
  int ealg = strcmp(w[10], "aes-cbc") == 0        ? IMSTLS_EALG_AES_CBC
             : strcmp(w[10], "des-ede3-cbc") == 0 ? IMSTLS_EALG_DES_EDE3_CBC
                                                  : IMSTLS_EALG_NULL;
  if (parse_key(w[11], ck) != 0 || parse_key(w[12], ik) != 0 || imstls_ipsec_keys(alg, ealg, ck, ik, &sa) != 0) {
    return -1;
  }
  sa.ours = parse_end(w + 1);
  sa.theirs = parse_end(w + 5);
  sa.lifetime_s = number(w[13]);
  uint32_t id = 0;
  int result = s->ipsec->install(s->ipsec->user, &sa, &id);
  imstls_wipe(&sa, sizeof sa);
  if (result == IMSTLS_OK) {
    printf("id %" PRIu32 "\n", id);
  } else {
    answer(s, result);
  }
  return 0;
}

static int do_lifetime(state *s, char **w)
{
  answer(s, s->ipsec->set_lifetime(s->ipsec->user, number(w[1]), number(w[2])));
  return 0;
}

static int do_remove(state *s, char **w)
{
  s->part.last_errno = 0;
  s->ipsec->remove(s->ipsec->user, number(w[1]));
  answer(s, s->part.last_errno == 0 ? IMSTLS_OK : IMSTLS_ERR_IPSEC);
  return 0;
}

static int obey(state *s, char **w, size_t count)
{
  static const struct {
    const char *name;
    size_t words;
    int (*run)(state *s, char **w);
  } commands[] = {
    { "init", 4, do_init },        { "reserve", 2, do_reserve },   { "release", 5, do_release },
    { "install", 14, do_install }, { "lifetime", 3, do_lifetime }, { "remove", 2, do_remove },
  };
  for (size_t i = 0; i < sizeof commands / sizeof *commands; i++) {
    if (count == commands[i].words && strcmp(w[0], commands[i].name) == 0) {
      return i == 0 || s->ipsec != NULL ? commands[i].run(s, w) : -1;
    }
  }
  return -1;
}

int main(void)
{
  static state s = { .part = IMSTLS_IPSEC_XFRM_INIT };
  char line[512];
  setvbuf(stdout, NULL, _IOLBF, 0);
  while (fgets(line, sizeof line, stdin) != NULL) {
    char *words[WORDS] = { NULL };
    size_t count = 0;
    for (char *at = line; count < WORDS && *(at += strspn(at, " \n")) != '\0';) {
      words[count++] = at;
      at += strcspn(at, " \n");
      if (*at != '\0') {
        *at++ = '\0';
      }
    }
    if (count == 0 || obey(&s, words, count) != 0) {
      puts("error 0 not understood");
    }
  }
  return 0;
}
