"""Ordinary words that look like a keyword, and the words that surround a request. Data for `bot.core.keywords`."""

from typing import Final

# Dutch and English words within reach of a keyword's typos, collected with Debian's wdutch 2.20 and then read by hand.
NEAR_WORDS: Final = frozenset(
    """
    richting lichting stichting verlichting dichting achting slechting vlechting knechting inrichting oprichting
    belichting toelichting voorlichting verrichting ontwrichting verdichting verwachting hechten
    hechtte gehecht onthechting hechter hechtend heating echoing reciting heiting achtig hechtheid
    verbindingsangst ontbinding verbinding verbindingen bevinding bedingingen
    liefdes liefde liefdeslied liefdadig liefdesfilm liefdesgod liefdesdaad liefdesgodin liefdeskind liefdesdans
    liefdespijn liefdespel liefdesverdriet liefdesbrief liefdesrelatie liefdevol liefdestaal
    podcasten broadcast podcaster comcast podcasters
    kennis kennissen kennismaken kennisgeving kennisdeling kenniskring kennisneming kennisclip
    trekken rekken making vertrekken verstrekken teruggetrokken terugbrengen terugtrekking terugtrekt
    terugdenken terugtrokken terugpakken
    terugblikken wegtrekken touwtrekken teruggekeken terugtreden terugreizen terugboeken terugzakken terugkregen
    terugtrekkend terugzoeken terugwerken terugrekenen terugsteken terugkeken terugkijken terugbellen terugkomen
    terugschrikken terugvechten terugspreken terugstorten intrekken optrekken aantrekken voortrekken
    twijfelt twijfelde twijfelden twijfelaar betwijfel betwijfelt getwijfel getwijfeld twinkel twinkelt twijgen
    tweevel zwijmel vijfde
    fijfel wimpel twinkle wijzer
    trainen trainer traint trainers trainde trading tracking tracing draining straining trailing gaining
    railing raising ruining staining attaining praising retraining tranig trainee bruining trapping terrein
    spannend spannende planning plannen spinning scanning inspanning ontspanning bespanning afspanning opspanning
    spannen penning manning standing banning canning pinning tanning sparring sparing spalling spotting
    spending spanking spamming spacing spawning stunning panting verspanning overspanning aanspanning spatting spinnen
    wanning spanden
    reeds weeks geeks leeks beeks freeks rieks breeks creeks greeks seeks reels reefs meeks peeks
    cheeks reis week
    curses cursief recursus circus recursie excursus excursie
    productie introduceren instructie inductie reproductie coproductie introducing introduceer introspectie
    herintroductie improductief introducee introductiedag introduce introduced introduces introductory unproductive
    constructie destructie obstructie reductie interdictie
    """.split()
)

# Keywords that are also words of every day: inside an ordinary sentence they say nothing about wanting the keyword.
EVERYDAY: Final = frozenset(
    "twijfel training spanning reeks introductie podcast kennismaking terugtrekken aanbod begeleiding boek".split()
)

# A message that holds only these beside a keyword is a request for it.
REQUEST_WORDS: Final = frozenset(
    """
    a als alsjeblieft alsjebelieft alstublieft alstjeblieft alsjeblief aub asjeblieft asjeblief ajb svp please
    pls plz plies plis graag
    gaarne gelieve dank bedankt dankje dankjewel dankuwel thanks thx merci tnx thnx alvast bvd alst
    hoi hallo hey hej hee heey hi yo hai dag goedemorgen goedemiddag goedenavond goedeavond goeiemorgen goeienavond
    goeiedag hello hallokes ey heyy
    ik we wij wil wilt willen wou zou zouden mag mogen kan kun kunt kunnen kom even ff effe effen eventjes maar eens
    ook nog gewoon dus nu vandaag alleen ja oke ok okee oki okay jaa nou eh uh euh uhm hm mja
    graaggraag stuur stuurt sturen stuurde zend zenden geef geeft geven doe doen deed krijg krijgen ontvang
    ontvangen hebben
    start starten begin beginnen meld meldt aanmelden inschrijven aan schrijf schrijven in op volgen bekijken lezen
    luisteren beluisteren horen zien kiezen kies openen open toon tonen laat probeer proberen
    me mij mn mijn m'n mezelf voor over van met naartoe het de een 'n n t die dat deze dit jullie je jou u uw jij ge
    gij jouw info informatie uitleg meer weten leren vertel vertellen iets wat woord keyword codewoord sleutelwoord
    trefwoord thema onderwerp les oefening oefeningen gratis programma wordt heet typ typen app appen sms
    interesse geinteresseerd belangstelling aanvragen inplannen plannen boeken toesturen doorsturen opsturen
    toegestuurd link te om deelnemen meedoen binnen sturren stuurs zoek
    send want the give i would like naar jullie hun
    """.split()
)

# The verbs and phrases that turn what follows into a request, also when more is said.
REQUEST_CUES: Final = (
    "stuur",
    "sturen",
    "zend",
    "geef me",
    "geef mij",
    "graag",
    "mag ik",
    "mogen we",
    "kan ik",
    "kun je",
    "kan je",
    "kunt u",
    "ik wil",
    "wil ik",
    "wil graag",
    "zou graag",
    "wou graag",
    "meld me aan",
    "meld mij aan",
    "aanmelden",
    "schrijf me in",
    "schrijf mij in",
    "inschrijven",
    "info",
    "informatie",
    "meer weten",
    "interesse",
    "geinteresseerd",
    "woord",
    "keyword",
    "codewoord",
    "please",
    "ontvangen",
    "krijgen",
    "doe mij",
    "doe maar",
)
