/* SPDX-License-Identifier: Apache-2.0 */
/* The flow between the protected ports of an agreement on ipsec-3gpp (TS 33.203 7.1). */
#include "client/actions.h"
#include "client/event.h"
#include "client/register.h"
#include "client/traffic/answer.h"

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

bool imstls_i_flow_may_ask(const imstls_i_flow *flow, const imstls_address *from)
{
  bool is_client = from->port == flow->peer_client_port[0] || from->port == flow->peer_client_port[1];
  if (!is_client && from->port != flow->remote.port)
    return false;
  return from->family == flow->remote.family && memcmp(from->ip, flow->remote.ip, from->family == 6 ? 16 : 4) == 0;
}

int imstls_i_flow_receive_beside(imstls_client *c, imstls_text *message)
{
  int result = imstls_i_link_receive_beside(c->from, message);
  if (result || imstls_i_flow_may_ask(c->flow, &c->from->from))
    return result;
  imstls_i_drop(c, IMSTLS_DROPPED_SOURCE, imstls_i_text(NULL, 0));
  return IMSTLS_END;
}

/* Over UDP an answer leaves our client port for the server port that Via names (TS 33.203 7.1). Who asks us over UDP
 * while we use TCP, or names the port that it sent from, is answered there. */
enum route imstls_i_way_beside(const imstls_client *c)
{
  const imstls_i_flow *flow = c->flow;
  imstls_sip_via via;
  uint32_t port = 0;
  if (flow->transport != IMSTLS_NET_UDP)
    return ROUTE_BESIDE;
  if (imstls_sip_via_parse(c->message.first[IMSTLS_HDR_VIA], &via) || !via.port.ptr)
    return ROUTE_FLOW;
  bool same = imstls_sip_number(via.port, &port) == IMSTLS_OK && port == flow->link.from.port;
  return same ? ROUTE_BESIDE : ROUTE_FLOW;
}

/* Figure 5 */
int imstls_i_fall_back(imstls_client *c, int error)
{
  imstls_i_tell_line(c, IMSTLS_EVENT_POLICY, error,
                     IMSTLS_I_LIT("TLS was refused: falling back to security agreement in clear"));
  imstls_i_target_fall_back(&c->target);
  return imstls_i_flow_open(c, FLOW_PLAIN);
}
