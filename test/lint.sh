#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# lint.sh: this project's own rules, the ones that no compiler and no analyser knows. Prints each breach; exit 1 if any.
set -u
cd "$(dirname "$0")/.." || exit 1
export LC_ALL=C
bad=0
say() { # TITLE TEXT: a rule, and the lines that break it
  [ -z "$2" ] || { printf 'lint: %s\n%s\n' "$1" "$2"; bad=1; }
}
list() { find "$@" -type f 2>/dev/null | sort; }

mapfile -t lib < <(list lib -name '*.[ch]')
mapfile -t code < <(list lib include examples test -name '*.[ch]')
mapfile -t every < <(list lib include examples test .ci pkgconfig \( -name '*.[ch]' -o -name '*.sh' -o -name '*.py' -o -name '*.mk' -o -name run -o -name deps \))
[ ${#lib[@]} -gt 10 ] || { echo "lint: nothing to do: no sources in lib/" >&2; exit 1; }

# A comment or a string must not trip a rule about calls: here are the sources without them.
bare=$(mktemp -d)
trap 'rm -rf "$bare"' EXIT
cp --parents "${code[@]}" "$bare"
(cd "$bare" && sed -i -e 's://.*::; s:/\*[^*]*\*/::g; s:^ *\*.*::; s:/\*.*::; s/"[^"]*"/""/g' "${code[@]}")
bare() { (cd "$bare" && grep -nHE "$@"); } # REGEX FILE...
calls() { # REGEX FILE...: calls of such functions
  local regex=$1
  shift
  bare "(^|[^a-zA-Z0-9_>.])($regex)[[:space:]]*\(" "$@"
}

say "no SPDX line at the top" "$(for f in "${every[@]}" Makefile; do
  head -2 "$f" | grep -q 'SPDX-License-Identifier: Apache-2.0' || echo "$f"
done)"
say "longer than 500 lines (tests: 700)" "$(wc -l "${code[@]}" |
  awk '$1 > ($2 ~ /^test/ ? 700 : 500) && $2 != "total" && $2 !~ /_vectors\.h$/')"
say "wider than 120 columns" "$(awk 'length > 120 && FILENAME !~ /_vectors\.h$/ { print FILENAME ":" FNR ": " length }' "${code[@]}")"
say "tab or blank at the end of a line" "$(grep -nE "$(printf '\t')|[[:space:]]+\$" "${code[@]}" | head -20)"

if command -v ctags >/dev/null; then
  lengths=$(ctags --fields=+ne -x --c-kinds=f --_xformat='%{input} %{name} %n %e' "${code[@]}" 2>/dev/null |
    awk '{ print $4 - $3 + 1, $1 ": " $2 }')
  [ -n "$lengths" ] || say "ctags found no function" "-"
  say "function longer than 60 lines" "$(awk '$1 > 60' <<<"$lengths")"
else
  say "ctags is missing" "make deps lint installs it"
fi

# Layers: a file includes its own layer and those before it; public headers everywhere.
layers=(base crypto aka sip access link registration client without port)
say "a folder of lib/ that is no layer" "$(find lib -mindepth 2 -name '*.[ch]' | cut -d/ -f2 | sort -u | grep -vxF "$(printf '%s\n' "${layers[@]}")")"
for i in "${!layers[@]}"; do
  allowed=$(IFS='|'; echo "${layers[*]:0:i+1}")
  say "lib/${layers[i]} reaches up" "$(grep -rnE '^ *# *include +"' "lib/${layers[i]}" | grep -vE "\"(($allowed)/)[a-z0-9_/]+\.h\"")"
done
say "lib/base knows more of the public headers than types, errors and the version" "$(grep -nE '# *include *<imstls/' lib/base/*.[ch] |
  grep -vE '<imstls/(types|error|version)\.h>')"
say "a folder of lib/ with more than 16 sources" "$(printf '%s\n' "${lib[@]}" | grep '\.c$' | sed 's|/[^/]*$||' | sort | uniq -c | awk '$1 > 16')"
say "a struct of more than 30 members" "$(awk '
  /^(typedef )?struct [a-z0-9_]* *\{/ { n = 0; name = FILENAME ":" FNR; inside = 1; next }
  inside && /^\}/ { if (n > 30) print name ": " n; inside = 0 } inside && /;/ { n++ }' "${lib[@]}" include/imstls/*.h)"

