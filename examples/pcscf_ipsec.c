/* SPDX-License-Identifier: Apache-2.0 */
/* The P-CSCF's ends of security associations and their protected ports (TS 33.203 7). */
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "pcscf.h"

enum { AWAIT_AUTH_S = 240, GRACE_S = 30, LINGER_MS = 1000 };

struct set {
  bool used;
  uint32_t id; /* installed */
  imstls_ipsec_sa sa;
  struct sockaddr_storage ue, pcscf; /* their ports are not used */
  struct flow *udp;                  /* replies leave our client port for the UE's server port */
  uint64_t ends_at;                  /* 0: with its registration */
};

struct sas {
  imstls_ipsec_xfrm_part part;
  const imstls_ipsec *ipsec;
  struct set sets[IMSTLS_IPSEC_XFRM_SETS];
};

int sas_open(struct pcscf *p)
{
  if (!p->options.ipsec)
    return 0;
  p->sas = calloc(1, sizeof *p->sas);
  if (!p->sas)
    return EXIT_INTERNAL;
  p->sas->part = (imstls_ipsec_xfrm_part)IMSTLS_IPSEC_XFRM_INIT;
  p->sas->part.side = IMSTLS_IPSEC_XFRM_PCSCF;
  p->sas->ipsec = imstls_ipsec_xfrm(&p->sas->part);
  if (p->sas->ipsec)
    return 0;
  fprintf(stderr, "pcscf: --ipsec: this build has no libmnl\n");
  return EXIT_USAGE;
}

static struct set *set_of(struct pcscf *p, unsigned sa)
{
  struct set *set = sa && p->sas ? &p->sas->sets[sa - 1] : NULL;
  return set && set->used ? set : NULL;
}

static imstls_address address_of(const struct sockaddr_storage *from)
{
  imstls_address out = { .family = from->ss_family == AF_INET6 ? 6 : 4 };
  if (from->ss_family == AF_INET6)
    memcpy(out.ip, &((const struct sockaddr_in6 *)(const void *)from)->sin6_addr, 16);
  else
    memcpy(out.ip, &((const struct sockaddr_in *)(const void *)from)->sin_addr, 4);
  return out;
}

static struct sockaddr_storage with_port(const struct sockaddr_storage *from, uint16_t port)
{
  struct sockaddr_storage out = *from;
  if (out.ss_family == AF_INET6)
    ((struct sockaddr_in6 *)(void *)&out)->sin6_port = htons(port);
  else
    ((struct sockaddr_in *)(void *)&out)->sin_port = htons(port);
  return out;
}

static bool both_ends(const struct flow *flow, struct set *set)
{
  socklen_t len = sizeof set->pcscf;
  if (flow->kind == FLOW_UDP) {
    set->ue = flow->peer;
    return getsockname(flow->fd, (struct sockaddr *)&set->pcscf, &len) == 0;
  }
  socklen_t peer_len = sizeof set->ue;
  return getsockname(flow->fd, (struct sockaddr *)&set->pcscf, &len) == 0 &&
         getpeername(flow->fd, (struct sockaddr *)&set->ue, &peer_len) == 0;
}

static const char *alg_name(int alg) { return alg == IMSTLS_ALG_HMAC_MD5_96 ? "hmac-md5-96" : "hmac-sha-1-96"; }

static const char *ealg_name(int ealg)
{
  return ealg == IMSTLS_EALG_AES_CBC ? "aes-cbc" : ealg == IMSTLS_EALG_DES_EDE3_CBC ? "des-ede3-cbc" : "null";
}

static void take_algorithms(imstls_ipsec_sa *sa, const imstls_mechanism *theirs)
{
  sa->alg = imstls_text_is(theirs->alg, "hmac-md5-96") ? IMSTLS_ALG_HMAC_MD5_96 : IMSTLS_ALG_HMAC_SHA1_96;
  sa->ealg = IMSTLS_EALG_NULL;
  if (imstls_text_is(theirs->ealg, "aes-cbc"))
    sa->ealg = IMSTLS_EALG_AES_CBC;
  else if (imstls_text_is(theirs->ealg, "des-ede3-cbc"))
    sa->ealg = IMSTLS_EALG_DES_EDE3_CBC;
}

unsigned sas_reserve(struct pcscf *p, const struct flow *flow, const imstls_mechanism *theirs, char *out, size_t cap)
{
  const imstls_ipsec *ipsec = p->sas->ipsec;
  unsigned n = 0;
  while (n < IMSTLS_IPSEC_XFRM_SETS && p->sas->sets[n].used)
    n++;
  struct set *set = n < IMSTLS_IPSEC_XFRM_SETS ? &p->sas->sets[n] : NULL;
  if (!set || !both_ends(flow, set))
    return 0;
  set->sa = (imstls_ipsec_sa){ .size = sizeof set->sa,
                               .ue = address_of(&set->ue),
                               .pcscf = address_of(&set->pcscf),
                               .theirs = { theirs->spi_c, theirs->spi_s, theirs->port_c, theirs->port_s },
                               .lifetime_s = AWAIT_AUTH_S };
  take_algorithms(&set->sa, theirs);
  if (ipsec->reserve(ipsec->user, &set->sa.ue, &set->sa.pcscf, 0, &set->sa.ours)) {
    fprintf(stderr, "pcscf: security associations: %s\n", strerror(p->sas->part.last_errno));
    return 0;
  }
  set->used = true;
  set->ends_at = now_ms() + AWAIT_AUTH_S * 1000;
  const imstls_ipsec_end *o = &set->sa.ours;
  snprintf(out, cap, ";alg=%s;ealg=%s;prot=esp;mod=trans;spi-c=%u;spi-s=%u;port-c=%u;port-s=%u", alg_name(set->sa.alg),
           ealg_name(set->sa.ealg), (unsigned)o->spi_c, (unsigned)o->spi_s, o->port_c, o->port_s);
  return n + 1;
}

