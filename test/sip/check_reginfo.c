/* SPDX-License-Identifier: Apache-2.0 */
/* Documents of the event package "reg": those that standards and cores print, odd ones, and what each demands. */
#include "reginfo_help.h"
#include "suite.h"

typedef struct example {
  const char *text, *want;
} example;

static const example published[] = {
  /* RFC 3680 5.3 */
  { "<?xml version=\"1.0\"?>\n"
    "    <reginfo xmlns=\"urn:ietf:params:xml:ns:reginfo\"\n"
    "        xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\"\n"
    "                 version=\"0\" state=\"full\">\n"
    "      <registration aor=\"sip:user@example.com\" id=\"as9\"\n"
    "                    state=\"active\">\n"
    "        <contact id=\"76\" state=\"active\" event=\"registered\"\n"
    "                 duration-registered=\"7322\"\n"
    "                 q=\"0.8\">\n"
    "                 <uri>sip:user@pc887.example.com</uri>\n"
    "        </contact>\n"
    "        <contact id=\"77\" state=\"terminated\" event=\"expired\"\n"
    "                 duration-registered=\"3600\"\n"
    "                 q=\"0.5\">\n"
    "                 <uri>sip:user@university.edu</uri>\n"
    "        </contact>\n"
    "      </registration>\n"
    "    </reginfo>\n",
    "full 0\n"
    "sip:user@example.com as9 active 76 active registered sip:user@pc887.example.com\n"
    "sip:user@example.com as9 active 77 terminated expired sip:user@university.edu\n" },
  /* RFC 3680 6, before and after the REGISTER */
  { "<?xml version=\"1.0\"?>\n"
    "    <reginfo xmlns=\"urn:ietf:params:xml:ns:reginfo\"\n"
    "                 version=\"0\" state=\"full\">\n"
    "      <registration aor=\"sip:joe@example.com\" id=\"a7\" state=\"init\" />\n"
    "    </reginfo>\n",
    "full 0\nsip:joe@example.com a7 init\n" },
  { "<?xml version=\"1.0\"?>\n"
    "    <reginfo xmlns=\"urn:ietf:params:xml:ns:reginfo\"\n"
    "                 version=\"1\" state=\"partial\">\n"
    "      <registration aor=\"sip:joe@example.com\" id=\"a7\" state=\"active\">\n"
    "        <contact id=\"76\" state=\"active\" event=\"registered\"\n"
    "                 duration-registered=\"0\">\n"
    "                 <uri>sip:joe@pc34.example.com </uri>\n"
    "        </contact>\n"
    "      </registration>\n"
    "    </reginfo>\n",
    "partial 1\nsip:joe@example.com a7 active 76 active registered sip:joe@pc34.example.com\n" },
  /* TS 24.229 5.4.2.1.2 and TS 24.228 6.5, with the names used there: an implicit set of three identities */
  { "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
    "<reginfo xmlns=\"urn:ietf:params:xml:ns:reginfo\" version=\"1\" state=\"full\">\n"
    " <registration aor=\"sip:user1_public1@home1.net\" id=\"a7\" state=\"active\">\n"
    "  <contact id=\"76\" state=\"active\" event=\"registered\">\n"
    "   <uri>sip:[5555::aaa:bbb:ccc:ddd]</uri>\n"
    "  </contact>\n"
    " </registration>\n"
    " <registration aor=\"sip:user1_public2@home1.net\" id=\"a8\" state=\"active\">\n"
    "  <contact id=\"77\" state=\"active\" event=\"created\">\n"
    "   <uri>sip:[5555::aaa:bbb:ccc:ddd]</uri>\n"
    "  </contact>\n"
    " </registration>\n"
    " <registration aor=\"tel:+358504821437\" id=\"a9\" state=\"active\">\n"
    "  <contact id=\"78\" state=\"active\" event=\"created\">\n"
    "   <uri>sip:[5555::aaa:bbb:ccc:ddd]</uri>\n"
    "  </contact>\n"
    " </registration>\n"
    "</reginfo>",
    "full 1\n"
    "sip:user1_public1@home1.net a7 active 76 active registered sip:[5555::aaa:bbb:ccc:ddd]\n"
    "sip:user1_public2@home1.net a8 active 77 active created sip:[5555::aaa:bbb:ccc:ddd]\n"
    "tel:+358504821437 a9 active 78 active created sip:[5555::aaa:bbb:ccc:ddd]\n" },
  /* TS 34.229-1 A.1.6, condition A4 (GRUUs of RFC 5628), its words put in */
  { "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
    "<reginfo xmlns=\"urn:ietf:params:xml:ns:reginfo\" xmlns:gr=\"urn:ietf:params:xml:ns:gruuinfo\" version=\"0\" "
    "state=\"full\">\n\n"
    "<registration aor=\"tel:+15550100\" id=\"a101\" state=\"active\">\n"
    "<contact id=\"981\" state=\"active\" event=\"created\"><uri>sip:u@192.0.2.1:5061;transport=tls</uri>\n"
    "<unknown-param name=\"+sip.instance\">\n\"&lt;urn:gsma:imei:90420156-025763-0&gt;\"\n</unknown-param>\n"
    "<gr:pub-gruu uri=\"sip:u@home1.net;gr=urn:uuid:f81d4fae-7dec-11d0-a765-00a0c91e6bf6\"/>\n"
    "<gr:temp-gruu uri=\"sip:tgruu.7hs@home1.net;gr\" first-cseq=\"54301\"/>\n"
    "</contact>\n</registration>\n\n</reginfo>\n",
    "full 0\ntel:+15550100 a101 active 981 active created sip:u@192.0.2.1:5061;transport=tls\n" },
  /* a NOTIFY of Clearwater after the network ended the registration (Metaswitch/sprout#1763) */
  { "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
    "<reginfo xmlns=\"urn:ietf:params:xml:ns:reginfo\" xmlns:gr=\"urn:ietf:params:xml:ns:gruuinfo\" "
    "xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" version=\"0\" state=\"full\">\n"
    " <registration aor=\"sip:+2670000000@gdr.clearwater.test\" id=\"680222321746640915\" state=\"terminated\">\n"
    "  <contact id=\"&lt;urn:uuid:e123d008-44f5-5b24-9993-2b63d43f625d&gt;\" state=\"terminated\" event=\"expired\">\n"
    "   <uri>sip:quaff@172.18.12.64:46079;transport=TCP;ob</uri>\n"
    "   <gr:pub-gruu uri=\"sip:+2670000000@gdr.clearwater.test;gr=urn:uuid:e123d008-44f5-5b24-9993-2b63d43f625d\" />\n"
    "  </contact>\n"
    " </registration>\n"
    "</reginfo>",
    "full 0\n"
    "sip:+2670000000@gdr.clearwater.test 680222321746640915 terminated "
    "&lt;urn:uuid:e123d008-44f5-5b24-9993-2b63d43f625d&gt; terminated expired "
    "sip:quaff@172.18.12.64:46079;transport=TCP;ob\n" },
  /* as Kamailio's S-CSCF lays it out (ims_registrar_scscf), when the HSS ended the registration */
  { "<?xml version=\"1.0\"?>\n"
    "<reginfo xmlns=\"urn:ietf:params:xml:ns:reginfo\" version=\"2\" state=\"partial\">\n"
    "\t<registration aor=\"tel:0398765432100\" id=\"0x7f45bcb27c98\" state=\"terminated\">\n"
    "\t\t<contact id=\"0x7f45bcb27058\" state=\"terminated\" event=\"unregistered\" expires=\"0\" q=\"1.000\">\n"
    "\t\t\t<uri>sip:192.168.101.5:6300;alias=192.168.101.5~6301~2</uri>\n"
    "\t\t<unknown-param name=\"+g.3gpp.smsip\"></unknown-param>\n"
    "\t\t<unknown-param name=\"+sip.instance\">\"&lt;urn:gsma:imei:35622410-483840-0&gt;\"</unknown-param>\n"
    "\t\t</contact>\n"
    "\t</registration>\n"
    "</reginfo>\n",
    "partial 2\n"
    "tel:0398765432100 0x7f45bcb27c98 terminated 0x7f45bcb27058 terminated unregistered "
    "sip:192.168.101.5:6300;alias=192.168.101.5~6301~2 e0\n" },
};

