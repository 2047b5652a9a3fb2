/* SPDX-License-Identifier: Apache-2.0 */
/* Messages of another stack on our flow: what is put in, what stays, and what comes off again. */
#include <stdio.h>
#include <stdlib.h>

#include <imstls/outbound.h>

#include "base/base.h"
#include "heap.h"
#include "suite.h"

#define CONTACT "sip:0123456789abcdef@192.0.2.1:40000;transport=tls"
#define PCSCF "<sip:192.0.2.9:5061;transport=tls;lr>"

static imstls_text text_of(const char *s) { return (imstls_text){ s, strlen(s) }; }

static imstls_outbound flow(void)
{
  imstls_outbound f = IMSTLS_SIZED(imstls_outbound);
  strcpy(f.transport, "TLS");
  strcpy(f.sent_by, "192.0.2.1:40000");
  strcpy(f.contact, CONTACT);
  strcpy(f.pcscf, PCSCF);
  f.service_route = text_of("<sip:orig@scscf.example;lr>, <sip:as.example;lr>");
  f.security_verify = text_of("tls;q=0.1, ipsec-3gpp;q=0.05;alg=hmac-md5-96");
  f.associated_uri = text_of("\"A\" <sip:alice@example.org>, <tel:+15550100>");
  f.access_network_info = text_of("IEEE-802.11");
  return f;
}

static char out[8192];
static size_t out_len;

/* Parses in a block of its exact size, stamps, and parses what came of it. */
static int stamp(const char *message, const imstls_outbound *f, imstls_sip_message *m)
{
  static char *block;
  imstls_sip_message in;
  free(block);
  block = heap_copy(message, strlen(message));
  ck_assert_msg(imstls_sip_parse(&in, block, strlen(message)) == IMSTLS_OK, "%s", message);
  int error = imstls_sip_stamp(&in, f, out, sizeof out - 1, &out_len);
  if (error)
    return error;
  out[out_len] = '\0';
  ck_assert_msg(imstls_sip_parse(m, out, out_len) == IMSTLS_OK, "%s", out);
  ck_assert_uint_eq(m->raw.len, out_len);
  return IMSTLS_OK;
}

static bool is(imstls_text text, const char *want)
{
  return text.len == strlen(want) && memcmp(text.ptr, want, text.len) == 0;
}

/* How often this line is in what came of it. */
static int lines(const char *line)
{
  char whole[400];
  int n = 0;
  snprintf(whole, sizeof whole, "\r\n%s\r\n", line);
  for (const char *at = out; (at = strstr(at, whole)) != NULL; at += 2)
    n++;
  return n;
}

static void branch_of(const imstls_sip_message *m, char branch[80])
{
  imstls_sip_via top;
  ck_assert_int_eq(imstls_sip_via_parse(m->first[IMSTLS_HDR_VIA], &top), IMSTLS_OK);
  ck_assert_uint_lt(top.branch.len, 80);
  memcpy(branch, top.branch.ptr, top.branch.len);
  branch[top.branch.len] = '\0';
}

#define VIA_OF(branch) "Via: SIP/2.0/UDP 127.0.0.1:5070;branch=" branch ";rport\r\n"
#define ENDS(to) "From: \"Al\" <sip:alice@example.org>;tag=1\r\nTo: <sip:bob@example.org>" to "\r\nCall-ID: c@h\r\n"
#define INVITE                                                                                                         \
  "INVITE sip:bob@example.org SIP/2.0\r\n" VIA_OF("z9hG4bKstack")                                                      \
      ENDS("") "CSeq: 7 INVITE\r\nMax-Forwards: 69\r\n"                                                                \
               "Route: <sip:127.0.0.1:5062;lr>\r\nContact: \"Al\" <sip:alice@127.0.0.1:5070>;+sip.ice;expires=60\r\n"  \
               "Security-Verify: digest\r\nSubject: odd  text\r\n of two lines\r\nContent-Type: application/sdp\r\n"   \
               "Content-Length: 4\r\n\r\nv=0\n"

