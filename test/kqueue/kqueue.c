/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <limits.h>
#include <sys/epoll.h>
#include <sys/event.h>

enum { DESCRIPTORS = 1024, EVENTS = 16 };

static uint32_t known[DESCRIPTORS]; /* EPOLLIN, EPOLLOUT, as far as they were not closed meanwhile */

static int set(int queue, int fd, int how, uint32_t events)
{
  struct epoll_event event = { .events = events, .data.fd = fd };
  return epoll_ctl(queue, how, fd, &event);
}

static int change(int queue, const struct kevent *one)
{
  int fd = (int)one->ident;
  uint32_t event = one->filter == EVFILT_READ ? EPOLLIN : EPOLLOUT;
  if (one->ident >= DESCRIPTORS) {
    errno = EBADF;
    return -1;
  }
  uint32_t wanted = one->flags & EV_DELETE ? known[fd] & ~event : known[fd] | event;
  int result = set(queue, fd, wanted ? EPOLL_CTL_MOD : EPOLL_CTL_DEL, wanted);
  if (result != 0) { /* it is not the one that was known */
    wanted = 0;
    if (one->flags & EV_ADD && errno == ENOENT && (result = set(queue, fd, EPOLL_CTL_ADD, event)) == 0)
      wanted = event;
  }
  known[fd] = wanted;
  return result;
}

int kqueue(void) { return epoll_create1(EPOLL_CLOEXEC); }

int kevent(int queue, const struct kevent *changes, int change_count, struct kevent *events, int event_count,
           const struct timespec *limit)
{
  struct epoll_event ready[EVENTS];
  int count = 0;
  for (int i = 0; i < change_count; i++)
    if (change(queue, &changes[i]) != 0)
      return -1;
  if (event_count <= 0)
    return 0;
  int64_t ms = limit ? (int64_t)limit->tv_sec * 1000 + (limit->tv_nsec + 999999) / 1000000 : -1;
  int len = epoll_wait(queue, ready, EVENTS, ms < INT_MAX ? (int)ms : INT_MAX);
  for (int i = 0; i < len && count < event_count; i++) {
    int fd = ready[i].data.fd;
    int16_t filter = ready[i].events & ~(uint32_t)EPOLLOUT && known[fd] & EPOLLIN ? EVFILT_READ : EVFILT_WRITE;
    events[count++] = (struct kevent){ .ident = (uintptr_t)fd, .filter = filter };
  }
  return len < 0 ? len : count;
}
