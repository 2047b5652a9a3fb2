/* SPDX-License-Identifier: Apache-2.0 */
/* A suite of one test case from a list of tests; it bears the name of its file. */
#ifndef TEST_SUITE_H
#define TEST_SUITE_H

#include <check.h>

#define SUITE_OF(suite_name, ...)                                                                                      \
  Suite *suite_name##_suite(void);                                                                                     \
  Suite *suite_name##_suite(void)                                                                                      \
  {                                                                                                                    \
    const TTest *const tests[] = { __VA_ARGS__ };                                                                      \
    Suite *suite = suite_create(#suite_name);                                                                          \
    TCase *tcase = tcase_create(#suite_name);                                                                          \
    tcase_set_timeout(tcase, 60);                                                                                      \
    for (size_t i = 0; i < sizeof tests / sizeof tests[0]; i++)                                                        \
      tcase_add_test(tcase, tests[i]);                                                                                 \
    suite_add_tcase(suite, tcase);                                                                                     \
    return suite;                                                                                                      \
  }

#ifndef COUNT
#define COUNT(table) (sizeof(table) / sizeof((table)[0]))
#endif

#endif
