/* SPDX-License-Identifier: Apache-2.0 */
/* A message of another stack made fit for the flow that it leaves on, and back. */
#include <imstls/outbound.h>

#include "crypto/crypto.h"
#include "sip/build.h"
#include "sip/lex.h"

static const char cookie[] = "z9hG4bK"; /* RFC 3261 8.1.1.7 */
enum { COOKIE_LEN = sizeof cookie - 1, BRANCH_OCTETS = 12, BRANCH_LEN = COOKIE_LEN + 2 * BRANCH_OCTETS };

typedef struct stamp {
  const imstls_sip_message *m;
  const imstls_outbound *flow;
  bool request;
  bool apart; /* ACK or CANCEL: of another request, and with no agreement of its own */
  bool ack;
  bool initial;         /* no tag in To: it begins or cancels something */
  imstls_text old;      /* the field of an earlier stamp, which this one replaces; its length 0: there is none */
  imstls_text identity; /* who it is from or, a response, to */
  imstls_text gruu;     /* what stands for its Contact; or empty */
  bool own;             /* nobody stands behind us: its Via is replaced */
} stamp;

static bool is(imstls_text text, const char *word) { return imstls_i_same(text, imstls_i_text(word, strlen(word))); }

static imstls_bytes octets(imstls_text text) { return (imstls_bytes){ (const uint8_t *)text.ptr, text.len }; }

/* ---- our branch ---- */

/* Of what a CANCEL and an ACK share with their INVITE: the Via below, Call-ID and the number of CSeq. It is no secret:
 * whoever can make two of them alike wrote both messages. */
static int make_branch(const imstls_sip_message *m, imstls_text below, char branch[BRANCH_LEN + 1])
{
  uint8_t number[4] = { (uint8_t)(m->cseq >> 24), (uint8_t)(m->cseq >> 16), (uint8_t)(m->cseq >> 8), (uint8_t)m->cseq };
  uint8_t hash[IMSTLS_I_MD5_LEN];
  imstls_text named = imstls_i_sip_branch(below);
  imstls_bytes parts[3] = { octets(named.len ? named : below), octets(m->first[IMSTLS_HDR_CALL_ID]), { number, 4 } };
  int error = imstls_i_md5(parts, 3, hash);
  memcpy(branch, cookie, COOKIE_LEN);
  imstls_i_hex_encode(hash, BRANCH_OCTETS, branch + COOKIE_LEN);
  return error;
}

imstls_text imstls_i_sip_second_via(const imstls_sip_message *m)
{
  imstls_text rest = m->first[IMSTLS_HDR_VIA], value = rest, item;
  if (imstls_sip_list_next(&rest, &item) == IMSTLS_OK && rest.len > 0)
    return rest;
  return imstls_sip_next(m, IMSTLS_HDR_VIA, &value) == IMSTLS_OK ? value : imstls_i_text(NULL, 0);
}

/* Is the topmost Via the one that we made of the one below? */
static int is_stamped(const imstls_sip_message *m, bool *stamped)
{
  char branch[BRANCH_LEN + 1];
  imstls_text below = imstls_i_sip_second_via(m);
  *stamped = false;
  if (!below.ptr)
    return IMSTLS_OK;
  int error = make_branch(m, below, branch);
  *stamped = !error && is(imstls_i_sip_branch(m->first[IMSTLS_HDR_VIA]), branch);
  return error;
}

int imstls_i_sip_find_stamp(const imstls_sip_message *message, imstls_text *stamped)
{
  bool ours;
  int error = is_stamped(message, &ours);
  if (error || !ours)
    return error ? error : IMSTLS_END;
  imstls_text top = message->first[IMSTLS_HDR_VIA], rest = top, item;
  (void)imstls_sip_list_next(&rest, &item);
  if (rest.len > 0) { /* the next one stands in the same field */
    *stamped = imstls_i_sip_between(top.ptr, rest.ptr);
    return IMSTLS_OK;
  }
  const char *field = top.ptr; /* to the beginning of its line */
  while (field > message->headers.ptr && field[-1] != '\n')
    field--;
  const char *end = message->raw.ptr + message->raw.len;
  *stamped = imstls_i_sip_between(field, imstls_i_sip_line_end(top.ptr + top.len, end) + 1);
  return IMSTLS_OK;
}

/* ---- what stands in front ---- */

