/* SPDX-License-Identifier: Apache-2.0 */
/* What the network may ask of REGISTER, how often, and who may ask it (client.h; RFC 3261 10.2.8, RFC 3329 2.3.1). */
#include "registration/demands.h"

#include "registration_help.h"

static const struct {
  uint32_t status;
  int again; /* why it is not followed a second time */
} statuses[] = { { 420, IMSTLS_ERR_SIP_REJECTED },
                 { 421, IMSTLS_ERR_SECAGREE_LOOP },
                 { 423, IMSTLS_ERR_SIP_REJECTED },
                 { 439, IMSTLS_ERR_SIP_REJECTED },
                 { 494, IMSTLS_ERR_SECAGREE_LOOP } };

static const imstls_i_demander vouched = { .vouched = true };

/* Settings under which each of them may be followed. */
static imstls_config willing(void)
{
  imstls_config cfg = IMSTLS_CONFIG_DEFAULTS;
  cfg.policy.sec_agree = IMSTLS_SEC_AGREE_OPTIONAL;
  cfg.policy.expires_s = 3600;
  cfg.device.reg_id = 1;
  return cfg;
}

static int judge(const imstls_i_demands *d, const imstls_config *cfg, uint32_t status, const imstls_i_demander *who)
{
  imstls_sip_message m = response(status, "Min-Expires: 7200\r\n");
  return imstls_i_demands_judge(d, cfg, &m, who);
}

static void follow(imstls_i_demands *d, uint32_t status)
{
  imstls_sip_message m = response(status, "Min-Expires: 7200\r\n");
  imstls_i_demands_follow(d, &m);
}

START_TEST(once_each)
{
  imstls_config cfg = willing();
  for (size_t i = 0; i < COUNT(statuses); i++) {
    imstls_i_demands d;
    imstls_i_demands_begin(&d, 3600);
    for (int turn = 0; turn < 4; turn++) {
      ck_assert_int_eq(judge(&d, &cfg, statuses[i].status, &vouched), IMSTLS_OK);
      follow(&d, statuses[i].status);
      ck_assert_int_eq(judge(&d, &cfg, statuses[i].status, &vouched), statuses[i].again);
      for (size_t k = 0; k < COUNT(statuses); k++)
        if (k != i)
          ck_assert_int_eq(judge(&d, &cfg, statuses[k].status, &vouched), IMSTLS_OK);
      if (turn == 0)
        imstls_i_demands_forget_hearsay(&d);
      else if (turn == 1)
        imstls_i_demands_accepted(&d);
      else
        imstls_i_demands_begin(&d, 3600);
    }
  }
}
END_TEST

START_TEST(no_demand)
{
  imstls_config cfg = willing();
  imstls_i_demands d;
  imstls_i_demands_begin(&d, 3600);
  for (uint32_t status = 100; status < 700; status++) {
    bool followed = false;
    for (size_t i = 0; i < COUNT(statuses); i++)
      followed |= statuses[i].status == status;
    ck_assert_int_eq(imstls_i_demands_are_in(status), followed || status == 305);
    if (!followed)
      ck_assert_int_eq(judge(&d, &cfg, status, &vouched), IMSTLS_ERR_SIP_REJECTED);
  }
}
END_TEST

START_TEST(in_esp)
{
  imstls_config cfg = willing();
  imstls_i_demander who = { .vouched = true, .in_esp = true };
  imstls_i_demands d;
  imstls_i_demands_begin(&d, 3600);
  for (size_t i = 0; i < COUNT(statuses); i++)
    ck_assert_int_eq(judge(&d, &cfg, statuses[i].status, &who), statuses[i].again);
}
END_TEST

/* Only where the list may be missing too is the agreement given up for a 420. */
START_TEST(who_may_420)
{
  static const int policies[] = { IMSTLS_SEC_AGREE_REQUIRED, IMSTLS_SEC_AGREE_OPTIONAL, IMSTLS_SEC_AGREE_OFF };
  imstls_config cfg = willing();
  imstls_i_demands d;
  imstls_i_demands_begin(&d, 3600);
  for (size_t i = 0; i < COUNT(policies); i++)
    for (int is_vouched = 0; is_vouched < 2; is_vouched++) {
      imstls_i_demander who = { .vouched = is_vouched };
      cfg.policy.sec_agree = policies[i];
      bool may = policies[i] == IMSTLS_SEC_AGREE_OPTIONAL && is_vouched;
      ck_assert_int_eq(judge(&d, &cfg, 420, &who), may ? IMSTLS_OK : IMSTLS_ERR_SIP_REJECTED);
    }
}
END_TEST

