# shellcheck shell=bash disable=SC2034
# What install and uninstall share. It only defines.

program=$(basename "$0")
root=''
dry=''

# Root's Python must take nothing from whoever calls it: neither from the environment nor, once the
# options are read and the script is in /, from the folder it is called in.
unset "${!PYTHON@}"

units=/usr/local/lib/systemd/system
user_units=/usr/local/lib/systemd/user
config=/etc/ishara/ishara.toml
# What install made, for uninstall: `f FILE`, `t TREE` (removed whole), `d FOLDER` (if empty).
manifest=/usr/local/share/ishara/installed

fail() {
  echo "$program: $*" >&2
  exit 1
}

# act COMMAND...: says and runs it, or with --dry-run only says it.
act() {
  echo "  ${dry:+would: }$*"
  if [[ ! $dry ]]; then "$@"; fi
}

# live COMMAND...: as act, but not with --root: it concerns the running system.
live() {
  if [[ ! $root ]]; then act "$@"; fi
}

check_machine() {
  if [[ $root || $dry ]]; then return; fi
  [[ $EUID == 0 ]] || fail "only root may do this: sudo systemd/$program"
  [[ -d /run/systemd/system ]] ||
    fail "systemd does not run this machine: there is nothing to install a service into (--root DIR prepares a folder)"
}

# path_of OPTION PATH: the absolute PATH.
path_of() {
  [[ ${2:-} && $2 != -* ]] || fail "$1 needs a path"
  [[ $1 != --root || $2 != / ]] || fail "--root / is this machine: leave it out"
  realpath -ms -- "$2"
}

# present PATH: it is there, be it a link that leads nowhere in this root.
present() { [[ -e $root$1 || -L $root$1 ]]; }