static int put_via(const stamp *s, imstls_i_writer *w)
{
  char branch[BRANCH_LEN + 1];
  int error = make_branch(s->m, s->old.len ? imstls_i_sip_second_via(s->m) : s->m->first[IMSTLS_HDR_VIA], branch);
  imstls_i_sip_open(w, "Via");
  IMSTLS_I_PUT_LIT(w, "SIP/2.0/");
  imstls_i_put_str(w, s->flow->transport);
  IMSTLS_I_PUT_LIT(w, " ");
  imstls_i_put_str(w, s->flow->sent_by);
  IMSTLS_I_PUT_LIT(w, ";branch=");
  imstls_i_put_str(w, branch);
  IMSTLS_I_PUT_LIT(w, ";rport");
  imstls_i_sip_close(w);
  return error;
}

static void put_field(imstls_i_writer *w, const char *name, imstls_text value)
{
  imstls_i_put_str(w, name);
  IMSTLS_I_PUT_LIT(w, ": ");
  imstls_i_put_unfolded(w, value);
  imstls_i_sip_close(w);
}

/* A field for each: some read only the first entry of one. */
static void put_routes(const stamp *s, imstls_i_writer *w)
{
  imstls_text entry = { NULL, 0 };
  while (imstls_outbound_route(s->flow, &entry) == IMSTLS_OK)
    put_field(w, "Route", entry);
}

static bool has(const stamp *s, const char *name)
{
  imstls_text value;
  return imstls_sip_find(s->m, name, &value) == IMSTLS_OK;
}

static imstls_text uri_of(imstls_text address)
{
  imstls_sip_address found;
  return imstls_sip_address_next(&address, &found) ? imstls_i_text("", 0) : found.uri;
}

/* Where our own identity stands. */
static imstls_text own_end(const stamp *s) { return uri_of(s->m->first[s->request ? IMSTLS_HDR_FROM : IMSTLS_HDR_TO]); }

/* That identity when it is one of ours, else the default one, which is the first; `uri`: of it alone. */
static imstls_text choose_identity(const stamp *s, imstls_text *uri)
{
  imstls_text entry = { NULL, 0 }, first = entry, first_uri = imstls_i_text("", 0), own = own_end(s);
  unsigned left = IMSTLS_I_URI_SPELLINGS;
  while (imstls_outbound_identity(s->flow, &entry, uri) == IMSTLS_OK) {
    if (imstls_i_sip_uri_same(*uri, own, &left))
      return entry;
    if (!first.ptr) {
      first = entry;
      first_uri = *uri;
    }
  }
  *uri = first_uri;
  return first;
}

/* RFC 3323 4.1.1.3: sip:anonymous@anonymous.invalid. */
static bool is_anonymous(imstls_text uri)
{
  static const char domain[] = "@anonymous.invalid";
  size_t len = sizeof domain - 1;
  return uri.len >= len && imstls_text_is(imstls_i_text(uri.ptr + uri.len - len, len), domain);
}

static bool wants_privacy(const stamp *s)
{
  imstls_text privacy;
  if (imstls_sip_find(s->m, "Privacy", &privacy) == IMSTLS_OK && !imstls_text_is(privacy, "none"))
    return true;
  return s->flow->anonymous || is_anonymous(own_end(s));
}

/* TS 24.229 5.1.2A.1.1: the one that belongs to the identity of the message. */
static imstls_text choose_gruu(const stamp *s, imstls_text identity_uri)
{
  unsigned left = 1;
  if (s->flow->impu.len > 0 && !imstls_i_sip_uri_same(identity_uri, s->flow->impu, &left))
    return imstls_i_text("", 0);
  return wants_privacy(s) ? s->flow->temp_gruu : s->flow->pub_gruu;
}

static bool names_option(const stamp *s, int id, const char *option)
{
  imstls_text value = { NULL, 0 }, tag;
  while (imstls_sip_next(s->m, id, &value) == IMSTLS_OK)
    for (imstls_text rest = value; imstls_sip_list_next(&rest, &tag) == IMSTLS_OK;)
      if (imstls_text_is(tag, option))
        return true;
  return false;
}

static void put_agreement(const stamp *s, imstls_i_writer *w)
{
  if (s->flow->security_verify.len == 0)
    return;
  put_field(w, "Security-Verify", s->flow->security_verify);
  if (!names_option(s, IMSTLS_HDR_REQUIRE, "sec-agree"))
    IMSTLS_I_PUT_LIT(w, "Require: sec-agree\r\n");
  if (!names_option(s, IMSTLS_HDR_PROXY_REQUIRE, "sec-agree"))
    IMSTLS_I_PUT_LIT(w, "Proxy-Require: sec-agree\r\n");
}

