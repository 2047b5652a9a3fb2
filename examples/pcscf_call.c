/* SPDX-License-Identifier: Apache-2.0 */
/* The other direction: the P-CSCF opens the connection, over TLS with the PSK of the registration, or in ESP to the
 * UE's protected server port, and asks OPTIONS there. */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "pcscf.h"

/* Port of the Contact; 0: none. */
static uint16_t contact_port(const char *contact)
{
  const char *at = strchr(contact, '@'), *end = at ? at + strcspn(at, ";>") : NULL, *colon = end;
  while (colon && colon > at && *colon != ':' && *colon != ']')
    colon--;
  unsigned long port = colon && *colon == ':' ? strtoul(colon + 1, NULL, 10) : 0;
  return port <= 65535 ? (uint16_t)port : 0;
}

static bool ue_address(const struct flow *flow, const char *contact, struct sockaddr_storage *ue)
{
  socklen_t len = sizeof *ue;
  uint16_t port = htons(contact_port(contact));
  if (getpeername(flow->fd, (struct sockaddr *)ue, &len) || !port)
    return false;
  if (ue->ss_family == AF_INET6)
    ((struct sockaddr_in6 *)(void *)ue)->sin6_port = port;
  else
    ((struct sockaddr_in *)(void *)ue)->sin_port = port;
  return true;
}

static int connect_to(const struct sockaddr_storage *from, const struct sockaddr_storage *ue)
{
  socklen_t len = ue->ss_family == AF_INET6 ? sizeof(struct sockaddr_in6) : sizeof(struct sockaddr_in);
  int one = 1, fd = socket(ue->ss_family, SOCK_STREAM, 0);
  if (fd < 0)
    return -1;
  (void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
  if ((!from || bind(fd, (const struct sockaddr *)from, len) == 0) && fcntl(fd, F_SETFL, O_NONBLOCK) == 0 &&
      (connect(fd, (const struct sockaddr *)ue, len) == 0 || errno == EINPROGRESS))
    return fd;
  close(fd);
  return -1;
}

struct flow *call_ue(struct pcscf *p, const struct reg *r)
{
  const struct flow *flow = r->flow;
  struct sockaddr_storage ue, from;
  bool esp = flow->sa && sas_ports(p, flow->sa, &from, &ue);
  size_t slot = 0;
  while (slot < p->options.connections && p->flows[slot])
    slot++;
  int fd = esp || ue_address(flow, r->contact, &ue) ? connect_to(esp ? &from : NULL, &ue) : -1;
  struct flow *made = fd >= 0 && slot < p->options.connections ? calloc(1, sizeof *made) : NULL;
  if (!made) {
    if (fd >= 0)
      close(fd);
    say(p, "refused", "why", "the UE cannot be called", NULL);
    return NULL;
  }
  made->kind = esp ? FLOW_TCP : FLOW_TLS;
  made->fd = fd;
  made->called = true;
  made->callee = r->who;
  made->sa = flow->sa;
  made->idle_at = now_ms() + 300000;
  made->framer.size = sizeof made->framer;
  p->flows[slot] = made;
  if (esp || (made->session = session_open(p->tls, made)))
    return made;
  flow_close(p, slot);
  return NULL;
}
