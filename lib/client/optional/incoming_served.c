/* SPDX-License-Identifier: Apache-2.0 */
/* What comes on the connection that the network opened. */
#include "client/event.h"
#include "client/incoming.h"
#include "client/traffic/request.h"

/* Our own request, come back. */
static bool is_own(const imstls_client *c)
{
  imstls_text contact = c->message.first[IMSTLS_HDR_CONTACT];
  const char *instance = c->cfg.device.instance_id;
  const imstls_text marks[] = { imstls_i_text(c->binding.contact_user, strlen(c->binding.contact_user)),
                                imstls_i_text(instance, instance ? strlen(instance) : 0),
                                imstls_i_binding_pub_gruu(&c->binding), imstls_i_binding_temp_gruu(&c->binding) };
  for (size_t i = 0; i < sizeof marks / sizeof marks[0]; i++)
    if (imstls_i_holds(contact, marks[i]))
      return true;
  return false;
}

static int take_served(imstls_client *c, imstls_text text)
{
  int result = imstls_sip_parse(&c->message, text.ptr, text.len);
  if (result) {
    imstls_i_odd_message(c, text, result);
    return IMSTLS_OK;
  }
  if (is_own(c)) {
    imstls_i_drop(c, IMSTLS_DROPPED_SELF, c->message.line);
    return IMSTLS_ERR_SELFIE;
  }
  imstls_i_request(c);
  return IMSTLS_OK;
}

/* IMSTLS_OK: there may be another one. */
static int serve_one(imstls_client *c, imstls_i_link *link)
{
  imstls_text text = { NULL, 0 };
  c->from = link;
  int result = imstls_i_link_receive(link, &text);
  if (result == IMSTLS_ERR_SIP_OVERSIZED) {
    imstls_i_odd_message(c, text, IMSTLS_ERR_RX_TOO_LONG);
    result = imstls_i_link_skip(link);
  } else if (result == IMSTLS_OK)
    result = take_served(c, text);
  imstls_i_incoming_done(c);
  return result;
}

/* Writes what waits, then takes a message for which there is room to answer. IMSTLS_OK: there may be another one. */
static int serve_turn(imstls_client *c, imstls_i_link *link)
{
  int result = imstls_i_write_out(c, link);
  if (result && result != IMSTLS_WANT_WRITE)
    return result;
  return imstls_i_link_may_take(link) ? serve_one(c, link) : IMSTLS_WANT_WRITE;
}

void imstls_i_incoming_served(imstls_client *c)
{
  imstls_i_link *link = imstls_i_served_link(c);
  if (!link)
    return;
  int result = imstls_i_link_is_overdue(link) ? IMSTLS_ERR_RX_TOO_LONG : IMSTLS_OK;
  if (!result && imstls_i_link_is_stalled(link))
    result = IMSTLS_ERR_CONNECTION;
  while (result == IMSTLS_OK && !imstls_i_is_ending(c))
    result = serve_turn(c, link);
  imstls_i_served_has_more(c, result == IMSTLS_PENDING);
  if (result && !imstls_i_in_progress(result))
    imstls_i_served_failed(c, result);
}
