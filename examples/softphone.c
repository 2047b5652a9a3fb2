/* SPDX-License-Identifier: Apache-2.0 */
/* Example softphone: one registration, shown step by step. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <imstls/mbedtls.h>

#include "hex.h"
#include "softphone.h"
#include "standard.h"

struct phone {
  struct options options;
  struct show show;
  struct sim *sim;
  imstls_client *client;
  imstls_mbedtls *tls;
  imstls_ipsec_xfrm_part xfrm;
  FILE *keylog;
  uint64_t give_up_at;       /* until registered; 0: never */
  uint64_t leave_at;         /* end of --stay; 0: not registered yet */
  struct outgoing *outgoing; /* of --send; NULL: none */
  uint64_t answer_until;     /* 0: it was not sent yet */
  struct failure last;       /* of the last attempt */
  bool was_registered, done, gave_up;
};

static volatile sig_atomic_t interrupted;

static void interrupt(int signal_number)
{
  (void)signal_number;
  interrupted = 1;
}

/* With case, as methods are (RFC 3261 7.1). */
static bool text_is(imstls_text text, const char *word)
{
  return text.len == strlen(word) && memcmp(text.ptr, word, text.len) == 0;
}

static bool make_random(const struct phone *p, char digits[33])
{
  uint8_t octets[16];
  bool made = imstls_mbedtls_random(p->tls, octets, sizeof octets) == IMSTLS_OK;
  if (made)
    hex_write(octets, sizeof octets, digits);
  return made;
}

bool is_interrupted(void) { return interrupted != 0; }

static uint64_t now(void) { return imstls_net_posix_now_ms(NULL); }

static void set_timeout(struct phone *p)
{
  p->give_up_at = p->options.timeout_s ? now() + (uint64_t)p->options.timeout_s * 1000 : 0;
}

static bool is_security(int error)
{
  int class_of = imstls_error_class(error);
  return class_of == IMSTLS_CLASS_NETWORK || class_of == IMSTLS_CLASS_SERVER || class_of == IMSTLS_CLASS_AGREEMENT;
}

/* What the exit status tells: the first security error since a registration stood, else the last one. */
static void take_error(struct phone *p, const imstls_event *e)
{
  if (is_security(p->last.error))
    return;
  p->last = (struct failure){ e->error, e->sip_status, tls_code(p->client, e->error) };
}

/* RFC 3261 21.4, 21.5: the same request may succeed later. */
static bool is_temporary(uint32_t status)
{
  static const uint32_t statuses[] = { 408, 480, 500, 502, 503, 504 };
  for (size_t i = 0; i < sizeof statuses / sizeof statuses[0]; i++)
    if (statuses[i] == status)
      return true;
  return false;
}

/* Before the first registration one round over the P-CSCFs is enough, unless the network named a time that fits, or
 * the phone is to stay. */
static void consider_retry(struct phone *p, const imstls_event *e)
{
  take_error(p, e);
  bool fits = !p->give_up_at || now() + (uint64_t)e->expires_s * 1000 < p->give_up_at;
  bool later = e->error == IMSTLS_ERR_SIP_REJECTED && is_temporary(e->sip_status);
  bool goes_on = later || p->was_registered || p->options.stay_s;
  bool round_ended = e->value != 0;
  if (!fits || (round_ended && !goes_on)) {
    p->gave_up = true;
    imstls_client_stop(p->client);
  }
}

static void on_event(void *user, imstls_client *client, const imstls_event *e)
{
  struct phone *p = user;
  show_event(&p->show, client, e, now());
  switch (e->type) {
  case IMSTLS_EVENT_REGISTERED:
    p->was_registered = true;
    p->last = (struct failure){ .error = IMSTLS_OK };
    p->give_up_at = 0;
    if (!p->leave_at)
      p->leave_at = now() + (uint64_t)p->options.stay_s * 1000;
    break;
  case IMSTLS_EVENT_LOST:
    p->last = (struct failure){ .error = e->error, .tls_error = tls_code(client, e->error) };
    set_timeout(p);
    break;
  case IMSTLS_EVENT_RETRY: consider_retry(p, e); break;
  case IMSTLS_EVENT_DEREGISTERED: p->done = true; break;
  case IMSTLS_EVENT_FAILED:
    take_error(p, e);
    p->gave_up = true;
    break;
  default: break;
  }
}

