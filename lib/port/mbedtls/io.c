/* SPDX-License-Identifier: Apache-2.0 */
/* Octets in and out, and the handshake. */
#include "port/mbedtls/tls.h"

enum { IO_MAX = 1 << 20 }; /* results are ints */

/* The share of one call. mbedTLS goes on inside one call for as long as the network has octets for it: warnings, empty
 * records, ChangeCipherSpec and HelloRequests end nothing, and each HelloRequest is answered. Two whole records fit. */
enum { CALL_OCTETS = 32 * 1024, CALL_RECVS = 128, CALL_SENDS = 32, CALL_TICKETS = 4, LONG_MESSAGE = 8 * 1024 };

/* Octets until the handshake is over, and after it between two of data. Four times the longest chain we take. */
enum { FRUITLESS_MAX = 256 * 1024 };

void imstls_i_mbedtls_begin_call(imstls_mbedtls_session *s)
{
  size_t fruitless = s->budget.fruitless;
  s->budget = (imstls_i_tls_budget){
    .octets = CALL_OCTETS,
    .recvs = CALL_RECVS,
    .sends = CALL_SENDS,
    .tickets = CALL_TICKETS,
    .fruitless = fruitless,
  };
}

/* One more of something that a call has `left`. */
static bool spend(imstls_i_tls_budget *b, uint32_t *left)
{
  if (*left == 0) {
    b->spent = true;
    return false;
  }
  (*left)--;
  return true;
}

static int send_now(imstls_mbedtls_session *s, const unsigned char *data, size_t len)
{
  if (!spend(&s->budget, &s->budget.sends))
    return MBEDTLS_ERR_SSL_WANT_WRITE;
  int ret = s->io.send(s->io.ctx, data, len < IO_MAX ? len : IO_MAX);
  if (ret == IMSTLS_WANT_WRITE)
    return MBEDTLS_ERR_SSL_WANT_WRITE;
  if (ret <= 0 || (size_t)ret > len) {
    s->io_error = IMSTLS_ERR_CONNECTION;
    return MBEDTLS_ERR_NET_SEND_FAILED;
  }
  return ret;
}

/* 0: all of the flight has left; else as mbedTLS has it, and what is left comes next time. */
static int send_flight(imstls_mbedtls_session *s)
{
  imstls_i_tls_flight *f = &s->flight;
  while (f->len > 0) {
    int ret = send_now(s, f->octets, f->len);
    if (ret < 0)
      return ret;
    f->len -= (size_t)ret;
    memmove(f->octets, f->octets + ret, f->len);
  }
  return 0;
}

/* What a turn of the handshake writes leaves together, before it reads or when it ends: mbedTLS sends each record by
 * itself, and each would be a segment of its own. A long one, as a hello with a ticket, is a flight anyway. */
int imstls_i_mbedtls_send(void *session, const unsigned char *data, size_t len)
{
  imstls_mbedtls_session *s = session;
  imstls_i_tls_flight *f = &s->flight;
  bool waits = !s->established && len <= sizeof f->octets;
  int ret = waits && len <= sizeof f->octets - f->len ? 0 : send_flight(s);
  if (ret != 0)
    return ret;
  if (waits) {
    memcpy(f->octets + f->len, data, len);
    f->len += len;
    ret = (int)len;
  } else
    ret = send_now(s, data, len);
  if (ret > 0 && s->server)
    imstls_i_tls_watch_feed(&s->watch, data, (size_t)ret);
  return ret;
}

/* Octets that may be taken now; 0: the share is used up. */
static size_t room_for(imstls_i_tls_budget *b, size_t cap)
{
  if (b->octets == 0)
    b->spent = true;
  if (b->octets == 0 || !spend(b, &b->recvs))
    return 0;
  return cap < b->octets ? cap : b->octets;
}

/* RFC 8446 5.1: the type of a record stands first. A server that speaks something else is told from the first octet,
 * where mbedTLS would wait for the header of a record. */
static bool begins_record(const imstls_mbedtls_session *s, unsigned char first)
{
  enum { CHANGE_CIPHER_SPEC = 20, APPLICATION_DATA = 23 };
  bool first_of_server = !s->server && !s->established && s->budget.fruitless == 0;
  return !first_of_server || (first >= CHANGE_CIPHER_SPEC && first <= APPLICATION_DATA);
}

