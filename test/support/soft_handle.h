/* SPDX-License-Identifier: Apache-2.0 */
/* A software USIM whose CK and IK stay inside: its results hold a key handle and zero octets. */
#ifndef TEST_SOFT_HANDLE_H
#define TEST_SOFT_HANDLE_H

#include <imstls/usim.h>

#include "base/base.h"
#include "crypto/crypto.h"

typedef struct soft_handle {
  imstls_usim usim;
  const imstls_usim *soft;
  imstls_aka_result kept; /* the keys of the last good challenge */
  int fail;               /* not 0: what `mac` returns */
  unsigned macs, released;
} soft_handle;

static inline int soft_handle_mac(void *user, int key, int alg, const imstls_bytes *data, size_t data_count,
                                  uint8_t *out)
{
  soft_handle *h = user;
  const imstls_aka_result *r = &h->kept;
  uint8_t octets[IMSTLS_RES_MAX + 2 * IMSTLS_KEY_LEN];
  imstls_i_writer w = imstls_i_writer_make((char *)octets, sizeof octets);
  h->macs++;
  if (h->fail != 0)
    return h->fail;
  if (key == IMSTLS_KEY_RES_IK_CK)
    imstls_i_put(&w, (const char *)r->res, r->res_len);
  if (key == IMSTLS_KEY_CK_IK || key == IMSTLS_KEY_CK)
    imstls_i_put(&w, (const char *)r->ck, 16);
  if (key != IMSTLS_KEY_CK)
    imstls_i_put(&w, (const char *)r->ik, 16);
  if (key == IMSTLS_KEY_RES_IK_CK)
    imstls_i_put(&w, (const char *)r->ck, 16);
  imstls_bytes k = { octets, w.len };
  int ret = IMSTLS_ERR_USIM;
  if (alg == IMSTLS_MAC_HMAC_SHA1)
    ret = imstls_i_hmac_sha1(k, data, data_count, out);
  if (alg == IMSTLS_MAC_HMAC_SHA256)
    ret = imstls_i_hmac_sha256(k, data, data_count, out);
  if (alg == IMSTLS_MAC_HMAC_MD5)
    ret = imstls_i_hmac_md5(k, data, data_count, out);
  return ret == IMSTLS_OK ? IMSTLS_OK : IMSTLS_ERR_USIM;
}

static inline void soft_handle_release(void *user)
{
  soft_handle *h = user;
  imstls_wipe(&h->kept, sizeof h->kept);
  h->released++;
}

static inline int soft_handle_authenticate(void *user, uint32_t request, const uint8_t rand[16], const uint8_t autn[16],
                                           imstls_aka_result *result)
{
  soft_handle *h = user;
  int ret = h->soft->authenticate(h->soft->user, request, rand, autn, result);
  if (ret != IMSTLS_OK || result->verdict != IMSTLS_AKA_OK)
    return ret;
  h->kept = *result;
  imstls_wipe(result->ck, sizeof result->ck);
  imstls_wipe(result->ik, sizeof result->ik);
  result->keys = (imstls_key_handle){ h, soft_handle_mac, soft_handle_release };
  return IMSTLS_OK;
}

/* Both must outlive the client. */
static inline const imstls_usim *soft_handle_usim(soft_handle *h, imstls_soft_usim *soft)
{
  memset(h, 0, sizeof *h);
  h->soft = imstls_usim_soft(soft);
  h->usim = (imstls_usim){ sizeof h->usim, h, soft_handle_authenticate, NULL };
  return &h->usim;
}

#endif
