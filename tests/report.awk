# Reads `ctest -V`, writes what a person wants to see of it, as it comes: a line for each test with
# its cmocka summary, the whole output of a test that failed, the reason of one that skipped.
# -v preset=NAME; -v counts=FILE and -v skips=FILE: where the totals and the reasons are added.

# "12: text": a line of test 12's output; the first three are ctest's own words about the command.
/^[0-9]+: / {
	id = $0
	sub(/:.*/, "", id)
	text = $0
	sub(/^[0-9]+: /, "", text)
	if (text ~ /^(Test command|Working Directory|Test timeout computed to be|Environment variables): /)
		next
	output[id] = output[id] text "\n"
	if (text != "")
		last[id] = text
	if (text ~ /[Ss]kipped: / && !(id in reason))
		reason[id] = text
	if (text ~ /^\[(==========\].*run\.|  PASSED  \]|  FAILED  \]|  SKIPPED \])/)
		summary[id] = summary[id] text "\n"
	next
}

# " 3/17 Test  #5: unit.rtp ....   Passed    0.00 sec"
/^ *[0-9]+\/[0-9]+ Test +#[0-9]+: / {
	id = $0
	sub(/^[^#]*#/, "", id)
	sub(/:.*/, "", id)
	name = $0
	sub(/^[^#]*#[0-9]+: /, "", name)
	sub(/ .*/, "", name)
	print
	if ($0 ~ / Passed +[0-9.]+ sec/) {
		passed++
		printf "%s", summary[id]
	} else if ($0 ~ /\*\*\*Skipped /) {
		skipped++
		why = id in reason ? reason[id] : last[id]
		sub(/^.*[Ss]kipped: /, "", why)
		print "      skipped: " why
		printf "%-8s %s: %s\n", preset, name, why >> skips
	} else {
		failed++
		print "------ the output of " name ":"
		printf "%s", output[id]
		print "------ end of " name
	}
	fflush()
	delete output[id]
	next
}

/^[0-9]+% tests passed|^No tests were found|^Total Test time|^CMake Error|Could not find/

END {
	print passed + 0, failed + 0, skipped + 0 >> counts
}
