/* SPDX-License-Identifier: Apache-2.0 */
/* Two phones that send each other a numbered MESSAGE every 10 ms while their flows change under them:
 * `load IMPI1 K1 OPC1 IMPI2 K2 OPC2 DOMAIN PCSCF TLS_PORT MESSAGES REFRESHES tls|psk|moves`. Each sends that many,
 * over which the refreshes of its registration are spread; with `moves` every second one is a change of the network.
 * Prints `half` when half of them were sent, and in the end two lines of JSON: what became of those that were accepted.
 */
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <imstls/imstls.h>
#include <imstls/mbedtls.h>
#include <imstls/outbound.h>

enum { NUMBERS = 65536, PERIOD_MS = 10, DRAIN_MS = 10000 };

typedef struct phone {
  const char *impi, *other;
  char impu[300];
  imstls_soft_usim card;
  imstls_mbedtls *tls;
  imstls_net_posix_part net;
  imstls_client *client;
  char letter;
  uint32_t next;         /* number of the next message */
  uint8_t fate[NUMBERS]; /* ACCEPTED and what became of it */
  uint8_t seen[NUMBERS]; /* messages of the other one that came here */
  uint32_t refused, lost, registered, refreshed, flows;
  int error;
} phone;
/* DISTURBED: it was on its way when the other one's flow changed, and may have ended there: the network's loss */
enum { ACCEPTED = 1, ANSWERED = 2, UNSENT = 4, UNANSWERED = 8, DISTURBED = 16 };

static phone phones[2];

static uint32_t number_in(const char *digits, size_t len)
{
  uint32_t n = 0;
  for (size_t i = 0; i < len && digits[i] >= '0' && digits[i] <= '9'; i++)
    n = n * 10 + (uint32_t)(digits[i] - '0');
  return n % NUMBERS;
}

/* Branches are "z9hG4bK" and the number, bodies the number alone. */
static uint32_t number_of_branch(imstls_text branch)
{
  return branch.len > 7 ? number_in(branch.ptr + 7, branch.len - 7) : 0;
}

static void on_event(void *user, imstls_client *client, const imstls_event *e)
{
  phone *p = user;
  (void)client;
  switch (e->type) {
  case IMSTLS_EVENT_REGISTERED: p->registered++; break;
  case IMSTLS_EVENT_REFRESHED: p->refreshed++; break;
  case IMSTLS_EVENT_LOST: p->lost++; break;
  case IMSTLS_EVENT_FLOW: p->flows++; break;
  case IMSTLS_EVENT_UNANSWERED: p->fate[number_of_branch(e->branch)] |= UNANSWERED; break;
  case IMSTLS_EVENT_UNSENT: {
    imstls_sip_message m;
    if (imstls_sip_parse(&m, e->message.ptr, e->message.len) == IMSTLS_OK && m.status == 0)
      p->fate[number_in(m.body.ptr, m.body.len)] |= UNSENT;
    break;
  }
  default: break;
  }
}

static void answer(phone *p, const imstls_sip_message *m)
{
  static uint32_t tag;
  char reply[2048], text[20];
  size_t len = 0;
  snprintf(text, sizeof text, "%u", (unsigned)++tag);
  int error = imstls_sip_reply(m, 200, "OK", text, (imstls_text){ "", 0 }, reply, sizeof reply, &len);
  if (!error)
    (void)imstls_client_send(p->client, reply, len);
}

static int on_message(void *user, imstls_client *client, const imstls_sip_message *m)
{
  phone *p = user;
  imstls_sip_via via;
  (void)client;
  if (m->status >= 200 && imstls_sip_via_parse(m->first[IMSTLS_HDR_VIA], &via) == IMSTLS_OK)
    p->fate[number_of_branch(via.branch)] |= ANSWERED;
  if (m->status == 0 && m->body.len > 0) {
    p->seen[number_in(m->body.ptr, m->body.len)]++;
    answer(p, m);
  }
  return 1;
}

