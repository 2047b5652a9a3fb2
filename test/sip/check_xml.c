/* SPDX-License-Identifier: Apache-2.0 */
/* The reader of XML, by way of documents of the event package "reg": what it refuses, what a document may cost, and
 * texts with references. */
#include "reginfo_help.h"
#include "sip/xml.h"
#include "suite.h"

/* All malformed. */
static const char *const refused[] = {
  "",
  " ",
  "reginfo",
  "<",
  "<reginfo",
  "\xff\xfe<\0r",
  "\xef\xbb\xbf\xef\xbb\xbf" ROOT("full") END,
  /* roots of another kind */
  "<reginfo version='0' state='full'/>",
  "<reginfo xmlns='urn:x' version='0' state='full'/>",
  "<reginfo xmlns='" NS "' state='full'/>",
  "<reginfo xmlns='" NS "' version='' state='full'/>",
  "<reginfo xmlns='" NS "' version='-1' state='full'/>",
  "<reginfo xmlns='" NS "' version='0x1' state='full'/>",
  "<reginfo xmlns='" NS "' version='4294967296' state='full'/>",
  "<reginfo xmlns='" NS "' version='0'/>",
  "<reginfo xmlns='" NS "' version='0' state='init'/>",
  "<registration xmlns='" NS "' version='0' state='full'/>",
  "<x:reginfo xmlns='" NS "' version='0' state='full'/>",
  "<reginfo xmlns:x='" NS "' version='0' state='full'/>",
  /* more, or less, than one document */
  ROOT("full"),
  ROOT("full") REG("active") END,
  ROOT("full") END ROOT("full") END,
  ROOT("full") END END,
  ROOT("full") END "x",
  "x" ROOT("full") END,
  ROOT("full") END "&amp;",
  ROOT("full") END "<![CDATA[]]>",
  "</reginfo>",
  /* the XML declaration */
  " <?xml version='1.0'?>" ROOT("full") END,
  "<?xml?>" ROOT("full") END,
  "<?xml ?>" ROOT("full") END,
  "<?xml version='1.1'?>" ROOT("full") END,
  "<?xml encoding='UTF-8'?>" ROOT("full") END,
  "<?xml version='1.0'encoding='UTF-8'?>" ROOT("full") END,
  "<?xml version='1.0' encoding='UTF-7'?>" ROOT("full") END,
  "<?xml version='1.0' encoding='UTF-16'?>" ROOT("full") END,
  "<?xml version='1.0' standalone='maybe'?>" ROOT("full") END,
  "<?xml version='1.0' standalone='yes' encoding='UTF-8'?>" ROOT("full") END,
  "<?xml version='1.0' version='1.0'?>" ROOT("full") END,
  "<?xml version='1.0' x='yes'?>" ROOT("full") END,
  "<?xml version='1.0'>" ROOT("full") END,
  "<?xml version='1.0'?><?xml version='1.0'?>" ROOT("full") END,
  "<?XML version='1.0'?>" ROOT("full") END,
  /* document types and entities */
  "<!DOCTYPE reginfo>" ROOT("full") END,
  "<!DOCTYPE reginfo SYSTEM 'file:///etc/passwd'>" ROOT("full") END,
  "<!DOCTYPE r [<!ENTITY a 'ha'><!ENTITY b '&a;&a;&a;&a;&a;&a;&a;&a;'><!ENTITY c '&b;&b;&b;&b;&b;&b;&b;&b;'>]>" ROOT(
      "full") "&c;" END,
  ROOT("full") "<!ELEMENT a ANY>" END,
  INSIDE("&a;"),
  INSIDE("&LT;"),
  INSIDE("&lt"),
  INSIDE("& "),
  INSIDE("&;"),
  INSIDE("&#;"),
  INSIDE("&#x;"),
  INSIDE("&#X41;"),
  INSIDE("&#4a;"),
  INSIDE("&#-1;"),
  INSIDE("&#0;"),
  INSIDE("&#x1f;"),
  INSIDE("&#xd800;"),
  INSIDE("&#xdfff;"),
  INSIDE("&#xfffe;"),
  INSIDE("&#x110000;"),
  INSIDE("&#4294967361;"), /* 2^32 + 'A' */
  INSIDE("<x y='&z;'/>"),
  /* characters and text */
  INSIDE("\x01"),
  INSIDE("\x1f"),
  INSIDE("<x y='\x0b'/>"),
  INSIDE("<!-- \x08 -->"),
  INSIDE("<?p \x08?>"),
  INSIDE("<![CDATA[\x08]]>"),
  INSIDE("]]>"),
  INSIDE("> ]] ]]]> <x/>"),
  INSIDE("<![CDATA[]>"),
  INSIDE("<![cdata[]]>"),
  INSIDE("<!-- -- -->"),
  INSIDE("<!-- --->"),
  INSIDE("<!-->"),
  INSIDE("<!- -->"),
  INSIDE("<?p>"),
  INSIDE("<? p?>"),
  INSIDE("<?p:q ?>"),
  INSIDE("<?p\"?>"),
  /* tags */
  INSIDE("< x/>"),
  INSIDE("<x / >"),
  INSIDE("<x/ >"),
  INSIDE("<1x/>"),
  INSIDE("<-x/>"),
  INSIDE("<\x7f/>"),
  INSIDE("<:x/>"),
  INSIDE("<x:/>"),
  INSIDE("<x:1/>"),
  INSIDE("<x:y:z/>"),
  INSIDE("<x></y>"),
  INSIDE("<x><y></x></y>"),
  INSIDE("<x></X>"),
  INSIDE("<x></ x>"),
  INSIDE("<x></xy>"),
  INSIDE("<xy></x>"),
  INSIDE("<x></x:x>"),
  INSIDE("<x></x y='1'>"),
  INSIDE("<x></x/>"),
  INSIDE("<x:y xmlns:x='1' xmlns:z='1'></z:y>"),
  INSIDE("<x"),
  INSIDE("<x y/>"),
  INSIDE("<x y=/>"),
  INSIDE("<x y=1/>"),
  INSIDE("<x y=1z1/>"),
  INSIDE("<x y+'1'/>"),
  INSIDE("<x y+='1'/>"),
  INSIDE("<x y='1\"/>"),
  INSIDE("<x y='1'z='2'/>"),
  INSIDE("<x y='<'/>"),
  INSIDE("<x =''/>"),
  INSIDE("<x y='1' y='1'/>"),
  INSIDE("<x y:z='1' w='' y:z='2'/>"),
  INSIDE("<contact state='active' state='terminated'/>"),
  /* namespaces */
  INSIDE("<x xmlns='a' xmlns='b'/>"),
  INSIDE("<xmlns:x/>"),
  INSIDE("<x xmlns:xmlns='a'/>"),
  INSIDE("<x xmlns:xml='a'/>"),
  INSIDE("<x xmlns:y=''/>"),
  INSIDE("<x xmlns:y='&#117;rn:x'/>"),
  INSIDE("<x xmlns='urn:ietf:params:xml:ns:reginf&#111;'/>"),
  INSIDE("<x xmlns:a='" NS "' xmlns:b='" NS "'/>"),
  INSIDE("<x xmlns:a='" NS "'><x xmlns:b='" NS "'/></x>"),
  /* more in a contact's URI than text, or two of them */
  INSIDE("<contact><uri>a<!-- -->b</uri></contact>"),
  INSIDE("<contact><uri>a<?p?>b</uri></contact>"),
  INSIDE("<contact><uri> <!-- -->b</uri></contact>"),
  INSIDE("<contact><uri>a<x/></uri></contact>"),
  INSIDE("<contact><uri><x/></uri></contact>"),
  INSIDE("<contact><uri><![CDATA[a]]></uri></contact>"),
  INSIDE("<contact><uri>a</uri><uri>a</uri></contact>"),
  INSIDE("<contact><uri/><uri/></contact>"),
  INSIDE("<contact><uri>a?b=1&c=2</uri></contact>"),
};

