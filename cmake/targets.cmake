# Flags that every target of ours gets. Third-party headers come in as SYSTEM, so warnings can be errors.
add_library(tw_flags INTERFACE)
target_include_directories(tw_flags INTERFACE ${PROJECT_SOURCE_DIR}/lib)
target_compile_options(tw_flags INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Werror
  # g++ 12 sees the storage of Boost's variant2 (in every Result) as uninitialized when it is built with a sanitizer,
  # and takes Asio's allocation of coroutine frames for a mismatched pair.
  $<$<COMPILE_LANG_AND_ID:CXX,GNU>:-Wno-maybe-uninitialized -Wno-mismatched-new-delete>
  $<$<COMPILE_LANGUAGE:CXX>:-Wconversion -Wnon-virtual-dtor -Wold-style-cast -Woverloaded-virtual>)
target_compile_definitions(tw_flags INTERFACE
  $<$<COMPILE_LANGUAGE:CXX>:BOOST_ASIO_NO_DEPRECATED BOOST_ASIO_DISABLE_BOOST_REGEX>)

# tw_library(<folder> SOURCES a.cpp ... DEPS core ... LIBS OpenSSL::Crypto ...): one library per folder of lib/.
# DEPS name our own folders, LIBS third-party targets (PRIVATE unless listed after PUBLIC_LIBS). What is shipped is compiled for
# size, which halves its code (2 MB less of memory); FAST is for folders whose loops go over every file, key, byte or row.
function(tw_library name)
  cmake_parse_arguments(ARG "FAST" "" "SOURCES;DEPS;LIBS;PUBLIC_LIBS" ${ARGN})
  add_library(${name} STATIC ${ARG_SOURCES})
  add_library(tw::${name} ALIAS ${name})
  list(TRANSFORM ARG_DEPS PREPEND tw::)
  target_link_libraries(${name} PUBLIC tw_flags ${ARG_DEPS} ${ARG_PUBLIC_LIBS} PRIVATE ${ARG_LIBS})
  if(ARG_FAST)
    target_compile_options(${name} PRIVATE $<$<CONFIG:Release>:-O2>)
  endif()
endfunction()

# tw_test(<name> SOURCES a_test.cpp ... DEPS core ... LABEL unit): one GoogleTest program, registered once with ctest.
function(tw_test name)
  cmake_parse_arguments(ARG "" "LABEL" "SOURCES;DEPS;LIBS" ${ARGN})
  add_executable(${name} ${ARG_SOURCES})
  list(TRANSFORM ARG_DEPS PREPEND tw::)
  target_link_libraries(${name} PRIVATE tw_flags ${ARG_DEPS} ${ARG_LIBS} GTest::gtest GTest::gmock GTest::gtest_main)
  target_include_directories(${name} PRIVATE ${PROJECT_SOURCE_DIR}/tests)
  # GTEST macros use C-style casts and sign conversions on literals.
  target_compile_options(${name} PRIVATE -Wno-old-style-cast -Wno-sign-conversion -Wno-conversion)
  add_test(NAME ${name} COMMAND ${name})
  set_tests_properties(${name} PROPERTIES LABELS "${ARG_LABEL}" TIMEOUT 300)
endfunction()

# tw_embed(<target> <symbol> <file>): the file's bytes between <symbol>_begin and <symbol>_end. Where they are no text of
# a few kilobytes: a compiler need not take string literals of more.
function(tw_embed target symbol file)
  set(source ${CMAKE_CURRENT_BINARY_DIR}/${symbol}.S)
  file(CONFIGURE OUTPUT ${source} CONTENT "
.section .rodata
.global ${symbol}_begin, ${symbol}_end
${symbol}_begin: .incbin \"${file}\"
${symbol}_end: .byte 0
.section .note.GNU-stack,\"\",@progbits
" @ONLY)
  set_source_files_properties(${source} PROPERTIES OBJECT_DEPENDS ${file})
  target_sources(${target} PRIVATE ${source})
endfunction()
