/* SPDX-License-Identifier: Apache-2.0 */
#include "port/xfrm/xfrm_message.h"

#if defined(IMSTLS_WITH_LIBMNL)

#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

#include <libmnl/libmnl.h>
#include <linux/xfrm.h>

/* Those of TS 33.203 annex H that we have are cut to 96 bits; sequence numbers are the 32-bit ones (7.1). */
enum { ICV_BITS = 96, REPLAY_WINDOW = 32 };
enum { NAME_LEN = 64, KEY_MAX = 24 };
/* Fixed parts are used without padding. */
_Static_assert(sizeof(struct nlmsghdr) % 4 == 0 && sizeof(struct xfrm_usersa_info) % 4 == 0 &&
                   sizeof(struct xfrm_usersa_id) % 4 == 0 && sizeof(struct xfrm_userpolicy_info) % 4 == 0 &&
                   sizeof(struct xfrm_userpolicy_id) % 4 == 0,
               "netlink alignment");

static uint16_t family_of(const imstls_address *a) { return a->family == 4 ? AF_INET : AF_INET6; }

static void put_address(const imstls_address *a, xfrm_address_t *out) { memcpy(out, a->ip, a->family == 4 ? 4 : 16); }

static imstls_address at_port(const imstls_address *a, uint16_t port)
{
  imstls_address out = *a;
  out.port = port;
  return out;
}

void imstls_i_xfrm_flows(const imstls_ipsec_xfrm_set *set, imstls_i_xfrm_flow out[4])
{
  imstls_address our_c = at_port(&set->local, set->ours.port_c);
  imstls_address our_s = at_port(&set->local, set->ours.port_s);
  imstls_address their_c = at_port(&set->remote, set->theirs.port_c);
  imstls_address their_s = at_port(&set->remote, set->theirs.port_s);
  /* The receiver chooses the SPI: whoever owns the destination port owns the number. */
  out[0] = (imstls_i_xfrm_flow){ our_c, their_s, set->theirs.spi_s, set->reqid_c, false };
  out[1] = (imstls_i_xfrm_flow){ their_s, our_c, set->ours.spi_c, set->reqid_c, true };
  out[2] = (imstls_i_xfrm_flow){ our_s, their_c, set->theirs.spi_c, set->reqid_s, false };
  out[3] = (imstls_i_xfrm_flow){ their_c, our_s, set->ours.spi_s, set->reqid_s, true };
}

imstls_i_xfrm_flow imstls_i_xfrm_guard(const imstls_address *local, uint16_t port, bool inbound)
{
  imstls_i_xfrm_flow flow = { .inbound = inbound };
  imstls_address open = { .family = local->family };
  flow.src = inbound ? open : at_port(local, port);
  flow.dst = inbound ? at_port(local, port) : open;
  return flow;
}

static bool valid_end(const imstls_ipsec_end *e, uint32_t lowest_spi)
{
  return e->spi_c >= lowest_spi && e->spi_s >= lowest_spi && e->spi_c != e->spi_s && e->port_c != 0 && e->port_s != 0 &&
         e->port_c != e->port_s;
}

static uint32_t ik_len_of(int32_t alg)
{
  return alg == IMSTLS_ALG_HMAC_MD5_96 ? 16 : alg == IMSTLS_ALG_HMAC_SHA1_96 ? 20 : 0;
}

static bool valid_keys(const imstls_ipsec_sa *sa)
{
  uint32_t ik_len = ik_len_of(sa->alg);
  if (ik_len == 0 || sa->ik_esp_len != ik_len) {
    return false;
  }
  switch (sa->ealg) {
  case IMSTLS_EALG_NULL: return sa->ck_esp_len == 0;
  case IMSTLS_EALG_AES_CBC: return sa->ck_esp_len == 16;
  case IMSTLS_EALG_DES_EDE3_CBC: return sa->ck_esp_len == 24;
  default: return false;
  }
}

/* TS 33.203 7.2: the P-CSCF's SPIs differ from those that the UE offered, else its packets could be sent back to it. */
static bool valid_spis(const imstls_ipsec_end *a, const imstls_ipsec_end *b)
{
  return a->spi_c != b->spi_c && a->spi_c != b->spi_s && a->spi_s != b->spi_c && a->spi_s != b->spi_s;
}

bool imstls_i_xfrm_valid(const imstls_ipsec_sa *sa)
{
  bool unusable =
      !sa || sa->size < sizeof *sa || (sa->ue.family != 4 && sa->ue.family != 6) || sa->pcscf.family != sa->ue.family;
  if (unusable) {
    return false;
  }
  /* RFC 4303 2.1 reserves 1 to 255, yet Kamailio begins at 100. */
  return valid_end(&sa->ours, 256) && valid_end(&sa->theirs, 1) && valid_spis(&sa->ours, &sa->theirs) && valid_keys(sa);
}