/* A whole INVITE, word for word. */
START_TEST(invite)
{
  imstls_sip_message m;
  imstls_outbound f = flow();
  ck_assert_int_eq(stamp(INVITE, &f, &m), IMSTLS_OK);
  char branch[80];
  branch_of(&m, branch);
  ck_assert(strncmp(branch, "z9hG4bK", 7) == 0 && strlen(branch) == 31);
  char want[2000];
  snprintf(
      want, sizeof want,
      "INVITE sip:bob@example.org SIP/2.0\r\nVia: SIP/2.0/TLS 192.0.2.1:40000;branch=%s;rport\r\n"
      "Route: " PCSCF "\r\nRoute: <sip:orig@scscf.example;lr>\r\nRoute: <sip:as.example;lr>\r\n"
      "Security-Verify: tls;q=0.1, ipsec-3gpp;q=0.05;alg=hmac-md5-96\r\nRequire: sec-agree\r\n"
      "Proxy-Require: sec-agree\r\nP-Access-Network-Info: IEEE-802.11\r\n"
      "P-Preferred-Identity: \"A\" <sip:alice@example.org>\r\n" VIA_OF("z9hG4bKstack") ENDS(
          "") "CSeq: 7 INVITE\r\nMax-Forwards: 69\r\nContact: \"Al\" <" CONTACT ">;+sip.ice;expires=60\r\n"
              "Subject: odd  text\r\n of two lines\r\nContent-Type: application/sdp\r\nContent-Length: 4\r\n\r\nv=0\n",
      branch);
  ck_assert_str_eq(out, want);
}
END_TEST

/* ACK to a refusal and CANCEL: the branch of their INVITE, its route, and no agreement of their own. */
START_TEST(ack_and_cancel)
{
  imstls_sip_message m;
  imstls_outbound f = flow();
  ck_assert_int_eq(stamp(INVITE, &f, &m), IMSTLS_OK);
  char branch[80];
  branch_of(&m, branch);
  char other[80];
  static const char *const others[] = {
    "ACK sip:bob@example.org SIP/2.0\r\n" VIA_OF("z9hG4bKstack") ENDS(";tag=2") "CSeq: 7 ACK\r\n\r\n",
    "CANCEL sip:bob@example.org SIP/2.0\r\n" VIA_OF("z9hG4bKstack") ENDS("") "CSeq: 7 CANCEL\r\n\r\n",
    INVITE /* once more, as UDP has it */
  };
  for (size_t i = 0; i < COUNT(others); i++) {
    ck_assert_int_eq(stamp(others[i], &f, &m), IMSTLS_OK);
    branch_of(&m, other);
    ck_assert_str_eq(other, branch);
    ck_assert_uint_eq(m.count[IMSTLS_HDR_ROUTE], 3);
    ck_assert_int_eq(lines("Route: " PCSCF), 1);
    ck_assert_uint_eq(m.count[IMSTLS_HDR_SECURITY_VERIFY], i == 2);
    ck_assert_uint_eq(m.count[IMSTLS_HDR_REQUIRE], i == 2);
    ck_assert_uint_eq(m.count[IMSTLS_HDR_CONTACT], i == 2);
    ck_assert_int_eq(lines("P-Access-Network-Info: IEEE-802.11"), i == 2);
  }
  /* another request, another branch */
  ck_assert_int_eq(
      stamp("ACK sip:bob@h SIP/2.0\r\n" VIA_OF("z9hG4bKother") ENDS(";tag=2") "CSeq: 7 ACK\r\n\r\n", &f, &m),
      IMSTLS_OK);
  branch_of(&m, other);
  ck_assert_str_ne(other, branch);
}
END_TEST

