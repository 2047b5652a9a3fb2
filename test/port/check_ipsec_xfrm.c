/* SPDX-License-Identifier: Apache-2.0 */
/* The XFRM messages, read back by what linux/xfrm.h says of them. What the kernel does with them: test/esp. */
#include <check.h>
#include <stdlib.h>

#include "port/xfrm/xfrm_message.h"

Suite *ipsec_xfrm_suite(void);

START_TEST(no_part) { ck_assert_ptr_null(imstls_ipsec_xfrm(NULL)); }
END_TEST

#if !defined(IMSTLS_WITH_LIBMNL)

START_TEST(not_built_in)
{
  imstls_ipsec_xfrm_part part = IMSTLS_IPSEC_XFRM_INIT;
  ck_assert_ptr_null(imstls_ipsec_xfrm(&part));
}
END_TEST

Suite *ipsec_xfrm_suite(void)
{
  Suite *suite = suite_create("ipsec_xfrm");
  TCase *tc = tcase_create("absent");
  tcase_add_test(tc, no_part);
  tcase_add_test(tc, not_built_in);
  suite_add_tcase(suite, tc);
  return suite;
}

#else

#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

#include <libmnl/libmnl.h>
#include <linux/xfrm.h>

#include "port/xfrm/netlink.h"
#include "without_std.h"

enum { FLOWS = 4 };

/* UE 10.9.0.1 or fd09::1, P-CSCF 10.9.0.2 or fd09::2. */
static imstls_address address(uint8_t family, uint8_t last)
{
  imstls_address a = { .family = family };
  static const uint8_t v4[3] = { 10, 9, 0 };
  static const uint8_t v6[2] = { 0xfd, 0x09 };
  memcpy(a.ip, family == 4 ? v4 : v6, family == 4 ? 3 : 2);
  a.ip[family == 4 ? 3 : 15] = last;
  return a;
}

static const imstls_ipsec_end ue_end = { 0x11111111, 0x22222222, 40001, 40002 };
static const imstls_ipsec_end pcscf_end = { 100, 0x44444444, 5062, 5063 };

static imstls_ipsec_sa valid_sa(uint8_t family)
{
  imstls_ipsec_sa sa = { .size = sizeof sa };
  sa.ue = address(family, 1);
  sa.pcscf = address(family, 2);
  sa.ours = ue_end;
  sa.theirs = pcscf_end;
  sa.alg = IMSTLS_ALG_HMAC_SHA1_96;
  sa.ealg = IMSTLS_EALG_AES_CBC;
  sa.ik_esp_len = 20;
  sa.ck_esp_len = 16;
  for (uint8_t i = 0; i < 24; i++) {
    sa.ck_esp[i] = (uint8_t)(0xc0 + i);
  }
  for (uint8_t i = 0; i < 20; i++) {
    sa.ik_esp[i] = (uint8_t)(0x10 + i);
  }
  sa.lifetime_s = 240;
  return sa;
}

static imstls_ipsec_xfrm_set set_of(uint8_t family, bool pcscf_side)
{
  imstls_ipsec_xfrm_set set = { .reqid_c = 7001, .reqid_s = 7002 };
  set.local = address(family, pcscf_side ? 2 : 1);
  set.remote = address(family, pcscf_side ? 1 : 2);
  set.ours = pcscf_side ? pcscf_end : ue_end;
  set.theirs = pcscf_side ? ue_end : pcscf_end;
  return set;
}

/* What TS 33.203 7.1 says of each flow: from, to, who chose the SPI. */
static const struct {
  uint8_t src, dst;
  uint16_t sport, dport;
  uint32_t spi, reqid;
  bool inbound;
} expected[2][FLOWS] = {
  { /* the UE */
    { 1, 2, 40001, 5063, 0x44444444, 7001, false },
    { 2, 1, 5063, 40001, 0x11111111, 7001, true },
    { 1, 2, 40002, 5062, 100, 7002, false },
    { 2, 1, 5062, 40002, 0x22222222, 7002, true } },
  { /* the P-CSCF */
    { 2, 1, 5062, 40002, 0x22222222, 7001, false },
    { 1, 2, 40002, 5062, 100, 7001, true },
    { 2, 1, 5063, 40001, 0x11111111, 7002, false },
    { 1, 2, 40001, 5063, 0x44444444, 7002, true } },
};

