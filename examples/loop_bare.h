/* SPDX-License-Identifier: Apache-2.0 */
/* What loop_bare.c wants of a board without an operating system: one TCP connection, a clock, sleep. loop_bare_board.c
 * does it with POSIX, so that the example runs anywhere, baremetal/board_mps2.c with UARTs; lwIP's raw interface, or a
 * modem's socket commands, fit as well. */
#ifndef LOOP_BARE_H
#define LOOP_BARE_H

#include <stdbool.h>

#include <imstls/types.h>

/* Octets that go between client and board at once. */
#ifndef BOARD_SEGMENT
#define BOARD_SEGMENT 1460
#endif

enum { BOARD_NOTHING = 0, BOARD_GONE = -1 };

void board_start(void);
uint64_t board_now_ms(void *user);
void board_sleep(int64_t ms); /* until an interrupt, and not longer; negative: until an interrupt */
bool board_shall_end(void);   /* somebody pressed the button */

void board_open(imstls_text where);                /* begins to connect */
int board_connected(imstls_address *local);        /* 1, BOARD_NOTHING: not yet, BOARD_GONE */
int board_recv(uint8_t *out, size_t cap);          /* octets, which it keeps; or BOARD_NOTHING, BOARD_GONE */
void board_taken(size_t len);                      /* and so many of them are let go */
int board_send(const uint8_t *octets, size_t len); /* octets taken, BOARD_NOTHING, BOARD_GONE */
void board_close(void);

#endif
