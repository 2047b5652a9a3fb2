/* SPDX-License-Identifier: Apache-2.0 */
/* Values level: a stack that owns REGISTER got a 401 over TLS and asks what to answer. CERT: the certificate that this
 * very session showed, a DER file; SQN: the highest that the card took so far, 12 hex digits. */
#include <stdio.h>

#include <imstls/imstls.h>
#include <imstls/mbedtls.h>

#include "hex.h"
#include "standard.h"

/* Runs before RES leaves the library: the card's array must outlast a loss of power. This line stands for its file. */
static int store(void *user, const imstls_sqn *sqn)
{
  uint8_t s[IMSTLS_SQN_LEN];
  (void)user;
  imstls_sqn_highest(sqn, s);
  printf("SQN: %02x%02x%02x%02x%02x%02x\n", s[0], s[1], s[2], s[3], s[4], s[5]);
  return fflush(stdout) == 0 ? IMSTLS_OK : IMSTLS_ERR_USIM_STORAGE;
}

static imstls_text view(const char *text) { return (imstls_text){ text, strlen(text) }; }

/* Octets read; 0: nothing, unreadable, or more than fits. */
static size_t read_all(FILE *in, void *out, size_t cap)
{
  size_t len = in ? fread(out, 1, cap, in) : 0;
  return len < cap && !ferror(in) ? len : 0;
}

/* Nothing of RES is in `out`, and no c_token, unless s_token stands over `in->cert`. */
static int answer(const imstls_sip_message *message, imstls_answer_input *in)
{
  char list[1024], out[4096];
  size_t list_len = 0, len;
  imstls_mechanism chosen;
  imstls_answer result;
  int error = message->status == 401 ? IMSTLS_OK : IMSTLS_ERR_CHALLENGE;
  if (!error) /* the whole list goes back as it came; that of one more 401 must be imstls_secagree_same */
    error = imstls_secagree_collect(message, IMSTLS_HDR_SECURITY_SERVER, list, sizeof list, &list_len);
  if (!error) /* against our Security-Client: a list without tls, over TLS, is not the P-CSCF's own (RFC 3329 2.4) */
    error = imstls_secagree_choose((imstls_text){ list, list_len }, view("tls"), &chosen);
  if (error)
    return error;
  error = IMSTLS_ERR_ALGORITHM; /* until a challenge has one of ours: the topmost that has counts (RFC 8760 2.4) */
  while (error == IMSTLS_ERR_ALGORITHM &&
         imstls_sip_next(message, IMSTLS_HDR_WWW_AUTHENTICATE, &in->challenge) == IMSTLS_OK)
    error = imstls_digest_answer(in, &result, out, sizeof out, &len);
  if (!error) /* also after a MAC or a sync failure: it tells the network so, by an empty response or by AUTS */
    printf("Authorization: %s\nSecurity-Verify: %.*s\n", out, (int)list_len, list);
  imstls_wipe(&result, sizeof result);
  return error;
}

int main(int argc, char **argv)
{
  static char text[65536], cnonce[33];
  static uint8_t cert[8192], octets[16];
  imstls_soft_usim card = IMSTLS_SOFT_USIM_INIT;
  uint64_t sqn = 0;
  imstls_sip_message message;
  imstls_mbedtls *tls = NULL; /* for its random octets alone */
  if (!open_standard())
    return 1;
  FILE *file = argc == 7 ? fopen(argv[6], "rb") : NULL;
  bool are_keys = file && hex_read(argv[3], card.card.k, 16) && hex_read(argv[4], card.card.opc, 16);
  if (!are_keys || !hex_read(argv[5], octets, IMSTLS_SQN_LEN)) {
    fputs("usage: values IMPI URI K OPC SQN CERT < 401\n", stderr);
    return 2;
  }
  for (int i = 0; i < IMSTLS_SQN_LEN; i++)
    sqn = sqn << 8 | octets[i];
  for (int ind = 0; ind < 32; ind++) /* one number for all of the array: nothing as old as it is taken */
    card.sqn.seq[ind] = sqn >> card.sqn.ind_bits;
  card.store = store;
  imstls_answer_input in = { .size = sizeof in, .channel = IMSTLS_CHANNEL_CERT, .usim = imstls_usim_soft(&card) };
  in.username = view(argv[1]);
  in.method = view("REGISTER");
  in.uri = view(argv[2]);
  in.cert = (imstls_bytes){ cert, read_all(file, cert, sizeof cert) };
  int error = imstls_mbedtls_new(&tls, NULL);
  if (!error)
    error = imstls_mbedtls_random(tls, octets, sizeof octets);
  hex_write(octets, sizeof octets, cnonce);
  in.cnonce = view(cnonce);
  if (!error)
    error = imstls_sip_parse(&message, text, read_all(stdin, text, sizeof text));
  if (!error)
    error = answer(&message, &in);
  if (error)
    fprintf(stderr, "values: %s: %s\n", imstls_error_name(error), imstls_error_text(error));
  imstls_mbedtls_free(tls);
  imstls_wipe(&card, sizeof card);
  fclose(file);
  return error ? 1 : 0;
}