START_TEST(malformed_documents)
{
  shown s;
  for (size_t i = 0; i < COUNT(refused); i++) {
    int rc = read_all(refused[i], strlen(refused[i]), &s);
    ck_assert_msg(rc == IMSTLS_ERR_SIP_MALFORMED, "%d for %s", rc, refused[i]);
  }
  static const char nul[] = INSIDE("\0");
  ck_assert_int_eq(read_all(nul, LEN(nul), &s), IMSTLS_ERR_SIP_MALFORMED);
}
END_TEST

/* --- hostile documents --- */

static char big[IMSTLS_REGINFO_MAX + 1];

/* A document of `len` octets, its middle made of `piece` again and again. */
static void fill(size_t len, const char *head, const char *piece, const char *tail)
{
  size_t at = strlen(head);
  size_t stop = len - strlen(tail);
  memset(big, ' ', len);
  memcpy(big, head, at);
  for (size_t n = strlen(piece); at + n <= stop; at += n)
    memcpy(big + at, piece, n);
  memcpy(big + stop, tail, strlen(tail));
}

/* The steps of reading a document: each goes on from where the one before it ended. */
static size_t pieces(const char *text, size_t len, int *rc)
{
  imstls_xml_private x;
  imstls_i_xml_piece piece;
  size_t count = 0;
  *rc = IMSTLS_ERR_SIP_MALFORMED;
  if (!imstls_i_xml_begin(&x, (imstls_text){ text, len }, (imstls_text){ NS, LEN(NS) }))
    return 0;
  for (;; count++) {
    const char *before = x.at;
    bool was_closing = x.closing != 0;
    *rc = imstls_i_xml_next(&x, &piece);
    if (*rc <= 0)
      return count;
    ck_assert(was_closing ? x.at == before : x.at > before);
    ck_assert(x.at <= text + len && x.depth <= IMSTLS_REGINFO_DEPTH);
  }
}

