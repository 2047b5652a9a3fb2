/* SPDX-License-Identifier: Apache-2.0 */
/**
 * \file reginfo.h
 * \brief What the network says of our registration: the body of a NOTIFY for the event package "reg" (RFC 3680 5,
 *  application/reginfo+xml), as views into the body, and what TS 24.229 5.1.1.5A and 5.1.1.7 demand of the UE.
 *
 * The reader is small and strict. It knows XML 1.0 with namespaces, in UTF-8 (RFC 3680 5 asks for both), whose octets
 * above 0x7f it does not judge. It refuses a document type declaration, hence every entity but `&lt;` `&gt;` `&amp;`
 * `&quot;` `&apos;`; characters that XML does not allow, also as references; elements that are not closed or closed in
 * another order; an attribute twice; another version or encoding than 1.0 and UTF-8 or US-ASCII; a root that is not
 * `reginfo` of the namespace urn:ietf:params:xml:ns:reginfo, or without `version` and `state`; anything but plain text,
 * or a second one, in a contact's `uri`. Comments, processing instructions, CDATA, unknown elements and attributes,
 * and whatever is in another namespace (GRUUs of RFC 5628, extensions of TS 24.229 7.10) are passed over. An element
 * counts by its namespace, not by its prefix, which may be rebound on the way; one prefix at a time may stand for ours,
 * beside the default. Refused as well, though XML allows it: a reference in a namespace declaration, and a declaration
 * of the prefix `xml`. A prefix that nobody declared is foreign.
 *
 * Nothing is copied or allocated, the stack is bounded, and the time is proportional to the length.
 */
#ifndef IMSTLS_REGINFO_H
#define IMSTLS_REGINFO_H

