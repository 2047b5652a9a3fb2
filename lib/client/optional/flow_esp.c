/* SPDX-License-Identifier: Apache-2.0 */
/* The flow between the protected ports of an agreement on ipsec-3gpp (TS 33.203 7.1). */
#include "client/client.h"
#include "client/register.h"

/* Our server port stays through re-authentications: one socket serves old and new SAs. */
static int open_server_port(imstls_client *c)
{
  imstls_i_flow *flow = c->flow, *old = c->old_flow;
  flow->server_port = c->sa.sa.ours.port_s;
  if (old->server_port == flow->server_port) {
    imstls_i_link_pass_beside(&old->link, &flow->link);
    return IMSTLS_OK;
  }
  imstls_net_open how = imstls_i_flow_how_to_open(c, &c->sa.sa.ue);
  how.kind = IMSTLS_NET_UDP;
  how.local.port = flow->server_port;
  return imstls_i_link_open_beside(&flow->link, &how);
}

/* Over UDP what leaves our client port is answered to our server port; requests come there over UDP whatever we use. */
int imstls_i_flow_switch_to_esp(imstls_client *c)
{
  const imstls_i_flow *before = imstls_i_flow_begin_switch(c, FLOW_ESP);
  imstls_i_flow *flow = c->flow;
  flow->local = c->sa.sa.ue; /* tells how long the request will be */
  flow->local.port = c->sa.sa.ours.port_s;
  flow->transport = c->net.send_to ? imstls_i_transport_for(c, REGISTER_ANSWER) : IMSTLS_NET_TCP;
  flow->phase = PHASE_CONNECTING;
  flow->peer_client_port[0] = c->sa.sa.theirs.port_c;
  flow->peer_client_port[1] = before->peer_client_port[0];
  flow->remote = c->sa.sa.pcscf;
  flow->remote.port = c->sa.sa.theirs.port_s;
  imstls_i_progress_wait_until(&c->progress, c->wire.now + c->cfg.timers.connect_ms);
  imstls_address client_port = c->sa.sa.ue;
  client_port.port = c->sa.sa.ours.port_c;
  int error = imstls_i_flow_open_link(c, &client_port);
  return !error && c->net.send_to ? open_server_port(c) : error;
}
