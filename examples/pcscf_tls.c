/* SPDX-License-Identifier: Apache-2.0 */
/* The TLS server on mbedTLS: certificate made at start unless given, PSK from the last vector. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <mbedtls/ctr_drbg.h>
#include <mbedtls/ecp.h>
#include <mbedtls/entropy.h>
#include <mbedtls/error.h>
#include <mbedtls/net_sockets.h>
#include <mbedtls/ssl.h>
#include <mbedtls/version.h>
#include <mbedtls/x509_crt.h>
#if MBEDTLS_VERSION_NUMBER >= 0x03000000
#include <psa/crypto.h>
#endif

#include "option.h"
#include "pcscf.h"
#include "pcscf_ticket.h"

struct tls {
  struct pcscf *pcscf;
  mbedtls_entropy_context entropy;
  mbedtls_ctr_drbg_context drbg;
  mbedtls_ssl_config config;
  mbedtls_x509_crt cert;
  mbedtls_pk_context key;
  struct ticket ticket;
  struct session *current; /* in the handshake; mbedTLS 2.28 shows the keys to the configuration's owner */
};

struct session {
  mbedtls_ssl_context ssl;
  mbedtls_ssl_config own; /* of a connection that we open: it has a PSK */
  struct flow *flow;
  struct tls *tls;
  bool begun, extended_ms, exporter_known, resumed;
  uint8_t exporter[32];
  char server_name[256]; /* what the UE asked for; empty: nothing */
};

#define CERT_SUITES                                                                                                    \
  MBEDTLS_TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, MBEDTLS_TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,                      \
      MBEDTLS_TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384, MBEDTLS_TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,                  \
      MBEDTLS_TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256, MBEDTLS_TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256
#define PSK_SUITES                                                                                                     \
  MBEDTLS_TLS_ECDHE_PSK_WITH_CHACHA20_POLY1305_SHA256, MBEDTLS_TLS_ECDHE_PSK_WITH_AES_128_CBC_SHA256,                  \
      MBEDTLS_TLS_ECDHE_PSK_WITH_AES_256_CBC_SHA384, MBEDTLS_TLS_PSK_WITH_AES_128_GCM_SHA256,                          \
      MBEDTLS_TLS_PSK_WITH_AES_128_CCM, MBEDTLS_TLS_PSK_WITH_AES_128_CCM_8
#if MBEDTLS_VERSION_NUMBER >= 0x03000000
#define SUITES_13                                                                                                      \
  MBEDTLS_TLS1_3_AES_128_GCM_SHA256, MBEDTLS_TLS1_3_AES_256_GCM_SHA384, MBEDTLS_TLS1_3_CHACHA20_POLY1305_SHA256,
#else
#define SUITES_13
#endif
/* The server's order decides: PSK before certificates where both are allowed. */
static const int suites[3][20] = { { SUITES_13 CERT_SUITES, 0 }, { PSK_SUITES, CERT_SUITES, 0 }, { PSK_SUITES, 0 } };

static int failed(const char *what, int error)
{
  char text[128];
  mbedtls_strerror(error, text, sizeof text);
  fprintf(stderr, "pcscf: %s: %s\n", what, text);
  return EXIT_INTERNAL;
}

int tls_random(struct tls *tls, uint8_t *out, size_t len) { return mbedtls_ctr_drbg_random(&tls->drbg, out, len); }

imstls_bytes tls_certificate(const struct tls *tls) { return (imstls_bytes){ tls->cert.raw.p, tls->cert.raw.len }; }

static int bad_file(const char *option, const char *path, const char *why)
{
  return option_bad_file("pcscf", option, path, why);
}

static int check_file(const char *option, const char *path)
{
  int unread = option_unread(path);
  return unread ? bad_file(option, path, strerror(unread)) : 0;
}

