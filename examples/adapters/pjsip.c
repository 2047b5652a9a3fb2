/* SPDX-License-Identifier: Apache-2.0 */
/* PJSIP's pjsua on IMS: `pjsip IMPI DOMAIN K OPC PCSCF[:PORT]`. It takes every call, shows every MESSAGE, and calls
 * whoever writes "call". SIGINT or SIGTERM deregisters. */
#include <poll.h>
#include <stdio.h>

#include <pjsua-lib/pjsua.h>

#include "bridge.h"

static struct {
  struct bridge bridge;
  pjsua_acc_id account;
  struct pollfd watched[BRIDGE_WAITS + 1]; /* the last one: the bridge's socket */
} app;

static void interrupt(int signal_number)
{
  (void)signal_number;
  app.bridge.wants_end = 1;
}

/* ---- what the stack tells ---- */

static void on_text(pjsua_call_id call, const pj_str_t *from, const pj_str_t *to, const pj_str_t *contact,
                    const pj_str_t *type, const pj_str_t *body)
{
  pj_str_t uri = *from;
  (void)call, (void)to, (void)contact, (void)type;
  if (bridge_show(body->ptr, (size_t)body->slen)) /* answered 200 by pjsua */
    (void)pjsua_call_make_call(app.account, &uri, NULL, NULL, NULL, NULL);
}

static void on_call(pjsua_acc_id account, pjsua_call_id call, pjsip_rx_data *data)
{
  (void)account, (void)data;
  puts("call");
  (void)pjsua_call_answer(call, 200, NULL, NULL);
}

static void on_state(pjsua_call_id call, pjsip_event *event)
{
  pjsua_call_info info;
  (void)event;
  if (pjsua_call_get_info(call, &info) != PJ_SUCCESS)
    return;
  bool ours = info.role == PJSIP_ROLE_UAC;
  if (info.state == PJSIP_INV_STATE_CONFIRMED && ours) {
    printf("called: %d\n", info.last_status);
    (void)pjsua_call_hangup(call, 0, NULL, NULL);
  } else if (info.state == PJSIP_INV_STATE_DISCONNECTED)
    puts(ours ? "hung up" : "bye");
}

static bool begin_stack(void)
{
  pjsua_config stack;
  pjsua_logging_config log;
  pjsua_transport_config transport;
  if (pjsua_create() != PJ_SUCCESS)
    return false;
  pjsua_config_default(&stack);
  pjsua_logging_config_default(&log);
  pjsua_transport_config_default(&transport);
  stack.cb.on_pager = on_text;
  stack.cb.on_incoming_call = on_call;
  stack.cb.on_call_state = on_state;
  stack.thread_cnt = 0; /* its callbacks run in pjsua_handle_events, like ours */
  log.console_level = log.level = 1;
  transport.port = ntohs(app.bridge.to.sin_port);
  transport.bound_addr = transport.public_addr = pj_str("127.0.0.1");
  return pjsua_init(&stack, &log, NULL) == PJ_SUCCESS &&
         pjsua_transport_create(PJSIP_TRANSPORT_UDP, &transport, NULL) == PJ_SUCCESS;
}

/* No sound device: what is said goes nowhere. */
static bool open_stack(void)
{
  pjsua_acc_config account;
  char id[320], proxy[64];
  if (!begin_stack())
    return false;
  pjsua_acc_config_default(&account); /* takes from what pjsua_init was told */
  snprintf(id, sizeof id, "<%s>", app.bridge.account.impu);
  snprintf(proxy, sizeof proxy, "<%s;lr>", app.bridge.proxy_uri);
  account.id = pj_str(id);
  account.proxy[account.proxy_cnt++] = pj_str(proxy);
  return pjsua_start() == PJ_SUCCESS && pjsua_set_null_snd_dev() == PJ_SUCCESS &&
         pjsua_acc_add(&account, PJ_TRUE, &app.account) == PJ_SUCCESS;
}

/* ---- the loop ---- */

static void add(size_t slot, int fd, bool read, bool write)
{
  app.watched[slot].fd = fd;
  app.watched[slot].events = (short)((read ? POLLIN : 0) | (write ? POLLOUT : 0));
}

static void drop(size_t slot, int fd) { (void)fd, app.watched[slot].fd = -1; }

/* pjsua waits in its own ioqueue, which takes no descriptor to be watched: two waits by turns, a short one each. */
static void turn(int ms)
{
  enum { TURN_MS = 10 };
  (void)poll(app.watched, BRIDGE_WAITS + 1, ms < TURN_MS ? ms : TURN_MS);
  if (app.watched[BRIDGE_WAITS].revents)
    bridge_read(&app.bridge);
  (void)pjsua_handle_events(TURN_MS);
}

int main(int argc, char **argv)
{
  static const struct bridge_loop loop = { add, drop };
  int ms, status = bridge_open(&app.bridge, argc, argv);
  if (status)
    return status;
  struct sigaction action = { .sa_handler = interrupt };
  for (size_t i = 0; i < BRIDGE_WAITS; i++)
    app.watched[i].fd = -1;
  add(BRIDGE_WAITS, app.bridge.fd, true, false);
  bool is_open = open_stack();
  sigaction(SIGINT, &action, NULL);
  sigaction(SIGTERM, &action, NULL);
  while (is_open && (ms = bridge_step(&app.bridge, &loop)) >= 0)
    turn(ms);
  (void)pjsua_destroy();
  return bridge_close(&app.bridge);
}
