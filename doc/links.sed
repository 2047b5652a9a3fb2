# SPDX-License-Identifier: Apache-2.0
# Links of the pages to what is none, for build/docs/html: it lies in the sources.
s,\]\(examples/kamailio/README\.md\),](../../../examples/kamailio),g
s,\]\((\.\./)?((doc/[a-z]+\.1|LICENSE|examples/)[^)]*)\),](../../../\2),g
