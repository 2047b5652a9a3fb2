/* SPDX-License-Identifier: Apache-2.0 */
/* For applications without an event loop: what the client waits for, by lwIP's poll or else its select; a clock. */
#include <imstls/client.h>

#include "port/lwip/part.h"

#if !defined(IMSTLS_WITH_LWIP)

int imstls_net_lwip_wait(imstls_client *client, int32_t max_ms)
{
  (void)client;
  (void)max_ms;
  return IMSTLS_ERR_UNSUPPORTED;
}

uint64_t imstls_net_lwip_now_ms(void *user)
{
  (void)user;
  return 0;
}

#else

#include <limits.h>
#include <string.h>

#include <lwip/sys.h>

enum { WAITS_MAX = 8 };

#if LWIP_SOCKET_POLL

static short poll_events(uint32_t events)
{
  return (short)((events & IMSTLS_WAIT_READ ? POLLIN : 0) | (events & IMSTLS_WAIT_WRITE ? POLLOUT : 0));
}

int imstls_i_lwip_writable(int s)
{
  struct pollfd wait = { .fd = s, .events = POLLOUT };
  return lwip_poll(&wait, 1, 0);
}

/* `ms` as of imstls_client_timeout_ms, at most INT_MAX. Negative: failed, see errno. */
static int wait_for(const imstls_wait *waits, size_t count, int64_t ms)
{
  struct pollfd fds[WAITS_MAX];
  for (size_t i = 0; i < count; i++)
    fds[i] = (struct pollfd){ .fd = (int)waits[i].socket, .events = poll_events(waits[i].events) };
  return lwip_poll(count > 0 ? fds : NULL, (nfds_t)count, ms < 0 ? -1 : (int)ms);
}

#else

int imstls_i_lwip_writable(int s)
{
  fd_set writes;
  struct timeval now = { 0, 0 };
  FD_ZERO(&writes);
  FD_SET(s, &writes);
  return lwip_select(s + 1, NULL, &writes, NULL, &now);
}

static int wait_for(const imstls_wait *waits, size_t count, int64_t ms)
{
  fd_set reads, writes;
  int highest = -1;
  struct timeval limit = { (long)(ms / 1000), (long)(ms % 1000 * 1000) };
  FD_ZERO(&reads);
  FD_ZERO(&writes);
  for (size_t i = 0; i < count; i++) {
    int s = (int)waits[i].socket;
    if (waits[i].events & IMSTLS_WAIT_READ)
      FD_SET(s, &reads);
    if (waits[i].events & IMSTLS_WAIT_WRITE)
      FD_SET(s, &writes);
    highest = s > highest ? s : highest;
  }
  return lwip_select(highest + 1, &reads, &writes, NULL, ms < 0 ? NULL : &limit);
}

#endif

int imstls_net_lwip_wait(imstls_client *client, int32_t max_ms)
{
  imstls_wait waits[WAITS_MAX];
  if (!client)
    return IMSTLS_ERR_USAGE;
  size_t count = imstls_client_waits(client, waits, WAITS_MAX);
  if (count > WAITS_MAX)
    count = WAITS_MAX;
  int64_t ms = imstls_client_timeout_ms(client);
  if (max_ms >= 0 && (ms < 0 || ms > max_ms))
    ms = max_ms;
  if (ms > INT_MAX)
    ms = INT_MAX;
  return wait_for(waits, count, ms) >= 0 ? IMSTLS_OK : IMSTLS_ERR_CONNECTION;
}

/* What passed since the last call, in 32 bits as sys_now counts. */
uint64_t imstls_net_lwip_now_ms(void *user)
{
  imstls_net_lwip_part *part = user;
  uint32_t now = sys_now();
  part->clock_ms += (uint32_t)(now - (uint32_t)part->clock_ms);
  return part->clock_ms;
}

#endif
