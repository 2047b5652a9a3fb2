/* SPDX-License-Identifier: Apache-2.0 */
/* What one step may take (imstls_client_step). */
#include "link/budget.h"
#include "suite.h"

START_TEST(of_a_step)
{
  imstls_i_budget b = imstls_i_budget_of_a_step();
  ck_assert_uint_eq(b.octets, 16384);
  ck_assert_uint_eq(b.messages, 32);
  ck_assert_uint_eq(b.reads, 16);
  ck_assert(imstls_i_may_read(&b) && imstls_i_may_take(&b) && imstls_i_may_send(&b));
}
END_TEST

START_TEST(reads)
{
  static const int results[] = { 1, 0, IMSTLS_WANT_READ, IMSTLS_ERR_CONNECTION };
  for (size_t k = 0; k < COUNT(results); k++) {
    imstls_i_budget b = imstls_i_budget_of_a_step();
    for (int i = 0; i < 16; i++) {
      ck_assert(imstls_i_may_read(&b));
      imstls_i_spend_read(&b, results[k]);
    }
    ck_assert(!imstls_i_may_read(&b));
    imstls_i_spend_read(&b, results[k]);
    ck_assert_uint_eq(b.reads, 0); /* it does not wrap */
    ck_assert_uint_eq(b.octets, results[k] > 0 ? 16384 - 17 : 16384);
  }
}
END_TEST

/* Half of the octets, all, more than there are (one datagram may be), or a share of TLS that is used up: no more. */
START_TEST(last_read)
{
  static const int results[] = { 8193, 16384, 16385, 70000, IMSTLS_PENDING };
  for (size_t k = 0; k < COUNT(results); k++) {
    imstls_i_budget b = imstls_i_budget_of_a_step();
    imstls_i_spend_read(&b, results[k]);
    ck_assert(!imstls_i_may_read(&b));
    ck_assert_uint_le(b.octets, 16384);
  }
}
END_TEST

START_TEST(half_of_the_octets)
{
  imstls_i_budget b = imstls_i_budget_of_a_step();
  imstls_i_spend_read(&b, 8191);
  imstls_i_spend_read(&b, 1);
  ck_assert(imstls_i_may_read(&b));
  ck_assert_uint_eq(imstls_i_budget_room(&b, 16384), 8192);
  imstls_i_spend_read(&b, 1);
  ck_assert(!imstls_i_may_read(&b));
}
END_TEST

START_TEST(messages_and_sends)
{
  imstls_i_budget b = imstls_i_budget_of_a_step();
  for (int i = 0; i < 32; i++) {
    ck_assert(imstls_i_may_take(&b) && imstls_i_may_send(&b));
    imstls_i_spend_message(&b);
    imstls_i_spend_send(&b);
  }
  ck_assert(!imstls_i_may_take(&b) && !imstls_i_may_send(&b));
  imstls_i_spend_message(&b);
  imstls_i_spend_send(&b);
  ck_assert(!imstls_i_may_take(&b) && !imstls_i_may_send(&b));
  ck_assert(imstls_i_may_read(&b));
}
END_TEST

START_TEST(room)
{
  imstls_i_budget b = { .octets = 10 };
  ck_assert_uint_eq(imstls_i_budget_room(&b, 9), 9);
  ck_assert_uint_eq(imstls_i_budget_room(&b, 10), 10);
  ck_assert_uint_eq(imstls_i_budget_room(&b, 11), 10);
  ck_assert_uint_eq(imstls_i_budget_room(&b, (size_t)UINT32_MAX), 10);
}
END_TEST

SUITE_OF(budget, of_a_step, reads, last_read, half_of_the_octets, messages_and_sends, room)
