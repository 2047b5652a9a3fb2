/* SPDX-License-Identifier: Apache-2.0 */
/* imstls_sip_frame: cuts, limits, Content-Length, what stands between messages. */
#include <stdio.h>

#include "sip_help.h"

Suite *sip_frame_suite(void);

enum { MAX = 65536 };

/* Three messages with pings before, between and after (RFC 5626 3.5.1). */
static const char stream[] = "\r\n\r\n" OK_LINE FIVE CSEQ "Content-Length:\r\n  3\r\n\r\na\r\n"
                             "\r\n" OK_LINE FIVE CSEQ "\r\n"
                             "SIP/2.0 200 OK\nl: 2\nX: \n y\n\n\n\n"
                             "\r\n\r\n";

/* Feeds pieces cut at `a` and `b`; writes the messages, each after a '|', and the octets skipped. */
static size_t cut_in_three(size_t a, size_t b, char *out, size_t *skipped)
{
  const size_t ends[] = { a, b, LEN(stream) };
  imstls_sip_framer framer = { .size = 7 };
  size_t from = 0;
  size_t used = 0;
  *skipped = 0;
  for (int i = 0; i < 3; i++) {
    int rc;
    do {
      size_t skip;
      size_t len = 0;
      char *block = heap_copy(stream + from, ends[i] - from);
      rc = imstls_sip_frame(&framer, block, ends[i] - from, MAX, &skip, &len);
      ck_assert(rc == IMSTLS_OK || rc == IMSTLS_PENDING);
      from += skip;
      *skipped += skip;
      if (rc == IMSTLS_OK) {
        out[used++] = '|';
        memcpy(out + used, block + skip, len);
        used += len;
        from += len;
      }
      free(block);
    } while (rc == IMSTLS_OK);
  }
  ck_assert_uint_eq(from, LEN(stream));
  ck_assert_uint_eq(framer.size, 7);
  return used;
}

START_TEST(every_cut)
{
  char whole[LEN(stream) + 8];
  char cut[LEN(stream) + 8];
  size_t skipped;
  size_t len = cut_in_three(LEN(stream), LEN(stream), whole, &skipped);
  static const char first[] = "|" OK_LINE FIVE CSEQ "Content-Length:\r\n  3\r\n\r\na\r\n|SIP";
  ck_assert_uint_eq(skipped, 4 + 2 + 4);
  ck_assert_uint_eq(len, LEN(stream) - skipped + 3);
  ck_assert_int_eq(memcmp(whole, first, LEN(first)), 0);
  for (size_t a = 0; a <= LEN(stream); a++) {
    for (size_t b = a; b <= LEN(stream); b++) {
      ck_assert_uint_eq(cut_in_three(a, b, cut, &skipped), len);
      ck_assert_int_eq(memcmp(whole, cut, len), 0);
      ck_assert_uint_eq(skipped, 10);
    }
  }
}
END_TEST

/* The result of a stream that comes octet by octet, or at once. */
static int frame_slowly(const char *ptr, size_t len, size_t max, size_t *message_len)
{
  imstls_sip_framer framer = { .size = 0 };
  int rc = IMSTLS_PENDING;
  size_t skip;
  for (size_t n = 0; n <= len && rc == IMSTLS_PENDING; n++)
    rc = imstls_sip_frame(&framer, ptr, n, max, &skip, message_len);
  return rc;
}

static int frame_at_once(const char *ptr, size_t len, size_t max, size_t *message_len)
{
  imstls_sip_framer framer = { .size = 0 };
  size_t skip;
  char *block = heap_copy(ptr, len);
  int rc = imstls_sip_frame(&framer, block, len, max, &skip, message_len);
  free(block);
  return rc;
}

static int frame_both(const char *ptr, size_t len, size_t max, size_t *message_len)
{
  size_t slow_len = 0;
  *message_len = 0;
  int rc = frame_at_once(ptr, len, max, message_len);
  ck_assert_int_eq(frame_slowly(ptr, len, max, &slow_len), rc);
  ck_assert_uint_eq(slow_len, *message_len);
  return rc;
}

