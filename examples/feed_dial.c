/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "feed.h"

/* Without Nagle's algorithm, which makes a TLS handshake wait. */
static bool begin(int fd, const struct addrinfo *to)
{
  int on = 1;
  if (fcntl(fd, F_SETFL, O_NONBLOCK) != 0 || setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) != 0)
    return false;
  return connect(fd, to->ai_addr, to->ai_addrlen) == 0 || errno == EINPROGRESS;
}

/* The first address of the name alone; to look it up may block. */
int dial(imstls_text where)
{
  char text[300];
  struct addrinfo hints = { .ai_socktype = SOCK_STREAM }, *list = NULL;
  snprintf(text, sizeof text, "%.*s", (int)where.len, where.ptr);
  char *host = text, *colon = strrchr(text, ':');
  if (!colon)
    return -1;
  *colon = '\0';
  if (*host == '[') {
    host++;
    colon[-1] = '\0';
  }
  if (getaddrinfo(host, colon + 1, &hints, &list) != 0)
    return -1;
  int fd = socket(list->ai_family, list->ai_socktype, 0);
  bool begun = fd >= 0 && begin(fd, list);
  freeaddrinfo(list);
  if (begun)
    return fd;
  if (fd >= 0)
    close(fd);
  return -1;
}

int dialled(int fd, imstls_address *local)
{
  struct sockaddr_storage name;
  char host[64], port[8];
  int failed = 0;
  socklen_t failed_len = sizeof failed, len = sizeof name;
  if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &failed, &failed_len) != 0 || failed)
    return -1;
  if (getsockname(fd, (struct sockaddr *)&name, &len) != 0)
    return -1;
  if (getnameinfo((struct sockaddr *)&name, len, host, sizeof host, port, sizeof port, NI_NUMERICHOST | NI_NUMERICSERV))
    return -1;
  host[strcspn(host, "%")] = '\0'; /* the scope of a link-local address means nothing to others */
  if (imstls_address_parse((imstls_text){ host, strlen(host) }, local))
    return -1;
  local->port = (uint16_t)strtoul(port, NULL, 10);
  return 0;
}
