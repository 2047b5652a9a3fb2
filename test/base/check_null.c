/* SPDX-License-Identifier: Apache-2.0 */
/* NULL where no comment allows it (imstls.h): refused by every function that can say so, and harmless to the others. */
#include <check.h>

#include <imstls/imstls.h>
#include <imstls/mbedtls.h>

#include "suite.h"

#define REFUSED(call) ck_assert_msg((call) == IMSTLS_ERR_USAGE, "%s", #call)

static const imstls_text no_text = { NULL, 0 };

START_TEST(values_refuse)
{
  REFUSED(imstls_accepted_judge(0, 0, 0));
  REFUSED(imstls_accepted_list(0, 0, 0, 0, 0));
  REFUSED(imstls_milenage_opc(0, 0, 0));
  REFUSED(imstls_milenage_f1(0, 0, 0, 0, 0, 0, 0));
  REFUSED(imstls_milenage_f2345(0, 0, 0, 0, 0, 0, 0));
  REFUSED(imstls_milenage_f5star(0, 0, 0, 0));
  REFUSED(imstls_tuak_topc(0, 0, 0, 0, 0));
  REFUSED(imstls_aka_authenticate(0, 0, 0, 0, 0));
  REFUSED(imstls_aka_vector_make(0, 0, 0, 0, 0));
  REFUSED(imstls_aka_auts_check(0, 0, 0, 0));
  REFUSED(imstls_aka_diagnose(0, 0));
  REFUSED(imstls_sqn_accept(0, 0));
  REFUSED(imstls_challenge_parse(no_text, 0));
  REFUSED(imstls_challenge_choose(0, 0, 0));
  REFUSED(imstls_digest_response(0, 0));
  REFUSED(imstls_digest_ha1(0, 0));
  REFUSED(imstls_digest_akav2_password(0, 0, 0, 0));
  REFUSED(imstls_digest_akav2_key(0, 0, 0, 0, 0));
  REFUSED(imstls_authorization_write(0, 0, 0, 0));
  REFUSED(imstls_authorization_repeat(no_text, 0, 0, 0));
  REFUSED(imstls_digest_answer(0, 0, 0, 0, 0));
  REFUSED(imstls_identity_derive(0, 0, 0));
  REFUSED(imstls_outbound_route(0, 0));
  REFUSED(imstls_outbound_identity(0, 0, 0));
  REFUSED(imstls_sip_stamp(0, 0, 0, 0, 0));
  REFUSED(imstls_sip_unstamp(0, 0, 0, 0));
  REFUSED(imstls_reginfo_begin(0, no_text));
  REFUSED(imstls_reginfo_next(0, 0));
  REFUSED(imstls_reginfo_decode(no_text, 0, 0, 0));
  REFUSED(imstls_reginfo_judge(no_text, no_text, 0));
  REFUSED(imstls_secagree_next(0, 0));
  REFUSED(imstls_secagree_collect(0, 0, 0, 0, 0));
  REFUSED(imstls_secagree_choose(no_text, no_text, 0));
  REFUSED(imstls_sip_parse(0, 0, 0));
  REFUSED(imstls_sip_next(0, 0, 0));
  REFUSED(imstls_sip_find(0, 0, 0));
  REFUSED(imstls_sip_field_next(0, 0));
  REFUSED(imstls_sip_frame(0, 0, 0, 0, 0, 0));
  REFUSED(imstls_sip_skip(0, 0, 0, 0));
  REFUSED(imstls_sip_list_next(0, 0));
  REFUSED(imstls_sip_param_next(0, 0, 0));
  REFUSED(imstls_sip_auth_param_next(0, 0, 0, 0));
  REFUSED(imstls_sip_via_parse(no_text, 0));
  REFUSED(imstls_sip_address_next(0, 0));
  REFUSED(imstls_sip_param_find(no_text, 0, 0));
  REFUSED(imstls_sip_number(no_text, 0));
  REFUSED(imstls_sip_reply(0, 0, 0, 0, no_text, 0, 0, 0));
  REFUSED(imstls_sip_refuse(0, 0, 0, 0, 0, 0, 0, 0));
  REFUSED(imstls_token_check_server(0, 0, 0, no_text, 0));
  REFUSED(imstls_token_make_server(0, 0, 0, 0));
  REFUSED(imstls_token_check_client(0, 0, no_text));
  REFUSED(imstls_token2_make(0, 0, 0));
  REFUSED(imstls_token2_check_server(0, no_text, 0));
  REFUSED(imstls_token2_end_point(0, 0, 0, 0));
  REFUSED(imstls_address_parse(no_text, 0));
}
END_TEST

