/* SPDX-License-Identifier: Apache-2.0 */
/* The board of qemu's mps2-an386 (Arm DAI0386): a Cortex-M4 at 25 MHz with UARTs. UART 0 is the console. UART 1 carries
 * the octets of one TCP connection, UART 2 a modem's commands for it, a line each: "open HOST:PORT" and "close" there,
 * "up ADDRESS PORT" and "down OCTETS" back. Each connection ends with one "down", which says how many octets came on
 * it: only when all of them are taken can UART 1 carry the next.
 * UART 3 stands for the random number generator of the chip, which this board lacks: it brings octets of the host's.
 * A product brings its own, and TLS is as secure as what it gives: a counter will not do, and no seed that is the same
 * after each reset. */
#include "board.h"

#include <string.h>
#include <time.h>

#include <imstls/error.h>
#include <imstls/sip.h>

/* Arm DDI 0479, CMSDK APB UART. */
struct uart {
  volatile uint32_t data, state, control, interrupt, divider;
};
enum { FULL_OUT = 1, FULL_IN = 2 };                       /* state */
enum { ENABLE_OUT = 1, ENABLE_IN = 2, INTERRUPT_IN = 8 }; /* control */
enum { TICKS_A_MS = 25000 };

#define CONSOLE ((struct uart *)0x40004000)
#define LINK ((struct uart *)0x40005000)
#define MODEM ((struct uart *)0x40006000)
#define RANDOM ((struct uart *)0x40007000)
#define SYSTICK ((volatile uint32_t *)0xe000e010) /* control, reload, current */
#define INTERRUPTS_ON (*(volatile uint32_t *)0xe000e100)

/* What an interrupt writes and the loop reads. Sizes are powers of two. */
struct ring {
  volatile uint32_t in, out;
  uint8_t octets[BOARD_SEGMENT];
};
_Static_assert((BOARD_SEGMENT & (BOARD_SEGMENT - 1)) == 0, "counters that wrap need a power of two");

static struct ring link_in, modem_in;
static volatile uint32_t milliseconds;
static struct {
  bool open, closing, up, ended;
  uint32_t got, expected; /* octets of this connection; `expected` once it has ended */
  imstls_address local;
  char wanted[64]; /* where the next one goes; empty: nowhere */
} modem;

static void put(struct uart *uart, uint8_t octet)
{
  while (uart->state & FULL_OUT)
    ;
  uart->data = octet;
}

static void say(struct uart *uart, const char *text)
{
  while (*text)
    put(uart, (uint8_t)*text++);
}

void board_print(const char *text) { say(CONSOLE, text); }

void board_print_number(const char *name, uint32_t value)
{
  char text[12];
  char *at = text + sizeof text - 1;
  *at = '\0';
  do {
    *--at = (char)('0' + value % 10);
    value /= 10;
  } while (value);
  say(CONSOLE, name);
  say(CONSOLE, " ");
  say(CONSOLE, at);
  say(CONSOLE, "\n");
}

void board_stop(const char *why)
{
  say(CONSOLE, "end: ");
  say(CONSOLE, why);
  say(CONSOLE, "\n");
  for (;;)
    __asm volatile("cpsid i\n wfi");
}

/* ---- interrupts ---- */

void board_on_tick(void) { milliseconds++; }

/* A ring that is full stops the interrupt; what comes next stays in the UART, and behind it with the host. A real line
 * wants RTS and CTS for that. */
static void receive(struct ring *ring, struct uart *uart)
{
  uart->interrupt = FULL_IN;
  while ((uart->state & FULL_IN) && ring->in - ring->out < sizeof ring->octets)
    ring->octets[ring->in++ % sizeof ring->octets] = (uint8_t)uart->data;
  if (ring->in - ring->out == sizeof ring->octets)
    uart->control = ENABLE_OUT | ENABLE_IN;
}

void board_on_link(void) { receive(&link_in, LINK); }
void board_on_modem(void) { receive(&modem_in, MODEM); }

static void take(struct ring *ring, struct uart *uart, size_t len)
{
  __asm volatile("cpsid i" ::: "memory");
  ring->out += len;
  uart->control = ENABLE_OUT | ENABLE_IN | INTERRUPT_IN;
  receive(ring, uart);
  __asm volatile("cpsie i" ::: "memory");
}

/* ---- loop_bare.h ---- */

void board_start(void)
{
  struct uart *uarts[] = { CONSOLE, LINK, MODEM, RANDOM };
  for (size_t i = 0; i < sizeof uarts / sizeof uarts[0]; i++) {
    uarts[i]->divider = 16;
    uarts[i]->control = ENABLE_OUT | ENABLE_IN;
  }
  LINK->control = MODEM->control = ENABLE_OUT | ENABLE_IN | INTERRUPT_IN;
  SYSTICK[1] = TICKS_A_MS - 1;
  SYSTICK[2] = 0;
  SYSTICK[0] = 7; /* the processor's clock, an interrupt, on */
  INTERRUPTS_ON = 1 << 2 | 1 << 4;
}

uint64_t board_ticks(void)
{
  for (;;) {
    uint32_t ms = milliseconds, left = SYSTICK[2];
    if (ms == milliseconds)
      return (uint64_t)ms * TICKS_A_MS + (TICKS_A_MS - 1 - left);
  }
}

uint64_t board_now_ms(void *user)
{
  (void)user;
  return milliseconds; /* wraps after seven weeks; a product counts on */
}

