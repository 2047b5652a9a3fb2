/* SPDX-License-Identifier: Apache-2.0 */
/* Whether a REGISTER fits a datagram. */
#include "client/register.h"

enum { DATAGRAM_MAX = 1300 };

/* What SM7 has beside what the first REGISTER had. */
static size_t answer_len(const imstls_client *c)
{
  enum { NAME = 25, VERIFY = 20, RESPONSE = 60, SHA256_MORE = 32, QOP = 70 };
  const imstls_challenge *from = &c->authentication.challenge;
  bool sha256 = from->digest == IMSTLS_DIGEST_AKAV1_SHA256 || from->digest == IMSTLS_DIGEST_AKAV2_SHA256;
  const char *trusted[] = { c->cfg.device.user_agent, c->cfg.device.access_network_info, c->cfg.device.extra_headers };
  size_t len = VERIFY + c->agreement.list.len + from->nonce.len + from->opaque.len + RESPONSE;
  for (size_t i = 0; i < sizeof trusted / sizeof trusted[0]; i++)
    len += trusted[i] ? NAME + strlen(trusted[i]) : 0;
  return len + (sha256 ? SHA256_MORE : 0) + (from->qop ? QOP : 0);
}

/* About, before the flow is there. */
static size_t register_len(imstls_client *c, enum register_kind kind)
{
  enum { ADDRESSES = 96, ENTRY = 100 };
  imstls_i_writer w = imstls_i_writer_make(NULL, 0);
  (void)imstls_i_register_put(c, &w, REGISTER_FIRST);
  size_t len =
      w.len + (c->flow->local.family ? 0 : ADDRESSES) + (c->agreement.offer.len ? 0 : strlen(c->cfg.policy.offer));
  for (const char *entry = c->agreement.offer.len ? NULL : c->cfg.policy.offer; entry; entry = strchr(entry + 1, ','))
    len += ENTRY;
  return kind == REGISTER_ANSWER ? len + answer_len(c) : len;
}

uint8_t imstls_i_transport_for(imstls_client *c, enum register_kind kind)
{
  bool fits = register_len(c, kind) <= DATAGRAM_MAX;
  return c->cfg.network.transport == IMSTLS_NET_UDP && fits ? IMSTLS_NET_UDP : IMSTLS_NET_TCP;
}
