/* SPDX-License-Identifier: Apache-2.0 */
/* The head of a stored TLS session: whose it is, what made it trusted, and until when that counts. */
#include "registration/record.h"

#include <imstls/client.h>

#include "registration_help.h"

static imstls_config usual(void)
{
  imstls_config cfg = { .size = sizeof cfg };
  cfg.identity.impi = "u@home";
  cfg.network.server_name = "p.example";
  cfg.policy.trust = IMSTLS_TRUST_TOKEN_OR_PKI;
  cfg.policy.sec_agree = IMSTLS_SEC_AGREE_OPTIONAL;
  return cfg;
}

static const imstls_i_record yesterday = { IMSTLS_TRUST_BY_PKI, 1700000000, 1700086400 };

/* Head and "session" in `out`; the length of both. */
static size_t put(const imstls_config *cfg, const imstls_i_record *record, char out[200])
{
  imstls_i_record_terms terms = { .cfg = cfg, .host = "192.0.2.1", .port = 5061 };
  size_t len = imstls_i_record_put(&terms, record, out, 200 - 7);
  ck_assert_uint_gt(len, 0);
  memcpy(out + len, "session", 7);
  return len + 7;
}

static size_t get(const imstls_config *cfg, const char *host, uint16_t port, const char *stored, size_t len,
                  imstls_i_record *record)
{
  imstls_i_record_terms terms = { .cfg = cfg, .host = host, .port = port };
  char *exact = heap_copy(stored, len);
  size_t head = imstls_i_record_read(&terms, imstls_i_text(exact, len), record);
  free(exact);
  return head;
}

START_TEST(there_and_back)
{
  imstls_config cfg = usual();
  char stored[200];
  imstls_i_record record;
  size_t len = put(&cfg, &yesterday, stored);
  ck_assert_uint_eq(get(&cfg, "192.0.2.1", 5061, stored, len, &record), len - 7);
  ck_assert_int_eq(record.trust, IMSTLS_TRUST_BY_PKI);
  ck_assert(record.since_s == 1700000000 && record.until_s == 1700086400);
  cfg.network.server_name = NULL;
  ck_assert_uint_eq(get(&cfg, "192.0.2.1", 5061, stored, len, &record), 0);
  len = put(&cfg, &yesterday, stored);
  ck_assert_uint_eq(get(&cfg, "192.0.2.1", 5061, stored, len, &record), len - 7);
}
END_TEST

START_TEST(other_terms)
{
  imstls_config cfg = usual();
  char stored[200];
  imstls_i_record record;
  size_t len = put(&cfg, &yesterday, stored);
  ck_assert_uint_eq(get(&cfg, "192.0.2.2", 5061, stored, len, &record), 0);
  ck_assert_uint_eq(get(&cfg, "192.0.2.1", 5062, stored, len, &record), 0);
  for (int i = 0; i < 7; i++) {
    imstls_config other = usual();
    switch (i) {
    case 0: other.identity.impi = "u@home2"; break;
    case 1: other.identity.impi = "u@hom"; break;
    case 2: other.network.server_name = "p.example."; break;
    case 3: other.policy.trust = IMSTLS_TRUST_TOKEN; break;
    case 4: other.policy.sec_agree = IMSTLS_SEC_AGREE_OFF; break;
    case 5: other.policy.psk = IMSTLS_PSK_ALLOW; break;
    default: other.policy.token2 = IMSTLS_TOKEN2_ALLOWED; break;
    }
    ck_assert_msg(get(&other, "192.0.2.1", 5061, stored, len, &record) == 0, "term %d", i);
  }
}
END_TEST

/* Times of ten digits are read, longer ones are none that was written. */
START_TEST(long_times)
{
  imstls_config cfg = usual();
  char stored[200];
  imstls_i_record record, far = { IMSTLS_TRUST_BY_PKI, 1700000000, 9999999999 };
  size_t len = put(&cfg, &far, stored);
  ck_assert_uint_eq(get(&cfg, "192.0.2.1", 5061, stored, len, &record), len - 7);
  ck_assert(record.until_s == 9999999999);
  far.until_s++;
  len = put(&cfg, &far, stored);
  ck_assert_uint_eq(get(&cfg, "192.0.2.1", 5061, stored, len, &record), 0);
}
END_TEST

/* A session that only proves another one, or a PSK, is none to be saved. */
START_TEST(kinds)
{
  imstls_config cfg = usual();
  char stored[200];
  imstls_i_record record;
  for (int trust = 0; trust < 9; trust++) {
    imstls_i_record one = { (uint8_t)trust, 1, 2 };
    size_t len = put(&cfg, &one, stored);
    bool known =
        trust == IMSTLS_TRUST_BY_TOKEN || trust == IMSTLS_TRUST_BY_PKI || trust == IMSTLS_TRUST_BY_TOKEN_AND_PKI;
    ck_assert_uint_eq(get(&cfg, "192.0.2.1", 5061, stored, len, &record), known ? len - 7 : 0);
  }
}
END_TEST

/* No prefix of a head is a head, and none with another octet is this one, but in the two times. */
START_TEST(every_octet)
{
  imstls_config cfg = usual();
  char stored[200];
  imstls_i_record record;
  size_t head = put(&cfg, &yesterday, stored) - 7;
  for (size_t n = 0; n < head; n++)
    ck_assert_uint_eq(get(&cfg, "192.0.2.1", 5061, stored, n, &record), 0);
  for (size_t n = 0; n < head; n++) {
    char kept = stored[n];
    stored[n] = '!';
    ck_assert_uint_eq(get(&cfg, "192.0.2.1", 5061, stored, head, &record), 0);
    stored[n] = kept;
  }
}
END_TEST

START_TEST(every_capacity)
{
  imstls_config cfg = usual();
  imstls_i_record_terms terms = { .cfg = &cfg, .host = "h", .port = 1 };
  char whole[200];
  size_t len = imstls_i_record_put(&terms, &yesterday, whole, sizeof whole);
  for (size_t cap = 1; cap <= len; cap++) {
    char *out = malloc(cap);
    ck_assert_uint_eq(imstls_i_record_put(&terms, &yesterday, out, cap), cap < len ? 0 : len);
    free(out);
  }
}
END_TEST

START_TEST(counts)
{
  static const struct {
    int64_t now_s;
    bool counts;
  } rows[] = { { -1, false },        { 0, false },          { 1699999999, false }, { 1700000000, true },
               { 1700086399, true }, { 1700086400, false }, { INT64_MAX, false } };
  for (size_t i = 0; i < COUNT(rows); i++)
    ck_assert_int_eq(imstls_i_record_counts(&yesterday, rows[i].now_s), rows[i].counts);
}
END_TEST

SUITE_OF(record, there_and_back, other_terms, long_times, kinds, every_octet, every_capacity, counts)
