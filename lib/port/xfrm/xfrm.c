/* SPDX-License-Identifier: Apache-2.0 */
/* Linux XFRM behind imstls_ipsec. Each callback opens a netlink socket and closes it: nothing to clean up later. */
#include "port/xfrm/netlink.h"

#if !defined(IMSTLS_WITH_LIBMNL)

const imstls_ipsec *imstls_ipsec_xfrm(imstls_ipsec_xfrm_part *part)
{
  (void)part;
  return NULL;
}

#else

#include <errno.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

/* What one set consists of, in the order in which it is built; taken down in reverse. Guards come first and go last, so
 * that at no moment anything leaves a protected port in clear, and without SAs no policy can ask for them. */
enum { GUARDS = 4, SAS = 4, POLICIES = 4, STEPS = GUARDS + SAS + POLICIES };
enum { DEFAULT_PRIORITY = 1000, GUARD_BELOW = 1000, POLICY_GRACE_S = 600 };

typedef imstls_ipsec_xfrm_part xfrm_part;
typedef imstls_ipsec_xfrm_set xfrm_set;

static int fail(xfrm_part *part, int error)
{
  part->last_errno = error;
  return IMSTLS_ERR_IPSEC;
}

static bool same_address(const imstls_address *a, const imstls_address *b)
{
  return a->family == b->family && memcmp(a->ip, b->ip, a->family == 4 ? 4 : 16) == 0;
}

static bool same_end(const imstls_ipsec_end *a, const imstls_ipsec_end *b)
{
  return a->spi_c == b->spi_c && a->spi_s == b->spi_s && a->port_c == b->port_c && a->port_s == b->port_s;
}

static bool has_port(const xfrm_set *set, uint16_t port)
{
  return set->ours.port_c == port || set->ours.port_s == port;
}

/* Another installed set that needs our port guarded, too. */
static bool guard_shared(const xfrm_part *part, const xfrm_set *set, uint16_t port)
{
  for (size_t i = 0; i < IMSTLS_IPSEC_XFRM_SETS; i++) {
    const xfrm_set *other = &part->sets[i];
    bool shares_port =
        other != set && other->id != 0 && same_address(&other->local, &set->local) && has_port(other, port);
    if (shares_port) {
      return true;
    }
  }
  return false;
}

static bool same_pair(const xfrm_set *a, const xfrm_set *b, bool server)
{
  if (!same_address(&a->local, &b->local) || !same_address(&a->remote, &b->remote)) {
    return false;
  }
  return server ? a->ours.port_s == b->ours.port_s && a->theirs.port_c == b->theirs.port_c
                : a->ours.port_c == b->ours.port_c && a->theirs.port_s == b->theirs.port_s;
}

/* Another installed set with the same port pair. The kernel keeps one policy a selector, so both share it. */
static const xfrm_set *pair_shared(const xfrm_part *part, const xfrm_set *set, bool server)
{
  for (size_t i = 0; i < IMSTLS_IPSEC_XFRM_SETS; i++) {
    const xfrm_set *other = &part->sets[i];
    if (other != set && other->id != 0 && same_pair(other, set, server)) {
      return other;
    }
  }
  return NULL;
}

static uint64_t boot_s(void)
{
  struct timespec now = { 0, 0 };
  (void)clock_gettime(CLOCK_BOOTTIME, &now);
  return (uint64_t)now.tv_sec;
}

/* Policies outlive every SA: when SAs end the ports are shut, not open. 0: some set has no end. */
static uint64_t policy_lifetime(const xfrm_part *part)
{
  uint64_t now = boot_s();
  uint64_t longest = 0;
  for (size_t i = 0; i < IMSTLS_IPSEC_XFRM_SETS; i++) {
    const xfrm_set *set = &part->sets[i];
    if (set->id == 0) {
      continue;
    }
    if (set->ends_s == 0) {
      return 0;
    }
    uint64_t left = set->ends_s > now ? set->ends_s - now : 0;
    longest = left > longest ? left : longest;
  }
  return longest + POLICY_GRACE_S;
}

static imstls_i_xfrm_rule rule_of(const xfrm_part *part, bool guard, bool replace)
{
  uint32_t priority = part->priority != 0 ? part->priority : DEFAULT_PRIORITY;
  return (imstls_i_xfrm_rule){ guard, replace, guard ? priority + GUARD_BELOW : priority, policy_lifetime(part) };
}

/* Steps 0 to 3: what may not pass at port c in, c out, s in, s out. */
static imstls_i_xfrm_flow guard_of(const xfrm_set *set, int step)
{
  return imstls_i_xfrm_guard(&set->local, step < 2 ? set->ours.port_c : set->ours.port_s, step % 2 == 0);
}

static bool step_shared(const xfrm_part *part, const xfrm_set *set, int step)
{
  if (step < GUARDS) {
    return guard_shared(part, set, step < 2 ? set->ours.port_c : set->ours.port_s);
  }
  return step >= GUARDS + SAS && pair_shared(part, set, step - GUARDS - SAS >= 2) != NULL;
}

