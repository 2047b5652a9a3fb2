/* SPDX-License-Identifier: Apache-2.0 */
/* What imstls_outbound holds as lists, an entry at a time. */
#include <imstls/outbound.h>

#include "sip/lex.h"

/* What follows in `list` behind a view into it that begins an entry; all of it behind NULL. */
static imstls_text after(imstls_text list, const char *entry)
{
  imstls_text rest = list, item;
  if (!entry)
    return list;
  rest = imstls_i_sip_between(entry, list.ptr + list.len);
  (void)imstls_sip_list_next(&rest, &item);
  return rest;
}

int imstls_outbound_route(const imstls_outbound *flow, imstls_text *entry)
{
  if (!flow || !entry || flow->size < sizeof *flow)
    return IMSTLS_ERR_USAGE;
  if (!entry->ptr) {
    *entry = imstls_i_text(flow->pcscf, strlen(flow->pcscf));
    return IMSTLS_OK;
  }
  imstls_text rest = after(flow->service_route, entry->ptr == flow->pcscf ? NULL : entry->ptr);
  return imstls_sip_list_next(&rest, entry) ? IMSTLS_END : IMSTLS_OK;
}

/* P-Preferred-Identity has no parameters (RFC 3325 9.2), P-Associated-URI may. */
int imstls_outbound_identity(const imstls_outbound *flow, imstls_text *identity, imstls_text *uri)
{
  if (!flow || !identity || flow->size < sizeof *flow)
    return IMSTLS_ERR_USAGE;
  imstls_text rest = after(flow->associated_uri, identity->ptr), item;
  imstls_sip_address address;
  for (imstls_text copy;;) {
    if (imstls_sip_list_next(&rest, &item))
      return IMSTLS_END;
    copy = item;
    if (imstls_sip_address_next(&copy, &address) == IMSTLS_OK)
      break;
  }
  bool bracketed = address.uri.ptr > item.ptr; /* an addr-spec begins with its URI */
  *identity = imstls_i_sip_between(item.ptr, address.uri.ptr + address.uri.len + bracketed);
  if (uri)
    *uri = address.uri;
  return IMSTLS_OK;
}
