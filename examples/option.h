/* SPDX-License-Identifier: Apache-2.0 */
/* What a program's options are called, what they take, what holds without them and what they do, in one table: the
 * parsing, --help and the man page come from it. */
#ifndef OPTION_H
#define OPTION_H

#include <stddef.h>
#include <stdint.h>

enum option_kind {
  OPTION_HEADING, /* no option: `help` begins a group of them, `more` is a paragraph of the man page */
  OPTION_ANSWER,  /* one that every program has, answered at once */
  OPTION_FLAG,    /* bool: true */
  OPTION_TEXT,    /* const char *: the argument, borrowed */
  OPTION_NUMBER,  /* uint32_t from `low` to `high` */
  OPTION_WORD,    /* int: place of the value among the words of `argument`, which '|' divides; the first is `low` */
  OPTION_CHOICE,  /* int: place of the value among the names of `choice`; the first is `low` */
  OPTION_CALL     /* `take` reads it */
};

struct option_row {
  enum option_kind kind;
  char letter;             /* short name; 0: none */
  const char *name;        /* without its dashes */
  const char *argument;    /* how the argument is called; NULL: there is none */
  const char *preset;      /* what holds without the option, read as if it had been given */
  const char *otherwise;   /* what holds without it, where that is no value; neither: nothing to be told */
  const char *help;        /* for --help and the man page */
  const char *more;        /* for the man page alone; NULL: nothing */
  const char *environment; /* variable that is asked where the option is not given; NULL: none */
  const char *(*choice)(size_t i, const char **help); /* NULL after the last; *help NULL: none of them has any */
  int (*take)(void *options, const char *value);      /* 0, or OPTION_WRONG after a line on standard error */
  size_t offset;                                      /* of the member of the program's options */
  uint32_t low, high;
  unsigned only; /* programs that have it, a bit each; 0: all */
};

/* The kind of an option with the place of its member, which has to be of that kind's type. */
#define OPTION_AT(kind_, type, member)                                                                                 \
  .kind = (kind_), .offset = _Generic(((struct options *)0)->member, type : offsetof(struct options, member))
#define HEADING(words) .kind = OPTION_HEADING, .help = (words)
#define FLAG(member) OPTION_AT(OPTION_FLAG, bool, member)
#define TEXT(member) OPTION_AT(OPTION_TEXT, const char *, member)
#define NUMBER(member, low_, high_) OPTION_AT(OPTION_NUMBER, uint32_t, member), .low = (low_), .high = (high_)
#define WORD(member, first) OPTION_AT(OPTION_WORD, int, member), .low = (first)
#define CHOICE(member, first, names) OPTION_AT(OPTION_CHOICE, int, member), .low = (first), .choice = (names)
#define CALL(function) .kind = OPTION_CALL, .take = (function)

struct option_program {
  const char *name;
  unsigned bit; /* its own in option_row.only */
  const char *usage, *about;
  const struct option_row *rows;
  size_t count;
  const char *const *exits; /* what exit status 0 tells, 1, and so on; NULL after the last */
};

/* option_parse: all was answered, as by --help; or EXIT_USAGE of the programs. */
enum { OPTION_ANSWERED = -1, OPTION_UNWRITTEN = 1, OPTION_WRONG = 2 };

/* Presets, then the arguments. 0, OPTION_WRONG after a line on standard error, OPTION_ANSWERED, or OPTION_UNWRITTEN
 * when standard output takes no answer. */
int option_parse(const struct option_program *program, void *options, int argc, char **argv);

/* Why a file that an option names cannot be read, as errno; 0: it can, or it is empty. mbedTLS takes the length of a
 * folder for that of a file. */
int option_unread(const char *path);
/* A line on standard error, and OPTION_WRONG. */
int option_bad_file(const char *program, const char *option, const char *path, const char *why);

/* ---- for option.c ---- */
void option_write_help(const struct option_program *program);
int option_write_man(const struct option_program *program); /* OPTION_WRONG: a row that tells too little */
const struct option_row *option_row_at(const struct option_program *program, size_t i); /* NULL after the last */

#endif