# A part of the client is written by the file of its name alone (client/client.h); layout.c hands out the buffers.
written='(\[[^]]*\]|\.[a-z0-9_]+)+ *(=[^=]|[-+|&]=|\+\+|--)'
others() { # FILE...: the sources beside these
  printf '%s\n' "${lib[@]}" | grep -vxF -e lib/client/setup/layout.c -e "$(printf '%s\n' "$@")"
}
writer() { # PART FILE...: who may write c->PART
  local part=$1 files
  shift
  mapfile -t files < <(others "$@")
  bare "((c|client)->$part$written|(\+\+|--)(c|client)->$part\.|mem(set|cpy|move)\(&?(c|client)->$part\b)" "${files[@]}"
}
say "a part that another file writes" "$(
  for part in progress target transaction demands authentication run credentials agreement sa binding; do writer "$part" -; done
  writer call lib/client/client.c
  writer wire lib/client/client.c
  writer resolver lib/client/flow.c
  writer feed lib/client/feed.c
  writer message lib/client/incoming.c
  writer settings lib/client/setup/settings.c
  writer sending lib/client/traffic/sending.c
)"
say "the flow, or what is served, written elsewhere" "$(
  mapfile -t files < <(others lib/client/flow.c lib/client/optional/flow_esp.c)
  bare "(c->(old_)?flow->[a-z_]+(\.[a-z_]+)* *(=[^=]|[-+|&]=|\+\+|--)|^ *flow->[a-z_]+(\.[a-z_]+)* *(=[^=]|[-+|&]=))" "${files[@]}"
  mapfile -t files < <(others lib/registration/subscription.c)
  bare "c->subscription->[a-z_.]+ *(=[^=]|[-+|&]=|\+\+)" "${files[@]}"
  mapfile -t files < <(others lib/client/served.c)
  bare "c->serving->[a-z_]+ *(=[^=]|[-+|&]=|\+\+)" "${files[@]}"
)"
say "two source files of lib/ with one name" "$(printf '%s\n' "${lib[@]}" | grep '\.c$' | sed 's|.*/||' | sort | uniq -d)"
say "mbedTLS outside crypto/ and port/mbedtls/" "$(grep -nE '# *include *<(mbedtls|psa)/' "${lib[@]}" include/imstls/*.h |
  grep -vE '^(lib/crypto/[a-z0-9_]+\.c|lib/port/mbedtls/[a-z0-9_]+\.[ch]|include/imstls/mbedtls\.h):')"
say "examples use public headers alone" "$(grep -nE '# *include +"[a-z]+/' examples/*.[ch] examples/*/*.[ch] | grep -v '"mbedtls/')"

say "forbidden call" "$(calls 'strtok|strtok_r|sprintf|vsprintf|strcpy|strcat|strncpy|gets|atoi|atol|atoll|alloca|setlocale|toupper|tolower|isalpha|isalnum|isdigit|isspace|isxdigit|rand|srand|system|popen' "${lib[@]}" examples/*.c examples/*/*.c)"
mapfile -t core < <(printf '%s\n' "${lib[@]}" | grep -v '^lib/port/')
say "allocation outside port/ and imstls_client_new" "$(calls 'malloc|calloc|realloc|free|strdup|mbedtls_calloc|mbedtls_free' "${core[@]}" |
  grep -v '^lib/crypto/alloc_mbedtls\.c:')"
say "clock, sockets or streams outside port/" "$(calls 'time|clock_gettime|gettimeofday|socket|send|recv|poll|select|printf|fprintf|fopen|getenv|exit|abort' "${core[@]}")"
say "floating point" "$(bare '(^|[^a-z_])(float|double)([^a-z_]|$)' "${lib[@]}")"
say "a secret compared with memcmp" "$(calls 'memcmp|strncmp|strcmp' "${lib[@]}" | grep -E '^[^:]*:[0-9]+:.*(token|mac|res|auts|key|psk|\bik\b|\bck\b)\b' |
  grep -vE 'key_len|/\* public \*/')"

