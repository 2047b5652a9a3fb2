/* SPDX-License-Identifier: Apache-2.0 */
/* Not by tapif, the driver that Debian's library has: of 2.1.3 it writes frames of more than 576 octets past the ends
 * of its buffers. */
#include "stack.h"

#include <fcntl.h>
#include <linux/if_tun.h>
#include <semaphore.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <lwip/etharp.h>
#include <lwip/ethip6.h>
#include <lwip/netif.h>
#include <lwip/sys.h>
#include <lwip/tcpip.h>
#include <net/if.h>

enum { FRAME_MAX = 1600, MTU = 1500 };

static struct netif netif;
static sem_t ready;
static int wire = -1;

static void give_up(const char *what)
{
  perror(what);
  exit(1);
}

static void open_wire(const char *tap)
{
  struct ifreq request = { .ifr_flags = IFF_TAP | IFF_NO_PI };
  wire = open("/dev/net/tun", O_RDWR | O_CLOEXEC);
  snprintf(request.ifr_name, sizeof request.ifr_name, "%s", tap);
  if (wire < 0 || ioctl(wire, TUNSETIFF, &request) != 0)
    give_up(tap);
}

static err_t send_frame(struct netif *to, struct pbuf *frame)
{
  uint8_t octets[FRAME_MAX];
  u16_t len = pbuf_copy_partial(frame, octets, sizeof octets, 0);
  (void)to;
  return write(wire, octets, len) == (ssize_t)len ? ERR_OK : ERR_IF;
}

/* A thread of its own. */
static void receive(void *unused)
{
  static uint8_t octets[FRAME_MAX];
  ssize_t n;
  (void)unused;
  while ((n = read(wire, octets, sizeof octets)) > 0) {
    struct pbuf *frame = pbuf_alloc(PBUF_RAW, (u16_t)n, PBUF_RAM);
    if (!frame || pbuf_take(frame, octets, (u16_t)n) != ERR_OK)
      give_up("pbuf");
    if (netif.input(frame, &netif) != ERR_OK)
      pbuf_free(frame);
  }
}

static err_t init(struct netif *of)
{
  static const uint8_t address[6] = { 0x02, 0, 0, 0x77, 0, 0x02 };
  memcpy(of->name, "tp", 2);
  of->mtu = MTU;
  if (wire < 0)
    return ERR_OK;
  of->hwaddr_len = sizeof address;
  memcpy(of->hwaddr, address, sizeof address);
  of->flags = NETIF_FLAG_BROADCAST | NETIF_FLAG_ETHARP | NETIF_FLAG_ETHERNET;
  of->output = etharp_output;
  of->output_ip6 = ethip6_output;
  of->linkoutput = send_frame;
  return ERR_OK;
}

/* In lwIP's thread. */
static void up(void *unused)
{
  ip4_addr_t address, mask, gateway;
  ip6_addr_t address6;
  s8_t at = -1;
  (void)unused;
  IP4_ADDR(&address, 10, 77, 0, 2);
  IP4_ADDR(&mask, 255, 255, 255, 0);
  IP4_ADDR(&gateway, 10, 77, 0, 1);
  bool good = netif_add(&netif, &address, &mask, &gateway, NULL, init, tcpip_input) &&
              ip6addr_aton("fd77::2", &address6) && netif_add_ip6_address(&netif, &address6, &at) == ERR_OK;
  if (!good)
    give_up("netif_add");
  netif_ip6_addr_set_state(&netif, at, IP6_ADDR_PREFERRED);
  netif_set_default(&netif);
  netif_set_up(&netif);
  netif_set_link_up(&netif);
  sem_post(&ready);
}

void stack_start(const char *tap)
{
  sem_init(&ready, 0, 0);
  if (tap)
    open_wire(tap);
  tcpip_init(up, NULL);
  while (sem_wait(&ready) != 0)
    continue;
  if (tap)
    sys_thread_new("wire", receive, NULL, DEFAULT_THREAD_STACKSIZE, DEFAULT_THREAD_PRIO);
}
