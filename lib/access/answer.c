/* SPDX-License-Identifier: Apache-2.0 */
/* A challenge answered in one call, for stacks that own REGISTER themselves. Nothing secret leaves an unproven
 * channel, so a caller that hands in whatever the network sent makes no oracle for RES or for MACs. */
#include <imstls/digest.h>

#include "access/access.h"
#include "crypto/crypto.h"

typedef struct attempt {
  const imstls_answer_input *in;
  imstls_challenge challenge;
  imstls_aka_result aka;
  imstls_answer *answer; /* the caller's: whole, or wiped */
  char password[45]; /* of AKAv2 */
  char auts[21];
} attempt;

static bool token_due(const attempt *a)
{
  return a->in->channel == IMSTLS_CHANNEL_CERT && !a->in->pki_verified;
}

/* On PSK there is no certificate; on IPsec a token that is there tells about the channel the challenge came on. */
static bool token_counts(const attempt *a)
{
  bool tls = a->in->channel == IMSTLS_CHANNEL_CERT || (a->in->channel == IMSTLS_CHANNEL_IPSEC && a->in->cert.len != 0);
  return tls && a->challenge.s_token.ptr != NULL;
}

static bool input_ok(const imstls_answer_input *in)
{
  if (in == NULL || in->size < sizeof *in || in->username.ptr == NULL || in->method.len == 0 || in->uri.len == 0) {
    return false;
  }
  if (in->channel < IMSTLS_CHANNEL_NONE || in->channel > IMSTLS_CHANNEL_IPSEC ||
      in->token_key < IMSTLS_TOKEN_KEY_EITHER || in->token_key > IMSTLS_TOKEN_KEY_IK_PRIME) {
    return false;
  }
  if (in->channel == IMSTLS_CHANNEL_CERT && (in->cert.ptr == NULL || in->cert.len == 0)) {
    return false;
  }
  return in->aka != NULL || (in->usim != NULL && in->usim->authenticate != NULL);
}

/* Everything that can be judged before the card is asked. */
static int judge_challenge(attempt *a)
{
  int rc = imstls_challenge_parse(a->in->challenge, &a->challenge);
  if (rc != IMSTLS_OK) {
    return rc;
  }
  uint32_t allowed = a->in->allowed != 0 ? a->in->allowed : IMSTLS_DIGEST_AKA_ALL;
  if ((IMSTLS_DIGEST_BIT(a->challenge.digest) & allowed) == 0) {
    return IMSTLS_ERR_ALGORITHM;
  }
  if (a->challenge.s_token.ptr == NULL) {
    return token_due(a) ? IMSTLS_ERR_S_TOKEN_MISSING : IMSTLS_OK;
  }
  uint8_t s_token[IMSTLS_TOKEN_LEN];
  if (token_counts(a) && !imstls_i_hex_decode(a->challenge.s_token, s_token, sizeof s_token)) {
    return IMSTLS_ERR_S_TOKEN_MALFORMED;
  }
  return IMSTLS_OK;
}

static imstls_text nc_of(const imstls_answer_input *in)
{
  return in->nc.ptr != NULL ? in->nc : IMSTLS_I_LIT("00000001");
}

static imstls_authorization authorization_of(const attempt *a)
{
  const imstls_challenge *c = &a->challenge;
  imstls_authorization out = { .size = sizeof out, .username = a->in->username, .realm = c->realm, .nonce = c->nonce };
  out.uri = a->in->uri;
  out.opaque = c->opaque;
  out.algorithm = c->algorithm;
  out.response = imstls_i_text(a->answer->response, strlen(a->answer->response));
  if (a->answer->verdict != IMSTLS_AKA_MAC_FAILURE) {
    out.qop = c->qop;
    out.nc = nc_of(a->in);
    out.cnonce = a->in->cnonce;
  }
  if (a->auts[0] != '\0') {
    out.auts = imstls_i_text(a->auts, strlen(a->auts));
  }
  if (a->answer->c_token[0] != '\0') {
    out.c_token = imstls_i_text(a->answer->c_token, IMSTLS_TOKEN_TEXT_LEN);
  }
  return out;
}

