/* SPDX-License-Identifier: Apache-2.0 */
/* Security associations against a ledger: what is reserved is installed or given back, what is installed is removed,
 * once each (TS 33.203 7). */
#include "registration/sa.h"

#include "registration_help.h"

enum { SETS = 32, NONE = 0, RESERVED, RELEASED, INSTALLED, REMOVED };

typedef struct ledger {
  imstls_ipsec ipsec;
  int ends[SETS], sets[SETS]; /* by number: what became of it */
  uint32_t reserved, installed;
  bool fails;
  uint16_t keep;
  imstls_ipsec_sa last;
  uint32_t lifetime_id, lifetime_s;
} ledger;

static int do_reserve(void *user, const imstls_address *ue, const imstls_address *pcscf, uint16_t keep,
                      imstls_ipsec_end *out)
{
  ledger *l = user;
  ck_assert(ue->port == 1 && pcscf->port == 2);
  l->keep = keep;
  if (l->fails)
    return IMSTLS_ERR_IPSEC;
  uint32_t n = ++l->reserved;
  l->ends[n] = RESERVED;
  *out = (imstls_ipsec_end){ 1000 + n, 2000 + n, (uint16_t)(3000 + n), keep ? keep : (uint16_t)(4000 + n) };
  return IMSTLS_OK;
}

static int do_install(void *user, const imstls_ipsec_sa *sa, uint32_t *id)
{
  ledger *l = user;
  l->last = *sa;
  if (l->fails)
    return IMSTLS_ERR_IPSEC;
  uint32_t n = sa->ours.spi_c - 1000;
  ck_assert_int_eq(l->ends[n], RESERVED);
  l->ends[n] = INSTALLED;
  *id = ++l->installed;
  l->sets[*id] = INSTALLED;
  return IMSTLS_OK;
}

static int do_lifetime(void *user, uint32_t id, uint32_t lifetime_s)
{
  ledger *l = user;
  ck_assert_int_eq(l->sets[id], INSTALLED);
  l->lifetime_id = id;
  l->lifetime_s = lifetime_s;
  return IMSTLS_OK;
}

static void do_remove(void *user, uint32_t id)
{
  ledger *l = user;
  ck_assert_int_eq(l->sets[id], INSTALLED);
  l->sets[id] = REMOVED;
}

static void do_release(void *user, const imstls_ipsec_end *end)
{
  ledger *l = user;
  ck_assert_int_eq(l->ends[end->spi_c - 1000], RESERVED);
  l->ends[end->spi_c - 1000] = RELEASED;
}

static void open_ledger(ledger *l)
{
  memset(l, 0, sizeof *l);
  l->ipsec = (imstls_ipsec){ sizeof l->ipsec, l, do_reserve, do_install, do_lifetime, do_remove, do_release };
}

static int reserve(ledger *l, imstls_i_sa *s)
{
  imstls_address ue = { .family = 4, .port = 1 }, pcscf = { .family = 4, .port = 2 };
  return imstls_i_sa_reserve(s, &l->ipsec, &ue, &pcscf);
}

static const imstls_aka_result keys = { .size = sizeof keys, .ck = "0123456789abcdef", .ik = "fedcba9876543210" };

static imstls_mechanism entry(const char *alg, const char *ealg)
{
  imstls_mechanism m = { .size = sizeof m, .spi_c = 11, .spi_s = 12, .port_c = 13, .port_s = 14 };
  m.alg = text_of(alg);
  if (ealg)
    m.ealg = text_of(ealg);
  return m;
}

static int install(ledger *l, imstls_i_sa *s)
{
  imstls_mechanism m = entry("hmac-sha-1-96", NULL);
  ck_assert_int_eq(imstls_i_sa_take(s, &m), IMSTLS_OK);
  return imstls_i_sa_install(s, &l->ipsec, &keys);
}

/* One thing that a client does, well or not. */
static void do_one(ledger *l, imstls_i_sa *s, unsigned what)
{
  l->fails = what == 1 || what == 3;
  switch (what) {
  case 0:
  case 1: ck_assert_int_eq(reserve(l, s), l->fails ? IMSTLS_ERR_IPSEC : IMSTLS_OK); break;
  case 2:
  case 3:
    if (s->reserved)
      ck_assert_int_eq(install(l, s), l->fails ? IMSTLS_ERR_IPSEC : IMSTLS_OK);
    break;
  case 4: imstls_i_sa_keep(s, &l->ipsec, 600, true); break;
  default: imstls_i_sa_drop(s, &l->ipsec); break;
  }
  l->fails = false;
}