/* Unusual, and well-formed. */
static const example odd[] = {
  { ROOT("full") END, EMPTY },
  { "<reginfo version='0' state='full' xmlns='" NS "'/>", EMPTY },
  { "\xef\xbb\xbf<?xml version='1.0'\tencoding = 'us-ascii' standalone=\"yes\" ?>" ROOT("full") END, EMPTY },
  { "<?xml version='1.0' standalone='no'?>" ROOT("full") END, EMPTY },
  { "<!-- - a --><?a b?><?xml-x ?\?>\r\n" ROOT("full") "<!----><?p?>" END "\n<!-- > --> <?q <?>\t", EMPTY },
  { "<reginfo xmlns='" NS "' version='&#52;2' state='f&#x75;ll'></reginfo\n>", "full 42\n" },
  { "<reginfo xmlns='" NS "' version=' 4294967295 ' state='partial'/>", "partial 4294967295\n" },
  /* registrations without contacts, or with others than ours */
  { ROOT("full") REG("terminated") REG_END "<registration/>" END, EMPTY "sip:a@h r terminated\n - ?\n" },
  { ROOT("full") "<registration state='active' id='r' aor='sip:a@h' x='init'/>" END, EMPTY "sip:a@h r active\n" },
  { INSIDE("text &amp; <x/> more"), EMPTY "sip:a@h r active\n" },
  { INSIDE("<_xaAzZ._-09 \xc3\xa9='' _:_='>'/><\xc3\xa9></\xc3\xa9\n>"), EMPTY "sip:a@h r active\n" },
  { ROOT("full") "<contact id='c' state='active' event='created'/>" END, EMPTY },
  { ROOT("full") "<x>" REG("active") CONTACT("active", "created", "", "u") REG_END "</x>" END, EMPTY },
  { INSIDE("<x>" CONTACT("active", "created", "", "u") "</x>"), EMPTY "sip:a@h r active\n" },
  { ROOT("full") REG("active") REG_END "<x>" CONTACT("active", "created", "", "u") "</x>" END,
    EMPTY "sip:a@h r active\n" },
  { INSIDE("<x><x><x><x><x><uri/></x></x></x></x></x>"), EMPTY "sip:a@h r active\n" },
  /* contacts that lack something, or say what nobody knows */
  { INSIDE("<contact/>"), EMPTY LINE("- ? ? -") },
  { INSIDE("<contact id='' state='init' event='Active'><uri/></contact>"), EMPTY LINE(" ? ? ") },
  { INSIDE("<contact id='1' state='active' event=' created'><uri> \n</uri></contact>"), EMPTY LINE("1 active ? ") },
  { INSIDE("<contact event='c&#114;eated' state='active' id='&#49;'/>"), EMPTY LINE("&#49; active created -") },
  { INSIDE("<contact event='createdcreatedcreatedcreated&amp;'/>"), EMPTY LINE("- ? ? -") },
  { INSIDE("<contact><x><uri>no</uri></x><uri>a\xc3\xa9&quot;</uri></contact>"), EMPTY LINE("- ? ? a\xc3\xa9&quot;") },
  { INSIDE("<contact><uri><!-- --><?a?>u</uri><?b?></contact>"), EMPTY LINE("- ? ? u") },
  { INSIDE("<contact><x><![CDATA[<&]>]]]]></x><uri>u</uri></contact>"), EMPTY LINE("- ? ? u") },
  { INSIDE("<contact expires='7' retry-after='&#x33;600'/>"), EMPTY LINE("- ? ? - e7 r3600") },
  { INSIDE("<contact expires=' 0007\n' retry-after='-1'/>"), EMPTY LINE("- ? ? - e7") },
  { INSIDE("<contact expires='' retry-after='7s'/>"), EMPTY LINE("- ? ? -") },
  { INSIDE("<contact retry-after='5' q='1' duration-registered='2'/>"), EMPTY LINE("- ? ? - r5") },
  { INSIDE("<contact expires='4294967296' retry-after='18446744073709551616'/>"),
    EMPTY LINE("- ? ? - e4294967295 r4294967295") },
  /* namespaces */
  { "<q:reginfo version='0' state='full' xmlns:q=\"" NS "\"><registration/><q:registration><contact/><q:contact id='1'>"
    "<uri>x</uri><q:uri>y</q:uri></q:contact></q:registration></q:reginfo>",
    EMPTY " - ? 1 ? ? y\n" },
  { INSIDE("<contact x:id='1' x:event='created' id='2' id2='3'/>"), EMPTY LINE("2 ? ? -") },
  { INSIDE("<contact xmlns='' id='1'/><contact xmlns='" NS ".' id='2'/><contact id='3'/>"), EMPTY LINE("3 ? ? -") },
  { INSIDE("<x:contact id='1' xmlns:x='urn:x'/><x:contact id='2' xmlns:x='" NS "'/><x:contact id='3'/>"),
    EMPTY LINE("2 ? ? -") },
  { INSIDE("<a:contact id='1' xmlns:a='" NS "'><a:uri xmlns:a='urn:x'>n</a:uri><a:uri>y</a:uri></a:contact>"),
    EMPTY LINE("1 ? ? y") },
  { INSIDE("<a:x xmlns:a='" NS "'><b:y xmlns:b='" NS "' xmlns:a='urn:x'/><b:y xmlns:a='b' xmlns:b='" NS "'/></a:x>"),
    EMPTY "sip:a@h r active\n" },
  { INSIDE("<a:x xmlns:a='" NS "' xmlns='urn:x'><a:y xmlns:a='" NS "'/></a:x><contact/>"), EMPTY LINE("- ? ? -") },
  { INSIDE("<xml:contact xml:id='1'/>"), EMPTY "sip:a@h r active\n" },
};

