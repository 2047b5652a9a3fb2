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
  if (rc == IMSTLS_OK)
    ck_assert_uint_eq(message_len, len - cases[_i].left);
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

/* How long lines are and how many there are is the parser's to judge: the end of the message is found all the same. */
START_TEST(long_lines)
{
  size_t message_len;
  for (int start = 0; start < 2; start++) {
    memset(big, 'x', sizeof big);
    memcpy(big, "S\r\n", start ? 3 : 0);
    size_t len = 3 + IMSTLS_SIP_LINE_MAX + 1;
    len += (size_t)sprintf(big + len, "\r\nl: 2\r\n\r\nab");
    ck_assert_int_eq(frame_both(big, len, MAX, &message_len), IMSTLS_OK);
    ck_assert_uint_eq(message_len, len);
    ck_assert_int_eq(frame_both(big, len, len, &message_len), IMSTLS_OK);
    ck_assert_int_eq(frame_both(big, len, len - 1, &message_len), IMSTLS_ERR_SIP_OVERSIZED);
  }
}
END_TEST

START_TEST(many_fields)
{
  size_t len = (size_t)sprintf(big, "S\r\n");
  size_t message_len;
  for (int i = 0; i < 2 * IMSTLS_SIP_HEADERS_MAX; i++)
    len += (size_t)sprintf(big + len, "m:\r\n *\r\n");
  len += (size_t)sprintf(big + len, "l: 1\r\n\r\na");
  ck_assert_int_eq(frame_both(big, len, MAX, &message_len), IMSTLS_OK);
  ck_assert_uint_eq(message_len, len);
}
END_TEST

/* --- what is too long, gone past --- */

/* The places where messages end in a stream that comes in pieces of `step`, ended by the result. Nothing that was
 * handed to imstls_sip_skip is seen again. */
static size_t ends(const char *ptr, size_t len, size_t step, size_t max, size_t places[8], int *last)
{
  imstls_sip_framer framer = { .size = 7 };
  size_t from = 0;
  size_t have = 0;
  size_t count = 0;
  bool skipping = false;
  *last = IMSTLS_PENDING;
  while (*last == IMSTLS_OK || (*last == IMSTLS_PENDING && have < len)) {
    size_t lead = 0;
    size_t n = 0;
    if (*last == IMSTLS_PENDING)
      have = len - have < step ? len : have + step;
    char *block = heap_copy(ptr + from, have - from);
    *last = skipping ? imstls_sip_skip(&framer, block, have - from, &n)
                     : imstls_sip_frame(&framer, block, have - from, max, &lead, &n);
    if (!skipping && *last == IMSTLS_ERR_SIP_OVERSIZED) {
      skipping = true;
      *last = imstls_sip_skip(&framer, block + lead, have - from - lead, &n);
    }
    free(block);
    if (skipping && *last == IMSTLS_PENDING)
      ck_assert_uint_eq(lead + n, have - from);
    from += lead + (skipping || *last == IMSTLS_OK ? n : 0);
    if (*last != IMSTLS_OK)
      continue;
    skipping = false;
    ck_assert_uint_lt(count, 8);
    places[count++] = from;
    ck_assert_uint_eq(framer.size, 7);
  }
  return count;
}

static void ends_alike(const char *ptr, size_t len, int result)
{
  size_t want[8], got[8];
  int last;
  size_t count = ends(ptr, len, len, MAX, want, &last);
  ck_assert_int_eq(last, result);
  for (size_t max = 1; max < len; max += 3) {
    for (size_t step = 1; step <= max; step += 1 + step / 8) {
      ck_assert_uint_eq(ends(ptr, len, step, max, got, &last), count);
      ck_assert_int_eq(last, result);
      ck_assert_int_eq(memcmp(want, got, count * sizeof *want), 0);
    }
  }
}

/* A message that is gone past ends where it would have ended in a buffer that holds it, however it is cut. */
START_TEST(skip_ends_there)
{
  static const char odd[] = "c: l: 9\nl\nContent-Lengthx: 8\nContent-Length\n : 9\nX: \n l: 7\n\r\rl: 5\n"
                            "cONTENT-lENGTH \t:\r\n \r\n 00006\t\r\n\t\r\nl:6\n\r\nabcdef"
                            "S\nl : 4\n\nl: 9l:9\nl: 3\n\nabc";
  ends_alike(stream, LEN(stream), IMSTLS_PENDING);
  ends_alike(odd, LEN(odd), IMSTLS_PENDING);
}
END_TEST

static const char *const unframed[] = {
  "S\nl: 4\nX: y\nl: 5\n\nabcde", "S\nX: y\nl: -4\n\n", "S\nl: 4 5\n\nabcde", "S\nl: 4\n 5\n\nabcde",
  "S\nl: 4\r5\n\nabcde",          "S\nl: \r4\n\nabcd",  "S\nX: y\nl:\n\n"
};

/* Nobody knows where the next message begins. */
START_TEST(skip_unframed) { ends_alike(unframed[_i], strlen(unframed[_i]), IMSTLS_ERR_SIP_MALFORMED); }
END_TEST

