/* SPDX-License-Identifier: Apache-2.0 */
/* One part, many threads: by the mutexes that mbedTLS was built with (MBEDTLS_THREADING_C). */
#include "port/mbedtls/tls.h"

#if IMSTLS_I_LOCKS

/* mbedTLS does not say whether it could make one: the first use does. */
bool imstls_i_mbedtls_lock_init(imstls_mbedtls *part)
{
  mbedtls_mutex_init(&part->mutex);
  if (!imstls_i_mbedtls_lock(part))
    return false;
  imstls_i_mbedtls_unlock(part);
  return true;
}

void imstls_i_mbedtls_lock_free(imstls_mbedtls *part) { mbedtls_mutex_free(&part->mutex); }
bool imstls_i_mbedtls_lock(imstls_mbedtls *part) { return mbedtls_mutex_lock(&part->mutex) == 0; }
void imstls_i_mbedtls_unlock(imstls_mbedtls *part) { (void)mbedtls_mutex_unlock(&part->mutex); }

#else

bool imstls_i_mbedtls_lock_init(imstls_mbedtls *part)
{
  (void)part;
  return true;
}

void imstls_i_mbedtls_lock_free(imstls_mbedtls *part) { (void)part; }

bool imstls_i_mbedtls_lock(imstls_mbedtls *part)
{
  (void)part;
  return true;
}

void imstls_i_mbedtls_unlock(imstls_mbedtls *part) { (void)part; }

#endif

void imstls_i_mbedtls_note(imstls_mbedtls *part, int code)
{
  if (!imstls_i_mbedtls_lock(part))
    return;
  part->last_error = code;
  imstls_i_mbedtls_unlock(part);
}