static void shows(const example *e)
{
  shown s;
  int rc = read_all(e->text, strlen(e->text), &s);
  ck_assert_msg(rc == IMSTLS_OK, "%d for %s", rc, e->text);
  ck_assert_msg(strcmp(s.text, e->want) == 0, "%s\nreads as\n%s, not as\n%s", e->text, s.text, e->want);
}

START_TEST(published_examples)
{
  for (size_t i = 0; i < COUNT(published); i++)
    shows(&published[i]);
}
END_TEST

START_TEST(odd_documents)
{
  for (size_t i = 0; i < COUNT(odd); i++)
    shows(&odd[i]);
}
END_TEST

/* Without white space at its end no part of a document is one. */
START_TEST(every_prefix)
{
  shown s;
  for (size_t i = 0; i < COUNT(published) + COUNT(odd); i++) {
    const char *text = i < COUNT(published) ? published[i].text : odd[i - COUNT(published)].text;
    const char *end = strstr(text, "</reginfo");
    size_t whole = end == NULL ? strlen(text) : (size_t)(strchr(end, '>') + 1 - text);
    for (size_t len = 0; len < whole; len++)
      ck_assert_msg(read_all(text, len, &s) == IMSTLS_ERR_SIP_MALFORMED, "%.*s", (int)len, text);
  }
}
END_TEST

