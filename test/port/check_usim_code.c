/* SPDX-License-Identifier: Apache-2.0 */
/* Decoding of a card's answers: every length octet a lie, every prefix, wrong tags; status words. */
#include <check.h>

#include "heap.h"
#include "port/usim/card.h"
#include "vectors.h"

Suite *usim_code_suite(void);

static imstls_bytes heap_bytes(const uint8_t *ptr, size_t len) { return (imstls_bytes){ heap_copy(ptr, len), len }; }

static void drop(imstls_bytes b) { free((void *)(uintptr_t)b.ptr); }

static int auth(const uint8_t *ptr, size_t len, imstls_aka_result *result)
{
  imstls_bytes data = heap_bytes(ptr, len);
  memset(result, 0, sizeof *result);
  int r = imstls_i_auth_parse(data, result);
  drop(data);
  return r;
}

START_TEST(auth_vectors)
{
  const struct v_end_to_end_cases_item *v = &v_end_to_end.cases.item[_i];
  const vec answers[] = { v->apdu.response_ok, v->apdu.response_ok_with_Kc };
  imstls_aka_result result;
  for (size_t i = 0; i < 2; i++) {
    ck_assert_int_eq(auth(answers[i].oct, answers[i].len - 2, &result), IMSTLS_OK);
    ck_assert_int_eq(result.verdict, IMSTLS_AKA_OK);
    ck_assert_uint_eq(result.res_len, v->RES.len);
    ck_assert_mem_eq(result.res, v->RES.oct, v->RES.len);
    ck_assert_mem_eq(result.ck, v->CK.oct, 16);
    ck_assert_mem_eq(result.ik, v->IK.oct, 16);
  }
  vec sync = v->apdu.response_sync;
  ck_assert_int_eq(auth(sync.oct, sync.len - 2, &result), IMSTLS_OK);
  ck_assert_int_eq(result.verdict, IMSTLS_AKA_SYNC_FAILURE);
  ck_assert_mem_eq(result.auts, v->sync_failure.AUTS.oct, 14);
}
END_TEST

START_TEST(auth_prefixes)
{
  const vec answers[] = { v_end_to_end.cases.item[0].apdu.response_ok, v_end_to_end.cases.item[0].apdu.response_sync };
  imstls_aka_result result;
  for (size_t i = 0; i < 2; i++) {
    for (size_t len = 0; len < answers[i].len - 2; len++) {
      ck_assert_int_eq(auth(answers[i].oct, len, &result), IMSTLS_ERR_USIM_DATA);
      ck_assert_uint_eq(result.res_len, 0);
    }
  }
}
END_TEST

/* Each of the three lengths, and each value of it. */
START_TEST(auth_lengths_lie)
{
  vec ok = v_end_to_end.cases.item[0].apdu.response_ok;
  static const size_t at[] = { 1, 10, 27 };
  imstls_aka_result result;
  for (unsigned lie = 0; lie < 256; lie++) {
    uint8_t data[44];
    memcpy(data, ok.oct, sizeof data);
    if (data[at[_i]] == lie)
      continue;
    data[at[_i]] = (uint8_t)lie;
    ck_assert_int_eq(auth(data, sizeof data, &result), IMSTLS_ERR_USIM_DATA);
  }
}
END_TEST

START_TEST(auth_res_lengths)
{
  imstls_aka_result result;
  for (size_t n = 0; n <= 20; n++) {
    uint8_t data[2 + 20 + 34] = { 0xdb, (uint8_t)n };
    data[2 + n] = 16;
    data[2 + n + 17] = 16;
    int want = n >= 4 && n <= 16 ? IMSTLS_OK : IMSTLS_ERR_USIM_DATA;
    ck_assert_int_eq(auth(data, 2 + n + 34, &result), want);
    if (want == IMSTLS_OK)
      ck_assert_uint_eq(result.res_len, n);
  }
}
END_TEST

START_TEST(auth_tags)
{
  vec ok = v_end_to_end.cases.item[0].apdu.response_ok;
  imstls_aka_result result;
  for (unsigned tag = 0; tag < 256; tag++) {
    uint8_t data[44];
    memcpy(data, ok.oct, sizeof data);
    data[0] = (uint8_t)tag;
    if (tag != 0xdb)
      ck_assert_int_eq(auth(data, sizeof data, &result), IMSTLS_ERR_USIM_DATA);
  }
}
END_TEST

