/* SPDX-License-Identifier: Apache-2.0 */
#include <winsock2.h>
#include <ws2tcpip.h>

#include <errno.h>

#include "phone_system.h"

static void (*interrupted)(void);
static SOCKET wake = INVALID_SOCKET; /* hears itself: select() does not end by an event of the console */

static BOOL WINAPI on_console(DWORD event)
{
  (void)event;
  interrupted();
  (void)send(wake, "", 1, 0);
  return TRUE;
}

/* A datagram socket that is its own peer, which no other program can write to. */
static bool open_wake(void)
{
  struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
  int len = sizeof at;
  u_long on = 1;
  wake = socket(AF_INET, SOCK_DGRAM, 0);
  return wake != INVALID_SOCKET && bind(wake, (struct sockaddr *)&at, len) == 0 &&
         getsockname(wake, (struct sockaddr *)&at, &len) == 0 && connect(wake, (struct sockaddr *)&at, len) == 0 &&
         ioctlsocket(wake, (long)FIONBIO, &on) == 0;
}

bool system_open(void)
{
  WSADATA data;
  return WSAStartup(MAKEWORD(2, 2), &data) == 0 && open_wake();
}

/* Ctrl-C, Ctrl-Break, a closed window, the end of the session: in a thread of its own. */
void system_on_interrupt(void (*fn)(void))
{
  interrupted = fn;
  (void)SetConsoleCtrlHandler(on_console, TRUE);
}

static imstls_net_winsock_part sockets = IMSTLS_NET_WINSOCK_INIT;

const imstls_net *system_net(void) { return imstls_net_winsock(&sockets); }
void system_forget_net_error(void) { sockets.last_error = 0; }

/* Winsock has numbers of its own. */
static const struct {
  int winsock, posix;
  const char *text;
} errors[] = {
  { WSAEACCES, EACCES, "Permission denied" },
  { WSAEADDRINUSE, EADDRINUSE, "Address already in use" },
  { WSAEADDRNOTAVAIL, EADDRNOTAVAIL, "Cannot assign requested address" },
  { WSAECONNREFUSED, ECONNREFUSED, "Connection refused" },
  { WSAECONNRESET, ECONNRESET, "Connection reset by peer" },
  { WSAEHOSTUNREACH, EHOSTUNREACH, "No route to host" },
  { WSAENETUNREACH, ENETUNREACH, "Network is unreachable" },
  { WSAETIMEDOUT, ETIMEDOUT, "Connection timed out" },
};

int system_net_error(void)
{
  for (size_t i = 0; i < sizeof errors / sizeof errors[0]; i++)
    if (errors[i].winsock == sockets.last_error)
      return errors[i].posix;
  return sockets.last_error;
}

const char *system_error_text(int error)
{
  static char other[40];
  for (size_t i = 0; i < sizeof errors / sizeof errors[0]; i++)
    if (errors[i].posix == error)
      return errors[i].text;
  snprintf(other, sizeof other, "Winsock error %d", error);
  return other;
}

uint64_t system_now_ms(void *user) { return imstls_net_winsock_now_ms(user); }
int64_t system_wall_s(void *user) { return imstls_net_winsock_wall_s(user); }

/* Who may read it says its folder, which new files inherit from. */
FILE *system_append_private(const char *path) { return fopen(path, "a"); }

struct sets {
  fd_set reads, writes, excepts;
};

static void put(struct sets *sets, const struct waiting *w)
{
  if (w->socket < 0)
    return;
  if (w->wants & IMSTLS_WAIT_READ)
    FD_SET((SOCKET)w->socket, &sets->reads);
  if (w->wants & IMSTLS_WAIT_WRITE) {
    FD_SET((SOCKET)w->socket, &sets->writes);
    FD_SET((SOCKET)w->socket, &sets->excepts); /* a connection that was refused */
  }
}

static uint32_t ready_for(struct sets *sets, const struct waiting *w)
{
  SOCKET s = (SOCKET)w->socket;
  bool broken = FD_ISSET(s, &sets->excepts);
  uint32_t reads = FD_ISSET(s, &sets->reads) || broken ? IMSTLS_WAIT_READ : 0;
  uint32_t writes = FD_ISSET(s, &sets->writes) || broken ? IMSTLS_WAIT_WRITE : 0;
  return reads | writes;
}

void system_wait(struct waiting *all, size_t count, int max_ms)
{
  struct sets sets;
  struct waiting own = { .socket = (imstls_socket)wake, .wants = IMSTLS_WAIT_READ };
  struct timeval limit = { max_ms / 1000, max_ms % 1000 * 1000 };
  char octet;
  FD_ZERO(&sets.reads);
  FD_ZERO(&sets.writes);
  FD_ZERO(&sets.excepts);
  put(&sets, &own);
  for (size_t i = 0; i < count; i++)
    put(&sets, &all[i]);
  bool ready = select(0, &sets.reads, &sets.writes, &sets.excepts, max_ms < 0 ? NULL : &limit) > 0;
  for (size_t i = 0; i < count; i++)
    all[i].ready = ready && all[i].socket >= 0 ? ready_for(&sets, &all[i]) : 0;
  (void)recv(wake, &octet, 1, 0);
}