static const struct {
  int rc;
  size_t left; /* octets after the message */
  const char *text;
} cases[] = {
  { IMSTLS_PENDING, 0, "" },
  { IMSTLS_PENDING, 0, "S" },
  { IMSTLS_PENDING, 0, "S\r\n" },
  { IMSTLS_PENDING, 0, "S\r\n\r" },
  { IMSTLS_OK, 0, "S\r\n\r\n" },
  { IMSTLS_OK, 0, "S\n\n" },
  { IMSTLS_OK, 0, "S\r\n\n" },
  { IMSTLS_OK, 0, "S\n\r\n" },
  { IMSTLS_PENDING, 0, "S\n \n\t\n" },
  { IMSTLS_OK, 1, "S\n \n\t\n\nx" },
  { IMSTLS_PENDING, 0, "S\nl: 2\n\nx" },
  { IMSTLS_OK, 0, "S\nl: 2\n\nxy" },
  { IMSTLS_OK, 1, "S\nCONTENT-LENGTH : 2 \n\nxyz" },
  { IMSTLS_OK, 0, "S\nContent-Length:\n 2\n\nxy" },
  { IMSTLS_OK, 2, "S\nContent-Lengthx: 2\n\nxy" },
  { IMSTLS_OK, 2, "S\nX: 1\n l: 2\n\nxy" },
  { IMSTLS_OK, 0, "S\nl\nContent\n: 3\nc: x\nl: 2\n\nxy" },
  { IMSTLS_OK, 0, "S\nl: 2\nl: 002\n\nxy" },
  { IMSTLS_ERR_SIP_MALFORMED, 0, "S\nl: 2\nl: 3\n\nxyz" },
  { IMSTLS_ERR_SIP_MALFORMED, 0, "S\nl: 0\nl: 3\n\nxyz" },
  { IMSTLS_ERR_SIP_MALFORMED, 0, "S\nl: -1\n\nxyz" },
  { IMSTLS_ERR_SIP_MALFORMED, 0, "S\nl: 1,1\n\nxyz" },
  { IMSTLS_ERR_SIP_MALFORMED, 0, "S\nl:\n\nxyz" },
  { IMSTLS_ERR_SIP_MALFORMED, 0, "S\nl: x\n\nxyz" },
  { IMSTLS_ERR_SIP_OVERSIZED, 0, "S\nl: 65536\n\nxyz" },
  { IMSTLS_ERR_SIP_OVERSIZED, 0, "S\nl: 4294967295\n\nxyz" },
  { IMSTLS_ERR_SIP_OVERSIZED, 0, "S\nl: 4294967296\n\nxyz" },
  { IMSTLS_ERR_SIP_OVERSIZED, 0, "S\nl: 4294967299\n\nxyz" },
  { IMSTLS_ERR_SIP_OVERSIZED, 0, "S\nl: 18446744073709551616\n\nxyz" },
};

START_TEST(framing)
{
  size_t len = strlen(cases[_i].text);
  size_t message_len;
  int rc = frame_both(cases[_i].text, len, MAX, &message_len);
  ck_assert_msg(rc == cases[_i].rc, "%d for\n%s", rc, cases[_i].text);
  if (rc == IMSTLS_OK) ck_assert_uint_eq(message_len, len - cases[_i].left);
}
END_TEST

/* An error stays an error when the caller asks again. */
START_TEST(errors_stay)
{
  static const char text[] = "S\nl: x\n\nxyz";
  imstls_sip_framer framer = { .size = 0 };
  size_t skip;
  size_t len;
  for (int i = 0; i < 3; i++) {
    ck_assert_int_eq(imstls_sip_frame(&framer, text, LEN(text), MAX, &skip, &len), IMSTLS_ERR_SIP_MALFORMED);
  }
}
END_TEST

/* --- limits, at them and one above --- */

static char big[MAX + 64];

START_TEST(message_limit)
{
  static const char text[] = "S\nl: 4\n\nabcd";
  size_t len;
  ck_assert_int_eq(frame_both(text, LEN(text), LEN(text), &len), IMSTLS_OK);
  ck_assert_int_eq(frame_both(text, LEN(text), LEN(text) - 1, &len), IMSTLS_ERR_SIP_OVERSIZED);
  ck_assert_int_eq(frame_both(text, LEN(text), SIZE_MAX, &len), IMSTLS_OK);
  ck_assert_int_eq(frame_both("S\nl: 4294967296\n\n", 17, SIZE_MAX, &len), IMSTLS_ERR_SIP_OVERSIZED);
  ck_assert_int_eq(frame_both("S\n\n", 3, 3, &len), IMSTLS_OK);
  ck_assert_int_eq(frame_both("S\n\n", 3, 2, &len), IMSTLS_ERR_SIP_OVERSIZED);
  ck_assert_int_eq(frame_both("S\nX", 3, 3, &len), IMSTLS_ERR_SIP_OVERSIZED);
  ck_assert_int_eq(frame_both("S\nX", 3, 4, &len), IMSTLS_PENDING);
}
END_TEST

