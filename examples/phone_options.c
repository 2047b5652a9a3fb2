/* SPDX-License-Identifier: Apache-2.0 */
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "phone.h"

enum {
  O_PCSCF = 256,
  O_IMPI,
  O_IMPU,
  O_DOMAIN,
  O_IMSI,
  O_MNC,
  O_TLS_PORT,
  O_PLAIN_PORT,
  O_FLOW,
  O_OFFER,
  O_AGREE,
  O_TRANSPORT,
  O_PSK,
  O_FALLBACK,
  O_TRUST,
  O_CA,
  O_NAME,
  O_USIM,
  O_ALGO,
  O_K,
  O_OP,
  O_OPC,
  O_TOP,
  O_TOPC,
  O_SQN,
  O_AKA,
  O_EXPIRES,
  O_STAY,
  O_KEEP,
  O_NO_REG_EVENT,
  O_TLS_MAX,
  O_TLS_MIN,
  O_TIMEOUT,
  O_RETURN,
  O_JSON,
  O_KEYLOG,
  O_SECRETS,
  O_PIN,
  O_PIN_LAST,
  O_AMF,
  O_LOCAL_PORT,
  O_SERVE,
  O_TOKEN2,
  O_PINS,
  O_NONCE,
  O_EXPECT,
  O_INSTANCE,
  O_SEND,
  O_PCAP,
  O_FEATURE,
  O_REG_ID,
  O_DNS,
  O_SIP,
  O_SIP_USER,
  O_HELP,
  O_VERSION
};

static const struct option longs[] = { { "pcscf", 1, 0, O_PCSCF },
                                       { "impi", 1, 0, O_IMPI },
                                       { "impu", 1, 0, O_IMPU },
                                       { "domain", 1, 0, O_DOMAIN },
                                       { "imsi", 1, 0, O_IMSI },
                                       { "mnc-len", 1, 0, O_MNC },
                                       { "tls-port", 1, 0, O_TLS_PORT },
                                       { "plain-port", 1, 0, O_PLAIN_PORT },
                                       { "local-port", 1, 0, O_LOCAL_PORT },
                                       { "serve", 1, 0, O_SERVE },
                                       { "flow", 1, 0, O_FLOW },
                                       { "offer", 1, 0, O_OFFER },
                                       { "sec-agree", 1, 0, O_AGREE },
                                       { "transport", 1, 0, O_TRANSPORT },
                                       { "psk", 1, 0, O_PSK },
                                       { "fallback", 1, 0, O_FALLBACK },
                                       { "trust", 1, 0, O_TRUST },
                                       { "ca", 1, 0, O_CA },
                                       { "server-name", 1, 0, O_NAME },
                                       { "usim", 1, 0, O_USIM },
                                       { "algo", 1, 0, O_ALGO },
                                       { "k", 1, 0, O_K },
                                       { "op", 1, 0, O_OP },
                                       { "opc", 1, 0, O_OPC },
                                       { "top", 1, 0, O_TOP },
                                       { "topc", 1, 0, O_TOPC },
                                       { "sqn-file", 1, 0, O_SQN },
                                       { "aka-version", 1, 0, O_AKA },
                                       { "expires", 1, 0, O_EXPIRES },
                                       { "stay", 1, 0, O_STAY },
                                       { "no-deregister", 0, 0, O_KEEP },
                                       { "no-reg-event", 0, 0, O_NO_REG_EVENT },
                                       { "tls-max", 1, 0, O_TLS_MAX },
                                       { "tls-min", 1, 0, O_TLS_MIN },
                                       { "timeout", 1, 0, O_TIMEOUT },
                                       { "return-within", 1, 0, O_RETURN },
                                       { "json", 0, 0, O_JSON },
                                       { "keylog", 1, 0, O_KEYLOG },
                                       { "show-secrets", 0, 0, O_SECRETS },
                                       { "pin", 1, 0, O_PIN },
                                       { "pin-last-try", 0, 0, O_PIN_LAST },
                                       { "amf-separation", 1, 0, O_AMF },
                                       { "token2", 1, 0, O_TOKEN2 },
                                       { "token2-pins", 1, 0, O_PINS },
                                       { "instance", 1, 0, O_INSTANCE },
                                       { "reg-id", 1, 0, O_REG_ID },
                                       { "send", 1, 0, O_SEND },
                                       { "pcap", 1, 0, O_PCAP },
                                       { "feature", 1, 0, O_FEATURE },
                                       { "dns", 1, 0, O_DNS },
                                       { "check-nonce", 1, 0, O_NONCE },
                                       { "expect-amf", 1, 0, O_EXPECT },
                                       { "sip", 1, 0, O_SIP },
                                       { "sip-user", 1, 0, O_SIP_USER },
                                       { "help", 0, 0, O_HELP },
                                       { "version", 0, 0, O_VERSION },
                                       { 0, 0, 0, 0 } };

