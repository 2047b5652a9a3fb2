/* SPDX-License-Identifier: Apache-2.0 */
/* A card in a PC/SC reader. SCardTransmit returns when the card has answered, which may take half a second, and the
 * library never blocks. So this part owns one thread, which does nothing but call PC/SC: it takes a command from the
 * shared block, puts the answer there and writes an octet into a pipe. Callbacks run in the application's thread, from
 * imstls_usim_pcsc_process. Closing waits until the thread has reset the card; where a call hangs, the thread keeps the
 * block and frees it. */
#include <imstls/error.h>
#include <imstls/pcsc.h>

#if !defined(IMSTLS_WITH_PCSC)

int imstls_usim_pcsc_open(imstls_usim_pcsc **out, const char *reader)
{
  (void)reader;
  return out == NULL ? IMSTLS_ERR_USAGE : IMSTLS_ERR_UNSUPPORTED;
}

int imstls_usim_pcsc_attach(imstls_usim_pcsc *pcsc, imstls_usim_card *card)
{
  (void)pcsc;
  (void)card;
  return IMSTLS_ERR_UNSUPPORTED;
}

int imstls_usim_pcsc_fd(const imstls_usim_pcsc *pcsc)
{
  (void)pcsc;
  return -1;
}

int imstls_usim_pcsc_process(imstls_usim_pcsc *pcsc)
{
  (void)pcsc;
  return IMSTLS_ERR_USAGE;
}

int32_t imstls_usim_pcsc_error(const imstls_usim_pcsc *pcsc)
{
  (void)pcsc;
  return 0;
}

void imstls_usim_pcsc_close(imstls_usim_pcsc *pcsc) { (void)pcsc; }

#else

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include <winscard.h>

#include "base/base.h"
#include "port/posix/descriptor.h"

enum {
  POWER_WAITS = 10,
  HOLD_S = 1,
  END_S = 1,
  COMMAND_MAX = 262,
  RESPONSE_MAX = 258,
  NAMES_MAX = 2048,
  NAME_MAX_LEN = 128
};
enum { NOTHING = 0, ASKED, ANSWERED };

struct imstls_usim_pcsc {
  pthread_mutex_t lock;
  pthread_cond_t wake;
  /* under the lock */
  int state;
  bool closing, ended; /* asked of the thread, and done by it */
  bool left;           /* the block is the thread's to free */
  int error;
  LONG pcsc_error;
  size_t command_len, response_len;
  uint8_t command[COMMAND_MAX], response[RESPONSE_MAX];
  int pipe_write;
  /* the thread's own */
  char reader[NAME_MAX_LEN];
  SCARDCONTEXT context;
  SCARDHANDLE handle;
  DWORD protocol;
  bool have_context, have_card, was_connected, held;
  /* the application's own */
  imstls_usim_card *card;
  uint8_t *to;
  size_t to_cap;
  int pipe_read;
};

/* ---- in the thread ---- */

static int meaning(LONG code)
{
  switch (code) {
  case SCARD_E_NO_SMARTCARD:
  case SCARD_W_REMOVED_CARD:
  case SCARD_W_UNPOWERED_CARD:
  case SCARD_W_UNRESPONSIVE_CARD: return IMSTLS_ERR_USIM;
  default: return IMSTLS_ERR_USIM_IO;
  }
}

static LONG connect_reader(imstls_usim_pcsc *p, const char *name)
{
  LONG code = SCardConnect(p->context, name, SCARD_SHARE_SHARED, SCARD_PROTOCOL_T0 | SCARD_PROTOCOL_T1, &p->handle,
                           &p->protocol);
  p->have_card = code == SCARD_S_SUCCESS;
  return code;
}

/* The first reader whose name begins as asked and that holds a card. The names stand one behind another, an empty one
 * last. */
static LONG connect_any(imstls_usim_pcsc *p)
{
  char names[NAMES_MAX];
  DWORD len = sizeof names;
  LONG code = SCardListReaders(p->context, NULL, names, &len);
  if (code != SCARD_S_SUCCESS)
    return code;
  LONG last = SCARD_E_UNKNOWN_READER;
  size_t wanted = strlen(p->reader);
  for (size_t at = 0; at < len && names[at] != 0; at += strnlen(names + at, len - at) + 1) {
    if (memchr(names + at, 0, len - at) == NULL)
      break;
    if (strncmp(names + at, p->reader, wanted) != 0)
      continue;
    last = connect_reader(p, names + at);
    if (last == SCARD_S_SUCCESS)
      break;
  }
  return last;
}

