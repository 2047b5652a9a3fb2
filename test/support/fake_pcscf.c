/* SPDX-License-Identifier: Apache-2.0 */
/* The network's side: requests read, responses and challenges made, answers judged. */
#include "fake.h"

#include <check.h>
#include <stdio.h>
#include <string.h>

#include "base/base.h"

static struct {
  imstls_sip_message m;
  char text[FAKE_STREAM];
} last; /* the last request; tests run one at a time */

bool fake_request(struct fake *f, imstls_sip_message *m)
{
  size_t skip = 0, len = 0;
  imstls_sip_framer framer = { .size = sizeof framer };
  int result = imstls_sip_frame(&framer, f->sent + f->sent_seen, f->sent_len - f->sent_seen, FAKE_STREAM, &skip, &len);
  if (result == IMSTLS_PENDING)
    return false;
  ck_assert_int_eq(result, IMSTLS_OK);
  memcpy(last.text, f->sent + f->sent_seen + skip, len);
  f->sent_seen += skip + len;
  last.m.size = sizeof last.m;
  ck_assert_int_eq(imstls_sip_parse(&last.m, last.text, len), IMSTLS_OK);
  if (m)
    *m = last.m;
  return true;
}

imstls_sip_message fake_register(struct fake *f)
{
  imstls_sip_message m;
  ck_assert(fake_request(f, &m));
  ck_assert(imstls_i_same(m.method, IMSTLS_I_LIT("REGISTER")));
  return m;
}

imstls_text fake_call_id(void) { return last.m.first[IMSTLS_HDR_CALL_ID]; }

void fake_say(struct fake *f, const char *text, size_t len)
{
  if (f->coming_at == f->coming_len)
    f->coming_at = f->coming_len = 0;
  ck_assert(f->coming_len + len <= sizeof f->coming);
  memcpy(f->coming + f->coming_len, text, len);
  f->coming_len += len;
}

void fake_reply(struct fake *f, unsigned status, const char *reason, const char *extra)
{
  static char out[FAKE_STREAM];
  size_t len;
  imstls_text lines = imstls_i_text(extra, strlen(extra));
  ck_assert_int_eq(imstls_sip_reply(&last.m, status, reason, "home", lines, out, sizeof out, &len), IMSTLS_OK);
  fake_say(f, out, len);
}

void fake_ok_for(struct fake *f, const char *extra, unsigned expires_s)
{
  char lines[4096];
  imstls_sip_address contact;
  imstls_text rest = last.m.first[IMSTLS_HDR_CONTACT];
  ck_assert_int_eq(imstls_sip_address_next(&rest, &contact), IMSTLS_OK);
  snprintf(lines, sizeof lines, "Contact: <%.*s>;expires=%u\r\n%s", (int)contact.uri.len, contact.uri.ptr, expires_s,
           extra);
  fake_reply(f, 200, "OK", lines);
}

void fake_ok(struct fake *f, const char *extra) { fake_ok_for(f, extra, 3600); }

const char *fake_challenge_headers(struct fake *f, const char *token)
{
  static char lines[1024];
  char nonce[64];
  uint8_t sqn[6], amf[2] = { f->amf, 0 }, plain[32];
  f->seq++;
  for (int i = 0; i < 6; i++)
    sqn[i] = (uint8_t)(f->seq << 5 >> (8 * (5 - i)));
  for (int i = 0; i < 16; i++)
    f->rand[i] = (uint8_t)(f->seq * 31 + (unsigned)i);
  ck_assert_int_eq(imstls_aka_vector_make(&f->home, f->rand, sqn, amf, &f->vector), IMSTLS_OK);
  ck_assert_int_eq(imstls_token_make_server(f->vector.ik, f->cert, sizeof f->cert, f->s_token), IMSTLS_OK);
  memcpy(plain, f->rand, 16);
  memcpy(plain + 16, f->vector.autn, 16);
  imstls_i_writer w = imstls_i_writer_make(nonce, sizeof nonce);
  imstls_i_put_base64(&w, plain, 32);
  token = token ? token : f->s_token;
  int n = snprintf(lines, sizeof lines,
                   "WWW-Authenticate: Digest realm=\"home\", nonce=\"%.*s\", algorithm=AKAv1-MD5%s%s%s\r\n", (int)w.len,
                   nonce, *token ? ", s_token=\"" : "", token, *token ? "\"" : "");
  if (f->security_server)
    snprintf(lines + n, sizeof lines - (size_t)n, "Security-Server: %s\r\n", f->security_server);
  return lines;
}

void fake_challenge(struct fake *f) { fake_reply(f, 401, "Unauthorized", fake_challenge_headers(f, NULL)); }

static bool param_is(imstls_text rest, const char *wanted, const char *value)
{
  imstls_text name, found;
  while (imstls_sip_auth_param_next(&rest, &name, &found, NULL) == IMSTLS_OK)
    if (imstls_text_is(name, wanted))
      return value && imstls_i_same(found, imstls_i_text(value, strlen(value)));
  return !value;
}

bool fake_response_right(struct fake *f, const imstls_sip_message *m, const char *c_token)
{
  char response[65], nonce[64];
  uint8_t plain[32];
  memcpy(plain, f->rand, 16);
  memcpy(plain + 16, f->vector.autn, 16);
  imstls_i_writer w = imstls_i_writer_make(nonce, sizeof nonce);
  imstls_i_put_base64(&w, plain, 32);
  imstls_digest_input in = { .size = sizeof in, .digest = IMSTLS_DIGEST_AKAV1_MD5, .qop = IMSTLS_QOP_NONE };
  in.username = imstls_i_text(f->config.identity.impi, strlen(f->config.identity.impi));
  in.realm = IMSTLS_I_LIT("home");
  in.nonce = imstls_i_text(nonce, w.len);
  in.method = IMSTLS_I_LIT("REGISTER");
  in.uri = m->uri;
  in.password = (imstls_bytes){ f->vector.res, f->vector.res_len };
  ck_assert_int_eq(imstls_digest_response(&in, response), IMSTLS_OK);
  imstls_text auth = m->first[IMSTLS_HDR_AUTHORIZATION];
  ck_assert(auth.len > 7);
  auth.ptr += 7;
  auth.len -= 7;
  return param_is(auth, "response", response) && param_is(auth, "c_token", c_token) && param_is(auth, "auts", NULL);
}

void fake_register_whole(struct fake *f)
{
  fake_start(f);
  (void)fake_register(f);
  fake_challenge(f);
  fake_run(f);
  (void)fake_register(f);
  fake_ok(f, "");
  fake_run(f);
  ck_assert_int_eq(imstls_client_state(f->client), IMSTLS_STATE_REGISTERED);
}