/* Room for the longest answer there may be: once the card was asked it is too late to find out. */
static int needed(attempt *a, size_t *len)
{
  static const char digits[] = "0000000000000000000000000000000000000000000000000000000000000000";
  imstls_authorization out = authorization_of(a);
  out.response = imstls_i_text(digits, 2 * imstls_i_digest_hash_len(a->challenge.digest));
  imstls_i_writer success = imstls_i_writer_make(NULL, 0);
  if (token_counts(a) && a->in->channel == IMSTLS_CHANNEL_CERT) {
    out.c_token = imstls_i_text(digits, IMSTLS_TOKEN_TEXT_LEN);
  }
  int rc = imstls_i_authorization_put(&success, &out);
  imstls_i_writer resync = imstls_i_writer_make(NULL, 0);
  out.c_token = imstls_i_text(NULL, 0);
  out.auts = imstls_i_text(digits, sizeof a->auts - 1);
  if (rc == IMSTLS_OK) {
    rc = imstls_i_authorization_put(&resync, &out);
  }
  *len = success.len > resync.len ? success.len : resync.len;
  return rc;
}

static int ask_usim(attempt *a)
{
  if (a->in->aka != NULL) {
    a->aka = *a->in->aka;
    return IMSTLS_OK;
  }
  a->aka.size = sizeof a->aka;
  return a->in->usim->authenticate(a->in->usim->user, a->in->request, a->challenge.rand, a->challenge.autn, &a->aka);
}

static int judge_channel(attempt *a)
{
  if (a->in->channel == IMSTLS_CHANNEL_NONE) {
    return IMSTLS_ERR_NOT_TRUSTED;
  }
  if (!token_counts(a)) {
    return IMSTLS_OK; /* presence was judged before: not due here */
  }
  char c_token[25];
  int rc = imstls_i_token_check_server_keys(&a->aka, a->in->token_key, a->challenge.digest, a->in->cert,
                                            a->challenge.s_token, c_token);
  if (rc != IMSTLS_OK) {
    return rc;
  }
  a->answer->token_verified = 1;
  if (a->in->channel == IMSTLS_CHANNEL_CERT) {
    memcpy(a->answer->c_token, c_token, sizeof c_token); /* it speaks of this channel's certificate, of no other */
  }
  return IMSTLS_OK;
}

/* AKAv1: RES itself (RFC 3310 3.3). AKAv2: text of a PRF (RFC 4169 3.1). After a synchronisation failure: empty. */
static int password_of(attempt *a, imstls_bytes *password)
{
  *password = (imstls_bytes){ a->aka.res, 0 };
  if (a->aka.verdict != IMSTLS_AKA_OK) {
    return IMSTLS_OK;
  }
  password->len = a->aka.res_len;
  if (!imstls_i_digest_is_akav2(a->challenge.digest)) {
    return IMSTLS_OK;
  }
  password->ptr = (const uint8_t *)a->password;
  return imstls_digest_akav2_password(a->challenge.digest, &a->aka, a->password, &password->len);
}

static int respond(attempt *a)
{
  const imstls_challenge *c = &a->challenge;
  imstls_digest_input in = { .size = sizeof in, .digest = c->digest, .qop = c->qop, .username = a->in->username };
  in.realm = c->realm;
  in.nonce = c->nonce;
  in.method = a->in->method;
  in.uri = a->in->uri;
  in.nc = nc_of(a->in);
  in.cnonce = a->in->cnonce;
  in.body = a->in->body;
  int rc = password_of(a, &in.password);
  char ha1[65];
  if (rc == IMSTLS_OK) {
    rc = imstls_digest_ha1(&in, ha1);
  }
  if (rc == IMSTLS_OK) {
    in.ha1 = ha1;
    rc = imstls_digest_response(&in, a->answer->response);
  }
  if (rc == IMSTLS_OK && a->aka.verdict == IMSTLS_AKA_OK) {
    memcpy(a->answer->ha1, ha1, sizeof ha1);
  }
  imstls_wipe(ha1, sizeof ha1);
  return rc;
}

