# Builds for 64-bit ARM with Debian's cross compiler:
#
#     cmake --toolchain cmake/aarch64.cmake -B build/aarch64 [-DHINDSIGHT_SYSROOT=FOLDER]
#
# The libraries, libopus at least, are those of the foreign architecture (dpkg --add-architecture arm64,
# apt-get install libopus-dev:arm64), or of a folder into which such packages were unpacked.
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR aarch64)
set(CMAKE_C_COMPILER aarch64-linux-gnu-gcc)
set(CMAKE_TRY_COMPILE_PLATFORM_VARIABLES HINDSIGHT_SYSROOT)
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(ENV{PKG_CONFIG_SYSROOT_DIR} "${HINDSIGHT_SYSROOT}")
set(ENV{PKG_CONFIG_LIBDIR}
	"${HINDSIGHT_SYSROOT}/usr/lib/aarch64-linux-gnu/pkgconfig:${HINDSIGHT_SYSROOT}/usr/share/pkgconfig")
