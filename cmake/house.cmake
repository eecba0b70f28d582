# house_patient(TEST...), house_threads(TEST...): those of them that this build has get the label.
function(house_patient)
	house_label(patient ${ARGN})
endfunction()

function(house_threads)
	house_label(threads ${ARGN})
endfunction()

function(house_label label)
	foreach(test IN LISTS ARGN)
		if(TEST ${test})
			set_property(TEST ${test} APPEND PROPERTY LABELS ${label})
		endif()
	endforeach()
endfunction()

# What holds for every test and program, by its name, applied when all of them are known.
#
# The first word of a test's name is its kind and its CTest label:
#   unit    one module               sim   whole streams in virtual time
#   fuzz    hostile input            house the rules of the source
#   rt e2e  real time: sockets, devices, threads; label "realtime"; these run alone, or where they are
#           patient beside one another, when all else is over
# Every test skips by exiting 77, its last line the reason, and has five minutes at most.
function(house_of_tests)
	get_property(tests DIRECTORY PROPERTY TESTS)
	set(timeless ${tests})
	list(FILTER timeless EXCLUDE REGEX "^(rt|e2e)\\.")
	foreach(test IN LISTS tests)
		string(REGEX MATCH "^[a-z0-9]+" kind ${test})
		set_property(TEST ${test} APPEND PROPERTY LABELS ${kind})
		set_property(TEST ${test} PROPERTY SKIP_RETURN_CODE 77)
		get_property(bounded TEST ${test} PROPERTY TIMEOUT SET)
		if(NOT bounded)
			set_property(TEST ${test} PROPERTY TIMEOUT 300)
		endif()
		if(kind MATCHES "^(rt|e2e)$")
			set_property(TEST ${test} APPEND PROPERTY LABELS realtime)
			get_property(labels TEST ${test} PROPERTY LABELS)
			if("patient" IN_LIST labels)
				set_property(TEST ${test} PROPERTY DEPENDS ${timeless})
			else()
				set_property(TEST ${test} PROPERTY RUN_SERIAL TRUE)
			endif()
		endif()
	endforeach()
endfunction()

# A target named hindsight-* is a program for users: installed, with its man page.
function(house_of_programs)
	get_property(targets DIRECTORY PROPERTY BUILDSYSTEM_TARGETS)
	list(FILTER targets INCLUDE REGEX "^hindsight-")
	install(TARGETS ${targets} RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
	file(GLOB pages CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/docs/*.1)
	install(FILES ${pages} DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
endfunction()

# house.layers: who may include whom. house.purity: what the core may call; a sanitizer, or gcov,
# adds calls of its own.
function(house_of_rules)
	add_test(NAME house.layers COMMAND ${CMAKE_SOURCE_DIR}/tests/layers.sh)
	if(NOT HINDSIGHT_SANITIZE AND NOT CMAKE_C_FLAGS MATCHES "--coverage")
		add_test(NAME house.purity COMMAND ${CMAKE_SOURCE_DIR}/tests/purity.sh ${CMAKE_NM}
			$<TARGET_FILE:wire> $<TARGET_FILE:send_core> $<TARGET_FILE:recv_core>
			$<TARGET_FILE:channel> $<TARGET_FILE:marker>)
	endif()
endfunction()

cmake_language(DEFER CALL house_of_rules)
cmake_language(DEFER CALL house_of_tests)
cmake_language(DEFER CALL house_of_programs)
