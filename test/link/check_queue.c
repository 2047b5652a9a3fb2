/* SPDX-License-Identifier: Apache-2.0 */
/* The queue of one link: who goes first, who has room, what stays and what is wiped. */
#include "queue_help.h"

/* Each word is a message: application, aNswer, Register, Deregistration, Ping. What follows `!` comes once the front is
 * leaving. */
static const struct {
  const char *put, *leaves;
} orders[] = {
  { "a1", "a1" },
  { "a1 a2 a3", "a1 a2 a3" },
  { "a1 a2 r3", "r3 a1 a2" },
  { "a1 a2 p3", "p3 a1 a2" },
  { "a1 a2 n3", "n3 a1 a2" },
  { "a1 p2 a3 r4 n5", "p2 r4 n5 a1 a3" },
  { "n1 r2 p3", "n1 r2 p3" },
  { "p1 n2 n3 r4 a5 a6 n7", "p1 n2 n3 r4 n7 a5 a6" },
  { "a1 ! a2", "a1 a2" },
  { "a1 a2 ! r3 p4 a5 n6", "a1 r3 p4 n6 a2 a5" },
  { "r1 ! p2 a3 n4", "r1 p2 n4 a3" },
  { "n1 a2 ! r3", "n1 r3 a2" },
  { "a1 p2 ! n3 r4", "p2 n3 r4 a1" },
  { "a1 a2 d3", "a1 a2 d3" },
  { "a1 d2 p3 n4", "p3 n4 a1 d2" },
  { "a1 a2 ! d3", "a1 a2 d3" },
};

static void put_words(imstls_i_queue *q, const char *words, size_t left)
{
  for (const char *at = words; *at; at += strspn(at, " ")) {
    size_t len = strcspn(at, " ");
    imstls_text word = imstls_i_text(at, len);
    if (*at == '!')
      imstls_i_queue_left(q, left, false);
    else
      ck_assert_int_eq(imstls_i_queue_put(q, kind_of(*at), word, NULL), IMSTLS_OK);
    at += len;
  }
}

static void ck_leaves(imstls_i_queue *q, const char *words)
{
  imstls_i_queued head;
  for (const char *at = words; *at; at += strspn(at, " ")) {
    size_t len = strcspn(at, " ");
    const char *octets = imstls_i_queue_next(q, &head);
    ck_assert_ptr_nonnull(octets);
    ck_assert_msg(head.len == len && !memcmp(octets, at, len), "%.*s where %s", (int)head.len, octets, words);
    ck_assert_int_eq(head.kind, kind_of(*at));
    imstls_i_queue_left(q, len - q->done, false);
    at += len;
  }
  ck_front(q, NULL);
  ck_assert(imstls_i_queue_is_empty(q));
  ck_clean(q);
}

/* 0 octets: TLS wants the same ones again, so that it is leaving all the same. */
START_TEST(order)
{
  for (size_t i = 0; i < COUNT(orders); i++)
    for (size_t left = 0; left < 2; left++) {
      imstls_i_queue q = make_queue(8 * (HEAD + 2), 2, 0);
      put_words(&q, orders[i].put, left);
      ck_leaves(&q, orders[i].leaves);
      free(q.ptr);
    }
}
END_TEST

/* A REGISTER is told when it is made and a ping never; the others are not told yet. */
START_TEST(told)
{
  static const struct {
    enum outgoing kind;
    bool told;
  } rows[] = { { OUT_APPLICATION, false }, { OUT_ANSWER, false }, { OUT_REGISTER, true }, { OUT_PING, true } };
  imstls_i_queued head;
  for (size_t i = 0; i < COUNT(rows); i++) {
    imstls_i_queue q = make_queue(2 * (HEAD + 3), 3, 0);
    ck_assert_int_eq(put(&q, rows[i].kind, "one"), IMSTLS_OK);
    ck_assert_int_eq(put(&q, rows[i].kind, "two"), IMSTLS_OK);
    ck_assert_ptr_nonnull(imstls_i_queue_next(&q, &head));
    ck_assert_int_eq(head.told, rows[i].told);
    imstls_i_queue_told(&q);
    ck_assert_ptr_nonnull(imstls_i_queue_next(&q, &head));
    ck_assert(head.told);
    imstls_i_queue_left(&q, 3, false);
    ck_front(&q, "two");
    ck_assert_ptr_nonnull(imstls_i_queue_next(&q, &head));
    ck_assert_int_eq(head.told, rows[i].told);
    free(q.ptr);
  }
}
END_TEST

