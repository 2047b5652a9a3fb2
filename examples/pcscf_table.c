/* SPDX-License-Identifier: Apache-2.0 */
/* The options of pcscf; the last chapters of its man page are made from it by
 * `make man`. */
#include "pcscf_options.h"

enum { MAX_PLACES = 100000, MAX_NUMBER = 999999999 };

const struct option_row pcscf_rows[] = {
  { HEADING("The home network") },
  { TEXT(impi), .name = "impi", .argument = "ID", .help = "private identity of the one subscriber" },
  { TEXT(k), .name = "k", .argument = "HEX", .help = "his key" },
  { TEXT(opc), .name = "opc", .argument = "HEX", .help = "operator's code of Milenage, made for this key" },
  { TEXT(op), .name = "op", .argument = "HEX", .help = "operator's code itself" },
  { TEXT(subscribers), .name = "subscribers", .argument = "FILE",
    .help = "several, one a line: IMPI K OPC [IMPU...]; IMPU: sip: + IMPI "
            "when left out",
    .more = "Words apart by blanks; empty lines and those that begin with # "
            "are left out. Each registers his own IMPUs "
            "alone, compared letter by letter; P-Associated-URI names them in "
            "this order. Subscribers that are "
            "registered reach one another, each along his own flow: MESSAGE, "
            "INVITE and everything in a dialog, by "
            "IMPU or by Contact." },
  { TEXT(domain), .name = "domain", .argument = "FQDN", .help = "home domain", .otherwise = "that of the first IMPI" },
  { WORD(digest, IMSTLS_DIGEST_AKAV1_MD5), .name = "algorithm",
    .argument = "AKAv1-MD5|AKAv1-SHA-256|AKAv2-MD5|AKAv2-SHA-256", .preset = "AKAv1-MD5", .help = "of the challenge" },
  { FLAG(qop), .name = "qop", .help = "qop=\"auth\" in the challenge, rspauth in the 200" },
  { TEXT(sqn), .name = "sqn", .argument = "HEX", .help = "first sequence number", .otherwise = "from the time" },
  { TEXT(amf), .name = "amf", .argument = "HEX", .preset = "8000", .help = "AMF of the challenges",
    .more = "8000 has the separation bit, as vectors for IMS over EPS have." },
  { NUMBER(expires_s, 1, MAX_NUMBER), .name = "expires", .argument = "S", .help = "longest registration granted",
    .otherwise = "what is asked" },
  { NUMBER(reauth, 1, MAX_NUMBER), .name = "reauth", .argument = "N", .help = "challenge again at every N-th refresh",
    .otherwise = "never" },
  { CHOICE(notify, NOTIFY_NOTHING, notify_choice), .name = "notify", .argument = "EVENT",
    .help = "what the reg event tells of the first registration that subscribes",
    .more = "Of these foreign is of a contact that is nobody's, and with "
            "refused there is no subscription (489)",
    .preset = "nothing" },
  { NUMBER(notify_after_ms, 1, MAX_NUMBER), .name = "notify-after", .argument = "MS", .preset = "500",
    .help = "how long after its SUBSCRIBE" },

  { HEADING("The P-CSCF") },
  { TEXT(listen), .name = "listen", .argument = "ADDR:PORT", .preset = "127.0.0.1:5061",
    .help = "TLS; port 0: any free one" },
  { TEXT(listen_plain), .name = "listen-plain", .argument = "ADDR:PORT",
    .help = "TCP and UDP, for a first REGISTER in clear", .otherwise = "none" },
  { TEXT(cert), .name = "cert", .argument = "FILE", .help = "certificate, PEM; with --key",
    .otherwise = "a self-signed one, made at start" },
  { TEXT(key), .name = "key", .argument = "FILE", .help = "its key, PEM" },
  { TEXT(mechanisms), .name = "mechanisms", .argument = "LIST", .preset = "tls",
    .help = "Security-Server: tls, ipsec-3gpp, the preferred one first; or "
            "whole entries" },
  { FLAG(ipsec), .name = "ipsec", .help = "install security associations where ipsec-3gpp is chosen" },
  { WORD(psk, PSK_OFF), .name = "psk", .argument = "off|allow|only", .preset = "off",
    .help = "PSK suites, keyed with CK and IK of the last vector" },
  { WORD(token2, TOKEN2_OFF), .name = "token2", .argument = "off|exporter|end-point", .preset = "off",
    .help = "s_token2 beside s_token, and what binds it",
    .more = "The tls-exporter (RFC 9266; tls-server-end-point where the "
            "session has none) or tls-server-end-point (RFC "
            "5929); c_token2 is checked. A challenge in clear has none." },
  { FLAG(tickets), .name = "tickets", .help = "let a UE resume its TLS session",
    .more = "For a day, under a key of this process (RFC 5077)." },
  { TEXT(ticket_key), .name = "ticket-key", .argument = "HEX",
    .help = "the same under this key, 64 hex digits: it outlives the process" },
  { CALL(take_outbound), .name = "outbound", .argument = "S",
    .help = "keep flows that have a reg-id, want a ping every S seconds (0: "
            "no time is named), grant GRUUs",
    .more = "Require: outbound and Flow-Timer, and keep of RFC 6223; a public "
            "and a temporary GRUU for a UE that names "
            "its device and supports them. Pings are answered always.",
    .otherwise = "off" },
  { NUMBER(connections, 1, MAX_PLACES), .name = "connections", .argument = "N", .preset = "64",
    .help = "how many at a time",
    .more = "One more is closed. Each takes some 100 KiB, and one of the "
            "files that a process may have open." },
  { NUMBER(registrations, 1, MAX_PLACES), .name = "registrations", .argument = "N", .preset = "64",
    .help = "how many at a time; one more is answered 503" },

  { HEADING("What it sends of itself") },
  { NUMBER(options_after_ms, 1, MAX_NUMBER), .name = "options-after", .argument = "MS",
    .help = "send OPTIONS to the UE that long after it registered", .otherwise = "never" },
  { TEXT(message), .name = "message", .argument = "TEXT",
    .help = "send a MESSAGE with it in the place of OPTIONS, 1000 octets at most",
    .more = "100 ms after the UE registered unless --options-after says "
            "otherwise." },
  { FLAG(call), .name = "call", .help = "open a connection to the UE for it: TLS with the PSK, or TCP in ESP" },

  { HEADING("The end, and what is shown") },
  { NUMBER(count, 1, MAX_NUMBER), .name = "count", .argument = "N", .help = "exit after N registrations came and went",
    .otherwise = "goes on" },
  { FLAG(json), .name = "json", .help = "one JSON object a line" },

  { HEADING("What it does wrong") },
  { CHOICE(fault, FAULT_NONE + 1, fault_choice), .name = "fault", .argument = "NAME", .help = "one of these",
    .otherwise = "nothing" },
};

const size_t pcscf_row_count = sizeof pcscf_rows / sizeof pcscf_rows[0];
