/* SPDX-License-Identifier: Apache-2.0 */
#include "client/client.h"

void imstls_i_asked_by(imstls_text message, bool stamped, imstls_i_asked *asked)
{
  (void)message;
  (void)stamped;
  (void)asked;
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
