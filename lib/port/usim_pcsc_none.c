/* SPDX-License-Identifier: Apache-2.0 */
/* Stands in for usim_pcsc.c in builds without pcsc-lite, so that programs link and are told. */
#include <imstls/error.h>
#include <imstls/usim.h>

int imstls_usim_pcsc_open(imstls_usim_pcsc **out, const char *reader)
{
  (void)reader;
  return out == NULL ? IMSTLS_ERR_USAGE : IMSTLS_ERR_UNSUPPORTED;
}

int imstls_usim_pcsc_attach(imstls_usim_pcsc *pcsc, imstls_usim_card *card)
{
  (void)pcsc;
  (void)card;
  return IMSTLS_ERR_UNSUPPORTED;
}

int imstls_usim_pcsc_fd(const imstls_usim_pcsc *pcsc)
{
  (void)pcsc;
  return -1;
}

int imstls_usim_pcsc_process(imstls_usim_pcsc *pcsc)
{
  (void)pcsc;
  return IMSTLS_ERR_USAGE;
}

int32_t imstls_usim_pcsc_error(const imstls_usim_pcsc *pcsc)
{
  (void)pcsc;
  return 0;
}

void imstls_usim_pcsc_close(imstls_usim_pcsc *pcsc) { (void)pcsc; }
