# hindsight_test(NAME [LONG] [PATIENT] [THREADS] COMMAND...): a test. The first word of its name is its
# kind and its CTest label:
#
#   unit    one module               sim   whole streams in virtual time
#   fuzz    hostile input            house the rules of the source
#   rt e2e  real time: sockets, devices, threads; label "realtime"; these run alone, or where they are
#           patient beside one another, when all else is over
#
# LONG: it takes long and shows the same in every build, so that one is enough: minutes of calls in
# virtual time, hours of plans, other people's programs. PATIENT: sends and listens with time to spare.
# THREADS: what the thread sanitizer is for. A test skips by exiting 77, its last line the reason.
function(hindsight_test name)
	cmake_parse_arguments(PARSE_ARGV 1 arg "LONG;PATIENT;THREADS" "" "")
	if(arg_LONG AND (HINDSIGHT_SANITIZE OR CMAKE_BUILD_TYPE STREQUAL "Release"))
		return()
	endif()
	add_test(NAME ${name} COMMAND ${arg_UNPARSED_ARGUMENTS})
	string(REGEX MATCH "^[a-z0-9]+" kind ${name})
	set(labels ${kind})
	# Ten times what they take on an idle machine, and more: who is slow is not wrong.
	set(timeout 900)
	if(arg_LONG)
		set(timeout 2400)
	endif()
	set_tests_properties(${name} PROPERTIES SKIP_RETURN_CODE 77 TIMEOUT ${timeout})
	if(kind MATCHES "^(rt|e2e)$")
		list(APPEND labels realtime)
		if(arg_PATIENT)
			get_property(timeless GLOBAL PROPERTY HINDSIGHT_TIMELESS_TESTS)
			set_tests_properties(${name} PROPERTIES DEPENDS "${timeless}")
		else()
			set_tests_properties(${name} PROPERTIES RUN_SERIAL TRUE)
		endif()
	else()
		set_property(GLOBAL APPEND PROPERTY HINDSIGHT_TIMELESS_TESTS ${name})
	endif()
	if(arg_PATIENT)
		list(APPEND labels patient)
	endif()
	if(arg_THREADS)
		list(APPEND labels threads)
	endif()
	set_tests_properties(${name} PROPERTIES LABELS "${labels}")
endfunction()
