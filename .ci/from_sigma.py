#!/usr/bin/env python3
"""Sigma rules that IBM's backend translated to AQL: do the translations find the events that the rules find?

  from_sigma.py TRAPLINE EVIDENCE TRANSLATIONS RULES

TRANSLATIONS holds {"rule_id", "aql"} lines, RULES is a folder of Sigma rules of process creations. Where the two find
different events, the known faults of the backend are mended in the translation's text, one after the other: an event
counts for the mend that ends its difference. One that no mend ends is a fault of trapline until it is explained, and fails.
"""
import argparse, collections, json, pathlib, re, sys, tempfile

from found import found_by, rules_by_id

TEXT = r"'(?:[^']|'')*'"
FIELD = r"\"[^\"]+\"|\b[A-Za-z]\w*"
WITH_PROPERTY = "CommandLine Image ParentImage ParentCommandLine OriginalFileName User IntegrityLevel Hashes".split()
CREATIONS = """((LOWER(qideventcategory) LIKE 'microsoft-windows-sysmon/operational' AND "Event ID"=1)
 OR (LOWER(qideventcategory) LIKE 'security' AND "Event ID"=4688))"""
ACCOUNT = r"""CASE WHEN "Target Username" IS NULL OR "Target Username" LIKE '' OR "Target Username" LIKE '-'
 THEN CONCAT("Account Domain", '\', "Account Name") ELSE CONCAT("TargetDomainName", '\', "Target Username") END"""


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("trapline", "evidence", "translations", "rules"):
        options.add_argument(name, type=pathlib.Path)
    options.add_argument("--differences", type=pathlib.Path, help="write each difference and its cause here, as JSON lines")
    options = options.parse_args()
    cases = map(json.loads, options.translations.open(encoding="utf-8"))
    translations = {case["rule_id"]: case["aql"] for case in cases}
    rules = {identity: text for identity, text in rules_by_id(options.rules) if identity in translations}
    for identity in translations.keys() - rules.keys():
        print(f"no rule for the translation {identity}")
    wanted = hunted(options, rules, ".yml")
    aql = {identity: translations[identity] for identity in rules}
    first = differences(wanted, hunted(options, aql, ".aql"))
    print(summary(wanted, first, rules))
    ended, reach = follow(options, rules, aql, wanted, first)
    print(table(ended, reach))
    if options.differences:
        lines = [{"cause": cause or "unexplained", "rule": identity, "found_by": side, "event": event}
                 for cause, members in ended.items() for identity, side, event in sorted(members, key=str)]
        options.differences.write_text("".join(json.dumps(line) + "\n" for line in lines))
    for identity, side, event in sorted(ended[None], key=str)[:20]:
        print(f"unexplained: {identity}: only the {side} finds {event}")
    return 1 if ended[None] or len(rules) < len(translations) else 0


def follow(options, rules, aql, wanted, first):
    """The differences by the mend that ended them (None: no mend), and how many translations each mend changes."""
    names, before, ended, reach = {difference[0] for difference in first}, set(first), {}, {}
    for cause, mend in MENDS:
        mended = {identity: mend(text, rules[identity]) for identity, text in aql.items()}
        reach[cause] = sum(mended[identity] != aql[identity] for identity in aql)
        aql = mended
        after = differences(wanted, hunted(options, {identity: aql[identity] for identity in names}, ".aql"), names)
        ended[cause] = (before - after) & first
        before = after
    ended[None] = before
    return ended, reach


def summary(wanted, first, rules):
    finding = {identity for identity in rules if wanted[identity]} | {difference[0] for difference in first}
    sides = collections.Counter(side for _, side, _ in first)
    return (f"{len(rules)} rules: {len(finding)} find something, {len({difference[0] for difference in first})} of them other "
            f"events than their translation: {sum(map(len, wanted.values()))} events of rules, "
            f"{sides['rule']} missed and {sides['translation']} more found")


def table(ended, reach):
    lines = ["| cause | translations it is in | rules that differ | events only of the rule | only of the translation |",
             "|---|---|---|---|---|"]
    for cause, members in ended.items():
        sides = collections.Counter(side for _, side, _ in members)
        lines.append(f"| {cause or 'unexplained'} | {reach.get(cause, '')} | {len({member[0] for member in members})} "
                     f"| {sides['rule']} | {sides['translation']} |")
    return "\n".join(lines)


def hunted(options, detections, ending):
    """What texts of detections find."""
    with tempfile.TemporaryDirectory() as folder:
        for identity, text in detections.items():
            pathlib.Path(folder, identity + ending).write_text(text, encoding="utf-8")
        return found_by(options.trapline, options.evidence, pathlib.Path(folder), len(detections))


