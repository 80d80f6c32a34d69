"""The dictionaries of `scrub_health`: lower case, without accents. English, German, French and Spanish for the most
part; Italian, Portuguese, Dutch, Swedish, Norwegian and Polish for the commonest words."""

from __future__ import annotations

_ILLNESSES = """
abortion abtreibung acne addiction adhd adipositas alcoholism alcoholismo alcoolisme alkoholiker alkoholikerin
alkoholsucht allergiker alzheimer alzheimers amputation anaemia anaphylaxis anemia anemie aneurysm angina angine
angioplasty angststorung angstzustande anorexia anorexic ansiedad antibioticos antibiotics antibiotika
antibiotiques antidepresivos antidepressant antidepressants antidepresseurs antidepressiva anxiete anxiety
anxiolytics appendicitis arrhythmia arthritis arthrose arthrosis artritis artrosis asma asmatica asmatico
asperger asthma asthmatic asthmatiker asthmatique asthme autism autistic avc avortement bandscheibenvorfall
biopsy bipolar blinddarmentzundung bluthochdruck borreliose borstkanker bronchite bronchitis bronquitis
brustkrebs bulimia burnout cancer cancereux cancerigeno cancro carcinoma cataract celiac celiaca celiaco
chemioterapia chemo chemotherapie chemotherapy chickenpox chimiotherapie chlamydia cholera cholesterol ciatica
ciaza cirrhose cirrhosis cirrosis cistitis coeliac colitis colonoscopy concussion copd covid covid19 crohn
crohns cukrzyca cystite darmkrebs dementia demenz dengue depresion depressao depressed depressif depressione
depressionen depressiv depressive dermatitis diabete diabetes diabetic diabetica diabetico diabetiker diabetique
dialyse dialysis diphtheria dyslexia dyslexic eczema embarazada embarazo embolism emicrania emphysema
encephalitis endometriose endometriosis entorse entzugsklinik epilepsia epilepsie epilepsy epileptic epileptica
epileptico epileptique erkaltung esquizofrenia essstorung fehlgeburt fibromyalgia flu gallensteine gallstones
gastritis gelbsucht geschlechtskrankheit glaucoma gonorrhea gonorrhoea gout gravid gravida gravidanza gravidez
grippe grossesse gruzlica gurtelrose haemophilia haemorrhoids hartaanval hautkrebs hemophilia hemorrhage
hemorrhoids hepatite hepatitis hernia herpes herzinfarkt herzinsuffizienz herzrhythmusstorung heuschnupfen
hexenschuss hipertensao hipertension hipotiroidismo hirnhautentzundung hirntumor hiv hjarnblodning hjerneslag
hospitalise hospitalised hospitalisee hospitalizada hospitalizado hospitalized hypertendu hypertension
hypertensive hyperthyroidism hypothyroidism hysterectomy ibs ictus impotence incinta incontinence infertile
infertility influenza insomnia insulin ipertensione ischias ivf jaundice kanker kehlkopfkrebs krampfadern
krebserkrankung krebskrank kreft kreuzbandriss leistenbruch leucemia leucemie leukaemia leukemia linfoma
longontsteking lumbago lumbalgia lungenentzundung lungenkrebs lupus lymphoma lymphome magendarmgrippe
magengeschwur magersucht malaria mammogram mandelentzundung mareos masern mastectomy measles melanoma melanome
meningite meningitis menopause menopausia migraine migraines migrana migrane miscarriage mittelohrentzundung
mononucleosis morbillo mri mrt mumps myocarditis neumonia neuralgia neurodermitis neuropathy nierensteine
nierenversagen norovirus nowotwor obesity oncologa oncologist oncologo oncologue onkologe onkologin
osteoarthritis osteoporose osteoporosis otite otitis overdose overspannen pacemaker padaczka painkillers
pancreatitis panikattacken paperas paralysis parkinson parkinsons pneumonia pneumonie polio polmonite postpartum
pregnancy pregnant prostatakrebs prostatitis psiquiatra psoriasis psychiater psychiatre psychiatrist psychose
psychosis psychotherapy psychotic ptsd quimio quimioterapia rabies radioterapia radiotherapy rehab rheuma
rheumatism rhumatismes rotavirus roteln rougeole rubeola rubeole ruckenschmerzen salmonella sarampion scarlatina
scharlach schilddrusenunterfunktion schizophrenia schizophrenic schizophrenie schlafstorung schlaganfall
schmerzmittel schuppenflechte schwanger schwangerschaft schwerbehindert schwerbehinderung sciatica sciatique
sclerose scoliosis seizure seizures sepsis sinusitis statins suchterkrankung suicidal suikerziekte sukkersyke
syphilis tetanus thrombosis tinnitus tonsillitis toxicomanie tremor tuberculose tuberculosis tuberkulose tumor
tumore tumour typhoid ulcer ulcera ulcere urticaria varicela varicella varicelle vasectomy vertiges vertigo vih
windpocken wochenbettdepression zawal zuckerkrank zwanger zwangerschap
"""
ILLNESSES = frozenset(_ILLNESSES.split())
"""Words that tell of somebody's health wherever they stand: illnesses, treatments, states."""