/* A MESSAGE was read, so it is accepted (RFC 3428 7). */
static int take_text(struct phone *p, imstls_client *client, const imstls_sip_message *message)
{
  static const char allow[] = "Allow: OPTIONS, MESSAGE\r\n";
  char reply[4096], tag[33];
  size_t len;
  if (!text_is(message->method, "MESSAGE") || message->count[IMSTLS_HDR_REQUIRE] > 0 || !make_random(p, tag))
    return 0;
  int error =
      imstls_sip_reply(message, 200, "OK", tag, (imstls_text){ allow, sizeof allow - 1 }, reply, sizeof reply, &len);
  return !error && imstls_client_send(client, reply, len) == IMSTLS_OK;
}

static int on_message(void *user, imstls_client *client, const imstls_sip_message *message)
{
  struct phone *p = user;
  if (send_is_answer(p->outgoing, message)) {
    show_answer(&p->show, message, now());
    return 1;
  }
  if (message->status)
    return 0;
  show_message(&p->show, message, now());
  return take_text(p, client, message); /* 0: the library answers */
}

static uint64_t clock_ms(void *user) { return imstls_net_posix_now_ms(user); }
static int64_t clock_wall_s(void *user) { return imstls_net_posix_wall_s(user); }

static void keylog(void *user, const char *line)
{
  fprintf(user, "%s\n", line);
  fflush(user);
}

static int open_tls(struct phone *p)
{
  imstls_mbedtls_config config = IMSTLS_MBEDTLS_CONFIG_INIT;
  config.max_version = p->options.tls_max;
  config.min_version = p->options.tls_min;
  config.ca_file = p->options.ca;
  config.sessions = 4; /* the flow and what replaces it, what is served and what comes after it */
  if (p->options.keylog) {
    int fd = open(p->options.keylog, O_WRONLY | O_CREAT | O_APPEND, S_IRUSR | S_IWUSR); /* it opens the traffic */
    p->keylog = fd < 0 ? NULL : fdopen(fd, "a");
    if (!p->keylog) {
      fprintf(stderr, "softphone: %s: %s\n", p->options.keylog, strerror(errno));
      return IMSTLS_ERR_USAGE;
    }
    config.keylog = keylog;
    config.keylog_user = p->keylog;
  }
  return imstls_mbedtls_new(&p->tls, &config);
}

static int store(void *user, const char *name, const uint8_t *data, size_t len)
{
  const struct phone *p = user;
  (void)data;
  return pins_store(p->options.token2_pins, name, len);
}

static int load(void *user, const char *name, uint8_t *out, size_t cap)
{
  const struct phone *p = user;
  return pins_load(p->options.token2_pins, name, out, cap);
}

static int open_client(struct phone *p, const imstls_usim *usim, const imstls_net *net)
{
  const struct options *o = &p->options;
  imstls_config config = IMSTLS_CONFIG_DEFAULTS;
  config.identity.impi = o->impi;
  config.identity.impu = o->impu;
  config.identity.home_domain = o->domain;
  config.network.pcscf = o->pcscf;
  config.network.tls_port = o->tls_port;
  config.network.plain_port = o->plain_port;
  config.network.local.port = o->local_port;
  config.serving.port = o->serve_port;
  config.policy.flow = o->flow;
  config.policy.sec_agree = o->sec_agree;
  config.policy.trust = o->trust;
  config.policy.token2 = o->token2;
  if (o->token2_pins) {
    config.ports.store = store;
    config.ports.load = load;
    config.ports.storage_user = p;
  }
  config.policy.psk = o->psk;
  config.policy.fallback = o->fallback;
  config.network.transport = o->transport;
  config.policy.offer = o->offer;
  config.network.server_name = o->server_name;
  config.policy.algorithms = o->algorithms;
  config.policy.amf_separation = o->amf;
  config.policy.expires_s = o->expires_s;
  config.timers.return_ms = o->return_ms;
  config.device.instance_id = o->instance_id;
  config.device.reg_id = o->reg_id;
  config.policy.show_secrets = o->show_secrets;
  config.device.user_agent = "imstls-softphone/" IMSTLS_VERSION_STRING;
  config.ports.usim = usim;
  config.ports.net = net;
  config.ports.tls = imstls_mbedtls_tls(p->tls);
  config.ports.ipsec = strstr(o->offer, "ipsec-3gpp") ? imstls_ipsec_xfrm(&p->xfrm) : NULL;
  config.ports.random = imstls_mbedtls_random;
  config.ports.random_user = p->tls;
  config.ports.now_ms = clock_ms;
  config.ports.wall_s = clock_wall_s;
  config.callbacks.on_event = on_event;
  config.callbacks.on_message = on_message;
  config.callbacks.user = p;
  return imstls_client_new(&p->client, &config);
}

