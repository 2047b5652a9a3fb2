/* SPDX-License-Identifier: Apache-2.0 */
/* As much of kqueue as examples/loop_kqueue.c uses, over epoll: Debian has no libkqueue, and the example is to run. The
 * names are those of the BSDs. What matters is the same: a descriptor that is closed leaves the queue by itself, and
 * the next one of its number is not in it. */
#ifndef TEST_SYS_EVENT_H
#define TEST_SYS_EVENT_H

#include <stdint.h>
#include <time.h>

enum { EVFILT_READ = -1, EVFILT_WRITE = -2 };
enum { EV_ADD = 1, EV_DELETE = 2 };

struct kevent {
  uintptr_t ident;
  int16_t filter;
  uint16_t flags;
  uint32_t fflags;
  int64_t data;
  void *udata;
};

#define EV_SET(event, i, f, fl, ff, d, u)                                                                              \
  (*(event) = (struct kevent){ .ident = (i), .filter = (f), .flags = (fl), .fflags = (ff), .data = (d), .udata = (u) })

int kqueue(void);
int kevent(int queue, const struct kevent *changes, int change_count, struct kevent *events, int event_count,
           const struct timespec *limit);

#endif
