/* SPDX-License-Identifier: Apache-2.0 */
/* The event package "reg": documents of RFC 3680 5, and what they demand of the UE (TS 24.229 5.1.1.5A, 5.1.1.7). */
#include "sip/reginfo.h"

#include "sip/lex.h"
#include "sip/xml.h"

/* Elements inside each other: reginfo, registration, contact, uri. */
enum { DOCUMENT = 1, REGISTRATION = 2, CONTACT = 3, URI = 4 };

/* In the order of the constants of reginfo.h, from 1 on; NULL at the end. */
static const char *const documents[] = { "full", "partial", NULL };
static const char *const states[] = { "init", "active", "terminated", NULL };
static const char *const events[] = { "registered",  "created",   "refreshed",    "shortened", "expired",
                                      "deactivated", "probation", "unregistered", "rejected",  NULL };

/* The value with its references undone, in `out` only if it has some; absent: it does not fit there. */
static imstls_text plain(imstls_text value, char *out, size_t cap)
{
  if (!value.ptr || !imstls_i_sip_seek(value.ptr, value.ptr + value.len, '&'))
    return value;
  size_t len;
  bool fits = imstls_reginfo_decode(value, out, cap, &len) == IMSTLS_OK;
  return fits ? imstls_i_text(out, len) : imstls_i_text(NULL, 0);
}

/* Its place in the list, from 1 on; 0: not there. */
static int32_t word(imstls_text value, const char *const *words)
{
  char buf[16];
  imstls_text text = plain(value, buf, sizeof buf);
  for (int32_t i = 0; words[i]; i++) {
    if (imstls_i_same(text, imstls_i_text(words[i], strlen(words[i]))))
      return i + 1;
  }
  return 0;
}

/* xs:unsignedLong, around which white space is nothing: -1 when it is none, 2^32 when it is larger than 2^32-1. */
static int64_t number(imstls_text value)
{
  char buf[32];
  imstls_text text = plain(value, buf, sizeof buf);
  return text.ptr ? imstls_i_whole_number(imstls_i_sip_trim(text.ptr, text.ptr + text.len)) : -1;
}

static int64_t seconds(imstls_text value)
{
  int64_t n = number(value);
  return n > UINT32_MAX ? UINT32_MAX : n;
}

static bool is_named(imstls_text name, const char *word)
{
  return imstls_i_same(name, imstls_i_text(word, strlen(word)));
}

static bool is_element(const imstls_i_xml_piece *piece, const char *name)
{
  return piece->ours && is_named(piece->name, name);
}

/* RFC 3680 5.1: both must be there. */
static bool take_root(imstls_reginfo *r, imstls_text attributes)
{
  imstls_text name;
  imstls_text value;
  int64_t version = -1;
  while (imstls_i_xml_attribute(&attributes, &name, &value)) {
    if (is_named(name, "version"))
      version = number(value);
    else if (is_named(name, "state"))
      r->state = word(value, documents);
  }
  r->version = (uint32_t)version;
  return version >= 0 && version <= UINT32_MAX && r->state != 0;
}

static int read_root(imstls_reginfo *r, imstls_text body)
{
  imstls_i_xml_piece piece;
  if (!imstls_i_xml_begin(&r->xml, body, IMSTLS_I_LIT("urn:ietf:params:xml:ns:reginfo")))
    return IMSTLS_ERR_SIP_MALFORMED;
  int kind = imstls_i_xml_next(&r->xml, &piece);
  if (kind == IMSTLS_ERR_SIP_OVERSIZED)
    return kind;
  bool is_root = kind == IMSTLS_I_XML_OPEN && is_element(&piece, "reginfo");
  return is_root && take_root(r, piece.text) ? IMSTLS_OK : IMSTLS_ERR_SIP_MALFORMED;
}

/* At the root, whatever comes behind it. */
static int begin(imstls_reginfo *reader, imstls_text body)
{
  if (!body.ptr && body.len)
    return IMSTLS_ERR_USAGE;
  if (body.len > IMSTLS_REGINFO_MAX)
    return IMSTLS_ERR_SIP_OVERSIZED;
  if (!body.len)
    return IMSTLS_ERR_SIP_MALFORMED;
  *reader = (imstls_reginfo){ .size = sizeof *reader };
  return read_root(reader, body);
}

int imstls_reginfo_begin(imstls_reginfo *reader, imstls_text body)
{
  imstls_reginfo ahead;
  imstls_reginfo_contact contact;
  if (!reader)
    return IMSTLS_ERR_USAGE;
  int result = begin(&ahead, body);
  if (result)
    return result;
  while ((result = imstls_reginfo_next(&ahead, &contact)) == IMSTLS_OK)
    continue;
  return result == IMSTLS_END ? begin(reader, body) : result;
}

static void open_registration(imstls_reginfo *r, imstls_text attributes)
{
  imstls_text name;
  imstls_text value;
  r->inside = 1;
  r->contacts = 0;
  r->registration_state = 0;
  r->aor = r->id = imstls_i_text(NULL, 0);
  while (imstls_i_xml_attribute(&attributes, &name, &value)) {
    if (is_named(name, "aor"))
      r->aor = value;
    else if (is_named(name, "id"))
      r->id = value;
    else if (is_named(name, "state"))
      r->registration_state = word(value, states);
  }
  r->registrations++;
  r->terminated += r->registration_state == IMSTLS_REGINFO_TERMINATED;
}

