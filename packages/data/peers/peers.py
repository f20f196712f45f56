"""Writes the Parquet files that a request of peers.test.ts asks for, one for each way to write, and names them on stdout."""

import json
import sys
from itertools import product

import pyarrow
import pyarrow.parquet

request = json.load(sys.stdin)
table = pyarrow.table({"id": list(range(len(request["texts"]))), "text": request["texts"]})
encodings = ["PLAIN", "DELTA_LENGTH_BYTE_ARRAY", "DELTA_BYTE_ARRAY", None]
names = []
for codec, version, encoding in product(request["codecs"], ["1.0", "2.0"], encodings):
    name = f"{codec}-{version}-{encoding or 'dictionary'}.parquet"
    pyarrow.parquet.write_table(
        table,
        f"{request['folder']}/{name}",
        compression=codec,
        data_page_version=version,
        use_dictionary=encoding is None,
        column_encoding=encoding and {"text": encoding},
        row_group_size=700,
        data_page_size=2000,
    )
    names.append(name)
json.dump(names, sys.stdout)