START_TEST(tlv)
{
  static const struct {
    const char *what;
    uint8_t data[8];
    size_t len;
    int want;
    size_t value_len;
  } t[] = {
    { "plain", { 0x80, 2, 1, 2 }, 4, IMSTLS_OK, 2 },
    { "second", { 0x81, 1, 9, 0x80, 1, 7 }, 6, IMSTLS_OK, 1 },
    { "padding before", { 0xff, 0x00, 0x80, 1, 7 }, 5, IMSTLS_OK, 1 },
    { "empty value", { 0x80, 0 }, 2, IMSTLS_OK, 0 },
    { "long form, one", { 0x80, 0x81, 1, 7 }, 4, IMSTLS_OK, 1 },
    { "long form, two", { 0x80, 0x82, 0, 1, 7 }, 5, IMSTLS_OK, 1 },
    { "nothing", { 0 }, 0, IMSTLS_END, 0 },
    { "padding alone", { 0xff, 0xff, 0xff }, 3, IMSTLS_END, 0 },
    { "another tag", { 0x81, 1, 7 }, 3, IMSTLS_END, 0 },
    { "no length", { 0x80 }, 1, IMSTLS_ERR_USIM_DATA, 0 },
    { "runs over", { 0x80, 3, 1, 2 }, 4, IMSTLS_ERR_USIM_DATA, 0 },
    { "indefinite", { 0x80, 0x80, 1, 0, 0 }, 5, IMSTLS_ERR_USIM_DATA, 0 },
    { "three octets of length", { 0x80, 0x83, 0, 0, 1, 7 }, 6, IMSTLS_ERR_USIM_DATA, 0 },
    { "long form cut", { 0x80, 0x81 }, 2, IMSTLS_ERR_USIM_DATA, 0 },
    { "long form cut later", { 0x80, 0x82, 0 }, 3, IMSTLS_ERR_USIM_DATA, 0 },
    { "long form runs over", { 0x80, 0x81, 2, 7 }, 4, IMSTLS_ERR_USIM_DATA, 0 },
    { "another one runs over", { 0x81, 9, 0x80, 1, 7 }, 5, IMSTLS_ERR_USIM_DATA, 0 },
  };
  for (size_t i = 0; i < sizeof t / sizeof t[0]; i++) {
    imstls_bytes data = heap_bytes(t[i].data, t[i].len);
    imstls_bytes value = { NULL, 99 };
    ck_assert_msg(imstls_i_tlv_find(data, 0x80, &value) == t[i].want, "%s", t[i].what);
    if (t[i].want == IMSTLS_OK)
      ck_assert_msg(value.len == t[i].value_len, "%s", t[i].what);
    drop(data);
  }
}
END_TEST

static int fcp(const uint8_t *ptr, size_t len, imstls_i_fcp *out)
{
  imstls_bytes data = heap_bytes(ptr, len);
  int r = imstls_i_fcp_parse(data, out);
  drop(data);
  return r;
}

START_TEST(fcp_good)
{
  static const uint8_t linear[] = { 0x62, 7, 0x82, 5, 0x42, 0x21, 0, 64, 3 };
  static const uint8_t flat[] = { 0x62, 8, 0x82, 2, 0x41, 0x21, 0x80, 2, 1, 4 };
  static const uint8_t adf[] = { 0x62, 13, 0x82, 2, 0x78, 0x21, 0xc6, 7, 0x90, 1, 0x80, 0x83, 1, 1, 0xff };
  imstls_i_fcp f;
  ck_assert_int_eq(fcp(linear, sizeof linear, &f), IMSTLS_OK);
  ck_assert(f.structure == IMSTLS_I_EF_LINEAR && f.record_len == 64 && f.records == 3);
  ck_assert_int_eq(fcp(flat, sizeof flat, &f), IMSTLS_OK);
  ck_assert(f.structure == IMSTLS_I_EF_TRANSPARENT && f.size == 0x104 && f.pin == IMSTLS_I_PIN_UNKNOWN);
  ck_assert_int_eq(fcp(adf, sizeof adf, &f), IMSTLS_OK);
  ck_assert(f.structure == 0 && f.pin == IMSTLS_I_PIN_ON && f.pin_ref == 1);
}
END_TEST

