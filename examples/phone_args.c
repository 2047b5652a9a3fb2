/* SPDX-License-Identifier: Apache-2.0 */
/* Options from a file, secrets from files and the environment: what stands on the command line everybody can see. */
#include <stdlib.h>
#include <string.h>

#include "phone_options.h"

enum { FILE_MAX = 65536, ARGUMENTS_MAX = 512, SECRET_MAX = 256 };

static char text[FILE_MAX];
static char config_text[2 * FILE_MAX]; /* each option with two dashes before it */
static char *arguments[ARGUMENTS_MAX];

/* The whole file, ended by a NUL; its octets, or -1. */
static long read_file(const char *path, char *out, size_t cap)
{
  FILE *file = fopen(path, "rb");
  if (!file)
    return -1;
  size_t len = fread(out, 1, cap - 1, file);
  bool whole = !ferror(file) && feof(file) && !memchr(out, 0, len);
  fclose(file);
  out[len] = '\0';
  return whole ? (long)len : -1;
}

/* Without the blanks around it. */
static char *trimmed(char *line)
{
  line += strspn(line, " \t\r");
  size_t len = strlen(line);
  while (len && strchr(" \t\r", line[len - 1]))
    line[--len] = '\0';
  return line;
}

/* "name value", "name = value" or "name" as "--name=value" or "--name", at `out`; its octets with the NUL. */
static size_t write_option(char *out, char *line)
{
  size_t name = strcspn(line, " \t=");
  char *value = line + name + strspn(line + name, " \t");
  if (*value == '=')
    value = trimmed(value + 1);
  memcpy(out, "--", 2);
  memcpy(out + 2, line, name);
  size_t len = 2 + name;
  if (*value) {
    out[len++] = '=';
    memmove(out + len, value, strlen(value) + 1);
    return len + strlen(out + len) + 1;
  }
  out[len++] = '\0';
  return len;
}

static bool names(const char *argument, const char *option)
{
  size_t len = strlen(option);
  return strncmp(argument, option, len) == 0 && (argument[len] == '=' || argument[len] == '\0');
}

static bool among(int argc, char *const *argv, const char *option)
{
  for (int i = 1; i < argc; i++)
    if (names(argv[i], option))
      return true;
  return false;
}

static int bad_config(const char *path, const char *why) { return option_bad_file(program, "--config", path, why); }

/* The lines of the file as arguments. The command line's P-CSCFs take the place of the file's; all else it overrides by
 * coming later. */
static int add_file(const char *path, int argc, char *const *argv, int *count)
{
  char *out = config_text, *rest = text;
  if (read_file(path, text, sizeof text) < 0)
    return bad_config(path, "cannot be read as a file of options");
  while (rest) {
    char *line = rest, *end = strchr(rest, '\n');
    rest = end ? end + 1 : NULL;
    if (end)
      *end = '\0';
    line = trimmed(line);
    if (*line == '\0' || *line == '#')
      continue;
    size_t len = write_option(out, line);
    if (names(out, "--config"))
      return bad_config(path, "a file of options cannot name another one");
    if (names(out, "--pcscf") && among(argc, argv, "--pcscf"))
      continue;
    if (*count >= ARGUMENTS_MAX - 1)
      return bad_config(path, "too many options");
    arguments[(*count)++] = out;
    out += len;
  }
  return 0;
}

int arguments_expand(int *argc, char ***argv)
{
  int count = 1, files = 0, given = *argc;
  char *const *from = *argv;
  const char *path = NULL;
  arguments[0] = from[0];
  for (int i = 1; i < given; i++) {
    if (!names(from[i], "--config"))
      continue;
    path = from[i][8] ? from[i] + 9 : from[i + 1];
    if (!path)
      return options_bad("--config", "a file is wanted");
    if (++files > 1)
      return options_bad("--config", "one file is enough");
    if (add_file(path, given, from, &count))
      return EXIT_USAGE;
  }
  for (int i = 1; i < given; i++) {
    if (names(from[i], "--config")) {
      i += from[i][8] == '\0';
      continue;
    }
    if (count >= ARGUMENTS_MAX - 1)
      return options_bad("options", "too many");
    arguments[count++] = from[i];
  }
  arguments[count] = NULL;
  *argc = count;
  *argv = arguments;
  return 0;
}

/* ---- secrets ---- */

static char secrets[8][SECRET_MAX];

/* "@FILE": the first line of that file. */
static int read_secret(const char *option, const char **value)
{
  static size_t used;
  if (!*value || **value != '@')
    return 0;
  char *room = secrets[used++ % 8];
  if (read_file(*value + 1, room, SECRET_MAX) < 0) {
    fprintf(stderr, "%s: --%s: %s cannot be read, or is longer than a secret\n", program, option, *value + 1);
    return EXIT_USAGE;
  }
  room[strcspn(room, "\n")] = '\0';
  *value = trimmed(room);
  return 0;
}

int secrets_read(struct options *o)
{
  bool soft = strcmp(o->usim, "soft") == 0, tuak = o->algo == IMSTLS_ALGO_TUAK;
  bool op = soft && !tuak && !o->op && !o->opc, top = soft && tuak && !o->top && !o->topc;
  struct {
    const char *name, **value;
    bool open; /* it is of use, and neither the command line nor the file has said it */
  } all[] = { { "k", &o->k, soft && !o->k }, { "op", &o->op, op },      { "opc", &o->opc, op },
              { "top", &o->top, top },       { "topc", &o->topc, top }, { "pin", &o->pin, !soft && !o->pin } };
  for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
    if (all[i].open)
      *all[i].value = getenv(phone_row(all[i].name)->environment);
    if (read_secret(all[i].name, all[i].value))
      return EXIT_USAGE;
  }
  return 0;
}

void secrets_wipe(void)
{
  imstls_wipe(text, sizeof text);
  imstls_wipe(config_text, sizeof config_text);
  imstls_wipe(secrets, sizeof secrets);
}