int options_bad(const char *what, const char *why)
{
  fprintf(stderr, "%s: %s: %s\n", program, what, why);
  return EXIT_USAGE;
}

static int nibble(char c)
{
  const char *digits = "0123456789abcdefABCDEF", *at = c ? strchr(digits, c) : NULL;
  return !at ? -1 : at - digits < 16 ? (int)(at - digits) : (int)(at - digits) - 6;
}

int options_hex(const char *text, uint8_t *out, size_t cap)
{
  size_t len = strlen(text);
  if (len % 2 || len / 2 > cap)
    return -1;
  for (size_t i = 0; i < len / 2; i++) {
    int high = nibble(text[2 * i]), low = nibble(text[2 * i + 1]);
    if (high < 0 || low < 0)
      return -1;
    out[i] = (uint8_t)(high << 4 | low);
  }
  return (int)(len / 2);
}

static int pick(const char *option, const char *value, const char *const *words, const int *values, int *out)
{
  for (int i = 0; words[i]; i++)
    if (strcmp(words[i], value) == 0) {
      *out = values ? values[i] : i;
      return 0;
    }
  fprintf(stderr, "%s: --%s: %s is none of", program, option, value);
  for (int i = 0; words[i]; i++)
    fprintf(stderr, " %s", words[i]);
  fputc('\n', stderr);
  return EXIT_USAGE;
}

static int number(const char *option, const char *value, unsigned long low, unsigned long high, unsigned long *out)
{
  char *end;
  if (*value < '0' || *value > '9' || strlen(value) > 10)
    return options_bad(option, "a number is wanted");
  *out = strtoul(value, &end, 10);
  return *end || *out < low || *out > high ? options_bad(option, "out of range") : 0;
}

static int add_pcscf(struct options *o, const char *value)
{
  size_t used = strlen(o->pcscf), len = strlen(value);
  if (strchr(value, ',') || used + len + 2 > sizeof o->pcscf)
    return options_bad("--pcscf", "HOST[:PORT] is wanted");
  if (used)
    o->pcscf[used++] = ',';
  memcpy(o->pcscf + used, value, len + 1);
  return 0;
}

static int add_feature(struct options *o, const char *value)
{
  size_t used = strlen(o->features), room = sizeof o->features - used;
  int n = snprintf(o->features + used, room, ";%s", value);
  bool is_tag = *value && !strpbrk(value, ";<>, \t\r\n");
  return is_tag && n > 0 && (size_t)n < room ? 0
                                             : options_bad("--feature", "TAG or TAG=\"VALUE\" is wanted, not too many");
}

/* Entries as they are; a bare ipsec-3gpp stands for what any P-CSCF finds something in. */
static int offer_list(struct options *o, const char *value)
{
  static const char ipsec[] = "ipsec-3gpp;alg=hmac-sha-1-96;ealg=aes-cbc, ipsec-3gpp;alg=hmac-md5-96;ealg=aes-cbc, "
                              "ipsec-3gpp;alg=hmac-sha-1-96;ealg=des-ede3-cbc, ipsec-3gpp;alg=hmac-sha-1-96;ealg=null";
  size_t used = 0;
  for (const char *p = value; *p; p += *p == ',') {
    size_t len = strcspn(p, ",");
    const char *start = p + strspn(p, " ");
    bool bare = p + len - start == 10 && strncmp(start, "ipsec-3gpp", 10) == 0;
    int n = snprintf(o->offer + used, sizeof o->offer - used, "%s%.*s", used ? ", " : "",
                     bare ? (int)sizeof ipsec - 1 : (int)(p + len - start), bare ? ipsec : start);
    p += len;
    if (n < 0 || (size_t)n >= sizeof o->offer - used)
      return options_bad("--offer", "too long");
    used += (size_t)n;
  }
  return used ? 0 : options_bad("--offer", "a list is wanted");
}

