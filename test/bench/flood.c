/* SPDX-License-Identifier: Apache-2.0 */
/* What one imstls_client_step costs under a flood: a dump a step. flood CERTS KEY VERSION CASE; run.py has the names.
 * The network has always more octets than a step may take. */
#include "server.h"

#include <imstls/mbedtls.h>
#include <imstls/sip.h>
#include <stdlib.h>
#include <string.h>

#include "base/base.h"

/* Of mbedTLS's inside; exported by both libraries. */
#if MBEDTLS_VERSION_NUMBER >= 0x03000000
int mbedtls_ssl_write_record(mbedtls_ssl_context *ssl, int force_flush);
#else
int mbedtls_ssl_write_record(mbedtls_ssl_context *ssl, uint8_t force_flush);
#endif

enum { STEPS = 12, PLENTY = 1 << 17 };

static world w;
static mbedtls_ssl_context ssl;
static char request[8192]; /* the last REGISTER */
static size_t request_len;
static unsigned serial;

/* ---- a network in memory ---- */

static int net_resolve(void *user, const imstls_net_query *query, imstls_address *out, size_t cap, size_t *count)
{
  (void)user;
  (void)query;
  MUST(cap > 0 && imstls_address_parse(IMSTLS_I_LIT("192.0.2.1"), out) == IMSTLS_OK);
  *count = 1;
  return IMSTLS_OK;
}

static int net_open(void *user, const imstls_net_open *how, imstls_socket *out)
{
  (void)user;
  (void)how;
  *out = 7;
  return IMSTLS_OK;
}

static int net_connected(void *user, imstls_socket s, imstls_address *local)
{
  (void)user;
  (void)s;
  MUST(imstls_address_parse(IMSTLS_I_LIT("192.0.2.9"), local) == IMSTLS_OK);
  local->port = 40001;
  return IMSTLS_OK;
}

static int net_send(void *user, imstls_socket s, const uint8_t *data, size_t len)
{
  (void)user;
  (void)s;
  return put(&up, data, len);
}

static int net_recv(void *user, imstls_socket s, uint8_t *data, size_t cap, imstls_address *from)
{
  (void)user;
  (void)s;
  (void)from;
  return down.begin == down.end ? IMSTLS_WANT_READ : get(&down, data, cap);
}

static void net_close(void *user, imstls_socket s)
{
  (void)user;
  (void)s;
}

static const imstls_net net = { .size = sizeof net,
                                .resolve = net_resolve,
                                .open = net_open,
                                .connected = net_connected,
                                .send = net_send,
                                .recv = net_recv,
                                .close = net_close };

/* ---- floods: one more piece of each ---- */

static void more_clear_alerts(void)
{
  static const uint8_t warning[] = { 21, 3, 3, 0, 2, 1, 90 };
  put(&down, warning, sizeof warning);
}

static void record(int type, const void *data, size_t len)
{
  ssl.MEMBER(out_msgtype) = type;
  ssl.MEMBER(out_msglen) = len;
  memcpy(ssl.MEMBER(out_msg), data, len);
  MUST(mbedtls_ssl_write_record(&ssl, 1) == 0);
}

static void more_alerts(void) { record(21, "\1\x5a", 2); }

static void more_hello_requests(void)
{
  static const uint8_t requests[16384];
  record(22, requests, sizeof requests);
}

/* NewSessionTicket (RFC 8446 4.6.1) with a nonce and a ticket of one octet. */
static void more_tickets(void)
{
  static const uint8_t ticket[] = { 4, 0, 0, 15, 0, 0, 14, 16, 1, 2, 3, 4, 1, 7, 0, 1, 9, 0, 0 };
  uint8_t many[800 * sizeof ticket];
  for (size_t i = 0; i < sizeof many; i++)
    many[i] = ticket[i % sizeof ticket];
  record(22, many, sizeof many);
}

