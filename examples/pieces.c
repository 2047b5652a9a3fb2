/* SPDX-License-Identifier: Apache-2.0 */
/* The pure functions that no other example calls, each at work on fixed inputs: `pieces` prints what they give. */
#include <stdio.h>
#include <string.h>

#include <imstls/imstls.h>
#include <imstls/outbound.h>
#include <imstls/reginfo.h>

#include "hex.h"

static imstls_text text(const char *s) { return (imstls_text){ s, strlen(s) }; }

static void show(const char *name, const uint8_t *octets, size_t len)
{
  char digits[2 * 64 + 1];
  hex_write(octets, len, digits);
  printf("%s: %s\n", name, digits);
}

static void show_text(const char *name, imstls_text value)
{
  printf("%s: %.*s\n", name, (int)value.len, value.len > 0 ? value.ptr : "");
}

/* TS 35.208 test set 1. */
static const char k_hex[] = "465b5ce8b199b49faa5f0a2ee238a6bc", opc_hex[] = "cd63cb71954a9f4e48a5994e37a02baf",
                  rand_hex[] = "23553cbe9637a89d218ae64dae47bf35";
static const uint8_t sqn[6] = { 0xff, 0x9b, 0xb4, 0xd0, 0xb6, 0x07 }, amf[2] = { 0xb9, 0xb9 };

/* The network's half of AKA, then the card's (TS 33.102 6.3). */
static void aka(uint8_t ik[16])
{
  imstls_aka_card card = IMSTLS_AKA_CARD_INIT;
  imstls_sqn seen = IMSTLS_SQN_INIT;
  imstls_aka_result result = { .size = sizeof result };
  uint8_t rand[16], mac_a[8], mac_s[8], res[8], ck[16], ak[6], ak_star[6], autn[16];
  (void)hex_read(k_hex, card.k, 16);
  (void)hex_read(opc_hex, card.opc, 16);
  (void)hex_read(rand_hex, rand, 16);
  if (imstls_milenage_f1(card.k, card.opc, rand, sqn, amf, mac_a, mac_s) ||
      imstls_milenage_f2345(card.k, card.opc, rand, res, ck, ik, ak) ||
      imstls_milenage_f5star(card.k, card.opc, rand, ak_star))
    return;
  show("MAC-A", mac_a, 8);
  show("MAC-S", mac_s, 8);
  show("AK*", ak_star, 6);
  for (int i = 0; i < 6; i++)
    autn[i] = sqn[i] ^ ak[i];
  memcpy(autn + 6, amf, 2);
  memcpy(autn + 8, mac_a, 8);
  show("AUTN", autn, 16);
  seen.delta = UINT64_MAX; /* that test set begins far up */
  if (imstls_aka_authenticate(&card, &seen, rand, autn, &result) == IMSTLS_OK && result.verdict == IMSTLS_AKA_OK)
    show("RES", result.res, result.res_len);
  printf("the same SQN again: %s\n", imstls_error_name(imstls_sqn_accept(&seen, sqn)));
  imstls_wipe(&result, sizeof result);
}

/* What a UE does with tokens, and digest for stacks that want HA1 or a password (RFC 3310, RFC 4169). */
static void keys(const uint8_t ik[16])
{
  static const uint8_t cert[] = "a certificate", ck[16] = { 0 }, rand[16] = { 0 }, exported[32] = { 1 };
  char s_token[25], c_token[25], s_token2[33], c_token2[33], ha1[65];
  uint8_t password_key[32];
  size_t len = 0;
  if (imstls_token_make_server(ik, cert, sizeof cert - 1, s_token) == IMSTLS_OK &&
      imstls_token_check_server(ik, cert, sizeof cert - 1, text(s_token), c_token) == IMSTLS_OK)
    printf("c_token: %s\n", c_token);
  imstls_token2_input in = { .size = sizeof in, .ck = ck, .ik = ik, .rand = rand, .impi = text("u@h") };
  in.binding = IMSTLS_BINDING_EXPORTER;
  in.binding_value = (imstls_bytes){ exported, sizeof exported };
  in.cert = (imstls_bytes){ cert, sizeof cert - 1 };
  if (imstls_token2_make(&in, s_token2, NULL) == IMSTLS_OK &&
      imstls_token2_check_server(&in, text(s_token2), c_token2) == IMSTLS_OK)
    printf("s_token2 holds: %s\n", strlen(c_token2) == 32 ? "yes" : "no");
  imstls_digest_input digest = { .size = sizeof digest, .digest = IMSTLS_DIGEST_AKAV1_MD5 };
  digest.username = text("Mufasa");
  digest.realm = text("testrealm@host.com");
  digest.password = (imstls_bytes){ (const uint8_t *)"Circle Of Life", 14 };
  if (imstls_digest_ha1(&digest, ha1) == IMSTLS_OK)
    printf("HA1: %s\n", ha1);
  if (imstls_digest_akav2_key(IMSTLS_DIGEST_AKAV2_SHA256, ik, 0, password_key, &len) == IMSTLS_OK)
    show("IK'", password_key, len);
}

