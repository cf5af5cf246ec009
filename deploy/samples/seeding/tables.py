"""Rows as PostgreSQL's COPY reads them."""

import datetime as dt


class Copy:
    """One table's rows as a COPY block."""

    def __init__(self, table, columns):
        self.head = f"COPY {table} ({columns}) FROM stdin;\n"
        self.rows = []

    def add(self, *values):
        self.rows.append("\t".join(self.text(v) for v in values))

    @staticmethod
    def text(value):
        if value is None:
            return "\\N"
        if isinstance(value, bool):
            return "t" if value else "f"
        if isinstance(value, (dt.datetime, dt.date)):
            return value.isoformat(sep=" ") if isinstance(value, dt.datetime) else value.isoformat()
        if isinstance(value, bytes):
            return "\\\\x" + value.hex()
        if isinstance(value, list):
            value = "{" + ",".join(value) + "}"
        return str(value).replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n")

    def __str__(self):
        return self.head + "".join(row + "\n" for row in self.rows) + "\\.\n"


def write_sql(path, tables):
    with open(path, "w", encoding="utf-8") as file:
        file.write("SET client_encoding = 'UTF8';\nSET TimeZone = 'Europe/Stockholm';\n")
        for table in tables:
            file.write(str(table))
        file.write("ANALYZE;\n")