static LONG reconnect(imstls_usim_pcsc *p)
{
  return SCardReconnect(p->handle, SCARD_SHARE_SHARED, SCARD_PROTOCOL_T0 | SCARD_PROTOCOL_T1, SCARD_LEAVE_CARD,
                        &p->protocol);
}

/* While the card is powered anew because others left, pcscd has no ATR to read its protocol from: that passes. */
static LONG once_powered(imstls_usim_pcsc *p, LONG (*connect)(imstls_usim_pcsc *))
{
  LONG code = connect(p);
  for (int i = 0; i < POWER_WAITS && code == SCARD_E_PROTO_MISMATCH; i++) {
    (void)nanosleep(&(struct timespec){ .tv_nsec = 100000000 }, NULL);
    code = connect(p);
  }
  return code;
}

/* From the question how many tries are left until the command behind it the card is ours alone: nobody resets it in
 * between, and nobody spends a try. Waits while others hold it. */
static LONG hold(imstls_usim_pcsc *p)
{
  LONG code = p->held ? SCARD_S_SUCCESS : SCardBeginTransaction(p->handle);
  p->held = code == SCARD_S_SUCCESS;
  return code;
}

static void let_go(imstls_usim_pcsc *p)
{
  if (p->held)
    (void)SCardEndTransaction(p->handle, SCARD_LEAVE_CARD);
  p->held = false;
}

/* VERIFY without data (ETSI TS 102 221 11.1.9). */
static bool asks_for_tries(const uint8_t *command, size_t len) { return len == 4 && command[1] == 0x20; }

static void disconnect(imstls_usim_pcsc *p, DWORD how)
{
  let_go(p);
  if (p->have_card)
    (void)SCardDisconnect(p->handle, how);
  p->have_card = false;
}

static void forget_context(imstls_usim_pcsc *p)
{
  disconnect(p, SCARD_RESET_CARD);
  if (p->have_context)
    (void)SCardReleaseContext(p->context);
  p->have_context = false;
}

/* Connects if needed. After a loss the card has forgotten the session, which the card layer must hear of before any
 * command of the old session gets through: IMSTLS_NOT_READY. */
static int ready_card(imstls_usim_pcsc *p, LONG *code)
{
  if (p->have_card)
    return IMSTLS_OK;
  if (!p->have_context) {
    *code = SCardEstablishContext(SCARD_SCOPE_SYSTEM, NULL, NULL, &p->context);
    if (*code != SCARD_S_SUCCESS)
      return IMSTLS_ERR_USIM_IO;
    p->have_context = true;
  }
  *code = once_powered(p, connect_any);
  if (*code == SCARD_E_NO_SERVICE || *code == SCARD_E_SERVICE_STOPPED || *code == SCARD_E_INVALID_HANDLE)
    forget_context(p);
  if (*code != SCARD_S_SUCCESS)
    return meaning(*code);
  bool again = p->was_connected;
  p->was_connected = true;
  return again ? IMSTLS_NOT_READY : IMSTLS_OK;
}

/* With T=0 a command goes out without the Le that follows data, and one of four octets gets P3 = 00 (ISO 7816-3
 * 12.2). */
static size_t t0_len(uint8_t *command, size_t len)
{
  if (len == 4) {
    command[4] = 0;
    return 5;
  }
  return len > 5 && len == 6u + command[4] ? len - 1 : len;
}

static LONG send_command(imstls_usim_pcsc *p, uint8_t *command, size_t len, uint8_t *response, size_t *response_len)
{
  bool t0 = p->protocol == SCARD_PROTOCOL_T0;
  if (t0)
    len = t0_len(command, len);
  DWORD got = RESPONSE_MAX;
  LONG code = SCardTransmit(p->handle, t0 ? SCARD_PCI_T0 : SCARD_PCI_T1, command, len, NULL, response, &got);
  if (code == SCARD_S_SUCCESS)
    *response_len = got;
  return code;
}

static int exchange(imstls_usim_pcsc *p, uint8_t *command, size_t len, uint8_t *response, size_t *response_len,
                    LONG *code)
{
  int error = ready_card(p, code);
  if (error != IMSTLS_OK)
    return error;
  bool question = asks_for_tries(command, len);
  *code = question ? hold(p) : SCARD_S_SUCCESS;
  if (*code == SCARD_S_SUCCESS)
    *code = send_command(p, command, len, response, response_len);
  if (!question || *code != SCARD_S_SUCCESS)
    let_go(p);
  if (*code == SCARD_S_SUCCESS)
    return IMSTLS_OK;
  bool reset = *code == SCARD_W_RESET_CARD || *code == SCARD_E_PROTO_MISMATCH; /* the latter while it is under way */
  if (reset)
    *code = once_powered(p, reconnect);
  if (reset && *code == SCARD_S_SUCCESS)
    return IMSTLS_NOT_READY;
  error = meaning(*code);
  disconnect(p, SCARD_RESET_CARD);
  return error;
}

