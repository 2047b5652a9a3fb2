/* SPDX-License-Identifier: Apache-2.0 */
#include "base/features.h"

#include <string.h>

#include <imstls/version.h>

#define NAMED(feature)                                                                                                 \
  {                                                                                                                    \
    FEATURE_##feature, #feature                                                                                        \
  }

int imstls_has(const char *feature)
{
  static const struct {
    enum imstls_i_feature feature;
    const char *name;
  } all[] = {
    NAMED(diagnose), NAMED(feed),   NAMED(ipsec),     NAMED(pki),        NAMED(psk),   NAMED(refuse),
    NAMED(regevent), NAMED(resume), NAMED(sentences), NAMED(served),     NAMED(stamp), NAMED(token2),
    NAMED(trace),    NAMED(tuak),   NAMED(udp),       NAMED(unanswered),
  };
  for (size_t i = 0; feature && i < sizeof all / sizeof all[0]; i++)
    if (strcmp(all[i].name, feature) == 0)
      return imstls_i_has(all[i].feature);
  return 0;
}
