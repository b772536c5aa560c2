# SPDX-License-Identifier: Apache-2.0
# cmake -D BUILD=... -D SOURCE=... -D WORK=... -D LAUNCHER=... -P find_package.cmake
# Installs the build into a folder of its own, builds the program of SOURCE against it and runs that.
file(REMOVE_RECURSE ${WORK})
set(prefix ${WORK}/prefix)
macro(step)
  execute_process(COMMAND ${ARGN} RESULT_VARIABLE status OUTPUT_VARIABLE out ERROR_VARIABLE out)
  message(STATUS "${out}")
  if(NOT status EQUAL 0)
    message(FATAL_ERROR "failed (${status}): ${ARGN}")
  endif()
endmacro()

step(${CMAKE_COMMAND} --install ${BUILD} --prefix ${prefix})
step(${CMAKE_COMMAND} -G Ninja -S ${SOURCE} -B ${WORK}/build -D CMAKE_PREFIX_PATH=${prefix} -D CMAKE_BUILD_TYPE=Release
     -D CMAKE_CXX_COMPILER_LAUNCHER=${LAUNCHER} -D CMAKE_FIND_USE_PACKAGE_REGISTRY=OFF)
step(${CMAKE_COMMAND} --build ${WORK}/build)

# The package must not lead back into the tree it came from.
file(GLOB_RECURSE cmake_files ${prefix}/*.cmake)
foreach(file IN LISTS cmake_files)
  file(READ ${file} text)
  string(FIND "${text}" "${BUILD}" build_at)
  if(NOT build_at EQUAL -1)
    message(FATAL_ERROR "${file} names the build folder")
  endif()
endforeach()

step(${CMAKE_COMMAND} -E env TARSIER_ASSETS=${prefix}/share/tarsier
     ${WORK}/build/embed ${prefix}/share/tarsier/graphs/embed.yaml)
if(NOT out MATCHES "matte 3: 640 x 360")
  message(FATAL_ERROR "the program did not give three mattes")
endif()
