/* SPDX-License-Identifier: Apache-2.0 */
/* Inputs in blocks of their exact size, so that sanitizers and valgrind see every octet read beyond them. */
#ifndef TEST_HEAP_H
#define TEST_HEAP_H

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static inline void *heap_copy(const void *ptr, size_t len)
{
  void *copy = malloc(len == 0 ? 1 : len);
  if (copy == NULL)
    abort();
  if (len != 0)
    memcpy(copy, ptr, len);
  return copy;
}

#endif
