/* SPDX-License-Identifier: Apache-2.0 */
/* Thousands of operations on a queue and on a plain list that says what the queue ought to be. */
#include "queue_help.h"

enum { ITEMS_MAX = 256, TEXT_MAX = 40, ROUNDS = 4, OPERATIONS = 400 };

typedef struct item {
  char text[TEXT_MAX];
  uint32_t len;
  enum outgoing kind;
  bool told;
} item;

/* At most one REGISTER at a time, as there is one transaction. */
typedef struct model {
  item items[ITEMS_MAX]; /* to be sent, the front first */
  size_t count, done;
  bool leaving;
  bool has_kept;
  item kept;
  size_t cap, reserve, longest;
} model;

static uint32_t state; /* of the test's own generator: the same on every machine */

static uint32_t draw(uint32_t below)
{
  state = state * 1664525 + 1013904223;
  return (state >> 8) % below;
}

static bool is_ours(const item *it) { return it->kind != OUT_APPLICATION; }
static bool registers(const item *it) { return it->kind == OUT_REGISTER || it->kind == OUT_DEREGISTER; }
static bool has_own_room(const item *it) { return registers(it) || it->kind == OUT_PING; }
static bool waits_its_turn(const item *it) { return it->kind == OUT_APPLICATION || it->kind == OUT_DEREGISTER; }

static size_t used(const model *m, bool own_room_alone)
{
  size_t sum = 0;
  if (m->has_kept)
    sum += HEAD + m->kept.len;
  for (size_t i = 0; i < m->count; i++)
    if (!own_room_alone || has_own_room(&m->items[i]))
      sum += HEAD + m->items[i].len;
  return sum;
}

static bool has_room(const model *m, const item *it)
{
  size_t need = used(m, false) + HEAD + it->len, own = used(m, true);
  if (!has_own_room(it) && own < m->reserve)
    need += m->reserve - own;
  return need <= m->cap;
}

static void insert(model *m, const item *it)
{
  size_t at = m->count;
  if (!waits_its_turn(it)) {
    at = m->leaving && m->count ? 1 : 0;
    while (at < m->count && is_ours(&m->items[at]))
      at++;
  }
  memmove(m->items + at + 1, m->items + at, (m->count - at) * sizeof *it);
  m->items[at] = *it;
  m->count++;
}

static void take_out(model *m, size_t at)
{
  m->count--;
  memmove(m->items + at, m->items + at + 1, (m->count - at) * sizeof m->items[0]);
  if (at == 0) {
    m->done = 0;
    m->leaving = false;
  }
}

static void drop_register(model *m, imstls_i_queue *q)
{
  imstls_i_queue_drop_register(q);
  m->has_kept = false;
  for (size_t i = 0; i < m->count; i++)
    if (registers(&m->items[i])) {
      take_out(m, i);
      return;
    }
}

static void put_one(model *m, imstls_i_queue *q)
{
  item it = { .kind = (enum outgoing)draw(5) };
  it.len = 1 + draw((uint32_t)m->longest + 1);
  it.told = has_own_room(&it);
  for (uint32_t i = 0; i < it.len; i++)
    it.text[i] = (char)('!' + draw(90));
  if (registers(&it))
    drop_register(m, q);
  char *copy = malloc(it.len);
  ck_assert_ptr_nonnull(copy);
  memcpy(copy, it.text, it.len);
  int result = imstls_i_queue_put(q, it.kind, imstls_i_text(copy, it.len), NULL);
  free(copy);
  if (it.len > m->longest) {
    ck_assert_int_eq(result, IMSTLS_ERR_TX_TOO_LONG);
    return;
  }
  ck_assert_int_eq(result, has_room(m, &it) ? IMSTLS_OK : IMSTLS_WANT_WRITE);
  if (result == IMSTLS_OK)
    insert(m, &it);
}

