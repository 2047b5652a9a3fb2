/* SPDX-License-Identifier: Apache-2.0 */
#include "card_sim.h"

#include <stdlib.h>
#include <string.h>

#include "vectors.h"

static const uint8_t aids[3][16] = {
  [SIM_ISIM] = { 0xa0, 0, 0, 0, 0x87, 0x10, 0x04, 0xff, 0x49, 0xff, 0x05, 0x89, 1, 2, 3, 4 },
  [SIM_USIM] = { 0xa0, 0, 0, 0, 0x87, 0x10, 0x02, 0xff, 0x49, 0xff, 0x05, 0x89, 1, 2, 3, 4 },
};

sim_file *sim_add(card_sim *sim, uint8_t app, uint16_t id, uint8_t record_len, const uint8_t *data, size_t len)
{
  sim_file *file = &sim->file[sim->files++];
  if (sim->files > SIM_FILES || len > sizeof file->data)
    abort();
  *file = (sim_file){ .app = app, .id = id, .record_len = record_len, .len = (uint32_t)len };
  if (len > 0)
    memcpy(file->data, data, len);
  return file;
}

sim_file *sim_find(card_sim *sim, uint8_t app, uint16_t id)
{
  for (size_t i = 0; i < sim->files; i++) {
    if (sim->file[i].app == app && sim->file[i].id == id)
      return &sim->file[i];
  }
  return NULL;
}

static void dir_record(uint8_t *record, uint8_t app)
{
  memset(record, 0xff, 32);
  memcpy(record, (const uint8_t[]){ 0x61, 0x18, 0x4f, 0x10 }, 4);
  memcpy(record + 4, aids[app], 16);
  memcpy(record + 20, (const uint8_t[]){ 0x50, 0x04, 'T', 'e', 's', 't' }, 6);
}

void sim_remove(card_sim *sim, uint8_t app)
{
  sim_file *dir = sim_find(sim, SIM_MF, 0x2f00);
  for (size_t i = 0; i < dir->len; i += 32) {
    if (memcmp(dir->data + i + 4, aids[app], 16) == 0)
      memset(dir->data + i, 0xff, 32);
  }
  for (size_t i = 0; i < sim->files; i++) {
    if (sim->file[i].app == app)
      sim->file[i].app = SIM_NO_APP;
  }
}

void sim_init(card_sim *sim)
{
  const struct v_isim_ef *v = &v_isim_ef;
  memset(sim, 0, sizeof *sim);
  sim->tries = 3;
  sim->channel = 1;
  sim->at = -1;
  strcpy(sim->pin, "1234");
  uint8_t dir[96];
  dir_record(dir, SIM_USIM);
  dir_record(dir + 32, SIM_ISIM);
  memset(dir + 64, 0xff, 32);
  sim_add(sim, SIM_MF, 0x2f00, 32, dir, sizeof dir);
  sim_add(sim, SIM_USIM, 0x6f07, 0, v->EF_IMSI_001010000000001.oct, v->EF_IMSI_001010000000001.len);
  sim_add(sim, SIM_USIM, 0x6fad, 0, v->EF_AD_mnc2.oct, v->EF_AD_mnc2.len);
  sim_add(sim, SIM_USIM, 0x6f09, 0, (const uint8_t *)"keysPS", 6); /* the same number as EF_P-CSCF of the ISIM */
  sim_add(sim, SIM_ISIM, 0x6f02, 0, v->EF_IMPI.oct, v->EF_IMPI.len);
  sim_add(sim, SIM_ISIM, 0x6f03, 0, v->EF_DOMAIN.oct, v->EF_DOMAIN.len);
  uint8_t list[192];
  memcpy(list, v->EF_IMPU_rec1.oct, 64);
  memcpy(list + 64, v->EF_IMPU_rec_empty.oct, 64);
  memcpy(list + 128, v->EF_IMPU_rec2.oct, 64);
  sim_add(sim, SIM_ISIM, 0x6f04, 64, list, sizeof list);
  memcpy(list, v->EF_PCSCF_fqdn.oct, 64);
  memcpy(list + 64, v->EF_PCSCF_ipv4.oct, 64);
  memcpy(list + 128, v->EF_PCSCF_ipv6.oct, 64);
  sim_add(sim, SIM_ISIM, 0x6f09, 64, list, sizeof list);
  vec ok = v_end_to_end.cases.item[0].apdu.response_ok;
  memcpy(sim->auth, ok.oct, ok.len);
  sim->auth_len = ok.len;
}

