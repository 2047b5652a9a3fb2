/* SPDX-License-Identifier: Apache-2.0 */
/* What a modem says (TS 27.007 8.17 +CSIM, 8.43 +CGLA, 8.45 +CCHO, 8.46 +CCHC, 9.2 errors), with echo or without, with
 * quotes or without, and with unsolicited lines anywhere between. */
#include "port/usim/at.h"

#include <imstls/error.h>

bool imstls_i_at_octet(imstls_usim_at *at, char c)
{
  if (c == '\r' || c == '\n') {
    bool whole = at->p.line_len > 0 && at->p.overlong == 0;
    if (!whole)
      imstls_i_at_line_end(at);
    return whole;
  }
  if (at->p.line_len == sizeof at->p.line)
    at->p.overlong = 1; /* the rest of such a line is nothing to us */
  else
    at->p.line[at->p.line_len++] = c;
  return false;
}

void imstls_i_at_line_end(imstls_usim_at *at)
{
  imstls_wipe(at->p.line, at->p.line_len);
  at->p.line_len = 0;
  at->p.overlong = 0;
}

bool imstls_i_at_command(imstls_usim_at *at, uint32_t kind, const uint8_t *octets, size_t len)
{
  imstls_i_writer w = imstls_i_writer_make(at->p.queued, sizeof at->p.queued);
  /* A command of four octets gets a fifth, P3 = 00: modems ask for the five-octet header of T=0. */
  bool pad = len == 4 && (kind == IMSTLS_I_AT_CSIM || kind == IMSTLS_I_AT_CGLA);
  switch (kind) {
  case IMSTLS_I_AT_CSIM:
  case IMSTLS_I_AT_CGLA:
    imstls_i_put_str(&w, kind == IMSTLS_I_AT_CGLA ? "AT+CGLA=" : "AT+CSIM=");
    if (kind == IMSTLS_I_AT_CGLA) {
      imstls_i_put_uint(&w, (uint64_t)at->session);
      IMSTLS_I_PUT_LIT(&w, ",");
    }
    imstls_i_put_uint(&w, 2 * (len + (pad ? 1 : 0)));
    IMSTLS_I_PUT_LIT(&w, ",\"");
    break;
  case IMSTLS_I_AT_CCHO: IMSTLS_I_PUT_LIT(&w, "AT+CCHO=\""); break;
  default:
    IMSTLS_I_PUT_LIT(&w, "AT+CCHC=");
    imstls_i_put_uint(&w, (uint64_t)at->session);
    break;
  }
  imstls_i_put_hex(&w, octets, len);
  if (pad)
    IMSTLS_I_PUT_LIT(&w, "00");
  if (kind != IMSTLS_I_AT_CCHC)
    IMSTLS_I_PUT_LIT(&w, "\"");
  IMSTLS_I_PUT_LIT(&w, "\r");
  at->p.queued_len = w.failed ? 0 : (uint32_t)w.len;
  return !w.failed;
}

static bool begins(imstls_text line, imstls_text with)
{
  return line.len >= with.len && imstls_i_same_nocase(imstls_i_text(line.ptr, with.len), with);
}

static void skip(imstls_text *line, size_t count)
{
  line->ptr += count;
  line->len -= count;
}

static void trim(imstls_text *line)
{
  while (line->len > 0 && line->ptr[0] == ' ')
    skip(line, 1);
  while (line->len > 0 && line->ptr[line->len - 1] == ' ')
    line->len--;
}

/* Digits off the front, at most nine. */
static bool take_number(imstls_text *line, uint32_t *value)
{
  size_t digits = 0;
  *value = 0;
  while (digits < line->len && digits < 9 && imstls_i_is_digit(line->ptr[digits])) {
    *value = *value * 10 + (uint32_t)(line->ptr[digits] - '0');
    digits++;
  }
  skip(line, digits);
  return digits > 0;
}

/* <length>,"<hex>": the length counts hex digits (TS 27.007 8.17) and has to be right. */
static bool take_response(imstls_usim_at *at, imstls_text line)
{
  uint32_t digits = 0;
  trim(&line);
  if (!take_number(&line, &digits) || line.len < 1 || line.ptr[0] != ',')
    return false;
  skip(&line, 1);
  trim(&line);
  if (line.len >= 2 && line.ptr[0] == '"' && line.ptr[line.len - 1] == '"') {
    skip(&line, 1);
    line.len--;
  }
  bool no_answer = digits != line.len || digits < 4 || digits % 2 != 0 || digits / 2 > at->p.response_cap;
  if (no_answer)
    return false;
  if (!imstls_i_hex_decode(line, at->p.response, digits / 2))
    return false;
  at->p.response_len = digits / 2;
  return true;
}

static bool take_session(imstls_usim_at *at, imstls_text line)
{
  uint32_t id = 0;
  trim(&line);
  if (!take_number(&line, &id) || line.len != 0)
    return false;
  at->session = (int32_t)id;
  return true;
}