/* Every bit of every octet turned: an answer that is allowed, and what is read lies in the document. */
START_TEST(every_flip)
{
  for (size_t i = 0; i < COUNT(published); i++) {
    size_t len = strlen(published[i].text);
    char *copy = heap_copy(published[i].text, len);
    for (size_t bit = 0; bit < 8 * len; bit++) {
      shown s;
      copy[bit / 8] = (char)(copy[bit / 8] ^ 1 << bit % 8);
      int rc = read_all(copy, len, &s);
      ck_assert(rc == IMSTLS_OK || rc == IMSTLS_ERR_SIP_MALFORMED);
      copy[bit / 8] = (char)(copy[bit / 8] ^ 1 << bit % 8);
    }
    free(copy);
  }
}
END_TEST

static int ours(const char *theirs, size_t len, const char *uri)
{
  imstls_reginfo_contact c = IMSTLS_SIZED(imstls_reginfo_contact);
  c.uri = (imstls_text){ theirs, len };
  return imstls_reginfo_is_ours(&c, (imstls_text){ uri, strlen(uri) });
}

START_TEST(our_contact)
{
  static const struct {
    const char *theirs, *uri;
    int ours;
  } rows[] = {
    { "sip:u@192.0.2.1:5061;transport=tls", "sip:u@192.0.2.1:5061;transport=tls", 1 },
    { "sip:u@192.0.2.1;transport=TLS", "sip:u@192.0.2.1:5061;transport=tls", 1 }, /* RFC 3261 19.1.4 */
    { "sip:u@192.0.2.1;a&#61;1&amp;2", "sip:u@192.0.2.1;a=1&2", 1 },
    { "sip:u@192.0.2.1;a=1&amp;2", "sip:u@192.0.2.1;a=1&amp;2", 0 },
    { "sip:192.168.101.5:6300;alias=192.168.101.5~6301~2", "sip:192.168.101.5:6300", 1 }, /* Kamailio adds it */
    { "sip:v@192.0.2.1", "sip:u@192.0.2.1", 0 },
    { "", "sip:u@192.0.2.1", 0 },
    { "&", "sip:u@192.0.2.1", 0 },
  };
  for (size_t i = 0; i < COUNT(rows); i++)
    ck_assert_msg(ours(rows[i].theirs, strlen(rows[i].theirs), rows[i].uri) == rows[i].ours, "%s", rows[i].theirs);

  /* the longest that is compared when it has a reference; without one there is no limit */
  char uri[IMSTLS_REGINFO_URI_DECODED + 2];
  char theirs[IMSTLS_REGINFO_URI_DECODED + 10];
  for (size_t len = IMSTLS_REGINFO_URI_DECODED; len <= IMSTLS_REGINFO_URI_DECODED + 1; len++) {
    memset(uri, 'x', len);
    memcpy(uri, "sip:u@h;", 8);
    uri[len] = '\0';
    ck_assert_int_eq(ours(uri, len, uri), 1);
    size_t n = (size_t)sprintf(theirs, "&#115;%s", uri + 1);
    ck_assert_int_eq(ours(theirs, n, uri), len == IMSTLS_REGINFO_URI_DECODED);
  }
  imstls_reginfo_contact none = IMSTLS_SIZED(imstls_reginfo_contact);
  ck_assert_int_eq(imstls_reginfo_is_ours(&none, (imstls_text){ "sip:h", 5 }), 0);
  ck_assert_int_eq(imstls_reginfo_is_ours(NULL, (imstls_text){ "sip:h", 5 }), 0);
  none.uri = (imstls_text){ "sip:h", 5 };
  ck_assert_int_eq(imstls_reginfo_is_ours(&none, (imstls_text){ NULL, 0 }), 0);
}
END_TEST