static int load_certificate(struct tls *tls, const struct options *o)
{
  char text[128];
  int status = check_file("--cert", o->cert);
  if (!status)
    status = check_file("--key", o->key);
  if (status)
    return status;
  int error = mbedtls_x509_crt_parse_file(&tls->cert, o->cert);
  if (error) {
    mbedtls_strerror(error, text, sizeof text);
    return bad_file("--cert", o->cert, text);
  }
#if MBEDTLS_VERSION_NUMBER >= 0x03000000
  error = mbedtls_pk_parse_keyfile(&tls->key, o->key, NULL, mbedtls_ctr_drbg_random, &tls->drbg);
#else
  error = mbedtls_pk_parse_keyfile(&tls->key, o->key, NULL);
#endif
  if (!error)
    return 0;
  mbedtls_strerror(error, text, sizeof text);
  return bad_file("--key", o->key, text);
}

static void write_time(char out[16], time_t at)
{
  struct tm utc;
  gmtime_r(&at, &utc);
  strftime(out, 16, "%Y%m%d%H%M%S", &utc);
}

static int set_serial(mbedtls_x509write_cert *writer, struct tls *tls)
{
  uint8_t serial[16];
  int error = tls_random(tls, serial, sizeof serial);
  serial[0] = (uint8_t)((serial[0] & 0x7f) | 0x40); /* positive, RFC 5280 4.1.2.2 */
#if MBEDTLS_VERSION_NUMBER >= 0x03000000
  return error ? error : mbedtls_x509write_crt_set_serial_raw(writer, serial, sizeof serial);
#else
  mbedtls_mpi number;
  mbedtls_mpi_init(&number);
  if (!error)
    error = mbedtls_mpi_read_binary(&number, serial, sizeof serial);
  if (!error)
    error = mbedtls_x509write_crt_set_serial(writer, &number);
  mbedtls_mpi_free(&number);
  return error;
#endif
}

/* Nobody else vouches for it: that is the case s_token was made for. */
static int make_certificate(struct tls *tls, const char *domain)
{
  uint8_t der[2048];
  char name[300], from[16], to[16];
  mbedtls_x509write_cert writer;
  mbedtls_x509write_crt_init(&writer);
  snprintf(name, sizeof name, "CN=pcscf.%s", domain);
  if (strlen(name) > 60)
    snprintf(name, sizeof name, "CN=pcscf.invalid"); /* RFC 5280 allows 64 octets */
  write_time(from, time(NULL) - 24 * 3600);
  write_time(to, time(NULL) + 30 * 24 * 3600);
  int error = mbedtls_pk_setup(&tls->key, mbedtls_pk_info_from_type(MBEDTLS_PK_ECKEY));
  if (!error)
    error = mbedtls_ecp_gen_key(MBEDTLS_ECP_DP_SECP256R1, mbedtls_pk_ec(tls->key), mbedtls_ctr_drbg_random, &tls->drbg);
  mbedtls_x509write_crt_set_version(&writer, MBEDTLS_X509_CRT_VERSION_3);
  mbedtls_x509write_crt_set_md_alg(&writer, MBEDTLS_MD_SHA256);
  mbedtls_x509write_crt_set_subject_key(&writer, &tls->key);
  mbedtls_x509write_crt_set_issuer_key(&writer, &tls->key);
  if (!error)
    error = mbedtls_x509write_crt_set_subject_name(&writer, name);
  if (!error)
    error = mbedtls_x509write_crt_set_issuer_name(&writer, name);
  if (!error)
    error = mbedtls_x509write_crt_set_validity(&writer, from, to);
  if (!error)
    error = set_serial(&writer, tls);
  if (!error)
    error = mbedtls_x509write_crt_set_key_usage(&writer, MBEDTLS_X509_KU_DIGITAL_SIGNATURE);
  int len = error ? error : mbedtls_x509write_crt_der(&writer, der, sizeof der, mbedtls_ctr_drbg_random, &tls->drbg);
  mbedtls_x509write_crt_free(&writer);
  if (len > 0) /* it is written at the end of the buffer */
    len = mbedtls_x509_crt_parse_der(&tls->cert, der + sizeof der - (size_t)len, (size_t)len);
  return len ? failed("self-signed certificate", len) : 0;
}

