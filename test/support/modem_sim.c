/* SPDX-License-Identifier: Apache-2.0 */
#include "modem_sim.h"

#include <check.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/base.h"
#include "vectors.h"

enum { FIRST_CHANNEL = 7, CHANNELS_MAX = 24 };

static void on_done(void *user, uint32_t request, int error, const imstls_aka_result *result)
{
  desk *d = user;
  (void)request;
  d->done_count++;
  d->done_error = error;
  if (result != NULL)
    d->result = *result;
}

static void on_ready(void *user, int error)
{
  desk *d = user;
  d->ready_count++;
  d->ready_error = error;
}

void desk_plug(desk *d)
{
  int pair[2];
  ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
  for (int i = 0; i < 2; i++)
    fcntl(pair[i], F_SETFL, O_NONBLOCK);
  d->at.fd = pair[0];
  d->modem.fd = pair[1];
}

void desk_open(desk *d)
{
  memset(d, 0, sizeof *d);
  sim_init(&d->sim);
  d->modem.quotes = true;
  d->modem.handle = "%u";
  d->modem.next = FIRST_CHANNEL;
  d->at = (imstls_usim_at)IMSTLS_USIM_AT_INIT;
  desk_plug(d);
  d->card = (imstls_usim_card)IMSTLS_USIM_CARD_INIT;
  d->card.done = on_done;
  d->card.ready = on_ready;
  d->card.user = d;
  ck_assert_int_eq(imstls_usim_at_attach(&d->at, &d->card), IMSTLS_OK);
  ck_assert_ptr_nonnull(imstls_usim_apdu(&d->card));
  d->now = 1000;
}

void desk_close(desk *d)
{
  if (d->at.fd >= 0)
    close(d->at.fd);
  if (d->modem.fd >= 0)
    close(d->modem.fd);
}

void modem_say(modem_sim *m, const char *text)
{
  size_t len = strlen(text);
  ck_assert_uint_lt(m->out_len + len, sizeof m->out);
  memcpy(m->out + m->out_len, text, len);
  m->out_len += len;
}

static void say_line(modem_sim *m, const char *text)
{
  if (m->urcs)
    modem_say(m, "\r\n+CREG: 1\r\n\r\nRING\r\n");
  modem_say(m, "\r\n");
  modem_say(m, text);
  modem_say(m, "\r\n");
  if (m->urcs)
    modem_say(m, "\r\n+CSQ: 20,99\r\n");
}

static void card_command(desk *d, const char *hex, const char *name)
{
  uint8_t command[300];
  char answer[1201];
  char line[1300];
  size_t len = strcspn(hex, "\"") / 2;
  ck_assert(imstls_i_hex_decode(imstls_i_text(hex, len * 2), command, len));
  if (command[1] == 0x20 && len == 5)
    len = 4; /* the fifth octet of T=0 is no length */
  sim_command(&d->sim, command, len);
  imstls_i_hex_encode(d->sim.answer, d->sim.answer_len, answer);
  const char *quote = d->modem.quotes ? "\"" : "";
  snprintf(line, sizeof line, "%s: %zu,%s%s%s", name, d->sim.answer_len * 2, quote, answer, quote);
  say_line(&d->modem, line);
  say_line(&d->modem, "OK");
}

static void write_handle(const modem_sim *m, unsigned channel, char text[64])
{
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
  snprintf(text, 64, m->handle, channel);
#pragma GCC diagnostic pop
}

/* The open channel whose handle stands at the beginning of the text, as it was given; 0: none. */
static unsigned channel_of(const modem_sim *m, const char *text, char after)
{
  char handle[64];
  for (unsigned i = 1; i < CHANNELS_MAX; i++) {
    write_handle(m, i, handle);
    size_t len = strlen(handle);
    bool same = (m->open & 1u << i) != 0 && strncmp(text, handle, len) == 0;
    if (same && text[len] == after)
      return i;
  }
  return 0;
}

static void open_channel(desk *d, const char *hex)
{
  modem_sim *m = &d->modem;
  char handle[64];
  char line[80];
  uint8_t select[5 + 16] = { 0, 0xa4, 4, 4, (uint8_t)(strcspn(hex, "\"") / 2) };
  imstls_i_hex_decode(imstls_i_text(hex, select[4] * 2u), select + 5, select[4]);
  sim_command(&d->sim, select, 5u + select[4]);
  if (d->sim.selected == SIM_NO_APP) {
    say_line(m, "+CME ERROR: 100");
    return;
  }
  ck_assert_uint_lt(m->next, CHANNELS_MAX);
  write_handle(m, m->next, handle);
  m->open |= 1u << m->next++;
  snprintf(line, sizeof line, "%s%s", m->bare_session ? "" : "+CCHO: ", handle);
  say_line(m, line);
  say_line(m, "OK");
}

