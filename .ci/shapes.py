"""The same events in every shape that collectors write them in: the tables hold the same rows, from the log and from a lake.

The events of a few EVTX files are read once, written in each shape, and read again.
"""
import collections, gzip, json, pathlib, shutil, subprocess, tempfile
from xml.sax.saxutils import escape, quoteattr

LOGS = [
    "AutomatedTestingTools/PanacheSysmon_vs_AtomicRedTeam01.evtx",
    "Lateral Movement/LM_WMI_4624_4688_TargetHost.evtx",
    "Lateral Movement/LM_Remote_Service02_7045.evtx",
    "Other/emotet/exec_emotet_ps_4104.evtx",
]
TABLES = ["WindowsEvent", "SecurityEvent", "DeviceProcessEvents", "DeviceFileEvents", "DeviceNetworkEvents", "DeviceRegistryEvents",
          "DeviceImageLoadEvents", "DeviceLogonEvents", "DeviceEvents"]
# The text of the whole record, which is made of all that a shape tells.
WHOLE = {"RawEventData", "Payload"}
# A beat writes these in words, or not at all.
IN_WORDS = {"EventLevel", "EventLevelName", "Level", "Opcode", "Keywords", "Task", "Activity"}
NAMESPACE = "http://schemas.microsoft.com/win/2004/08/events/event"


def compare(trapline, samples, score):
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        (folder / "evtx").mkdir()
        for log in LOGS:
            shutil.copyfile(samples / log, folder / "evtx" / pathlib.Path(log).name)
        expected = trapline.queries(folder / "evtx", TABLES)
        for name, rows in zip(TABLES, expected):
            score.equal(f"{name} has rows in the logs", True, bool(rows))
        shapes = {"evtx": set()} | {name: missing for name, missing in SHAPES.items() if write(folder, name, expected[0])}
        for name, missing in shapes.items():
            lake = folder / f"lake of {name}"
            trapline.ingest(folder / name, lake)
            for source in (folder / name, lake):
                for table, wanted, found in zip(TABLES, expected, trapline.queries(source, TABLES)):
                    same_rows(score, f"{table} from {source.name}", wanted, found, WHOLE | missing)


def same_rows(score, what, wanted, found, missing):
    score.equal(f"{what}: rows", len(wanted), len(found))
    # A record's number and log are one event's alone.
    by_event = collections.defaultdict(list)
    for row in found:
        by_event[identity(row)].append(row)
    for row in wanted:
        candidates = by_event[identity(row)]
        if not candidates:
            score.differs(f"{what}: row missing", str(identity(row)))
            continue
        other = candidates.pop(0)
        for column in row.keys() - missing:
            score.checks += 1
            if not same(row[column], other[column]):
                score.differs(f"{what}: {column}", f"expected {str(row[column])[:300]!r}, found {str(other[column])[:300]!r}")


def identity(row):
    return row.get("EventRecordId") or row.get("ReportId"), row["TimeGenerated"], row.get("Channel")


def same(wanted, found):
    """What a shipper adds is no field of the event, and a field that holds nothing may be left out."""
    if isinstance(wanted, str) and wanted.startswith('{"') and isinstance(found, str) and found.startswith('{'):
        wanted, found = json.loads(wanted), json.loads(found)
    if isinstance(wanted, dict) and isinstance(found, dict):
        filled = [{name: value for name, value in fields.items() if value not in (None, "")} for fields in (wanted, found)]
        return filled[0] == filled[1]
    return wanted == found


def write(folder, shape, events):
    """Writes the events in a shape, a file for each log; false where this machine cannot."""
    (folder / shape).mkdir()
    channels = collections.defaultdict(list)
    for event in events:
        channels[event["Channel"]].append({**event, "EventData": event["EventData"] or {}})
    for number, group in enumerate(channels.values()):
        path = folder / shape / f"{number}.log"
        match shape:
            case "list":
                path.write_text(json.dumps([dump(event) for event in group]))
            case "xml":
                path.write_text("<Events>" + "".join(map(xml, group)) + "</Events>")
            case "gzip":
                path.write_bytes(gzip.compress(lines(dump, group).encode()))
            case "zstd":
                if not shutil.which("zstd"):
                    shutil.rmtree(folder / shape)
                    return False
                path.write_bytes(subprocess.run(["zstd", "-q"], input=lines(dump, group).encode(), capture_output=True).stdout)
            case _:
                path.write_text(lines(WRITERS[shape], group))
    return True


def lines(writer, events):
    return "".join(json.dumps(writer(event)) + "\n" for event in events)


def dump(event):
    """As evtx_dump writes it."""
    return {"Event": {"#attributes": {"xmlns": NAMESPACE}, "System": {
        "Provider": {"#attributes": {"Name": event["Provider"], "Guid": event["EventOriginId"]}}, "EventID": event["EventID"],
        "Version": event["Version"], "Level": event["EventLevel"], "Task": event["Task"], "Opcode": event["Opcode"],
        "Keywords": event["Keywords"], "TimeCreated": {"#attributes": {"SystemTime": event["TimeGenerated"]}},
        "EventRecordID": int(event["EventRecordId"]), "Correlation": None,
        "Execution": {"#attributes": {"ProcessID": event["SystemProcessId"], "ThreadID": event["SystemThreadId"]}},
        "Channel": event["Channel"], "Computer": event["Computer"], "Security": {"#attributes": {"UserID": event["SystemUserId"]}},
    }, "EventData": event["EventData"]}}