/* TCP and UDP on our server port; UDP replies from our client port. */
static bool open_ports(struct pcscf *p, unsigned sa, struct set *set)
{
  struct sockaddr_storage s = with_port(&set->pcscf, set->sa.ours.port_s), s2 = s;
  struct sockaddr_storage c = with_port(&set->pcscf, set->sa.ours.port_c);
  if (p->listener_count + 2 > MAX_LISTENERS || !(set->udp = calloc(1, sizeof *set->udp)))
    return false;
  set->udp->kind = FLOW_UDP;
  set->udp->sa = sa;
  set->udp->peer = with_port(&set->ue, set->sa.theirs.port_s);
  set->udp->peer_len = s.ss_family == AF_INET6 ? sizeof(struct sockaddr_in6) : sizeof(struct sockaddr_in);
  set->udp->fd = listen_on(&c, SOCK_DGRAM);
  int tcp = listen_on(&s, SOCK_STREAM), udp = listen_on(&s2, SOCK_DGRAM);
  if (tcp >= 0)
    add_listener(p, tcp, FLOW_TCP, sa, NULL);
  if (udp >= 0)
    add_listener(p, udp, FLOW_UDP, sa, set->udp);
  return tcp >= 0 && udp >= 0 && set->udp->fd >= 0;
}

bool sas_install(struct pcscf *p, unsigned sa, const imstls_aka_vector *vector)
{
  struct set *set = set_of(p, sa);
  const imstls_ipsec *ipsec = p->sas->ipsec;
  int error = set ? imstls_ipsec_keys(set->sa.alg, set->sa.ealg, vector->ck, vector->ik, &set->sa) : IMSTLS_ERR_IPSEC;
  if (!error)
    error = ipsec->install(ipsec->user, &set->sa, &set->id);
  if (set) {
    imstls_wipe(set->sa.ik_esp, sizeof set->sa.ik_esp);
    imstls_wipe(set->sa.ck_esp, sizeof set->sa.ck_esp);
  }
  if (error)
    fprintf(stderr, "pcscf: security associations: %s\n", strerror(p->sas->part.last_errno));
  return !error && open_ports(p, sa, set);
}

void sas_keep(struct pcscf *p, unsigned sa, uint32_t seconds)
{
  struct set *set = set_of(p, sa);
  if (!set || !set->id)
    return;
  set->ends_at = 0;
  uint32_t lifetime = seconds < UINT32_MAX - GRACE_S ? seconds + GRACE_S : seconds;
  (void)p->sas->ipsec->set_lifetime(p->sas->ipsec->user, set->id, lifetime);
}

void sas_end_soon(struct pcscf *p, unsigned sa)
{
  struct set *set = set_of(p, sa);
  if (set)
    set->ends_at = now_ms() + LINGER_MS;
}

/* TCP connections end by an abort: what they resend later would leave in clear. */
static void close_ports(struct pcscf *p, unsigned sa)
{
  struct linger now = { 1, 0 };
  for (size_t i = 0; i < p->options.connections; i++)
    if (p->flows[i] && p->flows[i]->sa == sa) {
      (void)setsockopt(p->flows[i]->fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
      flow_close(p, i);
    }
  size_t kept = 0;
  for (size_t i = 0; i < p->listener_count; i++)
    if (p->listeners[i].sa == sa)
      close(p->listeners[i].fd);
    else
      p->listeners[kept++] = p->listeners[i];
  p->listener_count = kept;
}

static void end_now(struct pcscf *p, unsigned sa)
{
  struct set *set = &p->sas->sets[sa - 1];
  const imstls_ipsec *ipsec = p->sas->ipsec;
  close_ports(p, sa);
  if (set->udp) {
    sip_flow_ended(p, set->udp);
    if (set->udp->fd >= 0)
      close(set->udp->fd);
    imstls_wipe(set->udp, sizeof *set->udp);
    free(set->udp);
  }
  if (set->id)
    ipsec->remove(ipsec->user, set->id);
  else
    ipsec->release(ipsec->user, &set->sa.ours);
  imstls_wipe(set, sizeof *set);
}

bool sas_ports(struct pcscf *p, unsigned sa, struct sockaddr_storage *ours, struct sockaddr_storage *theirs)
{
  const struct set *set = set_of(p, sa);
  if (!set)
    return false;
  *ours = with_port(&set->pcscf, set->sa.ours.port_c);
  *theirs = with_port(&set->ue, set->sa.theirs.port_s);
  return true;
}

void sas_tick(struct pcscf *p)
{
  for (unsigned i = 0; p->sas && i < IMSTLS_IPSEC_XFRM_SETS; i++) {
    struct set *set = &p->sas->sets[i];
    if (set->used && set->ends_at && now_ms() >= set->ends_at)
      end_now(p, i + 1);
    if (set->udp && set->udp->greet_at && now_ms() >= set->udp->greet_at) {
      set->udp->greet_at = 0;
      sip_greet(p, set->udp);
    }
  }
}

void sas_close(struct pcscf *p)
{
  for (unsigned i = 0; p->sas && i < IMSTLS_IPSEC_XFRM_SETS; i++)
    if (p->sas->sets[i].used)
      end_now(p, i + 1);
  free(p->sas);
  p->sas = NULL;
}
