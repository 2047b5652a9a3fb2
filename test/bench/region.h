/* SPDX-License-Identifier: Apache-2.0 */
/* Measured regions: run.py runs these programs under callgrind, which collects between two toggles alone. */
#ifndef BENCH_REGION_H
#define BENCH_REGION_H

#include <stdio.h>
#include <stdlib.h>
#include <valgrind/callgrind.h>

#define MUST(what)                                                                                                     \
  do {                                                                                                                 \
    if (!(what)) {                                                                                                     \
      fprintf(stderr, "bench: %s:%d: %s\n", __FILE__, __LINE__, #what);                                                \
      exit(1);                                                                                                         \
    }                                                                                                                  \
  } while (0)

/* `what` RUNS times, after once for caches and lazy binding; the dump is named, run.py divides by RUNS. */
#define RUNS 20
#define MEASURE(name, what)                                                                                            \
  do {                                                                                                                 \
    what;                                                                                                              \
    CALLGRIND_ZERO_STATS;                                                                                              \
    CALLGRIND_TOGGLE_COLLECT;                                                                                          \
    for (int run_ = 0; run_ < RUNS; run_++) {                                                                          \
      what;                                                                                                            \
    }                                                                                                                  \
    CALLGRIND_TOGGLE_COLLECT;                                                                                          \
    CALLGRIND_DUMP_STATS_AT(name);                                                                                     \
  } while (0)

#endif