int imstls_i_mbedtls_recv(void *session, unsigned char *data, size_t cap)
{
  imstls_mbedtls_session *s = session;
  imstls_i_tls_budget *b = &s->budget;
  int ret = send_flight(s);
  if (ret != 0)
    return ret;
  cap = room_for(b, cap);
  if (cap == 0)
    return MBEDTLS_ERR_SSL_WANT_READ;
  if (b->fruitless >= FRUITLESS_MAX) {
    s->io_error = IMSTLS_ERR_TLS;
    return MBEDTLS_ERR_SSL_UNEXPECTED_MESSAGE;
  }
  ret = s->io.recv(s->io.ctx, data, cap);
  if (ret == IMSTLS_WANT_READ) {
    b->dry = true;
    return MBEDTLS_ERR_SSL_WANT_READ;
  }
  if (ret == IMSTLS_CLOSED)
    return MBEDTLS_ERR_SSL_CONN_EOF;
  if (ret <= 0 || (size_t)ret > cap) {
    s->io_error = IMSTLS_ERR_CONNECTION;
    return MBEDTLS_ERR_NET_RECV_FAILED;
  }
  if (!begins_record(s, data[0])) {
    s->io_error = IMSTLS_ERR_TLS_NOT_SPOKEN;
    return MBEDTLS_ERR_SSL_INVALID_RECORD;
  }
  b->octets -= (uint32_t)ret;
  b->fruitless += (size_t)ret;
  if (!s->server)
    imstls_i_tls_watch_feed(&s->watch, data, (size_t)ret);
  return ret;
}

/* Nothing more comes of it. `code`: why, as mbedTLS numbers it. */
static int end(imstls_mbedtls_session *s, int error, int code)
{
  imstls_i_mbedtls_note(s->part, code);
  s->code = code;
  s->failed = error;
  return error;
}

static int fail(imstls_mbedtls_session *s, int ret)
{
  int error = s->io_error != IMSTLS_OK ? s->io_error : imstls_i_mbedtls_version_error(s, ret);
  if (error == IMSTLS_OK)
    error = imstls_i_mbedtls_result(&s->ssl, ret, s->established);
  if (s->cert.error != IMSTLS_OK)
    error = s->cert.error;
  if (imstls_i_in_progress(error))
    return s->budget.spent ? IMSTLS_PENDING : error;
  return end(s, error, ret);
}

/* What must hold after every handshake, whoever is on the other side. */
static int complete(const imstls_mbedtls_session *s)
{
  if (s->server)
    return IMSTLS_OK;
  if (imstls_i_mbedtls_psk(s)) {
    /* CBC with MAC-then-encrypt is not what we offered it for (RFC 7366). */
    bool cbc = imstls_i_mbedtls_suite_has(&s->ssl, "-CBC-");
    return cbc && !s->watch.encrypt_then_mac ? IMSTLS_ERR_TLS : IMSTLS_OK;
  }
  /* The certificate is either of this handshake or of the session that was resumed, never neither or both. */
  if (s->cert.len == 0 || s->cert.seen == imstls_i_mbedtls_resumed(s))
    return IMSTLS_ERR_TLS;
  const mbedtls_x509_crt *kept = mbedtls_ssl_get_peer_cert(&s->ssl);
  bool same = !kept || (kept->raw.len == s->cert.len && memcmp(kept->raw.p, s->cert.der, s->cert.len) == 0);
  return same ? IMSTLS_OK : IMSTLS_ERR_TLS;
}

/* An unfit chain ends the handshake, with the alert that RFC 5246 7.2.2 has for it. */
static int judge(imstls_mbedtls_session *s)
{
  int error = imstls_i_mbedtls_judge(s);
  bool ours = error == IMSTLS_ERR_MEMORY;
  if (error == IMSTLS_PENDING)
    return error;
  s->cert.due = false;
  if (error == IMSTLS_OK)
    return error;
  (void)mbedtls_ssl_send_alert_message(&s->ssl, MBEDTLS_SSL_ALERT_LEVEL_FATAL,
                                       ours ? MBEDTLS_SSL_ALERT_MSG_INTERNAL_ERROR
                                            : MBEDTLS_SSL_ALERT_MSG_UNSUPPORTED_CERT);
  return fail(s, ours ? MBEDTLS_ERR_X509_ALLOC_FAILED : MBEDTLS_ERR_X509_FATAL_ERROR);
}

/* With the alert of RFC 8446 4.1.3. */
static int check_version(imstls_mbedtls_session *s)
{
  if (!imstls_i_mbedtls_is_downgraded(s))
    return IMSTLS_OK;
  (void)mbedtls_ssl_send_alert_message(&s->ssl, MBEDTLS_SSL_ALERT_LEVEL_FATAL, MBEDTLS_SSL_ALERT_MSG_ILLEGAL_PARAMETER);
  return end(s, IMSTLS_ERR_TLS_DOWNGRADE, IMSTLS_I_ILLEGAL_PARAMETER);
}

/* One step of mbedTLS's handshake: a message in, or one out. */
static int take_step(imstls_mbedtls_session *s)
{
  bool awaited = !s->server && imstls_i_mbedtls_awaits_certificate(&s->ssl);
  int ret = mbedtls_ssl_handshake_step(&s->ssl);
  if (ret != 0)
    return fail(s, ret);
  s->cert.due = awaited && !imstls_i_mbedtls_awaits_certificate(&s->ssl);
  return check_version(s);
}

/* Step by step, so that the chain is judged when it has come and before mbedTLS works with a key of it. A long message
 * is decrypted, hashed and parsed in one step of mbedTLS: with it the call ends. */
