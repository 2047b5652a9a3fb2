/* SPDX-License-Identifier: Apache-2.0 */
/* Cards as they are: files that were never written, records and files that are odd, an EF_AD without the length of the
 * MNC. What a registration can go without never ends the reading. */
#include <check.h>
#include <string.h>

#include "card_sim.h"
#include "vectors.h"

Suite *usim_card_file_suite(void);

static card_sim sim;
static imstls_usim_card card;
static const imstls_card_identity *const id = &card.identity;

static void fresh_card(int32_t application)
{
  card = (imstls_usim_card)IMSTLS_USIM_CARD_INIT;
  card.apdu = (imstls_apdu)IMSTLS_APDU_INIT;
  card.apdu.user = &sim;
  card.apdu.transmit = sim_transmit;
  card.application = application;
  ck_assert_ptr_nonnull(imstls_usim_apdu(&card));
}

static void setup(void)
{
  sim_init(&sim);
  fresh_card(IMSTLS_APP_AUTO);
}

static int authenticate(void)
{
  const struct v_end_to_end_cases_item *v = &v_end_to_end.cases.item[0];
  imstls_aka_result result = { .size = sizeof result };
  return card.usim.authenticate(&card, 1, v->RAND.oct, v->AUTN.oct, &result);
}

static void usim_identity(void)
{
  ck_assert_int_eq(id->application, IMSTLS_APP_USIM);
  ck_assert_str_eq(id->impi, "001010000000001@ims.mnc001.mcc001.3gppnetwork.org");
  ck_assert_str_eq(id->impu[0], "sip:001010000000001@ims.mnc001.mcc001.3gppnetwork.org");
  ck_assert_uint_eq(id->left_out, 0);
}

/* A file of the ISIM that was made and never written: the USIM serves. */
START_TEST(file_blank)
{
  static const uint16_t ids[] = { 0x6f02, 0x6f03, 0x6f04 };
  sim_file *file = sim_find(&sim, SIM_ISIM, ids[_i % 3]);
  memset(file->data, 0xff, file->len);
  for (size_t i = 0; i < file->len && _i >= 3; i += 64)
    file->data[i] = 0x80;
  ck_assert_int_eq(imstls_usim_card_read(&card), IMSTLS_OK);
  usim_identity();
  ck_assert_int_eq(authenticate(), IMSTLS_OK);
  fresh_card(IMSTLS_APP_ISIM);
  ck_assert_int_eq(imstls_usim_card_read(&card), IMSTLS_ERR_USIM_DATA);
}
END_TEST

/* One record of each list is odd: it alone is left out, also the default identity. */
START_TEST(records_odd)
{
  memcpy(sim_find(&sim, SIM_ISIM, 0x6f09)->data, "\x80\x09\x00pcs\x00.net", 11);
  memcpy(sim_find(&sim, SIM_ISIM, 0x6f04)->data, "\x80\x70", 2);
  ck_assert_int_eq(imstls_usim_card_read(&card), IMSTLS_OK);
  ck_assert_int_eq(id->application, IMSTLS_APP_ISIM);
  ck_assert_uint_eq(id->impu_count, 1);
  ck_assert_str_eq(id->impu[0], "tel:+10000000001");
  ck_assert_uint_eq(id->pcscf_count, 2);
  ck_assert_str_eq(id->pcscf[0], "192.0.2.5");
  ck_assert_uint_eq(id->left_out, 2);
  ck_assert_int_eq(authenticate(), IMSTLS_OK);
}
END_TEST

/* An ISIM in which no public identity can be read serves as little as one without any. */
START_TEST(identities_odd)
{
  sim_file *file = sim_find(&sim, SIM_ISIM, 0x6f04);
  for (size_t i = 0; i < file->len; i += 64)
    memcpy(file->data + i, "\x80\x70", 2);
  ck_assert_int_eq(imstls_usim_card_read(&card), IMSTLS_OK);
  usim_identity();
}
END_TEST

/* What the card answers instead to SELECT or READ of a file. */
typedef struct odd {
  uint8_t len, octets[8];
  bool absent; /* the file is not there */
} odd;

static const odd odds[] = {
  { 2, { 0x69, 0x82 }, false },                                     /* wants a PIN */
  { 2, { 0x6f, 0x00 }, false },                                     /* a technical problem */
  { 2, { 0x6d, 0x00 }, false },                                     /* not known */
  { 2, { 0x6a, 0x82 }, true },                                      /* not there */
  { 2, { 0x62, 0x83 }, true },                                      /* deactivated */
  { 8, { 0x62, 0x09, 0x82, 0x02, 0x41, 0x21, 0x90, 0x00 }, false }, /* a length that runs over */
  { 8, { 0x62, 0x04, 0x82, 0x02, 0x46, 0x21, 0x90, 0x00 }, false }, /* a cyclic file; as content, another tag */
  { 3, { 0x77, 0x90, 0x00 }, false },                               /* one octet */
};
enum { ODDS = sizeof odds / sizeof odds[0], SELECT = 0, ANY_READ = 0xff };

