"""The operations system."""

import datetime as dt


class Ops:
    """The operations system: who ordered work, who did it, where they were."""

    TECHNICIANS = 8
    ORDERS = 60

    def __init__(self, world, customer):
        self.world = world
        self.statements = []
        self.people = [(1, " ".join(customer[:2]), customer[2], "bestallare")]

    def insert(self, table, *values):
        self.statements.append(
            f"INSERT INTO {table} VALUES ({', '.join(map(self.literal, values))});\n"
        )

    @staticmethod
    def literal(value):
        if value is None:
            return "NULL"
        if isinstance(value, (int, float)):
            return str(value)
        return "'" + str(value).replace("'", "''") + "'"

    def build(self):
        w = self.world
        for number in range(2, 2 + self.TECHNICIANS):
            first, last, address = w.person("montage.example")
            self.people.append((number, f"{first} {last}", address, "tekniker"))
        for number, name, address, role in self.people:
            self.insert("person", number, name, address, None, role, None)
        for order in range(1, self.ORDERS + 1):
            by = 1 if order % 20 == 1 else None
            name = self.people[0][1] if by else "Driften"
            at = w.at(w.days_ago(10, 700))
            self.insert("arbetsorder", order, by, f"Anläggning {order % 9 + 1}",
                        f"{name} anmäler fel på pump {order}", at)
            worker = self.people[1 + order % self.TECHNICIANS]
            self.insert("arbetslogg", order, order, worker[0], at, at + dt.timedelta(hours=2),
                        f"{worker[1]} bytte packning")
            self.insert("underhallslogg", order, 1, f"Klart, {name} informerad")
            self.insert("position", worker[0], at, 59.3 + order / 1000, 18.0 + order / 1000)
        w.manifest["people"]["technician"] = {
            "name": self.people[1][1], "email": self.people[1][2], "ops": 2}

    def write(self, path):
        with open(path, "w", encoding="utf-8") as file:
            file.writelines(self.statements)