static void same_address(const imstls_address *want, const xfrm_address_t *got)
{
  xfrm_address_t w;
  memset(&w, 0, sizeof w);
  memcpy(&w, want->ip, want->family == 4 ? 4 : 16);
  ck_assert_mem_eq(&w, got, sizeof w);
}

START_TEST(flows_of_both_sides)
{
  for (int side = 0; side < 2; side++) {
    imstls_ipsec_xfrm_set set = set_of(4, side == 1);
    imstls_i_xfrm_flow flows[FLOWS];
    imstls_i_xfrm_flows(&set, flows);
    for (int i = 0; i < FLOWS; i++) {
      ck_assert_uint_eq(flows[i].src.ip[3], expected[side][i].src);
      ck_assert_uint_eq(flows[i].dst.ip[3], expected[side][i].dst);
      ck_assert_uint_eq(flows[i].src.port, expected[side][i].sport);
      ck_assert_uint_eq(flows[i].dst.port, expected[side][i].dport);
      ck_assert_uint_eq(flows[i].spi, expected[side][i].spi);
      ck_assert_uint_eq(flows[i].reqid, expected[side][i].reqid);
      ck_assert_int_eq(flows[i].inbound, expected[side][i].inbound);
    }
  }
}
END_TEST

static _Alignas(8) uint8_t space[IMSTLS_I_XFRM_MSG_MAX];

static imstls_i_xfrm_buffer whole(void)
{
  memset(space, 0xa5, sizeof space);
  return (imstls_i_xfrm_buffer){ space, sizeof space };
}

static const struct nlmsghdr *header(size_t len, uint16_t type, uint16_t flags, uint32_t seq)
{
  const struct nlmsghdr *nlh = (const void *)space;
  ck_assert_uint_ne(len, 0);
  ck_assert(mnl_nlmsg_ok(nlh, (int)len));
  ck_assert_uint_eq(nlh->nlmsg_len, len);
  ck_assert_uint_eq(nlh->nlmsg_type, type);
  ck_assert_uint_eq(nlh->nlmsg_flags, NLM_F_REQUEST | NLM_F_ACK | flags);
  ck_assert_uint_eq(nlh->nlmsg_seq, seq);
  return nlh;
}

static void check_selector(const imstls_i_xfrm_flow *flow, const struct xfrm_selector *sel)
{
  uint8_t prefix = flow->src.family == 4 ? 32 : 128;
  ck_assert_uint_eq(sel->family, flow->src.family == 4 ? AF_INET : AF_INET6);
  same_address(&flow->src, &sel->saddr);
  same_address(&flow->dst, &sel->daddr);
  ck_assert_uint_eq(ntohs(sel->sport), flow->src.port);
  ck_assert_uint_eq(ntohs(sel->dport), flow->dst.port);
  ck_assert_uint_eq(sel->sport_mask, flow->src.port != 0 ? 0xffff : 0);
  ck_assert_uint_eq(sel->dport_mask, flow->dst.port != 0 ? 0xffff : 0);
  ck_assert_uint_eq(sel->prefixlen_s, flow->src.port != 0 ? prefix : 0);
  ck_assert_uint_eq(sel->prefixlen_d, flow->dst.port != 0 ? prefix : 0);
  ck_assert_uint_eq(sel->proto, 0); /* TCP and UDP */
}

static void check_lifetime(const struct xfrm_lifetime_cfg *lft, uint64_t seconds)
{
  ck_assert_uint_eq(lft->hard_byte_limit, XFRM_INF);
  ck_assert_uint_eq(lft->soft_byte_limit, XFRM_INF);
  ck_assert_uint_eq(lft->hard_packet_limit, XFRM_INF);
  ck_assert_uint_eq(lft->soft_packet_limit, XFRM_INF);
  ck_assert_uint_eq(lft->hard_add_expires_seconds, seconds);
  ck_assert_uint_eq(lft->hard_use_expires_seconds, 0);
}