START_TEST(fcp_bad)
{
  static const struct {
    uint8_t data[12];
    size_t len;
  } bad[] = {
    { { 0 }, 0 },
    { { 0x6f, 2, 0x83, 0 }, 4 },
    { { 0x62, 9, 0x82, 2, 0x41, 0x21 }, 6 },
    { { 0x62, 3, 0x82, 1, 0x41 }, 5 },
    { { 0x62, 4, 0x82, 2, 0x42, 0x21 }, 6 },          /* linear without its record length */
    { { 0x62, 7, 0x82, 5, 0x42, 0x21, 1, 0, 3 }, 9 }, /* records of 256 octets */
    { { 0x62, 7, 0x82, 5, 0x42, 0x21, 0, 0, 3 }, 9 }, /* records of none */
    { { 0x62, 3, 0x80, 1, 9 }, 5 },                   /* a size of one octet */
    { { 0x62, 6, 0x80, 4, 0, 0, 0, 9 }, 8 },          /* of four */
    { { 0x62, 4, 0xc6, 2, 0x90, 9 }, 6 },             /* PIN status runs over */
    { { 0x62, 4, 0xc6, 2, 0x83, 0 }, 6 },             /* an empty key reference */
    { { 0x62, 4, 0x82, 9, 0x41, 0x21 }, 6 },
  };
  imstls_i_fcp f;
  for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
    ck_assert_msg(fcp(bad[i].data, bad[i].len, &f) == IMSTLS_ERR_USIM_DATA, "%zu", i);
  }
}
END_TEST

/* Which PIN: bits of 90 in the order of the key references. */
START_TEST(fcp_pins)
{
  static const struct {
    uint8_t bits, ref1, usage, ref2;
    uint8_t pin, ref;
  } t[] = {
    { 0x80, 0x01, 0x00, 0x81, IMSTLS_I_PIN_ON, 0x01 }, { 0x40, 0x01, 0x00, 0x81, IMSTLS_I_PIN_OFF, 0x01 },
    { 0x40, 0x01, 0x08, 0x11, IMSTLS_I_PIN_ON, 0x11 }, { 0x40, 0x01, 0x00, 0x11, IMSTLS_I_PIN_OFF, 0x01 },
    { 0xc0, 0x02, 0x08, 0x11, IMSTLS_I_PIN_ON, 0x02 }, { 0x80, 0x81, 0x00, 0x0a, IMSTLS_I_PIN_UNKNOWN, 0x01 },
  };
  for (size_t i = 0; i < sizeof t / sizeof t[0]; i++) {
    uint8_t data[] = { 0x62, 14,        0xc6, 12, 0x90,       1,    t[i].bits, 0x83,
                       1,    t[i].ref1, 0x95, 1,  t[i].usage, 0x83, 1,         t[i].ref2 };
    imstls_i_fcp f;
    ck_assert_int_eq(fcp(data, sizeof data, &f), IMSTLS_OK);
    ck_assert_msg(f.pin == t[i].pin && f.pin_ref == t[i].ref, "%zu", i);
  }
}
END_TEST

/* More key references than there are bits. */
START_TEST(fcp_many_pins)
{
  uint8_t data[2 + 2 + 3 + 40 * 3] = { 0x62, 2 + 3 + 120, 0xc6, 3 + 120, 0x90, 1, 0xff };
  for (size_t i = 0; i < 40; i++)
    memcpy(data + 7 + i * 3, (const uint8_t[]){ 0x83, 1, i < 39 ? 0x81 : 0x01 }, 3);
  imstls_i_fcp f;
  ck_assert_int_eq(fcp(data, sizeof data, &f), IMSTLS_OK);
  ck_assert(f.pin == IMSTLS_I_PIN_OFF);
}
END_TEST

static int imsi(const uint8_t *ptr, size_t len, char out[16])
{
  imstls_bytes data = heap_bytes(ptr, len);
  int r = imstls_i_imsi_parse(data, out);
  drop(data);
  return r;
}

