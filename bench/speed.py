#!/usr/bin/env python3
"""How fast detections run, beside DuckDB, chDB and Polars on one Parquet file, against the number of rules, and against the number of
events: see README.md.

    bench/speed.py TRAPLINE [--part parquet|rules|data] [--rules FOLDER] [--rows N] [--runs 5] [--small] [--folder DIR] [--picture FILE.svg]
"""

import argparse
import importlib.util
import json
import os
import pathlib
import re
import shutil
import statistics
import subprocess
import sys
import tempfile

import picture
from measure import Contestant, Run, compete
from speed_data import lines
from speed_peers import BROWSERS, FROM, STARTED, TERMS, TO

HERE = pathlib.Path(__file__).parent


def likes(column, names):
    return "(" + " OR ".join(f"LOWER(\"{column}\") LIKE '%{name}'" for name in names) + ")"


def kql(names):
    return "(" + ", ".join(f"'{name}'" for name in names) + ")"


FLAGS = "CASE WHEN LOWER(\"CommandLine\") LIKE '%downloadstring%' OR LOWER(\"CommandLine\") LIKE '%-enc %' THEN 1 ELSE 0 END"
AQL = f"SELECT \"Image\", \"CommandLine\", {FLAGS} AS flag FROM events WHERE {likes('ParentImage', BROWSERS)} AND {likes('Image', STARTED)}"
HUNT = f"| where InitiatingProcessFileName in~ {kql(BROWSERS)} | where FileName in~ {kql(STARTED)}"
FLAG = "| extend flag = toint(ProcessCommandLine contains 'downloadstring' or ProcessCommandLine contains '-enc ')"
SHOWN = "| project FolderPath, ProcessCommandLine, flag"
TABLE = "DeviceProcessEvents"
QUERIES = {
    "aql": ("aql", f"{AQL} ORDER BY devicetime DESC"),
    "kql": ("kql", f"{TABLE} {HUNT} {FLAG} {SHOWN}"),
    "terms": ("kql", f"{TABLE} | where ProcessCommandLine has_any {kql(TERMS)} | count"),
    "window": ("kql", f"{TABLE} | where Timestamp >= datetime({FROM}) and Timestamp < datetime({TO}) {HUNT} {FLAG} {SHOWN}"),
    "group": ("kql", f"{TABLE} | summarize n = count() by name = tolower(FolderPath)"),
}
TITLES = {
    "aql": "AQL: browsers that start script engines",
    "kql": "KQL: browsers that start script engines",
    "terms": "has_any over all command lines",
    "window": "KQL, a day of the 29",
    "group": "events by program",
}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("trapline")
    parser.add_argument("--xtask", help="else beside TRAPLINE")
    parser.add_argument("--part", action="append", choices=["parquet", "rules", "data"])
    parser.add_argument("--rules", help="a folder of Sigma rules; without it the script writes some")
    parser.add_argument("--rows", type=int, default=10_000_000)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--small", action="store_true", help="a hundredth of the rows, to try the script")
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--folder", help="where data is made and kept; else a temporary folder that is removed")
    parser.add_argument("--picture", help="an SVG to write")
    args = parser.parse_args()
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[: args.threads])
    args.rows = args.rows // 100 if args.small else args.rows
    folder = pathlib.Path(args.folder or tempfile.mkdtemp(prefix="trapline-speed-"))
    folder.mkdir(parents=True, exist_ok=True)
    try:
        bench = Bench(args, folder)
        print(f"{args.threads} threads each; load when it began: {os.getloadavg()[0]:.2f}")
        for part in args.part or ["parquet", "rules", "data"]:
            getattr(bench, part)()
        print("\n### What must hold\n")
        for held, what in bench.goals:
            print(f"- {'held' if held else 'MISSED'}: {what}")
        if args.picture:
            pathlib.Path(args.picture).write_text(picture.drawn(bench.bars, bench.curves), encoding="utf-8")
        return 0 if all(held for held, _ in bench.goals) else 1
    finally:
        if not args.folder:
            shutil.rmtree(folder, ignore_errors=True)


