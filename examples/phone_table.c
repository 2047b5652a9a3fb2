/* SPDX-License-Identifier: Apache-2.0 */
/* The options of softphone and gateway; the last chapters of their man pages are made from it by `make man`. */
#include "phone_options.h"

const struct option_row phone_rows[] = {
  { HEADING("What is done") },
  { TEXT(check_nonce), .name = "check-nonce", .argument = "NONCE", .only = OF_SOFTPHONE,
    .help = "do the keys fit the nonce of this challenge? Nothing is connected",
    .more =
        "NONCE is that of a 401, or RAND and AUTN as 64 hex digits. Says good (exit 0); stale-sqn, with --sqn-file, "
        "or amf, another AMF than the expected one (exit 5); op-for-opc, opc-for-op, swapped (K and OPc), res-len "
        "(TUAK), or keys: K or OPc is wrong or the challenge is another subscriber's (exit 10). No key is printed." },
  { TEXT(expect_amf), .name = "expect-amf", .argument = "HEX", .only = OF_SOFTPHONE,
    .help = "AMF that --check-nonce should find in the challenge", .otherwise = "any" },
  { TEXT(send), .name = "send", .argument = "FILE", .only = OF_SOFTPHONE,
    .help = "a request for the registered flow, such as a MESSAGE; - is standard input",
    .more =
        "Lines may end in LF. Via, From, To, Call-ID, CSeq and Content-Length are filled in where they are missing; "
        "Via, Route, Security-Verify and the default identity of the flow are put in. Its answers are shown; a "
        "final one that is not 2xx: exit 8, none within 32 s: exit 3. INVITE and SUBSCRIBE, which want a dialog, "
        "are refused." },
  { NUMBER(stay_s, 0, 100000000), .name = "stay", .argument = "S", .preset = "0", .only = OF_SOFTPHONE,
    .help = "stay registered that many seconds, refreshing when due, then deregister" },
  { TEXT(sip), .name = "sip", .argument = "ADDR:PORT", .only = OF_GATEWAY,
    .help = "where clients find it, UDP and TCP: their registrar or outbound proxy",
    .more = "IPv6 in brackets; port 0: any free one. An address of this machine; one that is not loopback needs "
            "--sip-user, and there SIP is neither encrypted nor protected from change." },
  { TEXT(sip_user), .name = "sip-user", .argument = "NAME:@FILE", .only = OF_GATEWAY,
    .help = "who may use it, by digest; needed unless ADDR is loopback",
    .more = "Digest (RFC 3261 22) with MD5, and the first line of FILE as password. A nonce serves for a minute.",
    .otherwise = "who reaches it" },
  { NUMBER(timeout_s, 0, 1000000), .name = "timeout", .argument = "S", .preset = "60", .only = OF_SOFTPHONE,
    .help = "until registered, from start or from a loss; 0: for ever",
    .more = "Deregistration gets at most 10 s of it and then counts as done." },
  { NUMBER(timeout_s, 0, 1000000), .name = "timeout", .argument = "S", .preset = "0", .only = OF_GATEWAY,
    .help = "until registered, from start or from a loss; 0: for ever",
    .more = "Deregistration gets at most 10 s of it and then counts as done." },
  { FLAG(no_deregister), .name = "no-deregister", .help = "leave without deregistering" },
  { CALL(take_config), .name = "config", .argument = "FILE",
    .help = "options by their names, one a line, before those of the command line",
    .more = "Names without the dashes, each with its value behind a blank or an equals sign; lines that begin with # "
            "are passed over. What the command line says wins; its P-CSCFs take the place of the file's." },

  { HEADING("The network") },
  { CALL(take_pcscf), .name = "pcscf", .argument = "HOST[:PORT]",
    .help = "P-CSCF, IPv6 in brackets; several times: tried in order",
    .more =
        "The port is that of the first message: 5061 for TLS, 5060 for a plain first REGISTER. A name without a port "
        "is looked up by NAPTR and SRV (RFC 3263), where the library was built with c-ares, which may name other "
        "hosts and ports; else, and with a port, by its addresses.",
    .otherwise = "what the card names" },
  { TEXT(dns), .name = "dns", .argument = "ADDR[:PORT]", .help = "server for these names, others behind commas",
    .more = "Whatever it says, the certificate under PKI is for the name that --pcscf gives.",
    .otherwise = "the system's" },
  { NUMBER(tls_port, 1, 65535), .name = "tls-port", .argument = "P", .preset = "5061",
    .help = "port for TLS, where --pcscf does not give it" },
  { NUMBER(plain_port, 1, 65535), .name = "plain-port", .argument = "P", .preset = "5060",
    .help = "port for SIP in clear, where --pcscf does not give it" },
  { NUMBER(local_port, 1, 65535), .name = "local-port", .argument = "P",
    .help = "our own port outside ESP; some P-CSCFs want 5060 before IPsec", .otherwise = "any" },
  { WORD(transport, IMSTLS_NET_TCP), .name = "transport", .argument = "tcp|udp", .preset = "tcp",
    .help = "for what is sent outside TLS" },
  { NUMBER(return_s, 0, 3600), .name = "return-within", .argument = "S", .preset = "5",
    .help = "a lost registration is tried again at a random moment within this time",
    .more = "So not all who were lost with a P-CSCF come at once." },
  { NUMBER(keepalive_s, 1, 86400), .name = "keepalive", .argument = "S", .otherwise = "95 to 120",
    .help = "ping on a silent flow, for a NAT that forgets it sooner",
    .more = "Where the P-CSCF asks for pings of its own (RFC 5626, RFC 6223), they come no later than it wants." },
  { NUMBER(serve_port, 1, 65535), .name = "serve", .argument = "P",
    .help = "port for TLS that the P-CSCF opens to us, with the PSK of the registration",
    .more = "While we are registered over TLS, with the identity pcscf: + IMPI. It stands in Contact.",
    .otherwise = "none" },

  { HEADING("Identities") },
  { TEXT(impi), .name = "impi", .argument = "ID", .help = "private identity", .otherwise = "the card's, or by --imsi" },
  { TEXT(impu), .name = "impu", .argument = "URI", .help = "public identity", .otherwise = "the card's, or by --imsi" },
  { TEXT(domain), .name = "domain", .argument = "FQDN", .help = "home domain",
    .otherwise = "the card's, or by --imsi" },
  { TEXT(imsi), .name = "imsi", .argument = "DIGITS",
    .help = "IMSI that the three are derived from, with --mnc-len (TS 23.003 13)" },
  { NUMBER(mnc_len, 2, 3), .name = "mnc-len", .argument = "N", .help = "digits of the MNC in the IMSI, 2 or 3",
    .more =
        "With a card it is for one that has no ISIM and does not tell, in a country that has codes of both lengths." },
  { TEXT(instance_id), .name = "instance", .argument = "URN",
    .help = "of this device, in Contact (RFC 5626 4.1); an IMEI waits for trust",
    .more = "Alone it asks for URIs that lead to this device (GRUU, RFC 5627), and what is sent has them in its "
            "Contact.",
    .otherwise = "none" },
  { NUMBER(reg_id, 1, 2147483647), .name = "reg-id", .argument = "N",
    .help = "of this flow, in Contact (RFC 5626 4.2): the registrar is asked to keep it; needs --instance",
    .otherwise = "none" },
  { CALL(take_feature), .name = "feature", .argument = "TAG",
    .help = "what this device can do (RFC 3840), such as +g.3gpp.smsip, in Contact; several times",
    .more = "Also as TAG=\"VALUE\", where VALUE may be a list with commas.", .otherwise = "none" },

  { HEADING("Where AKA runs"),
    .more = "What stands on a command line everybody on the machine can read: each value of --k, --op, --opc, --top, "
            "--topc and --pin may be @FILE, which is the first line of that file, and may come from the environment." },
  { TEXT(usim), .name = "usim", .argument = "soft|pcsc[:READER]|at:DEVICE", .preset = "soft",
    .help = "software, a card in a reader, or a modem's card",
    .more = "Whatever the end, by a signal too, the channel to the card is closed before; a modem that does not answer "
            "is waited for 5 s. A modem that lets nobody at its card before it has had the PIN itself (+CME ERROR: 11) "
            "is unlocked by AT+CPIN before. One that is unplugged is looked for once a second and used again as soon "
            "as its DEVICE is back: let that be a name that stays, such as /dev/serial/by-id/..." },
  { TEXT(pin), .name = "pin", .argument = "DIGITS", .environment = "IMSTLS_PIN",
    .help = "the card's PIN, 4 to 8 digits, or @FILE",
    .more = "It is sent only when the card says that at least two tries are left, so that a wrong one never blocks the "
            "card: otherwise the program ends with usim_pin_tries (exit 10) and names the count. What the card accepts "
            "is kept in memory until the end, for a card that other programs reset; what it does not accept is never "
            "sent again." },
  { FLAG(pin_last_try), .name = "pin-last-try",
    .help = "send the PIN when one try is left too, or nobody knows how many",
    .more = "A wrong one may then block the card until its PUK is entered." },
  { WORD(algo, IMSTLS_ALGO_MILENAGE), .name = "algo", .argument = "milenage|tuak", .preset = "milenage",
    .help = "of the software USIM" },
  { TEXT(k), .name = "k", .argument = "HEX", .environment = "IMSTLS_K", .help = "its key, or @FILE" },
  { TEXT(op), .name = "op", .argument = "HEX", .environment = "IMSTLS_OP",
    .help = "operator's code of Milenage, or @FILE" },
  { TEXT(opc), .name = "opc", .argument = "HEX", .environment = "IMSTLS_OPC",
    .help = "the same, made for this key, or @FILE" },
  { TEXT(top), .name = "top", .argument = "HEX", .environment = "IMSTLS_TOP",
    .help = "operator's code of TUAK, or @FILE" },
  { TEXT(topc), .name = "topc", .argument = "HEX", .environment = "IMSTLS_TOPC",
    .help = "the same, made for this key, or @FILE" },
  { TEXT(sqn_file), .name = "sqn-file", .argument = "FILE", .help = "the sequence-number array survives restarts there",
    .more =
        "One program has it at a time: a second one ends at once with usim_storage (exit 10) and names the file and "
        "the process. The lock is on FILE.lock, which stays; it is free as soon as the program has ended, also when "
        "it was killed. To check a nonce needs no lock.",
    .otherwise = "kept in memory" },
  { CALL(take_aka_version), .name = "aka-version", .argument = "LIST",
    .help = "digest algorithms accepted: AKAv1-MD5, AKAv1-SHA-256, AKAv2-MD5, AKAv2-SHA-256",
    .more = "Behind one another with commas, never plain MD5.", .otherwise = "all of them" },
  { WORD(amf, 0), .name = "amf-separation", .argument = "any|0|1", .preset = "any",
    .help = "what the AMF separation bit of the challenge must be (TS 33.102 annex H)" },

  { HEADING("Security") },
  { WORD(flow, IMSTLS_FLOW_TLS_FIRST), .name = "flow", .argument = "tls-first|agree-first", .preset = "tls-first",
    .help = "TLS before the first REGISTER, or security agreement in clear and TLS after the challenge" },
  { CALL(take_offer), .name = "offer", .argument = "LIST", .preset = "tls",
    .help = "mechanisms in Security-Client, the preferred one first: tls, ipsec-3gpp; or whole entries",
    .more = "A bare ipsec-3gpp stands for four entries of it, in which any P-CSCF finds something." },
  { WORD(sec_agree, 0), .name = "sec-agree", .argument = "required|optional|off", .preset = "required",
    .help = "optional: no Security-Server is needed over TLS",
    .more = "A 401 without it is accepted then and no Security-Verify is sent; without a PKI trust, as with off, the "
            "s_token is mandatory." },
  { WORD(psk, IMSTLS_PSK_OFF), .name = "psk", .argument = "off|allow|only", .preset = "off",
    .help = "PSK suites beside or instead of certificate suites, once a vector exists" },
  { WORD(fallback, 0), .name = "fallback", .argument = "none|ipsec", .preset = "none",
    .help = "what a refused TLS handshake leads to",
    .more = "Refused is also a handshake that is not over within eight seconds." },
  { WORD(trust, IMSTLS_TRUST_TOKEN), .name = "trust", .argument = "token|token-or-pki|token-and-pki", .preset = "token",
    .help = "what makes the tunnel trusted" },
  { TEXT(ca), .name = "ca", .argument = "FILE", .help = "certificates that a PKI trust begins with, PEM" },
  { TEXT(server_name), .name = "server-name", .argument = "NAME",
    .help = "told to the server and, under PKI, looked for in its certificate",
    .more = "An IP literal is told to nobody, and has to stand in the certificate as iPAddress.",
    .otherwise = "the host of --pcscf" },
  { WORD(token2, 0), .name = "token2", .argument = "off|allowed|required|pinned", .preset = "off",
    .help = "s_token2 of the P-CSCF, which is bound to the TLS session itself",
    .more = "With allowed a wrong one is refused, but nothing tells that one was stripped; required wants it always; "
            "pinned wants it of a home domain once it was right there, which --token2-pins remembers." },
  { TEXT(token2_pins), .name = "token2-pins", .argument = "FILE",
    .help = "home domains that once sent a right s_token2, for --token2 pinned" },
  { WORD(tls_max, 12), .name = "tls-max", .argument = "1.2|1.3", .help = "highest TLS version",
    .more = "Where both versions are offered and the server, which chose 1.2, insists on RSA-PSS there, mbedTLS 3.6 "
            "cannot go on: one more try is made with 1.2 alone (a policy event), and refused (tls_downgrade) if the "
            "server says that it can do better.",
    .otherwise = "what mbedTLS has" },
  { WORD(tls_min, 12), .name = "tls-min", .argument = "1.2|1.3", .preset = "1.2", .help = "lowest TLS version",
    .more = "1.3 forbids the further try that --tls-max tells of." },

  { HEADING("The registration") },
  { NUMBER(expires_s, 1, 4294967295U), .name = "expires", .argument = "S", .preset = "600000",
    .help = "asked registration time" },
  { FLAG(no_reg_event), .name = "no-reg-event",
    .help = "do not ask the network to tell what becomes of the registration",
    .more = "Else it subscribes to the reg event (RFC 3680, TS 24.229 5.1.1.3), registers anew as soon as the network "
            "says that the registration is gone, waits as long as it says, or ends with deregistered (exit 8); whether "
            "the network grants the subscription changes neither the registration nor the exit." },

  { HEADING("What is shown") },
  { FLAG(json), .name = "json",
    .help = "one JSON object a line on standard output and nothing else there, instead of the ladder" },
  { FLAG(verbose), .name = "verbose", .letter = 'v', .help = "show messages, response, tokens and IMPI redacted",
    .more = "In the ladder and in these, each octet of the network's that is not printable ASCII stands as \\x and two "
            "hex digits; in JSON as \\u00 and two." },
  { FLAG(show_secrets), .name = "show-secrets", .help = "show messages whole" },
  { TEXT(keylog), .name = "keylog", .argument = "FILE", .help = "NSS key log for Wireshark",
    .more = "It opens the traffic to its reader." },
  { TEXT(pcap), .name = "pcap", .argument = "FILE",
    .help = "the messages, decrypted, for Wireshark and tshark; redacted as by --verbose",
    .more = "Each as a packet when it was sent or received: response, c_token and auts stand as stars unless "
            "--show-secrets is given, at their length. Wireshark sees SIP between the addresses of the connection, "
            "without TCP and TLS (link type 252, upper PDU); ports are left out in IPsec and once the network opened a "
            "connection of its own. A file that was there is emptied, and made its owner's alone (0600); FILE may be a "
            "pipe, whose reader is not waited for. A failure to write is told once and ends the file, not the "
            "registration; where all else went well the exit status is 1 then (storage)." },
};

const size_t phone_row_count = sizeof phone_rows / sizeof phone_rows[0];

const char *const phone_exits[] = {
  "done",
  "internal error",
  "usage",
  "unreachable, timed out, or connection lost and not recovered",
  "TLS failed",
  "network not authentic: MAC of AUTN, resynchronisation without end, repeated RAND, 200 before a challenge, wrong "
  "rspauth",
  "server not trusted: s_token missing, malformed, doubled or mismatched; ik or ck present; s_token2 required and "
  "missing; PKI failed",
  "security agreement or algorithm: bid-down, nothing in common, a loop of 494 or 421, only algorithms that are not "
  "accepted",
  "rejected by the network (403, 404, another final status), deregistered by it for good, or too many challenges",
  "malformed or oversized SIP",
  "USIM or its storage failed",
  NULL,
};
