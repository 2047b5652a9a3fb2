/* SPDX-License-Identifier: Apache-2.0 */
/* What secrets need: overwriting that survives the optimiser, also in buffers; comparison without branches. */
#include "base/base.h"

void imstls_wipe(void *ptr, size_t len)
{
  if (len == 0)
    return;
#if defined(__GNUC__)
  memset(ptr, 0, len);
  __asm__ __volatile__("" : : "r"(ptr) : "memory"); /* the zeros count as read: they must be stored */
#else
  volatile unsigned char *p = ptr;
  for (size_t i = 0; i < len; i++)
    p[i] = 0;
#endif
}

void imstls_i_buffer_drop(imstls_i_buffer *b, size_t n)
{
  memmove(b->ptr, b->ptr + n, b->len - n);
  imstls_wipe(b->ptr + b->len - n, n);
  b->len -= n;
}

void imstls_i_buffer_wipe(imstls_i_buffer *b)
{
  if (b->cap)
    imstls_wipe(b->ptr, b->cap);
  b->len = 0;
}

bool imstls_i_equal_ct(const void *a, const void *b, size_t len)
{
#if defined(__GNUC__)
  const unsigned char *x = a;
  const unsigned char *y = b;
#else
  const volatile unsigned char *x = a;
  const volatile unsigned char *y = b;
#endif
  unsigned int diff = 0;
  for (size_t i = 0; i < len; i++) {
    diff |= (unsigned int)(x[i] ^ y[i]);
#if defined(__GNUC__)
    __asm__ __volatile__("" : "+r"(diff)); /* its value is unknown to the compiler: no early exit may be invented */
#endif
  }
  return diff == 0;
}