static int wait_ms(const struct phone *p)
{
  uint64_t at = p->give_up_at, t = now();
  if (imstls_client_registered(p->client) && p->leave_at)
    at = send_is_open(p->outgoing) ? p->answer_until : p->leave_at;
  if (!at)
    return -1;
  return at <= t ? 0 : at - t < 60000 ? (int)(at - t) : 60000;
}

/* Until the answer to --send, or until it has taken too long (Timer F of RFC 3261 17.1.2.2). */
static bool may_leave(struct phone *p)
{
  enum { TIMER_F_MS = 32000 };
  if (send_is_open(p->outgoing)) {
    int error = send_now(p->outgoing, p->client);
    if (error)
      fprintf(stderr, "softphone: --send: %s\n", imstls_error_text(error));
    if (!p->answer_until && imstls_client_can_send(p->client))
      p->answer_until = now() + TIMER_F_MS;
    if (!error && (!p->answer_until || now() < p->answer_until))
      return false;
  }
  return p->leave_at && now() >= p->leave_at;
}

/* The registration did what was asked: and --send? Exit status. */
static int finish(struct phone *p)
{
  struct failure why = send_failure(p->outgoing);
  int status = why.error ? exit_for(why.error) : EXIT_DONE;
  if (status)
    show_failed(&p->show, &why, status, now());
  return status;
}

/* Exit status. */
static int run(struct phone *p)
{
  set_timeout(p);
  imstls_client_register(p->client);
  bool leaving = false;
  while (!p->done && !p->gave_up) {
    (void)imstls_client_step(p->client); /* its end is told by an event */
    if (p->done || p->gave_up)
      break;
    bool registered = imstls_client_registered(p->client);
    if (p->give_up_at && now() >= p->give_up_at && !registered) {
      p->last.error = p->last.error ? p->last.error : IMSTLS_ERR_TIMEOUT;
      break;
    }
    bool leaves = registered && !leaving && may_leave(p);
    if ((interrupted || leaves) && !leaving) {
      if (p->options.no_deregister || !registered)
        return interrupted && !registered ? EXIT_UNREACHABLE : finish(p);
      leaving = true;
      p->leave_at = 0;
      imstls_client_deregister(p->client);
      continue;
    }
    sim_wait(p->sim, p->client, wait_ms(p));
  }
  if (p->done)
    return finish(p);
  int status = exit_for(p->last.error);
  show_failed(&p->show, &p->last, status, now());
  return status;
}

static int start_failed(int error)
{
  fprintf(stderr, "softphone: %s: %s\n", imstls_error_name(error), imstls_error_text(error));
  return exit_for(error);
}

int main(int argc, char **argv)
{
  static struct phone phone = { .xfrm = IMSTLS_IPSEC_XFRM_INIT };
  static imstls_net_posix_part net = IMSTLS_NET_POSIX_INIT;
  struct phone *p = &phone;
  const imstls_usim *usim = NULL;
  if (!open_standard())
    return EXIT_INTERNAL;
  int status = options_parse(&p->options, argc, argv);
  if (status)
    return status < 0 ? EXIT_DONE : status;
  p->show = (struct show){ .json = p->options.json, .verbose = p->options.verbose, .start_ms = now() };
  struct sigaction action = { .sa_handler = interrupt };
  sigaction(SIGINT, &action, NULL);
  sigaction(SIGTERM, &action, NULL);
  int error = sim_open(&p->sim, &p->options, &usim);
  if (!error && p->options.check_nonce) {
    status = check_nonce(&p->options, p->sim);
    sim_close(p->sim);
    return status;
  }
  if (!error)
    error = open_tls(p);
  char random[33] = "";
  if (!error && !make_random(p, random))
    error = IMSTLS_ERR_RANDOM;
  if (!error)
    status = send_read(&p->outgoing, &p->options, random);
  if (!error && !status)
    error = open_client(p, usim, imstls_net_posix(&net));
  if (!error && !status) {
    sim_attach(p->sim, p->client);
    status = run(p);
  } else if (error)
    status = start_failed(error);
  imstls_client_free(p->client);
  imstls_mbedtls_free(p->tls);
  sim_close(p->sim);
  if (p->keylog)
    fclose(p->keylog);
  return status;
}