/* `shared`: what of the command line concerns both */
static int open_phone(phone *p, char *const argv[3], char *const shared[6])
{
  imstls_config config = IMSTLS_CONFIG_DEFAULTS;
  p->impi = argv[0];
  snprintf(p->impu, sizeof p->impu, "sip:%s", argv[0]);
  p->card = (imstls_soft_usim)IMSTLS_SOFT_USIM_INIT;
  p->net = (imstls_net_posix_part)IMSTLS_NET_POSIX_INIT;
  for (int i = 0; i < 16; i++) {
    unsigned k = 0, opc = 0;
    if (sscanf(argv[1] + 2 * i, "%2x", &k) != 1 || sscanf(argv[2] + 2 * i, "%2x", &opc) != 1)
      return IMSTLS_ERR_USAGE;
    p->card.card.k[i] = (uint8_t)k;
    p->card.card.opc[i] = (uint8_t)opc;
  }
  int error = imstls_mbedtls_new(&p->tls, NULL);
  if (error)
    return error;
  config.identity.impi = p->impi;
  config.identity.impu = p->impu;
  config.identity.home_domain = shared[0];
  config.network.pcscf = shared[1];
  config.network.tls_port = (uint16_t)strtol(shared[2], NULL, 10);
  if (strcmp(shared[5], "psk") == 0) {
    config.policy.flow = IMSTLS_FLOW_AGREE_FIRST;
    config.policy.psk = IMSTLS_PSK_ONLY;
  }
  config.timers.return_ms = 1;
  config.timers.backoff_base_ms = 400;
  config.timers.backoff_max_ms = 400;
  config.ports.usim = imstls_usim_soft(&p->card);
  config.ports.net = imstls_net_posix(&p->net);
  config.ports.tls = imstls_mbedtls_tls(p->tls);
  config.ports.random = imstls_mbedtls_random;
  config.ports.random_user = p->tls;
  config.ports.now_ms = imstls_net_posix_now_ms;
  config.callbacks = (imstls_config_callbacks){ .size = sizeof config.callbacks, .user = p, .on_event = on_event };
  config.callbacks.on_message = on_message;
  error = imstls_client_new(&p->client, &config);
  return error ? error : imstls_client_register(p->client);
}

static void send_one(phone *p)
{
  char text[800], body[12];
  uint32_t n = p->next;
  snprintf(body, sizeof body, "%u", (unsigned)n);
  int len = snprintf(text, sizeof text,
                     "MESSAGE sip:%s SIP/2.0\r\nVia: SIP/2.0/TCP 127.0.0.1:5070;branch=z9hG4bK%s\r\n"
                     "From: <%s>;tag=1\r\nTo: <sip:%s>\r\nCall-ID: %c%s\r\nCSeq: 1 MESSAGE\r\nMax-Forwards: 70\r\n"
                     "Content-Type: text/plain\r\nContent-Length: %zu\r\n\r\n%s",
                     p->other, body, p->impu, p->other, p->letter, body, strlen(body), body);
  if (imstls_client_send_stamped(p->client, text, (size_t)len) != IMSTLS_OK) {
    p->refused++;
    return;
  }
  p->fate[n] |= ACCEPTED;
  p->next++;
}

static void wait_for_both(int64_t until)
{
  struct pollfd fds[16];
  nfds_t count = 0;
  int64_t wait = until - (int64_t)imstls_net_posix_now_ms(NULL);
  for (int i = 0; i < 2; i++) {
    imstls_wait waits[8];
    size_t n = imstls_client_waits(phones[i].client, waits, 8);
    int64_t ms = imstls_client_timeout_ms(phones[i].client);
    wait = ms >= 0 && ms < wait ? ms : wait;
    for (size_t k = 0; k < n; k++) {
      int events =
          (waits[k].events & IMSTLS_WAIT_READ ? POLLIN : 0) | (waits[k].events & IMSTLS_WAIT_WRITE ? POLLOUT : 0);
      fds[count++] = (struct pollfd){ .fd = (int)waits[k].socket, .events = (short)events };
    }
  }
  (void)poll(fds, count, wait > 0 ? (int)wait : 0);
}

