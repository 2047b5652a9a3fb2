/* SPDX-License-Identifier: Apache-2.0 */
#include "access/cert_name.h"

#include "base/base.h"

enum { TAG_INTEGER = 0x02, TAG_OCTETS = 0x04, TAG_OID = 0x06, TAG_SEQUENCE = 0x30, TAG_SET = 0x31 };
enum { TAG_UTF8 = 0x0c, TAG_PRINTABLE = 0x13, TAG_IA5 = 0x16, TAG_BOOLEAN = 0x01 };
enum { TAG_VERSION = 0xa0, TAG_ISSUER_ID = 0x81, TAG_SUBJECT_ID = 0x82, TAG_EXTENSIONS = 0xa3 };
enum { TAG_ISSUER_ID_OLD = 0xa1, TAG_SUBJECT_ID_OLD = 0xa2 };
enum { NAME_DNS = 0x82, NAME_URI = 0x86 }; /* GeneralName, RFC 5280 4.2.1.6 */

static const uint8_t oid_common_name[] = { 0x55, 0x04, 0x03 };
static const uint8_t oid_alt_name[] = { 0x55, 0x1d, 0x11 };

typedef struct element {
  uint8_t tag;
  imstls_bytes body;
} element;

/* What a certificate says of its names. */
typedef struct names {
  imstls_bytes subject;
  imstls_bytes alt;  /* GeneralNames */
  bool has_alt;
} names;

/* Takes the next element off `in`. DER: definite lengths in their shortest form, one-octet tags. */
static bool next(imstls_bytes *in, element *out)
{
  if (in->len < 2 || (in->ptr[0] & 0x1f) == 0x1f) return false;
  size_t len = in->ptr[1], header = 2;
  if (len & 0x80) {
    size_t octets = len & 0x7f;
    if (octets == 0 || octets > 3 || in->len < 2 + octets || in->ptr[2] == 0) return false;
    len = 0;
    for (size_t i = 0; i < octets; i++) len = len << 8 | in->ptr[2 + i];
    header += octets;
    if (len < 0x80) return false;
  }
  if (len > in->len - header) return false;
  *out = (element){ in->ptr[0], { in->ptr + header, len } };
  in->ptr += header + len;
  in->len -= header + len;
  return true;
}

static bool take(imstls_bytes *in, uint8_t tag, imstls_bytes *body)
{
  element e;
  if (!next(in, &e) || e.tag != tag) return false;
  *body = e.body;
  return true;
}

static bool is_oid(imstls_bytes oid, const uint8_t *want, size_t len)
{
  return oid.len == len && memcmp(oid.ptr, want, len) == 0;
}

/* Extension ::= SEQUENCE { extnID, critical DEFAULT FALSE, extnValue } (RFC 5280 4.1). A second subjectAltName makes
 * the certificate unreadable: two readers could choose differently. */
static bool read_extension(imstls_bytes extension, names *out)
{
  imstls_bytes oid, value;
  element e;
  if (!take(&extension, TAG_OID, &oid) || !next(&extension, &e)) return false;
  if (e.tag == TAG_BOOLEAN && !next(&extension, &e)) return false;
  if (e.tag != TAG_OCTETS || extension.len != 0) return false;
  if (!is_oid(oid, oid_alt_name, sizeof oid_alt_name)) return true;
  if (out->has_alt) return false;
  out->has_alt = true;
  value = e.body;
  return take(&value, TAG_SEQUENCE, &out->alt) && value.len == 0;
}

static bool read_extensions(imstls_bytes body, names *out)
{
  imstls_bytes list, one;
  if (!take(&body, TAG_SEQUENCE, &list) || body.len != 0) return false;
  while (list.len > 0) {
    if (!take(&list, TAG_SEQUENCE, &one) || !read_extension(one, out)) return false;
  }
  return true;
}

/* What follows the public key: unique ids, then extensions. */
static bool read_tail(imstls_bytes tail, names *out)
{
  element e;
  while (tail.len > 0) {
    if (!next(&tail, &e)) return false;
    if (e.tag == TAG_EXTENSIONS) return tail.len == 0 && read_extensions(e.body, out);
    bool id = e.tag == TAG_ISSUER_ID || e.tag == TAG_SUBJECT_ID;
    if (!id && e.tag != TAG_ISSUER_ID_OLD && e.tag != TAG_SUBJECT_ID_OLD) return false;
  }
  return true;
}