static int aka_list(struct options *o, const char *value)
{
  static const char *const names[] = { "", "AKAv1-MD5", "AKAv1-SHA-256", "AKAv2-MD5", "AKAv2-SHA-256" };
  o->algorithms = 0;
  for (const char *p = value; *p;) {
    size_t len = strcspn(p, ",");
    unsigned found = 0;
    for (unsigned i = 1; i <= 4; i++)
      if (strlen(names[i]) == len && memcmp(names[i], p, len) == 0)
        found = i;
    if (!found)
      return options_bad("--aka-version", "AKAv1-MD5, AKAv1-SHA-256, AKAv2-MD5 and AKAv2-SHA-256 are known");
    o->algorithms |= IMSTLS_DIGEST_BIT(found);
    p += len + (p[len] == ',');
  }
  return o->algorithms ? 0 : options_bad("--aka-version", "a list is wanted");
}

static int take_number(struct options *o, int c, const char *v)
{
  unsigned long n = 0;
  int result;
  switch (c) {
  case O_MNC:
    result = number("--mnc-len", v, 2, 3, &n);
    o->mnc_len = (unsigned)n;
    return result;
  case O_TLS_PORT:
    result = number("--tls-port", v, 1, 65535, &n);
    o->tls_port = (uint16_t)n;
    return result;
  case O_PLAIN_PORT:
    result = number("--plain-port", v, 1, 65535, &n);
    o->plain_port = (uint16_t)n;
    return result;
  case O_LOCAL_PORT:
    result = number("--local-port", v, 1, 65535, &n);
    o->local_port = (uint16_t)n;
    return result;
  case O_SERVE:
    result = number("--serve", v, 1, 65535, &n);
    o->serve_port = (uint16_t)n;
    return result;
  case O_EXPIRES:
    result = number("--expires", v, 1, 4294967295UL, &n);
    o->expires_s = (uint32_t)n;
    return result;
  case O_REG_ID:
    result = number("--reg-id", v, 1, 2147483647, &n);
    o->reg_id = (uint32_t)n;
    return result;
  case O_STAY:
    result = number("--stay", v, 0, 100000000, &n);
    o->stay_s = (unsigned)n;
    return result;
  case O_RETURN:
    result = number("--return-within", v, 0, 3600, &n);
    o->return_ms = n ? (uint32_t)n * 1000 : 1;
    return result;
  default:
    result = number("--timeout", v, 0, 1000000, &n);
    o->timeout_s = (unsigned)n;
    return result;
  }
}

static int take_word(struct options *o, int c, const char *v)
{
  static const char *const flows[] = { "tls-first", "agree-first", 0 };
  static const char *const agrees[] = { "required", "optional", "off", 0 };
  static const char *const transports[] = { "", "tcp", "udp", 0 };
  static const char *const psks[] = { "off", "allow", "only", 0 };
  static const char *const fallbacks[] = { "none", "ipsec", 0 };
  static const char *const trusts[] = { "token", "token-or-pki", "token-and-pki", 0 };
  static const char *const token2s[] = { "off", "allowed", "required", "pinned", 0 };
  static const char *const algos[] = { "milenage", "tuak", 0 };
  static const int algo_values[] = { IMSTLS_ALGO_MILENAGE, IMSTLS_ALGO_TUAK };
  static const char *const versions[] = { "1.2", "1.3", 0 };
  static const int version_values[] = { 12, 13 };
  static const char *const amfs[] = { "any", "0", "1", 0 };
  switch (c) {
  case O_FLOW: return pick("flow", v, flows, NULL, &o->flow);
  case O_AGREE: return pick("sec-agree", v, agrees, NULL, &o->sec_agree);
  case O_TRANSPORT: return pick("transport", *v ? v : "?", transports, NULL, &o->transport);
  case O_PSK: return pick("psk", v, psks, NULL, &o->psk);
  case O_FALLBACK: return pick("fallback", v, fallbacks, NULL, &o->fallback);
  case O_TRUST: return pick("trust", v, trusts, NULL, &o->trust);
  case O_TOKEN2: return pick("token2", v, token2s, NULL, &o->token2);
  case O_ALGO: return pick("algo", v, algos, algo_values, &o->algo);
  case O_AMF: return pick("amf-separation", v, amfs, NULL, &o->amf);
  case O_TLS_MIN: return pick("tls-min", v, versions, version_values, &o->tls_min);
  default: return pick("tls-max", v, versions, version_values, &o->tls_max);
  }
}

