/* SPDX-License-Identifier: Apache-2.0 */
#include <imstls/outbound.h>

#include "client/client.h"
#include "sip/lex.h"

int imstls_sip_stamp(const imstls_sip_message *message, const imstls_outbound *flow, char *out, size_t cap, size_t *len)
{
  (void)message;
  (void)flow;
  (void)out;
  (void)cap;
  (void)len;
  return IMSTLS_ERR_UNSUPPORTED;
}

int imstls_sip_unstamp(const imstls_sip_message *response, char *out, size_t cap, size_t *len)
{
  (void)response;
  (void)out;
  (void)cap;
  (void)len;
  return IMSTLS_ERR_UNSUPPORTED;
}

/* Nothing has a stamp. */
imstls_text imstls_i_sip_second_via(const imstls_sip_message *m)
{
  (void)m;
  return (imstls_text){ 0 };
}

int imstls_i_put_stamped(imstls_client *c, imstls_i_queue *queue, imstls_text message, const imstls_address *to,
                         size_t *len)
{
  (void)c;
  (void)queue;
  (void)message;
  (void)to;
  (void)len;
  return IMSTLS_ERR_UNSUPPORTED;
}

int imstls_i_own_request(imstls_client *c, imstls_text request)
{
  (void)c;
  (void)request;
  return IMSTLS_ERR_UNSUPPORTED;
}

void imstls_i_stamp_anew(imstls_client *c, imstls_text message)
{
  (void)c;
  (void)message;
}

int imstls_i_sip_find_stamp(const imstls_sip_message *message, imstls_text *stamped)
{
  (void)message;
  (void)stamped;
  return IMSTLS_END;
}
