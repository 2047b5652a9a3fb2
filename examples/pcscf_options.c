/* SPDX-License-Identifier: Apache-2.0 */
#include <arpa/inet.h>
#include <getopt.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pcscf_options.h"

enum { MAX_PLACES = 100000 };

enum {
  O_IMPI = 256,
  O_K,
  O_OPC,
  O_OP,
  O_SUBSCRIBERS,
  O_LISTEN,
  O_PLAIN,
  O_CERT,
  O_KEY,
  O_MECHANISMS,
  O_DOMAIN,
  O_SQN,
  O_AMF,
  O_FAULT,
  O_PSK,
  O_TOKEN2,
  O_ALGORITHM,
  O_COUNT,
  O_REAUTH,
  O_OPTIONS,
  O_MESSAGE,
  O_CONNECTIONS,
  O_REGISTRATIONS,
  O_NOTIFY,
  O_NOTIFY_AFTER,
  O_EXPIRES,
  O_OUTBOUND,
  O_JSON,
  O_QOP,
  O_IPSEC,
  O_CALL,
  O_HELP,
  O_VERSION
};

static const struct option longs[] = { { "impi", 1, 0, O_IMPI },
                                       { "k", 1, 0, O_K },
                                       { "opc", 1, 0, O_OPC },
                                       { "op", 1, 0, O_OP },
                                       { "subscribers", 1, 0, O_SUBSCRIBERS },
                                       { "listen", 1, 0, O_LISTEN },
                                       { "listen-plain", 1, 0, O_PLAIN },
                                       { "cert", 1, 0, O_CERT },
                                       { "key", 1, 0, O_KEY },
                                       { "mechanisms", 1, 0, O_MECHANISMS },
                                       { "domain", 1, 0, O_DOMAIN },
                                       { "sqn", 1, 0, O_SQN },
                                       { "amf", 1, 0, O_AMF },
                                       { "fault", 1, 0, O_FAULT },
                                       { "psk", 1, 0, O_PSK },
                                       { "token2", 1, 0, O_TOKEN2 },
                                       { "algorithm", 1, 0, O_ALGORITHM },
                                       { "count", 1, 0, O_COUNT },
                                       { "reauth", 1, 0, O_REAUTH },
                                       { "options-after", 1, 0, O_OPTIONS },
                                       { "message", 1, 0, O_MESSAGE },
                                       { "connections", 1, 0, O_CONNECTIONS },
                                       { "registrations", 1, 0, O_REGISTRATIONS },
                                       { "notify", 1, 0, O_NOTIFY },
                                       { "notify-after", 1, 0, O_NOTIFY_AFTER },
                                       { "expires", 1, 0, O_EXPIRES },
                                       { "outbound", 1, 0, O_OUTBOUND },
                                       { "json", 0, 0, O_JSON },
                                       { "qop", 0, 0, O_QOP },
                                       { "ipsec", 0, 0, O_IPSEC },
                                       { "call", 0, 0, O_CALL },
                                       { "help", 0, 0, O_HELP },
                                       { "version", 0, 0, O_VERSION },
                                       { 0, 0, 0, 0 } };

static void help(void)
{
  fputs(
      "usage: pcscf (--impi ID --k HEX (--opc HEX | --op HEX) | --subscribers FILE) [options]\n"
      "An example P-CSCF with just enough home network behind it, to demonstrate and to test: no server to deploy.\n"
      "\n"
      "  --subscribers FILE       a subscriber a line: IMPI K OPC [IMPU...]; IMPU: sip: + IMPI when left out\n"
      "  --listen ADDR:PORT       TLS; port 0: any (127.0.0.1:5061)\n"
      "  --listen-plain ADDR:PORT TCP and UDP for a first REGISTER in clear\n"
      "  --cert FILE --key FILE   PEM; without them a self-signed certificate is made at start\n"
      "  --domain FQDN            home domain (that of the first IMPI)\n"
      "  --mechanisms LIST        Security-Server: tls, ipsec-3gpp, the preferred one first; or whole entries (tls)\n"
      "  --psk off|allow|only     PSK suites, keyed with CK and IK of the last vector (off)\n"
      "  --token2 off|exporter|end-point   s_token2 beside s_token, and what binds it (off)\n"
      "  --ipsec                  install security associations where ipsec-3gpp is chosen\n"
      "  --algorithm NAME         AKAv1-MD5, AKAv1-SHA-256, AKAv2-MD5, AKAv2-SHA-256 (AKAv1-MD5)\n"
      "  --qop                    qop=\"auth\" in the challenge, rspauth in the 200\n"
      "  --sqn HEX, --amf HEX     first sequence number (from the time), AMF (8000)\n"
      "  --expires S              longest registration granted (what is asked)\n"
      "  --outbound S             keep flows that have a reg-id, want a ping every S seconds (0: no time is named), "
      "grant\n"
      "                           GRUUs (off)\n"
      "  --reauth N               challenge again at every N-th refresh\n"
      "  --options-after MS       send OPTIONS to the UE that long after it registered\n"
      "  --message TEXT           send a MESSAGE with it, in the place of OPTIONS (after 100 ms)\n"
      "  --call                   open a connection to the UE for it: TLS with the PSK, or TCP in ESP\n"
      "  --connections N, --registrations N   how many at a time (64, 64)\n"
      "  --notify EVENT           what the reg event tells of the first that subscribes, or refused: no subscription;",
      stdout);
  fputs("\n                           ", stdout);
  notify_help();
  puts("\n"
       "  --notify-after MS        how long after its SUBSCRIBE (500)\n"
       "  --count N                exit after N registrations came and went\n"
       "  --json                   one JSON object a line\n"
       "  --fault NAME             what to do wrong:");
  fault_help();
  puts("\nexit: 0 done, 1 internal, 2 usage");
}

