"""The example connector with one thing taken out of it: what the conformance kit must notice.

    broken_connector.py FAULT EXAMPLE_FOLDER STUBS DATABASE
"""

import sys

fault, folder = sys.argv[1:3]
del sys.argv[1:3]
sys.path.insert(0, folder)
import connector as good  # noqa: E402


class Forgets(good.Connector):
    def remembered(self, task):
        return None

    def remember(self, task, outcome):
        pass


class NeverAsks(good.Connector):
    def may_commit(self, task):
        try:
            super().may_commit(task)
        except good.CalledOff:
            pass


class Overwrites(good.Connector):
    def rectify(self, task):
        for row in self.rows_of(task):
            for change in task.rectify.changes:
                column = good.CATEGORIES[change.data_category]
                self.db.execute(f"UPDATE person SET {column} = ? WHERE rowid = ?",
                                (change.new_value, row[0]))
        outcome = good.pb.Outcome(done=good.pb.DoneOutcome())
        outcome.done.results.add(data_category=task.rectify.changes[0].data_category, found=1)
        return outcome


class StartsOver(good.Connector):
    def __init__(self, stub, db):
        super().__init__(stub, db)
        real = stub.GetUploadOffset

        def offset(request, timeout):
            real(request, timeout=timeout)
            return good.pb.GetUploadOffsetResponse(offset=0)

        stub.GetUploadOffset = offset


class Talks(good.Connector):
    def rectify(self, task):
        outcome = super().rectify(task)
        if outcome.WhichOneof("kind") == "needs_human":
            outcome.needs_human.question += " of " + task.subject.identifiers[0].value
        return outcome


FAULTS = {"forgets": Forgets, "never-asks": NeverAsks, "overwrites": Overwrites,
          "starts-over": StartsOver, "talks": Talks}
good.main(FAULTS[fault])