def nxlog(event):
    own = {
        "EventTime": event["TimeGenerated"][:19].replace("T", " "), "EventReceivedTime": event["TimeGenerated"][:19].replace("T", " "),
        "EventType": "INFO", "Severity": "INFO", "SeverityValue": 2, "SourceModuleName": "eventlog", "SourceModuleType": "im_msvistalog",
        "Domain": "NT AUTHORITY", "AccountName": "SYSTEM", "AccountType": "User", "Category": "None", "Opcode": "Info", "Message": "rendered",
        "@timestamp": "2001-01-01T00:00:00Z", "@version": "1", "host": "collector", "port": 60122, "tags": ["shipped"],
    }
    return {
        "EventID": event["EventID"], "Channel": event["Channel"], "SourceName": event["Provider"], "ProviderGuid": event["EventOriginId"],
        "TimeCreated": event["TimeGenerated"], "Hostname": event["Computer"], "RecordNumber": int(event["EventRecordId"]),
        "Level": str(event["EventLevel"]), "Task": event["Task"], "OpcodeValue": int(event["Opcode"]), "Keywords": event["Keywords"],
        "Version": event["Version"], "ExecutionProcessID": event["SystemProcessId"], "ThreadID": event["SystemThreadId"],
        "UserID": event["SystemUserId"], **own, **event["EventData"],
    }


def winlogbeat(event):
    return {"@timestamp": event["TimeGenerated"], "@version": "1", "@metadata": {"beat": "winlogbeat"}, "winlog": {
        "channel": event["Channel"], "event_id": str(event["EventID"]), "provider_name": event["Provider"],
        "provider_guid": event["EventOriginId"], "record_id": int(event["EventRecordId"]), "computer_name": event["Computer"],
        "version": event["Version"], "process": {"pid": event["SystemProcessId"], "thread": {"id": event["SystemThreadId"]}},
        "user": {"identifier": event["SystemUserId"]}, "opcode": "Info", "task": "words", "keywords": ["Audit Success"],
        "api": "wineventlog", "event_data": event["EventData"],
    }, "log": {"level": "information"}, "agent": {"type": "winlogbeat"}, "tags": ["shipped"], "message": "rendered",
        "host": {"name": "pc"}, "ecs": {"version": "1.12.0"}}


def elastic(event):
    beat = winlogbeat(event)
    ecs = {"ecs": {"version": "8.0.0"}, "event": {"code": str(event["EventID"]), "provider": event["Provider"], "module": "sysmon"},
           "host": {"name": event["Computer"].lower()}, "process": {"executable": "C:\\Windows\\other.exe", "pid": 1}}
    return {"_index": "winlogbeat", "_id": event["EventRecordId"], "_source": {**beat, **ecs}}


def splunk(event):
    return {"preview": False, "result": {"_raw": xml(event), "_time": event["TimeGenerated"], "host": "forwarder",
                                         "source": "XmlWinEventLog:" + event["Channel"], "sourcetype": "XmlWinEventLog"}}


def xml(event):
    data = "".join(f"<Data Name={quoteattr(name)}>{text(value)}</Data>" for name, value in event["EventData"].items())
    user = f" UserID={quoteattr(event['SystemUserId'])}" if event["SystemUserId"] else ""
    return (
        f"<Event xmlns='{NAMESPACE}'><System><Provider Name={quoteattr(event['Provider'])} Guid={quoteattr(event['EventOriginId'])}/>"
        f"<EventID>{event['EventID']}</EventID><Version>{event['Version']}</Version><Level>{event['EventLevel']}</Level>"
        f"<Task>{event['Task']}</Task><Opcode>{event['Opcode']}</Opcode><Keywords>{event['Keywords']}</Keywords>"
        f"<TimeCreated SystemTime='{event['TimeGenerated']}'/><EventRecordID>{event['EventRecordId']}</EventRecordID><Correlation/>"
        f"<Execution ProcessID='{event['SystemProcessId']}' ThreadID='{event['SystemThreadId']}'/>"
        f"<Channel>{escape(event['Channel'])}</Channel><Computer>{escape(event['Computer'])}</Computer><Security{user}/></System>"
        f"<EventData>{data}</EventData></Event>"
    )


def text(value):
    return escape(value or "", {"\r": "&#13;"})


WRITERS = {"dump": dump, "nxlog": nxlog, "winlogbeat": winlogbeat, "elastic": elastic, "splunk": splunk}
# Each shape with the columns that it cannot carry.
SHAPES = {"dump": set(), "list": set(), "nxlog": set(), "winlogbeat": IN_WORDS, "elastic": IN_WORDS, "xml": set(), "splunk": set(),
          "gzip": set(), "zstd": set()}