/* In a dialog the route is that of the dialog, and the identity was settled (RFC 3261 12.2.1.1). */
START_TEST(in_dialog)
{
  static const char *const methods[] = { "BYE", "UPDATE", "PRACK", "INFO", "INVITE", "NOTIFY", "MESSAGE" };
  imstls_sip_message m;
  imstls_outbound f = flow();
  char text[1000];
  for (size_t i = 0; i < 2 * COUNT(methods); i++) {
    const char *method = methods[i / 2];
    snprintf(text, sizeof text,
             "%s sip:bob@192.0.2.77 SIP/2.0\r\n" VIA_OF("z9hG4bKb") ENDS(";tag=2") "CSeq: 8 %s\r\n%s\r\n", method,
             method, i % 2 ? "Route: <sip:p1.example;lr>,<sip:p2.example;lr>\r\n" : "");
    ck_assert_int_eq(stamp(text, &f, &m), IMSTLS_OK);
    ck_assert_uint_eq(m.count[IMSTLS_HDR_ROUTE], i % 2);
    ck_assert_int_eq(lines("Route: <sip:p1.example;lr>,<sip:p2.example;lr>"), i % 2);
    ck_assert_uint_eq(m.count[IMSTLS_HDR_SECURITY_VERIFY], 1);
    ck_assert(!strstr(out, "P-Preferred-Identity"));
    ck_assert_uint_eq(m.count[IMSTLS_HDR_MAX_FORWARDS], 1);
    bool has_target = strcmp(method, "UPDATE") == 0 || strcmp(method, "INVITE") == 0;
    ck_assert_int_eq(lines("Contact: <" CONTACT ">"), has_target);
    ck_assert_int_eq(lines("Content-Length: 0"), 1);
  }
}
END_TEST

/* The ACK to a 200 has the dialog's route. */
START_TEST(ack_in_dialog)
{
  imstls_sip_message m;
  imstls_outbound f = flow();
  ck_assert_int_eq(stamp("ACK sip:bob@192.0.2.77 SIP/2.0\r\n" VIA_OF("z9hG4bKa")
                             ENDS(";tag=2") "CSeq: 7 ACK\r\nRoute: <sip:p1.example;lr>\r\n\r\n",
                         &f, &m),
                   IMSTLS_OK);
  ck_assert_uint_eq(m.count[IMSTLS_HDR_ROUTE], 1);
  ck_assert_int_eq(lines("Route: <sip:p1.example;lr>"), 1);
}
END_TEST

/* Who asks: From when it is one of ours in other words, else the default; what the stack says itself stays. */
START_TEST(identity)
{
  static const struct {
    const char *from, *more, *want;
  } rows[] = {
    { "<sip:%61lice@EXAMPLE.org>;tag=1", "", "\"A\" <sip:alice@example.org>" },
    { "tel:+15550100;tag=1", "", "<tel:+15550100>" },
    { "<sip:anonymous@anonymous.invalid>;tag=1", "", "\"A\" <sip:alice@example.org>" },
    { "<sip:mallory@example.org>;tag=1", "", "\"A\" <sip:alice@example.org>" },
    { "<sip:x>;tag=1", "P-Preferred-Identity: <tel:+15550100>\r\n", "<tel:+15550100>" },
  };
  imstls_sip_message m;
  imstls_outbound f = flow();
  char text[1000], line[100];
  for (size_t i = 0; i < COUNT(rows); i++) {
    snprintf(text, sizeof text,
             "MESSAGE sip:b SIP/2.0\r\nVia: SIP/2.0/UDP h;branch=z9hG4bK1\r\nFrom: %s\r\nTo: <sip:b>\r\nCall-ID: c\r\n"
             "CSeq: 1 MESSAGE\r\n%sContent-Length: 2\r\n\r\nhi",
             rows[i].from, rows[i].more);
    ck_assert_int_eq(stamp(text, &f, &m), IMSTLS_OK);
    snprintf(line, sizeof line, "P-Preferred-Identity: %s", rows[i].want);
    ck_assert_msg(lines(line) == 1, "%s", out);
    ck_assert(is(m.body, "hi"));
  }
}
END_TEST

