/* SPDX-License-Identifier: Apache-2.0 */
/* Chains: what they may cost, what is verified of them under which policy, and who signed the handshake. */
#include "tls_pair.h"

Suite *tls_cert_suite(void);

static const int versions[] = { 12,
#if IMSTLS_I_TLS13
                                13
#endif
};
enum { VERSIONS = sizeof versions / sizeof versions[0] };

static int open_under(const tls_peer_how *server, const char *ca, uint32_t verify_pki)
{
  teardown();
  start_part(server->version, ca);
  imstls_tls_open how = how_cert();
  how.verify_pki = verify_pki;
  return meet(&how, server);
}

static int open_with(const tls_peer_how *server, const char *ca) { return open_under(server, ca, ca != NULL); }

static imstls_i_mbedtls_cert *cert_of(int s) { return &part->sessions[s]->cert; }

/* ---- limits ---- */

static const struct {
  const char *file;
  int error;
} keys[] = {
  { "rsa4096.der", IMSTLS_OK }, { "rsa4104.der", IMSTLS_ERR_TLS_CERT }, { "rsa8192.der", IMSTLS_ERR_TLS_CERT },
  { "rsa-e32.der", IMSTLS_OK }, { "rsa-e33.der", IMSTLS_ERR_TLS_CERT },
};

static int verdict_on(mbedtls_x509_crt *chain)
{
  imstls_i_mbedtls_cert cert = { .max = 4096 };
  int error = imstls_i_mbedtls_take_chain(&cert, chain);
  mbedtls_free(cert.der);
  return error;
}

static void add_file(mbedtls_x509_crt *chain, const char *name)
{
  uint8_t der[4096];
  ck_assert_int_eq(mbedtls_x509_crt_parse_der(chain, der, read_file(name, der, sizeof der)), 0);
}

/* The limits hold for the end entity and for every issuer. */
START_TEST(rsa_keys)
{
  mbedtls_x509_crt chain;
  mbedtls_x509_crt_init(&chain);
  add_file(&chain, keys[_i].file);
  ck_assert_int_eq(verdict_on(&chain), keys[_i].error);
  mbedtls_x509_crt_free(&chain);
  mbedtls_x509_crt_init(&chain);
  add_file(&chain, "pcscf-ec.der");
  add_file(&chain, "pcscf-rsa.der");
  ck_assert_int_eq(verdict_on(&chain), IMSTLS_OK);
  add_file(&chain, keys[_i].file);
  ck_assert_int_eq(verdict_on(&chain), keys[_i].error);
  mbedtls_x509_crt_free(&chain);
}
END_TEST

/* A SubjectPublicKeyInfo that mbedTLS never lets through is no key that we let through. */
START_TEST(key_cut_anywhere)
{
  mbedtls_x509_crt crt;
  mbedtls_x509_crt_init(&crt);
  add_file(&crt, _i == 0 ? "pcscf-rsa.der" : "pcscf-ec.der");
  size_t len = crt.pk_raw.len;
  const uint8_t *whole = crt.pk_raw.p;
  for (size_t cut = 0; cut <= len; cut++) {
    uint8_t *part_of = malloc(cut + 1);
    memcpy(part_of, whole, cut);
    crt.pk_raw = (mbedtls_x509_buf){ .tag = crt.pk_raw.tag, .len = cut, .p = part_of };
    ck_assert_int_eq(verdict_on(&crt), cut == len ? IMSTLS_OK : IMSTLS_ERR_TLS_CERT);
    free(part_of);
  }
  mbedtls_x509_crt_free(&crt);
}
END_TEST

/* Nor is one that mbedTLS cannot verify a signature with, whatever curve it names. */
START_TEST(key_that_does_not_sign)
{
  mbedtls_x509_crt crt;
  mbedtls_x509_crt_init(&crt);
  add_file(&crt, "pcscf-ec.der");
  mbedtls_pk_free(&crt.pk);
  mbedtls_pk_init(&crt.pk);
  ck_assert_int_eq(verdict_on(&crt), IMSTLS_ERR_TLS_CERT);
  mbedtls_x509_crt_free(&crt);
}
END_TEST

