/* SPDX-License-Identifier: Apache-2.0 */
#include "access/cert_name.h"

#include "base/der.h"

enum { TAG_VERSION = IMSTLS_I_DER_CONTEXT_CONSTRUCTED + 0, TAG_EXTENSIONS = IMSTLS_I_DER_CONTEXT_CONSTRUCTED + 3 };
/* issuerUniqueID and subjectUniqueID, the tag primitive or constructed. */
enum {
  TAG_ISSUER_ID = IMSTLS_I_DER_CONTEXT + 1,
  TAG_SUBJECT_ID = IMSTLS_I_DER_CONTEXT + 2,
  TAG_ISSUER_ID_OLD = IMSTLS_I_DER_CONTEXT_CONSTRUCTED + 1,
  TAG_SUBJECT_ID_OLD = IMSTLS_I_DER_CONTEXT_CONSTRUCTED + 2
};
/* GeneralName (RFC 5280 4.2.1.6) */
enum { NAME_DNS = IMSTLS_I_DER_CONTEXT + 2, NAME_URI = IMSTLS_I_DER_CONTEXT + 6, NAME_IP = IMSTLS_I_DER_CONTEXT + 7 };

static const uint8_t oid_common_name[] = { 0x55, 0x04, 0x03 };
static const uint8_t oid_alt_name[] = { 0x55, 0x1d, 0x11 };

/* What a certificate says of its names. */
typedef struct names {
  imstls_bytes subject;
  imstls_bytes alt; /* GeneralNames */
  bool has_alt;
} names;

/* Extension ::= SEQUENCE { extnID, critical DEFAULT FALSE, extnValue } (RFC 5280 4.1) */
static bool split_extension(imstls_bytes extension, imstls_bytes *oid, imstls_bytes *value)
{
  imstls_i_der element;
  if (!imstls_i_der_take(&extension, IMSTLS_I_DER_OID, oid) || !imstls_i_der_next(&extension, &element))
    return false;
  if (element.tag == IMSTLS_I_DER_BOOLEAN && !imstls_i_der_next(&extension, &element))
    return false;
  *value = element.body;
  return element.tag == IMSTLS_I_DER_OCTET_STRING && extension.len == 0;
}

/* A second subjectAltName makes the certificate unreadable: two readers could choose differently. */
static bool read_extension(imstls_bytes extension, names *out)
{
  imstls_bytes oid, value;
  if (!split_extension(extension, &oid, &value))
    return false;
  if (!imstls_i_der_is_oid(oid, oid_alt_name, sizeof oid_alt_name))
    return true;
  if (out->has_alt)
    return false;
  out->has_alt = true;
  return imstls_i_der_take(&value, IMSTLS_I_DER_SEQUENCE, &out->alt) && value.len == 0;
}

static bool read_extensions(imstls_bytes body, names *out)
{
  imstls_bytes list, one;
  if (!imstls_i_der_take(&body, IMSTLS_I_DER_SEQUENCE, &list) || body.len != 0)
    return false;
  while (list.len > 0)
    if (!imstls_i_der_take(&list, IMSTLS_I_DER_SEQUENCE, &one) || !read_extension(one, out))
      return false;
  return true;
}

static bool is_unique_id(uint8_t tag)
{
  return tag == TAG_ISSUER_ID || tag == TAG_SUBJECT_ID || tag == TAG_ISSUER_ID_OLD || tag == TAG_SUBJECT_ID_OLD;
}

/* What follows the public key: unique ids, then extensions. */
static bool read_tail(imstls_bytes tail, names *out)
{
  imstls_i_der element;
  while (tail.len > 0) {
    if (!imstls_i_der_next(&tail, &element))
      return false;
    if (element.tag == TAG_EXTENSIONS)
      return tail.len == 0 && read_extensions(element.body, out);
    if (!is_unique_id(element.tag))
      return false;
  }
  return true;
}

/* TBSCertificate up to the issuer: version, serialNumber. */
static bool skip_version_and_serial(imstls_bytes *tbs)
{
  imstls_i_der element;
  if (!imstls_i_der_next(tbs, &element))
    return false;
  if (element.tag == TAG_VERSION && !imstls_i_der_next(tbs, &element))
    return false;
  return element.tag == IMSTLS_I_DER_INTEGER;
}

/* Certificate and TBSCertificate, RFC 5280 4.1. */
static bool read_certificate(imstls_bytes der, names *out)
{
  imstls_bytes certificate, tbs, unused;
  if (!imstls_i_der_take(&der, IMSTLS_I_DER_SEQUENCE, &certificate) || der.len != 0)
    return false;
  if (!imstls_i_der_take(&certificate, IMSTLS_I_DER_SEQUENCE, &tbs) || !skip_version_and_serial(&tbs))
    return false;
  for (int i = 0; i < 3; i++) /* signature, issuer, validity */
    if (!imstls_i_der_take(&tbs, IMSTLS_I_DER_SEQUENCE, &unused))
      return false;
  if (!imstls_i_der_take(&tbs, IMSTLS_I_DER_SEQUENCE, &out->subject))
    return false;
  if (!imstls_i_der_take(&tbs, IMSTLS_I_DER_SEQUENCE, &unused)) /* subjectPublicKeyInfo */
    return false;
  return read_tail(tbs, out);
}

