/* SPDX-License-Identifier: Apache-2.0 */
/* A challenge answered in one call, for stacks that own REGISTER themselves. Nothing secret leaves an unproven
 * channel, so a caller that hands in whatever the network sent makes no oracle for RES or for MACs. */
#include "access/response.h"

typedef struct attempt {
  const imstls_answer_input *in;
  imstls_challenge challenge;
  imstls_i_response_input said; /* once the challenge is judged */
  imstls_i_response response;
  imstls_answer *answer; /* the application's: whole, or wiped. What the USIM gave is there from the first */
} attempt;

/* On PSK there is no certificate; on IPsec a token that is there tells about the channel the challenge came on. */
static bool token_counts(const attempt *a)
{
  if (!a->challenge.s_token.ptr)
    return false;
  if (a->in->channel == IMSTLS_CHANNEL_IPSEC)
    return a->in->cert.len != 0;
  return a->in->channel == IMSTLS_CHANNEL_CERT;
}

static bool settings_ok(const imstls_answer_input *in)
{
  if (in->channel < IMSTLS_CHANNEL_NONE || in->channel > IMSTLS_CHANNEL_IPSEC)
    return false;
  if (in->token_key < IMSTLS_TOKEN_KEY_EITHER || in->token_key > IMSTLS_TOKEN_KEY_IK_PRIME)
    return false;
  return in->channel != IMSTLS_CHANNEL_CERT || (in->cert.ptr && in->cert.len != 0);
}

static bool input_ok(const imstls_answer_input *in)
{
  if (!in || in->size < sizeof *in)
    return false;
  bool unusable = !in->username.ptr || in->method.len == 0 || in->uri.len == 0 || !settings_ok(in);
  if (unusable)
    return false;
  return in->aka || (in->usim && in->usim->authenticate);
}

/* Everything that can be judged before the USIM is asked. */
static int judge_challenge(attempt *a)
{
  int error = imstls_challenge_parse(a->in->challenge, &a->challenge);
  if (error)
    return error;
  uint32_t allowed = a->in->allowed ? a->in->allowed : IMSTLS_DIGEST_AKA_ALL;
  if ((IMSTLS_DIGEST_BIT(a->challenge.digest) & allowed) == 0)
    return IMSTLS_ERR_ALGORITHM;
  if (token_counts(a) || imstls_i_token_owed(a->in->channel, a->in->pki_verified))
    return imstls_i_token_form(a->challenge.s_token);
  return IMSTLS_OK;
}

static void take_input(attempt *a)
{
  a->said.challenge = &a->challenge;
  a->said.username = a->in->username;
  a->said.method = a->in->method;
  a->said.uri = a->in->uri;
  a->said.nc = a->in->nc;
  a->said.cnonce = a->in->cnonce;
  a->said.body = a->in->body;
}

static bool sends_c_token(const attempt *a) { return token_counts(a) && a->in->channel == IMSTLS_CHANNEL_CERT; }

static int ask_usim(attempt *a)
{
  if (a->in->aka) {
    a->answer->aka = *a->in->aka;
    return IMSTLS_OK;
  }
  a->answer->aka.size = sizeof a->answer->aka;
  return a->in->usim->authenticate(a->in->usim->user, a->in->request, a->challenge.rand, a->challenge.autn,
                                   &a->answer->aka);
}

static int judge_channel(attempt *a)
{
  if (a->in->channel == IMSTLS_CHANNEL_NONE)
    return IMSTLS_ERR_NOT_TRUSTED;
  if (!token_counts(a))
    return IMSTLS_OK; /* that none is owed here was judged before */
  char c_token[25];
  int error = imstls_i_token_check_server_keys(&a->answer->aka, a->in->token_key, a->challenge.digest, a->in->cert,
                                               a->challenge.s_token, c_token);
  if (error)
    return error;
  a->answer->token_verified = 1;
  if (sends_c_token(a))
    memcpy(a->answer->c_token, c_token, sizeof c_token); /* it was made over this channel's certificate */
  return IMSTLS_OK;
}

