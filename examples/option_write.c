/* SPDX-License-Identifier: Apache-2.0 */
/* The table of option.h for people: --help, and those sections of the man page that tell of options. */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "option.h"

enum { HELP_WIDTH = 79, HELP_INDENT = 26, MAN_WIDTH = 120 };

static bool is_told(const struct option_program *program, const struct option_row *row)
{
  return !row->only || (row->only & program->bit);
}

/* ---- --help ---- */

/* Words one by one, broken where a line is full; at `indent` begins a line. Column after them. */
static size_t put_words(const char *text, size_t column, size_t indent)
{
  while (*(text += strspn(text, " "))) {
    size_t len = strcspn(text, " "), blank = column > indent;
    if (column + blank + len > HELP_WIDTH) {
      printf("\n%*s", (int)indent, "");
      column = indent;
      blank = 0;
    }
    printf("%*s%.*s", (int)blank, "", (int)len, text);
    column += blank + len;
    text += len;
  }
  return column;
}

static size_t put_label(const struct option_row *row)
{
  int n = row->letter ? printf("  -%c, --%s", row->letter, row->name) : printf("  --%s", row->name);
  if (row->argument)
    n += printf(" %s", row->argument);
  if (n < HELP_INDENT)
    printf("%*s", HELP_INDENT - n, "");
  else
    printf("\n%*s", HELP_INDENT, "");
  return HELP_INDENT;
}

static void put_choices(const struct option_row *row)
{
  const char *name, *help = NULL;
  size_t column = HELP_INDENT;
  bool listed = row->choice(0, &help) && help;
  if (!listed)
    printf("%*s", HELP_INDENT, "");
  for (size_t i = 0; (name = row->choice(i, &help)) != NULL; i++)
    if (listed)
      printf("      %-20s %s\n", name, help);
    else
      column = put_words(name, column, HELP_INDENT);
  if (!listed)
    putchar('\n');
}

static void help_row(const struct option_row *row)
{
  const char *without = row->preset ? row->preset : row->otherwise;
  if (row->kind == OPTION_HEADING) {
    printf("\n%s:\n", row->help);
    return;
  }
  size_t column = put_words(row->help, put_label(row), HELP_INDENT);
  if (row->environment) {
    column = put_words("(or from", column, HELP_INDENT);
    column = put_words(row->environment, column, HELP_INDENT);
    putchar(')');
    column++;
  }
  if (without) {
    column = put_words("(default:", column, HELP_INDENT);
    put_words(without, column, HELP_INDENT);
    putchar(')');
  }
  putchar('\n');
  if (row->choice)
    put_choices(row);
}

void option_write_help(const struct option_program *program)
{
  const struct option_row *row;
  size_t indent = (size_t)printf("usage: %s ", program->name);
  put_words(program->usage, indent, indent);
  puts("\n");
  put_words(program->about, 0, 0);
  putchar('\n');
  for (size_t i = 0; (row = option_row_at(program, i)) != NULL; i++)
    if (is_told(program, row))
      help_row(row);
  puts("\nExit status:");
  for (int i = 0; program->exits[i]; i++)
    put_words(program->exits[i], (size_t)printf("  %2d  ", i), 6), putchar('\n');
}

/* ---- man page ---- */

/* With what roff would take for its own. */
static void man_text(const char *text, size_t len)
{
  for (size_t i = 0; i < len; i++)
    if (text[i] == '-' || text[i] == '\\')
      fputs(text[i] == '-' ? "\\-" : "\\e", stdout);
    else
      putchar(text[i]);
}

/* A word; names of options are bold. */
static void man_word(const char *word, size_t len)
{
  size_t name = strncmp(word, "--", 2) == 0 ? 2 + strspn(word + 2, "abcdefghijklmnopqrstuvwxyz0123456789-") : 0;
  if (*word == '.' || *word == '\'')
    fputs("\\&", stdout);
  if (name) {
    fputs("\\fB", stdout);
    man_text(word, name);
    fputs("\\fR", stdout);
  }
  man_text(word + name, len - name);
}

