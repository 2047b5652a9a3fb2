/* SPDX-License-Identifier: Apache-2.0 */
#include "registration/credentials.h"

#include "access/accepted.h"
#include "access/response.h"
#include "registration/random.h"

enum { CNONCE_LEN = 16 };

static imstls_i_response_input response_input(const imstls_i_answerer *who, const char cnonce[CNONCE_LEN])
{
  imstls_i_response_input in = { .challenge = who->challenge };
  in.username = imstls_i_text(who->cfg->identity.impi, strlen(who->cfg->identity.impi));
  in.method = IMSTLS_I_LIT("REGISTER");
  in.uri = who->uri;
  in.cnonce = imstls_i_text(cnonce, CNONCE_LEN);
  return in;
}

static int write_authorization(imstls_i_credentials *cr, const imstls_i_response_input *in,
                               const imstls_i_response *response)
{
  imstls_i_buffer *to = &cr->authorization;
  imstls_text no_token = { NULL, 0 }; /* the tokens are for one request, this is repeated in others */
  int error = imstls_i_response_write(in, response, no_token, to->ptr, to->cap, &to->len);
  if (error)
    to->len = 0;
  return error == IMSTLS_ERR_CAPACITY ? IMSTLS_ERR_CHALLENGE_TOO_LONG : error;
}

int imstls_i_credentials_answer(imstls_i_credentials *cr, const imstls_i_answerer *who)
{
  char cnonce[CNONCE_LEN + 1];
  cr->rspauth[0] = '\0';
  cr->proven = true;
  int error = imstls_i_random_hex(&who->cfg->ports, cnonce, CNONCE_LEN);
  if (error)
    return error;
  imstls_i_response response;
  imstls_i_response_input in = response_input(who, cnonce);
  error = imstls_i_response_make(&in, who->aka, &response);
  if (!error)
    error = write_authorization(cr, &in, &response);
  if (!error && who->challenge->qop != IMSTLS_QOP_NONE)
    error = imstls_i_response_rspauth(&in, &response, cr->rspauth);
  imstls_wipe(&response, sizeof response);
  return error;
}

int imstls_i_credentials_answer_bad(imstls_i_credentials *cr, const imstls_i_answerer *who)
{
  char cnonce[CNONCE_LEN + 1];
  cr->proven = false;
  int error = imstls_i_random_hex(&who->cfg->ports, cnonce, CNONCE_LEN);
  if (error)
    return error;
  imstls_i_response response;
  imstls_i_response_input in = response_input(who, cnonce);
  error = imstls_i_response_make_bad(&in, who->aka, &response);
  return error ? error : write_authorization(cr, &in, &response);
}

int imstls_i_credentials_check_rspauth(const imstls_i_credentials *cr, const imstls_sip_message *m)
{
  imstls_text due = imstls_i_text(cr->rspauth, strlen(cr->rspauth));
  return imstls_i_accepted_rspauth(m, due) == IMSTLS_RSPAUTH_WRONG ? IMSTLS_ERR_RSPAUTH : IMSTLS_OK;
}

void imstls_i_credentials_accepted(imstls_i_credentials *cr) { imstls_wipe(cr->rspauth, sizeof cr->rspauth); }

void imstls_i_credentials_used(imstls_i_credentials *cr)
{
  imstls_wipe(&cr->tokens, sizeof cr->tokens);
  cr->held = false;
}

void imstls_i_credentials_restart(imstls_i_credentials *cr)
{
  imstls_i_credentials_accepted(cr);
  cr->proven = false;
}

void imstls_i_credentials_wipe(imstls_i_credentials *cr)
{
  imstls_i_buffer_wipe(&cr->authorization);
  imstls_i_credentials_used(cr);
  imstls_i_credentials_restart(cr);
}
