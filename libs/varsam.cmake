# The two helpers every CMakeLists.txt of the house uses, and the compiler settings they share.
#
#   varsam_library(NAME base SOURCES clock.cpp ids.cpp DEPS absl::time)   -> target varsam::base
#   varsam_test(NAME decide LABEL unit SOURCES decide_test.cpp DEPS varsam::consent_domain)
#
# Sources are listed one by one; there is one target per layer.

find_package(Threads REQUIRED)
find_package(absl REQUIRED)
find_package(Protobuf REQUIRED)
find_package(gRPC CONFIG REQUIRED)
find_package(PostgreSQL REQUIRED)
find_package(OpenSSL REQUIRED)
find_package(PkgConfig REQUIRED)
find_package(yaml-cpp REQUIRED)
find_package(CURL REQUIRED)
find_package(nlohmann_json REQUIRED)
pkg_check_modules(SODIUM REQUIRED IMPORTED_TARGET libsodium)

find_program(VARSAM_CCACHE ccache)
if(VARSAM_CCACHE)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${VARSAM_CCACHE})
endif()
find_program(VARSAM_MOLD mold)
if(VARSAM_MOLD)
  add_link_options(-fuse-ld=mold)
endif()

add_compile_options(-Wall -Wextra -Werror -Wno-unused-parameter -Wno-missing-field-initializers)
add_compile_options(-fno-omit-frame-pointer -fstack-protector-strong)
if(VARSAM_SANITIZE)
  # The instrumented code makes gcc see reads of unset values that are not there.
  add_compile_options(-fsanitize=${VARSAM_SANITIZE} -fno-sanitize-recover=all
    -Wno-maybe-uninitialized)
  add_link_options(-fsanitize=${VARSAM_SANITIZE})
endif()
if(VARSAM_FUZZ)
  add_compile_options(-fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=undefined)
  add_link_options(-fsanitize=address,undefined)
endif()

# The headers that cost most to read, compiled once. A target asks for them with RPC in its options;
# a service's rpc layer, where every file reads the generated service, adds that with RPC_HEADER.
set(VARSAM_RPC_HEADERS <grpcpp/grpcpp.h> <google/protobuf/message.h> <google/protobuf/map.h>
  <google/protobuf/timestamp.pb.h> <absl/status/statusor.h> <absl/functional/any_invocable.h>
  <absl/time/time.h> <functional> <map> <memory> <mutex> <optional> <span> <string> <thread>
  <vector>)
add_library(varsam_rpc_headers OBJECT ${PROJECT_SOURCE_DIR}/libs/rpc_headers.cpp)
target_link_libraries(varsam_rpc_headers PUBLIC gRPC::grpc++ protobuf::libprotobuf absl::statusor
  absl::any_invocable absl::time)
target_precompile_headers(varsam_rpc_headers PRIVATE ${VARSAM_RPC_HEADERS})

function(varsam_library)
  cmake_parse_arguments(ARG "RPC" "NAME;RPC_HEADER" "SOURCES;DEPS" ${ARGN})
  if(ARG_SOURCES)
    add_library(varsam_${ARG_NAME} STATIC ${ARG_SOURCES})
    target_include_directories(varsam_${ARG_NAME} PUBLIC ${PROJECT_SOURCE_DIR})
    target_link_libraries(varsam_${ARG_NAME} PUBLIC ${ARG_DEPS})
    if(ARG_RPC_HEADER)
      target_precompile_headers(varsam_${ARG_NAME}
        PRIVATE ${VARSAM_RPC_HEADERS} ${PROJECT_SOURCE_DIR}/${ARG_RPC_HEADER})
    elseif(ARG_RPC)
      target_precompile_headers(varsam_${ARG_NAME} REUSE_FROM varsam_rpc_headers)
    endif()
  else()
    add_library(varsam_${ARG_NAME} INTERFACE)
    target_include_directories(varsam_${ARG_NAME} INTERFACE ${PROJECT_SOURCE_DIR})
    target_link_libraries(varsam_${ARG_NAME} INTERFACE ${ARG_DEPS})
  endif()
  add_library(varsam::${ARG_NAME} ALIAS varsam_${ARG_NAME})
endfunction()

# One binary: varsam_binary(NAME varsam-consent SOURCES main.cpp DEPS varsam::consent_app)
function(varsam_binary)
  cmake_parse_arguments(ARG "" "NAME" "SOURCES;DEPS" ${ARGN})
  add_executable(${ARG_NAME} ${ARG_SOURCES})
  target_include_directories(${ARG_NAME} PRIVATE ${PROJECT_SOURCE_DIR})
  target_link_libraries(${ARG_NAME} PRIVATE ${ARG_DEPS})
  set_target_properties(${ARG_NAME} PROPERTIES
    RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/bin)
endfunction()

# One Catch2 binary, registered as one ctest with a label (unit, contract, integration, …).
# SKIP_CODE 77 marks a test whose environment is missing; tests/run counts it as skipped.
# NEEDS_PG: the test uses varsam::test_database; ctest starts the private cluster before it.
set(VARSAM_TEST_PG ${PROJECT_BINARY_DIR}/pg_cluster)
function(varsam_test)
  cmake_parse_arguments(ARG "NEEDS_PG" "NAME;LABEL;TIMEOUT" "SOURCES;DEPS;ENVIRONMENT" ${ARGN})
  if(NOT ARG_TIMEOUT)
    set(ARG_TIMEOUT 300)
  endif()
  if(ARG_NEEDS_PG)
    list(APPEND ARG_DEPS varsam::test_database)
    list(APPEND ARG_ENVIRONMENT VARSAM_TEST_PG=${VARSAM_TEST_PG})
  endif()
  add_executable(${ARG_NAME}_test ${ARG_SOURCES})
  target_link_libraries(${ARG_NAME}_test PRIVATE varsam::test_main ${ARG_DEPS})
  set_target_properties(${ARG_NAME}_test PROPERTIES
    RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/tests)
  add_test(NAME ${ARG_LABEL}/${ARG_NAME} COMMAND ${ARG_NAME}_test
    WORKING_DIRECTORY ${PROJECT_SOURCE_DIR})
  set(environment "VARSAM_SOURCE_DIR=${PROJECT_SOURCE_DIR}"
    "VARSAM_BINARY_DIR=${PROJECT_BINARY_DIR}" ${ARG_ENVIRONMENT})
  if(VARSAM_SANITIZE)
    set(known ${PROJECT_SOURCE_DIR}/tests/support/leaks_of_libraries.txt)
    list(APPEND environment "LSAN_OPTIONS=suppressions=${known}:print_suppressions=0")
  endif()
  set_tests_properties(${ARG_LABEL}/${ARG_NAME} PROPERTIES
    LABELS ${ARG_LABEL} TIMEOUT ${ARG_TIMEOUT} SKIP_RETURN_CODE 77
    ENVIRONMENT "${environment}")
  if(ARG_NEEDS_PG)
    set_tests_properties(${ARG_LABEL}/${ARG_NAME} PROPERTIES FIXTURES_REQUIRED pg_cluster)
  endif()
endfunction()

include(${CMAKE_CURRENT_LIST_DIR}/pg/embed_sql.cmake)