START_TEST(imsi_coding)
{
  vec v = v_isim_ef.EF_IMSI_001010000000001;
  char out[16];
  ck_assert_int_eq(imsi(v.oct, v.len, out), IMSTLS_OK);
  ck_assert_str_eq(out, "001010000000001");
  for (size_t len = 0; len < v.len; len++)
    ck_assert_int_eq(imsi(v.oct, len, out), IMSTLS_ERR_USIM_DATA);
  for (unsigned lie = 0; lie < 256; lie++) { /* a shorter one is a shorter IMSI, down to 7 digits */
    uint8_t data[9];
    memcpy(data, v.oct, 9);
    data[0] = (uint8_t)lie;
    ck_assert_int_eq(imsi(data, 9, out), lie >= 4 && lie <= 8 ? IMSTLS_OK : IMSTLS_ERR_USIM_DATA);
  }
  static const uint8_t even[] = { 8, 0x01 | 0x90, 0x99, 0x07, 0, 0, 0, 0, 0xf1 };
  ck_assert_int_eq(imsi(even, sizeof even, out), IMSTLS_OK);
  ck_assert_str_eq(out, "99970000000001");
  for (size_t i = 1; i < 9; i++) { /* a nibble that is no digit, or a wrong filler or kind */
    uint8_t data[9];
    memcpy(data, even, 9);
    data[i] = i == 8 ? 0x01 : (uint8_t)(data[i] | 0x0a);
    ck_assert_msg(imsi(data, 9, out) == IMSTLS_ERR_USIM_DATA, "%zu", i);
  }
}
END_TEST

START_TEST(dir_records)
{
  static const uint8_t good[] = { 0x61, 0x09, 0x4f, 0x07, 0xa0, 0, 0, 0, 0x87, 0x10, 0x02, 0xff };
  imstls_bytes aid;
  imstls_bytes data = heap_bytes(good, sizeof good);
  ck_assert_int_eq(imstls_i_dir_record(data, &aid), IMSTLS_OK);
  ck_assert_uint_eq(aid.len, 7);
  drop(data);
  for (size_t at = 1; at < 4; at += 2) {
    for (unsigned lie = 0; lie < 256; lie++) {
      uint8_t copy[sizeof good];
      memcpy(copy, good, sizeof good);
      copy[at] = (uint8_t)lie;
      if (lie == good[at])
        continue;
      data = heap_bytes(copy, sizeof copy);
      int r = imstls_i_dir_record(data, &aid);
      if (r == IMSTLS_OK)
        ck_assert_uint_le(aid.len, 16);
      if (at == 3 && lie > 7)
        ck_assert_int_eq(r, IMSTLS_ERR_USIM_DATA);
      if (at == 1 && lie > 10)
        ck_assert_int_eq(r, IMSTLS_ERR_USIM_DATA);
      drop(data);
    }
  }
}
END_TEST

/* One file of the ISIM; `index` as in the table of files. */
static int take(imstls_usim_card *card, int32_t app, size_t index, const uint8_t *ptr, size_t len)
{
  size_t count = 0;
  const imstls_i_card_file *files = imstls_i_card_files(app, &count);
  ck_assert_uint_lt(index, count);
  imstls_bytes data = heap_bytes(ptr, len);
  int r = files[index].take(card, data);
  drop(data);
  return r;
}