/* 421 and 494 ask for an agreement: there is none where it is off. Anybody may ask for the rest. */
START_TEST(agreement_off)
{
  static const int want[] = { IMSTLS_ERR_SIP_REJECTED, IMSTLS_ERR_SECAGREE_NONE, IMSTLS_OK, IMSTLS_OK,
                              IMSTLS_ERR_SECAGREE_NONE };
  static const imstls_i_demander anybody = { 0 };
  imstls_config cfg = willing();
  imstls_i_demands d;
  imstls_i_demands_begin(&d, 3600);
  cfg.policy.sec_agree = IMSTLS_SEC_AGREE_OFF;
  for (size_t i = 0; i < COUNT(statuses); i++)
    ck_assert_int_eq(judge(&d, &cfg, statuses[i].status, &anybody), want[i]);
  cfg.policy.sec_agree = IMSTLS_SEC_AGREE_REQUIRED;
  for (size_t i = 1; i < COUNT(statuses); i++)
    ck_assert_int_eq(judge(&d, &cfg, statuses[i].status, &anybody), IMSTLS_OK);
  cfg.device.reg_id = 0; /* a 439 about what was never asked */
  ck_assert_int_eq(judge(&d, &cfg, 439, &anybody), IMSTLS_ERR_SIP_REJECTED);
}
END_TEST

/* 30 days at most, unless that and more was asked already. It grows alone. */
START_TEST(expires)
{
  static const struct {
    uint32_t asked;
    const char *lines;
    int want;
    uint32_t then;
  } rows[] = {
    { 3600, "Min-Expires: 7200\r\n", IMSTLS_OK, 7200 },
    { 3600, "Min-Expires: 3600\r\n", IMSTLS_OK, 3600 },
    { 3600, "Min-Expires: 60\r\n", IMSTLS_OK, 3600 },
    { 3600, "Min-Expires: 0\r\n", IMSTLS_OK, 3600 },
    { 3600, "Min-Expires: 2592000\r\n", IMSTLS_OK, 2592000 },
    { 3600, "Min-Expires: 2592001\r\n", IMSTLS_ERR_SIP_REJECTED, 0 },
    { 3600, "Min-Expires: 4294967295\r\n", IMSTLS_ERR_SIP_REJECTED, 0 },
    { 3600, "Min-Expires: 4294967296\r\n", IMSTLS_ERR_SIP_REJECTED, 0 },
    { 3600, "Min-Expires: soon\r\n", IMSTLS_ERR_SIP_REJECTED, 0 },
    { 3600, "", IMSTLS_ERR_SIP_REJECTED, 0 },
    { 3000000, "Min-Expires: 2592001\r\n", IMSTLS_OK, 3000000 },
    { 3000000, "Min-Expires: 3000001\r\n", IMSTLS_ERR_SIP_REJECTED, 0 },
  };
  imstls_config cfg = willing();
  for (size_t i = 0; i < COUNT(rows); i++) {
    imstls_i_demands d;
    imstls_i_demands_begin(&d, rows[i].asked);
    imstls_sip_message m = response(423, rows[i].lines);
    ck_assert_msg(imstls_i_demands_judge(&d, &cfg, &m, &vouched) == rows[i].want, "row %zu", i);
    if (rows[i].want != IMSTLS_OK)
      continue;
    imstls_i_demands_follow(&d, &m);
    ck_assert_uint_eq(d.expires_s, rows[i].then);
  }
}
END_TEST

/* What each leaves behind, and what of it is left once the channel is trusted, changed, or the attempt over. */
START_TEST(left_behind)
{
  imstls_i_demands d;
  imstls_i_demands_begin(&d, 3600);
  ck_assert(!d.without_reg_id && !d.without_agreement);
  follow(&d, 421);
  follow(&d, 494);
  ck_assert(!d.without_reg_id && !d.without_agreement && d.expires_s == 3600); /* Min-Expires counts in a 423 alone */
  follow(&d, 420);
  ck_assert(!d.without_reg_id && d.without_agreement);
  follow(&d, 439);
  follow(&d, 423);
  ck_assert(d.without_reg_id && d.expires_s == 7200);
  imstls_i_demands_forget_hearsay(&d);
  ck_assert(!d.without_reg_id && d.without_agreement && d.expires_s == 7200);
  imstls_i_demands_leave_channel(&d, 3600);
  ck_assert_uint_eq(d.expires_s, 3600);
  imstls_i_demands_begin(&d, 3600);
  ck_assert(!d.without_agreement);
}
END_TEST

/* A first 401 without a list: a new Call-ID once, which gives nobody a second turn. */
START_TEST(restarted)
{
  imstls_config cfg = willing();
  imstls_i_demands d;
  imstls_i_demands_begin(&d, 3600);
  follow(&d, 423);
  ck_assert(imstls_i_demands_may_restart(&d));
  uint32_t raised_s = d.expires_s;
  imstls_i_demands_restart(&d);
  ck_assert(raised_s > 3600 && d.expires_s == raised_s); /* it asks for that from the start, now that 423 is used up */
  ck_assert(!imstls_i_demands_may_restart(&d));
  ck_assert_int_eq(judge(&d, &cfg, 423, &vouched), IMSTLS_ERR_SIP_REJECTED);
  ck_assert_int_eq(judge(&d, &cfg, 494, &vouched), IMSTLS_OK);
  imstls_i_demands_begin(&d, 3600);
  ck_assert(imstls_i_demands_may_restart(&d));
}
END_TEST

SUITE_OF(demands, once_each, no_demand, in_esp, who_may_420, agreement_off, expires, left_behind, restarted)
