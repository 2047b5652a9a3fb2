/* SPDX-License-Identifier: Apache-2.0 */
/* One message as the gateway passes it on. What comes out fits its room, can be read again, and is what was asked for:
 * a Via more or less, one hop less, no credentials, nothing else of the body. The first octet says what is asked. */
#include "../../examples/gateway.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char out[TEXT_MAX];

static void must(bool holds)
{
  if (!holds)
    abort();
}

/* False: one of the fields cannot be read, so that nobody knows where an entry ends. */
static bool count_vias(const imstls_sip_message *m, size_t *count)
{
  imstls_text value = { NULL, 0 }, item;
  *count = 0;
  while (imstls_sip_next(m, IMSTLS_HDR_VIA, &value) == IMSTLS_OK) {
    imstls_text rest = value;
    int result;
    while ((result = imstls_sip_list_next(&rest, &item)) == IMSTLS_OK)
      (*count)++;
    if (result != IMSTLS_END)
      return false;
  }
  return true;
}

static void changed(const imstls_sip_message *m, unsigned asked)
{
  imstls_sip_via via;
  static const struct own own = { "127.0.0.1:5080", "sip:127.0.0.1:5080;lr", "sip:127.0.0.1:5080;lr;transport=tcp",
                                  "home.example" };
  struct change how = { .take_via = (asked & 1) && imstls_sip_via_parse(m->first[IMSTLS_HDR_VIA], &via) == IMSTLS_OK,
                        .hop = (asked & 2) && text_hops(m),
                        .take_own = asked & 4,
                        .take_credentials = asked & 8 };
  size_t len = 0, before, after;
  imstls_sip_message again;
  if (asked & 16)
    how.via = "SIP/2.0/UDP 127.0.0.1:5080;branch=z9hG4bKfuzz";
  if (asked & 32)
    how.first = own.over_udp;
  bool fits = text_change(m, &own, &how, out, sizeof out, &len);
  must(fits == (len <= sizeof out));
  if (!fits || imstls_sip_parse(&again, out, len))
    return;
  must(again.body.len == m->body.len && memcmp(again.body.ptr, m->body.ptr, m->body.len) == 0);
  must(!how.take_credentials || !again.count[IMSTLS_HDR_AUTHORIZATION]);
  must(!how.hop || text_hops(&again) == text_hops(m) - (m->count[IMSTLS_HDR_MAX_FORWARDS] ? 1 : 0));
  bool counted = count_vias(m, &before) && count_vias(&again, &after);
  must(!counted || after == before + (how.via ? 1 : 0) - (how.take_via && before ? 1 : 0));
}

static void arrived(const imstls_sip_message *m)
{
  struct peer from = { .tcp = true };
  size_t len = 0;
  imstls_sip_message again;
  imstls_sip_via via;
  must(address_parse("127.0.0.1:40000", &from.from));
  if (!text_arrived(m, &from, out, sizeof out, &len))
    return;
  must(imstls_sip_parse(&again, out, len) == IMSTLS_OK);
  must(imstls_sip_via_parse(again.first[IMSTLS_HDR_VIA], &via) == IMSTLS_OK);
  must(via.received.ptr || imstls_text_is(via.host, "127.0.0.1"));
  must(again.body.len == m->body.len);
}

static void answered(const imstls_sip_message *m)
{
  size_t len = 0;
  imstls_sip_message again;
  if (!text_answer(m, "486 Busy Here", "t", "Reason: none\r\n", out, sizeof out, &len))
    return;
  must(imstls_sip_parse(&again, out, len) == IMSTLS_OK);
  must(again.status == 486 && again.cseq == m->cseq && again.body.len == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  imstls_sip_message m;
  if (!size || imstls_sip_parse(&m, (const char *)data + 1, size - 1))
    return 0;
  changed(&m, data[0]);
  arrived(&m);
  answered(&m);
  return 0;
}