START_TEST(addressee)
{
  imstls_address to = { .family = 4, .ip = { 192, 0, 2, 7 }, .port = 5062 };
  imstls_i_queued head;
  imstls_i_queue q = make_queue(2 * (HEAD + 1), 1, 0);
  ck_assert_int_eq(imstls_i_queue_put(&q, OUT_ANSWER, IMSTLS_I_LIT("x"), &to), IMSTLS_OK);
  ck_assert_int_eq(put(&q, OUT_ANSWER, "y"), IMSTLS_OK);
  ck_assert_ptr_nonnull(imstls_i_queue_next(&q, &head));
  ck_assert_mem_eq(&head.to, &to, sizeof to);
  imstls_i_queue_left(&q, 1, false);
  ck_assert_ptr_nonnull(imstls_i_queue_next(&q, &head));
  ck_assert_int_eq(head.to.family, 0);
  free(q.ptr);
}
END_TEST

enum { LONGEST = 20, RESERVE = LONGEST + QUEUE_RESERVE, ENOUGH = 2 * HEAD + LONGEST + RESERVE };

static size_t between(size_t cap, size_t taken)
{
  return cap > taken + LONGEST ? LONGEST : cap > taken ? cap - taken : 0;
}

/* Application and answers leave the reserve alone, REGISTER and ping use it. */
START_TEST(room_of_every_capacity)
{
  static const char text[LONGEST + 1] = "aaaaaaaaaaaaaaaaaaaa";
  static const enum outgoing kinds[] = { OUT_APPLICATION, OUT_ANSWER, OUT_REGISTER, OUT_PING };
  for (size_t cap = 0; cap <= ENOUGH; cap++)
    for (size_t k = 0; k < COUNT(kinds); k++) {
      bool own = kinds[k] == OUT_REGISTER || kinds[k] == OUT_PING;
      size_t want = between(cap, HEAD + (own ? 0 : (size_t)RESERVE)), room = 99;
      imstls_i_queue q = make_queue(cap, LONGEST, RESERVE);
      (void)imstls_i_queue_room(&q, kinds[k], &room);
      ck_assert_uint_eq(room, want);
      if (want < LONGEST)
        ck_assert_int_eq(imstls_i_queue_put(&q, kinds[k], imstls_i_text(text, want + 1), NULL), IMSTLS_WANT_WRITE);
      ck_assert_uint_eq(q.len, 0);
      ck_clean(&q);
      if (want)
        ck_assert_int_eq(imstls_i_queue_put(&q, kinds[k], imstls_i_text(text, want), NULL), IMSTLS_OK);
      free(q.ptr);
    }
}
END_TEST

static size_t fill(imstls_i_queue *q, size_t len)
{
  static const char text[LONGEST] = "bbbbbbbbbbbbbbbbbbb";
  size_t n = 0;
  int result = IMSTLS_OK;
  for (; result == IMSTLS_OK; n++)
    result = imstls_i_queue_put(q, n % 2 ? OUT_ANSWER : OUT_APPLICATION, imstls_i_text(text, len), NULL);
  ck_assert_int_eq(result, IMSTLS_WANT_WRITE);
  return n - 1;
}

