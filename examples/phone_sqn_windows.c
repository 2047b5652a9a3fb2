/* SPDX-License-Identifier: Apache-2.0 */
#include <windows.h>

#include "phone_sqn.h"

bool sqn_name(const char *name, char *out, size_t cap)
{
  DWORD len = GetFullPathNameA(name, (DWORD)cap, out, NULL);
  return len > 0 && len < cap;
}

/* The file itself is replaced at each store, so what is locked lies beside it and stays there: nobody else can open it
 * as long as this program has it, however that ends. */
int sqn_lock(struct sqn_file *file)
{
  char path[sizeof file->path + sizeof ".lock"];
  snprintf(path, sizeof path, "%s.lock", file->path);
  HANDLE lock = CreateFileA(path, GENERIC_READ | GENERIC_WRITE, 0, NULL, OPEN_ALWAYS, FILE_ATTRIBUTE_NORMAL, NULL);
  file->lock = (intptr_t)lock;
  if (lock != INVALID_HANDLE_VALUE)
    return IMSTLS_OK;
  bool in_use = GetLastError() == ERROR_SHARING_VIOLATION;
  return sqn_failed(in_use ? file->path : path, in_use ? "another program uses it" : "cannot be opened");
}

void sqn_unlock(struct sqn_file *file) { CloseHandle((HANDLE)file->lock); }

static bool write_whole(const char *path, const char *text, size_t len)
{
  DWORD written = 0;
  HANDLE file = CreateFileA(path, GENERIC_WRITE, 0, NULL, CREATE_ALWAYS, FILE_ATTRIBUTE_NORMAL, NULL);
  if (file == INVALID_HANDLE_VALUE)
    return false;
  bool whole = WriteFile(file, text, (DWORD)len, &written, NULL) && written == len && FlushFileBuffers(file);
  return CloseHandle(file) && whole;
}

bool sqn_replace(const char *path, const char *text, size_t len)
{
  char temporary[SQN_PATH_MAX + sizeof ".new"];
  snprintf(temporary, sizeof temporary, "%s.new", path);
  if (write_whole(temporary, text, len) &&
      MoveFileExA(temporary, path, MOVEFILE_REPLACE_EXISTING | MOVEFILE_WRITE_THROUGH))
    return true;
  (void)sqn_failed(temporary, "cannot be written");
  return false;
}
