/* SPDX-License-Identifier: Apache-2.0 */
/* Where the registration stands, and which states have a deadline of their own. */
#include "registration/progress.h"

#include <imstls/client.h>

#include "registration/random.h"
#include "registration_help.h"

/* Timer F and the binding watch over the others. */
START_TEST(deadlines)
{
  static const struct {
    int state;
    bool ends;
  } rows[] = {
    { IMSTLS_STATE_IDLE, false },       { IMSTLS_STATE_CONNECTING, false },   { IMSTLS_STATE_SECURING, false },
    { IMSTLS_STATE_REGISTERING, true }, { IMSTLS_STATE_CHALLENGED, false },   { IMSTLS_STATE_ANSWERING, true },
    { IMSTLS_STATE_REGISTERED, true },  { IMSTLS_STATE_DEREGISTERING, true }, { IMSTLS_STATE_WAITING, false },
    { IMSTLS_STATE_STOPPED, true },
  };
  for (size_t i = 0; i < COUNT(rows); i++) {
    imstls_i_progress p = { 0 };
    imstls_i_progress_wait_until(&p, 77);
    imstls_i_progress_enter(&p, rows[i].state);
    ck_assert_int_eq(p.state, rows[i].state);
    ck_assert_uint_eq(p.deadline, rows[i].ends ? NEVER : 77);
  }
}
END_TEST

START_TEST(wanted)
{
  imstls_i_progress p = { 0 };
  for (unsigned input = 0; input < 32; input++) {
    imstls_i_progress_want(&p, input);
    imstls_i_progress_want(&p, 31 - input);
    ck_assert(imstls_i_progress_take_wanted(&p, input));
    ck_assert(!imstls_i_progress_take_wanted(&p, input));
    ck_assert(imstls_i_progress_take_wanted(&p, 31 - input));
    ck_assert_uint_eq(p.wanted, 0);
  }
  imstls_i_progress_want(&p, 3);
  imstls_i_progress_want_nothing(&p);
  ck_assert(!imstls_i_progress_take_wanted(&p, 3));
}
END_TEST

/* An attempt begins without what the last one was told; TLS's own code stays. */
START_TEST(failures)
{
  imstls_i_progress p = { 0 };
  imstls_i_progress_fail(&p, IMSTLS_ERR_TLS);
  imstls_i_progress_tls_failed(&p, -9);
  imstls_i_progress_heard(&p, 503);
  imstls_i_progress_deregister(&p);
  ck_assert(p.error == IMSTLS_ERR_TLS && p.tls_error == -9 && p.sip_status == 503 && p.deregisters);
  imstls_i_progress_end(&p);
  ck_assert(!p.deregisters && p.error == IMSTLS_ERR_TLS && p.sip_status == 503);
  imstls_i_progress_begin(&p);
  ck_assert(!p.error && !p.sip_status && p.tls_error == -9);
}
END_TEST

/* Hex of octets 0, 1, 2... with its NUL and nothing behind it. */
START_TEST(random_texts)
{
  static const char want[] = "000102030405060708090a0b0c0d0e0f";
  for (size_t digits = 2; digits <= 32; digits += 2) {
    dice d = { 0 };
    imstls_config_ports ports = ports_of(&d);
    char *out = malloc(digits + 1);
    ck_assert_ptr_nonnull(out);
    ck_assert_int_eq(imstls_i_random_hex(&ports, out, digits), IMSTLS_OK);
    ck_assert_mem_eq(out, want, digits);
    ck_assert(!out[digits] && d.next == digits / 2);
    d.fails = 1;
    ck_assert_int_eq(imstls_i_random_hex(&ports, out, digits), IMSTLS_ERR_RANDOM);
    free(out);
  }
}
END_TEST

START_TEST(random_numbers)
{
  dice d = { .next = 0x40 };
  imstls_config_ports ports = ports_of(&d);
  uint32_t number = 0;
  ck_assert_int_eq(imstls_i_random_number(&ports, &number), IMSTLS_OK);
  ck_assert(d.next == 0x44 && number & 0xff000000u && number & 0xff);
  d.fails = 1;
  ck_assert_int_eq(imstls_i_random_number(&ports, &number), IMSTLS_ERR_RANDOM);
}
END_TEST

SUITE_OF(progress, deadlines, wanted, failures, random_texts, random_numbers)
