/* SPDX-License-Identifier: Apache-2.0 */
/* A line each; the session follows as it is. */
#include "registration/record.h"

#include <imstls/client.h>

enum { TEXTS = 4, NUMBERS = 5, DIGITS_MAX = 10 /* seconds until the year 2286 */ };

static void list_texts(const imstls_i_record_terms *terms, const char *texts[TEXTS])
{
  const char *server_name = terms->cfg->network.server_name;
  texts[0] = "imstls session 2";
  texts[1] = terms->cfg->identity.impi;
  texts[2] = server_name ? server_name : "";
  texts[3] = terms->host;
}

static void list_numbers(const imstls_i_record_terms *terms, int64_t numbers[NUMBERS])
{
  const imstls_config_policy *policy = &terms->cfg->policy;
  numbers[0] = terms->port;
  numbers[1] = policy->trust;
  numbers[2] = policy->sec_agree;
  numbers[3] = policy->psk;
  numbers[4] = policy->token2;
}

static void put_number(imstls_i_writer *w, int64_t number)
{
  imstls_i_put_uint(w, (uint64_t)number);
  IMSTLS_I_PUT_LIT(w, "\n");
}

size_t imstls_i_record_put(const imstls_i_record_terms *terms, const imstls_i_record *record, char *out, size_t cap)
{
  const char *texts[TEXTS];
  int64_t numbers[NUMBERS];
  imstls_i_writer w = imstls_i_writer_make(out, cap);
  list_texts(terms, texts);
  list_numbers(terms, numbers);
  for (size_t i = 0; i < TEXTS; i++) {
    imstls_i_put_str(&w, texts[i]);
    IMSTLS_I_PUT_LIT(&w, "\n");
  }
  for (size_t i = 0; i < NUMBERS; i++)
    put_number(&w, numbers[i]);
  put_number(&w, record->trust);
  put_number(&w, record->since_s);
  put_number(&w, record->until_s);
  return w.failed ? 0 : w.len;
}

static void advance(imstls_text *rest, size_t n) { *rest = imstls_i_text(rest->ptr + n, rest->len - n); }

/* This line, or false. */
static bool take_line(imstls_text *rest, const char *line)
{
  size_t len = strlen(line);
  if (rest->len <= len || memcmp(rest->ptr, line, len) != 0 || rest->ptr[len] != '\n')
    return false;
  advance(rest, len + 1);
  return true;
}

/* A line with a number, or false. */
static bool take_number(imstls_text *rest, int64_t *out)
{
  size_t len = 0;
  *out = 0;
  while (len < rest->len && len < DIGITS_MAX && imstls_i_is_digit(rest->ptr[len]))
    *out = *out * 10 + (rest->ptr[len++] - '0');
  if (len == 0 || len == rest->len || rest->ptr[len] != '\n')
    return false;
  advance(rest, len + 1);
  return true;
}

static bool take_terms(imstls_text *rest, const imstls_i_record_terms *terms)
{
  const char *texts[TEXTS];
  int64_t numbers[NUMBERS], number;
  list_texts(terms, texts);
  list_numbers(terms, numbers);
  for (size_t i = 0; i < TEXTS; i++)
    if (!take_line(rest, texts[i]))
      return false;
  for (size_t i = 0; i < NUMBERS; i++)
    if (!take_number(rest, &number) || number != numbers[i])
      return false;
  return true;
}

static bool is_kind(int64_t trust)
{
  return trust == IMSTLS_TRUST_BY_TOKEN || trust == IMSTLS_TRUST_BY_PKI || trust == IMSTLS_TRUST_BY_TOKEN_AND_PKI;
}

size_t imstls_i_record_read(const imstls_i_record_terms *terms, imstls_text stored, imstls_i_record *record)
{
  int64_t trust;
  imstls_text rest = stored;
  if (!take_terms(&rest, terms) || !take_number(&rest, &trust) || !is_kind(trust))
    return 0;
  if (!take_number(&rest, &record->since_s) || !take_number(&rest, &record->until_s))
    return 0;
  record->trust = (uint8_t)trust;
  return stored.len - rest.len;
}