/* RFC 4279 5.1: the identity is the IMPI alone. "pcscf:" + IMPI is the other direction's and gets nothing. */
static int find_psk(void *user, mbedtls_ssl_context *ssl, const unsigned char *identity, size_t len)
{
  struct tls *tls = user;
  struct pcscf *p = tls->pcscf;
  const struct subscriber *who = home_find(&p->home, (imstls_text){ (const char *)identity, len });
  if (!who || !who->has_psk) {
    say(p, "refused", "why", "unknown PSK identity", NULL);
    return -1;
  }
  for (size_t i = 0; i < p->options.connections; i++)
    if (p->flows[i] && p->flows[i]->session && &p->flows[i]->session->ssl == ssl)
      memcpy(p->flows[i]->psk_key, who->psk, sizeof who->psk);
  return mbedtls_ssl_set_hs_psk(ssl, who->psk, sizeof who->psk);
}

/* ---- what s_token2 is bound to: server name and exporter ---- */

static struct session *session_of(const struct tls *tls, const mbedtls_ssl_context *ssl)
{
  const struct pcscf *p = tls->pcscf;
  for (size_t i = 0; i < p->options.connections; i++) {
    const struct flow *flow = p->flows[i];
    if (flow && flow->session && &flow->session->ssl == ssl)
      return flow->session;
  }
  return NULL;
}

/* RFC 6066 3; one certificate serves every name. */
static int see_name(void *user, mbedtls_ssl_context *ssl, const unsigned char *name, size_t len)
{
  struct session *s = session_of(user, ssl);
  if (!s || len >= sizeof s->server_name)
    return -1;
  text_keep(s->server_name, sizeof s->server_name, (imstls_text){ (const char *)name, len });
  return 0;
}

/* RFC 7627 5.1: does our ServerHello hold extension 23? mbedTLS tells nobody whether it was agreed. */
static bool hello_extends(const unsigned char *data, size_t len)
{
  size_t at = 5 + 4 + 2 + 32; /* record, handshake, version, random; then the session id */
  if (len <= at || data[0] != 22 || data[5] != 2)
    return false;
  at += 1 + (size_t)data[at] + 3 + 2; /* suite, compression, length of the extensions */
  while (at + 4 <= len) {
    if (data[at] == 0 && data[at + 1] == 23)
      return true;
    at += 4 + ((size_t)data[at + 2] << 8 | data[at + 3]);
  }
  return false;
}

static const char exporter_label[] = "EXPORTER-Channel-Binding"; /* RFC 9266 2 */

#if MBEDTLS_VERSION_NUMBER < 0x03000000
/* RFC 5705 4, with the empty context of RFC 9266. */
static int see_keys(void *user, const unsigned char *master, const unsigned char *keys, size_t mac_len, size_t key_len,
                    size_t iv_len, const unsigned char client_random[32], const unsigned char server_random[32],
                    mbedtls_tls_prf_types prf)
{
  struct tls *tls = user;
  struct session *s = tls->current;
  uint8_t seed[66] = { 0 };
  (void)keys, (void)mac_len, (void)key_len, (void)iv_len;
  memcpy(seed, client_random, 32);
  memcpy(seed + 32, server_random, 32);
  if (s)
    s->exporter_known =
        mbedtls_ssl_tls_prf(prf, master, 48, exporter_label, seed, sizeof seed, s->exporter, sizeof s->exporter) == 0;
  return 0;
}
#endif

/* RFC 9266 3: TLS 1.3, or 1.2 with the extended master secret. */
bool session_exporter(struct session *s, uint8_t out[32])
{
  if (strcmp(session_version(s), "TLSv1.3") != 0 && !s->extended_ms)
    return false;
#if defined(MBEDTLS_SSL_KEYING_MATERIAL_EXPORT)
  return mbedtls_ssl_export_keying_material(&s->ssl, out, 32, exporter_label, sizeof exporter_label - 1,
                                            (const unsigned char *)"", 0, 1) == 0;
#else
  memcpy(out, s->exporter, sizeof s->exporter);
  return s->exporter_known;
#endif
}

const char *session_server_name(const struct session *s) { return s->server_name; }

