"""The words that a request to stop is made of, each with its kind; what else such a request may say beside itself."""

import re
from importlib import resources
from typing import Final

# One letter for a kind of word: `bot.core.stopping` reads the letters, whatever the order of the words.
_BY_KIND: Final = {
    # stop, and what says it
    "s": "stop stoppen stoppe stopp stoppes stops stopzetten beeindigen halt stopzetting beeindiging",
    # forms of stop that tell more often than they ask
    "t": "stopt stopte",
    # stop, but only of something
    "b": "ophouden hou-op kappen kap einde eind nokken stopgezet",
    # to end something that has a name
    "N": "annuleren annuleer intrekken trek cancellen cancel deactiveren deactiveer schakel uitschakelen uitzetten",
    # must, and going to
    "O": "moet moeten moogt ga gaan",
    # what somebody is fed up with
    "D": """
        onzin shit zooi gedoe bullshit gezeik gezeur gespam geapp kutberichten dingen dinges flauwekul rotzooi
        kolder gelul onzinberichten gestuur getext gemail gebel
    """,
    # to leave a list
    "o": """
        afmelden afmelding uitschrijven uitschrijving opzeggen opzegging deregistreren unsubscribe unsub afmeld
        deabonneren desabonneren afabonneren uitschrijf meldaf schrijfuit unsubscribed
    """,
    # left
    "p": "afgemeld uitgeschreven opgezegd verwijderd gestopt",
    # to be
    "u": "worden zijn",
    # verbs in two parts
    "l": "meld melden meldt schrijf schrijft schrijven zeg zegt",
    # to take off
    "z": "delete haal halen verwijder verwijderen gooi schrap schrappen doe zet zetten",
    # their second part
    "k": "af uit op eraf eruit",
    # what is sent
    "m": """
        berichten berichtjes bericht berichtje meldingen melding appjes appje apps mails mail oefening tip mailtjes
        mailtje smsjes sms reclame spam notificaties lessen les oefeningen stappen pushberichten tips appberichten
        sms'jes mededelingen herinneringen reminders messages msgs updates nieuwsbrieven rommel troep whatsapp stap
        whatsapps whatsappjes whatsappberichten telegramberichten zever tekstjes telefoontjes
    """,
    # where it comes from
    "g": """
        programma reeks serie abonnement bot chat dienst service inschrijving aanmelding deelname lijst nieuwsbrief
        berichtendienst traject bestand maillijst verzendlijst mailinglijst chatbot robot berichtenlijst
        contactlijst appgroep systeem berichtenreeks cursus training lidmaatschap abbonement abonement abo groep
        chatgesprek gesprekken lessenreeks challenge abonnementje adressenlijst meedoen deelnemen
    """,
    # to send
    "v": """
        app sturen stuur stuurt appen appt mailen smsen versturen zenden zend toesturen spammen storen stoor
        lastigvallen texten messagen berichten-sturen contacteren contacteer benaderen benader verzenden toezenden
        bellen whatsappen doorsturen stalken stalk geappt gemaild benaderd gebeld lastiggevallen sending receiving
        texting messaging spamming opsturen
    """,
    # what it is sent to
    "j": "nummer telefoonnummer gsm-nummer mobielnummer naam",
    # to get
    "r": "ontvangen krijgen hebben zien ontvang toegestuurd gestuurd",
    # no
    "n": "geen gen gin niet ni nie nooit gene geene nimmer",
    # nothing
    "x": "niks niets niemendal nix",
    # no more
    "e": "meer langer verder mer verdere",
    # small words that make "stop" an exclamation
    "1": "eens even",
    # no more, as one word
    "E": "nimeer niemeer nimmeer nietmeer",
    # who
    "i": "ik k ikke",
    # you
    "y": "je jij jullie u gij ge julie jull",
    # me
    "w": "me mij mezelf mijzelf ons mijn mn m'n mzelf uw jouw",
    # to want
    "a": "wil wilt wilde zou wou wens hoef hoeft hoeven graag gelieve liever wenst verzoeke verzoek zouden",
    # small words
    "-": """
        willen met van voor bij aan naar in te om dan eigenlijk heel door en telefoon gsm mobiel via definitief
        helemaal voorgoed altijd volledig vanaf tot keer steeds nog onderstaand of
    """,
    # to be able
    "c": "kan kun kunt kunnen kunde kom",
    # to be allowed
    "q": "mag mogen",
    # how
    "h": "hoe waar",
    # only with a verb of sending
    "V": "vragen vraag check-ins checkins contact",
    # this
    "d": """
        dit dat deze die de het t alle al alles dagelijkse wekelijkse vervelende irritante overige andere zulke zo'n
        een da dees dieje all these your any
    """,
    # with it
    "f": "ermee hiermee daarmee hiervoor hiervan hierin ervoor daarvoor hieraan hieruit er hier daar mee",
}
KINDS: Final = {word: kind for kind, among in _BY_KIND.items() for word in among.split()}

