#!/usr/bin/env python3
"""Damages a log in nine ways, and compares what trapline recovers with what the evtx crate does.

    bench/damage.py TRAPLINE [--evtx PATH] [--tools FOLDER] [--seed 7]

PATH is a log, or a folder whose fullest one is taken; without it, one of 3 MB is made. The crate reads as evtx_dump does: errors
are skipped. A damage fails where trapline recovers fewer events than the crate prints lines, exits as if all were well, or does
not say how many are missing (chunks, where their records cannot be counted; for what is no log at all, that it is none).
Of the crate's lines, those are shown beside that are JSON and have a record number still: flipped bits can leave neither.
"""

import argparse
import json
import pathlib
import random
import re
import subprocess
import sys
import tempfile

from measure import Run

HEADER, CHUNK = 4096, 65536


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("trapline")
    parser.add_argument("--evtx")
    parser.add_argument("--tools", help="where xtask and evtx_lines are; else beside TRAPLINE")
    parser.add_argument("--seed", type=int, default=7)
    args = parser.parse_args()
    tools = pathlib.Path(args.tools or pathlib.Path(args.trapline).resolve().parent)
    whole = log(args.evtx, tools)
    with tempfile.TemporaryDirectory(prefix="trapline-damage-") as folder:
        file = pathlib.Path(folder) / "damaged.evtx"
        file.write_bytes(whole)
        total, _, said = trapline(args.trapline, file)
        if said:
            print(f"The log is not whole to begin with: {said}\n")
        print(f"{len(whole) / 1e6:.1f} MB, {total} events, seed {args.seed}\n")
        print("| damage | evtx crate, lines | of them readable | trapline | missing | said | |\n|---|--:|--:|--:|--:|---|---|")
        failures = 0
        for name, data, is_log in damages(whole, random.Random(args.seed)):
            file.write_bytes(data)
            found, code, said = trapline(args.trapline, file)
            crate = Run([str(tools / "evtx_lines"), "--print", str(file)])
            other, readable = json.loads(crate.said)["events"], sum(map(is_readable, crate.out.split(b"\n")))
            wrong = judge(found, other, total, code, said, is_log)
            failures += wrong is not None
            missing = total - found if is_log else "-"
            print(f"| {name} | {other} | {readable} | {found} | {missing} | {said or 'nothing'} | {wrong or 'holds'} |")
        print(f"\n{failures} failures")
        return 1 if failures else 0


def is_readable(line):
    try:
        return json.loads(line)["Event"]["System"]["EventRecordID"] is not None
    except (ValueError, KeyError, TypeError):
        return False


def log(path, tools):
    if path is None:
        made = subprocess.run([str(tools / "xtask"), "events", "1100", "--shape", "evtx"], capture_output=True, check=True)
        return made.stdout
    path = pathlib.Path(path)
    logs = [path] if path.is_file() else [file for file in path.rglob("*") if file.suffix.lower() == ".evtx"]
    return max((file.read_bytes() for file in logs), key=used)


def used(data):
    """The chunks that a log's header counts: logs are laid out larger than they are."""
    return int.from_bytes(data[42:44], "little")


def damages(whole, dice):
    """What was done, the bytes, and whether they are a log still."""
    chunks = (len(whole) - HEADER) // CHUNK
    yield "none", whole, True
    yield "cut to 60 %", whole[: len(whole) * 6 // 10 + dice.randrange(CHUNK)], True
    yield "cut in the middle of a chunk", whole[: HEADER + chunks // 4 * CHUNK + CHUNK // 2], True
    flipped = bytearray(whole)
    for _ in range(500):
        bit = dice.randrange(len(whole) * 8)
        flipped[bit // 8] ^= 1 << bit % 8
    yield "500 bit flips", bytes(flipped), True
    no_chunk = whole[:HEADER] + dice.randbytes(512) + whole[HEADER + 512 :]
    yield "first chunk header overwritten", no_chunk, True
    inverted = bytes(byte ^ 0xFF for byte in whole[:HEADER])
    yield "file header inverted", inverted + whole[HEADER:], True
    yield "both", inverted + no_chunk[HEADER:], True
    yield "1 MiB of random bytes", dice.randbytes(1 << 20), False
    yield "empty", b"", False
    yield "text", b"Dear reader, this is a letter and no log.\n" * 50, False


def trapline(program, file):
    """Events, exit code, and what was said of the file."""
    query = ["query", "--language", "kql", "--format", "json", "--data", str(file), "--", "WindowsEvent | count"]
    run = Run([program, *query], fine=(0, 4))
    lines = [line.split(f"{file.name}: ", 1)[1] for line in run.said.splitlines() if f"{file.name}: " in line]
    return json.loads(run.out)["rows"][0][0], run.code, " ".join(lines)


def judge(found, other, total, code, said, is_log):
    if found < other:
        return f"FEWER than {other}"
    if not is_log:
        return None if said and code == 4 else "SILENT"
    if found > total:
        return f"MORE than there are: {found - total}"
    if found == total:
        return None
    if code != 4 or not said:
        return "SILENT"
    # The larger of both: a file's promise counts the records of its chunks too.
    ends = re.search(r"ends after (\d+) of (\d+) records", said)
    promised = int(ends[2]) - int(ends[1]) if ends else 0
    skipped = re.search(r"(\d+) records? skipped", said)
    told = max(promised, int(skipped[1]) if skipped else 0)
    if told >= total - found or re.search(r"\d+ chunks? skipped", said):
        return None
    return f"SAYS {told} of {total - found}"


if __name__ == "__main__":
    sys.exit(main())
