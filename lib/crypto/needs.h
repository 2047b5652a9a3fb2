/* SPDX-License-Identifier: Apache-2.0 */
/* What libimstls hashes and encrypts with: a build of mbedTLS that lacks it is refused here, in words. */
#ifndef IMSTLS_CRYPTO_NEEDS_H
#define IMSTLS_CRYPTO_NEEDS_H

#if !defined(MBEDTLS_AES_C)
#error "libimstls needs MBEDTLS_AES_C: Milenage is AES-128 (TS 35.206)"
#endif
#if !defined(MBEDTLS_MD5_C)
#error "libimstls needs MBEDTLS_MD5_C: digest AKA of most networks is AKAv1-MD5 (RFC 3310)"
#endif
#if !defined(MBEDTLS_SHA1_C)
#error "libimstls needs MBEDTLS_SHA1_C: s_token and c_token are HMAC-SHA1-96"
#endif
#if !defined(MBEDTLS_SHA256_C)
#error "libimstls needs MBEDTLS_SHA256_C: AKAv2 and the key derivation of TS 33.220 are on SHA-256"
#endif

#endif
