/* SPDX-License-Identifier: Apache-2.0 */
/* Messages of the trusted, registered flow that are not the registration's: to the host, or answered sensibly. */
#include "client/client.h"

/* Over UDP an answer leaves our client port for the server port that Via names (TS 33.203 7.1). Who asks us over UDP
 * while we use TCP, or names the port that it sent from, is answered there. */
static bool goes_aside(const imstls_client *c)
{
  const imstls_i_flow *flow = c->flow;
  imstls_sip_via via;
  uint32_t port = 0;
  if (!flow->from_side || flow->transport != IMSTLS_NET_UDP)
    return flow->from_side;
  return imstls_sip_via_parse(c->m.first[IMSTLS_HDR_VIA], &via) == IMSTLS_OK && via.port.ptr &&
         imstls_sip_number(via.port, &port) == IMSTLS_OK && port == flow->asker.port;
}

static void reply(imstls_client *c, unsigned status, const char *reason)
{
  char tag[17];
  size_t len = 0;
  if (c->flow->tx_len || imstls_i_random_hex(c, tag, 16))
    return; /* no room now: the peer repeats its request, or gives up */
  imstls_text allow = IMSTLS_I_LIT("Allow: OPTIONS\r\n");
  if (imstls_sip_reply(&c->m, status, reason, tag, allow, c->tx.ptr, c->tx.cap, &len))
    return;
  c->flow->tx_len = len;
  c->flow->tx_done = 0;
  imstls_i_tell_sent(c);
  if (goes_aside(c))
    imstls_i_flow_answer_side(c);
}

void imstls_i_request(imstls_client *c)
{
  if (c->cfg.on_message && c->cfg.on_message(c->cfg.user, c, &c->m))
    return;
  if (c->m.status || imstls_i_same(c->m.method, IMSTLS_I_LIT("ACK")))
    return;
  if (imstls_i_same(c->m.method, IMSTLS_I_LIT("OPTIONS")))
    reply(c, 200, "OK");
  else
    reply(c, 405, "Method Not Allowed");
}
