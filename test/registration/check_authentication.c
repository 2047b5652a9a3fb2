/* SPDX-License-Identifier: Apache-2.0 */
/* How often the card is asked, and by whom (client.h). */
#include "registration/authentication.h"

#include "registration_help.h"

enum { MINUTE = 60000, HOUR = 3600000 };

static imstls_i_authentication fresh(void)
{
  imstls_i_authentication a;
  memset(&a, 0, sizeof a);
  imstls_i_authentication_init(&a);
  imstls_i_authentication_begin(&a);
  return a;
}

/* The n-th RAND; two of them differ in their last octet alone. */
static void rand_is(imstls_i_authentication *a, unsigned n)
{
  memset(a->challenge.rand, 0x11, IMSTLS_RAND_LEN);
  a->challenge.rand[IMSTLS_RAND_LEN - 1] = (uint8_t)n;
  a->challenge.rand[IMSTLS_RAND_LEN - 2] = (uint8_t)(n >> 8);
}

static int may_ask(imstls_i_authentication *a, unsigned n, uint64_t now)
{
  rand_is(a, n);
  return imstls_i_authentication_may_ask(a, now);
}

static void ask(imstls_i_authentication *a, unsigned n, uint64_t now)
{
  ck_assert_int_eq(may_ask(a, n, now), IMSTLS_OK);
  imstls_i_authentication_count(a, now);
}

START_TEST(challenges)
{
  imstls_i_authentication a = fresh();
  for (unsigned n = 0; n < 4; n++)
    ask(&a, n, n * MINUTE);
  ck_assert_int_eq(may_ask(&a, 4, HOUR), IMSTLS_ERR_SIP_CHALLENGES);
  imstls_i_authentication_accepted(&a);
  for (unsigned n = 4; n < 8; n++)
    ask(&a, n, HOUR + n * MINUTE);
  ck_assert_int_eq(may_ask(&a, 8, 2 * HOUR), IMSTLS_ERR_SIP_CHALLENGES);
  imstls_i_authentication_begin(&a);
  ck_assert_int_eq(may_ask(&a, 8, 2 * HOUR), IMSTLS_OK);
}
END_TEST

/* None of the last eight is answered again, whatever attempt it was in. */
START_TEST(rand_ring)
{
  imstls_i_authentication a = fresh();
  for (unsigned n = 0; n < 30; n++) {
    imstls_i_authentication_begin(&a);
    ask(&a, n, n * MINUTE);
    for (unsigned old = 0; old <= n; old++) {
      int want = n - old < 8 ? IMSTLS_ERR_AKA_REPEATED : IMSTLS_OK;
      ck_assert_int_eq(may_ask(&a, old, n * MINUTE + HOUR), want);
    }
    imstls_i_authentication_accepted(&a);
    ck_assert_int_eq(may_ask(&a, n, n * MINUTE + HOUR), IMSTLS_ERR_AKA_REPEATED);
  }
}
END_TEST

START_TEST(every_octet_of_rand)
{
  imstls_i_authentication a = fresh();
  ask(&a, 1, 0);
  for (size_t i = 0; i < IMSTLS_RAND_LEN; i++) {
    rand_is(&a, 1);
    a.challenge.rand[i] ^= 1;
    ck_assert_int_eq(imstls_i_authentication_may_ask(&a, 0), IMSTLS_OK);
  }
  imstls_i_authentication zero = fresh();
  memset(zero.challenge.rand, 0, IMSTLS_RAND_LEN); /* nothing was asked: none is known */
  ck_assert_int_eq(imstls_i_authentication_may_ask(&zero, 0), IMSTLS_OK);
}
END_TEST

