/* SPDX-License-Identifier: Apache-2.0 */
/* Helpers of the tests of access/: exact-size heap copies, octets from hex, AKA results as octets and as a handle. */
#ifndef TEST_ACCESS_HELP_H
#define TEST_ACCESS_HELP_H

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include <imstls/imstls.h>

#include "access/access.h"
#include "access_vectors.h"

__attribute__((unused)) static imstls_text text_of(const char *str)
{
  return (imstls_text){ str, str == NULL ? 0 : strlen(str) };
}

/* A copy that ends where its heap block ends. */
__attribute__((unused)) static char *heap_copy(const void *ptr, size_t len)
{
  char *copy = malloc(len == 0 ? 1 : len);
  ck_assert_ptr_nonnull(copy);
  memcpy(copy, ptr, len);
  return copy;
}

__attribute__((unused)) static imstls_bytes heap_hex(const char *hex)
{
  size_t len = strlen(hex) / 2;
  uint8_t *out = malloc(len == 0 ? 1 : len);
  ck_assert_ptr_nonnull(out);
  ck_assert(imstls_i_hex_decode(text_of(hex), out, len));
  return (imstls_bytes){ out, len };
}

__attribute__((unused)) static void fill_hex(const char *hex, uint8_t *out, size_t len)
{
  ck_assert(imstls_i_hex_decode(text_of(hex), out, len));
}

__attribute__((unused)) static imstls_bytes cert_named(const char *name)
{
  for (size_t i = 0; i < COUNT(vec_certs); i++) {
    if (strcmp(vec_certs[i].name, name) == 0) {
      return heap_hex(vec_certs[i].der);
    }
  }
  ck_abort_msg("no certificate %s", name);
  return (imstls_bytes){ NULL, 0 };
}

__attribute__((unused)) static imstls_aka_result result_of(const vec_case *row)
{
  imstls_aka_result aka = { .size = sizeof aka, .verdict = IMSTLS_AKA_OK };
  aka.res_len = (uint32_t)(strlen(row->res) / 2);
  fill_hex(row->res, aka.res, aka.res_len);
  fill_hex(row->ck, aka.ck, sizeof aka.ck);
  fill_hex(row->ik, aka.ik, sizeof aka.ik);
  return aka;
}

/* A key handle that keeps the octets to itself; `left` calls succeed, then it fails; -1: for ever. */
typedef struct fake_handle {
  imstls_aka_result secret;
  int left;
  int released;
} fake_handle;

__attribute__((unused)) static int fake_mac(void *user, int key, int alg, const imstls_bytes *data, size_t count,
                                            uint8_t *out)
{
  fake_handle *handle = user;
  if (handle->left == 0) {
    return IMSTLS_ERR_USIM;
  }
  handle->left -= handle->left > 0;
  return imstls_i_key_mac(&handle->secret, key, alg, data, count, out);
}

__attribute__((unused)) static void fake_release(void *user) { ((fake_handle *)user)->released++; }

/* The same result with CK and IK behind a handle. */
__attribute__((unused)) static imstls_aka_result handle_of(const vec_case *row, fake_handle *handle)
{
  *handle = (fake_handle){ result_of(row), -1, 0 };
  imstls_aka_result aka = handle->secret;
  memset(aka.ck, 0, sizeof aka.ck);
  memset(aka.ik, 0, sizeof aka.ik);
  aka.keys = (imstls_key_handle){ handle, fake_mac, fake_release };
  return aka;
}

/* A 401 with these header lines. Message and views live as long as `buf`; free(buf). */
__attribute__((unused)) static char *message_of(const char *lines, imstls_sip_message *message)
{
  static const char head[] = "SIP/2.0 401 Unauthorized\r\n"
                             "Via: SIP/2.0/TLS [2001:db8::1]:5061;branch=z9hG4bKa\r\n"
                             "From: <sip:a@example.org>;tag=1\r\n"
                             "To: <sip:a@example.org>;tag=2\r\n"
                             "Call-ID: c1\r\n"
                             "CSeq: 1 REGISTER\r\n";
  size_t len = sizeof head - 1 + strlen(lines) + 2;
  char *buf = malloc(len + 1);
  ck_assert_ptr_nonnull(buf);
  memcpy(buf, head, sizeof head - 1);
  strcpy(buf + sizeof head - 1, lines);
  strcat(buf, "\r\n");
  char *exact = heap_copy(buf, len);
  free(buf);
  ck_assert_int_eq(imstls_sip_parse(message, exact, len), IMSTLS_OK);
  return exact;
}

#endif
