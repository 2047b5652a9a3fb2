/* SPDX-License-Identifier: Apache-2.0 */
/* The registration at message level, against a world of the test's own. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "base/base.h"
#include "fake.h"

Suite *client_flow_suite(void);

static struct fake *f;

static void setup(void)
{
  f = malloc(sizeof *f);
  fake_init(f);
}

static void teardown(void)
{
  if (f->client)
    fake_end(f);
  free(f);
}

START_TEST(figure_2)
{
  char c_token[25];
  fake_start(f);
  imstls_sip_message m = fake_register(f);
  ck_assert(imstls_text_is(m.first[IMSTLS_HDR_SECURITY_CLIENT], "tls"));
  ck_assert_ptr_null(m.first[IMSTLS_HDR_SECURITY_VERIFY].ptr);
  fake_challenge(f);
  fake_run(f);
  m = fake_register(f);
  ck_assert_int_eq(imstls_token_check_server(f->vector.ik, f->cert, sizeof f->cert, imstls_i_text(f->s_token, 24), c_token), 0);
  ck_assert(fake_response_right(f, &m, c_token));
  ck_assert(imstls_text_is(m.first[IMSTLS_HDR_SECURITY_VERIFY], "tls;q=0.1"));
  ck_assert_int_eq(imstls_client_registered(f->client), 0);
  fake_ok(f, "Service-Route: <sip:orig@scscf;lr>\r\nP-Associated-URI: <sip:a@b>, <tel:+1>\r\n");
  fake_run(f);
  ck_assert_int_eq(imstls_client_registered(f->client), 1);
  ck_assert_int_eq(imstls_client_trust(f->client), IMSTLS_TRUST_BY_TOKEN);
  imstls_text route = imstls_client_service_route(f->client), uri = imstls_client_associated_uri(f->client);
  ck_assert(imstls_text_is(route, "<sip:orig@scscf;lr>"));
  ck_assert(imstls_text_is(uri, "<sip:a@b>, <tel:+1>"));
  ck_assert(!fake_block_holds(f, f->vector.res, 8) && !fake_block_holds(f, f->vector.ck, 16) &&
            !fake_block_holds(f, f->vector.ik, 16));
}
END_TEST

Suite *client_flow_suite(void)
{
  Suite *suite = suite_create("client_flow");
  TCase *tcase = tcase_create("flow");
  tcase_add_checked_fixture(tcase, setup, teardown);
  tcase_add_test(tcase, figure_2);
  suite_add_tcase(suite, tcase);
  return suite;
}
