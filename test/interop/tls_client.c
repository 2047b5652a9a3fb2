/* SPDX-License-Identifier: Apache-2.0 */
/* The mbedTLS part over POSIX sockets against somebody else's server: connects, prints what it knows of the session,
 * sends one line and prints what comes back. Options: see usage(). */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <imstls/error.h>
#include <imstls/mbedtls.h>
#include <imstls/net.h>

typedef struct options {
  imstls_address remote;
  const char *name, *identity, *ca, *session_out, *session_in, *line;
  uint8_t psk[64];
  size_t psk_len;
  uint32_t suites;
  int max_version;
} options;

typedef struct link {
  const imstls_net *net;
  imstls_socket socket;
} link;

static int usage(void)
{
  fputs("tls_client ADDR PORT [--psk HEX --identity ID] [--cert] [--name N] [--ca FILE] [--max 12|13]\n"
        "           [--save FILE] [--resume FILE] [--line TEXT]\n",
        stderr);
  return 2;
}

static int io_send(void *ctx, const uint8_t *data, size_t len)
{
  link *l = ctx;
  return l->net->send(l->net->user, l->socket, data, len);
}

static int io_recv(void *ctx, uint8_t *data, size_t cap)
{
  link *l = ctx;
  return l->net->recv(l->net->user, l->socket, data, cap, NULL);
}

static int fail(const char *what, int error, const imstls_tls *tls)
{
  printf("%s: %s (%d)\n", what, imstls_error_name(error), tls ? tls->last_error(tls->user) : 0);
  return 1;
}

static void wait_for(const link *l, int result)
{
  struct pollfd fd = { .fd = (int)l->socket, .events = POLLIN };
  if (result == IMSTLS_WANT_WRITE)
    fd.events = POLLOUT;
  if (result != IMSTLS_PENDING)
    (void)poll(&fd, 1, 5000);
}

static int progress(int result)
{
  return result == IMSTLS_WANT_READ || result == IMSTLS_WANT_WRITE || result == IMSTLS_PENDING;
}

static void print_hex(const char *what, const uint8_t *data, size_t len)
{
  printf("%s=", what);
  for (size_t i = 0; i < len; i++)
    printf("%02x", data[i]);
  puts("");
}

static size_t from_hex(const char *text, uint8_t *out, size_t cap)
{
  size_t n = 0;
  for (; text[0] && text[1] && n < cap; text += 2) {
    char pair[3] = { text[0], text[1], 0 };
    out[n++] = (uint8_t)strtoul(pair, NULL, 16);
  }
  return n;
}

static int parse(options *o, int argc, char **argv)
{
  if (argc < 3 || imstls_address_parse((imstls_text){ argv[1], strlen(argv[1]) }, &o->remote) != IMSTLS_OK)
    return 0;
  o->remote.port = (uint16_t)strtoul(argv[2], NULL, 10);
  for (int i = 3; i < argc; i++) {
    const char *value = i + 1 < argc ? argv[i + 1] : "";
    if (!strcmp(argv[i], "--cert")) {
      o->suites |= IMSTLS_TLS_CERT;
      continue;
    }
    if (!strcmp(argv[i], "--psk"))
      o->psk_len = from_hex(value, o->psk, sizeof o->psk);
    else if (!strcmp(argv[i], "--identity"))
      o->identity = value;
    else if (!strcmp(argv[i], "--name"))
      o->name = value;
    else if (!strcmp(argv[i], "--ca"))
      o->ca = value;
    else if (!strcmp(argv[i], "--max"))
      o->max_version = (int)strtol(value, NULL, 10);
    else if (!strcmp(argv[i], "--save"))
      o->session_out = value;
    else if (!strcmp(argv[i], "--resume"))
      o->session_in = value;
    else if (!strcmp(argv[i], "--line"))
      o->line = value;
    else
      return 0;
    i++;
  }
  if (o->psk_len > 0)
    o->suites |= IMSTLS_TLS_PSK;
  return o->suites != 0;
}

