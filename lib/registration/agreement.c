/* SPDX-License-Identifier: Apache-2.0 */
#include "registration/agreement.h"

#include "registration/sa.h"

static void put_entry(imstls_i_writer *w, const imstls_mechanism *entry, const imstls_ipsec_end *ours)
{
  imstls_i_put_text(w, entry->raw);
  if (entry->id == IMSTLS_MECHANISM_IPSEC_3GPP)
    imstls_i_sa_put_end(w, ours);
}

int imstls_i_agreement_offer(imstls_i_agreement *a, const char *offer, const imstls_ipsec_end *ours)
{
  imstls_i_writer w = imstls_i_writer_make(a->offer.ptr, a->offer.cap);
  imstls_text rest = imstls_i_text(offer, strlen(offer));
  imstls_mechanism entry = { .size = sizeof entry };
  while (imstls_secagree_next(&rest, &entry) == IMSTLS_OK) {
    if (w.len)
      IMSTLS_I_PUT_LIT(&w, ", ");
    put_entry(&w, &entry, ours);
  }
  a->offer.len = w.len;
  return w.failed ? IMSTLS_ERR_SECAGREE_TOO_LONG : IMSTLS_OK;
}

/* What the list leads to, on the channel that it came on. */
static int choose(imstls_i_agreement *a, const imstls_i_agreement_terms *terms)
{
  imstls_text list = imstls_i_buffer_text(&a->judged);
  imstls_mechanism chosen = { .size = sizeof chosen };
  int error = imstls_secagree_choose(list, imstls_i_buffer_text(&a->offer), &chosen);
  if (error && terms->over_tls && !imstls_secagree_has(list, IMSTLS_MECHANISM_TLS))
    return IMSTLS_ERR_BID_DOWN;
  if (!error)
    a->mechanism = chosen.id;
  return error;
}

static int judge_list(imstls_i_agreement *a, const imstls_sip_message *m, const imstls_i_agreement_terms *terms)
{
  int error = imstls_secagree_collect(m, IMSTLS_HDR_SECURITY_SERVER, a->judged.ptr, a->judged.cap, &a->judged.len);
  if (error)
    return error;
  if (!a->judged.len && a->has_list)
    return IMSTLS_ERR_SECAGREE_CHANGED; /* there was one before */
  if (!a->judged.len)                   /* TS 24.229 5.1.1.5.1 */
    return terms->optional ? IMSTLS_OK : IMSTLS_ERR_SECAGREE_NONE;
  if (a->has_list) /* RFC 3329 2.4: one registration, one set of mechanisms */
    error = imstls_secagree_same(imstls_i_buffer_text(&a->list), imstls_i_buffer_text(&a->judged));
  return error ? error : choose(a, terms);
}

int imstls_i_agreement_judge(imstls_i_agreement *a, const imstls_sip_message *m, const imstls_i_agreement_terms *terms)
{
  a->mechanism = terms->over_tls ? IMSTLS_MECHANISM_TLS : IMSTLS_MECHANISM_OTHER;
  a->judged.len = 0;
  int error = terms->off ? IMSTLS_OK : judge_list(a, m, terms);
  if (!error && terms->in_clear && a->mechanism == IMSTLS_MECHANISM_OTHER)
    return IMSTLS_ERR_SECAGREE_NONE; /* nothing protects what would follow */
  return error;
}

void imstls_i_agreement_take(imstls_i_agreement *a)
{
  if (!a->judged.len)
    return;
  memcpy(a->list.ptr, a->judged.ptr, a->judged.len);
  a->list.len = a->judged.len;
  a->has_list = true;
}

int imstls_i_agreement_chosen(const imstls_i_agreement *a, imstls_mechanism *out)
{
  return imstls_secagree_choose(imstls_i_buffer_text(&a->list), imstls_i_buffer_text(&a->offer), out);
}
