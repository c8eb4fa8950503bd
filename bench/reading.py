#!/usr/bin/env python3
"""How fast logs are read, beside the parser alone, DuckDB and Polars: see README.md.

    bench/reading.py TRAPLINE [--part evtx|ndjson|lake] [--small] [--evtx PATH] [--runs 5] [--threads N] [--folder DIR]
"""

import argparse
import importlib.util
import json
import math
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

from measure import Contestant, Run, compete
from peers import BROWSERS, SHELLS, quoted

HERE = pathlib.Path(__file__).parent
MEMORY = 2 << 30
COUNT = "WindowsEvent | count"
# Every field of every event is looked at.
SEARCH = "WindowsEvent | where tostring(EventData) contains 'certutil' | count"
LURE = (
    f"DeviceProcessEvents | where InitiatingProcessFileName in~ {quoted(BROWSERS)} | where FileName in~ {quoted(SHELLS)}"
    " | extend Encoded = ProcessCommandLine has '-EncodedCommand', Download = ProcessCommandLine contains 'downloadstring'"
    " | project Timestamp, DeviceName, AccountName, InitiatingProcessFileName, ProcessCommandLine, Encoded, Download"
)
# As in peers.py.
FILTER = (
    f"DeviceProcessEvents | where FileName in~ {quoted(SHELLS)} and ProcessCommandLine contains 'downloadstring'"
    " | project DeviceName, ProcessCommandLine"
)
GROUP = "DeviceProcessEvents | summarize Count = count() by Name = tolower(FileName)"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("trapline")
    parser.add_argument("--tools", help="where xtask and evtx_lines are; else beside TRAPLINE")
    parser.add_argument("--part", action="append", choices=["evtx", "ndjson", "lake"])
    parser.add_argument("--small", action="store_true", help="about a hundredth of the data, to try the script")
    parser.add_argument("--evtx", help="logs to read instead of made ones: a file or a folder, copied until there is 1 GB")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--folder", help="where data is made and kept; else a temporary folder that is removed")
    args = parser.parse_args()
    # Whoever asks how many processors there are gets the same answer.
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[: args.threads])
    folder = pathlib.Path(args.folder or tempfile.mkdtemp(prefix="trapline-reading-"))
    folder.mkdir(parents=True, exist_ok=True)
    try:
        bench = Bench(args, folder)
        print(f"{args.threads} threads each; load when it began: {os.getloadavg()[0]:.2f}")
        for part in args.part or ["evtx", "ndjson", "lake"]:
            getattr(bench, part)()
        print("\n### What must hold\n")
        for held, what in bench.goals:
            print(f"- {'held' if held else 'MISSED'}: {what}")
        return 0 if all(held for held, _ in bench.goals) else 1
    finally:
        if not args.folder:
            shutil.rmtree(folder, ignore_errors=True)


