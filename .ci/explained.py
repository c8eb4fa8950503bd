#!/usr/bin/env python3
"""Explanations: do the operands that `explain` names decide? Flipped in the event, they have to turn the result.

  explained.py TRAPLINE RULES EVIDENCE [--rules N] [--events N]

The N rules of process creations with the most matches over EVIDENCE, and for each up to N events that it matches and N that it misses. Of a
match the field of a named operand gets a text that nothing asks for; of a miss each named operand gets what it asks for. The changed event is
explained again. Without the folders there is nothing to do.
"""
import argparse, collections, concurrent.futures, json, os, pathlib, random, subprocess, sys, tempfile

from found import rules_by_id

EVENTS = 'WindowsEvent | where EventID == 1 and Channel has "Sysmon" | project Computer, EventData'
NOTHING = "zz"


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("trapline", "rules_folder", "evidence"):
        options.add_argument(name, type=pathlib.Path)
    options.add_argument("--rules", type=int, default=10)
    options.add_argument("--events", type=int, default=50)
    options = options.parse_args()
    if not options.rules_folder.exists() or not options.evidence.exists():
        return 0
    ran = run(options.trapline, "query", EVENTS, "--language", "kql", "--data", options.evidence, "--format", "ndjson", "--quiet")
    events = []
    for row in map(json.loads, ran.stdout.splitlines()):
        data = json.loads(row["EventData"]) if isinstance(row["EventData"], str) else row["EventData"]
        events.append(data | {"EventID": 1, "Channel": "Microsoft-Windows-Sysmon/Operational", "Computer": row["Computer"] or "A"})
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder, "events.ndjson")
        path.write_text("".join(json.dumps(event) + "\n" for event in events))
        creations = options.rules_folder / "process_creation"
        ran = run(options.trapline, "hunt", path, "--detections", creations, "--format", "ndjson", "--quiet")
    found = collections.defaultdict(set)
    for finding in map(json.loads, ran.stdout.splitlines()):
        found[finding["detection"]].update(event["record"] - 1 for event in finding["events"])
    texts = {identity: text for identity, text in rules_by_id(creations)}
    paths = {}
    for path in sorted(creations.rglob("*.yml")):
        paths |= {identity: path for identity in found if texts.get(identity) == path.read_text(encoding="utf-8")}
    chosen = sorted(found, key=lambda rule: (-len(found[rule]), rule))[: options.rules]
    dice, jobs = random.Random(1), []
    for rule in chosen:
        matched = sorted(found[rule])
        missed = sorted(set(range(len(events))) - found[rule])
        for is_match, pool in ((True, matched), (False, missed)):
            for number in dice.sample(pool, min(options.events, len(pool))):
                jobs.append((paths[rule], is_match, events[number]))
    counts = collections.Counter()
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for (rule, is_match, _), outcome in zip(jobs, pool.map(lambda job: flipped(options.trapline, *job), jobs)):
            counts[("match " if is_match else "miss ") + outcome] += 1
            if outcome != "flipped":
                print(f"{rule}: a {'match' if is_match else 'miss'} is {outcome}")
    print(f"explained: {len(chosen)} rules; " + "; ".join(f"{count} {kind}" for kind, count in sorted(counts.items())))
    return 0 if counts and all(kind.endswith("flipped") for kind in counts) else 1


def flipped(trapline, rule, is_match, event):
    told = explain(trapline, rule, event)
    if told is None or told["match"] != is_match:
        return "explained otherwise than it was found"
    if not told["deciding"]:
        return "without an operand that decides"
    changed = dict(event)
    for operand in told["deciding"]:
        head = operand["text"].split(":")[0].strip()
        field, *modifiers = head.split("|")
        if operand["holds"]:
            changed[field] = NOTHING
            continue
        asked = " ".join(operand["expected"]) if "all" in modifiers else (operand["expected"] or [""])[0]
        asked = asked.replace("*", "x")
        if "contains" in modifiers:
            # What else is asked of the field may hold already.
            changed[field] = f"{changed.get(field, '')} {asked} x"
        else:
            changed[field] = ("C:\\x" if "endswith" in modifiers else "") + asked + (" x" if "startswith" in modifiers else "")
    again = explain(trapline, rule, changed)
    return "flipped" if again is not None and again["match"] != is_match else "not flipped"


def explain(trapline, rule, event):
    ran = run(trapline, "explain", rule, "--format", "json", "--event", json.dumps(event))
    return json.loads(ran.stdout)[0] if ran.stdout.startswith("[") else None


def run(*command):
    return subprocess.run([str(part) for part in command], capture_output=True, text=True)


if __name__ == "__main__":
    sys.exit(main())
