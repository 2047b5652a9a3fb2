/* SPDX-License-Identifier: Apache-2.0 */
/* --pcap: each message that was sent or received, decrypted, as a packet for Wireshark.
 * A packet is an "upper PDU": tags that name the dissector and the addresses, then the message whole, as long as it may
 * be. What the transport did with it is no business of this file, so nothing of it is made up. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#include "phone.h"

/* LINKTYPE_WIRESHARK_UPPER_PDU, and the tags of Wireshark's "exported PDU". */
enum { LINKTYPE = 252, PDU_END = 0, PDU_DISSECTOR = 12, PDU_IPV4 = 20, PDU_IPV6 = 22, PDU_PORT_TYPE = 24, PDU_PORT };
enum { PORTS_OF_TCP = 2, PORTS_OF_UDP = 3 };
enum { MAGIC = (int)0xa1b2c3d4, SNAP_LEN = 262144 };

struct capture {
  const char *path;
  int fd; /* -1: it failed, and that was told */
  bool failed;
  imstls_address peer;
  bool knows_ports; /* of the messages on the way: one connection alone, outside IPsec */
};

/* ---- octets in network order ---- */

struct head {
  uint8_t octets[128];
  size_t len;
};

static void put_uint(struct head *h, uint32_t value, size_t octets)
{
  for (size_t i = octets; i-- > 0;)
    h->octets[h->len++] = (uint8_t)(value >> 8 * i);
}

static void put_tag(struct head *h, unsigned tag, const void *value, size_t len)
{
  put_uint(h, tag, 2);
  put_uint(h, (uint32_t)len, 2);
  memcpy(h->octets + h->len, value, len);
  h->len += len;
}

static void put_number_tag(struct head *h, unsigned tag, uint32_t value)
{
  put_uint(h, tag, 2);
  put_uint(h, 4, 2);
  put_uint(h, value, 4);
}

/* ---- the file ---- */

/* Told once; the registration goes on without the file. */
static void give_up(struct capture *c, const char *why)
{
  fprintf(stderr, "%s: --pcap %s: %s\n", program, c->path, why);
  close(c->fd);
  c->fd = -1;
  c->failed = true;
}

/* In one call: a reader sees whole messages, and one that stands still (a pipe) is not waited for. */
static void write_record(struct capture *c, struct head *head, imstls_text message)
{
  struct iovec parts[2] = { { head->octets, head->len }, { (void *)(uintptr_t)message.ptr, message.len } };
  ssize_t n = writev(c->fd, parts, message.len ? 2 : 1);
  if (n < 0)
    give_up(c, strerror(errno));
  else if ((size_t)n < head->len + message.len)
    give_up(c, "no room");
}

static bool prepare(int fd)
{
  struct stat what;
  if (fd < 0 || fstat(fd, &what) || fcntl(fd, F_SETFL, O_NONBLOCK) < 0)
    return false;
  return !S_ISREG(what.st_mode) || fchmod(fd, S_IRUSR | S_IWUSR) == 0; /* it was there perhaps, and open to others */
}

int capture_open(struct capture **out, const char *path)
{
  static struct capture capture;
  struct head head = { .len = 0 };
  if (!path)
    return 0;
  capture.path = path;
  capture.fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, S_IRUSR | S_IWUSR); /* what people say is in it */
  if (!prepare(capture.fd)) {
    fprintf(stderr, "%s: --pcap %s: %s\n", program, path, strerror(errno));
    return EXIT_USAGE;
  }
  signal(SIGPIPE, SIG_IGN); /* a reader that leaves ends the file, not the registration */
  put_uint(&head, (uint32_t)MAGIC, 4);
  put_uint(&head, 2, 2); /* version 2.4 */
  put_uint(&head, 4, 2);
  put_uint(&head, 0, 4);
  put_uint(&head, 0, 4);
  put_uint(&head, SNAP_LEN, 4);
  put_uint(&head, LINKTYPE, 4);
  write_record(&capture, &head, (imstls_text){ NULL, 0 });
  *out = &capture;
  return 0;
}

bool capture_failed(const struct capture *c) { return c && c->failed; }

