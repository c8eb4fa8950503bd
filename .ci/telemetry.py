#!/usr/bin/env python3
"""Holds the tables over public Windows telemetry against an independent reader and mapping, and the shapes against each other.

  telemetry.py [--binary PATH]

Prints each difference with the raw record, the share of rows that know their process, and one line with the sum; fails if
there was a difference. The telemetry stands beside the repository, in ../shared; without it there is nothing to do here.
"""
import argparse, collections, json, pathlib, subprocess, sys, tempfile

import mapping, shapes

ROOT = pathlib.Path(__file__).resolve().parent.parent
TELEMETRY = ROOT.parent / "shared" / "telemetry"
TABLES = ["DeviceProcessEvents", "DeviceFileEvents", "DeviceNetworkEvents", "DeviceRegistryEvents", "DeviceImageLoadEvents",
          "DeviceLogonEvents"]
# What the samples hold, as counted by others.
SAMPLES = {
    "DeviceProcessEvents | where ActionType == 'ProcessCreated' | count": 1532,
    "DeviceFileEvents | where ActionType == 'FileCreated' | count": 209,
    "DeviceNetworkEvents | where ActionType in ('ConnectionSuccess', 'InboundConnectionAccepted') | count": 164,
    "SecurityEvent | where EventID == 4688 | count": 42,
    "WindowsEvent | count": 8255,
}
SHOWN = 3


class Score:
    """What was compared and what differed; the first few of each kind are told in full."""

    def __init__(self):
        self.checks, self.told = 0, collections.Counter()

    def equal(self, what, expected, found, raw=None):
        self.checks += 1
        if expected != found:
            self.differs(what, f"expected {expected!r}, found {found!r}", raw)

    def differs(self, what, how, raw=None):
        self.told[what] += 1
        if self.told[what] <= SHOWN:
            print(f"  {what}: {how}" + (f"\n      {brief(raw)}" if raw else ""))

    def end(self):
        for what, count in self.told.most_common():
            if count > SHOWN:
                print(f"  {what}: {count} in all")
        differences = self.told.total()
        print(f"telemetry: {self.checks} checks, {differences} differences")
        return 1 if differences else 0


def brief(record):
    return json.dumps({name: value for name, value in record.items() if name != "Message"})[:600]


class Trapline:
    def __init__(self, binary):
        self.binary = binary

    def queries(self, data, queries, *options):
        """The rows of each query, as dictionaries."""
        with tempfile.NamedTemporaryFile("w", suffix=".jsonl") as batch:
            for query in queries:
                batch.write(json.dumps({"id": query, "query": query}) + "\n")
            batch.flush()
            command = [self.binary, "query", "--language", "kql", "--batch", batch.name, "--data", data, "--quiet", *options]
            done = subprocess.run(command, capture_output=True, text=True)
        answers = [json.loads(line) for line in done.stdout.splitlines()]
        if len(answers) != len(queries) or any("error" in answer for answer in answers):
            sys.exit(f"trapline failed: {done.stderr}{done.stdout[:2000]}")
        return [[dict(zip((column["name"] for column in answer["columns"]), row)) for row in answer["rows"]] for answer in answers]

    def ingest(self, data, lake):
        done = subprocess.run([self.binary, "ingest", data, "--to", lake, "--quiet"], capture_output=True, text=True)
        if done.returncode:
            sys.exit(f"trapline ingest failed: {done.stderr}")


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--binary", default=ROOT / "target" / "debug" / "trapline")
    trapline = Trapline(arguments.parse_args().binary)
    if not TELEMETRY.is_dir():
        print("telemetry: no ../shared/telemetry here, skipped")
        return 0
    score = Score()
    records(trapline, score)
    samples(trapline, score)
    shapes.compare(trapline, TELEMETRY / "evtx-attack-samples", score)
    return score.end()


def records(trapline, score):
    """Every record of the OTRF data sets against the rows that trapline makes of it."""
    counts, security, expected, creations, commands = read_all()
    queries = ["WindowsEvent | summarize Count = count() by Channel, EventID", "SecurityEvent | count",
               *(f"{table} | project {', '.join(columns(expected[table]))}" for table in TABLES)]
    events, in_security, *tables = trapline.queries(TELEMETRY / "otrf", queries, "--keep-twins")
    found = collections.Counter()
    for event in events:
        found[event["Channel"].lower(), event["EventID"]] += event["Count"]
    for key in counts | found:
        score.equal(f"events of {key}", counts[key], found[key])
    score.equal("events of both spellings of the Security channel", security, in_security[0]["Count"])
    for table, rows in zip(TABLES, tables):
        compare_rows(score, table, expected[table], rows)
        compare_context(score, table, expected[table], rows, commands)
    once = trapline.queries(TELEMETRY / "otrf", ["DeviceProcessEvents | where ActionType == 'ProcessCreated' | count"])[0]
    score.equal("process creations without twins", len(creations) - mapping.twins(creations), once[0]["Count"])