/* Of a stream any number of octets, of datagrams all or none; these keep their REGISTER. */
static void send_some(model *m, imstls_i_queue *q, bool datagrams)
{
  if (!m->count)
    return;
  item *first = &m->items[0];
  size_t left = first->len - m->done, n = draw((uint32_t)left + 1);
  if (draw(2) || (datagrams && n))
    n = left;
  bool keep = datagrams && registers(first);
  imstls_i_queue_left(q, n, keep);
  m->done += n;
  m->leaving = true;
  if (m->done < first->len)
    return;
  if (keep) {
    m->kept = *first;
    m->has_kept = true;
  }
  take_out(m, 0);
}

/* The kept one is the front again; in a stream there is none. While another datagram waits for the socket the order
 * behind it is left open here. */
static void repeat(model *m, imstls_i_queue *q)
{
  if (m->leaving)
    return;
  imstls_i_queue_repeat_register(q);
  if (!m->has_kept)
    return;
  m->has_kept = false;
  memmove(m->items + 1, m->items, m->count * sizeof m->items[0]);
  m->items[0] = m->kept;
  m->count++;
}

static void clear(model *m, imstls_i_queue *q)
{
  imstls_i_queue_clear(q);
  m->count = m->done = 0;
  m->leaving = m->has_kept = false;
}

static void tell(model *m, imstls_i_queue *q)
{
  if (!m->count)
    return;
  imstls_i_queue_told(q);
  m->items[0].told = true;
}

static void ck_same(const model *m, const imstls_i_queue *q)
{
  imstls_i_queued head;
  bool waits = false;
  for (size_t i = 0; i < m->count; i++)
    waits |= registers(&m->items[i]);
  ck_assert_uint_eq(q->len, used(m, false));
  ck_clean(q);
  ck_assert_int_eq(imstls_i_queue_is_empty(q), m->count == 0);
  ck_assert_int_eq(imstls_i_queue_holds_register(q), waits);
  const char *octets = imstls_i_queue_next(q, &head);
  ck_assert_int_eq(octets != NULL, m->count != 0);
  if (!octets)
    return;
  const item *first = &m->items[0];
  ck_assert_uint_eq(head.len, first->len);
  ck_assert_mem_eq(octets, first->text, first->len);
  ck_assert_int_eq(head.kind, first->kind);
  ck_assert_int_eq(head.told, first->told);
  ck_assert_uint_eq(q->done, m->done);
}

static void operate(model *m, imstls_i_queue *q, bool datagrams)
{
  switch (draw(16)) {
  case 0: repeat(m, q); break;
  case 1: drop_register(m, q); break;
  case 2: tell(m, q); break;
  case 3:
    if (!draw(20))
      clear(m, q);
    break;
  case 4:
  case 5:
  case 6:
  case 7:
  case 8: send_some(m, q, datagrams); break;
  default: put_one(m, q); break;
  }
  ck_same(m, q);
}

static void run(uint32_t seed, bool datagrams)
{
  static model m;
  memset(&m, 0, sizeof m);
  state = seed;
  m.longest = 1 + draw(TEXT_MAX - 2);
  m.reserve = draw(2) ? m.longest + QUEUE_RESERVE : 0;
  m.cap = draw(12 * (HEAD + TEXT_MAX));
  imstls_i_queue q = make_queue(m.cap, (uint32_t)m.longest, (uint32_t)m.reserve);
  for (int i = 0; i < OPERATIONS; i++)
    operate(&m, &q, datagrams);
  while (m.count) {
    imstls_i_queue_left(&q, m.items[0].len - m.done, false);
    take_out(&m, 0);
    ck_same(&m, &q);
  }
  free(q.ptr);
}

START_TEST(streams)
{
  for (uint32_t round = 0; round < ROUNDS; round++)
    run(1000 + round, false);
}
END_TEST

START_TEST(datagrams)
{
  for (uint32_t round = 0; round < ROUNDS; round++)
    run(5000 + round, true);
}
END_TEST

SUITE_OF(queue_model, streams, datagrams)
