/* SPDX-License-Identifier: Apache-2.0 */
/* Just enough home network: who may register, vectors, sequence numbers, the response that is due. */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "pcscf.h"

enum { IND_BITS = 5 };
static const uint64_t EPOCH_2025 = 1735689600;

int hex_octets(const char *text, uint8_t *out, size_t cap)
{
  static const char digits[] = "0123456789abcdef0123456789ABCDEF";
  size_t len = strlen(text);
  unsigned high = 0;
  if (len % 2 || len / 2 > cap)
    return -1;
  for (size_t i = 0; i < len; i++) {
    const char *at = strchr(digits, text[i]);
    if (!at)
      return -1;
    unsigned value = (unsigned)(at - digits) & 15;
    out[i / 2] = (uint8_t)(high << 4 | value); /* right at the second digit */
    high = value;
  }
  return (int)(len / 2);
}

static int bad(const char *option, const char *why)
{
  fprintf(stderr, "pcscf: %s: %s\n", option, why);
  return EXIT_USAGE;
}

/* ---- subscribers ---- */

const char *home_add(struct home *home, const char *impi, const char *k, const char *opc, const char *op)
{
  uint8_t octets[16];
  size_t len = strlen(impi);
  if (home->count == MAX_SUBSCRIBERS)
    return "too many subscribers";
  struct subscriber *who = &home->subscribers[home->count];
  if (!len || len >= sizeof who->impi || strpbrk(impi, "\"\r\n "))
    return "the IMPI is none";
  if (home_find(home, (imstls_text){ impi, len }))
    return "the IMPI is there already";
  who->card = (imstls_aka_card)IMSTLS_AKA_CARD_INIT;
  if (hex_octets(k, who->card.k, 16) != 16)
    return "K: 32 hex digits are wanted";
  if (hex_octets(opc ? opc : op, octets, 16) != 16)
    return "OPc, OP: 32 hex digits are wanted";
  memcpy(who->card.opc, octets, 16);
  if (op && imstls_milenage_opc(who->card.k, octets, who->card.opc))
    return "OPc cannot be made";
  memcpy(who->impi, impi, len + 1);
  home->count++;
  return NULL;
}

static int read_one(struct home *home, const struct options *o)
{
  if (!o->impi)
    return bad("--impi", "needed, or --subscribers");
  if (!o->k)
    return bad("--k", "needed");
  if (!o->opc == !o->op)
    return bad("--opc, --op", "exactly one of the two is wanted");
  const char *wrong = home_add(home, o->impi, o->k, o->opc, o->op);
  return wrong ? bad("--impi, --k, --opc, --op", wrong) : 0;
}

struct subscriber *home_find(struct home *home, imstls_text impi)
{
  for (size_t i = 0; i < home->count; i++)
    if (text_same(impi, home->subscribers[i].impi))
      return &home->subscribers[i];
  return NULL;
}

/* Letter by letter: enough for URIs that were written down for both sides. */
bool subscriber_owns(const struct subscriber *who, imstls_text impu)
{
  imstls_text rest = { who->impus, strlen(who->impus) };
  imstls_sip_address his;
  if (!rest.len)
    return true;
  while (imstls_sip_address_next(&rest, &his) == IMSTLS_OK)
    if (impu.len == his.uri.len && memcmp(impu.ptr, his.uri.ptr, impu.len) == 0)
      return true;
  return false;
}

/* TS 33.102 C.1.1.3: SEQ from the time, so that it grows over restarts. In seconds since 2025, because a card that was
 * never used refuses a jump above 2^28 (C.2.1) and would begin with a resynchronisation. */
static uint64_t sqn_from_time(void) { return ((uint64_t)time(NULL) - EPOCH_2025) << IND_BITS; }

static int read_sqn(struct home *home, const struct options *o)
{
  uint8_t octets[IMSTLS_SQN_LEN] = { 0 };
  uint64_t sqn = 0;
  if (o->sqn && hex_octets(o->sqn, octets, sizeof octets) != IMSTLS_SQN_LEN)
    return bad("--sqn", "12 hex digits are wanted");
  for (size_t i = 0; i < sizeof octets; i++)
    sqn = sqn << 8 | octets[i];
  for (size_t i = 0; i < home->count; i++)
    home->subscribers[i].sqn = o->sqn ? sqn : sqn_from_time();
  return 0;
}

int home_open(struct home *home, const struct options *o)
{
  memset(home, 0, sizeof *home);
  home->digest = o->digest;
  int status = o->subscribers ? subscribers_read(home, o->subscribers) : read_one(home, o);
  if (status)
    return status;
  const char *at = strchr(home->subscribers[0].impi, '@'), *domain = o->domain ? o->domain : at ? at + 1 : "";
  if (!*domain || strlen(domain) >= sizeof home->domain || strpbrk(domain, "\"<>; \r\n"))
    return bad("--domain", "needed when the IMPI has none");
  memcpy(home->domain, domain, strlen(domain) + 1);
  if (hex_octets(o->amf, home->amf, 2) != 2)
    return bad("--amf", "4 hex digits are wanted");
  return read_sqn(home, o);
}