def differences(wanted, found, names=None):
    names = names or wanted.keys() | found.keys()
    either = {(identity, event) for identity in names for event in wanted[identity] ^ found[identity]}
    return {(identity, "rule" if event in wanted[identity] else "translation", event) for identity, event in either}


def outside_texts(pattern, replace, aql):
    """Replaces what is no part of a text in quotes."""
    return re.sub(f"{pattern}|(?P<text>{TEXT})", lambda found: found[0] if found["text"] else replace(found), aql)


def items(rule):
    """The detection's (field, modifiers, value), read from the lines of the YAML."""
    field, modifiers = "", []
    for line in rule.split("\ndetection:")[1].splitlines():
        if re.match(r"\S", line):
            return
        key = re.match(r"\s+(?:-\s+)?([\w.]+)((?:\|\w+)*):(?:\s+(.*))?$", line)
        entry = None if key else re.match(r"\s+-\s+(.*)$", line)
        if key:
            field, modifiers = key[1], key[2].split("|")[1:]
        value = (key[3] if key else entry and entry[1]) or ""
        if value and not value.startswith("#"):
            yield field, modifiers, scalar(value)


def scalar(value):
    if quoted := re.match(r"'((?:[^']|'')*)'", value):
        return quoted[1].replace("''", "'")
    if quoted := re.match(r'"((?:[^"\\]|\\.)*)"', value):
        return re.sub(r"\\(.)", r"\1", quoted[1])
    return value.split(" #")[0].strip()


def like(modifiers, value):
    """The value as (pattern of LIKE, regular expression), in lower case."""
    start, end = (not {"contains", side}.isdisjoint(modifiers) for side in ("endswith", "startswith"))
    pattern = expression = ""
    for part in re.findall(r"\\[\\*?]|.", value.lower(), re.S):
        literal = part[1:] if len(part) == 2 else "" if part in "*?" else part
        pattern += literal.replace("'", "''") or {"*": "%", "?": "_"}[part]
        expression += re.sub(r"([\\^$.|?*+()\[\]{}])", r"\\\1", literal) or {"*": ".*", "?": "."}[part]
    return "%" * start + pattern + "%" * end, "(?s)" + ".*" * start + expression.replace("'", "''") + ".*" * end


def own_field(aql, rule):
    """A field without a property became a search in the whole payload: `\\*` of a text that ends in a backslash, too."""
    fields = collections.defaultdict(list)
    for field, modifiers, value in items(rule):
        if field in WITH_PROPERTY:
            continue
        pattern, _ = like(modifiers, value)
        fields[like(["contains"], value)[0].replace("\\%", "%")].append((field, pattern))

    def replace(found):
        known = fields.get(found[1].replace("*%", "%"))
        field, pattern = (known.pop(0) if len(known) > 1 else known[0]) if known else (None, None)
        return f"LOWER(\"{field}\") LIKE '{pattern}'" if known else found[0]
    return re.sub(r"LOWER\(UTF8\(payload\)\) LIKE '((?:[^']|'')*)'", replace, aql)


def exact_values(aql, _):
    def replace(found):
        return f"LOWER({found['field']})" + found["operator"] + found["value"].lower()
    return outside_texts(rf"(?P<field>{FIELD})(?P<operator>=| IN)(?P<value>{TEXT}|\((?:{TEXT}(?:, )?)+\))", replace, aql)


def own_wildcards(aql, rule):
    """Values that hold `%` or `_`, which LIKE cannot take for themselves, become regular expressions."""
    for field, modifiers, value in items(rule):
        pattern, expression = like(modifiers, value)
        if re.search("[%_]", value):
            aql = aql.replace(f" LIKE '{pattern}'", f" MATCHES '{expression}'")
    return aql


MENDS = [
    ("no log source: every event of Windows is searched", lambda aql, _: aql.replace(" AND ", f" AND {CREATIONS} AND ", 1)),
    ("a field without a property: the payload is searched", own_field),
    ("Image: Process Name, too, which has no path", lambda aql, _: aql.replace('"Process Name"', '"Process Path"')),
    ("Hashes: names of properties as texts", lambda aql, _: re.sub(r"CONCAT\('MD5=', [^)]*\)", '"File Hash"', aql)),
    ("OriginalFileName: Filename, which is on disk",
     lambda aql, _: outside_texts(r"\bFilename\b", lambda _: '"OriginalFileName"', aql)),
    ("= and IN mind the case", exact_values),
    ("User: Username, which has no domain", lambda aql, _: outside_texts(r"\bUsername\b", lambda _: ACCOUNT, aql)),
    ("MATCHES looks at the whole value", lambda aql, _: re.sub(r"MATCHES '((?:[^']|'')*)'", r"MATCHES '(?s).*(?:\1).*'", aql)),
    ("LIKE takes % and _ of a value for wildcards", own_wildcards),
]

if __name__ == "__main__":
    sys.exit(main())
