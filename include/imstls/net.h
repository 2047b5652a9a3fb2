/* SPDX-License-Identifier: Apache-2.0 */
/**
 * \file net.h
 * \brief Sockets and name resolution as callbacks, and the ready-made parts for POSIX, Windows and lwIP.
 */
#ifndef IMSTLS_NET_H
#define IMSTLS_NET_H

#include <imstls/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/** \addtogroup ports
 * @{ */

struct imstls_client;

/** Kinds of sockets. */
enum imstls_net_kind {
  IMSTLS_NET_TCP = 1,       /**< connects */
  IMSTLS_NET_UDP = 2,       /**< sends datagrams */
  IMSTLS_NET_TCP_LISTEN = 3 /**< takes connections */
};

/** What to open. */
typedef struct imstls_net_open {
  size_t size;
  int32_t kind;               /**< IMSTLS_NET_... */
  uint32_t mark;              /**< socket mark, 0: none */
  imstls_address remote;      /**< where to; a listener has none */
  imstls_address local;       /**< address and port to bind; family 0: any; port 0: any */
  const char *interface_name; /**< interface to bind to; may be NULL */
  /** 1: TCP in ESP: to be closed by an abort (SO_LINGER 0), see imstls_ipsec.remove; of a listener: what it accepts */
  uint32_t abort_on_close;
  uint32_t reserved;
} imstls_net_open;

/** What a name is wanted for: the service of RFC 3263 4.1, whose names in the DNS are "SIPS+D2T" and "_sips._tcp",
 *  "SIP+D2T" and "_sip._tcp", "SIP+D2U" and "_sip._udp". */
enum imstls_service {
  IMSTLS_SERVICE_SIPS_TCP = 1, /**< SIP over TLS */
  IMSTLS_SERVICE_SIP_TCP = 2,  /**< SIP over TCP */
  IMSTLS_SERVICE_SIP_UDP = 3   /**< SIP over UDP */
};

/** A question for the resolver. */
typedef struct imstls_net_query {
  size_t size;
  const char *host; /**< as it is configured, terminated; never an IP literal */
  uint32_t request; /**< number to hand to imstls_client_resolved */
  int32_t service;  /**< IMSTLS_SERVICE_... */
  uint32_t port;    /**< configured with the name, which then has addresses alone (RFC 3263 4.2); 0: none */
  uint32_t reserved;
} imstls_net_query;

/** A socket as the application numbers them, such as a file descriptor. Negative: none. */
typedef intptr_t imstls_socket;

/** Sockets. Everything is non-blocking. `send` sends without delay (TCP_NODELAY). */
typedef struct imstls_net {
  size_t size;
  void *user;
  /**
   * \brief  Addresses of a name. What it finds says where to connect and nothing else: the server is still to be the
   *  one of the name that was asked for (RFC 5922 7.1).
   * \param  user   resolve_user, or `user` where that is NULL
   * \param  query  borrowed
   * \param  out    written: addresses in the order to try, and their ports, as of SRV; port 0: the one of `query`, or
   *                the default
   * \param  cap    elements of `out`
   * \param  count  written
   * \return IMSTLS_OK; IMSTLS_PENDING: imstls_client_resolved follows, or came from within this call;
   *         IMSTLS_ERR_RESOLVE. May be NULL: IP literals alone, and a name fails with that error
   */
  int (*resolve)(void *user, const imstls_net_query *query, imstls_address *out, size_t cap, size_t *count);
  /** \brief  Begins to open. \return IMSTLS_OK: open or on its way, `out` is set; IMSTLS_ERR_CONNECT */
  int (*open)(void *user, const imstls_net_open *how, imstls_socket *out);
  /** \brief  Is it connected? Writes the local address once it is. \return IMSTLS_OK; IMSTLS_PENDING;
   *  IMSTLS_ERR_CONNECT */
  int (*connected)(void *user, imstls_socket s, imstls_address *local);
  /** \brief  Takes one connection from a listener. May be NULL: no listener. \return IMSTLS_OK; IMSTLS_WANT_READ;
   *  IMSTLS_ERR_CONNECTION */
  int (*accept)(void *user, imstls_socket listener, imstls_socket *out, imstls_address *remote);
  /** \return octets sent (1 to len); IMSTLS_WANT_WRITE; IMSTLS_ERR_CONNECTION. A datagram is sent whole. */
  int (*send)(void *user, imstls_socket s, const uint8_t *data, size_t len);
  /** \param from  written for UDP: the sender; may be NULL
   *  \return octets received (1 to cap); IMSTLS_WANT_READ, for a datagram without octets, too (0 says the same of UDP);
   *   IMSTLS_CLOSED; IMSTLS_ERR_CONNECTION */
  int (*recv)(void *user, imstls_socket s, uint8_t *data, size_t cap, imstls_address *from);
  void (*close)(void *user, imstls_socket s);
  /** \brief  Sends one datagram to `to` from a UDP socket that is bound but not connected. May be NULL: no UDP
   *  IPsec. \return as `send`; a datagram that cannot be sent is lost */
  int (*send_to)(void *user, imstls_socket s, const uint8_t *data, size_t len, const imstls_address *to);
  void *resolve_user; /**< what `resolve` gets, which may be of another part than the sockets; NULL: `user` */
} imstls_net;

/**
 * What the client waits for on one socket. In one step a socket may be closed and another one opened that the system
 * gives the same number: a loop that keeps what it waits for (epoll, kqueue) compares `generation` too, which is new
 * with each socket, and waits anew where it differs.
 */
typedef struct imstls_wait {
  imstls_socket socket;
  uint32_t events;     /**< IMSTLS_WAIT_READ, IMSTLS_WAIT_WRITE, or both */
  uint32_t generation; /**< counts the sockets of this client; wraps at 2^32 */
} imstls_wait;
/** What a socket is waited for. */
enum imstls_wait_events {
  IMSTLS_WAIT_READ = 1, /**< until it can be read */
  IMSTLS_WAIT_WRITE = 2 /**< until it can be written */
};

/** POSIX sockets. The caller owns it; it must live as long as the client. */
typedef struct imstls_net_posix_part {
  size_t size;
  imstls_net net;     /**< filled by imstls_net_posix */
  uint32_t prefer;    /**< family to try first: 0 as the resolver says, 4 or 6 */
  int32_t last_errno; /**< of the last failure */
} imstls_net_posix_part;
#define IMSTLS_NET_POSIX_INIT IMSTLS_SIZED(imstls_net_posix_part)

/**
 * \brief  TCP and UDP over POSIX sockets; names by getaddrinfo, addresses alone. That **blocks** the step until the
 *  system's resolver answers or gives up, half a minute perhaps; an IP literal does not. cares.h has what does not.
 * Its sockets never get the numbers 0 to 2: a program that was started without standard output and prints all the same
 * must not print into a connection. On Linux a stream on which nothing is acknowledged for 32 s is lost (64*T1 of RFC
 * 3261; TCP_USER_TIMEOUT): a way that drops without a word is noticed by the first ping on it.
 * \param  part  begun with IMSTLS_NET_POSIX_INIT; kept by reference
 * \return what imstls_config_ports.net takes; NULL: part is NULL, or its `size` is too small
 */
IMSTLS_API const imstls_net *imstls_net_posix(imstls_net_posix_part *part);

/**
 * \brief  Waits with poll() until a socket of the client is ready or its next deadline passed. For applications without
 *  a loop.
 * \param  client  the client
 * \param  max_ms  longest wait; negative: as long as the client allows
 * \return IMSTLS_OK; IMSTLS_ERR_USAGE; IMSTLS_ERR_CONNECTION: poll failed
 */
IMSTLS_API int imstls_net_posix_wait(struct imstls_client *client, int32_t max_ms);

/**
 * \brief  A clock for imstls_config_ports.now_ms: never goes back, counts suspend where the system has such a clock
 *  (Linux).
 * \param  user  not used
 * \return milliseconds
 */
IMSTLS_API uint64_t imstls_net_posix_now_ms(void *user);

/**
 * \brief  The system's wall time for imstls_config_ports.wall_s.
 * \param  user  not used
 * \return seconds since 1970; -1: the system has none
 */
IMSTLS_API int64_t imstls_net_posix_wall_s(void *user);

/**
 * Sockets of Windows. The caller owns it; it must live as long as the client. Libraries for Windows have this part and
 * its functions instead of the POSIX part, all others have that one.
 */
typedef struct imstls_net_winsock_part {
  size_t size;
  imstls_net net;     /**< filled by imstls_net_winsock */
  uint32_t prefer;    /**< family to try first: 0 as the resolver says, 4 or 6 */
  int32_t last_error; /**< of the last failure, as WSAGetLastError numbers it */
} imstls_net_winsock_part;
#define IMSTLS_NET_WINSOCK_INIT IMSTLS_SIZED(imstls_net_winsock_part)

/**
 * \brief  TCP and UDP over Winsock 2.2; names by getaddrinfo, addresses alone, which **blocks** the step as that of the
 *  POSIX part does. The application has called WSAStartup before the client's first step, and calls WSACleanup after
 *  imstls_client_free. `mark` and `interface_name` of imstls_net_open are refused: Windows has no such thing that keeps
 *  a socket on its path.
 * \param  part  begun with IMSTLS_NET_WINSOCK_INIT; kept by reference
 * \return what imstls_config_ports.net takes; NULL: part is NULL, or its `size` is too small
 */
IMSTLS_API const imstls_net *imstls_net_winsock(imstls_net_winsock_part *part);

/**
 * \brief  Waits with select() until a socket of the client is ready or its next deadline passed. For applications
 *  without a loop. A loop of its own waits for the sockets of imstls_client_waits, which are SOCKETs here, and for what
 *  select() calls exceptional where it waits for IMSTLS_WAIT_WRITE: a refused connection is told by that alone.
 * \param  client  the client
 * \param  max_ms  longest wait; negative: as long as the client allows
 * \return IMSTLS_OK; IMSTLS_ERR_USAGE; IMSTLS_ERR_CONNECTION: select failed
 */
IMSTLS_API int imstls_net_winsock_wait(struct imstls_client *client, int32_t max_ms);

/**
 * \brief  A clock for imstls_config_ports.now_ms: never goes back, counts suspend; in steps of 10 to 16 ms.
 * \param  user  not used
 * \return milliseconds
 */
IMSTLS_API uint64_t imstls_net_winsock_now_ms(void *user);

/**
 * \brief  The system's wall time for imstls_config_ports.wall_s.
 * \param  user  not used
 * \return seconds since 1970
 */
IMSTLS_API int64_t imstls_net_winsock_wall_s(void *user);

/**
 * Sockets of lwIP 2.1 and later, for devices. The caller owns it; it must live as long as the client. Libraries that
 * were built without this part (`make WITH_LWIP=yes` builds it) have its functions all the same.
 */
typedef struct imstls_net_lwip_part {
  size_t size;
  imstls_net net;     /**< filled by imstls_net_lwip */
  uint64_t clock_ms;  /**< kept by imstls_net_lwip_now_ms */
  uint32_t prefer;    /**< family to try first: 6; 4 and 0: IPv4 */
  int32_t last_error; /**< of the last failure, by lwIP's errno; of a name: what lwip_getaddrinfo said (EAI_...) */
} imstls_net_lwip_part;
#define IMSTLS_NET_LWIP_INIT IMSTLS_SIZED(imstls_net_lwip_part)

/**
 * \brief  TCP and UDP over the socket API of lwIP (lwip_socket and its kin), which the application has started
 *  (tcpip_init). The client's steps are of any thread but lwIP's own, the one of tcpip_init; where lwIP has
 *  LWIP_NETCONN_SEM_PER_THREAD, of one that called lwip_socket_thread_init.
 * Names are asked by lwip_getaddrinfo, addresses alone, one of each family, which **blocks** the step as that of the
 *  POSIX part does. What lwIP was built without is refused, and `last_error` says so: without LWIP_DNS names
 *  (IMSTLS_ERR_RESOLVE, ENOSYS; imstls_net.resolve may be the application's), without LWIP_IPV4 or LWIP_IPV6 addresses
 *  of that family (IMSTLS_ERR_CONNECT, EAFNOSUPPORT). What no lwIP can do is refused with IMSTLS_ERR_CONNECT and
 *  ENOPROTOOPT: `mark`, and for TCP `abort_on_close`, and so TCP in IPsec. `interface_name` is a name of lwIP's, such
 *  as "en0". Without SO_REUSE a port is not to be had again until its last connection is forgotten.
 * Where lwIP's memory is used up, the close of a connection **blocks** until there is some, 20 s at most
 *  (LWIP_TCP_CLOSE_TIMEOUT_MS_DEFAULT).
 * \param  part  begun with IMSTLS_NET_LWIP_INIT; kept by reference
 * \return what imstls_config_ports.net takes; NULL: part is NULL, its `size` is too small, or the library was built
 *         without lwIP
 */
IMSTLS_API const imstls_net *imstls_net_lwip(imstls_net_lwip_part *part);

/**
 * \brief  Waits with lwip_poll(), or lwip_select() where lwIP has no poll, until a socket of the client is ready or its
 *  next deadline passed. For applications without a loop.
 * \param  client  the client
 * \param  max_ms  longest wait; negative: as long as the client allows
 * \return IMSTLS_OK; IMSTLS_ERR_USAGE; IMSTLS_ERR_CONNECTION: lwIP failed; IMSTLS_ERR_UNSUPPORTED: the library was
 *         built without lwIP
 */
IMSTLS_API int imstls_net_lwip_wait(struct imstls_client *client, int32_t max_ms);

/**
 * \brief  A clock for imstls_config_ports.now_ms, with the part as `clock_user`: sys_now() of lwIP, continued beyond
 *  its 32 bits as long as it is asked once in 49 days, which a client does. Whether it counts suspend, lwIP's port
 *  decides. A wall time (`wall_s`) lwIP does not have: that is the application's.
 * \param  user  the imstls_net_lwip_part; not NULL
 * \return milliseconds; 0: the library was built without lwIP
 */
IMSTLS_API uint64_t imstls_net_lwip_now_ms(void *user);

/** @} */

#ifdef __cplusplus
}
#endif
#endif
