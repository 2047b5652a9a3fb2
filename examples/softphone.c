/* SPDX-License-Identifier: Apache-2.0 */
/* Example softphone: one registration, shown step by step. */
#include <string.h>

#include "softphone.h"

struct softphone {
  struct phone phone;
  uint64_t leave_at;         /* end of --stay; 0: not registered yet */
  struct outgoing *outgoing; /* of --send; NULL: none */
  uint64_t answer_until;     /* 0: it was not sent yet */
};

const char program[] = "softphone";

static struct softphone *softphone_of(struct phone *p) { return (struct softphone *)p; /* its first member */ }

/* With case, as methods are (RFC 3261 7.1). */
static bool text_is(imstls_text text, const char *word)
{
  return text.len == strlen(word) && memcmp(text.ptr, word, text.len) == 0;
}

static void on_event(struct phone *p, const imstls_event *e)
{
  struct softphone *s = softphone_of(p);
  if (e->type == IMSTLS_EVENT_REGISTERED && !s->leave_at)
    s->leave_at = phone_now() + (uint64_t)p->options.stay_s * 1000;
}

/* A MESSAGE was read, so it is accepted (RFC 3428 7). */
static int take_text(struct phone *p, const imstls_sip_message *message)
{
  static const char allow[] = "Allow: OPTIONS, MESSAGE\r\n";
  char reply[4096], tag[33];
  size_t len;
  if (!text_is(message->method, "MESSAGE") || message->count[IMSTLS_HDR_REQUIRE] > 0 || !phone_random(p, tag))
    return 0;
  int error =
      imstls_sip_reply(message, 200, "OK", tag, (imstls_text){ allow, sizeof allow - 1 }, reply, sizeof reply, &len);
  return !error && imstls_client_send(p->client, reply, len) == IMSTLS_OK;
}

static int on_message(struct phone *p, const imstls_sip_message *message)
{
  if (send_is_answer(softphone_of(p)->outgoing, message)) {
    show_answer(&p->show, message, phone_now());
    return 1;
  }
  if (message->status)
    return 0;
  show_message(&p->show, message, phone_now());
  return take_text(p, message); /* 0: the library answers */
}

static void wait(struct phone *p)
{
  struct softphone *s = softphone_of(p);
  uint64_t at = p->give_up_at;
  if (imstls_client_registered(p->client) && s->leave_at && !p->leaving)
    at = send_is_open(s->outgoing) ? s->answer_until : s->leave_at;
  sim_wait(p->sim, p->client, NULL, 0, phone_wait_ms(at));
}

/* Until the answer to --send, or until it has taken too long (Timer F of RFC 3261 17.1.2.2). */
static bool may_leave(struct phone *p)
{
  struct softphone *s = softphone_of(p);
  enum { TIMER_F_MS = 32000 };
  if (send_is_open(s->outgoing)) {
    int error = send_now(s->outgoing, p->client);
    if (error)
      fprintf(stderr, "softphone: --send: %s\n", imstls_error_text(error));
    if (!s->answer_until && imstls_client_can_send(p->client))
      s->answer_until = phone_now() + TIMER_F_MS;
    if (!error && (!s->answer_until || phone_now() < s->answer_until))
      return false;
  }
  return s->leave_at && phone_now() >= s->leave_at;
}

/* The registration did what was asked: and --send? Exit status. */
static int finish(struct softphone *s)
{
  struct failure why = send_failure(s->outgoing);
  int status = why.error ? exit_for(why.error) : EXIT_DONE;
  if (status)
    show_failed(&s->phone.show, &why, status, phone_now());
  return status;
}

static int run(struct softphone *s)
{
  struct phone *p = &s->phone;
  char random[33];
  if (p->options.check_nonce)
    return check_nonce(&p->options, p->sim);
  if (!phone_random(p, random))
    return EXIT_INTERNAL;
  p->stays = p->options.stay_s > 0;
  int status = send_read(&s->outgoing, &p->options, random);
  if (!status)
    status = phone_start(p);
  if (!status)
    status = phone_run(p);
  return status ? status : finish(s);
}

int main(int argc, char **argv)
{
  static struct softphone softphone = { .phone = { PHONE_INIT, .on_event = on_event, .on_message = on_message,
                                                   .may_leave = may_leave, .wait = wait } };
  int status = phone_open(&softphone.phone, argc, argv);
  if (!status)
    status = run(&softphone);
  phone_close(&softphone.phone);
  return status < 0 ? EXIT_DONE : status;
}