START_TEST(line_limit)
{
  static const char *const ends[] = { "\r\n\r\n", "\n\n" };
  for (int i = 0; i < 8; i++) {
    size_t line = IMSTLS_SIP_LINE_MAX + (size_t)(i & 1);
    size_t start = (i & 4) != 0 ? 2 : 0; /* a header, or the start line */
    size_t message_len;
    memset(big, 'x', sizeof big);
    memcpy(big, "S\n", start);
    if (start != 0) memcpy(big + 100, "\r\n ", 3);
    size_t len = start + line;
    len += (size_t)sprintf(big + len, "%s", ends[(i & 2) >> 1]);
    int rc = frame_both(big, len, MAX, &message_len);
    ck_assert_int_eq(rc, (i & 1) != 0 ? IMSTLS_ERR_SIP_OVERSIZED : IMSTLS_OK);
  }
  /* no line end: known to be too long as soon as it is */
  size_t len;
  memset(big, 'x', sizeof big);
  ck_assert_int_eq(frame_both(big, IMSTLS_SIP_LINE_MAX, MAX, &len), IMSTLS_PENDING);
  ck_assert_int_eq(frame_both(big, IMSTLS_SIP_LINE_MAX + 1, MAX, &len), IMSTLS_ERR_SIP_OVERSIZED);
  big[IMSTLS_SIP_LINE_MAX] = '\r';
  ck_assert_int_eq(frame_both(big, IMSTLS_SIP_LINE_MAX + 1, MAX, &len), IMSTLS_PENDING);
}
END_TEST

START_TEST(header_limit)
{
  for (int count = IMSTLS_SIP_HEADERS_MAX; count <= IMSTLS_SIP_HEADERS_MAX + 1; count++) {
    size_t len = (size_t)sprintf(big, "S\r\n");
    size_t message_len;
    for (int i = 0; i < count; i++) len += (size_t)sprintf(big + len, "m:\r\n *\r\n");
    len += (size_t)sprintf(big + len, "\r\n");
    int rc = frame_both(big, len, MAX, &message_len);
    ck_assert_int_eq(rc, count > IMSTLS_SIP_HEADERS_MAX ? IMSTLS_ERR_SIP_OVERSIZED : IMSTLS_OK);
  }
}
END_TEST

/* A slow sender costs no more than a fast one: each call looks on from where the last one stopped. */
START_TEST(remembers)
{
  imstls_sip_framer framer = { .size = 0 };
  size_t skip;
  size_t len;
  memset(big, 'x', 100);
  ck_assert_int_eq(imstls_sip_frame(&framer, big, 100, MAX, &skip, &len), IMSTLS_PENDING);
  memset(big, '\n', 100); /* seen already: a second look would find an end */
  big[100] = 'x';
  ck_assert_int_eq(imstls_sip_frame(&framer, big, 101, MAX, &skip, &len), IMSTLS_PENDING);
  ck_assert_uint_eq(skip, 0);
  ck_assert_uint_eq(framer.scanned, 101);
}
END_TEST

START_TEST(usage)
{
  imstls_sip_framer framer = { .size = 0 };
  size_t skip;
  size_t len;
  ck_assert_int_eq(imstls_sip_frame(NULL, "S", 1, MAX, &skip, &len), IMSTLS_ERR_USAGE);
  ck_assert_int_eq(imstls_sip_frame(&framer, NULL, 1, MAX, &skip, &len), IMSTLS_ERR_USAGE);
  ck_assert_int_eq(imstls_sip_frame(&framer, "S", 1, MAX, NULL, &len), IMSTLS_ERR_USAGE);
  ck_assert_int_eq(imstls_sip_frame(&framer, "S", 1, MAX, &skip, NULL), IMSTLS_ERR_USAGE);
  ck_assert_int_eq(imstls_sip_frame(&framer, NULL, 0, MAX, &skip, &len), IMSTLS_PENDING);
  ck_assert_int_eq(imstls_sip_frame(&framer, "SIP", 3, MAX, &skip, &len), IMSTLS_PENDING);
  ck_assert_int_eq(imstls_sip_frame(&framer, "SI", 2, MAX, &skip, &len), IMSTLS_ERR_USAGE); /* fewer than before */
}
END_TEST

Suite *sip_frame_suite(void)
{
  Suite *s = suite_create("sip_frame");
  TCase *t = tcase_create("frame");
  tcase_add_test(t, every_cut);
  tcase_add_loop_test(t, framing, 0, sizeof cases / sizeof cases[0]);
  tcase_add_test(t, errors_stay);
  tcase_add_test(t, message_limit);
  tcase_add_test(t, line_limit);
  tcase_add_test(t, header_limit);
  tcase_add_test(t, remembers);
  tcase_add_test(t, usage);
  tcase_set_timeout(t, 60);
  suite_add_tcase(s, t);
  return s;
}
