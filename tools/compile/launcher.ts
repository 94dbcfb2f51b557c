/**
 * The beginning of the executable: a shell script that unpacks what follows it into the cache folder
 * at the first start, and hands over to it at every start.
 */
import type { Target } from "./target.ts";

/** What the script is told. */
export interface Launch {
  version: string;
  /** Of the archive: another one is unpacked beside this one. */
  hash: string;
  target: Target;
  /** Deno's flags. */
  flags: readonly string[];
}

/** Where the archive begins is written with so many digits. */
const DIGITS = 8;

/**
 * The script, in POSIX's shell: the archive (tar, gzip) follows its last line break.
 *
 * The folder that it unpacks into is complete or not there. In the folder for temporary files, the
 * last resort, it only takes what belongs to its user, and nothing behind a link.
 */
export function launcher({ version, hash, target, flags }: Launch): string {
  const [system, machine] = target.uname;
  const script = `#!/bin/sh
# clipline ${version} for ${target.name}: one file with all it needs. It unpacks itself once, into
# $CLIPLINE_CACHE, $XDG_CACHE_HOME/clipline, ~/.cache/clipline or the folder for temporary files.
set -eu
name='clipline-${version}-${target.name}-${hash}'
fail() {
  echo "clipline: $1" >&2
  exit 1
}
case "$(uname -s) $(uname -m)" in
  '${system} ${machine}') ;;
  *) fail "this file is for ${system} on ${machine}; this machine is $(uname -s) on $(uname -m)" ;;
esac
[ "$(uname -s)" != Linux ] || [ -e /proc/self/exe ] || fail 'there is no /proc, which Deno needs'
complete() { [ -x "$1/deno" ] && [ -f "$1/main.ts" ]; }
unpack() (
  umask 077
  mkdir -p "$1" 2>/dev/null || exit 1
  rm -rf "$1/.$name.$$" && mkdir "$1/.$name.$$" 2>/dev/null || exit 1
  trap 'rm -rf "$1/.$name.$$"' EXIT
  trap 'exit 130' INT TERM HUP
  tail -c +@OFFSET@ "$0" | gzip -dc | (cd "$1/.$name.$$" && tar -xf -) 2>/dev/null || exit 1
  complete "$1/.$name.$$" || exit 1
  complete "$1/$name" && exit 0
  rm -rf "$1/$name"
  # Who was faster has the name already: then this one lands inside it, and is taken away.
  mv "$1/.$name.$$" "$1/$name" && rm -rf "$1/$name/.$name.$$"
)
for program in tail gzip tar mkdir mv rm id; do
  command -v "$program" >/dev/null || fail "'$program' is not installed, which unpacking takes"
done
home=
for root in "\${CLIPLINE_CACHE:-}" "\${XDG_CACHE_HOME:+$XDG_CACHE_HOME/clipline}" \\
  "\${HOME:+$HOME/.cache/clipline}"; do
  [ -n "$root" ] || continue
  if complete "$root/program/$name" || unpack "$root/program"; then
    home=$root/program/$name
    break
  fi
done
if [ -z "$home" ]; then
  root=\${TMPDIR:-/tmp}/clipline-$(id -u)
  mkdir -m 700 "$root" 2>/dev/null || :
  [ -d "$root" ] && [ ! -L "$root" ] && [ -O "$root" ] ||
    fail "there is no folder to unpack into: set CLIPLINE_CACHE to one that can be written to"
  complete "$root/program/$name" || unpack "$root/program" ||
    fail "cannot unpack into $root: set CLIPLINE_CACHE to a folder with 400 MB of room"
  home=$root/program/$name
  # Models are kept in the same place.
  if [ -z "\${CLIPLINE_CACHE:-}" ]; then export CLIPLINE_CACHE="$root"; fi
fi
export DENO_DIR="$home/deno_dir" DENO_NO_UPDATE_CHECK=1 CLIPLINE_PROGRAM=clipline
exec "$home/deno" run ${flags.join(" ")} --config "$home/deno.json" "$home/main.ts" "$@"
`;
  const bytes = new TextEncoder().encode(script).length - "@OFFSET@".length + DIGITS;
  return script.replace("@OFFSET@", String(bytes + 1).padStart(DIGITS, "0"));
}
