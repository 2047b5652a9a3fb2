/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <stdbool.h>
#include <sys/socket.h>
#include <unistd.h>

#include "feed.h"
#include "where.h"

static bool begin(int fd, const struct addrinfo *to)
{
  if (fcntl(fd, F_SETFL, O_NONBLOCK) != 0)
    return false;
  return connect(fd, to->ai_addr, to->ai_addrlen) == 0 || errno == EINPROGRESS;
}

/* The first address of the name alone; to look it up may block. */
int dial(imstls_text text)
{
  struct where where;
  struct addrinfo hints = { .ai_socktype = SOCK_STREAM }, *list = NULL;
  if (!where_split(text, &where) || getaddrinfo(where.host, where.port, &hints, &list) != 0)
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