/* Header and fixed part, zeroed; NULL when they do not fit. */
static void *begin(imstls_i_xfrm_buffer buf, uint16_t type, uint16_t flags, uint32_t seq, size_t body_len)
{
  if (buf.cap < sizeof(struct nlmsghdr) + body_len) {
    return NULL;
  }
  struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf.ptr);
  nlh->nlmsg_type = type;
  nlh->nlmsg_flags = (uint16_t)(NLM_F_REQUEST | NLM_F_ACK | flags);
  nlh->nlmsg_seq = seq;
  return mnl_nlmsg_put_extra_header(nlh, body_len);
}

static size_t length_of(imstls_i_xfrm_buffer buf)
{
  const struct nlmsghdr *nlh = buf.ptr;
  return nlh->nlmsg_len;
}

/* An attribute that is wholly in the buffer or not at all. */
static bool put_attr(imstls_i_xfrm_buffer buf, uint16_t type, const void *data, size_t len)
{
  return mnl_attr_put_check(buf.ptr, buf.cap, type, len, data);
}

/* No protocol: one selector covers TCP and UDP (TS 33.203 7.1). An open side has port 0 and no prefix. */
static void put_selector(const imstls_i_xfrm_flow *flow, struct xfrm_selector *sel)
{
  uint8_t whole = flow->src.family == 4 ? 32 : 128;
  sel->family = family_of(&flow->src);
  put_address(&flow->src, &sel->saddr);
  put_address(&flow->dst, &sel->daddr);
  if (flow->src.port != 0) {
    sel->sport = htons(flow->src.port);
    sel->sport_mask = 0xffff;
    sel->prefixlen_s = whole;
  }
  if (flow->dst.port != 0) {
    sel->dport = htons(flow->dst.port);
    sel->dport_mask = 0xffff;
    sel->prefixlen_d = whole;
  }
}

/* The kernel takes 0 as "used up" for octets and packets, and as "never" for seconds. */
static void put_lifetime(uint64_t lifetime_s, struct xfrm_lifetime_cfg *lft)
{
  lft->soft_byte_limit = lft->hard_byte_limit = XFRM_INF;
  lft->soft_packet_limit = lft->hard_packet_limit = XFRM_INF;
  lft->hard_add_expires_seconds = lifetime_s;
}

static bool put_auth(imstls_i_xfrm_buffer buf, const imstls_ipsec_sa *sa)
{
  uint8_t attr[sizeof(struct xfrm_algo_auth) + KEY_MAX] = { 0 };
  struct xfrm_algo_auth head = { .alg_key_len = sa->ik_esp_len * 8, .alg_trunc_len = ICV_BITS };
  memcpy(head.alg_name, sa->alg == IMSTLS_ALG_HMAC_MD5_96 ? "hmac(md5)" : "hmac(sha1)",
         sa->alg == IMSTLS_ALG_HMAC_MD5_96 ? sizeof "hmac(md5)" : sizeof "hmac(sha1)");
  memcpy(attr, &head, sizeof head);
  memcpy(attr + sizeof head, sa->ik_esp, sa->ik_esp_len);
  bool fits = put_attr(buf, XFRMA_ALG_AUTH_TRUNC, attr, sizeof head + sa->ik_esp_len);
  imstls_wipe(attr, sizeof attr);
  return fits;
}

static bool put_crypt(imstls_i_xfrm_buffer buf, const imstls_ipsec_sa *sa)
{
  static const char names[][NAME_LEN] = {
    [IMSTLS_EALG_NULL] = "ecb(cipher_null)",
    [IMSTLS_EALG_AES_CBC] = "cbc(aes)",
    [IMSTLS_EALG_DES_EDE3_CBC] = "cbc(des3_ede)",
  };
  uint8_t attr[sizeof(struct xfrm_algo) + KEY_MAX] = { 0 };
  struct xfrm_algo head = { .alg_key_len = sa->ck_esp_len * 8 };
  memcpy(head.alg_name, names[sa->ealg], NAME_LEN);
  memcpy(attr, &head, sizeof head);
  memcpy(attr + sizeof head, sa->ck_esp, sa->ck_esp_len);
  bool fits = put_attr(buf, XFRMA_ALG_CRYPT, attr, sizeof head + sa->ck_esp_len);
  imstls_wipe(attr, sizeof attr);
  return fits;
}

