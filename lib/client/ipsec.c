/* SPDX-License-Identifier: Apache-2.0 */
#include "client/ipsec.h"

enum { AWAIT_AUTH_S = 240, GRACE_S = 30 }; /* TS 33.203 7.4: temporary SAs; then the registration's time and a bit */

static bool offers_ipsec(const imstls_client *c)
{
  return c->ipsec.size && c->cfg.policy.sec_agree != IMSTLS_SEC_AGREE_OFF &&
         imstls_secagree_has(imstls_i_text(c->cfg.policy.offer, strlen(c->cfg.policy.offer)),
                             IMSTLS_MECHANISM_IPSEC_3GPP);
}

static void release(imstls_client *c)
{
  if (c->reserved && c->ipsec.release)
    c->ipsec.release(c->ipsec.user, &c->sa.ours);
  c->reserved = false;
}

static void put_entry(imstls_client *c, imstls_i_writer *w, const imstls_mechanism *entry)
{
  imstls_i_put_text(w, entry->raw);
  if (entry->id != IMSTLS_MECHANISM_IPSEC_3GPP)
    return;
  IMSTLS_I_PUT_LIT(w, ";prot=esp;mod=trans;spi-c=");
  imstls_i_put_uint(w, c->sa.ours.spi_c);
  IMSTLS_I_PUT_LIT(w, ";spi-s=");
  imstls_i_put_uint(w, c->sa.ours.spi_s);
  IMSTLS_I_PUT_LIT(w, ";port-c=");
  imstls_i_put_uint(w, c->sa.ours.port_c);
  IMSTLS_I_PUT_LIT(w, ";port-s=");
  imstls_i_put_uint(w, c->sa.ours.port_s);
}

int imstls_i_ipsec_offer(imstls_client *c)
{
  if (offers_ipsec(c)) {
    uint16_t keep = c->sa_id ? c->sa.ours.port_s : 0;
    imstls_address ue = c->flow->local, pcscf = c->flow->remote;
    release(c);
    if (c->ipsec.reserve(c->ipsec.user, &ue, &pcscf, keep, &c->sa.ours))
      return IMSTLS_ERR_IPSEC;
    c->reserved = true;
    c->sa.ue = ue;
    c->sa.pcscf = pcscf;
  }
  imstls_i_writer w = imstls_i_writer_make(c->offer.ptr, c->offer.cap);
  imstls_text rest = imstls_i_text(c->cfg.policy.offer, strlen(c->cfg.policy.offer));
  imstls_mechanism entry = { .size = sizeof entry };
  while (imstls_secagree_next(&rest, &entry) == IMSTLS_OK) {
    if (w.len)
      IMSTLS_I_PUT_LIT(&w, ", ");
    put_entry(c, &w, &entry);
  }
  c->offer.len = w.len;
  return w.failed ? IMSTLS_ERR_SECAGREE_TOO_LONG : IMSTLS_OK;
}

int imstls_i_ipsec_take(imstls_client *c)
{
  if (c->agreed != IMSTLS_MECHANISM_IPSEC_3GPP)
    return IMSTLS_OK;
  imstls_mechanism chosen = { .size = sizeof chosen };
  int error = imstls_secagree_choose(imstls_i_text(c->list.ptr, c->list.len), imstls_i_text(c->offer.ptr, c->offer.len),
                                     &chosen);
  if (error)
    return error;
  if (!chosen.spi_c || !chosen.spi_s || !chosen.port_c || !chosen.port_s || chosen.spi_c == chosen.spi_s)
    return IMSTLS_ERR_SECAGREE_MALFORMED; /* port 0 or SPI 0: nothing could be sent there */
  c->sa.theirs = (imstls_ipsec_end){ chosen.spi_c, chosen.spi_s, chosen.port_c, chosen.port_s };
  c->sa.alg = imstls_text_is(chosen.alg, "hmac-md5-96") ? IMSTLS_ALG_HMAC_MD5_96 : IMSTLS_ALG_HMAC_SHA1_96;
  c->sa.ealg = IMSTLS_EALG_NULL;
  if (imstls_text_is(chosen.ealg, "aes-cbc"))
    c->sa.ealg = IMSTLS_EALG_AES_CBC;
  else if (imstls_text_is(chosen.ealg, "des-ede3-cbc"))
    c->sa.ealg = IMSTLS_EALG_DES_EDE3_CBC;
  return IMSTLS_OK;
}

int imstls_i_ipsec_switch(imstls_client *c)
{
  if (c->card.keys.mac)
    return IMSTLS_ERR_UNSUPPORTED; /* the kernel wants octets */
  c->sa.size = sizeof c->sa;
  c->sa.lifetime_s = AWAIT_AUTH_S;
  int error = imstls_ipsec_keys(c->sa.alg, c->sa.ealg, c->card.ck, c->card.ik, &c->sa);
  uint32_t id = 0;
  if (!error)
    error = c->ipsec.install(c->ipsec.user, &c->sa, &id) ? IMSTLS_ERR_IPSEC : IMSTLS_OK;
  imstls_wipe(c->sa.ik_esp, sizeof c->sa.ik_esp);
  imstls_wipe(c->sa.ck_esp, sizeof c->sa.ck_esp);
  if (error)
    return error;
  c->reserved = false;
  if (c->old_sa_id) /* a challenge was answered by a new one before it was accepted */
    c->ipsec.remove(c->ipsec.user, c->old_sa_id);
  c->old_sa_id = c->sa_id;
  c->sa_id = id;
  c->waiting_answer = true;
  imstls_i_flow *before = c->flow; /* stays until the 200: figure 3 closes TLS afterwards */
  c->flow = c->old;
  c->old = before;
  return imstls_i_flow_open_esp(c);
}

void imstls_i_ipsec_keep(imstls_client *c)
{
  if (c->old_sa_id && c->flow->kind == FLOW_ESP)
    c->ipsec.remove(c->ipsec.user, c->old_sa_id);
  c->old_sa_id = 0;
  uint32_t room = UINT32_MAX - c->granted_s;
  uint32_t grace = room < GRACE_S ? room : GRACE_S; /* a sum that wraps would end the SAs at once */
  if (c->sa_id && c->ipsec.set_lifetime)
    (void)c->ipsec.set_lifetime(c->ipsec.user, c->sa_id, c->granted_s + grace);
}

void imstls_i_ipsec_drop(imstls_client *c)
{
  release(c);
  if (c->old_sa_id)
    c->ipsec.remove(c->ipsec.user, c->old_sa_id);
  if (c->sa_id)
    c->ipsec.remove(c->ipsec.user, c->sa_id);
  c->sa_id = c->old_sa_id = 0;
  imstls_wipe(&c->sa, sizeof c->sa);
}