START_TEST(bounded_work)
{
  static const struct {
    const char *head, *piece, *tail;
    int rc;
  } rows[] = {
    { ROOT("full"), "<registration/>", END, IMSTLS_OK },
    { ROOT("full") REG("active"), "<contactors/>", REG_END END, IMSTLS_OK },
    { ROOT("full") REG("active"), "<contact/>", REG_END END, IMSTLS_ERR_SIP_OVERSIZED },
    { ROOT("full") REG("active"), "&#00000000000000000065;", REG_END END, IMSTLS_OK },
    { ROOT("full") REG("active") "<contact><uri>", "&amp;", "</uri></contact>" REG_END END, IMSTLS_OK },
    { ROOT("full") "<!--", "- ", "-->" END, IMSTLS_OK },
    { ROOT("full") "<!--", "-->-<!--", "-->" END, IMSTLS_OK },
    { ROOT("full") "<x y='", "]]>", "'/>" END, IMSTLS_OK },
    { ROOT("full"), "]", END, IMSTLS_OK },
    { ROOT("full") "<![CDATA[", "]", "]]>" END, IMSTLS_OK },
    { ROOT("full"), "<a b='some words c'></a>", END, IMSTLS_OK },
    { ROOT("full"), "<a b='c'></a>", END, IMSTLS_ERR_SIP_OVERSIZED },
    { ROOT("full"), "<a axa='some words, and some more' aya=''/>", END,
      IMSTLS_ERR_SIP_OVERSIZED }, /* two that look alike */
    { ROOT("full"), "<a axa='some words, and some more' bya=''/>", END, IMSTLS_OK },
    { ROOT("full"), "<a xmlns:b='" NS "' xmlns=''/>", END, IMSTLS_OK },
    { ROOT("full"), "&", END, IMSTLS_ERR_SIP_MALFORMED },
    { ROOT("full"), "<", END, IMSTLS_ERR_SIP_MALFORMED },
    { ROOT("full"), "<a>", END, IMSTLS_ERR_SIP_OVERSIZED },
    { ROOT("full") "<", "a", "/>" END, IMSTLS_OK },
    { ROOT("full") "<a ", "b", "=''/>" END, IMSTLS_OK },
    { ROOT("full") "<a ", "b=''  ", "/>" END, IMSTLS_ERR_SIP_MALFORMED },
    { "", " ", "", IMSTLS_ERR_SIP_MALFORMED },
    { "", "<?a?>", "", IMSTLS_ERR_SIP_MALFORMED },
    { "<?xml version='1.0'", " ", "?>" ROOT("full") END, IMSTLS_OK },
  };
  shown s;
  for (size_t i = 0; i < COUNT(rows); i++) {
    int rc;
    size_t count[2];
    for (size_t n = 0; n < 2; n++) {
      size_t len = IMSTLS_REGINFO_MAX / 2 * (n + 1);
      fill(len, rows[i].head, rows[i].piece, rows[i].tail);
      ck_assert_msg(read_all(big, len, &s) == rows[i].rc, "%zu: %d", i, rows[i].rc);
      count[n] = pieces(big, len, &rc);
      ck_assert_uint_le(count[n], len / 5 + 10);
    }
    ck_assert_uint_le(count[1], 2 * count[0] + 100);
  }
}
END_TEST

