#!/usr/bin/env python3
"""Made queries, asked of Kusto's own language service and of trapline: validity, names and types of columns. Which code a
refusal has is not compared here.

  differential.py [--seed N] [--count M] [--kind PREFIX] [--show K]

Needs ../shared (the oracle and its schemas), node and a built workspace. Prints the differences by kind and returns 1 where
one is not listed in differences.toml beside this script, which says why each of those stands.
"""
import argparse, collections, json, pathlib, re, shutil, subprocess, sys, tempfile, tomllib

ROOT = pathlib.Path(__file__).resolve().parent.parent
SHARED = ROOT.parent / "shared"
SCHEMA = SHARED / "facts/schemas/merged-tables.json"
EXPECTED = pathlib.Path(__file__).with_name("differences.toml")
# A copy of the oracle with what it needs installed.
ORACLE = pathlib.Path(tempfile.gettempdir()) / "trapline-oracle"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=20000)
    parser.add_argument("--kind", default="", help="only queries of this kind")
    parser.add_argument("--show", type=int, default=1, help="queries to show of each kind of difference")
    parser.add_argument("--bin", default=str(ROOT / "target/debug"))
    args = parser.parse_args()
    if not SHARED.is_dir():
        print("no ../shared: nothing to compare with")
        return 0
    lines = subprocess.run([f"{args.bin}/xtask", "generate", "kql", "--seed", str(args.seed), "--count", str(args.count)],
                           capture_output=True, text=True, check=True).stdout.splitlines()
    cases = [case for case in map(json.loads, lines) if case["id"].startswith(args.kind)]
    truth, ours = oracle(cases), trapline(cases, args.bin)
    reasons = [(re.compile(entry["difference"]), re.compile(entry.get("query", "")), entry["why"])
               for entry in tomllib.loads(EXPECTED.read_text())["expected"]]
    tally, found, listed = collections.Counter(), collections.defaultdict(list), collections.Counter()
    for case in cases:
        if "diagnostics" not in truth[case["id"]]:
            tally["the oracle fails"] += 1
            continue
        told, answer = truth[case["id"]], ours.get(case["id"], {"error": {"code": "none", "message": "no answer"}})
        tally["valid" if not errors(told) else "invalid"] += 1
        difference = compare(told, answer)
        if difference is None:
            tally["agree"] += 1
            continue
        kind = f"{case['id'].split('#')[0]} | {difference}"
        reason = next((why for pattern, query, why in reasons if pattern.search(kind) and query.search(case["query"])), None)
        if reason:
            tally["differ for a listed reason"] += 1
            listed[reason] += 1
        else:
            tally["differ"] += 1
            found[kind].append(case["query"])
    for reason, count in listed.most_common():
        print(f"{count:6} listed: {reason}")
    for kind, queries in sorted(found.items(), key=lambda item: -len(item[1])):
        print(f"{len(queries):6} {kind}")
        for query in queries[:args.show]:
            print(f"           {query}")
    print(dict(tally))
    return 1 if tally["differ"] else 0


def errors(told):
    return [found for found in told["diagnostics"] if found["severity"] == "Error"]


def compare(told, answer):
    """None where both say the same, else what kind of difference it is."""
    wrong, error = errors(told), answer.get("error")
    if wrong and error:
        return None
    if wrong:
        return f"accepted for {wrong[0]['code']} {wrong[0]['message'][:100]}"
    if error:
        return f"refused {error['code']} {error['message'][:100]}"
    columns = [[column["name"], column["type"]] for column in answer["columns"]]
    if told["columns"] is None or columns == told["columns"]:
        return None
    if [name for name, _ in columns] == [name for name, _ in told["columns"]]:
        types = [f"{have} for {want}" for (_, have), (_, want) in zip(columns, told["columns"]) if have != want]
        return f"types {', '.join(dict.fromkeys(types))}"
    names = [f"{have} for {want}" for (have, _), (want, _) in zip(columns, told["columns"]) if have != want]
    counts = f"{len(columns)} columns for {len(told['columns'])}"
    return f"names {', '.join(names[:2]) or counts}"


def oracle(cases):
    if not (ORACLE / "node_modules").is_dir():
        shutil.copytree(SHARED / "oracle/kql", ORACLE, dirs_exist_ok=True, copy_function=shutil.copyfile)
        subprocess.run(["npm", "install", "--silent"], cwd=ORACLE, check=True)
    done = subprocess.run(["node", "oracle.js", str(SCHEMA)], cwd=ORACLE, input=as_lines(cases), capture_output=True, text=True, check=True)
    return {answer["id"]: answer for answer in map(json.loads, done.stdout.splitlines())}


def trapline(cases, folder):
    with tempfile.NamedTemporaryFile("w", suffix=".jsonl") as handle:
        handle.write(as_lines(cases))
        handle.flush()
        command = [f"{folder}/trapline", "query", "--language", "kql", "--batch", handle.name, "--format", "json"]
        done = subprocess.run(command + ["--schema", str(SCHEMA), "--strict"], capture_output=True, text=True)
    return {answer["id"]: answer for answer in map(json.loads, filter(str.strip, done.stdout.splitlines()))}


def as_lines(cases):
    return "".join(json.dumps(case) + "\n" for case in cases)


if __name__ == "__main__":
    sys.exit(main())
