/* SPDX-License-Identifier: Apache-2.0 */
#include "link/queue.h"

enum { HEAD = sizeof(imstls_i_queued) };

static imstls_i_queued read_head(const imstls_i_queue *q, size_t at)
{
  imstls_i_queued head;
  memcpy(&head, q->ptr + at, HEAD); /* messages end anywhere: it need not be aligned */
  return head;
}

static void write_head(imstls_i_queue *q, size_t at, const imstls_i_queued *head) { memcpy(q->ptr + at, head, HEAD); }

static size_t behind(const imstls_i_queue *q, size_t at) { return at + HEAD + read_head(q, at).len; }

/* The first that is not merely kept. */
static size_t front(const imstls_i_queue *q)
{
  size_t at = 0;
  while (at < q->len && read_head(q, at).kept)
    at = behind(q, at);
  return at;
}

static bool has_room_of_its_own(uint8_t kind) { return imstls_i_is_register(kind) || kind == OUT_PING; }

/* Of the reserve, what is in use. */
static size_t reserved(const imstls_i_queue *q)
{
  size_t used = 0;
  for (size_t at = 0; at < q->len; at = behind(q, at))
    if (has_room_of_its_own(read_head(q, at).kind))
      used += behind(q, at) - at;
  return used < q->reserve ? used : q->reserve;
}

/* Of the room for answers, what is free: the application may not have it. */
static size_t kept_for_answers(const imstls_i_queue *q)
{
  size_t used = 0;
  for (size_t at = 0; at < q->len; at = behind(q, at))
    if (read_head(q, at).kind == OUT_ANSWER)
      used += behind(q, at) - at;
  return used < q->answers ? q->answers - used : 0;
}

static size_t room_for(const imstls_i_queue *q, enum outgoing kind)
{
  size_t taken = q->len + HEAD;
  if (!has_room_of_its_own((uint8_t)kind))
    taken += q->reserve - reserved(q);
  if (kind == OUT_APPLICATION)
    taken += kept_for_answers(q);
  size_t room = taken < q->cap ? q->cap - taken : 0;
  return room < q->longest ? room : q->longest;
}

bool imstls_i_queue_has_room(const imstls_i_queue *q, enum outgoing kind, size_t len)
{
  return room_for(q, kind) >= len;
}

char *imstls_i_queue_room(imstls_i_queue *q, enum outgoing kind, size_t *cap)
{
  *cap = room_for(q, kind);
  return q->ptr + q->len + HEAD;
}

/* Behind what is leaving, and behind those of ours that wait already. */
static size_t place(const imstls_i_queue *q, enum outgoing kind)
{
  if (kind == OUT_APPLICATION || kind == OUT_DEREGISTER)
    return q->len;
  size_t at = front(q);
  if (at < q->len && q->leaving)
    at = behind(q, at);
  while (at < q->len && read_head(q, at).kind != OUT_APPLICATION)
    at = behind(q, at);
  return at;
}

static void reverse(char *ptr, size_t len)
{
  for (size_t i = 0, k = len; i + 1 < k; i++) {
    char octet = ptr[i];
    ptr[i] = ptr[--k];
    ptr[k] = octet;
  }
}

/* The last `b` octets change places with the `a` before them; there is no other room to do it in. */
static void rotate(char *ptr, size_t a, size_t b)
{
  if (!a)
    return;
  reverse(ptr, a);
  reverse(ptr + a, b);
  reverse(ptr, a + b);
}

/* What was written behind the last message goes to `at`, and those that stand there behind it. */
static char *put_in(imstls_i_queue *q, size_t at, const imstls_i_queued *head)
{
  size_t end = q->len, n = HEAD + head->len;
  write_head(q, end, head);
  q->len += n;
  rotate(q->ptr + at, end - at, n);
  return q->ptr + at + HEAD;
}

char *imstls_i_queue_commit(imstls_i_queue *q, enum outgoing kind, size_t len, const imstls_address *to)
{
  imstls_i_queued head;
  memset(&head, 0, sizeof head);
  head.len = (uint32_t)len;
  head.kind = (uint8_t)kind;
  head.told = has_room_of_its_own((uint8_t)kind); /* a REGISTER is told when it is made, a ping never */
  if (to)
    head.to = *to;
  return put_in(q, place(q, kind), &head);
}