/* `refresh`: it is ours already, only its lifetime changes. */
static int put_policy_step(imstls_i_xfrm_link *l, const xfrm_part *part, const xfrm_set *set, int step, bool refresh)
{
  bool guard = step < GUARDS;
  imstls_i_xfrm_flow flows[4];
  imstls_i_xfrm_flows(set, flows);
  imstls_i_xfrm_flow flow = guard ? guard_of(set, step) : flows[step - GUARDS - SAS];
  imstls_i_xfrm_rule rule = rule_of(part, guard, refresh || step_shared(part, set, step));
  return imstls_i_xfrm_talk(l, imstls_i_xfrm_put_policy(imstls_i_xfrm_buf(l), ++l->seq, &flow, &rule));
}

static int put_sa_step(imstls_i_xfrm_link *l, const xfrm_set *set, const imstls_ipsec_sa *sa, int step)
{
  imstls_i_xfrm_flow flows[4];
  imstls_i_xfrm_flows(set, flows);
  const imstls_i_xfrm_flow *flow = &flows[step - GUARDS];
  return imstls_i_xfrm_talk(l, imstls_i_xfrm_put_sa(imstls_i_xfrm_buf(l), ++l->seq, flow, sa, sa->lifetime_s, false));
}

/* What is gone already was taken by its lifetime. */
static void drop_step(imstls_i_xfrm_link *l, xfrm_part *part, const xfrm_set *set, int step)
{
  if (step_shared(part, set, step)) {
    return;
  }
  bool is_sa = step >= GUARDS && step < GUARDS + SAS;
  imstls_i_xfrm_flow flows[4];
  imstls_i_xfrm_flows(set, flows);
  imstls_i_xfrm_flow flow = step < GUARDS ? guard_of(set, step) : flows[(step - GUARDS) % SAS];
  size_t len = is_sa ? imstls_i_xfrm_del_sa(imstls_i_xfrm_buf(l), ++l->seq, &flow)
                     : imstls_i_xfrm_del_policy(imstls_i_xfrm_buf(l), ++l->seq, &flow);
  int error = imstls_i_xfrm_talk(l, len);
  if (error != 0 && error != ESRCH && error != ENOENT) {
    part->last_errno = error;
  }
}

static int build(imstls_i_xfrm_link *l, xfrm_part *part, const xfrm_set *set, const imstls_ipsec_sa *sa)
{
  for (int step = 0; step < STEPS; step++) {
    bool is_sa = step >= GUARDS && step < GUARDS + SAS;
    int error = is_sa ? put_sa_step(l, set, sa, step) : put_policy_step(l, part, set, step, false);
    if (error != 0) {
      while (step-- > 0) {
        drop_step(l, part, set, step);
      }
      return error;
    }
  }
  return 0;
}

static xfrm_set *find_installed(xfrm_part *part, uint32_t id)
{
  for (size_t i = 0; i < IMSTLS_IPSEC_XFRM_SETS; i++) {
    if (id != 0 && part->sets[i].id == id) {
      return &part->sets[i];
    }
  }
  return NULL;
}

static xfrm_set *find_reserved(xfrm_part *part, const imstls_ipsec_end *ours)
{
  for (size_t i = 0; i < IMSTLS_IPSEC_XFRM_SETS; i++) {
    xfrm_set *set = &part->sets[i];
    if (set->id == 0 && set->reserved != 0 && same_end(&set->ours, ours)) {
      return set;
    }
  }
  return NULL;
}

static xfrm_set *find_free(xfrm_part *part)
{
  for (size_t i = 0; i < IMSTLS_IPSEC_XFRM_SETS; i++) {
    if (part->sets[i].id == 0 && part->sets[i].reserved == 0) {
      return &part->sets[i];
    }
  }
  return NULL;
}

static uint32_t new_id(xfrm_part *part)
{
  do {
    part->next_id++;
  } while (part->next_id == 0 || find_installed(part, part->next_id) != NULL);
  return part->next_id;
}

static void describe(xfrm_part *part, xfrm_set *set, const imstls_ipsec_sa *sa)
{
  bool ue = part->side == IMSTLS_IPSEC_XFRM_UE;
  set->local = ue ? sa->ue : sa->pcscf;
  set->remote = ue ? sa->pcscf : sa->ue;
  set->ours = sa->ours;
  set->theirs = sa->theirs;
  set->ends_s = sa->lifetime_s != 0 ? boot_s() + sa->lifetime_s : 0;
  const xfrm_set *older_c = pair_shared(part, set, false);
  const xfrm_set *older_s = pair_shared(part, set, true);
  set->reqid_c = older_c ? older_c->reqid_c : sa->ours.spi_c;
  set->reqid_s = older_s ? older_s->reqid_s : sa->ours.spi_s;
}

