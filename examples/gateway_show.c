/* SPDX-License-Identifier: Apache-2.0 */
/* What is told beside what a registration tells. */
#include <string.h>

#include "gateway.h"

static void begin(const struct gateway *g, const char *name) { json_open(name, phone_now() - g->phone.show.start_ms); }

static void people(const struct gateway *g, const char *format, const char *a, imstls_text b)
{
  char line[40]; /* as much as the ladder has room for */
  printable(line, sizeof line, b);
  ladder_note(&g->phone.show, format, a, line);
  fflush(stdout);
}

static imstls_text str(const char *text) { return (imstls_text){ text, strlen(text) }; }

void show_ready(struct gateway *g)
{
  if (!g->phone.options.json) {
    printf("clients: sip:%s, UDP and TCP\n", g->own.host_port);
    fflush(stdout);
    return;
  }
  begin(g, "ready");
  json_field("sip", str(g->own.host_port));
  json_close();
}

void show_client(struct gateway *g, imstls_text contact, uint32_t expires_s)
{
  char seconds[16];
  snprintf(seconds, sizeof seconds, "%lu", (unsigned long)expires_s);
  if (!g->phone.options.json) {
    people(g, "client for %s s: %s", seconds, contact);
    return;
  }
  begin(g, "client");
  json_field("contact", contact);
  printf(",\"expires\":%s", seconds);
  json_close();
}

void show_relayed(struct gateway *g, imstls_text line, enum direction direction)
{
  if (!g->phone.options.json) {
    people(g, direction == OUT ? "from the client: %s%s" : "to the client: %s%s", "", line);
    return;
  }
  begin(g, "relayed");
  json_field("line", line);
  json_field("direction", str(direction == OUT ? "out" : "in"));
  json_close();
}

/* Whoever sends nonsense must not fill a disk with it. */
void show_refused(struct gateway *g, imstls_text line, const char *why)
{
  enum { A_SECOND = 8 };
  uint64_t second = phone_now() / 1000;
  if (second != g->refused_second)
    g->refused_told = 0;
  g->refused_second = second;
  g->refused++;
  if (g->refused_told++ >= A_SECOND)
    return;
  if (!g->phone.options.json)
    people(g, "refused (%s): %s", why, line);
  else {
    begin(g, "refused");
    json_field("line", line);
    json_field("why", str(why));
    printf(",\"count\":%u", g->refused);
    json_close();
  }
  g->refused = 0;
}
