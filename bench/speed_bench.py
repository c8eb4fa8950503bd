"""What the parts of speed.py share: the programs that run, the data that is made once for all, what must hold, what is drawn."""

import hashlib
import importlib.util
import json
import pathlib
import shutil
import subprocess
import sys

from made_rules import rules_of, written
from measure import Contestant, Run
from speed_data import lines

PEERS = ["duckdb", "chdb", "polars"]


class Bench:
    def __init__(self, args, folder):
        self.args, self.folder = args, folder
        self.goals, self.bars, self.curves = [], [], []
        self.rules = rules_of(args.rules)
        self.peers = [peer for peer in PEERS if importlib.util.find_spec(peer)]

    def goal(self, held, what):
        self.goals.append((held, what))

    def query(self, language, text, data, answer):
        command = [self.args.trapline, "query", "--language", language, "--format", "json", "--quiet"]
        command += ["--data", str(data)] if data else []
        return Contestant("trapline", [*command, "--", text], lambda run: answer(json.loads(run.out)["rows"]))

    def hunt(self, name, data, rules):
        """A hunt answers with its findings: how many, and a digest of their bytes. Of its exit codes 2 says that a detection could not run
        and 4 that evidence is damaged, which is told and no reason to end."""
        command = [self.args.trapline, "hunt", str(data), "--detections", str(rules), "--format", "ndjson", "--quiet"]
        return Contestant(name, command, findings, fine=(0, 1, 2, 4))

    def chosen(self, number):
        """A folder of so many rules."""
        return written(self.rules, number, self.folder / f"rules-{number}")

    def file(self, rows):
        """Parquet with about so many rows, and how many there are; made in a process of its own, whose memory is not counted as that of
        those that it would be the parent of."""
        file = self.folder / f"events-{rows}.parquet"
        command = [sys.executable, str(pathlib.Path(__file__).parent / "speed_data.py"), self.xtask, str(file), str(rows)]
        made = subprocess.run(command, capture_output=True, text=True)
        if made.returncode:
            sys.exit(f"{file} cannot be made: {made.stderr[-2000:]}")
        return file, int(made.stdout)

    def lines(self, count):
        return lines(self.xtask, self.folder, 0, count)

    def logs(self, count):
        """EVTX of about 38 MB each, so that whole logs can be shared out among threads."""
        each = 2_000 if self.args.small else 20_000
        logs = self.folder / f"evtx-{count}"
        logs.mkdir(exist_ok=True)
        for first in range(0, count, each):
            log = logs / f"{first:09}.evtx"
            if not log.exists():
                partial = log.with_suffix(".partial")
                with open(partial, "wb") as out:
                    command = [self.xtask, "events", str(min(each, count - first)), "--first", str(first), "--shape", "evtx"]
                    subprocess.run(command, stdout=out, check=True)
                partial.rename(log)
        return logs

    def lake(self, count):
        """A lake of made events."""
        lake = self.folder / f"lake-{count}"
        if not lake.exists():
            self.ingested(self.lines(count), lake)
        return lake

    def ingested(self, logs, lake):
        """Ingests into a new lake, which is there as a whole or not at all; how many events it holds."""
        partial = lake.with_suffix(".partial")
        shutil.rmtree(partial, ignore_errors=True)
        run = Run([self.args.trapline, "ingest", "--quiet", "--format", "json", str(logs), "--to", str(partial)], fine=(0, 4))
        partial.rename(lake)
        return json.loads(run.out)["lake"]["events"]

    def events_of(self, data):
        """How many events there are, as a query counts them."""
        run = self.query("kql", "WindowsEvent | count", data, lambda rows: rows[0][0])
        run.fine = (0, 4)
        return run.run()

    @property
    def xtask(self):
        return self.tool("xtask")

    def tool(self, name):
        found = pathlib.Path(self.args.tools) / name
        if not found.is_file():
            sys.exit(f"{found} is not there: cargo build --release -p xtask, or --tools FOLDER")
        return str(found)


def findings(run):
    count = run.out.count(b"\n")
    return f"{count} findings, {hashlib.blake2b(run.out, digest_size=8).hexdigest()}"
