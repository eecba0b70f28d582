# What Hindsight is built with, found by pkg-config. A package that is missing is named in one line,
# with Debian's name for it and what the build then lacks; only libopus cannot be done without.

# hindsight_find(NAME MODULE DEBIAN LACK): PkgConfig::NAME and NAME_FOUND, or the line.
macro(hindsight_find name module debian lack)
	pkg_check_modules(${name} QUIET IMPORTED_TARGET GLOBAL ${module})
	if(NOT ${name}_FOUND)
		message(STATUS "${module} is missing (Debian: ${debian}): ${lack}")
	endif()
endmacro()

find_package(PkgConfig QUIET)
if(NOT PKG_CONFIG_FOUND)
	message(FATAL_ERROR "pkg-config is missing (Debian: pkg-config): it finds all other packages")
endif()
hindsight_find(OPUS opus libopus-dev "there is no Hindsight without this codec")
if(NOT OPUS_FOUND)
	message(FATAL_ERROR "libopus is needed")
endif()

find_package(Threads REQUIRED)
if(HINDSIGHT_PROGRAMS OR HINDSIGHT_TOOLS)
	hindsight_find(SNDFILE sndfile libsndfile1-dev "no programs and tools, which need sound files")
	hindsight_find(SOXR soxr libsoxr-dev "no programs and tools, which resample sound files")
	if(NOT SNDFILE_FOUND OR NOT SOXR_FOUND)
		set(HINDSIGHT_PROGRAMS OFF)
		set(HINDSIGHT_TOOLS OFF)
	endif()
endif()
if(HINDSIGHT_AUDIO AND (HINDSIGHT_PROGRAMS OR HINDSIGHT_TOOLS))
	hindsight_find(PORTAUDIO portaudio-2.0 portaudio19-dev
		"the programs will know files and pipes, but no sound devices")
	if(NOT PORTAUDIO_FOUND)
		set(HINDSIGHT_AUDIO OFF)
	endif()
	hindsight_find(JACK jack libjack-jackd2-dev
		"JACK servers through PortAudio, which does not come back after their end")
endif()
if(HINDSIGHT_TOOLS)
	hindsight_find(PCAP libpcap libpcap-dev "hindsight-sim will not read captures")
endif()
if(PROJECT_IS_TOP_LEVEL AND BUILD_TESTING)
	hindsight_find(CMOCKA cmocka libcmocka-dev "no tests")
	if(NOT CMOCKA_FOUND)
		set(BUILD_TESTING OFF)
	endif()
endif()

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