/* Six in any minute. */
START_TEST(runs_a_minute)
{
  static const uint64_t at[] = { 0, 10, 20, 30, 40000, 50000 };
  imstls_i_authentication a = fresh();
  for (unsigned n = 0; n < 6; n++) {
    imstls_i_authentication_begin(&a);
    ask(&a, n, at[n]);
  }
  imstls_i_authentication_begin(&a);
  ck_assert_int_eq(may_ask(&a, 6, 50000), IMSTLS_ERR_AKA_RATE);
  for (unsigned n = 0; n < 6; n++) {
    imstls_i_authentication_begin(&a);
    ck_assert_int_eq(may_ask(&a, 6 + n, at[n] + MINUTE - 1), IMSTLS_ERR_AKA_RATE);
    ask(&a, 6 + n, at[n] + MINUTE);
    imstls_i_authentication_accepted(&a);
  }
}
END_TEST

/* Two bad ones in a row are answered; a good one between them makes them good. */
START_TEST(bad_in_a_row)
{
  for (int first = 0; first < 2; first++)
    for (int last = 0; last < 2; last++) {
      imstls_i_authentication a = fresh();
      ck_assert_int_eq(imstls_i_authentication_failed(&a, first, 0), IMSTLS_OK);
      imstls_i_authentication_succeeded(&a);
      ck_assert_int_eq(imstls_i_authentication_failed(&a, first, 0), IMSTLS_OK);
      ck_assert_int_eq(imstls_i_authentication_failed(&a, !first, 0), IMSTLS_OK);
      int want = last ? IMSTLS_ERR_AKA_SYNC : IMSTLS_ERR_AKA_MAC;
      ck_assert_int_eq(imstls_i_authentication_failed(&a, last, 0), want);
      imstls_i_authentication_begin(&a);
      ck_assert_int_eq(imstls_i_authentication_failed(&a, last, 0), IMSTLS_OK);
    }
}
END_TEST

static void auts(imstls_i_authentication *a, unsigned n, uint64_t now)
{
  rand_is(a, n);
  ck_assert_int_eq(imstls_i_authentication_failed(a, true, now), IMSTLS_OK);
  imstls_i_authentication_sent_auts(a, now);
  imstls_i_authentication_succeeded(a);
}

START_TEST(auts_a_registration)
{
  imstls_i_authentication a = fresh();
  for (unsigned turn = 0; turn < 3; turn++) {
    auts(&a, 2 * turn, 0);
    auts(&a, 2 * turn + 1, 0);
    ck_assert_int_eq(imstls_i_authentication_failed(&a, true, 0), IMSTLS_ERR_AKA_RATE);
    imstls_i_authentication_succeeded(&a);
    ck_assert_int_eq(imstls_i_authentication_failed(&a, false, 0), IMSTLS_OK); /* that tells nothing of the SQN */
    imstls_i_authentication_succeeded(&a);
    if (turn)
      imstls_i_authentication_accepted(&a);
    else
      imstls_i_authentication_begin(&a);
  }
}
END_TEST

/* Eight in any hour, over all attempts. */
START_TEST(auts_an_hour)
{
  imstls_i_authentication a = fresh();
  for (unsigned n = 0; n < 8; n++) {
    imstls_i_authentication_begin(&a);
    auts(&a, n, n * MINUTE);
  }
  for (unsigned n = 0; n < 8; n++) {
    imstls_i_authentication_begin(&a);
    rand_is(&a, 8 + n);
    uint64_t free_again = n * MINUTE + HOUR;
    ck_assert_int_eq(imstls_i_authentication_failed(&a, true, free_again - 1), IMSTLS_ERR_AKA_RATE);
    ck_assert_int_eq(imstls_i_authentication_failed(&a, false, free_again - 1), IMSTLS_OK);
    imstls_i_authentication_succeeded(&a);
    auts(&a, 8 + n, free_again);
  }
}
END_TEST

