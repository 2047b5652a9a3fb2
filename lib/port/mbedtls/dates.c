/* SPDX-License-Identifier: Apache-2.0 */
/* Validity periods by the application's clock. mbedTLS compares dates only where it was built with a clock, and then
 * with the system's: nothing of that may count, neither what it finds expired nor which of two issuers it prefers. */
#include "port/mbedtls/tls.h"

enum { DAYS_TO_1970 = 865565 /* from 1 March of the year -400 */ };

/* Days from 1970-01-01 in the Gregorian calendar, which RFC 5280 4.1.2.5 takes for every year. Years begin in March,
 * so that a leap day is the last one of its year, and are counted from -400, so that no quotient is negative. */
static int64_t days(int year, int month, int day)
{
  int64_t y = year + 400;
  int64_t m = month - 3;
  if (m < 0) {
    m += 12;
    y--;
  }
  int64_t leap_days = y / 4 - y / 100 + y / 400;
  int64_t before_month = (153 * m + 2) / 5;
  return 365 * y + leap_days + before_month + day - 1 - DAYS_TO_1970;
}

int64_t imstls_i_mbedtls_seconds(const mbedtls_x509_time *at)
{
  int64_t hours = days(at->year, at->mon, at->day) * 24 + at->hour;
  return (hours * 60 + at->min) * 60 + at->sec;
}

/* Both bounds belong to the period (RFC 5280 4.1.2.5). */
uint32_t imstls_i_mbedtls_date_flags(const mbedtls_x509_crt *crt, int64_t wall_s)
{
  if (wall_s < imstls_i_mbedtls_seconds(&crt->valid_from))
    return MBEDTLS_X509_BADCERT_FUTURE;
  if (wall_s > imstls_i_mbedtls_seconds(&crt->valid_to))
    return MBEDTLS_X509_BADCERT_EXPIRED;
  return 0;
}

/* mbedTLS asks for each certificate of the path that it built, trust anchor included. */
int imstls_i_mbedtls_judge_dates(void *session, mbedtls_x509_crt *crt, int depth, uint32_t *flags)
{
  const imstls_mbedtls_session *s = session;
  const uint32_t by_system = MBEDTLS_X509_BADCERT_EXPIRED | MBEDTLS_X509_BADCERT_FUTURE;
  (void)depth;
  *flags &= ~by_system;
  *flags |= imstls_i_mbedtls_date_flags(crt, s->wall_s);
  return 0;
}

/* Of a renewed issuer old and new have one name and one key, and mbedTLS takes the first that it finds. */
mbedtls_x509_crt *imstls_i_mbedtls_link_valid(mbedtls_x509_crt *const *all, size_t count, int64_t wall_s)
{
  mbedtls_x509_crt *first = NULL;
  mbedtls_x509_crt **to = &first;
  for (size_t i = 0; i < count; i++) {
    if (imstls_i_mbedtls_date_flags(all[i], wall_s) != 0)
      continue;
    *to = all[i];
    to = &all[i]->next;
  }
  *to = NULL;
  return first;
}

void imstls_i_mbedtls_link_all(mbedtls_x509_crt *const *all, size_t count)
{
  for (size_t i = 0; i < count; i++)
    all[i]->next = i + 1 < count ? all[i + 1] : NULL;
}
