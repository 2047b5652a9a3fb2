/* SPDX-License-Identifier: Apache-2.0 */
#include "client/optional/optional.h"

imstls_bytes imstls_i_session_load(imstls_client *c, imstls_i_record *record)
{
  (void)c;
  (void)record;
  return (imstls_bytes){ 0 };
}

void imstls_i_session_wipe(imstls_client *c, imstls_bytes session)
{
  (void)c;
  (void)session;
}

void imstls_i_session_save(imstls_client *c) { (void)c; }

void imstls_i_session_forget(imstls_client *c) { (void)c; }
