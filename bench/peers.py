#!/usr/bin/env python3
"""One query by a peer, in a process of its own: bench/peers.py ENGINE QUERY THREADS FILE...

Prints {"rows", "wall", "cpu"}: the seconds are those of reading and answering, without the start of Python and the import of
the peer. The predicates are those of the KQL queries in reading.py, on the fields as they stand in the file.
"""

import json
import os
import resource
import sys
import time

BROWSERS = ["chrome.exe", "msedge.exe", "firefox.exe", "iexplore.exe", "opera.exe", "brave.exe"]
SHELLS = ["powershell.exe", "pwsh.exe"]
COLUMNS = {
    "filter": ["EventID", "Hostname", "Image", "CommandLine"],
    "group": ["EventID", "Image"],
}


def quoted(names):
    return "(" + ", ".join(f"'{name}'" for name in names) + ")"


# Names of the fields in lines, and in the Parquet files of a lake.
LINES = {"event": "EventID", "host": "Hostname", "image": "Image", "command": "CommandLine"}
LAKE = {
    "event": "event_id",
    "host": "computer",
    "image": "data_Image",
    "command": "data_CommandLine",
    "parent": "data_ParentImage",
}
SQL = {
    "filter": "SELECT {host}, {command} FROM {source} WHERE {event} = 1"
    " AND lower(split_part({image}, '\\', -1)) IN " + quoted(SHELLS) + " AND {command} ILIKE '%downloadstring%'",
    "group": "SELECT lower(split_part({image}, '\\', -1)) AS name, count(*) FROM {source} WHERE {event} = 1 GROUP BY name",
    "hunt": "SELECT {host}, {command} FROM {source} WHERE {event} = 1"
    " AND lower(split_part({image}, '\\', -1)) IN " + quoted(SHELLS)
    + " AND lower(split_part({parent}, '\\', -1)) IN " + quoted(BROWSERS),
}


def duckdb_rows(engine, query, threads, files):
    import duckdb

    connection = duckdb.connect()
    connection.execute(f"SET threads = {threads}")
    yield
    if engine == "duckdb-lake":
        source, names = f"read_parquet({files!r}, union_by_name = true)", LAKE
    else:
        # With the columns named it reads no other, and guesses no types.
        types = {name: "BIGINT" if name == "EventID" else "VARCHAR" for name in COLUMNS[query]}
        named = f", columns = {types!r}" if engine == "duckdb-named" else ""
        source, names = f"read_json({files!r}, format = 'newline_delimited'{named})", LINES
    yield connection.execute(SQL[query].format(source=source, **names)).fetchall()


def polars_rows(_, query, threads, files):
    os.environ["POLARS_MAX_THREADS"] = str(threads)
    import polars

    yield
    name = polars.col("Image").str.split("\\").list.last().str.to_lowercase()
    frame = polars.scan_ndjson(files).filter(polars.col("EventID") == 1)
    if query == "filter":
        found = name.is_in(SHELLS) & polars.col("CommandLine").str.contains("(?i)downloadstring")
        frame = frame.filter(found).select("Hostname", "CommandLine")
    else:
        frame = frame.group_by(name.alias("name")).len()
    yield frame.collect(engine="streaming").rows()


def main():
    engine, query, threads, *files = sys.argv[1:]
    answer = (polars_rows if engine == "polars" else duckdb_rows)(engine, query, int(threads), files)
    next(answer)
    started, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_SELF)
    rows = next(answer)
    wall, after = time.perf_counter() - started, resource.getrusage(resource.RUSAGE_SELF)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    json.dump({"rows": rows, "wall": wall, "cpu": cpu}, sys.stdout)


if __name__ == "__main__":
    main()
