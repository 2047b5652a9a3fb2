/* SPDX-License-Identifier: Apache-2.0 */
#include "client/traffic/answer.h"

#include "registration/random.h"

/* ---- the way back ---- */

enum route imstls_i_way_back(const imstls_client *c)
{
  if (c->from == imstls_i_served_link(c))
    return ROUTE_SERVED;
  return c->flow->link.from_beside ? imstls_i_way_beside(c) : ROUTE_FLOW;
}

imstls_i_queue *imstls_i_queue_of(imstls_client *c, enum route route)
{
  imstls_i_link *link = route == ROUTE_SERVED ? imstls_i_served_link(c) : &c->flow->link;
  return link ? &link->tx : NULL;
}

/* ---- answers of our own ---- */

bool imstls_i_begin_reply(imstls_client *c, imstls_i_reply_room *r)
{
  if (imstls_i_random_hex(&c->cfg.ports, r->tag, 16)) /* a callback, which may send: the room is looked for after it */
    return false;
  r->route = imstls_i_way_back(c);
  r->queue = imstls_i_queue_of(c, r->route);
  if (!r->queue)
    return false;
  r->room = imstls_i_queue_room(r->queue, OUT_ANSWER, &r->cap);
  return r->cap != 0;
}

void imstls_i_end_reply(imstls_client *c, const imstls_i_reply_room *r, size_t len)
{
  const imstls_address *to = r->route == ROUTE_BESIDE ? &c->flow->link.from : NULL;
  (void)imstls_i_queue_commit(r->queue, OUT_ANSWER, len, to);
  if (r->route == ROUTE_SERVED)
    imstls_i_served_has_more(c, true); /* it leaves at the next look; no callback runs here */
}

void imstls_i_reply(imstls_client *c, unsigned status, const char *reason, imstls_text extra)
{
  imstls_i_reply_room r;
  size_t len = 0;
  if (!imstls_i_begin_reply(c, &r))
    return;
  if (imstls_sip_reply(&c->message, status, reason, r.tag, extra, r.room, r.cap, &len) == IMSTLS_OK)
    imstls_i_end_reply(c, &r, len);
}