/* A response keeps all but the Contact. */
START_TEST(answer)
{
  imstls_sip_message m;
  imstls_outbound f = flow();
  static const char ok[] =
      "SIP/2.0 200 OK\r\nVia: SIP/2.0/TLS p;branch=z9hG4bKp\r\nRecord-Route: <sip:p;lr>\r\n"
      "From: <sip:b>;tag=3\r\nTo: <sip:alice@example.org>;tag=4\r\nCall-ID: d\r\nCSeq: 1 INVITE\r\n"
      "Route: <sip:odd>\r\nm: <sip:alice@127.0.0.1:5070;ob>;x=1, =, sip:second@127.0.0.1\r\n"
      "l: 0\r\n\r\n";
  ck_assert_int_eq(stamp(ok, &f, &m), IMSTLS_OK);
  ck_assert_str_eq(out, "SIP/2.0 200 OK\r\nVia: SIP/2.0/TLS p;branch=z9hG4bKp\r\nRecord-Route: <sip:p;lr>\r\n"
                        "From: <sip:b>;tag=3\r\nTo: <sip:alice@example.org>;tag=4\r\nCall-ID: d\r\nCSeq: 1 INVITE\r\n"
                        "Route: <sip:odd>\r\nContact: <" CONTACT ">;x=1, <" CONTACT ">\r\nl: 0\r\n\r\n");
}
END_TEST

/* What was stamped for one flow and did not leave there: the next stamp takes the place of the first, and nothing is
 * there twice. */
START_TEST(again)
{
  static const char *const others[] = {
    INVITE, "CANCEL sip:bob@example.org SIP/2.0\r\n" VIA_OF("z9hG4bKstack") ENDS("") "CSeq: 7 CANCEL\r\n\r\n",
    "BYE sip:bob@192.0.2.7 SIP/2.0\r\n" VIA_OF("z9hG4bKbye")
        ENDS(";tag=2") "CSeq: 8 BYE\r\n"
                       "Require: 100rel, sec-agree\r\nRoute: <sip:own;lr>\r\n\r\n"
  };
  imstls_sip_message m;
  imstls_outbound f = flow(), next = flow();
  strcpy(next.sent_by, "198.51.100.7:5555");
  strcpy(next.contact, "sip:u@198.51.100.7:5555;transport=tls");
  next.security_verify = text_of("tls;q=0.2");
  next.service_route = text_of("<sip:other;lr>");
  for (size_t i = 0; i < COUNT(others); i++) {
    char first[2000], straight[2000];
    ck_assert_int_eq(stamp(others[i], &next, &m), IMSTLS_OK);
    strcpy(straight, out);
    ck_assert_int_eq(stamp(others[i], &f, &m), IMSTLS_OK);
    strcpy(first, out);
    ck_assert_str_ne(first, straight);
    ck_assert_int_eq(stamp(first, &next, &m), IMSTLS_OK);
    ck_assert_uint_eq(out_len, strlen(straight));
    ck_assert_int_eq(lines("Require: sec-agree") + lines("Require: 100rel, sec-agree"), i != 1);
    ck_assert_ptr_nonnull(strstr(out, "Via: SIP/2.0/TLS 198.51.100.7:5555;"));
    ck_assert_ptr_null(strstr(out, "192.0.2.1:40000"));
    ck_assert_int_eq(stamp(first, &f, &m), IMSTLS_OK);
    ck_assert_uint_eq(out_len, strlen(first));
    ck_assert_uint_eq(m.count[IMSTLS_HDR_VIA], 2);
  }
}
END_TEST

/* ---- whom Contact leads to ---- */

#define PUB "sip:alice@example.org;gr=urn:uuid:1"
#define TEMP "sip:tgruu.7hs==@example.org;gr"
enum { PLAIN, OB, PUBLIC, TEMPORARY };

static imstls_outbound flow_with_gruus(void)
{
  imstls_outbound f = flow();
  f.outbound = 1;
  f.impu = text_of("sip:alice@example.org");
  f.pub_gruu = text_of(PUB);
  f.temp_gruu = text_of(TEMP);
  return f;
}