START_TEST(client_refuses)
{
  REFUSED(imstls_client_init(0, 0, 0, 0));
  REFUSED(imstls_client_new(0, 0));
  REFUSED(imstls_client_register(0));
  REFUSED(imstls_client_refresh(0));
  REFUSED(imstls_client_deregister(0));
  REFUSED(imstls_client_network_changed(0));
  REFUSED(imstls_client_step(0));
  REFUSED(imstls_client_send(0, 0, 0));
  REFUSED(imstls_client_resume(0));
  REFUSED(imstls_client_set_access_network_info(0, 0));
  REFUSED(imstls_client_set_expires(0, 0));
  REFUSED(imstls_client_stats(0, 0));
  REFUSED(imstls_client_local_address(0, 0));
  REFUSED(imstls_client_usim_done(0, 0, 0, 0));
  REFUSED(imstls_client_resolved(0, 0, 0, 0));
  REFUSED(imstls_client_connected(0, 0, 0));
  REFUSED(imstls_client_feed(0, 0, 0, 0));
  REFUSED(imstls_client_pull(0, 0, 0, 0));
  REFUSED(imstls_client_disconnected(0, 0));
  REFUSED(imstls_client_outbound(0, 0));
  REFUSED(imstls_client_send_stamped(0, 0, 0));
}
END_TEST

START_TEST(parts_refuse)
{
  REFUSED(imstls_usim_at_open(0, 0));
  REFUSED(imstls_usim_at_attach(0, 0));
  REFUSED(imstls_usim_at_process(0, 0));
  REFUSED(imstls_usim_card_read(0));
  REFUSED(imstls_usim_card_transmitted(0, 0, 0));
  REFUSED(imstls_usim_card_close(0));
  REFUSED(imstls_ipsec_keys(0, 0, 0, 0, 0));
  REFUSED(imstls_mbedtls_new(0, 0));
  REFUSED(imstls_net_posix_wait(0, 0));
}
END_TEST

/* What returns no code: nothing, or what stands for it. */
START_TEST(others_bear_it)
{
  imstls_sqn_highest(NULL, NULL);
  imstls_client_free(NULL);
  imstls_client_stop(NULL);
  imstls_mbedtls_free(NULL);
  imstls_wipe(NULL, 0);
  ck_assert_int_eq(imstls_client_timeout_ms(NULL), -1);
  ck_assert_uint_eq(imstls_client_waits(NULL, NULL, 0), 0);
  ck_assert_uint_eq(imstls_client_size(NULL), 0);
  ck_assert_ptr_null(imstls_client_security_verify(NULL).ptr);
  ck_assert_ptr_null(imstls_client_service_route(NULL).ptr);
  ck_assert_ptr_null(imstls_client_associated_uri(NULL).ptr);
  ck_assert_ptr_null(imstls_usim_soft(NULL));
  ck_assert_ptr_null(imstls_usim_apdu(NULL));
  ck_assert_ptr_null(imstls_mbedtls_tls(NULL));
  ck_assert_int_eq(imstls_text_is(no_text, NULL), 0);
  ck_assert_int_eq(imstls_has(NULL), 0);
  ck_assert_uint_eq(imstls_address_format(NULL, 0, NULL), 0);
}
END_TEST

SUITE_OF(null, values_refuse, client_refuses, parts_refuse, others_bear_it)