void imstls_i_queue_commit_stamped(imstls_i_queue *q, size_t len, const imstls_address *to, uint32_t stamp)
{
  size_t at = q->len;
  (void)imstls_i_queue_commit(q, OUT_APPLICATION, len, to);
  imstls_i_queued head = read_head(q, at);
  head.stamp = stamp;
  write_head(q, at, &head);
}

int imstls_i_queue_put(imstls_i_queue *q, enum outgoing kind, imstls_text message, const imstls_address *to)
{
  size_t cap = 0;
  if (message.len > q->longest)
    return IMSTLS_ERR_TX_TOO_LONG;
  char *room = imstls_i_queue_room(q, kind, &cap);
  if (message.len > cap)
    return IMSTLS_WANT_WRITE;
  memcpy(room, message.ptr, message.len);
  (void)imstls_i_queue_commit(q, kind, message.len, to);
  return IMSTLS_OK;
}

char *imstls_i_queue_next(const imstls_i_queue *q, imstls_i_queued *out)
{
  size_t at = front(q);
  if (at == q->len)
    return NULL;
  *out = read_head(q, at);
  return q->ptr + at + HEAD;
}

bool imstls_i_queue_is_empty(const imstls_i_queue *q) { return front(q) == q->len; }

bool imstls_i_queue_holds_register(const imstls_i_queue *q)
{
  for (size_t at = front(q); at < q->len; at = behind(q, at))
    if (imstls_i_is_register(read_head(q, at).kind))
      return true;
  return false;
}

void imstls_i_queue_told(imstls_i_queue *q)
{
  size_t at = front(q);
  imstls_i_queued head = read_head(q, at);
  head.told = true;
  write_head(q, at, &head);
}

static void take_out(imstls_i_queue *q, size_t at)
{
  size_t next = behind(q, at), n = next - at;
  memmove(q->ptr + at, q->ptr + next, q->len - next);
  imstls_wipe(q->ptr + q->len - n, n); /* it may have held the response */
  q->len -= n;
}

void imstls_i_queue_left(imstls_i_queue *q, size_t n, bool keep)
{
  size_t at = front(q);
  imstls_i_queued head = read_head(q, at);
  q->done += (uint32_t)n;
  q->leaving = true;
  if (q->done < head.len)
    return;
  q->done = 0;
  q->leaving = false;
  if (!keep) {
    take_out(q, at);
    return;
  }
  head.kept = true;
  write_head(q, at, &head);
}

/* What leaves next begins anew where this one was leaving. */
static void drop(imstls_i_queue *q, size_t at)
{
  if (at == front(q)) {
    q->done = 0;
    q->leaving = false;
  }
  take_out(q, at);
}

static size_t find_register(const imstls_i_queue *q)
{
  size_t at = 0;
  while (at < q->len && !imstls_i_is_register(read_head(q, at).kind))
    at = behind(q, at);
  return at;
}

void imstls_i_queue_repeat_register(imstls_i_queue *q)
{
  size_t at = find_register(q);
  if (at == q->len)
    return;
  imstls_i_queued head = read_head(q, at);
  head.kept = false;
  write_head(q, at, &head);
}

void imstls_i_queue_drop_register(imstls_i_queue *q)
{
  size_t at = find_register(q);
  if (at == q->len)
    return;
  drop(q, at);
}

void imstls_i_queue_drop_next(imstls_i_queue *q)
{
  size_t at = front(q);
  if (at < q->len)
    drop(q, at);
}

void imstls_i_queue_drop_ours(imstls_i_queue *q)
{
  for (size_t at = 0; at < q->len;) {
    if (read_head(q, at).kind == OUT_APPLICATION)
      at = behind(q, at);
    else
      take_out(q, at);
  }
  q->done = 0;
  q->leaving = false;
}

void imstls_i_queue_replace_next(imstls_i_queue *q, size_t len, uint32_t stamp)
{
  size_t at = front(q);
  imstls_i_queued head = read_head(q, at);
  head.len = (uint32_t)len;
  head.stamp = stamp;
  (void)put_in(q, at, &head);
  take_out(q, behind(q, at));
}

void imstls_i_queue_clear(imstls_i_queue *q)
{
  imstls_wipe(q->ptr, q->len);
  q->len = q->done = 0;
  q->leaving = false;
}