static void more_trying(void)
{
  char answer[4096];
  size_t len = 0;
  imstls_sip_message m;
  MUST(imstls_sip_parse(&m, request, request_len) == IMSTLS_OK);
  MUST(imstls_sip_reply(&m, 100, "Trying", NULL, imstls_i_text("", 0), answer, sizeof answer, &len) == IMSTLS_OK);
  server_write(&ssl, answer, len);
}

static void more_requests(const char *method, size_t body_len)
{
  static char text[1 << 18];
  serial++;
  int n = snprintf(text, sizeof text,
                   "%s %s SIP/2.0\r\nVia: SIP/2.0/TLS 192.0.2.1:5061;branch=z9hG4bKflood%u\r\nMax-Forwards: 70\r\n"
                   "From: <sip:network@ims.example>;tag=n%u\r\nTo: <%s>\r\nCall-ID: flood-%u\r\nCSeq: 1 %s\r\n"
                   "Content-Type: text/plain\r\nContent-Length: %zu\r\n\r\n",
                   method, w.config.identity.impu, serial, serial, w.config.identity.impu, serial, method, body_len);
  MUST(n > 0 && (size_t)n + body_len < sizeof text);
  memset(text + n, 'x', body_len);
  server_write(&ssl, text, (size_t)n + body_len);
}

static void more_options(void) { more_requests("OPTIONS", 0); }
static void more_messages(void) { more_requests("MESSAGE", 15000); }
static void more_long_messages(void) { more_requests("MESSAGE", 60000); }

/* What one contact costs most by: it is another's; its text is references; it is of our user and full of parameters. */
static int put_strange(char *out, size_t cap, imstls_text own, unsigned i)
{
  (void)own;
  return snprintf(out, cap, "sip:%u@[2001:db8::%u]:5060;transport=tls", i, i);
}

static int put_references(char *out, size_t cap, imstls_text own, unsigned i)
{
  size_t len = 0;
  (void)own;
  while (len < 800)
    len += (size_t)snprintf(out + len, cap - len, "&lt;");
  return (int)len + snprintf(out + len, cap - len, "%u", i);
}

static int put_parameters(char *out, size_t cap, imstls_text own, unsigned i)
{
  size_t len = (size_t)snprintf(out, cap, "%.*s", (int)own.len, own.ptr);
  for (unsigned n = 0; n < (i % 8 ? 12 : 1200); n++)
    len += (size_t)snprintf(out + len, cap - len, ";%c", 'a' + i % 26);
  return (int)len + snprintf(out + len, cap - len, ";user=phone");
}

/* Our Contact in the SUBSCRIBE. */
static imstls_text own_contact(const imstls_sip_message *m)
{
  imstls_sip_address address;
  imstls_text rest = m->first[IMSTLS_HDR_CONTACT];
  MUST(imstls_sip_address_next(&rest, &address) == IMSTLS_OK);
  return address.uri;
}

