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
      imstls_i_put_str(&w, at->session);
      IMSTLS_I_PUT_LIT(&w, ",");
    }
    imstls_i_put_uint(&w, 2 * (len + (pad ? 1 : 0)));
    IMSTLS_I_PUT_LIT(&w, ",\"");
    break;
  case IMSTLS_I_AT_CCHO: IMSTLS_I_PUT_LIT(&w, "AT+CCHO=\""); break;
  default:
    IMSTLS_I_PUT_LIT(&w, "AT+CCHC=");
    imstls_i_put_str(&w, at->session);
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
static bool response_hex(imstls_text line, imstls_text *hex)
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
  *hex = line;
  return digits == line.len && digits >= 4 && digits % 2 == 0;
}

static bool take_response(imstls_usim_at *at, imstls_text line)
{
  imstls_text hex;
  if (!response_hex(line, &hex) || hex.len / 2 > at->p.response_cap)
    return false;
  if (!imstls_i_hex_decode(hex, at->p.response, hex.len / 2))
    return false;
  at->p.response_len = hex.len / 2;
  if (at->p.effect == IMSTLS_I_AT_OPENS)
    imstls_i_at_stray_answer(at, hex);
  return true;
}

/* A handle is the modem's own text, here a small number, there 16 hex digits, with quotes or without. It is echoed, so
 * what would end a parameter or a command is none. */
static bool is_handle(imstls_text text)
{
  if (text.len > IMSTLS_AT_SESSION_MAX)
    return false;
  if (text.len >= 2 && text.ptr[0] == '"' && text.ptr[text.len - 1] == '"') {
    skip(&text, 1);
    text.len--;
  }
  for (size_t i = 0; i < text.len; i++) {
    char c = text.ptr[i];
    bool odd = c <= ' ' || c > '~' || c == '"' || c == ',' || c == ';';
    if (odd)
      return false;
  }
  return text.len > 0;
}

/* The answer to +CCHO (TS 27.007 8.45), which some write without its name. False: the line is none; without a handle
 * that can be echoed `handle` is empty. */
static bool handle_line(imstls_text line, imstls_text *handle)
{
  bool named = begins(line, IMSTLS_I_LIT("+CCHO:"));
  bool bare = line.len > 0 && (imstls_i_is_digit(line.ptr[0]) || line.ptr[0] == '"');
  if (!named && !bare)
    return false;
  if (named)
    skip(&line, 6);
  trim(&line);
  *handle = is_handle(line) ? line : imstls_i_text(line.ptr, 0);
  return true;
}

/* Until the command is known to be good, the channel is one to be closed. */
static bool take_session(imstls_usim_at *at, imstls_text handle)
{
  if (handle.len == 0)
    return false;
  imstls_i_at_stray_handle(at, handle);
  memcpy(at->session, handle.ptr, handle.len);
  at->session[handle.len] = 0;
  return true;
}

static void no_session(imstls_usim_at *at) { at->session[0] = 0; }

