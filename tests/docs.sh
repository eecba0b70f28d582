#!/usr/bin/env bash
# The rule of the documents: every relative link leads to a file; every path of this repository that is
# named `so` in a page, or as docs/NAME in a manual page, a script or a comment, exists (a module is
# named without its .c and .h); no page is longer than 200 lines.
#
#     docs.sh         judges README, CONTRIBUTING and docs/, after some rows that show that the rule bites
set -euo pipefail
cd "$(dirname "$0")/.."

readonly folders='common|sender|receiver|tools|tests|cmake|docs'
readonly lines_max=200

# links PAGE: the targets of its links and pictures, without those that lead outside.
links() {
	grep -oE '\]\([^)#]+' "$1" | sed 's/^](//' | grep -vE '^[a-z]+:' || true
}

# named PAGE: the paths in backticks, the first word where a command follows.
named() {
	grep -oE "\`($folders)/[A-Za-z0-9_./-]+" "$1" | tr -d '`' | sed 's/[.,]$//' || true
}

# exists PATH: as a file, a folder, or a module.
exists() {
	[ -e "$1" ] || [ -e "$1.c" ] || [ -e "$1.h" ]
}

# faults PAGE FOLDER: one line for each thing that is wrong with PAGE, which lies in FOLDER.
faults() {
	local page=$1 folder=$2 path
	while read -r path; do
		[ -e "$folder/$path" ] || echo "$page: the link $path leads nowhere"
	done < <(links "$page")
	while read -r path; do
		exists "$path" || echo "$page: there is no $path"
	done < <(named "$page")
	[ "$(wc -l <"$page")" -le "$lines_max" ] || echo "$page: longer than $lines_max lines"
}

sample=$(mktemp)
trap 'rm -f "$sample"' EXIT
# shellcheck disable=SC2016 # backticks as a page has them
printf '%s\n' '[a](README.md), [b](NOTHING.md), [c](https://example.org/x), `common/rtp/rtp`, `common/rtp/nothing.c`' >"$sample"
[ "$(faults "$sample" . | wc -l)" -eq 2 ] || { echo "docs.sh judges links and paths wrongly"; exit 1; }
seq $((lines_max + 1)) >"$sample"
[ "$(faults "$sample" . | wc -l)" -eq 1 ] || { echo "docs.sh judges length wrongly"; exit 1; }

found=$(
	for page in *.md docs/*.md; do
		faults "$page" "$(dirname "$page")"
	done
	grep -rnoE 'docs/[A-Za-z0-9_-]+\.(md|svg|[1-9])\b' --include='*.[ch1-9]' --include='*.sh' --include='*.txt' \
		common sender receiver tools tests docs CMakeLists.txt | while IFS=: read -r file line path; do
		[ -e "$path" ] || echo "$file:$line: there is no $path"
	done
	find tools -type f -perm -u+x -exec grep -HnoE 'docs/[A-Za-z0-9_-]+\.(md|svg|[1-9])\b' {} + |
		while IFS=: read -r file line path; do
			[ -e "$path" ] || echo "$file:$line: there is no $path"
		done
)
[ -z "$found" ] || { echo "$found"; exit 1; }
