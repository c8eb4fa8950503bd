"""Part `rules` of speed.py: a hunt against the number of rules, over EVTX, NDJSON and a lake."""

import shutil

import measure

NUMBERS = [1, 10, 100, 1_000, 10_000]
TIMES = 2
EVIDENCE = {
    "evtx": ("EVTX", lambda bench, count: bench.logs(count)),
    "ndjson": ("NDJSON", lambda bench, count: bench.lines(count)),
    "lake": ("a lake", lambda bench, count: bench.lake(count)),
}


def part(bench):
    args, all_rules = bench.args, len(bench.rules)
    folders = {number: bench.chosen(number) for number in sorted({*NUMBERS, all_rules})}
    # What loading costs: the same rules over one event.
    one = bench.folder / "one.ndjson"
    with open(bench.lines(args.events), "rb") as file:
        one.write_bytes(file.readline())
    loading = turned(bench, "Loading", folders, one)
    walls, processors = {}, {}
    for kind in args.kind or EVIDENCE:
        called, made = EVIDENCE[kind]
        title = f"Rules, over {args.events} events of {called}"
        hunts = turned(bench, title, folders, made(bench, args.events))
        print(f"\n### {title}\n\n{args.runs} runs for each number of rules, the numbers by turns. Each found the same in all of its runs.\n")
        print("| rules | wall, median s | CPU, median s | peak MiB | loading alone: wall s | CPU s |\n|--:|--:|--:|--:|--:|--:|")
        for number, it in hunts.items():
            alone = loading[number]
            print(
                f"| {number} | {it.median_wall:.2f} | {it.median_cpu:.2f} | {it.peak / 2**20:,.0f}"
                f" | {alone.median_wall:.2f} | {alone.median_cpu:.2f} |",
                flush=True,
            )
        walls[called] = {number: it.median_wall for number, it in hunts.items()}
        processors[called] = {number: it.median_cpu for number, it in hunts.items()}
        times = walls[called][all_rules] / walls[called][1]
        bench.goal(times <= TIMES, f"{title}: {all_rules} rules take {times:.2f} times as long as one ({TIMES})")
    alone = {number: it.median_wall for number, it in loading.items()}
    bench.curves.append((f"Hunt of {args.events:,} events, against the number of rules", "rules", "seconds", walls | {"loading alone": alone}))
    alone = {number: it.median_cpu for number, it in loading.items()}
    bench.curves.append(("CPU time of the same hunts", "rules", "CPU seconds", processors | {"loading alone": alone}))
    for folder in folders.values():
        shutil.rmtree(folder)


def turned(bench, title, folders, data):
    """A hunt for each number of rules, the numbers by turns, so that what the machine does meanwhile hits all alike."""
    hunts = {number: bench.hunt(f"{number} rules", data, folder) for number, folder in folders.items()}
    measure.alike(title, list(hunts.values()), bench.args.runs)
    return hunts
