/* SPDX-License-Identifier: Apache-2.0 */
/* Does a certificate name this server? RFC 5922 7.1 and 7.2, RFC 9525 6.4 over the DER. */
#ifndef IMSTLS_ACCESS_CERT_NAME_H
#define IMSTLS_ACCESS_CERT_NAME_H

#include <stdbool.h>

#include <imstls/types.h>

/* `name` is a host name, with the dot of the root or without, or an IP literal, which an iPAddress alone matches. False
 * also for a certificate whose DER cannot be read to its end. */
bool imstls_i_cert_name_matches(imstls_bytes der, imstls_text name);

#endif
