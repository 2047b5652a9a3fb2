/* SPDX-License-Identifier: Apache-2.0 */
/* What the library asks to be kept: pins alone. TLS sessions stay in memory, for their keys open the traffic. */
#include <errno.h>
#include <string.h>

#include "phone.h"

static bool is_pin(const char *name) { return strncmp(name, "token2-pin ", 11) == 0; }

/* One that is not there is made at the first success: so it is tried, and leaves nothing. */
int pins_check(const char *path)
{
  FILE *file = path ? fopen(path, "r+") : NULL;
  bool made = path && !file && errno == ENOENT;
  if (made)
    file = fopen(path, "a+");
  if (path && !file) {
    fprintf(stderr, "%s: --token2-pins: %s: %s\n", program, path, strerror(errno));
    return told(IMSTLS_ERR_STORAGE);
  }
  if (file)
    fclose(file);
  if (made)
    remove(path);
  return IMSTLS_OK;
}

int pins_store(const char *path, const char *name, size_t len)
{
  uint8_t mark[1];
  if (!path || !is_pin(name) || !len || pins_load(path, name, mark, sizeof mark) > 0)
    return IMSTLS_OK;
  FILE *file = fopen(path, "a");
  if (!file)
    return IMSTLS_ERR_STORAGE;
  bool failed = fprintf(file, "%s\n", name) < 0;
  failed |= fclose(file) != 0;
  return failed ? IMSTLS_ERR_STORAGE : IMSTLS_OK;
}

/* A file that cannot be read may hold the pin: that is an error, and s_token2 is due then. */
int pins_load(const char *path, const char *name, uint8_t *out, size_t cap)
{
  char line[400];
  int found = 0;
  if (!path || !is_pin(name) || !cap)
    return 0;
  FILE *file = fopen(path, "r");
  if (!file)
    return errno == ENOENT ? 0 : IMSTLS_ERR_STORAGE;
  while (!found && fgets(line, sizeof line, file)) {
    line[strcspn(line, "\r\n")] = 0;
    found = strcmp(line, name) == 0;
  }
  if (ferror(file))
    found = IMSTLS_ERR_STORAGE;
  fclose(file);
  if (found > 0)
    out[0] = 1;
  return found;
}
