# Configures and builds with a preset. Sourced after common.sh; paths are relative to the repository
# root.
#
#   build_cache            settles where ccache keeps its files, unless the caller has
#   build_preset PRESET TARGET…   configure, then build these targets (none = everything)
#   build_jobs             processes to use: the cores, but no more than memory allows (1.2 GB each)

BUILD_OPTIONS=()  # for cmake; a caller that wants other than the preset's sets them

build_cache() {
  export CCACHE_DIR=${CCACHE_DIR:-$PWD/.cache/ccache}
  export CCACHE_BASEDIR=${CCACHE_BASEDIR:-$PWD} CCACHE_NOHASHDIR=1
  local sloppy=pch_defines,time_macros,include_file_ctime,include_file_mtime
  export CCACHE_SLOPPINESS=${CCACHE_SLOPPINESS:-$sloppy}
}

build_jobs() {
  local cores memory
  cores=$(nproc)
  memory=$(awk '/^MemAvailable/ { print int($2 / 1200000) }' /proc/meminfo)
  [ "$memory" -ge 1 ] || memory=1
  if [ "$cores" -lt "$memory" ]; then echo "$cores"; else echo "$memory"; fi
}

build_preset() {
  local preset=$1 targets=()
  shift
  if [ $# -gt 0 ]; then targets=(--target "$@"); fi
  build_cache
  mkdir -p "build/$preset"
  phase_start configure
  cmake --preset "$preset" "${BUILD_OPTIONS[@]}" >"build/$preset/configure.log" 2>&1 </dev/null ||
    { cat "build/$preset/configure.log" >&2; die "cmake --preset $preset failed"; }
  phase_end
  phase_start build
  local log=build/$preset/build.log make=(cmake --build "build/$preset" -j"$(build_jobs)")
  if [ -t 1 ]; then
    "${make[@]}" "${targets[@]}" </dev/null || die "the build failed"
  elif ! "${make[@]}" "${targets[@]}" >"$log" 2>&1 </dev/null; then
    grep -E -A12 'FAILED|error' "$log" | head -80 >&2
    die "the build failed"
  fi
  phase_end
}