/* Never more than the set in use and the one that it replaces, and the one that is used is there. */
static void ck_held(const ledger *l, const imstls_i_sa *s)
{
  int open = 0;
  for (uint32_t i = 1; i <= l->installed; i++)
    open += l->sets[i] == INSTALLED;
  ck_assert_int_eq(open, (s->id != 0) + (s->old_id != 0));
  ck_assert(!s->id || l->sets[s->id] == INSTALLED);
  int waiting = 0;
  for (uint32_t i = 1; i <= l->reserved; i++)
    waiting += l->ends[i] == RESERVED;
  ck_assert_int_eq(waiting, s->reserved);
}

/* Six things in every order, five at a time, from nothing and from a set in use: three sets follow one another. */
START_TEST(every_order)
{
  static ledger l;
  for (unsigned order = 0; order < 2 * 6 * 6 * 6 * 6 * 6; order++) {
    imstls_i_sa s = { 0 };
    open_ledger(&l);
    if (order % 2) {
      do_one(&l, &s, 0);
      do_one(&l, &s, 2);
    }
    for (unsigned left = order / 2, i = 0; i < 5; i++, left /= 6) {
      do_one(&l, &s, left % 6);
      ck_held(&l, &s);
    }
    imstls_i_sa_drop(&s, &l.ipsec);
    ck_held(&l, &s);
    ck_assert(!s.id && !s.old_id && !s.reserved);
  }
}
END_TEST

/* TS 33.203 7.2: our server port stays as long as SAs are in use. */
START_TEST(server_port)
{
  ledger l;
  imstls_i_sa s = { 0 };
  open_ledger(&l);
  ck_assert_int_eq(reserve(&l, &s), IMSTLS_OK);
  ck_assert_uint_eq(l.keep, 0);
  ck_assert_int_eq(reserve(&l, &s), IMSTLS_OK);
  ck_assert_uint_eq(l.keep, 0);
  uint16_t port = s.sa.ours.port_s;
  ck_assert_int_eq(install(&l, &s), IMSTLS_OK);
  for (int i = 0; i < 3; i++) {
    ck_assert_int_eq(reserve(&l, &s), IMSTLS_OK);
    ck_assert_uint_eq(l.keep, port);
    ck_assert_uint_eq(s.sa.ours.port_s, port);
  }
  imstls_i_sa_drop(&s, &l.ipsec);
  ck_assert_int_eq(reserve(&l, &s), IMSTLS_OK);
  ck_assert_uint_eq(l.keep, 0);
}
END_TEST

START_TEST(taking)
{
  static const struct {
    const char *alg, *ealg;
    int want_alg, want_ealg;
  } rows[] = {
    { "hmac-md5-96", NULL, IMSTLS_ALG_HMAC_MD5_96, IMSTLS_EALG_NULL },
    { "hmac-sha-1-96", NULL, IMSTLS_ALG_HMAC_SHA1_96, IMSTLS_EALG_NULL },
    { "HMAC-SHA-1-96", "null", IMSTLS_ALG_HMAC_SHA1_96, IMSTLS_EALG_NULL },
    { "HMAC-MD5-96", "AES-CBC", IMSTLS_ALG_HMAC_MD5_96, IMSTLS_EALG_AES_CBC },
    { "hmac-sha-1-96", "des-ede3-cbc", IMSTLS_ALG_HMAC_SHA1_96, IMSTLS_EALG_DES_EDE3_CBC },
  };
  for (size_t i = 0; i < COUNT(rows); i++) {
    imstls_i_sa s = { .sa = { .ealg = 77 } };
    imstls_mechanism m = entry(rows[i].alg, rows[i].ealg);
    ck_assert_int_eq(imstls_i_sa_take(&s, &m), IMSTLS_OK);
    ck_assert(s.sa.alg == rows[i].want_alg && s.sa.ealg == rows[i].want_ealg);
    ck_assert(s.sa.theirs.spi_c == 11 && s.sa.theirs.spi_s == 12);
    ck_assert(s.sa.theirs.port_c == 13 && s.sa.theirs.port_s == 14);
  }
}
END_TEST

/* Nothing could be sent to a port 0 or an SPI 0, nor could two SAs share an SPI. */
START_TEST(incomplete)
{
  for (int part = 0; part < 5; part++) {
    imstls_i_sa s = { 0 };
    imstls_mechanism m = entry("hmac-md5-96", NULL);
    if (part == 0)
      m.spi_c = 0;
    if (part == 1)
      m.spi_s = 0;
    if (part == 2)
      m.port_c = 0;
    if (part == 3)
      m.port_s = 0;
    if (part == 4)
      m.spi_s = m.spi_c;
    ck_assert_int_eq(imstls_i_sa_take(&s, &m), IMSTLS_ERR_SECAGREE_MALFORMED);
    ck_assert(!s.sa.theirs.spi_c && !s.sa.alg);
  }
}
END_TEST

