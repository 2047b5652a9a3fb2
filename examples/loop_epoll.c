/* SPDX-License-Identifier: Apache-2.0 */
/* epoll with many clients: `loop_epoll IMPI DOMAIN K OPC PCSCF[:PORT] [IMPI DOMAIN K OPC PCSCF[:PORT]]...`.
 * The end of standard input deregisters all of them. */
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "account.h"
#include "where.h"

enum { PHONES_MAX = 64, EVENTS = 16, WAITS = 8 };

struct phone {
  struct account account;
  imstls_net_posix_part net;
  imstls_client *client;
  imstls_wait watched[WAITS]; /* what epoll knows */
  size_t watched_len;
  bool due;
  int error;
};

static struct phone phones[PHONES_MAX];

static const imstls_wait *find(const imstls_wait *in, size_t len, const imstls_wait *one)
{
  for (; len > 0; len--, in++)
    if (in->socket == one->socket && in->generation == one->generation)
      return in;
  return NULL;
}

/* A socket that was closed left epoll by itself, and the next one may have its number: only the generation tells. */
static void watch(int loop, struct phone *p)
{
  imstls_wait now[WAITS];
  size_t len = imstls_client_waits(p->client, now, WAITS);
  for (size_t i = 0; i < p->watched_len; i++)
    if (!find(now, len, &p->watched[i]))
      (void)epoll_ctl(loop, EPOLL_CTL_DEL, (int)p->watched[i].socket, NULL); /* fails where it was closed */
  for (size_t i = 0; i < len; i++) {
    const imstls_wait *before = find(p->watched, p->watched_len, &now[i]);
    struct epoll_event how = { .data.ptr = p };
    how.events |= now[i].events & IMSTLS_WAIT_READ ? EPOLLIN : 0;
    how.events |= now[i].events & IMSTLS_WAIT_WRITE ? EPOLLOUT : 0;
    if (!before)
      (void)epoll_ctl(loop, EPOLL_CTL_ADD, (int)now[i].socket, &how);
    else if (before->events != now[i].events)
      (void)epoll_ctl(loop, EPOLL_CTL_MOD, (int)now[i].socket, &how);
  }
  memcpy(p->watched, now, len * sizeof now[0]);
  p->watched_len = len;
}

/* Those that have something to do. How long the rest may wait; `left`: how many have not ended. */
static int turn(int loop, size_t count, size_t *left)
{
  int64_t wait = 60000;
  *left = 0;
  for (struct phone *p = phones; p < phones + count; p++) {
    if (p->due || imstls_client_timeout_ms(p->client) == 0) {
      p->error = imstls_client_step(p->client);
      watch(loop, p);
    }
    p->due = false;
    if (p->error || imstls_client_state(p->client) == IMSTLS_STATE_STOPPED)
      continue;
    int64_t ms = imstls_client_timeout_ms(p->client); /* negative: no deadline */
    wait = ms >= 0 && ms < wait ? ms : wait;
    *left += 1;
  }
  return (int)wait;
}

static int start(struct phone *p, int argc, char **argv)
{
  int status = account_open(&p->account, argc, argv);
  if (status)
    return status;
  p->net = (imstls_net_posix_part)IMSTLS_NET_POSIX_INIT;
  p->account.config.ports.net = imstls_net_posix(&p->net);
  p->error = imstls_client_new(&p->client, &p->account.config);
  if (!p->error)
    p->error = imstls_client_register(p->client);
  return p->error ? account_close(&p->account, p->client, p->error) : 0;
}

static void take_events(int loop, size_t count, int wait)
{
  struct epoll_event events[EVENTS];
  int len = epoll_wait(loop, events, EVENTS, wait);
  for (int i = 0; i < len; i++) {
    struct phone *p = events[i].data.ptr;
    if (p) {
      p->due = true;
    } else if (where_input_ended()) {
      (void)epoll_ctl(loop, EPOLL_CTL_DEL, STDIN_FILENO, NULL);
      for (p = phones; p < phones + count; p++)
        (void)imstls_client_deregister(p->client);
    }
  }
}

int main(int argc, char **argv)
{
  size_t count = argc > 6 && argc < 5 * PHONES_MAX && argc % 5 == 1 ? (size_t)argc / 5 : 1, left = count;
  int status = 0, loop = epoll_create1(EPOLL_CLOEXEC);
  for (size_t i = 0; i < count; i++)
    if ((status = start(&phones[i], count > 1 ? 6 : argc, argv + 5 * i)) != 0)
      return status;
  struct epoll_event input = { .events = EPOLLIN };
  (void)epoll_ctl(loop, EPOLL_CTL_ADD, STDIN_FILENO, &input); /* refused for a plain file: then nothing ends it */
  for (int wait; wait = turn(loop, count, &left), left > 0;)
    take_events(loop, count, wait);
  for (size_t i = 0; i < count; i++)
    status |= account_close(&phones[i].account, phones[i].client, phones[i].error);
  close(loop);
  return status;
}
