"""Words the sample people are made of. All are invented; no list of real persons was used."""

FIRST = """
Agnes Albin Alexandra Alfred Alice Alma Alva Amanda Anders Andreas Anette Anita Annika Anton
Arvid Axel Barbro Bengt Birgitta Björn Britt Camilla Carina Carl Caroline Cecilia Charlotte
Christer Daniel David Ebba Edvin Elias Elisabet Ella Elsa Emil Emma Erik Ester Eva Fanny Felicia
Filip Fredrik Frida Gabriel Georg Gerd Greta Gunilla Gunnar Gustav Göran Hanna Hans Harald
Hedvig Helena Henrik Hilda Hugo Håkan Ida Inga Ingrid Irene Isak Jakob Jan Jenny Jesper Joel
Johan Johanna Jonas Josefin Julia Kajsa Karin Katarina Kerstin Kjell Klara Kristina Lars Leif
Lena Leo Linnea Linus Lisa Lovisa Lucas Magnus Maja Malin Marcus Margareta Maria Martin Matilda
Mats Mikael Moa Monika Nils Nora Olle Olof Oskar Patrik Per Pernilla Peter Pia Rasmus Rebecka
Robert Roger Rolf Rut Saga Samuel Sandra Sara Selma Sigrid Simon Siv Sofia Stefan Sten Stina
Sven Signe Tage Tilda Tim Tomas Torsten Tove Tuva Ulf Ulla Ulrika Vera Viktor Vilma Viveka Yngve
Yvonne Åke Åsa Östen
""".split()

LAST_A = """
Alm Asp Back Berg Björk Blom Bo Dal Ek Fager Fors Gran Grön Hag Hall Hed Holm Häll Kall Kvarn
Käll Lager Lind Ljung Lund Löv Mo Nord Näs Ny Rosen Ros Sand Sjö Skog Sten Ström Sund Säll Vall
Vik Väst Åker Ås Älv Ängs Öst
""".split()

LAST_B = """
berg borg dahl fors gren hult kvist lund mark man qvist sjö stam strand ström stedt vall vik
""".split()

COMPANY_A = """
Nordvik Björkdal Sjöhaga Granlid Kvarnsund Alsätra Tallmo Hedås Strömvret Lillfors Ängsbacka
Rönnholm Stenviken Vargön Örnlid Fyrvik Lergrav Mossebo Aspudd Hällinge Kråkmo Sörgård Väsby
Lövnäs Bergtuna Djupdal Edsvret Frösäng Gåsvik Hovmo Isnäs Jordbro Klintvik Lomsjö Myrvik
Norrtuna Olsäng
""".split()

COMPANY_B = """
Bygg Fastighet El Rör Måleri Transport Städ Teknik Energi Logistik Konsult Vård Livs Plåt Mark
Golv Hiss Larm Kyl Ventilation Trä Park Golf Skola Förvaltning Data
""".split()

STREETS = """
Storgatan Kyrkogatan Järnvägsgatan Industrivägen Ringvägen Skolgatan Björkvägen Kvarnvägen
Hantverkargatan Parkvägen
""".split()

TITLES = [
    "Inköpare",
    "Platschef",
    "VD",
    "Ekonomiansvarig",
    "Fastighetsförvaltare",
    "Driftchef",
    "Projektledare",
    "Kontorschef",
    "Arbetsledare",
    "Administratör",
    "Miljösamordnare",
    "Teknisk chef",
    "Marknadsansvarig",
    "Lagerchef",
]

TRADES = [
    "Bygg",
    "Fastighet",
    "Handel",
    "Industri",
    "Transport",
    "Vård",
    "Utbildning",
    "Offentlig sektor",
]

SELLERS = ["johan.brandt", "maria.falk", "petter.dahl"]

TOPICS = ["produkter", "tjanster", "guider", "nyheter"]

CALL_NOTES = [
    "Ringde, ville återkomma efter semestern.",
    "Intresserad av serviceavtal, skickar underlag.",
    "Nådde inte, talade in meddelande.",
    "Gick igenom befintligt avtal.",
    "Önskar offert på två objekt.",
    "Nöjd med leveransen, inget nytt behov.",
    "Byter ekonomisystem i höst, kontakta i januari.",
    "Frågade om ersättare under ledighet.",
]

OPINIONS = [
    "Snabb återkoppling.",
    "Fakturorna är svåra att tyda.",
    "Mycket bra bemötande på plats.",
    "Önskar en fast kontaktperson.",
    "Städningen var ojämn i våras.",
    "Inget att anmärka.",
    "Appen tappar ibland uppgifter.",
]

ASSESSMENTS = [
    "Lugn och tydlig, bra på att prioritera.",
    "Saknar erfarenhet av jour, lär sig fort.",
    "Stark tekniskt, kortfattad i samtalet.",
    "God samarbetsförmåga enligt referens.",
    "Motiverad men vill helst arbeta deltid.",
]

# City and the first three digits of its postal codes.
CITIES = [
    ("Stockholm", "111"),
    ("Göteborg", "411"),
    ("Malmö", "211"),
    ("Uppsala", "753"),
    ("Västerås", "722"),
    ("Örebro", "702"),
    ("Linköping", "582"),
    ("Helsingborg", "252"),
    ("Jönköping", "553"),
    ("Norrköping", "602"),
    ("Lund", "222"),
    ("Umeå", "903"),
    ("Gävle", "803"),
    ("Borås", "503"),
    ("Kiruna", "981"),
    ("Luleå", "972"),
    ("Falun", "791"),
]

# Position and place.
OPENINGS = [
    ("Fastighetstekniker", "Gävle"),
    ("Drifttekniker", "Uppsala"),
    ("Arbetsledare mark", "Västerås"),
    ("Kundansvarig", "Stockholm"),
    ("Servicetekniker kyl", "Örebro"),
    ("Administratör", "Göteborg"),
    ("Platschef", "Malmö"),
    ("Lokalvårdare", "Lund"),
    ("Ekonomiassistent", "Stockholm"),
    ("Projektledare", "Umeå"),
    ("Parkarbetare", "Borås"),
    ("Säljare", "Jönköping"),
]