START_TEST(file_vectors)
{
  const struct v_isim_ef *v = &v_isim_ef;
  imstls_usim_card card = IMSTLS_USIM_CARD_INIT;
  const vec lists[] = { v->EF_IMPU_rec1, v->EF_IMPU_rec_empty, v->EF_IMPU_rec2 };
  const vec hosts[] = { v->EF_PCSCF_fqdn, v->EF_PCSCF_ipv4, v->EF_PCSCF_ipv6 };
  ck_assert_int_eq(take(&card, IMSTLS_APP_ISIM, 0, v->EF_IMPI.oct, v->EF_IMPI.len), IMSTLS_OK);
  ck_assert_int_eq(take(&card, IMSTLS_APP_ISIM, 1, v->EF_DOMAIN.oct, v->EF_DOMAIN.len), IMSTLS_OK);
  for (size_t i = 0; i < 3; i++) {
    ck_assert_int_eq(take(&card, IMSTLS_APP_ISIM, 2, lists[i].oct, lists[i].len), IMSTLS_OK);
    ck_assert_int_eq(take(&card, IMSTLS_APP_ISIM, 3, hosts[i].oct, hosts[i].len), IMSTLS_OK);
  }
  ck_assert_str_eq(card.identity.impi, "001010000000001@ims.mnc001.mcc001.3gppnetwork.org");
  ck_assert_str_eq(card.identity.domain, "ims.mnc001.mcc001.3gppnetwork.org");
  ck_assert_uint_eq(card.identity.impu_count, 2);
  ck_assert_str_eq(card.identity.impu[0], "sip:001010000000001@ims.mnc001.mcc001.3gppnetwork.org");
  ck_assert_str_eq(card.identity.impu[1], "tel:+10000000001");
  ck_assert_uint_eq(card.identity.pcscf_count, 3);
  ck_assert_str_eq(card.identity.pcscf[0], "pcscf.visited1.net");
  ck_assert_str_eq(card.identity.pcscf[1], "192.0.2.5");
  ck_assert_str_eq(card.identity.pcscf[2], "2001:db8:0:0:0:0:0:5");
}
END_TEST

/* What is needed is refused, a record of a list is left out and counted; nothing of it is kept. */
static void no_identity(const imstls_usim_card *card, int i, int r)
{
  const imstls_card_identity *id = &card->identity;
  ck_assert_int_eq(r, i < 2 ? IMSTLS_ERR_USIM_DATA : IMSTLS_OK);
  ck_assert_uint_eq(id->left_out, i < 2 ? 0 : 1);
  ck_assert_uint_eq(id->text_len, 0);
  ck_assert_uint_eq(id->impu_count + id->pcscf_count, 0);
}

/* The length octet of every file runs through all values; a value that grows into the padding FF is no text. */
START_TEST(file_lengths_lie)
{
  const struct v_isim_ef *v = &v_isim_ef;
  const vec files[] = { v->EF_IMPI, v->EF_DOMAIN, v->EF_IMPU_rec1, v->EF_PCSCF_ipv4 };
  vec f = files[_i];
  for (unsigned lie = 0; lie < 256; lie++) {
    uint8_t data[64];
    memcpy(data, f.oct, 64);
    data[1] = (uint8_t)lie;
    if (lie == 0x81 || lie == 0x82)
      continue; /* a long form, see tlv */
    imstls_usim_card card = IMSTLS_USIM_CARD_INIT;
    int r = take(&card, IMSTLS_APP_ISIM, (size_t)_i, data, 64);
    if (lie > f.oct[1])
      no_identity(&card, _i, r);
    if (lie == 0)
      ck_assert(card.identity.text_len == 0);
    if (_i == 3 && lie > 1 && lie < f.oct[1])
      no_identity(&card, _i, r);
  }
  for (size_t len = 0; len < 2u + f.oct[1]; len++) {
    imstls_usim_card card = IMSTLS_USIM_CARD_INIT;
    int r = take(&card, IMSTLS_APP_ISIM, (size_t)_i, f.oct, len);
    if (len > 0)
      no_identity(&card, _i, r);
    ck_assert_uint_eq(card.identity.text_len, 0);
  }
}
END_TEST

/* What would end a header line, a quoted string or a URI does not come in from a card. */
START_TEST(file_octets)
{
  static const char bad[] = "\r\n\t \"<>\\,\x7f\x01\xff";
  for (size_t i = 0; i < sizeof bad; i++) {
    for (int index = 0; index < 4; index++) {
      uint8_t data[] = { 0x80, 6, 't', 'e', 'l', ':', (uint8_t)bad[i], '1' };
      if (index == 3)
        memcpy(data + 2, "\0ab", 4);
      imstls_usim_card card = IMSTLS_USIM_CARD_INIT;
      no_identity(&card, index, take(&card, IMSTLS_APP_ISIM, (size_t)index, data, sizeof data));
    }
  }
  static const uint8_t utf8[] = { 0x80, 4, 0xc3, 0xa4, '@', 'b' };
  imstls_usim_card card = IMSTLS_USIM_CARD_INIT;
  ck_assert_int_eq(take(&card, IMSTLS_APP_ISIM, 0, utf8, sizeof utf8), IMSTLS_OK);
  ck_assert_int_eq(take(&card, IMSTLS_APP_ISIM, 1, utf8, sizeof utf8), IMSTLS_ERR_USIM_DATA);
}
END_TEST

