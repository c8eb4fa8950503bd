"""The rows that Windows records become in the tables of Defender, computed without trapline.

Written from the published meaning of the columns and of the events, never from the product's own tables, so that the two
can be held against each other. A row is a dictionary of column to value; an absent value is None or "", which are one.
"""
import collections, datetime, ipaddress, json, re, zipfile

TICKS = re.compile(r"^(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?Z?$")
HIVES = [("HKLM", "HKEY_LOCAL_MACHINE"), ("HKCR", "HKEY_LOCAL_MACHINE\\SOFTWARE\\Classes"), ("HKU", "HKEY_USERS")]
LOGON_TYPES = {2: "Interactive", 3: "Network", 4: "Batch", 5: "Service", 7: "Unlock", 8: "NetworkCleartext",
               9: "NewCredentials", 10: "RemoteInteractive", 11: "CachedInteractive"}
INTEGRITY = {0: "Untrusted", 4096: "Low", 8192: "Medium", 8448: "MediumPlus", 12288: "High", 16384: "System", 20480: "Protected"}
ELEVATION = {"%%1936": "TokenElevationTypeDefault", "%%1937": "TokenElevationTypeFull", "%%1938": "TokenElevationTypeLimited"}
REGISTRY_ACTIONS = {"CreateKey": "RegistryKeyCreated", "DeleteKey": "RegistryKeyDeleted", "DeleteValue": "RegistryValueDeleted"}
# Some collectors put their own word (INFO) where the event's EventType stood: what was done to the key is lost then.
WRITTEN = {13: "RegistryValueSet", 14: "RegistryKeyRenamed"}


def records(archive):
    """Each record of the JSON lines in a zip, with the line that it stands on and the log that it came from."""
    with zipfile.ZipFile(archive) as opened:
        for member in opened.namelist():
            if member.startswith("__MACOSX"):
                continue
            for number, line in enumerate(opened.read(member).decode("utf-8-sig").split("\n"), 1):
                if line.strip():
                    yield number, json.loads(line)


def kind(record):
    """(log, event id), where the log is sysmon, security or the channel's name in lower case."""
    channel = record["Channel"].lower()
    return ("sysmon" if channel == "microsoft-windows-sysmon/operational" else channel), record["EventID"]


def row(record, line):
    """The table and the row of a record; None for an event that has no row."""
    log, event = kind(record)
    build = BUILDERS.get((log, event))
    if build is None:
        return None
    table, columns = build(record)
    # Collectors drop the record's number now and then: the line stands for it.
    shared = {"Timestamp": time_of(record), "DeviceName": record["Hostname"], "ReportId": record.get("RecordNumber", line)}
    return table, {**shared, **columns}


def sysmon_process(record):
    parent_domain, parent_name = account(record.get("ParentUser"))
    domain, name = account(record.get("User"))
    return "DeviceProcessEvents", {
        "ActionType": "ProcessCreated", **file_columns("", record.get("Image")), "ProcessId": number(record.get("ProcessId")),
        "ProcessCommandLine": record.get("CommandLine"), "ProcessIntegrityLevel": record.get("IntegrityLevel"),
        "ProcessTokenElevation": "", "AccountDomain": domain, "AccountName": name, "LogonId": number(record.get("LogonId")),
        **hashes(record), "ProcessVersionInfoOriginalFileName": unless_dash(record.get("OriginalFileName")),
        "ProcessVersionInfoCompanyName": unless_dash(record.get("Company")),
        **file_columns("InitiatingProcess", record.get("ParentImage")), "InitiatingProcessId": number(record.get("ParentProcessId")),
        "InitiatingProcessCommandLine": record.get("ParentCommandLine"),
        "InitiatingProcessAccountDomain": parent_domain or CONTEXT, "InitiatingProcessAccountName": parent_name or CONTEXT,
    }


