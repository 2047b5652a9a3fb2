/* SPDX-License-Identifier: Apache-2.0 */
/* One element after the other, in the one form that DER has for each length (X.690 8.1.3, 10.1). */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/der.h"
#include "heap.h"

Suite *der_suite(void);

/* Both sides of each border between two forms of a length, and the form itself. */
static const struct {
  size_t len;
  const char *octets;
  size_t count;
} lengths[] = {
  { 0, "\x00", 1 },       { 1, "\x01", 1 },           { 127, "\x7f", 1 },           { 128, "\x81\x80", 2 },
  { 255, "\x81\xff", 2 }, { 256, "\x82\x01\x00", 3 }, { 65535, "\x82\xff\xff", 3 }, { 65536, "\x83\x01\x00\x00", 4 },
};

/* An element, and two octets that follow. Cut anywhere, nothing is read of it and nothing is taken off. */
START_TEST(shortest_lengths)
{
  size_t len = lengths[_i].len, head = 1 + lengths[_i].count, whole = head + len;
  uint8_t *data = malloc(whole + 2);
  ck_assert_ptr_nonnull(data);
  memset(data, 0x5a, whole + 2);
  data[0] = 0x30;
  memcpy(data + 1, lengths[_i].octets, lengths[_i].count);
  imstls_bytes in = { data, whole + 2 };
  imstls_i_der element;
  ck_assert(imstls_i_der_next(&in, &element));
  ck_assert_uint_eq(element.tag, 0x30);
  ck_assert_ptr_eq(element.body.ptr, data + head);
  ck_assert_uint_eq(element.body.len, len);
  ck_assert_ptr_eq(in.ptr, data + whole);
  ck_assert_uint_eq(in.len, 2);
  size_t step = whole > 1000 ? 251 : 1;
  for (size_t cut = 0; cut < whole; cut += cut < 8 ? 1 : step) {
    uint8_t *exact = heap_copy(data, cut);
    in = (imstls_bytes){ exact, cut };
    ck_assert(!imstls_i_der_next(&in, &element));
    ck_assert_ptr_eq(in.ptr, exact);
    ck_assert_uint_eq(in.len, cut);
    free(exact);
  }
  in = (imstls_bytes){ data, whole - 1 };
  ck_assert(len == 0 || !imstls_i_der_next(&in, &element));
  free(data);
}
END_TEST

/* Heads that no DER has, each in front of more octets than it could ask for. */
static const struct {
  const char *head;
  size_t len;
} bad[] = {
  { "\x30\x80", 2 },     /* indefinite */
  { "\x30\x81\x00", 3 }, /* longer than they need be */
  { "\x30\x81\x7f", 3 },
  { "\x30\x82\x00\x80", 4 },
  { "\x30\x82\x00\xff", 4 },
  { "\x30\x83\x00\x01\x00", 5 },
  { "\x30\x83\x00\xff\xff", 5 },
  { "\x30\x84\x00\x00\x00\x0a", 6 }, /* more octets than a certificate has room for */
  { "\x30\x84\x01\x00\x00\x00", 6 },
  { "\x30\x88\x00\x00\x00\x00\x00\x00\x00\x01", 10 },
  { "\x30\x89\x01\x00\x00\x00\x00\x00\x00\x00\x80", 11 }, /* 128 to whoever keeps the last 64 bits */
  { "\x30\xff", 2 },
  { "\x1f\x01", 2 }, /* tags of several octets */
  { "\x3f\x1f\x00", 3 },
  { "\xbf\x81\x00\x00", 4 },
};

START_TEST(no_der)
{
  enum { AFTER = 70000 };
  uint8_t *data = malloc(AFTER);
  ck_assert_ptr_nonnull(data);
  memset(data, 0, AFTER);
  memcpy(data, bad[_i].head, bad[_i].len);
  imstls_bytes in = { data, AFTER };
  imstls_i_der element = { .tag = 77 };
  ck_assert(!imstls_i_der_next(&in, &element));
  ck_assert_uint_eq(element.tag, 77);
  ck_assert_ptr_eq(in.ptr, data);
  ck_assert_uint_eq(in.len, AFTER);
  free(data);
  data = heap_copy(bad[_i].head, bad[_i].len);
  in = (imstls_bytes){ data, bad[_i].len };
  ck_assert(!imstls_i_der_next(&in, &element));
  free(data);
}
END_TEST

START_TEST(by_tag)
{
  uint8_t *data = heap_copy("\x02\x01\x07\x06\x03\x55\x04\x03\x05\x00", 10);
  imstls_bytes in = { data, 10 }, body = { NULL, 9 };
  ck_assert(!imstls_i_der_take(&in, IMSTLS_I_DER_OID, &body));
  ck_assert_uint_eq(in.len, 10);
  ck_assert_uint_eq(body.len, 9);
  ck_assert(imstls_i_der_take(&in, IMSTLS_I_DER_INTEGER, &body));
  ck_assert_uint_eq(body.len, 1);
  ck_assert_uint_eq(body.ptr[0], 7);
  ck_assert(imstls_i_der_take(&in, IMSTLS_I_DER_OID, &body));
  ck_assert(imstls_i_der_is_oid(body, (const uint8_t *)"\x55\x04\x03", 3));
  ck_assert(!imstls_i_der_is_oid(body, (const uint8_t *)"\x55\x04\x04", 3));
  ck_assert(!imstls_i_der_is_oid(body, (const uint8_t *)"\x55\x04\x03", 2));
  ck_assert(!imstls_i_der_is_oid(body, (const uint8_t *)"\x55\x04\x03\x01", 4));
  ck_assert(imstls_i_der_take(&in, 0x05, &body));
  ck_assert_uint_eq(body.len, 0);
  ck_assert_uint_eq(in.len, 0);
  ck_assert(!imstls_i_der_take(&in, 0x05, &body));
  free(data);
}
END_TEST

/* Real certificates are one element, and every one inside of them is read to its end. */
static const char *const files[] = { "pcscf-ec", "pcscf-ec384", "pcscf-rsa", "ku-sign", "sha1" };

static size_t walk(imstls_bytes in)
{
  size_t count = 0;
  imstls_i_der element;
  while (in.len > 0) {
    ck_assert(imstls_i_der_next(&in, &element));
    count++;
    if (element.tag & 0x20) /* constructed */
      count += walk(element.body);
  }
  return count;
}

START_TEST(real_certificates)
{
  char path[64];
  uint8_t data[2048];
  snprintf(path, sizeof path, "test/certs/%s.der", files[_i]);
  FILE *file = fopen(path, "rb");
  ck_assert_ptr_nonnull(file);
  size_t len = fread(data, 1, sizeof data, file);
  fclose(file);
  uint8_t *exact = heap_copy(data, len);
  imstls_bytes in = { exact, len }, body;
  ck_assert_uint_gt(walk(in), 30);
  ck_assert(imstls_i_der_take(&in, IMSTLS_I_DER_SEQUENCE, &body));
  ck_assert_uint_eq(in.len, 0);
  free(exact);
}
END_TEST

#define LOOP(tc, test, table) tcase_add_loop_test((tc), test, 0, (int)(sizeof(table) / sizeof(table)[0]))

Suite *der_suite(void)
{
  Suite *suite = suite_create("der");
  TCase *tc = tcase_create("elements");
  LOOP(tc, shortest_lengths, lengths);
  LOOP(tc, no_der, bad);
  tcase_add_test(tc, by_tag);
  LOOP(tc, real_certificates, files);
  suite_add_tcase(suite, tc);
  return suite;
}
