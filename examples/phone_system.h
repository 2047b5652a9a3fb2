/* SPDX-License-Identifier: Apache-2.0 */
/* What differs from system to system: phone_system_posix.c and phone_system_windows.c. */
#ifndef PHONE_SYSTEM_H
#define PHONE_SYSTEM_H

#include <stdbool.h>
#include <stdio.h>

#include <imstls/net.h>

/* First thing in main. False: the program cannot run here. */
bool system_open(void);

/* `fn` is called when the user or the system wants the program to end, and system_wait returns then. */
void system_on_interrupt(void (*fn)(void));

const imstls_net *system_net(void);
int system_net_error(void); /* errno of a socket that failed; 0: none did since system_forget_net_error */
void system_forget_net_error(void);
const char *system_error_text(int error); /* of that errno */
uint64_t system_now_ms(void *user);
int64_t system_wall_s(void *user);

/* To append to what only its owner reads. NULL with errno. */
FILE *system_append_private(const char *path);

/* A socket, or a file on POSIX, and what is waited for: IMSTLS_WAIT_READ, IMSTLS_WAIT_WRITE. */
struct waiting {
  imstls_socket socket; /* negative: none */
  uint32_t wants;
  uint32_t ready; /* written: what can be done now, also to find that it is broken */
};
enum { WAITING_MAX = 80 };
/* Until one of them is ready, an interruption, or max_ms; -1: any time. */
void system_wait(struct waiting *all, size_t count, int max_ms);

#endif
