/* SPDX-License-Identifier: Apache-2.0 */
/* Example gateway: one IMS registration for the SIP clients of this machine. */
#include <string.h>

#include "gateway.h"

const char program[] = "gateway";

static struct gateway gateway;

static void on_event(struct phone *p, const imstls_event *e)
{
  (void)p;
  switch (e->type) {
  case IMSTLS_EVENT_REGISTERED:
  case IMSTLS_EVENT_REFRESHED: gateway.registered_until = phone_now() + (uint64_t)e->expires_s * 1000; break;
  case IMSTLS_EVENT_LOST:
  case IMSTLS_EVENT_DEREGISTERED:
  case IMSTLS_EVENT_FAILED: gateway.registered_until = 0; break;
  case IMSTLS_EVENT_UNSENT: send_unsent(&gateway, e->message); break;
  case IMSTLS_EVENT_UNANSWERED:
    if (e->error) /* else its answer may come on the next flow */
      send_unanswered(&gateway, e->branch, e->line);
    break;
  default: break;
  }
}

static uint64_t sooner(uint64_t a, uint64_t b) { return !a ? b : !b ? a : a < b ? a : b; }

static void wait(struct phone *p)
{
  struct gateway *g = &gateway;
  struct waiting all[SIM_OWN_FDS];
  size_t n = sockets_wait(g->sockets, all);
  uint64_t at = sooner(p->give_up_at, sooner(sockets_due(g->sockets), send_due_at(g)));
  send_owed(g);
  sim_wait(p->sim, p->client, all, n, phone_wait_ms(at));
  sockets_turn(g->sockets, all, n, out_take, g);
  send_due(g);
  send_owed(g);
}

static int bad(const char *option, const char *why)
{
  fprintf(stderr, "%s: %s: %s\n", program, option, why);
  return EXIT_USAGE;
}

/* Who is not on this machine has to show that he may. */
static int open_side(struct gateway *g)
{
  const struct options *o = &g->phone.options;
  union address at;
  if (!address_parse(o->sip, &at) || address_is_any(&at))
    return bad("--sip", "ADDR:PORT is wanted, IPv6 in brackets, one address");
  if (!o->sip_user && !address_is_loopback(&at))
    return bad("--sip", "an address that is not loopback needs --sip-user");
  if (!phone_random(&g->phone, g->secret) || !phone_random(&g->phone, g->tag))
    return EXIT_INTERNAL;
  int status = o->sip_user ? digest_open(&g->digest, o->sip_user, g->secret) : 0;
  if (!status)
    status = sockets_open(&g->sockets, &at);
  if (status)
    return status;
  address_format(&at, g->own.host_port);
  snprintf(g->own.over_udp, sizeof g->own.over_udp, "sip:%s;lr", g->own.host_port);
  snprintf(g->own.over_tcp, sizeof g->own.over_tcp, "sip:%s;transport=tcp;lr", g->own.host_port);
  g->own.domain = o->domain;
  show_ready(g);
  return 0;
}

int main(int argc, char **argv)
{
  gateway.phone = (struct phone){ PHONE_INIT,           .stays = true,         .queue_len = QUEUE_LEN,
                                  .on_event = on_event, .on_message = in_take, .wait = wait };
  struct phone *p = &gateway.phone;
  int status = phone_open(p, argc, argv);
  if (!status)
    status = open_side(&gateway);
  if (!status)
    status = phone_start(p);
  if (!status)
    status = phone_run(p);
  sockets_close(gateway.sockets);
  phone_close(p);
  return status < 0 ? EXIT_DONE : status;
}
