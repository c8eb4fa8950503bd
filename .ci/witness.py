#!/usr/bin/env python3
"""Made events: for how many public queries is an event made that the query finds, and does breaking one condition remove it?

  witness.py TRAPLINE RULES.jsonl ANSWERS.jsonl [--misses FILE]

Only queries that Kusto's own language service takes for valid, that read a table of Defender and look at each row alone. Without the files
there is nothing to do.
"""
import argparse, collections, concurrent.futures, json, os, pathlib, re, subprocess, sys, tempfile

TABLES = r"\b(Device\w+|Email\w+|AlertInfo|AlertEvidence|Identity\w+|CloudAppEvents|UrlClickEvents)\b"
SEVERAL = r"\|\s*(summarize|join|lookup|make-series|mv-expand|mv-apply|distinct|top|evaluate|partition|scan|serialize|invoke|count)\b"
LEAST = 500


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("trapline", "rules", "answers"):
        options.add_argument(name, type=pathlib.Path)
    options.add_argument("--misses", type=pathlib.Path, help="write what was not made here, as JSON lines")
    options = options.parse_args()
    if not options.rules.exists():
        return 0
    answers = {one["id"]: one for one in map(json.loads, options.answers.open())}
    queries = []
    for one in map(json.loads, options.rules.open()):
        answer = answers.get(one["id"])
        is_valid = answer is not None and not any(said.get("severity") == "Error" for said in answer["diagnostics"])
        text = re.sub(r"(?m)(^|\s)//.*$", "", one["query"])
        if is_valid and re.search(TABLES, text) and not re.search(SEVERAL, text):
            queries.append(one)
    counts, misses = collections.Counter(), []
    with tempfile.TemporaryDirectory() as folder, concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        def run(one):
            path = pathlib.Path(folder, one["id"] + ".kql")
            path.write_text(one["query"])
            ran = subprocess.run([options.trapline, "compare", path, "--format", "json"], capture_output=True, text=True)
            return one, ran
        for one, ran in pool.map(run, queries):
            made = json.loads(ran.stdout) if ran.returncode == 0 and ran.stdout.startswith("{") else None
            if made is None:
                kind = "not made"
            elif all(broken["removed"] for broken in made["broken"]) and made["broken"]:
                kind = "made, each condition breaks it"
            else:
                kind = "made, not each condition breaks it" if made["broken"] else "made, no condition read"
            counts[kind] += 1
            if not kind.startswith("made, each"):
                misses.append({"id": one["id"], "kind": kind, "said": (ran.stdout + ran.stderr)[-2000:], "query": one["query"]})
    print(f"witness: {len(queries)} queries; " + "; ".join(f"{count} {kind}" for kind, count in counts.most_common()))
    if options.misses:
        options.misses.write_text("".join(json.dumps(miss) + "\n" for miss in misses))
    return 0 if counts["made, each condition breaks it"] >= LEAST else 1


if __name__ == "__main__":
    sys.exit(main())