/* --- what follows --- */

/* Rows: event 0 (unknown) to 9 (rejected); columns: state unknown, init, active, terminated. */
START_TEST(actions)
{
  enum {
    N = IMSTLS_REGINFO_NOTHING,
    F = IMSTLS_REGINFO_REFRESH,
    R = IMSTLS_REGINFO_REREGISTER,
    W = IMSTLS_REGINFO_WAIT
  };
  enum { E = IMSTLS_REGINFO_ENDED };
  static const int want[10][4] = {
    { N, N, N, W }, /* unknown */
    { N, N, N, W }, /* registered: not by this that it ended */
    { N, N, N, W }, /* created */
    { N, N, N, W }, /* refreshed */
    { N, N, F, W }, /* shortened */
    { N, N, N, R }, /* expired */
    { N, N, N, R }, /* deactivated */
    { N, N, N, W }, /* probation */
    { N, N, N, E }, /* unregistered */
    { N, N, N, E }, /* rejected */
  };
  for (int event = 0; event < 10; event++) {
    for (int state = 0; state < 4; state++) {
      imstls_reginfo_contact c = { .state = state, .event = event, .registration_state = IMSTLS_REGINFO_TERMINATED };
      ck_assert_msg(imstls_reginfo_action(&c) == want[event][state], "%s %s", event_word(event), state_word(state));
    }
  }
  for (int state = 0; state < 4; state++) {
    imstls_reginfo_contact c = { .none = 1, .registration_state = state };
    ck_assert_int_eq(imstls_reginfo_action(&c), state == IMSTLS_REGINFO_TERMINATED ? W : N);
  }
  ck_assert_int_eq(imstls_reginfo_action(NULL), N);
}
END_TEST

