#!/usr/bin/env python3
"""What is written for other programs, and the packages themselves, held by Python's jsonschema to the schemas that the tests hold them to.

  schemas.py [--trapline PATH]

The tests read the schemas with a reader of their own. This one is somebody else's, with formats (`uri-reference`) where their packages are
installed. Without jsonschema there is nothing to do here.
"""
import argparse, datetime, json, pathlib, subprocess, sys, tempfile, tomllib

ROOT = pathlib.Path(__file__).resolve().parent.parent
OTHERS = ROOT / "crates/cli/tests/schemas"
OWN = ROOT / "docs/schema"


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--trapline", type=pathlib.Path, default=ROOT / "target/debug/trapline")
    options = options.parse_args()
    try:
        import jsonschema
    except ImportError:
        print("schemas: skipped, the package jsonschema is not installed")
        return 0
    values = wrong = 0
    validators = {}
    for path, name, value in each(options.trapline):
        if path not in validators:
            schema = json.loads(path.read_text(encoding="utf-8"))
            kind = jsonschema.validators.validator_for(schema)
            kind.check_schema(schema)
            validators[path] = kind(schema, format_checker=kind.FORMAT_CHECKER)
        values += 1
        for error in validators[path].iter_errors(value):
            wrong += 1
            print(f"  {name}: {error.json_path}: {error.message}")
    print(f"schemas: {len(validators)} schemas, {values} values, {wrong} faults")
    return 1 if wrong else 0


def each(trapline):
    """Schema, name and value."""
    for path in ["detections", "spec/cli", "spec/cli/two-rules.yml", "spec/cli/claims"]:
        yield OTHERS / "sarif-2.1.0.json", f"check {path}", output(trapline, "check", path, "--format", "sarif", "--quiet")
    for arguments in [["samples"], ["spec/cli/logons.ndjson", "--detections", "spec/cli/narrow"]]:
        value = output(trapline, "coverage", *arguments, "--format", "navigator", "--quiet")
        yield OTHERS / "navigator-4.5.json", f"coverage {' '.join(arguments)}", value
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([trapline, "new", "some-tool", "--to", folder, "--quiet"], check=True)
        for root in [ROOT / "detections", pathlib.Path(folder)]:
            for kind, pattern in [("detection", "detection.toml"), ("test", "tests/*.toml"), ("exceptions", "exceptions.toml")]:
                for path in sorted(root.rglob(pattern)):
                    yield OWN / f"{kind}.schema.json", path, plain(tomllib.loads(path.read_text(encoding="utf-8")))


def output(trapline, *arguments):
    return json.loads(subprocess.run([trapline, *arguments], capture_output=True, cwd=ROOT, check=False).stdout)


def plain(value):
    """Dates as texts, as editors have them."""
    if isinstance(value, dict):
        return {key: plain(one) for key, one in value.items()}
    if isinstance(value, list):
        return [plain(one) for one in value]
    return value.isoformat() if isinstance(value, (datetime.date, datetime.time)) else value


if __name__ == "__main__":
    sys.exit(main())