START_TEST(octets_of_a_chain)
{
  mbedtls_x509_crt chain;
  mbedtls_x509_crt_init(&chain);
  add_file(&chain, "pcscf-ec.der");
  add_file(&chain, "pcscf-rsa.der");
  size_t first = chain.raw.len, second = chain.next->raw.len;
  chain.next->raw.len = 65536 - first; /* only counted */
  ck_assert_int_eq(verdict_on(&chain), IMSTLS_OK);
  chain.next->raw.len++;
  ck_assert_int_eq(verdict_on(&chain), IMSTLS_ERR_TLS_CERT);
  chain.next->raw.len = second;
  mbedtls_x509_crt_free(&chain);
  /* What mbedTLS could not read at all is no end entity. */
  mbedtls_x509_crt_init(&chain);
  ck_assert_int_eq(verdict_on(&chain), IMSTLS_ERR_TLS_CERT);
}
END_TEST

/* Through the handshake: `count` certificates, the last one of another kind. Ours tells the peer why. */
static void expect_chain(int version, int count, const char *last, const char *ca, int error)
{
  tls_peer_how server = { .cert = "pcscf-ec", .version = version };
  for (int i = 0; i < count - 1; i++)
    server.issuers[i] = i < count - 2 ? "chain-int" : last;
  int s = open_with(&server, ca);
  ck_assert_int_eq(handshake(s), error);
  ck_assert_int_eq(tls->handshake(tls->user, s), error);
  if (error == IMSTLS_OK) {
    imstls_tls_facts facts = facts_of(s);
    expect_cert(&facts, "pcscf-ec.der");
    talk(s);
  } else {
    ck_assert_int_ne(tls->last_error(tls->user), 0);
    /* At this point of TLS 1.3 mbedTLS sends alerts in clear, as its own; a server that awaits records reads noise. */
    ck_assert_int_ne(peer.error, 0);
    if (version == 12)
      ck_assert_int_eq(peer.error, MBEDTLS_ERR_SSL_FATAL_ALERT_MESSAGE);
  }
  leave(s);
}

START_TEST(chains_in_the_handshake)
{
  int version = versions[_i];
  for (int pki = 0; pki < 2; pki++) {
    const char *ca = pki ? "pcscf-ec.der" : NULL;
    expect_chain(version, 10, "chain-int", ca, IMSTLS_OK);
    expect_chain(version, 11, "chain-int", ca, IMSTLS_ERR_TLS_CERT);
    expect_chain(version, 3, "rsa4096", ca, IMSTLS_OK);
    expect_chain(version, 3, "rsa8192", ca, IMSTLS_ERR_TLS_CERT);
    expect_chain(version, 2, "rsa-e33", ca, IMSTLS_ERR_TLS_CERT);
  }
}
END_TEST

/* A chain of 12 KiB has a call of its own, a short one has not. */
START_TEST(long_chain_ends_the_call)
{
  for (int count = 1; count < 10; count += 8) {
    int ret, pending = 0;
    tls_peer_how server = { .cert = "pcscf-ec", .version = versions[_i] };
    for (int i = 0; i < count; i++)
      server.issuers[i] = "rsa4096";
    int s = open_with(&server, NULL);
    do {
      ret = tls->handshake(tls->user, s);
      pending += ret == IMSTLS_PENDING;
      peer_handshake(&peer);
    } while (ret == IMSTLS_WANT_READ || ret == IMSTLS_PENDING);
    ck_assert_int_eq(ret, IMSTLS_OK);
    ck_assert_int_eq(pending, count > 1);
    talk(s);
    leave(s);
  }
}
END_TEST

/* Unfit itself: refused before the signature of its owner is verified, which the peer here could not have made. */
START_TEST(unfit_before_its_signature)
{
  const char *const unfit[] = { "rsa8192", "rsa4104", "rsa-e33" };
  tls_peer_how server = { .cert = unfit[_i % 3], .key = "rsa4096", .version = versions[_i / 3] };
  int s = open_with(&server, NULL);
  ck_assert_int_eq(handshake(s), IMSTLS_ERR_TLS_CERT);
  leave(s);
}
END_TEST

