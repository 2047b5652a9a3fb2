/* SPDX-License-Identifier: Apache-2.0 */
/* The life of one registration in a program: opened by its options, run until it is over. */
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "hex.h"
#include "option.h"
#include "phone.h"

static volatile sig_atomic_t interrupted;

/* The first asks for an orderly end, the second for one at once, whatever is under way. */
static void interrupt(void)
{
  if (interrupted)
    _exit(EXIT_UNREACHABLE);
  interrupted = 1;
}

/* What was to be shown and could not be: nobody should take the rest for all of it. */
static int shown(int status)
{
  bool failed = fflush(stdout) || ferror(stdout);
  if (failed && status == EXIT_DONE) {
    fprintf(stderr, "%s: standard output cannot be written\n", program);
    return EXIT_INTERNAL;
  }
  return status;
}

bool program_is(const char *name) { return strcmp(program, name) == 0; }

bool phone_random(struct phone *p, char digits[33])
{
  uint8_t octets[16];
  bool made = imstls_mbedtls_random(p->tls, octets, sizeof octets) == IMSTLS_OK;
  if (made)
    hex_write(octets, sizeof octets, digits);
  return made;
}

bool is_interrupted(void) { return interrupted != 0; }

uint64_t phone_now(void) { return system_now_ms(NULL); }

int phone_sooner(int a_ms, int b_ms) { return a_ms < 0 ? b_ms : b_ms < 0 ? a_ms : a_ms < b_ms ? a_ms : b_ms; }

int phone_wait_ms(uint64_t at)
{
  uint64_t t = phone_now();
  if (!at)
    return -1;
  return at <= t ? 0 : at - t < 60000 ? (int)(at - t) : 60000;
}

static void set_timeout(struct phone *p)
{
  p->give_up_at = p->options.timeout_s ? phone_now() + (uint64_t)p->options.timeout_s * 1000 : 0;
}

static bool is_security(int error)
{
  int class_of = imstls_error_class(error);
  return class_of == IMSTLS_CLASS_NETWORK || class_of == IMSTLS_CLASS_SERVER || class_of == IMSTLS_CLASS_AGREEMENT;
}

static struct failure failure_of(struct phone *p, const imstls_event *e)
{
  bool socket = e->error == IMSTLS_ERR_CONNECT || e->error == IMSTLS_ERR_CONNECTION;
  return (struct failure){ .error = e->error,
                           .sip_status = e->sip_status,
                           .tls_error = tls_code(p->client, e->error),
                           .system_error = socket ? system_net_error() : 0 };
}

/* What the exit status tells: the first security error since a registration stood, else the last one. */
static void take_error(struct phone *p, const struct failure *why)
{
  if (is_security(p->last.error))
    return;
  p->last = *why;
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
  bool fits = !p->give_up_at || phone_now() + (uint64_t)e->expires_s * 1000 < p->give_up_at;
  bool later = e->error == IMSTLS_ERR_SIP_REJECTED && is_temporary(e->sip_status);
  bool goes_on = later || p->was_registered || p->stays;
  bool round_ended = e->value != 0;
  if (!fits || (round_ended && !goes_on)) {
    p->gave_up = true;
    imstls_client_stop(p->client);
  }
}

static void on_event(void *user, imstls_client *client, const imstls_event *e)
{
  struct phone *p = user;
  struct failure why = failure_of(p, e);
  capture_event(p->capture, client, e);
  switch (e->type) {
  case IMSTLS_EVENT_CONNECTING: system_forget_net_error(); break;
  case IMSTLS_EVENT_REGISTERED:
    p->was_registered = true;
    p->last = (struct failure){ .error = IMSTLS_OK };
    p->give_up_at = 0;
    break;
  case IMSTLS_EVENT_LOST:
    p->last = why;
    set_timeout(p);
    break;
  case IMSTLS_EVENT_RETRY:
    take_error(p, &why);
    consider_retry(p, e);
    break;
  case IMSTLS_EVENT_DEREGISTERED: p->done = true; break;
  case IMSTLS_EVENT_FAILED:
    take_error(p, &why);
    p->gave_up = true;
    break;
  default: break;
  }
  p->show.over = p->gave_up;
  show_event(&p->show, client, e, &why, phone_now());
  if (p->on_event)
    p->on_event(p, e);
}

static int on_message(void *user, imstls_client *client, const imstls_sip_message *message)
{
  struct phone *p = user;
  (void)client;
  return p->on_message ? p->on_message(p, message) : 0;
}

static void keylog(void *user, const char *line)
{
  fprintf(user, "%s\n", line);
  fflush(user);
}

static int bad_file(const char *option, const char *path, const char *why)
{
  (void)option_bad_file(program, option, path, why);
  return USAGE_TOLD;
}