static int bad(const char *what, const char *why)
{
  fprintf(stderr, "pcscf: %s: %s\n", what, why);
  return EXIT_USAGE;
}

static int pick(const char *option, const char *value, const char *const *words, int *out)
{
  for (int i = 0; words[i]; i++)
    if (strcmp(words[i], value) == 0) {
      *out = i;
      return 0;
    }
  return bad(option, "not one of the words it knows; see --help");
}

static int number(const char *option, const char *value, uint32_t low, uint32_t high, uint32_t *out)
{
  char *end;
  if (*value < '0' || *value > '9' || strlen(value) > 9)
    return bad(option, "a number is wanted");
  *out = (uint32_t)strtoul(value, &end, 10);
  return *end || *out < low || *out > high ? bad(option, "out of range") : 0;
}

static int take(struct options *o, int c, const char *v)
{
  static const char *const psks[] = { "off", "allow", "only", 0 };
  static const char *const token2s[] = { "off", "exporter", "end-point", 0 };
  static const char *const algorithms[] = { "", "AKAv1-MD5", "AKAv1-SHA-256", "AKAv2-MD5", "AKAv2-SHA-256", 0 };
  switch (c) {
  case O_IMPI: o->impi = v; return 0;
  case O_K: o->k = v; return 0;
  case O_OPC: o->opc = v; return 0;
  case O_OP: o->op = v; return 0;
  case O_SUBSCRIBERS: o->subscribers = v; return 0;
  case O_LISTEN: o->listen = v; return 0;
  case O_PLAIN: o->listen_plain = v; return 0;
  case O_CERT: o->cert = v; return 0;
  case O_KEY: o->key = v; return 0;
  case O_MECHANISMS: o->mechanisms = v; return 0;
  case O_DOMAIN: o->domain = v; return 0;
  case O_SQN: o->sqn = v; return 0;
  case O_AMF: o->amf = v; return 0;
  case O_FAULT: o->fault = fault_find(v); return o->fault < 0 ? bad("--fault", "unknown; see --help") : 0;
  case O_PSK: return pick("--psk", v, psks, &o->psk);
  case O_TOKEN2: return pick("--token2", v, token2s, &o->token2);
  case O_ALGORITHM: return pick("--algorithm", *v ? v : "?", algorithms, &o->digest);
  case O_COUNT: return number("--count", v, 1, UINT32_MAX, &o->count);
  case O_REAUTH: return number("--reauth", v, 1, UINT32_MAX, &o->reauth);
  case O_OPTIONS: return number("--options-after", v, 1, UINT32_MAX, &o->options_after_ms);
  case O_MESSAGE: o->message = v; return 0;
  case O_CONNECTIONS: return number("--connections", v, 1, MAX_PLACES, &o->connections);
  case O_REGISTRATIONS: return number("--registrations", v, 1, MAX_PLACES, &o->registrations);
  case O_NOTIFY: o->notify = notify_find(v); return o->notify < 0 ? bad("--notify", "unknown; see --help") : 0;
  case O_NOTIFY_AFTER: return number("--notify-after", v, 1, UINT32_MAX, &o->notify_after_ms);
  case O_EXPIRES: return number("--expires", v, 1, UINT32_MAX, &o->expires_s);
  case O_OUTBOUND: o->outbound = true; return number("--outbound", v, 0, UINT32_MAX, &o->keep_s);
  case O_JSON: o->json = true; return 0;
  case O_QOP: o->qop = true; return 0;
  case O_IPSEC: o->ipsec = true; return 0;
  case O_CALL: o->call = true; return 0;
  default: return EXIT_USAGE;
  }
}

static int rules(const struct options *o)
{
  struct sockaddr_storage address;
  imstls_text rest = { o->mechanisms, strlen(o->mechanisms) };
  imstls_mechanism entry = { .size = sizeof entry };
  if (o->subscribers && (o->impi || o->k || o->opc || o->op))
    return bad("--subscribers", "stands in the place of --impi, --k, --opc and --op");
  if (!o->cert != !o->key)
    return bad("--cert, --key", "both or none");
  if (o->message && strlen(o->message) > MESSAGE_LEN)
    return bad("--message", "too long");
  if (o->call && !o->options_after_ms)
    return bad("--call", "needs --options-after or --message: what would be said there?");
  if (o->fault >= FAULT_TOKEN2_WRONG && o->fault <= FAULT_TOKEN2_SESSION && o->token2 == TOKEN2_OFF)
    return bad("--fault", "needs --token2");
  if (!address_parse(o->listen, &address))
    return bad("--listen", "ADDR:PORT is wanted");
  if (o->listen_plain && !address_parse(o->listen_plain, &address))
    return bad("--listen-plain", "ADDR:PORT is wanted");
  if (strlen(o->mechanisms) > LIST_LEN / 2)
    return bad("--mechanisms", "too long");
  while (imstls_secagree_next(&rest, &entry) == IMSTLS_OK)
    if (entry.malformed)
      return bad("--mechanisms", "not a list of mechanisms");
  return 0;
}

