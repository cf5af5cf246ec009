"""A connector in Python: an address book in SQLite, served over the connector protocol.

    connector.py STUBS DATABASE                    works until it is stopped
    connector.py STUBS DATABASE UNIX_SECONDS       tells that the database was restored from a
                                                   backup of that time, and ends

STUBS is the folder that make_stubs filled. The platform is at VARSAM_REQUEST_WORKFLOW_ADDRESS; with
VARSAM_TLS_CA, VARSAM_TLS_CERT and VARSAM_TLS_KEY the channel is mutual TLS, without them plaintext
(development). The database is made when it is missing: person(email, name, note).

What makes it safe is small: the report of a task is written in the transaction of its effect, so a
task that is leased again is answered from there; and right before the commit the lease is renewed.
"""

import hashlib
import json
import os
import pathlib
import random
import sqlite3
import sys
import time
import uuid

import grpc

SYSTEM = "address_book"
CATEGORIES = {"email": "email", "name": "name", "note": "note"}  # data category -> column
CALL_SECONDS = 10
CHUNK_BYTES = 256 * 1024
POLL_SECONDS = 0.3
BACKOFF_SECONDS_MAX = 30

pb = rpc = None  # the generated modules, loaded from STUBS


class CalledOff(Exception):
    """The lease is gone or the task was cancelled: nothing may be committed."""


def load_stubs(folder):
    global pb, rpc
    sys.path.insert(0, folder)
    from varsam.connector.v1 import connector_pb2, connector_service_pb2
    from varsam.connector.v1 import connector_service_pb2_grpc
    pb = type("Messages", (), {})
    for module in (connector_pb2, connector_service_pb2):
        for name in module.DESCRIPTOR.message_types_by_name:
            setattr(pb, name, getattr(module, name))
    rpc = connector_service_pb2_grpc


def open_database(path):
    db = sqlite3.connect(path, isolation_level=None)
    db.execute("PRAGMA synchronous = FULL")
    db.execute("CREATE TABLE IF NOT EXISTS person (email TEXT, name TEXT, note TEXT)")
    db.execute("CREATE TABLE IF NOT EXISTS task_report (task_id TEXT PRIMARY KEY, outcome BLOB)")
    return db


def channel():
    address = os.environ["VARSAM_REQUEST_WORKFLOW_ADDRESS"]
    if "VARSAM_TLS_CA" not in os.environ:
        return grpc.insecure_channel(address)
    ca, cert, key = (pathlib.Path(os.environ["VARSAM_TLS_" + name]).read_bytes()
                     for name in ("CA", "CERT", "KEY"))
    return grpc.secure_channel(address, grpc.ssl_channel_credentials(ca, key, cert))


