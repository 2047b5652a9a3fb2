/* SPDX-License-Identifier: Apache-2.0 */
/* The part for PC/SC readers over functions of winscard.h that are ours: in the order of the calls stands who has the
 * card. The real pcscd: test/interop/usim.sh. */
#include <check.h>
#include <string.h>

#include <imstls/pcsc.h>

#include "card_sim.h"
#include "without_std.h"

Suite *usim_pcsc_suite(void);

#if !defined(IMSTLS_WITH_PCSC)

START_TEST(not_built_in)
{
  imstls_usim_pcsc *part = NULL;
  ck_assert_int_eq(imstls_usim_pcsc_open(&part, NULL), IMSTLS_ERR_UNSUPPORTED);
  ck_assert_ptr_null(part);
}
END_TEST

Suite *usim_pcsc_suite(void)
{
  Suite *suite = suite_create("usim_pcsc");
  TCase *tc = tcase_create("absent");
  tcase_add_test(tc, not_built_in);
  suite_add_tcase(suite, tc);
  return suite;
}

#else

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>

#include <winscard.h>

#include "vectors.h"

/* ---- pcsc-lite ---- */

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static card_sim sim;
static char calls[256]; /* B begin, E end, q the question for the tries, p a PIN, c any other command, R
                           reconnect, D disconnect and reset */
static char reset_at;   /* this call says that the card was reset, once */
static bool reset_told; /* after the card has seen the command */

static void note(char call)
{
  size_t len = strlen(calls);
  if (len + 1 < sizeof calls)
    calls[len] = call;
}

/* A call, in the part's thread. */
static LONG called(char call)
{
  pthread_mutex_lock(&lock);
  note(call);
  bool reset = reset_at == call;
  if (reset) {
    reset_at = 0;
    if (!reset_told)
      sim_reset(&sim);
  }
  pthread_mutex_unlock(&lock);
  return reset ? SCARD_W_RESET_CARD : SCARD_S_SUCCESS;
}

static atomic_bool second_passed; /* the part waits for a command no longer */

/* In place of the system's: no test waits for a second. */
int pthread_cond_timedwait(pthread_cond_t *wake, pthread_mutex_t *held, const struct timespec *until)
{
  (void)until;
  return second_passed ? ETIMEDOUT : pthread_cond_wait(wake, held);
}

static pthread_t started;

/* In place of the system's: the part lets its thread go, a test waits for its end. */
int pthread_detach(pthread_t thread)
{
  started = thread;
  return 0;
}

LONG SCardEstablishContext(DWORD scope, LPCVOID reserved1, LPCVOID reserved2, LPSCARDCONTEXT context)
{
  (void)scope, (void)reserved1, (void)reserved2;
  *context = 1;
  return SCARD_S_SUCCESS;
}

LONG SCardReleaseContext(SCARDCONTEXT context)
{
  (void)context;
  return SCARD_S_SUCCESS;
}

LONG SCardListReaders(SCARDCONTEXT context, LPCSTR groups, LPSTR readers, LPDWORD len)
{
  (void)context, (void)groups;
  memcpy(readers, "Reader\0", 8);
  *len = 8;
  return SCARD_S_SUCCESS;
}

LONG SCardConnect(SCARDCONTEXT context, LPCSTR reader, DWORD mode, DWORD wanted, LPSCARDHANDLE handle, LPDWORD protocol)
{
  (void)context, (void)reader, (void)mode, (void)wanted;
  *handle = 1;
  *protocol = SCARD_PROTOCOL_T1;
  return SCARD_S_SUCCESS;
}

LONG SCardReconnect(SCARDHANDLE handle, DWORD mode, DWORD wanted, DWORD how, LPDWORD protocol)
{
  (void)handle, (void)mode, (void)wanted, (void)how;
  *protocol = SCARD_PROTOCOL_T1;
  return called('R');
}

LONG SCardDisconnect(SCARDHANDLE handle, DWORD how)
{
  (void)handle;
  return how == SCARD_RESET_CARD ? called('D') : SCARD_E_INVALID_VALUE;
}

LONG SCardBeginTransaction(SCARDHANDLE handle)
{
  (void)handle;
  return called('B');
}

LONG SCardEndTransaction(SCARDHANDLE handle, DWORD how)
{
  (void)handle;
  return how == SCARD_LEAVE_CARD ? called('E') : SCARD_E_INVALID_VALUE;
}