POLITE: Final = frozenset(
    """
    aanstonds ajb allemaal alsjeblief alsjeblieft alstu alstublief alstublieft alsublieft alvast asap asjeblief
    asjebliefd asjeblieft aub bedank bedankt beste betreft blieft bro bruh ciao dag dank dankje dankjewel dankuwel
    direct doeg doei dude dus echt eh eindelijk ewa ff ffs fuck gaarne gast geachte gewoon godverdomme goedemiddag
    goedemorgen goedenavond goedendag groet groeten groetjes gvd hallo hartelijk hartelijke he hee heer hey hierbij
    hoi hoor ja jaa jezus joh jongens kanker klote kut lieve maar man mattie meneer mensen merci meteen mevrouw mvg
    nabij ne nee netjes nogmaals nou nu ok okay oke oki omg onmiddellijk pff pfff please pls plz snel sorry spoedig
    stomme svp team tering terstond thanks thanx thx tnx toch verdomme vriendelijk vriendelijke wallah wel wollah yo
    zsm
    """.split()
)

CALLED: Final = frozenset(
    "beste bro dude gast geachte heer jongens lieve man mannen mattie meneer mensen mevrouw team".split()
)
"""Who is called by these words, unless something stands before them that takes them as its own ("met mijn man")."""

TAKING: Final = frozenset(
    """
    met mijn mn m'n me van voor bij aan naar over om door tegen zonder als de het een die deze dit dat dees zo'n jouw je
    jullie uw onze ons hun zijn haar al alle andere nieuwe oude
    """.split()
)

