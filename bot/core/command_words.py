"""The commands, and the words that each of them is asked for with."""

from enum import StrEnum
from typing import Final


class Command(StrEnum):
    """What a person can ask of the bot in one word."""

    START = "start"
    PAUSE = "pause"
    TIME = "time"
    HELP = "help"
    MENU = "menu"
    WHY = "why"
    NEXT = "next"
    GREETING = "greeting"
    SAFETY_PLAN = "safety_plan"
    CALM = "calm"
    STRUGGLING = "struggling"
    HUMAN = "human"
    PRIVACY = "privacy"
    MY_DATA = "my_data"
    ERASE = "erase"
    CONSENTS = "consents"
    NO_ANSWERS = "no_answers"
    NO_OFFERS = "no_offers"
    NO_SHARING = "no_sharing"
    RESEND = "resend"
    WEEK = "week"
    GROUND = "ground"
    NORMAL = "normal"
    BRAKE = "brake"
    DISCREET = "discreet"
    OPEN = "open"


POLITE: Final = frozenset(
    """
    aub alsjeblieft alstublieft alsjeblief alstublief asjeblieft ajb svp please pls plz plies graag gelieve
    bedankt dank dankje dankjewel dankuwel thanks thx merci tnx alvast hoor joh he nu even maar gewoon dus eens
    mvg groetjes groet
    """.split()
)

