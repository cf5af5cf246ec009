"""A connected system that is restored alone: its connector says so and gets its erasures again."""

import time

from .ground import expect, run, say, until

SYSTEM = "recruiting"
NAME = f"connector-{SYSTEM}"
DATABASE = "drill_recruiting"
SCHEMA = """
CREATE TABLE candidate (
  id    integer PRIMARY KEY,
  name  text NOT NULL,
  email text NOT NULL
);
"""
MAPPING = f"""mapping: 1
system: {SYSTEM}

subjects:
  table: candidate
  key: [id]
  names: [name]
  identifiers:
    - {{column: email, type: email}}
  category: {{value: applicant}}
  erase_row: true

categories:
  email:
    - {{columns: [email], action: anonymise, set: {{email: ""}}}}
  name:
    - {{columns: [name], action: anonymise, set: {{name: "Removed"}}}}
"""


class Connected:
    def connect(self):
        """A register of the people, on its own database, and the connector beside it."""
        self.data.sql("postgres", f"CREATE DATABASE {DATABASE}")
        self.data.sql(DATABASE, SCHEMA)
        rows = ", ".join(f"({number}, 'Kanarie Nummer {number}', '{self.address(number)}')"
                         for number in range(self.people))
        self.data.sql(DATABASE, f"INSERT INTO candidate VALUES {rows}")
        mapping = self.state / "drill-mapping.yaml"
        mapping.write_text(MAPPING)
        folder = self.state / "connectors" / SYSTEM
        folder.mkdir(parents=True, exist_ok=True)
        pki = self.state / "pki"
        self.connector = {
            "VARSAM_ENVIRONMENT": "development",
            "VARSAM_PORT_BASE": str(self.port),
            "VARSAM_TLS_CA": f"{pki}/ca.crt",
            "VARSAM_TLS_CERT": f"{pki}/{NAME}.crt",
            "VARSAM_TLS_KEY": f"{pki}/{NAME}.key",
            "VARSAM_CALLER_KEYS": f"{pki}/caller-signing.pub",
            "VARSAM_SUBJECT_REGISTRY_ADDRESS": f"127.0.0.1:{self.port + 20}",
            "VARSAM_REQUEST_WORKFLOW_ADDRESS": f"127.0.0.1:{self.port + 30}",
            "VARSAM_RETENTION_ADDRESS": f"127.0.0.1:{self.port + 40}",
            "VARSAM_CONNECTOR_NAME": SYSTEM,
            "VARSAM_CONNECTOR_STATE": str(folder),
            "VARSAM_CONNECTOR_POLL_MS": "200",
            "VARSAM_CONNECTOR_SYNC_S": "0",
            "VARSAM_CONNECTOR_ADMIN_PORT": "0",
            "VARSAM_MAPPING_FILES": str(mapping),
            f"VARSAM_MAPPING_DATABASE_{SYSTEM.upper()}":
                f"{self.data.conninfo} dbname={DATABASE}",
        }
        lines = [f"{key}={value}" for key, value in self.connector.items()]
        (self.state / f"run/{NAME}.env").write_text("\n".join(lines) + "\n")
        self.suite("start-service", self.state, NAME)

    def disconnect(self):
        self.suite("stop-service", self.state, NAME)

    def dump_connected(self):
        """The system's own backup, before anybody is erased."""
        self.connected_taken_at = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        self.connected_backup = run(["pg_dump", "--clean", "--if-exists",
                                     f"{self.data.conninfo} dbname={DATABASE}"])

    def look_connected(self):
        """Restores the one system; the control before the announcement must find everybody."""
        expect(self.in_register() == 0, "the erased to be gone from the register",
               self.in_register())
        self.disconnect()
        path = self.state / "drill-register.sql"
        path.write_text(self.connected_backup)
        run(["psql", "-X", "-q", "-v", "ON_ERROR_STOP=1",
             f"{self.data.conninfo} dbname={DATABASE}", "-f", path])
        self.suite("start-service", self.state, NAME)
        revived = self.in_register()
        expect(revived == len(self.erased), f"the control to find {len(self.erased)} revived in "
               "the register", revived)
        settings = {**self.environment, **self.connector}
        run([self.bin / "varsam-connector", "announce-restore", SYSTEM, self.connected_taken_at],
            env=settings)
        until("the register to lose them again", lambda: self.in_register() == 0)
        kept = int(self.data.sql(DATABASE, "SELECT count(*) FROM candidate"))
        expect(kept == self.people - len(self.erased), "everybody else to stay", kept)
        say(f"0  a connected system restored alone: {revived} revived before it announced, "
            "none after")
        return {"revived_before_announcing": revived, "left_after": self.in_register(),
                "others_kept": kept}

    def in_register(self):
        addresses = ", ".join(
            f"'{self.address(self.subjects.index(subject))}'" for subject in self.erased)
        return int(self.data.sql(
            DATABASE, f"SELECT count(*) FROM candidate WHERE email IN ({addresses})"))
