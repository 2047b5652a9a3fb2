/* SPDX-License-Identifier: Apache-2.0 */
/** \file types.h  The few types that every other header uses. */
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

/**
 * \brief  Are two texts the same without regard to the case of ASCII letters?
 * \param  text  may be absent
 * \param  word  terminated
 * \return 1 or 0
 */
IMSTLS_API int imstls_text_is(imstls_text text, const char *word);

/**
 * \brief  Overwrites octets so that no compiler may leave it out.
 * \param  ptr  may be NULL when len is 0
 * \param  len  octets
 */
IMSTLS_API void imstls_wipe(void *ptr, size_t len);

#ifdef __cplusplus
}
#endif
#endif
