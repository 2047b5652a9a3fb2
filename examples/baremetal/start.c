/* SPDX-License-Identifier: Apache-2.0 */
/* From reset to main, the stack's paint, and the RAM that malloc gets. */
#include <errno.h>
#include <string.h>

#include "board.h"

/* Where mps2.ld puts things. */
extern uint32_t __stack_bottom[], __stack_top[];
extern uint8_t __data_start[], __data_end[], __bss_start[], __bss_end[], __heap_start[], __heap_end[];
extern const uint8_t __data_load[];

enum { PAINT = 0x5afe5afe, GUARD_WORDS = 16 };

int main(void);
void reset(void);
void *_sbrk(ptrdiff_t more);

/* Places of the linker are addresses, not parts of one object. */
static size_t octets(const void *from, const void *to) { return (size_t)((uintptr_t)to - (uintptr_t)from); }

static void fault(void) { board_stop("fault: a wild access, or the stack went over its end"); }

/* Armv7-M B1.5.3; external interrupt 2 is UART 1, 4 is UART 2. */
__attribute__((section(".vectors"), used)) static const struct {
  uint32_t *stack;
  void (*handlers[20])(void);
} vectors = { __stack_top,
              { reset,         fault, fault, fault,         fault, fault,         0, 0, 0, 0, fault, fault, 0, fault,
                board_on_tick, fault, fault, board_on_link, fault, board_on_modem } };

/* Below what this very function uses. */
static void paint_stack(void)
{
  const uint32_t *end = (uint32_t *)__builtin_frame_address(0) - GUARD_WORDS;
  for (uint32_t *at = __stack_bottom; at < end; at++)
    *at = PAINT;
}

void reset(void)
{
  paint_stack();
  memcpy(__data_start, __data_load, octets(__data_start, __data_end));
  memset(__bss_start, 0, octets(__bss_start, __bss_end));
  board_stop(main() ? "failed" : "done");
}

size_t stack_most(void)
{
  const uint32_t *at = __stack_bottom;
  while (octets(at, __stack_top) > 0 && *at == PAINT)
    at++;
  return octets(at, __stack_top);
}

void stack_check(void)
{
  if (stack_most() > octets(__stack_bottom, __stack_top) - GUARD_WORDS * sizeof(uint32_t))
    board_stop("fault: the stack is used up");
}

static uint8_t *heap_at;

size_t heap_most(void) { return heap_at ? octets(__heap_start, heap_at) : 0; }

/* newlib never gives back what it took. */
__attribute__((used)) void *_sbrk(ptrdiff_t more)
{
  if (!heap_at)
    heap_at = __heap_start;
  uint8_t *given = heap_at;
  if (more < 0 || (size_t)more > octets(heap_at, __heap_end)) {
    errno = ENOMEM;
    return (void *)-1;
  }
  heap_at += more;
  return given;
}