static int take(struct options *o, int c, const char *v)
{
  const char **texts[] = { [O_IMPI - O_PCSCF] = &o->impi,
                           [O_IMPU - O_PCSCF] = &o->impu,
                           [O_DOMAIN - O_PCSCF] = &o->domain,
                           [O_IMSI - O_PCSCF] = &o->imsi,
                           [O_CA - O_PCSCF] = &o->ca,
                           [O_NAME - O_PCSCF] = &o->server_name,
                           [O_USIM - O_PCSCF] = &o->usim,
                           [O_K - O_PCSCF] = &o->k,
                           [O_OP - O_PCSCF] = &o->op,
                           [O_OPC - O_PCSCF] = &o->opc,
                           [O_TOP - O_PCSCF] = &o->top,
                           [O_TOPC - O_PCSCF] = &o->topc,
                           [O_SQN - O_PCSCF] = &o->sqn_file,
                           [O_KEYLOG - O_PCSCF] = &o->keylog,
                           [O_PIN - O_PCSCF] = &o->pin,
                           [O_PINS - O_PCSCF] = &o->token2_pins,
                           [O_NONCE - O_PCSCF] = &o->check_nonce,
                           [O_EXPECT - O_PCSCF] = &o->expect_amf,
                           [O_INSTANCE - O_PCSCF] = &o->instance_id,
                           [O_SEND - O_PCSCF] = &o->send,
                           [O_PCAP - O_PCSCF] = &o->pcap,
                           [O_DNS - O_PCSCF] = &o->dns,
                           [O_SIP - O_PCSCF] = &o->sip,
                           [O_SIP_USER - O_PCSCF] = &o->sip_user,
                           [O_VERSION - O_PCSCF] = NULL };
  switch (c) {
  case 'v': o->verbose = true; return 0;
  case O_SECRETS: o->verbose = o->show_secrets = true; return 0;
  case O_JSON: o->json = true; return 0;
  case O_KEEP: o->no_deregister = true; return 0;
  case O_NO_REG_EVENT: o->no_reg_event = true; return 0;
  case O_PIN_LAST: o->pin_last_try = true; return 0;
  case O_PCSCF: return add_pcscf(o, v);
  case O_FEATURE: return add_feature(o, v);
  case O_OFFER: return offer_list(o, v);
  case O_AKA: return aka_list(o, v);
  case O_MNC:
  case O_TLS_PORT:
  case O_PLAIN_PORT:
  case O_LOCAL_PORT:
  case O_SERVE:
  case O_EXPIRES:
  case O_STAY:
  case O_TIMEOUT:
  case O_RETURN:
  case O_REG_ID: return take_number(o, c, v);
  case '?': return EXIT_USAGE;
  default: break;
  }
  if (c < O_PCSCF || !texts[c - O_PCSCF])
    return take_word(o, c, v);
  *texts[c - O_PCSCF] = v;
  return 0;
}

static int soft_keys_fit(const struct options *o)
{
  bool tuak = o->algo == IMSTLS_ALGO_TUAK;
  if (!o->k)
    return options_bad("--k", "needed with the software USIM");
  if (tuak ? o->op || o->opc : o->top || o->topc)
    return options_bad("--algo", "Milenage takes --op or --opc, TUAK --top or --topc");
  const char *code = tuak ? o->top : o->op, *coded = tuak ? o->topc : o->opc;
  if (!code == !coded)
    return options_bad(tuak ? "--top, --topc" : "--op, --opc", "exactly one of the two is wanted");
  return 0;
}

