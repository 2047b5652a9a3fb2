# SPDX-License-Identifier: Apache-2.0
# What a build may leave out: IMSTLS_WITHOUT="psk tuak ...", or a profile. The files of a feature go, and
# lib/without/no_FEATURE.c takes their place: settings that need it are refused, its functions answer "unsupported".
# diagnose: why AUTN fails; feed: a network without sockets; pki, psk, resume, udp, ipsec, tuak: as they are called;
# refuse: answers to what cannot be read (400, 501, 505, 513), which is dropped without; regevent: RFC 3680; sentences:
# words for errors; served: connections of the network; stamp: the flow put into messages of the application; token2;
# trace: SENT, RECEIVED and on_log; unanswered: UNANSWERED.
FEATURES := diagnose feed ipsec pki psk refuse regevent resume sentences served stamp token2 trace tuak udp unanswered

FILES_diagnose := lib/aka/diagnose.c
FILES_feed := lib/client/feed.c
FILES_ipsec := lib/registration/sa.c lib/access/esp_keys.c lib/client/optional/flow_esp.c lib/client/optional/fall_back.c
FILES_pki := lib/access/cert_name.c
FILES_psk := lib/client/optional/psk.c
FILES_refuse := lib/sip/refuse.c
FILES_regevent := lib/sip/reginfo.c lib/sip/xml.c lib/registration/subscription.c lib/client/traffic/reg_event.c \
  lib/client/traffic/reg_event_told.c lib/client/optional/pause.c
FILES_resume := lib/registration/record.c lib/client/optional/saved_session.c
FILES_sentences := lib/base/sentences.c
FILES_served := lib/client/served.c lib/client/optional/incoming_served.c
FILES_stamp := lib/sip/stamp.c lib/client/optional/stamping.c
FILES_token2 := lib/access/token2.c lib/access/end_point.c lib/registration/pin.c lib/client/optional/strong_token.c
FILES_trace := lib/client/optional/trace.c
FILES_tuak := lib/aka/tuak.c lib/aka/keccak.c lib/aka/run_tuak.c
FILES_udp := lib/client/optional/datagram.c
FILES_unanswered := lib/client/optional/unanswered.c

# Suites that test a feature, or every feature beside every other one. Elsewhere a test whose settings want what is left
# out ends by itself (fake_is_built, NEEDS).
SUITES_diagnose := diagnose
SUITES_feed := client_feed client_reentrancy
SUITES_ipsec := esp_keys sa client_matrix client_reentrancy
SUITES_pki := cert_name client_matrix
SUITES_psk := client_matrix client_reentrancy
SUITES_refuse := sip_refuse client_odd
SUITES_regevent := reginfo xml subscription client_reg_event client_reg_event_notify client_reg_event_bounds \
  client_reg_event_rewritten
SUITES_resume := record client_resume client_reentrancy
SUITES_served := client_served client_odd
SUITES_stamp := sip_stamp client_outbound client_sending
SUITES_token2 := token2 end_point client_token2
SUITES_trace := client_redaction client_reentrancy
SUITES_tuak := tuak
SUITES_udp := client_reentrancy
SUITES_unanswered := client_sending client_reentrancy

# The protected server port is served as any other: IPsec goes with it (TS 33.203 7.1).
NEEDED_BY_served := ipsec
# Our SUBSCRIBE is stamped as the application's requests are.
NEEDED_BY_stamp := regevent

PROFILE_minimal := diagnose ipsec pki psk refuse regevent resume sentences served stamp token2 trace tuak udp unanswered
ifneq ($(IMSTLS_PROFILE),)
ifeq ($(PROFILE_$(IMSTLS_PROFILE)),)
$(error IMSTLS_PROFILE=$(IMSTLS_PROFILE): there is "minimal" alone)
endif
endif
WITHOUT_ASKED := $(sort $(IMSTLS_WITHOUT) $(PROFILE_$(IMSTLS_PROFILE)))
ifneq ($(filter-out $(FEATURES),$(WITHOUT_ASKED)),)
$(error IMSTLS_WITHOUT: no such feature: $(filter-out $(FEATURES),$(WITHOUT_ASKED)); there are: $(sort $(FEATURES)))
endif
WITHOUT := $(sort $(WITHOUT_ASKED) $(foreach f,$(WITHOUT_ASKED),$(NEEDED_BY_$f)))
SUITES_WITHOUT := $(sort $(foreach f,$(WITHOUT),$(SUITES_$f)))
empty :=
without_flag = $(if $(strip $1),-DIMSTLS_WITHOUT=$(subst $(empty) $(empty),+,$(patsubst %,FEATURE_%,$(strip $1))))
WITHOUT_FLAG := $(call without_flag,$(WITHOUT))