static void print_facts(const imstls_tls *tls, int s)
{
  uint8_t exporter[32];
  imstls_tls_facts facts = { .size = sizeof facts };
  if (tls->facts(tls->user, s, &facts) != IMSTLS_OK)
    return;
  printf("version=%u suite=%s psk=%d resumed=%d extended_ms=%d pki=%d\n", (unsigned)facts.version, facts.suite,
         (int)facts.psk, (int)facts.resumed, (int)facts.extended_ms, (int)facts.pki);
  print_hex("cert", facts.cert.ptr, facts.cert.len);
  if (tls->exporter(tls->user, s, exporter) == IMSTLS_OK)
    print_hex("exporter", exporter, sizeof exporter);
}

static void save(const imstls_tls *tls, int s, const char *path)
{
  static uint8_t record[16384];
  size_t len = 0;
  int ret = tls->save(tls->user, s, record, sizeof record, &len);
  FILE *file = ret == IMSTLS_OK ? fopen(path, "wb") : NULL;
  if (!file) {
    fail("save", ret, tls);
    return;
  }
  fwrite(record, 1, len, file);
  fclose(file);
}

static int talk(const options *o, const imstls_tls *tls, int s, const link *l)
{
  char line[512];
  uint8_t data[1024];
  int ret;
  while (progress(ret = tls->handshake(tls->user, s)))
    wait_for(l, ret);
  if (ret != IMSTLS_OK)
    return fail("handshake", ret, tls);
  print_facts(tls, s);
  if (o->line) {
    int len = snprintf(line, sizeof line, "%s\n", o->line);
    while (progress(ret = tls->write(tls->user, s, (const uint8_t *)line, (size_t)len)))
      wait_for(l, ret);
    if (ret < 0)
      return fail("write", ret, tls);
    while (progress(ret = tls->read(tls->user, s, data, sizeof data)))
      wait_for(l, ret);
    if (ret < 0)
      return fail("read", ret, tls);
    printf("got=%.*s", ret, (const char *)data);
  }
  if (o->session_out)
    save(tls, s, o->session_out);
  return 0;
}

static int connect_to(link *l, const options *o)
{
  imstls_net_open how = { .size = sizeof how, .kind = IMSTLS_NET_TCP, .remote = o->remote };
  int ret = l->net->open(l->net->user, &how, &l->socket);
  while (ret == IMSTLS_OK && (ret = l->net->connected(l->net->user, l->socket, NULL)) == IMSTLS_PENDING) {
    wait_for(l, IMSTLS_WANT_WRITE);
    ret = IMSTLS_OK;
  }
  return ret;
}

static int run(const options *o, const imstls_tls *tls, link *l)
{
  static uint8_t record[16384];
  imstls_tls_open how = { .size = sizeof how, .io = { l, io_send, io_recv }, .suites = o->suites, .exporter = 1 };
  how.server_name = o->name;
  how.psk = o->psk;
  how.psk_len = o->psk_len;
  if (o->identity)
    how.psk_identity = (imstls_text){ o->identity, strlen(o->identity) };
  how.verify_pki = o->ca != NULL;
  how.wall_s = time(NULL);
  FILE *file = o->session_in ? fopen(o->session_in, "rb") : NULL;
  if (file) {
    how.resume = (imstls_bytes){ record, fread(record, 1, sizeof record, file) };
    fclose(file);
  }
  int s = tls->open(tls->user, &how);
  if (s < 0)
    return fail("open", s, tls);
  int ret = talk(o, tls, s, l);
  tls->close(tls->user, s);
  return ret;
}

int main(int argc, char **argv)
{
  options o = { .suites = 0 };
  imstls_net_posix_part net = IMSTLS_NET_POSIX_INIT;
  imstls_mbedtls_config config = IMSTLS_MBEDTLS_CONFIG_INIT;
  imstls_mbedtls *part = NULL;
  if (!parse(&o, argc, argv))
    return usage();
  config.max_version = o.max_version;
  config.ca_file = o.ca;
  link l = { imstls_net_posix(&net), -1 };
  int ret = imstls_mbedtls_new(&part, &config);
  if (ret != IMSTLS_OK)
    return fail("part", ret, NULL);
  ret = connect_to(&l, &o);
  if (ret != IMSTLS_OK)
    ret = fail("connect", ret, NULL);
  else
    ret = run(&o, imstls_mbedtls_tls(part), &l);
  l.net->close(l.net->user, l.socket);
  imstls_mbedtls_free(part);
  return ret;
}