/* Is this the answer to the command? Then its content is taken; a second one spoils the first. */
static bool take_answer(imstls_usim_at *at, imstls_text line)
{
  bool taken = false;
  if (at->p.kind == IMSTLS_I_AT_CCHO) {
    bool bare = line.len > 0 && imstls_i_is_digit(line.ptr[0]); /* 27.007 writes it without a name */
    if (!bare && !begins(line, IMSTLS_I_LIT("+CCHO:")))
      return false;
    if (!bare)
      skip(&line, 6);
    taken = take_session(at, line);
  } else if (at->p.kind == IMSTLS_I_AT_CSIM || at->p.kind == IMSTLS_I_AT_CGLA) {
    bool csim = at->p.kind == IMSTLS_I_AT_CSIM;
    if (!begins(line, csim ? IMSTLS_I_LIT("+CSIM:") : IMSTLS_I_LIT("+CGLA:")))
      return false;
    skip(&line, 6);
    taken = take_response(at, line);
  } else {
    return false;
  }
  at->p.seen = taken && at->p.seen == IMSTLS_I_AT_NOTHING ? IMSTLS_I_AT_SEEN : IMSTLS_I_AT_GARBLED;
  return true;
}

/* +CME ERROR by number (9.2) or, with AT+CMEE=2, in words. */
static int cme_meaning(imstls_usim_at *at, imstls_text line)
{
  uint32_t code = 0;
  trim(&line);
  if (take_number(&line, &code))
    at->cme_error = (int32_t)code;
  else if (begins(line, IMSTLS_I_LIT("SIM not inserted")))
    code = 10;
  else if (begins(line, IMSTLS_I_LIT("SIM PIN required")))
    code = 11;
  else if (begins(line, IMSTLS_I_LIT("SIM PUK required")))
    code = 12;
  else if (begins(line, IMSTLS_I_LIT("SIM failure")))
    code = 13;
  switch (code) {
  case 10:
  case 13:
  case 15: return IMSTLS_ERR_USIM;
  case 11:
  case 12:
  case 17:
  case 18: return IMSTLS_ERR_USIM_PIN;
  default: return IMSTLS_ERR_USIM_IO;
  }
}

static int refused(imstls_usim_at *at, imstls_text line)
{
  int error = IMSTLS_ERR_USIM_IO;
  at->cme_error = -1;
  if (begins(line, IMSTLS_I_LIT("+CME ERROR:"))) {
    skip(&line, 11);
    error = cme_meaning(at, line);
  }
  if (at->p.kind == IMSTLS_I_AT_CCHC)
    at->session = -1;
  return at->p.kind == IMSTLS_I_AT_CCHO && error == IMSTLS_ERR_USIM_IO ? IMSTLS_ERR_USIM_APP : error;
}

/* OK without the answer, or with a garbled one, is no answer. */
static int completed(imstls_usim_at *at)
{
  if (at->p.kind == IMSTLS_I_AT_CCHC) {
    at->session = -1;
    return IMSTLS_OK;
  }
  if (at->p.seen == IMSTLS_I_AT_SEEN)
    return IMSTLS_OK;
  if (at->p.kind == IMSTLS_I_AT_CCHO)
    at->session = -1;
  at->p.response_len = 0;
  return IMSTLS_ERR_USIM_IO;
}

/* Whose answer is it? After a time-out an old one may still come, so a question whose answer nobody mistakes is asked
 * first, and everything before that answer is dropped. */
static int sync_line(imstls_usim_at *at, imstls_text line)
{
  if (begins(line, IMSTLS_I_LIT("+CMEE:"))) {
    at->p.seen = IMSTLS_I_AT_SEEN;
    return IMSTLS_I_AT_GOES_ON;
  }
  if (at->p.seen != IMSTLS_I_AT_SEEN || !imstls_i_same(line, IMSTLS_I_LIT("OK")))
    return IMSTLS_I_AT_GOES_ON;
  at->p.synced = 1;
  return IMSTLS_I_AT_SYNCED;
}

int imstls_i_at_line(imstls_usim_at *at, imstls_text line)
{
  trim(&line);
  /* What comes before the command is written whole cannot answer it. */
  bool ours = at->p.state != IMSTLS_I_AT_IDLE && at->p.tx_sent == at->p.tx_len;
  if (begins(line, IMSTLS_I_LIT("AT")))
    return IMSTLS_I_AT_GOES_ON; /* echo */
  if (ours && at->p.state == IMSTLS_I_AT_SYNC)
    return sync_line(at, line);
  if (ours && take_answer(at, line))
    return IMSTLS_I_AT_GOES_ON;
  if (ours && imstls_i_same(line, IMSTLS_I_LIT("OK")))
    return completed(at);
  bool is_failure = ours && (imstls_i_same(line, IMSTLS_I_LIT("ERROR")) || begins(line, IMSTLS_I_LIT("+CME ERROR:")) ||
                             begins(line, IMSTLS_I_LIT("+CMS ERROR:")));
  if (is_failure) {
    return refused(at, line);
  }
  at->urcs++;
  return IMSTLS_I_AT_GOES_ON;
}