/* TS 33.203 annex I: SHA-1 takes IK and 32 zero bits, AES takes CK; neither stays here, installed or not. */
START_TEST(keys_of_sa)
{
  static const uint8_t zero[24] = { 0 };
  for (int fails = 0; fails < 2; fails++) {
    ledger l;
    imstls_i_sa s = { 0 };
    imstls_mechanism m = entry("hmac-sha-1-96", "aes-cbc");
    open_ledger(&l);
    ck_assert_int_eq(reserve(&l, &s), IMSTLS_OK);
    ck_assert_int_eq(imstls_i_sa_take(&s, &m), IMSTLS_OK);
    l.fails = fails;
    ck_assert_int_eq(imstls_i_sa_install(&s, &l.ipsec, &keys), fails ? IMSTLS_ERR_IPSEC : IMSTLS_OK);
    ck_assert_uint_eq(l.last.ik_esp_len, 20);
    ck_assert_mem_eq(l.last.ik_esp, "fedcba9876543210\0\0\0\0", 20);
    ck_assert_uint_eq(l.last.ck_esp_len, 16);
    ck_assert_mem_eq(l.last.ck_esp, "0123456789abcdef", 16);
    ck_assert_uint_eq(l.last.size, sizeof l.last);
    ck_assert_uint_eq(l.last.lifetime_s, 240); /* TS 33.203 7.4: until the 200 */
    ck_assert_mem_eq(s.sa.ik_esp, zero, sizeof s.sa.ik_esp);
    ck_assert_mem_eq(s.sa.ck_esp, zero, sizeof s.sa.ck_esp);
    imstls_i_sa_drop(&s, &l.ipsec);
    ck_assert_int_eq(l.ends[1], fails ? RELEASED : INSTALLED);
  }
}
END_TEST

static int no_mac(void *user, int key, int alg, const imstls_bytes *data, size_t count, uint8_t *out)
{
  (void)user, (void)key, (void)alg, (void)data, (void)count, (void)out;
  return IMSTLS_ERR_USIM;
}

START_TEST(key_handle)
{
  ledger l;
  imstls_i_sa s = { 0 };
  imstls_aka_result handle = { .size = sizeof handle, .keys = { .mac = no_mac } };
  open_ledger(&l);
  ck_assert_int_eq(reserve(&l, &s), IMSTLS_OK);
  ck_assert_int_eq(imstls_i_sa_install(&s, &l.ipsec, &handle), IMSTLS_ERR_UNSUPPORTED);
  ck_assert(!l.installed && s.reserved);
}
END_TEST

/* The registration's time and 30 s; a sum that wraps would end them at once. */
START_TEST(lifetime)
{
  static const uint32_t rows[][2] = { { 600, 630 },
                                      { 0, 30 },
                                      { UINT32_MAX - 31, UINT32_MAX - 1 },
                                      { UINT32_MAX - 30, UINT32_MAX },
                                      { UINT32_MAX - 29, UINT32_MAX },
                                      { UINT32_MAX, UINT32_MAX } };
  ledger l;
  imstls_i_sa s = { 0 };
  open_ledger(&l);
  imstls_i_sa_keep(&s, &l.ipsec, 600, true); /* there is none */
  ck_assert_uint_eq(l.lifetime_id, 0);
  for (int i = 0; i < 2; i++) {
    ck_assert_int_eq(reserve(&l, &s), IMSTLS_OK);
    ck_assert_int_eq(install(&l, &s), IMSTLS_OK);
  }
  for (size_t i = 0; i < COUNT(rows); i++) {
    imstls_i_sa_keep(&s, &l.ipsec, rows[i][0], true);
    ck_assert_uint_eq(l.lifetime_s, rows[i][1]);
    ck_assert_uint_eq(l.lifetime_id, 2); /* the new ones */
    ck_assert_int_eq(l.sets[1], REMOVED);
  }
}
END_TEST

/* Parts of IPsec that may be missing. */
START_TEST(without_callbacks)
{
  ledger l;
  imstls_i_sa s = { 0 };
  open_ledger(&l);
  l.ipsec.set_lifetime = NULL;
  l.ipsec.release = NULL;
  ck_assert_int_eq(reserve(&l, &s), IMSTLS_OK);
  ck_assert_int_eq(reserve(&l, &s), IMSTLS_OK);
  ck_assert_int_eq(install(&l, &s), IMSTLS_OK);
  imstls_i_sa_keep(&s, &l.ipsec, 600, true);
  ck_assert_int_eq(reserve(&l, &s), IMSTLS_OK);
  imstls_i_sa_drop(&s, &l.ipsec);
  ck_assert_int_eq(l.sets[1], REMOVED);
  ck_assert(!s.reserved);
}
END_TEST

SUITE_OF(sa, every_order, server_port, taking, incomplete, keys_of_sa, key_handle, lifetime, without_callbacks)
