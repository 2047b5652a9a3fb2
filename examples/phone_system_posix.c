/* SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#if defined(__GLIBC__)
#include <malloc.h>
#endif

#include "phone_system.h"
#include "standard.h"

static void (*interrupted)(void);

static void on_signal(int number)
{
  (void)number;
  interrupted();
}

#if defined(__GLIBC__)
/* A softphone is idle nearly always. A large block is a map of its own, so that room for messages that never come takes
 * no memory, and what is freed goes back to the system; the heap grows by a page. */
static void save_memory(void)
{
  enum { LARGE = 16 * 1024, PAGE = 4096 };
  (void)mallopt(M_MMAP_THRESHOLD, LARGE);
  (void)mallopt(M_TOP_PAD, PAGE);
}
#else
static void save_memory(void) {}
#endif

bool system_open(void)
{
  save_memory();
  return open_standard();
}

void system_on_interrupt(void (*fn)(void))
{
  struct sigaction action = { .sa_handler = on_signal };
  static const int signals[] = { SIGINT, SIGTERM, SIGHUP };
  interrupted = fn;
  for (size_t i = 0; i < sizeof signals / sizeof signals[0]; i++)
    sigaction(signals[i], &action, NULL);
}

static imstls_net_posix_part sockets = IMSTLS_NET_POSIX_INIT;

const imstls_net *system_net(void) { return imstls_net_posix(&sockets); }
int system_net_error(void) { return sockets.last_errno; }
void system_forget_net_error(void) { sockets.last_errno = 0; }
const char *system_error_text(int error) { return strerror(error); }

uint64_t system_now_ms(void *user) { return imstls_net_posix_now_ms(user); }
int64_t system_wall_s(void *user) { return imstls_net_posix_wall_s(user); }

FILE *system_append_private(const char *path)
{
  int fd = open(path, O_WRONLY | O_CREAT | O_APPEND, S_IRUSR | S_IWUSR);
  return fd < 0 ? NULL : fdopen(fd, "a");
}

static short poll_events(uint32_t wants)
{
  return (short)((wants & IMSTLS_WAIT_READ ? POLLIN : 0) | (wants & IMSTLS_WAIT_WRITE ? POLLOUT : 0));
}

/* What is broken can be read and written: either finds out. */
static uint32_t ready_for(short events)
{
  bool broken = (events & (POLLERR | POLLHUP | POLLNVAL)) != 0;
  uint32_t reads = events & POLLIN || broken ? IMSTLS_WAIT_READ : 0;
  uint32_t writes = events & POLLOUT || broken ? IMSTLS_WAIT_WRITE : 0;
  return reads | writes;
}

void system_wait(struct waiting *all, size_t count, int max_ms)
{
  struct pollfd fds[WAITING_MAX];
  for (size_t i = 0; i < count; i++)
    fds[i] = (struct pollfd){ .fd = (int)all[i].socket, .events = poll_events(all[i].wants) };
  bool ready = poll(fds, (nfds_t)count, max_ms) > 0; /* else too late, or interrupted */
  for (size_t i = 0; i < count; i++)
    all[i].ready = ready ? ready_for(fds[i].revents) : 0;
}