static int left(const struct nlmsghdr *nlh, const struct nlattr *attr)
{
  return (int)((const uint8_t *)mnl_nlmsg_get_payload_tail(nlh) - (const uint8_t *)attr);
}

/* Gives the attribute of `type` and counts all of them. */
static const struct nlattr *find(const struct nlmsghdr *nlh, size_t fixed, uint16_t type, size_t *count)
{
  const struct nlattr *found = NULL;
  const struct nlattr *attr = mnl_nlmsg_get_payload_offset(nlh, fixed);
  for (*count = 0; mnl_attr_ok(attr, left(nlh, attr)); (*count)++) {
    found = mnl_attr_get_type(attr) == type ? attr : found;
    attr = mnl_attr_next(attr);
  }
  return found;
}

static const struct nlattr *attribute(const struct nlmsghdr *nlh, size_t fixed, uint16_t type)
{
  size_t count;
  return find(nlh, fixed, type, &count);
}

static size_t attributes(const struct nlmsghdr *nlh, size_t fixed)
{
  size_t count;
  (void)find(nlh, fixed, 0, &count);
  return count;
}

static void check_keys(const struct nlmsghdr *nlh, const imstls_ipsec_sa *sa, const char *auth, const char *crypt)
{
  const struct nlattr *a = attribute(nlh, sizeof(struct xfrm_usersa_info), XFRMA_ALG_AUTH_TRUNC);
  const struct nlattr *c = attribute(nlh, sizeof(struct xfrm_usersa_info), XFRMA_ALG_CRYPT);
  ck_assert_uint_eq(attributes(nlh, sizeof(struct xfrm_usersa_info)), 2);
  ck_assert_ptr_nonnull(a);
  ck_assert_ptr_nonnull(c);
  const struct xfrm_algo_auth *auth_attr = mnl_attr_get_payload(a);
  const struct xfrm_algo *crypt_attr = mnl_attr_get_payload(c);
  ck_assert_str_eq(auth_attr->alg_name, auth);
  ck_assert_uint_eq(auth_attr->alg_trunc_len, 96);
  ck_assert_uint_eq(auth_attr->alg_key_len, sa->ik_esp_len * 8);
  ck_assert_uint_eq(mnl_attr_get_payload_len(a), sizeof *auth_attr + sa->ik_esp_len);
  ck_assert_mem_eq((const uint8_t *)auth_attr + sizeof *auth_attr, sa->ik_esp, sa->ik_esp_len);
  ck_assert_str_eq(crypt_attr->alg_name, crypt);
  ck_assert_uint_eq(crypt_attr->alg_key_len, sa->ck_esp_len * 8);
  ck_assert_uint_eq(mnl_attr_get_payload_len(c), sizeof *crypt_attr + sa->ck_esp_len);
  ck_assert_mem_eq((const uint8_t *)crypt_attr + sizeof *crypt_attr, sa->ck_esp, sa->ck_esp_len);
}

static void check_sa(const struct nlmsghdr *nlh, const imstls_i_xfrm_flow *flow, uint64_t lifetime_s)
{
  const struct xfrm_usersa_info *info = mnl_nlmsg_get_payload(nlh);
  check_selector(flow, &info->sel);
  check_lifetime(&info->lft, lifetime_s);
  same_address(&flow->dst, &info->id.daddr);
  same_address(&flow->src, &info->saddr);
  ck_assert_uint_eq(ntohl(info->id.spi), flow->spi);
  ck_assert_uint_eq(info->id.proto, IPPROTO_ESP);
  ck_assert_uint_eq(info->family, flow->src.family == 4 ? AF_INET : AF_INET6);
  ck_assert_uint_eq(info->mode, XFRM_MODE_TRANSPORT);
  ck_assert_uint_eq(info->reqid, flow->reqid);
  ck_assert_uint_eq(info->replay_window, 32);
  ck_assert_uint_eq(info->flags, 0);
}

