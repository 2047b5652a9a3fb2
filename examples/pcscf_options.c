/* SPDX-License-Identifier: Apache-2.0 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pcscf_options.h"

static int bad(const char *what, const char *why)
{
  fprintf(stderr, "pcscf: %s: %s\n", what, why);
  return EXIT_USAGE;
}

int take_outbound(void *options, const char *value)
{
  struct options *o = options;
  char *end;
  unsigned long n = strtoul(value, &end, 10);
  bool is_number = *value >= '0' && *value <= '9' && !*end;
  bool fits = strlen(value) <= 10 && n <= UINT32_MAX;
  if (!is_number || !fits)
    return bad("--outbound", "seconds are wanted");
  o->outbound = true;
  o->keep_s = (uint32_t)n;
  return 0;
}

/* RFC 3329 2.2 names it: also what this P-CSCF cannot agree upon may stand in a list. */
static bool mechanism_is_known(const imstls_mechanism *entry)
{
  static const char *const others[] = { "digest", "ipsec-ike", "ipsec-man" };
  for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
    if (text_same(entry->name, others[i]))
      return true;
  return entry->id != IMSTLS_MECHANISM_OTHER;
}

static int mechanisms_fit(const char *list)
{
  char wrong[128];
  imstls_text rest = { list, strlen(list) };
  imstls_mechanism entry = { .size = sizeof entry };
  if (strlen(list) > LIST_LEN / 2)
    return bad("--mechanisms", "too long");
  if (!*list)
    return bad("--mechanisms", "a list is wanted");
  while (imstls_secagree_next(&rest, &entry) == IMSTLS_OK) {
    snprintf(wrong, sizeof wrong, "%.*s is none, such as tls and ipsec-3gpp",
             (int)(entry.raw.len < 64 ? entry.raw.len : 64), entry.raw.ptr);
    if (entry.malformed || !mechanism_is_known(&entry))
      return bad("--mechanisms", wrong);
  }
  return 0;
}

static bool is_ticket_key(const char *hex)
{
  uint8_t key[TICKET_KEY_LEN];
  bool fits = hex_octets(hex, key, sizeof key) == TICKET_KEY_LEN;
  imstls_wipe(key, sizeof key);
  return fits;
}

static int rules(const struct options *o)
{
  struct sockaddr_storage address;
  if (o->subscribers && (o->impi || o->k || o->opc || o->op))
    return bad("--subscribers", "stands in the place of --impi, --k, --opc and --op");
  if (!o->cert != !o->key)
    return bad("--cert, --key", "both or none");
  if (o->message && strlen(o->message) > MESSAGE_LEN)
    return bad("--message", "too long");
  if (o->ticket_key && !is_ticket_key(o->ticket_key))
    return bad("--ticket-key", "64 hex digits are wanted");
  if (o->call && !o->options_after_ms)
    return bad("--call", "needs --options-after or --message: what would be said there?");
  if (o->fault >= FAULT_TOKEN2_WRONG && o->fault <= FAULT_TOKEN2_SESSION && o->token2 == TOKEN2_OFF)
    return bad("--fault", "needs --token2");
  if (!address_parse(o->listen, &address))
    return bad("--listen", "ADDR:PORT is wanted");
  if (o->listen_plain && !address_parse(o->listen_plain, &address))
    return bad("--listen-plain", "ADDR:PORT is wanted");
  return mechanisms_fit(o->mechanisms);
}

static const char *const exits[] = { "done", "internal error", "usage", NULL };

int options_parse(struct options *o, int argc, char **argv)
{
  const struct option_program table = {
    .name = "pcscf",
    .usage = "(--impi ID --k HEX (--opc HEX | --op HEX) | --subscribers FILE) [options]",
    .about =
        "An example P-CSCF with just enough home network behind it, to demonstrate and to test: no server to deploy.",
    .rows = pcscf_rows,
    .count = pcscf_row_count,
    .exits = exits,
  };
  memset(o, 0, sizeof *o);
  int result = option_parse(&table, o, argc, argv);
  if (o->message && !o->options_after_ms)
    o->options_after_ms = 100; /* the UE has read its 200 by then, and opened the port that --call wants */
  return result ? result : rules(o);
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
