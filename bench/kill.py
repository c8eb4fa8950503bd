#!/usr/bin/env python3
"""Kills an ingest again and again, and compares what the lake holds in the end with what its logs hold.

    bench/kill.py TRAPLINE PATH... [--kills 50] [--seed 7]

Each round starts `trapline ingest`, kills it with SIGKILL at a random moment, and checks that the lake is readable and holds
only whole transactions: no record twice, and never fewer than before. Once all is there, it begins with an empty lake. At the
end, and before each new lake, one ingest runs to its end, and every event of the logs must be there exactly once.
"""

import argparse
import collections
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time

QUERY = "WindowsEvent | project Channel, EventID, EventRecordId, Computer, TimeGenerated, EventData"


def events(trapline, data):
    """Every event of some evidence, with how often it is there."""
    command = [trapline, "query", "--quiet", "--format", "ndjson", "--data", data, "--", QUERY]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode not in (0, 4):
        sys.exit(f"the query over {data} failed: {done.stderr}")
    return collections.Counter(done.stdout.splitlines())


def ingest(trapline, paths, lake):
    return subprocess.Popen(
        [trapline, "ingest", "--quiet", "--format", "json", "--memory", "128MiB", *paths, "--to", lake],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )


def finish(trapline, paths, lake, wanted):
    done = ingest(trapline, paths, lake)
    answer = json.loads(done.communicate()[0])
    found = events(trapline, lake)
    lost, doubled = wanted - found, found - wanted
    if lost or doubled or answer["lake"]["events"] != sum(wanted.values()):
        sys.exit(f"after a rerun {sum(lost.values())} events are lost and {sum(doubled.values())} doubled")
    leftovers = os.listdir(os.path.join(lake, "_trapline", "tmp"))
    if leftovers:
        sys.exit(f"the rerun left {leftovers}")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("trapline")
    parser.add_argument("paths", nargs="+")
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--seed", type=int, default=7)
    args = parser.parse_args()
    random.seed(args.seed)
    folder = tempfile.mkdtemp(prefix="trapline-kill-")
    lake = os.path.join(folder, "lake")
    try:
        started = time.monotonic()
        finished = ingest(args.trapline, args.paths, lake)
        finished.communicate()
        duration = time.monotonic() - started
        # The logs without those that the lake leaves out for having the same content.
        wanted = events(args.trapline, lake)
        raw = collections.Counter()
        for path in args.paths:
            raw += events(args.trapline, path)
        if set(raw) != set(wanted):
            sys.exit("an ingest that nobody disturbed does not hold what its logs hold")
        shutil.rmtree(lake)
        killed, unready, partial = 0, 0, 0
        before = collections.Counter()
        while killed < args.kills:
            running = ingest(args.trapline, args.paths, lake)
            time.sleep(random.uniform(0, duration))
            running.send_signal(signal.SIGKILL)
            running.communicate()
            killed += running.returncode == -signal.SIGKILL
            if os.path.exists(os.path.join(lake, "_trapline", "lake.toml")):
                found = events(args.trapline, lake)
                if found - wanted or before - found:
                    sys.exit(f"after kill {killed} the lake holds events twice, or lost some that it had")
                partial += 0 < sum(found.values()) < sum(wanted.values())
                before = found
            else:
                unready += 1
            if sum(before.values()) == sum(wanted.values()) or random.random() < 0.1:
                finish(args.trapline, args.paths, lake, wanted)
                shutil.rmtree(lake)
                before = collections.Counter()
        finish(args.trapline, args.paths, lake, wanted)
        total = sum(wanted.values())
        print(f"{killed} kills, {partial} with a part of the events, {unready} before there was a lake: {total} events, each once")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
