/* SPDX-License-Identifier: Apache-2.0 */
/* What the TLS part cannot do without: a build of mbedTLS that lacks it is refused here, in words. doc/mbedtls-ue.md
 * has the options that are merely good to have. */
#ifndef IMSTLS_PORT_MBEDTLS_NEEDS_H
#define IMSTLS_PORT_MBEDTLS_NEEDS_H

#if !defined(MBEDTLS_SSL_TLS_C) || !defined(MBEDTLS_SSL_CLI_C)
#error "libimstls needs MBEDTLS_SSL_TLS_C and MBEDTLS_SSL_CLI_C: a UE is a TLS client"
#endif
#if !defined(MBEDTLS_SSL_PROTO_TLS1_2) && !defined(MBEDTLS_SSL_PROTO_TLS1_3)
#error "libimstls needs MBEDTLS_SSL_PROTO_TLS1_2 or MBEDTLS_SSL_PROTO_TLS1_3 (TS 33.210 6.2)"
#endif
#if !defined(MBEDTLS_X509_CRT_PARSE_C)
#error "libimstls needs MBEDTLS_X509_CRT_PARSE_C: s_token is over the server's certificate"
#endif
#if defined(MBEDTLS_SSL_PROTO_TLS1_2) && !defined(MBEDTLS_SSL_EXTENDED_MASTER_SECRET)
#error "libimstls needs MBEDTLS_SSL_EXTENDED_MASTER_SECRET: a resumed session has its certificate by it (RFC 7627)"
#endif
#if !defined(MBEDTLS_SSL_MAX_FRAGMENT_LENGTH) && MBEDTLS_SSL_IN_CONTENT_LEN < 16384
#error "MBEDTLS_SSL_IN_CONTENT_LEN below 16384 needs MBEDTLS_SSL_MAX_FRAGMENT_LENGTH, which asks for short records"
#endif
#if defined(MBEDTLS_KEY_EXCHANGE_ECDHE_PSK_ENABLED) && !defined(MBEDTLS_CHACHAPOLY_C) &&                               \
    !defined(MBEDTLS_SSL_ENCRYPT_THEN_MAC)
#error "MBEDTLS_KEY_EXCHANGE_ECDHE_PSK_ENABLED needs MBEDTLS_SSL_ENCRYPT_THEN_MAC (RFC 7366) or MBEDTLS_CHACHAPOLY_C"
#endif
#if defined(MBEDTLS_SSL_PROTO_TLS1_3) && defined(MBEDTLS_SSL_SESSION_TICKETS) && !defined(MBEDTLS_HAVE_TIME)
#error "tickets (MBEDTLS_SSL_SESSION_TICKETS) of TLS 1.3 need MBEDTLS_HAVE_TIME: they have an age (RFC 8446 4.2.11.1)"
#endif

#if MBEDTLS_VERSION_NUMBER < 0x04000000
#if !defined(MBEDTLS_CTR_DRBG_C) || !defined(MBEDTLS_ENTROPY_C)
#error "libimstls needs MBEDTLS_CTR_DRBG_C and MBEDTLS_ENTROPY_C: keys are as good as their randomness"
#endif
#if !defined(MBEDTLS_ECP_DP_SECP256R1_ENABLED)
#error "libimstls needs MBEDTLS_ECP_DP_SECP256R1_ENABLED: P-256 is the group that every IMS core has (TS 33.210 6.2)"
#endif
#if !defined(MBEDTLS_GCM_C) && !defined(MBEDTLS_CHACHAPOLY_C)
#error "libimstls needs MBEDTLS_GCM_C or MBEDTLS_CHACHAPOLY_C: each of its suites has one"
#endif
#endif

#if MBEDTLS_VERSION_NUMBER < 0x03000000
#if !defined(MBEDTLS_X509_CHECK_KEY_USAGE) || !defined(MBEDTLS_X509_CHECK_EXTENDED_KEY_USAGE)
#error "libimstls needs MBEDTLS_X509_CHECK_KEY_USAGE and MBEDTLS_X509_CHECK_EXTENDED_KEY_USAGE"
#endif
#endif

#endif
