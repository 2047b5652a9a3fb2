# SPDX-License-Identifier: Apache-2.0
# Builds that leave features out (lib/features.mk). Of the objects of a whole build a switch changes two, and the choice
# of files: those alone are made anew for each, then linked as the shared library would be, and its tests run.
.PHONY: profiles
ONE = build/profiles/$1
ONE_SRC = $(filter-out lib/base/features.c lib/registration/config.c $(foreach f,$1 $(NEEDED_BY_$1),$(FILES_$f)),$(LIB_SRC)) \
  $(patsubst %,lib/without/no_%.c,$1 $(NEEDED_BY_$1))
ONE_TEST = $(filter-out test/check_main.c test/client/check_client_features.c $(foreach f,$1 $(NEEDED_BY_$1),$(foreach \
  s,$(SUITES_$f),$(filter %/check_$s.c,$(TEST_SRC)))),$(TEST_SRC))
ONE_SUITES = $(filter-out $(foreach f,$1 $(NEEDED_BY_$1),$(SUITES_$f)),$(SUITES))
# Suites in which each feature is asked for somewhere; the minimal profile runs all of them.
ONE_RUN = client_features client_flow client_challenges client_deregister client_config client_link client_udp client_tls
define one
$(ONE)/check: $(call obj,$(ONE_SRC) $(ONE_TEST)) $(B)/check lib/features.mk
	@mkdir -p $(ONE); printf 'SUITE(%s)\n' $(ONE_SUITES) >$(ONE)/suites_here.h
	$(Q)for f in lib/base/features.c lib/registration/config.c test/check_main.c test/client/check_client_features.c; do \
	  $(CC) $(LIB_CFLAGS) $(POSIX) -Itest/support -Itest/client -I$(ONE) $(PART_CFLAGS) $(CFLAGS) \
	  $(call without_flag,$1 $(NEEDED_BY_$1)) -c $$$$f -o $(ONE)/$$$$(basename $$$$f .c).o || exit 1; done
	$(Q)$(CC) -shared -Wl,-z,defs $(ONE)/features.o $(ONE)/config.o $(call obj,$(ONE_SRC)) $(LINK_LIBS) -o $(ONE)/libimstls.so
	$(Q)rm -f $(ONE)/libimstls.a; $(AR) rcs $(ONE)/libimstls.a $(ONE)/features.o $(ONE)/config.o $(call obj,$(ONE_SRC))
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) $(ONE)/check_*.o $(call obj,$(ONE_TEST)) $(ONE)/libimstls.a $(CHECK_LIBS) $(LINK_LIBS) -o $$@
	@for s in $(ONE_RUN); do CK_RUN_SUITE=$$$$s $$@ >$(ONE)/out 2>&1 || { cat $(ONE)/out; rm -f $$@; exit 1; }; done
	@echo "without $(strip $1 $(NEEDED_BY_$1)): linked, $(words $(ONE_RUN)) suites"
endef
$(foreach f,$(FEATURES),$(eval $(call one,$f)))
MINIMAL = $(call sub,minimal)
profiles: examples $(FEATURES:%=build/profiles/%/check) ## each feature left out by itself, and IMSTLS_PROFILE=minimal
	+$(Q)$(MAKE) --no-print-directory IMSTLS_PROFILE=minimal CFLAGS='-O1' B=build/minimal EX=build/minimal/examples examples build/minimal/check
	@$(SCRIPT_ENV) test/profiles.sh build/minimal "$(filter-out $(foreach f,$(PROFILE_minimal),$(SUITES_$f)),$(CLIENT_SUITES))"
nightly: size profiles