_DRUGS = """
abilify acyclovir adalimumab adderall albuterol alprazolam amitriptyline amlodipine amoxicillin apixaban
aripiprazole atenolol atomoxetine atorvastatin azathioprine azithromycin baclofen bisoprolol budesonide
buprenorphine bupropion buspirone candesartan carbamazepine carvedilol cetirizine ciprofloxacin citalopram
clonazepam clopidogrel clozapine codeine concerta cyclosporine dexamethasone diazepam diclofenac digoxin
diltiazem donepezil doxycycline duloxetine eliquis enalapril escitalopram esomeprazole estradiol famotidine
fentanyl finasteride fluconazole fluoxetine fluticasone furosemide gabapentin glipizide haloperidol heparin
humira hydrochlorothiazide hydrocodone hydroxychloroquine ibuprofen imatinib insulin ketamine lamotrigine
lansoprazole latanoprost letrozole levetiracetam levothyroxine lexapro lisinopril loratadine lorazepam losartan
meloxicam memantine metamizol metformin methadone methotrexate methylphenidate metoclopramide metoprolol
mirtazapine montelukast morphine naloxone naproxen nitroglycerin novalgin olanzapine omeprazol omeprazole
ondansetron oxycodone ozempic pantoprazol pantoprazole paracetamol paroxetine penicillin phenobarbital
pioglitazone pravastatin prednisolone prednisone pregabalin propranolol prozac quetiapine ramipril risperidone
ritalin rituximab rivaroxaban rosuvastatin salbutamol semaglutide sertraline sildenafil simvastatin sitagliptin
spironolactone sumatriptan tacrolimus tamoxifen tamsulosin topiramate tramadol trastuzumab trazodone truvada
valium valproate valsartan venlafaxine ventolin verapamil viagra vicodin warfarin wegovy xanax xarelto zoloft
zolpidem
"""
DRUGS = frozenset(_DRUGS.split())

_IF_SOMEBODY_HAS_IT = """
alergia cancer covid depresion depression depressions embarazo enceinte fever fieber gripe grippe infarto krebs
migraine rhume shingles sida
"""
IF_SOMEBODY_HAS_IT = frozenset(_IF_SOMEBODY_HAS_IT.split())
"""Words that mean an illness only where somebody has it ("tengo gripe", "er hat Krebs")."""

_HAVING = """
a ai an avere avoir chronic clinical con est esta estoy from got ha habe haben had has hat hatte have having heb
heeft ho leidet mit postnatal schwere severe suffers suis tengo tenia tiene tienen un une with
"""
HAVING = frozenset(_HAVING.split())
"""What stands, with one word between at most, before an illness that somebody has."""

_PHRASES = """
a mild stroke; after a stroke; alzheimer s disease; angst attacken; anxiety disorder; ataque al corazon; attaque
cerebrale; autism spectrum; azucar alta; back pain; back surgery; bee allergy; beta blockers; bipolar disorder;
blood clot; blood clots; bowel cancer; brain surgery; brain tumor; brain tumour; breast cancer; broken arm;
broken hip; broken leg; broken wrist; burn out; bypass surgery; cat allergy; celiac disease; cerebral palsy;
cervical cancer; chronic pain; colon cancer; conduct disorder; covid 19; covid positive; crise cardiaque; crohn
s disease; cystic fibrosis; diabetes typ 1; diabetes typ 2; diabetes type 1; diabetes type 2; dog allergy; dolor
de espalda; down s syndrome; down syndrome; drug rehab; dust allergy; eating disorder; egg allergy; esclerosis
multiple; eye surgery; gestational diabetes; gluten intolerance; gluten intolerant; had a stroke; had surgery;
having a stroke; hearing loss; heart attack; heart disease; heart failure; heart murmur; heart surgery; hernia
de disco; hernie discale; high blood pressure; hip surgery; hiv positiv; hiv positive; hoge bloeddruk; hoher
blutdruck; in rehab; infarto de miocardio; kidney disease; kidney failure; kidney stones; knee surgery; lactose
intolerance; lactose intolerant; latex allergy; liver disease; liver failure; low blood pressure; lung cancer;
lyme disease; magen darm grippe; magen darm infekt; malattia cardiaca; mental breakdown; mental illness; milk
allergy; mood disorder; multiple sclerosis; multiple sklerose; nervous breakdown; nut allergy; on dialysis;
ovarian cancer; panic attack; panic attacks; panic disorder; parkinson s disease; peanut allergy; penicillin
allergy; personality disorder; pollen allergy; presion alta; prostate cancer; sclerose en plaques; sclerosi
multipla; shellfish allergy; sickle cell; skin cancer; sleep disorder; slipped disc; substance abuse; suffered a
stroke; tension arterielle; trastorno alimentario; trastorno bipolar; trastorno de ansiedad; type 1 diabetes;
type 2 diabetes; wasp allergy; whooping cough
"""
PHRASES = frozenset(" ".join(phrase.split()) for phrase in _PHRASES.split(";"))
MOST_WORDS = 4
"""Words of the longest phrase."""

_ABSENCE = """
arbeitsunfahig; arbeitsunfahigkeit; arret maladie; baja medica; baja por enfermedad; disability leave; krankenschein;
krankgeschrieben; krankmeldung; krankschreibung; maternity leave; medical leave; reha; sick leave; sick note; ziek
gemeld
"""
ABSENCE = frozenset(" ".join(phrase.split()) for phrase in _ABSENCE.split(";"))
"""Words of an absence for health: they tell something only where no illness that is taken out does."""