static uint32_t number(const char *digits)
{
  uint32_t value = 0;
  imstls_text text = { digits, strlen(digits) };
  return imstls_sip_number(text, &value) == IMSTLS_OK ? value : 0;
}

static void obey(char *line)
{
  char *argument = strchr(line, ' ');
  if (!argument)
    return;
  *argument++ = '\0';
  char *port = strchr(argument, ' ');
  if (strcmp(line, "down") == 0) {
    modem.ended = true;
    modem.expected = number(argument);
  } else if (strcmp(line, "up") == 0 && port) {
    imstls_text address = { argument, (size_t)(port - argument) };
    modem.up = imstls_address_parse(address, &modem.local) == IMSTLS_OK;
    modem.local.port = (uint16_t)number(port + 1);
  }
}

/* A whole line of the modem's; false: there is none. */
static bool read_line(void)
{
  char line[sizeof modem.wanted];
  size_t len = modem_in.in - modem_in.out;
  for (size_t i = 0; i < len; i++) {
    char c = (char)modem_in.octets[(modem_in.out + i) % sizeof modem_in.octets];
    line[i < sizeof line ? i : sizeof line - 1] = c;
    if (c != '\n')
      continue;
    line[i < sizeof line ? i : sizeof line - 1] = '\0';
    take(&modem_in, MODEM, i + 1);
    obey(line);
    return true;
  }
  return false;
}

static bool all_taken(void) { return modem.ended && modem.got == modem.expected; }

/* What the modem said, what still comes of a connection that was closed, and the connection that is wanted next. True:
 * there is news for who waits. */
static bool turn_modem(void)
{
  bool news = read_line();
  if (modem.closing)
    board_taken(link_in.in - link_in.out);
  if (modem.closing && all_taken())
    modem.open = modem.closing = false;
  if (modem.open || !modem.wanted[0])
    return news;
  modem.open = true;
  modem.up = modem.ended = false;
  modem.got = 0;
  say(MODEM, "open ");
  say(MODEM, modem.wanted);
  say(MODEM, "\n");
  modem.wanted[0] = '\0';
  return news;
}

/* Interrupts come between the look at the rings and the sleep as well: they then end it at once. */
void board_sleep(int64_t ms)
{
  uint32_t began = milliseconds;
  for (bool over = false; !over;) {
    bool news = turn_modem();
    __asm volatile("cpsid i" ::: "memory");
    over = news || link_in.in != link_in.out || modem_in.in != modem_in.out;
    over = over || (ms >= 0 && (int64_t)(milliseconds - began) >= ms);
    if (!over)
      __asm volatile("wfi");
    __asm volatile("cpsie i" ::: "memory");
  }
}

bool board_shall_end(void) { return false; }

void board_open(imstls_text where)
{
  size_t len = where.len < sizeof modem.wanted ? where.len : 0;
  memcpy(modem.wanted, where.ptr, len);
  modem.wanted[len] = '\0';
  (void)turn_modem();
}

void board_close(void)
{
  modem.wanted[0] = '\0';
  if (modem.open && !modem.closing)
    say(MODEM, "close\n");
  modem.closing = modem.open;
}

int board_connected(imstls_address *local)
{
  (void)turn_modem();
  if (!modem.open || modem.closing)
    return BOARD_NOTHING;
  *local = modem.local;
  return modem.ended ? BOARD_GONE : modem.up ? 1 : BOARD_NOTHING;
}

int board_recv(uint8_t *out, size_t cap)
{
  (void)turn_modem();
  size_t len = link_in.in - link_in.out;
  if (len > cap)
    len = cap;
  for (size_t i = 0; i < len; i++)
    out[i] = link_in.octets[(link_in.out + i) % sizeof link_in.octets];
  if (len > 0)
    return (int)len;
  return all_taken() ? BOARD_GONE : BOARD_NOTHING;
}

void board_taken(size_t len)
{
  modem.got += len;
  if (len > 0)
    take(&link_in, LINK, len);
}

int board_send(const uint8_t *octets, size_t len)
{
  for (size_t i = 0; i < len; i++)
    put(LINK, octets[i]);
  return (int)len;
}

/* ---- time: where MBEDTLS_HAVE_TIME looks, which tickets of TLS 1.3 want (MBEDTLS_PLATFORM_MS_TIME_ALT) ---- */

int64_t mbedtls_ms_time(void); /* 3.6 alone has it in a header */

/* A ticket's age is by it. It has to go on while the chip sleeps, and through a reset where sessions outlive one: six
 * seconds amiss, and a server refuses the ticket. */
int64_t mbedtls_ms_time(void) { return milliseconds; }

time_t time(time_t *out)
{
  time_t now = (time_t)(milliseconds / 1000);
  if (out)
    *out = now;
  return now;
}

/* ---- randomness: where MBEDTLS_ENTROPY_HARDWARE_ALT looks ---- */

/* in no public header of 3.6 */
int mbedtls_hardware_poll(void *user, unsigned char *out, size_t len, size_t *got);

int mbedtls_hardware_poll(void *user, unsigned char *out, size_t len, size_t *got)
{
  (void)user;
  for (size_t i = 0; i < len; i++) {
    while (!(RANDOM->state & FULL_IN))
      ;
    out[i] = (uint8_t)RANDOM->data;
  }
  *got = len;
  return 0;
}