size_t imstls_i_xfrm_put_sa(imstls_i_xfrm_buffer buf, uint32_t seq, const imstls_i_xfrm_flow *flow,
                            const imstls_ipsec_sa *sa, uint64_t lifetime_s, bool replace)
{
  if (!valid_keys(sa)) {
    return 0;
  }
  struct xfrm_usersa_info *info = begin(buf, replace ? XFRM_MSG_UPDSA : XFRM_MSG_NEWSA,
                                        replace ? NLM_F_REPLACE : NLM_F_CREATE | NLM_F_EXCL, seq, sizeof *info);
  if (!info) {
    return 0;
  }
  put_selector(flow, &info->sel);
  put_address(&flow->dst, &info->id.daddr);
  put_address(&flow->src, &info->saddr);
  info->id.spi = htonl(flow->spi);
  info->id.proto = IPPROTO_ESP;
  info->family = family_of(&flow->src);
  info->mode = XFRM_MODE_TRANSPORT;
  info->reqid = flow->reqid;
  info->replay_window = REPLAY_WINDOW;
  put_lifetime(lifetime_s, &info->lft);
  return put_auth(buf, sa) && put_crypt(buf, sa) ? length_of(buf) : 0;
}

static size_t name_sa(imstls_i_xfrm_buffer buf, uint16_t type, uint32_t seq, const imstls_i_xfrm_flow *flow)
{
  struct xfrm_usersa_id *id = begin(buf, type, 0, seq, sizeof *id);
  if (!id) {
    return 0;
  }
  put_address(&flow->dst, &id->daddr);
  id->spi = htonl(flow->spi);
  id->family = family_of(&flow->dst);
  id->proto = IPPROTO_ESP;
  return length_of(buf);
}

size_t imstls_i_xfrm_get_sa(imstls_i_xfrm_buffer buf, uint32_t seq, const imstls_i_xfrm_flow *flow)
{
  return name_sa(buf, XFRM_MSG_GETSA, seq, flow);
}

size_t imstls_i_xfrm_del_sa(imstls_i_xfrm_buffer buf, uint32_t seq, const imstls_i_xfrm_flow *flow)
{
  return name_sa(buf, XFRM_MSG_DELSA, seq, flow);
}

static uint8_t direction(const imstls_i_xfrm_flow *flow) { return flow->inbound ? XFRM_POLICY_IN : XFRM_POLICY_OUT; }

/* Every algorithm is let through: the SA that the request id names decides. */
static bool put_template(imstls_i_xfrm_buffer buf, const imstls_i_xfrm_flow *flow)
{
  struct xfrm_user_tmpl tmpl;
  memset(&tmpl, 0, sizeof tmpl);
  put_address(&flow->dst, &tmpl.id.daddr);
  put_address(&flow->src, &tmpl.saddr);
  tmpl.id.proto = IPPROTO_ESP;
  tmpl.family = family_of(&flow->src);
  tmpl.reqid = flow->reqid;
  tmpl.mode = XFRM_MODE_TRANSPORT;
  tmpl.aalgos = tmpl.ealgos = tmpl.calgos = UINT32_MAX;
  return put_attr(buf, XFRMA_TMPL, &tmpl, sizeof tmpl);
}

size_t imstls_i_xfrm_put_policy(imstls_i_xfrm_buffer buf, uint32_t seq, const imstls_i_xfrm_flow *flow,
                                const imstls_i_xfrm_rule *rule)
{
  struct xfrm_userpolicy_info *info =
      begin(buf, rule->replace ? XFRM_MSG_UPDPOLICY : XFRM_MSG_NEWPOLICY,
            rule->replace ? NLM_F_REPLACE : NLM_F_CREATE | NLM_F_EXCL, seq, sizeof *info);
  if (!info) {
    return 0;
  }
  put_selector(flow, &info->sel);
  put_lifetime(rule->lifetime_s, &info->lft);
  info->priority = rule->priority;
  info->dir = direction(flow);
  info->action = rule->block ? XFRM_POLICY_BLOCK : XFRM_POLICY_ALLOW;
  info->share = XFRM_SHARE_ANY;
  if (!rule->block && !put_template(buf, flow)) {
    return 0;
  }
  return length_of(buf);
}

size_t imstls_i_xfrm_del_policy(imstls_i_xfrm_buffer buf, uint32_t seq, const imstls_i_xfrm_flow *flow)
{
  struct xfrm_userpolicy_id *id = begin(buf, XFRM_MSG_DELPOLICY, 0, seq, sizeof *id);
  if (!id) {
    return 0;
  }
  put_selector(flow, &id->sel);
  id->dir = direction(flow);
  return length_of(buf);
}

bool imstls_i_xfrm_read_added(const void *message, size_t len, uint64_t *added_s)
{
  struct nlmsghdr head;
  struct xfrm_usersa_info info;
  if (len < sizeof head + sizeof info) {
    return false;
  }
  memcpy(&head, message, sizeof head);
  if (head.nlmsg_type != XFRM_MSG_NEWSA || head.nlmsg_len < sizeof head + sizeof info) {
    return false;
  }
  memcpy(&info, (const uint8_t *)message + sizeof head, sizeof info);
  *added_s = info.curlft.add_time;
  return true;
}

#endif
