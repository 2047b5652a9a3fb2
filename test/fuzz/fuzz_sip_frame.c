/* SPDX-License-Identifier: Apache-2.0 */
/* A stream: the first two octets say into pieces of which length it is cut. However it is cut, the same messages come
 * out, and what the parser takes the framer ends at the same octet. */
#include <stdlib.h>

#include <imstls/error.h>
#include <imstls/sip.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { MAX = 3000 };

/* All messages of the stream in steps of `step` octets; a hash over their places, ended by the result. */
static uint64_t frames(const char *ptr, size_t size, size_t step)
{
  imstls_sip_framer framer = { .size = 0 };
  imstls_sip_message m;
  uint64_t hash = 1;
  size_t from = 0;
  size_t have = 0;
  int rc = IMSTLS_PENDING;
  while (rc == IMSTLS_OK || (rc == IMSTLS_PENDING && have < size)) {
    size_t skip;
    size_t len = 0;
    if (rc == IMSTLS_PENDING) have = size - have < step ? size : have + step;
    rc = imstls_sip_frame(&framer, ptr + from, have - from, MAX, &skip, &len);
    from += skip;
    if (rc != IMSTLS_OK) continue;
    if (len == 0 || len > have - from || len > MAX) abort();
    if (imstls_sip_parse(&m, ptr + from, len) == IMSTLS_OK && m.raw.len != len) abort();
    hash = (hash * 31 + from) * 31 + len;
    from += len;
  }
  return hash * 31 + (uint64_t)-rc;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  if (size < 2) return 0;
  const char *ptr = (const char *)data + 2;
  uint64_t whole = frames(ptr, size - 2, size);
  if (frames(ptr, size - 2, 1) != whole) abort();
  if (frames(ptr, size - 2, 1 + (data[0] | (size_t)data[1] << 8)) != whole) abort();
  return 0;
}
