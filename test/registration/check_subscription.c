/* SPDX-License-Identifier: Apache-2.0 */
/* The SUBSCRIBE in a room of every size. What follows of it is shown by the client's suites. */
#include "registration/subscription.h"

#include "registration_help.h"

#define IDENTITY "sip:001010000000001@ims.example.org"

typedef struct made {
  imstls_i_subscription subscription;
  dice dice;
  imstls_config_ports ports;
  int error;
  imstls_text request;
} made;

/* In a block of this size exactly. */
static void make(made *m, size_t cap, const char *identity)
{
  memset(m, 0, sizeof *m);
  m->subscription.texts = (imstls_i_buffer){ malloc(cap), cap, 0 };
  m->ports = ports_of(&m->dice);
  imstls_i_subscription_begin(&m->subscription, 1);
  ck_assert(imstls_i_subscription_is_due(&m->subscription, 1));
  m->error = imstls_i_subscription_next(&m->subscription, &m->ports, text_of(identity));
  m->request = m->error == IMSTLS_OK ? imstls_i_subscription_request(&m->subscription) : imstls_i_text(NULL, 0);
}

static bool is_whole(imstls_text request)
{
  char text[2048];
  ck_assert_uint_lt(request.len, sizeof text);
  memcpy(text, request.ptr, request.len);
  text[request.len] = 0;
  imstls_sip_message m = parsed(text);
  return is(m.method, "SUBSCRIBE") && is(m.uri, IDENTITY);
}

/* First the identity has no place, then the request behind it; from there on both are whole. */
START_TEST(every_capacity)
{
  size_t whole = 0;
  for (size_t cap = 1; cap < 1024; cap++) {
    made m;
    make(&m, cap, IDENTITY);
    bool named = cap / 2 >= strlen(IDENTITY);
    ck_assert_int_eq(m.error, named ? IMSTLS_OK : IMSTLS_ERR_ROUTE_TOO_LONG);
    if (whole != 0)
      ck_assert_ptr_nonnull(m.request.ptr);
    if (m.request.ptr) {
      ck_assert(is_whole(m.request));
      whole = whole != 0 ? whole : cap;
    }
    free(m.subscription.texts.ptr);
  }
  ck_assert_uint_gt(whole, 2 * strlen(IDENTITY));
}
END_TEST

/* Branch, tag and Call-ID come from it. */
START_TEST(no_randomness)
{
  made m;
  make(&m, 1024, IDENTITY);
  ck_assert_int_eq(m.error, IMSTLS_OK);
  imstls_i_subscription_begin(&m.subscription, 1);
  m.dice.fails = 1;
  ck_assert_int_eq(imstls_i_subscription_next(&m.subscription, &m.ports, text_of(IDENTITY)), IMSTLS_ERR_RANDOM);
  free(m.subscription.texts.ptr);
}
END_TEST

SUITE_OF(subscription, every_capacity, no_randomness)