class Bench:
    def __init__(self, args, folder):
        self.args, self.folder, self.goals = args, folder, []
        self.bars, self.curves = [], []
        self.xtask = args.xtask or str(pathlib.Path(args.trapline).resolve().parent / "xtask")
        known = ["duckdb", "chdb", "polars"]
        self.peers = [peer for peer in known if importlib.util.find_spec(peer)]
        for peer in set(known) - set(self.peers):
            print(f"{peer} is not installed: left out")

    def parquet(self):
        file, rows = self.made_file(self.args.rows)
        print(f"\n{rows} process creations, {file.stat().st_size / 1e6:,.0f} MB of Parquet, written by pyarrow")
        empty = self.trapline("kql", "print 1", None, len)
        for _ in range(self.args.runs):
            empty.run()
        print(f"\nThe start of the process alone: {empty.wall:.3f} s, {empty.cpu:.3f} CPU s")
        walls = {}
        for query, (language, text) in QUERIES.items():
            contestants = [self.trapline(language, text, file, ordered)]
            contestants += [self.peer(peer, query, file, ordered) for peer in self.peers]
            result = compete(TITLES[query], contestants, self.args.runs, rows, "rows")
            middle = {name: statistics.median(run.wall for run in it.runs) for name, it in result.items()}
            walls[query] = middle["trapline"]
            self.bars.append((TITLES[query], {name: rows / wall for name, wall in middle.items()}))
            least = {"aql": 2, "kql": 1.5, "terms": 2}.get(query)
            if least and self.peers:
                best = min(wall for name, wall in middle.items() if name != "trapline")
                times = best / middle["trapline"]
                self.goals.append((times >= least, f"{TITLES[query]}: {times:.2f} times the best peer ({least})"))
        share = (walls["window"] - empty.wall) / max(1e-9, walls["kql"] - empty.wall)
        self.goals.append((share <= 1.5 / 29, f"a day of the 29: {share:.3f} of the whole's time, without the start ({1.5 / 29:.3f})"))

    def rules(self):
        count = min(1_000_000, self.args.rows // 10)
        events = self.made_lines(0, count)
        one = self.folder / "one.ndjson"
        with open(events, "rb") as file:
            one.write_bytes(file.readline())
        source = rules_of(self.args.rules)
        print(f"\n### Rules, over {count} events of NDJSON\n\n| rules | wall, median s | CPU, least s | peak MiB | loading alone, s |\n|--:|--:|--:|--:|--:|")
        points = {}
        for number in [1, 10, 100, 1000, len(source), 10_000]:
            chosen = self.folder / f"rules-{number}"
            written(source, number, chosen)
            runs = [self.hunt(chosen, events) for _ in range(min(3, self.args.runs))]
            loading = statistics.median(self.hunt(chosen, one).wall for _ in range(3))
            points[number] = statistics.median(run.wall for run in runs)
            print(f"| {number} | {points[number]:.2f} | {min(run.cpu for run in runs):.2f} | {max(run.peak for run in runs) / 2**20:,.0f} | {loading:.2f} |")
            sys.stdout.flush()
            shutil.rmtree(chosen)
        times = points[len(source)] / points[1]
        self.curves.append(("Seconds against rules", "rules", points))
        self.goals.append((times <= 2, f"{len(source)} rules take {times:.2f} times as long as one (2)"))

    def data(self):
        """The file itself, and ten and a hundred names of it, each of which is read."""
        whole, rows = self.made_file(self.args.rows // 10)
        print("\n### Events, KQL\n\n| rows | wall, median s | CPU, least s | instructions, thousand millions | peak MiB |\n|--:|--:|--:|--:|--:|")
        points, peaks, each = {}, {}, {}
        for copies in [1, 10, 100]:
            folder = self.folder / f"copies-{copies}"
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
            for copy in range(copies):
                os.link(whole, folder / f"{copy:03}.parquet")
            command = self.trapline(*QUERIES["kql"], folder, len).command
            runs = [Run(command) for _ in range(3 if copies < 100 else 1)]
            total = rows * copies
            points[total] = statistics.median(run.wall for run in runs)
            peaks[total] = max(run.peak for run in runs)
            each[total] = instructions(command)
            shown = f"{each[total] / 1e9:,.2f}" if each[total] else "–"
            print(f"| {total} | {points[total]:.2f} | {min(run.cpu for run in runs):.2f} | {shown} | {peaks[total] / 2**20:,.0f} |")
            shutil.rmtree(folder)
        self.curves.append(("Seconds against events", "events", points))
        first, middle, last = points
        if each[last]:
            slope = (each[last] - each[middle]) / (each[middle] - each[first]) / 10
            self.goals.append((0.9 <= slope <= 1.1, f"instructions grow {slope:.2f} times as much as events (within 10 %)"))
        grown = peaks[last] / peaks[middle]
        self.goals.append((grown <= 1.25, f"the peak of {last} events is {grown:.2f} times that of {middle} (flat)"))

    def hunt(self, rules, data):
        return Run([self.args.trapline, "hunt", str(data), "--detections", str(rules), "--format", "ndjson", "--quiet"], fine=(0, 1))

    def trapline(self, language, text, data, answer):
        command = [self.args.trapline, "query", "--language", language, "--format", "json", "--quiet"]
        command += ["--data", str(data)] if data else []
        return Contestant("trapline", [*command, "--", text], lambda run: answer(json.loads(run.out)["rows"]))

    def peer(self, name, query, file, answer):
        command = [sys.executable, str(HERE / "speed_peers.py"), name, query, str(self.args.threads), str(file)]
        return Contestant(name, command, lambda run: answer(json.loads(run.out)["rows"]), inner=True)

    def made_lines(self, first, count):
        return lines(self.xtask, self.folder, first, count)

    def made_file(self, rows):
        """In a process of its own, whose memory is not counted as that of those that it would be the parent of."""
        file = self.folder / f"events-{rows}.parquet"
        command = [sys.executable, str(HERE / "speed_data.py"), self.xtask, str(file), str(rows)]
        return file, int(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def rules_of(folder):
    if folder:
        return [file.read_text(encoding="utf-8") for file in sorted(pathlib.Path(folder).rglob("*.yml"))]
    return [MADE.format(number=number) for number in range(2407)]


MADE = """title: Made rule {number}
id: 00000000-0000-4000-8000-{number:012}
logsource: {{ product: windows, category: process_creation }}
detection:
  image: {{ Image|endswith: ['\\\\tool{number}.exe', '\\\\helper{number}.exe'] }}
  command: {{ CommandLine|contains: [' -run{number} ', 'payload{number}'] }}
  condition: image and command
"""


def written(source, number, folder):
    """So many rules: those of the source, and behind them the same ones with other literals."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    step = max(1, len(source) // number)
    for place in range(number):
        text = source[(place * step) % len(source)]
        (folder / f"{place:05}.yml").write_text(text if place < len(source) else renamed(text, place), encoding="utf-8")


def renamed(text, number):
    """The rule with another id, and with texts in its detection that no other rule has."""
    head, mark, detection = text.partition("\ndetection:")
    head = re.sub(r"(?m)^id: .*$", f"id: 00000000-0000-4000-9000-{number:012}", head)
    body, end, rest = detection.partition("\n    condition:")
    body = re.sub(r"(?m)('|\")([^'\"\n:]*[g-z][a-z]{3})([^'\"\n]*)\1$", rf"\g<1>\g<2>q{number}\g<3>\g<1>", body)
    return head + mark + body + end + rest


def instructions(command):
    if not shutil.which("perf"):
        return None
    run = subprocess.run(["perf", "stat", "-x", ",", "-e", "instructions:u", *command], capture_output=True, text=True)
    found = re.search(r"^(\d+),,instructions", run.stderr, re.MULTILINE)
    return int(found[1]) if found else None


def ordered(rows):
    return sorted([list(row) for row in rows], key=str)


if __name__ == "__main__":
    sys.exit(main())