/* A wrong PIN costs a try of the card: what is none is not sent. */
static int pin_fits(const struct options *o)
{
  size_t len = o->pin ? strspn(o->pin, "0123456789") : 0;
  bool fits = len >= 4 && len <= 8;
  if (o->pin && (o->pin[len] || !fits))
    return options_bad("--pin", "4 to 8 digits are wanted");
  return o->pin_last_try && !o->pin ? options_bad("--pin-last-try", "belongs to --pin") : 0;
}

static int rules(struct options *o)
{
  bool soft = strcmp(o->usim, "soft") == 0;
  bool card = !strncmp(o->usim, "pcsc", 4) || !strncmp(o->usim, "at:", 3);
  if (o->expect_amf && !o->check_nonce)
    return options_bad("--expect-amf", "belongs to --check-nonce");
  if (o->check_nonce)
    return soft ? soft_keys_fit(o) : options_bad("--check-nonce", "needs the keys of a software USIM");
  if (!o->pcscf[0] && !card)
    return options_bad("--pcscf", "needed");
  if (!soft && !card)
    return options_bad("--usim", "soft, pcsc[:READER] or at:DEVICE is wanted");
  if ((soft && soft_keys_fit(o)) || pin_fits(o))
    return EXIT_USAGE;
  if (!soft && (o->k || o->op || o->opc || o->top || o->topc || o->sqn_file))
    return options_bad("--usim", "keys and --sqn-file belong to the software USIM");
  if (o->imsi && !o->mnc_len)
    return options_bad("--imsi", "needs --mnc-len: nobody can tell it from the digits");
  if (soft && !o->imsi && (!o->impi || !o->impu || !o->domain))
    return options_bad("--impi, --impu, --domain", "needed, or --imsi with --mnc-len");
  if (o->psk == IMSTLS_PSK_ONLY && o->flow == IMSTLS_FLOW_TLS_FIRST)
    return options_bad("--psk only", "with tls-first there is no key before the first challenge");
  if (o->tls_min && o->tls_max && o->tls_min > o->tls_max)
    return options_bad("--tls-min", "is above --tls-max");
  if (o->serve_port && !strstr(o->offer, "tls"))
    return options_bad("--serve", "needs tls in --offer: in IPsec the protected server port serves by itself");
  if (o->trust != IMSTLS_TRUST_TOKEN && !o->ca)
    return options_bad("--trust", "a PKI trust needs --ca");
  if ((o->token2 == IMSTLS_TOKEN2_PINNED) != (o->token2_pins != NULL))
    return options_bad("--token2 pinned", "belongs to --token2-pins");
  if (o->reg_id && !o->instance_id)
    return options_bad("--reg-id", "needs --instance");
  if (program_is("gateway") && !o->sip)
    return options_bad("--sip", "needed");
  if (o->fallback == IMSTLS_FALLBACK_IPSEC && !strstr(o->offer, "ipsec-3gpp"))
    return options_bad("--fallback ipsec", "needs ipsec-3gpp in --offer");
  return 0;
}

/* One table for both programs; these belong to one alone. */
static bool is_ours(int c)
{
  switch (c) {
  case O_STAY:
  case O_SEND:
  case O_NONCE:
  case O_EXPECT: return program_is("softphone");
  case O_SIP:
  case O_SIP_USER: return program_is("gateway");
  default: return true;
  }
}

int options_parse(struct options *o, int argc, char **argv)
{
  int c, result, at = 0;
  memset(o, 0, sizeof *o);
  memcpy(o->offer, "tls", sizeof "tls");
  o->usim = "soft";
  o->algo = IMSTLS_ALGO_MILENAGE;
  o->transport = IMSTLS_NET_TCP;
  o->timeout_s = program_is("softphone") ? 60 : 0;
  if ((result = arguments_expand(&argc, &argv)) != 0)
    return result;
  while ((c = getopt_long(argc, argv, "vh", longs, &at)) != -1) {
    if (c == 'h' || c == O_HELP) {
      options_help();
      return -1;
    }
    if (c == O_VERSION) {
      printf("%s %s\n", program, imstls_version());
      return -1;
    }
    if (!is_ours(c))
      return options_bad(longs[at].name, "not an option of this program");
    if ((result = take(o, c, optarg)) != 0)
      return result;
  }
  if (optind < argc)
    return options_bad(argv[optind], "not an option");
  result = secrets_read(o);
  return result ? result : rules(o);
}
