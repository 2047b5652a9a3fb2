/* SPDX-License-Identifier: Apache-2.0 */
#include "base/base.h"

static const struct {
  int16_t code;
  uint8_t class_of; /* IMSTLS_CLASS_... */
} codes[] = {
#define ROW(code, class_of, name, text) { code, IMSTLS_CLASS_##class_of },
#include "base/error_list.h"
#undef ROW
};

static const char names[] =
#define ROW(code, class_of, name, text) #name "\0"
#include "base/error_list.h"
#undef ROW
    "unknown";

/* Its row; the number of rows: there is none. */
size_t imstls_i_error_row(int error)
{
  size_t i = 0;
  while (i < sizeof codes / sizeof codes[0] && codes[i].code != error)
    i++;
  return i;
}

const char *imstls_i_error_nth(const char *packed, size_t row)
{
  while (row--)
    packed += strlen(packed) + 1;
  return packed;
}

const char *imstls_error_name(int error) { return imstls_i_error_nth(names, imstls_i_error_row(error)); }

int imstls_error_class(int error)
{
  size_t row = imstls_i_error_row(error);
  return row < sizeof codes / sizeof codes[0] ? codes[row].class_of : IMSTLS_CLASS_INTERNAL;
}