PHRASES: Final = tuple(
    (re.compile(rf"(?<!\S)(?:{pattern})(?!\S)"), reading)
    for pattern, reading in (
        (r"(?:hou|houd|houdt|schei) (?:er|hier) ?(?:maar )?mee (?:op|uit)", "ophouden ermee"),
        (
            r"(?:ho+u|houd|houdt|schei|hoed) (?:er |hier )?(?:\w+ )??(?:mee )?(?:op|uit)(?: er)?(?= met| mee|$)",
            "hou-op",
        ),
        (r"contact (?:meer )?(?:met (?:mij|me|ons) )?(?:op te nemen|opnemen)(?: met (?:mij|me|ons))?", "meer sturen"),
        (r"hou(?:d|dt)? op|schei(?:d|dt)? uit", "hou-op"),
        (r"uit te schrijven", "uitschrijven"),
        (r"uit schrijven", "uitschrijven"),
        (r"af te melden", "afmelden"),
        (r"af melden", "afmelden"),
        (r"op te zeggen", "opzeggen"),
        (r"stop te zetten", "stopzetten"),
        (r"te beeindigen|beeindig|te stoppen", "stoppen"),
        (r"opt ?(?:me |mij )?out|un subscribe|uit ?loggen en stoppen|stop ?all", "unsubscribe"),
        (r"hoe moet", "hoe kan"),
        (r"k(wil|wou|zou|wens|hoef|heb|ga|ben|doe|stop|krijg)", r"ik \1"),
        (r"laten we(?= stoppen met (?:de|deze|die|jullie|al))", "wil"),
        (r"(?:me|mee|met) da", "met dat"),
        (r"hoe kom ik van (?:deze|die|jullie|de|al die) (?:berichten|appjes|berichtjes) af", "hoe meld ik me af"),
        (r"hoeft niet meer (?:gestuurd|verstuurd|toegestuurd) te worden", "stuur geen berichten meer"),
        (r"lastig te vallen|lastig vallen|contact op te nemen|contact opnemen|contact op nemen|te spammen", "sturen"),
        (r"neem(?:t)? (?P<n>geen|niet) contact(?P<e> meer)? op", "stuur geen meer"),
        (r"val (?:me|mij) (?:niet|nie) (?:meer|langer) lastig", "stuur geen meer"),
        (r"(?:stel|stellen) geen prijs(?: meer)?(?: op)?", "wil geen meer"),
        (
            (
                r"(?:(?:heb|hebben) )?geen (?:interesse|behoefte|belangstelling)(?: meer)?(?= (?:in|aan|voor|hierin"
                r"|hieraan))"
            ),
            "wil geen meer",
        ),
        (r"niet (?:meer |langer )?geinteresseerd(?= in)", "wil geen meer"),
        (r"dank u|dank je", "bedankt"),
        (r"(?:ik )?(?:heb )?geen zin meer (?:in|om)(?= (?:deze|die|jullie|al die|de|het|nog))", "wil geen meer"),
        (r"er ?af", "eraf"),
        (r"op (?:mijn|mn|deze|m'n) (?:telefoon|gsm|mobiel|nummer|whatsapp)", ""),
        (r"ik had (?:me |mij |dit |deze |er |hier )?graag", "ik wil graag"),
        (r"doe(?= geen| niks| niets)", "stuur"),
        (
            (
                r"(?:ik )?ben (?:al )?(?:deze|die|jullie|al die|al deze|de) (?:berichten|berichtjes|appjes"
                r"|meldingen) (?:zat|beu|moe)"
            ),
            "stop de berichten",
        ),
        (
            r"(?:deze|die|verdere|jullie)? ?(?:berichten|berichtjes|appjes) (?:zijn )?(?:niet|on) ?gewenst",
            "geen berichten meer",
        ),
        (r"(?:ik )?zie (?:graag )?af van(?= (?:verdere|deze|de|alle|jullie))", "wil geen meer"),
        (
            (
                r"(?:ik )?(?:doe|hoef|wil) (?:hier(?:aan)? |er(?:aan)? )?(?:niet|ni|nie) (?:meer "
                r"|langer )(?:aan )?(?:mee ?(?:te )?(?:doen|doe)|mee)"
            ),
            "afmelden",
        ),
        (
            r"ik (?:heb|had|ben) (?:me|mij) (?:toch )?al (?:\w{1,6} (?:x|keer|maal) )?(?:afgemeld|uitgeschreven)",
            "afmelden",
        ),
        (
            (
                r"(?:laat|laten) (?:me|mij|ons) (?:met|in) (?:rust|vrede)(?: met (?:die|deze|de|jullie|je"
                r"|al die) (?:berichten|appjes|berichtjes))?"
            ),
            "stop de berichten",
        ),
        (
            (
                r"(?:wil |hoef )?(?:hier |er )?(?:niks|niets|niet) meer van (?:jullie|je|u|deze bot|de bot"
                r"|nabij)(?: (?:te )?(?:horen|zien|ontvangen|krijgen|weten))?"
            ),
            "geen berichten meer",
        ),
        (r"niks meer horen van (?:jullie|je|u|deze bot)", "geen berichten meer"),
        (
            (
                r"maak (?:mijn |deze |de )?(?:inschrijving|aanmelding) ongedaan|(?:mijn |deze |de )?(?:inschrijving"
                r"|aanmelding) ongedaan maken"
            ),
            "afmelden",
        ),
        (
            (
                r"(?:zet|schakel|doe) (?:de |deze |alle |die |mijn )?(?:bot|berichten|meldingen|chat|reeks|programma"
                r"|notificaties|appjes) (?:uit|stop|af|stil)"
            ),
            "stop de berichten",
        ),
        (
            (
                r"(?:de |deze |alle |die )?(?:bot|berichten|meldingen|notificaties|appjes) (?:uit|uitzetten|afzetten"
                r"|uitschakelen)"
            ),
            "stop de berichten",
        ),
    )
)
"""Groups of words that are read as other ones."""

