/* SPDX-License-Identifier: Apache-2.0 */
/* Settings. */
#ifndef IMSTLS_REGISTRATION_CONFIG_H
#define IMSTLS_REGISTRATION_CONFIG_H

#include <imstls/config.h>

#include "base/base.h"

/* What a setting breaks; config_check.c has a sentence for each. */
enum config_rule {
  RULE_NULL = 0, /* there are no settings */
  RULE_SIZE,     /* the groups do not follow one another */
  RULE_MISSING,
  RULE_EMPTY,
  RULE_OCTET, /* number `least`, from 1 */
  RULE_LONG,  /* `most` octets may be */
  RULE_RANGE, /* `least` to `most` */
  RULE_FAMILY,
  RULE_LINES,
  RULE_SCHEME,
  RULE_PARAMS,
  RULE_ALGORITHMS,
  RULE_USIM,
  RULE_TLS,
  RULE_NET,
  RULE_NEEDS_INSTANCE,
  RULE_NEEDS_ACCEPT,
  RULE_NEEDS_NET,
  RULE_NEEDS_STORAGE,
  RULE_OFFER_ENTRY,
  RULE_OFFER_ALG,
  RULE_OFFER_TLS,
  RULE_OFFER_IPSEC,
  RULE_FALLBACK_OFFER,
  RULE_PSK_FLOW,
  RULE_AGREE_NEEDED,
  RULE_LEFT_OUT,
  RULE_PCSCF,
  RULE_COUNT
};

typedef struct imstls_i_fault {
  uint16_t at;  /* where in imstls_config; nothing with RULE_NULL */
  uint8_t rule; /* enum config_rule */
  uint32_t least, most;
} imstls_i_fault;

/* imstls_i_config_read, and on failure what is wrong first. */
int imstls_i_config_judge(const imstls_config *config, imstls_config *cfg, imstls_i_fault *fault);
/* A whole copy of the settings with every default filled in. IMSTLS_OK; IMSTLS_ERR_CONFIG; IMSTLS_ERR_UNSUPPORTED: this
 * build has no such feature. */
int imstls_i_config_read(const imstls_config *config, imstls_config *cfg);

bool imstls_i_config_is_header_value(const char *text); /* printable, and nothing in it ends a header field */

#endif
