"""Sigma rules for the benchmark: those of a folder or made ones, evenly chosen, and beyond them the same ones with other literals."""

import pathlib
import re
import shutil
import sys

# What the script's own rules are as many as: SigmaHQ's rules for Windows when this was written.
NUMBER = 2407
# One of them finds something in made events, so that findings are there to be compared.
FINDS = """title: A browser starts PowerShell
id: 00000000-0000-4000-8000-999999999999
logsource: { product: windows, category: process_creation }
detection:
  started: { Image|endswith: '\\powershell.exe', CommandLine|contains: 'downloadstring' }
  browser: { ParentImage|endswith: ['\\chrome.exe', '\\msedge.exe', '\\firefox.exe'] }
  condition: started and browser
"""
MADE = """title: Made rule {number}
id: 00000000-0000-4000-8000-{number:012}
logsource: {{ product: windows, category: process_creation }}
detection:
  image: {{ Image|endswith: ['\\\\tool{number}.exe', '\\\\helper{number}.exe'] }}
  command: {{ CommandLine|contains: [' -run{number} ', 'payload{number}'] }}
  condition: image and command
"""


def rules_of(folder):
    if not folder:
        return made(NUMBER)
    files = sorted(file for file in pathlib.Path(folder).rglob("*") if file.suffix in (".yml", ".yaml") and file.is_file())
    if not files:
        sys.exit(f"--rules {folder}: no .yml below it")
    return [file.read_text(encoding="utf-8", errors="surrogateescape") for file in files]


def made(count):
    return [FINDS if number == count // 2 else MADE.format(number=number) for number in range(count)]


def written(source, number, folder):
    """So many rules: those of the source, each from the middle of its share, and behind them the same ones with other literals."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    for place in range(number):
        if number <= len(source):
            text = source[(2 * place + 1) * len(source) // (2 * number)]
        else:
            text = source[place % len(source)]
            text = text if place < len(source) else renamed(text, place)
        (folder / f"{place:05}.yml").write_text(text, encoding="utf-8", errors="surrogateescape")
    return folder


def renamed(text, number):
    """The rule with another id, and with texts in its detection that no other rule has."""
    head, mark, detection = text.partition("\ndetection:")
    head = re.sub(r"(?m)^id: .*$", f"id: 00000000-0000-4000-9000-{number:012}", head)
    body, end, rest = detection.partition("\n    condition:")
    body = re.sub(r"(?m)('|\")([^'\"\n:]*[g-z][a-z]{3})([^'\"\n]*)\1$", rf"\g<1>\g<2>q{number}\g<3>\g<1>", body)
    return head + mark + body + end + rest
