"""Words that tell of somebody's health: dictionaries, and what stands behind a word that announces it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from understudy.redact.scrub_normal import fold
from understudy.redact.scrub_span import Span


def _words(written: str) -> frozenset[str]:
    return frozenset(written.split())


ILLNESSES = _words(
    # English, and what other languages share with it, folded
    "acne addiction adhd alcoholism alzheimer alzheimers amputation anaemia anemia aneurysm angina anorexia "
    "anorexic appendicitis arrhythmia arthritis arthrosis asperger asthma asthmatic autism autistic bipolar "
    "bronchitis bulimia burnout cancer carcinoma cataract celiac coeliac chemo chemotherapy chlamydia cholera "
    "cholesterol "
    "cirrhosis colitis colonoscopy concussion copd covid crohn crohns dementia dengue depressed dermatitis diabetes "
    "diabetic dialysis diphtheria dyslexia dyslexic eczema embolism emphysema encephalitis endometriosis epilepsy "
    "epileptic fibromyalgia gallstones gastritis glaucoma gonorrhea gonorrhoea gout haemophilia hemophilia "
    "haemorrhoids "
    "hemorrhoids hepatitis hernia herpes hiv hypertension hyperthyroidism hypothyroidism hypertensive hysterectomy "
    "ibs "
    "infertile infertility influenza insomnia insulin ivf jaundice leukaemia leukemia lupus lymphoma malaria "
    "mammogram "
    "mastectomy measles melanoma meningitis menopause migraine migraines miscarriage mononucleosis mumps myocarditis "
    "neuralgia neuropathy obesity osteoarthritis osteoporosis overdose pancreatitis paralysis parkinson parkinsons "
    "pneumonia polio postpartum pregnancy pregnant prostatitis psoriasis psychosis psychotic psychotherapy ptsd "
    "rabies "
    "radiotherapy rheumatism salmonella scarlatina schizophrenia schizophrenic schizophrenie sciatica scoliosis "
    "sepsis "
    "shingles sinusitis suicidal syphilis tetanus thrombosis tinnitus tonsillitis tuberculosis tumor tumour typhoid "
    "ulcer urticaria vasectomy vertigo "
    # German
    "adipositas allergiker angststorung arthrose asthmatiker bandscheibenvorfall blinddarmentzundung bluthochdruck "
    "borreliose brustkrebs chemotherapie darmkrebs demenz depression depressionen depressiv diabetiker entzugsklinik "
    "epilepsie fehlgeburt gelbsucht geschlechtskrankheit grippe gurtelrose hautkrebs hepatitis herzinfarkt "
    "herzinsuffizienz herzrhythmusstorung hirnhautentzundung hirntumor kehlkopfkrebs krebserkrankung krebskrank "
    "krankgeschrieben krankschreibung krampfadern lungenentzundung lungenkrebs magersucht magengeschwur "
    "mandelentzundung "
    "masern migrane mittelohrentzundung neurodermitis nierenversagen osteoporose panikattacken prostatakrebs "
    "psychose "
    "rheuma schlaganfall schlafstorung schilddrusenunterfunktion schuppenflechte schwanger schwangerschaft "
    "schwerbehindert schwerbehinderung suchterkrankung tuberkulose wochenbettdepression zuckerkrank arbeitsunfahig "
    "arbeitsunfahigkeit "
    # French
    "anemie angine anxiete arthrose asthme asthmatique avortement cancereux chimiotherapie cirrhose depressif "
    "depressive "
    "diabete diabetique dialyse eczema enceinte endometriose epilepsie epileptique grossesse hepatite "
    "hypertendu leucemie lymphome melanome meningite pneumonie psoriasis rougeole rubeole sclerose sida "
    "tuberculose varicelle zona rhumatismes "
    # Spanish, Portuguese, Italian
    "anemia ansiedad artritis artrosis asma asmatica asmatico bronquitis cancerigeno cirrosis depresion "
    "diabetica diabetico embarazada embarazo epilepsia epileptica epileptico esquizofrenia hipertension "
    "hipotiroidismo "
    "ictus leucemia linfoma meningitis migrana neumonia quimioterapia radioterapia sarampion tuberculosis varicela "
    "gravida gravidez depressao hipertensao pneumonia asma diabete gravidanza incinta cancro tumore polmonite "
    "ipertensione "
    "depressione morbillo varicella emicrania chemioterapia celiaca celiaco "
    # Dutch, Nordic, Polish
    "borstkanker kanker longontsteking suikerziekte zwanger zwangerschap overspannen hartaanval hjerneslag "
    "hjarnblodning "
    "gravid kreft sukkersyke diabetiker cukrzyca gruzlica nowotwor padaczka zawal ciaza "
)
DRUGS = _words(
    "abilify acyclovir adalimumab adderall albuterol alprazolam amitriptyline amlodipine amoxicillin apixaban "
    "aripiprazole atenolol atomoxetine atorvastatin azathioprine azithromycin baclofen bisoprolol budesonide "
    "buprenorphine "
    "bupropion buspirone candesartan carbamazepine carvedilol cetirizine ciprofloxacin citalopram clonazepam "
    "clopidogrel "
    "clozapine codeine concerta cyclosporine dexamethasone diazepam diclofenac digoxin diltiazem donepezil "
    "doxycycline "
    "duloxetine eliquis enalapril escitalopram esomeprazole estradiol famotidine fentanyl finasteride fluconazole "
    "fluoxetine fluticasone furosemide gabapentin glipizide haloperidol heparin humira hydrochlorothiazide "
    "hydrocodone "
    "hydroxychloroquine ibuprofen imatinib insulin ketamine lamotrigine lansoprazole latanoprost letrozole "
    "levetiracetam "
    "levothyroxine lexapro lisinopril lithium loratadine lorazepam losartan meloxicam memantine metformin methadone "
    "methotrexate methylphenidate metoclopramide metoprolol mirtazapine montelukast morphine naloxone naproxen "
    "nitroglycerin olanzapine omeprazole ondansetron oxycodone ozempic pantoprazole paracetamol paroxetine "
    "penicillin "
    "phenobarbital pioglitazone pravastatin prednisolone prednisone pregabalin propranolol prozac quetiapine "
    "ramipril "
    "risperidone ritalin rituximab rivaroxaban rosuvastatin salbutamol semaglutide sertraline sildenafil simvastatin "
    "sitagliptin spironolactone sumatriptan tacrolimus tamoxifen tamsulosin topiramate tramadol trastuzumab "
    "trazodone "
    "truvada valium valproate valsartan venlafaxine verapamil viagra vicodin warfarin xanax xarelto zoloft zolpidem "
    "wegovy ventolin metamizol novalgin ramipril bisoprolol pantoprazol omeprazol metoprolol"
)
_SICK = _words("krebs depression gripe cancer infarto alergia sida grippe rhume depresion embarazo covid fever fieber")
"""Words that mean an illness only where somebody has it ("tengo gripe", "er hat Krebs")."""
_HAS = _words(
    "has have had having got with hat haben habe hatte leidet an a avoir ai une un tengo tiene tenia tienen con "
    "ha ho avere heeft heb con mit suffers from"
)
_STEMS = re.compile(
    r"(?:krebs|depressions|epilepsie|diabetes|hepatitis|krankenhausaufenthalt|schwanger|tumor|herz(?:fehler|klappen"
    r"|schwache)"
    r"|multiplesklerose|suizid|karzinom)\w*|\w{3,}(?:karzinom|entzundung|krebs|leukamie|insuffizienz|neurose"
    r"|psychose|phobie)",
)
_PHRASES = re.compile(
    r"high blood pressure|low blood pressure|heart (?:attack|failure|disease|surgery|murmur)|panic attacks?"
    r"|anxiety disorder"
    r"|(?:eating|mood|sleep|personality|bipolar|conduct|panic|autism spectrum) disorder|kidney (?:failure|stones?"
    r"|disease)"
    r"|liver (?:failure|disease)|multiple sclerosis|cystic fibrosis|cerebral palsy|sickle cell|down syndrome"
    r"|crohn s disease|parkinson s(?: disease)?|alzheimer s(?: disease)?|lyme disease|celiac disease"
    r"|gestational diabetes"
    r"|type [12] diabetes|diabetes (?:type|typ) [12]|(?:breast|lung|prostate|colon|skin|bowel|ovarian"
    r"|cervical) cancer"
    r"|brain tumou?r|blood clots?|mental (?:illness|breakdown)|nervous breakdown|substance abuse|drug rehab|in rehab"
    r"|sick leave|sick note|medical leave|maternity leave|disability leave|on dialysis|nut allergy|peanut allergy"
    r"|(?:allergic|allergisch) (?:to|gegen) \w+|allergi(?:que|co|ca|c) (?:a|aux|al|à) \w+|blood (?:type|group) \w+"
    r"|blutgruppe \w+|hiv positiv\w*|hiv positive|slipped disc|broken (?:leg|arm|hip|wrist)|covid positive"
    r"|hoher blutdruck|multiple sklerose|sclerose en plaques|esclerosis multiple|arret maladie|crise cardiaque"
    r"|attaque cerebrale|tension arterielle|baja (?:medica|por enfermedad)|ataque al corazon|presion alta|azucar alta"
    r"|infarto de miocardio|trastorno (?:de ansiedad|bipolar|alimentario)|malattia cardiaca|sclerosi multipla"
    r"|hoge bloeddruk|ziek gemeld|burn out|cancer (?:du|de la|des|de|del) \w+|fracture (?:du|de la|of) \w+"
)
_PHRASE_WORDS = (
    *("blood", "heart", "panic", "disorder", "kidney", "liver", "sclero", "fibrosis", "palsy", "sickle", "down s"),
    *("disease", "parkinson", "alzheimer", "diabetes", "cancer", "brain", "mental", "nervous", "substance", "rehab"),
    *(
        "sick",
        "leave",
        "dialysis",
        "allerg",
        "blutgruppe",
        "hiv",
        "slipped",
        "broken",
        "covid",
        "blutdruck",
        "sklerose",
    ),
    *("esclerosis", "arret", "crise", "attaque", "tension", "baja", "ataque", "presion", "azucar", "infarto"),
    *("trastorno", "malattia", "bloeddruk", "ziek", "burn out", "fracture"),
)
_BLOOD = re.compile(
    r"\b(?:type|group|groupe sanguin|blutgruppe|grupo sangu[íi]neo)\W{1,3}(?:AB|A|B|0|O) ?(?:positive|negative"
    r"|positiv|negativ|\+|-)",
    re.I,
)
_DOSE = re.compile(r"(?<![\w-])[^\W\d_]{5,30} \d{1,4}(?:[.,]\d{1,2})? ?(?:mg|mcg|µg|μg|IU)(?!\w)", re.IGNORECASE)
_HEALTH_TOLD = re.compile(
    r"(?:diagnos(?:is|es|e|en|ed with|ed as|tiqu[ée]e?|tico)|diagn[óo]stico|diagnosi|\bbefund(?:e"
    r"|s)?\b(?: liegt vor)?|erkrankung|krankheit\w*"
    r"|\ballerg(?:y|ies|ie|ien|ia|ias|ien)|symptome?s?|s[íi]ntomas?|medications?\b|medikamente?\b|\bprescri(?:ption"
    r"|bed)"
    r"|\bordonnance|\breceta\b|medical (?:certificate|history|condition|note|record)|patient(?:en)? ?(?:file|note"
    r"|akte|record)"
    r"|patient\.\w{2,12}|maladie|enfermedad|ziekte|illness|disability|behinderung|blood (?:type|group)|blutgruppe"
    r"|attest|certificat m[ée]dical|certificado m[ée]dico|krankschreibung|diagnoza|choroba)"
    r"[\"')\]]{0,2}[ \t]{0,2}(?:[:=]|->|[ \t]-[ \t]|(?<=with)"
    r"|(?<=as))[ \t]{0,2}[\"'(]{0,2}(?P<value>[^\W_][^\n;|\"')\]&<>]{1,60})",
    re.IGNORECASE,
)
_HEALTH_TOLD_WORDS = (
    *("diagn", "befund", "krank", "allerg", "mpto", "nto", "medi", "prescri", "ordonnance", "receta", "patient"),
    *("maladie", "enfermedad", "ziekte", "illness", "disability", "behinderung", "blood", "blutgruppe", "attest"),
    *("certif", "choroba"),
)
_NOTHING = re.compile(
    r"(?:yes|no|none|n/?a|ja|nein|keine?|oui|non|aucune?|s[íi]|ninguna?|nada|nessuna?|nee|geen|true|false|null|nil"
    r"|unknown"
    r"|ok|optional|required|pending|open|closed|new|used|good|fair|like new|refurbished|select\b.*|choose\b.*|all"
    r"|\W*)",
    re.IGNORECASE,
)


def find_health(text: str) -> Iterator[Span]:
    """Each word in a normalised text that tells of an illness, a drug or a treatment; spans may overlap."""
    folded = fold(text)
    plain = folded.text
    words = [(match.group(), match.start(), match.end()) for match in _WORD.finditer(plain)]
    for index, (word, start, end) in enumerate(words):
        if len(word) < 3:
            continue
        told = word in ILLNESSES or word in DRUGS
        if not told and word in _SICK:
            told = any(before in _HAS for before, *_ in words[max(0, index - 2) : index])
        if not told and len(word) > 6:
            told = _STEMS.fullmatch(word) is not None
        if told:
            yield Span("health", *folded.original(start, end), word)
    if any(word in plain for word in _PHRASE_WORDS):
        for match in _PHRASES.finditer(plain):
            if _whole(plain, match):
                yield Span("health", *folded.original(*match.span()), match.group())
    lower = text.casefold()
    if "blut" in lower or "blood" in lower or "sangu" in lower:
        for match in _BLOOD.finditer(text):
            yield Span("health", *match.span(), match.group().casefold())
    if "g" in lower or "iu" in lower:
        for match in _DOSE.finditer(text):
            yield Span("health", *match.span(), match.group().casefold())
    if any(word in lower for word in _HEALTH_TOLD_WORDS):
        yield from _told_health(text)


_WORD = re.compile(r"[^\W_]+")


def _told_health(text: str) -> Iterator[Span]:
    for match in _HEALTH_TOLD.finditer(text):
        value = match["value"].rstrip(" .,!?-")
        if value and not _NOTHING.fullmatch(value):
            start = match.start("value")
            yield Span("health", start, start + len(value), value.casefold())


def _whole(plain: str, match: re.Match[str]) -> bool:
    start, end = match.span()
    return (start == 0 or plain[start - 1] == " ") and (end == len(plain) or plain[end] == " ")


def harmless_answer(text: str) -> bool:
    """True for what a form holds that tells nothing: yes, none, n/a."""
    return _NOTHING.fullmatch(text.strip()) is not None
