/* SPDX-License-Identifier: Apache-2.0 */
/* A WWW-Authenticate value, or a whole 401: parsed, chosen, answered on every kind of channel; a 200: judged. Without a
 * right s_token nothing but AUTS or an empty response may come out. */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <imstls/imstls.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void answer(imstls_text value, int channel, int verdict)
{
  static const uint8_t cert[] = { 0x30, 0x00 };
  static const imstls_answer zero;
  static char out[8192];
  imstls_aka_result aka = { .size = sizeof aka, .verdict = verdict, .res_len = 8, .res = "\0RES:\"\\" };
  imstls_answer_input in = { .size = sizeof in, .challenge = value, .channel = channel, .aka = &aka };
  in.username = (imstls_text){ "u@d", 3 };
  in.method = (imstls_text){ "REGISTER", 8 };
  in.uri = (imstls_text){ "sip:d", 5 };
  in.cnonce = (imstls_text){ "0a4f113b0a4f113b", 16 };
  in.cert = (imstls_bytes){ cert, sizeof cert };
  imstls_answer a;
  size_t len = 0;
  int rc = imstls_digest_answer(&in, &a, out, sizeof out, &len);
  if (rc != IMSTLS_OK ? memcmp(&a, &zero, sizeof a) != 0 : strlen(out) != len || strpbrk(out, "\r\n") != NULL) {
    abort();
  }
  bool proven = channel == IMSTLS_CHANNEL_PSK || channel == IMSTLS_CHANNEL_IPSEC || a.token_verified;
  if (rc == IMSTLS_OK && verdict == IMSTLS_AKA_OK && !proven) {
    abort();
  }
}

/* What is said once more is shorter, fits a header, and is the same when that is repeated. */
static void repeat(imstls_text value)
{
  static char once[8192], twice[8192];
  size_t len = 0, again = 0;
  int rc = imstls_authorization_repeat(value, once, sizeof once, &len);
  if (rc != IMSTLS_OK)
    return;
  imstls_text said = { once, len };
  if (strlen(once) != len || strpbrk(once, "\r\n") || imstls_authorization_repeat(said, twice, sizeof twice, &again) ||
      again != len || memcmp(once, twice, len) != 0)
    abort();
}

/* What it says of us lies in it, and lives. */
static void judge(const imstls_sip_message *m)
{
  char list[200];
  size_t len = 0;
  imstls_accepted out;
  imstls_accepted_input in = { .size = sizeof in, .proven = 1, .asked_s = 9, .contact_user = "u", .instance_id = "i" };
  in.contact = (imstls_text){ "sip:u@h", 7 };
  in.rspauth = (imstls_text){ "00", 2 };
  if (imstls_accepted_judge(&in, m, &out) == IMSTLS_OK &&
      (!out.expires_s || out.contact.ptr < m->raw.ptr || out.contact.ptr + out.contact.len > m->raw.ptr + m->raw.len))
    abort();
  (void)imstls_accepted_list(m, IMSTLS_HDR_SERVICE_ROUTE, list, sizeof list, &len);
  if (len > sizeof list)
    abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  imstls_text value = { (const char *)data, size };
  imstls_challenge challenge;
  imstls_sip_message message;
  if (imstls_sip_parse(&message, value.ptr, value.len) == IMSTLS_OK) {
    (void)imstls_challenge_choose(&message, IMSTLS_DIGEST_AKA_ALL, &challenge);
    value = message.first[IMSTLS_HDR_WWW_AUTHENTICATE];
    judge(&message);
  }
  repeat(value);
  for (int channel = IMSTLS_CHANNEL_NONE; channel <= IMSTLS_CHANNEL_IPSEC; channel++) {
    for (int verdict = IMSTLS_AKA_OK; verdict <= IMSTLS_AKA_SYNC_FAILURE; verdict++) {
      answer(value, channel, verdict);
    }
  }
  return 0;
}
