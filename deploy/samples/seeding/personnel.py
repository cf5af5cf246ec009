"""The personnel archive."""

import os


class Hr:
    """The personnel archive as folders: employees only."""

    STAFF = [("Anna", "Ekdahl"), ("Johan", "Brandt"), ("Eva", "Holm"), ("Nils", "Forsberg")]

    def __init__(self, world, folder):
        self.world = world
        self.folder = folder

    def file(self, path, text):
        whole = os.path.join(self.folder, path)
        os.makedirs(os.path.dirname(whole), exist_ok=True)
        with open(whole, "w", encoding="utf-8", newline="") as file:
            file.write(text)

    def build(self):
        register = "anstallningsnr;fornamn;efternamn;epost;titel\r\n"
        vacation = "anstallningsnr;ar;dagar\r\n"
        place = "epost;ort\r\n"
        for number, (first, last) in enumerate(self.STAFF, start=1001):
            address = f"{first}.{last}@lexium.se".lower()
            register += f"{number};{first};{last};{address};Konsult\r\n"
            vacation += f"{number};{self.world.today.year};{self.world.rng.randrange(5, 26)}\r\n"
            place += f"{address};Stockholm\r\n"
            year = self.world.today.year - 1
            self.file(f"personal/{number}/samtal/{year}.txt", f"Uppföljning med {first} {last}.\n")
            self.file(f"personal/{number}/omdomen/{year}.txt", "Goda resultat.\n")
        self.file("register.csv", register)
        self.file("listor/semester.csv", vacation)
        self.file("listor/arbetsplats.csv", place)
        self.file("protokoll/flytt.txt", "Anna Ekdahl och Johan Brandt byter plats.\n")
        self.world.manifest["people"]["employee"] = {
            "first_name": "Nils", "last_name": "Forsberg", "email": "nils.forsberg@lexium.se",
            "hr": 1004}
