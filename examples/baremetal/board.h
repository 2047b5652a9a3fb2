/* SPDX-License-Identifier: Apache-2.0 */
/* What main.c wants of the board beside loop_bare.h, and what memory.c measures. */
#ifndef BOARD_H
#define BOARD_H

#include <stddef.h>
#include <stdint.h>

#include "loop_bare.h"

/* ---- board_mps2.c ---- */

void board_print(const char *text);
void board_print_number(const char *name, uint32_t value);
/* Ticks of a 25 MHz clock since board_start; with qemu's `-icount shift=0` 40 instructions each. */
uint64_t board_ticks(void);
void board_stop(const char *why); /* says it, and never returns */
void board_on_tick(void);         /* interrupts */
void board_on_link(void);
void board_on_modem(void);

/* ---- start.c ---- */

size_t stack_most(void); /* octets of the stack that were ever used */
void stack_check(void);  /* stops the board when all of it was */
size_t heap_most(void);  /* octets that malloc ever took from the RAM, its own bookkeeping included */

#endif
