/* SPDX-License-Identifier: Apache-2.0 */
/* WWW-Authenticate, Proxy-Authenticate: which challenge to answer, and what is in it. */
#include <imstls/digest.h>

#include "access/access.h"
#include "sip/lex.h"

/* More parameters than any network sends; bounds the search for doubled names. */
enum { PARAMETERS_MAX = 64 };

typedef struct seen {
  uint64_t met;
  size_t count;
  bool doubled;
  bool exposed;
  imstls_text qop;
} seen;

/* RFC 3310 3.1, RFC 4169 3.1, RFC 7616 3.4; without the parameter the algorithm is MD5 (RFC 2617 3.2.1). */
static int digest_of(imstls_text algorithm)
{
  static const char *const names[] = { [IMSTLS_DIGEST_AKAV1_MD5] = "AKAv1-MD5",
                                       [IMSTLS_DIGEST_AKAV1_SHA256] = "AKAv1-SHA-256",
                                       [IMSTLS_DIGEST_AKAV2_MD5] = "AKAv2-MD5",
                                       [IMSTLS_DIGEST_AKAV2_SHA256] = "AKAv2-SHA-256",
                                       [IMSTLS_DIGEST_MD5] = "MD5",
                                       [IMSTLS_DIGEST_SHA256] = "SHA-256" };
  if (!algorithm.ptr)
    return IMSTLS_DIGEST_MD5;
  for (int i = IMSTLS_DIGEST_AKAV1_MD5; i <= IMSTLS_DIGEST_SHA256; i++) {
    if (imstls_text_is(algorithm, names[i]))
      return i;
  }
  return IMSTLS_DIGEST_UNKNOWN;
}

static bool is_aka(int digest) { return (IMSTLS_DIGEST_BIT(digest) & IMSTLS_DIGEST_AKA_ALL) != 0; }

bool imstls_i_take_digest(imstls_text *value)
{
  if (!value->ptr)
    return false;
  const char *end = value->ptr + value->len;
  const char *from = imstls_i_sip_skip_space(value->ptr, end);
  const char *to = imstls_i_sip_span(from, end, IMSTLS_I_TOKEN);
  if (!imstls_i_is(imstls_i_sip_between(from, to), "Digest") || imstls_i_sip_skip_space(to, end) == to)
    return false;
  *value = imstls_i_sip_between(to, end);
  return true;
}

static bool may_quote(unsigned char c)
{
  if (c < ' ')
    return c == '\t';
  return c != '"' && c != '\\' && c != 0x7f;
}

/* Sixteen octets at once, without a branch so that a compiler makes vectors of it; TAB is left to the caller. */
static bool block_is_plain(const char *at)
{
  unsigned char block[16];
  unsigned char bad = 0;
  memcpy(block, at, sizeof block);
  for (size_t i = 0; i < sizeof block; i++) {
    unsigned char c = block[i];
    bad |= (unsigned char)((c == '"') | (c == '\\') | (c == 0x7f) | (c < ' '));
  }
  return bad == 0;
}

/* quoted-pair = "\\" and an octet of seven bits (RFC 3261 25.1); control characters are better not sent. */
static bool is_pair(const char *at, const char *end)
{
  unsigned char second = at + 1 < end ? (unsigned char)at[1] : 0;
  return *at == '\\' && second >= ' ' && second < 0x7f;
}

bool imstls_i_quotable(imstls_text text)
{
  size_t i = 0;
  while (text.len - i >= 16 && block_is_plain(text.ptr + i))
    i += 16;
  if (i != 0 && text.len - i < 16 && block_is_plain(text.ptr + text.len - 16))
    return true; /* the last block overlaps the one before */
  for (; i < text.len; i++) {
    if (is_pair(text.ptr + i, text.ptr + text.len))
      i++;
    else if (!may_quote((unsigned char)text.ptr[i]))
      return false;
  }
  return true;
}

/* Where a parameter of this name goes; NULL: nowhere. */
static imstls_text *field_of(imstls_challenge *challenge, seen *s, imstls_text name)
{
  switch (name.len) {
  case 2: return imstls_i_is(name, "cb") ? &challenge->cb : NULL;
  case 3: return imstls_i_is(name, "qop") ? &s->qop : NULL;
  case 5:
    if (imstls_i_is(name, "realm"))
      return &challenge->realm;
    return imstls_i_is(name, "nonce") ? &challenge->nonce : NULL;
  case 6: return imstls_i_is(name, "opaque") ? &challenge->opaque : NULL;
  case 7: return imstls_i_is(name, "s_token") ? &challenge->s_token : NULL;
  case 8: return imstls_i_is(name, "s_token2") ? &challenge->s_token2 : NULL;
  case 9: return imstls_i_is(name, "algorithm") ? &challenge->algorithm : NULL;
  default: return NULL;
  }
}

static void enter(seen *s, imstls_challenge *challenge, imstls_text name, imstls_text value)
{
  /* The P-CSCF strips these (TS 24.229 5.2.2); one that forwards them shows the keys to whoever listens. */
  s->exposed |= name.len == 2 && (imstls_i_is(name, "ik") || imstls_i_is(name, "ck"));
  imstls_text *field = field_of(challenge, s, name);
  if (field)
    *field = value;
}

/* qop-options is a list (RFC 2617 3.2.1); auth serves a REGISTER as well as auth-int does, without hashing a body. An
 * empty list, and one of words that nobody knows, are met in the field: they ask for nothing. */
