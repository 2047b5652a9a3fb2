/* SPDX-License-Identifier: Apache-2.0 */
/* A stream: the first two octets say into pieces of which length it is cut. However it is cut, and whether the buffer
 * holds a message or it is gone past, messages end at the same places, and what the parser takes the framer ends at the
 * same octet. */
#include <stdbool.h>
#include <stdlib.h>

#include <imstls/error.h>
#include <imstls/sip.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* One look at what is there; `n`: octets that are done with. A message that is too long is gone past. */
static int look(imstls_sip_framer *framer, bool *skipping, const char *ptr, size_t len, size_t max, size_t *n)
{
  imstls_sip_message m;
  size_t lead = 0;
  if (*skipping)
    return imstls_sip_skip(framer, ptr, len, n);
  int rc = imstls_sip_frame(framer, ptr, len, max, &lead, n);
  if (rc == IMSTLS_ERR_SIP_OVERSIZED) {
    *skipping = true;
    rc = imstls_sip_skip(framer, ptr + lead, len - lead, n);
  } else if (rc == IMSTLS_OK) {
    if (*n == 0 || *n > len - lead || *n > max)
      abort();
    if (imstls_sip_parse(&m, ptr + lead, *n) == IMSTLS_OK && m.raw.len != *n)
      abort();
  } else {
    *n = 0;
  }
  *n += lead;
  return rc;
}

/* A hash over the places where messages end in a stream that comes `step` octets at a time, ended by the result. */
static uint64_t frames(const char *ptr, size_t size, size_t step, size_t max)
{
  imstls_sip_framer framer = { .size = 0 };
  uint64_t hash = 1;
  size_t from = 0;
  size_t have = 0;
  bool skipping = false;
  int rc = IMSTLS_PENDING;
  while (rc == IMSTLS_OK || (rc == IMSTLS_PENDING && have < size)) {
    size_t n = 0;
    if (rc == IMSTLS_PENDING)
      have = size - have < step ? size : have + step;
    rc = look(&framer, &skipping, ptr + from, have - from, max, &n);
    if (n > have - from)
      abort();
    if (skipping && rc == IMSTLS_PENDING && n != have - from)
      abort();
    from += n;
    if (rc == IMSTLS_OK) {
      skipping = false;
      hash = hash * 31 + from;
    }
  }
  return hash * 31 + (uint64_t)-rc;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  if (size < 2)
    return 0;
  const char *ptr = (const char *)data + 2;
  size_t step = 1 + (data[0] | (size_t)data[1] << 8);
  uint64_t whole = frames(ptr, size - 2, size, SIZE_MAX);
  if (frames(ptr, size - 2, 1, SIZE_MAX) != whole)
    abort();
  if (frames(ptr, size - 2, step, SIZE_MAX) != whole)
    abort();
  if (frames(ptr, size - 2, step, 3000) != whole)
    abort();
  if (frames(ptr, size - 2, 1, 1) != whole)
    abort();
  if (frames(ptr, size - 2, step, 1 + data[0]) != whole)
    abort();
  return 0;
}
