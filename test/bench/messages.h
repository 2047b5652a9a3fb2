/* SPDX-License-Identifier: Apache-2.0 */
/* A 401 and a 200, header by header as Kamailio sends them as P-, I- and S-CSCF (test/core), with the names of a home
 * network where that has addresses; opaque, the third identity and Authentication-Info are other registrars'. Each
 * benchmark reads these. */
#ifndef BENCH_MESSAGES_H
#define BENCH_MESSAGES_H

#define BENCH_HOME "ims.mnc001.mcc001.3gppnetwork.org"
#define BENCH_IMPI "001010000000001@" BENCH_HOME

/* Branch, tag of From, Call-ID, CSeq. */
#define ANSWER_HEAD                                                                                                    \
  "Via: SIP/2.0/TLS 192.0.2.9:40001;received=192.0.2.9;branch=%.*s;rport=40001;keep\r\n"                               \
  "From: <sip:" BENCH_IMPI ">;tag=%.*s\r\n"                                                                            \
  "To: <sip:" BENCH_IMPI ">;tag=628bd069e03cb36a0eb8f5660d123de8-b0210000\r\n"                                         \
  "Call-ID: %.*s\r\n"                                                                                                  \
  "CSeq: %u REGISTER\r\n"
#define ANSWER_PATH                                                                                                    \
  "Path: <sip:term@pcscf." BENCH_HOME ":5060;lr;conn=1;received=sip:192.0.2.9:40001%%3Btransport%%3Dtls>\r\n"

/* Also nonce, algorithm, s_token. */
#define MESSAGE_401                                                                                                    \
  "SIP/2.0 401 Unauthorized - Challenging the UE\r\n" ANSWER_HEAD ANSWER_PATH                                          \
  "Server: kamailio (5.6.3 (x86_64/linux))\r\n"                                                                        \
  "Content-Length: 0\r\n"                                                                                              \
  "WWW-Authenticate: Digest realm=\"" BENCH_HOME "\", nonce=\"%s\", algorithm=%s, qop=\"auth,auth-int\", "             \
  "opaque=\"5ccc069c403ebaf9f0171e9517f40e41\", s_token=\"%s\"\r\n"                                                    \
  "Security-Server: tls;q=0.1\r\n"                                                                                     \
  "\r\n"

/* Also Contact and, as one line or none, Authentication-Info. */
#define MESSAGE_200                                                                                                    \
  "SIP/2.0 200 OK\r\n" ANSWER_HEAD "Contact: %.*s\r\n" ANSWER_PATH "P-Associated-URI: <sip:" BENCH_IMPI                \
  ">, <tel:+15550100001>, <sip:+15550100001@" BENCH_HOME ";user=phone>\r\n"                                            \
  "Service-Route: <sip:orig@scscf." BENCH_HOME ":6060;lr>\r\n"                                                         \
  "Server: kamailio (5.6.3 (x86_64/linux))\r\n"                                                                        \
  "%s"                                                                                                                 \
  "Content-Length: 0\r\n"                                                                                              \
  "\r\n"

/* cnonce, rspauth */
#define MESSAGE_INFO "Authentication-Info: qop=auth, nc=00000001, cnonce=\"%.*s\", rspauth=\"%s\"\r\n"

#endif
