/* SPDX-License-Identifier: Apache-2.0 */
/* What is kept between two messages: requests that wait for an answer, and who is in which dialog. Both tables are as
 * long as they are; in a full one, what is over gives its place. */
#include <mbedtls/md.h>
#include <string.h>

#include "gateway.h"

/* ---- names ---- */

static bool hash(const imstls_text parts[], size_t count, struct key *out)
{
  uint8_t whole[32] = { 0 };
  mbedtls_md_context_t md;
  mbedtls_md_init(&md);
  int error = mbedtls_md_setup(&md, mbedtls_md_info_from_type(MBEDTLS_MD_SHA256), 0);
  if (!error)
    error = mbedtls_md_starts(&md);
  for (size_t i = 0; i < count && !error; i++) {
    uint8_t len[4] = { (uint8_t)(parts[i].len >> 24), (uint8_t)(parts[i].len >> 16), (uint8_t)(parts[i].len >> 8),
                       (uint8_t)parts[i].len };
    error = mbedtls_md_update(&md, len, sizeof len);
    if (!error && parts[i].len)
      error = mbedtls_md_update(&md, (const uint8_t *)parts[i].ptr, parts[i].len);
  }
  if (!error)
    error = mbedtls_md_finish(&md, whole);
  mbedtls_md_free(&md);
  memcpy(out->octets, whole, error ? 0 : KEY_LEN);
  return !error;
}

bool key_of_request(const imstls_sip_message *m, const char *method, struct key *out)
{
  static const char cookie[] = "z9hG4bK";
  imstls_sip_via via;
  if (imstls_sip_via_parse(m->first[IMSTLS_HDR_VIA], &via) || via.branch.len < sizeof cookie ||
      !imstls_text_is((imstls_text){ via.branch.ptr, sizeof cookie - 1 }, cookie))
    return false;
  imstls_text parts[4] = { via.branch, via.host, via.port, { method, strlen(method) } };
  return hash(parts, 4, out);
}

bool key_of_dialog(const imstls_sip_message *m, imstls_text tag, struct key *out)
{
  imstls_text parts[2] = { m->first[IMSTLS_HDR_CALL_ID], tag };
  return hash(parts, 2, out);
}

static bool same(const struct key *a, const struct key *b) { return memcmp(a->octets, b->octets, KEY_LEN) == 0; }

/* ---- requests ---- */

bool transaction_is_over(const struct transaction *t) { return t->status >= 200 && !t->owed; }

struct transaction *transaction_find(struct transactions *t, enum direction direction, const struct key *key)
{
  for (size_t i = 0; i < TRANSACTIONS; i++) {
    struct transaction *one = &t->all[i];
    if (one->used && one->direction == direction && same(&one->key, key))
      return one;
  }
  return NULL;
}

/* A CANCEL has the branch of its INVITE. */
struct transaction *transaction_by_branch(struct transactions *t, imstls_text branch, bool cancel)
{
  for (size_t i = 0; i < TRANSACTIONS; i++) {
    struct transaction *one = &t->all[i];
    bool is_cancel = memcmp(one->line, "CANCEL ", 7) == 0;
    bool is_kind = one->used && one->direction == IN && is_cancel == cancel;
    if (is_kind && imstls_text_is(branch, one->branch))
      return one;
  }
  return NULL;
}

struct transaction *transaction_new(struct transactions *t, enum direction direction, const struct key *key,
                                    uint64_t now)
{
  struct transaction *found = NULL;
  for (size_t i = 0; i < TRANSACTIONS; i++) {
    struct transaction *one = &t->all[i];
    if (!one->used) {
      found = one;
      break;
    }
    if (transaction_is_over(one) && (!found || one->used_at < found->used_at))
      found = one;
  }
  if (!found)
    return NULL;
  memset(found, 0, offsetof(struct transaction, text));
  found->used = true;
  found->direction = direction;
  found->key = *key;
  found->used_at = now;
  found->ends_at = now + TRANSACTION_MS;
  return found;
}

/* ---- dialogs ---- */

struct dialog *dialog_find(struct dialog all[DIALOGS], const struct key *key)
{
  for (size_t i = 0; i < DIALOGS; i++)
    if (all[i].used_at && same(&all[i].key, key))
      return &all[i];
  return NULL;
}

void dialog_note(struct dialog all[DIALOGS], const struct key *key, const struct peer *peer, imstls_text contact,
                 uint64_t now)
{
  struct dialog *found = dialog_find(all, key);
  for (size_t i = 0; i < DIALOGS && !found; i++)
    if (!all[i].used_at)
      found = &all[i];
  if (!found) { /* the one that was quiet for the longest time */
    found = &all[0];
    for (size_t i = 1; i < DIALOGS; i++)
      if (all[i].used_at < found->used_at)
        found = &all[i];
  }
  found->key = *key;
  found->used_at = now;
  found->peer = *peer;
  snprintf(found->contact, sizeof found->contact, "%.*s", (int)contact.len, contact.ptr);
}
