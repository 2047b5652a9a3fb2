/* SPDX-License-Identifier: Apache-2.0 */
/* --subscribers FILE: IMPI K OPC [IMPU...], one a line. Empty lines and those that begin with # are left out. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "pcscf.h"

enum { LINE_LEN = 1024 };

/* The next word, ended where it ends; "" behind the last. */
static char *next_word(char **rest)
{
  char *word = *rest + strspn(*rest, " \t\r\n");
  size_t len = strcspn(word, " \t\r\n");
  *rest = word + len + (word[len] != 0);
  word[len] = 0;
  return word;
}

static const char *add_impu(struct subscriber *who, const char *impu)
{
  imstls_text rest = { who->impus, 0 };
  imstls_sip_address same;
  size_t used = strlen(who->impus);
  int len = snprintf(who->impus + used, sizeof who->impus - used, "%s<%s>", used ? ", " : "", impu);
  if (len < 0 || (size_t)len >= sizeof who->impus - used)
    return "too many IMPUs";
  rest.len = used + (size_t)len;
  while (rest.len)
    if (imstls_sip_address_next(&rest, &same) != IMSTLS_OK)
      return "an IMPU is no URI";
  return NULL;
}

/* NULL, or what is wrong with the line. */
static const char *take_line(struct home *home, char *line)
{
  char *rest = line, uri[300];
  const char *impi = next_word(&rest), *k = next_word(&rest), *opc = next_word(&rest), *impu = next_word(&rest);
  if (!*impi || *impi == '#')
    return NULL;
  const char *wrong = home_add(home, impi, k, opc, NULL);
  if (wrong)
    return wrong;
  struct subscriber *who = &home->subscribers[home->count - 1];
  snprintf(uri, sizeof uri, "sip:%s", impi);
  if (!*impu)
    return add_impu(who, uri);
  for (; !wrong && *impu; impu = next_word(&rest))
    wrong = add_impu(who, impu);
  return wrong;
}

int subscribers_read(struct home *home, const char *path)
{
  char line[LINE_LEN];
  const char *wrong = NULL;
  unsigned number = 0;
  FILE *in = fopen(path, "r");
  if (!in) {
    fprintf(stderr, "pcscf: --subscribers: %s: %s\n", path, strerror(errno));
    return EXIT_USAGE;
  }
  while (!wrong && fgets(line, sizeof line, in)) {
    number++;
    wrong = strlen(line) == sizeof line - 1 ? "the line is too long" : take_line(home, line);
  }
  imstls_wipe(line, sizeof line);
  fclose(in);
  if (!wrong && home->count)
    return 0;
  fprintf(stderr, "pcscf: --subscribers: %s:%u: %s\n", path, number, wrong ? wrong : "there is no subscriber");
  return EXIT_USAGE;
}