static const struct {
  int32_t alg, ealg;
  uint32_t ik_len, ck_len;
  const char *auth, *crypt; /* as the kernel's crypto API names them */
} algorithms[] = {
  { IMSTLS_ALG_HMAC_SHA1_96, IMSTLS_EALG_AES_CBC, 20, 16, "hmac(sha1)", "cbc(aes)" },
  { IMSTLS_ALG_HMAC_SHA1_96, IMSTLS_EALG_DES_EDE3_CBC, 20, 24, "hmac(sha1)", "cbc(des3_ede)" },
  { IMSTLS_ALG_HMAC_SHA1_96, IMSTLS_EALG_NULL, 20, 0, "hmac(sha1)", "ecb(cipher_null)" },
  { IMSTLS_ALG_HMAC_MD5_96, IMSTLS_EALG_AES_CBC, 16, 16, "hmac(md5)", "cbc(aes)" },
  { IMSTLS_ALG_HMAC_MD5_96, IMSTLS_EALG_DES_EDE3_CBC, 16, 24, "hmac(md5)", "cbc(des3_ede)" },
  { IMSTLS_ALG_HMAC_MD5_96, IMSTLS_EALG_NULL, 16, 0, "hmac(md5)", "ecb(cipher_null)" },
};
enum { ALGORITHMS = sizeof algorithms / sizeof *algorithms };

static imstls_ipsec_sa sa_with(uint8_t family, int i)
{
  imstls_ipsec_sa sa = valid_sa(family);
  sa.alg = algorithms[i].alg;
  sa.ealg = algorithms[i].ealg;
  sa.ik_esp_len = algorithms[i].ik_len;
  sa.ck_esp_len = algorithms[i].ck_len;
  return sa;
}

START_TEST(sa_messages)
{
  for (uint8_t family = 4; family <= 6; family = (uint8_t)(family + 2)) {
    imstls_ipsec_sa sa = sa_with(family, _i);
    for (int side = 0; side < 2; side++) {
      imstls_ipsec_xfrm_set set = set_of(family, side == 1);
      imstls_i_xfrm_flow flows[FLOWS];
      imstls_i_xfrm_flows(&set, flows);
      for (int i = 0; i < FLOWS; i++) {
        size_t len = imstls_i_xfrm_put_sa(whole(), 9, &flows[i], &sa, 240, false);
        const struct nlmsghdr *nlh = header(len, XFRM_MSG_NEWSA, NLM_F_CREATE | NLM_F_EXCL, 9);
        check_sa(nlh, &flows[i], 240);
        check_keys(nlh, &sa, algorithms[_i].auth, algorithms[_i].crypt);
      }
    }
  }
}
END_TEST

START_TEST(sa_update)
{
  imstls_ipsec_sa sa = valid_sa(4);
  imstls_ipsec_xfrm_set set = set_of(4, false);
  imstls_i_xfrm_flow flows[FLOWS];
  imstls_i_xfrm_flows(&set, flows);
  size_t len = imstls_i_xfrm_put_sa(whole(), 1, &flows[0], &sa, UINT64_C(0x100000001), true);
  check_sa(header(len, XFRM_MSG_UPDSA, NLM_F_REPLACE, 1), &flows[0], UINT64_C(0x100000001));
}
END_TEST

START_TEST(sa_is_named)
{
  for (uint8_t family = 4; family <= 6; family = (uint8_t)(family + 2)) {
    imstls_ipsec_xfrm_set set = set_of(family, false);
    imstls_i_xfrm_flow flows[FLOWS];
    imstls_i_xfrm_flows(&set, flows);
    for (int get = 0; get < 2; get++) {
      size_t len = get != 0 ? imstls_i_xfrm_get_sa(whole(), 3, &flows[1]) : imstls_i_xfrm_del_sa(whole(), 3, &flows[1]);
      const struct nlmsghdr *nlh = header(len, get != 0 ? XFRM_MSG_GETSA : XFRM_MSG_DELSA, 0, 3);
      const struct xfrm_usersa_id *id = mnl_nlmsg_get_payload(nlh);
      same_address(&flows[1].dst, &id->daddr);
      ck_assert_uint_eq(ntohl(id->spi), 0x11111111);
      ck_assert_uint_eq(id->family, family == 4 ? AF_INET : AF_INET6);
      ck_assert_uint_eq(id->proto, IPPROTO_ESP);
    }
  }
}
END_TEST

