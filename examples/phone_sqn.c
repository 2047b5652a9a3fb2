/* SPDX-License-Identifier: Apache-2.0 */
/* --sqn-file: the array of sequence numbers of a software USIM, in a file that one program has at a time. Two that read
 * the same array would accept one challenge twice, and the later store would undo the other. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "phone_sqn.h"

enum { ENTRIES = 32, LINE = 13 };

int sqn_failed(const char *path, const char *why)
{
  fprintf(stderr, "%s: --sqn-file: %s: %s\n", program, path, why);
  return told(IMSTLS_ERR_USIM_STORAGE);
}

static int load(const struct sqn_file *file, imstls_sqn *sqn)
{
  FILE *in = fopen(file->path, "r");
  char line[32];
  if (!in && errno == ENOENT)
    return IMSTLS_OK; /* the first start */
  if (!in)
    return sqn_failed(file->path, strerror(errno));
  unsigned i = 0;
  for (; i < ENTRIES && fgets(line, sizeof line, in); i++) {
    char *end;
    sqn->seq[i] = strtoull(line, &end, 16);
    if (strspn(line, "0123456789abcdef") != LINE - 1 || *end != '\n')
      break;
  }
  bool whole = i == ENTRIES && fgetc(in) == EOF;
  int error = ferror(in) ? errno : 0;
  fclose(in);
  if (error)
    return sqn_failed(file->path, strerror(error));
  return whole ? IMSTLS_OK : sqn_failed(file->path, "is damaged: 32 lines of 12 hex digits are wanted");
}

int sqn_open(struct sqn_file *file, const char *name, bool only_read, imstls_sqn *sqn)
{
  if (!sqn_name(name, file->path, sizeof file->path))
    return sqn_failed(name, "too long a name");
  int error = only_read ? IMSTLS_OK : sqn_lock(file);
  return error ? error : load(file, sqn);
}

/* One SEQ in hex a line; it is kept before RES leaves. */
int sqn_store(void *user, const imstls_sqn *sqn)
{
  const struct sqn_file *file = user;
  char text[ENTRIES * LINE + 1];
  int len = 0;
  for (unsigned i = 0; i < ENTRIES; i++)
    len += snprintf(text + len, sizeof text - (size_t)len, "%012llx\n", (unsigned long long)sqn->seq[i]);
  return sqn_replace(file->path, text, (size_t)len) ? IMSTLS_OK : IMSTLS_ERR_USIM_STORAGE;
}

void sqn_close(struct sqn_file *file)
{
  if (file->lock != -1)
    sqn_unlock(file);
  file->lock = -1;
}
