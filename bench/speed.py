#!/usr/bin/env python3
"""How fast detections run: over one Parquet file beside DuckDB, chDB and Polars, over logs beside the parser alone, against the number of
rules, and against the number of events. See README.md.

    bench/speed.py TRAPLINE [--part parquet|hunt|rules|data] [--rules FOLDER] [--evidence PATH] [--lake PATH | --lake-from PATH]
        [--peer NAME=COMMAND] [--kind evtx|ndjson|lake] [--rows N] [--events N] [--runs 5] [--small] [--folder DIR] [--picture FILE.svg]
"""

import argparse
import importlib.util
import os
import pathlib
import shutil
import sys
import tempfile

import picture
import speed_data_part
import speed_hunt
import speed_parquet
import speed_rules
from measure import Run
from speed_bench import Bench

PARTS = {"parquet": speed_parquet, "hunt": speed_hunt, "rules": speed_rules, "data": speed_data_part}
# Below it a part of the rows holds no day and no hunted event.
FEWEST = 10_000


def main():
    args = arguments()
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[: args.threads])
    try:
        folder = pathlib.Path(args.folder or tempfile.mkdtemp(prefix="trapline-speed-"))
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as problem:
        sys.exit(f"--folder {args.folder}: {problem.strerror}")
    try:
        bench = Bench(args, folder)
        if args.small:
            print("--small tries the script: starting and loading outweigh the rest, so its ratios say nothing.")
        print(f"{args.threads} threads each; load when it began: {os.getloadavg()[0]:.2f}", flush=True)
        for part in args.part or PARTS:
            PARTS[part].part(bench)
        print("\n### What must hold\n")
        for held, what in bench.goals:
            print(f"- {'held' if held else 'MISSED'}: {what}")
        if args.picture:
            version = Run([args.trapline, "--version"]).out.decode().strip()
            title = f"{version}, {args.threads} threads"
            args.picture.write_text(picture.drawn(title, bench.bars, bench.curves), encoding="utf-8")
        return 0 if all(held for held, _ in bench.goals) else 1
    finally:
        if not args.folder:
            shutil.rmtree(folder, ignore_errors=True)


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter, allow_abbrev=False)
    parser.add_argument("trapline", type=pathlib.Path)
    parser.add_argument("--tools", type=pathlib.Path, help="where xtask and evtx_lines are; else beside TRAPLINE")
    parser.add_argument("--part", action="append", choices=PARTS)
    parser.add_argument("--rules", type=pathlib.Path, help="a folder of Sigma rules; without it the script writes some")
    parser.add_argument("--evidence", type=pathlib.Path, help="EVTX for part hunt, a file or a folder; without it the script makes some")
    lakes = parser.add_mutually_exclusive_group()
    lakes.add_argument("--lake", type=pathlib.Path, help="a lake for part hunt; without it the script makes one")
    lakes.add_argument("--lake-from", type=pathlib.Path, help="logs to make that lake of, copied until there are a million events")
    about_peers = "another tool for part hunt; {evidence}, {rules} and {threads} stand for what they say"
    parser.add_argument("--peer", action="append", default=[], type=peer, metavar="NAME=COMMAND", help=about_peers)
    parser.add_argument("--kind", action="append", choices=speed_rules.EVIDENCE, help="evidence of part rules; all without it")
    parser.add_argument("--rows", type=number, default=10_000_000, help="rows of Parquet")
    parser.add_argument("--events", type=number, default=1_000_000, help="events that are made for parts hunt and rules")
    parser.add_argument("--runs", type=number, default=5)
    parser.add_argument("--small", action="store_true", help="a hundredth of the rows and events, to try the script")
    processors = len(os.sched_getaffinity(0))
    parser.add_argument("--threads", type=number, default=processors)
    parser.add_argument("--folder", help="where data is made and kept; else a temporary folder that is removed")
    parser.add_argument("--picture", type=pathlib.Path, help="an SVG to write")
    args = parser.parse_args()
    args.tools = args.tools or args.trapline.resolve().parent
    if args.small:
        args.rows, args.events = args.rows // 100, args.events // 100
    args.trapline = str(args.trapline.resolve())
    if not os.access(args.trapline, os.X_OK) or os.path.isdir(args.trapline):
        parser.error(f"{args.trapline} is no program")
    for name, path in [("--rules", args.rules), ("--evidence", args.evidence), ("--lake", args.lake), ("--lake-from", args.lake_from)]:
        if path and not path.exists():
            parser.error(f"{name} {path} is not there")
    if args.rules and not args.rules.is_dir():
        parser.error(f"--rules {args.rules} is no folder")
    if args.lake and not (args.lake / "_trapline" / "lake.toml").is_file():
        parser.error(f"--lake {args.lake} is no lake: trapline ingest makes one, as does --lake-from")
    if args.picture and not args.picture.absolute().parent.is_dir():
        parser.error(f"--picture {args.picture}: its folder is not there")
    if args.threads > processors:
        parser.error(f"--threads {args.threads}: there are {processors} processors")
    names = [name for name, _ in args.peer]
    for name in names:
        if names.count(name) > 1 or name in ("trapline", "evtx crate"):
            parser.error(f"--peer {name}=…: the name is taken")
    parts = set(args.part or PARTS)
    if parts & {"parquet", "data"} and not importlib.util.find_spec("pyarrow"):
        parser.error("parts parquet and data need pyarrow: pip install pyarrow, or name other parts")
    if parts & {"parquet", "data"} and args.rows < FEWEST:
        parser.error(f"--rows: at least {FEWEST}, and a hundred times as many with --small")
    if parts & {"hunt", "rules"} and args.events < FEWEST:
        parser.error(f"--events: at least {FEWEST}, and a hundred times as many with --small")
    return args


def number(text):
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text} is no whole number above 0")
    return int(text)


def peer(text):
    try:
        return speed_hunt.named(text)
    except ValueError as problem:
        raise argparse.ArgumentTypeError(str(problem)) from None


if __name__ == "__main__":
    sys.exit(main())
