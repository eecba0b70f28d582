# pkg-config gives .../include/opus, for #include <opus.h>. We say <opus/opus.h>, so its parent must
# be known too, or another libopus's header is found in the compiler's own folders.
foreach(folder IN LISTS OPUS_INCLUDE_DIRS)
	if(folder MATCHES "^(.+)/opus$")
		set_property(TARGET PkgConfig::OPUS APPEND PROPERTY
			INTERFACE_INCLUDE_DIRECTORIES ${CMAKE_MATCH_1})
	endif()
endforeach()

# Whether this libopus has the calls of deep redundancy (DRED, 1.5 on). Whether they do anything is
# known at run time only: distributions build it without.
include(CheckSymbolExists)
include(CMakePushCheckState)
cmake_push_check_state(RESET)
set(CMAKE_REQUIRED_LIBRARIES PkgConfig::OPUS)
check_symbol_exists(opus_dred_parse opus/opus.h HINDSIGHT_HAS_DRED)
cmake_pop_check_state()
if(HINDSIGHT_HAS_DRED)
	add_compile_definitions(HINDSIGHT_DRED)
endif()
