"""What the units promise."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from edge.errors import ConfigError
from edge.socket_path import SERVICE

from .scripts import (
    ALL,
    SYSTEMD,
    install,
    settings,
)

SYSTEM_UNITS = Path("/usr/lib/systemd/system")

needs_analyze = pytest.mark.skipif(
    not (shutil.which("systemd-analyze") and (SYSTEM_UNITS / "sysinit.target").is_file()),
    reason="no systemd here: sudo apt install systemd",
)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("Type", "notify"),
        ("NotifyAccess", "main"),
        ("WatchdogSec", "10s"),
        ("TimeoutStartSec", "5min"),
        ("Restart", "on-failure"),
        ("RestartPreventExitStatus", str(ConfigError.exit_code)),
        ("ExecReload", "/bin/kill -HUP $MAINPID"),
        ("DynamicUser", "yes"),
        ("SupplementaryGroups", "video"),
        ("RuntimeDirectory", SERVICE.parent.name),
        ("LimitCORE", "0"),
        ("MemorySwapMax", "0"),
        ("DevicePolicy", "closed"),
        ("PrivateNetwork", "yes"),
        ("RestrictAddressFamilies", "AF_UNIX"),
        ("IPAddressDeny", "any"),
        ("ProtectSystem", "strict"),
        ("ProtectHome", "yes"),
        ("CapabilityBoundingSet", ""),
        ("MemoryDenyWriteExecute", "yes"),
    ],
)
def test_the_unit_promises(key: str, value: str) -> None:
    assert settings(SYSTEMD / "ishara.service")[key] == [value]


def test_the_unit_opens_cameras_and_nothing_else() -> None:
    unit = settings(SYSTEMD / "ishara.service")
    allowed = {"char-video4linux rw", "char-media rw", "char-dma_heap rw"}
    assert set(unit["DeviceAllow"]) == allowed
    assert unit["SystemCallFilter"][0] == "@system-service"
    # Either would hide from the service what it needs: the cameras, and on ARM /proc/cpuinfo.
    assert not {"PrivateDevices", "ProcSubset"} & unit.keys()
    # With a dynamic user it would move the runtime directory to where no client may go.
    assert "RuntimeDirectoryPreserve" not in unit


# The module that makes a kind of device known; dma_heap is no module.
DRIVERS = {"video4linux": "videodev", "media": "mc", "usb_device": "usbcore", "dma_heap": ""}


@pytest.mark.fault(
    "unit",
    "a webcam plugged in after the unit has started ({name})",
    "its driver is loaded first, so that DeviceAllow= knows it",
)
@pytest.mark.parametrize("name", ["ishara.service", "ishara.service.d/coral.conf"])
def test_the_kinds_of_devices_are_known_before_the_unit_starts(name: str) -> None:
    unit = settings(SYSTEMD / name)
    kinds = [allowed.removesuffix(" rw").removeprefix("char-") for allowed in unit["DeviceAllow"]]
    loaded = {f"modprobe@{DRIVERS[kind]}.service" for kind in kinds if DRIVERS[kind]}
    for key in ("Wants", "After"):
        (units,) = unit[key]
        assert set(units.split()) == loaded


def test_no_python_of_the_service_searches_its_working_directory() -> None:
    unit = settings(SYSTEMD / "ishara.service")
    assert "PYTHONSAFEPATH=1" in unit["Environment"]
    assert "WorkingDirectory" not in unit


def test_the_group_of_the_socket_is_a_real_one_and_the_user_has_another_name() -> None:
    unit = settings(SYSTEMD / "ishara.service")
    (group,) = unit["Group"]
    assert f"g {group} -" in (SYSTEMD / "sysusers.d/ishara.conf").read_text().splitlines()
    assert settings(SYSTEMD / "ishara.socket")["SocketGroup"] == [group]
    assert unit["User"] != [group]


def test_the_socket_unit_listens_where_clients_look() -> None:
    (stream,) = settings(SYSTEMD / "ishara.socket")["ListenStream"]
    assert stream.replace("%t", "/run") == str(SERVICE)
    # The service must not own, and remove with itself, the folder of a socket it did not make.
    assert settings(SYSTEMD / "ishara.service.d/socket.conf")["RuntimeDirectory"] == [""]


def test_the_loopback_is_all_that_its_option_opens() -> None:
    assert settings(SYSTEMD / "ishara.service.d/loopback.conf") == {
        "RestrictAddressFamilies": ["AF_INET AF_INET6"],
        "PrivateNetwork": ["no"],
        "IPAddressAllow": ["localhost"],
    }
    assert settings(SYSTEMD / "ishara.service")["IPAddressDeny"] == ["any"]


def test_the_device_rule_names_the_accelerator_before_and_after_its_firmware() -> None:
    rules = SYSTEMD / "udev/60-ishara-coral.rules"
    ids = re.findall(r'idVendor}=="(\w+)".*idProduct}=="(\w+)".*uaccess', rules.read_text())
    assert ids == [("1a6e", "089a"), ("18d1", "9302")]
    assert int(rules.name.split("-")[0]) < 73  # where uaccess is read


@needs_analyze
@pytest.mark.parametrize("options", [(), ("--coral",), ("--socket",), ALL])
def test_systemd_finds_no_fault_in_the_units(root: Path, options: tuple[str, ...]) -> None:
    install(root, *options)
    # What the units ask of the rest of the system.
    (root / "usr/lib/systemd/system").mkdir(parents=True)
    for target in SYSTEM_UNITS.glob("*.target"):
        shutil.copy(target, root / "usr/lib/systemd/system", follow_symlinks=False)
    shutil.copy(SYSTEM_UNITS / "modprobe@.service", root / "usr/lib/systemd/system")
    (root / "bin").mkdir()
    shutil.copy("/bin/kill", root / "bin/kill")
    units = ["ishara.service"] + ["ishara.socket"] * ("--socket" in options)
    units += [f"ishara-{name}.service" for name in ("ask", "mqtt") if f"--{name}" in options]
    command = ["systemd-analyze", f"--root={root}", "verify", *units]
    checked = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert (checked.returncode, checked.stdout + checked.stderr) == (0, "")


def test_the_keyboards_rule_is_for_the_user_at_the_screen() -> None:
    rules = SYSTEMD / "udev/60-ishara-type.rules"
    (rule,) = [line for line in rules.read_text().splitlines() if not line.startswith("#")]
    assert 'KERNEL=="uinput"' in rule
    assert 'TAG+="uaccess"' in rule
    assert "MODE" not in rule
    assert "GROUP" not in rule
    assert int(rules.name.split("-")[0]) < 73  # where uaccess is read


@pytest.mark.parametrize("name", ["ask", "mqtt"])
def test_the_other_services_are_confined_as_the_reader_is(name: str) -> None:
    unit = settings(SYSTEMD / f"ishara-{name}.service")
    reader = settings(SYSTEMD / "ishara.service")
    own = {
        "Type", "NotifyAccess", "ExecStart", "ExecReload", "RestartForceExitStatus", "WatchdogSec",
        "TimeoutStartSec", "TimeoutStopSec", "SupplementaryGroups", "RuntimeDirectory",
        "RuntimeDirectoryMode", "FileDescriptorStoreMax", "DeviceAllow", "MemoryMax", "TasksMax",
        "LimitNOFILE", "Description", "Wants", "After", "User", "RestartPreventExitStatus",
        "SystemCallFilter", "StartLimitIntervalSec", "StartLimitBurst",
    }  # fmt: skip
    if name == "mqtt":
        own |= {"PrivateNetwork", "RestrictAddressFamilies", "IPAddressDeny"}
    for key, value in reader.items():
        if key not in own:
            assert unit[key] == value, key
    assert unit["SystemCallFilter"] == reader["SystemCallFilter"][:2]
    assert unit["User"] != unit["Group"] == ["ishara"]
    assert "2" in unit["RestartPreventExitStatus"][0].split()


@needs_analyze
@pytest.mark.parametrize(("name", "most"), [("ask", 1.0), ("mqtt", 2.0)])
def test_the_exposure_of_the_other_services_is_low(root: Path, name: str, most: float) -> None:
    install(root, f"--{name}")
    command = ["systemd-analyze", f"--root={root}", "security", "--offline=yes", "--no-pager"]
    command += [f"--threshold={most * 10:.0f}", f"ishara-{name}.service"]
    judged = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert judged.returncode == 0, judged.stdout + judged.stderr


@needs_analyze
@pytest.mark.parametrize(
    ("options", "most"),
    [((), 0.5), (("--coral",), 1.2), (("--loopback",), 1.2), (("--coral", "--loopback"), 1.5)],
)
def test_the_exposure_is_low(root: Path, options: tuple[str, ...], most: float) -> None:
    install(root, *options)
    command = ["systemd-analyze", f"--root={root}", "security", "--offline=yes"]
    command += [f"--threshold={most * 10:.0f}", "--no-pager", "ishara.service"]
    judged = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert judged.returncode == 0, judged.stdout + judged.stderr
    level = re.search(r"exposure level for ishara.service: ([\d.]+)", judged.stdout)
    assert level is not None
    assert float(level[1]) <= most