/* Is this the answer to the command? Then its content is taken; a second one spoils the first. */
static bool take_answer(imstls_usim_at *at, imstls_text line)
{
  bool taken = false;
  imstls_text handle;
  bool csim = at->p.kind == IMSTLS_I_AT_CSIM;
  if (at->p.kind == IMSTLS_I_AT_CCHO) {
    if (!handle_line(line, &handle))
      return false;
    taken = take_session(at, handle);
  } else if (csim || at->p.kind == IMSTLS_I_AT_CGLA) {
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

/* Is this the answer to the command that was given up? Nobody waits for it, but it may have opened a channel. */
static bool take_late(imstls_usim_at *at, imstls_text line)
{
  imstls_text text;
  if (at->p.late == IMSTLS_I_AT_CCHO && handle_line(line, &text)) {
    if (text.len > 0)
      imstls_i_at_stray_handle(at, text);
    return true;
  }
  if (at->p.late != IMSTLS_I_AT_CSIM || !begins(line, IMSTLS_I_LIT("+CSIM:")))
    return false;
  skip(&line, 6);
  if (response_hex(line, &text))
    imstls_i_at_stray_answer(at, text);
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

/* The modem has started anew or reset its card, and knows the channel no more. If it does know it, it is closed. */
static int channel_lost(imstls_usim_at *at)
{
  imstls_i_at_stray_handle(at, imstls_i_text(at->session, strlen(at->session)));
  no_session(at);
  return IMSTLS_NOT_READY;
}

static int refused(imstls_usim_at *at, imstls_text line)
{
  int error = IMSTLS_ERR_USIM_IO;
  at->cme_error = -1;
  if (begins(line, IMSTLS_I_LIT("+CME ERROR:"))) {
    skip(&line, 11);
    error = cme_meaning(at, line);
  }
  if (at->p.kind == IMSTLS_I_AT_CCHC || at->p.kind == IMSTLS_I_AT_CCHO)
    no_session(at);
  if (error != IMSTLS_ERR_USIM_IO) /* it says what is wrong with the card */
    return error;
  if (at->p.kind == IMSTLS_I_AT_CGLA)
    return channel_lost(at);
  return at->p.kind == IMSTLS_I_AT_CCHO ? IMSTLS_ERR_USIM_APP : error;
}

/* OK without the answer, or with a garbled one, is no answer. */
static int completed(imstls_usim_at *at)
{
  if (at->p.kind == IMSTLS_I_AT_CCHC) {
    no_session(at);
    return IMSTLS_OK;
  }
  if (at->p.seen == IMSTLS_I_AT_SEEN) {
    at->p.strays = 0; /* what it opened is in use, and what there was before it is closed */
    return IMSTLS_OK;
  }
  if (at->p.kind == IMSTLS_I_AT_CCHO)
    no_session(at);
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
  at->p.late = IMSTLS_I_AT_NONE;
  return IMSTLS_I_AT_NEXT;
}

static bool is_refusal(imstls_text line)
{
  return imstls_i_same(line, IMSTLS_I_LIT("ERROR")) || begins(line, IMSTLS_I_LIT("+CME ERROR:")) ||
         begins(line, IMSTLS_I_LIT("+CMS ERROR:"));
}

/* A stray channel is closed, or there was none. */
static int tidy_line(imstls_usim_at *at, imstls_text line)
{
  if (!imstls_i_same(line, IMSTLS_I_LIT("OK")) && !is_refusal(line))
    return IMSTLS_I_AT_GOES_ON;
  imstls_i_at_stray_drop(at);
  return IMSTLS_I_AT_NEXT;
}

/* Of the card's command. */
static int asked_line(imstls_usim_at *at, imstls_text line)
{
  if (take_answer(at, line))
    return IMSTLS_I_AT_GOES_ON;
  if (imstls_i_same(line, IMSTLS_I_LIT("OK")))
    return completed(at);
  if (is_refusal(line))
    return refused(at, line);
  at->urcs++;
  return IMSTLS_I_AT_GOES_ON;
}

int imstls_i_at_line(imstls_usim_at *at, imstls_text line)
{
  trim(&line);
  if (begins(line, IMSTLS_I_LIT("AT")))
    return IMSTLS_I_AT_GOES_ON; /* echo */
  if (take_late(at, line))
    return IMSTLS_I_AT_GOES_ON;
  bool written = at->p.tx_sent == at->p.tx_len; /* what comes before that cannot answer it */
  switch (written ? at->p.state : IMSTLS_I_AT_IDLE) {
  case IMSTLS_I_AT_SYNC: return sync_line(at, line);
  case IMSTLS_I_AT_TIDY: return tidy_line(at, line);
  case IMSTLS_I_AT_ASKED: return asked_line(at, line);
  default: at->urcs++; return IMSTLS_I_AT_GOES_ON;
  }
}
