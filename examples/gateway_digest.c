/* SPDX-License-Identifier: Apache-2.0 */
/* --sip-user: who may use this registration from elsewhere (RFC 3261 22, RFC 7616). MD5, as every client has it. The
 * nonce is a time and a MAC over it, so nothing is kept for who only asks. */
#include <mbedtls/md.h>
#include <string.h>

#include "gateway.h"

enum { NONCE_MS = 60000, TIME_LEN = 16, MAC_OCTETS = 16, NONCE_LEN = TIME_LEN + 2 * MAC_OCTETS };

static const char realm[] = "gateway";

struct digest {
  char name[128], password[256], secret[33];
};

static imstls_text str(const char *text) { return (imstls_text){ text, strlen(text) }; }

static int bad(const char *why)
{
  fprintf(stderr, "%s: --sip-user: %s\n", program, why);
  return EXIT_USAGE;
}

int digest_open(struct digest **digest, const char *name_at_file, const char *secret)
{
  static struct digest only;
  const char *colon = strchr(name_at_file, ':');
  size_t len = colon ? (size_t)(colon - name_at_file) : 0;
  bool has_name = len > 0 && len < sizeof only.name && !memchr(name_at_file, '"', len);
  if (!has_name || colon[1] != '@')
    return bad("NAME:@FILE is wanted");
  memcpy(only.name, name_at_file, len);
  FILE *file = fopen(colon + 2, "r");
  bool read = file && fgets(only.password, sizeof only.password, file);
  if (file)
    fclose(file);
  only.password[strcspn(only.password, "\r\n")] = '\0';
  if (!read || !only.password[0]) {
    fprintf(stderr, "%s: --sip-user: %s: its first line is the password, and cannot be read\n", program, colon + 2);
    return EXIT_USAGE;
  }
  memcpy(only.secret, secret, sizeof only.secret);
  *digest = &only;
  return 0;
}

static bool make_nonce(const struct digest *d, uint64_t at, char out[NONCE_LEN + 1])
{
  uint8_t mac[32];
  snprintf(out, NONCE_LEN + 1, "%016llx", (unsigned long long)at);
  if (mbedtls_md_hmac(mbedtls_md_info_from_type(MBEDTLS_MD_SHA256), (const uint8_t *)d->secret, strlen(d->secret),
                      (const uint8_t *)out, TIME_LEN, mac))
    return false;
  for (size_t i = 0; i < MAC_OCTETS; i++)
    snprintf(out + TIME_LEN + 2 * i, 3, "%02x", mac[i]);
  return true;
}

/* Without telling by its time how much is right. */
static bool same(imstls_text a, const char *b)
{
  unsigned char difference = 0;
  if (a.len != strlen(b))
    return false;
  for (size_t i = 0; i < a.len; i++)
    difference |= (unsigned char)(a.ptr[i] ^ b[i]);
  return difference == 0;
}

/* One of ours, and not too old. */
static bool is_fresh(const struct digest *d, imstls_text nonce)
{
  char made[NONCE_LEN + 1];
  uint64_t at = 0;
  if (nonce.len != NONCE_LEN)
    return false;
  for (size_t i = 0; i < TIME_LEN; i++) {
    char c = nonce.ptr[i];
    bool digit = c >= '0' && c <= '9', letter = c >= 'a' && c <= 'f';
    if (!digit && !letter)
      return false;
    at = at << 4 | (uint64_t)(digit ? c - '0' : c - 'a' + 10);
  }
  return make_nonce(d, at, made) && same(nonce, made) && phone_now() - at < NONCE_MS;
}

struct credentials {
  imstls_text username, realm, nonce, response, qop, nc, cnonce, algorithm;
};

static bool read_credentials(imstls_text value, struct credentials *c)
{
  imstls_text rest = value, name, found;
  struct {
    const char *name;
    imstls_text *to;
  } known[] = { { "username", &c->username }, { "realm", &c->realm },        { "nonce", &c->nonce },

                { "qop", &c->qop },           { "response", &c->response },  { "nc", &c->nc },
                { "cnonce", &c->cnonce },     { "algorithm", &c->algorithm } };
  memset(c, 0, sizeof *c);
  if (value.len < 8 || !imstls_text_is((imstls_text){ value.ptr, 7 }, "Digest "))
    return false;
  rest = (imstls_text){ value.ptr + 7, value.len - 7 };
  int result;
  while ((result = imstls_sip_auth_param_next(&rest, &name, &found, NULL)) == IMSTLS_OK)
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
      if (imstls_text_is(name, known[i].name)) {
        if (known[i].to->ptr)
          return false; /* twice */
        *known[i].to = found;
      }
  return result == IMSTLS_END && text_is(c->realm, realm);
}

static bool is_right(const struct digest *d, const imstls_sip_message *m, const struct credentials *c)
{
  char due[65];
  imstls_digest_input in = IMSTLS_SIZED(imstls_digest_input);
  bool md5 = !c->algorithm.ptr || imstls_text_is(c->algorithm, "MD5");
  bool qop = c->qop.ptr && imstls_text_is(c->qop, "auth") && c->nc.len == 8 && c->cnonce.len > 0;
  if (!md5 || !qop || !text_is(c->username, d->name))
    return false;
  in.digest = IMSTLS_DIGEST_MD5;
  in.qop = IMSTLS_QOP_AUTH;
  in.username = str(d->name);
  in.realm = str(realm);
  in.nonce = c->nonce;
  in.method = m->method;
  in.uri = m->uri; /* so that it serves for this alone */
  in.nc = c->nc;
  in.cnonce = c->cnonce;
  in.password = (imstls_bytes){ (const uint8_t *)d->password, strlen(d->password) };
  return imstls_digest_response(&in, due) == IMSTLS_OK && same(c->response, due);
}

bool digest_allows(struct digest *d, const imstls_sip_message *m, char challenge[300])
{
  struct credentials c;
  imstls_text value = m->first[IMSTLS_HDR_AUTHORIZATION];
  char nonce[NONCE_LEN + 1];
  bool stale = false;
  if (!text_is(m->method, "REGISTER") && imstls_sip_find(m, "Proxy-Authorization", &value))
    value = (imstls_text){ NULL, 0 };
  if (value.ptr && read_credentials(value, &c) && is_right(d, m, &c)) {
    if (is_fresh(d, c.nonce))
      return true;
    stale = true;
  }
  if (!make_nonce(d, phone_now(), nonce))
    nonce[0] = '\0'; /* nobody can answer that */
  snprintf(challenge, 300, "Digest realm=\"%s\", nonce=\"%s\", algorithm=MD5, qop=\"auth\"%s", realm, nonce,
           stale ? ", stale=true" : "");
  return false;
}
