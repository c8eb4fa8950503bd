#!/usr/bin/env python3
"""The data of speed.py: bench/speed_data.py XTASK FILE ROWS writes process creations to one Parquet file, where it is not there yet,
and prints how many rows it has.

The writer is none of the contestants: pyarrow as it comes, but for the size of a row group. Of what the hunts find one in sixteen is
kept, so that it is about one in 20,000 events, as in logs of real machines.
"""

import pathlib
import subprocess
import sys

from speed_peers import BROWSERS, STARTED

ROW_GROUP = 122_880
CHUNK = 500_000
RARE = 16
HUNTED = [("ParentImage", BROWSERS), ("Image", STARTED)]


def pattern(names):
    return "(" + "|".join(name.replace(".", "\\.") for name in names) + ")$"


def lines(xtask, folder, first, count):
    file = pathlib.Path(folder) / f"events-{first}-{count}.ndjson"
    if not file.exists():
        partial = file.with_suffix(".partial")
        with open(partial, "wb") as out:
            subprocess.run([xtask, "events", str(count), "--first", str(first)], stdout=out, check=True)
        partial.rename(file)
    return file


def main():
    import pyarrow
    import pyarrow.compute as compute
    import pyarrow.json
    import pyarrow.parquet

    xtask, file, rows = sys.argv[1], pathlib.Path(sys.argv[2]), int(sys.argv[3])
    if not file.exists():
        partial, writer = file.with_suffix(".partial"), None
        for first in range(0, rows, CHUNK):
            text = lines(xtask, file.parent, first, min(CHUNK, rows - first))
            table = pyarrow.json.read_json(text, pyarrow.json.ReadOptions(block_size=64 << 20))
            text.unlink()
            found = [compute.match_substring_regex(table[name], pattern(known), ignore_case=True) for name, known in HUNTED]
            few = compute.equal(compute.bit_wise_and(table["RecordNumber"], RARE - 1), 0)
            table = table.filter(compute.or_(compute.invert(compute.and_(*found)), few))
            for name, zone in [("UtcTime", None), ("@timestamp", "UTC")]:
                times = table[name].cast(pyarrow.timestamp("us", zone))
                table = table.set_column(table.schema.get_field_index(name), name, times)
            writer = writer or pyarrow.parquet.ParquetWriter(partial, table.schema)
            writer.write_table(table, row_group_size=ROW_GROUP)
        writer.close()
        partial.rename(file)
    print(pyarrow.parquet.ParquetFile(file).metadata.num_rows)


if __name__ == "__main__":
    main()