START_TEST(limits)
{
  shown s;
  fill(IMSTLS_REGINFO_MAX, ROOT("full"), " ", END);
  ck_assert_int_eq(read_all(big, IMSTLS_REGINFO_MAX, &s), IMSTLS_OK);
  fill(IMSTLS_REGINFO_MAX + 1, ROOT("full"), " ", END);
  ck_assert_int_eq(read_all(big, IMSTLS_REGINFO_MAX + 1, &s), IMSTLS_ERR_SIP_OVERSIZED);

  static const char eight[] = ROOT("full") "<a><a><a><a><a><a><a/></a></a></a></a></a></a>" END;
  static const char nine[] = ROOT("full") "<a><a><a><a><a><a><a><a/></a></a></a></a></a></a></a>" END;
  ck_assert_int_eq(read_all(eight, LEN(eight), &s), IMSTLS_OK);
  ck_assert_int_eq(read_all(nine, LEN(nine), &s), IMSTLS_ERR_SIP_OVERSIZED);

  for (int count = 31; count <= 33; count++) {
    size_t len = (size_t)sprintf(big, "<reginfo xmlns='" NS "' version='0' state='full'");
    for (int i = 3; i < count; i++)
      len += (size_t)sprintf(big + len, " a%d=''", i);
    len += (size_t)sprintf(big + len, "/>");
    ck_assert_int_eq(read_all(big, len, &s), count <= 32 ? IMSTLS_OK : IMSTLS_ERR_SIP_OVERSIZED);
  }
}
END_TEST

START_TEST(decoded_texts)
{
  static const struct {
    const char *text, *want; /* NULL: malformed */
  } rows[] = {
    { "", "" },
    { "sip:a@h", "sip:a@h" },
    { "&lt;&gt;&amp;&quot;&apos;", "<>&\"'" },
    { "a&amp;lt;b", "a&lt;b" },
    { "&#65;&#x42;&#x4A;&#x4a;&#0000000067;", "ABJJC" },
    { "&#9;&#10;&#xd;&#32;", "\t\n\r " },
    /* RFC 3629 7, and where the lengths of UTF-8 change */
    { "A&#x2262;&#x391;.", "A\xe2\x89\xa2\xce\x91." },
    { "&#x233B4;", "\xf0\xa3\x8e\xb4" },
    { "&#x7f;&#x80;&#x7ff;&#x800;&#xfffd;&#x10000;&#x10ffff;",
      "\x7f\xc2\x80\xdf\xbf\xe0\xa0\x80\xef\xbf\xbd\xf0\x90\x80\x80\xf4\x8f\xbf\xbf" },
    { "\xc3\xa9", "\xc3\xa9" },
    { "a&", NULL },
    { "a&b;", NULL },
    { "&#x110000;", NULL },
  };
  char out[64];
  size_t len;
  for (size_t i = 0; i < COUNT(rows); i++) {
    size_t n = strlen(rows[i].text);
    imstls_text text = { heap_copy(rows[i].text, n), n };
    int rc = imstls_reginfo_decode(text, out, sizeof out, &len);
    ck_assert_int_eq(rc, rows[i].want == NULL ? IMSTLS_ERR_SIP_MALFORMED : IMSTLS_OK);
    if (rows[i].want != NULL) {
      ck_assert(is((imstls_text){ out, len }, rows[i].want) && len <= n);
      char *exact = heap_copy(out, len);
      size_t again = 0;
      ck_assert_int_eq(imstls_reginfo_decode(text, exact, len, &again), IMSTLS_OK);
      ck_assert_int_eq(imstls_reginfo_decode(text, NULL, 0, &again), len ? IMSTLS_ERR_CAPACITY : IMSTLS_OK);
      ck_assert_uint_eq(again, len);
      if (len != 0)
        ck_assert_int_eq(imstls_reginfo_decode(text, exact, len - 1, &again), IMSTLS_ERR_CAPACITY);
      ck_assert_uint_eq(again, len);
      free(exact);
    }
    free((void *)(uintptr_t)text.ptr);
  }
  ck_assert_int_eq(imstls_reginfo_decode((imstls_text){ NULL, 0 }, out, sizeof out, &len), IMSTLS_OK);
  ck_assert_uint_eq(len, 0);
  ck_assert_int_eq(imstls_reginfo_decode((imstls_text){ "a", 1 }, NULL, 1, &len), IMSTLS_ERR_USAGE);
  ck_assert_int_eq(imstls_reginfo_decode((imstls_text){ "a", 1 }, out, 1, NULL), IMSTLS_ERR_USAGE);
}
END_TEST

SUITE_OF(xml, malformed_documents, bounded_work, limits, decoded_texts)
