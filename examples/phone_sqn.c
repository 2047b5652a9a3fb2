/* SPDX-License-Identifier: Apache-2.0 */
/* --sqn-file: the array of sequence numbers of a software USIM, in a file that one program has at a time. Two that read
 * the same array would accept one challenge twice, and the later store would undo the other. */
#define _XOPEN_SOURCE 700 /* realpath */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "phone_sqn.h"

enum { ENTRIES = 32, LINE = 13 };

static int failed(const char *path, const char *why)
{
  fprintf(stderr, "%s: --sqn-file: %s: %s\n", program, path, why);
  return told(IMSTLS_ERR_USIM_STORAGE);
}

/* The process that holds the lock, as far as the system tells. */
static int in_use(const struct sqn_file *file)
{
  struct flock other = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
  char why[64] = "another program uses it";
  if (fcntl(file->lock, F_GETLK, &other) == 0 && other.l_type != F_UNLCK && other.l_pid > 0)
    snprintf(why, sizeof why, "another program uses it, process %ld", (long)other.l_pid);
  return failed(file->path, why);
}

/* The file itself is replaced at each store, so what is locked lies beside it and stays there. The system lets go of
 * the lock when the program ends, however it ends. */
static int lock(struct sqn_file *file)
{
  char path[sizeof file->path + sizeof ".lock"];
  struct flock whole = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
  snprintf(path, sizeof path, "%s.lock", file->path);
  file->lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, S_IRUSR | S_IWUSR);
  if (file->lock < 0)
    return failed(path, strerror(errno));
  if (fcntl(file->lock, F_SETLK, &whole) == 0)
    return IMSTLS_OK;
  return errno == EACCES || errno == EAGAIN ? in_use(file) : failed(path, strerror(errno));
}

static int load(const struct sqn_file *file, imstls_sqn *sqn)
{
  FILE *in = fopen(file->path, "r");
  char line[32];
  if (!in && errno == ENOENT)
    return IMSTLS_OK; /* the first start */
  if (!in)
    return failed(file->path, strerror(errno));
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
    return failed(file->path, strerror(error));
  return whole ? IMSTLS_OK : failed(file->path, "is damaged: 32 lines of 12 hex digits are wanted");
}

int sqn_open(struct sqn_file *file, const char *name, bool only_read, imstls_sqn *sqn)
{
  char *whole = realpath(name, NULL); /* a link is another name for the same array */
  int len = snprintf(file->path, sizeof file->path, "%s", whole ? whole : name);
  free(whole);
  if (len < 0 || (size_t)len >= sizeof file->path)
    return failed(name, "too long a name");
  int error = only_read ? IMSTLS_OK : lock(file);
  return error ? error : load(file, sqn);
}

static bool write_whole(const char *path, const char *text, size_t len)
{
  int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, S_IRUSR | S_IWUSR);
  if (fd < 0)
    return false;
  errno = ENOSPC; /* where less was written than there is */
  bool written = write(fd, text, len) == (ssize_t)len && fsync(fd) == 0;
  int error = errno;
  written = close(fd) == 0 && written;
  errno = error;
  return written;
}

/* One SEQ in hex a line; the file is replaced as a whole, and is on the disk before RES leaves. */
int sqn_store(void *user, const imstls_sqn *sqn)
{
  const struct sqn_file *file = user;
  char temporary[sizeof file->path + sizeof ".new"], text[ENTRIES * LINE + 1];
  int len = 0;
  for (unsigned i = 0; i < ENTRIES; i++)
    len += snprintf(text + len, sizeof text - (size_t)len, "%012llx\n", (unsigned long long)sqn->seq[i]);
  snprintf(temporary, sizeof temporary, "%s.new", file->path);
  if (write_whole(temporary, text, (size_t)len) && rename(temporary, file->path) == 0)
    return IMSTLS_OK;
  (void)failed(temporary, strerror(errno));
  return IMSTLS_ERR_USIM_STORAGE;
}

void sqn_close(struct sqn_file *file)
{
  if (file->lock >= 0)
    close(file->lock);
  file->lock = -1;
}
