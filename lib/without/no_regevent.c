/* SPDX-License-Identifier: Apache-2.0 */
#include <imstls/reginfo.h>

#include "client/client.h"
#include "client/endings.h"
#include "client/traffic/reg_event.h"

int imstls_reginfo_begin(imstls_reginfo *reader, imstls_text body)
{
  (void)reader;
  (void)body;
  return IMSTLS_ERR_UNSUPPORTED;
}

int imstls_reginfo_next(imstls_reginfo *reader, imstls_reginfo_contact *contact)
{
  (void)reader;
  (void)contact;
  return IMSTLS_ERR_UNSUPPORTED;
}

int imstls_reginfo_decode(imstls_text text, char *out, size_t cap, size_t *len)
{
  (void)text;
  (void)out;
  (void)cap;
  (void)len;
  return IMSTLS_ERR_UNSUPPORTED;
}

int imstls_reginfo_is_ours(const imstls_reginfo_contact *contact, imstls_text uri)
{
  (void)contact;
  (void)uri;
  return 0;
}

int imstls_reginfo_action(const imstls_reginfo_contact *contact)
{
  (void)contact;
  return IMSTLS_REGINFO_NOTHING;
}

int imstls_reginfo_judge(imstls_text body, imstls_text uri, imstls_reginfo_verdict *verdict)
{
  (void)body;
  (void)uri;
  (void)verdict;
  return IMSTLS_ERR_UNSUPPORTED;
}

void imstls_i_subscription_end(imstls_i_subscription *s) { (void)s; }

void imstls_i_reg_event_registered(imstls_client *c, bool anew)
{
  (void)c;
  (void)anew;
}

void imstls_i_reg_event_ended(imstls_client *c) { (void)c; }

bool imstls_i_reg_event_take(imstls_client *c)
{
  (void)c;
  return false;
}

/* Nothing of the network's asks for it. */
int imstls_i_pause(imstls_client *c, int error)
{
  (void)c;
  (void)error;
  return IMSTLS_ERR_INTERNAL;
}

imstls_i_input imstls_i_reg_event_look(imstls_client *c)
{
  (void)c;
  return imstls_i_input_of(IN_NONE, IMSTLS_OK);
}

bool imstls_i_reg_event_request(imstls_client *c, imstls_text *request)
{
  (void)c;
  (void)request;
  return false;
}

void imstls_i_reg_event_sent(imstls_client *c, int result)
{
  (void)c;
  (void)result;
}

bool imstls_i_reg_event_is_ready(const imstls_client *c)
{
  (void)c;
  return false;
}

uint64_t imstls_i_reg_event_deadline(const imstls_client *c)
{
  (void)c;
  return NEVER;
}
