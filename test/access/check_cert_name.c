/* SPDX-License-Identifier: Apache-2.0 */
/* Names in certificates, RFC 5922 7.1 and 7.2. The certificates are put together here, element by element. */
#include <check.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "access/cert_name.h"
#include "base/base.h"
#include "heap.h"

Suite *cert_name_suite(void);

typedef struct der {
  uint8_t data[1024];
  size_t len;
} der;

static void wrap(der *out, uint8_t tag, const void *body, size_t len)
{
  out->data[out->len++] = tag;
  if (len >= 256) {
    out->data[out->len++] = 0x82;
    out->data[out->len++] = (uint8_t)(len >> 8);
  } else if (len >= 128) {
    out->data[out->len++] = 0x81;
  }
  out->data[out->len++] = (uint8_t)len;
  memcpy(out->data + out->len, body, len);
  out->len += len;
}

static uint8_t general_name(char kind)
{
  switch (kind) {
  case 'E': return 0x81;
  case 'D': return 0x82;
  case 'U': return 0x86;
  case 'I': return 0x87;
  default: return 0;
  }
}

/* A list like "C=name" or "D=name;U=sip:name": CN as UTF8String (C) or BMPString (B), dNSName (D), URI (U),
 * rfc822Name (E), iPAddress (I, in hex). */
static void names_of(const char *list, char kind, der *out)
{
  while (*list) {
    size_t len = strcspn(list, ";");
    const char *text = list + 2;
    size_t text_len = len - 2;
    uint8_t san = general_name(*list), ip[32];
    if (*list == 'I') {
      ck_assert(imstls_i_hex_decode(imstls_i_text(text, text_len), ip, text_len / 2));
      text = (const char *)ip;
      text_len /= 2;
    }
    if (kind == 'S' && san)
      wrap(out, san, text, text_len);
    if (kind == 'C' && !san) {
      der pair = { { 0 }, 0 }, seq = { { 0 }, 0 };
      wrap(&pair, 0x06, "\x55\x04\x03", 3);
      wrap(&pair, *list == 'B' ? 0x1e : 0x0c, text, text_len);
      wrap(&seq, 0x30, pair.data, pair.len);
      wrap(out, 0x31, seq.data, seq.len);
    }
    list += len + (list[len] == ';');
  }
}

static void extension(der *out, const der *alt, bool critical)
{
  der body = { { 0 }, 0 }, value = { { 0 }, 0 };
  wrap(&value, 0x30, alt->data, alt->len);
  wrap(&body, 0x06, "\x55\x1d\x11", 3);
  if (critical)
    wrap(&body, 0x01, "\xff", 1);
  wrap(&body, 0x04, value.data, value.len);
  wrap(out, 0x30, body.data, body.len);
}

static void certificate(const char *list, int alts, der *out)
{
  der subject = { { 0 }, 0 }, alt = { { 0 }, 0 }, tbs = { { 0 }, 0 }, extensions = { { 0 }, 0 }, cert = { { 0 }, 0 };
  names_of(list, 'C', &subject);
  names_of(list, 'S', &alt);
  wrap(&tbs, 0xa0, "\x02\x01\x02", 3);
  wrap(&tbs, 0x02, "\x01", 1);
  for (int i = 0; i < 3; i++)
    wrap(&tbs, 0x30, "", 0);
  wrap(&tbs, 0x30, subject.data, subject.len);
  wrap(&tbs, 0x30, "", 0);
  for (int i = 0; i < alts; i++)
    extension(&extensions, &alt, i % 2);
  if (alts > 0) {
    der all = { { 0 }, 0 };
    wrap(&all, 0x30, extensions.data, extensions.len);
    wrap(&tbs, 0xa3, all.data, all.len);
  }
  wrap(&cert, 0x30, tbs.data, tbs.len);
  wrap(&cert, 0x30, "", 0);
  wrap(&cert, 0x03, "\0", 1);
  out->len = 0;
  wrap(out, 0x30, cert.data, cert.len);
}

static bool matches(const uint8_t *data, size_t len, const char *name)
{
  uint8_t *exact = heap_copy(data, len);
  char *exact_name = heap_copy(name, strlen(name));
  bool ret = imstls_i_cert_name_matches((imstls_bytes){ exact, len }, (imstls_text){ exact_name, strlen(name) });
  free(exact);
  free(exact_name);
  return ret;
}