# Public functions say what they return; enums, bit fields and long stay out of public structs.
say "public function without \\return" "$(awk '
  FNR == 1 { text = "" } /\/\*\*/ { text = "" } { text = text "\n" $0 }
  /^IMSTLS_API/ && $0 !~ /IMSTLS_API void / { if (text !~ /[\\]return/) print FILENAME ":" FNR ": " $0 } /^IMSTLS_API/ { text = "" }
  ' include/imstls/*.h)"
say "public struct member of a width that differs between compilers" "$(grep -nE '^  (unsigned |signed )?(long|enum)[^(]*;|^  [a-z0-9_]+ [a-z0-9_]+ *: *[0-9]+;' include/imstls/*.h)"

say "enumeration of a public header without a name, or a value of one without a text" "$(awk '
  /^enum \{/ && $0 !~ /^enum \{ IMSTLS_[A-Z0-9_]+ = [0-9]+ \};$/ { print FILENAME ":" FNR ": " $0 }
  /^enum [a-z0-9_]+ \{/ { inside = 1; value = ""; told = 0; next }
  inside && (/^  IMSTLS_/ || /^\};/) { if (value != "") print FILENAME ": " value; value = told || /^\};/ ? "" : $1; told = 0 }
  inside && /\/\*\*</ { value = "" } inside && /\/\*\* / { told = 1 } /^\};/ { inside = 0 }' include/imstls/*.h)"
say "public header in no group of imstls.h" "$(grep -L '[\\]addtogroup' include/imstls/*.h | grep -v '/imstls\.h$')"

# The conventions in imstls.h name each public struct that is a value, or a part of another; every other one may grow.
say "public struct that neither begins with its size nor is named in the conventions" "$(awk '
  /^(typedef )?struct [a-z0-9_]+ \{/ { name = $1 == "typedef" ? $3 : $2; next }
  name != "" && /^  [a-z]/ { if ($0 !~ /^  size_t size;/) print name; name = "" }' include/imstls/*.h |
  grep -v '_private$' | grep -vxFf <(grep -oE '^ \*.*' include/imstls/imstls.h | sed -n '/without .size. are/,/_private/p' | grep -oE 'imstls_[a-z0-9_]+'))"

say "test suite that no one runs" "$(list test -name 'check_*.c' ! -path test/check_main.c | while read -r file; do
  name=${file##*/check_}
  grep -qxF "SUITE(${name%.c})" test/suites.h || echo "$file"
done)"

# Each source of lib/ has a suite of its name, or a line that says where it is tested.
mirror() { # SOURCE: its suite, where there is one
  local layer=${1#lib/} folder=${1%/*} name
  name=$(basename "$1" .c)
  list "test/${layer%%/*}" \( -name "check_$name.c" -o -name "check_${folder##*/}_$name.c" \)
}
mapfile -t where < <(grep -vE '^(#|$)' test/where.txt)
say "neither a suite of this name nor a line in test/where.txt" "$(printf '%s\n' "${lib[@]}" | grep '\.c$' | while read -r source; do
  [ -n "$(mirror "$source")" ] || printf '%s\n' "${where[@]}" | grep -qF "$source " || echo "$source"
done)"
say "a line of test/where.txt that does not hold" "$(
  printf '%s\n' "${where[@]}" | while read -r source tests; do
    [ -f "$source" ] || echo "$source: there is no such source"
    suite=$(mirror "$source")
    [ -z "$suite" ] || echo "$source: its suite is $suite"
    [ -n "$tests" ] || echo "$source: no test is named"
    for file in $tests; do [[ $file == test/* && -f $file ]] || echo "$source: there is no test $file"; done
  done
  printf '%s\n' "${where[@]%% *}" | sort | uniq -d | sed 's/$/: two lines/'
)"
say "fuzz harness without corpus, or corpus without harness" "$(comm -3 <(list test/fuzz -maxdepth 1 -name 'fuzz_*.c' | sed 's|.*/fuzz_||; s|\.c$||') \
  <(find test/fuzz/corpus -mindepth 2 -type f 2>/dev/null | cut -d/ -f4 | sort -u))"
say "a path of this machine" "$(grep -rnF "$PWD/" "${every[@]}" Makefile doc ./*.md 2>/dev/null | head -5)"

if [ "$bad" = 0 ]; then
  echo "lint: ${#code[@]} C files keep the rules; longest function $(sort -n <<<"$lengths" | tail -1)"
fi
exit "$bad"