static int install(void *user, const imstls_ipsec_sa *sa, uint32_t *id)
{
  xfrm_part *part = user;
  if (!imstls_i_xfrm_valid(sa)) {
    return fail(part, EINVAL);
  }
  xfrm_set *set = find_reserved(part, &sa->ours);
  set = set ? set : find_free(part);
  if (!set) {
    return fail(part, ENOBUFS);
  }
  imstls_i_xfrm_link l;
  int error = imstls_i_xfrm_open(&l);
  if (error != 0) {
    return fail(part, error);
  }
  describe(part, set, sa);
  set->id = new_id(part);
  error = build(&l, part, set, sa);
  imstls_i_xfrm_close(&l);
  if (error != 0) {
    set->id = 0;
    return fail(part, error);
  }
  *id = set->id;
  return IMSTLS_OK;
}

static void take_down(void *user, uint32_t id)
{
  xfrm_part *part = user;
  xfrm_set *set = find_installed(part, id);
  imstls_i_xfrm_link l;
  if (!set) {
    return;
  }
  int error = imstls_i_xfrm_open(&l);
  if (error != 0) {
    part->last_errno = error;
    return;
  }
  for (int step = STEPS; step-- > 0;) {
    drop_step(&l, part, set, step);
  }
  imstls_i_xfrm_close(&l);
  imstls_wipe(set, sizeof *set);
}

/* The kernel counts from when the SA was added, and takes a new lifetime only with a whole SA, whose keys it ignores.
 * Ours are wiped, so it gets random ones: were they ever used, nothing would pass. */
static int extend_sa(imstls_i_xfrm_link *l, const imstls_i_xfrm_flow *flow, uint32_t lifetime_s)
{
  uint64_t added = 0;
  int error = imstls_i_xfrm_ask(l, flow, &added);
  if (error != 0) {
    return error;
  }
  imstls_ipsec_sa sa = { .alg = IMSTLS_ALG_HMAC_SHA1_96, .ealg = IMSTLS_EALG_NULL, .ik_esp_len = 20 };
  if (getrandom(sa.ik_esp, sa.ik_esp_len, 0) != (ssize_t)sa.ik_esp_len) {
    return EAGAIN;
  }
  uint64_t now = (uint64_t)time(NULL);
  uint64_t age = now > added ? now - added : 0;
  uint64_t total = lifetime_s != 0 ? age + lifetime_s : 0;
  return imstls_i_xfrm_talk(l, imstls_i_xfrm_put_sa(imstls_i_xfrm_buf(l), ++l->seq, flow, &sa, total, true));
}

static int extend(imstls_i_xfrm_link *l, xfrm_part *part, xfrm_set *set, uint32_t lifetime_s)
{
  imstls_i_xfrm_flow flows[4];
  imstls_i_xfrm_flows(set, flows);
  int error = 0;
  for (int i = 0; i < SAS && error == 0; i++) {
    error = extend_sa(l, &flows[i], lifetime_s);
  }
  if (error != 0) {
    return error;
  }
  set->ends_s = lifetime_s != 0 ? boot_s() + lifetime_s : 0;
  for (int step = 0; step < STEPS && error == 0; step++) {
    if (step < GUARDS || step >= GUARDS + SAS) {
      error = put_policy_step(l, part, set, step, true);
    }
  }
  return error;
}

static int set_lifetime(void *user, uint32_t id, uint32_t lifetime_s)
{
  xfrm_part *part = user;
  xfrm_set *set = find_installed(part, id);
  if (!set) {
    return fail(part, ENOENT);
  }
  imstls_i_xfrm_link l;
  int error = imstls_i_xfrm_open(&l);
  if (error != 0) {
    return fail(part, error);
  }
  error = extend(&l, part, set, lifetime_s);
  imstls_i_xfrm_close(&l);
  return error != 0 ? fail(part, error) : IMSTLS_OK;
}

static int reserve(void *user, const imstls_address *ue, const imstls_address *pcscf, uint16_t keep_port_s,
                   imstls_ipsec_end *out)
{
  xfrm_part *part = user;
  const imstls_address *local = part->side == IMSTLS_IPSEC_XFRM_UE ? ue : pcscf;
  if (!local || (local->family != 4 && local->family != 6)) {
    return fail(part, EINVAL);
  }
  xfrm_set *set = find_free(part);
  if (!set) {
    return fail(part, ENOBUFS);
  }
  imstls_ipsec_end end = { 0, 0, 0, 0 };
  int error = imstls_i_xfrm_take(part, local, keep_port_s, &end);
  if (error != 0) {
    return fail(part, error);
  }
  *set = (xfrm_set){ .reserved = 1, .local = *local, .ours = end };
  *out = end;
  return IMSTLS_OK;
}

static void release(void *user, const imstls_ipsec_end *end)
{
  xfrm_set *set = find_reserved(user, end);
  if (set) {
    imstls_wipe(set, sizeof *set);
  }
}

const imstls_ipsec *imstls_ipsec_xfrm(imstls_ipsec_xfrm_part *part)
{
  if (!part || part->size < sizeof *part) {
    return NULL;
  }
  part->ipsec = (imstls_ipsec){ sizeof part->ipsec, part, reserve, install, set_lifetime, take_down, release };
  return &part->ipsec;
}

#endif
