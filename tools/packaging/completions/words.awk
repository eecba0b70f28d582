# From the text of --help: with option set, the words that may follow this option; else all options.
# "-f, --frame MS  2.5 | 5 | 10" and "--fec auto|on|off  in-band" name words. No apostrophe in here:
# it stands in the quotes of a shell.
function add(word) {
	sub(/:$/, "", word)
	if (word ~ /^[a-z0-9][a-z0-9.-]*$/)
		print word
}
option == "" {
	if (match($0, /^ +-[a-zA-Z0-9][, ]/))
		print substr($0, RSTART + RLENGTH - 3, 2)
	for (rest = $0; match(rest, /--[a-z][a-z-]*[a-z]/); rest = substr(rest, RSTART + RLENGTH))
		print substr(rest, RSTART, RLENGTH)
	next
}
/^ +-/ && ($1 == option || $1 == option "," || ($1 ~ /,$/ && $2 == option)) {
	rest = substr($0, index($0, "--"))
	sub(/^[^ ]+ +/, "", rest)       # the option
	values = rest
	if (values !~ /^[^ ]+\|/)
		sub(/^[^ ]+ +/, "", values) # the name of its value
	n = split(values, parts, /[ ]*\|[ ]*/)
	for (i = 1; n > 1 && i <= n; i++) {
		sub(/(  | *\[).*/, "", parts[i])
		sub(/: .*/, "", parts[i])
		if (i == n && values ~ /^[^ ]+\|/)
			sub(/ .*/, "", parts[i])
		add(parts[i])
	}
}