/* The URI of a Contact in what came of the message, and Supported: gruu beside it exactly when that is a GRUU. */
static void ck_contact(const imstls_sip_message *m, int want)
{
  static const char *const uris[] = { CONTACT, CONTACT ";ob", PUB, TEMP };
  imstls_text rest = m->first[IMSTLS_HDR_CONTACT];
  imstls_sip_address contact;
  ck_assert_int_eq(imstls_sip_address_next(&rest, &contact), IMSTLS_OK);
  ck_assert_msg(is(contact.uri, uris[want]), "%.*s", (int)contact.uri.len, contact.uri.ptr);
  ck_assert_int_eq(lines("Supported: gruu"), want == PUBLIC || want == TEMPORARY);
}

static int stamp_contact(const imstls_outbound *f, const char *line, const char *from, const char *to, const char *more,
                         imstls_sip_message *m)
{
  char text[1500];
  const char *method = strncmp(line, "SIP/2.0", 7) ? line : "INVITE";
  snprintf(text, sizeof text, "%s\r\n" VIA_OF("z9hG4bK1") "From: %s\r\nTo: %s\r\nCall-ID: c\r\nCSeq: 1 %.*s\r\n%s\r\n",
           line, from, to, (int)strcspn(method, " "), method, more);
  return stamp(text, f, m);
}

#define ALICE "<sip:alice@example.org>;tag=1"
#define TEL "<tel:+15550100>;tag=1"
#define BOB "<sip:bob@h>"
#define THERE "Contact: <sip:a@127.0.0.1>\r\n"

/* RFC 5626 4.3, RFC 5627 4.4, TS 24.229 5.1.2A.1.1: by the message, with GRUUs granted and without. */
START_TEST(contact)
{
  static const struct {
    const char *line, *from, *to, *more;
    int with, without;
  } rows[] = {
    { "INVITE sip:b SIP/2.0", ALICE, BOB, "", PUBLIC, OB },
    { "INVITE sip:b SIP/2.0", ALICE, BOB, THERE, PUBLIC, OB },
    { "SUBSCRIBE sip:b SIP/2.0", ALICE, BOB, THERE, PUBLIC, OB },
    { "REFER sip:b SIP/2.0", ALICE, BOB, THERE, PUBLIC, OB },
    { "MESSAGE sip:b SIP/2.0", ALICE, BOB, THERE, PUBLIC, PLAIN }, /* no dialog */
    { "INVITE sip:b SIP/2.0", ALICE, BOB ";tag=2", THERE, PUBLIC, PLAIN },
    { "UPDATE sip:b SIP/2.0", ALICE, BOB ";tag=2", "", PUBLIC, PLAIN },
    { "SIP/2.0 200 OK", "<sip:b@h>;tag=3", ALICE, THERE, PUBLIC, PLAIN },
    { "SIP/2.0 180 R", "<sip:b@h>;tag=3", ALICE, THERE, PUBLIC, PLAIN },
    /* of whom it is: ours, unknown and so the default, another one of ours */
    { "INVITE sip:b SIP/2.0", "<sip:x@127.0.0.1>;tag=1", BOB, THERE, PUBLIC, OB },
    { "INVITE sip:b SIP/2.0", TEL, BOB, THERE, OB, OB },
    { "SIP/2.0 200 OK", "<sip:b@h>;tag=3", TEL, THERE, PLAIN, PLAIN },
    { "SIP/2.0 200 OK", TEL, ALICE, THERE, PUBLIC, PLAIN },
    /* in private */
    { "INVITE sip:b SIP/2.0", ALICE, BOB, THERE "Privacy: id\r\n", TEMPORARY, OB },
    { "INVITE sip:b SIP/2.0", ALICE, BOB, "PRIVACY: header;critical\r\n", TEMPORARY, OB },
    { "INVITE sip:b SIP/2.0", ALICE, BOB, THERE "Privacy: none\r\n", PUBLIC, OB },
    { "INVITE sip:b SIP/2.0", "\"Anonymous\" <sip:anonymous@anonymous.invalid>;tag=1", BOB, THERE, TEMPORARY, OB },
    { "UPDATE sip:b SIP/2.0", "<sip:anonymous@Anonymous.Invalid>;tag=1", BOB ";tag=2", THERE, TEMPORARY, PLAIN },
    { "SIP/2.0 200 OK", "<sip:b@h>;tag=3", ALICE, THERE "Privacy: id\r\n", TEMPORARY, PLAIN },
  };
  imstls_sip_message m;
  imstls_outbound with = flow_with_gruus(), without = flow();
  without.outbound = 1;
  without.impu = with.impu;
  for (size_t i = 0; i < COUNT(rows); i++) {
    ck_assert_int_eq(stamp_contact(&with, rows[i].line, rows[i].from, rows[i].to, rows[i].more, &m), IMSTLS_OK);
    ck_contact(&m, rows[i].with);
    ck_assert_int_eq(stamp_contact(&without, rows[i].line, rows[i].from, rows[i].to, rows[i].more, &m), IMSTLS_OK);
    ck_contact(&m, rows[i].without);
  }
}
END_TEST