START_TEST(skip_largest)
{
  static const char text[] = "S\nl: 4294967295\n\n";
  static const char above[] = "S\nl: 4294967296\n\n";
  imstls_sip_framer framer = { .size = 0 };
  size_t lead;
  size_t n;
  ck_assert_int_eq(imstls_sip_frame(&framer, text, LEN(text), MAX, &lead, &n), IMSTLS_ERR_SIP_OVERSIZED);
  ck_assert_uint_eq(framer.body_len, UINT32_MAX);
  ck_assert_int_eq(imstls_sip_skip(&framer, text, LEN(text), &n), IMSTLS_PENDING);
  ck_assert_int_eq(imstls_sip_skip(&framer, big, MAX, &n), IMSTLS_PENDING);
  ck_assert_uint_eq(n, MAX);
  ck_assert_uint_eq(framer.body_len, UINT32_MAX - MAX);
  framer = (imstls_sip_framer){ .size = 0 };
  ck_assert_int_eq(imstls_sip_frame(&framer, above, LEN(above), MAX, &lead, &n), IMSTLS_ERR_SIP_OVERSIZED);
  ck_assert_int_eq(imstls_sip_skip(&framer, above, LEN(above), &n), IMSTLS_ERR_SIP_OVERSIZED);
}
END_TEST

START_TEST(skip_usage)
{
  imstls_sip_framer framer = { .size = 0 };
  size_t lead;
  size_t n;
  ck_assert_int_eq(imstls_sip_skip(&framer, "S", 1, &n), IMSTLS_ERR_USAGE); /* nothing was too long */
  ck_assert_int_eq(imstls_sip_frame(&framer, "SIP", 3, 3, &lead, &n), IMSTLS_ERR_SIP_OVERSIZED);
  ck_assert_int_eq(imstls_sip_skip(&framer, "SI", 2, &n), IMSTLS_ERR_USAGE); /* fewer than before */
  ck_assert_int_eq(imstls_sip_skip(NULL, "SIP", 3, &n), IMSTLS_ERR_USAGE);
  ck_assert_int_eq(imstls_sip_skip(&framer, NULL, 3, &n), IMSTLS_ERR_USAGE);
  ck_assert_int_eq(imstls_sip_skip(&framer, "SIP", 3, NULL), IMSTLS_ERR_USAGE);
  ck_assert_int_eq(imstls_sip_skip(&framer, "SIP", 3, &n), IMSTLS_PENDING);
  ck_assert_int_eq(imstls_sip_skip(&framer, NULL, 0, &n), IMSTLS_PENDING);
  ck_assert_uint_eq(n, 0);
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

/* The same however it comes: octet by octet, at once, and in two pieces. */
static int frame_any(const char *ptr, size_t len, size_t *message_len)
{
  int rc = frame_both(ptr, len, MAX, message_len);
  for (size_t cut = 0; cut < len; cut++) {
    imstls_sip_framer framer = { .size = 0 };
    size_t skip = 0, in_two = 0;
    int first = imstls_sip_frame(&framer, ptr, cut, MAX, &skip, &in_two);
    if (first != IMSTLS_PENDING)
      continue;
    ck_assert_int_eq(imstls_sip_frame(&framer, ptr, len, MAX, &skip, &in_two), rc);
    ck_assert_uint_eq(in_two, *message_len);
  }
  return rc;
}

/* A line of each first octet: LF alone ends the header fields. */
START_TEST(first_octets)
{
  for (int c = 0; c < 256; c++) {
    char text[] = "S\n?X: 1\nl: 2\n\nxy";
    size_t message_len;
    text[2] = (char)c;
    ck_assert_int_eq(frame_any(text, LEN(text), &message_len), IMSTLS_OK);
    ck_assert_uint_eq(message_len, c == '\n' ? 3 : LEN(text));
  }
}
END_TEST

/* Nothing but the whole name is Content-Length, in any case. */
START_TEST(names)
{
  static const char name[] = "Content-LENGTHs";
  for (int n = 1; n <= (int)LEN(name); n++) {
    bool is_length = n == (int)LEN(name) - 1;
    char text[64];
    size_t message_len;
    int len = snprintf(text, sizeof text, "S\n%.*s: 3\nl: 2\n\nxy", n, name);
    ck_assert_int_eq(frame_any(text, (size_t)len, &message_len), is_length ? IMSTLS_ERR_SIP_MALFORMED : IMSTLS_OK);
    len = snprintf(text, sizeof text, "S\n%.*s\nl: 2\n\nxy", n, name);
    ck_assert_int_eq(frame_any(text, (size_t)len, &message_len), IMSTLS_OK);
    ck_assert_uint_eq(message_len, (size_t)len);
    len = snprintf(text, sizeof text, "S\n%.*s\n : 3\n\nxyz", n, name);
    ck_assert_int_eq(frame_any(text, (size_t)len, &message_len), IMSTLS_OK);
    ck_assert_uint_eq(message_len, (size_t)len - 3);
  }
}
END_TEST

Suite *sip_frame_suite(void)
{
  Suite *s = suite_create("sip_frame");
  TCase *t = tcase_create("frame");
  tcase_add_test(t, every_cut);
  tcase_add_loop_test(t, framing, 0, sizeof cases / sizeof cases[0]);
  tcase_add_test(t, first_octets);
  tcase_add_test(t, names);
  tcase_add_test(t, errors_stay);
  tcase_add_test(t, message_limit);
  tcase_add_test(t, long_lines);
  tcase_add_test(t, many_fields);
  tcase_add_test(t, skip_ends_there);
  tcase_add_loop_test(t, skip_unframed, 0, sizeof unframed / sizeof unframed[0]);
  tcase_add_test(t, skip_largest);
  tcase_add_test(t, skip_usage);
  tcase_add_test(t, remembers);
  tcase_add_test(t, usage);
  tcase_set_timeout(t, 60);
  suite_add_tcase(s, t);
  return s;
}
