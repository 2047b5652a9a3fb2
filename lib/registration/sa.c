/* SPDX-License-Identifier: Apache-2.0 */
#include "registration/sa.h"

/* TS 24.229 5.1.1.5.1: reg-await-auth for temporary SAs; then the registration's time and a bit. */
enum { AWAIT_AUTH_S = 240, GRACE_S = 30 };

static void release(imstls_i_sa *s, const imstls_ipsec *ipsec)
{
  if (s->reserved && ipsec->release)
    ipsec->release(ipsec->user, &s->sa.ours);
  s->reserved = false;
}

int imstls_i_sa_reserve(imstls_i_sa *s, const imstls_ipsec *ipsec, const imstls_address *ue,
                        const imstls_address *pcscf)
{
  uint16_t keep = s->id ? s->sa.ours.port_s : 0;
  release(s, ipsec);
  if (ipsec->reserve(ipsec->user, ue, pcscf, keep, &s->sa.ours))
    return IMSTLS_ERR_IPSEC;
  s->reserved = true;
  s->sa.ue = *ue;
  s->sa.pcscf = *pcscf;
  return IMSTLS_OK;
}

static bool is_whole(const imstls_mechanism *m)
{
  bool spis = m->spi_c && m->spi_s && m->spi_c != m->spi_s;
  return spis && m->port_c && m->port_s;
}

int imstls_i_sa_take(imstls_i_sa *s, const imstls_mechanism *chosen)
{
  if (!is_whole(chosen))
    return IMSTLS_ERR_SECAGREE_MALFORMED; /* port 0 or SPI 0: nothing could be sent there */
  s->sa.theirs = (imstls_ipsec_end){ chosen->spi_c, chosen->spi_s, chosen->port_c, chosen->port_s };
  s->sa.alg = imstls_text_is(chosen->alg, "hmac-md5-96") ? IMSTLS_ALG_HMAC_MD5_96 : IMSTLS_ALG_HMAC_SHA1_96;
  s->sa.ealg = IMSTLS_EALG_NULL;
  if (imstls_text_is(chosen->ealg, "aes-cbc"))
    s->sa.ealg = IMSTLS_EALG_AES_CBC;
  else if (imstls_text_is(chosen->ealg, "des-ede3-cbc"))
    s->sa.ealg = IMSTLS_EALG_DES_EDE3_CBC;
  return IMSTLS_OK;
}

int imstls_i_sa_install(imstls_i_sa *s, const imstls_ipsec *ipsec, const imstls_aka_result *aka)
{
  if (aka->keys.mac)
    return IMSTLS_ERR_UNSUPPORTED; /* the kernel wants octets */
  s->sa.size = sizeof s->sa;
  s->sa.lifetime_s = AWAIT_AUTH_S;
  int error = imstls_ipsec_keys(s->sa.alg, s->sa.ealg, aka->ck, aka->ik, &s->sa);
  uint32_t id = 0;
  if (!error)
    error = ipsec->install(ipsec->user, &s->sa, &id) ? IMSTLS_ERR_IPSEC : IMSTLS_OK;
  imstls_wipe(s->sa.ik_esp, sizeof s->sa.ik_esp);
  imstls_wipe(s->sa.ck_esp, sizeof s->sa.ck_esp);
  if (error)
    return error;
  s->reserved = false;
  if (s->old_id) /* a challenge was answered by a new one before it was accepted */
    ipsec->remove(ipsec->user, s->old_id);
  s->old_id = s->id;
  s->id = id;
  return IMSTLS_OK;
}

void imstls_i_sa_keep(imstls_i_sa *s, const imstls_ipsec *ipsec, uint32_t granted_s, bool in_use)
{
  if (s->old_id && in_use) {
    ipsec->remove(ipsec->user, s->old_id);
    s->old_id = 0;
  }
  uint32_t room = UINT32_MAX - granted_s;
  uint32_t grace = room < GRACE_S ? room : GRACE_S; /* a sum that wraps would end the SAs at once */
  if (s->id && ipsec->set_lifetime)
    (void)ipsec->set_lifetime(ipsec->user, s->id, granted_s + grace);
}

void imstls_i_sa_drop(imstls_i_sa *s, const imstls_ipsec *ipsec)
{
  release(s, ipsec);
  if (s->old_id)
    ipsec->remove(ipsec->user, s->old_id);
  if (s->id)
    ipsec->remove(ipsec->user, s->id);
  imstls_wipe(s, sizeof *s);
}

void imstls_i_sa_put_end(imstls_i_writer *w, const imstls_ipsec_end *ours)
{
  IMSTLS_I_PUT_LIT(w, ";prot=esp;mod=trans;spi-c=");
  imstls_i_put_uint(w, ours->spi_c);
  IMSTLS_I_PUT_LIT(w, ";spi-s=");
  imstls_i_put_uint(w, ours->spi_s);
  IMSTLS_I_PUT_LIT(w, ";port-c=");
  imstls_i_put_uint(w, ours->port_c);
  IMSTLS_I_PUT_LIT(w, ";port-s=");
  imstls_i_put_uint(w, ours->port_s);
}
