/* SPDX-License-Identifier: Apache-2.0 */
#include "client/client.h"

imstls_i_asked imstls_i_asked_by(imstls_text message, bool stamped)
{
  (void)message;
  (void)stamped;
  return (imstls_i_asked){ .method = "" };
}

void imstls_i_left_flow(imstls_client *c, const imstls_i_asked *asked)
{
  (void)c;
  (void)asked;
}

void imstls_i_answered(imstls_client *c, const imstls_sip_message *response)
{
  (void)c;
  (void)response;
}

void imstls_i_tell_unanswered(imstls_client *c, int error)
{
  (void)c;
  (void)error;
}