#define OURS(state, event, more) REG(state) CONTACT(state, event, more, "sip:us@h") REG_END
#define THEIRS(state, event) REG(state) CONTACT(state, event, "", "sip:them@h") REG_END

static const struct {
  const char *text;
  int action;
  unsigned registrations, terminated, ours, gone;
  const char *contact; /* as show_contact says it; NULL: none */
} verdicts[] = {
  { WHOLE("active", "registered", ""), IMSTLS_REGINFO_NOTHING, 1, 0, 1, 0,
    "sip:a@h r active c active registered sip:us@h\n" },
  { WHOLE("active", "shortened", "expires='600'"), IMSTLS_REGINFO_REFRESH, 1, 0, 1, 0,
    "sip:a@h r active c active shortened sip:us@h e600\n" },
  { WHOLE("terminated", "deactivated", ""), IMSTLS_REGINFO_REREGISTER, 1, 1, 1, 1,
    "sip:a@h r terminated c terminated deactivated sip:us@h\n" },
  { WHOLE("terminated", "probation", "retry-after='30'"), IMSTLS_REGINFO_WAIT, 1, 1, 1, 1,
    "sip:a@h r terminated c terminated probation sip:us@h r30\n" },
  { WHOLE("terminated", "rejected", ""), IMSTLS_REGINFO_ENDED, 1, 1, 1, 1,
    "sip:a@h r terminated c terminated rejected sip:us@h\n" },
  /* our contact is gone, that of another phone of the same identity is not: TS 24.229 5.1.1.7, 2) */
  { INSIDE(CONTACT("active", "registered", "", "sip:them@h") CONTACT("terminated", "unregistered", "", "sip:us@h")),
    IMSTLS_REGINFO_ENDED, 1, 0, 1, 1, "sip:a@h r active c terminated unregistered sip:us@h\n" },
  { INSIDE(CONTACT("terminated", "rejected", "", "sip:them@h") CONTACT("active", "registered", "", "sip:us@h")),
    IMSTLS_REGINFO_NOTHING, 1, 0, 1, 0, "sip:a@h r active c active registered sip:us@h\n" },
  /* one identity of ours is gone, another stands, in both orders */
  { ROOT("full") OURS("terminated", "rejected", "") OURS("active", "created", "") END, IMSTLS_REGINFO_NOTHING, 2, 1, 2,
    1, "sip:a@h r active c active created sip:us@h\n" },
  { ROOT("partial") OURS("active", "created", "") OURS("terminated", "deactivated", "") END, IMSTLS_REGINFO_NOTHING, 2,
    1, 2, 1, "sip:a@h r active c active created sip:us@h\n" },
  { ROOT("full") OURS("active", "registered", "expires='1'") OURS("active", "shortened", "expires='9'")
        OURS("active", "shortened", "expires='8'") OURS("active", "shortened", "expires='10'") END,
    IMSTLS_REGINFO_REFRESH, 4, 0, 4, 0, "sip:a@h r active c active shortened sip:us@h e8\n" },
  { ROOT("full") OURS("active", "shortened", "expires='9'") OURS("active", "shortened", "") END, IMSTLS_REGINFO_REFRESH,
    2, 0, 2, 0, "sip:a@h r active c active shortened sip:us@h\n" },
  /* all are gone, for several reasons */
  { ROOT("full") OURS("terminated", "rejected", "") OURS("terminated", "expired", "")
        OURS("terminated", "probation", "retry-after='5'") END,
    IMSTLS_REGINFO_REREGISTER, 3, 3, 3, 3, "sip:a@h r terminated c terminated expired sip:us@h\n" },
  { ROOT("full") OURS("terminated", "probation", "retry-after='5'") OURS("terminated", "unregistered", "")
        OURS("terminated", "probation", "retry-after='7'") OURS("terminated", "probation", "") END,
    IMSTLS_REGINFO_WAIT, 4, 4, 4, 4, "sip:a@h r terminated c terminated probation sip:us@h r7\n" },
  /* none is ours */
  { ROOT("full") END, IMSTLS_REGINFO_NOTHING, 0, 0, 0, 0, NULL },
  { ROOT("full") REG("init") REG_END END, IMSTLS_REGINFO_NOTHING, 1, 0, 0, 0, NULL },
  { ROOT("full") THEIRS("active", "registered") END, IMSTLS_REGINFO_NOTHING, 1, 0, 0, 0, NULL },
  { ROOT("full") THEIRS("terminated", "rejected") THEIRS("active", "created") END, IMSTLS_REGINFO_NOTHING, 2, 1, 0, 0,
    NULL },
  { ROOT("partial") THEIRS("terminated", "deactivated") END, IMSTLS_REGINFO_NOTHING, 1, 1, 0, 0, NULL },
  { ROOT("full") THEIRS("terminated", "rejected") REG("terminated") REG_END END, IMSTLS_REGINFO_WAIT, 2, 2, 0, 0,
    NULL },
  /* a state that nobody knows decides nothing */
  { ROOT("full") OURS("dead", "rejected", "") OURS("terminated", "rejected", "") END, IMSTLS_REGINFO_ENDED, 2, 1, 2, 1,
    "sip:a@h r terminated c terminated rejected sip:us@h\n" },
};

