#!/usr/bin/env bash
# The kernels give the same bits on every instruction set, on 64-bit Arm too, and with one thread and three.
#
#   Tests/SameBits/compare.sh             where the tools for Arm are missing, says so and compares what is there
#   Tests/SameBits/compare.sh --require   where they are missing, fails
#
# Builds the program beside it for this machine and for 64-bit Arm, runs it under each instruction set, here and in an
# emulator, and compares all that it prints. It installs nothing.
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
case "${1:-}" in
  "" | --require) require=${1:-} ;;
  *) echo "usage: $0 [--require]" >&2; exit 2 ;;
esac
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

find_clang() {
  if command -v "${CC:-clang}"; then return; fi
  local swift
  swift=$(command -v swift) && echo "$(dirname "$(readlink -f "$swift")")/clang"
}
clang=$(find_clang) || true
if ! "$clang" --version 2>/dev/null | grep -q clang; then
  echo "There is no clang: put the Swift toolchain's bin folder into PATH, or name a clang in CC." >&2
  exit 1
fi

# The kernels as the package manager builds them for a release; the cases with nothing fused, so that their numbers are
# the same everywhere.
build() {
  local objects=$work/$1.objects program=$work/$1
  shift
  mkdir "$objects"
  local flags=("$@" -O2 -std=gnu11 -I "$root/Sources/CKernels/include")
  (cd "$objects" && "$clang" "${flags[@]}" -c "$root"/Sources/CKernels/*.c)
  mkdir "$objects/cases"
  (cd "$objects/cases" &&
    "$clang" "${flags[@]}" -Wall -Wextra -Werror -ffp-contract=off -c "$root"/Tests/SameBits/*.c)
  "$clang" "$@" "$objects"/*.o "$objects"/cases/*.o -lm -lpthread -o "$program"
}

# Lines of: a name for the output, and what to run.
list_runs() {
  local machine=$1 set threads
  shift
  for set in $("$@" --list); do
    for threads in 1 3; do echo "$machine-$set-threads-$threads $* $set $threads"; done
  done
}

# Sets `emulator`, and `problem` where Arm cannot be emulated here.
arm=(--target=aarch64-linux-gnu -static -fuse-ld=lld -Wno-unused-command-line-argument)
find_arm_tools() {
  problem= emulator=
  case "$(uname -m)" in arm64 | aarch64) problem="this machine is a 64-bit Arm itself"; return ;; esac
  emulator=$(command -v qemu-aarch64 || command -v qemu-aarch64-static) || problem="there is no qemu-aarch64"
  printf '#include <math.h>\n#include <pthread.h>\nint main(void) { return 0; }\n' >"$work/empty.c"
  "$clang" "${arm[@]}" "$work/empty.c" -lm -lpthread -o "$work/empty" 2>/dev/null ||
    problem="${problem:+$problem, and }there is no C library to build for it with"
}

build here
list_runs "$(uname -m)" "$work/here" >"$work/runs"
find_arm_tools
if [ -z "$problem" ]; then
  build arm "${arm[@]}"
  list_runs aarch64 "$emulator" "$work/arm" >>"$work/runs"
fi

cores=$(getconf _NPROCESSORS_ONLN)
xargs -P "$cores" -L 1 sh -c 'name=$1; shift; "$@" >"$0/$name.txt"' "$work" <"$work/runs" || {
  echo "A run failed." >&2
  exit 1
}

reference=$(awk '/portable-threads-1 / { print $1; exit }' "$work/runs")
echo "$(wc -l <"$work/$reference.txt") cases; compared with $reference:"
failed=no
while read -r name _; do
  [ "$name" = "$reference" ] && continue
  awk -v name="$name" '
    function hash(line) { sub(/.* /, "", line); return line }
    NR == FNR { expected[FNR] = $0; count = FNR; next }
    $0 != expected[FNR] { differing++; if (differing <= 20) lines = lines "    " $0 ", not " hash(expected[FNR]) "\n" }
    END {
      if (FNR != count) { printf "  %s: %d cases instead of %d\n%s", name, FNR, count, lines; exit 1 }
      if (differing) { printf "  %s: %d cases differ\n%s", name, differing, lines; exit 1 }
      printf "  %s: the same\n", name
    }' "$work/$reference.txt" "$work/$name.txt" || failed=yes
done <"$work/runs"
[ "$failed" = no ] || exit 1

if [ -n "$problem" ]; then
  echo "64-bit Arm was not emulated: $problem."
  case "$(uname -m)" in arm64 | aarch64) exit 0 ;; esac
  echo "On Debian and Ubuntu: apt-get install qemu-user gcc-aarch64-linux-gnu libc6-dev-arm64-cross"
  [ -z "$require" ] || exit 1
fi
