/* SPDX-License-Identifier: Apache-2.0 */
/* What the ClientHello says. */
#include "tls_pair.h"

Suite *tls_hello_suite(void);

static bool contains(const uint8_t *data, size_t len, const void *part_of, size_t part_len)
{
  for (size_t i = 0; i + part_len <= len; i++)
    if (memcmp(data + i, part_of, part_len) == 0)
      return true;
  return false;
}

/* RFC 6066 3: extension 0 with one host_name, without a final dot; none for an IP literal. */
START_TEST(server_name_indication)
{
  static const char sni[] = "\x00\x00\x00\x17\x00\x15\x00\x00\x12pcscf.visited1.net";
  static const struct {
    const char *name;
    bool sent;
  } rows[] = { { NAME, true }, { NAME ".", true }, { "192.0.2.1", false }, { "2001:db8::1", false }, { NULL, false } };
  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
    tls_peer_how server = { .cert = "pcscf-ec" };
    imstls_tls_open how = how_cert();
    how.server_name = rows[i].name;
    int s = meet(&how, &server);
    ck_assert_int_eq(tls->handshake(tls->user, s), IMSTLS_WANT_READ);
    const pipe_half *hello = &peer.to_peer;
    ck_assert_int_eq(contains(hello->data, hello->end, sni, sizeof sni - 1), rows[i].sent);
    ck_assert(!contains(hello->data, hello->end, NAME ".", sizeof NAME));
    ck_assert(rows[i].sent || !rows[i].name || !contains(hello->data, hello->end, rows[i].name, strlen(rows[i].name)));
    leave(s);
  }
}
END_TEST

/* The body of an extension of the ClientHello that has just been sent. */
static imstls_bytes hello_extension(unsigned type)
{
  const uint8_t *p = peer.to_peer.data + 5 + 4 + 2 + 32;
  p += 1 + p[0];
  p += 2 + (p[0] << 8 | p[1]);
  p += 1 + p[0];
  const uint8_t *end = p + 2 + (p[0] << 8 | p[1]);
  for (p += 2; p < end; p += 4 + (p[2] << 8 | p[3]))
    if ((unsigned)(p[0] << 8 | p[1]) == type)
      return (imstls_bytes){ p + 4, (size_t)(p[2] << 8 | p[3]) };
  ck_abort_msg("no extension %u", type);
  return (imstls_bytes){ NULL, 0 };
}

/* Length of the list, pairs of hash and signature; hash 2 is SHA-1, 1 MD5. */
START_TEST(no_sha1_in_signature_algorithms)
{
  tls_peer_how server = { .cert = "pcscf-ec" };
  imstls_tls_open how = how_cert();
  int s = meet(&how, &server);
  (void)tls->handshake(tls->user, s);
  imstls_bytes algorithms = hello_extension(13);
  ck_assert_uint_gt(algorithms.len, 2);
  for (size_t i = 2; i < algorithms.len; i += 2)
    ck_assert_uint_gt(algorithms.ptr[i], 2);
  leave(s);
}
END_TEST

/* RFC 8422 5.1.1, RFC 8446 4.2.7: 23 to 25 are P-256 to P-521, 29 is X25519. */
START_TEST(cheapest_group_first)
{
#if defined(MBEDTLS_ECDH_VARIANT_EVEREST_ENABLED)
  static const uint8_t groups[] = { 0, 8, 0, 29, 0, 23, 0, 24, 0, 25 };
#else
  static const uint8_t groups[] = { 0, 8, 0, 23, 0, 24, 0, 29, 0, 25 };
#endif
  tls_peer_how server = { .cert = "pcscf-ec" };
  imstls_tls_open how = how_cert();
  int s = meet(&how, &server);
  (void)tls->handshake(tls->user, s);
  imstls_bytes offered = hello_extension(10);
  ck_assert_uint_eq(offered.len, sizeof groups);
  ck_assert_mem_eq(offered.ptr, groups, sizeof groups);
  leave(s);
}
END_TEST

Suite *tls_hello_suite(void)
{
  Suite *suite = suite_create("tls_hello");
  TCase *tc = tcase_create("all");
  tcase_add_checked_fixture(tc, setup, teardown);
  tcase_set_timeout(tc, 60);
  tcase_add_test(tc, server_name_indication);
  tcase_add_test(tc, no_sha1_in_signature_algorithms);
  tcase_add_test(tc, cheapest_group_first);
  suite_add_tcase(suite, tc);
  return suite;
}
