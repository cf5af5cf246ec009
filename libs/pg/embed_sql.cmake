# varsam_embed_sql(varsam_ledger SET ledger NAMESPACE varsam::ledger
#   FILES migrations/0001_ledger.sql)
#
# Compiles the numbered SQL files into the target, as
#   const varsam::pg::MigrationSet& <NAMESPACE>::Migrations();
# which the owner declares in a header of its own (libs/pg/migrate.h). The target must link
# varsam::pg. Run with -P, this same file writes the .cpp.

if(CMAKE_SCRIPT_MODE_FILE)
  set(text "// Made by libs/pg/embed_sql.cmake from the migrations of set ${SET}.\n")
  string(APPEND text "#include \"libs/pg/migrate.h\"\n\nnamespace ${NAMESPACE} {\nnamespace {\n")
  set(list "")
  set(number 0)
  string(REPLACE "|" ";" FILES "${FILES}")
  foreach(file IN LISTS FILES)
    math(EXPR number "${number} + 1")
    get_filename_component(name "${file}" NAME_WE)
    file(READ "${file}" sql)
    if(NOT name MATCHES "^[0-9][0-9][0-9][0-9]_[a-z0-9_]+$")
      message(FATAL_ERROR "${file}: migrations are named NNNN_<what>.sql")
    endif()
    string(REGEX REPLACE "^0*([0-9]+)_.*$" "\\1" stated "${name}")
    string(APPEND text "constexpr char kSql${number}[] = R\"varsam(${sql})varsam\";\n")
    string(APPEND list "    {${stated}, \"${name}\","
      " {kSql${number}, sizeof(kSql${number}) - 1}},\n")
  endforeach()
  string(APPEND text "constexpr ::varsam::pg::Migration kMigrations[] = {\n${list}};\n")
  string(APPEND text "const ::varsam::pg::MigrationSet kSet{\"${SET}\", kMigrations};\n")
  string(APPEND text "}  // namespace\n\n")
  string(APPEND text "const ::varsam::pg::MigrationSet& Migrations();\n")
  string(APPEND text "const ::varsam::pg::MigrationSet& Migrations() { return kSet; }\n")
  string(APPEND text "}  // namespace ${NAMESPACE}\n")
  file(WRITE "${OUT}" "${text}")
  return()
endif()

set(VARSAM_EMBED_SQL_SCRIPT ${CMAKE_CURRENT_LIST_FILE})

function(varsam_embed_sql target)
  cmake_parse_arguments(ARG "" "SET;NAMESPACE" "FILES" ${ARGN})
  set(out ${CMAKE_CURRENT_BINARY_DIR}/${ARG_SET}_migrations.cpp)
  list(TRANSFORM ARG_FILES PREPEND ${CMAKE_CURRENT_SOURCE_DIR}/)
  list(JOIN ARG_FILES "|" joined)
  add_custom_command(OUTPUT ${out}
    COMMAND ${CMAKE_COMMAND} -DSET=${ARG_SET} -DNAMESPACE=${ARG_NAMESPACE} -DOUT=${out}
      "-DFILES=${joined}" -P ${VARSAM_EMBED_SQL_SCRIPT}
    DEPENDS ${ARG_FILES} ${VARSAM_EMBED_SQL_SCRIPT} VERBATIM)
  target_sources(${target} PRIVATE ${out})
endfunction()
