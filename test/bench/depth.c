/* SPDX-License-Identifier: Apache-2.0 */
/* How deep the hash and cipher functions of mbedTLS go that lib/crypto/ calls: a line each, its name and octets. */
#include <mbedtls/aes.h>
#include <mbedtls/md5.h>
#include <mbedtls/sha1.h>
#include <mbedtls/sha256.h>
#include <mbedtls/sha512.h>
#include <mbedtls/version.h>
#include <stdint.h>
#include <string.h>
#include <ucontext.h>

#include "region.h"

#if MBEDTLS_VERSION_NUMBER >= 0x03000000
#define RET(function) function
#else
#define RET(function) function##_ret
#endif

enum { STACK = 1 << 16, PAINT = 0xa5 };
static uint8_t stack[STACK];
static ucontext_t here, there;
static uint8_t data[1000], out[64];
static mbedtls_aes_context aes;
static mbedtls_md5_context md5;
static mbedtls_sha1_context sha1;
static mbedtls_sha256_context sha256;

static void nothing(void) {}
static void aes_setkey(void) { MUST(mbedtls_aes_setkey_enc(&aes, data, 128) == 0); }
static void aes_crypt(void) { MUST(mbedtls_aes_crypt_ecb(&aes, MBEDTLS_AES_ENCRYPT, data, out) == 0); }

#define HASH(name, ...)                                                                                                \
  static void name##_starts(void)                                                                                      \
  {                                                                                                                    \
    mbedtls_##name##_init(&name);                                                                                      \
    MUST(RET(mbedtls_##name##_starts)(__VA_ARGS__) == 0);                                                              \
  }                                                                                                                    \
  static void name##_update(void) { MUST(RET(mbedtls_##name##_update)(&name, data, sizeof data) == 0); }               \
  static void name##_finish(void) { MUST(RET(mbedtls_##name##_finish)(&name, out) == 0); }
HASH(md5, &md5)
HASH(sha1, &sha1)
HASH(sha256, &sha256, 0)
static void sha512(void) { MUST(RET(mbedtls_sha512)(data, sizeof data, out, 0) == 0); }

#define ROWS(name)                                                                                                     \
  { #name "_starts", name##_starts }, { #name "_update", name##_update }, { #name "_finish", name##_finish }
static const struct {
  const char *name;
  void (*call)(void);
} calls[] = { { "aes_setkey_enc", aes_setkey },
              { "aes_crypt_ecb", aes_crypt },
              ROWS(md5),
              ROWS(sha1),
              ROWS(sha256),
              { "sha512", sha512 } };

static size_t depth_of(void (*what)(void))
{
  memset(stack, PAINT, sizeof stack);
  MUST(getcontext(&there) == 0);
  there.uc_stack.ss_sp = stack;
  there.uc_stack.ss_size = sizeof stack;
  there.uc_link = &here;
  makecontext(&there, what, 0);
  MUST(swapcontext(&here, &there) == 0);
  size_t clean = 0;
  while (clean < sizeof stack && stack[clean] == PAINT)
    clean++;
  return sizeof stack - clean;
}

int main(void)
{
  size_t base = depth_of(nothing);
  mbedtls_aes_init(&aes);
  printf("once_aes_tables %zu\n", depth_of(aes_setkey) - base); /* mbedTLS makes them at the first key of the process */
  for (size_t i = 0; i < sizeof calls / sizeof calls[0]; i++)
    printf("mbedtls_%s %zu\n", calls[i].name, depth_of(calls[i].call) - base);
  return 0;
}