/* A message of a stack as a flow wants it, and its response back. */
static void stamp(void)
{
  static const char message[] = "MESSAGE sip:b@c SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:5070;branch=z9hG4bKstack\r\n"
                                "From: <sip:a@h>;tag=1\r\nTo: <sip:b@c>\r\nCall-ID: 1\r\nCSeq: 1 MESSAGE\r\n\r\n";
  imstls_outbound flow = IMSTLS_SIZED(imstls_outbound);
  imstls_sip_message m;
  char stamped[1024], response[1024], back[1024];
  size_t len = 0;
  snprintf(flow.transport, sizeof flow.transport, "%s", "TLS");
  snprintf(flow.sent_by, sizeof flow.sent_by, "%s", "192.0.2.1:40000");
  snprintf(flow.contact, sizeof flow.contact, "%s", "sip:u@192.0.2.1:40000;transport=tls");
  snprintf(flow.pcscf, sizeof flow.pcscf, "%s", "<sip:192.0.2.9:5061;transport=tls;lr>");
  if (imstls_sip_parse(&m, message, sizeof message - 1) || imstls_sip_stamp(&m, &flow, stamped, sizeof stamped, &len))
    return;
  (void)imstls_sip_parse(&m, stamped, len);
  show_text("Route", m.first[IMSTLS_HDR_ROUTE]);
  if (imstls_sip_reply(&m, 200, "OK", "2", text(""), response, sizeof response, &len))
    return;
  (void)imstls_sip_parse(&m, response, len);
  if (imstls_sip_unstamp(&m, back, sizeof back, &len) == IMSTLS_OK && imstls_sip_parse(&m, back, len) == IMSTLS_OK)
    show_text("Via of the response", m.first[IMSTLS_HDR_VIA]);
}

static void values(void)
{
  imstls_text rest = text(";lr;q=0.5"), name, value;
  imstls_address address;
  char out[512];
  size_t len = 0;
  while (imstls_sip_param_next(&rest, &name, &value) == IMSTLS_OK)
    printf("parameter: %.*s=%.*s\n", (int)name.len, name.ptr, (int)value.len, value.len > 0 ? value.ptr : "");
  if (imstls_address_parse(text("2001:db8::1"), &address) == IMSTLS_OK) {
    address.port = 5061;
    len = imstls_address_format(&address, 1, out);
    printf("address: %.*s\n", (int)len, out);
  }
  printf("digits of the MNC: %u\n", (unsigned)imstls_identity_mnc_len("310150123456789"));
  imstls_authorization in = { .size = sizeof in, .username = text("u@h"), .realm = text("h"), .uri = text("sip:h") };
  in.nonce = in.response = text("");
  if (imstls_authorization_write(&in, out, sizeof out, &len) == IMSTLS_OK)
    printf("Authorization: %.*s\n", (int)len, out);
}

/* A document of the reg event, contact by contact, and as a whole. */
static void reg_event(void)
{
  static const char body[] = "<?xml version=\"1.0\"?><reginfo xmlns=\"urn:ietf:params:xml:ns:reginfo\" version=\"1\" "
                             "state=\"full\"><registration aor=\"sip:a@h\" id=\"a\" state=\"terminated\"><contact "
                             "id=\"c\" state=\"terminated\" event=\"deactivated\"><uri>sip:u@192.0.2.1?x=1&amp;y=2"
                             "</uri></contact></registration></reginfo>";
  static const char registered[] = "sip:u@192.0.2.1?x=1&y=2";
  imstls_reginfo reader;
  imstls_reginfo_contact contact;
  imstls_reginfo_verdict verdict;
  char uri[100];
  size_t len = 0;
  int result = imstls_reginfo_begin(&reader, text(body));
  while (result == IMSTLS_OK && imstls_reginfo_next(&reader, &contact) == IMSTLS_OK) {
    if (imstls_reginfo_decode(contact.uri, uri, sizeof uri, &len) == IMSTLS_OK)
      printf("contact: %.*s\n", (int)len, uri);
    bool ours = imstls_reginfo_is_ours(&contact, text(registered));
    bool anew = imstls_reginfo_action(&contact) == IMSTLS_REGINFO_REREGISTER;
    printf("ours: %s, register anew: %s\n", ours ? "yes" : "no", anew ? "yes" : "no");
  }
  bool judged = imstls_reginfo_judge(text(body), text(registered), &verdict) == IMSTLS_OK;
  printf("contacts of ours that are gone: %u\n", judged ? (unsigned)verdict.ours_gone : 0);
}

int main(void)
{
  uint8_t ik[16] = { 0 };
  aka(ik);
  keys(ik);
  stamp();
  values();
  reg_event();
  imstls_wipe(ik, sizeof ik);
  return 0;
}
