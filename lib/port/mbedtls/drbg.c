/* SPDX-License-Identifier: Apache-2.0 */
/* The randomness of a part: its own DRBG, the PSA one, or what the application gives. */
#include "port/mbedtls/tls.h"

#if !IMSTLS_I_PSA_RANDOM
/* A seed of mbedTLS's entropy, which is there as long as it takes: Debian's is 37 KiB, and one seed lasts for ten
 * thousand calls of the DRBG. */
static int gather(void *user, unsigned char *out, size_t len)
{
  (void)user;
  mbedtls_entropy_context *entropy = mbedtls_calloc(1, sizeof *entropy);
  if (!entropy)
    return MBEDTLS_ERR_CTR_DRBG_ENTROPY_SOURCE_FAILED;
  mbedtls_entropy_init(entropy);
  int ret = mbedtls_entropy_func(entropy, out, len);
  mbedtls_entropy_free(entropy);
  imstls_wipe(entropy, sizeof *entropy);
  mbedtls_free(entropy);
  return ret;
}
#endif

int imstls_i_mbedtls_start_random(imstls_mbedtls *part)
{
#if IMSTLS_I_PSA
  if (psa_crypto_init() != PSA_SUCCESS)
    return IMSTLS_ERR_RANDOM;
#endif
#if !IMSTLS_I_PSA_RANDOM
  if (part->config.random)
    return IMSTLS_OK;
  static const unsigned char personal[] = "libimstls";
  part->last_error = mbedtls_ctr_drbg_seed(&part->drbg, gather, NULL, personal, sizeof personal - 1);
  if (part->last_error != 0)
    return IMSTLS_ERR_RANDOM;
#else
  (void)part;
#endif
  return IMSTLS_OK;
}

int imstls_mbedtls_random(void *user, uint8_t *out, size_t len)
{
  imstls_mbedtls *part = user;
  if (!part || (!out && len > 0))
    return IMSTLS_ERR_RANDOM;
  if (part->config.random)
    return part->config.random(part->config.random_user, out, len) == 0 ? 0 : IMSTLS_ERR_RANDOM;
#if IMSTLS_I_PSA_RANDOM
  return psa_generate_random(out, len) == PSA_SUCCESS ? IMSTLS_OK : IMSTLS_ERR_RANDOM;
#else
  while (len > 0) {
    size_t part_len = len < MBEDTLS_CTR_DRBG_MAX_REQUEST ? len : MBEDTLS_CTR_DRBG_MAX_REQUEST;
    if (mbedtls_ctr_drbg_random(&part->drbg, out, part_len) != 0)
      return IMSTLS_ERR_RANDOM;
    out += part_len;
    len -= part_len;
  }
  return IMSTLS_OK;
#endif
}