class Connector:
    def __init__(self, stub, db):
        self.stub = stub
        self.db = db

    # ---- the protocol

    def hello(self):
        request = pb.HelloRequest(software_version="python-example/1", protocol_min=1,
                                  protocol_max=1, parallelism=1)
        request.agent_time.GetCurrentTime()
        columns = self.db.execute("SELECT sql FROM sqlite_master WHERE name = 'person'").fetchone()
        served = request.systems.add(system=SYSTEM,
                                     schema_digest=hashlib.sha256(columns[0].encode()).digest())
        for action in ("EXPORT", "RECTIFY", "ERASE", "VERIFY"):
            served.capabilities.add(action=action, data_categories=list(CATEGORIES),
                                    identifier_types=[1])
        self.stub.Hello(request, timeout=CALL_SECONDS)

    def announce_restore(self, backup_taken_at):
        request = pb.AnnounceRestoreRequest(request_id=str(uuid.uuid4()), system=SYSTEM)
        request.backup_taken_at.FromSeconds(backup_taken_at)
        self.stub.AnnounceRestore(request, timeout=CALL_SECONDS)

    def work_once(self):
        """True when there was a task."""
        leased = self.stub.LeaseTasks(pb.LeaseTasksRequest(systems=[SYSTEM], tasks_max=1),
                                      timeout=CALL_SECONDS)
        for task in leased.tasks:
            try:
                self.perform(task)
            except CalledOff:
                pass  # nothing was committed and nothing is reported
        return bool(leased.tasks)

    def may_commit(self, task):
        """Asks for the lease once more, with everything ready and nothing committed."""
        try:
            answer = self.stub.RenewLease(pb.RenewLeaseRequest(task_id=task.task_id,
                                                               fence=task.fence),
                                          timeout=CALL_SECONDS)
        except grpc.RpcError as error:
            raise CalledOff() from error
        if answer.cancelled:
            raise CalledOff()

    def perform(self, task):
        kind = task.WhichOneof("action")
        digest = b""
        if kind == "export_data":
            outcome, document = self.export(task)
            if document:
                digest = self.upload(task, document)
        elif kind == "verify":
            outcome = self.verify(task)
        elif kind in ("erase", "rectify"):
            outcome = self.change(task, self.erase if kind == "erase" else self.rectify)
        else:
            outcome = pb.Outcome(unsupported=pb.UnsupportedOutcome(reason="UNKNOWN_ACTION"))
        self.patiently(lambda: self.stub.Finish(
            pb.FinishRequest(task_id=task.task_id, fence=task.fence, outcome=outcome,
                             result_sha256=digest), timeout=CALL_SECONDS))

    def change(self, task, step):
        """Effect and report are one transaction."""
        known = self.remembered(task)
        if known is not None:
            return known
        self.db.execute("BEGIN IMMEDIATE")
        try:
            outcome = step(task)
            if outcome.WhichOneof("kind") == "done":
                self.may_commit(task)
                self.remember(task, outcome)
            self.db.execute("COMMIT")
            return outcome
        except BaseException:
            self.db.execute("ROLLBACK")
            raise

    def remembered(self, task):
        row = self.db.execute("SELECT outcome FROM task_report WHERE task_id = ?",
                              (task.task_id,)).fetchone()
        return pb.Outcome.FromString(row[0]) if row else None

    def remember(self, task, outcome):
        self.db.execute("INSERT INTO task_report VALUES (?, ?)",
                        (task.task_id, outcome.SerializeToString()))

    def upload(self, task, document):
        digest = hashlib.sha256(document).digest()

        def chunks(offset):
            while True:
                chunk = document[offset:offset + CHUNK_BYTES]
                last = offset + len(chunk) == len(document)
                yield pb.UploadResultRequest(task_id=task.task_id, fence=task.fence, offset=offset,
                                             chunk=chunk, last=last,
                                             sha256=digest if last else b"")
                offset += len(chunk)
                if last:
                    return

        def send():
            where = self.stub.GetUploadOffset(
                pb.GetUploadOffsetRequest(task_id=task.task_id, fence=task.fence),
                timeout=CALL_SECONDS)
            self.stub.UploadResult(chunks(where.offset), timeout=3 * CALL_SECONDS)

        self.patiently(send)
        return digest

    def patiently(self, call):
        """Repeats a call while the network fails; a lost lease is no reason to try again."""
        for wait in (0.2, 0.4, 0.8, 1.6, 3.2, None):
            try:
                return call()
            except grpc.RpcError as error:
                transient = error.code() in (grpc.StatusCode.UNAVAILABLE,
                                             grpc.StatusCode.DEADLINE_EXCEEDED,
                                             grpc.StatusCode.RESOURCE_EXHAUSTED)
                if not transient or wait is None:
                    raise CalledOff() from error
                time.sleep(wait)

    # ---- the system

    def rows_of(self, task):
        emails = [one.value.strip().lower() for one in task.subject.identifiers if one.type == 1]
        marks = ", ".join("?" * len(emails))
        return self.db.execute(
            f"SELECT rowid, email, name, note FROM person WHERE lower(trim(email)) IN ({marks})",
            emails).fetchall()

    def export(self, task):
        documents, outcome = [], pb.Outcome()
        for rowid, *values in self.rows_of(task):
            for (category, column), value in zip(CATEGORIES.items(), values):
                if value is None:
                    continue
                documents.append({"data_category": category, "record_key": str(rowid),
                                  "source": "person", "fields": {column: value}})
                outcome.done.results.add(data_category=category, record_key=str(rowid), found=1,
                                         exported=1)
        if not documents:
            return pb.Outcome(no_data=pb.NoDataOutcome()), b""
        document = {"format": "varsam-export/1", "system": SYSTEM, "documents": documents}
        return outcome, json.dumps(document, ensure_ascii=False).encode()

    def erase(self, task):
        outcome = pb.Outcome(done=pb.DoneOutcome())
        items = {item.data_category: item for item in task.erase.items}
        kept = {keep.data_category for keep in task.erase.keep}
        for rowid, *values in self.rows_of(task):
            for (category, column), value in zip(CATEGORIES.items(), values):
                if value is None or category not in items or category in kept:
                    continue
                self.db.execute(f"UPDATE person SET {column} = NULL WHERE rowid = ?", (rowid,))
                outcome.done.results.add(data_category=category, record_key=str(rowid), found=1,
                                         deleted=1, item_id=items[category].id)
            self.db.execute("DELETE FROM person WHERE rowid = ? AND email IS NULL AND name IS NULL"
                            " AND note IS NULL", (rowid,))
        if not outcome.done.results:
            return pb.Outcome(no_data=pb.NoDataOutcome())
        return outcome

    def rectify(self, task):
        outcome = pb.Outcome(done=pb.DoneOutcome())
        rows = self.rows_of(task)
        if not rows:
            return pb.Outcome(no_data=pb.NoDataOutcome())
        for change in task.rectify.changes:
            column = CATEGORIES.get(change.data_category)
            if column is None:
                return pb.Outcome(unsupported=pb.UnsupportedOutcome(reason="CATEGORY"))
            index = 1 + list(CATEGORIES).index(change.data_category)
            met = 0
            for row in rows:
                value = row[index]
                if value is None:
                    continue
                if hashlib.sha256(value.encode()).digest() == change.expected_old_sha256:
                    self.db.execute(f"UPDATE person SET {column} = ? WHERE rowid = ?",
                                    (change.new_value, row[0]))
                    met += 1
                elif value == change.new_value:
                    met += 1
            if met == 0:  # neither the old value nor the new one: somebody else has changed it
                self.db.execute("ROLLBACK")
                self.db.execute("BEGIN IMMEDIATE")
                return pb.Outcome(needs_human=pb.NeedsHumanOutcome(
                    question="VALUE_CHANGED_MEANWHILE " + change.data_category))
            outcome.done.results.add(data_category=change.data_category, found=met)
        return outcome

    def verify(self, task):
        """NO_DATA: all is as it was ordered. Reads the whole table, not by the erasure's query."""
        emails = {one.value.strip().lower() for one in task.subject.identifiers if one.type == 1}
        outcome = pb.Outcome(done=pb.DoneOutcome())
        wanted = {item.data_category: item.id for item in task.verify.erased}
        for row in self.db.execute("SELECT email, name, note FROM person"):
            if (row[0] or "").strip().lower() not in emails:
                continue
            for category, value in zip(CATEGORIES, row):
                if value is not None and category in wanted:
                    outcome.done.results.add(data_category=category, item_id=wanted[category],
                                             found=1)
        if not outcome.done.results:
            return pb.Outcome(no_data=pb.NoDataOutcome())
        return outcome


def run(connector):
    wait, introduced = POLL_SECONDS, False
    while True:
        try:
            if not introduced:
                connector.hello()
                introduced = True
            busy = connector.work_once()
            wait = 0 if busy else POLL_SECONDS
        except grpc.RpcError as error:
            print("the platform does not answer:", error.code().name, file=sys.stderr)
            wait = min(max(wait, POLL_SECONDS) * 2, BACKOFF_SECONDS_MAX)
            wait *= random.uniform(0.5, 1)
        time.sleep(wait)


def main(make=Connector):
    if len(sys.argv) not in (3, 4):
        sys.exit(__doc__)
    load_stubs(sys.argv[1])
    connector = make(rpc.ConnectorServiceStub(channel()), open_database(sys.argv[2]))
    if len(sys.argv) == 4:
        connector.announce_restore(int(sys.argv[3]))
    else:
        run(connector)


if __name__ == "__main__":
    main()
