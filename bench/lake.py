#!/usr/bin/env python3
"""Ingests logs into a new lake, and compares what queries and hunts give over the logs and over the lake.

    bench/lake.py TRAPLINE PATH [--detections PATH]

PATH must not hold two logs of the same content, for a lake takes one of them. Rows are compared without their order, findings
without the time that the run took. QRadar's logsourceid is left out: logs are numbered as they are read.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time

RULE = "title: x\nlogsource:\n  product: windows\n{}detection:\n  s:\n    {}\n  condition: s\n"
QUERIES = [
    ("kql", "WindowsEvent"),
    ("kql", "WindowsEvent | extend I = tostring(EventData.Image) | where isnotempty(I) | project TimeGenerated, EventID, I"),
    ("kql", "WindowsEvent | summarize count() by Channel, EventID, Computer"),
    ("kql", "WindowsEvent | where TimeGenerated between (datetime(2019-05-01) .. datetime(2019-05-31)) | project TimeGenerated"),
    ("kql", "SecurityEvent"),
    ("kql", "SecurityEvent | where EventID == 4688 | count"),
    ("kql", "DeviceProcessEvents"),
    ("kql", "DeviceProcessEvents | where Timestamp > datetime(2020-09-21) and Timestamp <= datetime(2020-09-22T08:00:00Z)"),
    ("kql", "DeviceProcessEvents | summarize count() by DeviceName, bin(Timestamp, 1d), FileName"),
    ("kql", "DeviceProcessEvents | where NoSuchColumn == 'x' | count"),
    ("kql", "DeviceFileEvents"),
    ("kql", "DeviceNetworkEvents"),
    ("kql", "DeviceRegistryEvents"),
    ("kql", "DeviceImageLoadEvents"),
    ("kql", "DeviceLogonEvents"),
    ("kql", "DeviceEvents"),
    ("aql", "SELECT * FROM events"),
    ("aql", "SELECT UTF8(payload) FROM events WHERE payload ILIKE '%mimikatz%'"),
    ("aql", "SELECT sourceip, username, COUNT(*) FROM events GROUP BY sourceip, username"),
    ("aql", "SELECT \"NoSuchField\" FROM events WHERE \"NoSuchField\" = 'x'"),
    ("sigma", RULE.format("  category: process_creation\n", "CommandLine|contains: powershell")),
    ("sigma", RULE.format("", "EventID: [1, 4104, 4624]")),
]
BOUNDS = [[], ["--from", "2019-03-01", "--to", "2020-09-20T10:00:00Z"], ["--host", "IEWIN7"], ["--host", "nobody"]]


def run(arguments):
    started = time.monotonic()
    done = subprocess.run(arguments, capture_output=True, text=True)
    return done, time.monotonic() - started


def rows(done):
    answer = json.loads(done.stdout or '{"columns":[],"rows":[]}')
    kept = [place for place, column in enumerate(answer["columns"]) if column["name"] != "logsourceid"]
    return answer["columns"], sorted(json.dumps([row[place] for place in kept]) for row in answer["rows"])


def said(done):
    """What was said, without the files that are no logs: a lake has none."""
    return sorted(line for line in done.stderr.splitlines() if not line.endswith("ignored"))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("trapline")
    parser.add_argument("path")
    parser.add_argument("--detections")
    args = parser.parse_args()
    folder = tempfile.mkdtemp(prefix="trapline-lake-")
    lake, differences = os.path.join(folder, "lake"), 0
    try:
        done, _ = run([args.trapline, "ingest", args.path, "--to", lake])
        print(done.stderr, end="")
        if done.returncode not in (0, 4) or "has it already" in done.stderr:
            sys.exit("the logs are not all in the lake")
        for bounds in BOUNDS:
            for language, query in QUERIES:
                both = []
                for data in (args.path, lake):
                    command = [args.trapline, "query", "--data", data, "--language", language, "--format", "json"]
                    both.append(run([*command, *bounds, "--", query]))
                (logs, slow), (found, fast) = both
                same = rows(logs) == rows(found) and said(logs) == said(found) and logs.returncode == found.returncode
                differences += not same
                mark = "same" if same else "DIFFERENT"
                first = query.splitlines()[-2] if language == "sigma" else query
                print(f"{mark:9} {len(rows(logs)[1]):7} rows  {slow:6.2f} s  {fast:6.2f} s  {first[:70]}")
        findings = []
        for data in (args.path, lake):
            command = [args.trapline, "hunt", data, "--format", "ndjson", "--quiet"]
            done, taken = run(command + (["--detections", args.detections] if args.detections else []))
            findings.append(sorted(done.stdout.splitlines()))
            print(f"hunt      {len(findings[-1]):7} findings in {taken:.2f} s")
        differences += findings[0] != findings[1]
        print(f"{differences} differences")
        return 1 if differences else 0
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