static void base64(const uint8_t *in, size_t len, char *out)
{
  static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  for (size_t i = 0; i < len; i += 3) {
    size_t left = len - i;
    uint32_t v = (uint32_t)in[i] << 16 | (left > 1 ? (uint32_t)in[i + 1] << 8 : 0) | (left > 2 ? in[i + 2] : 0);
    *out++ = digits[v >> 18];
    *out++ = digits[v >> 12 & 63];
    *out++ = left > 1 ? digits[v >> 6 & 63] : '=';
    *out++ = left > 2 ? digits[v & 63] : '=';
  }
  *out = 0;
}

static int unbase64(imstls_text text, uint8_t *out, size_t cap)
{
  static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  uint32_t bits = 0;
  size_t n = 0, len = 0;
  for (size_t i = 0; i < text.len && text.ptr[i] != '='; i++) {
    const char *at = text.ptr[i] ? strchr(digits, text.ptr[i]) : NULL;
    if (!at)
      return -1;
    bits = bits << 6 | (uint32_t)(at - digits);
    if (++n % 4 == 1)
      continue;
    if (len == cap)
      return -1;
    out[len++] = (uint8_t)(bits >> (6 - 2 * ((n - 1) % 4)));
  }
  return (int)len;
}

int home_challenge(const struct home *home, struct subscriber *who, const uint8_t rand[16], struct challenge *out)
{
  uint8_t sqn[IMSTLS_SQN_LEN], nonce[32];
  memset(out, 0, sizeof *out);
  memcpy(out->rand, rand, sizeof out->rand);
  out->sqn = who->sqn;
  for (unsigned i = 0; i < sizeof sqn; i++)
    sqn[i] = (uint8_t)(who->sqn >> (40 - 8 * i));
  int error = imstls_aka_vector_make(&who->card, rand, sqn, home->amf, &out->vector);
  if (error)
    return error;
  who->sqn += 1u << IND_BITS;
  memcpy(nonce, rand, 16);
  memcpy(nonce + 16, out->vector.autn, 16);
  base64(nonce, sizeof nonce, out->nonce); /* no server data after AUTN */
  memcpy(who->psk, out->vector.ck, 16);
  memcpy(who->psk + 16, out->vector.ik, 16);
  who->has_psk = true;
  return IMSTLS_OK;
}

const char *home_algorithm(const struct home *home)
{
  static const char *const names[] = { "", "AKAv1-MD5", "AKAv1-SHA-256", "AKAv2-MD5", "AKAv2-SHA-256" };
  return names[home->digest];
}

/* AKAv1: RES itself (RFC 3310 3.3). AKAv2: text of a PRF over RES, IK and CK (RFC 4169 3.1). */
static int password_for(const struct home *home, const imstls_aka_vector *v, char *text, imstls_bytes *password)
{
  imstls_aka_result aka = { .size = sizeof aka, .verdict = IMSTLS_AKA_OK, .res_len = v->res_len };
  *password = (imstls_bytes){ v->res, v->res_len };
  if (home->digest != IMSTLS_DIGEST_AKAV2_MD5 && home->digest != IMSTLS_DIGEST_AKAV2_SHA256)
    return IMSTLS_OK;
  memcpy(aka.res, v->res, sizeof aka.res);
  memcpy(aka.ck, v->ck, sizeof aka.ck);
  memcpy(aka.ik, v->ik, sizeof aka.ik);
  int error = imstls_digest_akav2_password(home->digest, &aka, text, &password->len);
  password->ptr = (const uint8_t *)text;
  imstls_wipe(&aka, sizeof aka);
  return error;
}

int home_response(const struct home *home, const struct challenge *challenge, const struct credentials *from,
                  imstls_text method, imstls_bytes body, char out[65])
{
  char text[45];
  imstls_digest_input in = { .size = sizeof in,
                             .digest = home->digest,
                             .username = from->username,
                             .realm = from->realm,
                             .nonce = from->nonce,
                             .method = method,
                             .uri = from->uri,
                             .nc = from->nc,
                             .cnonce = from->cnonce,
                             .body = body };
  if (from->qop.ptr)
    in.qop = imstls_text_is(from->qop, "auth-int") ? IMSTLS_QOP_AUTH_INT : IMSTLS_QOP_AUTH;
  int error = password_for(home, &challenge->vector, text, &in.password);
  if (!error)
    error = imstls_digest_response(&in, out);
  imstls_wipe(text, sizeof text);
  return error;
}

int home_resynchronise(struct subscriber *who, const struct challenge *challenge, imstls_text auts)
{
  uint8_t octets[IMSTLS_AUTS_LEN], sqn_ms[IMSTLS_SQN_LEN];
  if (unbase64(auts, octets, sizeof octets) != IMSTLS_AUTS_LEN)
    return IMSTLS_ERR_AKA_MAC;
  int error = imstls_aka_auts_check(&who->card, challenge->rand, octets, sqn_ms);
  if (error)
    return error;
  who->sqn = 0; /* TS 33.102 6.3.5: the network's number becomes the card's */
  for (size_t i = 0; i < sizeof sqn_ms; i++)
    who->sqn = who->sqn << 8 | sqn_ms[i];
  who->sqn += 1u << IND_BITS;
  return IMSTLS_OK;
}
