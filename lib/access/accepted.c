/* SPDX-License-Identifier: Apache-2.0 */
#include "access/accepted.h"

#include "sip/lex.h"

enum { LONG_S = 1200, BEFORE_END_MS = 600000 };
enum { CONTACTS_MAX = 256 }; /* those behind them are not looked at: no identity has so many bindings */

/* ---- which of the Contacts is ours ---- */

/* The surer sign wins. */
enum sign { FOREIGN = 0, ONLY, TAKEN, BY_USER, BY_INSTANCE, BY_URI };

/* Random, so nobody has it by chance: it stays when a border controller rewrites the host. */
static bool has_our_user(imstls_text uri, const char *user)
{
  size_t n = user ? strlen(user) : 0;
  if (!n || uri.len <= 5 + n || memcmp(uri.ptr, "sip:", 4) != 0)
    return false;
  return memcmp(uri.ptr + 4, user, n) == 0 && uri.ptr[4 + n] == '@';
}

/* RFC 5626 4.2: the instance names the device, reg-id its flow; a registrar that knows no outbound drops reg-id. */
static bool has_our_instance(const imstls_accepted_input *in, imstls_text params)
{
  imstls_text value;
  uint32_t reg_id = 0;
  if (!in->instance_id || !imstls_i_sip_seek_param(params, IMSTLS_I_LIT("+sip.instance"), &value) || value.len < 2)
    return false;
  if (!imstls_text_is(imstls_i_text(value.ptr + 1, value.len - 2), in->instance_id))
    return false;
  if (!imstls_i_sip_seek_param(params, IMSTLS_I_LIT("reg-id"), &value))
    return true;
  return imstls_i_number(value, UINT32_MAX, &reg_id) && reg_id == in->reg_id;
}

static enum sign sign_of(const imstls_accepted_input *in, const imstls_sip_address *contact, unsigned *left)
{
  if (imstls_i_sip_uri_same(contact->uri, in->contact, left))
    return BY_URI;
  if (has_our_instance(in, contact->params))
    return BY_INSTANCE;
  if (has_our_user(contact->uri, in->contact_user))
    return BY_USER;
  if (in->bound && imstls_i_sip_uri_same(contact->uri, in->taken, left))
    return TAKEN;
  return in->bound ? FOREIGN : ONLY;
}

typedef struct search {
  enum sign sign;
  imstls_sip_address contact; /* the best so far */
  uint32_t count;             /* of Contacts, read or not */
  uint32_t odd;               /* those that cannot be read */
  unsigned left;              /* imstls_i_sip_uri_same */
} search;

static void search_field(const imstls_accepted_input *in, imstls_text value, search *s)
{
  imstls_sip_address contact;
  int result;
  while (s->count < CONTACTS_MAX && (result = imstls_sip_address_next(&value, &contact)) != IMSTLS_END) {
    s->count++;
    if (result) {
      s->odd++;
      continue;
    }
    enum sign sign = sign_of(in, &contact, &s->left);
    if (sign > s->sign) {
      s->sign = sign;
      s->contact = contact;
    }
  }
}

/* In the answer to the first SM7 an only Contact is ours, whatever it was made into; of several nobody can tell. */
static bool search_all(const imstls_accepted_input *in, const imstls_sip_message *m, search *s)
{
  imstls_text value = { 0 };
  while (imstls_sip_next(m, IMSTLS_HDR_CONTACT, &value) == IMSTLS_OK)
    search_field(in, value, s);
  return s->sign > ONLY || (s->sign == ONLY && s->count == 1);
}

/* ---- how long it lives ---- */

/* Expires is said once; where a proxy added another, the smaller one is safe. False: there is none. */
static bool expires_header(const imstls_sip_message *m, uint32_t *expires_s)
{
  imstls_text value = { 0 };
  uint32_t number;
  bool found = false;
  while (imstls_sip_next(m, IMSTLS_HDR_EXPIRES, &value) == IMSTLS_OK) {
    if (imstls_sip_number(value, &number))
      continue;
    *expires_s = found && *expires_s < number ? *expires_s : number;
    found = true;
  }
  return found;
}

/* Its own parameter, else Expires, else the asked time: to say it is the registrar's duty (RFC 3261 10.3, step 8), and
 * without it the time is what was asked. */
static uint32_t expiry_of(const imstls_accepted_input *in, const imstls_sip_message *m, imstls_text params)
{
  imstls_text value;
  uint32_t expires_s;
  if (imstls_i_sip_seek_param(params, IMSTLS_I_LIT("expires"), &value) &&
      imstls_i_number(value, UINT32_MAX, &expires_s))
    return expires_s;
  return expires_header(m, &expires_s) ? expires_s : in->asked_s;
}

