/* SPDX-License-Identifier: Apache-2.0 */
/* As needs.h, for crypto_psa.c. Before mbedTLS 4 the wishes follow from the options in brackets. */
#ifndef IMSTLS_CRYPTO_NEEDS_PSA_H
#define IMSTLS_CRYPTO_NEEDS_PSA_H

#if !defined(MBEDTLS_PSA_CRYPTO_C) && !defined(MBEDTLS_PSA_CRYPTO_CLIENT)
#error "CRYPTO=psa needs MBEDTLS_PSA_CRYPTO_C"
#endif
#if !defined(PSA_WANT_KEY_TYPE_AES) || !defined(PSA_WANT_ALG_ECB_NO_PADDING)
#error "libimstls needs PSA_WANT_KEY_TYPE_AES and PSA_WANT_ALG_ECB_NO_PADDING (MBEDTLS_AES_C): Milenage is AES-128"
#endif
#if !defined(PSA_WANT_ALG_MD5)
#error "libimstls needs PSA_WANT_ALG_MD5 (MBEDTLS_MD5_C): digest AKA of most networks is AKAv1-MD5 (RFC 3310)"
#endif
#if !defined(PSA_WANT_ALG_SHA_1)
#error "libimstls needs PSA_WANT_ALG_SHA_1 (MBEDTLS_SHA1_C): s_token and c_token are HMAC-SHA1-96"
#endif
#if !defined(PSA_WANT_ALG_SHA_256)
#error "libimstls needs PSA_WANT_ALG_SHA_256 (MBEDTLS_SHA256_C): AKAv2 and the key derivation of TS 33.220"
#endif

#endif