/* The application's word, one GRUU without the other, a registrar that keeps no flow, Supported that is there. */
START_TEST(contact_by_flow)
{
  static const char line[] = "INVITE sip:b SIP/2.0";
  imstls_sip_message m;
  imstls_outbound f = flow_with_gruus();
  f.anonymous = 1;
  ck_assert_int_eq(stamp_contact(&f, line, ALICE, BOB, THERE, &m), IMSTLS_OK);
  ck_contact(&m, TEMPORARY);
  f.temp_gruu.len = 0; /* the public one is no stand-in: it tells who we are */
  ck_assert_int_eq(stamp_contact(&f, line, ALICE, BOB, THERE, &m), IMSTLS_OK);
  ck_contact(&m, OB);
  f.outbound = 0;
  ck_assert_int_eq(stamp_contact(&f, line, ALICE, BOB, THERE, &m), IMSTLS_OK);
  ck_contact(&m, PLAIN);
  f.anonymous = 0;
  ck_assert_int_eq(stamp_contact(&f, line, ALICE, BOB, "k: 100rel, GRUU\r\n", &m), IMSTLS_OK);
  ck_assert_int_eq(lines("Supported: gruu"), 0);
  ck_assert_int_eq(stamp_contact(&f, "MESSAGE sip:b SIP/2.0", ALICE, BOB, "", &m), IMSTLS_OK);
  ck_assert_int_eq(lines("Supported: gruu"), 0); /* no Contact, no GRUU */
}
END_TEST

/* From a flow with GRUUs to one without and back: one Contact, and Supported once. */
START_TEST(contact_again)
{
  char first[2000];
  imstls_sip_message m;
  imstls_outbound with = flow_with_gruus(), without = flow();
  ck_assert_int_eq(stamp(INVITE, &with, &m), IMSTLS_OK);
  strcpy(first, out);
  ck_assert_int_eq(stamp(first, &without, &m), IMSTLS_OK);
  ck_assert_int_eq(lines("Contact: \"Al\" <" CONTACT ">;+sip.ice;expires=60"), 1);
  ck_assert_uint_eq(m.count[IMSTLS_HDR_SUPPORTED], 1);
  strcpy(first, out);
  ck_assert_int_eq(stamp(first, &with, &m), IMSTLS_OK);
  ck_contact(&m, PUBLIC);
  ck_assert_uint_eq(m.count[IMSTLS_HDR_CONTACT], 1);
  ck_assert_uint_eq(m.count[IMSTLS_HDR_SUPPORTED], 1);
}
END_TEST

/* A call that is sent elsewhere is sent there, not to us. */
START_TEST(redirection)
{
  static const char *const statuses[] = { "SIP/2.0 300 M", "SIP/2.0 302 M", "SIP/2.0 399 M", "SIP/2.0 485 A" };
  imstls_sip_message m;
  imstls_outbound f = flow_with_gruus();
  for (size_t i = 0; i < COUNT(statuses); i++) {
    ck_assert_int_eq(stamp_contact(&f, statuses[i], BOB ";tag=3", ALICE, "Contact: <sip:c@h>;q=1, <tel:+1>\r\n", &m),
                     IMSTLS_OK);
    ck_assert_int_eq(lines("Contact: <sip:c@h>;q=1, <tel:+1>"), 1);
    ck_assert_int_eq(lines("Supported: gruu"), 0);
  }
}
END_TEST

