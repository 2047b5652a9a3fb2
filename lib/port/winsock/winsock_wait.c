/* SPDX-License-Identifier: Apache-2.0 */
/* For applications without an event loop: select() over what the client waits for, and clocks. */
#include <winsock2.h>

#include <limits.h>
#include <time.h>

#include <imstls/client.h>
#include <imstls/error.h>
#include <imstls/net.h>

enum { WAITS_MAX = 8 };

/* select() refuses sets that are all empty. */
static int pause_ms(int64_t ms)
{
  Sleep(ms < 0 ? INFINITE : (DWORD)ms);
  return IMSTLS_OK;
}

int imstls_net_winsock_wait(imstls_client *client, int32_t max_ms)
{
  imstls_wait waits[WAITS_MAX];
  fd_set reads, writes, excepts;
  if (!client)
    return IMSTLS_ERR_USAGE;
  size_t count = imstls_client_waits(client, waits, WAITS_MAX);
  if (count > WAITS_MAX)
    count = WAITS_MAX;
  FD_ZERO(&reads);
  FD_ZERO(&writes);
  FD_ZERO(&excepts);
  for (size_t i = 0; i < count; i++) {
    if (waits[i].events & IMSTLS_WAIT_READ)
      FD_SET((SOCKET)waits[i].socket, &reads);
    if (waits[i].events & IMSTLS_WAIT_WRITE) {
      FD_SET((SOCKET)waits[i].socket, &writes);
      FD_SET((SOCKET)waits[i].socket, &excepts);
    }
  }
  int64_t ms = imstls_client_timeout_ms(client);
  if (max_ms >= 0 && (ms < 0 || ms > max_ms))
    ms = max_ms;
  if (ms > INT_MAX)
    ms = INT_MAX;
  if (count == 0)
    return pause_ms(ms);
  struct timeval limit = { (long)(ms / 1000), (long)(ms % 1000 * 1000) };
  int ready = select(0, &reads, &writes, &excepts, ms < 0 ? NULL : &limit);
  return ready >= 0 ? IMSTLS_OK : IMSTLS_ERR_CONNECTION;
}

uint64_t imstls_net_winsock_now_ms(void *user)
{
  (void)user;
  return GetTickCount64();
}

int64_t imstls_net_winsock_wall_s(void *user)
{
  (void)user;
  return (int64_t)time(NULL);
}
