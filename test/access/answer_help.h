/* SPDX-License-Identifier: Apache-2.0 */
/* Challenges, cards and channels for imstls_digest_answer. */
#ifndef TEST_ANSWER_HELP_H
#define TEST_ANSWER_HELP_H

#include "access_help.h"

/* A USIM that gives a prepared result and counts how often it was asked. */
typedef struct fake_card {
  imstls_usim usim;
  imstls_aka_result result;
  fake_handle handle;
  int rc;
  int asked;
  uint32_t request;
  uint8_t rand[16], autn[16];
} fake_card;

static inline int fake_authenticate(void *user, uint32_t request, const uint8_t rand[16], const uint8_t autn[16],
                                    imstls_aka_result *result)
{
  fake_card *card = user;
  card->asked++;
  card->request = request;
  memcpy(card->rand, rand, 16);
  memcpy(card->autn, autn, 16);
  ck_assert_uint_eq(result->size, sizeof *result);
  if (card->rc == IMSTLS_OK) {
    *result = card->result;
  }
  return card->rc;
}

typedef struct set {
  const vec_case *row;
  fake_card card;
  imstls_bytes cert;
  char challenge[600];
  imstls_answer_input in;
  imstls_answer answer;
  char out[1000];
  size_t len;
} set;

static inline void setup(set *s, const vec_case *row, const char *algorithm, const char *more)
{
  memset(s, 0, sizeof *s);
  s->row = row;
  s->card.usim = (imstls_usim){ sizeof s->card.usim, &s->card, fake_authenticate, NULL };
  s->card.result = result_of(row);
  s->cert = cert_named("pcscf-ec");
  strcat(strcat(s->challenge, "Digest realm=\"" VEC_REALM "\", nonce=\""), row->nonce);
  strcat(strcat(strcat(s->challenge, "\", algorithm="), algorithm), more);
  s->in.size = sizeof s->in;
  s->in.challenge = text_of(s->challenge);
  s->in.username = text_of(VEC_USERNAME);
  s->in.method = text_of(VEC_METHOD);
  s->in.uri = text_of(VEC_URI);
  s->in.cnonce = text_of(VEC_CNONCE);
  s->in.channel = IMSTLS_CHANNEL_CERT;
  s->in.cert = s->cert;
  s->in.usim = &s->card.usim;
  s->in.request = 4711;
}

static inline void with_token(char *more, const char *token)
{
  strcat(strcat(strcat(more, ", s_token=\""), token), "\"");
}

static inline void setup_token(set *s, const vec_case *row)
{
  char more[100] = "";
  with_token(more, row->token[0].s_token);
  setup(s, row, "AKAv1-MD5", more);
}

static inline void teardown(set *s) { free((void *)s->cert.ptr); }

static inline int answer(set *s)
{
  memset(&s->answer, 0xa5, sizeof s->answer);
  strcpy(s->out, "untouched");
  return imstls_digest_answer(&s->in, &s->answer, s->out, sizeof s->out, &s->len);
}

/* Refused: its own error, and not one octet beside it. */
static inline void expect_nothing(set *s, int want, int asked)
{
  static const imstls_answer zero;
  s->card.asked = 0;
  int rc = answer(s);
  ck_assert_msg(rc == want, "%d instead of %d", rc, want);
  ck_assert_mem_eq(&s->answer, &zero, sizeof zero);
  ck_assert_str_eq(s->out, "untouched");
  ck_assert_int_eq(s->card.asked, asked);
}

static inline bool holds(const set *s, const char *name, const char *value)
{
  char want[200] = ", ";
  strcat(strcat(strcat(strcat(want, name), "=\""), value), "\"");
  return strstr(s->out, want) != NULL;
}
#endif