TURNS: Final = re.compile(
    r"arret(?:er|ez)?|stop sending(?: me)?(?: these| your| any)?(?: messages| texts)?|no more (?:messages"
    r"|texts)|stop (?:messaging|texting|spamming)(?: me)?|quit|desinscrire|desabonner|(?:please )?(?:remove"
    r"|unsubscribe|take) me(?: (?:from|off))?(?: (?:the|this|your) list)?|(?:i want to|i wanna|how do i"
    r"|how can i|can i) (?:stop|unsubscribe|opt out)(?: this| these messages)?|cancel(?: my)? (?:subscription"
    r"|messages)|abmelden|stopp bitte|(?:please )?(?:leave me alone|no more|delete me|remove me|opt me out"
    r"|stop it|stop now|end|cancel)|(?:i )?(?:don'?t|don t|do not) (?:want|text|message|send)(?: (?:me|to get"
    r"|to receive|these|this|any|your))*(?: (?:messages|texts|msgs))?(?: any ?more| anymore)?|van (?:de|deze"
    r"|die|jullie) lijst(?: (?:af|halen|graag))?|uit (?:de|deze|die) (?:lijst|groep|chat)(?: halen)?"
    r"|verlaat (?:groep|chat|lijst)|(?:gooi|doe) mijn nummer (?:maar )?weg"
    r"|mijn nummer mag (?:weg|eraf|van (?:de|deze|jullie) lijst(?: af)?)"
    r"|zet (?:me|mij) (?:van|niet meer op) (?:de|deze|die|jullie) lijst(?: af)?"
)
"""How other languages say it, and lists, as a whole clause."""