static const struct {
  const char *names;
  int alts; /* SAN extensions */
  const char *name;
  bool match;
} rows[] = {
  { "D=p.example.net", 1, "p.example.net", true },
  { "D=P.Example.NET", 1, "p.eXample.net", true },
  { "D=p.example.net", 1, "q.example.net", false },
  { "D=p.example.net", 1, "p.example.ne", false },
  { "D=p.example.net", 1, "p.example.nett", false },
  { "D=a.net;D=p.example.net;D=b.net", 1, "p.example.net", true },
  { "D=a.net;D=b.net", 1, "b.net", true },
  { "U=sip:p.example.net", 1, "p.example.net", true },
  { "U=SIP:p.example.net", 1, "p.example.net", true },
  { "U=sips:p.example.net", 1, "p.example.net", false },
  { "U=sip:user@p.example.net", 1, "p.example.net", false },
  { "U=sip:p.example.net:5061", 1, "p.example.net", false },
  { "U=sip:p.example.net?a=b", 1, "p.example.net", false },
  { "U=http://p.example.net;D=p.example.net", 1, "p.example.net", true },
  /* A sip URI decides alone. */
  { "U=sip:a.net;D=p.example.net", 1, "p.example.net", false },
  { "U=sip:a.net;D=p.example.net", 1, "a.net", true },
  /* Wildcards are letters that no name has. */
  { "D=*.example.net", 1, "p.example.net", false },
  { "D=*.example.net", 1, "*.example.net", false },
  /* CN only where there is no SAN, and only one. */
  { "C=p.example.net", 0, "p.example.net", true },
  { "C=P.example.net", 0, "p.example.net", true },
  { "C=p.example.net", 1, "p.example.net", false },
  { "C=p.example.net;D=a.net", 1, "p.example.net", false },
  { "C=p.example.net;E=x@p.example.net", 1, "p.example.net", false },
  { "C=p.example.net;C=a.net", 0, "p.example.net", false },
  { "C=a.net;C=p.example.net", 0, "p.example.net", false },
  { "B=p.example.net", 0, "p.example.net", false },
  { "C=*.example.net", 0, "p.example.net", false },
  /* The dot of the root is no part of a name, on either side; a second one is. */
  { "D=p.example.net", 1, "p.example.net.", true },
  { "D=p.example.net.", 1, "p.example.net", true },
  { "D=p.example.net.", 1, "P.example.net.", true },
  { "U=sip:p.example.net.", 1, "p.example.net", true },
  { "C=p.example.net.", 0, "p.example.net", true },
  { "C=p.example.net", 0, "p.example.net.", true },
  { "D=p.example.net", 1, "p.example.net..", false },
  { "D=p.example.net..", 1, "p.example.net", false },
  { "D=.", 1, ".", false },
  { "D=", 1, ".", false },
  /* An iPAddress alone names an IP literal, octet for octet (RFC 9525 6.4), and beside it no other kind counts. */
  { "I=c0000201", 1, "192.0.2.1", true },
  { "I=c0000201", 1, "192.0.2.2", false },
  { "I=c0000201", 1, "192.0.2.1.", false },
  { "D=p.example.net;I=c0000202;I=c0000201", 1, "192.0.2.1", true },
  { "U=sip:p.example.net;I=c0000201", 1, "192.0.2.1", true },
  { "D=p.example.net;I=c0000201", 1, "p.example.net", true },
  { "I=20010db8000000000000000000000001", 1, "2001:db8::1", true },
  { "I=20010db8000000000000000000000001", 1, "[2001:DB8:0::1]", true },
  { "I=20010db8000000000000000000000001", 1, "2001:db8::2", false },
  { "I=fe800000000000000000000000000001", 1, "fe80::1", true },
  { "I=fe800000000000000000000000000001", 1, "fe80::1%2", false },
  { "I=00000000000000000000ffffc0000201", 1, "192.0.2.1", false },
  { "I=c0000201", 1, "::ffff:192.0.2.1", false },
  { "I=c000020100000000", 1, "192.0.2.1", false },
  { "I=c00002", 1, "192.0.2.1", false },
  { "I=", 1, "192.0.2.1", false },
  { "I=c0000201", 0, "192.0.2.1", false },
  { "I=c0000201", 2, "192.0.2.1", false },
  { "D=ABCD", 1, "65.66.67.68", false }, /* the octets of the address, as another kind of name */
  { "C=192.0.2.1", 0, "192.0.2.1", false },
  { "D=192.0.2.1", 1, "192.0.2.1", false },
  { "U=sip:192.0.2.1", 1, "192.0.2.1", false },
  { "C=2001:db8::1", 0, "2001:db8::1", false },
  { "C=[2001:db8::1]", 0, "[2001:db8::1]", false },
  { "C=", 0, "", false },
  { "D=", 1, "", false },
  /* Two SANs: unreadable. */
  { "D=p.example.net", 2, "p.example.net", false },
  { "D=e.net", 1, "e.net", true },
};

