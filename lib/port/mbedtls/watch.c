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

/* One octet of the handshake layer. */
static void see_handshake(imstls_i_tls_watch *w, uint8_t octet)
{
  if (w->message_len < sizeof w->message) {
    w->message[w->message_len++] = octet;
    if (w->message_len < sizeof w->message)
      return;
    w->message_left = (uint32_t)w->message[1] << 16 | (uint32_t)w->message[2] << 8 | w->message[3];
    w->hello_len = 0;
    if (w->message[0] == MESSAGE_SERVER_HELLO && w->message_left > sizeof w->hello)
      w->stopped = true;
  } else {
    if (w->message[0] == MESSAGE_SERVER_HELLO)
      w->hello[w->hello_len++] = octet;
    w->message_left--;
  }
  if (w->message_left == 0)
    end_message(w);
}

static void begin_record(imstls_i_tls_watch *w)
{
  w->record_left = get16(w->header + 3);
  /* TLS 1.3 sends a meaningless ChangeCipherSpec after a HelloRetryRequest (RFC 8446 D.4). */
  if (w->header[0] == RECORD_CCS && !w->retry)
    w->stopped = true;
}

/* Octets from `data` on that say nothing: bodies of other messages than ServerHello, and of other records. The last
 * octet of each is left, since something ends there. */
static size_t skip(imstls_i_tls_watch *w, size_t len)
{
  if (w->header_len < sizeof w->header || w->record_left < 2)
    return 0;
  size_t n = w->record_left - 1u;
  n = n < len ? n : len;
  if (w->header[0] == RECORD_HANDSHAKE) {
    if (w->message_len < sizeof w->message || w->message[0] == MESSAGE_SERVER_HELLO || w->message_left < 2)
      return 0;
    n = n < w->message_left - 1 ? n : w->message_left - 1;
    w->message_left -= (uint32_t)n;
  }
  w->record_left = (uint16_t)(w->record_left - n);
  return n;
}

void imstls_i_tls_watch_feed(imstls_i_tls_watch *w, const uint8_t *data, size_t len)
{
  for (size_t i = 0; i < len && !w->stopped; i++) {
    i += skip(w, len - i);
    if (i == len)
      return;
    if (w->header_len < sizeof w->header) {
      w->header[w->header_len++] = data[i];
      if (w->header_len == sizeof w->header)
        begin_record(w);
    } else {
      w->record_left--;
      if (w->header[0] == RECORD_HANDSHAKE)
        see_handshake(w, data[i]);
    }
    if (w->header_len == sizeof w->header && w->record_left == 0)
      w->header_len = 0;
  }
}