void capture_close(struct capture *c)
{
  if (c && c->fd >= 0)
    close(c->fd);
}

/* ---- one message ---- */

/* ADDR:PORT, IPv6 in brackets, as the library writes them. */
static imstls_address read_address(imstls_text text)
{
  imstls_address address = { .family = 0 };
  uint32_t port = 0;
  size_t colon = text.len;
  while (colon > 0 && text.ptr[colon - 1] != ':')
    colon--;
  if (!colon || imstls_sip_number((imstls_text){ text.ptr + colon, text.len - colon }, &port) ||
      imstls_address_parse((imstls_text){ text.ptr, colon - 1 }, &address))
    return (imstls_address){ .family = 0 };
  address.port = (uint16_t)port;
  return address;
}

/* Wireshark's tags for a destination follow those for the source. */
static void put_address(struct head *h, const imstls_address *a, unsigned destination)
{
  if (a->family == 4)
    put_tag(h, PDU_IPV4 + destination, a->ip, 4);
  else if (a->family == 6)
    put_tag(h, PDU_IPV6 + destination, a->ip, 16);
}

static bool is_over_udp(imstls_text message)
{
  imstls_sip_message m = { .size = sizeof m };
  imstls_sip_via via;
  return imstls_sip_parse(&m, message.ptr, message.len) == IMSTLS_OK &&
         imstls_sip_via_parse(m.first[IMSTLS_HDR_VIA], &via) == IMSTLS_OK && imstls_text_is(via.transport, "UDP");
}

static void put_addresses(struct head *h, const struct capture *c, const imstls_client *client, const imstls_event *e)
{
  imstls_address ours = { .family = 0 };
  if (imstls_client_local_address(client, &ours) || !c->peer.family)
    return;
  bool sent = e->type == IMSTLS_EVENT_SENT;
  put_address(h, sent ? &ours : &c->peer, 0);
  put_address(h, sent ? &c->peer : &ours, 1);
  if (!c->knows_ports)
    return;
  put_number_tag(h, PDU_PORT_TYPE, is_over_udp(e->message) ? PORTS_OF_UDP : PORTS_OF_TCP);
  put_number_tag(h, PDU_PORT, sent ? ours.port : c->peer.port);
  put_number_tag(h, PDU_PORT + 1, sent ? c->peer.port : ours.port);
}

static void put_record(struct head *h, const struct head *tags, size_t message_len)
{
  struct timespec now = { .tv_sec = 0 };
  clock_gettime(CLOCK_REALTIME, &now);
  uint32_t len = (uint32_t)(tags->len + message_len);
  put_uint(h, (uint32_t)now.tv_sec, 4);
  put_uint(h, (uint32_t)(now.tv_nsec / 1000), 4);
  put_uint(h, len, 4);
  put_uint(h, len, 4);
  memcpy(h->octets + h->len, tags->octets, tags->len);
  h->len += tags->len;
}

static void take_message(struct capture *c, const imstls_client *client, const imstls_event *e)
{
  struct head head = { .len = 0 }, tags = { .len = 0 };
  put_tag(&tags, PDU_DISSECTOR, "sip", 4);
  put_addresses(&tags, c, client, e);
  put_tag(&tags, PDU_END, "", 0);
  put_record(&head, &tags, e->message.len);
  write_record(c, &head, e->message);
}

void capture_event(struct capture *c, const imstls_client *client, const imstls_event *e)
{
  if (!c || c->fd < 0)
    return;
  switch (e->type) {
  case IMSTLS_EVENT_CONNECTING:
    c->peer = read_address(e->line);
    c->knows_ports = true;
    break;
  case IMSTLS_EVENT_AGREED: /* in IPsec each direction and transport has a pair of its own */
    c->knows_ports = c->knows_ports && !imstls_text_is(e->line, "ipsec-3gpp");
    break;
  case IMSTLS_EVENT_SERVED: c->knows_ports = false; break; /* a second connection: no event says which one it was */
  case IMSTLS_EVENT_SENT:
  case IMSTLS_EVENT_RECEIVED: take_message(c, client, e); break;
  default: break;
  }
}