START_TEST(names)
{
  der cert = { { 0 }, 0 };
  certificate(rows[_i].names, rows[_i].alts, &cert);
  ck_assert_int_eq(matches(cert.data, cert.len, rows[_i].name), rows[_i].match);
}
END_TEST

/* "p.example.net" + NUL + more is another name, on both sides. */
START_TEST(nul_inside)
{
  der cert = { { 0 }, 0 };
  certificate("D=p.example.net!.a.net", 1, &cert);
  for (size_t i = 0; i < cert.len; i++) {
    if (cert.data[i] == '!')
      cert.data[i] = 0;
  }
  ck_assert(!matches(cert.data, cert.len, "p.example.net"));
  imstls_text name = { "p.example.net\0.a.net", 20 };
  ck_assert(!imstls_i_cert_name_matches((imstls_bytes){ cert.data, cert.len }, name));
  ck_assert(!imstls_i_cert_name_matches((imstls_bytes){ NULL, 0 }, (imstls_text){ "a.net", 5 }));
  ck_assert(!imstls_i_cert_name_matches((imstls_bytes){ cert.data, cert.len }, (imstls_text){ NULL, 0 }));
}
END_TEST

/* spec certificates and those of test/certs/README.md */
static const char *const files[] = {
  "pcscf-ec", "mitm-ec", "pcscf-ec384", "pcscf-rsa", "eku-sip", "expired", "ku-sign",
};

static size_t load(const char *name, uint8_t *out, size_t cap)
{
  char path[96];
  snprintf(path, sizeof path, "test/certs/%s.der", name);
  FILE *file = fopen(path, "rb");
  ck_assert_ptr_nonnull(file);
  size_t len = fread(out, 1, cap, file);
  fclose(file);
  return len;
}

START_TEST(real_certificates)
{
  uint8_t data[2048];
  size_t len = load(files[_i], data, sizeof data);
  ck_assert(matches(data, len, "pcscf.visited1.net"));
  ck_assert(!matches(data, len, "visited1.net"));
  ck_assert(!matches(data, len, "x.pcscf.visited1.net"));
  for (size_t cut = 0; cut < len; cut++)
    ck_assert(!matches(data, cut, "pcscf.visited1.net"));
  data[len] = 0;
  ck_assert(!matches(data, len + 1, "pcscf.visited1.net"));
}
END_TEST

/* Lengths in a form that DER forbids, and tags that a certificate does not have. */
START_TEST(not_der)
{
  static const struct {
    size_t at;
    uint8_t value;
  } changes[] = {
    { 0, 0x31 }, /* not a SEQUENCE */
    { 1, 0x80 }, /* indefinite length */
    { 1, 0x84 }, /* more octets than a certificate needs */
    { 2, 0 },    /* a leading zero in the length */
    { 4, 0x31 }, /* tbsCertificate */
  };
  uint8_t data[2048];
  size_t len = load("pcscf-ec", data, sizeof data);
  for (size_t i = 0; i < sizeof changes / sizeof changes[0]; i++) {
    uint8_t was = data[changes[i].at];
    data[changes[i].at] = changes[i].value;
    ck_assert(!matches(data, len, "pcscf.visited1.net"));
    data[changes[i].at] = was;
  }
  /* The same body behind a longer length than needed: 30 83 00 01 5e. */
  uint8_t padded[2048] = { 0x30, 0x83, 0 };
  memcpy(padded + 3, data + 2, len - 2);
  ck_assert(!matches(padded, len + 1, "pcscf.visited1.net"));
}
END_TEST

#define LOOP(tc, test, table) tcase_add_loop_test((tc), test, 0, (int)(sizeof(table) / sizeof(table)[0]))

Suite *cert_name_suite(void)
{
  Suite *suite = suite_create("cert_name");
  TCase *tc = tcase_create("names");
  LOOP(tc, names, rows);
  tcase_add_test(tc, nul_inside);
  LOOP(tc, real_certificates, files);
  tcase_add_test(tc, not_der);
  suite_add_tcase(suite, tc);
  return suite;
}
