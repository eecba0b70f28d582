#!/usr/bin/env bash
# Hindsight within somebody else's project, by add_subdirectory and by FetchContent: it builds and
# links, and brings no test, no target without "hindsight" before it, and no setting.
#
#     subproject.sh CMAKE C_COMPILER
set -euo pipefail
source_dir=$(cd "$(dirname "$0")/.." && pwd)
cmake=$1 compiler=$2
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

# parent NAME LINES: a project that takes Hindsight in by these lines, and has the names of old.
parent() {
	mkdir "$dir/$1"
	cat >"$dir/$1/program.c" <<-'PROGRAM'
		#include <hindsight/recv.h>

		int main(void)
		{
			return hindsight_version()[0] == '\0';
		}
	PROGRAM
	cat >"$dir/$1/CMakeLists.txt" <<-PARENT
		cmake_minimum_required(VERSION 3.22)
		project(parent VERSION 7 LANGUAGES C)
		enable_testing()
		option(BUILD_TESTING "The parent's own" ON)
		foreach(name wire io channel score marker signal process relay simulation experiment calls)
			add_library(\${name} INTERFACE)
		endforeach()
		$2
		add_executable(program program.c)
		target_link_libraries(program PRIVATE hindsight::hindsight)
		add_test(NAME the_parents COMMAND program)

		function(judge folder)
			get_property(targets DIRECTORY \${folder} PROPERTY BUILDSYSTEM_TARGETS)
			foreach(target IN LISTS targets)
				if(NOT target MATCHES "^hindsight")
					message(SEND_ERROR "Hindsight brings the target \${target}")
				endif()
			endforeach()
			get_property(folders DIRECTORY \${folder} PROPERTY SUBDIRECTORIES)
			foreach(below IN LISTS folders)
				judge(\${below})
			endforeach()
		endfunction()
		judge(\${hindsight_SOURCE_DIR})
		foreach(name CMAKE_BUILD_TYPE CMAKE_C_STANDARD CMAKE_RUNTIME_OUTPUT_DIRECTORY)
			if(\${name})
				message(SEND_ERROR "Hindsight sets \${name} to \${\${name}}")
			endif()
		endforeach()
		get_property(options DIRECTORY PROPERTY COMPILE_OPTIONS)
		if(options OR NOT PROJECT_NAME STREQUAL parent)
			message(SEND_ERROR "Hindsight changes its parent: \${options} \${PROJECT_NAME}")
		endif()
	PARENT
	"$cmake" -G Ninja -S "$dir/$1" -B "$dir/$1/build" -DCMAKE_C_COMPILER="$compiler" >"$dir/log" 2>&1 || {
		cat "$dir/log"
		echo "$1: cannot be configured"
		exit 1
	}
	tests=$(cd "$dir/$1/build" && "${cmake%cmake}ctest" -N | grep -c 'Test *#')
	[ "$tests" = 1 ] || { echo "$1: $tests tests, expected the parent's one"; exit 1; }
	echo "$1: configured"
}

parent add_subdirectory "add_subdirectory($source_dir hindsight)"
parent FetchContent "include(FetchContent)
FetchContent_Declare(hindsight SOURCE_DIR $source_dir)
FetchContent_MakeAvailable(hindsight)"

cd "$dir/FetchContent/build"
"$cmake" --build . --parallel 2 >"$dir/log" 2>&1 || { cat "$dir/log"; exit 1; }
"${cmake%cmake}ctest" >"$dir/log" 2>&1 || { cat "$dir/log"; exit 1; }
echo "FetchContent: built, and the parent's test passes"