static const imstls_i_xfrm_rule pass = { .priority = 1000, .lifetime_s = 840 };

START_TEST(policy_messages)
{
  for (uint8_t family = 4; family <= 6; family = (uint8_t)(family + 2)) {
    imstls_ipsec_xfrm_set set = set_of(family, false);
    imstls_i_xfrm_flow flows[FLOWS];
    imstls_i_xfrm_flows(&set, flows);
    for (int i = 0; i < FLOWS; i++) {
      size_t len = imstls_i_xfrm_put_policy(whole(), 4, &flows[i], &pass);
      const struct nlmsghdr *nlh = header(len, XFRM_MSG_NEWPOLICY, NLM_F_CREATE | NLM_F_EXCL, 4);
      const struct xfrm_userpolicy_info *info = mnl_nlmsg_get_payload(nlh);
      check_selector(&flows[i], &info->sel);
      check_lifetime(&info->lft, 840);
      ck_assert_uint_eq(info->priority, 1000);
      ck_assert_uint_eq(info->dir, flows[i].inbound ? XFRM_POLICY_IN : XFRM_POLICY_OUT);
      ck_assert_uint_eq(info->action, XFRM_POLICY_ALLOW);
      const struct nlattr *attr = attribute(nlh, sizeof *info, XFRMA_TMPL);
      ck_assert_ptr_nonnull(attr);
      ck_assert_uint_eq(mnl_attr_get_payload_len(attr), sizeof(struct xfrm_user_tmpl));
      const struct xfrm_user_tmpl *tmpl = mnl_attr_get_payload(attr);
      same_address(&flows[i].dst, &tmpl->id.daddr);
      same_address(&flows[i].src, &tmpl->saddr);
      ck_assert_uint_eq(tmpl->id.proto, IPPROTO_ESP);
      ck_assert_uint_eq(tmpl->id.spi, 0);
      ck_assert_uint_eq(tmpl->family, family == 4 ? AF_INET : AF_INET6);
      ck_assert_uint_eq(tmpl->reqid, flows[i].reqid);
      ck_assert_uint_eq(tmpl->mode, XFRM_MODE_TRANSPORT);
      ck_assert_uint_eq(tmpl->optional, 0);
      ck_assert_uint_eq(tmpl->aalgos, UINT32_MAX);
      ck_assert_uint_eq(tmpl->ealgos, UINT32_MAX);
    }
  }
}
END_TEST

START_TEST(guard_messages)
{
  static const imstls_i_xfrm_rule block = { .block = true, .replace = true, .priority = 2000, .lifetime_s = 0 };
  for (uint8_t family = 4; family <= 6; family = (uint8_t)(family + 2)) {
    imstls_address local = address(family, 1);
    for (int inbound = 0; inbound < 2; inbound++) {
      imstls_i_xfrm_flow flow = imstls_i_xfrm_guard(&local, 40002, inbound != 0);
      ck_assert_uint_eq(flow.src.port, inbound != 0 ? 0 : 40002);
      ck_assert_uint_eq(flow.dst.port, inbound != 0 ? 40002 : 0);
      size_t len = imstls_i_xfrm_put_policy(whole(), 5, &flow, &block);
      const struct nlmsghdr *nlh = header(len, XFRM_MSG_UPDPOLICY, NLM_F_REPLACE, 5);
      const struct xfrm_userpolicy_info *info = mnl_nlmsg_get_payload(nlh);
      check_selector(&flow, &info->sel);
      same_address(&local, inbound != 0 ? &info->sel.daddr : &info->sel.saddr);
      check_lifetime(&info->lft, 0);
      ck_assert_uint_eq(info->dir, inbound != 0 ? XFRM_POLICY_IN : XFRM_POLICY_OUT);
      ck_assert_uint_eq(info->action, XFRM_POLICY_BLOCK);
      ck_assert_uint_eq(attributes(nlh, sizeof *info), 0);
    }
  }
}
END_TEST