static void put(card_sim *sim, const void *data, size_t len)
{
  memcpy(sim->answer + sim->answer_len, data, len);
  sim->answer_len += len;
}

static void status(card_sim *sim, uint16_t sw) { put(sim, (const uint8_t[]){ (uint8_t)(sw >> 8), (uint8_t)sw }, 2); }

static bool app_exists(const card_sim *sim, uint8_t app)
{
  for (size_t i = 0; i < sim->files; i++) {
    if (sim->file[i].app == app)
      return true;
  }
  return false;
}

static void select_app(card_sim *sim, const uint8_t *aid, size_t len)
{
  sim->selected = SIM_NO_APP;
  for (uint8_t app = SIM_ISIM; app <= SIM_USIM; app++) {
    if (len <= 16 && memcmp(aid, aids[app], len) == 0 && app_exists(sim, app))
      sim->selected = app;
  }
  if (sim->selected == SIM_NO_APP) {
    status(sim, 0x6a82);
    return;
  }
  uint8_t fcp[] = {
    0x62, 0x15, 0x82, 0x02, 0x78, 0x21, 0x83, 0x02, 0x7f, 0xff, 0xc6, 0x09, 0x90, 0x01, sim->pin_on ? 0x80 : 0x00,
    0x83, 0x01, 0x01, 0x83, 0x01, 0x81, 0x8a, 0x00
  };
  if (sim->no_pin_info)
    fcp[10] = 0xc7;
  put(sim, fcp, sizeof fcp);
  status(sim, 0x9000);
}

static void select_file(card_sim *sim, uint8_t app, uint16_t id)
{
  sim->current = sim_find(sim, app, id);
  if (sim->current == NULL) {
    status(sim, 0x6a82);
    return;
  }
  const sim_file *f = sim->current;
  if (f->record_len != 0) {
    uint8_t count = (uint8_t)(f->len / f->record_len);
    put(sim,
        (const uint8_t[]){ 0x62, 0x0b, 0x82, 0x05, 0x42, 0x21, 0x00, f->record_len, count, 0x8a, 0x01, 0x05, 0xff },
        13);
  } else {
    put(sim,
        (const uint8_t[]){ 0x62, 0x08, 0x82, 0x02, 0x41, 0x21, 0x80, 0x02, (uint8_t)(f->len >> 8), (uint8_t)f->len },
        10);
  }
  status(sim, 0x9000);
}

static void read_file(card_sim *sim, const uint8_t *c, size_t len)
{
  const sim_file *f = sim->current;
  size_t le = len == 5 && c[4] != 0 ? c[4] : 256;
  if (f == NULL || (c[1] == 0xb2) != (f->record_len != 0)) {
    status(sim, 0x6981);
    return;
  }
  if (sim->pin_on && !sim->verified && f->app != SIM_MF) {
    status(sim, 0x6982);
    return;
  }
  if (f->record_len == 0) {
    if (sim->le_wrong != 0 && le != f->len) {
      status(sim, (uint16_t)(0x6c00 | (f->len & 0xff)));
      return;
    }
    put(sim, f->data, le < f->len ? le : f->len);
    status(sim, le > f->len ? 0x6282 : 0x9000);
    return;
  }
  if (c[2] == 0 || (size_t)c[2] * f->record_len > f->len) {
    status(sim, 0x6a83);
    return;
  }
  put(sim, f->data + (size_t)(c[2] - 1) * f->record_len, f->record_len);
  status(sim, 0x9000);
}

static void verify(card_sim *sim, const uint8_t *c, size_t len)
{
  uint8_t padded[8];
  memset(padded, 0xff, sizeof padded);
  memcpy(padded, sim->pin, strlen(sim->pin));
  if (len == 4 && sim->pin_sw != 0)
    status(sim, sim->pin_sw);
  else if (!sim->pin_on)
    status(sim, 0x6984);
  else if (sim->verified && len == 4)
    status(sim, 0x9000);
  else if (sim->tries == 0)
    status(sim, 0x6983);
  else if (len == 4)
    status(sim, (uint16_t)(0x63c0 | sim->tries));
  else if (len == 13 && memcmp(c + 5, padded, 8) == 0) {
    sim->verified = true;
    sim->tries = 3;
    status(sim, 0x9000);
  } else {
    sim->tries--;
    status(sim, (uint16_t)(0x63c0 | sim->tries));
  }
}

