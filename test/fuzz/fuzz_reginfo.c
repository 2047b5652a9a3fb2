/* SPDX-License-Identifier: Apache-2.0 */
/* One document of the event package "reg": read to its end, each text of it decoded, and judged. */
#include <stdlib.h>
#include <string.h>

#include <imstls/error.h>
#include <imstls/reginfo.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static imstls_text body;

/* A view lies in the document, and its references were looked at before it was given out. */
static void text(imstls_text view)
{
  static char out[IMSTLS_REGINFO_MAX];
  size_t len = 0;
  if (view.ptr == NULL)
    return;
  if (view.ptr < body.ptr || view.ptr + view.len > body.ptr + body.len)
    abort();
  if (imstls_reginfo_decode(view, out, sizeof out, &len) != IMSTLS_OK || len > view.len)
    abort();
}

static size_t contacts(imstls_reginfo *reader)
{
  imstls_reginfo_contact c;
  int rc;
  size_t count = 0;
  for (; (rc = imstls_reginfo_next(reader, &c)) == IMSTLS_OK; count++) {
    text(c.aor);
    text(c.registration);
    text(c.id);
    text(c.uri);
    int action = imstls_reginfo_action(&c);
    if (action < IMSTLS_REGINFO_NOTHING || action > IMSTLS_REGINFO_ENDED)
      abort();
  }
  if (rc != IMSTLS_END || reader->terminated > reader->registrations)
    abort();
  return count;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  imstls_reginfo reader;
  imstls_reginfo_verdict verdict;
  body = (imstls_text){ (const char *)data, size };
  int rc = imstls_reginfo_begin(&reader, body);
  if (rc == IMSTLS_OK && contacts(&reader) > size / 10)
    abort();
  int judged = imstls_reginfo_judge(body, (imstls_text){ "sip:u@h", 7 }, &verdict);
  if (rc == IMSTLS_OK && judged == IMSTLS_ERR_SIP_OVERSIZED)
    return 0; /* too many spellings of our URI */
  if (judged != rc)
    abort();
  if (rc == IMSTLS_OK && (verdict.ours_gone > verdict.ours || (verdict.ours == 0) != (verdict.contact.size == 0)))
    abort();
  return 0;
}
