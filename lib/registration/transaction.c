/* SPDX-License-Identifier: Apache-2.0 */
#include "registration/transaction.h"

#include "registration/random.h"

enum { DEREGISTER_MS = 10000, BRANCH_DIGITS = 24 };
static const char COOKIE[] = "z9hG4bK"; /* RFC 3261 8.1.1.7 */

int imstls_i_transaction_renew(imstls_i_transaction *t, const imstls_config_ports *ports)
{
  imstls_i_transaction_clear(t);
  int error = imstls_i_random_hex(ports, t->call_id, 32);
  return error ? error : imstls_i_random_hex(ports, t->from_tag, 16);
}

int imstls_i_transaction_begin(imstls_i_transaction *t, const imstls_config_ports *ports, enum register_kind kind)
{
  char digits[BRANCH_DIGITS + 1];
  int error = imstls_i_random_hex(ports, digits, BRANCH_DIGITS);
  if (error)
    return error;
  memcpy(t->branch, COOKIE, sizeof COOKIE - 1);
  memcpy(t->branch + sizeof COOKIE - 1, digits, sizeof digits);
  t->cseq++;
  t->kind = kind;
  return IMSTLS_OK;
}

void imstls_i_transaction_start(imstls_i_transaction *t, const imstls_config_timers *cfg,
                                const imstls_i_transaction_timers *how)
{
  t->open = true;
  t->timer_f = how->now + cfg->timer_f_ms;
  if (how->brief)
    t->timer_f = imstls_i_earlier(t->timer_f, how->now + DEREGISTER_MS);
  t->silent = how->first ? how->now + cfg->answer_ms : NEVER;
  t->timer_e = how->reliable ? NEVER : how->now + cfg->t1_ms;
  t->e_ms = cfg->t1_ms;
}

static bool is_same(imstls_text text, const char *string)
{
  return imstls_i_same(text, imstls_i_text(string, strlen(string)));
}

static bool is_our_via(const imstls_i_transaction *t, const imstls_sip_message *m)
{
  imstls_sip_via via;
  if (m->count[IMSTLS_HDR_VIA] != 1 || imstls_sip_via_parse(m->first[IMSTLS_HDR_VIA], &via))
    return false;
  return !via.more && is_same(via.branch, t->branch);
}

/* `value` ends with our tag as we wrote it. What is quoted or in brackets cannot end so. */
static bool ends_as_written(const imstls_i_transaction *t, imstls_text value)
{
  enum { NAME = 5, LEN = NAME + sizeof t->from_tag - 1 };
  if (value.len < LEN)
    return false;
  const char *tail = value.ptr + value.len - LEN;
  return memcmp(tail, ";tag=", NAME) == 0 && memcmp(tail + NAME, t->from_tag, LEN - NAME) == 0;
}

static bool is_our_tag(const imstls_i_transaction *t, const imstls_sip_message *m)
{
  imstls_sip_address from;
  imstls_text rest = m->first[IMSTLS_HDR_FROM], tag;
  if (ends_as_written(t, rest))
    return true;
  if (imstls_sip_address_next(&rest, &from) || imstls_sip_param_find(from.params, "tag", &tag))
    return false;
  return is_same(tag, t->from_tag);
}

static bool is_to_register(const imstls_sip_message *m)
{
  return m->status && imstls_i_same(m->method, IMSTLS_I_LIT("REGISTER"));
}

/* RFC 3261 17.1.3 and 18.1.2: top Via branch and CSeq; Call-ID and From tag besides; one Via alone. */
enum match imstls_i_transaction_matches(const imstls_i_transaction *t, const imstls_sip_message *m)
{
  if (!is_to_register(m))
    return OTHER_MESSAGE;
  if (!is_same(m->first[IMSTLS_HDR_CALL_ID], t->call_id))
    return OTHER_CALL_ID;
  if (m->cseq != t->cseq)
    return OTHER_CSEQ;
  if (!is_our_via(t, m))
    return OTHER_VIA;
  if (!is_our_tag(t, m))
    return OTHER_TAG;
  return t->open ? MATCHES : NOT_AWAITED;
}

bool imstls_i_transaction_is_ours(const imstls_i_transaction *t, const imstls_sip_message *m)
{
  if (!is_to_register(m))
    return false;
  return is_same(m->first[IMSTLS_HDR_CALL_ID], t->call_id) || is_our_via(t, m);
}

void imstls_i_transaction_end(imstls_i_transaction *t)
{
  t->timer_e = t->timer_f = t->silent = NEVER;
  t->open = false;
}

void imstls_i_transaction_clear(imstls_i_transaction *t)
{
  memset(t, 0, sizeof *t);
  t->timer_e = t->timer_f = t->silent = NEVER;
}

bool imstls_i_transaction_is_silent(imstls_i_transaction *t, uint64_t now)
{
  if (now < t->silent)
    return false;
  t->silent = NEVER;
  return true;
}

bool imstls_i_transaction_failed(imstls_i_transaction *t, uint64_t now)
{
  if (now < t->timer_f)
    return false;
  t->timer_f = NEVER;
  return true;
}

bool imstls_i_transaction_repeats(imstls_i_transaction *t, const imstls_config_timers *cfg, uint64_t now)
{
  if (now < t->timer_e)
    return false;
  t->e_ms = t->e_ms * 2 < cfg->t2_ms ? t->e_ms * 2 : cfg->t2_ms;
  t->timer_e = now + t->e_ms;
  return true;
}