/* However many wait, in whatever order they came: a REGISTER and a ping have their room, and take nobody else's. */
START_TEST(reserve)
{
  static const char text[LONGEST + 1] = "rrrrrrrrrrrrrrrrrrrr";
  for (size_t cap = ENOUGH - HEAD; cap < ENOUGH + 200; cap++)
    for (size_t len = 1; len < LONGEST; len += 3) {
      imstls_i_queue before = make_queue(cap, LONGEST, RESERVE), after = make_queue(cap, LONGEST, RESERVE);
      size_t n = fill(&before, len);
      ck_assert_uint_eq(n, (cap - RESERVE) / (HEAD + len));
      ck_assert_int_eq(put(&before, OUT_REGISTER, text), IMSTLS_OK);
      ck_assert_int_eq(put(&before, OUT_PING, "\r\n\r\n"), IMSTLS_OK);
      ck_assert_int_eq(put(&after, OUT_REGISTER, text), IMSTLS_OK);
      ck_assert_int_eq(put(&after, OUT_PING, "\r\n\r\n"), IMSTLS_OK);
      ck_assert_uint_eq(fill(&after, len), n);
      ck_assert(imstls_i_queue_holds_register(&before));
      free(before.ptr);
      free(after.ptr);
    }
}
END_TEST

START_TEST(too_long)
{
  imstls_i_queue q = make_queue(1000, 4, 0);
  for (enum outgoing kind = OUT_APPLICATION; kind <= OUT_PING; kind++) {
    ck_assert_int_eq(put(&q, kind, "12345"), IMSTLS_ERR_TX_TOO_LONG);
    ck_assert_uint_eq(q.len, 0);
    ck_assert_int_eq(put(&q, kind, "1234"), IMSTLS_OK);
    imstls_i_queue_clear(&q);
  }
  free(q.ptr);
}
END_TEST

/* In three pieces, cut everywhere: it stays whole in the queue until its last octet left. */
START_TEST(pieces)
{
  static const char text[] = "REGISTER sip:x";
  enum { N = sizeof text - 1 };
  for (size_t i = 0; i < N; i++)
    for (size_t k = i; k < N; k++) {
      imstls_i_queue q = make_queue(2 * (HEAD + N), N, 0);
      ck_assert_int_eq(put(&q, OUT_APPLICATION, text), IMSTLS_OK);
      ck_assert_int_eq(put(&q, OUT_APPLICATION, "next"), IMSTLS_OK);
      imstls_i_queue_left(&q, i, false);
      ck_front(&q, text);
      ck_assert_uint_eq(q.done, i);
      imstls_i_queue_left(&q, k - i, false);
      ck_front(&q, text);
      ck_assert_uint_eq(q.done, k);
      ck_assert(q.leaving);
      imstls_i_queue_left(&q, N - k, false);
      ck_front(&q, "next");
      ck_assert_uint_eq(q.done, 0);
      ck_assert(!q.leaving);
      ck_clean(&q);
      free(q.ptr);
    }
}
END_TEST

/* Over datagrams a REGISTER that left waits behind the scenes. */
START_TEST(kept)
{
  imstls_i_queue q = make_queue(400, 10, 0);
  ck_assert_int_eq(put(&q, OUT_APPLICATION, "app"), IMSTLS_OK);
  ck_assert_int_eq(put(&q, OUT_REGISTER, "reg"), IMSTLS_OK);
  ck_assert(imstls_i_queue_holds_register(&q));
  imstls_i_queue_left(&q, 3, true);
  ck_assert(!imstls_i_queue_holds_register(&q));
  ck_assert(!imstls_i_queue_is_empty(&q));
  ck_front(&q, "app");
  imstls_i_queue_left(&q, 3, false);
  ck_assert(imstls_i_queue_is_empty(&q));
  for (int i = 0; i < 3; i++) {
    ck_front(&q, NULL);
    ck_assert_int_eq(put(&q, OUT_APPLICATION, "later"), IMSTLS_OK);
    imstls_i_queue_repeat_register(&q);
    ck_assert(imstls_i_queue_holds_register(&q));
    ck_front(&q, "reg");
    imstls_i_queue_left(&q, 3, true);
    ck_front(&q, "later");
    imstls_i_queue_left(&q, 5, false);
  }
  imstls_i_queue_drop_register(&q);
  ck_assert_uint_eq(q.len, 0);
  ck_clean(&q);
  imstls_i_queue_repeat_register(&q);
  ck_front(&q, NULL);
  free(q.ptr);
}
END_TEST