REASONS: Final = re.compile(
    r"(?:(?:het|dit|t) (?:is|was|wordt|werd) (?:me |mij )?(?:nu |gewoon |wel |even )*(?:te veel|teveel|genoeg"
    r"|genoeg geweest|te druk|niks voor mij|niets voor mij|niet voor mij|mooi geweest|goed zo|goed geweest"
    r"|fijn|fijn geweest|niet wat ik zoek(?:t)?|niet mijn ding|klaar|irritant|vervelend|storend|spam))"
    r"|(?:zo )?is (?:het )?(?:wel )?genoeg(?: zo| geweest)?|genoeg|genoeg zo|te veel|teveel"
    r"|laat(?: maar)?(?: zitten)?|klaar|(?:ik )?(?:heb|had) (?:er |hier )?(?:wel |echt )?(?:genoeg van|genoeg"
    r"|niks aan|niets aan|geen tijd voor|geen tijd|al hulp|al een (?:therapeut|coach|psycholoog)"
    r"|geen behoefte|geen interesse|geen behoefte aan|het te druk|geen zin in|geen zin meer in)"
    r"|(?:ik )?(?:word|wor) (?:er |hier )?(?:\w+ )?(?:gek|moe|onrustig|misselijk) van"
    r"|ik ben er(?: wel)? klaar mee|ik vind het (?:te veel|teveel|niks|niet prettig|niet fijn|irritant"
    r"|vervelend)|(?:dit|het) (?:werkt|past|helpt)(?: me| mij)? niet(?: voor| bij)?(?: mij| me)?|(?:bedankt "
    r"|dank |heel erg )*voor (?:alles|de (?:moeite|berichten|lessen|hulp|tips|steun)|jullie (?:hulp|moeite))"
    r"|(?:ik )?(?:ben )?(?:het|dit) zat|(?:ik )?ben (?:niet|geholpen)(?: (?:meer )?(?:geinteresseerd"
    r"|tevreden))?|niet geinteresseerd|(?:ik )?(?:krijg|kreeg) (?:veel )?(?:te veel|teveel"
    r"|zoveel) (?:berichten|appjes|meldingen)|(?:te veel|teveel) (?:berichten|appjes|meldingen)|(?:jullie"
    r"|je) (?:sturen|stuurt|stuur) (?:me )?(?:veel )?(?:te veel|teveel)|het gaat (?:weer |nu |inmiddels "
    r"|al )*(?:goed|beter|prima)(?: met (?:me|mij))?|(?:ik )?(?:wil|hoef) (?:(?:dit|het|deze) )?(?:niet|nie"
    r"|ni|niks) meer|ik (?:heb|had) (?:er |het |dit |hier )?(?:geen|niet) (?:behoefte )?(?:meer )?(?:nodig"
    r"|aan|behoefte|behoefte aan|behoefte meer aan)|ik heb (?:dit|het|deze berichten"
    r"|de berichten) niet meer nodig|(?:ik )?heb er geen behoefte(?: meer)? aan|(?:het|dit) (?:is"
    r"|was) (?:een )?(?:vergissing|per ongeluk|foutje)|(?:per )?(?:vergissing|ongeluk) (?:aangemeld"
    r"|ingeschreven)|ik (?:lees|bekijk|gebruik|doe) (?:het|ze|dit|er) (?:toch )?(?:niet"
    r"|niks)(?: meer)?(?: mee)?|laat ook|anders|(?:of |anders )?(?:ik )?(?:blokkeer|ga) (?:ik )?(?:je|jullie|u"
    r"|dit nummer|deze chat)(?: anders| blokkeren)?|(?:nog )?(?:een )?fijne(?: avond| week| weekend"
    r"| middag)?(?: nog| verder| gewenst)?|(?:veel )?succes(?: ermee| verder)?|tot ziens|(?:wie|wat) (?:zijn"
    r"|is|ben) (?:jullie|dit|je|u)|hoe kom(?:en|t)? (?:jullie|je|u) aan (?:mijn|mn|dit) nummer|(?:ik )?(?:ken"
    r"|wil) (?:jullie|u|je|dit) (?:helemaal )?niet|verkeerd verbonden|hoe vaak (?:moet ik (?:het"
    r"|dit) )?nog(?: zeggen| vragen| sturen)?|geen interesse(?: meer)?|geen behoefte(?: meer)?"
    r"|niet meer nodig|ik red (?:me|mij|het) (?:wel|zo)|ik (?:meen|bedoel) het|serieus|verkeerde nummer"
    r"|verkeerd nummer|u heeft een verkeerd nummer|ik ken (?:jullie|u|dit) niet"
)
"""What may stand beside a request in a clause of its own; alone it is none."""

STOPPISH: Final = ("stoppen", "afmelden", "uitschrijven", "unsubscribe", "afmelding", "uitschrijving", "opzeggen")

# Words that look like one of ours and mean something else ("geruchten", "bestond"), so that no typo is seen in them:
# those of the Dutch list of pyspellchecker 0.9.1 within reach of a word of a request, and some that it lacks.
OTHER_WORDS: Final = frozenset(
    resources.files(__package__).joinpath("stop_near_words.txt").read_text(encoding="utf-8").split()
)