_PHRASES: Final[dict[Command, str]] = {
    Command.START: """
        start; starten; weer beginnen; beginnen; begin; begin weer; weer starten; start weer; herstart; herstarten;
        ik wil weer beginnen; ik wil weer starten; ik wil beginnen; ik wil starten; opnieuw beginnen; opnieuw starten;
        weer aan; zet weer aan; zet het weer aan; start maar; begin maar; start opnieuw; hervat; hervatten; weer verder;
        ik wil weer berichten; weer aanmelden; terug beginnen; herbeginnen; restart; we beginnen; laten we beginnen""",
    Command.PAUSE: """
        pauze; pauzeer; pauzeren; pauze nemen; pauzes; vakantie; ik ben op vakantie; op vakantie; op pauze;
        zet op pauze;
        zet me op pauze; zet het op pauze; zet alles op pauze; ik wil pauze; ik wil een pauze; een pauze;
        ik wil pauzeren; pauze nu; ik heb vakantie;
        ik ga op vakantie; neem pauze; kan ik pauzeren; kan het op pauze; pause; pauzestand; programma pauzeren;
        pauzeer programma;
        pauzeer het programma; stop tijdelijk; tijdelijk stoppen; tijdelijk stop; even stoppen; stop even""",
    Command.TIME: """
        tijd; tijden; tijdstip; andere tijd; ander uur; andere uur; ander tijdstip; een andere tijd;
        een ander uur; een ander tijdstip; tijd wijzigen; tijd veranderen;
        tijd aanpassen; wijzig tijd; wijzig de tijd; verander tijd; verander de tijd; uur wijzigen;
        uur veranderen; uur aanpassen;
        tijdstip wijzigen; tijdstip veranderen; tijdstip aanpassen; de tijd wijzigen; de tijd veranderen;
        de tijd aanpassen; nieuwe tijd; tijd instellen; ik wil een andere tijd;
        ik wil een ander uur; ik wil een ander tijdstip; kan het op een andere tijd; kan het een ander uur;
        kan het op een ander uur; pas tijd aan; pas de tijd aan; andere tijd kiezen;
        mijn tijd; ik wil de tijd wijzigen; ik wil de tijd veranderen; ik wil de tijd aanpassen; ander moment;
        een ander moment; later op de dag; eerder op de dag""",
    Command.HELP: """
        hulp; help; help me; help mij; hulp nodig; ik heb hulp nodig; heb hulp nodig; helpen; help nodig; info;
        uitleg; hoe werkt dit; hoe werkt het;
        hoe werkt dit nou; hoe werk je; hoe gaat dit; wat kan je; wat kun je; wat kan jij; wat kun jij;
        wat kan ik doen; wat kan ik hier; wat moet ik doen;
        wie ben je; wie ben jij; wat ben je; wat is dit; kan je me helpen; kun je me helpen; kunt u mij helpen;
        kun je helpen; sos""",
    Command.MENU: """
        menu; hoofdmenu; het menu; opties; keuzes; keuzemenu; toon menu; laat menu zien; laat het menu zien;
        terug naar menu; naar menu;
        naar het menu; commandos; commando's; welke opties zijn er; wat zijn de opties; overzicht; instellingen""",
    Command.WHY: """
        waarom; waarom krijg ik dit; waarom krijg ik dit bericht; waarom krijg ik deze berichten;
        waarom krijg ik die berichten; waarom stuur je dit;
        waarom stuur je me dit; waarom ontvang ik dit; waarom dit bericht; waarom appje mij; waarom app je mij;
        waarom app je me;
        waarom krijg ik berichten; waarom ontvang ik deze berichten; waarom stuur je mij dit;
        waarom krijg ik dat; waarom dit; waarvan ken je mij;
        hoe kom je aan mijn nummer; hoe komen jullie aan mijn nummer; van wie is dit; wie is dit;
        waarom krijg ik dees""",
    Command.NEXT: """
        verder; volgende stap; volgende; ga verder; verdergaan; verder gaan; we gaan verder; doorgaan; ga door;
        next; naar de volgende; naar de volgende stap; de volgende;
        de volgende stap; volgende les; volgende oefening; ik wil verder; ik wil verdergaan; ik wil verder gaan;
        stuur de volgende stap;
        stuur volgende stap; stuur de volgende; geef de volgende stap; nog een stap; volgende please;
        stap verder; ik wil de volgende stap; mag ik de volgende stap""",
    Command.GREETING: """
        hoi; hallo; hello; hey; hee; hej; heey; heyy; hai; haai; hi; yo; ey; hoi hoi; hoihoi; hallo hallo;
        hallo daar; hoi daar; hey daar; hey hey; hallootjes; hallookes; halloookes; hallokes; dag; daag;
        goedemorgen;
        goeiemorgen; goede morgen; goeie morgen; morgen allemaal; goedemiddag; goeiemiddag; goede middag;
        goedenavond; goedeavond; goeienavond; goeieavond; goede avond; goeden avond; goeie avond; goedendag;
        goeiedag; goede dag; goeie dag; goeden dag; gegroet; salut; hoi nabij; hallo nabij; hey nabij; hoi bot;
        hallo bot; hey bot; hoi allemaal; hallo allemaal; hallo iedereen;
        moi; mogge; mogguh; goedemogge; goeiemogge; moin; hoe gaat het; hoe is het; hoe gaat ie; hoest;
        alles goed; hoi alles goed; hoi hoe gaat het; hallo hoe gaat het; hey hoe gaat het; hey alles goed;
        hallo is daar iemand;
        is daar iemand; iemand daar; ben je daar; ben je er; hoi ben je daar; test; goeiendag; ewa; wassup; sup;
        joe; joehoe; hallo mevrouw; hallo meneer; dag mevrouw; dag meneer""",
    Command.SAFETY_PLAN: """
        kracht; nood; noodplan; noodknop; noodgeval; veiligheidsplan; mijn veiligheidsplan; mijn plan;
        krachtplan; mijn kracht; in nood; ik ben in nood; crisis; crisisplan; mijn krachtplan""",
    Command.CALM: """
        rustig; te veel; teveel; het is te veel; het is teveel;
        het wordt me te veel; het wordt me teveel; dit is te veel; dit is teveel; te heftig; het is te heftig;
        dit is te heftig; te veel voor mij; teveel voor mij; het is me te veel; het is me teveel;
        dit is me te veel; dit is me teveel; het wordt te veel; het wordt teveel; minder berichten;
        ik wil minder berichten; kan het wat minder; wat minder berichten""",
    Command.GROUND: """
        rust; kalm; kalmte; ik wil rust; kalmeren; gronden; aarden; ademen; grondoefening; aardoefening;
        oefening 2 minuten; oefening van twee minuten; twee minuten; noodoefening""",
    Command.NORMAL: """
        normaal; weer normaal; weer elke dag; elke dag weer; normaal tempo; gewoon tempo; weer gewoon;
        terug naar normaal; weer dagelijks; weer iedere dag; gewoon weer elke dag""",
    Command.BRAKE: """
        er is iets gebeurd; er is wat gebeurd; er is iets ergs gebeurd; er is iets heftigs gebeurd;
        er is iets naars gebeurd; er is iets vreselijks gebeurd; er is iets verschrikkelijks gebeurd;
        er is veel gebeurd; er is net iets gebeurd; er is vandaag iets gebeurd; der is iets gebeurd;
        er is iet gebeurd; er is hier iets gebeurd; er is thuis iets gebeurd;
        ik heb iets ergs meegemaakt; ik heb iets heftigs meegemaakt; ik heb slecht nieuws; slecht nieuws;
        ik heb slecht nieuws gekregen; ik heb heel slecht nieuws; noodrem""",
    Command.DISCREET: """
        discreet; onopvallend; discreet aan; discreet uit; discrete modus; discreet modus; wees discreet;
        niet discreet; niet meer discreet; onopvallend uit; ik wil discreet; discreter; kan het discreet;
        kan het onopvallend; kan het discreter; discreet graag""",
    Command.OPEN: "open; openen; open maar; maar open; maak open; doe open; open het; open bericht; toon bericht",
    Command.STRUGGLING: """
        ik heb het moeilijk; heb het moeilijk; k heb het moeilijk; ik heb t moeilijk; ik heb het zwaar;
        ik heb het erg moeilijk; ik heb het heel moeilijk; ik heb het zo moeilijk; ik heb het echt moeilijk;
        khebt moeilijk; kheb het moeilijk; ik heb het lastig""",
    Command.HUMAN: """
        een mens; een echt mens; mens; echt mens; een mens spreken; mens spreken; iemand spreken; een mens aub;
        ik wil een mens spreken; ik wil een echt mens spreken; ik wil iemand spreken; ik wil met iemand spreken;
        ik wil met een mens spreken; ik wil met een mens praten; ik wil met een echt mens praten;
        ik wil met iemand praten; ik wil iemand van de praktijk spreken; iemand van de praktijk spreken;
        ik wil iemand van de praktijk; iemand van de praktijk; met een mens praten; met iemand praten;
        praten met een mens; praten met iemand; ik wil geen bot; geen bot maar een mens; ik wil een mens;
        kan ik een mens spreken; kan ik iemand spreken; kan ik met iemand praten; kan ik met een mens praten;
        kan ik met iemand spreken; kan ik met een mens spreken; mag ik een mens spreken; mag ik iemand spreken;
        is er iemand die ik kan spreken; is er een mens die ik kan spreken; kan er iemand met me praten;
        kan iemand met me praten; kan iemand mij bellen; kan iemand me bellen; bel me; bel me terug; bel mij terug;
        ik wil gebeld worden; kan ik gebeld worden""",
    Command.PRIVACY: """
        privacy; privacyverklaring; privacybeleid; privacy verklaring; privacy beleid; avg; gdpr; wie leest dit;
        wie leest mee; leest er iemand mee; leest iemand mee; wie kan dit lezen; is dit prive; is dit anoniem;
        prive; is het anoniem;
        wie ziet dit; hoe zit het met privacy; hoe zit het met mijn privacy; mijn privacy;
        wat gebeurt er met mijn gegevens""",
    Command.MY_DATA: """
        mijn gegevens; gegevens; mijn data; mn gegevens; m'n gegevens; gegevens opvragen; mijn gegevens opvragen;
        mijn gegevens inzien; gegevens inzien; toon mijn gegevens; laat mijn gegevens zien;
        wat weten jullie van mij; wat weten jullie over mij; wat weet je van mij; wat weet je over mij;
        wat heb je opgeslagen; wat hebben jullie opgeslagen; download mijn gegevens; exporteer mijn gegevens;
        stuur mijn gegevens; ik wil mijn gegevens; ik wil mijn gegevens zien; ik wil mijn gegevens inzien;
        welke gegevens heb je van mij; welke gegevens hebben jullie van mij""",
    Command.ERASE: """
        wis alles; alles wissen; wis mijn gegevens; wissen; wis; wis mij; wis me; gegevens wissen;
        mijn gegevens wissen; verwijder alles; alles verwijderen; verwijder mijn gegevens; gegevens verwijderen;
        mijn gegevens verwijderen;
        vergeet mij; vergeet me; verwijder mij; verwijder me; delete alles; delete mijn gegevens;
        wis alle gegevens; verwijder al mijn gegevens; wis al mijn gegevens; verwijder alle gegevens;
        ik wil alles wissen;
        ik wil mijn gegevens wissen; ik wil mijn gegevens laten wissen; ik wil mijn gegevens verwijderen;
        ik wil mijn gegevens laten verwijderen; ik wil dat je alles wist; ik wil dat alles gewist wordt;
        ik wil dat jullie alles wissen; wis alles van mij; verwijder mijn account; account verwijderen;
        wis mijn account;
        alles weg; gooi alles weg; verwijder alles van mij; alles verwijderen over mij""",
    Command.CONSENTS: """
        toestemmingen; toestemming; mijn toestemmingen; mijn toestemming; toestemming intrekken;
        toestemmingen intrekken; mijn toestemming intrekken; trek mijn toestemming in; trek toestemming in;
        ik trek mijn toestemming in; ik wil mijn toestemming intrekken; ik wil mijn toestemmingen zien;
        toestemming wijzigen; toestemming aanpassen; toestemming veranderen; toestemmingen wijzigen;
        toestemmingen aanpassen; toon mijn toestemmingen; waar heb ik ja op gezegd;
        waar heb ik toestemming voor gegeven""",
    Command.NO_ANSWERS: """
        bewaar mijn antwoorden niet; bewaar mijn antwoorden niet meer; mijn antwoorden niet bewaren;
        antwoorden niet bewaren; antwoorden niet meer bewaren; mijn antwoorden niet meer bewaren;
        niet bewaren; niet meer bewaren; wis mijn antwoorden; antwoorden wissen; mijn antwoorden wissen;
        verwijder mijn antwoorden""",
    Command.NO_OFFERS: """
        geen nieuws; geen nieuws meer; geen aanbod; geen aanbod meer; geen reclame; geen reclame meer;
        geen nieuws en aanbod; geen nieuwsberichten; geen aanbiedingen; geen aanbiedingen meer; stuur geen nieuws;
        ik wil geen nieuws meer; ik wil geen reclame meer; ik wil geen aanbod meer; afmelden voor nieuws""",
    Command.NO_SHARING: """
        deel mijn antwoorden niet; deel mijn antwoorden niet meer; mijn antwoorden niet delen;
        mijn antwoorden niet meer delen; antwoorden niet delen; antwoorden niet meer delen; niet delen;
        niet meer delen; stop met delen; deel niets met de praktijk; deel niets""",
    Command.RESEND: """
        stuur opnieuw; opnieuw sturen; opnieuw versturen; stuur het opnieuw; stuur dat opnieuw;
        stuur dit opnieuw; nog een keer sturen; stuur nog een keer; stuur het nog een keer; stuur nog eens;
        stuur het nog eens; nog eens sturen; stuur nogmaals; nogmaals sturen; nogmaals;
        verstuur opnieuw; opnieuw verzenden; herhaal; herhalen; kun je het opnieuw sturen;
        kan je het opnieuw sturen; kun je dat opnieuw sturen; kun je het nog een keer sturen;
        kan je het nog eens sturen; kun je het nog eens sturen; nog een keer; nog eens; nog 1 keer;
        nog 1 keer sturen; stuur me opnieuw; stuur het me opnieuw""",
    Command.WEEK: """
        mijn week; mijn week in woorden; m'n week; mn week; week in woorden; je week in woorden;
        mijn weekoverzicht; weekoverzicht; overzicht van mijn week; overzicht van de week; hoe was mijn week;
        hoe ging mijn week; toon mijn week; laat mijn week zien; stuur mijn week; ik wil mijn week zien;
        mijn week zien; mijn verloop; mijn cijfers; toon mijn cijfers; laat mijn cijfers zien""",
}
BY_PHRASE: Final = {phrase.strip(): command for command, phrases in _PHRASES.items() for phrase in phrases.split(";")}
TYPOS: Final = {
    "hlup": Command.HELP,
    "huilp": Command.HELP,
    "hupl": Command.HELP,
    "hellp": Command.HELP,
    "hlep": Command.HELP,
    "hepl": Command.HELP,
    "tjid": Command.TIME,
    "tijdd": Command.TIME,
    "tyd": Command.TIME,
    "tijt": Command.TIME,
    "meun": Command.MENU,
    "mneu": Command.MENU,
    "menuu": Command.MENU,
    "mneuu": Command.MENU,
    "meu": Command.MENU,
    "menue": Command.MENU,
    "noood": Command.SAFETY_PLAN,
    "nodo": Command.SAFETY_PLAN,
    "krahct": Command.SAFETY_PLAN,
}
# Real words one letter away from a command; typed alone they are not the command.
OTHER_WORDS: Final = frozenset(
    """
    staat star staart smart stapt stort stuart stamt stars start-up sterk straat startte gestart tracht bracht
    klacht gracht
    pracht vracht dracht krachten daarom waarop waarin waarvan waartoe eerder herder verdere veder werder vedder vader
    gegeven rustige lustig halte halle half hall halo hulde hele helpt helft held helm hulk tulp wissel wist wisten wens
    laden leden lagen later kater water starter volgens volgend volgenden beginner begint begon privaat prive privé
    gedag opzij optie morgen middag avond goed goede goeie heel veel vele tevens terug rest bust lust kust rustte
    nogmaal herhaalt wegen mening menigte uitlig uitleg verven verderf gebeden gewist oudste wisser wisse
    pauzeert trein hallen
    waarden waarde aarde maarten normale normaals opener opent concreet secreet
    """.split()
)