int imstls_i_accepted_find(const imstls_accepted_input *in, const imstls_sip_message *m, imstls_accepted *out)
{
  search s = { .sign = FOREIGN, .left = IMSTLS_I_URI_SPELLINGS };
  bool is_there = search_all(in, m, &s);
  out->odd = s.odd;
  if (!is_there)
    return IMSTLS_ERR_SIP_NOT_BOUND;
  out->contact = s.contact.uri;
  out->params = s.contact.params;
  out->rewritten = s.sign < BY_USER;
  out->expires_s = expiry_of(in, m, s.contact.params);
  return out->expires_s ? IMSTLS_OK : IMSTLS_ERR_SIP_NOT_BOUND;
}

uint64_t imstls_i_accepted_refresh_ms(uint32_t expires_s)
{
  uint64_t ms = (uint64_t)expires_s * 1000;
  return expires_s > LONG_S ? ms - BEFORE_END_MS : ms / 2;
}

/* ---- what it proves ---- */

int imstls_i_accepted_rspauth(const imstls_sip_message *m, imstls_text due)
{
  imstls_text rest = m->first[IMSTLS_HDR_AUTHENTICATION_INFO], name, value;
  if (!due.len)
    return IMSTLS_RSPAUTH_UNCHECKED;
  while (imstls_sip_auth_param_next(&rest, &name, &value, NULL) == IMSTLS_OK) {
    if (!imstls_text_is(name, "rspauth"))
      continue;
    bool right = value.len == due.len && imstls_i_equal_ct(value.ptr, due.ptr, due.len);
    return right ? IMSTLS_RSPAUTH_RIGHT : IMSTLS_RSPAUTH_WRONG;
  }
  return IMSTLS_RSPAUTH_ABSENT;
}

/* ---- lists ---- */

void imstls_i_accepted_put_list(imstls_i_buffer *to, const imstls_sip_message *m, int id, uint32_t *odd,
                                uint32_t *left_out)
{
  imstls_text value = { 0 }, item;
  size_t start = to->len;
  while (imstls_sip_next(m, id, &value) == IMSTLS_OK) {
    imstls_text rest = value;
    int result;
    while ((result = imstls_i_sip_address_item(&rest, &item)) != IMSTLS_END) {
      size_t comma = to->len > start ? 2 : 0;
      if (result)
        ++*odd; /* a quote or bracket without end hides the rest of this field */
      else if (item.len + comma > to->cap - to->len)
        ++*left_out;
      else {
        memcpy(to->ptr + to->len, ", ", comma);
        memcpy(to->ptr + to->len + comma, item.ptr, item.len);
        to->len += comma + item.len;
      }
    }
  }
}

/* ---- for stacks that own REGISTER ---- */

static bool input_ok(const imstls_accepted_input *in, const imstls_sip_message *m)
{
  if (!in || in->size < sizeof *in || !m)
    return false;
  bool is_accepted = m->status / 100 == 2 && imstls_i_same(m->method, IMSTLS_I_LIT("REGISTER"));
  return is_accepted && in->contact.len != 0 && in->asked_s != 0;
}

static int judge(const imstls_accepted_input *in, const imstls_sip_message *m, imstls_accepted *out)
{
  if (!in->proven)
    return IMSTLS_ERR_NO_CHALLENGE;
  out->rspauth = imstls_i_accepted_rspauth(m, in->rspauth);
  if (out->rspauth == IMSTLS_RSPAUTH_WRONG)
    return IMSTLS_ERR_RSPAUTH;
  return imstls_i_accepted_find(in, m, out);
}

int imstls_accepted_judge(const imstls_accepted_input *in, const imstls_sip_message *message, imstls_accepted *out)
{
  if (!out)
    return IMSTLS_ERR_USAGE;
  *out = (imstls_accepted){ .size = sizeof *out };
  if (!input_ok(in, message))
    return IMSTLS_ERR_USAGE;
  int error = judge(in, message, out);
  if (error) {
    *out = (imstls_accepted){ .size = sizeof *out, .rspauth = out->rspauth };
    return error;
  }
  out->refresh_ms = imstls_i_accepted_refresh_ms(out->expires_s);
  if (imstls_sip_number(message->first[IMSTLS_HDR_FLOW_TIMER], &out->flow_timer_s))
    out->flow_timer_s = 0;
  return IMSTLS_OK;
}

int imstls_accepted_list(const imstls_sip_message *message, int id, char *out, size_t cap, size_t *len)
{
  bool is_list = id == IMSTLS_HDR_SERVICE_ROUTE || id == IMSTLS_HDR_P_ASSOCIATED_URI;
  bool has_room = out && len;
  if (!message || !is_list || !has_room)
    return IMSTLS_ERR_USAGE;
  imstls_i_buffer to = { out, cap, 0 };
  uint32_t odd = 0, left_out = 0;
  imstls_i_accepted_put_list(&to, message, id, &odd, &left_out);
  *len = to.len;
  return left_out ? IMSTLS_ERR_CAPACITY : IMSTLS_OK;
}