/* A flow without agreement, route or access network says nothing of them. */
START_TEST(bare_flow)
{
  imstls_sip_message m;
  imstls_outbound f = flow();
  f.service_route = f.security_verify = f.access_network_info = (imstls_text){ NULL, 0 };
  ck_assert_int_eq(stamp(INVITE, &f, &m), IMSTLS_OK);
  ck_assert_uint_eq(m.count[IMSTLS_HDR_ROUTE], 1);
  ck_assert_uint_eq(m.count[IMSTLS_HDR_SECURITY_VERIFY], 0); /* the stack's own would be wrong */
  ck_assert_uint_eq(m.count[IMSTLS_HDR_REQUIRE], 0);
  ck_assert(!strstr(out, "P-Access-Network-Info"));
}
END_TEST

START_TEST(refused)
{
  imstls_sip_message m = { .size = sizeof m };
  imstls_outbound f = flow();
  size_t len;
  ck_assert_int_eq(stamp("REGISTER sip:h SIP/2.0\r\n" VIA_OF("z") ENDS("") "CSeq: 1 REGISTER\r\n\r\n", &f, &m),
                   IMSTLS_ERR_USAGE);
  ck_assert_int_eq(stamp("SIP/2.0 200 OK\r\n" VIA_OF("z") ENDS("") "CSeq: 1 REGISTER\r\n\r\n", &f, &m),
                   IMSTLS_ERR_USAGE);
  ck_assert_int_eq(
      stamp("BYE sip:h SIP/2.0\r\n" VIA_OF("z") "From: <sip:a>\r\nTo: < b\r\nCall-ID: c\r\nCSeq: 1 BYE\r\n\r\n", &f,
            &m),
      IMSTLS_ERR_SIP_MALFORMED);
  ck_assert_int_eq(stamp("BYE sip:h SIP/2.0\r\n" VIA_OF("z") ENDS(";=") "CSeq: 1 BYE\r\n\r\n", &f, &m),
                   IMSTLS_ERR_SIP_MALFORMED);
  ck_assert_int_eq(stamp("BYE sip:h SIP/2.0\r\n" VIA_OF("z") ENDS(",<sip:c>") "CSeq: 1 BYE\r\n\r\n", &f, &m),
                   IMSTLS_ERR_SIP_MALFORMED);
  f.size--;
  ck_assert_int_eq(stamp(INVITE, &f, &m), IMSTLS_ERR_USAGE);
  ck_assert_int_eq(imstls_sip_stamp(NULL, &f, out, 1, &len), IMSTLS_ERR_USAGE);
  ck_assert_int_eq(imstls_sip_unstamp(NULL, out, 1, &len), IMSTLS_ERR_USAGE);
}
END_TEST

/* ---- the way back ---- */

static int unstamp(const char *response, char *into, size_t cap, size_t *len)
{
  static char *block;
  imstls_sip_message m;
  free(block);
  block = heap_copy(response, strlen(response));
  ck_assert_msg(imstls_sip_parse(&m, block, strlen(response)) == IMSTLS_OK, "%s", response);
  return imstls_sip_unstamp(&m, into, cap, len);
}