/* The transaction is over: it goes, sent or not, and takes along how far it had left, but nobody else's. */
START_TEST(dropped)
{
  static const struct {
    const char *put, *leaves;
    size_t done; /* of what is left at the front */
  } rows[] = {
    { "r1", "", 0 },
    { "a1 r2", "a1", 0 },
    { "r1 ! a2", "a2", 0 },
    { "a1 ! r2 n3", "a1 n3", 1 },
    { "a1 a2", "a1 a2", 0 },
    { "a1 ! a2", "a1 a2", 1 },
    { "n1 ! r2 p3 a4", "n1 p3 a4", 1 },
    { "r1 ! p2 a3", "p2 a3", 0 },
  };
  for (size_t i = 0; i < COUNT(rows); i++) {
    imstls_i_queue q = make_queue(8 * (HEAD + 2), 2, 0);
    put_words(&q, rows[i].put, 1);
    imstls_i_queue_drop_register(&q);
    ck_assert_uint_eq(q.done, rows[i].done);
    ck_assert_int_eq(q.leaving, rows[i].done != 0);
    ck_assert(!imstls_i_queue_holds_register(&q));
    ck_clean(&q);
    ck_leaves(&q, rows[i].leaves);
    free(q.ptr);
  }
}
END_TEST

/* After a dropped REGISTER that was leaving, what is ours goes before the application's again. */
START_TEST(order_after_drop)
{
  imstls_i_queue q = make_queue(8 * (HEAD + 2), 2, 0);
  put_words(&q, "r1 a2 !", 1);
  imstls_i_queue_drop_register(&q);
  put_words(&q, "r3", 1);
  ck_leaves(&q, "r3 a2");
  free(q.ptr);
}
END_TEST

/* The link closes: what the application sent stays, whole, and in its order. */
START_TEST(ours_dropped)
{
  static const struct {
    const char *put, *leaves;
  } rows[] = { { "a1 n2 r3 p4 a5", "a1 a5" }, { "a1 ! a2 d3", "a1 a2" }, { "n1 r2 !", "" }, { "n1 ! a2", "a2" } };
  for (size_t i = 0; i < COUNT(rows); i++) {
    imstls_i_queue q = make_queue(8 * (HEAD + 2), 2, 0);
    put_words(&q, rows[i].put, 1);
    imstls_i_queue_drop_ours(&q);
    ck_assert(!q.done && !q.leaving);
    ck_clean(&q);
    ck_leaves(&q, rows[i].leaves);
    free(q.ptr);
  }
  imstls_i_queue q = make_queue(400, 3, 0); /* one that was kept goes as well */
  put_words(&q, "r1 a2", 0);
  imstls_i_queue_left(&q, 2, true);
  imstls_i_queue_drop_ours(&q);
  imstls_i_queue_repeat_register(&q);
  ck_leaves(&q, "a2");
  free(q.ptr);
}
END_TEST

START_TEST(next_dropped)
{
  imstls_i_queue q = make_queue(8 * (HEAD + 2), 2, 0);
  put_words(&q, "a1 a2 ! a3", 1);
  imstls_i_queue_drop_next(&q);
  ck_assert(!q.done && !q.leaving);
  ck_leaves(&q, "a2 a3");
  imstls_i_queue_drop_next(&q);
  ck_assert_uint_eq(q.len, 0);
  free(q.ptr);
}
END_TEST