static void block_free(imstls_usim_pcsc *p)
{
  pthread_mutex_destroy(&p->lock);
  pthread_cond_destroy(&p->wake);
  close(p->pipe_write);
  imstls_wipe(p, sizeof *p);
  free(p);
}

/* On a clock that nobody sets. */
static struct timespec seconds_from_now(int seconds)
{
  struct timespec end;
  (void)clock_gettime(CLOCK_MONOTONIC, &end);
  end.tv_sec += seconds;
  return end;
}

/* Others wait for a card that is held, so it is let go when no command follows. */
static void wait_for_command(imstls_usim_pcsc *p)
{
  if (!p->held) {
    pthread_cond_wait(&p->wake, &p->lock);
    return;
  }
  struct timespec end = seconds_from_now(HOLD_S);
  int code = pthread_cond_timedwait(&p->wake, &p->lock, &end);
  if (code != ETIMEDOUT || p->state == ASKED)
    return;
  pthread_mutex_unlock(&p->lock);
  let_go(p);
  pthread_mutex_lock(&p->lock);
}

static void *work(void *arg)
{
  imstls_usim_pcsc *p = arg;
  uint8_t command[COMMAND_MAX];
  uint8_t response[RESPONSE_MAX];
  pthread_mutex_lock(&p->lock);
  while (!p->closing) {
    if (p->state != ASKED) {
      wait_for_command(p);
      continue;
    }
    size_t len = p->command_len;
    size_t response_len = 0;
    LONG code = SCARD_S_SUCCESS;
    memcpy(command, p->command, len);
    imstls_wipe(p->command, sizeof p->command);
    pthread_mutex_unlock(&p->lock);
    int error = exchange(p, command, len, response, &response_len, &code);
    imstls_wipe(command, sizeof command);
    pthread_mutex_lock(&p->lock);
    p->error = error;
    p->pcsc_error = code;
    p->response_len = response_len;
    memcpy(p->response, response, response_len);
    imstls_wipe(response, sizeof response);
    p->state = ANSWERED;
    (void)!write(p->pipe_write, "", 1); /* an empty pipe has room; the reading end may be gone */
  }
  pthread_mutex_unlock(&p->lock);
  forget_context(p);
  pthread_mutex_lock(&p->lock);
  p->ended = true;
  bool ours = p->left;
  pthread_cond_broadcast(&p->wake);
  pthread_mutex_unlock(&p->lock);
  if (ours)
    block_free(p);
  return NULL;
}

/* ---- in the application's thread ---- */

static bool make_pipe(int ends[2])
{
  if (pipe(ends) != 0)
    return false;
  for (int i = 0; i < 2; i++) {
    ends[i] = imstls_i_fd_move_up(ends[i]);
    if (ends[i] < 0)
      continue;
    (void)fcntl(ends[i], F_SETFL, O_NONBLOCK);
    (void)fcntl(ends[i], F_SETFD, FD_CLOEXEC);
  }
  if (ends[0] >= 0 && ends[1] >= 0)
    return true;
  if (ends[0] >= 0)
    close(ends[0]);
  if (ends[1] >= 0)
    close(ends[1]);
  return false;
}

