# hindsight_program(NAME SOURCE...): a program for users; installed, with its man page.
function(hindsight_program name)
	add_executable(${name} ${ARGN})
	target_compile_definitions(${name} PRIVATE _GNU_SOURCE HINDSIGHT_VERSION="${PROJECT_VERSION}")
	install(TARGETS ${name} RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
	install(FILES ${PROJECT_SOURCE_DIR}/docs/${name}.1 DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
endfunction()
