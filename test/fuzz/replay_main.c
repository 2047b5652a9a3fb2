/* SPDX-License-Identifier: Apache-2.0 */
/* Runs a fuzz harness over files and folders of files, with any compiler. Each input lies in a heap block of its own
 * exact size, so that sanitizers and valgrind see over-reads. An empty run is a failure. */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static unsigned long inputs;

static int replay_file(const char *path, size_t size)
{
  uint8_t *data = malloc(size > 0 ? size : 1);
  FILE *file = fopen(path, "rb");
  int bad = data == NULL || file == NULL || fread(data, 1, size, file) != size;
  if (bad) {
    (void)fprintf(stderr, "%s: cannot be read\n", path);
  } else {
    (void)LLVMFuzzerTestOneInput(data, size);
    inputs++;
  }
  if (file != NULL) {
    (void)fclose(file);
  }
  free(data);
  return bad;
}

static int replay_folder(const char *path)
{
  DIR *folder = opendir(path);
  if (folder == NULL) {
    (void)fprintf(stderr, "%s: cannot be opened\n", path);
    return 1;
  }
  int bad = 0;
  for (const struct dirent *entry = readdir(folder); entry != NULL; entry = readdir(folder)) {
    char name[4096];
    struct stat status;
    int len = snprintf(name, sizeof name, "%s/%s", path, entry->d_name);
    if (len > 0 && (size_t)len < sizeof name && stat(name, &status) == 0 && S_ISREG(status.st_mode)) {
      bad |= replay_file(name, (size_t)status.st_size);
    }
  }
  (void)closedir(folder);
  return bad;
}

int main(int argc, char **argv)
{
  int bad = 0;
  for (int i = 1; i < argc; i++) {
    struct stat status;
    if (stat(argv[i], &status) == 0 && S_ISREG(status.st_mode)) {
      bad |= replay_file(argv[i], (size_t)status.st_size);
    } else {
      bad |= replay_folder(argv[i]);
    }
  }
  uint8_t *nothing = malloc(1);
  if (nothing != NULL) {
    (void)LLVMFuzzerTestOneInput(nothing, 0);
  }
  free(nothing);
  (void)printf("%s: %lu inputs replayed\n", argv[0], inputs);
  return bad != 0 || inputs == 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