static imstls_text as_text(imstls_bytes octets) { return imstls_i_text((const char *)octets.ptr, octets.len); }

/* One host, with the dot of the root or without. */
static bool is_host(imstls_text host, imstls_text name)
{
  return imstls_i_same_nocase(imstls_i_without_root(host), name);
}

static bool is_sip_uri(imstls_text uri) { return uri.len >= 4 && imstls_i_same_letters(uri.ptr, "sip:", 4); }

/* "sip:" and a host alone: with a user part it names a person, with anything more it is no identity (RFC 5922 7.1). */
static bool uri_matches(imstls_text uri, imstls_text name)
{
  return is_sip_uri(uri) && is_host(imstls_i_text(uri.ptr + 4, uri.len - 4), name);
}

/* A sip URI decides alone: beside one, dNSName says nothing of SIP (RFC 5922 7.1 step 2). Names that cannot be read to
 * their end match nothing. */
static bool alt_matches(imstls_bytes alt, imstls_text name)
{
  imstls_i_der element;
  bool by_uri = false, by_dns = false, has_sip_uri = false;
  while (alt.len > 0) {
    if (!imstls_i_der_next(&alt, &element))
      return false;
    imstls_text text = as_text(element.body);
    if (element.tag == NAME_URI) {
      has_sip_uri |= is_sip_uri(text);
      by_uri |= uri_matches(text, name);
    } else if (element.tag == NAME_DNS)
      by_dns |= is_host(text, name);
  }
  return has_sip_uri ? by_uri : by_dns;
}

/* iPAddress, octet for octet (RFC 9525 6.4). A literal stands neither in a dNSName nor in a URI or a CN. */
static bool alt_has_address(imstls_bytes alt, const imstls_address *address)
{
  imstls_i_der element;
  size_t len = address->family == 4 ? 4 : 16;
  bool found = false;
  while (alt.len > 0) {
    if (!imstls_i_der_next(&alt, &element))
      return false;
    bool fits = element.tag == NAME_IP && element.body.len == len;
    found |= fits && memcmp(element.body.ptr, address->ip, len) == 0;
  }
  return found;
}

static bool is_ascii_string(uint8_t tag)
{
  return tag == IMSTLS_I_DER_UTF8_STRING || tag == IMSTLS_I_DER_PRINTABLE_STRING || tag == IMSTLS_I_DER_IA5_STRING;
}

/* AttributeTypeAndValue (RFC 5280 4.1.2.4). Counts common names in `count`, and says in `matches` whether this one is
 * `name`. */
static bool read_attribute(imstls_bytes pair, imstls_text name, int *count, bool *matches)
{
  imstls_bytes oid;
  imstls_i_der value;
  if (!imstls_i_der_take(&pair, IMSTLS_I_DER_OID, &oid) || !imstls_i_der_next(&pair, &value))
    return false;
  if (!imstls_i_der_is_oid(oid, oid_common_name, sizeof oid_common_name))
    return true;
  ++*count;
  *matches = is_ascii_string(value.tag) && is_host(as_text(value.body), name);
  return true;
}

/* One CN, as a string type that holds ASCII. Two of them are ambiguous, so none counts. */
static bool common_name_matches(imstls_bytes subject, imstls_text name)
{
  imstls_bytes set, pair;
  int count = 0;
  bool matches = false;
  while (subject.len > 0) {
    if (!imstls_i_der_take(&subject, IMSTLS_I_DER_SET, &set))
      return false;
    while (set.len > 0)
      if (!imstls_i_der_take(&set, IMSTLS_I_DER_SEQUENCE, &pair) || !read_attribute(pair, name, &count, &matches))
        return false;
  }
  return count == 1 && matches;
}

/* Letters, digits, hyphens and dots, and not digits and dots alone: neither an IP literal nor a wildcard, nor a text
 * with a NUL inside. */
static bool is_host_name(imstls_text name)
{
  bool letter = false;
  for (size_t i = 0; i < name.len; i++) {
    char c = imstls_i_lower(name.ptr[i]);
    bool is_letter = (c >= 'a' && c <= 'z') || c == '-' || c == '_';
    if (is_letter)
      letter = true;
    else if (!imstls_i_is_digit(c) && c != '.')
      return false;
  }
  return letter;
}

static bool host_matches(const names *found, imstls_text name)
{
  name = imstls_i_without_root(name);
  if (!is_host_name(name))
    return false;
  return found->has_alt ? alt_matches(found->alt, name) : common_name_matches(found->subject, name);
}

bool imstls_i_cert_name_matches(imstls_bytes der, imstls_text name)
{
  names found = { .has_alt = false };
  imstls_address address;
  if (!name.ptr || !der.ptr || !read_certificate(der, &found))
    return false;
  if (imstls_address_parse(name, &address) != IMSTLS_OK)
    return host_matches(&found, name);
  /* A zone says which link, and no certificate does (RFC 4007 11). */
  return found.has_alt && !address.scope && alt_has_address(found.alt, &address);
}