static void card_line(desk *d, char *line)
{
  modem_sim *m = &d->modem;
  char *hex = strchr(line, ',') != NULL ? strstr(strchr(line, ','), "\"") : strchr(line, '"');
  bool cgla = strncmp(line, "AT+CGLA=", 8) == 0 && channel_of(m, line + 8, ',') != 0;
  unsigned closed = strncmp(line, "AT+CCHC=", 8) == 0 ? channel_of(m, line + 8, 0) : 0;
  if (strncmp(line, "AT+CSIM=", 8) == 0 && !m->no_csim && hex != NULL) {
    ck_assert_int_eq(strtol(line + 8, NULL, 10), (int)strcspn(hex + 1, "\""));
    card_command(d, hex + 1, "+CSIM");
  } else if (!m->no_channels && strncmp(line, "AT+CCHO=\"", 9) == 0) {
    open_channel(d, hex + 1);
  } else if (!m->no_channels && !m->no_cgla && cgla && hex != NULL) {
    card_command(d, hex + 1, "+CGLA");
  } else if (closed != 0) {
    m->open &= ~(1u << closed);
    say_line(m, "OK");
  } else {
    say_line(m, "ERROR");
  }
}

static void modem_line(desk *d, char *line)
{
  modem_sim *m = &d->modem;
  size_t used = strlen(m->log);
  snprintf(m->log + used, sizeof m->log - used, "%s\n", line);
  if (m->echo)
    modem_say(m, line), modem_say(m, "\r");
  if (strcmp(line, "AT+CMEE?") == 0) {
    m->synced++;
    say_line(m, "+CMEE: 1");
    say_line(m, "OK");
    return;
  }
  m->asked++;
  m->held = m->held || m->asked == m->held_from;
  if (m->silent)
    return;
  bool replied = m->replies != NULL && (m->reply_to == NULL || strncmp(line, m->reply_to, strlen(m->reply_to)) == 0);
  if (!replied) {
    card_line(d, line);
    return;
  }
  modem_say(m, m->replies);
  m->replies = NULL;
}

static void modem_run(desk *d)
{
  modem_sim *m = &d->modem;
  ssize_t n = read(m->fd, m->in + m->in_len, sizeof m->in - 1 - m->in_len);
  if (n > 0)
    m->in_len += (size_t)n;
  m->in[m->in_len] = 0;
  char *end;
  while ((end = strchr(m->in, '\r')) != NULL) {
    *end = 0;
    if (end != m->in)
      modem_line(d, m->in);
    m->in_len -= (size_t)(end + 1 - m->in);
    memmove(m->in, end + 1, m->in_len + 1);
  }
  size_t left = m->held ? 0 : m->out_len - m->out_sent;
  if (m->cut != 0 && left > m->cut)
    left = m->cut;
  if (left > 0)
    ck_assert_int_eq(write(m->fd, m->out + m->out_sent, left), (ssize_t)left);
  m->out_sent += left;
  if (m->out_sent == m->out_len)
    m->out_sent = m->out_len = 0;
}

void desk_turn(desk *d)
{
  const modem_sim *m = &d->modem;
  for (int still = 0, i = 0; still < 3; i++) {
    ck_assert_int_lt(i, 200000);
    int r = imstls_usim_at_process(&d->at, d->now);
    ck_assert_int_eq(r, IMSTLS_OK);
    uint32_t before = d->at.p.line_len + d->at.p.state + d->at.p.tx_sent;
    size_t out = m->out_len - m->out_sent;
    int asked = m->asked + m->synced;
    modem_run(d);
    bool moved = out != m->out_len - m->out_sent || asked != m->asked + m->synced || d->at.p.tx_sent < d->at.p.tx_len;
    still = moved || before != d->at.p.line_len + d->at.p.state + d->at.p.tx_sent ? 0 : still + 1;
  }
}

uint64_t desk_settle(desk *d)
{
  uint64_t begun = d->now;
  desk_turn(d);
  for (int i = 0; imstls_usim_at_timeout_ms(&d->at, d->now) >= 0; i++) {
    ck_assert_int_lt(i, 100);
    d->now += (uint64_t)imstls_usim_at_timeout_ms(&d->at, d->now);
    desk_turn(d);
  }
  return d->now - begun;
}

int desk_start_auth(desk *d)
{
  const struct v_end_to_end_cases_item *v = &v_end_to_end.cases.item[0];
  memset(&d->result, 0, sizeof d->result);
  d->result.size = sizeof d->result;
  return d->card.usim.authenticate(&d->card, 5, v->RAND.oct, v->AUTN.oct, &d->result);
}

int desk_auth(desk *d)
{
  d->done_count = 0;
  int r = desk_start_auth(d);
  if (r != IMSTLS_PENDING)
    return r;
  desk_turn(d);
  ck_assert_int_eq(d->done_count, 1);
  return d->done_error;
}

int desk_read(desk *d)
{
  d->ready_count = 0;
  ck_assert_int_eq(imstls_usim_card_read(&d->card), IMSTLS_PENDING);
  desk_turn(d);
  ck_assert_int_eq(d->ready_count, 1);
  return d->ready_error;
}