/* The thread handles no signals: they belong to the application, and SIGPIPE of a closed pipe to nobody. */
static bool start_thread(imstls_usim_pcsc *p)
{
  pthread_t thread;
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  if (pthread_sigmask(SIG_SETMASK, &all, &before) != 0)
    return false;
  int code = pthread_create(&thread, NULL, work, p);
  (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
  if (code == 0)
    (void)pthread_detach(thread);
  return code == 0;
}

/* The times of the condition are those of a clock that nobody sets. */
static void make_wake(pthread_cond_t *wake)
{
  pthread_condattr_t how;
  (void)pthread_condattr_init(&how);
  (void)pthread_condattr_setclock(&how, CLOCK_MONOTONIC);
  (void)pthread_cond_init(wake, &how);
  (void)pthread_condattr_destroy(&how);
}

int imstls_usim_pcsc_open(imstls_usim_pcsc **out, const char *reader)
{
  int ends[2];
  if (!out || (reader && strlen(reader) >= NAME_MAX_LEN))
    return IMSTLS_ERR_USAGE;
  imstls_usim_pcsc *p = calloc(1, sizeof *p);
  if (!p)
    return IMSTLS_ERR_MEMORY;
  if (!make_pipe(ends)) {
    free(p);
    return IMSTLS_ERR_USIM_IO;
  }
  p->pipe_read = ends[0];
  p->pipe_write = ends[1];
  if (reader)
    memcpy(p->reader, reader, strlen(reader) + 1);
  pthread_mutex_init(&p->lock, NULL);
  make_wake(&p->wake);
  if (!start_thread(p)) {
    close(p->pipe_read);
    block_free(p);
    return IMSTLS_ERR_USIM_IO;
  }
  *out = p;
  return IMSTLS_OK;
}

static int transmit(void *user, const uint8_t *command, size_t len, uint8_t *response, size_t cap, size_t *response_len)
{
  imstls_usim_pcsc *p = user;
  (void)response_len; /* always pending */
  if (len < 4 || len >= sizeof p->command)
    return IMSTLS_ERR_USIM_IO;
  pthread_mutex_lock(&p->lock);
  bool free_now = p->state == NOTHING;
  if (free_now) {
    memcpy(p->command, command, len);
    p->command_len = len;
    p->state = ASKED;
    p->to = response;
    p->to_cap = cap;
    pthread_cond_signal(&p->wake);
  }
  pthread_mutex_unlock(&p->lock);
  return free_now ? IMSTLS_PENDING : IMSTLS_ERR_USIM_IO;
}

int imstls_usim_pcsc_attach(imstls_usim_pcsc *pcsc, imstls_usim_card *card)
{
  if (!pcsc || !card || card->size < sizeof *card)
    return IMSTLS_ERR_USAGE;
  pcsc->card = card;
  card->apdu = (imstls_apdu){ sizeof card->apdu, pcsc, transmit, NULL, NULL };
  return IMSTLS_OK;
}

int imstls_usim_pcsc_fd(const imstls_usim_pcsc *pcsc) { return pcsc == NULL ? -1 : pcsc->pipe_read; }

int imstls_usim_pcsc_process(imstls_usim_pcsc *pcsc)
{
  char drain[8];
  if (!pcsc || !pcsc->card)
    return IMSTLS_ERR_USAGE;
  while (read(pcsc->pipe_read, drain, sizeof drain) > 0)
    continue;
  pthread_mutex_lock(&pcsc->lock);
  bool answered = pcsc->state == ANSWERED;
  int error = pcsc->error;
  size_t len = pcsc->response_len;
  if (answered) {
    pcsc->state = NOTHING;
    if (error == IMSTLS_OK && len > pcsc->to_cap)
      error = IMSTLS_ERR_USIM_IO;
    if (error == IMSTLS_OK)
      memcpy(pcsc->to, pcsc->response, len);
    imstls_wipe(pcsc->response, sizeof pcsc->response);
  }
  pthread_mutex_unlock(&pcsc->lock);
  if (!answered)
    return IMSTLS_PENDING;
  (void)imstls_usim_card_transmitted(pcsc->card, error, error == IMSTLS_OK ? len : 0);
  return IMSTLS_OK;
}

int32_t imstls_usim_pcsc_error(const imstls_usim_pcsc *pcsc)
{
  if (!pcsc)
    return 0;
  pthread_mutex_t *lock = (pthread_mutex_t *)(uintptr_t)&pcsc->lock;
  pthread_mutex_lock(lock);
  LONG code = pcsc->pcsc_error;
  pthread_mutex_unlock(lock);
  return (int32_t)(uint32_t)(unsigned long)code;
}

void imstls_usim_pcsc_close(imstls_usim_pcsc *pcsc)
{
  if (!pcsc)
    return;
  close(pcsc->pipe_read);
  pthread_mutex_lock(&pcsc->lock);
  pcsc->closing = true;
  pthread_cond_broadcast(&pcsc->wake);
  struct timespec end = seconds_from_now(END_S);
  int code = 0;
  while (!pcsc->ended && code == 0)
    code = pthread_cond_timedwait(&pcsc->wake, &pcsc->lock, &end);
  bool ended = pcsc->ended;
  pcsc->left = !ended;
  pthread_mutex_unlock(&pcsc->lock); /* the block is the thread's from here on, if it goes on */
  if (ended)
    block_free(pcsc);
}

#endif
