/* SPDX-License-Identifier: Apache-2.0 */
#include "client/actions.h"
#include "client/guards.h"
#include "client/traffic/answer.h"

int imstls_ipsec_keys(int alg, int ealg, const uint8_t ck[16], const uint8_t ik[16], imstls_ipsec_sa *sa)
{
  (void)alg;
  (void)ealg;
  (void)ck;
  (void)ik;
  (void)sa;
  return IMSTLS_ERR_UNSUPPORTED;
}

int imstls_i_sa_reserve(imstls_i_sa *s, const imstls_ipsec *ipsec, const imstls_address *ue,
                        const imstls_address *pcscf)
{
  (void)s;
  (void)ipsec;
  (void)ue;
  (void)pcscf;
  return IMSTLS_ERR_UNSUPPORTED;
}

int imstls_i_sa_take(imstls_i_sa *s, const imstls_mechanism *chosen)
{
  (void)s;
  (void)chosen;
  return IMSTLS_ERR_UNSUPPORTED;
}

int imstls_i_sa_install(imstls_i_sa *s, const imstls_ipsec *ipsec, const imstls_aka_result *aka)
{
  (void)s;
  (void)ipsec;
  (void)aka;
  return IMSTLS_ERR_UNSUPPORTED;
}

void imstls_i_sa_keep(imstls_i_sa *s, const imstls_ipsec *ipsec, uint32_t granted_s, bool in_use)
{
  (void)s;
  (void)ipsec;
  (void)granted_s;
  (void)in_use;
}

void imstls_i_sa_drop(imstls_i_sa *s, const imstls_ipsec *ipsec)
{
  (void)s;
  (void)ipsec;
}

void imstls_i_sa_put_end(imstls_i_writer *w, const imstls_ipsec_end *ours)
{
  (void)w;
  (void)ours;
}

int imstls_i_flow_switch_to_esp(imstls_client *c)
{
  (void)c;
  return IMSTLS_ERR_UNSUPPORTED;
}

bool imstls_i_flow_may_ask(const imstls_i_flow *flow, const imstls_address *from)
{
  (void)flow;
  (void)from;
  return false;
}

int imstls_i_flow_receive_beside(imstls_client *c, imstls_text *message)
{
  (void)c;
  (void)message;
  return IMSTLS_WANT_READ;
}

enum route imstls_i_way_beside(const imstls_client *c)
{
  (void)c;
  return ROUTE_FLOW;
}

bool imstls_i_may_fall_back(const imstls_client *c, int error)
{
  (void)c;
  (void)error;
  return false;
}

int imstls_i_fall_back(imstls_client *c, int error)
{
  (void)c;
  (void)error;
  return IMSTLS_ERR_UNSUPPORTED;
}
