/* SPDX-License-Identifier: Apache-2.0 */
#include <check.h>

#include "soft_handle.h"
#include "vectors.h"

Suite *usim_soft_suite(void);

/* What the storage saw, and whether it is to fail. */
typedef struct store {
  imstls_sqn last;
  unsigned calls;
  int ret;
} store;

static int keep(void *user, const imstls_sqn *sqn)
{
  store *s = user;
  s->last = *sqn;
  s->calls++;
  return s->ret;
}

static const struct v_end_to_end_cases_item *example(void) { return &v_end_to_end.cases.item[0]; }

static imstls_soft_usim make(store *s)
{
  imstls_soft_usim soft = IMSTLS_SOFT_USIM_INIT;
  soft.store = keep;
  soft.store_user = s;
  memcpy(soft.card.k, example()->K.oct, 16);
  memcpy(soft.card.opc, example()->OPc.oct, 16);
  return soft;
}

static int ask(const imstls_usim *usim, const uint8_t *autn, imstls_aka_result *r)
{
  memset(r, 0xee, sizeof *r);
  r->size = sizeof *r;
  return usim->authenticate(usim->user, 1, example()->RAND.oct, autn, r);
}

static bool is_blank(const imstls_aka_result *r)
{
  static const uint8_t zero[16];
  return r->res_len == 0 && memcmp(r->res, zero, 16) == 0 && memcmp(r->ck, zero, 16) == 0 &&
         memcmp(r->ik, zero, 16) == 0 && memcmp(r->auts, zero, 14) == 0 && r->keys.mac == NULL;
}

START_TEST(answers)
{
  store s = { IMSTLS_SQN_INIT, 0, IMSTLS_OK };
  imstls_soft_usim soft = make(&s);
  const imstls_usim *usim = imstls_usim_soft(&soft);
  imstls_aka_result r;
  ck_assert_uint_eq(usim->size, sizeof *usim);
  ck_assert_int_eq(ask(usim, example()->mac_failure.AUTN_bad.oct, &r), IMSTLS_OK);
  ck_assert_int_eq(r.verdict, IMSTLS_AKA_MAC_FAILURE);
  ck_assert(is_blank(&r));
  ck_assert_uint_eq(s.calls, 0);

  ck_assert_int_eq(ask(usim, example()->AUTN.oct, &r), IMSTLS_OK);
  ck_assert_int_eq(r.verdict, IMSTLS_AKA_OK);
  ck_assert_uint_eq(r.res_len, 8);
  ck_assert_mem_eq(r.res, example()->RES.oct, 8);
  ck_assert_mem_eq(r.ck, example()->CK.oct, 16);
  ck_assert_mem_eq(r.ik, example()->IK.oct, 16);
  ck_assert(r.keys.mac == NULL);
  ck_assert_uint_eq(s.calls, 1);
  ck_assert_uint_eq(s.last.seq[0], 1); /* stored with this very SQN in it */

  ck_assert_int_eq(ask(usim, example()->AUTN.oct, &r), IMSTLS_OK);
  ck_assert_int_eq(r.verdict, IMSTLS_AKA_SYNC_FAILURE);
  ck_assert_uint_eq(r.res_len, 0);
  ck_assert_uint_eq(s.calls, 1);
}
END_TEST

START_TEST(failed_storage_keeps_res_inside)
{
  store s = { IMSTLS_SQN_INIT, 0, IMSTLS_ERR_USIM_STORAGE };
  imstls_soft_usim soft = make(&s);
  const imstls_usim *usim = imstls_usim_soft(&soft);
  imstls_aka_result r;
  for (unsigned i = 1; i <= 3; i++) {
    ck_assert_int_eq(ask(usim, example()->AUTN.oct, &r), IMSTLS_ERR_USIM_STORAGE);
    ck_assert_int_ne(r.verdict, IMSTLS_AKA_OK);
    ck_assert(is_blank(&r));
    ck_assert_uint_eq(s.calls, i);
    ck_assert_uint_eq(soft.sqn.seq[0], 0);
  }
  s.ret = IMSTLS_OK;
  ck_assert_int_eq(ask(usim, example()->AUTN.oct, &r), IMSTLS_OK);
  ck_assert_int_eq(r.verdict, IMSTLS_AKA_OK);
}
END_TEST

START_TEST(without_storage)
{
  imstls_soft_usim soft = make(NULL);
  soft.store = NULL;
  imstls_aka_result r;
  ck_assert_int_eq(ask(imstls_usim_soft(&soft), example()->AUTN.oct, &r), IMSTLS_OK);
  ck_assert_int_eq(r.verdict, IMSTLS_AKA_OK);
}
END_TEST

START_TEST(bad_card)
{
  store s = { IMSTLS_SQN_INIT, 0, IMSTLS_OK };
  imstls_soft_usim soft = make(&s);
  imstls_aka_result r;
  soft.card.k_len = 15;
  ck_assert_int_eq(ask(imstls_usim_soft(&soft), example()->AUTN.oct, &r), IMSTLS_ERR_USIM);
  ck_assert(is_blank(&r));
  ck_assert_uint_eq(s.calls, 0);
  ck_assert_ptr_null(imstls_usim_soft(NULL));
  imstls_soft_usim smaller = IMSTLS_SOFT_USIM_INIT;
  smaller.size--;
  ck_assert_ptr_null(imstls_usim_soft(&smaller));
  ck_assert(!smaller.usim.authenticate);
}
END_TEST

/* The handle of soft_handle.h gives the s_token of the example without giving IK. */
START_TEST(handle)
{
  store s = { IMSTLS_SQN_INIT, 0, IMSTLS_OK };
  imstls_soft_usim soft = make(&s);
  soft_handle h;
  imstls_aka_result r;
  uint8_t mac[32];
  static const uint8_t zero[16];
  vec der = v_certs.items.pcscf_ec.der;
  imstls_bytes data = { der.oct, der.len };
  ck_assert_int_eq(ask(soft_handle_usim(&h, &soft), example()->AUTN.oct, &r), IMSTLS_OK);
  ck_assert_mem_eq(r.ck, zero, 16);
  ck_assert_mem_eq(r.ik, zero, 16);
  ck_assert_int_eq(r.keys.mac(r.keys.user, IMSTLS_KEY_IK, IMSTLS_MAC_HMAC_SHA1, &data, 1, mac), IMSTLS_OK);
  ck_assert_mem_eq(mac, example()->tokens.IK_pcscf_ec.hmac_sha1_full.oct, 20);
  data = (imstls_bytes){ (const uint8_t *)"http-digest-akav2-password", 26 };
  ck_assert_int_eq(r.keys.mac(r.keys.user, IMSTLS_KEY_RES_IK_CK, IMSTLS_MAC_HMAC_MD5, &data, 1, mac), IMSTLS_OK);
  ck_assert_mem_eq(mac, example()->akav2.MD5.prf.oct, 16);
  r.keys.release(r.keys.user);
  ck_assert_uint_eq(h.released, 1);
}
END_TEST

Suite *usim_soft_suite(void)
{
  Suite *suite = suite_create("usim_soft");
  TCase *tcase = tcase_create("all");
  tcase_add_test(tcase, answers);
  tcase_add_test(tcase, failed_storage_keeps_res_inside);
  tcase_add_test(tcase, without_storage);
  tcase_add_test(tcase, bad_card);
  tcase_add_test(tcase, handle);
  suite_add_tcase(suite, tcase);
  return suite;
}
