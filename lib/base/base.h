/* SPDX-License-Identifier: Apache-2.0 */
/* base/: what every layer leans on: texts, a bounded writer, hex, base64, constant-time compare. */
#ifndef IMSTLS_BASE_BASE_H
#define IMSTLS_BASE_BASE_H

#include <stdbool.h>
#include <string.h>

#include <imstls/error.h>
#include <imstls/types.h>

/* A text from a string literal. */
#define IMSTLS_I_LIT(s) ((imstls_text){ (s), sizeof(s) - 1 })

static inline imstls_text imstls_i_text(const char *ptr, size_t len) { return (imstls_text){ ptr, len }; }

/* Same octets. Not for secrets. */
inline bool imstls_i_same(imstls_text a, imstls_text b)
{
  return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}

/* ASCII alone, whatever the locale. */
static inline char imstls_i_lower(char c) { return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c; }
static inline bool imstls_i_is_digit(char c) { return c >= '0' && c <= '9'; }

/* Same octets without regard to the case of ASCII letters. */
bool imstls_i_same_letters(const char *a, const char *b, size_t len);

static inline bool imstls_i_same_nocase(imstls_text a, imstls_text b)
{
  return a.len == b.len && imstls_i_same_letters(a.ptr, b.ptr, a.len);
}

/* A domain name without the dot of the root behind it. */
static inline imstls_text imstls_i_without_root(imstls_text name)
{
  bool has_root = name.len > 1 && name.ptr[name.len - 1] == '.';
  return imstls_i_text(name.ptr, has_root ? name.len - 1 : name.len);
}

/* As imstls_text_is for a literal: nearly every other text is told apart by its length, without a call. */
#define imstls_i_is(text, lit)                                                                                         \
  ((text).len == sizeof(lit) - 1 && imstls_i_same_letters((text).ptr, (lit), sizeof(lit) - 1))

/* Neither done nor failed: the same call again, when there is something new. */
static inline bool imstls_i_in_progress(int result)
{
  return result == IMSTLS_PENDING || result == IMSTLS_WANT_READ || result == IMSTLS_WANT_WRITE;
}

/* No time: a deadline that never comes. */
#define NEVER UINT64_MAX

static inline uint64_t imstls_i_earlier(uint64_t a, uint64_t b) { return a < b ? a : b; }

/* Room for `cap` octets, of which the first `len` are in use. */
typedef struct imstls_i_buffer {
  char *ptr;
  size_t cap, len;
} imstls_i_buffer;

static inline imstls_text imstls_i_buffer_text(const imstls_i_buffer *b) { return imstls_i_text(b->ptr, b->len); }

/* Takes away the first `n` octets; what moved up leaves nothing behind. */
void imstls_i_buffer_drop(imstls_i_buffer *b, size_t n);
void imstls_i_buffer_wipe(imstls_i_buffer *b);

/* Constant-time comparison: true when all `len` octets agree. */
bool imstls_i_equal_ct(const void *a, const void *b, size_t len);

/* Bounded writer with a sticky failure: write everything, ask once. With `buf` NULL and `cap` 0 it only counts. */
typedef struct imstls_i_writer {
  char *buf;
  size_t cap; /* never less than `len`: where nothing more is written they are the same */
  size_t len; /* octets written, or that would have been */
  bool failed;
} imstls_i_writer;

static inline imstls_i_writer imstls_i_writer_make(char *buf, size_t cap)
{
  return (imstls_i_writer){ buf, cap, 0, false };
}
void imstls_i_put_any(imstls_i_writer *w, const char *ptr, size_t len);
/* Inline where there is room: a literal becomes a few stores. */
inline void imstls_i_put(imstls_i_writer *w, const char *ptr, size_t len)
{
  if (len == 0 || len > w->cap - w->len) {
    imstls_i_put_any(w, ptr, len);
    return;
  }
  memcpy(w->buf + w->len, ptr, len);
  w->len += len;
}
inline void imstls_i_put_text(imstls_i_writer *w, imstls_text text) { imstls_i_put(w, text.ptr, text.len); }
inline void imstls_i_put_str(imstls_i_writer *w, const char *str) { imstls_i_put(w, str, strlen(str)); }
void imstls_i_put_uint(imstls_i_writer *w, uint64_t value);                /* decimal */
void imstls_i_put_hex(imstls_i_writer *w, const uint8_t *ptr, size_t len); /* lower case */
void imstls_i_put_base64(imstls_i_writer *w, const uint8_t *ptr, size_t len);
/* A received value, each fold in it made one space with the white space on both sides (RFC 3261 7.3.1, LWS in 25.1). */
void imstls_i_put_unfolded(imstls_i_writer *w, imstls_text value);
#if defined(__OPTIMIZE_SIZE__)
#define IMSTLS_I_PUT_LIT(w, s) imstls_i_put_str((w), (s)) /* no length at each use */
#else
#define IMSTLS_I_PUT_LIT(w, s) imstls_i_put((w), (s), sizeof(s) - 1)
#endif

/* Does `what` stand in `where`, octet for octet? An empty one stands nowhere. */
bool imstls_i_holds(imstls_text where, imstls_text what);

/* Digits; past the last one, or NULL when there is none. What exceeds 2^32-1 gives 2^32. */
const char *imstls_i_digits(const char *at, const char *end, uint64_t *number);
/* The whole text as a number: -1 when it is none, 2^32 when it is larger than 2^32-1. */
int64_t imstls_i_whole_number(imstls_text text);
/* The whole text as a number up to `max`; false: it is none, or larger, and `out` is left alone. */
bool imstls_i_number(imstls_text text, uint32_t max, uint32_t *out);

/* 0 to 15; 16: no hex digit. */
unsigned imstls_i_hex_value(char c);
/* Hex of exactly 2*out_len digits, any case. False: another length, or no hex digit; `out` is then of no use. */
bool imstls_i_hex_decode(imstls_text text, uint8_t *out, size_t out_len);
/* 2*len lower-case digits and a NUL. */
void imstls_i_hex_encode(const uint8_t *ptr, size_t len, char *out);

/* Base64 (RFC 4648 4), strict: alphabet, no white space, zero trailing bits; padding whole or missing. Decodes at most
 * `cap` octets into `out` and gives the whole decoded length, which can be more. -1: not base64. Public values only. */
long imstls_i_base64_decode(imstls_text text, uint8_t *out, size_t cap);

/* error.c. The row of a code in error_list.h, and the text of a row among texts that follow one another. */
size_t imstls_i_error_row(int error);
const char *imstls_i_error_nth(const char *packed, size_t row);

#endif