def security_process(record):
    own = "Target" if unless_dash(record.get("TargetUserName")) and record.get("TargetUserName") else "Subject"
    sid = record.get("TargetUserSid") if own == "Target" and record.get("TargetUserSid") != "S-1-0-0" else None
    label = (record.get("MandatoryLabel") or "").rpartition("-")[2]
    return "DeviceProcessEvents", {
        "ActionType": "ProcessCreated", **file_columns("", record.get("NewProcessName")), "ProcessId": number(record.get("NewProcessId")),
        "ProcessCommandLine": record.get("CommandLine"), "ProcessIntegrityLevel": INTEGRITY.get(number(label)),
        "ProcessTokenElevation": ELEVATION.get(record.get("TokenElevationType")),
        "AccountDomain": lower(record.get(own + "DomainName")), "AccountName": lower(record.get(own + "UserName")),
        "LogonId": number(record.get(own + "LogonId")), "SHA1": "", "SHA256": "", "MD5": "",
        "ProcessVersionInfoOriginalFileName": "", "ProcessVersionInfoCompanyName": "",
        **file_columns("InitiatingProcess", record.get("ParentProcessName")), "InitiatingProcessId": number(record.get("ProcessId")),
        "InitiatingProcessCommandLine": CONTEXT, "InitiatingProcessAccountDomain": lower(record.get("SubjectDomainName")),
        "InitiatingProcessAccountName": lower(record.get("SubjectUserName")),
        **({"AccountSid": sid} if sid else {}),
    }


def file_written(record):
    deleted = record["EventID"] in (23, 26)
    return "DeviceFileEvents", {
        "ActionType": "FileDeleted" if deleted else "FileCreated", **file_columns("", record.get("TargetFilename")),
        **hashes(record), **acting(record),
    }


def connection(record):
    outward = record["Initiated"] == "true"
    local, remote = ("Source", "Destination") if outward else ("Destination", "Source")
    return "DeviceNetworkEvents", {
        "ActionType": "ConnectionSuccess" if outward else "InboundConnectionAccepted",
        "LocalIP": record.get(local + "Ip"), "LocalPort": number(record.get(local + "Port")),
        "RemoteIP": record.get(remote + "Ip"), "RemotePort": number(record.get(remote + "Port")),
        "Protocol": record["Protocol"].capitalize(), "RemoteIPType": ip_type(record.get(remote + "Ip")), **acting(record),
    }


def registry(record):
    event, target = record["EventID"], record["TargetObject"]
    action = WRITTEN.get(event) or REGISTRY_ACTIONS.get(record.get("EventType"), "")
    key, _, value = target.rpartition("\\") if "Value" in action else (target, "", "")
    data, value_type = registry_data(record.get("Details"))
    return "DeviceRegistryEvents", {
        "ActionType": action, "RegistryKey": hive(key), "RegistryValueName": value,
        "RegistryValueData": data, "RegistryValueType": value_type, **acting(record),
    }


def image_load(record):
    return "DeviceImageLoadEvents", {
        "ActionType": "ImageLoaded", **file_columns("", record.get("ImageLoaded")), **hashes(record), **acting(record),
    }


def logon(record):
    failed = record["EventID"] == 4625
    address = unless_dash(record.get("IpAddress"))
    return "DeviceLogonEvents", {
        "ActionType": "LogonFailed" if failed else "LogonSuccess", "LogonType": LOGON_TYPES[number(record["LogonType"])],
        "AccountDomain": lower(unless_dash(record.get("TargetDomainName"))), "AccountName": lower(unless_dash(record.get("TargetUserName"))),
        "AccountSid": record.get("TargetUserSid"), "LogonId": None if failed else number(record.get("TargetLogonId")),
        "Protocol": unless_dash(record.get("AuthenticationPackageName")), "RemoteDeviceName": unless_dash(record.get("WorkstationName")),
        "RemoteIP": address and address.removeprefix("::ffff:"), "RemotePort": number(record.get("IpPort")),
        "RemoteIPType": ip_type(address), "InitiatingProcessId": number(record.get("ProcessId")),
        **file_columns("InitiatingProcess", unless_dash(record.get("ProcessName"))),
        "InitiatingProcessAccountName": lower(unless_dash(record.get("SubjectUserName"))),
    }


# What another record may tell: the check of the process context looks at it.
CONTEXT = object()
BUILDERS = {
    ("sysmon", 1): sysmon_process, ("security", 4688): security_process,
    ("sysmon", 11): file_written, ("sysmon", 23): file_written, ("sysmon", 26): file_written,
    ("sysmon", 3): connection, ("sysmon", 12): registry, ("sysmon", 13): registry, ("sysmon", 14): registry,
    ("sysmon", 7): image_load, ("security", 4624): logon, ("security", 4625): logon,
}