static void put_identity(const stamp *s, imstls_i_writer *w)
{
  imstls_text identity = s->identity;
  if (s->initial && identity.len > 0 && !has(s, "P-Preferred-Identity"))
    put_field(w, "P-Preferred-Identity", identity);
}

static bool is_method(const stamp *s, const char *const *methods, size_t count)
{
  for (size_t i = 0; i < count; i++)
    if (is(s->m->method, methods[i]))
      return true;
  return false;
}

static bool begins_dialog(const stamp *s)
{
  static const char *const methods[] = { "INVITE", "SUBSCRIBE", "REFER" };
  return s->request && s->initial && is_method(s, methods, 3);
}

/* Who is named in the Contact of these is not us (RFC 3261 20.10). */
static bool is_redirection(const stamp *s)
{
  uint32_t status = s->m->status;
  return (status >= 300 && status < 400) || status == 485;
}

/* What others are to reach us by. */
static void put_own_uri(const stamp *s, imstls_i_writer *w)
{
  IMSTLS_I_PUT_LIT(w, "<");
  if (s->gruu.len > 0)
    imstls_i_put_text(w, s->gruu);
  else
    imstls_i_put_str(w, s->flow->contact);
  if (s->gruu.len == 0 && s->flow->outbound && begins_dialog(s))
    IMSTLS_I_PUT_LIT(w, ";ob");
  IMSTLS_I_PUT_LIT(w, ">");
}

static bool takes_route(const stamp *s)
{
  bool ack_without = s->ack && s->m->count[IMSTLS_HDR_ROUTE] == 0;
  return s->request && (s->initial || ack_without);
}

static bool needs_contact(const stamp *s)
{
  static const char *const methods[] = { "INVITE", "SUBSCRIBE", "REFER", "UPDATE" };
  return s->request && s->m->count[IMSTLS_HDR_CONTACT] == 0 && is_method(s, methods, 4);
}

/* RFC 5627 4.4: whoever gives a GRUU out says that it knows them. */
static bool needs_supported(const stamp *s)
{
  bool has_contact = needs_contact(s) || (s->m->count[IMSTLS_HDR_CONTACT] > 0 && !is_redirection(s));
  return s->gruu.len > 0 && has_contact && !names_option(s, IMSTLS_HDR_SUPPORTED, "gruu");
}

static int put_front(const stamp *s, imstls_i_writer *w)
{
  if (!s->request)
    return IMSTLS_OK;
  int error = put_via(s, w);
  if (s->m->count[IMSTLS_HDR_MAX_FORWARDS] == 0)
    IMSTLS_I_PUT_LIT(w, "Max-Forwards: 70\r\n");
  if (takes_route(s))
    put_routes(s, w);
  if (s->apart)
    return error;
  put_agreement(s, w);
  if (s->flow->access_network_info.len > 0)
    put_field(w, "P-Access-Network-Info", s->flow->access_network_info);
  put_identity(s, w);
  if (needs_contact(s)) {
    IMSTLS_I_PUT_LIT(w, "Contact: ");
    put_own_uri(s, w);
    IMSTLS_I_PUT_LIT(w, "\r\n");
  }
  return error;
}

/* ---- what the stack wrote ---- */

static void put_contact(const stamp *s, imstls_i_writer *w, imstls_text value)
{
  imstls_sip_address contact;
  int result;
  const char *comma = "";
  imstls_i_sip_open(w, "Contact");
  while ((result = imstls_sip_address_next(&value, &contact)) != IMSTLS_END) {
    if (result)
      continue; /* nobody could use it */
    imstls_i_put_str(w, comma);
    if (contact.display.ptr) {
      imstls_i_put_unfolded(w, contact.display);
      IMSTLS_I_PUT_LIT(w, " ");
    }
    put_own_uri(s, w);
    imstls_i_put_unfolded(w, contact.params);
    comma = ", ";
  }
  imstls_i_sip_close(w);
}

/* Ours stands in its place. */
static bool is_replaced(const stamp *s, int id, imstls_text name)
{
  if (!s->request)
    return false;
  if (id == IMSTLS_HDR_VIA)
    return s->own;
  if (id == IMSTLS_HDR_ROUTE)
    return takes_route(s);
  if (id == IMSTLS_HDR_SECURITY_VERIFY || id == IMSTLS_HDR_SECURITY_CLIENT)
    return true;
  if (id != IMSTLS_HDR_OTHER || s->flow->access_network_info.len == 0)
    return false;
  return imstls_text_is(name, "P-Access-Network-Info");
}