/* Column after them. */
static size_t man_words(const char *text, size_t column)
{
  while (*(text += strspn(text, " "))) {
    size_t len = strcspn(text, " ");
    bool breaks = column > 0 && column + 1 + len > MAN_WIDTH;
    if (column > 0)
      putchar(breaks ? '\n' : ' ');
    column = (breaks ? 0 : column + (column > 0)) + len;
    man_word(text, len);
    text += len;
  }
  return column;
}

/* With its end, and with a capital unless it begins with a name of the protocol. */
static size_t man_sentence(const char *text, size_t column)
{
  bool is_name = strcspn(text, "_=") < strcspn(text, " ");
  bool small = *text >= 'a' && *text <= 'z' && !is_name;
  if (small) {
    if (column > 0)
      putchar(column >= MAN_WIDTH ? '\n' : ' ');
    putchar(*text - 'a' + 'A');
    size_t len = strcspn(text, " ") - 1;
    man_text(text + 1, len);
    column += len + 2;
    text += len + 1;
  }
  column = man_words(text, column);
  if (text[strlen(text) - 1] != '.')
    putchar('.');
  return column + 1;
}

static void man_choices(const struct option_row *row)
{
  const char *name, *help;
  bool listed = row->choice(0, &help) && help;
  if (!listed) {
    puts(".IP");
    for (size_t i = 0; (name = row->choice(i, &help)) != NULL; i++)
      printf("%s\\fB%s\\fR", i ? ", " : "", name);
    puts(".");
    return;
  }
  puts(".RS");
  for (size_t i = 0; (name = row->choice(i, &help)) != NULL; i++) {
    puts(".TP");
    printf("\\fB");
    man_text(name, strlen(name));
    puts("\\fR");
    man_words(help, 0);
    putchar('\n');
  }
  puts(".RE");
}

static void man_row(const struct option_row *row)
{
  if (row->kind == OPTION_HEADING) {
    printf(".SS %s\n", row->help);
    if (row->more)
      man_words(row->more, 0), putchar('\n');
    return;
  }
  puts(".TP");
  if (row->letter)
    printf("\\fB\\-%c\\fR, ", row->letter);
  printf("\\fB\\-\\-");
  man_text(row->name, strlen(row->name));
  fputs("\\fR", stdout);
  if (row->argument)
    putchar(' '), man_text(row->argument, strlen(row->argument));
  putchar('\n');
  size_t column = man_sentence(row->help, 0);
  if (row->more)
    column = man_sentence(row->more, column);
  const char *without = row->preset ? row->preset : row->otherwise;
  if (without) {
    man_words("Default:", column);
    putchar(' ');
    man_text(without, strlen(without));
    putchar('.');
  }
  putchar('\n');
  if (row->choice)
    man_choices(row);
}

static void man_environment(const struct option_program *program)
{
  const struct option_row *row;
  bool any = false;
  for (size_t i = 0; (row = option_row_at(program, i)) != NULL; i++) {
    if (!row->environment || !is_told(program, row))
      continue;
    if (!any)
      puts(".SH ENVIRONMENT\nAsked where neither the command line nor a file of options has the option; \\fB@\\fRFILE "
           "here too.");
    any = true;
    printf(".TP\n\\fB%s\\fR\nAs \\fB\\-\\-%s\\fR.\n", row->environment, row->name);
  }
}

int option_write_man(const struct option_program *program)
{
  const struct option_row *row;
  puts(".SH OPTIONS");
  for (size_t i = 0; (row = option_row_at(program, i)) != NULL; i++) {
    if (!row->help || !*row->help) {
      fprintf(stderr, "%s: --%s is not documented\n", program->name, row->name ? row->name : "?");
      return OPTION_WRONG;
    }
    if (is_told(program, row))
      man_row(row);
  }
  man_environment(program);
  puts(".SH EXIT STATUS");
  for (int i = 0; program->exits[i]; i++) {
    printf(".TP\n\\fB%d\\fR\n", i);
    man_words(program->exits[i], 0);
    putchar('\n');
  }
  return 0;
}