static bool result_ok(const imstls_aka_result *aka)
{
  if (aka->verdict == IMSTLS_AKA_OK)
    return aka->res_len >= 4 && aka->res_len <= IMSTLS_RES_MAX; /* TS 33.102 6.3.7 */
  return aka->verdict == IMSTLS_AKA_MAC_FAILURE || aka->verdict == IMSTLS_AKA_SYNC_FAILURE;
}

static int respond_bad(attempt *a) { return imstls_i_response_make_bad(&a->said, &a->answer->aka, &a->response); }

static int respond(attempt *a)
{
  int error = judge_channel(a);
  if (error)
    return error;
  error = imstls_i_response_make(&a->said, &a->answer->aka, &a->response);
  if (!error && a->challenge.qop != IMSTLS_QOP_NONE)
    error = imstls_i_response_rspauth(&a->said, &a->response, a->answer->rspauth);
  return error;
}

static int judge_result(attempt *a)
{
  if (!result_ok(&a->answer->aka))
    return a->in->aka ? IMSTLS_ERR_USAGE : IMSTLS_ERR_USIM;
  int error = a->answer->aka.verdict == IMSTLS_AKA_OK ? respond(a) : respond_bad(a);
  a->answer->size = sizeof *a->answer;
  a->answer->verdict = a->answer->aka.verdict;
  a->answer->digest = a->challenge.digest;
  memcpy(a->answer->response, a->response.response, sizeof a->answer->response);
  memcpy(a->answer->ha1, a->response.ha1, sizeof a->answer->ha1);
  return error;
}

static int write_authorization(const attempt *a, char *out, size_t cap, size_t *len)
{
  imstls_text c_token = { NULL, 0 };
  if (a->answer->c_token[0])
    c_token = imstls_i_text(a->answer->c_token, IMSTLS_TOKEN_TEXT_LEN);
  return imstls_i_response_write(&a->said, &a->response, c_token, out, cap, len);
}

/* A handle that the application never sees is given back here. */
static void release_unused(const attempt *a, int error)
{
  bool handed_out = !error && a->answer->aka.verdict == IMSTLS_AKA_OK;
  bool asked_here = !a->in->aka;
  if (!handed_out && asked_here && a->answer->aka.keys.release)
    a->answer->aka.keys.release(a->answer->aka.keys.user);
}

/* Of a run that failed nothing but the verdict, and AUTS. */
static void keep_what_counts(imstls_aka_result *aka)
{
  uint8_t auts[IMSTLS_AUTS_LEN];
  int32_t verdict = aka->verdict;
  if (verdict == IMSTLS_AKA_OK)
    return;
  memcpy(auts, aka->auts, sizeof auts);
  imstls_wipe(aka, sizeof *aka);
  aka->size = sizeof *aka;
  aka->verdict = verdict;
  if (verdict == IMSTLS_AKA_SYNC_FAILURE)
    memcpy(aka->auts, auts, sizeof auts);
}

static int run(attempt *a, char *out, size_t cap, size_t *len)
{
  size_t longest = 0;
  int error = judge_challenge(a);
  if (error)
    return error;
  take_input(a);
  error = imstls_i_response_longest(&a->said, sends_c_token(a), &longest);
  if (error)
    return error;
  if (cap <= longest) { /* once the USIM was asked it is too late to find out */
    *len = longest;
    return IMSTLS_ERR_CAPACITY;
  }
  error = ask_usim(a);
  if (error)
    return error;
  error = judge_result(a);
  if (!error)
    error = write_authorization(a, out, cap, len);
  release_unused(a, error);
  keep_what_counts(&a->answer->aka);
  return error;
}

int imstls_digest_answer(const imstls_answer_input *in, imstls_answer *answer, char *out, size_t cap, size_t *len)
{
  if (!answer || !out || !len)
    return IMSTLS_ERR_USAGE;
  memset(answer, 0, sizeof *answer);
  if (!input_ok(in))
    return IMSTLS_ERR_USAGE;
  attempt a;
  memset(&a, 0, sizeof a);
  a.in = in;
  a.answer = answer;
  int error = run(&a, out, cap, len);
  if (error)
    imstls_wipe(answer, sizeof *answer);
  imstls_wipe(&a, sizeof a);
  return error;
}
