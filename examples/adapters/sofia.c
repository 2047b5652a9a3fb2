/* SPDX-License-Identifier: Apache-2.0 */
/* Sofia-SIP's nua on IMS: `sofia IMPI DOMAIN K OPC PCSCF[:PORT]`. It takes every call, shows every MESSAGE, and calls
 * whoever writes "call". SIGINT or SIGTERM deregisters. */
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include <sofia-sip/nua.h>
#include <sofia-sip/sip_status.h>
#include <sofia-sip/su_log.h>

#include "bridge.h"

static struct {
  struct bridge bridge;
  su_root_t *root;
  nua_t *nua;
  int watched[BRIDGE_WAITS + 1]; /* indices of su_root_register; the last: the bridge's own */
  bool is_down;
} app;

static void interrupt(int signal_number)
{
  (void)signal_number;
  app.bridge.wants_end = 1;
}

/* ---- what the stack tells ---- */

static void place_call(const char *uri)
{
  nua_handle_t *nh = nua_handle(app.nua, NULL, SIPTAG_TO_STR(uri), TAG_END());
  nua_invite(nh, SIPTAG_CONTENT_TYPE_STR("application/sdp"), SIPTAG_PAYLOAD_STR(bridge_sdp), TAG_END());
}

static void take_text(const sip_t *sip)
{
  char uri[256];
  const sip_payload_t *text = sip->sip_payload;
  snprintf(uri, sizeof uri, URL_PRINT_FORMAT, URL_PRINT_ARGS(sip->sip_from->a_url));
  if (text && bridge_show(text->pl_data, text->pl_len))
    place_call(uri);
}

static void on_stack(nua_event_t event, int status, const char *phrase, nua_t *nua, nua_magic_t *magic,
                     nua_handle_t *nh, nua_hmagic_t *hmagic, const sip_t *sip, tagi_t tags[])
{
  (void)phrase, (void)nua, (void)magic, (void)hmagic, (void)tags;
  switch (event) {
  case nua_i_message: take_text(sip); break; /* answered 200 by nua */
  case nua_i_invite:
    puts("call");
    nua_respond(nh, SIP_200_OK, SIPTAG_CONTENT_TYPE_STR("application/sdp"), SIPTAG_PAYLOAD_STR(bridge_sdp), TAG_END());
    break;
  case nua_r_invite:
    if (status < 200)
      break;
    printf("called: %d\n", status); /* nua has sent the ACK */
    if (status < 300)
      nua_bye(nh, TAG_END());
    break;
  case nua_i_bye: puts("bye"); break;
  case nua_r_bye: printf("hung up: %d\n", status); break;
  case nua_r_shutdown: app.is_down = status >= 200; break;
  default: break;
  }
}

/* ---- the loop ---- */

static int on_ready(su_root_magic_t *magic, su_wait_t *wait, su_wakeup_arg_t *arg)
{
  (void)magic, (void)wait;
  if (arg == (void *)&app.bridge)
    bridge_read(&app.bridge);
  return 0; /* the client's own sockets: its step comes next */
}

static int watch(int fd, int events, void *arg)
{
  su_wait_t wait;
  su_wait_create(&wait, fd, events);
  return su_root_register(app.root, &wait, on_ready, arg, 0);
}

static void add(size_t slot, int fd, bool read, bool write)
{
  app.watched[slot] = watch(fd, (read ? SU_WAIT_IN : 0) | (write ? SU_WAIT_OUT : 0), NULL);
}

static void drop(size_t slot, int fd)
{
  (void)fd;
  su_root_deregister(app.root, app.watched[slot]);
}

int main(int argc, char **argv)
{
  static const struct bridge_loop loop = { add, drop };
  char own[64], from[320];
  int ms, status = bridge_open(&app.bridge, argc, argv);
  if (status)
    return status;
  struct sigaction action = { .sa_handler = interrupt };
  sigaction(SIGINT, &action, NULL);
  sigaction(SIGTERM, &action, NULL);
  su_init();
  app.root = su_root_create(NULL);
  snprintf(own, sizeof own, "sip:%s;transport=udp", app.bridge.stack);
  snprintf(from, sizeof from, "<%s>", app.bridge.account.impu);
  app.nua = nua_create(app.root, on_stack, NULL, NUTAG_URL(own), NUTAG_PROXY(app.bridge.proxy_uri),
                       NUTAG_MEDIA_ENABLE(0), SIPTAG_FROM_STR(from), TAG_END());
  app.watched[BRIDGE_WAITS] = watch(app.bridge.fd, SU_WAIT_IN, &app.bridge);
  while (app.nua && (ms = bridge_step(&app.bridge, &loop)) >= 0)
    su_root_step(app.root, ms);
  nua_shutdown(app.nua);
  while (!app.is_down)
    su_root_step(app.root, 100);
  nua_destroy(app.nua);
  drop(BRIDGE_WAITS, app.bridge.fd);
  su_root_destroy(app.root);
  return bridge_close(&app.bridge);
}
