/* SPDX-License-Identifier: Apache-2.0 */
/**
 * \file sip.h
 * \brief SIP messages as views into the received buffer (RFC 3261): no copies, no allocation.
 *
 * Compact header names, folded lines, bare LF and odd white space are accepted. A value view starts at its first
 * octet that is not white space, ends after its last, and may contain folds (CRLF followed by white space) inside.
 */
#ifndef IMSTLS_SIP_H
#define IMSTLS_SIP_H

#include <imstls/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/** \addtogroup values_sip
 * @{ */

/** Headers that have an id; all others are IMSTLS_HDR_OTHER. */
enum imstls_header {
  IMSTLS_HDR_OTHER = 0,           /**< any other */
  IMSTLS_HDR_VIA,                 /**< Via */
  IMSTLS_HDR_FROM,                /**< From */
  IMSTLS_HDR_TO,                  /**< To */
  IMSTLS_HDR_CALL_ID,             /**< Call-ID */
  IMSTLS_HDR_CSEQ,                /**< CSeq */
  IMSTLS_HDR_CONTACT,             /**< Contact */
  IMSTLS_HDR_CONTENT_LENGTH,      /**< Content-Length */
  IMSTLS_HDR_EXPIRES,             /**< Expires */
  IMSTLS_HDR_MIN_EXPIRES,         /**< Min-Expires */
  IMSTLS_HDR_RETRY_AFTER,         /**< Retry-After */
  IMSTLS_HDR_WWW_AUTHENTICATE,    /**< WWW-Authenticate */
  IMSTLS_HDR_AUTHORIZATION,       /**< Authorization */
  IMSTLS_HDR_AUTHENTICATION_INFO, /**< Authentication-Info */
  IMSTLS_HDR_SECURITY_CLIENT,     /**< Security-Client */
  IMSTLS_HDR_SECURITY_SERVER,     /**< Security-Server */
  IMSTLS_HDR_SECURITY_VERIFY,     /**< Security-Verify */
  IMSTLS_HDR_SERVICE_ROUTE,       /**< Service-Route */
  IMSTLS_HDR_P_ASSOCIATED_URI,    /**< P-Associated-URI */
  IMSTLS_HDR_REQUIRE,             /**< Require */
  IMSTLS_HDR_PROXY_REQUIRE,       /**< Proxy-Require */
  IMSTLS_HDR_SUPPORTED,           /**< Supported */
  IMSTLS_HDR_UNSUPPORTED,         /**< Unsupported */
  IMSTLS_HDR_RECORD_ROUTE,        /**< Record-Route */
  IMSTLS_HDR_ROUTE,               /**< Route */
  IMSTLS_HDR_MAX_FORWARDS,        /**< Max-Forwards */
  IMSTLS_HDR_FLOW_TIMER,          /**< Flow-Timer */
  IMSTLS_HDR_EVENT,               /**< Event */
  IMSTLS_HDR_CONTENT_TYPE,        /**< Content-Type */
  IMSTLS_HDR_PROXY_AUTHENTICATE,  /**< Proxy-Authenticate */
  IMSTLS_HDR_PROXY_AUTHORIZATION, /**< Proxy-Authorization */
  IMSTLS_HDR_COUNT                /**< how many ids there are */
};

/** Limits of imstls_sip_parse. A message's length is limited by the caller's buffer. */
#define IMSTLS_SIP_LINE_MAX 8192   /**< start line, or one header with its folds */
#define IMSTLS_SIP_HEADERS_MAX 128 /**< header fields in one message */

/** A parsed message: views into the buffer that was parsed. */
typedef struct imstls_sip_message {
  size_t size;
  imstls_text raw;                     /**< start line to the end of the body */
  imstls_text line;                    /**< start line without its line end */
  uint32_t status;                     /**< 100 to 699; 0: a request */
  uint32_t cseq;                       /**< number of CSeq; 0 to 2^31-1 */
  imstls_text reason;                  /**< of a response; may be empty, any octets */
  imstls_text method;                  /**< of a request; of a response the CSeq's method */
  imstls_text uri;                     /**< of a request */
  imstls_text headers;                 /**< all header fields, without the empty line */
  imstls_text body;                    /**< Content-Length octets; without that header nothing */
  imstls_text first[IMSTLS_HDR_COUNT]; /**< value of the first field with this id; ptr NULL when there is none */
  uint8_t count[IMSTLS_HDR_COUNT];     /**< fields with this id */
} imstls_sip_message;

/**
 * \brief  Parses one whole message (start line to end of body). RFC 3261 7, 20, 25.
 * Checked here: start line, version SIP/2.0, status 100 to 699, header syntax, balanced quotes in Via, From, To, Route,
 * Record-Route, Event, Content-Type and the Authorization fields, each of Via, From, To, Call-ID, CSeq present,
 * single-value headers not repeated (Expires may be, Content-Length may repeat the same
 * value), CSeq below 2^31 and in requests its method, Content-Length not beyond the buffer.
 * \param  message  written; on failure undefined
 * \param  buf      borrowed by the views
 * \param  len      octets; those after Content-Length are left out of `raw`
 * \return IMSTLS_OK; IMSTLS_ERR_SIP_MALFORMED; IMSTLS_ERR_SIP_OVERSIZED: a line or the number of headers;
 *  IMSTLS_ERR_USAGE
 */
IMSTLS_API int imstls_sip_parse(imstls_sip_message *message, const char *buf, size_t len);

/**
 * \brief  The next header field with this id, in the order of the message.
 * \param  message  a parsed message
 * \param  id       IMSTLS_HDR_..., not IMSTLS_HDR_OTHER
 * \param  value    in: {NULL, 0} for the first, else the value that the last call gave; out: the field's value
 * \return IMSTLS_OK; IMSTLS_END
 */
IMSTLS_API int imstls_sip_next(const imstls_sip_message *message, int id, imstls_text *value);

/**
 * \brief  The first header field of this name, known or not, compared without case.
 * \param  message  a parsed message
 * \param  name     long form, such as "P-Access-Network-Info"
 * \param  value    written
 * \return IMSTLS_OK; IMSTLS_END: no such field
 */
IMSTLS_API int imstls_sip_find(const imstls_sip_message *message, const char *name, imstls_text *value);

/** One header field as it stands in a message. */
typedef struct imstls_sip_field {
  int32_t id;              /**< IMSTLS_HDR_..., of the compact form too */
  uint32_t reserved;       /**< 0 */
  imstls_text name, value; /**< as written */
  imstls_text raw;         /**< all of it, with its folds and its line end */
} imstls_sip_field;

/**
 * \brief  The next header field, known or not, in the order of the message: for who rewrites some and copies the rest.
 * \param  message  a parsed message
 * \param  field    in: zero for the first, else what the last call gave; out: the next one
 * \return IMSTLS_OK; IMSTLS_END; IMSTLS_ERR_USAGE
 */
IMSTLS_API int imstls_sip_field_next(const imstls_sip_message *message, imstls_sip_field *field);

/** State of a stream's framing; zero to begin. */
typedef struct imstls_sip_framer {
  size_t size;       /**< not looked at, and kept: 0 is right */
  size_t scanned;    /**< octets of the buffered message that were looked at: start line to, in the end, empty line */
  uint64_t body_len; /**< Content-Length so far; while a message is skipped: what is left of its body */
  uint64_t number;   /**< the Content-Length that is being read; this and what follows is private */
  uint8_t place, line_end, matched, has_length, lone_cr;
  uint8_t reserved[3];
} imstls_sip_framer;

/**
 * \brief  Finds the end of the message at the start of a stream's buffer (RFC 3261 18.3, 7.5).
 * Leading CRLFs are not part of a message: the caller sees them through `skip` and drops them (RFC 5626 3.5.1 pings
 * and pongs are made of them). A message without Content-Length has an empty body. How long its lines are and how many
 * header fields it has is for imstls_sip_parse to judge.
 * \param  framer  zero for a new message; remembers how far it looked; set to zero again on IMSTLS_OK
 * \param  buf     buffered octets from the start of the message
 * \param  len     octets
 * \param  max     the longest message that the buffer could hold
 * \param  skip    written: octets of CR and LF before the message (the caller drops them; the framer counts from
 *  after them)
 * \param  message_len  written on IMSTLS_OK: octets of the message after `skip`
 * \return IMSTLS_OK; IMSTLS_PENDING: more octets are needed; IMSTLS_ERR_SIP_OVERSIZED: header block and body together
 *         are beyond `max`, which imstls_sip_skip can pass over; IMSTLS_ERR_SIP_MALFORMED: two Content-Lengths that
 *         differ, or one that is no number: nobody can tell where the next message begins
 */
IMSTLS_API int imstls_sip_frame(imstls_sip_framer *framer, const char *buf, size_t len, size_t max, size_t *skip,
                                size_t *message_len);

/**
 * \brief  Goes past a message for which imstls_sip_frame said IMSTLS_ERR_SIP_OVERSIZED, a piece at a time.
 * How much of it is worth waiting for is the caller's to decide: `taken` counts it, and `body_len` of the framer says
 * what is known to come. Until IMSTLS_OK the framer belongs to this call.
 * \param  framer  as imstls_sip_frame left it; set to zero again on IMSTLS_OK
 * \param  buf     at the first call the same buffer, from the start of the message; then octets that follow those taken
 * \param  len     octets
 * \param  taken   written: octets of the message in `buf`, which the caller drops
 * \return IMSTLS_OK: the next message begins after `taken`; IMSTLS_PENDING: all was taken and more of it will come;
 *         IMSTLS_ERR_SIP_OVERSIZED: Content-Length above 2^32-1; IMSTLS_ERR_SIP_MALFORMED: as above; IMSTLS_ERR_USAGE
 */
IMSTLS_API int imstls_sip_skip(imstls_sip_framer *framer, const char *buf, size_t len, size_t *taken);

/**
 * \brief  Takes one element off a comma list, with respect for quotes and angle brackets. Empty elements are passed
 *         over.
 * \param  rest  in: the list; out: what follows
 * \param  item  written: without surrounding white space
 * \return IMSTLS_OK; IMSTLS_END: the list is used up; IMSTLS_ERR_SIP_MALFORMED: an unbalanced quote or bracket, so that
 *  nobody can tell where the element ends: nothing is written
 */
IMSTLS_API int imstls_sip_list_next(imstls_text *rest, imstls_text *item);

/**
 * \brief  Takes one `;name[=value]` off a parameter list. Empty parameters are passed over.
 * \param  rest   in: text that begins at white space or ';'; out: what follows, also on IMSTLS_ERR_SIP_MALFORMED
 * \param  name   written; on failure undefined, as `value`
 * \param  value  written: {NULL, 0} without '='; of a quoted string what is between the quotes
 * \return IMSTLS_OK; IMSTLS_END; IMSTLS_ERR_SIP_MALFORMED: this one cannot be read, and `rest` is past it
 */
IMSTLS_API int imstls_sip_param_next(imstls_text *rest, imstls_text *name, imstls_text *value);

/**
 * \brief  Takes one `name=value` off a comma list of authentication parameters (RFC 3261 25.1, RFC 2617 3.2.1).
 * \param  rest    in: text after the scheme; out: what follows
 * \param  name    written; on failure undefined, as `value`
 * \param  value   written: of a quoted string what is between the quotes, escapes not undone
 * \param  quoted  written: 1 when it was quoted; may be NULL
 * \return IMSTLS_OK; IMSTLS_END; IMSTLS_ERR_SIP_MALFORMED
 */
IMSTLS_API int imstls_sip_auth_param_next(imstls_text *rest, imstls_text *name, imstls_text *value, int *quoted);

/** One Via value. */
typedef struct imstls_sip_via {
  imstls_text transport, host, port, branch, received, rport; /**< absent: ptr NULL; an IPv6 host with its brackets;
                                                                   rport without a value: empty */
  uint32_t more; /**< 1: the same field holds another value after this one */
} imstls_sip_via;

/**
 * \brief  The first value of a Via field (RFC 3261 20.42).
 * \param  value  the field
 * \param  via    written; on failure empty
 * \return IMSTLS_OK; IMSTLS_ERR_SIP_MALFORMED
 */
IMSTLS_API int imstls_sip_via_parse(imstls_text value, imstls_sip_via *via);

/** One address with its parameters: Contact, From, To, Service-Route, P-Associated-URI. */
typedef struct imstls_sip_address {
  imstls_text uri;     /**< without angle brackets; "*" for Contact: * */
  imstls_text params;  /**< header parameters, from the first ';' on, or empty; for imstls_sip_param_next */
  imstls_text display; /**< display name as written, or ptr NULL */
} imstls_sip_address;

/**
 * \brief  Takes one address off a comma list. Empty elements are passed over.
 * \param  rest     in: the list; out: what follows, also on IMSTLS_ERR_SIP_MALFORMED
 * \param  address  written
 * \return IMSTLS_OK; IMSTLS_END; IMSTLS_ERR_SIP_MALFORMED: this one cannot be read, and `rest` is past its comma, or at
 *  the end where an unbalanced quote or bracket hides that
 */
IMSTLS_API int imstls_sip_address_next(imstls_text *rest, imstls_sip_address *address);

/**
 * \brief  The value of one parameter of an address, such as "tag" or "expires", its name compared without case.
 * \param  params  from imstls_sip_address
 * \param  name    terminated
 * \param  value   written: {NULL, 0} when it is there without a value
 * \return IMSTLS_OK; IMSTLS_END: not there; IMSTLS_ERR_SIP_MALFORMED
 */
IMSTLS_API int imstls_sip_param_find(imstls_text params, const char *name, imstls_text *value);

/**
 * \brief  A number in decimal digits, such as Expires or Retry-After (what may follow in `;` or `(` is not looked at).
 * \param  value   the text
 * \param  number  written
 * \return IMSTLS_OK; IMSTLS_ERR_SIP_MALFORMED: no digit first, or above 2^32-1
 */
IMSTLS_API int imstls_sip_number(imstls_text value, uint32_t *number);

/**
 * \brief  Builds a response without a body to a request (RFC 3261 8.2.6).
 * Every Via, From, To, Call-ID and CSeq are copied, their folds made one space; Content-Length is 0.
 * \param  request  a parsed request
 * \param  status   100 to 699
 * \param  reason   terminated, without line ends
 * \param  to_tag   terminated token: added to a To that has no tag; NULL: none is added (100)
 * \param  extra    whole header lines, each with its CRLF; may be empty
 * \param  out      written; not terminated; NULL with `cap` 0 to ask for the length
 * \param  cap      octets at `out`
 * \param  len      written, also on IMSTLS_ERR_CAPACITY: octets of the response
 * \return IMSTLS_OK; IMSTLS_ERR_CAPACITY; IMSTLS_ERR_SIP_MALFORMED: the To is no address; IMSTLS_ERR_USAGE: not a
 *         request, status out of range, a line end where none may be, or `extra` that does not end in CRLF
 */
IMSTLS_API int imstls_sip_reply(const imstls_sip_message *request, unsigned status, const char *reason,
                                const char *to_tag, imstls_text extra, char *out, size_t cap, size_t *len);

/**
 * \brief  Builds the response that is due to a request that imstls_sip_parse or imstls_sip_frame refused.
 * 513 Message Too Large for one that is too long; for a malformed one 505 Version Not Supported where it names another
 * version, 501 Not Implemented where its method is none that is known (RFC 4475 3.1.2.18), else 400 Bad Request (RFC
 * 3261 21.4.1, 21.5.2, 21.5.6, 21.5.7). The response is well formed: of each Via goes back what can be read of it;
 * where From or To of a malformed request cannot be read the anonymous address of RFC 3323 stands for it, for Call-ID
 * `to_tag`. Nothing is due to responses, to ACK, to what does not begin as a request, without a readable topmost Via
 * and CSeq, nor, when it was too long, without From, To and Call-ID: they may be in the part that is missing.
 * \param  buf      the message, or its front part
 * \param  len      octets
 * \param  why      IMSTLS_ERR_SIP_MALFORMED; anything else: it is too long
 * \param  to_tag   terminated token: added to a To that has no tag
 * \param  out      written; not terminated; NULL with `cap` 0 to ask for the length
 * \param  cap      octets at `out`
 * \param  out_len  written, also on IMSTLS_ERR_CAPACITY: octets of the response
 * \param  status   written: that of the response
 * \return IMSTLS_OK; IMSTLS_END: no response is due; IMSTLS_ERR_CAPACITY; IMSTLS_ERR_USAGE
 */
IMSTLS_API int imstls_sip_refuse(const char *buf, size_t len, int why, const char *to_tag, char *out, size_t cap,
                                 size_t *out_len, uint32_t *status);

/** @} */

#ifdef __cplusplus
}
#endif
#endif