/* A RAND that got an AUTS gets none within the hour, also when eight others came since. */
START_TEST(rand_of_an_auts)
{
  imstls_i_authentication a = fresh();
  ask(&a, 100, 0);
  auts(&a, 100, 0);
  for (unsigned n = 0; n < 9; n++) {
    imstls_i_authentication_begin(&a);
    ask(&a, n, MINUTE + n * 11000);
  }
  imstls_i_authentication_begin(&a);
  ck_assert_int_eq(may_ask(&a, 0, HOUR - 1), IMSTLS_OK); /* fell out of the ring */
  ck_assert_int_eq(may_ask(&a, 100, HOUR - 1), IMSTLS_ERR_AKA_REPEATED);
}
END_TEST

/* Base64 of 32 octets 'A' to '`'; the second challenge is of another RAND. */
#define NONCE "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVpbXF1eX2A="
#define DIGEST "Digest realm=\"r\", nonce=\"" NONCE "\", algorithm=AKAv1-MD5, qop=\"auth\""
#define PLAIN "WWW-Authenticate: Digest realm=\"r\", nonce=\"x\", algorithm=MD5\r\n"

/* What was kept no longer leans on the message, in every capacity that holds it. */
START_TEST(keeping)
{
  const size_t len = sizeof DIGEST - 1;
  for (size_t cap = 1; cap < len + 3; cap++) {
    imstls_i_authentication a = fresh();
    a.text = (imstls_i_buffer){ malloc(cap), cap, 0 };
    imstls_sip_message m = response(401, PLAIN "WWW-Authenticate: " DIGEST "\r\n");
    ck_assert_int_eq(imstls_i_authentication_read(&a, &m, IMSTLS_DIGEST_AKA_ALL), IMSTLS_OK);
    ck_assert(a.untold);
    ck_assert_mem_eq(a.challenge.rand, "ABCDEFGHIJKLMNOP", 16);
    ck_assert_mem_eq(a.challenge.autn, "QRSTUVWXYZ[\\]^_`", 16);
    int want = cap < len ? IMSTLS_ERR_CHALLENGE_TOO_LONG : IMSTLS_OK;
    ck_assert_int_eq(imstls_i_authentication_keep(&a), want);
    m = response(200, "");
    if (want == IMSTLS_OK) {
      ck_assert(is(a.challenge.nonce, NONCE) && is(a.challenge.realm, "r"));
      ck_assert_mem_eq(a.challenge.rand, "ABCDEFGHIJKLMNOP", 16);
      ck_assert(a.challenge.nonce.ptr > a.text.ptr && a.challenge.nonce.ptr < a.text.ptr + cap);
    }
    imstls_i_authentication_wipe(&a);
    for (size_t i = 0; i < cap; i++)
      ck_assert(!a.text.ptr[i]);
    ck_assert(!a.untold && !a.text.len);
    free(a.text.ptr);
  }
}
END_TEST

START_TEST(unreadable)
{
  imstls_i_authentication a = fresh();
  imstls_sip_message m = response(401, PLAIN);
  ck_assert_int_eq(imstls_i_authentication_read(&a, &m, IMSTLS_DIGEST_AKA_ALL), IMSTLS_ERR_ALGORITHM);
  ck_assert(a.untold); /* the application is told of this one too */
  imstls_i_authentication_told(&a);
  ck_assert(!a.untold);
  m = response(401, "");
  ck_assert_int_eq(imstls_i_authentication_read(&a, &m, IMSTLS_DIGEST_AKA_ALL), IMSTLS_ERR_CHALLENGE);
  m = response(401, "WWW-Authenticate: " DIGEST "\r\n");
  ck_assert_int_eq(imstls_i_authentication_read(&a, &m, IMSTLS_DIGEST_BIT(IMSTLS_DIGEST_AKAV2_MD5)),
                   IMSTLS_ERR_ALGORITHM);
}
END_TEST

SUITE_OF(authentication, challenges, rand_ring, every_octet_of_rand, runs_a_minute, bad_in_a_row, auts_a_registration,
         auts_an_hour, rand_of_an_auts, keeping, unreadable)