START_TEST(policy_is_named)
{
  imstls_ipsec_xfrm_set set = set_of(6, false);
  imstls_i_xfrm_flow flows[FLOWS];
  imstls_i_xfrm_flows(&set, flows);
  for (int i = 0; i < FLOWS; i++) {
    const struct nlmsghdr *nlh = header(imstls_i_xfrm_del_policy(whole(), 6, &flows[i]), XFRM_MSG_DELPOLICY, 0, 6);
    const struct xfrm_userpolicy_id *id = mnl_nlmsg_get_payload(nlh);
    check_selector(&flows[i], &id->sel);
    ck_assert_uint_eq(id->dir, flows[i].inbound ? XFRM_POLICY_IN : XFRM_POLICY_OUT);
    ck_assert_uint_eq(id->index, 0);
  }
}
END_TEST

static size_t build(int what, imstls_i_xfrm_buffer buf)
{
  imstls_ipsec_sa sa = valid_sa(4);
  imstls_ipsec_xfrm_set set = set_of(4, false);
  imstls_i_xfrm_flow flows[FLOWS];
  imstls_i_xfrm_flows(&set, flows);
  switch (what) {
  case 0: return imstls_i_xfrm_put_sa(buf, 1, flows, &sa, 240, false);
  case 1: return imstls_i_xfrm_get_sa(buf, 1, flows);
  case 2: return imstls_i_xfrm_del_sa(buf, 1, flows);
  case 3: return imstls_i_xfrm_put_policy(buf, 1, flows, &pass);
  default: return imstls_i_xfrm_del_policy(buf, 1, flows);
  }
}

START_TEST(every_capacity)
{
  size_t need = build(_i, whole());
  ck_assert_uint_ne(need, 0);
  for (size_t cap = 0; cap <= need; cap++) {
    uint8_t *exact = malloc(cap != 0 ? cap : 1);
    ck_assert_ptr_nonnull(exact);
    ck_assert_uint_eq(build(_i, (imstls_i_xfrm_buffer){ exact, cap }), cap < need ? 0 : need);
    free(exact);
  }
}
END_TEST

START_TEST(longest_fits)
{
  imstls_ipsec_sa sa = sa_with(6, 1);
  imstls_ipsec_xfrm_set set = set_of(6, false);
  imstls_i_xfrm_flow flows[FLOWS];
  imstls_i_xfrm_flows(&set, flows);
  ck_assert_uint_ne(imstls_i_xfrm_put_sa(whole(), 1, flows, &sa, 240, false), 0);
}
END_TEST

static void spoil(imstls_ipsec_sa *sa, int what)
{
  switch (what) {
  case 0: sa->size--; break;
  case 1: sa->ue.family = sa->pcscf.family = 0; break;
  case 2: sa->pcscf.family = 6; break;
  case 3: sa->ours.spi_c = 255; break; /* RFC 4303 2.1: reserved */
  case 4: sa->ours.spi_s = 255; break;
  case 5: sa->ours.spi_s = sa->ours.spi_c; break;
  case 6: sa->theirs.spi_c = 0; break;
  case 7: sa->theirs.spi_s = 0; break;
  case 8: sa->theirs.spi_s = sa->theirs.spi_c; break;
  case 9: sa->ours.port_c = 0; break;
  case 10: sa->ours.port_s = 0; break;
  case 11: sa->ours.port_s = sa->ours.port_c; break;
  case 12: sa->theirs.port_c = 0; break;
  case 13: sa->theirs.port_s = 0; break;
  case 14: sa->theirs.port_s = sa->theirs.port_c; break;
  case 15: sa->theirs.spi_c = sa->ours.spi_c; break; /* TS 33.203 7.2 */
  case 16: sa->theirs.spi_c = sa->ours.spi_s; break;
  case 17: sa->theirs.spi_s = sa->ours.spi_c; break;
  case 18: sa->theirs.spi_s = sa->ours.spi_s; break;
  case 19: sa->alg = 0; break;
  case 20: sa->alg = 3; break;
  case 21: sa->ealg = 0; break;
  case 22: sa->ealg = 4; break;
  case 23: sa->ik_esp_len = 16; break;
  case 24: sa->alg = IMSTLS_ALG_HMAC_MD5_96; break;
  case 25: sa->ck_esp_len = 0; break;
  case 26: sa->ealg = IMSTLS_EALG_NULL; break;
  case 27: sa->ealg = IMSTLS_EALG_DES_EDE3_CBC; break;
  case 28: sa->ck_esp_len = 24; break;
  default: sa->ik_esp_len = UINT32_MAX; break;
  }
}
enum { SPOILS = 30 };