/* Certificate and TBSCertificate, RFC 5280 4.1. */
static bool read_certificate(imstls_bytes der, names *out)
{
  imstls_bytes cert, tbs, skip;
  element e;
  if (!take(&der, TAG_SEQUENCE, &cert) || der.len != 0 || !take(&cert, TAG_SEQUENCE, &tbs)) return false;
  if (!next(&tbs, &e)) return false;
  if (e.tag == TAG_VERSION && !next(&tbs, &e)) return false;
  if (e.tag != TAG_INTEGER) return false;                                /* serialNumber */
  for (int i = 0; i < 3; i++) {
    if (!take(&tbs, TAG_SEQUENCE, &skip)) return false;                  /* signature, issuer, validity */
  }
  if (!take(&tbs, TAG_SEQUENCE, &out->subject)) return false;
  if (!take(&tbs, TAG_SEQUENCE, &skip)) return false;                    /* subjectPublicKeyInfo */
  return read_tail(tbs, out);
}

static imstls_text as_text(imstls_bytes b) { return (imstls_text){ (const char *)b.ptr, b.len }; }

/* "sip:" and a host alone: with a user part it names a person, with anything more it is no identity (RFC 5922 7.1). */
static bool uri_matches(imstls_text uri, imstls_text name)
{
  if (uri.len < 4 || !imstls_i_same_nocase((imstls_text){ uri.ptr, 4 }, IMSTLS_I_LIT("sip:"))) return false;
  return imstls_i_same_nocase((imstls_text){ uri.ptr + 4, uri.len - 4 }, name);
}

static bool alt_matches(imstls_bytes alt, uint8_t tag, imstls_text name, bool *readable)
{
  element e;
  bool found = false;
  while (alt.len > 0) {
    if (!next(&alt, &e)) return *readable = false;
    if (e.tag != tag) continue;
    found |= tag == NAME_URI ? uri_matches(as_text(e.body), name) : imstls_i_same_nocase(as_text(e.body), name);
  }
  return found;
}

/* SubjectAltName has a sip URI: then dNSName says nothing of SIP (RFC 5922 7.1 step 2). */
static bool has_sip_uri(imstls_bytes alt)
{
  element e;
  while (alt.len > 0 && next(&alt, &e)) {
    if (e.tag == NAME_URI && e.body.len >= 4 &&
        imstls_i_same_nocase((imstls_text){ (const char *)e.body.ptr, 4 }, IMSTLS_I_LIT("sip:"))) {
      return true;
    }
  }
  return false;
}

/* One CN, as a string type that holds ASCII. Two CNs: ambiguous, so none. */
static bool common_name_matches(imstls_bytes subject, imstls_text name)
{
  imstls_bytes set, pair, oid;
  element value;
  bool matches = false, seen = false;
  while (subject.len > 0) {
    if (!take(&subject, TAG_SET, &set)) return false;
    while (set.len > 0) {
      if (!take(&set, TAG_SEQUENCE, &pair) || !take(&pair, TAG_OID, &oid) || !next(&pair, &value)) return false;
      if (!is_oid(oid, oid_common_name, sizeof oid_common_name)) continue;
      if (seen) return false;
      seen = true;
      bool ascii = value.tag == TAG_UTF8 || value.tag == TAG_PRINTABLE || value.tag == TAG_IA5;
      matches = ascii && imstls_i_same_nocase(as_text(value.body), name);
    }
  }
  return matches;
}

/* Letters, digits, hyphens and dots, and not digits and dots alone: neither an IP literal nor a wildcard, nor a text
 * with a NUL inside. */
static bool is_host_name(imstls_text name)
{
  bool letter = false;
  if (name.len == 0 || !name.ptr) return false;
  for (size_t i = 0; i < name.len; i++) {
    char c = imstls_i_lower(name.ptr[i]);
    if ((c >= 'a' && c <= 'z') || c == '-' || c == '_') letter = true;
    else if (!imstls_i_is_digit(c) && c != '.') return false;
  }
  return letter;
}

bool imstls_i_cert_name_matches(imstls_bytes der, imstls_text name)
{
  names found = { { NULL, 0 }, { NULL, 0 }, false };
  bool readable = true;
  if (!is_host_name(name) || !der.ptr || !read_certificate(der, &found)) return false;
  if (!found.has_alt) return common_name_matches(found.subject, name);
  bool by_uri = alt_matches(found.alt, NAME_URI, name, &readable);
  bool by_dns = alt_matches(found.alt, NAME_DNS, name, &readable);
  if (!readable) return false;
  return by_uri || (by_dns && !has_sip_uri(found.alt));
}
