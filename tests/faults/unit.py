"""The sandbox of the shipped unit, for where systemd does not run: namespaces, limits, a filter.

What `systemd/ishara.service` says is read from it: LimitNOFILE=, TasksMax=, UMask=, Environment=
and SystemCallFilter=. What has no value there is made as systemd does: no home, no network, a file
system that is read-only but for the service's folder, a user without a name and without
capabilities, no memory that is both written and run, no socket but AF_UNIX. Not made: the cgroup's
memory limit and device filter, ProtectKernel*=, ProtectClock=.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path

UNIT = Path(__file__).parents[2] / "systemd" / "ishara.service"
FILTER = Path(__file__).with_name("unit_filter.py")
USER = 54321
"""Without a name, as far as any machine is known."""

TOOLS = ("unshare", "mount", "prlimit", "setpriv", "systemd-analyze")

# $1 is the folder of the service, $2 where Python lives, if that is a home, else empty.
_SCRIPT = """
folder=$1 python=$2; shift 2
mount --make-rprivate /
exec 8<"$folder"
chown -R $USER_ID:$USER_ID "$folder"
if [ "$python" ]; then exec 9<"$python"; fi
mount -t tmpfs -o mode=000 tmpfs /home
mount -t tmpfs -o mode=755 tmpfs /root
if [ "$python" ]; then
  mkdir -p "$python"
  mount --no-canonicalize --bind /proc/self/fd/9 "$python"
fi
mount -t tmpfs tmpfs /tmp
mkdir -p "$folder"
mount --no-canonicalize --bind /proc/self/fd/8 "$folder"
mount -t proc -o hidepid=invisible proc /proc
mount -o remount,bind,ro /
umask $UMASK
exec 8<&- 9<&-
exec prlimit --core=0 --nofile=$NOFILE --nproc=$TASKS \\
  setpriv --reuid=$USER_ID --regid=$USER_ID --clear-groups --inh-caps=-all --bounding-set=-all \\
  --no-new-privs "$@"
"""


@cache
def properties() -> dict[str, list[str]]:
    """The values of each key of the unit, in their order."""
    found: dict[str, list[str]] = {}
    for line in UNIT.read_text().splitlines():
        if "=" in line and not line.startswith("#"):
            key, value = line.split("=", 1)
            found.setdefault(key, []).append(value)
    return found


@cache
def system_calls() -> list[str]:
    """The names that SystemCallFilter= leaves; a set is what systemd on this machine says."""
    allowed: set[str] = set()
    for value in properties()["SystemCallFilter"]:
        named: set[str] = set()
        for name in value.removeprefix("~").split():
            named |= _members(name)
        allowed = allowed - named if value.startswith("~") else allowed | named
    return sorted(allowed)


@cache
def _members(name: str) -> set[str]:
    if not name.startswith("@"):
        return {name}
    said = subprocess.run(
        ["systemd-analyze", "syscall-filter", "--no-pager", name],
        capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    names = [line.strip() for line in said.splitlines()[1:]]
    return set().union(*(_members(each) for each in names if each and not each.startswith("#")))


def environment() -> dict[str, str]:
    """The variables that the unit sets."""
    return dict(value.split("=", 1) for value in properties()["Environment"])


def shell(folder: Path) -> list[str]:
    """The words before a command that is to run in the sandbox; it may write in ``folder``."""
    base = Path(sys.base_prefix)
    home = any(base.is_relative_to(each) for each in ("/root", "/home"))
    values = {name: properties()[key][0] for name, key in
              (("NOFILE", "LimitNOFILE"), ("TASKS", "TasksMax"), ("UMASK", "UMask"))}  # fmt: skip
    lines = [f"{name}={value}" for name, value in {**values, "USER_ID": USER}.items()]
    script = "\n".join([*lines, _SCRIPT])
    return [
        "unshare", "--mount", "--net", "--ipc", "--uts", "--",
        "sh", "-eu", "-c", script, "unit", str(folder), str(base) if home else "",
        sys.executable, "-I", str(FILTER), ",".join(system_calls()),
    ]  # fmt: skip


def limit_descriptors(process: int, most: int) -> None:
    """Let a process in the sandbox open ``most`` descriptors from now on."""
    as_its_user = ["setpriv", f"--reuid={USER}", f"--regid={USER}", "--clear-groups"]
    limit = f"--nofile={most}:{properties()['LimitNOFILE'][0]}"
    subprocess.run([*as_its_user, "prlimit", f"--pid={process}", limit], check=True)


def why_not(folder: Path) -> str:
    """Why there is no such sandbox here; empty where there is."""
    if missing := [tool for tool in TOOLS if not shutil.which(tool)]:
        return f"the unit's sandbox needs {', '.join(missing)}"
    if os.getuid() != 0:
        return "the unit's sandbox needs root"
    tried = subprocess.run([*shell(folder), "true"], capture_output=True, text=True, check=False)
    return f"no sandbox can be made: {tried.stderr.strip()}" if tried.returncode else ""
