/* SPDX-License-Identifier: Apache-2.0 */
/* sip/: a strict reader of XML 1.0 and its namespaces for small documents without a document type. It goes forward
 * through the document, an octet after the other, and keeps the names of what is open. */
#ifndef IMSTLS_SIP_XML_H
#define IMSTLS_SIP_XML_H

#include <imstls/reginfo.h>

#include "base/base.h"

/* Pieces of a document. Comments and processing instructions are none. */
enum {
  IMSTLS_I_XML_OPEN = 1, /* a start tag, or an empty element, which gives a CLOSE too */
  IMSTLS_I_XML_CLOSE,
  IMSTLS_I_XML_TEXT, /* character data up to the next markup; never outside the root */
  IMSTLS_I_XML_CDATA
};

typedef struct imstls_i_xml_piece {
  imstls_text name; /* of OPEN: without its prefix */
  imstls_text text; /* of OPEN: attributes; of TEXT and CDATA: what stands there */
  bool ours;        /* of OPEN: it is in the namespace */
} imstls_i_xml_piece;

/* Before the root; `ns` is the namespace that counts. False: the XML declaration is malformed or names another version
 * or encoding. */
bool imstls_i_xml_begin(imstls_xml_private *x, imstls_text body, imstls_text ns);

/* The next piece, after which x->depth elements are open; IMSTLS_END after a whole document;
 * IMSTLS_ERR_SIP_MALFORMED; IMSTLS_ERR_SIP_OVERSIZED: too deep, or too many attributes. */
int imstls_i_xml_next(imstls_xml_private *x, imstls_i_xml_piece *piece);

/* Takes one attribute off those of an OPEN, its name with its prefix. False: none is left. */
bool imstls_i_xml_attribute(imstls_text *rest, imstls_text *name, imstls_text *value);

/* Writes a text with its references undone. False: one of them is none. */
bool imstls_i_xml_decode(imstls_text text, imstls_i_writer *w);

#endif