LONG SCardTransmit(SCARDHANDLE handle, const SCARD_IO_REQUEST *how, LPCBYTE command, DWORD len, SCARD_IO_REQUEST *got,
                   LPBYTE response, LPDWORD response_len)
{
  (void)handle, (void)how, (void)got;
  bool verify = command[1] == 0x20;
  LONG r = called(!verify ? 'c' : len == 4 ? 'q' : 'p');
  if (r != SCARD_S_SUCCESS && !reset_told)
    return r;
  sim_command(&sim, command, len);
  memcpy(response, sim.answer, sim.answer_len);
  *response_len = sim.answer_len;
  if (r != SCARD_S_SUCCESS)
    sim_reset(&sim);
  return r;
}

/* ---- */

static imstls_usim_pcsc *part;
static imstls_usim_card card;
static bool ended;
static int ended_with;

static void on_ready(void *user, int error)
{
  (void)user;
  ended = true;
  ended_with = error;
}

static void setup(void)
{
  sim_init(&sim);
  sim.pin_on = true;
  memset(calls, 0, sizeof calls);
  card = (imstls_usim_card)IMSTLS_USIM_CARD_INIT;
  reset_at = 0;
  reset_told = false;
  second_passed = false;
  card.ready = on_ready;
  ck_assert_int_eq(imstls_usim_pcsc_open(&part, NULL), IMSTLS_OK);
  ck_assert_int_eq(imstls_usim_pcsc_attach(part, &card), IMSTLS_OK);
  ck_assert_ptr_nonnull(imstls_usim_apdu(&card));
}

static void close_and_wait(imstls_usim_pcsc *which)
{
  imstls_usim_pcsc_close(which);
  ck_assert_int_eq(pthread_join(started, NULL), 0);
}

static void teardown(void) { close_and_wait(part); }

static int read_card(void)
{
  ended = false;
  ck_assert_int_eq(imstls_usim_card_read(&card), IMSTLS_PENDING);
  while (!ended) {
    struct pollfd fd = { .fd = imstls_usim_pcsc_fd(part), .events = POLLIN };
    ck_assert_int_eq(poll(&fd, 1, 20000), 1);
    (void)imstls_usim_pcsc_process(part);
  }
  return ended_with;
}

/* Whether these calls stand there, one right after the other. */
static bool were_called(const char *in_a_row)
{
  pthread_mutex_lock(&lock);
  bool found = strstr(calls, in_a_row) != NULL;
  pthread_mutex_unlock(&lock);
  return found;
}

static int pins_sent(void)
{
  int n = 0;
  for (const char *c = calls; *c != 0; c++)
    n += *c == 'p';
  return n;
}

START_TEST(held_for_the_pin)
{
  strcpy(card.pin, _i == 0 ? "1234" : "9876");
  ck_assert_int_eq(read_card(), _i == 0 ? IMSTLS_OK : IMSTLS_ERR_USIM_PIN);
  ck_assert_msg(were_called("cBqpE"), "%s", calls);
  ck_assert_int_eq(pins_sent(), 1);
}
END_TEST

/* No command comes after the question: the card is let go all the same. */
START_TEST(let_go)
{
  second_passed = true;
  ck_assert_int_eq(read_card(), IMSTLS_ERR_USIM_PIN);
  ck_assert(were_called("cBq"));
  for (int i = 0; i < 1000 && !were_called("cBqE"); i++)
    poll(NULL, 0, 20);
  ck_assert_msg(were_called("cBqE"), "%s", calls);
  second_passed = false;
  strcpy(card.pin, "1234");
  ck_assert_int_eq(read_card(), IMSTLS_OK);
  ck_assert_msg(were_called("cBqpE"), "%s", calls);
}
END_TEST

/* Another command than the PIN comes after it. */
START_TEST(nothing_to_show)
{
  sim.verified = true;
  ck_assert_int_eq(read_card(), IMSTLS_OK);
  ck_assert_msg(were_called("cBqcE"), "%s", calls);
}
END_TEST

