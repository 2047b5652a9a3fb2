/* SPDX-License-Identifier: Apache-2.0 */
/* Values level: a stack that owns REGISTER got a 401 over TLS and asks what to answer, then got the 200 and asks what
 * it says. CERT: the certificate that this very session showed, a DER file; SQN: the highest that the card took so far,
 * 12 hex digits; CONTACT: the URI of our Contact, when the 200 comes on standard input behind the 401. */
#include <stdio.h>
#include <unistd.h>

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

/* ---- the stream ---- */

struct stream {
  char octets[65536];
  size_t len, taken; /* of the message before */
};

/* The next message of standard input. */
static int next_message(struct stream *in, imstls_sip_message *message)
{
  imstls_sip_framer framer = { .size = sizeof framer };
  size_t skip, len;
  int error;
  in->len -= in->taken;
  memmove(in->octets, in->octets + in->taken, in->len);
  while ((error = imstls_sip_frame(&framer, in->octets, in->len, sizeof in->octets, &skip, &len)) == IMSTLS_PENDING) {
    in->len -= skip;
    memmove(in->octets, in->octets + skip, in->len);
    ssize_t n = read(STDIN_FILENO, in->octets + in->len, sizeof in->octets - in->len);
    if (n <= 0)
      return IMSTLS_ERR_CONNECTION;
    in->len += (size_t)n;
  }
  in->taken = error ? 0 : skip + len;
  return error ? error : imstls_sip_parse(message, in->octets + skip, len);
}

/* ---- the 401 ---- */

/* What is kept once RES is gone. */
struct kept {
  char again[4096]; /* Authorization of every refresh and of the deregistration, on this channel alone */
  char rspauth[65]; /* what the 200 proves the registrar with */
  bool proven;
};

static int keep(struct kept *kept, const imstls_answer *result, const char *authorization)
{
  size_t len;
  kept->proven = result->verdict == IMSTLS_AKA_OK;
  if (!kept->proven)
    return IMSTLS_OK;
  memcpy(kept->rspauth, result->rspauth, sizeof kept->rspauth);
  return imstls_authorization_repeat(view(authorization), kept->again, sizeof kept->again, &len);
}

/* Nothing of RES is in `out`, and no c_token, unless s_token stands over `in->cert`. */
static int answer(const imstls_sip_message *message, imstls_answer_input *in, struct kept *kept)
{
  char list[1024], out[4096];
  size_t list_len = 0, len;
  imstls_mechanism chosen;
  imstls_challenge challenge;
  imstls_answer result;
  /* the whole list goes back as it came; that of one more 401 must be imstls_secagree_same */
  int error = imstls_secagree_collect(message, IMSTLS_HDR_SECURITY_SERVER, list, sizeof list, &list_len);
  if (!error) /* against our Security-Client: a list without tls, over TLS, is not the P-CSCF's own (RFC 3329 2.4) */
    error = imstls_secagree_choose((imstls_text){ list, list_len }, view("tls"), &chosen);
  if (!error) /* the topmost challenge that has an algorithm of ours (RFC 8760 2.4) */
    error = imstls_challenge_choose(message, IMSTLS_DIGEST_AKA_ALL, &challenge);
  if (error)
    return error;
  in->challenge = challenge.value;
  error = imstls_digest_answer(in, &result, out, sizeof out, &len);
  if (!error)
    error = keep(kept, &result, out);
  if (!error) /* also after a MAC or a sync failure: it tells the network so, by an empty response or by AUTS */
    printf("%s: %s\nSecurity-Verify: %.*s\n",
           challenge.header == IMSTLS_HDR_PROXY_AUTHENTICATE ? "Proxy-Authorization" : "Authorization", out,
           (int)list_len, list);
  if (!error && kept->proven)
    printf("Refresh: %s\n", kept->again);
  imstls_wipe(&result, sizeof result);
  return fflush(stdout) == 0 ? error : IMSTLS_ERR_INTERNAL;
}

/* ---- the 200 ---- */

static int accept_registration(const imstls_sip_message *message, const struct kept *kept, const char *contact)
{
  static const char *const proofs[] = { "absent", "right", "unchecked" };
  imstls_accepted_input in = { .size = sizeof in, .proven = kept->proven, .asked_s = 600000 };
  imstls_accepted accepted;
  char route[2048];
  size_t len = 0;
  in.contact = view(contact);
  in.rspauth = view(kept->rspauth);
  int error = imstls_accepted_judge(&in, message, &accepted);
  if (!error)
    error = imstls_accepted_list(message, IMSTLS_HDR_SERVICE_ROUTE, route, sizeof route, &len);
  if (!error)
    printf("Contact: %.*s\nExpires: %lu\nRefresh-After: %llu\nRspauth: %s\nService-Route: %.*s\n",
           (int)accepted.contact.len, accepted.contact.ptr, (unsigned long)accepted.expires_s,
           (unsigned long long)accepted.refresh_ms / 1000, proofs[accepted.rspauth], (int)len, route);
  return error;
}

int main(int argc, char **argv)
{
  static struct stream stream;
  static struct kept kept;
  static char cnonce[33];
  static uint8_t cert[8192], octets[16];
  imstls_soft_usim card = IMSTLS_SOFT_USIM_INIT;
  uint64_t sqn = 0;
  imstls_sip_message message;
  imstls_mbedtls *tls = NULL; /* for its random octets alone */
  if (!open_standard())
    return 1;
  FILE *file = argc == 7 || argc == 8 ? fopen(argv[6], "rb") : NULL;
  bool are_keys = file && hex_read(argv[3], card.card.k, 16) && hex_read(argv[4], card.card.opc, 16);
  if (!are_keys || !hex_read(argv[5], octets, IMSTLS_SQN_LEN)) {
    fputs("usage: values IMPI URI K OPC SQN CERT [CONTACT] < 401 [and 200]\n", stderr);
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
    error = next_message(&stream, &message);
  if (!error)
    error = message.status == 401 || message.status == 407 ? answer(&message, &in, &kept) : IMSTLS_ERR_CHALLENGE;
  if (!error && argc == 8)
    error = next_message(&stream, &message);
  if (!error && argc == 8)
    error = accept_registration(&message, &kept, argv[7]);
  if (error)
    fprintf(stderr, "values: %s: %s\n", imstls_error_name(error), imstls_error_text(error));
  imstls_mbedtls_free(tls);
  imstls_wipe(&card, sizeof card);
  fclose(file);
  return error ? 1 : 0;
}