START_TEST(rsa4096_in_the_handshake)
{
  tls_peer_how server = { .cert = "rsa4096", .version = versions[_i] };
  int s = open_with(&server, NULL);
  ck_assert_int_eq(handshake(s), IMSTLS_OK);
  imstls_tls_facts facts = facts_of(s);
  expect_cert(&facts, "rsa4096.der");
  leave(s);
}
END_TEST

/* ---- the signature of the handshake ---- */

static const struct {
  const char *cert, *key;
} impostors[] = {
  { "pcscf-ec", "mitm-ec" }, { "chain-leaf", "pcscf-ec" }, { "pcscf-rsa", "rsa4096" }, { "rsa4096", "pcscf-rsa" }
};

/* Whoever shows a certificate without its key gets no session, under no policy. */
START_TEST(signature_by_another_key)
{
  size_t n = (size_t)_i % 4;
  tls_peer_how server = { .cert = impostors[n].cert, .key = impostors[n].key, .version = versions[_i / 8] };
  int s = open_with(&server, _i / 4 % 2 ? "pcscf-ec.der" : NULL);
  int ret = handshake(s);
  ck_assert_int_ne(ret, IMSTLS_OK);
  ck_assert_int_eq(ret, tls->handshake(tls->user, s));
  ck_assert_int_ne(tls->last_error(tls->user), 0);
  ck_assert_int_eq(peer.done, 0);
  imstls_tls_facts facts = { .size = sizeof facts };
  ck_assert_int_eq(tls->facts(tls->user, s, &facts), IMSTLS_ERR_STATE);
  leave(s);
}
END_TEST

/* ---- links ---- */

static const struct {
  const char *issuers[3];
  const char *ca;
  uint32_t verify;
  int pki;
} chains[] = {
  { { "chain-int" }, "chain-root.der", 1, 1 },
  { { "chain-int", "chain-root" }, "chain-root.der", 1, 1 },
  { { "chain-root", "chain-int" }, "chain-root.der", 1, 1 }, /* RFC 8446 4.4.2 bears that */
  { { NULL }, "chain-root.der", 1, IMSTLS_ERR_PKI },
  { { "chain-int-bad" }, "chain-root.der", 1, IMSTLS_ERR_PKI },
  { { "chain-int" }, "pcscf-ec.der", 1, IMSTLS_ERR_PKI },
  { { "chain-int", "ec224" }, "chain-root.der", 1, IMSTLS_ERR_PKI }, /* a key that is never worked with */
  { { "chain-int" }, NULL, 1, IMSTLS_ERR_PKI },
  { { "chain-int" }, NULL, 0, 0 },
  { { "chain-int-bad", "chain-root" }, NULL, 0, 0 },
  { { "chain-int-bad", "chain-root" }, "chain-root.der", 0, 0 },
};
enum { CHAINS = sizeof chains / sizeof chains[0] };

/* Under token trust nothing is verified of the chain; under PKI its faults are told and end nothing. */
START_TEST(links_of_a_chain)
{
  int n = _i % CHAINS;
  tls_peer_how server = { .cert = "chain-leaf", .version = versions[_i / CHAINS] };
  memcpy(server.issuers, chains[n].issuers, sizeof chains[n].issuers);
  int s = open_under(&server, chains[n].ca, chains[n].verify);
  ck_assert_int_eq(handshake(s), IMSTLS_OK);
  imstls_tls_facts facts = facts_of(s);
  expect_cert(&facts, "chain-leaf.der");
  ck_assert_int_eq(facts.pki, chains[n].pki);
  if (!chains[n].verify || !chains[n].ca)
    ck_assert_uint_eq(cert_of(s)->pki_flags, 0);
  /* mbedTLS itself has verified nothing either. */
  ck_assert_uint_eq(mbedtls_ssl_get_verify_result(&part->sessions[s]->ssl), 0);
  talk(s);
  leave(s);
}
END_TEST

/* Keys of issuers do not count under token trust: this one has the name of the end entity's issuer. */
START_TEST(issuer_with_a_short_key)
{
  tls_peer_how server = { .cert = "pcscf-ec", .issuers = { "rsa1024" }, .version = versions[_i] };
  int s = open_with(&server, NULL);
  ck_assert_int_eq(handshake(s), IMSTLS_OK);
  leave(s);
}
END_TEST

