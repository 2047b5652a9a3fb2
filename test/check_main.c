/* SPDX-License-Identifier: Apache-2.0 */
/* Runs every suite of suites.h. CK_FORK=no for debuggers and valgrind; CK_RUN_SUITE=name for one. */
#include <check.h>
#include <stdlib.h>

#define SUITE(name) Suite *name##_suite(void);
#include "suites_here.h"
#undef SUITE

int main(void)
{
  SRunner *runner = srunner_create(NULL);
#define SUITE(name) srunner_add_suite(runner, name##_suite());
#include "suites_here.h"
#undef SUITE
  srunner_run_all(runner, CK_ENV);
  int failed = srunner_ntests_failed(runner);
  int run = srunner_ntests_run(runner);
  srunner_free(runner);
  return failed == 0 && run > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