static int configure(struct tls *tls, const struct options *o)
{
  mbedtls_ssl_config *c = &tls->config;
  int error =
      mbedtls_ssl_config_defaults(c, MBEDTLS_SSL_IS_SERVER, MBEDTLS_SSL_TRANSPORT_STREAM, MBEDTLS_SSL_PRESET_DEFAULT);
  if (error)
    return failed("TLS", error);
#if MBEDTLS_VERSION_NUMBER >= 0x03000000
  mbedtls_ssl_conf_min_tls_version(c, MBEDTLS_SSL_VERSION_TLS1_2);
  if (o->psk != PSK_OFF) /* in TLS 1.3 no suite tells whether a PSK or a certificate was used */
    mbedtls_ssl_conf_max_tls_version(c, MBEDTLS_SSL_VERSION_TLS1_2);
#else
  mbedtls_ssl_conf_min_version(c, MBEDTLS_SSL_MAJOR_VERSION_3, MBEDTLS_SSL_MINOR_VERSION_3);
#endif
  mbedtls_ssl_conf_rng(c, mbedtls_ctr_drbg_random, &tls->drbg);
  mbedtls_ssl_conf_ciphersuites(c, suites[o->psk]);
  if (o->psk != PSK_OFF)
    mbedtls_ssl_conf_psk_cb(c, find_psk, tls);
  mbedtls_ssl_conf_sni(c, see_name, tls);
#if MBEDTLS_VERSION_NUMBER < 0x03000000
  mbedtls_ssl_conf_export_keys_ext_cb(c, see_keys, tls);
#endif
  if (o->tickets || o->ticket_key)
    error = ticket_start(&tls->ticket, c, &tls->drbg, o->ticket_key);
  if (error)
    return failed("--tickets", error);
  error = mbedtls_ssl_conf_own_cert(c, &tls->cert, &tls->key);
  return error ? failed("certificate", error) : 0;
}

int tls_open(struct pcscf *p)
{
  struct tls *tls = calloc(1, sizeof *tls);
  if (!tls)
    return EXIT_INTERNAL;
  p->tls = tls;
  tls->pcscf = p;
  mbedtls_entropy_init(&tls->entropy);
  mbedtls_ctr_drbg_init(&tls->drbg);
  mbedtls_ssl_config_init(&tls->config);
  mbedtls_x509_crt_init(&tls->cert);
  mbedtls_pk_init(&tls->key);
  ticket_init(&tls->ticket);
#if MBEDTLS_VERSION_NUMBER >= 0x03000000
  if (psa_crypto_init() != PSA_SUCCESS)
    return EXIT_INTERNAL;
#endif
  int error = mbedtls_ctr_drbg_seed(&tls->drbg, mbedtls_entropy_func, &tls->entropy, NULL, 0);
  if (error)
    return failed("randomness", error);
  int status = p->options.cert ? load_certificate(tls, &p->options) : make_certificate(tls, p->home.domain);
  return status ? status : configure(tls, &p->options);
}

void tls_close(struct tls *tls)
{
  if (!tls)
    return;
  mbedtls_ssl_config_free(&tls->config);
  ticket_end(&tls->ticket);
  mbedtls_pk_free(&tls->key);
  mbedtls_x509_crt_free(&tls->cert);
  mbedtls_ctr_drbg_free(&tls->drbg);
  mbedtls_entropy_free(&tls->entropy);
  free(tls);
}

static int bio_send(void *user, const unsigned char *data, size_t len)
{
  struct session *s = user;
  if (!s->begun)
    s->extended_ms = hello_extends(data, len);
  s->begun = true;
  ssize_t n = send(s->flow->fd, data, len, MSG_NOSIGNAL);
  if (n >= 0)
    return (int)n;
  return errno == EAGAIN || errno == EINTR ? MBEDTLS_ERR_SSL_WANT_WRITE : MBEDTLS_ERR_NET_SEND_FAILED;
}

static int bio_recv(void *user, unsigned char *out, size_t len)
{
  const struct session *s = user;
  ssize_t n = recv(s->flow->fd, out, len, 0);
  if (n >= 0)
    return (int)n;
  return errno == EAGAIN || errno == EINTR ? MBEDTLS_ERR_SSL_WANT_READ : MBEDTLS_ERR_NET_RECV_FAILED;
}