/* The end entity comes first (RFC 5246 7.4.2): another certificate there is one whose key the peer lacks. */
START_TEST(issuer_before_the_end_entity)
{
  tls_peer_how server = {
    .cert = "chain-int", .key = "chain-leaf", .issuers = { "chain-leaf" }, .version = versions[_i]
  };
  int s = open_with(&server, NULL);
  ck_assert_int_ne(handshake(s), IMSTLS_OK);
  leave(s);
}
END_TEST

#if defined(MBEDTLS_ECP_RESTARTABLE) && !IMSTLS_I_PSA
static int slices(const char *ca, const char *const issuers[2])
{
  int pending = 0, ret;
  tls_peer_how server = { .cert = "chain-leaf", .version = 12, .issuers = { issuers[0], issuers[1] } };
  int s = open_with(&server, ca);
  do {
    mbedtls_ecp_set_max_ops(200);
    ret = tls->handshake(tls->user, s);
    mbedtls_ecp_set_max_ops(0);
    pending += ret == IMSTLS_PENDING;
    peer_handshake(&peer);
  } while (ret == IMSTLS_WANT_READ || ret == IMSTLS_PENDING);
  ck_assert_int_eq(ret, IMSTLS_OK);
  ck_assert_int_eq(facts_of(s).pki, ca != NULL);
  leave(s);
  return pending;
}

/* Each signature that is verified costs slices: issuers cost none under token trust. */
START_TEST(slices_of_a_chain)
{
  const char *const none[2] = { NULL, NULL }, *const both[2] = { "chain-int", "chain-root" };
  int alone = slices(NULL, none);
  int chain = slices(NULL, both);
  int pki = slices("chain-root.der", both);
  ck_assert_int_gt(alone, 3);
  ck_assert_int_le(abs(chain - alone), 2); /* scalars are random */
  ck_assert_int_gt(pki, chain + 4);
}
END_TEST
#endif

START_TEST(lent_chain)
{
  const char *const last[] = { "chain-int", "rsa8192" };
  imstls_mbedtls_lender lender = IMSTLS_MBEDTLS_LENDER_INIT;
  imstls_mbedtls_lent lent = { sizeof lent, &lent_ssl, 0, 1 };
  tls_peer_how server = { .cert = "pcscf-ec", .issuers = { "chain-int-bad", last[_i] } };
  imstls_tls_open how = how_cert();
  lend_start(&server, 12);
  const imstls_tls *lt = imstls_mbedtls_lend(&lender, &lent);
  ck_assert_int_eq(lt->open(lt->user, &how), 0);
  bool fit = _i == 0 || !KEEPS_CERTIFICATE;
  ck_assert_int_eq(handshake_of(lt, 0), fit ? IMSTLS_OK : IMSTLS_ERR_TLS_CERT);
  lend_end();
}
END_TEST

Suite *tls_cert_suite(void)
{
  Suite *suite = suite_create("tls_cert");
  TCase *tc = tcase_create("chain");
  tcase_add_checked_fixture(tc, setup, teardown);
  tcase_set_timeout(tc, 60);
  LOOP(tc, rsa_keys, keys);
  tcase_add_loop_test(tc, key_cut_anywhere, 0, 2);
  tcase_add_test(tc, key_that_does_not_sign);
  tcase_add_test(tc, octets_of_a_chain);
  LOOP(tc, chains_in_the_handshake, versions);
  LOOP(tc, long_chain_ends_the_call, versions);
  tcase_add_loop_test(tc, unfit_before_its_signature, 0, 3 * VERSIONS);
  LOOP(tc, rsa4096_in_the_handshake, versions);
  tcase_add_loop_test(tc, signature_by_another_key, 0, 8 * VERSIONS);
  tcase_add_loop_test(tc, links_of_a_chain, 0, CHAINS * VERSIONS);
  LOOP(tc, issuer_with_a_short_key, versions);
  LOOP(tc, issuer_before_the_end_entity, versions);
#if defined(MBEDTLS_ECP_RESTARTABLE) && !IMSTLS_I_PSA
  tcase_add_test(tc, slices_of_a_chain);
#endif
  tcase_add_loop_test(tc, lent_chain, 0, 2);
  suite_add_tcase(suite, tc);
  return suite;
}