/* A registration is refreshed, or its network changes; one at a time, and not before the last time is over. */
static bool disturb(uint32_t turn, bool moves)
{
  phone *p = &phones[turn % 2];
  if (imstls_client_state(p->client) != IMSTLS_STATE_REGISTERED)
    return false;
  int error = moves && turn % 4 >= 2 ? imstls_client_network_changed(p->client) : imstls_client_refresh(p->client);
  return error == IMSTLS_OK;
}

static void note_disturbed(phone *p)
{
  for (uint32_t n = 1; n < p->next; n++)
    if (p->fate[n] == ACCEPTED)
      p->fate[n] |= DISTURBED;
}

static bool is_known(const phone *p)
{
  for (uint32_t n = 1; n < p->next; n++)
    if (p->fate[n] == ACCEPTED)
      return false;
  return imstls_client_state(p->client) == IMSTLS_STATE_REGISTERED;
}

/* Until each has sent so many and all turns were taken; then until the fate of each message is known, or was not for a
 * while. */
static void run(uint32_t messages, uint32_t refreshes, bool moves)
{
  int64_t now = (int64_t)imstls_net_posix_now_ms(NULL), tick = now, end = INT64_MAX;
  uint32_t turn = 0, turns = 2 * refreshes;
  bool half = false;
  while (now < end && !(end != INT64_MAX && is_known(&phones[0]) && is_known(&phones[1]))) {
    for (int i = 0; i < 2; i++)
      phones[i].error = imstls_client_step(phones[i].client);
    for (int i = 0; i < 2; i++)
      if (!imstls_client_can_send(phones[i].client))
        note_disturbed(&phones[!i]);
    now = (int64_t)imstls_net_posix_now_ms(NULL);
    uint32_t sent = phones[0].next < phones[1].next ? phones[0].next : phones[1].next;
    bool sends = sent <= messages || turn < turns;
    if (sends && now >= tick) {
      tick = now + PERIOD_MS;
      send_one(&phones[0]);
      send_one(&phones[1]);
    }
    if (!half && sent > messages / 2) {
      half = true;
      puts("half");
      (void)fflush(stdout);
    }
    if (turn < turns && sent > turn * messages / turns)
      turn += disturb(turn, moves);
    if (!sends && end == INT64_MAX)
      end = now + DRAIN_MS;
    wait_for_both(sends ? tick : now + PERIOD_MS);
  }
}

/* Accepted, and neither answered nor told. */
static void report(const phone *p)
{
  uint32_t counts[4] = { 0 }, missing = 0, twice = 0;
  for (uint32_t n = 0; n < NUMBERS; n++) {
    uint8_t fate = p->fate[n];
    twice += p->seen[n] > 1;
    if (!(fate & ACCEPTED))
      continue;
    for (int k = 0; k < 4; k++)
      counts[k] += (fate >> k) & 1;
    missing += fate == ACCEPTED;
  }
  printf("{\"accepted\":%u,\"answered\":%u,\"unsent\":%u,\"unanswered\":%u,\"missing\":%u,\"twice\":%u,\"refused\":%u,"
         "\"registered\":%u,\"refreshed\":%u,\"lost\":%u,\"flows\":%u,\"error\":\"%s\"}\n",
         counts[0], counts[1], counts[2], counts[3], missing, twice, p->refused, p->registered, p->refreshed, p->lost,
         p->flows, imstls_error_name(p->error));
}

int main(int argc, char **argv)
{
  if (argc != 13)
    return 2;
  for (int i = 0; i < 2; i++) {
    phones[i].other = argv[1 + 3 * !i];
    phones[i].letter = (char)('a' + i);
    phones[i].next = 1;
    int error = open_phone(&phones[i], argv + 1 + 3 * i, argv + 7);
    if (error) {
      fprintf(stderr, "load: %s\n", imstls_error_text(error));
      return 1;
    }
  }
  run((uint32_t)strtol(argv[10], NULL, 10), (uint32_t)strtol(argv[11], NULL, 10), strcmp(argv[12], "moves") == 0);
  for (int i = 0; i < 2; i++) {
    report(&phones[i]);
    imstls_client_free(phones[i].client);
    imstls_mbedtls_free(phones[i].tls);
  }
  return 0;
}
