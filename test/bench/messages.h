/* SPDX-License-Identifier: Apache-2.0 */
/* A 401 and a 200 as an IMS core sends them; each benchmark of parsing reads the same octets. */
#ifndef BENCH_MESSAGES_H
#define BENCH_MESSAGES_H

static const char message_401[] =
    "SIP/2.0 401 Unauthorized\r\n"
    "Via: SIP/2.0/TLS 192.0.2.9:40001;branch=z9hG4bK5a8f0c21d7e94b3a86c1f205;rport=40001\r\n"
    "From: <sip:001010000000001@ims.mnc001.mcc001.3gppnetwork.org>;tag=8c1f2a7b9d3e4f50\r\n"
    "To: <sip:001010000000001@ims.mnc001.mcc001.3gppnetwork.org>;tag=5ef2a91c-77\r\n"
    "Call-ID: 3f9a1c7e5b2d48069ac4e1f7028b5d63\r\n"
    "CSeq: 1 REGISTER\r\n"
    "WWW-Authenticate: Digest realm=\"ims.mnc001.mcc001.3gppnetwork.org\",\r\n"
    " nonce=\"I1U8vpY3qJ0hiuZNrke/NSpecGNuhpJoNLO1dbGAAAc=\", algorithm=AKAv1-MD5, qop=\"auth\",\r\n"
    " opaque=\"5ccc069c403ebaf9f0171e9517f40e41\", s_token=\"4f0a9be2c37d1685e0b9d2a7\"\r\n"
    "Security-Server: tls;q=0.2\r\n"
    "Service-Route: <sip:orig@scscf1.ims.mnc001.mcc001.3gppnetwork.org:6060;lr>\r\n"
    "P-Visited-Network-ID: \"visited network number 1\"\r\n"
    "Allow: INVITE, ACK, CANCEL, OPTIONS, BYE, REFER, SUBSCRIBE, NOTIFY, MESSAGE, UPDATE\r\n"
    "Server: P-CSCF 4.2\r\n"
    "Content-Length: 0\r\n"
    "\r\n";

static const char message_200[] =
    "SIP/2.0 200 OK\r\n"
    "Via: SIP/2.0/TLS 192.0.2.9:40001;branch=z9hG4bK5a8f0c21d7e94b3a86c1f206;rport=40001\r\n"
    "From: <sip:001010000000001@ims.mnc001.mcc001.3gppnetwork.org>;tag=8c1f2a7b9d3e4f50\r\n"
    "To: <sip:001010000000001@ims.mnc001.mcc001.3gppnetwork.org>;tag=5ef2a91c-78\r\n"
    "Call-ID: 3f9a1c7e5b2d48069ac4e1f7028b5d63\r\n"
    "CSeq: 2 REGISTER\r\n"
    "Contact: <sip:7d2e91c4a05f6b38@192.0.2.9:40001;transport=tls>;expires=600000\r\n"
    "Path: <sip:term@pcscf1.visited.example:5061;lr>\r\n"
    "Service-Route: <sip:orig@scscf1.ims.mnc001.mcc001.3gppnetwork.org:6060;lr>\r\n"
    "P-Associated-URI: <sip:001010000000001@ims.mnc001.mcc001.3gppnetwork.org>,\r\n"
    " <tel:+15550100001>, <sip:+15550100001@ims.mnc001.mcc001.3gppnetwork.org;user=phone>\r\n"
    "Authentication-Info: qop=auth, rspauth=\"6629fae49393a05397450978507c4ef1\", cnonce=\"0a4f113b\", nc=00000001\r\n"
    "Supported: path, gruu, outbound\r\n"
    "Require: outbound\r\n"
    "Allow: INVITE, ACK, CANCEL, OPTIONS, BYE, REFER, SUBSCRIBE, NOTIFY, MESSAGE, UPDATE\r\n"
    "Server: P-CSCF 4.2\r\n"
    "Content-Length: 0\r\n"
    "\r\n";

#endif
