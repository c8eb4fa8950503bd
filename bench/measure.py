"""Processes that are measured: wall time, CPU seconds and peak memory, contestants by turns, and tables of what came out."""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time


class Run:
    """One process that has ended. Its peak holds that of this script at the fork, about 15 MiB, at least."""

    def __init__(self, command, fine=(0,)):
        with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as said:
            started = time.perf_counter()
            process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=said)
            _, status, usage = os.wait4(process.pid, 0)
            self.wall = time.perf_counter() - started
            self.code = process.returncode = os.waitstatus_to_exitcode(status)
            self.cpu = usage.ru_utime + usage.ru_stime
            self.peak = usage.ru_maxrss * 1024
            out.seek(0)
            said.seek(0)
            self.out, self.said = out.read(), said.read().decode(errors="replace")
        if self.code not in fine:
            sys.exit(f"{' '.join(command)[:300]}\nended with {self.code}: {self.said[-2000:]}")


class Contestant:
    """A command and how its answer is read. `inner` says that the output itself holds the seconds that count."""

    def __init__(self, name, command, answer, inner=False):
        self.name, self.command, self.answer, self.inner = name, command, answer, inner
        self.runs = []

    def run(self):
        run = Run(self.command)
        if self.inner:
            told = json.loads(run.out)
            run.wall, run.cpu = told["wall"], told["cpu"]
        self.runs.append(run)
        return self.answer(run)

    @property
    def wall(self):
        return min(run.wall for run in self.runs)

    @property
    def cpu(self):
        return min(run.cpu for run in self.runs)

    @property
    def peak(self):
        return max(run.peak for run in self.runs)


def compete(title, contestants, runs, things, noun, size=None, expected=None):
    """Runs all by turns, stops where answers differ, and prints the table. The first is the one that ratios are of."""
    for turn in range(runs):
        # Who begins is another each time, so that nobody always follows the same neighbour.
        for contestant in contestants[turn % len(contestants) :] + contestants[: turn % len(contestants)]:
            answer = contestant.run()
            expected = answer if expected is None else expected
            if answer != expected:
                sys.exit(f"{title}: {contestant.name} answers {short(answer)}, not {short(expected)}")
    first = contestants[0]
    print(f"\n### {title}\n\nEqual answers: {short(expected)}. {runs} runs each, by turns.\n")
    print(f"| | wall, median s | wall, least s | CPU, least s | peak MiB | {noun}/s | MB/s | its wall / ours | its CPU / ours |")
    print("|---|--:|--:|--:|--:|--:|--:|--:|--:|")
    for it in contestants:
        median = statistics.median(run.wall for run in it.runs)
        speed = f"{size / it.wall / 1e6:,.0f}" if size else ""
        print(
            f"| {it.name} | {median:.2f} | {it.wall:.2f} | {it.cpu:.2f} | {it.peak / 2**20:,.0f} | {things / it.wall:,.0f}"
            f" | {speed} | {it.wall / first.wall:.2f} | {it.cpu / first.cpu:.2f} |"
        )
    sys.stdout.flush()
    return {it.name: it for it in contestants}


def short(answer):
    if isinstance(answer, list):
        total = sum(row[1] for row in answer if len(row) > 1 and isinstance(row[1], int))
        return f"{len(answer)} rows" + (f", {total} in all" if total else "")
    return str(answer)
