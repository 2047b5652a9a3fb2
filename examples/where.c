/* SPDX-License-Identifier: Apache-2.0 */
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "where.h"

static bool copy(const char *from, size_t len, char *to, size_t cap)
{
  if (len == 0 || len >= cap)
    return false;
  memcpy(to, from, len);
  to[len] = '\0';
  return true;
}

bool where_split(imstls_text text, struct where *out)
{
  size_t colon = text.len;
  while (colon > 0 && text.ptr[colon - 1] != ':')
    colon--;
  if (colon < 2 || !copy(text.ptr + colon, text.len - colon, out->port, sizeof out->port))
    return false;
  out->port_number = (int)strtoul(out->port, NULL, 10);
  size_t len = colon - 1;
  size_t bracket = text.ptr[0] == '[' && len > 2;
  return copy(text.ptr + bracket, len - 2 * bracket, out->host, sizeof out->host);
}

bool where_local(int fd, imstls_address *local)
{
  struct sockaddr_storage name, peer;
  char host[64], port[8];
  int on = 1;
  socklen_t len = sizeof name, peer_len = sizeof peer;
  if (getpeername(fd, (struct sockaddr *)&peer, &peer_len) != 0 || getsockname(fd, (struct sockaddr *)&name, &len) != 0)
    return false;
  if (setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) != 0)
    return false;
  if (getnameinfo((struct sockaddr *)&name, len, host, sizeof host, port, sizeof port, NI_NUMERICHOST | NI_NUMERICSERV))
    return false;
  host[strcspn(host, "%")] = '\0'; /* the scope of a link-local address means nothing to others */
  if (imstls_address_parse((imstls_text){ host, strlen(host) }, local))
    return false;
  local->port = (uint16_t)strtoul(port, NULL, 10);
  return true;
}

bool where_input_ended(void)
{
  char line[256];
  return read(STDIN_FILENO, line, sizeof line) <= 0;
}
