#!/usr/bin/env python3
"""JUnit results, read by Python's xmlschema against the schema that builders of software hold them to.

  junit.py [--trapline PATH]

Packages whose tests all pass, fail, cannot be run, and bear names with all that XML escapes or cannot hold. Without xmlschema there is
nothing to do here.
"""
import argparse, json, pathlib, subprocess, sys, tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
SCHEMA = ROOT / "crates/cli/tests/schemas/junit-10.xsd"
EVENT = {"EventID": 1, "Channel": "Microsoft-Windows-Sysmon/Operational", "Computer": "A",
         "UtcTime": "2026-01-01 10:00:00.000", "Image": "C:\\a.exe"}
ODD = "a <b> & \"c\" 'd' ]]> \t\n\u0007\u001b[31m\ufffe 😀"
# Name, query, and how many tests, failures and errors it has to give.
PACKAGES = [
    (ODD, "DeviceProcessEvents | where FileName =~ 'a.exe'", (1, 0, 0)),
    (ODD, "DeviceProcessEvents | where FileName =~ 'b<&\"\u0007.exe'", (1, 1, 0)),
    (ODD, "DeviceProcessEvents | where FileNam =~ 'a<&\"\u0007.exe'", (1, 0, 1)),
]


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--trapline", type=pathlib.Path, default=ROOT / "target/debug/trapline")
    options = options.parse_args()
    try:
        import xmlschema
    except ImportError:
        print("junit: skipped, the package xmlschema is not installed")
        return 0
    schema = xmlschema.XMLSchema(SCHEMA)
    wrong = 0
    with tempfile.TemporaryDirectory() as folder:
        made = [(write(pathlib.Path(folder) / str(number), *package[:2]), package[2]) for number, package in enumerate(PACKAGES)]
        known = [(ROOT / "detections", None), (ROOT / "spec/cli/narrow", (4, 1, 0)), (ROOT / "spec/cli/chain", (1, 0, 0))]
        for path, wanted in made + known:
            command = [options.trapline, "test", path, "--format", "junit", "--quiet"]
            text = subprocess.run(command, capture_output=True, check=False).stdout
            whys = [f"{error.path}: {error.reason}" for error in errors(schema, text)] or counts(text, wanted)
            for why in whys:
                print(f"  {path}: {why}")
            wrong += len(whys)
        print(f"junit: {len(made) + len(known)} results, {wrong} faults")
    return 1 if wrong else 0


def errors(schema, text):
    import xmlschema
    return list(schema.iter_errors(xmlschema.XMLResource(text.decode("utf-8"))))


def counts(text, wanted):
    """What the root says has to be there."""
    import xml.etree.ElementTree as tree
    root = tree.fromstring(text)
    said = tuple(int(root.get(name)) for name in ("tests", "failures", "errors"))
    there = tuple(len(root.findall(f".//{name}")) for name in ("testcase", "failure", "error"))
    return [f"{said} is said, {there} is there, {wanted} is wanted"] if said != there or wanted not in (None, said) else []


def write(folder, name, query):
    folder.joinpath("tests").mkdir(parents=True)
    # JSON's escapes are TOML's.
    name = json.dumps(name, ensure_ascii=False)
    manifest = f'id = {name}\ntitle = "x"\nseverity = "low"\n[variant.kql]\nplatform = "Microsoft Defender XDR"\n'
    test = f'name = {name}\nkind = "true-positive"\nevents = "a.ndjson"\n[must]\nkql = true\n'
    for path, text in {"detection.toml": manifest, "query.kql": query, "tests/a.toml": test, "tests/a.ndjson": json.dumps(EVENT)}.items():
        folder.joinpath(path).write_text(text, encoding="utf-8")
    return folder


if __name__ == "__main__":
    sys.exit(main())