/* NOTIFYs of the client's own subscription, as long as a message may be: a binding in each line. */
static void more_notifies(int (*put_uri)(char *out, size_t cap, imstls_text own, unsigned i))
{
  static char body[32768], text[32768], uri[4096];
  size_t len = 0, room = w.config.limits.rx_len ? w.config.limits.rx_len : 16384;
  imstls_sip_message m;
  MUST(imstls_sip_parse(&m, request, request_len) == IMSTLS_OK && imstls_text_is(m.method, "SUBSCRIBE"));
  imstls_text to = m.first[IMSTLS_HDR_FROM], call_id = m.first[IMSTLS_HDR_CALL_ID];
  serial++;
  len += (size_t)snprintf(body, sizeof body,
                          "<?xml version=\"1.0\"?><reginfo xmlns=\"urn:ietf:params:xml:ns:reginfo\" version=\"%u\" "
                          "state=\"full\"><registration aor=\"%s\" id=\"r\" state=\"active\">",
                          serial, w.config.identity.impu);
  for (unsigned i = 0;; i++) {
    int n = put_uri(uri, sizeof uri, own_contact(&m), i);
    if (len + (size_t)n + 1000 > room)
      break;
    len += (size_t)snprintf(body + len, sizeof body - len,
                            "<contact id=\"%u\" state=\"active\" event=\"registered\"><uri>%s</uri></contact>", i, uri);
  }
  len += (size_t)snprintf(body + len, sizeof body - len, "</registration></reginfo>");
  int n = snprintf(text, sizeof text,
                   "NOTIFY %s SIP/2.0\r\nVia: SIP/2.0/TLS 192.0.2.1:5061;branch=z9hG4bKflood%u\r\nMax-Forwards: 70\r\n"
                   "From: <%s>;tag=flood\r\nTo: %.*s\r\nCall-ID: %.*s\r\nCSeq: %u NOTIFY\r\nEvent: reg\r\n"
                   "Subscription-State: active;expires=600000\r\nContact: <sip:192.0.2.3:6060>\r\n"
                   "Content-Type: application/reginfo+xml\r\nContent-Length: %zu\r\n\r\n%s",
                   w.config.identity.impu, serial, w.config.identity.impu, (int)to.len, to.ptr, (int)call_id.len,
                   call_id.ptr, serial, len, body);
  MUST(n > 0 && (size_t)n < room);
  server_write(&ssl, text, (size_t)n);
}

static void more_reginfo(void) { more_notifies(put_strange); }
static void more_reginfo_references(void) { more_notifies(put_references); }
static void more_reginfo_parameters(void) { more_notifies(put_parameters); }

/* The 200, as long as a message may be: Contacts of our user that are not ours in their last parameter. */
static void more_contacts(void)
{
  static char lines[16384], answer[16384];
  size_t n = 0, len = 0;
  imstls_sip_message m;
  MUST(imstls_sip_parse(&m, request, request_len) == IMSTLS_OK);
  imstls_text own = own_contact(&m);
  for (unsigned i = 0; n < 11500; i++) {
    n += (size_t)snprintf(lines + n, sizeof lines - n, "%s<%.*s",
                          i % 32 ? ","
                          : i    ? "\r\nContact: "
                                 : "Contact: ",
                          (int)own.len, own.ptr);
    for (unsigned j = 0; j < (i % 32 ? 12 : 2000); j++)
      n += (size_t)snprintf(lines + n, sizeof lines - n, ";%c", 'a' + i % 26);
    n += (size_t)snprintf(lines + n, sizeof lines - n, ";user=phone>");
  }
  n += (size_t)snprintf(lines + n, sizeof lines - n, "\r\n");
  MUST(imstls_sip_reply(&m, 200, "OK", "flood", imstls_i_text(lines, n), answer, sizeof answer, &len) == IMSTLS_OK);
  server_write(&ssl, answer, len);
}

enum { AT_HELLO, AT_REQUEST, AT_ANSWER, AT_REGISTERED, AT_SUBSCRIBED, NOT_AT_ALL };
static const struct {
  const char *name;
  int from; /* honest until then */
  void (*more)(void);
} floods[] = {
  { "alerts_in_the_handshake", AT_HELLO, more_clear_alerts },
  { "alerts", AT_REGISTERED, more_alerts },
  { "hello_requests", AT_REGISTERED, more_hello_requests },
  { "tickets", AT_REGISTERED, more_tickets },
  { "trying", AT_REQUEST, more_trying },
  { "options", AT_REGISTERED, more_options },
  { "messages", AT_REGISTERED, more_messages },
  { "long_messages", AT_REGISTERED, more_long_messages },
  { "contacts", AT_ANSWER, more_contacts },
  { "reginfo", AT_SUBSCRIBED, more_reginfo },
  { "reginfo_references", AT_SUBSCRIBED, more_reginfo_references },
  { "reginfo_parameters", AT_SUBSCRIBED, more_reginfo_parameters },
  { "honest", NOT_AT_ALL, NULL }, /* with a chain that costs what a chain may */
};

