/* SPDX-License-Identifier: Apache-2.0 */
/** \file types.h  The few types that every other header uses, and what can be done with them alone. */
#ifndef IMSTLS_TYPES_H
#define IMSTLS_TYPES_H

#include <stddef.h>
#include <stdint.h>

#if defined(__GNUC__)
#define IMSTLS_API __attribute__((visibility("default")))
/** The result says whether something was authentic: ignoring it is a compiler warning. */
#define IMSTLS_MUST_CHECK __attribute__((warn_unused_result))
#else
#define IMSTLS_API
#define IMSTLS_MUST_CHECK
#endif

#ifdef __cplusplus
extern "C" {
#endif

/** \addtogroup basics
 * @{ */

/** Text that is borrowed from somebody's buffer: not terminated, may hold NUL octets.
 *  `ptr` NULL means absent; a present but empty text has `len` 0 and `ptr` not NULL. */
typedef struct imstls_text {
  const char *ptr;
  size_t len;
} imstls_text;

/** Octets that are borrowed from somebody's buffer. */
typedef struct imstls_bytes {
  const uint8_t *ptr;
  size_t len;
} imstls_bytes;

/** An IP address and port. */
typedef struct imstls_address {
  uint8_t family; /**< 4 or 6; 0: none */
  uint8_t reserved[3];
  uint32_t scope; /**< IPv6 scope id; used to connect, never written into a message */
  uint8_t ip[16]; /**< network order; IPv4 uses the first 4 */
  uint16_t port;  /**< host order */
  uint16_t reserved2;
} imstls_address;

/** Initializer of a struct that begins with `size`: that is set, everything else is zero. */
#ifdef __cplusplus
#define IMSTLS_SIZED(type) imstls_sized<type>()
#else
#define IMSTLS_SIZED(type)                                                                                             \
  {                                                                                                                    \
    .size = sizeof(type)                                                                                               \
  }
#endif

/**
 * \brief  Are two texts the same without regard to the case of ASCII letters?
 * \param  text  may be absent
 * \param  word  terminated
 * \return 1 or 0
 */
IMSTLS_API int imstls_text_is(imstls_text text, const char *word);

/**
 * \brief  Reads an IP literal, with or without brackets, IPv6 with or without "%scope" in digits.
 * \param  text  the literal
 * \param  out   written; port 0
 * \return IMSTLS_OK; IMSTLS_ERR_USAGE: not a literal
 */
IMSTLS_API int imstls_address_parse(imstls_text text, imstls_address *out);

/**
 * \brief  Writes an address as text, IPv6 by RFC 5952 and, with a port, in brackets; the scope is left out.
 * \param  address    the address
 * \param  with_port  1: ":port" follows; IPv6 is in brackets then
 * \param  out        written: at most 48 octets with the NUL
 * \return octets without the NUL; 0 when the family is neither 4 nor 6
 */
IMSTLS_API size_t imstls_address_format(const imstls_address *address, int with_port, char out[56]);

/**
 * \brief  Overwrites octets so that no compiler may leave it out.
 * \param  ptr  may be NULL when len is 0
 * \param  len  octets
 */
IMSTLS_API void imstls_wipe(void *ptr, size_t len);

/** @} */

#ifdef __cplusplus
}

template <typename Struct> inline Struct imstls_sized()
{
  Struct zero = Struct();
  zero.size = sizeof zero;
  return zero;
}
#endif
#endif