START_TEST(refuses)
{
  imstls_ipsec_sa sa = valid_sa(4);
  ck_assert(imstls_i_xfrm_valid(&sa));
  spoil(&sa, _i);
  ck_assert(!imstls_i_xfrm_valid(&sa));
  /* The whole part says so too, before it goes near the kernel. */
  imstls_ipsec_xfrm_part part = IMSTLS_IPSEC_XFRM_INIT;
  const imstls_ipsec *ipsec = imstls_ipsec_xfrm(&part);
  uint32_t id = 77;
  ck_assert_int_eq(ipsec->install(ipsec->user, &sa, &id), IMSTLS_ERR_IPSEC);
  ck_assert_int_eq(part.last_errno, EINVAL);
  ck_assert_uint_eq(id, 77);
}
END_TEST

START_TEST(accepts)
{
  for (int i = 0; i < ALGORITHMS; i++) {
    imstls_ipsec_sa sa = sa_with(i % 2 == 0 ? 4 : 6, i);
    ck_assert(imstls_i_xfrm_valid(&sa));
  }
  imstls_ipsec_sa lowest = valid_sa(4);
  lowest.ours.spi_c = 256;
  lowest.theirs.spi_c = 1; /* peers begin below 256 */
  ck_assert(imstls_i_xfrm_valid(&lowest));
  ck_assert(!imstls_i_xfrm_valid(NULL));
}
END_TEST

/* Keys that do not fit their algorithm never reach a message. */
START_TEST(no_message_of_bad_keys)
{
  imstls_ipsec_xfrm_set set = set_of(4, false);
  imstls_i_xfrm_flow flows[FLOWS];
  imstls_i_xfrm_flows(&set, flows);
  for (int what = 19; what < SPOILS; what++) {
    imstls_ipsec_sa sa = valid_sa(4);
    spoil(&sa, what);
    ck_assert_uint_eq(imstls_i_xfrm_put_sa(whole(), 1, flows, &sa, 240, false), 0);
  }
}
END_TEST

START_TEST(reads_time_added)
{
  struct {
    struct nlmsghdr head;
    struct xfrm_usersa_info info;
  } message;
  memset(&message, 0, sizeof message);
  message.head.nlmsg_type = XFRM_MSG_NEWSA;
  message.head.nlmsg_len = sizeof message;
  message.info.curlft.add_time = 1795400000;
  for (size_t len = 0; len <= sizeof message; len++) {
    uint64_t added = 5;
    uint8_t *exact = malloc(len != 0 ? len : 1);
    ck_assert_ptr_nonnull(exact);
    memcpy(exact, &message, len);
    bool good = imstls_i_xfrm_read_added(exact, len, &added);
    ck_assert_int_eq(good, len == sizeof message);
    ck_assert_uint_eq(added, good ? 1795400000u : 5u);
    free(exact);
  }
  uint64_t added = 5;
  message.head.nlmsg_len = sizeof message - 1;
  ck_assert(!imstls_i_xfrm_read_added(&message, sizeof message, &added));
  message.head.nlmsg_len = sizeof message;
  message.head.nlmsg_type = XFRM_MSG_NEWPOLICY;
  ck_assert(!imstls_i_xfrm_read_added(&message, sizeof message, &added));
}
END_TEST