/* It could be read, and mbedTLS found nothing in it. */
static int bad_ca(const char *path)
{
  FILE *file = fopen(path, "r");
  bool empty = !file || fgetc(file) == EOF;
  if (file)
    fclose(file);
  return bad_file("--ca", path, empty ? "is empty" : "no certificate in it can be read");
}

/* What the part says of its settings, in the words of the options. */
static int tls_failed(const struct options *o, int error)
{
  if (error == IMSTLS_ERR_PKI)
    return bad_ca(o->ca);
  if (error != IMSTLS_ERR_UNSUPPORTED)
    return error;
  fprintf(stderr, "%s: %s: this build has no TLS 1.3\n", program, o->tls_max == 13 ? "--tls-max" : "--tls-min");
  return USAGE_TOLD;
}

static int open_tls(struct phone *p)
{
  imstls_mbedtls_config config = IMSTLS_MBEDTLS_CONFIG_INIT;
  config.max_version = p->options.tls_max;
  config.min_version = p->options.tls_min;
  config.ca_file = p->options.ca;
  int unread = p->options.ca ? option_unread(p->options.ca) : 0;
  if (unread)
    return bad_file("--ca", p->options.ca, strerror(unread));
  config.sessions = 4; /* the flow and what replaces it, what is served and what comes after it */
  if (p->options.keylog) {
    p->keylog = system_append_private(p->options.keylog); /* it opens the traffic */
    if (!p->keylog)
      return bad_file("--keylog", p->options.keylog, strerror(errno));
    config.keylog = keylog;
    config.keylog_user = p->keylog;
  }
  int error = imstls_mbedtls_new(&p->tls, &config);
  return error ? tls_failed(&p->options, error) : IMSTLS_OK;
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

/* What imstls_config_check says, behind the option that the setting comes from. */
static int bad_setting(const char *what)
{
  static const char *const options[][2] = {
    { "identity.impi ", "--impi" },
    { "identity.impu ", "--impu" },
    { "identity.home_domain ", "--domain" },
    { "device.instance_id ", "--instance" },
    { "device.contact_params ", "--feature" },
    { "device.reg_id ", "--reg-id" },
    { "network.pcscf ", "--pcscf" },
    { "network.server_name ", "--server-name" },
    { "policy.offer ", "--offer" },
    { "policy.psk ", "--psk" },
    { "policy.fallback ", "--fallback" },
    { "policy.sec_agree ", "--sec-agree" },
    { "serving.port ", "--serve" },
    { "network.transport ", "--transport" }, /* where a feature was left out */
    { "policy.trust ", "--trust" },
    { "policy.token2 ", "--token2" },
  };
  const char *option = "";
  for (size_t i = 0; i < sizeof options / sizeof options[0]; i++)
    if (strncmp(what, options[i][0], strlen(options[i][0])) == 0)
      option = options[i][1];
  fprintf(stderr, "%s: %s%s%s\n", program, option, *option ? ": " : "", what);
  return USAGE_TOLD;
}

static int set_ipsec(struct phone *p, imstls_config *config)
{
  if (!strstr(p->options.offer, "ipsec-3gpp"))
    return IMSTLS_OK;
  config->ports.ipsec = imstls_ipsec_xfrm(&p->xfrm);
  if (config->ports.ipsec)
    return IMSTLS_OK;
  fprintf(stderr, "%s: --offer: ipsec-3gpp: this build does not have it\n", program);
  return USAGE_TOLD;
}

static int open_client(struct phone *p)
{
  const struct options *o = &p->options;
  imstls_config config = IMSTLS_CONFIG_DEFAULTS;
  char agent[64], wrong[160];
  snprintf(agent, sizeof agent, "imstls-%s/%s", program, IMSTLS_VERSION_STRING);
  config.identity.impi = o->impi;
  config.identity.impu = o->impu;
  config.identity.home_domain = o->domain;
  config.network.pcscf = o->pcscf;
  config.network.tls_port = (uint16_t)o->tls_port;
  config.network.plain_port = (uint16_t)o->plain_port;
  config.network.local.port = (uint16_t)o->local_port;
  config.serving.port = (uint16_t)o->serve_port;
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
  config.timers.return_ms = o->return_s ? o->return_s * 1000 : 1;
  config.timers.keepalive_ms = o->keepalive_s * 1000;
  config.device.instance_id = o->instance_id;
  config.device.reg_id = o->reg_id;
  config.device.contact_params = *o->features ? o->features : NULL;
  config.policy.show_secrets = o->show_secrets;
  config.policy.reg_event = !o->no_reg_event && imstls_has("regevent");
  config.device.user_agent = agent;
  config.limits.queue_len = p->queue_len;
  config.ports.usim = p->usim;
  config.ports.net = dns_net(p->dns);
  config.ports.tls = imstls_mbedtls_tls(p->tls);
  config.ports.random = imstls_mbedtls_random;
  config.ports.random_user = p->tls;
  config.ports.now_ms = system_now_ms;
  config.ports.wall_s = system_wall_s;
  config.callbacks.on_event = on_event;
  config.callbacks.on_message = on_message;
  config.callbacks.user = p;
  if (set_ipsec(p, &config))
    return USAGE_TOLD;
  if (imstls_config_check(&config, wrong, sizeof wrong))
    return bad_setting(wrong);
  return imstls_client_new(&p->client, &config);
}

static int start_failed(int error)
{
  if (error < TOLD)
    return exit_for(error - TOLD);
  fprintf(stderr, "%s: %s: %s\n", program, imstls_error_name(error), imstls_error_text(error));
  return exit_for(error);
}

int phone_open(struct phone *p, int argc, char **argv)
{
  if (!system_open())
    return EXIT_INTERNAL;
  int status = options_parse(&p->options, argc, argv);
  if (status)
    return status;
  p->show = (struct show){ .json = p->options.json, .verbose = p->options.verbose, .start_ms = phone_now() };
  system_on_interrupt(interrupt);
  int error = pins_check(p->options.token2_pins);
  if (!error)
    error = sim_open(&p->sim, &p->options, &p->usim);
  if (!error)
    error = open_tls(p);
  if (!error)
    error = dns_open(&p->dns, &p->options, p->tls);
  return error ? start_failed(error) : 0;
}

int phone_start(struct phone *p)
{
  int status = capture_open(&p->capture, p->options.pcap);
  if (status)
    return status;
  int error = open_client(p);
  if (error)
    return start_failed(error);
  sim_attach(p->sim, p->client, p->dns);
  return 0;
}

/* The registration did what was asked: and --pcap? Exit status. */
static int finished(struct phone *p)
{
  static const struct failure why = { .error = IMSTLS_ERR_STORAGE };
  if (!capture_failed(p->capture))
    return EXIT_DONE;
  show_failed(&p->show, &why, EXIT_INTERNAL, phone_now());
  return EXIT_INTERNAL;
}

/* Exit status, or -1: it goes on. */
static int leave(struct phone *p)
{
  bool registered = imstls_client_registered(p->client);
  bool wanted = interrupted || (registered && p->may_leave && p->may_leave(p));
  if (!wanted || p->leaving)
    return -1;
  if (interrupted && !registered)
    return EXIT_UNREACHABLE;
  if (p->options.no_deregister)
    return finished(p);
  p->leaving = true;
  imstls_client_deregister(p->client);
  return -1;
}

/* Where the user himself may have done it. */
static void advise(const struct phone *p)
{
  const struct options *o = &p->options;
  bool soft = strcmp(o->usim, "soft") == 0;
  bool local = p->last.system_error == EADDRINUSE || p->last.system_error == EADDRNOTAVAIL;
  if (p->last.error == IMSTLS_ERR_AKA_MAC && soft)
    fprintf(stderr,
            "%s: a wrong K, OP or OPc looks the same: softphone --check-nonce NONCE with these keys tells, NONCE being "
            "that of the 401 (-v)\n",
            program);
  if (o->local_port && (local || p->last.system_error == EACCES))
    fprintf(stderr, "%s: --local-port %u: %s\n", program, o->local_port, system_error_text(p->last.system_error));
}

static int run(struct phone *p)
{
  int status = -1;
  set_timeout(p);
  imstls_client_register(p->client);
  while (!p->done && !p->gave_up) {
    (void)imstls_client_step(p->client); /* its end is told by an event */
    if (p->done || p->gave_up)
      break;
    if (p->give_up_at && phone_now() >= p->give_up_at && !imstls_client_registered(p->client)) {
      p->last.error = p->last.error ? p->last.error : IMSTLS_ERR_TIMEOUT;
      break;
    }
    status = leave(p);
    if (status >= 0)
      return status;
    p->wait(p);
  }
  if (p->done)
    return finished(p);
  status = exit_for(p->last.error);
  show_failed(&p->show, &p->last, status, phone_now());
  sim_tell(p->sim, p->last.error);
  if (!p->options.json)
    advise(p);
  return status;
}

int phone_run(struct phone *p) { return shown(run(p)); }

void phone_close(struct phone *p)
{
  imstls_client_free(p->client);
  dns_close(p->dns);
  imstls_mbedtls_free(p->tls);
  sim_close(p->sim);
  capture_close(p->capture);
  if (p->keylog)
    fclose(p->keylog);
  secrets_wipe();
}
