/* SPDX-License-Identifier: Apache-2.0 */
/* What it costs to read a 401 and a 200, beside a byte split, oSIP and Sofia-SIP. */
#include <imstls/digest.h>
#include <imstls/error.h>
#include <imstls/secagree.h>
#include <imstls/sip.h>

#include <osipparser2/osip_parser.h>
#undef SP /* both peers define it */
#include <sofia-sip/msg_addr.h>
#include <sofia-sip/sip_header.h>
#include <sofia-sip/sip_parser.h>

#include "messages.h"
#include "region.h"

static volatile size_t kept; /* results stay alive through it */
static char message_401[1200], message_200[1400];
static size_t len_401, len_200;

static void write_messages(void)
{
  static const char contact[] = "<sip:7d2e91c4a05f6b38@192.0.2.9:40001;transport=tls>;expires=600000";
  static const char branch[] = "z9hG4bK5a8f0c21d7e94b3a86c1f205", tag[] = "8c1f2a7b9d3e4f50";
  static const char call_id[] = "3f9a1c7e5b2d48069ac4e1f7028b5d63";
  char info[200];
  snprintf(info, sizeof info, MESSAGE_INFO, 16, "0a4f113b8c1f2a7b", "6629fae49393a05397450978507c4ef1");
  len_401 = (size_t)snprintf(message_401, sizeof message_401, MESSAGE_401, 31, branch, 16, tag, 32, call_id, 1u,
                             "I1U8vpY3qJ0hiuZNrke/NSpecGNuhpJoNLO1dbGAAAc=", "AKAv1-MD5", "4f0a9be2c37d1685e0b9d2a7");
  len_200 = (size_t)snprintf(message_200, sizeof message_200, MESSAGE_200, 31, branch, 16, tag, 32, call_id, 2u,
                             (int)(sizeof contact - 1), contact, info);
  MUST(len_401 < sizeof message_401 && len_200 < sizeof message_200);
}

/* Name and value of each line by looking at each octet: what any parser does at least. */
__attribute__((noinline)) static size_t split(const char *at, size_t len)
{
  struct {
    const char *name, *colon, *end;
  } fields[64];
  const char *end = at + len, *name, *colon;
  size_t count = 0;
  while (at < end) {
    name = at;
    while (at < end && *at != ':' && *at != '\n')
      at++;
    colon = at;
    while (at < end && *at != '\n')
      at++;
    fields[count].name = name;
    fields[count].colon = colon;
    fields[count++].end = at++;
  }
  __asm__ volatile("" : : "r"(fields) : "memory");
  return count;
}

/* All that the client reads of a 401. */
static void own_401(void)
{
  imstls_sip_message m;
  imstls_sip_via via;
  imstls_challenge challenge = { .size = sizeof challenge };
  imstls_mechanism mechanism = { .size = sizeof mechanism };
  MUST(imstls_sip_parse(&m, message_401, len_401) == IMSTLS_OK && m.status == 401 && m.cseq == 1);
  MUST(imstls_sip_via_parse(m.first[IMSTLS_HDR_VIA], &via) == IMSTLS_OK && via.branch.len == 31);
  MUST(imstls_challenge_choose(&m, IMSTLS_DIGEST_AKA_ALL, &challenge) == IMSTLS_OK && challenge.s_token.len == 24);
  imstls_text list = m.first[IMSTLS_HDR_SECURITY_SERVER];
  MUST(imstls_secagree_next(&list, &mechanism) == IMSTLS_OK && mechanism.id == IMSTLS_MECHANISM_TLS);
}

/* And of a 200. */
static void own_200(void)
{
  imstls_sip_message m;
  imstls_sip_via via;
  imstls_sip_address contact;
  imstls_text expires;
  uint32_t seconds = 0;
  MUST(imstls_sip_parse(&m, message_200, len_200) == IMSTLS_OK && m.status == 200);
  MUST(imstls_sip_via_parse(m.first[IMSTLS_HDR_VIA], &via) == IMSTLS_OK);
  imstls_text rest = m.first[IMSTLS_HDR_CONTACT];
  MUST(imstls_sip_address_next(&rest, &contact) == IMSTLS_OK);
  MUST(imstls_sip_param_find(contact.params, "expires", &expires) == IMSTLS_OK);
  MUST(imstls_sip_number(expires, &seconds) == IMSTLS_OK && seconds == 600000);
  rest = m.first[IMSTLS_HDR_P_ASSOCIATED_URI];
  for (imstls_text item; imstls_sip_list_next(&rest, &item) == IMSTLS_OK;)
    kept += item.len;
}

static void osip(const char *text, size_t len)
{
  osip_message_t *m;
  MUST(osip_message_init(&m) == 0 && osip_message_parse(m, text, len) == 0);
  osip_message_free(m);
}

static void sofia(const char *text, size_t len)
{
  msg_t *m = msg_make(sip_default_mclass(), 0, text, (ssize_t)len);
  MUST(m != NULL && sip_object(m) != NULL && sip_object(m)->sip_status != NULL);
  msg_destroy(m);
}

int main(void)
{
  parser_init();
  write_messages();
  printf("octets_401 %zu\noctets_200 %zu\n", len_401, len_200);
  MEASURE("split_401", kept = split(message_401, len_401));
  MEASURE("split_200", kept = split(message_200, len_200));
  MEASURE("own_401", own_401());
  MEASURE("own_200", own_200());
  MEASURE("osip_401", osip(message_401, len_401));
  MEASURE("osip_200", osip(message_200, len_200));
  MEASURE("sofia_401", sofia(message_401, len_401));
  MEASURE("sofia_200", sofia(message_200, len_200));
  return 0;
}
