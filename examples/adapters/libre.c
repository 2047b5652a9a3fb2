/* SPDX-License-Identifier: Apache-2.0 */
/* libre (of baresip) on IMS: `libre IMPI DOMAIN K OPC PCSCF[:PORT]`. It takes every call, shows every MESSAGE, and
 * calls whoever writes "call". SIGINT or SIGTERM deregisters. */
#include <stdio.h>

#include <re.h>

#include "bridge.h"

static struct {
  struct bridge bridge;
  struct sip *sip;
  struct sip_lsnr *requests;
  struct sipsess_sock *calls;
  struct sipsess *call; /* one at a time */
  struct tmr turn, hang_up;
} app;

/* ---- what the stack tells ---- */

static int on_offer(struct mbuf **out, const struct sip_msg *msg, void *arg)
{
  (void)msg, (void)arg;
  *out = mbuf_alloc(512);
  if (!*out || mbuf_write_str(*out, bridge_sdp))
    return ENOMEM;
  mbuf_set_pos(*out, 0);
  return 0;
}

static int on_answer(const struct sip_msg *msg, void *arg) { return (void)msg, (void)arg, 0; }

/* Of a call that stands: BYE. Not from inside its own callbacks. */
static void on_hang_up(void *arg) { app.call = mem_deref(arg); }

/* `arg`: we placed it. */
static void on_established(const struct sip_msg *msg, void *arg)
{
  if (!arg)
    return;
  printf("called: %u\n", msg->scode);
  tmr_start(&app.hang_up, 0, on_hang_up, app.call);
}

static void on_closed(int err, const struct sip_msg *msg, void *arg)
{
  if (arg)
    printf("called: %u\n", msg ? msg->scode : (unsigned)err);
  else
    puts("bye");
  tmr_start(&app.hang_up, 0, on_hang_up, app.call);
}

static void on_call(const struct sip_msg *msg, void *arg)
{
  struct mbuf *answer = NULL;
  if (app.call || on_offer(&answer, msg, arg)) {
    (void)sip_treply(NULL, app.sip, msg, 486, "Busy Here");
    return;
  }
  puts("call");
  (void)sipsess_accept(&app.call, app.calls, msg, 200, "OK", "imstls", "application/sdp", answer, NULL, NULL, false,
                       on_offer, on_answer, on_established, NULL, NULL, on_closed, NULL, NULL);
  mem_deref(answer);
}

static void place_call(const char *uri)
{
  const char *route = app.bridge.proxy_uri;
  struct mbuf *offer = NULL;
  if (app.call || on_offer(&offer, NULL, NULL))
    return;
  (void)sipsess_connect(&app.call, app.calls, uri, NULL, app.bridge.account.impu, "imstls", &route, 1,
                        "application/sdp", offer, NULL, NULL, false, on_offer, on_answer, NULL, on_established, NULL,
                        NULL, on_closed, &app, NULL);
  mem_deref(offer);
}

static bool on_request(const struct sip_msg *msg, void *arg)
{
  char uri[256];
  (void)arg;
  if (pl_strcmp(&msg->met, "MESSAGE"))
    return false;
  (void)sip_treply(NULL, app.sip, msg, 200, "OK");
  if (bridge_show((char *)mbuf_buf(msg->mb), mbuf_get_left(msg->mb)) && !pl_strcpy(&msg->from.auri, uri, sizeof uri))
    place_call(uri);
  return true;
}

/* ---- the loop ---- */

static void on_ready(int flags, void *arg);

static void add(size_t slot, int fd, bool read, bool write)
{
  (void)slot;
  (void)fd_listen(fd, (read ? FD_READ : 0) | (write ? FD_WRITE : 0), on_ready, NULL);
}

static void drop(size_t slot, int fd) { (void)slot, fd_close(fd); }

static void on_turn(void *arg)
{
  static const struct bridge_loop loop = { add, drop };
  (void)arg;
  int ms = bridge_step(&app.bridge, &loop);
  if (ms < 0)
    re_cancel();
  else
    tmr_start(&app.turn, (uint64_t)ms, on_turn, NULL);
}

static void on_ready(int flags, void *arg)
{
  if (arg && (flags & FD_READ))
    bridge_read(arg);
  tmr_start(&app.turn, 0, on_turn, NULL);
}

static void on_signal(int number)
{
  app.bridge.wants_end = number;
  tmr_start(&app.turn, 0, on_turn, NULL);
}

int main(int argc, char **argv)
{
  struct sa own;
  int status = bridge_open(&app.bridge, argc, argv);
  if (status)
    return status;
  bool is_open = !libre_init() && !sa_set_str(&own, "127.0.0.1", ntohs(app.bridge.to.sin_port)) &&
                 !sip_alloc(&app.sip, NULL, 32, 32, 32, "imstls-libre", NULL, NULL) &&
                 !sip_transp_add(app.sip, SIP_TRANSP_UDP, &own) &&
                 !sipsess_listen(&app.calls, app.sip, 32, on_call, NULL) &&
                 !sip_listen(&app.requests, app.sip, true, on_request, NULL) &&
                 !fd_listen(app.bridge.fd, FD_READ, on_ready, &app.bridge);
  if (is_open) {
    on_turn(NULL);
    (void)re_main(on_signal);
  }
  mem_deref(app.call);
  mem_deref(app.requests);
  mem_deref(app.calls);
  mem_deref(app.sip);
  libre_close();
  return bridge_close(&app.bridge);
}