/* Never written: as if it were not there, whatever fills it. */
START_TEST(file_blank)
{
  static const struct {
    uint8_t head[3];
    size_t head_len;
    uint8_t filling;
  } t[] = {
    { { 0 }, 0, 0xff },          { { 0 }, 0, 0x00 },
    { { 0x80 }, 1, 0xff },       { { 0x80 }, 1, 0x00 },
    { { 0x80, 0x3e }, 2, 0xff }, { { 0x80, 0x3e }, 2, 0x00 },
    { { 0x80, 0x00 }, 2, 0xff }, { { 0x80, 0x81, 61 }, 3, 0xff },
  };
  for (size_t i = 0; i < sizeof t / sizeof t[0]; i++) {
    for (size_t index = 0; index < 4; index++) {
      uint8_t data[64];
      memset(data, t[i].filling, sizeof data);
      memcpy(data, t[i].head, t[i].head_len);
      imstls_usim_card card = IMSTLS_USIM_CARD_INIT;
      int r = take(&card, IMSTLS_APP_ISIM, index, data, sizeof data);
      ck_assert_msg(r == (index < 2 ? IMSTLS_END : IMSTLS_OK), "%zu %zu: %d", i, index, r);
      ck_assert_uint_eq(card.identity.text_len + card.identity.left_out, 0);
    }
  }
}
END_TEST

/* Records that a registration can do without are left out; the good ones around them count. */
START_TEST(file_odd_records)
{
  static const struct {
    size_t index, len;
    const char *octets;
  } t[] = {
    { 3, 10, "\x80\x08\0pcscf\0a" }, /* NUL in the name */
    { 3, 10,
      "\x80\x08\0pcscf\xff"
      "a" }, /* FF in it */
    { 3, 12,
      "\x80\x0a\x01"
      "192.0.2.5" }, /* an IPv4 address as text */
    { 3, 14,
      "\x80\x0c\x02"
      "2001:db8::5" }, /* an IPv6 address as text */
    { 3, 14,
      "\x80\x0c\x00"
      "2001:db8::5" },                        /* or as a name */
    { 3, 6, "\x80\x04\x01\xc0\x00\x02" },     /* three octets of IPv4 */
    { 3, 7, "\x80\x05\x02\xc0\x00\x02\x05" }, /* four of IPv6 */
    { 3, 7, "\x80\x05\x01\0\0\0\0" },         /* 0.0.0.0 */
    { 3, 7, "\x80\x05\x01\xff\xff\xff\xff" }, /* 255.255.255.255 */
    { 3, 5, "\x80\x09\0ab" },                 /* longer than the record */
    { 3, 4, "\x80\x02\x07x" },                /* a type of the future */
    { 3, 5,
      "\x81\x09"
      "\x80\x01"
      "a" }, /* another tag that runs over */
    { 2, 7,
      "\x80\x05"
      "alice" },                  /* no URI */
    { 2, 6, "\x80\x04sip:" },     /* of nobody */
    { 2, 9, "\x80\x07sip:a\0b" }, /* NUL in it */
    { 2, 9, "\x80\x0fsip:a@b" },  /* longer than the record */
  };
  for (size_t i = 0; i < sizeof t / sizeof t[0]; i++) {
    imstls_usim_card card = IMSTLS_USIM_CARD_INIT;
    const imstls_card_identity *id = &card.identity;
    ck_assert_int_eq(take(&card, IMSTLS_APP_ISIM, t[i].index, (const uint8_t *)t[i].octets, t[i].len), IMSTLS_OK);
    ck_assert_msg(id->left_out == 1 && id->impu_count + id->pcscf_count == 0, "%zu", i);
    vec good = t[i].index == 3 ? v_isim_ef.EF_PCSCF_fqdn : v_isim_ef.EF_IMPU_rec1;
    ck_assert_int_eq(take(&card, IMSTLS_APP_ISIM, t[i].index, good.oct, good.len), IMSTLS_OK);
    ck_assert_uint_eq(id->left_out, 1);
    ck_assert_uint_eq(t[i].index == 3 ? id->pcscf_count : id->impu_count, 1);
  }
}
END_TEST

