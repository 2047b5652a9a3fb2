/* SPDX-License-Identifier: Apache-2.0 */
/* --send: one request of the user's, in the registered flow. What a person leaves out of the file is filled in. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <imstls/outbound.h>

#include "softphone.h"

enum { FILE_MAX = 12000, ROOM = FILE_MAX + 1024 };

struct outgoing {
  char message[ROOM];
  size_t len;
  char call_id[64];
  unsigned status; /* of the final answer; 0: none yet */
  bool sent;
};

/* ---- what is sent ---- */

/* The octets of a file, or -1 after a line on standard error. */
static long read_file(const char *path, char *out, size_t cap)
{
  FILE *file = strcmp(path, "-") == 0 ? stdin : fopen(path, "rb");
  if (!file) {
    fprintf(stderr, "softphone: --send %s: %s\n", path, strerror(errno));
    return -1;
  }
  size_t n = fread(out, 1, cap, file);
  bool whole = !ferror(file) && (n < cap || fgetc(file) == EOF);
  if (file != stdin)
    fclose(file);
  if (whole && n > 0)
    return (long)n;
  fprintf(stderr, "softphone: --send %s: %s\n", path, n ? "longer than 12000 octets" : "nothing to be read");
  return -1;
}

struct text {
  const char *at, *end;
};

/* The next line without its end, which may be LF alone; false: there is none. */
static bool take_line(struct text *rest, imstls_text *line)
{
  const char *lf = rest->at < rest->end ? memchr(rest->at, '\n', (size_t)(rest->end - rest->at)) : NULL;
  const char *stop = lf ? lf : rest->end;
  if (rest->at >= rest->end)
    return false;
  *line = (imstls_text){ rest->at, (size_t)(stop - rest->at) };
  rest->at = lf ? lf + 1 : rest->end;
  if (line->len && line->ptr[line->len - 1] == '\r')
    line->len--;
  return true;
}

static bool is_field(imstls_text line, const char *name)
{
  size_t n = strlen(name);
  return line.len > n && line.ptr[n] == ':' && imstls_text_is((imstls_text){ line.ptr, n }, name);
}

static void put(struct outgoing *o, const char *ptr, size_t len)
{
  if (len < sizeof o->message - o->len)
    memcpy(o->message + o->len, ptr, len);
  o->len += len;
}

static void put_line(struct outgoing *o, const char *format, const char *a, const char *b)
{
  char line[700];
  int n = snprintf(line, sizeof line, format, a, b);
  put(o, line, n > 0 && (size_t)n < sizeof line ? (size_t)n : 0);
}

struct heads {
  bool via, from, to, call_id, cseq, length;
};

static void note_field(struct heads *has, imstls_text line)
{
  has->via |= is_field(line, "Via") || is_field(line, "v");
  has->from |= is_field(line, "From") || is_field(line, "f");
  has->to |= is_field(line, "To") || is_field(line, "t");
  has->call_id |= is_field(line, "Call-ID") || is_field(line, "i");
  has->cseq |= is_field(line, "CSeq");
  has->length |= is_field(line, "Content-Length") || is_field(line, "l");
}

/* Method SP URI SP version; false: it is none. */
static bool split_start(imstls_text line, char method[40], char uri[300])
{
  char format[512];
  if (line.len >= sizeof format)
    return false;
  memcpy(format, line.ptr, line.len);
  format[line.len] = '\0';
  return sscanf(format, "%39s %299s", method, uri) == 2;
}

/* The file's lines, then what is missing, then its body. */
static void compose(struct outgoing *o, const struct options *options, struct text rest, const char random[33])
{
  imstls_text line = { NULL, 0 };
  char method[40] = "", uri[300] = "", number[24];
  struct heads has = { .via = false };
  for (bool first = true; take_line(&rest, &line) && line.len; first = false) {
    if (first && !split_start(line, method, uri))
      break;
    note_field(&has, line);
    put(o, line.ptr, line.len);
    put(o, "\r\n", 2);
  }
  if (!has.via)
    put_line(o, "Via: SIP/2.0/TLS softphone.invalid;branch=z9hG4bK%s%s\r\n", random, "");
  if (!has.from)
    put_line(o, "From: <%s>;tag=%.16s\r\n", options->impu, random);
  if (!has.to)
    put_line(o, "To: <%s>%s\r\n", uri, "");
  if (!has.call_id)
    put_line(o, "Call-ID: %s%s\r\n", random, "");
  if (!has.cseq)
    put_line(o, "CSeq: 1 %s%s\r\n", method, "");
  snprintf(number, sizeof number, "%zu", (size_t)(rest.end - rest.at));
  if (!has.length)
    put_line(o, "Content-Length: %s%s\r\n", number, "");
  put(o, "\r\n", 2);
  put(o, rest.at, (size_t)(rest.end - rest.at));
}

/* A dialog wants an ACK and a BYE at its time: that is another program. */
static bool is_one_request(const imstls_sip_message *m)
{
  static const char *const refused[] = { "INVITE", "ACK", "CANCEL", "REGISTER", "SUBSCRIBE" };
  for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++)
    if (imstls_text_is(m->method, refused[i]))
      return false;
  return m->status == 0;
}

int send_read(struct outgoing **out, const struct options *options, const char random[33])
{
  static struct outgoing outgoing;
  static char file[FILE_MAX];
  imstls_sip_message m;
  if (!options->send)
    return 0;
  long n = read_file(options->send, file, sizeof file);
  if (n < 0)
    return EXIT_USAGE;
  compose(&outgoing, options, (struct text){ file, file + n }, random);
  bool fits = outgoing.len < sizeof outgoing.message;
  if (!fits || imstls_sip_parse(&m, outgoing.message, outgoing.len) || m.raw.len != outgoing.len ||
      !is_one_request(&m)) {
    fprintf(stderr, "softphone: --send %s: not a request that can be sent alone (MESSAGE, OPTIONS, ...)\n",
            options->send);
    return EXIT_USAGE;
  }
  imstls_text id = m.first[IMSTLS_HDR_CALL_ID];
  snprintf(outgoing.call_id, sizeof outgoing.call_id, "%.*s", (int)id.len, id.ptr);
  *out = &outgoing;
  return 0;
}

/* ---- its life ---- */

int send_now(struct outgoing *o, imstls_client *client)
{
  if (!o || o->sent || !imstls_client_can_send(client))
    return 0;
  int error = imstls_client_send_stamped(client, o->message, o->len);
  o->sent = error != IMSTLS_WANT_WRITE && error != IMSTLS_NOT_READY;
  return o->sent ? error : 0;
}

bool send_is_answer(struct outgoing *o, const imstls_sip_message *m)
{
  imstls_text id = m->first[IMSTLS_HDR_CALL_ID];
  bool ours = o && m->status && id.len == strlen(o->call_id) && !memcmp(id.ptr, o->call_id, id.len);
  if (ours && m->status >= 200 && !o->status)
    o->status = m->status;
  return ours;
}

bool send_is_open(const struct outgoing *o) { return o && !o->status; }

struct failure send_failure(const struct outgoing *o)
{
  bool good = !o || (o->status >= 200 && o->status < 300);
  if (good)
    return (struct failure){ 0 };
  return (struct failure){ .error = o->status ? IMSTLS_ERR_SIP_REJECTED : IMSTLS_ERR_TIMEOUT,
                           .text = o->status ? "The request of --send was refused."
                                             : "The request of --send got no answer.",
                           .sip_status = o->status };
}
