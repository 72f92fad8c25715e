"""Words of treaties and bodies in other languages, so that a name is known where its data have English only.

Only common words stand here, never names; they are for comparing, and nothing is shown in translation. Words
are as ``fold`` leaves them; several words in one line stand for one.
"""

_WORDS = """
action: accion, aktion, acao, azione
agency: agence, agencia, agentur, agenzia
agreement: accord, acuerdo, abkommen, acordo, accordo
animals: animaux, animales, tiere, animais, animali
areas: aires, gebiete
bank: banque, banco, banca
biodiversity: biodiversite, biodiversidad, biodiversitat, biodiversidade, biodiversita
biodiversity: biologische vielfalt, biologischen vielfalt
birds: oiseaux, aves, vogel, uccelli
centre: zentrum, centro
cities: villes, ciudades, stadte, cidades, citta
climate: climat, clima, klima
commission: comision, kommission, comissao, commissione
committee: comite, ausschuss, komitee, comitato
conference: conferencia, konferenz, conferenza
connectivity: connectivite, conectividad, konnektivitat, conectividade, connettivita
conservation: conservacion, conservacao, conservazione, erhaltung
convention: convencion, convenio, konvention, ubereinkommen, convencao, convenzione
cooperation: cooperacion, zusammenarbeit, cooperacao, cooperazione
corridors: corredores, korridore, corridoi, couloirs
council: conseil, consejo, rat, conselho, consiglio
democratic: democratique, democratica, demokratische, demokratischen
decision: entscheidung, beschluss, decisao, decisione
desertification: desertificacion, desertificacao, wustenbildung, desertificazione
development: developpement, desarrollo, entwicklung, desenvolvimento, sviluppo
economic: economique, economica, economico, wirtschaftliche
ecological: ecologique, ecologiques, ecologica, ecologicas, ecologico, okologische, okologischen
elephants: elefantes, elefanten, elefanti
environment: environnement, medio ambiente, umwelt, meio ambiente, ambiente
europe: europa
european: europeen, europeenne, europeo, europea, europaische, europaischen, europeu, europeia
facility: fazilitat
family: famille, familia, familie, famiglia
forum: foro
framework: cadre, marco, rahmen, quadro
fund: fonds, fondo, fundo
global: mondial, mondiale, mondiales, mundial, mundiales, globale, globaler, globalen
goal: objectif, objetivo, ziel, obiettivo
goals: objectifs, objetivos, ziele, obiettivi
government: gouvernement, gobierno, regierung, governo
group: groupe, grupo, gruppe, gruppo
initiative: iniciativa, iniziativa
institute: institut, instituto, istituto
international: internationale, internacional, internazionale, internationaler
law: droit, derecho, diritto, direito
list: liste, lista
marine: marin, marina, marines, marinas, marinos
meeting: reunion, sitzung, riunione, reuniao
migratory: migratrices, migrateurs, migratorias, migratorios, wandernde, wandernden, migratorie
mountains: montagnes, montanas, gebirge
national: nationale, nacional, nazionale, nationaux
natural: naturel, naturels, naturelle, naturelles, naturales, naturlichen, naturais, naturali
nature: naturaleza, natur, natura, natureza
network: reseau, red, netzwerk, rete, rede
organisation: organizacion, organizacao, organizzazione
park: parc, parque, parco
partnership: partenariat, asociacion, partnerschaft, alianza
programme: programa, programm, programma
plan: plano, piano
project: projet, proyecto, projekt, projeto, progetto
protected: protegees, protegidas, protegidos, geschutzte, geschutzten, protette
protection: proteccion, schutz, protecao, protezione
republic: republique, republica, republik, repubblica
resolution: entschliessung, resolucao, risoluzione
scientific: scientifique, cientifico, cientifica, wissenschaftlicher, wissenschaftlichen
sea: mer, mar, meer, mare
secretariat: secretaria, sekretariat, segretariato
session: sesion, sessione, tagung
society: societe, sociedad, gesellschaft, societa
space: spatiale, espacial, weltraum, spaziale
specialist: especialista, specialistes, spezialisten
species: especes, especie, especies, arten, specie
standing: permanent, permanente, standiger
strategic: strategique, estrategica, estrategico, strategischer, strategico
sustainable: durable, sostenible, nachhaltige, sustentavel, sostenibile
target: cible, meta
targets: cibles, metas
university: universite, universidad, universitat, universita, universidade
union: unione, uniao
water: eau, agua, wasser, acqua
wetlands: zones humides, humedales, feuchtgebiete, zonas humedas, zone umide
wildlife: vie sauvage, vida silvestre, faune sauvage, fauna silvestre
"""

ENGLISH: dict[tuple[str, ...], str] = {
    tuple(other.split()): english.strip()
    for english, _, others in (line.partition(":") for line in _WORDS.strip().splitlines())
    for other in others.split(",")
    if other.strip() and other.strip() != english.strip()
}
"""Words as they are folded, to one English word."""
