/* SPDX-License-Identifier: Apache-2.0 */
/* One message: parsed, then every parser of values over every field, and a reply when it is a request; or a refusal. */
#include <stdlib.h>
#include <string.h>

#include <imstls/error.h>
#include <imstls/sip.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Each parser to its end. One that gives the same text twice never ends, which the fuzzer sees. */
static void walk(imstls_text value)
{
  imstls_text a, b, rest = value;
  imstls_sip_via via;
  imstls_sip_address address;
  uint32_t number;
  while (imstls_sip_list_next(&rest, &a) == IMSTLS_OK)
    continue;
  rest = value;
  while (imstls_sip_param_next(&rest, &a, &b) == IMSTLS_OK)
    continue;
  rest = value;
  while (imstls_sip_auth_param_next(&rest, &a, &b, NULL) == IMSTLS_OK)
    continue;
  rest = value;
  while (imstls_sip_address_next(&rest, &address) == IMSTLS_OK) {
    if (address.uri.len == 0)
      abort();
    (void)imstls_sip_param_find(address.params, "tag", &a);
  }
  (void)imstls_sip_via_parse(value, &via);
  (void)imstls_sip_number(value, &number);
}

/* The fields are the header block, without a gap. */
static void walk_fields(const imstls_sip_message *m)
{
  imstls_sip_field field = { .raw = { NULL, 0 } };
  const char *at = m->headers.ptr;
  for (; imstls_sip_field_next(m, &field) == IMSTLS_OK; at += field.raw.len)
    if (field.raw.ptr != at || field.name.len == 0)
      abort();
  if (at != m->headers.ptr + m->headers.len)
    abort();
}

static void reply(const imstls_sip_message *m)
{
  static char out[16384];
  imstls_sip_message again;
  size_t len;
  int rc = imstls_sip_reply(m, 405, "No", "tag1", (imstls_text){ "Allow: X\r\n", 10 }, out, sizeof out, &len);
  if (rc == IMSTLS_OK && imstls_sip_parse(&again, out, len) == IMSTLS_ERR_SIP_MALFORMED)
    abort();
}

/* Whatever it answers, the response can be read; but for a number of CSeq that goes back as it came. */
static void refuse(const char *ptr, size_t size, int why)
{
  static char out[16384 + 1];
  imstls_sip_message again;
  size_t len;
  uint32_t status;
  int rc = imstls_sip_refuse(ptr, size, why, "tag1", out, sizeof out - 1, &len, &status);
  if (rc != IMSTLS_OK)
    return;
  out[len] = '\0';
  const char *number = strstr(out, "\r\nCSeq: ");
  if (strlen(out) != len || number == NULL)
    abort();
  rc = imstls_sip_parse(&again, out, len);
  if (rc == IMSTLS_OK && again.status != status)
    abort();
  if (rc == IMSTLS_ERR_SIP_MALFORMED && strspn(number + 8, "0123456789") < 10)
    abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  imstls_sip_message m;
  imstls_text value = { (const char *)data, size };
  walk(value);
  refuse(value.ptr, size, IMSTLS_ERR_SIP_OVERSIZED);
  refuse(value.ptr, size, IMSTLS_ERR_SIP_MALFORMED);
  if (imstls_sip_parse(&m, value.ptr, size) != IMSTLS_OK)
    return 0;
  for (int id = IMSTLS_HDR_VIA; id < IMSTLS_HDR_COUNT; id++) {
    unsigned seen = 0;
    for (value.ptr = NULL; imstls_sip_next(&m, id, &value) == IMSTLS_OK; seen++)
      walk(value);
    if (seen != m.count[id])
      abort();
  }
  walk_fields(&m);
  (void)imstls_sip_find(&m, "Subject", &value);
  if (m.status == 0)
    reply(&m);
  return 0;
}