START_TEST(whole_documents)
{
  for (size_t i = 0; i < COUNT(verdicts); i++) {
    size_t len = strlen(verdicts[i].text);
    char *block = heap_copy(verdicts[i].text, len);
    imstls_reginfo_verdict v;
    shown s = { .len = 0 };
    const imstls_text ours = { "sip:us@H:5060", 13 };
    for (size_t cut = 0; cut < len; cut++) { /* nothing counts before its end */
      memset(&v, 0x5a, sizeof v);
      imstls_reginfo_verdict before = v;
      ck_assert_int_eq(imstls_reginfo_judge((imstls_text){ block, cut }, ours, &v), IMSTLS_ERR_SIP_MALFORMED);
      ck_assert_mem_eq(&v, &before, sizeof v);
    }
    int rc = imstls_reginfo_judge((imstls_text){ block, len }, ours, &v);
    ck_assert_int_eq(rc, IMSTLS_OK);
    ck_assert_uint_eq(v.size, sizeof v);
    ck_assert_msg(v.action == verdicts[i].action, "%d for %s", (int)v.action, verdicts[i].text);
    ck_assert_uint_eq(v.registrations, verdicts[i].registrations);
    ck_assert_uint_eq(v.terminated, verdicts[i].terminated);
    ck_assert_uint_eq(v.ours, verdicts[i].ours);
    ck_assert_uint_eq(v.ours_gone, verdicts[i].gone);
    ck_assert_uint_eq(v.version, 0);
    ck_assert_int_eq(v.state,
                     strstr(verdicts[i].text, "partial") == NULL ? IMSTLS_REGINFO_FULL : IMSTLS_REGINFO_PARTIAL);
    ck_assert_uint_eq(v.contact.size, verdicts[i].contact == NULL ? 0 : sizeof v.contact);
    if (verdicts[i].contact != NULL) {
      show_contact(&s, &v.contact);
      ck_assert_str_eq(s.text, verdicts[i].contact);
    }
    free(block);
  }
}
END_TEST

