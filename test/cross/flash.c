/* SPDX-License-Identifier: Apache-2.0 */
/* What a device carries of this library: all of the client and a software USIM, linked without what neither needs.
 * mbedTLS and libc are left out. For `make cortexm`; never run. */
#include <imstls/client.h>
#include <imstls/usim.h>

typedef void (*any)(void);
#define USED(name) (any)(name)

int main(void)
{
  static const any used[] = {
    USED(imstls_client_associated_uri),
    USED(imstls_client_connected),
    USED(imstls_client_deregister),
    USED(imstls_client_disconnected),
    USED(imstls_client_error),
    USED(imstls_client_feed),
    USED(imstls_client_free),
    USED(imstls_client_init),
    USED(imstls_client_local_address),
    USED(imstls_client_network_changed),
    USED(imstls_client_pull),
    USED(imstls_client_refresh),
    USED(imstls_client_register),
    USED(imstls_client_registered),
    USED(imstls_client_resolved),
    USED(imstls_client_security_verify),
    USED(imstls_client_send),
    USED(imstls_client_service_route),
    USED(imstls_client_sip_status),
    USED(imstls_client_size),
    USED(imstls_client_state),
    USED(imstls_client_step),
    USED(imstls_client_stop),
    USED(imstls_client_timeout_ms),
    USED(imstls_client_tls_error),
    USED(imstls_client_trust),
    USED(imstls_client_usim_done),
    USED(imstls_client_waits),
    USED(imstls_usim_soft),
  };
  volatile unsigned which = 0;
  used[which]();
  return 0;
}