/* What was stamped for one link is stamped anew for the next, longer or shorter, and keeps its place. */
START_TEST(replaced)
{
  static const char *const texts[] = { "x", "four", "sixteen octets.." };
  static const imstls_address to = { .family = 4, .ip = { 192, 0, 2, 7 }, .port = 5062 };
  imstls_i_queued head;
  for (size_t i = 0; i < COUNT(texts); i++) {
    size_t cap = 0, len = strlen(texts[i]);
    imstls_i_queue q = make_queue(400, 16, 100);
    memcpy(imstls_i_queue_room(&q, OUT_APPLICATION, &cap), "four", 4);
    imstls_i_queue_commit_stamped(&q, 4, &to, 7);
    ck_assert_int_eq(put(&q, OUT_APPLICATION, "next"), IMSTLS_OK);
    imstls_i_queue_told(&q);
    ck_assert_ptr_nonnull(imstls_i_queue_next(&q, &head));
    ck_assert_uint_eq(head.stamp, 7);
    memcpy(imstls_i_queue_room(&q, OUT_REGISTER, &cap), texts[i], len);
    imstls_i_queue_replace_next(&q, len, 9);
    ck_front(&q, texts[i]);
    ck_assert_ptr_nonnull(imstls_i_queue_next(&q, &head));
    ck_assert(head.stamp == 9 && head.told && head.kind == OUT_APPLICATION);
    ck_assert_mem_eq(&head.to, &to, sizeof to);
    ck_clean(&q);
    imstls_i_queue_left(&q, len, false);
    ck_front(&q, "next");
    ck_assert_ptr_nonnull(imstls_i_queue_next(&q, &head));
    ck_assert_uint_eq(head.stamp, 0);
    free(q.ptr);
  }
}
END_TEST

/* The application cannot take the room of an answer, and answers that wait do not keep more than that. */
START_TEST(room_for_answers)
{
  enum { LEN = 10, ANSWERS = 2 * (HEAD + LEN), CAP = 6 * (HEAD + LEN) };
  for (int before = 0; before <= 3; before++) {
    imstls_i_queue q = make_queue(CAP, LEN, 0);
    q.answers = ANSWERS;
    int application = 0, answers = before;
    for (int i = 0; i < before; i++)
      ck_assert_int_eq(put(&q, OUT_ANSWER, "0123456789"), IMSTLS_OK);
    while (put(&q, OUT_APPLICATION, "0123456789") == IMSTLS_OK)
      application++;
    while (put(&q, OUT_ANSWER, "0123456789") == IMSTLS_OK)
      answers++;
    ck_assert_int_eq(application, before < 2 ? 4 : 6 - before);
    ck_assert_int_eq(application + answers, 6);
    free(q.ptr);
  }
}
END_TEST

START_TEST(cleared)
{
  imstls_i_queue q = make_queue(8 * (HEAD + 2), 2, 7);
  put_words(&q, "a1 r2 ! a3", 1);
  imstls_i_queue_clear(&q);
  ck_clean(&q);
  ck_front(&q, NULL);
  ck_assert(imstls_i_queue_is_empty(&q) && !imstls_i_queue_holds_register(&q));
  ck_assert(!q.done && !q.leaving);
  ck_assert(q.cap == 8 * (HEAD + 2) && q.longest == 2 && q.reserve == 7);
  put_words(&q, "a4", 1);
  ck_leaves(&q, "a4");
  free(q.ptr);
}
END_TEST

/* Written in place it is the same as put. */
START_TEST(in_place)
{
  static const char *const words[] = { "a1", "a2", "n3", "p4", "r5", "a6" };
  size_t cap = 0;
  imstls_i_queue put_here = make_queue(8 * (HEAD + 2), 2, 0), written = make_queue(8 * (HEAD + 2), 2, 0);
  for (size_t i = 0; i < COUNT(words); i++) {
    enum outgoing kind = kind_of(words[i][0]);
    ck_assert_int_eq(put(&put_here, kind, words[i]), IMSTLS_OK);
    char *room = imstls_i_queue_room(&written, kind, &cap);
    ck_assert_uint_eq(cap, 2);
    memcpy(room, words[i], 2);
    char *message = imstls_i_queue_commit(&written, kind, 2, NULL);
    ck_assert_mem_eq(message, words[i], 2);
    ck_assert_uint_eq(written.len, put_here.len);
    ck_assert_mem_eq(written.ptr, put_here.ptr, written.cap);
  }
  free(put_here.ptr);
  free(written.ptr);
}
END_TEST

SUITE_OF(queue, order, told, addressee, room_of_every_capacity, reserve, too_long, pieces, kept, dropped,
         order_after_drop, ours_dropped, next_dropped, replaced, room_for_answers, cleared, in_place)
