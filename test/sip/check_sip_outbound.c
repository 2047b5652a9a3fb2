/* SPDX-License-Identifier: Apache-2.0 */
/* Route set and identities of a flow, an entry at a time. */
#include <stdlib.h>

#include <imstls/outbound.h>

#include "base/base.h"
#include "heap.h"
#include "suite.h"

static bool is(imstls_text text, const char *want) { return imstls_i_same(text, imstls_i_text(want, strlen(want))); }

static imstls_outbound flow(const char *pcscf, const char *route, const char *identities)
{
  imstls_outbound f = IMSTLS_SIZED(imstls_outbound);
  strcpy(f.pcscf, pcscf);
  f.service_route = imstls_i_text(heap_copy(route, strlen(route)), strlen(route));
  f.associated_uri = imstls_i_text(heap_copy(identities, strlen(identities)), strlen(identities));
  return f;
}

static void end(imstls_outbound *f)
{
  free((void *)(uintptr_t)f->service_route.ptr);
  free((void *)(uintptr_t)f->associated_uri.ptr);
}

START_TEST(routes)
{
  static const struct {
    const char *route;
    const char *want[5];
  } rows[] = { { "", { "<sip:p;lr>" } },
               { "<sip:s;lr>", { "<sip:p;lr>", "<sip:s;lr>" } },
               { "<sip:s1;x=\",\";lr>;y, \"a, b\" <sip:s2>,,<sip:s2>",
                 { "<sip:p;lr>", "<sip:s1;x=\",\";lr>;y", "\"a, b\" <sip:s2>", "<sip:s2>" } } };
  for (size_t i = 0; i < COUNT(rows); i++) {
    imstls_outbound f = flow("<sip:p;lr>", rows[i].route, "");
    imstls_text entry = { NULL, 0 };
    for (size_t n = 0; rows[i].want[n]; n++) {
      ck_assert_int_eq(imstls_outbound_route(&f, &entry), IMSTLS_OK);
      ck_assert_msg(is(entry, rows[i].want[n]), "%.*s", (int)entry.len, entry.ptr);
    }
    imstls_text last = entry;
    ck_assert_int_eq(imstls_outbound_route(&f, &entry), IMSTLS_END);
    ck_assert(entry.ptr == last.ptr && entry.len == last.len);
    end(&f);
  }
}
END_TEST

/* Parameters are the list's own and go; what cannot be read, as in a list made by hand, is passed over. */
START_TEST(identities)
{
  static const char list[] = "\"A, \\\"B\\\"\" <sip:a@h;user=phone>;x=\",\" , tel:+1;y, <x>, Ed <tel:+2>,<sip:a@h>";
  static const char *const want[][2] = { { "\"A, \\\"B\\\"\" <sip:a@h;user=phone>", "sip:a@h;user=phone" },
                                         { "tel:+1", "tel:+1" },
                                         { "Ed <tel:+2>", "tel:+2" },
                                         { "<sip:a@h>", "sip:a@h" } };
  imstls_outbound f = flow("", "", list);
  imstls_text identity = { NULL, 0 }, uri;
  for (size_t i = 0; i < COUNT(want); i++) {
    ck_assert_int_eq(imstls_outbound_identity(&f, &identity, i == 1 ? NULL : &uri), IMSTLS_OK);
    ck_assert_msg(is(identity, want[i][0]), "%.*s", (int)identity.len, identity.ptr);
    ck_assert(i == 1 || is(uri, want[i][1]));
  }
  ck_assert_int_eq(imstls_outbound_identity(&f, &identity, &uri), IMSTLS_END);
  ck_assert(is(identity, "<sip:a@h>"));
  end(&f);
  f = flow("", "", "");
  identity.ptr = NULL;
  ck_assert_int_eq(imstls_outbound_identity(&f, &identity, &uri), IMSTLS_END);
  end(&f);
}
END_TEST

/* A quote without end hides the rest, and nothing is read behind it. */
START_TEST(every_prefix)
{
  static const char list[] = "\"A\" <sip:a@h>;x=\"1\", <sip:b@h>";
  char cut[sizeof list];
  for (size_t len = 0; len < sizeof list; len++) {
    memcpy(cut, list, len);
    cut[len] = '\0';
    imstls_outbound f = flow("<sip:p>", cut, cut);
    imstls_text entry = { NULL, 0 };
    size_t count = 0;
    while (imstls_outbound_identity(&f, &entry, NULL) == IMSTLS_OK)
      count++;
    ck_assert_uint_le(count, 2);
    for (entry.ptr = NULL; imstls_outbound_route(&f, &entry) == IMSTLS_OK;)
      count++;
    ck_assert_uint_le(count, 5);
    end(&f);
  }
}
END_TEST

START_TEST(usage)
{
  imstls_outbound f = flow("<sip:p>", "", "<sip:a@h>");
  imstls_text entry = { NULL, 0 };
  ck_assert_int_eq(imstls_outbound_route(NULL, &entry), IMSTLS_ERR_USAGE);
  ck_assert_int_eq(imstls_outbound_route(&f, NULL), IMSTLS_ERR_USAGE);
  ck_assert_int_eq(imstls_outbound_identity(NULL, &entry, NULL), IMSTLS_ERR_USAGE);
  ck_assert_int_eq(imstls_outbound_identity(&f, NULL, NULL), IMSTLS_ERR_USAGE);
  f.size--;
  ck_assert_int_eq(imstls_outbound_route(&f, &entry), IMSTLS_ERR_USAGE);
  ck_assert_int_eq(imstls_outbound_identity(&f, &entry, NULL), IMSTLS_ERR_USAGE);
  end(&f);
}
END_TEST

SUITE_OF(sip_outbound, routes, identities, every_prefix, usage)