def read_all():
    counts, expected, creations = collections.Counter(), collections.defaultdict(list), []
    security, commands = 0, {}
    for archive in sorted((TELEMETRY / "otrf").rglob("*.zip")):
        for line, record in mapping.records(archive):
            log, event = mapping.kind(record)
            counts[record["Channel"].lower(), event] += 1
            security += log == "security"
            if (mapped := mapping.row(record, line)) is None:
                continue
            table, row = mapped
            expected[table].append((row, record))
            if table == "DeviceProcessEvents":
                creations.append((log, row))
            if (log, event) == ("sysmon", 1):
                commands[record["ProcessGuid"].lower()] = record["CommandLine"]
    return counts, security, expected, creations, commands


def columns(expected):
    names = dict.fromkeys(name for row, _ in expected for name in row)
    return list(names | dict.fromkeys(["InitiatingProcessCommandLine", "InitiatingProcessUniqueId"]))


def compare_rows(score, table, expected, rows):
    """Pairs rows with records by time, host and record, and compares what each record's row must hold."""
    free = collections.defaultdict(list)
    for row in rows:
        row["Timestamp"] = mapping.ticks(row["Timestamp"])
        free[row["Timestamp"], row["DeviceName"], row["ReportId"]].append(row)
    late = collections.defaultdict(list)
    unmatched = []
    for wanted, record in expected:
        candidates = free[wanted["Timestamp"], wanted["DeviceName"], wanted["ReportId"]]
        if candidates:
            compare_row(score, table, wanted, record, candidates.pop(closest(wanted, candidates)))
        else:
            unmatched.append((wanted, record))
    for row in (row for rows in free.values() for row in rows):
        late[row["DeviceName"], row["ReportId"]].append(row)
    for wanted, record in unmatched:
        if candidates := late[wanted["DeviceName"], wanted["ReportId"]]:
            compare_row(score, table, wanted, record, candidates.pop(closest(wanted, candidates)))
        else:
            score.differs(f"{table} row missing", str(wanted), record)
    for row in (row for rows in late.values() for row in rows):
        score.differs(f"{table} row without a record", str(row))


def closest(wanted, candidates):
    return min(range(len(candidates)), key=lambda at: len(differing(wanted, candidates[at])))


def compare_row(score, table, wanted, record, row):
    for name in wanted:
        score.checks += wanted[name] is not mapping.CONTEXT
    for name in differing(wanted, row):
        score.differs(f"{table}.{name} ({record['EventID']})", f"expected {wanted[name]!r}, found {row[name]!r}", record)


def differing(wanted, row):
    return [name for name, value in wanted.items()
            if value is not mapping.CONTEXT and ("" if value is None else value) != ("" if row[name] is None else row[name])]


def compare_context(score, table, expected, rows, commands):
    """A row knows the command line of the process that acted wherever that process's creation is in the data."""
    known = 0
    for row in rows:
        command = row["InitiatingProcessCommandLine"]
        known += bool(command)
        if table not in ("DeviceProcessEvents", "DeviceLogonEvents"):
            wanted = commands.get((row["InitiatingProcessUniqueId"] or "").lower())
            if wanted is not None:
                score.equal(f"{table}.InitiatingProcessCommandLine", wanted, command, row)
    print(f"  {table}: {known} of {len(rows)} rows know the command line of the acting process ({known / len(rows):.0%})")


def samples(trapline, score):
    """The counts of the EVTX samples, which this script cannot read itself."""
    for query, rows in zip(SAMPLES, trapline.queries(TELEMETRY / "evtx-attack-samples", list(SAMPLES))):
        score.equal(query, SAMPLES[query], rows[0]["Count"])
    creations = next(iter(SAMPLES))
    twice = trapline.queries(TELEMETRY / "evtx-attack-samples", [creations], "--keep-twins")[0]
    score.equal(f"{creations} --keep-twins", 1533, twice[0]["Count"])


if __name__ == "__main__":
    sys.exit(main())
