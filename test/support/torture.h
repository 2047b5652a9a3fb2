/* SPDX-License-Identifier: Apache-2.0 */
/* The 49 messages of RFC 4475 (test/torture/README.md), and what they become here. */
#ifndef TORTURE_H
#define TORTURE_H

#include <check.h>
#include <stdio.h>

#include <imstls/error.h>

/* What the RFC's text asks of whoever reads the message: take it as well formed, refuse it, or either. */
enum { GOOD, BAD, EITHER };

/* The client's answers. The RFC's text says 400 of those that have it here, but for ltgtruri, lwsstart, trws, badaspec
 * and baddn, where it is one of two that will do; 501 (or 400) of mismatch02, 505 of badvers, 416 of unkscm and
 * novelsc, 420 of bext01; 501 of esc02, whose method nobody knows, and so of intmeth (RFC 3261 21.5.2); responses that
 * cannot be used are dropped. Of ncl and mcl01 it says that a stream cannot go on. The others are good enough for a
 * user agent to take: OPTIONS is answered 200, what a phone without an application does not do 405. clerr waits for the
 * rest of its body, which a stream can bring. */
enum { ENDS = -1 /* the flow */ };

#define OK IMSTLS_OK
#define MALFORMED IMSTLS_ERR_SIP_MALFORMED

/* A message is refused where it is parsed, or in a value when that is asked for. */
static const struct torture_message {
  const char *name;
  const char *section;
  int rfc;
  int rc;     /* imstls_sip_parse */
  int values; /* the first value that is refused */
  int frame;  /* imstls_sip_frame */
  int status; /* what the client answers to it on a stream, see above */
} torture_messages[] = {
  { "wsinv", "3.1.1.1", GOOD, OK, OK, OK, 405 },
  { "intmeth", "3.1.1.2", GOOD, OK, OK, OK, 501 },
  { "esc01", "3.1.1.3", GOOD, OK, OK, OK, 405 },
  { "escnull", "3.1.1.4", GOOD, OK, OK, OK, 405 },
  { "esc02", "3.1.1.5", GOOD, OK, OK, OK, 501 },
  { "lwsdisp", "3.1.1.6", GOOD, OK, OK, OK, 200 },
  { "longreq", "3.1.1.7", GOOD, OK, OK, OK, 405 },
  { "dblreq", "3.1.1.8", GOOD, OK, OK, OK, 405 },
  { "semiuri", "3.1.1.9", GOOD, OK, OK, OK, 200 },
  { "transports", "3.1.1.10", GOOD, OK, OK, OK, 200 },
  { "mpart01", "3.1.1.11", GOOD, OK, OK, OK, 405 },
  { "unreason", "3.1.1.12", GOOD, OK, OK, OK, 0 },
  { "noreason", "3.1.1.13", GOOD, OK, OK, OK, 0 },
  { "badinv01", "3.1.2.1", BAD, OK, MALFORMED, OK, 400 },
  { "clerr", "3.1.2.2", BAD, MALFORMED, OK, IMSTLS_PENDING, 405 },
  { "ncl", "3.1.2.3", BAD, MALFORMED, OK, MALFORMED, ENDS },
  { "scalar02", "3.1.2.4", BAD, MALFORMED, OK, OK, 400 },
  { "scalarlg", "3.1.2.5", BAD, MALFORMED, OK, OK, 0 },
  { "quotbal", "3.1.2.6", BAD, MALFORMED, OK, OK, 400 },
  { "ltgtruri", "3.1.2.7", EITHER, MALFORMED, OK, OK, 400 },
  { "lwsruri", "3.1.2.8", BAD, MALFORMED, OK, OK, 400 },
  { "lwsstart", "3.1.2.9", EITHER, MALFORMED, OK, OK, 400 },
  { "trws", "3.1.2.10", EITHER, MALFORMED, OK, OK, 400 },
  { "escruri", "3.1.2.11", EITHER, OK, OK, OK, 405 },
  { "baddate", "3.1.2.12", EITHER, OK, OK, OK, 405 },
  { "regbadct", "3.1.2.13", EITHER, OK, MALFORMED, OK, 405 },
  { "badaspec", "3.1.2.14", EITHER, OK, MALFORMED, OK, 400 },
  { "baddn", "3.1.2.15", EITHER, MALFORMED, OK, IMSTLS_PENDING, 400 },
  { "badvers", "3.1.2.16", BAD, MALFORMED, OK, OK, 505 },
  { "mismatch01", "3.1.2.17", BAD, MALFORMED, OK, OK, 400 },
  { "mismatch02", "3.1.2.18", BAD, MALFORMED, OK, OK, 501 },
  { "bigcode", "3.1.2.19", BAD, MALFORMED, OK, OK, 0 },
  { "badbranch", "3.2.1", EITHER, OK, OK, OK, 200 },
  { "insuf", "3.3.1", BAD, MALFORMED, OK, OK, 400 },
  { "unkscm", "3.3.2", GOOD, OK, OK, OK, 416 },
  { "novelsc", "3.3.3", GOOD, OK, OK, OK, 416 },
  { "unksm2", "3.3.4", GOOD, OK, OK, OK, 405 },
  { "bext01", "3.3.5", GOOD, OK, OK, OK, 420 },
  { "invut", "3.3.6", GOOD, OK, OK, OK, 405 },
  { "regaut01", "3.3.7", GOOD, OK, OK, OK, 405 },
  { "multi01", "3.3.8", BAD, MALFORMED, OK, OK, 400 },
  { "mcl01", "3.3.9", BAD, MALFORMED, OK, MALFORMED, ENDS },
  { "bcast", "3.3.10", GOOD, OK, OK, OK, 0 },
  { "zeromf", "3.3.11", GOOD, OK, OK, OK, 200 },
  { "cparam01", "3.3.12", GOOD, OK, OK, OK, 405 },
  { "cparam02", "3.3.13", GOOD, OK, OK, OK, 405 },
  { "regescrt", "3.3.14", GOOD, OK, OK, OK, 405 },
  { "sdp01", "3.3.15", GOOD, OK, OK, OK, 405 },
  { "inv2543", "3.4.1", GOOD, OK, OK, OK, 405 },
};

#undef OK
#undef MALFORMED

enum { TORTURE_COUNT = sizeof torture_messages / sizeof torture_messages[0] };

/* The file's octets. */
static inline size_t torture_read(const char *name, char buf[8192])
{
  char path[80];
  snprintf(path, sizeof path, "test/torture/%s.dat", name);
  FILE *file = fopen(path, "rb");
  ck_assert_msg(file != NULL, "%s: run from the top of the tree", path);
  size_t len = fread(buf, 1, 8192, file);
  fclose(file);
  ck_assert_uint_lt(len, 8192);
  return len;
}

#endif
