/* SPDX-License-Identifier: Apache-2.0 */
#include "fake_served.h"

#include <check.h>
#include <string.h>

#include "base/base.h"
#include "client/client.h"

enum { SESSION = 10 };

static struct fake_served *served; /* tests run one at a time */

static const imstls_net *under_net(void) { return served->under.ports.net; }
static const imstls_tls *under_tls(void) { return served->under.ports.tls; }
static struct caller *caller_of(imstls_socket socket)
{
  return socket >= FAKE_CALLER ? &served->callers[socket - FAKE_CALLER] : NULL;
}

static int open_any(void *user, const imstls_net_open *how, imstls_socket *out)
{
  if (how->kind != IMSTLS_NET_TCP_LISTEN)
    return under_net()->open(user, how, out);
  ck_assert(!served->listening);
  served->how = *how;
  if (served->open_error)
    return IMSTLS_ERR_CONNECT;
  served->listening = true;
  served->listens++;
  *out = FAKE_LISTENER;
  return IMSTLS_OK;
}

static int accept_one(void *user, imstls_socket listener, imstls_socket *out, imstls_address *remote)
{
  (void)user;
  ck_assert(listener == FAKE_LISTENER && served->listening);
  if (served->taken == served->called)
    return IMSTLS_WANT_READ;
  struct caller *caller = &served->callers[served->taken];
  *out = FAKE_CALLER + served->taken++;
  *remote = caller->from;
  caller->accepted = true;
  return IMSTLS_OK;
}

static int take(struct caller *caller, const uint8_t *data, size_t len)
{
  if (caller->closed)
    return IMSTLS_ERR_CONNECTION;
  if (caller->blocked)
    return IMSTLS_WANT_WRITE;
  if (served->f->write_cut && len > served->f->write_cut)
    len = served->f->write_cut;
  ck_assert(caller->sent_len + len <= sizeof caller->sent && !caller->hung_up);
  memcpy(caller->sent + caller->sent_len, data, len);
  caller->sent_len += len;
  return (int)len;
}

static int give(struct caller *caller, uint8_t *data, size_t cap)
{
  size_t len = caller->coming_len - caller->coming_at;
  ck_assert(!caller->hung_up);
  if (!len)
    return caller->closed ? IMSTLS_CLOSED : IMSTLS_WANT_READ;
  len = len < cap ? len : cap;
  if (served->f->cut && len > served->f->cut)
    len = served->f->cut;
  memcpy(data, caller->coming + caller->coming_at, len);
  caller->coming_at += len;
  return (int)len;
}

static int send_any(void *user, imstls_socket s, const uint8_t *data, size_t len)
{
  return caller_of(s) ? take(caller_of(s), data, len) : under_net()->send(user, s, data, len);
}

static int recv_any(void *user, imstls_socket s, uint8_t *data, size_t cap, imstls_address *from)
{
  return caller_of(s) ? give(caller_of(s), data, cap) : under_net()->recv(user, s, data, cap, from);
}

static void close_any(void *user, imstls_socket s)
{
  if (s == FAKE_LISTENER) {
    ck_assert(served->listening);
    served->listening = false;
  } else if (caller_of(s)) {
    ck_assert(caller_of(s)->accepted && !caller_of(s)->hung_up);
    caller_of(s)->hung_up = true;
  } else
    under_net()->close(user, s);
}

static struct caller *of_session(int session)
{
  return session >= SESSION ? &served->callers[session - SESSION] : NULL;
}

static int tls_open(void *user, const imstls_tls_open *how)
{
  if (how->role != IMSTLS_TLS_SERVER)
    return under_tls()->open(user, how);
  served->last_tls = *how;
  ck_assert(how->psk_len == 32 && how->psk_identity.len < sizeof served->identity);
  memcpy(served->psk, how->psk, 32);
  memcpy(served->identity, how->psk_identity.ptr, how->psk_identity.len);
  served->identity[how->psk_identity.len] = '\0';
  return served->tls_error ? served->tls_error : SESSION + served->taken - 1;
}

static int tls_handshake(void *user, int session)
{
  if (!of_session(session))
    return under_tls()->handshake(user, session);
  of_session(session)->turns++;
  return of_session(session)->handshake;
}

static int tls_read(void *user, int session, uint8_t *data, size_t cap)
{
  return of_session(session) ? give(of_session(session), data, cap) : under_tls()->read(user, session, data, cap);
}

static int tls_write(void *user, int session, const uint8_t *data, size_t len)
{
  return of_session(session) ? take(of_session(session), data, len) : under_tls()->write(user, session, data, len);
}

static void tls_close(void *user, int session)
{
  if (!of_session(session))
    under_tls()->close(user, session);
}

static int tls_facts(void *user, int session, imstls_tls_facts *facts)
{
  if (!of_session(session))
    return under_tls()->facts(user, session, facts);
  *facts = (imstls_tls_facts){ .size = sizeof *facts, .psk = of_session(session)->psk, .version = 12 };
  return IMSTLS_OK;
}

void served_attach(struct fake_served *s, struct fake *f)
{
  memset(s, 0, sizeof *s);
  served = s;
  s->f = f;
  s->under = f->config;
  s->net = *f->config.ports.net;
  s->net.open = open_any;
  s->net.accept = accept_one;
  s->net.send = send_any;
  s->net.recv = recv_any;
  s->net.close = close_any;
  s->tls = *f->config.ports.tls;
  s->tls.open = tls_open;
  s->tls.handshake = tls_handshake;
  s->tls.read = tls_read;
  s->tls.write = tls_write;
  s->tls.close = tls_close;
  s->tls.facts = tls_facts;
  f->config.ports.net = &s->net;
  f->config.ports.tls = &s->tls;
}

struct caller *served_call(struct fake_served *s, const char *ip, uint16_t port)
{
  ck_assert_int_lt(s->called, CALLERS);
  struct caller *caller = &s->callers[s->called++];
  ck_assert_int_eq(imstls_address_parse(imstls_i_text(ip, strlen(ip)), &caller->from), IMSTLS_OK);
  caller->from.port = port;
  caller->psk = 1;
  return caller;
}

void served_say_octets(struct caller *caller, const char *octets, size_t len)
{
  if (caller->coming_at == caller->coming_len)
    caller->coming_at = caller->coming_len = 0;
  ck_assert(caller->coming_len + len <= sizeof caller->coming);
  memcpy(caller->coming + caller->coming_len, octets, len);
  caller->coming_len += len;
}

void served_say(struct fake_served *s, struct caller *caller, const char *text)
{
  (void)s;
  served_say_octets(caller, text, strlen(text));
}

void served_end(const struct fake_served *s)
{
  ck_assert(!s->listening);
  for (int i = 0; i < s->called; i++)
    ck_assert_int_eq(s->callers[i].accepted, s->callers[i].hung_up);
}
