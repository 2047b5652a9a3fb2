/* SPDX-License-Identifier: Apache-2.0 */
/**
 * \file aka.h
 * \brief AKA as pure functions: Milenage (TS 35.206), TUAK (TS 35.231), AUTN, AUTS and sequence numbers (TS 33.102).
 *
 * Both sides are here: the USIM's (imstls_aka_authenticate) for software USIMs, the network's (imstls_aka_vector,
 * imstls_aka_auts_check) for tests and example servers.
 */
#ifndef IMSTLS_AKA_H
#define IMSTLS_AKA_H

#include <imstls/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/** \addtogroup values_aka
 * @{ */

#define IMSTLS_RAND_LEN 16
#define IMSTLS_AUTN_LEN 16
#define IMSTLS_AUTS_LEN 14
#define IMSTLS_KEY_LEN 16 /**< CK and IK */
#define IMSTLS_SQN_LEN 6
#define IMSTLS_RES_MAX 16 /**< RES is 4 to 16 octets (TS 33.102 6.3.7) */

/** Algorithm sets of imstls_aka_card. */
enum imstls_algo {
  IMSTLS_ALGO_MILENAGE = 1, /**< TS 35.206 */
  IMSTLS_ALGO_TUAK = 2      /**< TS 35.231 */
};

/** A subscriber's secrets and the parameters of its algorithm set. Wipe with imstls_wipe. */
typedef struct imstls_aka_card {
  size_t size;
  int32_t algorithm;          /**< IMSTLS_ALGO_MILENAGE or IMSTLS_ALGO_TUAK */
  uint8_t k[32];              /**< subscriber key */
  uint32_t k_len;             /**< 16, with TUAK also 32 */
  uint8_t opc[32];            /**< OPc (16 octets) or TOPc (32 octets); never OP or TOP */
  uint32_t res_len;           /**< 0 for the set's usual 8; Milenage 4 to 8, TUAK 4, 8 or 16 */
  uint32_t keccak_iterations; /**< TUAK; 0 for 1 */
} imstls_aka_card;
#define IMSTLS_AKA_CARD_INIT                                                                                           \
  {                                                                                                                    \
    sizeof(imstls_aka_card), IMSTLS_ALGO_MILENAGE, { 0 }, 16, { 0 }, 0, 0                                              \
  }

/** The sequence-number array of TS 33.102 C.2.2; zero `seq` at first use, keep it across restarts. */
typedef struct imstls_sqn {
  size_t size;
  uint32_t ind_bits; /**< width of IND, 0 to 5; usual: 5 */
  uint32_t reserved;
  uint64_t delta;   /**< largest jump of SEQ; usual: 2^28 */
  uint64_t age;     /**< L: how far SEQ may lag behind the highest; 0: no limit */
  uint64_t seq[32]; /**< highest SEQ accepted for each IND; the first 2^ind_bits are used */
} imstls_sqn;
#define IMSTLS_SQN_INIT                                                                                                \
  {                                                                                                                    \
    sizeof(imstls_sqn), 5, 0, (uint64_t)1 << 28, 0, { 0 }                                                              \
  }

/** What became of a challenge (TS 33.102 6.3.3). */
enum imstls_aka_outcome {
  IMSTLS_AKA_OK = 0,          /**< res, ck, ik are set */
  IMSTLS_AKA_MAC_FAILURE = 1, /**< nothing is set */
  IMSTLS_AKA_SYNC_FAILURE = 2 /**< auts is set, nothing else */
};

/** Which key a handle's `mac` uses. */
enum imstls_key {
  IMSTLS_KEY_IK = 1,       /**< IK */
  IMSTLS_KEY_CK = 2,       /**< CK */
  IMSTLS_KEY_CK_IK = 3,    /**< CK || IK */
  IMSTLS_KEY_RES_IK_CK = 4 /**< RES || IK || CK (RFC 4169) */
};
/** Algorithms of a handle's `mac`. */
enum imstls_mac {
  IMSTLS_MAC_HMAC_SHA1 = 1,   /**< RFC 2104 with SHA-1 */
  IMSTLS_MAC_HMAC_SHA256 = 2, /**< with SHA-256 */
  IMSTLS_MAC_HMAC_MD5 = 3     /**< with MD5 */
};

/** CK and IK that stay where they are: an operation instead of octets. */
typedef struct imstls_key_handle {
  void *user;
  /** MAC of `data` under key `key` with algorithm `alg` into `out` (20, 32 or 16 octets).
   *  \return IMSTLS_OK, or IMSTLS_ERR_USIM. Answers at once. NULL: no handle, ck and ik are octets. */
  int (*mac)(void *user, int key, int alg, const imstls_bytes *data, size_t data_count, uint8_t *out);
  /** Called once when the keys are no longer needed. May be NULL. */
  void (*release)(void *user);
} imstls_key_handle;

/** Answer of a USIM to one challenge. Wipe with imstls_wipe. */
typedef struct imstls_aka_result {
  size_t size;
  int32_t verdict; /**< IMSTLS_AKA_OK, _MAC_FAILURE or _SYNC_FAILURE */
  uint32_t res_len;
  uint8_t res[IMSTLS_RES_MAX];
  uint8_t ck[IMSTLS_KEY_LEN]; /**< not set when `keys.mac` is */
  uint8_t ik[IMSTLS_KEY_LEN];
  uint8_t auts[IMSTLS_AUTS_LEN];
  imstls_key_handle keys;
} imstls_aka_result;

/** An authentication vector, the network's side. */
typedef struct imstls_aka_vector {
  uint8_t autn[IMSTLS_AUTN_LEN];
  uint8_t res[IMSTLS_RES_MAX]; /**< XRES */
  uint32_t res_len;
  uint8_t ck[IMSTLS_KEY_LEN];
  uint8_t ik[IMSTLS_KEY_LEN];
} imstls_aka_vector;

/**
 * \brief  OPc from OP (TS 35.206 4.1). Done once when a card is provisioned; OP is then forgotten.
 * \param  k    16 octets
 * \param  op   16 octets
 * \param  opc  written: 16 octets
 * \return IMSTLS_OK; IMSTLS_ERR_USAGE: an argument is NULL; IMSTLS_ERR_CRYPTO
 */
IMSTLS_API int imstls_milenage_opc(const uint8_t k[16], const uint8_t op[16], uint8_t opc[16]);

/**
 * \brief  f1 and f1* (TS 35.206 4.1): MAC-A of AUTN and MAC-S of AUTS.
 * \param  k, opc  16 octets each
 * \param  rand    16 octets
 * \param  sqn     6 octets
 * \param  amf     2 octets; zero for MAC-S in an AUTS
 * \param  mac_a   written: 8 octets; may be NULL
 * \param  mac_s   written: 8 octets; may be NULL
 * \return IMSTLS_OK; IMSTLS_ERR_USAGE; IMSTLS_ERR_CRYPTO
 */
IMSTLS_API int imstls_milenage_f1(const uint8_t k[16], const uint8_t opc[16], const uint8_t rand[16],
                                  const uint8_t sqn[6], const uint8_t amf[2], uint8_t mac_a[8], uint8_t mac_s[8]);

/**
 * \brief  f2, f3, f4 and f5 (TS 35.206 4.1). Each output may be NULL.
 * \param  k, opc  16 octets each
 * \param  rand    16 octets
 * \param  res     written: 8 octets
 * \param  ck, ik  written: 16 octets each
 * \param  ak      written: 6 octets
 * \return IMSTLS_OK; IMSTLS_ERR_USAGE; IMSTLS_ERR_CRYPTO
 */
IMSTLS_API int imstls_milenage_f2345(const uint8_t k[16], const uint8_t opc[16], const uint8_t rand[16], uint8_t res[8],
                                     uint8_t ck[16], uint8_t ik[16], uint8_t ak[6]);

/**
 * \brief  f5* (TS 35.206 4.1): AK of an AUTS.
 * \param  k, opc  16 octets each
 * \param  rand    16 octets
 * \param  ak      written: 6 octets
 * \return IMSTLS_OK; IMSTLS_ERR_USAGE; IMSTLS_ERR_CRYPTO
 */
IMSTLS_API int imstls_milenage_f5star(const uint8_t k[16], const uint8_t opc[16], const uint8_t rand[16],
                                      uint8_t ak[6]);

/**
 * \brief  TOPc from TOP (TS 35.231 6.1).
 * \param  k, k_len    subscriber key; 16 or 32 octets
 * \param  top         32 octets
 * \param  iterations  Keccak iterations; 0 for 1
 * \param  topc        written: 32 octets
 * \return IMSTLS_OK; IMSTLS_ERR_USAGE: NULL or a key of another length
 */
IMSTLS_API int imstls_tuak_topc(const uint8_t *k, size_t k_len, const uint8_t top[32], uint32_t iterations,
                                uint8_t topc[32]);

/**
 * \brief  The USIM's side of AKA (TS 33.102 6.3.3): AUTN's MAC, then the sequence number, then RES, CK and IK; or AUTS.
 * The caller stores `sqn` before the result is used (a replay after power loss would be accepted otherwise).
 * \param  card    the secrets
 * \param  sqn     the sequence-number array; advanced only when the verdict is IMSTLS_AKA_OK
 * \param  rand    16 octets
 * \param  autn    16 octets
 * \param  result  written: verdict and what belongs to it; everything else zero
 * \return IMSTLS_OK whatever the verdict; IMSTLS_ERR_USAGE: NULL or a bad length in `card`; IMSTLS_ERR_CRYPTO
 */
IMSTLS_API IMSTLS_MUST_CHECK int imstls_aka_authenticate(const imstls_aka_card *card, imstls_sqn *sqn,
                                                         const uint8_t rand[16], const uint8_t autn[16],
                                                         imstls_aka_result *result);

/**
 * \brief  The network's side (TS 33.102 6.3.2): a vector for RAND and SQN.
 * \param  card    the secrets
 * \param  rand    16 octets
 * \param  sqn     6 octets
 * \param  amf     2 octets
 * \param  vector  written
 * \return IMSTLS_OK; IMSTLS_ERR_USAGE; IMSTLS_ERR_CRYPTO
 */
IMSTLS_API int imstls_aka_vector_make(const imstls_aka_card *card, const uint8_t rand[16], const uint8_t sqn[6],
                                      const uint8_t amf[2], imstls_aka_vector *vector);

/**
 * \brief  The network's side of resynchronisation (TS 33.102 6.3.5): is this AUTS genuine, and which SQN does it tell?
 * \param  card    the secrets
 * \param  rand    16 octets, of the challenge that the AUTS answers
 * \param  auts    14 octets
 * \param  sqn_ms  written: 6 octets, the highest SQN that the USIM accepted
 * \return IMSTLS_OK; IMSTLS_ERR_AKA_MAC: not genuine, nothing written; IMSTLS_ERR_USAGE; IMSTLS_ERR_CRYPTO
 */
IMSTLS_API IMSTLS_MUST_CHECK int imstls_aka_auts_check(const imstls_aka_card *card, const uint8_t rand[16],
                                                       const uint8_t auts[14], uint8_t sqn_ms[6]);

/** What imstls_aka_diagnose found. */
enum imstls_diagnosis {
  IMSTLS_DIAGNOSIS_GOOD = 0,       /**< genuine, and fresh if `sqn` was given */
  IMSTLS_DIAGNOSIS_STALE_SQN = 1,  /**< genuine; the array refuses its SQN: the USIM would answer with AUTS */
  IMSTLS_DIAGNOSIS_AMF = 2,        /**< the keys fit; AUTN has another AMF than the expected one */
  IMSTLS_DIAGNOSIS_OP_FOR_OPC = 3, /**< genuine once what was given as OPc (TOPc) is taken for OP (TOP) */
  IMSTLS_DIAGNOSIS_OPC_FOR_OP = 4, /**< genuine once what was given as OP (TOP) is taken for OPc (TOPc) */
  IMSTLS_DIAGNOSIS_SWAPPED = 5,    /**< Milenage: genuine once K and OPc (OP) change places */
  IMSTLS_DIAGNOSIS_RES_LEN = 6,    /**< TUAK: genuine with another length of RES */
  /** nothing of that: K is wrong, or OPc, or the challenge is not for this subscriber. AUTN cannot tell these apart */
  IMSTLS_DIAGNOSIS_KEYS = 7
};

/** One challenge, and what the USIM is thought to hold. All pointers are borrowed for the call. */
typedef struct imstls_aka_diagnose_input {
  size_t size;
  const imstls_aka_card *card;
  const uint8_t *op;     /**< OP (16 octets) or TOP (32) that card->opc was made from; NULL: that was given itself */
  const imstls_sqn *sqn; /**< read only; NULL: freshness is not judged */
  const uint8_t *rand;   /**< 16 octets */
  const uint8_t *autn;   /**< 16 octets */
  const uint8_t *amf;    /**< 2 octets that are expected (TS 33.102 annex H); NULL: any */
} imstls_aka_diagnose_input;

/** Holds no key, nothing of RES and no MAC. */
typedef struct imstls_aka_diagnosis {
  size_t size;
  int32_t verdict;                /**< IMSTLS_DIAGNOSIS_... */
  uint8_t amf[2];                 /**< of AUTN */
  uint8_t sqn[IMSTLS_SQN_LEN];    /**< of AUTN in clear; zero when the verdict is IMSTLS_DIAGNOSIS_KEYS */
  uint8_t sqn_ms[IMSTLS_SQN_LEN]; /**< highest of the array; zero without one */
} imstls_aka_diagnosis;

/**
 * \brief  Self-test for bring-up: does this challenge of a network fit the keys that were typed in, and if not, why?
 * Changes nothing, also not the array. It answers whether keys fit: keep it from whoever may not ask that.
 * \param  in   the challenge and the keys
 * \param  out  written
 * \return IMSTLS_OK whatever the verdict; IMSTLS_ERR_USAGE: NULL, or a bad length in `card`; IMSTLS_ERR_CRYPTO
 */
IMSTLS_API IMSTLS_MUST_CHECK int imstls_aka_diagnose(const imstls_aka_diagnose_input *in, imstls_aka_diagnosis *out);

/**
 * \brief  Judges a SEQ || IND against the array and enters it when it is fresh (TS 33.102 C.2.2).
 * \param  sqn    the array; changed only on IMSTLS_OK
 * \param  value  6 octets
 * \return IMSTLS_OK: fresh, entered; IMSTLS_ERR_AKA_SYNC: not fresh, or too far ahead or behind; IMSTLS_ERR_USAGE
 */
IMSTLS_API IMSTLS_MUST_CHECK int imstls_sqn_accept(imstls_sqn *sqn, const uint8_t value[6]);

/**
 * \brief  SQNms: the highest SQN accepted so far, with its own IND (TS 33.102 C.2.2, 6.3.3).
 * \param  sqn    the array
 * \param  value  written: 6 octets; zero where nothing was accepted yet
 */
IMSTLS_API void imstls_sqn_highest(const imstls_sqn *sqn, uint8_t value[6]);

/** @} */

#ifdef __cplusplus
}
#endif
#endif
