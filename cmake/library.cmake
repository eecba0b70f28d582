# libhindsight, static and shared: the core with its two faces, of which only what
# <hindsight/*.h> declares can be seen from outside. One relocatable object holds all of it; both
# libraries are made of that.
#
#   hindsight::hindsight   the shared library, or the static one: by BUILD_SHARED_LIBS, and static where
#                          that is not set and Hindsight is somebody's subproject
add_library(hindsight_face STATIC ${PROJECT_SOURCE_DIR}/common/public/face.c
	${PROJECT_SOURCE_DIR}/receiver/hindsight_recv.c ${PROJECT_SOURCE_DIR}/sender/hindsight_send.c)
target_compile_definitions(hindsight_face PRIVATE HINDSIGHT_VERSION="${PROJECT_VERSION}")
target_include_directories(hindsight_face PUBLIC ${PROJECT_SOURCE_DIR}/common/public)
target_link_libraries(hindsight_face PUBLIC hindsight_send_core hindsight_recv_core)

set(core hindsight_wire hindsight_send_core hindsight_recv_core hindsight_face)
set_target_properties(${core} PROPERTIES POSITION_INDEPENDENT_CODE ON C_VISIBILITY_PRESET hidden
	INTERPROCEDURAL_OPTIMIZATION OFF)
foreach(part IN LISTS core)
	target_compile_options(${part} PRIVATE -fno-lto) # what is linked in part must be machine code
endforeach()

if(HINDSIGHT_SANITIZE)             # their run-time libraries belong to programs
	return()
endif()

set(library_object ${CMAKE_CURRENT_BINARY_DIR}/libhindsight.o)
add_custom_command(OUTPUT ${library_object}
	COMMAND ${CMAKE_LINKER} -r -o ${library_object} --whole-archive $<TARGET_FILE:hindsight_face>
		--no-whole-archive $<TARGET_FILE:hindsight_send_core> $<TARGET_FILE:hindsight_recv_core>
		$<TARGET_FILE:hindsight_wire>
	COMMAND ${CMAKE_OBJCOPY} --localize-hidden ${library_object}
	DEPENDS ${core}
	COMMENT "Linking libhindsight.o, whose hidden symbols are local"
	VERBATIM)
set_source_files_properties(${library_object} PROPERTIES EXTERNAL_OBJECT TRUE GENERATED TRUE)
add_custom_target(hindsight_object DEPENDS ${library_object})

add_library(hindsight_static STATIC ${library_object})
add_library(hindsight_shared SHARED ${library_object})
target_link_libraries(hindsight_static INTERFACE PkgConfig::OPUS m)
target_link_libraries(hindsight_shared PRIVATE PkgConfig::OPUS m)
target_link_options(hindsight_shared PRIVATE -Wl,--no-undefined)
foreach(kind static shared)
	add_dependencies(hindsight_${kind} hindsight_object)
	set_target_properties(hindsight_${kind} PROPERTIES LINKER_LANGUAGE C OUTPUT_NAME hindsight
		EXPORT_NAME ${kind})
	target_include_directories(hindsight_${kind} INTERFACE
		$<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/common/public>
		$<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
endforeach()
set_target_properties(hindsight_shared PROPERTIES VERSION ${PROJECT_VERSION} SOVERSION 0)

if(BUILD_SHARED_LIBS OR (NOT DEFINED BUILD_SHARED_LIBS AND PROJECT_IS_TOP_LEVEL))
	set(usual hindsight_shared)
else()
	set(usual hindsight_static)
endif()
add_library(hindsight ALIAS ${usual})
add_library(hindsight::hindsight ALIAS ${usual})

# ---- installed ----

if(NOT PROJECT_IS_TOP_LEVEL)
	return()
endif()
include(CMakePackageConfigHelpers)
set(package_folder ${CMAKE_INSTALL_LIBDIR}/cmake/hindsight)
# Relative, so that an installed tree may be moved.
file(RELATIVE_PATH pc_prefix ${CMAKE_INSTALL_FULL_LIBDIR}/pkgconfig ${CMAKE_INSTALL_PREFIX})
file(RELATIVE_PATH pc_libdir ${CMAKE_INSTALL_PREFIX} ${CMAKE_INSTALL_FULL_LIBDIR})
file(RELATIVE_PATH pc_includedir ${CMAKE_INSTALL_PREFIX} ${CMAKE_INSTALL_FULL_INCLUDEDIR})
configure_file(${CMAKE_CURRENT_LIST_DIR}/libhindsight.pc.in ${PROJECT_BINARY_DIR}/libhindsight.pc @ONLY)
configure_package_config_file(${CMAKE_CURRENT_LIST_DIR}/hindsight-config.cmake.in
	${PROJECT_BINARY_DIR}/hindsight-config.cmake INSTALL_DESTINATION ${package_folder})
write_basic_package_version_file(${PROJECT_BINARY_DIR}/hindsight-config-version.cmake
	COMPATIBILITY SameMinorVersion)

install(TARGETS hindsight_static hindsight_shared EXPORT hindsight-targets
	ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT development
	LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT library
		NAMELINK_COMPONENT development)
install(EXPORT hindsight-targets NAMESPACE hindsight:: DESTINATION ${package_folder}
	COMPONENT development)
install(FILES ${PROJECT_BINARY_DIR}/hindsight-config.cmake
	${PROJECT_BINARY_DIR}/hindsight-config-version.cmake
	DESTINATION ${package_folder} COMPONENT development)
install(FILES ${PROJECT_BINARY_DIR}/libhindsight.pc
	DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig COMPONENT development)
install(DIRECTORY ${PROJECT_SOURCE_DIR}/common/public/hindsight
	DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} COMPONENT development)
foreach(page libhindsight hindsight_send hindsight_recv)
	install(FILES ${PROJECT_SOURCE_DIR}/docs/${page}.3
		DESTINATION ${CMAKE_INSTALL_MANDIR}/man3 COMPONENT development)
endforeach()