static void put_fields(const stamp *s, imstls_i_writer *w)
{
  const char *at = s->m->headers.ptr, *end = at + s->m->headers.len;
  imstls_i_sip_field field;
  for (; at < end; at = field.next) {
    if (!imstls_i_sip_split(at, imstls_i_sip_line_end(at, end), &field))
      return;
    int id = imstls_i_sip_header_id(field.name);
    bool old = s->old.len > 0 && at == s->old.ptr;
    if (old || is_replaced(s, id, field.name))
      continue;
    if (id == IMSTLS_HDR_CONTACT && !is_redirection(s))
      put_contact(s, w, field.value);
    else
      imstls_i_put(w, at, (size_t)(field.next - at));
  }
}

static void put_end(const imstls_sip_message *m, imstls_i_writer *w)
{
  if (m->count[IMSTLS_HDR_CONTENT_LENGTH] == 0)
    IMSTLS_I_PUT_LIT(w, "Content-Length: 0\r\n");
  IMSTLS_I_PUT_LIT(w, "\r\n");
  imstls_i_put_text(w, m->body);
}

/* What is to be known of a message before any of it is written. */
static int look(stamp *s)
{
  const imstls_sip_message *m = s->m;
  const imstls_outbound *flow = s->flow;
  bool unusable = !m || !flow || flow->size < sizeof *flow;
  if (unusable || is(m->method, "REGISTER"))
    return IMSTLS_ERR_USAGE;
  int tagged = imstls_i_sip_has_tag(m->first[IMSTLS_HDR_TO]);
  if (tagged < 0)
    return IMSTLS_ERR_SIP_MALFORMED;
  imstls_text identity_uri = { NULL, 0 };
  s->request = m->status == 0;
  s->initial = !tagged;
  s->ack = is(m->method, "ACK");
  s->apart = s->ack || is(m->method, "CANCEL");
  if (s->request)
    (void)imstls_i_sip_find_stamp(m, &s->old);
  bool has_gruu = flow->pub_gruu.len > 0 || flow->temp_gruu.len > 0;
  if (s->initial || has_gruu)
    s->identity = choose_identity(s, &identity_uri);
  if (has_gruu)
    s->gruu = choose_gruu(s, identity_uri);
  return IMSTLS_OK;
}

static int put_message(const stamp *s, char *out, size_t cap, size_t *len)
{
  if (!len || (!out && cap > 0))
    return IMSTLS_ERR_USAGE;
  imstls_i_writer w = imstls_i_writer_make(out, cap);
  imstls_i_put_text(&w, s->m->line);
  IMSTLS_I_PUT_LIT(&w, "\r\n");
  int error = put_front(s, &w);
  if (needs_supported(s))
    IMSTLS_I_PUT_LIT(&w, "Supported: gruu\r\n");
  put_fields(s, &w);
  put_end(s->m, &w);
  *len = w.len;
  if (error)
    return error;
  return w.failed || w.len > cap ? IMSTLS_ERR_CAPACITY : IMSTLS_OK;
}

int imstls_sip_stamp(const imstls_sip_message *message, const imstls_outbound *flow, char *out, size_t cap, size_t *len)
{
  stamp s = { .m = message, .flow = flow };
  int error = look(&s);
  return error ? error : put_message(&s, out, cap, len);
}

int imstls_i_sip_stamp_own(const imstls_sip_message *message, const imstls_outbound *flow, char *out, size_t cap,
                           size_t *len)
{
  stamp s = { .m = message, .flow = flow, .own = true };
  int error = look(&s);
  return error ? error : put_message(&s, out, cap, len);
}

/* ---- the way back ---- */

int imstls_sip_unstamp(const imstls_sip_message *response, char *out, size_t cap, size_t *len)
{
  imstls_text stamped;
  bool unusable = !response || !len || (!out && cap > 0) || response->status == 0;
  if (unusable)
    return IMSTLS_ERR_USAGE;
  int result = imstls_i_sip_find_stamp(response, &stamped);
  if (result)
    return result;
  const char *end = response->raw.ptr + response->raw.len;
  imstls_i_writer w = imstls_i_writer_make(out, cap);
  imstls_i_put_text(&w, imstls_i_sip_between(response->raw.ptr, stamped.ptr));
  imstls_i_put_text(&w, imstls_i_sip_between(stamped.ptr + stamped.len, end));
  *len = w.len;
  return w.failed || w.len > cap ? IMSTLS_ERR_CAPACITY : IMSTLS_OK;
}