/* `count` contacts of our user behind one of ours that is gone. */
static int judge_spelled(unsigned count, const char *contact, imstls_reginfo_verdict *v)
{
  static char body[16384];
  size_t n =
      (size_t)sprintf(body, "%s", ROOT("full") REG("active") CONTACT("terminated", "deactivated", "", "sip:us@h"));
  for (unsigned i = 0; i < count; i++)
    n += (size_t)sprintf(body + n, "%s", contact);
  n += (size_t)sprintf(body + n, "%s", REG_END END);
  return imstls_reginfo_judge((imstls_text){ body, n }, (imstls_text){ "sip:us@h", 8 }, v);
}

/* Each spelling of our URI costs a comparison to its end, so that a document has some and no more. */
START_TEST(spellings)
{
  static const char strange[] = CONTACT("active", "registered", "", "sip:us@h:1"),
                    spelled[] = CONTACT("active", "registered", "", "sip:us@H"),
                    ours[] = CONTACT("active", "registered", "", "sip:us@h");
  imstls_reginfo_verdict v;
  ck_assert_int_eq(judge_spelled(31, strange, &v), IMSTLS_OK);
  ck_assert_int_eq(v.action, IMSTLS_REGINFO_REREGISTER);
  ck_assert_int_eq(judge_spelled(64, strange, &v), IMSTLS_ERR_SIP_OVERSIZED);
  ck_assert_int_eq(judge_spelled(63, spelled, &v), IMSTLS_OK);
  ck_assert_uint_eq(v.ours, 64);
  ck_assert_int_eq(judge_spelled(64, spelled, &v), IMSTLS_ERR_SIP_OVERSIZED);
  ck_assert_int_eq(judge_spelled(100, ours, &v), IMSTLS_OK);
  ck_assert_uint_eq(v.ours, 101);
}
END_TEST

START_TEST(misuse)
{
  imstls_reginfo reader;
  imstls_reginfo_contact c;
  imstls_reginfo_verdict v;
  static const imstls_text body = { ROOT("full") END, LEN(ROOT("full") END) };
  static const imstls_text uri = { "sip:us@h", 8 };
  static const imstls_text none = { NULL, 0 };
  ck_assert_int_eq(imstls_reginfo_begin(NULL, body), IMSTLS_ERR_USAGE);
  ck_assert_int_eq(imstls_reginfo_begin(&reader, (imstls_text){ NULL, 1 }), IMSTLS_ERR_USAGE);
  ck_assert_int_eq(imstls_reginfo_begin(&reader, none), IMSTLS_ERR_SIP_MALFORMED); /* a NOTIFY without a body */
  ck_assert_int_eq(imstls_reginfo_begin(&reader, body), IMSTLS_OK);
  ck_assert_int_eq(imstls_reginfo_next(NULL, &c), IMSTLS_ERR_USAGE);
  ck_assert_int_eq(imstls_reginfo_next(&reader, NULL), IMSTLS_ERR_USAGE);
  ck_assert_int_eq(imstls_reginfo_next(&reader, &c), IMSTLS_END);
  ck_assert_int_eq(imstls_reginfo_next(&reader, &c), IMSTLS_END);
  memset(&reader, 0, sizeof reader);
  ck_assert_int_eq(imstls_reginfo_next(&reader, &c), IMSTLS_ERR_USAGE);
  ck_assert_int_eq(imstls_reginfo_judge(body, none, &v), IMSTLS_ERR_USAGE);
  ck_assert_int_eq(imstls_reginfo_judge(body, uri, NULL), IMSTLS_ERR_USAGE);
  ck_assert_int_eq(imstls_reginfo_judge(none, uri, &v), IMSTLS_ERR_SIP_MALFORMED);
}
END_TEST

SUITE_OF(reginfo, published_examples, odd_documents, every_prefix, every_flip, our_contact, actions, whole_documents,
         spellings, misuse)