#include <imstls/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/** \addtogroup values_sip
 * @{ */

/** Limits of imstls_reginfo_begin: beyond them IMSTLS_ERR_SIP_OVERSIZED. */
#define IMSTLS_REGINFO_MAX 65536     /**< octets of a body */
#define IMSTLS_REGINFO_DEPTH 8       /**< elements inside each other */
#define IMSTLS_REGINFO_ATTRIBUTES 32 /**< attributes of one element, namespace declarations among them */
#define IMSTLS_REGINFO_FREE 64       /**< elements and attributes that a document may have, however short */
#define IMSTLS_REGINFO_SPARSE 12 /**< octets of the body for each one more; one named much like another counts twice */
/** octets that the `uri` of a contact may have, once its references are undone, to be compared; without references any
 *  length */
#define IMSTLS_REGINFO_URI_DECODED 256

/** `state` of a document (RFC 3680 5.1). */
enum imstls_reginfo_document {
  IMSTLS_REGINFO_FULL = 1,   /**< all registrations of the subscription with all their contacts */
  IMSTLS_REGINFO_PARTIAL = 2 /**< those registrations and contacts that changed */
};

/** `state` of a registration or of a contact, which has no INIT. 0: none, or a word that RFC 3680 does not know. */
enum imstls_reginfo_state {
  IMSTLS_REGINFO_INIT = 1,      /**< `init` */
  IMSTLS_REGINFO_ACTIVE = 2,    /**< `active` */
  IMSTLS_REGINFO_TERMINATED = 3 /**< `terminated` */
};

/** `event` of a contact: what brought it into its state (RFC 3680 4.7.1). 0: none, or a word that it does not know. */
enum imstls_reginfo_event {
  IMSTLS_REGINFO_REGISTERED = 1,   /**< by a REGISTER */
  IMSTLS_REGINFO_CREATED = 2,      /**< by the network, such as the other identities of an implicit set */
  IMSTLS_REGINFO_REFRESHED = 3,    /**< by a REGISTER, before it ran out */
  IMSTLS_REGINFO_SHORTENED = 4,    /**< the network made it end sooner: see `expires_s` */
  IMSTLS_REGINFO_EXPIRED = 5,      /**< nobody refreshed it in time */
  IMSTLS_REGINFO_DEACTIVATED = 6,  /**< the network ended it and wants it anew at once */
  IMSTLS_REGINFO_PROBATION = 7,    /**< the network ended it and wants it anew later: see `retry_after_s` */
  IMSTLS_REGINFO_UNREGISTERED = 8, /**< a REGISTER ended it */
  IMSTLS_REGINFO_REJECTED = 9      /**< the network ended it and does not want it */
};

/** What the UE has to do. */
enum imstls_reginfo_todo {
  IMSTLS_REGINFO_NOTHING = 0,    /**< go on */
  IMSTLS_REGINFO_REFRESH = 1,    /**< refresh early, by `expires_s` of the contact: TS 24.229 5.1.1.5A, 5.1.1.4 */
  IMSTLS_REGINFO_REREGISTER = 2, /**< the binding is gone: an initial registration now, TS 24.229 5.1.1.7, 5.1.1.2 */
  IMSTLS_REGINFO_WAIT = 3,       /**< the binding is gone: an initial registration after `retry_after_s`, else after
                                      back-off */
  IMSTLS_REGINFO_ENDED = 4       /**< the binding is gone, and nothing follows by itself */
};

/** The library's own part of imstls_reginfo: an element that is open. */
typedef struct imstls_xml_level_private {
  const char *name, *prefix;
  uint16_t name_len, prefix_len;
  uint32_t is_default;
} imstls_xml_level_private;

/** The library's own part of imstls_reginfo: a place in a document. */
typedef struct imstls_xml_private {
  const char *at, *end;
  imstls_text ns;
  uint32_t depth, rooted, closing, left;
  imstls_xml_level_private open[IMSTLS_REGINFO_DEPTH];
} imstls_xml_private;

/** A document that is being read. */
typedef struct imstls_reginfo {
  size_t size;
  uint32_t
      version;   /**< counts up by 1 with each document of a subscription: an old one is dropped, after a gap a partial
                         one is followed by a refresh, which brings a full one (RFC 3680 5.2): the caller's to see
                         to */
  int32_t state; /**< IMSTLS_REGINFO_FULL or _PARTIAL */
  uint32_t registrations, terminated; /**< of those that were read so far: how many, and how many of them terminated */
  imstls_text aor, id;                /**< this and what follows is private */
  int32_t registration_state;
  uint16_t inside, contacts;
  imstls_xml_private xml;
} imstls_reginfo;

/**
 * One contact, or a registration that has none. Texts are views into the body, and stand as they do there: what they
 * mean is for imstls_reginfo_decode to say. Absent: ptr NULL.
 */
typedef struct imstls_reginfo_contact {
  size_t size;
  imstls_text aor;            /**< the public identity */
  imstls_text registration;   /**< the registration's `id` */
  int32_t registration_state; /**< IMSTLS_REGINFO_INIT, _ACTIVE, _TERMINATED, or 0 */
  uint32_t none;              /**< 1: this registration has no contact, and all that follows is absent */
  imstls_text id;             /**< the contact's */
  imstls_text uri;            /**< without white space at its ends */
  int32_t state;              /**< IMSTLS_REGINFO_ACTIVE, _TERMINATED, or 0 */
  int32_t event;              /**< IMSTLS_REGINFO_REGISTERED to _REJECTED, or 0 */
  int64_t expires_s;          /**< seconds that are left, at most 2^32-1; -1: absent, or no number */
  int64_t retry_after_s;      /**< seconds to wait, as above; for IMSTLS_REGINFO_PROBATION */
} imstls_reginfo_contact;

/**
 * \brief  Checks a whole document and stands before its first registration. RFC 3680 5.1.
 * After IMSTLS_OK all of the document is known to be readable: no part of one that is cut or broken is ever given out.
 * \param  reader  written
 * \param  body    borrowed by the reader and by all that it gives
 * \return IMSTLS_OK; IMSTLS_ERR_SIP_MALFORMED: see above; IMSTLS_ERR_SIP_OVERSIZED; IMSTLS_ERR_USAGE
 */
IMSTLS_API int imstls_reginfo_begin(imstls_reginfo *reader, imstls_text body);

/**
 * \brief  The next contact, in the order of the document; of a registration without contacts that alone.
 * \param  reader   from imstls_reginfo_begin, its body unchanged
 * \param  contact  written
 * \return IMSTLS_OK; IMSTLS_END; IMSTLS_ERR_USAGE
 */
IMSTLS_API int imstls_reginfo_next(imstls_reginfo *reader, imstls_reginfo_contact *contact);

/**
 * \brief  Undoes the references in a text of a document: the five entities, `&#N;` and `&#xN;`, these as UTF-8.
 * What comes out may hold any character that XML allows, line ends too: look at it before it goes into a message.
 * \param  text  such as `uri`, `aor` or `id` of a contact; absent: nothing comes out
 * \param  out   written; not terminated; NULL with `cap` 0 to ask for the length
 * \param  cap   octets at `out`
 * \param  len   written, also on IMSTLS_ERR_CAPACITY: octets of the result, never more than `text` has
 * \return IMSTLS_OK; IMSTLS_ERR_CAPACITY; IMSTLS_ERR_SIP_MALFORMED: an `&` that begins no reference; IMSTLS_ERR_USAGE
 */
IMSTLS_API int imstls_reginfo_decode(imstls_text text, char *out, size_t cap, size_t *len);

/**
 * \brief  Is this contact the one with our URI (RFC 3261 19.1.4)? One with more than 8 parameters is not, unless it is
 * spelled as ours.
 * \param  contact  from imstls_reginfo_next
 * \param  uri      our Contact URI as it was registered
 * \return 1 or 0
 */
IMSTLS_API int imstls_reginfo_is_ours(const imstls_reginfo_contact *contact, imstls_text uri);

/**
 * \brief  What a contact of ours, or a registration of ours without contacts, demands of us.
 *
 * | state | event | action | clause |
 * |---|---|---|---|
 * | active | registered, created, refreshed | _NOTHING | TS 24.229 5.1.2.1 |
 * | active | shortened | _REFRESH | TS 24.229 5.1.1.5A |
 * | terminated | deactivated | _REREGISTER | TS 24.229 5.1.1.7, RFC 3680 4.7.1 |
 * | terminated | expired | _REREGISTER | RFC 3680 4.7.1: the binding ran out although we keep it |
 * | terminated | probation | _WAIT | RFC 3680 4.7.1 |
 * | terminated | unregistered, rejected | _ENDED | TS 24.229 5.1.1.7 |
 * | terminated | any other, or none | _WAIT | TS 24.229 5.1.1.7: gone, and nobody says why |
 * | a registration without contacts that is terminated | | _WAIT | the same |
 * | anything else | | _NOTHING | |
 *
 * \param  contact  from imstls_reginfo_next
 * \return IMSTLS_REGINFO_NOTHING, _REFRESH, _REREGISTER, _WAIT or _ENDED
 */
IMSTLS_API int imstls_reginfo_action(const imstls_reginfo_contact *contact);

/** What a whole document demands. */
typedef struct imstls_reginfo_verdict {
  size_t size;
  uint32_t version;         /**< of the document */
  int32_t state;            /**< of the document */
  int32_t action;           /**< IMSTLS_REGINFO_NOTHING, _REFRESH, _REREGISTER, _WAIT or _ENDED */
  uint32_t registrations;   /**< in the document */
  uint32_t terminated;      /**< how many of them are terminated: with `Subscription-State: terminated`, and when it is
                                 all of them, no identity of the UE is registered any more (TS 24.229 5.1.1.7) */
  uint32_t ours, ours_gone; /**< contacts with our URI, one for each identity; how many of them are terminated */
  uint32_t reserved;
  imstls_reginfo_contact contact; /**< the one that decided; `size` 0: there is none */
} imstls_reginfo_verdict;

/**
 * \brief  What a document demands of the UE that registered one Contact for one or more public identities.
 * As long as one contact with our URI is active, the registration stands, whatever became of other identities
 * (TS 24.229 5.1.1.7): _REFRESH by the smallest `expires_s` where one of them is shortened, else _NOTHING. When all of
 * them are terminated the most that any of them allows is done: _REREGISTER before _WAIT, of these the longest, before
 * _ENDED. A document without a contact of ours says nothing, since somebody may have rewritten our URI, unless it is
 * full and all its registrations are terminated: then _WAIT. One in which 64 contacts are of our user and spelled
 * otherwise than our URI is oversized.
 * \param  body     the document
 * \param  uri      our Contact URI as it was registered
 * \param  verdict  written
 * \return IMSTLS_OK; as imstls_reginfo_begin
 */
IMSTLS_API int imstls_reginfo_judge(imstls_text body, imstls_text uri, imstls_reginfo_verdict *verdict);

/** @} */

#ifdef __cplusplus
}
#endif
#endif
