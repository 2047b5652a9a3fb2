/* SPDX-License-Identifier: Apache-2.0 */
/* mbedTLS for a UE and nothing else: TLS 1.2, a client, certificates of P-256. One file for 2.28 and 3.6, named to the
 * compiler by -DMBEDTLS_CONFIG_FILE='"mbedtls_ue_config.h"'. doc/mbedtls-ue.md has the reason of each option, what it
 * costs, and what to add for PSK, RSA or TLS 1.3. */

/* The platform. Without MBEDTLS_HAVE_TIME nothing asks a board for the date: libimstls has it from wall_s. */
#define MBEDTLS_PLATFORM_C
#define MBEDTLS_HAVE_ASM

/* Randomness: mbedtls_hardware_poll is the board's, CTR_DRBG makes more of it. */
#define MBEDTLS_ENTROPY_C
#define MBEDTLS_NO_PLATFORM_ENTROPY
#define MBEDTLS_ENTROPY_HARDWARE_ALT
#define MBEDTLS_ENTROPY_MAX_SOURCES 1
#define MBEDTLS_CTR_DRBG_C

/* What libimstls hashes with: AKA, digest, tokens. */
#define MBEDTLS_AES_C
#define MBEDTLS_MD_C
#define MBEDTLS_MD5_C
#define MBEDTLS_SHA1_C
#define MBEDTLS_SHA256_C
#define MBEDTLS_SHA224_C /* 2.28: one module with SHA-256 */

/* TLS 1.2 with ECDHE-ECDSA and AES-128-GCM. */
#define MBEDTLS_SSL_TLS_C
#define MBEDTLS_SSL_CLI_C
#define MBEDTLS_SSL_PROTO_TLS1_2
#define MBEDTLS_KEY_EXCHANGE_ECDHE_ECDSA_ENABLED
#define MBEDTLS_CIPHER_C
#define MBEDTLS_GCM_C
#define MBEDTLS_SSL_EXTENDED_MASTER_SECRET
#define MBEDTLS_SSL_SERVER_NAME_INDICATION
#define MBEDTLS_SSL_SESSION_TICKETS
#define MBEDTLS_SSL_MAX_FRAGMENT_LENGTH
#define MBEDTLS_SSL_CIPHERSUITES MBEDTLS_TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256

/* The server's certificate. */
#define MBEDTLS_X509_USE_C
#define MBEDTLS_X509_CRT_PARSE_C
#define MBEDTLS_X509_CHECK_KEY_USAGE          /* 2.28; 3.6 checks always */
#define MBEDTLS_X509_CHECK_EXTENDED_KEY_USAGE /* likewise */
#define MBEDTLS_X509_REMOVE_INFO
#define MBEDTLS_PK_C
#define MBEDTLS_PK_PARSE_C
#define MBEDTLS_ASN1_PARSE_C
#define MBEDTLS_ASN1_WRITE_C
#define MBEDTLS_OID_C
#define MBEDTLS_BIGNUM_C
#define MBEDTLS_ECP_C
#define MBEDTLS_ECDH_C
#define MBEDTLS_ECDSA_C
#define MBEDTLS_ECP_DP_SECP256R1_ENABLED

/* Memory: records of 4096 octets in, 768 out: a longer message leaves in several. */
#define MBEDTLS_SSL_IN_CONTENT_LEN 4096
#define MBEDTLS_SSL_OUT_CONTENT_LEN 768
#define MBEDTLS_ECP_WINDOW_SIZE 4 /* 2 and 0: less memory, and more time */
#define MBEDTLS_ECP_FIXED_POINT_OPTIM 1
#define MBEDTLS_MPI_WINDOW_SIZE 1
#define MBEDTLS_MPI_MAX_SIZE 64

/* Flash, or RAM that tables would take. */
#define MBEDTLS_AES_ROM_TABLES
#define MBEDTLS_AES_FEWER_TABLES
#define MBEDTLS_AES_ONLY_128_BIT_KEY_LENGTH /* 3.6 */
#define MBEDTLS_SHA256_SMALLER
#define MBEDTLS_ECP_NIST_OPTIM
#if defined(MBEDTLS_BUILD_INFO_H)
#define MBEDTLS_BLOCK_CIPHER_NO_DECRYPT /* without CBC nobody decrypts a block */
#else
#define MBEDTLS_AES_SETKEY_DEC_ALT /* aes_encrypts.c: the same in 2.28 */
#define MBEDTLS_AES_DECRYPT_ALT
#endif

/* 3.6 does both by itself. What a product changes goes into a file of its own: -DMBEDTLS_USER_CONFIG_FILE='"..."' */
#if !defined(MBEDTLS_BUILD_INFO_H)
#if defined(MBEDTLS_USER_CONFIG_FILE)
#include MBEDTLS_USER_CONFIG_FILE
#endif
#include "mbedtls/check_config.h"
#endif
