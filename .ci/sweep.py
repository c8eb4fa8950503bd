#!/usr/bin/env python3
"""Does a hunt, which runs thousands of detections over one reading, find the rows that each of them finds as a query of its own?

  sweep.py [--binary PATH] [--every N] [--language sigma|kql|aql]

SigmaHQ's rules, and the public queries in KQL and AQL that look at one row at a time, are hunted over public telemetry as it is, and
queried over a lake made of it: row for row the same has to come out. Rules of Sigma are hunted all together; of those that find
something every Nth is queried, of the others every 8Nth, and of the queries every Nth is hunted and queried. --every 1 takes all, which
is a matter of minutes with an optimised binary. The corpus stands beside the repository, in ../shared; without it there is
nothing to do.
"""
import argparse, collections, json, pathlib, re, subprocess, sys, tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
SHARED = ROOT.parent / "shared"
# Operators of KQL that look at several rows, and what is another answer each time that it is asked for.
SEVERAL = re.compile(r"""\b(summarize|join|lookup|top|top-\w+|sort|order|take|limit|distinct|count|make-series|serialize|partition|evaluate|
    scan|sample|sample-distinct|reduce|invoke|fork|facet|materialize|toscalar|row_\w+|prev|next|externaldata|rand|now|arg_max|mv-\w+|
    getschema|as|find|search|graph-\w+|render|ago|_GetWatchlist|parse-kv|consume|print|range|datatable)\b""", re.X)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", default=str(ROOT / "target" / "debug" / "trapline"))
    parser.add_argument("--every", type=int, default=24, metavar="N")
    parser.add_argument("--language", choices=DETECTIONS, action="append", help="these alone")
    options = parser.parse_args()
    if not SHARED.joinpath("telemetry").is_dir():
        return 0
    differences = 0
    with tempfile.TemporaryDirectory() as folder:
        lake = pathlib.Path(folder, "lake")
        run(options.binary, "ingest", SHARED / "telemetry", "--to", lake)
        for language in options.language or DETECTIONS:
            differences += compare(options, language, lake, pathlib.Path(folder))
    return 1 if differences else 0


def compare(options, language, lake, folder):
    texts = dict(DETECTIONS[language]())
    texts = dict(list(texts.items())[::max(1, options.every // SPARED[language])])
    rules = folder / language
    rules.mkdir()
    for name, text in texts.items():
        rules.joinpath(f"{name}.{ENDINGS[language]}").write_text(text, encoding="utf-8")
    summary = folder / f"{language}.json"
    done = run(options.binary, "hunt", SHARED / "telemetry", "--detections", rules, "--format", "ndjson", "--window", "as-written",
               "--summary", summary, "--keep-twins")
    hunted = collections.defaultdict(collections.Counter)
    for line in done.stdout.splitlines():
        finding = json.loads(line)
        # A finding for each event, and a row that several events share is one finding.
        hunted[finding["detection"]][written(finding["row"])] += finding["event_count"]
    failed = {entry["detection"].split(" ")[0] for entry in json.loads(summary.read_text())["detections"]["failed"]}
    finding = [name for name in texts if name in hunted]
    others = [name for name in texts if name not in hunted]
    sparse = options.every if language == "sigma" else 1
    # What explains a zero costs a reading of its own.
    asked = finding[::sparse] + others[::8 * sparse if options.every > 1 else 1]
    batch = folder / f"{language}.jsonl"
    batch.write_text("".join(json.dumps({"id": name, "query": texts[name]}) + "\n" for name in asked), encoding="utf-8")
    done = run(options.binary, "query", "--language", language, "--batch", batch, "--data", lake, "--keep-twins")
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    differences = len(asked) - len(answers)
    for answer in answers:
        name = answer["id"]
        if "error" in answer or name in failed:
            if ("error" in answer) != (name in failed):
                differences += 1
                print(f"  {name}: the query says {answer.get('error', 'nothing')}, the hunt {'that it failed' * (name in failed) or 'nothing'}")
            continue
        names = [column["name"] for column in answer["columns"]]
        queried = collections.Counter(written(dict(zip(names, row))) for row in answer["rows"])
        if queried != hunted[name]:
            differences += 1
            print(f"  {name}: only hunted {sample(hunted[name] - queried)}, only queried {sample(queried - hunted[name])}")
    print(f"sweep: of {len(texts)} in {language} {len(finding)} find something, {len(failed)} cannot run; {len(asked)} queried, "
          f"{differences} differences")
    return differences


def sample(rows):
    return f"{sum(rows.values())} {next(iter(rows), '')[:300]}"


def written(row):
    return json.dumps(row, sort_keys=True)


def sigma():
    for path in sorted((SHARED / "corpus" / "sigma" / "rules").rglob("*.yml")):
        text = path.read_text(encoding="utf-8")
        yield re.search(r"^id:\s*(\S+)", text, re.M)[1], text


def kql():
    for line in SHARED.joinpath("corpus", "kql", "rules.jsonl").read_text(encoding="utf-8").splitlines():
        rule = json.loads(line)
        bare = re.sub(r"//.*", "", rule["query"])
        if not SEVERAL.search(bare):
            yield rule["id"], rule["query"]


def aql():
    seen = collections.Counter()
    for line in SHARED.joinpath("corpus", "aql", "from_sigma.jsonl").read_text(encoding="utf-8").splitlines():
        rule = json.loads(line)
        seen[rule["rule_id"]] += 1
        yield f"{rule['rule_id']}-{seen[rule['rule_id']]}", rule["aql"]


DETECTIONS = {"sigma": sigma, "kql": kql, "aql": aql}
# By how much more often than every Nth a detection is hunted at all: rules cost a hunt little, queries of whole rows much.
SPARED = {"sigma": 1000, "kql": 6, "aql": 1}
ENDINGS = {"sigma": "yml", "kql": "kql", "aql": "aql"}


def run(*command):
    return subprocess.run([str(part) for part in command], capture_output=True, encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
