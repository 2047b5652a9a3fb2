/* SPDX-License-Identifier: Apache-2.0 */
/* Two Security-* lists with a NUL between them, or a whole message whose lists are collected and mirrored. */
#include <stdlib.h>
#include <string.h>

#include <imstls/error.h>
#include <imstls/secagree.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void lists(imstls_text a, imstls_text b)
{
  imstls_mechanism chosen;
  int rc = imstls_secagree_choose(a, b, &chosen);
  if (rc == IMSTLS_OK && (chosen.media != 0 || imstls_secagree_has(a, chosen.id) != 1)) {
    abort();
  }
  int same = imstls_secagree_same(a, b);
  if (same != imstls_secagree_same(b, a) && same != IMSTLS_ERR_SECAGREE_MALFORMED) {
    abort();
  }
  int self = imstls_secagree_same(a, a);
  if (self != IMSTLS_OK && self != IMSTLS_ERR_SECAGREE_MALFORMED) {
    abort();
  }
}

/* The mirror never holds a line end. */
static void mirror(const imstls_sip_message *message)
{
  static char out[65536];
  static char small[16];
  size_t len;
  if (imstls_secagree_collect(message, IMSTLS_HDR_SECURITY_SERVER, out, sizeof out, &len) != IMSTLS_OK) {
    return;
  }
  if (memchr(out, '\n', len) != NULL || memchr(out, '\r', len) != NULL || memchr(out, 0, len) != NULL) {
    abort();
  }
  lists((imstls_text){ out, len }, (imstls_text){ "tls, ipsec-3gpp;alg=hmac-sha-1-96", 33 });
  (void)imstls_secagree_collect(message, IMSTLS_HDR_SECURITY_SERVER, small, sizeof small, &len);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  imstls_sip_message message;
  if (imstls_sip_parse(&message, (const char *)data, size) == IMSTLS_OK) {
    mirror(&message);
    return 0;
  }
  const uint8_t *cut = size != 0 ? memchr(data, 0, size) : NULL;
  size_t len = cut != NULL ? (size_t)(cut - data) : size;
  imstls_text a = { (const char *)data, len };
  imstls_text b = cut != NULL ? (imstls_text){ (const char *)cut + 1, size - len - 1 } : a;
  lists(a, b);
  return 0;
}