static bool result_ok(const imstls_aka_result *aka)
{
  if (aka->verdict == IMSTLS_AKA_OK) {
    return aka->res_len >= 4 && aka->res_len <= IMSTLS_RES_MAX; /* TS 33.102 6.3.7 */
  }
  return aka->verdict == IMSTLS_AKA_MAC_FAILURE || aka->verdict == IMSTLS_AKA_SYNC_FAILURE;
}

static int judge_result(attempt *a)
{
  if (!result_ok(&a->aka)) {
    return a->in->aka != NULL ? IMSTLS_ERR_USAGE : IMSTLS_ERR_USIM;
  }
  a->answer->size = sizeof *a->answer;
  a->answer->verdict = a->aka.verdict;
  a->answer->digest = a->challenge.digest;
  if (a->aka.verdict == IMSTLS_AKA_MAC_FAILURE) {
    return IMSTLS_OK;
  }
  if (a->aka.verdict == IMSTLS_AKA_SYNC_FAILURE) {
    imstls_i_writer w = imstls_i_writer_make(a->auts, sizeof a->auts - 1);
    imstls_i_put_base64(&w, a->aka.auts, IMSTLS_AUTS_LEN);
    memcpy(a->answer->aka.auts, a->aka.auts, IMSTLS_AUTS_LEN);
    return respond(a);
  }
  int rc = judge_channel(a);
  if (rc != IMSTLS_OK) {
    return rc;
  }
  a->answer->aka = a->aka;
  return respond(a);
}

/* A handle that the caller never sees is given back here. */
static void release_unused(const attempt *a, int rc)
{
  bool handed_out = rc == IMSTLS_OK && a->aka.verdict == IMSTLS_AKA_OK;
  if (!handed_out && a->in->aka == NULL && a->aka.keys.release != NULL) {
    a->aka.keys.release(a->aka.keys.user);
  }
}

static int run(attempt *a, char *out, size_t cap, size_t *len)
{
  int rc = judge_challenge(a);
  if (rc != IMSTLS_OK) {
    return rc;
  }
  size_t longest = 0;
  rc = needed(a, &longest);
  if (rc != IMSTLS_OK) {
    return rc;
  }
  if (cap <= longest) {
    *len = longest;
    return IMSTLS_ERR_CAPACITY;
  }
  rc = ask_usim(a);
  if (rc != IMSTLS_OK) {
    return rc;
  }
  rc = judge_result(a);
  a->answer->aka.size = sizeof a->answer->aka;
  a->answer->aka.verdict = a->aka.verdict;
  if (rc == IMSTLS_OK) {
    imstls_authorization value = authorization_of(a);
    rc = imstls_authorization_write(&value, out, cap, len);
  }
  release_unused(a, rc);
  return rc;
}

int imstls_digest_answer(const imstls_answer_input *in, imstls_answer *answer, char *out, size_t cap, size_t *len)
{
  if (answer == NULL || out == NULL || len == NULL) {
    return IMSTLS_ERR_USAGE;
  }
  memset(answer, 0, sizeof *answer);
  if (!input_ok(in)) {
    return IMSTLS_ERR_USAGE;
  }
  attempt a;
  memset(&a, 0, sizeof a);
  a.in = in;
  a.answer = answer;
  int rc = run(&a, out, cap, len);
  if (rc != IMSTLS_OK) {
    imstls_wipe(answer, sizeof *answer);
  }
  imstls_wipe(&a, sizeof a);
  return rc;
}