static void set_nobody(imstls_reginfo_contact *c, const imstls_reginfo *r)
{
  *c = (imstls_reginfo_contact){ .size = sizeof *c,
                                 .aor = r->aor,
                                 .registration = r->id,
                                 .registration_state = r->registration_state,
                                 .none = 1,
                                 .expires_s = -1,
                                 .retry_after_s = -1 };
}

static int32_t contact_state(imstls_text value)
{
  int32_t state = word(value, states);
  return state == IMSTLS_REGINFO_INIT ? 0 : state;
}

static void take_contact(imstls_reginfo_contact *c, imstls_text attributes)
{
  imstls_text name;
  imstls_text value;
  c->none = 0;
  while (imstls_i_xml_attribute(&attributes, &name, &value)) {
    if (is_named(name, "id"))
      c->id = value;
    else if (is_named(name, "state"))
      c->state = contact_state(value);
    else if (is_named(name, "event"))
      c->event = word(value, events);
    else if (is_named(name, "expires"))
      c->expires_s = seconds(value);
    else if (is_named(name, "retry-after"))
      c->retry_after_s = seconds(value);
  }
}

/* One run of text, or none, and the end of the element. */
static int read_uri(imstls_xml_private *x, imstls_text *uri)
{
  imstls_i_xml_piece piece = { .text = { x->at, 0 } };
  int kind = imstls_i_xml_next(x, &piece);
  if (kind == IMSTLS_I_XML_TEXT)
    kind = imstls_i_xml_next(x, &(imstls_i_xml_piece){ .ours = false });
  if (kind != IMSTLS_I_XML_CLOSE)
    return kind < 0 ? kind : IMSTLS_ERR_SIP_MALFORMED;
  *uri = imstls_i_sip_trim(piece.text.ptr, piece.text.ptr + piece.text.len);
  return IMSTLS_OK;
}

static int read_contact(imstls_xml_private *x, imstls_reginfo_contact *c)
{
  imstls_i_xml_piece piece;
  int kind = IMSTLS_OK;
  while (x->depth >= CONTACT) {
    kind = imstls_i_xml_next(x, &piece);
    if (kind < 0)
      return kind;
    if (kind != IMSTLS_I_XML_OPEN || x->depth != URI || !is_element(&piece, "uri"))
      continue;
    kind = c->uri.ptr ? IMSTLS_ERR_SIP_MALFORMED : read_uri(x, &c->uri);
    if (kind)
      return kind;
  }
  return IMSTLS_OK;
}

/* A registration ends; true when it had no contact to tell of. */
static bool close_registration(imstls_reginfo *r)
{
  bool was_inside = r->inside;
  r->inside = 0;
  return was_inside && r->contacts == 0;
}

int imstls_reginfo_next(imstls_reginfo *reader, imstls_reginfo_contact *contact)
{
  if (!reader || !contact || reader->size != sizeof *reader)
    return IMSTLS_ERR_USAGE;
  imstls_i_xml_piece piece;
  int kind;
  while ((kind = imstls_i_xml_next(&reader->xml, &piece)) > 0) {
    uint32_t depth = reader->xml.depth;
    if (kind == IMSTLS_I_XML_CLOSE && depth == DOCUMENT && close_registration(reader)) {
      set_nobody(contact, reader);
      return IMSTLS_OK;
    }
    if (kind != IMSTLS_I_XML_OPEN)
      continue;
    if (depth == REGISTRATION && is_element(&piece, "registration"))
      open_registration(reader, piece.text);
    if (depth != CONTACT || !reader->inside || !is_element(&piece, "contact"))
      continue;
    reader->contacts++;
    set_nobody(contact, reader);
    take_contact(contact, piece.text);
    return read_contact(&reader->xml, contact);
  }
  return kind;
}

int imstls_reginfo_decode(imstls_text text, char *out, size_t cap, size_t *len)
{
  if (!len || (!out && cap != 0))
    return IMSTLS_ERR_USAGE;
  imstls_i_writer w = imstls_i_writer_make(out, cap);
  if (!imstls_i_xml_decode(text, &w))
    return IMSTLS_ERR_SIP_MALFORMED;
  *len = w.len;
  return w.failed || w.len > cap ? IMSTLS_ERR_CAPACITY : IMSTLS_OK;
}

static bool is_either(imstls_text text, const imstls_text uris[2], unsigned *left)
{
  char buf[IMSTLS_REGINFO_URI_DECODED];
  imstls_text theirs = plain(text, buf, sizeof buf);
  return theirs.ptr && (imstls_i_sip_uri_same(theirs, uris[0], left) || imstls_i_sip_uri_same(theirs, uris[1], left));
}