static void transmit(const char *command, size_t len)
{
  uint8_t answer[258];
  size_t got = 0;
  struct pollfd fd = { .fd = imstls_usim_pcsc_fd(part), .events = POLLIN };
  int r = card.apdu.transmit(card.apdu.user, (const uint8_t *)command, len, answer, sizeof answer, &got);
  ck_assert_int_eq(r, IMSTLS_PENDING);
  ck_assert_int_eq(poll(&fd, 1, 20000), 1);
  ck_assert_int_eq(imstls_usim_pcsc_process(part), IMSTLS_OK);
}

/* Held once, however often it is asked: pcsc-lite counts. */
START_TEST(asked_twice)
{
  transmit("\x00\x20\x00\x01", 4);
  transmit("\x00\x20\x00\x01", 4);
  transmit("\x00\xa4\x00\x04\x02\x3f\x00\x00", 8);
  ck_assert_str_eq(calls, "BqqcE");
}
END_TEST

/* Others reset the card. Before it is held that costs nothing; afterwards only a reader that resets by itself can, and
 * then the PIN is not sent again, whether the card has seen it or not. */
START_TEST(reset_by_others)
{
  static const struct {
    char at;
    bool told;
    int error, pins;
    const char *calls;
  } t[] = {
    { 'B', false, IMSTLS_OK, 1, "cBRc" },
    { 'q', false, IMSTLS_OK, 1, "cBqERc" },
    { 'p', false, IMSTLS_ERR_USIM_PIN, 1, "cBqpERc" },
    { 'p', true, IMSTLS_ERR_USIM_PIN, 1, "cBqpERc" },
  };
  reset_at = t[_i].at;
  reset_told = t[_i].told;
  strcpy(card.pin, "1234");
  ck_assert_int_eq(read_card(), t[_i].error);
  ck_assert_msg(were_called(t[_i].calls), "%s", calls);
  ck_assert_int_eq(pins_sent(), t[_i].pins);
}
END_TEST

/* Closed is reset: a program that ends now leaves no shown PIN behind. */
START_TEST(reset_when_closed)
{
  strcpy(card.pin, "1234");
  ck_assert_int_eq(read_card(), IMSTLS_OK);
  imstls_usim_pcsc *other = NULL;
  pthread_t first = started;
  imstls_usim_pcsc_close(part);
  ck_assert_msg(were_called("D"), "%s", calls);
  ck_assert_int_eq(pthread_join(first, NULL), 0);
  ck_assert_int_eq(imstls_usim_pcsc_open(&other, NULL), IMSTLS_OK);
  part = other;
}
END_TEST

START_TEST(smaller_card)
{
  imstls_usim_card smaller = IMSTLS_USIM_CARD_INIT;
  smaller.size--;
  ck_assert_int_eq(imstls_usim_pcsc_attach(part, &smaller), IMSTLS_ERR_USAGE);
  ck_assert(!smaller.apdu.transmit);
  ck_assert_int_eq(imstls_usim_pcsc_attach(part, NULL), IMSTLS_ERR_USAGE);
  ck_assert_int_eq(imstls_usim_pcsc_attach(NULL, &card), IMSTLS_ERR_USAGE);
}
END_TEST

static bool pipe_is_fresh(void)
{
  imstls_usim_pcsc *other = NULL;
  if (imstls_usim_pcsc_open(&other, NULL) != IMSTLS_OK)
    return false;
  bool good = moved_up(imstls_usim_pcsc_fd(other));
  imstls_usim_pcsc_close(other);
  return pthread_join(started, NULL) == 0 && good;
}

START_TEST(not_standard_output) { ck_assert_int_eq(without_std((unsigned)_i, pipe_is_fresh), 0); }
END_TEST

Suite *usim_pcsc_suite(void)
{
  Suite *suite = suite_create("usim_pcsc");
  TCase *tc = tcase_create("ours");
  tcase_set_timeout(tc, 60);
  tcase_add_checked_fixture(tc, setup, teardown);
  tcase_add_loop_test(tc, held_for_the_pin, 0, 2);
  tcase_add_test(tc, let_go);
  tcase_add_test(tc, nothing_to_show);
  tcase_add_test(tc, asked_twice);
  tcase_add_loop_test(tc, reset_by_others, 0, 4);
  tcase_add_test(tc, reset_when_closed);
  tcase_add_test(tc, smaller_card);
  suite_add_tcase(suite, tc);
  TCase *without = tcase_create("descriptors");
  tcase_add_loop_test(without, not_standard_output, 1, 8);
  suite_add_tcase(suite, without);
  return suite;
}

#endif