class Bench:
    def __init__(self, args, folder):
        self.args, self.folder, self.goals = args, folder, []
        self.tools = pathlib.Path(args.tools or pathlib.Path(args.trapline).resolve().parent)
        self.peers = [peer for peer in ("duckdb", "polars") if importlib.util.find_spec(peer)]
        for peer in {"duckdb", "polars"} - set(self.peers):
            print(f"{peer} is not installed: left out")

    def evtx(self):
        logs = self.copied(pathlib.Path(self.args.evtx)) if self.args.evtx else self.made_logs()
        size = sum(file.stat().st_size for file in logs.rglob("*") if file.is_file())
        lines = [str(self.tools / "evtx_lines"), "--threads", str(self.args.threads), str(logs)]
        told = json.loads(Run(lines).said)
        if told["failed"] or told["refused"]:
            print(f"\nThe crate cannot read all of it: {told}")
        print(f"\nEVTX: {told['files']} logs, {told['events']} events, {size / 1e6:,.0f} MB")
        expected = {COUNT: told["events"]}
        if not self.args.evtx:
            expected |= self.independently(lines)
        for title, query in [("count", COUNT), ("search in every field", SEARCH), ("hunt", LURE)]:
            ours = self.trapline(query, logs, len if query == LURE else single)
            # The crate has but one answer, the number of events: it is the same for every query.
            crate = Contestant("evtx crate, JSON lines to nowhere", lines, lambda run: json.loads(run.said)["events"])
            wanted = expected.get(query)
            ours.answer = equal(ours.answer, wanted, told["events"])
            result = compete(f"EVTX: {title}", [ours, crate], self.args.runs, told["events"], "events", size, told["events"])
            if wanted is not None:
                print(f"\nThe query's own answer, {wanted}, is that of an independent reading.")
            share = result[crate.name].wall / ours.wall
            self.goals.append((share >= 0.9, f"EVTX, {title}: {share:.0%} of the crate's speed (90 %)"))

    def ndjson(self):
        count = 10_000 if self.args.small else 1_000_000
        file = self.made_lines(0, count)
        size = file.stat().st_size
        print(f"\nNDJSON: {count} process creations, {size / 1e6:,.0f} MB")
        for title, kind, query in [("filter", "filter", FILTER), ("group by image", "group", GROUP)]:
            contestants = [self.trapline(query, file, ordered)]
            for peer in self.peers:
                contestants += [self.peer(name, kind, [file]) for name in ([peer, "duckdb-named"] if peer == "duckdb" else [peer])]
            result = compete(f"NDJSON: {title}", contestants, self.args.runs, count, "rows", size)
            for peer, least in [("duckdb", 2), ("duckdb-named", 2), ("polars", 1)]:
                if peer in result:
                    times = result[peer].wall / contestants[0].wall
                    self.goals.append((times >= least, f"NDJSON, {title}: {times:.2f} times {peer} ({least})"))

    def lake(self):
        chunk, chunks = (10_000, 10) if self.args.small else (1_000_000, 10)
        logs, lake = self.folder / "chunks", self.folder / "lake"
        logs.mkdir(exist_ok=True)
        needed = chunk * chunks * 1400
        if shutil.disk_usage(self.folder).free < needed:
            sys.exit(f"{needed / 1e9:.0f} GB are needed at {self.folder}")
        files = [self.made_lines(number * chunk, chunk, logs) for number in range(chunks)]
        shutil.rmtree(lake, ignore_errors=True)
        total, size = chunk * chunks, sum(file.stat().st_size for file in files)
        run = Run([self.args.trapline, "ingest", "--quiet", "--format", "json", str(logs), "--to", str(lake)])
        held = json.loads(run.out)["lake"]["events"]
        parquet = sorted(str(file) for file in lake.glob("events/**/*.parquet"))
        stored = sum(os.path.getsize(file) for file in parquet)
        print(f"\n### Ingest of {total} process creations, {size / 1e6:,.0f} MB\n")
        print("| wall s | CPU s | peak MiB | events/s | MB/s | lake MB | files |\n|--:|--:|--:|--:|--:|--:|--:|")
        print(
            f"| {run.wall:.1f} | {run.cpu:.1f} | {run.peak / 2**20:,.0f} | {total / run.wall:,.0f} | {size / run.wall / 1e6:,.0f}"
            f" | {stored / 1e6:,.0f} | {len(parquet)} |"
        )
        if held != total:
            sys.exit(f"the lake holds {held} of {total} events")
        self.goals.append((run.peak < MEMORY, f"ingest: a peak of {run.peak / 2**20:,.0f} MiB (2,048)"))
        for title, kind, query in [("count", None, COUNT), ("filter", "filter", FILTER), ("group", "group", GROUP), ("hunt", "hunt", LURE)]:
            ours = self.trapline(query, lake, {COUNT: single, LURE: lured}.get(query, ordered))
            peers = [self.peer("duckdb-lake", kind, parquet)] if kind and "duckdb" in self.peers else []
            compete(f"Lake: {title}", [ours, *peers], self.args.runs, total, "rows", expected=total if query == COUNT else None)
            self.goals.append((ours.peak < MEMORY, f"lake, {title}: a peak of {ours.peak / 2**20:,.0f} MiB (2,048)"))

    def trapline(self, query, data, answer):
        command = [self.args.trapline, "query", "--language", "kql", "--format", "json", "--quiet", "--data", str(data), "--", query]
        return Contestant("trapline", command, lambda run: answer(json.loads(run.out)["rows"]))

    def peer(self, name, kind, files):
        command = [sys.executable, str(HERE / "peers.py"), name, kind, str(self.args.threads), *map(str, files)]
        return Contestant(name, command, lambda run: ordered(json.loads(run.out)["rows"]), inner=True)

    def made_lines(self, first, count, folder=None):
        file = (folder or self.folder) / f"events-{first}-{count}.ndjson"
        return self.made(file, first, count, "nxlog")

    def made_logs(self):
        """Logs of about 38 MB, so that whole logs can be shared out among threads."""
        count, files = (2_000, 4) if self.args.small else (20_000, 28)
        logs = self.folder / f"evtx-{count}-{files}"
        logs.mkdir(exist_ok=True)
        for number in range(files):
            self.made(logs / f"{number:02}.evtx", number * count, count, "evtx")
        return logs

    def made(self, file, first, count, shape):
        if not file.exists():
            partial = file.with_suffix(".partial")
            with open(partial, "wb") as out:
                command = [str(self.tools / "xtask"), "events", str(count), "--first", str(first), "--shape", shape]
                subprocess.run(command, stdout=out, check=True)
            partial.rename(file)
        return file

    def copied(self, path):
        """Given logs, as often as makes 1 GB."""
        found = [path] if path.is_file() else sorted(file for file in path.rglob("*") if file.suffix.lower() == ".evtx")
        size = sum(file.stat().st_size for file in found)
        copies = max(1, math.ceil((20_000_000 if self.args.small else 1_000_000_000) / max(1, size)))
        logs = self.folder / f"copies-{copies}"
        for copy in range(copies):
            for place, file in enumerate(found):
                target = logs / str(copy) / f"{place:04}-{file.name}"
                if not target.exists():
                    target.parent.mkdir(parents=True, exist_ok=True)
                    shutil.copyfile(file, target)
        return logs

    def independently(self, lines):
        """What the queries must answer over made logs, by the parser's JSON and Python."""
        found, lures = 0, 0
        with subprocess.Popen([*lines, "--print"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
            for line in process.stdout:
                lower = line.lower()
                if b"certutil" in lower or b"powershell" in lower:
                    fields = json.loads(line)["Event"]["EventData"]
                    found += any("certutil" in str(value).lower() for value in fields.values())
                    names = [fields[name].rsplit("\\", 1)[-1].lower() for name in ("Image", "ParentImage")]
                    lures += names[0] in SHELLS and names[1] in BROWSERS
        return {SEARCH: found, LURE: lures}


def equal(answer, wanted, events):
    """A query's answer stands for the number of events, where it is what it must be."""

    def of(run_rows):
        found = answer(run_rows)
        return events if wanted is None or found == wanted else f"{found} instead of {wanted}"

    return of


def single(rows):
    return rows[0][0]


def lured(rows):
    """The columns that the peers select: the machine and the command."""
    return ordered([[row[1], row[4]] for row in rows])


def ordered(rows):
    return sorted([list(row) for row in rows])


if __name__ == "__main__":
    sys.exit(main())
