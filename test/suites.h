/* SPDX-License-Identifier: Apache-2.0 */
/* One line a suite; no include guard: read with SUITE defined. */
SUITE(token)
SUITE(esp_keys)
SUITE(digest)
SUITE(secagree)
SUITE(milenage)
SUITE(tuak)
SUITE(answer)
SUITE(base)
SUITE(crypto)
SUITE(sqn)
SUITE(usim_soft)