static int choose_qop(imstls_text options)
{
  int qop = IMSTLS_QOP_NONE;
  imstls_text option;
  while (imstls_sip_list_next(&options, &option) == IMSTLS_OK) {
    if (imstls_i_is(option, "auth"))
      return IMSTLS_QOP_AUTH;
    if (imstls_i_is(option, "auth-int"))
      qop = IMSTLS_QOP_AUTH_INT;
  }
  return qop;
}

/* nonce = base64(RAND || AUTN || server data) (RFC 3310 3.2). What is sent back and hashed is the text. */
static int split_nonce(imstls_challenge *challenge)
{
  uint8_t head[IMSTLS_RAND_LEN + IMSTLS_AUTN_LEN];
  if (!challenge->realm.ptr || !challenge->nonce.ptr)
    return IMSTLS_ERR_CHALLENGE;
  if (!imstls_i_quotable(challenge->realm) || !imstls_i_quotable(challenge->opaque))
    return IMSTLS_ERR_CHALLENGE; /* they are sent back between quotes */
  if (imstls_i_base64_decode(challenge->nonce, head, sizeof head) < (long)sizeof head)
    return IMSTLS_ERR_CHALLENGE;
  memcpy(challenge->rand, head, IMSTLS_RAND_LEN);
  memcpy(challenge->autn, head + IMSTLS_RAND_LEN, IMSTLS_AUTN_LEN);
  return IMSTLS_OK;
}

int imstls_challenge_parse(imstls_text value, imstls_challenge *challenge)
{
  if (!challenge)
    return IMSTLS_ERR_USAGE;
  *challenge = (imstls_challenge){ .size = sizeof *challenge, .value = value };
  if (!imstls_i_take_digest(&value))
    return IMSTLS_ERR_CHALLENGE;
  seen s = { .met = 0 };
  const char *from = value.ptr;
  imstls_text name;
  imstls_text with;
  int result;
  while ((result = imstls_sip_auth_param_next(&value, &name, &with, NULL)) == IMSTLS_OK) {
    if (s.count++ == PARAMETERS_MAX)
      return IMSTLS_ERR_SIP_MALFORMED;
    if (imstls_i_sip_came_before(&s.met, from, name, IMSTLS_I_AUTH))
      s.doubled = true;
    else
      enter(&s, challenge, name, with);
  }
  if (result != IMSTLS_END)
    return result;
  challenge->digest = digest_of(challenge->algorithm);
  if (s.doubled)
    return IMSTLS_ERR_S_TOKEN_DOUBLED;
  if (s.exposed)
    return IMSTLS_ERR_KEYS_EXPOSED;
  if (!is_aka(challenge->digest))
    return IMSTLS_ERR_ALGORITHM;
  challenge->qop = choose_qop(s.qop);
  return split_nonce(challenge);
}

void imstls_i_challenge_move(imstls_challenge *challenge, char *to)
{
  imstls_text *const views[] = { &challenge->realm,   &challenge->nonce,    &challenge->opaque, &challenge->algorithm,
                                 &challenge->s_token, &challenge->s_token2, &challenge->cb };
  const char *from = challenge->value.ptr;
  memcpy(to, from, challenge->value.len);
  challenge->value.ptr = to;
  for (size_t i = 0; i < sizeof views / sizeof views[0]; i++)
    if (views[i]->ptr)
      views[i]->ptr = to + (views[i]->ptr - from);
}

/* Every algorithm that a challenge names, as bits: one that names an allowed algorithm beside another is chosen, and
 * then refused for it. A challenge that breaks off keeps what it named before. */
static int algorithms_of(imstls_text params, uint32_t *bits)
{
  imstls_text name;
  imstls_text value;
  int result;
  *bits = 0;
  while ((result = imstls_sip_auth_param_next(&params, &name, &value, NULL)) == IMSTLS_OK) {
    if (imstls_i_is(name, "algorithm"))
      *bits |= IMSTLS_DIGEST_BIT(digest_of(value));
  }
  return result == IMSTLS_END ? IMSTLS_OK : result;
}

/* As imstls_challenge_parse. */
static int parse_at(imstls_text value, int header, uint32_t index, imstls_challenge *challenge)
{
  int error = imstls_challenge_parse(value, challenge);
  challenge->header = header;
  challenge->index = index;
  return error;
}

int imstls_challenge_choose(const imstls_sip_message *message, uint32_t allowed, imstls_challenge *challenge)
{
  if (!message || !challenge)
    return IMSTLS_ERR_USAGE;
  allowed &= IMSTLS_DIGEST_AKA_ALL; /* a USIM's RES is no password of a plain algorithm */
  int header = message->status == 407 ? IMSTLS_HDR_PROXY_AUTHENTICATE : IMSTLS_HDR_WWW_AUTHENTICATE;
  int fault = IMSTLS_ERR_CHALLENGE;
  imstls_text value = { NULL, 0 };
  for (uint32_t index = 0; imstls_sip_next(message, header, &value) == IMSTLS_OK; index++) {
    /* One that parses names its algorithm once: the usual case, in one pass. */
    int error = parse_at(value, header, index, challenge);
    if (!error && (IMSTLS_DIGEST_BIT(challenge->digest) & allowed) != 0)
      return IMSTLS_OK;
    imstls_text params = value;
    uint32_t bits;
    if (!imstls_i_take_digest(&params))
      continue; /* RFC 3261 22.4: unknown schemes are passed over */
    error = algorithms_of(params, &bits);
    if ((bits & allowed) != 0)
      return parse_at(value, header, index, challenge);
    if (fault != IMSTLS_ERR_ALGORITHM)
      fault = error ? error : IMSTLS_ERR_ALGORITHM;
  }
  return fault;
}
