/* SPDX-License-Identifier: Apache-2.0 */
/* The whole client with a fake world: two octets of settings, then the decrypted stream. `$` and a letter stand for
 * what the REGISTER under way holds (client_stream.h); 0x1e and a letter for what happens beside the stream. With
 * IMSTLS_FUZZ_ROWS in the environment it says at exit which rows of the table were never taken. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/event.h"
#include "client_stream.h"

static bool reached[128];
#define imstls_i_log_input(c, in) (reached[row - table] = true, imstls_i_log_input(c, in)) /* the row taken */
#include "client/table.c"
#undef imstls_i_log_input
#undef S
#undef G

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A failed expectation of the fake world is a finding. */
void _ck_assert_failed(const char *file, int line, const char *expr, const char *msg, ...)
{
  (void)msg;
  fprintf(stderr, "%s:%d: %s\n", file, line, expr);
  abort();
}
void _mark_point(const char *file, int line)
{
  (void)file;
  (void)line;
}

static void tell_rows(void)
{
  size_t rows = sizeof table / sizeof table[0], count = 0;
  for (size_t i = 0; i < rows; i++) {
    count += reached[i];
    if (!reached[i])
      fprintf(stderr, "not reached: row %zu: state %d, input %d\n", i, table[i].state, (int)table[i].input);
  }
  fprintf(stderr, "%zu of %zu rows reached\n", count, rows);
}

/* What nobody reads any more is lost. */
static void say(struct fake *f, const char *octets, size_t len)
{
  if (f->coming_len + len > FAKE_STREAM)
    fake_run(f);
  if (f->coming_at == f->coming_len || f->coming_len + len <= FAKE_STREAM)
    fake_say(f, octets, len);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  static struct fake f;
  static bool begun;
  if (!begun && getenv("IMSTLS_FUZZ_ROWS"))
    (void)atexit(tell_rows);
  begun = true;
  if (size < 2 || size > 4096)
    return 0;
  fake_init(&f);
  client_stream_config(&f, data[0], data[1]);
  if (imstls_client_new(&f.client, &f.config))
    return 0;
  (void)imstls_client_register(f.client);
  fake_run(&f);
  for (size_t i = 2; i < size; i++) {
    char out[1400] = { (char)data[i] };
    size_t len = data[i] == '$' && i + 1 < size ? client_stream_fill(&f, (char)data[i + 1], out) : 0;
    i += len > 0;
    if (data[i] == 0x1e && i + 1 < size && !len)
      client_stream_beside(&f, (char)data[++i]);
    else
      say(&f, out, len ? len : 1);
  }
  fake_run(&f);
  fake_end(&f);
  return 0;
}
