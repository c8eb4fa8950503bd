#!/usr/bin/env python3
"""One query of speed.py by a peer, in a process of its own: bench/speed_peers.py ENGINE QUERY THREADS FILE

Prints {"rows", "wall", "cpu"}: the seconds are those of reading and answering, without the start of Python and the import of
the peer. Each peer's query is written the way that is fastest for it of those that were tried.
"""

import json
import resource
import sys
import time

BROWSERS = ["chrome.exe", "msedge.exe", "firefox.exe", "iexplore.exe", "opera.exe", "brave.exe", "vivaldi.exe"]
STARTED = ["powershell.exe", "pwsh.exe", "cmd.exe", "wscript.exe", "cscript.exe", "mshta.exe", "rundll32.exe", "regsvr32.exe",
           "certutil.exe", "bitsadmin.exe", "msiexec.exe", "wmic.exe", "msbuild.exe", "installutil.exe", "regasm.exe",
           "regsvcs.exe", "odbcconf.exe"]
TERMS = ["DownloadString", "DownloadFile", "Invoke-WebRequest", "Invoke-Expression", "IEX", "Net.WebClient"]
# A term ends where letters and digits end.
PATTERN = "(?i)(^|[^0-9a-z])(" + "|".join(term.replace(".", "\\.") for term in TERMS) + ")([^0-9a-z]|$)"
FROM, TO = "2026-03-20 00:00:00", "2026-03-21 00:00:00"


def ends(column, names):
    return "(" + " OR ".join(f"lower({column}) LIKE '%{name}'" for name in names) + ")"


def names(column, known):
    return f"lower(split_part({column}, '\\', -1)) IN (" + ", ".join(f"'{name}'" for name in known) + ")"


HUNT = ends("ParentImage", BROWSERS) + " AND " + ends("Image", STARTED)
FLAGS = "CASE WHEN lower(CommandLine) LIKE '%downloadstring%' OR lower(CommandLine) LIKE '%-enc %' THEN 1 ELSE 0 END"
SQL = {
    "aql": f"SELECT Image, CommandLine, {FLAGS} AS flag FROM {{source}} WHERE {HUNT}",
    "kql": f"SELECT Image, CommandLine, {FLAGS} AS flag FROM {{source}} WHERE {HUNT}",
    "terms": f"SELECT count(*) FROM {{source}} WHERE {{match}}",
    "window": f"SELECT Image, CommandLine, {FLAGS} AS flag FROM {{source}} WHERE UtcTime >= '{FROM}' AND UtcTime < '{TO}' AND {HUNT}",
    "group": "SELECT lower(Image) AS name, count(*) AS n FROM {source} GROUP BY name",
}


def duckdb(query, threads, file):
    import duckdb

    connection = duckdb.connect()
    connection.execute(f"SET threads = {threads}")
    yield
    match = f"regexp_matches(CommandLine, '{PATTERN}')"
    yield connection.execute(SQL[query].format(source=f"read_parquet('{file}')", match=match)).fetchall()


def chdb(query, threads, file):
    import chdb

    yield
    pattern = PATTERN.replace("\\", "\\\\")
    text = SQL[query].format(source=f"file('{file}', Parquet)", match=f"match(CommandLine, '{pattern}')")
    lines = str(chdb.query(f"{text} SETTINGS max_threads = {threads}", "JSONCompactEachRow")).splitlines()
    yield [[int(value) if str(value).isdigit() else value for value in json.loads(line)] for line in lines]


def polars(query, threads, file):
    import os

    os.environ["POLARS_MAX_THREADS"] = threads
    import polars as pl

    yield
    frame, column = pl.scan_parquet(file), pl.col

    def ending(name, known):
        lower = column(name).str.to_lowercase()
        return pl.any_horizontal([lower.str.ends_with(end) for end in known])

    hunt = ending("ParentImage", BROWSERS) & ending("Image", STARTED)
    lower = column("CommandLine").str.to_lowercase()
    flag = pl.when(lower.str.contains("downloadstring", literal=True) | lower.str.contains("-enc ", literal=True))
    shown = ["Image", "CommandLine", flag.then(1).otherwise(0).alias("flag")]
    if query == "terms":
        frame = frame.filter(column("CommandLine").str.contains(PATTERN)).select(pl.len())
    elif query == "group":
        frame = frame.group_by(column("Image").str.to_lowercase()).len()
    elif query == "window":
        within = (column("UtcTime") >= pl.lit(FROM).str.to_datetime()) & (column("UtcTime") < pl.lit(TO).str.to_datetime())
        frame = frame.filter(within & hunt).select(shown)
    else:
        frame = frame.filter(hunt).select(shown)
    yield frame.collect(engine="streaming").rows()


def main():
    engine, query, threads, file = sys.argv[1:]
    run = {"duckdb": duckdb, "chdb": chdb, "polars": polars}[engine](query, threads, file)
    next(run)
    before, began = resource.getrusage(resource.RUSAGE_SELF), time.perf_counter()
    rows = next(run)
    wall, after = time.perf_counter() - began, resource.getrusage(resource.RUSAGE_SELF)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    print(json.dumps({"rows": [list(row) for row in rows], "wall": wall, "cpu": cpu}))


if __name__ == "__main__":
    main()