def acting(record):
    """The process that did it, which is what Sysmon's Image is everywhere but in a process creation."""
    domain, name = account(record.get("User"))
    return {
        **file_columns("InitiatingProcess", record.get("Image")), "InitiatingProcessId": number(record.get("ProcessId")),
        "InitiatingProcessAccountDomain": domain or CONTEXT, "InitiatingProcessAccountName": name or CONTEXT,
        "InitiatingProcessUniqueId": record.get("ProcessGuid"),
    }


def file_columns(prefix, path):
    return {prefix + "FileName": re.split(r"[\\/]", path)[-1] if path else "", prefix + "FolderPath": path}


def time_of(record):
    """Ticks since the epoch: Sysmon's own clock, else the time of the log, else the machine's local time in the zone that the
    receipts of the record show, else the receipt."""
    if sure := record.get("UtcTime") or record.get("TimeCreated"):
        return ticks(sure)
    received = ticks(record["@timestamp"])
    if "EventTime" not in record:
        return received
    local = ticks(record["EventTime"])
    if (received - local) % QUARTER < 10_000_000 and abs(received - local) < 57 * QUARTER:
        return received
    shown = received - ticks(record.get("EventReceivedTime", record["EventTime"]))
    quarters = round(shown / QUARTER)
    if abs(shown - quarters * QUARTER) > 2 * MINUTE or abs(quarters) > 56:
        return received
    return local + quarters * QUARTER


MINUTE = 60 * 10_000_000
QUARTER = 15 * MINUTE


def ticks(text):
    day, clock, fraction = TICKS.match(text).groups()
    moment = datetime.datetime.fromisoformat(f"{day}T{clock}+00:00")
    return int(moment.timestamp()) * 10_000_000 + int(((fraction or "") + "0000000")[:7])


def number(text):
    if isinstance(text, int) or text in (None, "", "-"):
        return text if isinstance(text, int) else None
    return int(text, 16) if text.lower().startswith("0x") else int(text)


def account(user):
    """DOMAIN\\name, in lower case as Defender has it."""
    domain, separator, name = (unless_dash(user) or "").lower().partition("\\")
    return (domain, name) if separator else ("", domain)


def hashes(record):
    found = dict(part.partition("=")[::2] for part in (record.get("Hashes") or "").split(","))
    return {name: found.get(name, "").lower() for name in ("SHA1", "SHA256", "MD5")}


def hive(key):
    if key.startswith("HKU\\S-1-5-21-"):
        return "HKEY_CURRENT_USER" + key[3:]
    for short, long in HIVES:
        if key == short or key.startswith(short + "\\"):
            return long + key[len(short):]
    return key


def registry_data(details):
    if details is None:
        return "", ""
    if found := re.fullmatch(r"DWORD \(0x([0-9a-fA-F]{8})\)", details):
        return str(int(found[1], 16)), "Dword"
    if found := re.fullmatch(r"QWORD \(0x([0-9a-fA-F]{8})-0x([0-9a-fA-F]{8})\)", details):
        return str(int(found[1] + found[2], 16)), "Qword"
    return details, "Binary" if details == "Binary Data" else "String"


def ip_type(text):
    if not text:
        return ""
    address = ipaddress.ip_address(text)
    if address.is_loopback:
        return "Loopback"
    if isinstance(address, ipaddress.IPv4Address) and any(address in network for network in PRIVATE):
        return "Private"
    return "Public" if address.is_global and not address.is_multicast else CONTEXT


PRIVATE = [ipaddress.ip_network(network) for network in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16")]


def lower(text):
    return text.lower() if text else text


def unless_dash(text):
    return None if text == "-" else text


def host(name, names):
    """A name without a domain is short for the only one with a domain that begins with it."""
    whole = [other for other in names if other.startswith(name + ".")]
    return whole[0] if "." not in name and len(whole) == 1 else name


def twins(creations):
    """How many creations are told of twice: by Sysmon and by the Security log of one host within two seconds, one to one."""
    groups = collections.defaultdict(lambda: ([], []))
    names = {created["DeviceName"].lower() for _, created in creations}
    for log, created in creations:
        if created["ProcessId"] is not None:
            key = (host(created["DeviceName"].lower(), names), created["ProcessId"], (created["FolderPath"] or "").lower())
            groups[key][log == "security"].append(created["Timestamp"])
    found = 0
    for first, second in groups.values():
        free = sorted(second)
        for moment in sorted(first):
            near = [other for other in free if abs(other - moment) <= 20_000_000]
            if near:
                free.remove(min(near, key=lambda other: abs(other - moment)))
                found += 1
    return found