static int shake(imstls_mbedtls_session *s)
{
  while (s->cert.due || !imstls_i_mbedtls_handshake_over(&s->ssl)) {
    int error = s->cert.due ? IMSTLS_OK : take_step(s);
    if (error == IMSTLS_OK && s->cert.due)
      error = judge(s);
    if (error != IMSTLS_OK)
      return error;
    if (CALL_OCTETS - s->budget.octets >= LONG_MESSAGE)
      return IMSTLS_PENDING;
  }
  return IMSTLS_OK;
}

int imstls_i_mbedtls_handshake(void *user, int session)
{
  imstls_mbedtls_session *s = imstls_i_mbedtls_session(user, session);
  if (!s)
    return IMSTLS_ERR_TLS;
  if (s->failed != IMSTLS_OK)
    return s->failed;
  if (s->established)
    return IMSTLS_OK;
  imstls_i_mbedtls_begin_call(s);
  int ret = shake(s);
  int unsent = send_flight(s); /* where it failed, an alert */
  bool may_go_on = ret == IMSTLS_OK || imstls_i_in_progress(ret);
  if (may_go_on && unsent != 0)
    return fail(s, unsent);
  if (ret != IMSTLS_OK)
    return ret;
  ret = complete(s);
  if (ret != IMSTLS_OK)
    return end(s, ret, MBEDTLS_ERR_SSL_INTERNAL_ERROR);
  s->established = true;
  s->budget.fruitless = 0;
  return IMSTLS_OK;
}

/* Before the handshake is done mbedTLS would run it inside read and write, past the checks of complete(). */
static imstls_mbedtls_session *established(void *user, int session, int *error)
{
  imstls_mbedtls_session *s = imstls_i_mbedtls_session(user, session);
  *error = !s || !s->established ? IMSTLS_ERR_TLS : s->failed;
  return *error == IMSTLS_OK ? s : NULL;
}

/* mbedTLS has done with something that is no data, and may have more: then the same call comes again. It says
 * WANT_READ also where it dropped a warning, which cost two calls of recv, and before it takes a ticket. */
static bool goes_on(imstls_mbedtls_session *s, int ret)
{
  imstls_i_tls_budget *b = &s->budget;
  if (imstls_i_mbedtls_is_ticket(ret)) {
    s->has_ticket = true;
    return spend(b, &b->tickets);
  }
  return ret == MBEDTLS_ERR_SSL_WANT_READ && !b->dry && !b->spent;
}

int imstls_i_mbedtls_read(void *user, int session, uint8_t *data, size_t cap)
{
  int ret;
  imstls_mbedtls_session *s = established(user, session, &ret);
  if (!s)
    return ret;
  if (!data || cap == 0)
    return IMSTLS_ERR_TLS;
  imstls_i_mbedtls_begin_call(s);
  do {
    ret = mbedtls_ssl_read(&s->ssl, data, cap < IO_MAX ? cap : IO_MAX);
  } while (goes_on(s, ret));
  if (ret <= 0)
    /* 0 is an end without close_notify: it may be an attacker's (RFC 5246 7.2.1). */
    return fail(s, ret == 0 ? MBEDTLS_ERR_SSL_CONN_EOF : ret);
  s->budget.fruitless = 0;
  return ret;
}

/* One record of data. mbedTLS keeps no account of whose record it could not send whole: after an alert it would take
 * the next data for sent, and after data that left together with an alert it would send them again. */
static int write_record(imstls_mbedtls_session *s, const uint8_t *data, size_t len)
{
  bool unsent = imstls_i_mbedtls_unsent(&s->ssl);
  int ret = s->writing;
  if (ret > 0 && !unsent) {
    s->writing = 0;
    return ret;
  }
  if (ret == 0 && unsent) {
    ret = mbedtls_ssl_write(&s->ssl, data, 0); /* the alert alone */
    if (ret != 0)
      return ret;
  }
  ret = mbedtls_ssl_write(&s->ssl, data, len);
  s->writing = 0;
  if (ret == MBEDTLS_ERR_SSL_WANT_WRITE && imstls_i_mbedtls_unsent(&s->ssl)) {
    int most = mbedtls_ssl_get_max_out_record_payload(&s->ssl);
    s->writing = most > 0 && len > (size_t)most ? most : (int)len;
  }
  return ret;
}

int imstls_i_mbedtls_write(void *user, int session, const uint8_t *data, size_t len)
{
  int ret;
  imstls_mbedtls_session *s = established(user, session, &ret);
  if (!s)
    return ret;
  if (!data || len == 0)
    return IMSTLS_ERR_TLS;
  imstls_i_mbedtls_begin_call(s);
  do {
    ret = write_record(s, data, len < IO_MAX ? len : IO_MAX);
  } while (goes_on(s, ret));
  return ret > 0 ? ret : fail(s, ret == 0 ? MBEDTLS_ERR_SSL_WANT_WRITE : ret);
}