static void fill(void (*more)(void))
{
  memmove(down.data, down.data + down.begin, down.end - down.begin);
  down.end -= down.begin;
  down.begin = 0;
  while (down.end < PLENTY)
    more();
  up.begin = up.end = 0; /* what the client says to it is read by nobody */
}

/* Has its SUBSCRIBE come? It is answered. */
static int subscribed(void)
{
  static const char lines[] = "Expires: 600000\r\nContact: <sip:192.0.2.3:6060>\r\n";
  char answer[4096];
  size_t len = 0;
  imstls_sip_message m;
  int n = mbedtls_ssl_read(&ssl, (unsigned char *)request, sizeof request);
  if (n <= 0)
    return 0;
  request_len = (size_t)n;
  MUST(imstls_sip_parse(&m, request, request_len) == IMSTLS_OK);
  MUST(imstls_sip_reply(&m, 200, "OK", "flood", imstls_i_text(lines, sizeof lines - 1), answer, sizeof answer, &len) ==
       IMSTLS_OK);
  server_write(&ssl, answer, len);
  return 1;
}

/* The server's honest turn; 1: the flood begins. */
static int honest_turn(int from)
{
  if (from == AT_HELLO)
    return up.begin < up.end;
  if (!server_secured(&ssl))
    return 0;
  if (imstls_client_state(w.client) == IMSTLS_STATE_REGISTERED)
    return from == AT_REGISTERED || (from == AT_SUBSCRIBED && subscribed());
  static char answer[8192];
  int n = mbedtls_ssl_read(&ssl, (unsigned char *)request, sizeof request);
  if (n <= 0)
    return 0;
  request_len = (size_t)n;
  if (from == (w.challenged ? AT_ANSWER : AT_REQUEST))
    return 1;
  server_write(&ssl, answer, world_answer(&w, request, request_len, answer, sizeof answer));
  return 0;
}

static int step(int n)
{
  char name[16];
  snprintf(name, sizeof name, "step_%d", n);
  CALLGRIND_ZERO_STATS;
  CALLGRIND_TOGGLE_COLLECT;
  int result = imstls_client_step(w.client);
  CALLGRIND_TOGGLE_COLLECT;
  CALLGRIND_DUMP_STATS_AT(name);
  return result;
}

int main(int argc, char **argv)
{
  imstls_mbedtls *part;
  imstls_mbedtls_config config = IMSTLS_MBEDTLS_CONFIG_INIT;
  size_t which = 0;
  MUST(argc == 5);
  while (which < sizeof floods / sizeof floods[0] && strcmp(floods[which].name, argv[4]) != 0)
    which++;
  MUST(which < sizeof floods / sizeof floods[0]);
  config.max_version = atoi(argv[3]);
  server_init(argv[1], argv[2], config.max_version);
  server_start(&ssl);
  config.random = seeded;
  MUST(imstls_mbedtls_new(&part, &config) == IMSTLS_OK);
  world_init(&w, imstls_mbedtls_tls(part));
  w.config.ports.net = &net;
  w.config.policy.reg_event = floods[which].from == AT_SUBSCRIBED;
  w.cert = (imstls_bytes){ server_cert.raw.p, server_cert.raw.len };
  MUST(imstls_client_new(&w.client, &w.config) == IMSTLS_OK);
  MUST(imstls_client_register(w.client) == IMSTLS_OK);
  int flooded = 0;
  for (int turn = 0, n = 0; turn < 100 && n < STEPS; turn++) {
    flooded = flooded || honest_turn(floods[which].from);
    if (flooded)
      fill(floods[which].more);
    int counts = flooded || floods[which].from == NOT_AT_ALL;
    int result = counts ? step(n++) : imstls_client_step(w.client);
    if (result != IMSTLS_OK || (counts && imstls_client_state(w.client) == IMSTLS_STATE_STOPPED))
      break;
  }
  MUST(flooded || imstls_client_state(w.client) == IMSTLS_STATE_REGISTERED);
  imstls_client_free(w.client);
  imstls_mbedtls_free(part);
  return 0;
}
