/* SPDX-License-Identifier: Apache-2.0 */
/* The part itself: trust anchors, randomness, and the table of functions. */
#include "port/mbedtls/tls.h"

enum { DEFAULT_SESSIONS = 2, MAX_SESSIONS = 1 << 16, DEFAULT_CERT_MAX = 16 * 1024, MAX_CERT_MAX = 1 << 20 };

static int last_error(void *user)
{
  imstls_mbedtls *part = user;
  if (!imstls_i_mbedtls_lock(part))
    return 0;
  int code = part->last_error;
  imstls_i_mbedtls_unlock(part);
  return code;
}

static void fill_table(imstls_mbedtls *part)
{
  part->tls = (imstls_tls){
    .size = sizeof(imstls_tls),
    .user = part,
    .open = imstls_i_mbedtls_open,
    .handshake = imstls_i_mbedtls_handshake,
    .read = imstls_i_mbedtls_read,
    .write = imstls_i_mbedtls_write,
    .close = imstls_i_mbedtls_close,
    .facts = imstls_i_mbedtls_facts,
    .save = imstls_i_mbedtls_save,
    .exporter = imstls_i_mbedtls_exporter,
    .last_error = last_error,
    .failure = imstls_i_mbedtls_failure,
  };
}

static int check_versions(const imstls_mbedtls_config *config)
{
  int min = config->min_version, max = config->max_version;
  bool known = (min == 12 || min == 13) && (max == 12 || max == 13);
  if (!known || (max == 13 && !IMSTLS_I_TLS13))
    return IMSTLS_ERR_UNSUPPORTED;
  return min > max ? IMSTLS_ERR_USAGE : IMSTLS_OK;
}

/* Settings of an older program are shorter; what it does not know stays zero. */
static int take_config(imstls_mbedtls_config *to, const imstls_mbedtls_config *from)
{
  *to = (imstls_mbedtls_config)IMSTLS_MBEDTLS_CONFIG_INIT;
  if (from) {
    if (from->size < offsetof(imstls_mbedtls_config, max_version))
      return IMSTLS_ERR_USAGE;
    memcpy(to, from, from->size < sizeof *to ? from->size : sizeof *to);
  }
  if (to->sessions == 0)
    to->sessions = DEFAULT_SESSIONS;
  if (to->cert_max == 0)
    to->cert_max = DEFAULT_CERT_MAX;
  if (to->max_version == 0)
    to->max_version = IMSTLS_I_TLS13 ? 13 : 12;
  if (to->min_version == 0)
    to->min_version = 12;
  if (to->sessions > MAX_SESSIONS || to->cert_max > MAX_CERT_MAX)
    return IMSTLS_ERR_USAGE;
  if (to->ca.len > 0 && !to->ca.ptr)
    return IMSTLS_ERR_USAGE;
  return check_versions(to);
}

static int list_anchors(imstls_mbedtls *part)
{
  size_t count = 0;
  if (part->ca.raw.len == 0)
    return IMSTLS_OK;
  for (mbedtls_x509_crt *crt = &part->ca; crt; crt = crt->next)
    count++;
  part->anchors = mbedtls_calloc(count, sizeof(void *)); /* a list of pointers */
  if (!part->anchors)
    return IMSTLS_ERR_MEMORY;
  for (mbedtls_x509_crt *crt = &part->ca; crt; crt = crt->next)
    part->anchors[part->anchor_count++] = crt;
  return IMSTLS_OK;
}

/* Trust anchors. mbedTLS gives the number of certificates it could not read in a bundle: the rest is good. */
static int read_anchors(imstls_mbedtls *part)
{
  const imstls_mbedtls_config *config = &part->config;
  if (config->ca.len > 0) {
    part->last_error = mbedtls_x509_crt_parse(&part->ca, config->ca.ptr, config->ca.len);
    if (part->last_error < 0)
      return IMSTLS_ERR_PKI;
  }
  if (config->ca_file) {
#if defined(MBEDTLS_FS_IO)
    part->last_error = mbedtls_x509_crt_parse_file(&part->ca, config->ca_file);
    if (part->last_error < 0)
      return IMSTLS_ERR_PKI;
#else
    return IMSTLS_ERR_UNSUPPORTED;
#endif
  }
  bool wanted = config->ca.len > 0 || config->ca_file;
  if (wanted && part->ca.raw.len == 0)
    return IMSTLS_ERR_PKI;
  return list_anchors(part);
}

static int make_places(imstls_mbedtls *part)
{
  part->sessions = mbedtls_calloc(part->config.sessions, sizeof(void *)); /* a list of pointers */
  return part->sessions ? IMSTLS_OK : IMSTLS_ERR_MEMORY;
}

/* mbedTLS fills lists of its own, of suites and curves, when they are asked for first, and without a lock. */
static void fill_lists_of_mbedtls(void)
{
  mbedtls_ssl_config scratch;
  mbedtls_ssl_config_init(&scratch);
  (void)mbedtls_ssl_config_defaults(&scratch, MBEDTLS_SSL_IS_CLIENT, MBEDTLS_SSL_TRANSPORT_STREAM,
                                    MBEDTLS_SSL_PRESET_DEFAULT);
  mbedtls_ssl_config_free(&scratch);
}

int imstls_mbedtls_new(imstls_mbedtls **out, const imstls_mbedtls_config *config)
{
  imstls_mbedtls_config settings;
  if (!out)
    return IMSTLS_ERR_USAGE;
  int ret = take_config(&settings, config);
  if (ret != IMSTLS_OK)
    return ret;
  imstls_mbedtls *part = mbedtls_calloc(1, sizeof *part);
  if (!part)
    return IMSTLS_ERR_MEMORY;
  part->config = settings;
  mbedtls_x509_crt_init(&part->ca);
#if !IMSTLS_I_PSA_RANDOM
  mbedtls_ctr_drbg_init(&part->drbg);
#endif
  fill_table(part);
  fill_lists_of_mbedtls();
  ret = imstls_i_mbedtls_lock_init(part) ? imstls_i_mbedtls_start_random(part) : IMSTLS_ERR_MEMORY;
  if (ret == IMSTLS_OK)
    ret = read_anchors(part);
  if (ret == IMSTLS_OK)
    ret = make_places(part);
  if (ret != IMSTLS_OK) {
    imstls_mbedtls_free(part);
    return ret;
  }
  /* Borrowed for the call alone. */
  part->config.ca_file = NULL;
  part->config.ca = (imstls_bytes){ NULL, 0 };
  *out = part;
  return IMSTLS_OK;
}

const imstls_tls *imstls_mbedtls_tls(imstls_mbedtls *part) { return part ? &part->tls : NULL; }

void imstls_mbedtls_free(imstls_mbedtls *part)
{
  if (!part)
    return;
  for (uint32_t i = 0; part->sessions && i < part->config.sessions; i++)
    imstls_i_mbedtls_close(part, (int)i);
  mbedtls_free(part->sessions);
  mbedtls_free(part->anchors);
  mbedtls_x509_crt_free(&part->ca);
#if !IMSTLS_I_PSA_RANDOM
  mbedtls_ctr_drbg_free(&part->drbg);
#endif
  imstls_i_mbedtls_lock_free(part);
  imstls_wipe(part, sizeof *part);
  mbedtls_free(part);
}
