"""Part `data` of speed.py: one hunt against the number of rows, in seconds, instructions and memory."""

import os
import shutil
import statistics

import counting
from measure import Run
from speed_parquet import KQL

COPIES = [1, 10, 100]
# What a place on a scale may stray from a straight line.
LINEAR = 0.1


def part(bench):
    """The file itself, and ten and a hundred names of it, each of which is read."""
    whole, rows = bench.file(max(1, bench.args.rows // 10))
    by = counting.counter()
    print(f"\n### Rows, KQL\n\nMore rows are hard links to one file of {rows} rows, {whole.stat().st_size / 1e6:,.0f} MB: each name is opened,")
    print("decoded and hunted anew, the disk is spared, and the page cache holds it after the first.")
    print(f"Instructions are counted by {by}.\n" if by else "Neither perf nor valgrind counts instructions here.\n")
    print("| rows | wall, median s | CPU, median s | instructions, thousand millions | instructions a row | peak MiB |\n|--:|--:|--:|--:|--:|--:|")
    walls, peaks, counts = {}, {}, {}
    for copies in COPIES:
        folder = bench.folder / f"copies-{copies}"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        for copy in range(copies):
            os.link(whole, folder / f"{copy:03}.parquet")
        command = bench.query("kql", KQL, folder, len).command
        runs = [Run(command) for _ in range(max(1, min(bench.args.runs, 300 // copies)))]
        total = rows * copies
        walls[total] = statistics.median(run.wall for run in runs)
        peaks[total] = max(run.peak for run in runs)
        counts[total] = by and counting.counted(by, command)
        shown = f"{counts[total] / 1e9:,.2f} | {counts[total] / total:,.1f}" if by else "– | –"
        cpu = statistics.median(run.cpu for run in runs)
        print(f"| {total} | {walls[total]:.3f} | {cpu:.3f} | {shown} | {peaks[total] / 2**20:,.0f} |", flush=True)
        shutil.rmtree(folder)
    bench.curves.append(("KQL hunt over Parquet, against the number of rows", "rows", "seconds", {"wall": walls}))
    bench.curves.append(("Its peak memory", "rows", "MiB", {"peak": {total: peak / 2**20 for total, peak in peaks.items()}}))
    first, middle, last = walls
    if by:
        drawn = {total: count / 1e9 for total, count in counts.items()}
        bench.curves.append((f"Its instructions, counted by {by}", "rows", "thousand millions", {"instructions": drawn}))
        # Each tenfold must cost ten times what the one before it added: what the start of the process costs is in none of the differences.
        slope = (counts[last] - counts[middle]) / (counts[middle] - counts[first]) * (middle - first) / (last - middle)
        held = 1 - LINEAR <= slope <= 1 + LINEAR
        bench.goal(held, f"instructions a row from {middle:,} to {last:,} rows are {slope:.3f} times those from {first:,} to {middle:,} (within 10 %)")
    grown = peaks[last] / peaks[middle]
    bench.goal(grown <= 1.25, f"the peak of {last:,} rows is {grown:.2f} times that of {middle:,} (at most 1.25)")