int imstls_reginfo_is_ours(const imstls_reginfo_contact *contact, imstls_text uri)
{
  unsigned left = 1;
  const imstls_text uris[] = { uri, uri };
  return contact && uri.ptr && is_either(contact->uri, uris, &left);
}

/* --- what follows from it --- */

/* A contact that is terminated, by its event. */
static const uint8_t actions[] = {
  [IMSTLS_REGINFO_DEACTIVATED] = IMSTLS_REGINFO_REREGISTER, /* TS 24.229 5.1.1.7, RFC 3680 4.7.1 */
  [IMSTLS_REGINFO_EXPIRED] = IMSTLS_REGINFO_REREGISTER,     /* RFC 3680 4.7.1; 5.1.1.7 does not know it */
  [IMSTLS_REGINFO_PROBATION] = IMSTLS_REGINFO_WAIT,         /* RFC 3680 4.7.1 */
  [IMSTLS_REGINFO_UNREGISTERED] = IMSTLS_REGINFO_ENDED,     /* TS 24.229 5.1.1.7 */
  [IMSTLS_REGINFO_REJECTED] = IMSTLS_REGINFO_ENDED,         /* TS 24.229 5.1.1.7 */
};

/* Where nobody says why: not at once, lest it happen again and again. */
static int action_of_loss(int32_t event)
{
  bool is_known = event >= 0 && (size_t)event < sizeof actions && actions[event];
  return is_known ? actions[event] : IMSTLS_REGINFO_WAIT;
}

int imstls_reginfo_action(const imstls_reginfo_contact *contact)
{
  if (!contact)
    return IMSTLS_REGINFO_NOTHING;
  int32_t state = contact->none ? contact->registration_state : contact->state;
  if (state == IMSTLS_REGINFO_TERMINATED)
    return action_of_loss(contact->event);
  bool is_shorter = state == IMSTLS_REGINFO_ACTIVE && contact->event == IMSTLS_REGINFO_SHORTENED;
  return is_shorter ? IMSTLS_REGINFO_REFRESH : IMSTLS_REGINFO_NOTHING; /* TS 24.229 5.1.1.5A; 5.1.2.1 */
}

/* One that stands outweighs those that are gone, and among these the one that allows the most. */
static int weight(const imstls_reginfo_contact *c)
{
  int action = imstls_reginfo_action(c);
  if (c->state == IMSTLS_REGINFO_ACTIVE)
    return action == IMSTLS_REGINFO_REFRESH ? 6 : 5;
  return action == IMSTLS_REGINFO_NOTHING ? 0 : 5 - action;
}

static bool outweighs(const imstls_reginfo_contact *c, const imstls_reginfo_contact *best)
{
  int more = weight(c) - weight(best);
  if (more != 0)
    return more > 0;
  if (c->state == IMSTLS_REGINFO_ACTIVE)
    return c->expires_s < best->expires_s;
  return c->retry_after_s > best->retry_after_s;
}

static void weigh(imstls_reginfo_verdict *v, const imstls_reginfo_contact *c)
{
  if (v->ours == 0 || outweighs(c, &v->contact))
    v->contact = *c;
  v->ours++;
  v->ours_gone += c->state == IMSTLS_REGINFO_TERMINATED;
}

int imstls_i_reginfo_judge(imstls_text body, imstls_text uri, imstls_text other, imstls_reginfo_verdict *v)
{
  imstls_reginfo reader;
  imstls_reginfo_contact contact = { .size = 0 };
  const imstls_text uris[] = { uri, other };
  unsigned left = IMSTLS_I_URI_SPELLINGS;
  int result = begin(&reader, body); /* nothing counts before the end was seen */
  if (result)
    return result;
  *v = (imstls_reginfo_verdict){ .size = sizeof *v, .version = reader.version, .state = reader.state };
  while ((result = imstls_reginfo_next(&reader, &contact)) == IMSTLS_OK) {
    if (is_either(contact.uri, uris, &left))
      weigh(v, &contact);
    else if (!v->contact.size)
      v->contact = contact;
  }
  if (result == IMSTLS_END && left == 0)
    result = IMSTLS_ERR_SIP_OVERSIZED;
  if (result != IMSTLS_END)
    return result;
  v->registrations = reader.registrations;
  v->terminated = reader.terminated;
  bool is_nobody_left = v->ours == 0 && v->registrations != 0 && v->terminated == v->registrations;
  v->action = v->ours ? imstls_reginfo_action(&v->contact) : IMSTLS_REGINFO_NOTHING;
  if (is_nobody_left && v->state == IMSTLS_REGINFO_FULL)
    v->action = IMSTLS_REGINFO_WAIT;
  return IMSTLS_OK;
}

int imstls_reginfo_judge(imstls_text body, imstls_text uri, imstls_reginfo_verdict *verdict)
{
  imstls_reginfo_verdict v;
  if (!uri.ptr || !verdict)
    return IMSTLS_ERR_USAGE;
  int error = imstls_i_reginfo_judge(body, uri, imstls_i_text(NULL, 0), &v);
  if (error)
    return error;
  if (!v.ours)
    v.contact = (imstls_reginfo_contact){ .size = 0 };
  *verdict = v;
  return IMSTLS_OK;
}