/* Our Via in a field of its own, and before the stack's in one. The rest comes back octet for octet. */
START_TEST(back)
{
  static const char *const forms[] = {
    "SIP/2.0 200 OK\r\n%sv: SIP/2.0/TLS 192.0.2.1:40000;branch=%s;rport=40000;received=192.0.2.1\r\n"
    "Via: SIP/2.0/UDP 127.0.0.1:5070;branch=z9hG4bKstack;rport\r\n%s",
    "SIP/2.0 200 OK\r\n%sVia: SIP/2.0/TLS 192.0.2.1:40000;branch=%s,\r\n SIP/2.0/UDP 127.0.0.1:5070;"
    "branch=z9hG4bKstack;rport\r\n%s"
  };
  static const char before[] = "X: y\r\n";
  static const char rest[] = ENDS(";tag=9") "CSeq: 7 INVITE\r\nRecord-Route: <sip:p;lr>\r\nl: 3\r\n\r\nabc";
  imstls_sip_message m;
  imstls_outbound f = flow();
  ck_assert_int_eq(stamp(INVITE, &f, &m), IMSTLS_OK);
  char branch[80];
  branch_of(&m, branch);
  char text[1500], want[1500], plain[1500];
  size_t len;
  snprintf(want, sizeof want, "SIP/2.0 200 OK\r\n%sVia: SIP/2.0/UDP 127.0.0.1:5070;branch=z9hG4bKstack;rport\r\n%s",
           before, rest);
  for (size_t i = 0; i < COUNT(forms); i++) {
    snprintf(text, sizeof text, forms[i], before, branch, rest);
    ck_assert_int_eq(unstamp(text, plain, sizeof plain, &len), IMSTLS_OK);
    ck_assert_uint_eq(len, strlen(want));
    ck_assert_mem_eq(plain, want, len);
    for (size_t cap = 0; cap <= len; cap++) {
      char *exact = malloc(cap ? cap : 1);
      size_t asked = 0;
      int error = unstamp(text, exact, cap, &asked);
      ck_assert_int_eq(error, cap < len ? IMSTLS_ERR_CAPACITY : IMSTLS_OK);
      ck_assert_uint_eq(asked, len);
      free(exact);
    }
  }
}
END_TEST

/* A Via that is not ours stays: another branch, one alone, a request. */
START_TEST(not_ours)
{
  static const char *const texts[] = {
    "SIP/2.0 200 OK\r\nVia: SIP/2.0/TLS h;branch=z9hG4bKother\r\n" VIA_OF("z9hG4bKstack")
        ENDS("") "CSeq: 7 INVITE\r\n\r\n",
    "SIP/2.0 200 OK\r\n" VIA_OF("z9hG4bKstack") ENDS("") "CSeq: 7 INVITE\r\n\r\n",
    "SIP/2.0 200 OK\r\nVia: odd, "
    "SIP/2.0/TLS h\r\n" ENDS("") "CSeq: 7 INVITE\r\n\r\n",
  };
  char plain[1000];
  size_t len;
  for (size_t i = 0; i < COUNT(texts); i++)
    ck_assert_int_eq(unstamp(texts[i], plain, sizeof plain, &len), IMSTLS_END);
  ck_assert_int_eq(unstamp(INVITE, plain, sizeof plain, &len), IMSTLS_ERR_USAGE);
}
END_TEST

START_TEST(every_capacity)
{
  imstls_outbound f = flow();
  imstls_sip_message m;
  char *block = heap_copy(INVITE, sizeof INVITE - 1);
  size_t whole = 0, len = 0;
  ck_assert_int_eq(imstls_sip_parse(&m, block, sizeof INVITE - 1), IMSTLS_OK);
  ck_assert_int_eq(imstls_sip_stamp(&m, &f, NULL, 0, &whole), IMSTLS_ERR_CAPACITY);
  for (size_t cap = 0; cap <= whole; cap++) {
    char *exact = malloc(cap ? cap : 1);
    ck_assert_int_eq(imstls_sip_stamp(&m, &f, exact, cap, &len), cap < whole ? IMSTLS_ERR_CAPACITY : IMSTLS_OK);
    ck_assert_uint_eq(len, whole);
    free(exact);
  }
  free(block);
}
END_TEST

SUITE_OF(sip_stamp, invite, ack_and_cancel, in_dialog, ack_in_dialog, identity, answer, again, contact, contact_by_flow,
         contact_again, redirection, bare_flow, refused, back, not_ours, every_capacity)
