/* SPDX-License-Identifier: Apache-2.0 */
#include "tls_peer.h"

#include <mbedtls/net_sockets.h>
#include <mbedtls/version.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <imstls/error.h>

#define MUST(what)                                                                                                     \
  do {                                                                                                                 \
    if ((what) != 0) {                                                                                                 \
      fprintf(stderr, "%s\n", #what);                                                                                  \
      abort();                                                                                                         \
    }                                                                                                                  \
  } while (0)

size_t read_file(const char *name, uint8_t *out, size_t cap)
{
  char path[128];
  snprintf(path, sizeof path, "test/certs/%s", name);
  FILE *file = fopen(path, "rb");
  size_t len = file ? fread(out, 1, cap, file) : 0;
  if (file)
    fclose(file);
  if (len == 0)
    fprintf(stderr, "cannot read %s\n", path);
  return len;
}

int peer_random(void *part, unsigned char *out, size_t len) { return imstls_mbedtls_random(part, out, len); }

void pipe_put(pipe_half *p, const uint8_t *data, size_t len)
{
  if (p->begin == p->end)
    p->begin = p->end = 0;
  if (len > sizeof p->data - p->end)
    abort();
  for (size_t i = 0; i < len; i++) {
    p->data[p->end] = data[i];
    p->total++;
    if (p->flip == p->total)
      p->data[p->end] ^= 1;
    if (p->cut_after == 0 || p->total <= p->cut_after)
      p->end++;
  }
}

static void refill(pipe_half *p)
{
  while (p->endless && p->end < sizeof p->data) {
    p->data[p->end++] = p->endless[p->endless_at];
    p->endless_at = (p->endless_at + 1) % p->endless_len;
  }
}

static int pipe_get(pipe_half *p, uint8_t *data, size_t cap)
{
  p->calls++;
  if (p->begin == p->end) {
    p->begin = p->end = 0;
    refill(p);
  }
  if (p->broken)
    return IMSTLS_ERR_CONNECTION;
  if (p->stutter && (p->odd = !p->odd))
    return IMSTLS_WANT_READ;
  size_t len = p->end - p->begin;
  if (len == 0)
    return p->cut_after && p->total >= p->cut_after ? IMSTLS_CLOSED : IMSTLS_WANT_READ;
  if (p->step && len > p->step)
    len = p->step;
  if (len > cap)
    len = cap;
  memcpy(data, p->data + p->begin, len);
  p->begin += len;
  p->got += len;
  return (int)len;
}

int our_send(void *peer, const uint8_t *data, size_t len)
{
  pipe_half *p = &((tls_peer *)peer)->to_peer;
  p->calls++;
  if (p->step && len > p->step)
    len = p->step;
  if (p->blocked) {
    if (len > p->room)
      len = p->room;
    p->room -= len;
    if (len == 0)
      return IMSTLS_WANT_WRITE;
  }
  pipe_put(p, data, len);
  return (int)len;
}

int our_recv(void *peer, uint8_t *data, size_t cap) { return pipe_get(&((tls_peer *)peer)->to_us, data, cap); }

static int bio_result(int n)
{
  if (n == IMSTLS_WANT_READ)
    return MBEDTLS_ERR_SSL_WANT_READ;
  if (n == IMSTLS_CLOSED)
    return 0;
  return n < 0 ? MBEDTLS_ERR_NET_CONN_RESET : n;
}

int our_bio_send(void *peer, const unsigned char *data, size_t len)
{
  int ret = our_send(peer, data, len);
  return ret == IMSTLS_WANT_WRITE ? MBEDTLS_ERR_SSL_WANT_WRITE : ret;
}
int our_bio_recv(void *peer, unsigned char *data, size_t cap) { return bio_result(our_recv(peer, data, cap)); }

static int peer_send(void *peer, const unsigned char *data, size_t len)
{
  pipe_put(&((tls_peer *)peer)->to_us, data, len);
  return (int)len;
}

static int peer_recv(void *peer, unsigned char *data, size_t cap)
{
  return bio_result(pipe_get(&((tls_peer *)peer)->to_peer, data, cap));
}

static void add_certificate(tls_peer *p, const char *of)
{
  uint8_t data[16384];
  char name[64];
  snprintf(name, sizeof name, "%s.der", of);
  MUST(mbedtls_x509_crt_parse_der(&p->cert, data, read_file(name, data, sizeof data)));
}

static void load_certificate(tls_peer *p, const tls_peer_how *how)
{
  uint8_t data[4096];
  char name[64];
  add_certificate(p, how->cert);
  for (size_t i = 0; i < sizeof how->issuers / sizeof how->issuers[0] && how->issuers[i]; i++)
    add_certificate(p, how->issuers[i]);
  snprintf(name, sizeof name, "%s.key.pem", how->key ? how->key : how->cert);
  size_t len = read_file(name, data, sizeof data - 1);
  data[len++] = 0;
#if MBEDTLS_VERSION_NUMBER >= 0x03000000
  MUST(mbedtls_pk_parse_key(&p->key, data, len, NULL, 0, peer_random, p->random));
#else
  MUST(mbedtls_pk_parse_key(&p->key, data, len, NULL, 0));
#endif
  MUST(mbedtls_ssl_conf_own_cert(&p->conf, &p->cert, &p->key));
}

static void set_versions(tls_peer *p, const tls_peer_how *how)
{
#if MBEDTLS_VERSION_NUMBER >= 0x03020000
  mbedtls_ssl_conf_max_tls_version(&p->conf,
                                   how->version == 13 ? MBEDTLS_SSL_VERSION_TLS1_3 : MBEDTLS_SSL_VERSION_TLS1_2);
#if defined(MBEDTLS_SSL_PROTO_TLS1_3)
  mbedtls_ssl_conf_tls13_key_exchange_modes(&p->conf, MBEDTLS_SSL_TLS1_3_KEY_EXCHANGE_MODE_ALL);
#endif
#else
  (void)p;
  (void)how;
#endif
}

void peer_start(tls_peer *p, imstls_mbedtls *random, const tls_peer_how *how)
{
  memset(p, 0, sizeof *p);
  p->random = random;
  mbedtls_ssl_config_init(&p->conf);
  mbedtls_ssl_init(&p->ssl);
  mbedtls_x509_crt_init(&p->cert);
  mbedtls_pk_init(&p->key);
  MUST(mbedtls_ssl_config_defaults(&p->conf, how->client ? MBEDTLS_SSL_IS_CLIENT : MBEDTLS_SSL_IS_SERVER,
                                   MBEDTLS_SSL_TRANSPORT_STREAM, MBEDTLS_SSL_PRESET_DEFAULT));
  mbedtls_ssl_conf_rng(&p->conf, peer_random, random);
  set_versions(p, how);
  if (how->cert)
    load_certificate(p, how);
  if (how->psk) {
    MUST(mbedtls_ssl_conf_psk(&p->conf, how->psk, how->psk_len, (const unsigned char *)how->identity,
                              strlen(how->identity)));
  }
  if (how->no_extended_ms)
    mbedtls_ssl_conf_extended_master_secret(&p->conf, MBEDTLS_SSL_EXTENDED_MS_DISABLED);
  if (how->no_etm)
    mbedtls_ssl_conf_encrypt_then_mac(&p->conf, MBEDTLS_SSL_ETM_DISABLED);
  if (how->suites)
    mbedtls_ssl_conf_ciphersuites(&p->conf, how->suites);
  if (how->tickets) {
    mbedtls_ssl_conf_session_tickets_cb(&p->conf, mbedtls_ssl_ticket_write, mbedtls_ssl_ticket_parse, how->tickets);
  }
  MUST(mbedtls_ssl_setup(&p->ssl, &p->conf));
  if (how->client)
    MUST(mbedtls_ssl_set_hostname(&p->ssl, NULL));
  mbedtls_ssl_set_bio(&p->ssl, p, peer_send, peer_recv, NULL);
}

/* Of mbedTLS's inside; exported by both libraries. */
#if MBEDTLS_VERSION_NUMBER >= 0x03000000
int mbedtls_ssl_write_record(mbedtls_ssl_context *ssl, int force_flush);
#define MEMBER(name) MBEDTLS_PRIVATE(name)
#else
int mbedtls_ssl_write_record(mbedtls_ssl_context *ssl, uint8_t force_flush);
#define MEMBER(name) name
#endif

void peer_record(tls_peer *p, int type, const uint8_t *data, size_t len)
{
  p->ssl.MEMBER(out_msgtype) = type;
  p->ssl.MEMBER(out_msglen) = len;
  memcpy(p->ssl.MEMBER(out_msg), data, len);
  MUST(mbedtls_ssl_write_record(&p->ssl, 1));
}

void peer_handshake(tls_peer *p)
{
  if (p->done || p->error)
    return;
  int ret = mbedtls_ssl_handshake(&p->ssl);
  if (ret == 0)
    p->done = 1;
  else if (ret != MBEDTLS_ERR_SSL_WANT_READ && ret != MBEDTLS_ERR_SSL_WANT_WRITE)
    p->error = ret;
}

void peer_end(tls_peer *p)
{
  mbedtls_ssl_free(&p->ssl);
  mbedtls_ssl_config_free(&p->conf);
  mbedtls_x509_crt_free(&p->cert);
  mbedtls_pk_free(&p->key);
}
