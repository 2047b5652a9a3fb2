/* SPDX-License-Identifier: Apache-2.0 */
#include "client/setup/settings.h"

#include "client/client.h"
#include "registration/config.h"

static bool copy(imstls_i_buffer *to, const char *text)
{
  size_t len = strlen(text);
  if (len >= to->cap)
    return false;
  memcpy(to->ptr, text, len + 1);
  return true;
}

void imstls_i_settings_begin(imstls_client *c)
{
  imstls_i_settings *s = &c->settings;
  const char *access = c->cfg.device.access_network_info;
  if (access && copy(&s->access_network_info, access))
    c->cfg.device.access_network_info = s->access_network_info.ptr;
  if (copy(&s->pcscf[0], c->cfg.network.pcscf))
    imstls_i_target_parse(&c->target, s->pcscf[0].ptr);
  c->cfg.network.pcscf = NULL; /* it is the caller's, and the target has it */
}

void imstls_i_settings_use(imstls_client *c)
{
  imstls_i_settings *s = &c->settings;
  if (!s->pcscf_set)
    return;
  s->pcscf_set = false;
  s->pcscf_at = !s->pcscf_at;
  imstls_i_target_replace(&c->target, s->pcscf[s->pcscf_at].ptr);
}

int imstls_client_set_access_network_info(imstls_client *client, const char *text)
{
  if (!client || (text && !imstls_i_config_is_header_value(text)))
    return IMSTLS_ERR_USAGE;
  imstls_i_buffer *room = &client->settings.access_network_info;
  if (text && !copy(room, text))
    return IMSTLS_ERR_CAPACITY;
  client->cfg.device.access_network_info = text ? room->ptr : NULL;
  return IMSTLS_OK;
}

int imstls_client_set_pcscf(imstls_client *client, const char *list)
{
  if (!client || !list)
    return IMSTLS_ERR_USAGE;
  imstls_i_settings *s = &client->settings;
  imstls_i_buffer *next = &s->pcscf[!s->pcscf_at];
  s->pcscf_set = false; /* whatever was set before goes */
  if (!copy(next, list))
    return IMSTLS_ERR_CAPACITY;
  s->pcscf_set = imstls_i_target_is_list(list);
  return s->pcscf_set ? IMSTLS_OK : IMSTLS_ERR_USAGE;
}

int imstls_client_set_expires(imstls_client *client, uint32_t seconds)
{
  if (!client || !seconds)
    return IMSTLS_ERR_USAGE;
  client->cfg.policy.expires_s = seconds;
  imstls_i_demands_ask(&client->demands, seconds);
  return IMSTLS_OK;
}
