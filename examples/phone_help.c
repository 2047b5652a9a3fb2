/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "phone.h"

static const char usage[] = " --pcscf HOST[:PORT] --impi ID --impu URI --domain FQDN --k HEX (--opc HEX | --op HEX)";

static const char softphone[] =
    " [options]\n"
    "Registers with an IMS core over TLS and proves the P-CSCF's certificate with its s_token.\n"
    "\n"
    "  --check-nonce NONCE      do the keys fit the nonce of this challenge? No connection; --expect-amf HEX\n"
    "  --send FILE              a request for the registered flow, such as a MESSAGE; - is standard input. What\n"
    "                           it leaves out is filled in; its final answer is shown, not 2xx: exit 8\n"
    "  --stay S                 stay registered that long, then deregister (0)\n"
    "  --timeout S              until registered, from start or from a loss; 0: none (60)\n";

static const char gateway[] =
    " --sip ADDR:PORT [options]\n"
    "Registers with an IMS core as softphone does, and lets the SIP clients of this machine use that registration.\n"
    "\n"
    "  --sip ADDR:PORT          where clients find it, UDP and TCP: their registrar or outbound proxy; port 0: a free "
    "one\n"
    "  --sip-user NAME:@FILE    who may, with the password in FILE (digest); needed unless ADDR is loopback\n"
    "  --timeout S              until registered, from start or from a loss; 0: none (0)\n";

static const char common[] =
    "  --pcscf HOST[:PORT]      P-CSCF; several times: tried in order; IPv6 in brackets\n"
    "  --dns ADDR[:PORT]        server for the names of the P-CSCFs (the system's)\n"
    "  --tls-port P, --plain-port P   the other port, when a flow needs both (5061, 5060)\n"
    "  --local-port P           our own port outside ESP; some P-CSCFs want 5060 before IPsec (any)\n"
    "  --flow tls-first|agree-first   figure 2/3 or figure 4/6 (tls-first)\n"
    "  --offer LIST             mechanisms: tls, ipsec-3gpp; or whole entries (tls)\n"
    "  --sec-agree required|optional|off   optional: no Security-Server is needed over TLS (required)\n"
    "  --transport tcp|udp      for what is sent outside TLS (tcp)\n"
    "  --psk off|allow|only     PSK suites once a key exists (off)\n"
    "  --serve P                port for TLS that the P-CSCF opens to us, with the PSK of the registration (none)\n"
    "  --fallback none|ipsec    what a refused TLS handshake leads to (none)\n"
    "  --trust token|token-or-pki|token-and-pki, --ca FILE, --server-name NAME   (token)\n"
    "  --token2 off|allowed|required|pinned, --token2-pins FILE   s_token2 of the P-CSCF; pinned: needed of a home\n"
    "                           domain once it was right there, which FILE remembers (off)\n"
    "  --imsi DIGITS --mnc-len 2|3    identities derived from the IMSI; with a card --mnc-len alone: where its IMSI "
    "is\n"
    "                           all it tells\n"
    "  --usim soft|pcsc[:READER]|at:DEVICE, --pin DIGITS   where AKA runs (soft)\n"
    "  --pin-last-try           send the PIN when one try is left too, or nobody knows how many: a wrong one\n"
    "                           blocks the card until its PUK is entered\n"
    "  --algo milenage|tuak, --k --op --opc --top --topc HEX   software USIM (milenage)\n"
    "  --k @FILE and so on, or IMSTLS_K, IMSTLS_OP, IMSTLS_OPC, IMSTLS_TOP, IMSTLS_TOPC, IMSTLS_PIN in the\n"
    "                           environment: no secret on the command line, where everybody sees it\n"
    "  --config FILE            options by their names, one a line, before those of the command line\n"
    "  --sqn-file FILE          the sequence-number array survives restarts there\n"
    "  --aka-version LIST       AKAv1-MD5, AKAv1-SHA-256, AKAv2-MD5, AKAv2-SHA-256 (all of them)\n"
    "  --amf-separation any|0|1 what the AMF separation bit must be (any)\n"
    "  --instance URN, --reg-id N   of this device, and of this flow (RFC 5626); an IMEI waits for trust (none)\n"
    "  --feature TAG            what this device can do, such as +g.3gpp.smsip, in Contact; several times (none)\n"
    "  --expires S              asked registration time (600000)\n"
    "  --no-deregister          leave without deregistering\n"
    "  --no-reg-event           do not ask the network to tell what becomes of the registration\n"
    "  --tls-max 1.2|1.3, --tls-min 1.2|1.3   highest TLS version (what mbedTLS has), and lowest (1.2)\n"
    "  --return-within S        a lost registration is tried again at a random moment within this time (5)\n"
    "  --json                   one JSON object a line\n"
    "  --keylog FILE            NSS key log for Wireshark\n"
    "  --pcap FILE              the messages, decrypted, for Wireshark; redacted as by -v\n"
    "  -v, --show-secrets       show messages; with response, tokens and IMPI\n"
    "\n"
    "exit: 0 done, 1 internal, 2 usage, 3 unreachable, 4 TLS, 5 network not authentic, 6 server not trusted,\n"
    "      7 security agreement, 8 rejected, 9 malformed SIP, 10 USIM";

void options_help(void)
{
  printf("usage: %s%s%s%s\n", program, usage, program_is("softphone") ? softphone : gateway, common);
}