static struct {
  const odd *answer;
  uint16_t id;
  uint8_t what; /* SELECT, a record, or ANY_READ */
} lie;

static void twist(card_sim *s, uint8_t *answer, size_t *len)
{
  const uint8_t *c = s->sent[s->count];
  bool selects = c[1] == 0xa4 && c[2] == 0x00 && (c[5] << 8 | c[6]) == lie.id;
  bool ours = s->current != NULL && s->current->id == lie.id && s->current->app != SIM_NO_APP;
  bool reads = (c[1] == 0xb0 || (c[1] == 0xb2 && (c[2] == lie.what || lie.what == ANY_READ))) && ours;
  if (lie.what == SELECT ? !selects : !reads)
    return;
  memcpy(answer, lie.answer->octets, lie.answer->len);
  *len = lie.answer->len;
}

static int read_with(const odd *answer, uint16_t file, uint8_t what)
{
  fresh_card(IMSTLS_APP_AUTO);
  lie.answer = answer;
  lie.id = file;
  lie.what = what;
  sim.twist = twist;
  return imstls_usim_card_read(&card);
}

/* Whatever the card says of EF_P-CSCF, or of any public identity but the first: the rest is enough. */
START_TEST(optional_of_isim)
{
  ck_assert_int_eq(read_with(&odds[_i], 0x6f09, SELECT), IMSTLS_OK);
  ck_assert(id->application == IMSTLS_APP_ISIM && id->pcscf_count == 0 && id->impu_count == 2);
  ck_assert_int_eq(read_with(&odds[_i], 0x6f09, 1), IMSTLS_OK);
  ck_assert(id->application == IMSTLS_APP_ISIM && id->impu_count == 2);
  ck_assert_int_eq(read_with(&odds[_i], 0x6f09, 2), IMSTLS_OK);
  ck_assert(id->application == IMSTLS_APP_ISIM && id->impu_count == 2 && id->pcscf_count > 0);
  ck_assert_str_eq(id->pcscf[0], "pcscf.visited1.net");
  ck_assert_int_eq(read_with(&odds[_i], 0x6f04, 3), IMSTLS_OK);
  ck_assert(id->application == IMSTLS_APP_ISIM && id->impu_count == 1 && id->pcscf_count == 3);
  ck_assert_int_eq(authenticate(), IMSTLS_OK);
}
END_TEST

/* Whatever it says of EF_AD: the table of countries may know. */
START_TEST(optional_of_usim)
{
  sim_remove(&sim, SIM_ISIM);
  memcpy(sim_find(&sim, SIM_USIM, 0x6f07)->data, "\x08\x29\x26\x70\x93\x30\x02\x31\x02", 9);
  ck_assert_int_eq(read_with(&odds[_i], 0x6fad, SELECT), IMSTLS_OK);
  ck_assert_str_eq(id->domain, "ims.mnc007.mcc262.3gppnetwork.org");
  ck_assert_int_eq(read_with(&odds[_i], 0x6fad, ANY_READ), IMSTLS_OK);
  ck_assert_str_eq(id->domain, "ims.mnc007.mcc262.3gppnetwork.org");
}
END_TEST

/* What it says of a file that is needed is an error, unless the file is not there. */
START_TEST(needed)
{
  static const uint16_t ids[] = { 0x6f02, 0x6f03, 0x6f04 };
  for (size_t i = 0; i < 3; i++) {
    int r = read_with(&odds[_i], ids[i], SELECT);
    ck_assert_msg(odds[_i].absent ? r == IMSTLS_OK : r != IMSTLS_OK, "%zu: %d", i, r);
    ck_assert_int_eq(id->application, odds[_i].absent ? IMSTLS_APP_USIM : 0);
  }
  sim_remove(&sim, SIM_ISIM);
  ck_assert_int_ne(read_with(&odds[_i], 0x6f07, SELECT), IMSTLS_OK);
  ck_assert_int_ne(read_with(&odds[_i], 0x6f07, ANY_READ), IMSTLS_OK);
  ck_assert_int_eq(id->application, 0);
}
END_TEST