START_TEST(file_overflow)
{
  imstls_usim_card card = IMSTLS_USIM_CARD_INIT;
  uint8_t data[256] = { 0x80, 0x81, 250, 't', 'e', 'l', ':' };
  memset(data + 7, '1', 246);
  for (int i = 0; i < 20; i++)
    ck_assert_int_eq(take(&card, IMSTLS_APP_ISIM, 2, data, 253), IMSTLS_OK);
  ck_assert_uint_eq(card.identity.impu_count, sizeof card.identity.text / 251);
  ck_assert_uint_eq(card.identity.left_out, 20 - card.identity.impu_count);
  card = (imstls_usim_card)IMSTLS_USIM_CARD_INIT;
  for (int i = 0; i < 20; i++)
    ck_assert_int_eq(take(&card, IMSTLS_APP_ISIM, 2, (const uint8_t *)"\x80\x05tel:1", 7), 0);
  ck_assert_uint_eq(card.identity.impu_count, IMSTLS_CARD_IMPU_MAX);
  ck_assert_uint_eq(card.identity.left_out, 20 - IMSTLS_CARD_IMPU_MAX);
}
END_TEST

START_TEST(status_words)
{
  for (unsigned sw = 0; sw < 0x10000; sw++) {
    const char *text = imstls_usim_status_text((uint16_t)sw);
    ck_assert_ptr_nonnull(text);
    ck_assert_uint_gt(strlen(text), 4);
    int r = imstls_i_sw_error((uint16_t)sw);
    ck_assert_int_eq(r == IMSTLS_OK, sw == 0x9000 || sw >> 8 == 0x91 || sw == 0x6282);
  }
  ck_assert_ptr_nonnull(strstr(imstls_usim_status_text(0x9862), "network"));
  ck_assert_ptr_nonnull(strstr(imstls_usim_status_text(0x6983), "PUK"));
  ck_assert_ptr_nonnull(strstr(imstls_usim_status_text(0x63c0), "PUK"));
  ck_assert_int_eq(imstls_i_sw_error(0x63c2), IMSTLS_ERR_USIM_PIN);
  ck_assert_int_eq(imstls_i_sw_error(0x6982), IMSTLS_ERR_USIM_PIN);
  ck_assert_int_eq(imstls_i_sw_error(0x6a82), IMSTLS_ERR_USIM_APP);
  ck_assert_int_eq(imstls_i_sw_error(0x6f00), IMSTLS_ERR_USIM);
}
END_TEST

Suite *usim_code_suite(void)
{
  Suite *suite = suite_create("usim_code");
  TCase *tc = tcase_create("all");
  tcase_add_loop_test(tc, auth_vectors, 0, 3);
  tcase_add_test(tc, auth_prefixes);
  tcase_add_loop_test(tc, auth_lengths_lie, 0, 3);
  tcase_add_test(tc, auth_res_lengths);
  tcase_add_test(tc, auth_tags);
  tcase_add_test(tc, tlv);
  tcase_add_test(tc, fcp_good);
  tcase_add_test(tc, fcp_bad);
  tcase_add_test(tc, fcp_pins);
  tcase_add_test(tc, fcp_many_pins);
  tcase_add_test(tc, imsi_coding);
  tcase_add_test(tc, dir_records);
  tcase_add_test(tc, file_vectors);
  tcase_add_loop_test(tc, file_lengths_lie, 0, 4);
  tcase_add_test(tc, file_octets);
  tcase_add_test(tc, file_blank);
  tcase_add_test(tc, file_odd_records);
  tcase_add_test(tc, file_overflow);
  tcase_add_test(tc, status_words);
  suite_add_tcase(suite, tc);
  return suite;
}
