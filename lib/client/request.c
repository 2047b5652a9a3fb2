/* SPDX-License-Identifier: Apache-2.0 */
/* Messages of the trusted, registered flow that are not the registration's: to the host, or answered sensibly. */
#include "client/client.h"

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
