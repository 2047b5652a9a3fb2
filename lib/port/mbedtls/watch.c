/* SPDX-License-Identifier: Apache-2.0 */
#include "port/mbedtls/watch.h"

#include <string.h>

enum { RECORD_CCS = 20, RECORD_HANDSHAKE = 22, TLS12 = 0x0303 };
enum { MESSAGE_SERVER_HELLO = 2, MESSAGE_SERVER_HELLO_DONE = 14 };
enum { EXT_ENCRYPT_THEN_MAC = 22, EXT_EXTENDED_MS = 23, EXT_PRE_SHARED_KEY = 41, EXT_SUPPORTED_VERSIONS = 43 };

/* ServerHello.random of a HelloRetryRequest, RFC 8446 4.1.3: SHA-256 of "HelloRetryRequest". */
static const uint8_t retry_random[32] = {
  0xcf, 0x21, 0xad, 0x74, 0xe5, 0x9a, 0x61, 0x11, 0xbe, 0x1d, 0x8c, 0x02, 0x1e, 0x65, 0xb8, 0x91,
  0xc2, 0xa2, 0x11, 0x16, 0x7a, 0xbb, 0x8c, 0x5e, 0x07, 0x9e, 0x09, 0xe2, 0xc8, 0xa8, 0x33, 0x9c,
};

/* Its last octets where TLS 1.2 or less was chosen by a server that can do better, RFC 8446 4.1.3; 0 or 1 follows. */
static const uint8_t downgrade_random[7] = { 'D', 'O', 'W', 'N', 'G', 'R', 'D' };

static uint16_t get16(const uint8_t *p) { return (uint16_t)(p[0] << 8 | p[1]); }

static void see_extension(imstls_i_tls_watch *w, uint16_t type, const uint8_t *body, size_t len)
{
  if (type == EXT_EXTENDED_MS && len == 0)
    w->extended_ms = true;
  if (type == EXT_ENCRYPT_THEN_MAC && len == 0)
    w->encrypt_then_mac = true;
  if (type == EXT_SUPPORTED_VERSIONS && len == 2)
    w->tls13 = get16(body) == 0x0304;
  if (type == EXT_PRE_SHARED_KEY && len == 2)
    w->psk = true;
}

/* RFC 5246 7.4.1.3, RFC 8446 4.1.3. False: it breaks its own lengths. */
static bool see_hello(imstls_i_tls_watch *w)
{
  const uint8_t *p = w->hello;
  size_t len = w->hello_len;
  if (len < 35 || p[34] > 32 || len < 38u + p[34])
    return false;
  w->retry = memcmp(p + 2, retry_random, sizeof retry_random) == 0;
  w->marked = memcmp(p + 2 + 24, downgrade_random, sizeof downgrade_random) == 0;
  size_t at = 38u + p[34];
  if (at == len)
    return true;
  if (len - at < 2 || get16(p + at) != len - at - 2)
    return false;
  for (at += 2; at < len;) {
    if (len - at < 4 || get16(p + at + 2) > len - at - 4)
      return false;
    size_t ext_len = get16(p + at + 2);
    see_extension(w, get16(p + at), p + at + 4, ext_len);
    at += 4 + ext_len;
  }
  return true;
}

static void know_nothing(imstls_i_tls_watch *w)
{
  w->extended_ms = w->encrypt_then_mac = w->psk = w->tls13 = w->marked = w->no_better = false;
}

static void end_message(imstls_i_tls_watch *w)
{
  w->message_len = 0;
  if (w->message[0] == MESSAGE_SERVER_HELLO_DONE)
    w->full = true;
  if (w->message[0] != MESSAGE_SERVER_HELLO)
    return;
  bool second = w->hello_seen && !w->retry;
  w->hello_seen = true;
  know_nothing(w);
  if (second || !see_hello(w)) {
    know_nothing(w);
    w->stopped = true;
  } else
    w->no_better = get16(w->hello) == TLS12 && !w->tls13 && !w->marked;
  /* After a TLS 1.3 ServerHello everything is encrypted. */
  if (w->tls13 && !w->retry)
    w->stopped = true;
}

/* Copies what is missing of `want` octets. Gives how many that were. */
static size_t fill(uint8_t *to, uint8_t *have, size_t want, const uint8_t *data, size_t len)
{
  size_t n = want - *have < len ? want - *have : len;
  memcpy(to + *have, data, n);
  *have = (uint8_t)(*have + n);
  return n;
}

static void begin_message(imstls_i_tls_watch *w)
{
  w->message_left = (uint32_t)w->message[1] << 16 | (uint32_t)w->message[2] << 8 | w->message[3];
  w->hello_len = 0;
  if (w->message[0] == MESSAGE_SERVER_HELLO && w->message_left > sizeof w->hello)
    w->stopped = true;
}

/* Of a message's body ServerHello alone says something. */
static size_t see_body(imstls_i_tls_watch *w, const uint8_t *data, size_t len)
{
  size_t n = len < w->message_left ? len : w->message_left;
  if (w->message[0] == MESSAGE_SERVER_HELLO) {
    memcpy(w->hello + w->hello_len, data, n);
    w->hello_len = (uint16_t)(w->hello_len + n);
  }
  w->message_left -= (uint32_t)n;
  return n;
}

/* Octets of the handshake layer: of one message at most. */
static size_t see_handshake(imstls_i_tls_watch *w, const uint8_t *data, size_t len)
{
  bool in_body = w->message_len == sizeof w->message;
  size_t n = in_body ? see_body(w, data, len) : fill(w->message, &w->message_len, sizeof w->message, data, len);
  if (w->message_len < sizeof w->message)
    return n;
  if (!in_body)
    begin_message(w);
  if (w->message_left == 0)
    end_message(w);
  return n;
}

static void begin_record(imstls_i_tls_watch *w)
{
  w->record_left = get16(w->header + 3);
  /* TLS 1.3 sends a meaningless ChangeCipherSpec after a HelloRetryRequest (RFC 8446 D.4). */
  if (w->header[0] == RECORD_CCS && !w->retry)
    w->stopped = true;
}

/* Octets of one record at most; those that are no handshake say nothing. */
static size_t see_record(imstls_i_tls_watch *w, const uint8_t *data, size_t len)
{
  size_t n = len < w->record_left ? len : w->record_left;
  if (w->header[0] == RECORD_HANDSHAKE)
    n = see_handshake(w, data, n);
  w->record_left = (uint16_t)(w->record_left - n);
  return n;
}

void imstls_i_tls_watch_feed(imstls_i_tls_watch *w, const uint8_t *data, size_t len)
{
  while (len > 0 && !w->stopped) {
    bool in_record = w->header_len == sizeof w->header;
    size_t n = in_record ? see_record(w, data, len) : fill(w->header, &w->header_len, sizeof w->header, data, len);
    if (!in_record && w->header_len == sizeof w->header)
      begin_record(w);
    if (w->header_len == sizeof w->header && w->record_left == 0)
      w->header_len = 0;
    data += n;
    len -= n;
  }
}
