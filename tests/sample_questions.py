"""Questions about the sample set, short as people type them, and texts about something else."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

# each with the cases that are about it, by reading them
CASES_FOR: Final[Mapping[str, tuple[str, ...]]] = {
    "Een leerling in groep 7 komt al weken niet naar school en de ouders houden contact af": (
        "c01",
        "c02",
    ),
    "rekenresultaten zakken weg in de bovenbouw": ("c05",),
    "Hoe vang je nieuwkomers op in een kleine school zonder NT2-ervaring?": ("c03", "c21"),
    "leerlingen scoren slecht op begrijpend lezen": ("c04",),
    "Er zit schimmel in ons gebouw, de gemeente en het bestuur wijzen naar elkaar": ("c06",),
    "Hoe werk je als school en kinderopvang samen in één kindcentrum?": ("c07", "c30"),
    "hoogbegaafde leerling presteert onder zijn niveau en heeft faalangst": ("c08",),
    "brugklasser durft niet meer naar school": ("c09",),
    "startende leraren vertrekken na een jaar": ("c10",),
    "Leerlingen gebruiken ChatGPT voor hun werkstuk": ("c11",),
    "leerling van speciaal onderwijs terugplaatsen naar regulier": ("c12", "c13"),
    "fusie van twee scholen met een verschillende identiteit": ("c14",),
    "ruzie in het team": ("c15",),
    "online pesten via WhatsApp": ("c16",),
    "we krijgen de vacatures niet vervuld en sturen klassen naar huis": ("c19", "c25"),
    "agressieve ouder": ("c20",),
    "De medezeggenschapsraad stemt niet in met ons plan": ("c23", "c19"),
    "gezinnen die de ouderbijdrage niet kunnen betalen": ("c24",),
    "mobieltjes in de klas": ("c27",),
    "onvoldoende van de inspectie": ("c31",),
    "leerling met een beperking in een gewone klas": ("c39", "c12", "c13"),
    "wachtlijst bij de jeugdzorg": ("c29",),
    "ouders willen een hoger schooladvies": ("c33", "c18"),
    "radicale uitspraken in de les maatschappijleer": ("c34",),
    "intern begeleider gaat weg": ("c36",),
    "zij-instromer redt het niet voor de klas": ("c37",),
    "screening op dyslexie": ("c38",),
    "medisch handelen bij een kleuter met suikerziekte": ("c40",),
    "gegevens van de basisschool gaan verloren bij de overstap naar de middelbare": ("c26",),
    "combinatieklas met drie groepen": ("c17",),
    "uitdaging voor goede rekenaars": ("c32",),
    "ouders protesteren tegen de lessen over seksualiteit": ("c22",),
    "van school gestuurd en geen andere school wil hem": ("c28",),
    "hulpverlener in de school aanwezig": ("c35",),
}

# asked nowhere in the sample set, and about schools all the same
OTHER_SCHOOL_QUESTIONS: Final = (
    "Een kleuter bijt andere kinderen en we weten niet wat we moeten doen",
    "Onze leerlingenraad komt niet van de grond",
    "Hoe betrekken we ouders die geen Nederlands spreken bij het rapportgesprek?",
    "Leerlingen in de derde klas zijn niet gemotiveerd voor huiswerk",
    "Ons team wil af van de methodetoetsen, waar begin je?",
    "De gymzaal is te klein voor onze groepen",
    "Een leraar meldt zich voor de derde keer dit jaar ziek",
    "Hoe regel je dyslexieverklaringen bij de eindtoets?",
    "Een leerling rouwt om het overlijden van haar vader",
    "Onze school krimpt en we moeten groepen samenvoegen",
    "Hoe pakken we burgerschapsonderwijs aan in de onderbouw?",
    "Een leerling met autisme raakt overprikkeld in de klas",
)

# about anything but schools
OFF_TOPIC: Final = (
    "Hoe bak ik een appeltaart met een krokante korst?",
    "Voor de pannenkoeken heb je bloem, melk, twee eieren en een snufje zout nodig. "
    "Klop het beslag glad en laat het een half uur rusten.",
    "Wie wint zondag de klassieker tussen Ajax en Feyenoord?",
    "De spits scoorde in de blessuretijd de winnende treffer na een voorzet van "
    "links. De trainer was tevreden over de tweede helft.",
    "Mijn auto start niet bij koud weer, is de accu leeg?",
    "Wanneer moet ik mijn hortensia snoeien?",
    "Welke camping aan het Gardameer is geschikt voor een caravan?",
    "Hoe vul ik de aangifte inkomstenbelasting in als zzp'er?",
    "Mijn telefoon laadt niet meer op na de laatste update",
    "Wat is de beste route van Utrecht naar Groningen met de trein?",
    "Recept voor lasagne met gehakt, bechamelsaus en mozzarella",
    "De Tour de France eindigt dit jaar in Parijs met een tijdrit",
    "Welke verf gebruik je voor een houten schutting?",
    "Mijn kat eet niet en ligt de hele dag te slapen",
    "De koers van het aandeel ASML daalde vandaag met drie procent",
    "Tips voor een warmtepomp in een jaren dertig woning",
    "Hoe maak ik zelf een moestuinbak van steigerhout?",
    "Gitaarakkoorden voor beginners, hoe stem ik mijn gitaar?",
    "Wat zijn de regels voor buitenspel bij voetbal?",
    "Hypotheekrente aftrekken bij een tweede woning, mag dat?",
    "Goedkope vliegtickets naar Lissabon in mei",
    "Mijn internet valt steeds weg, moet ik de router vervangen?",
    "Hoe lang moet een gekookt ei koken?",
    "De beurs sloot vrijdag hoger na het rentebesluit van de Europese Centrale Bank",
    "Welke hardloopschoenen zijn goed bij een overpronatie?",
    "De wasmachine centrifugeert niet meer en er blijft water in de trommel staan",
    "Vandaag is het bewolkt met af en toe een bui, in het oosten kans op onweer",
    "Wat kost een tweedehands elektrische fiets ongeveer?",
    "Brei een trui met een kabelpatroon, begin met 120 steken op naald 4",
    "Het nieuwe album van de band staat op nummer één in de hitlijsten",
    "Hoe zwaar mag een aanhanger zijn met rijbewijs B?",
    "Ik wil mijn badkamer betegelen, welke lijm heb ik nodig?",
)