START_TEST(smaller_part)
{
  imstls_ipsec_xfrm_part part = IMSTLS_IPSEC_XFRM_INIT;
  part.size--;
  ck_assert_ptr_null(imstls_ipsec_xfrm(&part));
  ck_assert(!part.ipsec.reserve);
}
END_TEST

START_TEST(part_without_kernel)
{
  imstls_ipsec_xfrm_part part = IMSTLS_IPSEC_XFRM_INIT;
  const imstls_ipsec *ipsec = imstls_ipsec_xfrm(&part);
  ck_assert_ptr_eq(ipsec, &part.ipsec);
  ck_assert_uint_eq(ipsec->size, sizeof *ipsec);
  ck_assert_ptr_eq(ipsec->user, &part);
  imstls_address none = { 0 };
  imstls_address some = address(4, 1);
  imstls_ipsec_end end = ue_end;
  ck_assert_int_eq(ipsec->reserve(&part, &none, &some, 0, &end), IMSTLS_ERR_IPSEC);
  ck_assert_int_eq(part.last_errno, EINVAL);
  ck_assert_int_eq(ipsec->reserve(&part, NULL, &some, 0, &end), IMSTLS_ERR_IPSEC);
  part.side = IMSTLS_IPSEC_XFRM_PCSCF;
  ck_assert_int_eq(ipsec->reserve(&part, &some, &none, 0, &end), IMSTLS_ERR_IPSEC);
  part.last_errno = 0;
  ck_assert_int_eq(ipsec->set_lifetime(&part, 1, 5), IMSTLS_ERR_IPSEC);
  ck_assert_int_eq(part.last_errno, ENOENT);
  ipsec->remove(&part, 0); /* an empty slot has number 0 */
  ipsec->remove(&part, 1);
  ipsec->release(&part, &ue_end);
  ck_assert_int_eq(part.last_errno, ENOENT);
}
END_TEST

static Suite *add_message_tests(Suite *suite)
{
  TCase *tc = tcase_create("messages");
  tcase_add_test(tc, flows_of_both_sides);
  tcase_add_loop_test(tc, sa_messages, 0, ALGORITHMS);
  tcase_add_test(tc, sa_update);
  tcase_add_test(tc, sa_is_named);
  tcase_add_test(tc, policy_messages);
  tcase_add_test(tc, guard_messages);
  tcase_add_test(tc, policy_is_named);
  tcase_add_loop_test(tc, every_capacity, 0, 5);
  tcase_add_test(tc, longest_fits);
  tcase_add_test(tc, no_message_of_bad_keys);
  tcase_add_test(tc, reads_time_added);
  suite_add_tcase(suite, tc);
  return suite;
}

static imstls_i_xfrm_link opened;

static bool link_is_fresh(void)
{
  if (imstls_i_xfrm_open(&opened) != 0) {
    return false;
  }
  return moved_up(mnl_socket_get_fd(opened.socket)) && mnl_socket_get_portid(opened.socket) != 0;
}

START_TEST(not_standard_output)
{
  int fd = socket(AF_NETLINK, SOCK_RAW, NETLINK_XFRM);
  if (fd < 0) {
    return;
  } /* a kernel without XFRM has nothing to test here */
  (void)close(fd);
  ck_assert_int_eq(without_std((unsigned)_i, link_is_fresh), 0);
}
END_TEST

Suite *ipsec_xfrm_suite(void)
{
  Suite *suite = add_message_tests(suite_create("ipsec_xfrm"));
  TCase *tc = tcase_create("part");
  tcase_add_test(tc, no_part);
  tcase_add_loop_test(tc, refuses, 0, SPOILS);
  tcase_add_test(tc, accepts);
  tcase_add_test(tc, smaller_part);
  tcase_add_test(tc, part_without_kernel);
  tcase_add_loop_test(tc, not_standard_output, 1, 8);
  suite_add_tcase(suite, tc);
  return suite;
}

#endif
