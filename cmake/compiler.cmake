# How every file of Hindsight is compiled. All of it holds for this folder and those below it only.
set(CMAKE_C_STANDARD 11)
set(CMAKE_C_STANDARD_REQUIRED ON)
set(CMAKE_C_EXTENSIONS OFF)                  # strict: glibc then declares no clock and no socket
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR})
include_directories(${PROJECT_SOURCE_DIR})   # every include names its folder

# Our promises are asserted in the release too; only Release, which the clang preset has, drops them.
string(REPLACE "-DNDEBUG" "" CMAKE_C_FLAGS_RELWITHDEBINFO "${CMAKE_C_FLAGS_RELWITHDEBINFO}")

# Without fused multiplications every compiler and machine computes the same, as hindsight-sim needs.
add_compile_options(-Wall -Wextra -Wpedantic -Wconversion -Wshadow -Wstrict-prototypes -Wvla
	-Wmissing-prototypes -Wundef -Wpointer-arith -fno-math-errno -ffp-contract=off)
# An anonymous enum is our integer constant, also where a floating-point number is multiplied by it.
add_compile_options($<$<C_COMPILER_ID:Clang,AppleClang>:-Wno-enum-float-conversion>)
if(HINDSIGHT_WERROR)
	add_compile_options(-Werror)
endif()
if(HINDSIGHT_FUZZ)                           # the code under test tells where it has been
	add_compile_options(-fsanitize=fuzzer-no-link)
endif()
if(HINDSIGHT_SANITIZE)
	# gcc's checks hide a value's range from -Wconversion, which then warns of what is right.
	add_compile_options($<$<C_COMPILER_ID:GNU>:-Wno-conversion>)
	add_compile_options(-fsanitize=${HINDSIGHT_SANITIZE} -fno-sanitize-recover=all
		-fno-omit-frame-pointer -g)
	add_link_options(-fsanitize=${HINDSIGHT_SANITIZE})
endif()
