/* SPDX-License-Identifier: Apache-2.0 */
/* Arguments by the table of option.h. */
#include <errno.h>
#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <imstls/version.h>

#include "option.h"

enum { MAX_ROWS = 96, FIRST_VALUE = 256 };

/* What every program has. */
static const struct option_row common[] = {
  { HEADING("This program") },
  { .kind = OPTION_ANSWER, .name = "help", .letter = 'h', .help = "this text" },
  { .kind = OPTION_ANSWER, .name = "man", .help = "the same for its man page, which is made from it" },
  { .kind = OPTION_ANSWER, .name = "version", .help = "name and version" },
};
enum { COMMON = sizeof common / sizeof common[0] };

const struct option_row *option_row_at(const struct option_program *program, size_t i)
{
  if (i >= program->count + COMMON)
    return NULL;
  return i < program->count ? &program->rows[i] : &common[i - program->count];
}

static bool is_ours(const struct option_program *program, const struct option_row *row)
{
  return row->name && (!row->only || (row->only & program->bit));
}

static int wrong(const struct option_program *program, const struct option_row *row, const char *value, const char *why)
{
  fprintf(stderr, "%s: --%s: %s %s", program->name, row->name, *value ? value : "nothing", why);
  return OPTION_WRONG;
}

/* Place of the value among the words; -1: it is none of them. */
static int place_of(const char *value, const char *words)
{
  size_t len = strlen(value);
  for (int i = 0; *words; i++) {
    size_t word = strcspn(words, "|");
    if (word == len && memcmp(words, value, len) == 0)
      return i;
    words += word + (words[word] == '|');
  }
  return -1;
}

static int take_word(const struct option_program *program, const struct option_row *row, const char *value, int *out)
{
  int place = place_of(value, row->argument);
  *out = place + (int)row->low;
  if (place >= 0)
    return 0;
  wrong(program, row, value, "is none of ");
  for (const char *p = row->argument; *p; p++)
    fputs(*p == '|' ? ", " : (char[]){ *p, '\0' }, stderr);
  fputc('\n', stderr);
  return OPTION_WRONG;
}

static int take_choice(const struct option_program *program, const struct option_row *row, const char *value, int *out)
{
  const char *name, *help;
  for (size_t i = 0; (name = row->choice(i, &help)) != NULL; i++)
    if (strcmp(name, value) == 0) {
      *out = (int)(i + row->low);
      return 0;
    }
  return wrong(program, row, value, "is none of those that --help lists\n");
}

static int take_number(const struct option_program *program, const struct option_row *row, const char *value,
                       uint32_t *out)
{
  size_t len = strlen(value);
  bool digits = len > 0 && len <= 10 && strspn(value, "0123456789") == len;
  unsigned long long n = digits ? strtoull(value, NULL, 10) : 0;
  if (!digits || n < row->low || n > row->high) {
    wrong(program, row, value, "is no number from ");
    fprintf(stderr, "%lu to %lu\n", (unsigned long)row->low, (unsigned long)row->high);
    return OPTION_WRONG;
  }
  *out = (uint32_t)n;
  return 0;
}

static int take(const struct option_program *program, const struct option_row *row, void *options, const char *value)
{
  void *member = (char *)options + row->offset;
  switch (row->kind) {
  case OPTION_FLAG: *(bool *)member = true; return 0;
  case OPTION_TEXT: *(const char **)member = value; return 0;
  case OPTION_NUMBER: return take_number(program, row, value, member);
  case OPTION_WORD: return take_word(program, row, value, member);
  case OPTION_CHOICE: return take_choice(program, row, value, member);
  case OPTION_CALL: return row->take(options, value);
  case OPTION_HEADING:
  case OPTION_ANSWER: break;
  }
  return OPTION_WRONG;
}

/* An option of `common`. */
static int answer(const struct option_program *program, const struct option_row *row)
{
  int status = 0;
  if (strcmp(row->name, "version") == 0)
    printf("%s %s\n", program->name, imstls_version());
  else if (strcmp(row->name, "man") == 0)
    status = option_write_man(program);
  else
    option_write_help(program);
  if (fflush(stdout) || ferror(stdout))
    return OPTION_UNWRITTEN;
  return status ? status : OPTION_ANSWERED;
}

/* The table as getopt wants it: `val` is the row's place, or its letter. False: it does not fit. */
static bool tables(const struct option_program *program, struct option longs[MAX_ROWS + 1], char letters[2 * MAX_ROWS])
{
  const struct option_row *row;
  size_t count = 0, used = 0;
  for (size_t i = 0; (row = option_row_at(program, i)) != NULL; i++) {
    if (!is_ours(program, row))
      continue;
    if (count >= MAX_ROWS)
      return false;
    longs[count++] = (struct option){ row->name, row->argument != NULL, NULL, FIRST_VALUE + (int)i };
    if (row->letter)
      letters[used++] = row->letter;
  }
  longs[count] = (struct option){ 0 };
  letters[used] = '\0';
  return true;
}

static const struct option_row *row_of(const struct option_program *program, int c)
{
  const struct option_row *row;
  if (c >= FIRST_VALUE)
    return option_row_at(program, (size_t)(c - FIRST_VALUE));
  for (size_t i = 0; (row = option_row_at(program, i)) != NULL; i++)
    if (is_ours(program, row) && row->letter == c)
      return row;
  return NULL; /* '?': getopt has told it */
}

static int presets(const struct option_program *program, void *options)
{
  const struct option_row *row;
  int status = 0;
  for (size_t i = 0; !status && (row = option_row_at(program, i)) != NULL; i++)
    if (is_ours(program, row) && row->preset)
      status = take(program, row, options, row->preset);
  return status;
}

int option_parse(const struct option_program *program, void *options, int argc, char **argv)
{
  struct option longs[MAX_ROWS + 1];
  char letters[2 * MAX_ROWS];
  int c, status = presets(program, options);
  if (status || !tables(program, longs, letters))
    return OPTION_WRONG;
  while ((c = getopt_long(argc, argv, letters, longs, NULL)) != -1) {
    const struct option_row *row = row_of(program, c);
    if (!row)
      return OPTION_WRONG;
    if (row->kind == OPTION_ANSWER)
      return answer(program, row);
    if ((status = take(program, row, options, optarg)) != 0)
      return status;
  }
  if (optind >= argc)
    return 0;
  fprintf(stderr, "%s: %s: not an option\n", program->name, argv[optind]);
  return OPTION_WRONG;
}

int option_unread(const char *path)
{
  FILE *file = fopen(path, "r");
  bool unread = !file || (fgetc(file) == EOF && ferror(file));
  int why = unread ? errno : 0;
  if (file)
    fclose(file);
  return why;
}

int option_bad_file(const char *program, const char *option, const char *path, const char *why)
{
  fprintf(stderr, "%s: %s: %s: %s\n", program, option, path, why);
  return OPTION_WRONG;
}
