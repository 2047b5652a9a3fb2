/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "phone_options.h"

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

int take_pcscf(void *options, const char *value)
{
  struct options *o = options;
  size_t used = strlen(o->pcscf), len = strlen(value);
  if (strchr(value, ',') || used + len + 2 > sizeof o->pcscf)
    return options_bad("--pcscf", "HOST[:PORT] is wanted");
  if (used)
    o->pcscf[used++] = ',';
  memcpy(o->pcscf + used, value, len + 1);
  return 0;
}

static bool is_one_parameter(const char *text)
{
  imstls_text rest = { text, strlen(text) }, name, value;
  bool first = imstls_sip_param_next(&rest, &name, &value) == IMSTLS_OK;
  return first && imstls_sip_param_next(&rest, &name, &value) == IMSTLS_END && !strpbrk(text, "\r\n");
}

int take_feature(void *options, const char *value)
{
  struct options *o = options;
  size_t used = strlen(o->features), room = sizeof o->features - used;
  int n = snprintf(o->features + used, room, ";%s", value);
  bool fits = n > 0 && (size_t)n < room;
  if (fits && is_one_parameter(o->features + used))
    return 0;
  return options_bad("--feature", "TAG or TAG=\"VALUE\" is wanted, not too many");
}

/* Entries as they are; a bare ipsec-3gpp stands for what any P-CSCF finds something in. */
int take_offer(void *options, const char *value)
{
  struct options *o = options;
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

int take_aka_version(void *options, const char *value)
{
  struct options *o = options;
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

/* The file was read before: what is left here was an abbreviation. */
int take_config(void *options, const char *value)
{
  (void)options;
  return options_bad(value, "the name of --config has to be written out");
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

static const char usage_softphone[] = "--pcscf HOST[:PORT] --impi ID --impu URI --domain FQDN --k HEX (--opc HEX | "
                                      "--op HEX) [options]";
static const char usage_gateway[] = "--pcscf HOST[:PORT] --impi ID --impu URI --domain FQDN --k HEX (--opc HEX | "
                                    "--op HEX) --sip ADDR:PORT [options]";
static const char about_softphone[] =
    "Registers with an IMS core over TLS and proves the P-CSCF's certificate with its "
    "s_token.";
static const char about_gateway[] = "Registers with an IMS core as softphone does, and lets the SIP clients of this "
                                    "machine use that registration.";

const struct option_row *phone_row(const char *name)
{
  size_t i = 0;
  while (i + 1 < phone_row_count && (!phone_rows[i].name || strcmp(phone_rows[i].name, name) != 0))
    i++;
  return &phone_rows[i];
}

int options_parse(struct options *o, int argc, char **argv)
{
  bool softphone = program_is("softphone");
  struct option_program table = { .name = program, .rows = phone_rows, .count = phone_row_count, .exits = phone_exits };
  table.bit = softphone ? OF_SOFTPHONE : OF_GATEWAY;
  table.usage = softphone ? usage_softphone : usage_gateway;
  table.about = softphone ? about_softphone : about_gateway;
  memset(o, 0, sizeof *o);
  int result = arguments_expand(&argc, &argv);
  if (!result)
    result = option_parse(&table, o, argc, argv);
  if (!result)
    result = secrets_read(o);
  o->verbose = o->verbose || o->show_secrets;
  return result ? result : rules(o);
}
