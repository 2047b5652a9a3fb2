/* SPDX-License-Identifier: Apache-2.0 */
/* For applications without an event loop: poll() over what the client waits for, and clocks. */
#define _DEFAULT_SOURCE 1 /* CLOCK_BOOTTIME */

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <time.h>

#include <imstls/client.h>
#include <imstls/error.h>
#include <imstls/net.h>

enum { WAITS_MAX = 8 };

static short poll_events(uint32_t events)
{
  return (short)((events & IMSTLS_WAIT_READ ? POLLIN : 0) | (events & IMSTLS_WAIT_WRITE ? POLLOUT : 0));
}

int imstls_net_posix_wait(imstls_client *client, int32_t max_ms)
{
  imstls_wait waits[WAITS_MAX];
  struct pollfd fds[WAITS_MAX];
  if (!client)
    return IMSTLS_ERR_USAGE;
  size_t count = imstls_client_waits(client, waits, WAITS_MAX);
  if (count > WAITS_MAX)
    count = WAITS_MAX;
  for (size_t i = 0; i < count; i++) {
    fds[i] = (struct pollfd){ .fd = (int)waits[i].socket, .events = poll_events(waits[i].events) };
  }
  int64_t ms = imstls_client_timeout_ms(client);
  if (max_ms >= 0 && (ms < 0 || ms > max_ms))
    ms = max_ms;
  if (ms > INT_MAX)
    ms = INT_MAX;
  int ready = poll(fds, (nfds_t)count, ms < 0 ? -1 : (int)ms);
  return ready >= 0 || errno == EINTR ? IMSTLS_OK : IMSTLS_ERR_CONNECTION;
}

uint64_t imstls_net_posix_now_ms(void *user)
{
  struct timespec now = { 0, 0 };
  (void)user;
#ifdef CLOCK_BOOTTIME
  if (clock_gettime(CLOCK_BOOTTIME, &now) != 0)
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
#else
  (void)clock_gettime(CLOCK_MONOTONIC, &now);
#endif
  return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

int64_t imstls_net_posix_wall_s(void *user)
{
  struct timespec now;
  (void)user;
  return clock_gettime(CLOCK_REALTIME, &now) == 0 ? (int64_t)now.tv_sec : -1;
}
