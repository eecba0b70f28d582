#!/usr/bin/env bash
# What cmake --install brings, into an empty folder: programs that run and find their plans, man pages
# that name documents which are there, completions, and a systemd unit without a fault; and that all
# tell the same version.
#
#     install.sh CMAKE BUILD_DIR
set -euo pipefail
cmake=$1 build=$2
source_dir=$(cd "$(dirname "$0")/.." && pwd)
prefix=$(mktemp -d)
trap 'rm -rf "$prefix"' EXIT
failures=0
fail() {
	echo "$*"
	failures=$((failures + 1))
}

"$cmake" --install "$build" --prefix "$prefix" >/dev/null
n_programs=0
for program in "$prefix"/bin/*; do
	name=${program##*/}
	n_programs=$((n_programs + 1))
	[[ $("$program" --version) = "$name "[0-9]* ]] || fail "$name --version does not tell"
	[ -s "$prefix/share/man/man1/$name.1" ] || fail "no man page of $name"
	[ -s "$prefix/share/bash-completion/completions/$name" ] || fail "no completion of $name"
	grep -q "^#compdef.* $name\b" "$prefix/share/zsh/site-functions/_hindsight" || fail "$name not in zsh"
done
[ "$n_programs" -eq 7 ] || fail "$n_programs programs"

# One version, and one day of it, everywhere.
version=$("$prefix/bin/hindsight-recv" --version | sed -n 's/^hindsight-recv //p')
day=$(sed -n 's/^date-released: //p' "$source_dir/CITATION.cff")
grep -qx "version: $version" "$source_dir/CITATION.cff" || fail "CITATION.cff has not the version $version"
grep -qxF "## [$version] - $day" "$source_dir/CHANGELOG.md" || fail "CHANGELOG.md has no $version of $day"

for file in LICENSE README.md CHANGELOG.md; do
	[ -s "$prefix/share/doc/hindsight/$file" ] || fail "no $file"
done
for file in "$source_dir"/docs/*.{md,svg}; do
	[ -s "$prefix/share/doc/hindsight/docs/${file##*/}" ] || fail "no ${file##*/}"
done
# The pages name the folder that the build was configured for.
named=$(grep -rhoE '/[^ ]*share/doc/hindsight/docs/[A-Z_]+[.]md' "$prefix/share/man" | sort -u)
[ -n "$named" ] || fail "the man pages name no document"
for file in $named; do
	[ -s "$prefix/share/doc/hindsight/docs/${file##*/}" ] || fail "the man pages name $file"
done

for plan in "$source_dir"/tools/experiment/plans/*.plan; do
	name=$(basename "$plan" .plan)
	"$prefix/bin/hindsight-experiment" --plan "$name" --out "$prefix/out" --recording nowhere.wav \
		>"$prefix/said" 2>&1 || true
	grep -q 'nowhere.wav' "$prefix/said" || fail "the plan $name: $(cat "$prefix/said")"
done

unit=$prefix/lib/systemd/system/hindsight-recv@.service
if command -v systemd-analyze >/dev/null; then
	sed "s|^ExecStart=[^ ]*|ExecStart=$prefix/bin/hindsight-recv|" "$unit" \
		>"$prefix/hindsight-recv@5004.service"
	systemd-analyze verify --man=no "$prefix/hindsight-recv@5004.service" || fail "the systemd unit"
elif [ ! -s "$unit" ]; then
	fail "no systemd unit"
fi
echo "install: $n_programs programs, $(find "$prefix" -type f | wc -l) files, $failures faults"
[ $failures -eq 0 ]