static void channel(card_sim *sim, const uint8_t *c)
{
  if (sim->no_channels)
    status(sim, 0x6881);
  else if (c[2] == 0x80) {
    sim->open = false;
    status(sim, 0x9000);
  } else {
    sim->open = true;
    put(sim, &sim->channel, 1);
    status(sim, 0x9000);
  }
}

static void execute(card_sim *sim, const uint8_t *c, size_t len)
{
  uint8_t used = (c[0] & 0x40) != 0 ? (uint8_t)((c[0] & 0x0f) + 4) : c[0] & 0x03;
  if (used != 0 && (!sim->open || used != sim->channel))
    status(sim, 0x6881);
  else if (c[1] == 0xa4 && c[2] == 0x04)
    select_app(sim, c + 5, c[4]);
  else if (c[1] == 0xa4 && c[2] == 0x08)
    select_file(sim, SIM_MF, (uint16_t)(c[5] << 8 | c[6]));
  else if (c[1] == 0xa4)
    select_file(sim, sim->selected, (uint16_t)(c[5] << 8 | c[6]));
  else if (c[1] == 0xb0 || c[1] == 0xb2)
    read_file(sim, c, len);
  else if (c[1] == 0x20)
    verify(sim, c, len);
  else if (c[1] == 0x70)
    channel(sim, c);
  else if (c[1] != 0x88)
    status(sim, 0x6d00);
  else if (sim->selected == SIM_NO_APP)
    status(sim, 0x6985);
  else if (sim->pin_on && !sim->verified)
    status(sim, 0x6982);
  else
    put(sim, sim->auth, sim->auth_len);
}

void sim_command(card_sim *sim, const uint8_t *command, size_t len)
{
  sim->answer_len = 0;
  if (sim->count < SIM_LOG && len <= sizeof sim->sent[0]) {
    memcpy(sim->sent[sim->count], command, len);
    sim->sent_len[sim->count] = len;
  }
  if (command[1] == 0xc0 && sim->waiting) {
    put(sim, sim->rest, sim->rest_len);
  } else {
    execute(sim, command, len);
    bool fetch = sim->t0 && sim->answer_len > 2 && (command[1] == 0xa4 || command[1] == 0x88);
    if (fetch) {
      memcpy(sim->rest, sim->answer, sim->answer_len);
      sim->rest_len = sim->answer_len;
      sim->answer_len = 0;
      status(sim, (uint16_t)(0x6100 | (sim->rest_len - 2)));
    }
    sim->waiting = fetch;
  }
  if (sim->twist != NULL && (sim->at < 0 || sim->at == sim->count))
    sim->twist(sim, sim->answer, &sim->answer_len);
  sim->count++;
}

int sim_transmit(void *user, const uint8_t *command, size_t len, uint8_t *response, size_t cap, size_t *response_len)
{
  card_sim *sim = user;
  int number = sim->count;
  sim_command(sim, command, len);
  sim->answer_error = sim->error != 0 && sim->at == number ? sim->error : IMSTLS_OK;
  sim->response = response;
  sim->response_cap = cap;
  if (cap < 258)
    abort();
  if (sim->pending)
    return IMSTLS_PENDING;
  size_t copy = sim->answer_len < cap ? sim->answer_len : cap;
  memcpy(response, sim->answer, copy);
  *response_len = sim->answer_len;
  sim->response = NULL;
  return sim->answer_error;
}

void sim_reset(card_sim *sim)
{
  sim->selected = SIM_NO_APP;
  sim->current = NULL;
  sim->open = sim->verified = sim->waiting = false;
}

bool sim_deliver(card_sim *sim, imstls_usim_card *card)
{
  if (sim->response == NULL)
    return false;
  size_t copy = sim->answer_len < sim->response_cap ? sim->answer_len : sim->response_cap;
  memcpy(sim->response, sim->answer, copy);
  sim->response = NULL;
  return imstls_usim_card_transmitted(card, sim->answer_error, sim->answer_len) == IMSTLS_OK;
}

int sim_sent(const card_sim *sim, uint8_t ins)
{
  int n = 0;
  for (int i = 0; i < sim->count && i < SIM_LOG; i++)
    n += sim->sent[i][1] == ins;
  return n;
}
