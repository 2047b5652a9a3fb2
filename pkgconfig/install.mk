# SPDX-License-Identifier: Apache-2.0
# What `make install` puts where. Parts that stand on a library of their own are archives of their own, so that a static
# program needs that library only when it uses the part.
.PHONY: install uninstall install-check
BINDIR ?= $(PREFIX)/bin
CMAKEDIR ?= $(LIBDIR)/cmake/imstls

PART_NAMES := pcsc xfrm $(if $(wildcard lib/port/cares/*.c),cares) $(if $(LWIP_IN),lwip)
PART_OBJ_pcsc := $(call obj,$(wildcard lib/port/usim/pcsc*.c))
PART_OBJ_xfrm := $(call obj,$(wildcard lib/port/xfrm/*.c))
PART_OBJ_cares := $(call obj,$(wildcard lib/port/cares/*.c))
PART_OBJ_lwip := $(call obj,$(wildcard lib/port/lwip/*.c))
PART_NEEDS_pcsc := $(if $(filter yes,$(WITH_PCSC)),libpcsclite)
PART_NEEDS_xfrm := $(if $(filter yes,$(WITH_XFRM)),libmnl)
PART_NEEDS_cares := $(if $(filter yes,$(WITH_CARES)),libcares)
PART_NEEDS_lwip := $(if $(LWIP_IN),$(if $(call has_package,lwip),lwip))
# set(imstls_links_NAME library ...) for CMake, a line each
part_links = $(foreach x,$(PART_NAMES),set(imstls_links_$x$(if $(PART_NEEDS_$x), $(patsubst -l%,%,$(shell $(PKG_CONFIG) --libs-only-l $(PART_NEEDS_$x)))))\n)
PART_OBJ := $(foreach x,$(PART_NAMES),$(PART_OBJ_$x))
READY := $(B)/install
TOOLS := $(filter softphone pcscf gateway,$(EXAMPLES))
FILLED = sed -e 's|@PREFIX@|$(PREFIX)|; s|@LIBDIR@|$(LIBDIR)|; s|@INCLUDEDIR@|$(INCLUDEDIR)|' \
  -e 's|@VERSION@|$(VERSION)|; s|@CFLAGS@|$(MBEDTLS_CFLAGS)|; s|@LIBS_PRIVATE@|$(MBEDTLS_LIBS)|; s|@PARTS@|$(PART_NAMES)|' \
  -e 's|@PART_LINKS@|$(part_links)|; s|@MBEDTLS@|$(patsubst -l%,%,$(MBEDTLS_LIBS))|'

$(READY)/libimstls.a: $(filter-out $(PART_OBJ),$(LIB_OBJ))
	$(Q)mkdir -p $(@D); rm -f $@; $(AR) rcs $@ $^
define part
$(READY)/libimstls-$1.a: $(PART_OBJ_$1)
	$(Q)mkdir -p $$(@D); rm -f $$@; $(AR) rcs $$@ $$^
$(READY)/imstls-$1.pc: pkgconfig/imstls-part.pc.in force
	$(Q)mkdir -p $$(@D); $$(FILLED) -e 's|@PART@|$1|g; s|@NEEDS@|$(PART_NEEDS_$1)|' $$< > $$@
endef
$(foreach x,$(PART_NAMES),$(eval $(call part,$x)))
$(READY)/%: pkgconfig/%.in force
	$(Q)mkdir -p $(@D); $(FILLED) $< > $@
# A program that is installed is known by a name that says whose it is.
$(READY)/imstls-%.1: doc/%.1
	$(Q)mkdir -p $(@D); sed -e 's/^\.TH \([A-Z]*\) /.TH IMSTLS-\1 /; s/^$* \\-/imstls-$* \\-/; s/^\.B $*$$/.B imstls-$*/' $< > $@

READY_LIBS = $(READY)/libimstls.a $(PART_NAMES:%=$(READY)/libimstls-%.a)
READY_PC = $(READY)/imstls.pc $(PART_NAMES:%=$(READY)/imstls-%.pc)
READY_CMAKE = $(READY)/imstlsConfig.cmake $(READY)/imstlsConfigVersion.cmake
READY_MAN = $(TOOLS:%=$(READY)/imstls-%.1)
install: lib examples $(READY_LIBS) $(READY_PC) $(READY_CMAKE) $(READY_MAN) ## library, headers, programs, man pages, pkg-config, CMake
	install -d $(addprefix $(DESTDIR),$(INCLUDEDIR)/imstls $(LIBDIR)/pkgconfig $(CMAKEDIR) $(MANDIR)/man1 $(BINDIR))
	install -m 644 include/imstls/*.h $(DESTDIR)$(INCLUDEDIR)/imstls
	install -m 644 $(READY_LIBS) $(DESTDIR)$(LIBDIR)
	install -m 755 $(SHARED) $(DESTDIR)$(LIBDIR)
	ln -sf $(notdir $(SHARED)) $(DESTDIR)$(LIBDIR)/$(SONAME)
	ln -sf $(SONAME) $(DESTDIR)$(LIBDIR)/libimstls.so
	install -m 644 $(READY_PC) $(DESTDIR)$(LIBDIR)/pkgconfig
	install -m 644 $(READY_CMAKE) $(DESTDIR)$(CMAKEDIR)
	for tool in $(TOOLS); do install -m 755 $(EX)/$$tool $(DESTDIR)$(BINDIR)/imstls-$$tool || exit 1; done
	install -m 644 $(READY_MAN) $(DESTDIR)$(MANDIR)/man1
	@[ -n "$(DESTDIR)" ] || echo "installed; \`ldconfig\` makes $(LIBDIR)/$(SONAME) known, where that folder is one of the loader's"
uninstall: ## takes away what install put there
	rm -f $(DESTDIR)$(LIBDIR)/libimstls.so $(DESTDIR)$(LIBDIR)/$(SONAME) $(DESTDIR)$(LIBDIR)/$(notdir $(SHARED)) \
	  $(READY_LIBS:$(READY)/%=$(DESTDIR)$(LIBDIR)/%) $(READY_PC:$(READY)/%=$(DESTDIR)$(LIBDIR)/pkgconfig/%) \
	  $(READY_MAN:$(READY)/%=$(DESTDIR)$(MANDIR)/man1/%) $(TOOLS:%=$(DESTDIR)$(BINDIR)/imstls-%)
	rm -rf $(DESTDIR)$(INCLUDEDIR)/imstls $(DESTDIR)$(CMAKEDIR)
install-check: ## the installed library, through pkg-config and CMake, shared and static
	@MAKE='$(MAKE)' B='$(B)' CC='$(CC)' test/install/run.sh