int options_parse(struct options *o, int argc, char **argv)
{
  int c, result;
  memset(o, 0, sizeof *o);
  o->listen = "127.0.0.1:5061";
  o->mechanisms = "tls";
  o->notify_after_ms = 500;
  o->digest = IMSTLS_DIGEST_AKAV1_MD5;
  o->connections = o->registrations = 64;
  while ((c = getopt_long(argc, argv, "h", longs, NULL)) != -1) {
    if (c == 'h' || c == O_HELP) {
      help();
      return -1;
    }
    if (c == O_VERSION) {
      printf("pcscf %s\n", imstls_version());
      return -1;
    }
    if ((result = take(o, c, optarg)) != 0)
      return result;
  }
  if (o->message && !o->options_after_ms)
    o->options_after_ms = 100; /* the UE has read its 200 by then, and opened the port that --call wants */
  return optind < argc ? bad(argv[optind], "not an option") : rules(o);
}

/* ---- addresses ---- */

bool address_parse(const char *text, struct sockaddr_storage *out)
{
  char host[64], *end;
  const char *colon = strrchr(text, ':');
  struct sockaddr_in *four = (struct sockaddr_in *)(void *)out;
  struct sockaddr_in6 *six = (struct sockaddr_in6 *)(void *)out;
  if (!colon || colon == text || colon[1] < '0' || colon[1] > '9' || (size_t)(colon - text) >= sizeof host)
    return false;
  unsigned long n = strtoul(colon + 1, &end, 10);
  if (*end || n > 65535)
    return false;
  uint16_t wire = htons((uint16_t)n);
  bool brackets = text[0] == '[' && colon[-1] == ']';
  size_t len = (size_t)(colon - text) - (brackets ? 2 : 0);
  memcpy(host, text + brackets, len);
  host[len] = 0;
  memset(out, 0, sizeof *out);
  if (brackets) {
    six->sin6_family = AF_INET6;
    six->sin6_port = wire;
    return inet_pton(AF_INET6, host, &six->sin6_addr) == 1;
  }
  four->sin_family = AF_INET;
  four->sin_port = wire;
  return inet_pton(AF_INET, host, &four->sin_addr) == 1;
}

void address_write(const struct sockaddr_storage *address, char *out, size_t cap)
{
  const struct sockaddr_in *four = (const struct sockaddr_in *)(const void *)address;
  const struct sockaddr_in6 *six = (const struct sockaddr_in6 *)(const void *)address;
  char host[INET6_ADDRSTRLEN] = "";
  if (address->ss_family == AF_INET6) {
    (void)inet_ntop(AF_INET6, &six->sin6_addr, host, sizeof host);
    snprintf(out, cap, "[%s]:%u", host, ntohs(six->sin6_port));
    return;
  }
  (void)inet_ntop(AF_INET, &four->sin_addr, host, sizeof host);
  snprintf(out, cap, "%s:%u", host, ntohs(four->sin_port));
}

/* ---- events ---- */

/* JSON strings are ASCII: everything else is escaped octet by octet, as Latin-1. */
static void json_text(const char *text)
{
  putchar('"');
  for (; *text; text++) {
    unsigned char c = (unsigned char)*text;
    if (c == '"' || c == '\\')
      printf("\\%c", c);
    else if (c < 0x20 || c > 0x7e)
      printf("\\u%04x", c);
    else
      putchar(c);
  }
  putchar('"');
}

static void json_value(const char *name, const char *value)
{
  printf(",");
  json_text(name + strspn(name, "#@"));
  putchar(':');
  if (*name == '#')
    printf("%s", value);
  else
    json_text(value);
}

static void human_value(const char *name, const char *value)
{
  putchar(' ');
  if (*name != '@')
    printf("%s=", name + (*name == '#'));
  for (; *value; value++)
    putchar(*value < 0x20 || *value > 0x7e ? '?' : *value);
}

void say_words(const struct pcscf *p, const char *const *words)
{
  const char *event = *words++;
  if (p->options.json)
    printf("{\"event\":\"%s\",\"t_ms\":%llu", event, (unsigned long long)(now_ms() - p->start_ms));
  else
    printf("%s", event);
  for (; *words; words += 2)
    if (p->options.json)
      json_value(words[0], words[1]);
    else if (strcmp(event, "ready") != 0 || *words[0] == '@') /* that line is addresses alone */
      human_value(words[0], words[1]);
  puts(p->options.json ? "}" : "");
  fflush(stdout);
}
