"""Part `parquet` of speed.py: queries over one Parquet file, beside peers whose answers must be the same rows."""

import json
import pathlib
import sys

from measure import Contestant, compete
from speed_bench import PEERS
from speed_peers import BROWSERS, FROM, STARTED, TERMS, TO


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
KQL = f"{TABLE} {HUNT} {FLAG} {SHOWN}"
QUERIES = {
    "aql": ("aql", f"{AQL} ORDER BY devicetime DESC"),
    "kql": ("kql", KQL),
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
# How many times as fast as the best peer.
LEAST = {"aql": 2, "kql": 1.5, "terms": 2}


def part(bench):
    for peer in PEERS:
        if peer not in bench.peers:
            print(f"{peer} is not installed: left out")
    file, rows = bench.file(bench.args.rows)
    print(f"\n{rows} process creations, {file.stat().st_size / 1e6:,.0f} MB of Parquet, written by pyarrow")
    empty = bench.query("kql", "print 1", None, len)
    for _ in range(bench.args.runs):
        empty.run()
    print(f"\nThe start of the process alone: {empty.wall:.3f} s, {empty.cpu:.3f} CPU s")
    walls = {}
    for query, (language, text) in QUERIES.items():
        contestants = [bench.query(language, text, file, ordered)]
        contestants += [peer_of(bench, name, query, file) for name in bench.peers]
        result = compete(TITLES[query], contestants, bench.args.runs, rows, "rows")
        middle = {name: it.median_wall for name, it in result.items()}
        walls[query] = middle["trapline"]
        bench.bars.append((TITLES[query], "million rows a second", {name: rows / wall / 1e6 for name, wall in middle.items()}))
        if query in LEAST and bench.peers:
            times = min(wall for name, wall in middle.items() if name != "trapline") / middle["trapline"]
            bench.goal(times >= LEAST[query], f"{TITLES[query]}: {times:.2f} times the best peer ({LEAST[query]})")
    share = (walls["window"] - empty.wall) / max(1e-9, walls["kql"] - empty.wall)
    bench.goal(share <= 1.5 / 29, f"a day of the 29: {share:.3f} of the whole's time, without the start ({1.5 / 29:.3f})")


def peer_of(bench, name, query, file):
    script = pathlib.Path(__file__).parent / "speed_peers.py"
    command = [sys.executable, str(script), name, query, str(bench.args.threads), str(file)]
    return Contestant(name, command, lambda run: ordered(json.loads(run.out)["rows"]), inner=True)


def ordered(rows):
    return sorted([list(row) for row in rows], key=str)