/* The P-CSCF's role has an identity of its own. */
static int configure_call(struct tls *tls, mbedtls_ssl_config *c, const struct subscriber *callee)
{
  char identity[300];
  int len = snprintf(identity, sizeof identity, "pcscf:%s", callee->impi);
  int error =
      mbedtls_ssl_config_defaults(c, MBEDTLS_SSL_IS_CLIENT, MBEDTLS_SSL_TRANSPORT_STREAM, MBEDTLS_SSL_PRESET_DEFAULT);
  if (error || !callee->has_psk || len < 0 || (size_t)len >= sizeof identity)
    return -1;
#if MBEDTLS_VERSION_NUMBER >= 0x03000000
  mbedtls_ssl_conf_max_tls_version(c, MBEDTLS_SSL_VERSION_TLS1_2);
  mbedtls_ssl_conf_min_tls_version(c, MBEDTLS_SSL_VERSION_TLS1_2);
#else
  mbedtls_ssl_conf_min_version(c, MBEDTLS_SSL_MAJOR_VERSION_3, MBEDTLS_SSL_MINOR_VERSION_3);
#endif
  mbedtls_ssl_conf_rng(c, mbedtls_ctr_drbg_random, &tls->drbg);
  mbedtls_ssl_conf_ciphersuites(c, suites[PSK_ONLY]);
  return mbedtls_ssl_conf_psk(c, callee->psk, sizeof callee->psk, (const unsigned char *)identity, (size_t)len);
}

struct session *session_open(struct tls *tls, struct flow *flow)
{
  struct session *s = calloc(1, sizeof *s);
  if (!s)
    return NULL;
  s->flow = flow;
  s->tls = tls;
  mbedtls_ssl_init(&s->ssl);
  mbedtls_ssl_config_init(&s->own);
  int error = flow->called ? configure_call(tls, &s->own, flow->callee) : 0;
  if (error || mbedtls_ssl_setup(&s->ssl, flow->called ? &s->own : &tls->config)) {
    session_close(s);
    return NULL;
  }
  mbedtls_ssl_set_bio(&s->ssl, s, bio_send, bio_recv, NULL);
  return s;
}

void session_close(struct session *s)
{
  if (!s)
    return;
  if (s->flow->secured)
    (void)mbedtls_ssl_close_notify(&s->ssl);
  mbedtls_ssl_free(&s->ssl);
  mbedtls_ssl_config_free(&s->own);
  imstls_wipe(s->exporter, sizeof s->exporter);
  free(s);
}

static int result(int n)
{
  if (n >= 0)
    return n;
  if (n == MBEDTLS_ERR_SSL_PEER_CLOSE_NOTIFY)
    return 0;
  if (n == MBEDTLS_ERR_SSL_WANT_WRITE)
    return IO_WRITE;
  return n == MBEDTLS_ERR_SSL_WANT_READ ? IO_AGAIN : IO_FAILED;
}

/* Suites without certificate are the only ones that have PSK in their names. */
int session_handshake(struct session *s, struct flow *flow)
{
  s->tls->current = s;
  s->tls->ticket.taken = false;
  int n = result(mbedtls_ssl_handshake(&s->ssl));
  s->tls->current = NULL;
  s->resumed = s->resumed || s->tls->ticket.taken; /* of all the calls that the handshake takes */
  if (n == 0)
    flow->psk = strstr(session_suite(s), "-PSK-") != NULL;
  return n;
}

int session_read(struct session *s, char *out, size_t len)
{
  return result(mbedtls_ssl_read(&s->ssl, (uint8_t *)out, len));
}

int session_write(struct session *s, const char *data, size_t len)
{
  return result(mbedtls_ssl_write(&s->ssl, (const uint8_t *)data, len));
}

bool session_resumed(const struct session *s) { return s->resumed; }
const char *session_suite(const struct session *s) { return mbedtls_ssl_get_ciphersuite(&s->ssl); }
const char *session_version(const struct session *s) { return mbedtls_ssl_get_version(&s->ssl); }
