/* SPDX-License-Identifier: Apache-2.0 */
/* Queues in blocks of their exact size. Octets that hold no message are zero from the beginning, and must be again. */
#ifndef QUEUE_HELP_H
#define QUEUE_HELP_H

#include <stdlib.h>

#include "link/queue.h"
#include "suite.h"

enum { HEAD = sizeof(imstls_i_queued) };

static inline imstls_i_queue make_queue(size_t cap, uint32_t longest, uint32_t reserve)
{
  char *block = malloc(cap ? cap : 1);
  ck_assert_ptr_nonnull(block);
  memset(block, 0, cap);
  return (imstls_i_queue){ .ptr = block, .cap = cap, .longest = longest, .reserve = reserve };
}

/* Behind the last message nothing is left of those that were there. */
static inline void ck_clean(const imstls_i_queue *q)
{
  for (size_t i = q->len; i < q->cap; i++)
    ck_assert_msg(!q->ptr[i], "octet %zu of %zu stayed behind", i, q->len);
}

static inline int put(imstls_i_queue *q, enum outgoing kind, const char *text)
{
  return imstls_i_queue_put(q, kind, imstls_i_text(text, strlen(text)), NULL);
}

/* The front is this message; NULL: there is none. */
static inline void ck_front(const imstls_i_queue *q, const char *want)
{
  imstls_i_queued head;
  const char *octets = imstls_i_queue_next(q, &head);
  if (!want) {
    ck_assert_ptr_null(octets);
    return;
  }
  ck_assert_ptr_nonnull(octets);
  ck_assert_msg(head.len == strlen(want) && !memcmp(octets, want, head.len), "%.*s is not %s", (int)head.len, octets,
                want);
}

static inline enum outgoing kind_of(char letter)
{
  switch (letter) {
  case 'n': return OUT_ANSWER;
  case 'r': return OUT_REGISTER;
  case 'd': return OUT_DEREGISTER;
  case 'p': return OUT_PING;
  default: return OUT_APPLICATION;
  }
}

#endif