/* Nothing comes at all: no file is passed over for that. */
START_TEST(transport_dead)
{
  for (int at = 0; at < 40; at++) {
    sim_init(&sim);
    fresh_card(IMSTLS_APP_AUTO);
    sim.at = at;
    sim.error = IMSTLS_ERR_USIM_TIMEOUT;
    int r = imstls_usim_card_read(&card);
    ck_assert_int_eq(r, sim.count > at ? IMSTLS_ERR_USIM_TIMEOUT : IMSTLS_OK);
  }
}
END_TEST

/* The card's word first. */
START_TEST(mnc_length_told)
{
  const struct v_isim_ef *v = &v_isim_ef;
  sim_file *ad = sim_find(&sim, SIM_USIM, 0x6fad);
  card.application = IMSTLS_APP_USIM;
  memcpy(ad->data, v->EF_AD_mnc3.oct, 4);
  ck_assert_int_eq(imstls_usim_card_read(&card), IMSTLS_OK);
  ck_assert_str_eq(id->domain, "ims.mnc010.mcc001.3gppnetwork.org");
  memcpy(sim_find(&sim, SIM_USIM, 0x6f07)->data, "\x08\x29\x26\x70\x93\x30\x02\x31\x02", 9);
  ck_assert_int_eq(imstls_usim_card_read(&card), IMSTLS_OK); /* also against the table: 262 has two digits */
  ck_assert_str_eq(id->domain, "ims.mnc073.mcc262.3gppnetwork.org");
}
END_TEST

static const struct {
  const char *imsi;   /* as in EF_IMSI */
  const char *domain; /* NULL: the digits do not tell */
} untold[] = {
  { "\x08\x29\x26\x70\x93\x30\x02\x31\x02", "ims.mnc007.mcc262.3gppnetwork.org" }, /* 262073900320132 */
  { "\x08\x39\x01\x62\x10\x32\x54\x76\x98", "ims.mnc260.mcc310.3gppnetwork.org" }, /* 310260123456789 */
  { "\x08\x49\x50\x48\x00\x00\x00\x00\x10", NULL },                                /* 405840000000001 */
  { "\x08\x09\x10\x10\x00\x00\x00\x00\x10", NULL },                                /* 001010000000001 */
};

/* EF_AD of before the length was added, without it, or not there: the table tells, or the IMSI is all there is. */
START_TEST(mnc_length_untold)
{
  static const struct {
    uint32_t len;
    const char *octets;
  } ads[] = { { 3, "\x00\x00\x00" },     { 3, "\x01\x00\x01" },     { 4, "\x00\x00\x00\x00" },
              { 4, "\x00\x00\x00\xff" }, { 4, "\x00\x00\x00\x04" }, { 0, NULL } };
  sim_file *ad = sim_find(&sim, SIM_USIM, 0x6fad);
  sim_remove(&sim, SIM_ISIM);
  memcpy(sim_find(&sim, SIM_USIM, 0x6f07)->data, untold[_i].imsi, 9);
  for (size_t i = 0; i < sizeof ads / sizeof ads[0]; i++) {
    ad->len = ads[i].len;
    ad->app = ads[i].len > 0 ? SIM_USIM : SIM_NO_APP;
    memcpy(ad->data, ads[i].octets != NULL ? ads[i].octets : "", ads[i].len);
    fresh_card(IMSTLS_APP_AUTO);
    ck_assert_int_eq(imstls_usim_card_read(&card), IMSTLS_OK);
    ck_assert_int_eq(id->application, IMSTLS_APP_USIM);
    ck_assert_uint_eq(strlen(id->imsi), 15);
    ck_assert_int_eq(authenticate(), IMSTLS_OK);
    if (untold[_i].domain != NULL) {
      ck_assert_str_eq(id->domain, untold[_i].domain);
      continue;
    }
    ck_assert_uint_eq(id->mnc_len, 0);
    ck_assert(!id->impi && !id->domain && !id->impu[0] && id->impu_count == 0);
  }
}
END_TEST

Suite *usim_card_file_suite(void)
{
  Suite *suite = suite_create("usim_card_file");
  TCase *tc = tcase_create("all");
  tcase_add_checked_fixture(tc, setup, NULL);
  tcase_add_loop_test(tc, file_blank, 0, 6);
  tcase_add_test(tc, records_odd);
  tcase_add_test(tc, identities_odd);
  tcase_add_loop_test(tc, optional_of_isim, 0, ODDS);
  tcase_add_loop_test(tc, optional_of_usim, 0, ODDS);
  tcase_add_loop_test(tc, needed, 0, ODDS);
  tcase_add_test(tc, transport_dead);
  tcase_add_test(tc, mnc_length_told);
  tcase_add_loop_test(tc, mnc_length_untold, 0, sizeof untold / sizeof untold[0]);
  suite_add_tcase(suite, tc);
  return suite;
}
