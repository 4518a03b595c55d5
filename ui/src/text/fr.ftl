# Tout ce que lit l’utilisateur, en français. Rust et les fenêtres partagent ce fichier.
# Les identifiants et variables sont ceux de en.ftl.

## Common words

back = Retour
cancel = Annuler
close = Fermer
continue = Continuer
copy = Copier
copied = Copié
more = Plus
asking = Recherche dans le CRM
version = Version
detail = Détail
rail = Pages

## Lengths, days and ages

length-s = { $n } s
length-min = { $n } min
length-h = { $h } h { $m }
day-today = Aujourd’hui
day-yesterday = Hier
ago-now = à l’instant
ago-s = il y a { $n } s
ago-min = il y a { $n } min
ago-h = il y a { $n } h
ago-days = { $n ->
        [one] il y a { $n } jour
       *[other] il y a { $n } jours
    }
until-s = dans { $n } s
until-min = dans { $n } min
until-h = dans { $n } h
time-there = { $time } sur place

## The pages

page-calls = Appels
page-to-file = À classer
page-contacts = Contacts
page-overview = Vue d’ensemble
page-settings = Réglages
page-diagnostics = Diagnostic
badge-stuck = { $n ->
        [one] appel vous attend
       *[other] appels vous attendent
    }
badge-to-file = { $n ->
        [one] appel à classer
       *[other] appels à classer
    }
calls = Appels
contacts = Contacts
settings = Réglages
diagnostics = Diagnostic
overview = Vue d’ensemble
telephony = Téléphonie

## The state of a call

card-calls = Appels en cours
announce = { $what } : { $who }. { $line }
mood-ringing = Appel entrant
mood-dialing = Appel en cours d’émission
mood-handed-over = Transmis à { $softphone }
mood-talking = En ligne
mood-held = En attente
mood-wrap-up = Appel terminé · à classer
result-inbound = Appel entrant
result-outbound = Appel sortant
result-missed = Appel manqué
result-declined = Appel refusé
result-refused = Appel rejeté
result-cancelled = Appel abandonné
result-busy = Ligne occupée
result-failed = Sans réponse
end-completed = répondu
end-missed = manqué
end-declined = refusé
end-cancelled = abandonné
end-busy = occupé
end-failed = sans réponse
unverified = Non vérifié
unverified-why = Le téléphone n’a pas présenté sa clé. Rien n’est enregistré tant que vous ne classez pas cet appel.
tells-nothing = { $softphone } n’indique pas la suite de l’appel. Dites-le à Callside :
say-answered = On a répondu
say-ended = L’appel est terminé

## Who calls

withheld = Numéro masqué
withheld-more = L’appelant masque son numéro.
caller-says = La ligne annonce « { $name } ».
sure-exact = exact
others = { $n ->
        [one] { $n } autre fiche
       *[other] { $n } autres fiches
    }
others-label = Fiches avec ce numéro
others-why = D’autres fiches partagent ce numéro ({ $keys })
could-be = { $n ->
        [one] Est-ce cette personne ?
       *[other] Est-ce l’une de ces personnes ?
    }
could-be-yes = Oui
stored-as = noté { $text }
open-in-crm = Ouvrir dans { $crm }
no-marketing-calls = Ne souhaite pas de démarchage
create-contact = Créer une fiche
attach-to = Rattacher à…
log-when-found = Enregistrer plus tard
attach-title = Rattacher l’appel à
copy-age = Fiche copiée { $ago }
role-client = Client
role-prospect = Prospect
role-supplier = Fournisseur
kind-individual = particulier
kind-company = société
kind-contact = contact
kind-lead = piste
kind-account = compte
kind-person-account = compte personnel
kind-customer = client
number-mobile = mobile
number-fixed-line = fixe
number-shared-cost = numéro à coût partagé
number-premium-rate = numéro surtaxé
number-toll-free = numéro gratuit
number-voip = ligne internet
number-short = numéro court
number-withheld = masqué
number-unknown = type de ligne inconnu
number-unreadable = Ce numéro est illisible.
field-phone = Téléphone
field-mobile = Mobile
field-home = Domicile
field-assistant = Assistant
field-other = Autre
field-fax = Fax
fact-company = Société
fact-opportunity = Opportunité
fact-last-call = Dernier appel
fact-note = Note du CRM
fact-owner = Responsable
fact-tags = Étiquettes
fact-email = E-mail
fact-age = Copie
fact-none = Aucune
fact-unavailable = Le CRM ne répond pas
opportunity-none = Aucune en cours
opportunity-not = Sans opportunité
opportunity-open = Ouvrir dans le CRM
opportunity-switch = Choisir une autre opportunité

## Notes, tags, filing

wrap-up = Compte rendu
notes = Notes
notes-hint = Notes… { $keys }
notes-left = { $n ->
        [one] { $n } caractère restant
       *[other] { $n } caractères restants
    }
tag-add = Ajouter une étiquette
tag-hint = étiquette
tag-remove = Retirer { $tag }
tag-offers = Étiquettes proposées
disposition = Issue
disposition-none = Sans issue
disposition-reached = Joint
disposition-call-back = À rappeler
disposition-left-message = Message laissé
disposition-no-answer = Sans réponse
disposition-wrong-number = Faux numéro
disposition-not-interested = Pas intéressé
saved = Enregistré sur ce poste
saving = Enregistrement
not-saved = Pas encore enregistré, nouvel essai
file = Classer
put-aside = De côté
not-now = Plus tard
discard-call = Ne pas enregistrer cet appel
goes-to = Ira dans { $crm } : { $names }.
goes-to-nobody = Attendra que { $crm } connaisse ce numéro.
goes-to-opportunity = l’opportunité { $name }
missing = Il manque : { $what }.
missing-contact = un contact
missing-choice = le choix du contact
missing-decision = que faire du numéro inconnu
missing-disposition = l’issue
missing-note = une note
files-itself = Se classera { $when }.
not-logged-no-connection = Aucun CRM n’est relié : l’appel reste sur ce poste.
not-logged-line = Les appels de cette ligne ne sont pas enregistrés.
not-logged-source = Les appels de ce téléphone ne sont pas enregistrés.
undo = Annuler
undo-filed = Classé : { $name }
undo-discarded = Non enregistré : { $name }

## Dialling

dial = Appeler
dial-send = Transmettre à { $softphone }
dial-request = Appeler ce numéro ?
dial-from-link = depuis un lien
dial-from-command-line = depuis la ligne de commande
dial-from-shortcut = depuis le raccourci
dial-from-window = depuis Callside
dial-nobody = Personne dans vos contacts n’a ce numéro.
dial-could-be = Peut-être : { $names }
dial-last = Dernier appel { $when }
dial-with = Avec { $softphone }
dial-hands-over = { $softphone } reçoit le numéro ; vous y lancez l’appel
dial-warn-premium-rate = Numéro surtaxé : l’appel coûte plus que le tarif normal.
dial-warn-shared-cost = Ce numéro coûte plus qu’un appel normal.
dial-warn-unusual-country = Vous appelez rarement ce pays ({ $country }). Vérifiez le numéro avant d’appeler.
dial-warn-emergency = C’est un numéro d’urgence.
dial-warn-short-number = C’est un numéro court ; il est composé tel quel.
dial-warn-unknown-number = Aucun pays n’a de numéro de cette forme. Il est peut-être faux.
dial-warn-no-marketing-calls = Ce contact ne souhaite pas de démarchage.
dial-refused-service-code = Ce lien contient un code de service avec * ou #. Callside ne compose jamais ces codes depuis un lien.
dial-refused-no-number = Ce lien ne contient pas de numéro.
dial-refused-too-long = C’est trop long pour être un numéro.
dial-refused-no-softphone = Aucun téléphone n’est réglé pour appeler. Choisissez-en un dans les réglages.
dial-refused-softphone-away = Le téléphone ne répond pas. Démarrez-le, puis cliquez de nouveau sur le numéro.
call-back = Appeler
call-number = Appeler le { $number }

## The call list

search-calls = Rechercher un appel
search-contacts = Nom, société ou numéro
filters = Quels appels
filter-all = Tous
filter-today = Aujourd’hui
filter-missed = Manqués
filter-waiting = En route
filter-stuck = Bloqués
filter-unknown = Inconnus
mark-live = En cours
mark-to-file = À classer
mark-not-logged = Non enregistré
mark-waiting = En route vers le CRM
mark-checking = En vérification dans le CRM
mark-delivered = Dans le CRM
mark-stuck = Vous attend
load-more = Appels plus anciens
choose-call = Choisissez un appel pour voir son déroulement.
choose-contact = Choisissez un contact.
show-contact = Voir la fiche
no-calls = Aucun appel pour l’instant.
empty-calls = Aucun appel pour l’instant
empty-calls-text = Dès que votre téléphone sonne, l’appel apparaît ici. Vérifiez que votre téléphone signale ses appels à Callside.
empty-calls-connect = Reliez votre CRM pour que Callside sache qui appelle, puis réglez votre téléphone.
empty-connect = Relier un CRM
empty-telephony = Régler le téléphone
empty-to-file = Rien à classer
empty-to-file-text = Les appels terminés qui vous attendent se rangent ici.
empty-filter = Aucun appel de ce type
empty-search = Rien pour « { $words } »
empty-search-text = Essayez une autre orthographe ou des chiffres du numéro.
empty-contacts = Aucun contact pour l’instant
empty-contacts-text = Callside garde une copie des contacts de votre CRM pour nommer l’appelant aussitôt.

## The story and the deliveries

story = Déroulement
story-rang = Sonnerie
story-dialled = Appel émis
story-handed-over = Transmis au téléphone
story-matched = Trouvé :
story-answered = Décroché
story-held = Mise en attente
story-resumed = Reprise
story-ended = Raccroché
story-corrected = Corrigé par une information tardive
story-filed = Classé
story-filed-itself = Classé automatiquement
story-undone = Classement annulé
story-discarded = À ne pas enregistrer
story-tried = Essai :
story-in-doubt = Issue inconnue, vérification :
story-delivered = Dans le CRM :
story-stuck = Bloqué :
story-amended = Modification ajoutée
late-note = Compléter la note
late-note-text = Ce que vous changez ici parvient aussi au compte rendu dans le CRM.
deliveries = Dans le CRM
delivery-waiting = En route
delivery-checking = En vérification
delivery-delivered = Enregistré
delivery-stuck = Bloqué
delivery-open = Ouvrir
delivery-beside = Quelqu’un a modifié le compte rendu dans { $crm }. Votre ajout figure à côté, en commentaire.
delivery-watched = Recherché à chaque lecture ; à vous de décider { $when }.
delivery-next = { $n ->
        [one] Prochain essai { $when }, { $n } essai jusqu’ici
       *[other] Prochain essai { $when }, { $n } essais jusqu’ici
    }
way-retry = Réessayer
way-attach = Rattacher à…
way-create = Créer une fiche
way-reconnect = Se reconnecter
way-discard = Abandonner

## Contacts

contact-search = Nom, société ou numéro
contact-search-none = Personne.
new-contact-name = Nom
new-contact-email = E-mail
new-contact-kind = Créer comme
new-contact-number = Avec le numéro { $number }.
new-contact-create = Créer
clean-up = À mettre en ordre dans le CRM
clean-none = Rien à ranger ici.
clean-nobody = Appels sans contact trouvé : { $n }
clean-calls = { $n ->
        [one] { $n } appel, { $when }
       *[other] { $n } appels, le dernier { $when }
    }
clean-save = Enregistrer en CSV
clean-saved = Enregistré dans { $file }
clean-show = Ouvrir le dossier
clean-shared = Numéros présents sur plusieurs fiches : { $n }
clean-unreadable = Champs illisibles : { $n }
nobody-no-record = aucune fiche n’a ce numéro
nobody-unreadable = le numéro est illisible
nobody-withheld = l’appelant masque son numéro
nobody-could-be = une fiche pourrait correspondre, sans certitude
nobody-archived = seule une fiche archivée l’a
nobody-fax-only = ce n’est qu’un numéro de fax
nobody-no-connection = aucun CRM n’est connecté
nobody-found-since = une fiche l’a désormais
forget = Oublier cette personne
forget-title = Oublier { $name } ?
forget-text = La copie de la fiche, ses appels, ses notes et leurs enregistrements téléchargés sont effacés de ce poste. Ce qui est dans le CRM y reste.
forget-sharing = D’autres fiches partagent un numéro avec celle-ci. Lesquelles sont la même personne ? Les autres restent, avec leurs appels.
forget-confirm = Effacer
forgotten = Effacé : fiches { $contacts }, appels { $calls }, brouillons { $drafts }, enregistrements { $recordings }.
forgotten-left = Enregistrements impossibles à effacer : { $files }. Callside ne les connaît plus : effacez-les à la main.

## Overview

overview-span = Période
overview-days = { $n } jours
overview-calls = Appels
overview-answered = Répondus
overview-missed = Manqués
overview-talk = Temps de parole
overview-each = { $length } par appel
overview-per-day = Appels par jour
overview-per-hour = Appels par heure de la journée
overview-delivery = Enregistrement dans le CRM
overview-delivery-s = Du classement au CRM
overview-requests = Requêtes vers { $crm }
overview-per-call = Par appel
overview-last-minute = Dernière minute
overview-left-second = Restant cette seconde
overview-left-minute = Restant cette minute
overview-left-hour = Restant cette heure
overview-left-day = Restant aujourd’hui
overview-left-month = Restant ce mois
spent-log = Pour les comptes rendus
spent-card = Pour les fiches d’appel
spent-sync = Pour les contacts
spent-sign-in = Pour les connexions
budget = Qui utilise la limite de { $crm }
budget-span = Période
budget-span-1 = 1 heure
budget-span-24 = 24 heures
budget-span-720 = 30 jours
budget-none = Aucune requête sur cette période.
budget-total = Requêtes
budget-own = D’ici : { $n }
budget-per-call = Par appel : { $n }
budget-others = Autres, au moins : { $n }
budget-refused = Refusées : { $n }
spent-others = Par d’autres
chart-inbound = Entrants
chart-outbound = Sortants
chart-missed = Manqués
chart-hour = { $hour } : { $n ->
        [one] { $n } appel
       *[other] { $n } appels
    }

## Connections

connect = Relier
reconnect = Se reconnecter
disconnect = Déconnecter
disconnect-ask = Déconnecter { $crm } ? Les appels encore en route attendront ici votre reconnexion.
connection-off = Non relié
connection-not-yet = Pas encore dans cette version
connection-on = { $contacts ->
        [one] { $n } contact
       *[other] { $n } contacts
    }
connection-synced = · synchronisé { $ago }
sync-first = Copie des contacts : { $done }
sync-first-of = Copie des contacts : { $done } sur { $total }
sync-left = · reste { $length }
sync-now = Synchroniser
sync-progress = Avancement de la copie
sign-in = Se connecter
sign-in-way = Mode de connexion
sign-in-by-browser = Dans le navigateur
sign-in-by-secret = Avec un secret
sign-in-client-id = Identifiant client
sign-in-secret = Secret client
sign-in-secret-where = Le secret va directement dans votre trousseau et n’est plus jamais affiché.
sign-in-where = Vous le trouvez dans { $crm }, dans l’espace développeur, sous votre accès API.
sign-in-open-browser = Se connecter dans le navigateur
sign-in-browser = Votre navigateur est ouvert. Connectez-vous à { $crm } ; cette page continuera d’elle-même.
sign-in-paste = Le navigateur affiche un code ? Collez-le ici.
foot-none = Aucun CRM relié
foot-on = { $contacts ->
        [one] { $crm } : { $n } contact, synchronisé { $ago }
       *[other] { $crm } : { $n } contacts, synchronisés { $ago }
    }
foot-new = { $crm } : relié
foot-off = { $crm } : déconnecté
foot-error = { $crm } : ne répond pas
foot-first = { $crm } : copie des contacts, { $done }
banner-reconnect = Se reconnecter
banner-open = Voir
banner-unlock = Déverrouiller
banner-restore = Restaurer la sauvegarde
shrink-show = Voir lesquels
shrink-keep = Les garder
shrink-remove = Les retirer
shrink-ask = Les retirer de cet ordinateur ? Vos appels restent.
shrink-title = Introuvables dans { $crm }
shrink-more = et { $n } autres
double-scope = Pour quels appels
double-line = Appels de la ligne { $line }
double-source = Tous les appels de { $softphone }
double-enrich = Ajouter mes notes au sien
double-skip = Ne pas enregistrer ici
double-both = Laisser ainsi

## Softphones

source-connected = Prêt
source-disconnected = Ne répond pas
source-off = Non réglé
source-hands-over = reçoit les numéros, vous y lancez l’appel
recipes = Faire signaler les appels par votre téléphone
recipes-text = Copiez ces lignes dans les réglages de votre téléphone. Votre clé y figure déjà.
recipe-product = Téléphone
recipe-how-link = par liens
recipe-how-command = par commandes
recipe-how-http = par le réseau
recipe-listener-off = Activez « Signalements par HTTP » ci-dessous pour que cela fonctionne.
hook-key = Votre clé
hook-key-text = Sans elle, un appel signalé est marqué non vérifié. Elle empêche une page web d’inventer des appels.
hook-key-renew = Renouveler
hook-key-ask = Avec une nouvelle clé, les téléphones réglés avec l’ancienne deviennent non vérifiés jusqu’à leur mise à jour.
dial-by-baresip = baresip
dial-by-link = Un autre programme, par lien
dial-by-command = Une commande
dial-by-aircall = Aircall
dial-by-allo = Allo

## Settings

room-connections = Connexions
room-telephony = Téléphonie
room-logging = Enregistrement
room-desktop = Bureau
room-general = Langue et région
room-advanced = Avancé
room-privacy = Confidentialité
settings-in = Ces réglages sont conservés dans { $file }
set-system = Comme le système
set-language = Langue
set-theme = Apparence
theme-light = Clair
theme-dark = Sombre
set-region = Région
set-region-text = Pour lire les numéros sans indicatif de pays.
set-email = Votre adresse e-mail
set-email-text = Celle que vous utilisez dans le CRM : les appels y sont inscrits à votre nom.
set-targets = Enregistrer sur
set-targets-text = Quand plusieurs fiches partagent le numéro.
targets-best = La meilleure fiche
targets-all = Toutes les fiches du numéro
set-unknown = Appels d’inconnus
unknown-leave = Attendre un contact un jour
unknown-ask = Me demander
unknown-create = Créer une fiche
set-missed = Appels sans réponse
missed-auto = Se classent seuls
missed-ask = M’attendent
missed-leave = Restent sur ce poste
set-undo = Secondes pour annuler un classement
set-undo-text = 0 envoie aussitôt ; 60 au plus.
set-log-language = Langue des comptes rendus
set-log-language-text = Pour les libellés du texte que lit votre équipe.
set-opportunity = Quelle opportunité
set-opportunity-text = Quand plusieurs sont en cours dans Sellsy.
opportunity-rule-oldest = La plus ancienne
opportunity-rule-newest = La plus récente
opportunity-rule-largest = Le plus gros montant
opportunity-rule-none = Jamais
set-smart-tags = Étiquettes aussi sur la fiche Sellsy
set-smart-tags-text = Elles figurent toujours dans le texte du compte rendu.
set-lines = Lignes enregistrées
set-lines-text = Séparées par des virgules ; vide, toutes le sont.
set-skip = Téléphones non enregistrés
set-skip-text = Pour ceux qu’un autre programme enregistre déjà.
set-skip-lines = Lignes non enregistrées
set-enrich = Téléphones qu’un autre programme enregistre
set-enrich-text = Vos notes vont à côté de son compte rendu, en commentaire sur la fiche.
set-enrich-lines = Lignes qu’un autre programme enregistre
set-dial-with = Appeler avec
set-dial-with-text = Le téléphone qui passe vos appels.
set-baresip-control = Adresse de contrôle
set-baresip-control-text = Celle du module ctrl_tcp de baresip ; vide, il est désactivé.
set-baresip-domain = Domaine
set-baresip-domain-text = Les numéros sont appelés dans ce domaine SIP.
set-link = Lien
set-link-text = { "{number}" } est remplacé ; un lien tel: reviendrait ici.
set-command = Commande
set-command-text = Le programme, puis un argument par ligne ; { "{number}" } est remplacé.
set-http = Signalements par HTTP
set-http-text = Pour les postes fixes. Refuse tout ce qui n’a pas votre clé.
set-port = Port
set-bind = Adresse
set-bind-text = 127.0.0.1 le réserve à ce poste.
set-allow = Postes autorisés
set-allow-text = Leurs adresses, séparées par des virgules.
set-keep = Jours de conservation des appels
set-keep-text = Les appels plus anciens quittent l’historique de ce poste. Le CRM garde les siens.
set-secrets = Où sont gardées les connexions
set-forget-text = Ouvrez une fiche et choisissez « Oublier cette personne » pour en effacer toute trace sur ce poste.
set-autostart = Démarrer avec la session
set-autostart-text = Callside attend dans la zone de notification, prêt pour le premier appel.
set-interval = Secondes entre deux lectures
set-interval-text = Le délai pour qu’un changement du CRM apparaisse ici. Il s’allonge de lui-même quand la limite approche.
set-order = Ordre des CRM
set-order-text = Quand plusieurs connaissent un numéro, le premier nomme l’appelant.
set-kinds = D’abord dans Sellsy
set-kinds-text = Le type de fiche qui nomme l’appelant quand plusieurs partagent le numéro.
set-as-sellsy = Comme dans Sellsy
set-as-general = Comme partout
set-own-region = Région de Sellsy
set-own-region-text = Pour lire ses numéros sans pays.
set-own-unknown = Appels d’inconnus dans Sellsy
set-import = Rattrapage
set-import-days = Jours relus
set-import-days-text = Les appels passés quand Callside était fermé, lus auprès du service de téléphonie.
set-import-first = Appels de la première reprise
set-import-size = Plus gros enregistrement, en Mo
set-import-recorded = Seulement les appels enregistrés
set-addresses = Adresses des services
set-addresses-text = Pour un proxy ou un serveur d’essai seulement. Sans https, uniquement sur ce poste.
set-address-api = { $service } : interface
set-address-login = { $service } : connexion
set-address-web = { $service } : pages web
set-ports = Ports de la connexion
set-ports-text = Le navigateur revient sur l’un d’eux, sur ce poste.
secrets-keychain = Dans le trousseau du système.
secrets-keychain-locked = Le trousseau du système est verrouillé. Déverrouillez-le pour que Callside puisse se connecter.
secrets-passphrase = Chiffrées par votre phrase secrète, demandée à chaque démarrage.
secrets-passphrase-locked = Saisissez votre phrase secrète pour que Callside puisse se connecter.
secrets-session = Nulle part : vous vous reconnectez à chaque démarrage.
secrets-undecided = Ce système n’a pas de trousseau. Choisissez une phrase secrète, ou reconnectez-vous à chaque fois.
secrets-unlock = Déverrouiller
secrets-phrase = Phrase secrète
secrets-again = La même encore
secrets-phrase-text = Au moins 10 caractères. Personne ne peut la retrouver.
secrets-use = Utiliser la phrase
secrets-use-session = Ne rien garder
secrets-session-text = Les connexions durent jusqu’à la fermeture de Callside.
handlers = Liens téléphoniques
handlers-text = Le programme qui s’ouvre quand vous cliquez sur un numéro. Callside ne prend un type de lien que si vous le dites.
handler-ours = S’ouvre dans Callside
handler-other = S’ouvre dans { $program }
handler-nobody = Ne s’ouvre nulle part
handler-unknown = Le système ne le dit pas
handler-test = Tester
handler-test-scheme = Tester les liens { $scheme }
handler-take = Ouvrir ici
handler-take-scheme = Ouvrir les liens { $scheme } dans Callside
handler-undo = Rendre
handler-undo-scheme = Rendre les liens { $scheme }
handler-arrived = Le lien d’essai est bien arrivé.
handler-lost = Le lien d’essai est parti ailleurs.

## Diagnostics

check-again = Vérifier de nouveau
check-fine = tout va bien
check-warn = fonctionne avec une réserve
check-bad = ne fonctionne pas
check-off = non utilisé
settings-file = Réglages
data-folder = Données
report = Rapport
report-text = La même chose en texte, sans rien de personnel.
report-copy = Copier le rapport

## Palette

palette = Rechercher ou agir
palette-short = Rechercher
palette-hint = Un nom, un numéro ou une action
palette-none = Rien ne correspond.
palette-go = Aller à { $page }
palette-dial = Appeler le { $number }
palette-sync = Synchroniser { $crm }
palette-dark = Apparence sombre
palette-light = Apparence claire

## Sample workspace

sample-banner = Espace d’essai : une entreprise inventée. Rien ne quitte ce poste.
sample-panel = Faire sonner le téléphone
sample-who = Qui doit appeler ?
sample-ringing = Le téléphone sonne. Regardez la fiche, en bas à droite.
sample-talking = Vous êtes en ligne. Écrivez une note sur la fiche.
sample-answer = Décrocher
sample-hang-up = Raccrocher
sample-crm = { $n ->
        [one] CRM d’essai : { $n } appel enregistré
       *[other] CRM d’essai : { $n } appels enregistrés
    }
sample-kind-known = un contact connu
sample-kind-shared = un numéro partagé par deux fiches
sample-kind-could-be = une correspondance incertaine
sample-kind-unknown = un numéro inconnu
sample-kind-withheld = masque son numéro

## First run

welcome = Sachez qui appelle
welcome-text = Callside montre qui est en ligne, garde vos notes et inscrit l’appel dans votre CRM.
welcome-own = Relier mon CRM
welcome-own-text = Connectez-vous, choisissez votre téléphone. Deux minutes.
welcome-sample = Essayer d’abord
welcome-sample-text = Une entreprise inventée, des milliers de contacts et un téléphone à faire sonner. Sans aucun compte.
wizard-steps = Étapes
wizard-later = Plus tard
wizard-finish = Commencer
step-secrets = Trousseau
step-crm = CRM
step-telephony = Téléphone
step-links = Liens
step-title-secrets = Où garder vos connexions ?
step-text-secrets = Ce système n’a pas de trousseau qui réponde.
step-title-crm = Où sont vos contacts ?
step-text-crm = Callside les copie sur ce poste, chiffrés, et reconnaît un appelant sans interroger le réseau.
step-crm-going = Vous pouvez continuer ; la copie se poursuit et sert déjà.
step-title-telephony = Quel téléphone utilisez-vous ?
step-text-telephony = Choisissez ce qui appelle, et faites-lui signaler ses appels.
step-title-links = Qu’est-ce qui ouvre un numéro cliqué ?
step-text-links = Callside peut ouvrir les liens téléphoniques, reconnaître le numéro et appeler. Il ne les prend jamais sans votre accord.
step-links-note = Modifiable à tout moment dans les réglages, sous Bureau.

## Rust

rust-reason-contact-not-found = Contact introuvable : aucune fiche de { $crm } n’a encore ce numéro.
rust-reason-contact-deleted = Le contact a été supprimé dans { $crm }. L’appel est gardé ici : rattachez-le à quelqu’un d’autre, ou réessayez quand le contact est de retour.
rust-reason-disconnected = { $crm } est déconnecté. Reconnectez-vous et l’appel partira.
rust-reason-refused = { $crm } a refusé : { $words }
rust-reason-refused-silently = { $crm } a refusé sans dire pourquoi.
rust-reason-no-admin = Personne ne peut écrire cela dans { $crm } : il n’y a pas d’administrateur.
rust-reason-unreachable = { $crm } est injoignable. Un nouvel essai suivra tout seul.
rust-reason-limited = { $crm } demande de patienter. Un nouvel essai suivra tout seul.
rust-send-reason-not-named = { $crm } ne montre pas cet appel : rien ne peut y être écrit.
rust-send-reason-gone = { $crm } n’a plus cet appel.

rust-connection-disconnected = { $crm } est déconnecté : personne n’est identifié.
rust-connection-keychain-locked = Le trousseau est verrouillé, et { $crm } l’attend. Déverrouillez-le ; les appels sont gardés d’ici là.
rust-connection-unreachable = { $crm } est injoignable.
rust-connection-missing-right = Il manque à la connexion à { $crm } le droit { $scope }.
rust-connection-unreadable = Les réponses de { $crm } sont illisibles.
rust-connection-agent-unknown = Personne dans { $crm } n’a l’adresse e-mail des réglages. Renseignez agent.email dans les réglages et reconnectez-vous.

rust-connect-not-yet = { $crm } ne peut pas encore être connecté : cette version connecte Sellsy.
rust-connect-unknown = Cette connexion n’existe pas.
rust-connect-no-client-id = L’identifiant client de l’accès manque : donnez-le avec --client-id ou dans les réglages.
rust-connect-given-up = La connexion a été abandonnée.
rust-connect-bad-address = L’adresse dans { $key } est inutilisable.
rust-connect-refused = { $crm } a refusé la connexion : l’identifiant, le secret ou le code est faux.
rust-connect-declined = La connexion a été refusée dans le navigateur.
rust-connect-too-late = Pas de réponse dans le navigateur en cinq minutes.
rust-connect-wrong-state = L’adresse collée appartient à une autre connexion.
rust-connect-no-code = Il n’y a pas de code dans le texte collé.
rust-connect-no-port = Aucun port n’est libre pour le retour du navigateur : collez l’adresse où il finit.
rust-connect-keychain = La connexion n’a pas pu être gardée : le trousseau est inutilisable.
rust-connect-bad-setting = Une adresse de { $crm } dans les réglages est inutilisable.
rust-connect-open-this = Connectez-vous dans le navigateur à cette adresse :
rust-connect-or-paste = Si le navigateur ne peut pas revenir, collez le code ou l’adresse où il finit, puis Entrée.
rust-connect-no-browser = Aucun navigateur n’a pu être ouvert. Ouvrez l’adresse vous-même.
rust-connect-done = { $crm } est connecté.
rust-connect-done-as = { $crm } est connecté en tant que { $agent }.

rust-dial-code = C’est un code, avec * ou #. Il n’est pas composé.
rust-dial-letters = Il y a des lettres, ce n’est pas un numéro.
rust-dial-no-digits = Il n’y a pas de numéro ici.
rust-dial-several = Il y a plusieurs numéros ici. Choisissez-en un.
rust-dial-too-long = C’est trop long pour un numéro.
rust-dial-control = Il y a des caractères de contrôle, cela n’est pas utilisé.
rust-dial-dropped = Trop de liens à la fois : celui-ci a été ignoré.
rust-dial-no-request = Cette demande d’appel n’existe plus.
rust-dial-too-early = Confirmé avant qu’on ait pu lire. Recommencez.
rust-dial-not-set-up = Aucun téléphone logiciel n’est réglé pour appeler.
rust-dial-unreachable = Le téléphone logiciel est injoignable. Est-il lancé ?
rust-dial-refused = Le téléphone logiciel n’a pas pris le numéro.
rust-dial-bad-setting = Le réglage { $key } ne permet pas d’appeler.
rust-dial-not-available = Votre téléphonie dit que vous n’êtes pas disponible, ou en appel. Ouvrez son application, rendez-vous disponible et recommencez.
rust-dial-no-line = La ligne d’appel n’existe plus, ou n’est pas à vous. Choisissez-en une autre dans les réglages.
rust-dial-unknown-agent = Votre téléphonie ne sait pas qui vous êtes. Choisissez-vous dans les réglages.
rust-dial-needs-country = Votre téléphonie ne prend que les numéros avec leur indicatif de pays, comme +33.
rust-dial-unauthorized = Votre téléphonie n’accepte pas la clé. Saisissez-la de nouveau dans les réglages.
rust-link-too-long = Le lien est trop long.
rust-link-not-text = Le lien est illisible.
rust-link-scheme = Callside n’ouvre pas ce genre de lien.
rust-link-action = Le lien demande une action que Callside ne connaît pas.
rust-link-no-view = Le lien ne désigne aucune page de Callside.

rust-warning-emergency = C’est un numéro d’urgence.
rust-warning-premium-rate = Ce numéro est surtaxé.
rust-warning-shared-cost = Ce numéro coûte plus cher qu’un appel habituel.
rust-warning-satellite = C’est un téléphone satellite : l’appel coûte cher.
rust-warning-unusual-country = Vous appelez rarement ce pays.
rust-warning-invalid-number = Ce numéro n’existe pas.
rust-warning-ambiguous = Cela peut se lire de deux façons.
rust-warning-extension-set-aside = Le numéro de poste n’est pas composé.

rust-error-store = Les bases locales sont inutilisables. Voyez le diagnostic.
rust-error-no-such-call = Cet appel n’existe pas.
rust-error-not-open = Cet appel est déjà classé ou écarté.
rust-error-too-late = Trop tard : l’appel est en route vers le CRM.
rust-error-already-delivered = L’appel est déjà dans le CRM.
rust-error-tag-empty = Un tag ou une issue ne peut pas être vide.
rust-error-tag-long = Un tag ou une issue a au plus 40 caractères.
rust-error-tags-many = Un appel a au plus 15 tags.
rust-error-note-long = Une note a au plus 3 000 caractères.
rust-error-undecided = Personne n’a ce numéro. Créez une fiche, rattachez l’appel à un contact, ou faites-le enregistrer dès qu’un contact est trouvé (en ligne de commande : --file --when-found).
rust-error-tag-missing = Votre entreprise demande un tag pour cet appel. Choisissez-en un d’abord.
rust-error-create-contact = Le CRM n’a pas pris le nouveau contact.
rust-error-no-number = L’appel n’a pas de numéro à garder.
rust-error-nothing-connected = Aucun CRM n’est connecté. Commencez par : callside connect sellsy
rust-error-nobody = Callside n’est pas lancé.
rust-error-silent = Callside est lancé mais ne répond pas.
rust-error-other-version = Callside est lancé dans une autre version. Relancez-le.
rust-error-already-running = Callside est déjà lancé avec ce dossier de données.
rust-error-no-windows = Callside est lancé sans fenêtres.
rust-error-no-display = Callside n’est pas lancé, et il n’y a pas d’écran où l’ouvrir. Lancez-le par : callside run --headless
rust-error-not-open-yet = Callside attend que ses secrets soient déverrouillés.

rust-open-keychain-locked = Le trousseau est verrouillé ou injoignable. Déverrouillez-le et recommencez.
rust-open-passphrase-needed = Une phrase secrète protège les secrets. Nommez un fichier qui la contient dans { $variable }, ou ouvrez l’application.
rust-open-no-keychain = Il n’y a pas de trousseau ici. Nommez un fichier contenant une phrase secrète dans { $variable }, ou ouvrez l’application pour choisir.
rust-open-wrong-passphrase = La phrase secrète est fausse.
rust-open-passphrase-file = Le fichier nommé par { $variable } est illisible ou vide.
rust-open-disk-full = Le disque est plein.
rust-open-unwritable = On ne peut pas écrire dans le dossier de données { $folder }.
rust-open-newer = Une version plus récente de Callside a écrit ces données. Mettez Callside à jour.

rust-usage-flags = --hidden et --sample s’emploient seuls.
rust-usage-since = --since prend un jour (2026-11-20), un instant (2026-11-20T10:00:00Z) ou une durée (2h, 7d).
rust-usage-no-secret = Il faut --client-secret-stdin, et le secret sur la première ligne de l’entrée.
rust-usage-call-action = Dites ce qui s’est passé : call ringing, dialing, answered ou ended.
rust-usage-call-option = call n’a pas cette option. Il a --from --to --dir --id --app --line --name --at --dur --reason --key.
rust-usage-call-value = --{ $word } demande une valeur.
rust-usage-call-numbers = Un seul numéro peut se trouver à la fin.
rust-usage-call-direction = --dir vaut in ou out.
rust-usage-call-number = Un numéro est trop long ou contient des caractères de contrôle.

rust-log-number = Numéro
rust-log-withheld = Numéro masqué
rust-log-line = Ligne
rust-log-outcome = Issue
rust-log-tags = Tags
rust-log-remark = Commentaire
rust-log-recording = Enregistrement
rust-log-summary = Résumé
rust-log-topics = Sujets
rust-log-mood = Humeur
rust-log-action-items = À faire
rust-log-transcript = Échange
rust-log-role = Rôle
rust-log-company = Société
rust-log-opportunity = Opportunité
rust-log-last-note = Dernière note
rust-word-mood-positive = positive
rust-word-mood-neutral = neutre
rust-word-mood-negative = négative
rust-word-role-client = Client
rust-word-role-prospect = Prospect
rust-word-role-supplier = Fournisseur

rust-sample-stranger = Un inconnu

rust-table-name = Nom
rust-table-company = Société
rust-table-kind = Type
rust-table-crm = CRM
rust-table-sure = Correspondance
rust-table-field = Champ
rust-table-nobody = introuvable
rust-table-no-calls = Aucun appel.
rust-table-call = Appel
rust-table-when = Quand
rust-table-direction = Sens
rust-table-number = Numéro
rust-table-state = État
rust-table-wrap-up = Compte rendu
rust-table-log = Journal
rust-table-outbox = À envoyer
rust-table-outbox-empty = Tout est arrivé.
rust-table-target = Fiche
rust-table-next = Prochain essai
rust-table-reason = Raison
rust-table-contacts = Contacts
rust-table-numbers = Numéros
rust-table-synced = Dernière copie
rust-table-telephony = Téléphones logiciels
rust-import-running = recherche d’appels : { $done } examinés
rust-import-running-of = recherche d’appels : { $done } examinés sur { $total }
rust-import-left-s = , reste { $count } s
rust-import-left-min = , reste { $count } min
rust-table-hook-key = Clé d’appel
rust-table-listener = Écoute HTTP

rust-word-number-mobile = mobile
rust-word-number-fixed-line = fixe
rust-word-number-shared-cost = coût partagé
rust-word-number-premium-rate = surtaxé
rust-word-number-toll-free = gratuit
rust-word-number-voip = ligne internet
rust-word-number-short = numéro court
rust-word-number-withheld = masqué
rust-word-number-unknown = type inconnu
rust-word-kind-individual = particulier
rust-word-kind-company = société
rust-word-kind-contact = contact
rust-word-kind-lead = piste
rust-word-kind-account = compte
rust-word-kind-person-account = compte personnel
rust-word-kind-customer = client
rust-word-confidence-exact = exacte
rust-word-confidence-could-be = possible
rust-word-field-phone = téléphone
rust-word-field-mobile = mobile
rust-word-field-home = domicile
rust-word-field-assistant = assistant
rust-word-field-other = autre
rust-word-direction-inbound = entrant
rust-word-direction-outbound = sortant
rust-word-state-dialing = en numérotation
rust-word-state-ringing = sonne
rust-word-state-answered = en ligne
rust-word-state-held = en attente
rust-word-state-ended = terminé
rust-word-end-completed = abouti
rust-word-end-missed = manqué
rust-word-end-declined = refusé
rust-word-end-cancelled = annulé
rust-word-end-busy = occupé
rust-word-end-failed = échoué
rust-word-wrap-up-open = à classer
rust-word-wrap-up-filed = classé
rust-word-wrap-up-discarded = écarté
rust-word-delivery-waiting = en attente
rust-word-delivery-checking = en vérification
rust-word-delivery-delivered = arrivé
rust-word-delivery-stuck = bloqué
rust-word-connection-connected = connecté
rust-word-connection-disconnected = déconnecté
rust-word-connection-syncing = copie en cours
rust-word-connection-error = en difficulté
rust-word-source-connected = connecté
rust-word-source-disconnected = injoignable
rust-word-source-off = désactivé
rust-word-keychain-ok = fonctionne
rust-word-keychain-locked = verrouillé
rust-word-keychain-none = aucun
rust-word-keychain-passphrase = phrase secrète
rust-word-check-fine = bon
rust-word-check-warn = à noter
rust-word-check-bad = mauvais
rust-word-check-off = inactif
rust-word-disposition-reached = joint
rust-word-disposition-call-back = à rappeler
rust-word-disposition-left-message = message laissé
rust-word-disposition-no-answer = pas de réponse
rust-word-disposition-wrong-number = faux numéro
rust-word-disposition-not-interested = pas intéressé

rust-check-settings = Réglages
rust-check-settings-fine = Le fichier est lisible.
rust-check-keychain = Trousseau
rust-check-keychain-fine = Le trousseau du système garde les secrets.
rust-check-keychain-passphrase = Une phrase secrète protège les secrets.
rust-check-keychain-session = Rien n’est gardé : tout disparaît quand Callside s’arrête.
rust-check-keychain-locked = Les secrets sont verrouillés.
rust-check-keychain-none = Il n’y a pas de trousseau, et rien n’a été choisi à sa place.
rust-check-display = Écran
rust-check-display-fine = Les fenêtres peuvent s’ouvrir.
rust-check-display-none = Il n’y a pas d’écran : seule la ligne de commande fonctionne.
rust-check-journal = Journal
rust-check-cache = Contacts
rust-check-database-fine = La base est entière.
rust-check-database-bad = La base est abîmée.
rust-check-backups = Sauvegardes
rust-check-backups-fine = { $count } gardées, la dernière du { $date }.
rust-check-backups-none = Aucune : la première se fait dès qu’il y a des appels.
rust-check-backups-old = La dernière est du { $date }.
rust-check-versions = Versions
rust-check-versions-says = Callside { $app }, journal { $journal }, contacts { $cache }, SQLite { $sqlite }
rust-check-budget = Requêtes vers { $crm }
rust-check-budget-says = { $minute } dans la dernière minute, reste { $left }
rust-check-budget-unknown = { $minute } dans la dernière minute
rust-check-handler = Liens { $scheme }
rust-check-handler-ours = Callside les ouvre.
rust-check-handler-other = { $program } les ouvre.
rust-check-handler-nobody = Rien ne les ouvre.
rust-check-handler-unknown = Le système ne dit pas ce qui les ouvre.
rust-check-source-connected = Connecté.
rust-check-source-disconnected = Réglé, mais injoignable.
rust-check-source-off = Pas réglé.
rust-check-reachable = { $crm } répond.
rust-check-dialler = Numéroteur d’Allo
rust-check-dialler-says = { $count ->
        [one] Un type de message n’est pas encore compris : { $kinds }
       *[other] { $count } types de messages ne sont pas encore compris : { $kinds }
    }
rust-check-clock = { $crm } répond. L’horloge de cet ordinateur diffère de { $seconds } secondes.
rust-check-clock-off = { $crm } répond, mais l’horloge de cet ordinateur diffère de { $seconds } secondes.

## Rust: windows, tray, notifications, doctor

rust-window-card = Callside : appel
rust-window-desk = Callside
rust-window-wizard = Callside : premiers pas

rust-tray-open = Ouvrir Callside
rust-tray-to-file =
    { $count ->
        [0] Rien à classer
        [one] { $count } appel à classer
       *[other] { $count } appels à classer
    }
rust-tray-stuck =
    { $count ->
        [0] Rien n’est bloqué
        [one] { $count } appel bloqué
       *[other] { $count } appels bloqués
    }
rust-tray-settings = Réglages
rust-tray-quit = Quitter

rust-note-ringing = Appel entrant
rust-note-dialing = Appel sortant
rust-note-talking = En communication
rust-note-ended = Appel terminé, à classer
rust-note-withheld = Numéro masqué
rust-note-open = Ouvrir
rust-note-record = Ouvrir dans le CRM
rust-note-file = Classer
rust-note-dial-request = Composer ce numéro ?
rust-note-dial = Appeler

rust-notice-link-refused = Un lien demandait ce qui ne se compose pas. Il a été ignoré.
rust-notice-too-many-links = Trop de demandes d’appel venues de liens. La dernière a été ignorée.
rust-notice-link-came-back = Le téléphone logiciel a renvoyé le numéro à Callside. Choisissez une autre façon d’appeler dans les réglages.
rust-notice-hook-not-filled-in = Votre téléphone logiciel n’a pas rempli le numéro. Comparez ses réglages à la recette.
rust-notice-large-shrink = Beaucoup de contacts ont disparu du CRM, ou vos droits y ont changé. Ils restent ici pour l’instant.
rust-notice-disk-full = Le disque est plein. Ce que vous tapez ne peut pas être enregistré : libérez de la place.

rust-banner-passphrase = Vos données sont verrouillées. Saisissez la phrase secrète pour continuer.
rust-banner-no-keychain = Cet ordinateur n’a pas de trousseau. Choisissez une phrase secrète, ou une session qui n’enregistre rien.
rust-banner-keychain-locked = Le trousseau est verrouillé. Déverrouillez-le pour continuer.
rust-banner-journal-aside =
    { $count ->
        [0] Le journal était illisible. Il est conservé sous { $file }, et un nouveau a été commencé.
        [one] Le journal était illisible. Il est conservé sous { $file } ; { $count } appel a été sauvé dans un nouveau.
       *[other] Le journal était illisible. Il est conservé sous { $file } ; { $count } appels ont été sauvés dans un nouveau.
    }
rust-banner-journal-backup = La sauvegarde du { $date } peut prendre sa place.
rust-banner-cache-rebuilt = La copie des contacts était abîmée ; elle est en train d’être refaite.
rust-banner-shrink =
    { $count ->
        [one] Un contact est introuvable dans { $crm }. Il reste ici jusqu’à votre décision.
       *[other] { $count } contacts sont introuvables dans { $crm } : supprimés là-bas, ou vos droits ont changé. Ils restent ici jusqu’à votre décision.
    }
rust-banner-double = Un autre programme consigne aussi les appels { $softphone } dans { $crm } : ils y sont en double.
rust-banner-session = Rien n’est enregistré : notes et appels disparaîtront à la fermeture de Callside.
rust-banner-settings = Les réglages sont illisibles ({ $place }). Les derniers bons réglages s’appliquent.

rust-failed-not-found = Cela n’existe plus.
rust-failed-locked = Les données sont verrouillées. Déverrouillez-les d’abord.
rust-failed-not-yet = Cela ne fait pas encore partie de cette version.
rust-failed-setting = { $key } ne peut pas prendre cette valeur.
rust-failed-disk-full = Le disque est plein. Libérez de la place, puis réessayez.
rust-failed-read-only = Le dossier des données est en lecture seule. Rendez-le modifiable, puis réessayez.
rust-restore-running = Fermez d’abord Callside, puis restaurez.
rust-restore-done = La sauvegarde a pris la place du journal. L’ancien est conservé sous { $file }.
rust-restore-unknown = Aucune sauvegarde ne porte ce nom. Il y a : { $names }
rust-restore-not-good = Cette sauvegarde est illisible. Rien n’a été changé.
rust-restore-newer = Une version plus récente de Callside a fait cette sauvegarde. Rien n’a été changé.
rust-tidy-section = Rubrique
rust-tidy-number = Numéro ou texte
rust-tidy-proposed = Forme proposée
rust-tidy-field = Champ
rust-tidy-name = Nom
rust-tidy-company = Société
rust-tidy-kind = Type
rust-tidy-crm = CRM
rust-tidy-id = Identifiant dans le CRM
rust-tidy-calls = Appels
rust-tidy-last = Dernier appel
rust-tidy-why = Raison
rust-tidy-section-shared = Numéros sur plusieurs fiches
rust-tidy-section-unreadable = Champs illisibles
rust-tidy-section-nobody = Appels sans contact trouvé
rust-tidy-why-no-record = aucune fiche n’a ce numéro
rust-tidy-why-unreadable = le numéro est illisible
rust-tidy-why-withheld = l’appelant masque son numéro
rust-tidy-why-could-be = une fiche pourrait correspondre, sans certitude
rust-tidy-why-archived = seule une fiche archivée l’a
rust-tidy-why-fax-only = ce n’est qu’un numéro de fax
rust-tidy-why-no-connection = aucun CRM n’est connecté
rust-tidy-why-found-since = une fiche l’a désormais
rust-tidy-written = Écrit dans { $file }. Le fichier contient des noms et des numéros de vos contacts.
rust-tidy-failed = Le tableau n’a pas pu être écrit.
rust-doubles-none = Aucun autre programme n’enregistre les mêmes appels, autant qu’on sache.
rust-doubles-several = Plusieurs téléphones sont concernés. Nommez-en un avec --source.
rust-doubles-how = Décidez avec : callside doubles enrich, skip ou both
rust-sync-removed =
    { $count ->
        [one] Un contact a quitté la copie de { $crm }.
       *[other] { $count } contacts ont quitté la copie de { $crm }.
    }
rust-sync-shrink =
    { $count ->
        [one] Un contact est introuvable dans { $crm } et reste ici pour l’instant. Retirez-le avec --accept-shrink, ou gardez-le avec --refuse-shrink.
       *[other] { $count } contacts sont introuvables dans { $crm } et restent ici pour l’instant. Retirez-les avec --accept-shrink, ou gardez-les avec --refuse-shrink.
    }
rust-bundle-written = Écrit dans { $file }. Il ne contient ni nom, ni numéro, ni note.
rust-bundle-failed = Impossible d’écrire { $file }.
rust-failed-store = Les données n’ont pas pu être lues ou écrites. Voyez le diagnostic.
rust-failed-window = La fenêtre n’a pas pu s’afficher.
rust-failed-autostart = Le système n’a pas accepté le changement.
rust-failed-passphrase-short = Choisissez une phrase secrète d’au moins 10 caractères.
rust-failed-passphrase-wrong = Cette phrase secrète n’ouvre pas vos données.

rust-handler-arrived = Le lien est arrivé dans Callside.
rust-handler-lost = Le lien n’est pas arrivé. Un autre programme l’a peut-être ouvert.
rust-handler-not-ours = Un autre programme ouvre ces liens. Rien n’a été essayé.
rust-handler-ask-system = Sur ce système, choisissez Callside dans les réglages des applications par défaut.
rust-handler-failed = Le système n’a pas accepté le changement. xdg-utils est-il installé ?

rust-source-link = Lien
rust-source-command = Programme
rust-source-sample = Téléphone d’exemple
rust-source-hooks = Signaux du téléphone
rust-recipe-any-other = Tout autre téléphone logiciel
rust-recipe-note-listener = Il faut l’écoute HTTP, joignable depuis le poste.
rust-recipe-note-edit-closed = Fermez le téléphone logiciel avant de modifier son fichier : il l’écrit en se fermant.
rust-recipe-note-shell = Cette ligne passe par un interpréteur de commandes. À n’employer que si la téléphonie n’envoie que des numéros.
rust-recipe-note-no-blanks = Le chemin du programme ne doit contenir aucun espace.
rust-recipe-note-script = Enregistrez le texte dans un fichier exécutable et indiquez ce fichier dans le réglage.
rust-recipe-note-ringing-only = Signale seulement la sonnerie : terminez l’appel sur sa fiche.
rust-recipe-note-control-port = Rien à coller : Callside parle au port de contrôle.

rust-field-phone = le champ téléphone
rust-field-mobile = le champ mobile
rust-field-home = le champ domicile
rust-field-assistant = le champ de l’assistant
rust-field-other = un autre champ téléphone
rust-field-fax = le champ fax
rust-rule-international = le même numéro international
rust-rule-national = le même numéro, lu dans le pays du contact
rust-rule-trunk-zero = le même numéro, sans le zéro entre parenthèses
rust-rule-country-code-without-plus = le même numéro, avec son indicatif mais sans plus
rust-rule-extension-dropped = le même numéro, sans le poste
rust-rule-several-in-field = l’un des numéros du champ
rust-rule-overseas = la même ligne dans le plan d’outre-mer
rust-rule-short = le même numéro court
rust-rule-sip-name = le même nom SIP
rust-rule-as-written = les mêmes chiffres
rust-rule-chosen = votre choix
rust-why =
    { $rivals ->
        [0] D’après { $field } : { $rule }. Personne d’autre ne l’a.
        [one] D’après { $field } : { $rule }. Une autre fiche l’a aussi.
       *[other] D’après { $field } : { $rule }. { $rivals } autres fiches l’ont aussi.
    }
rust-why-remembered = Vous avez déjà choisi cette fiche pour ce numéro.

rust-tray-window = Afficher { $service }
rust-workspace-starting = { $service } se charge.
rust-workspace-silent = { $service ->
        [Allo] Le numéroteur d’Allo n’a pas encore répondu ici.
       *[other] Personne n’est encore connecté à { $service } ici.
    }
rust-workspace-silent-advice = { $service ->
        [Allo] Connectez-vous ci-dessous. S’il indique « non activé », demandez au support d’Allo d’activer le numéroteur pour { $page }. Si rien ne s’affiche, Allo refuse d’être intégré : désactivez cette fenêtre dans les réglages. Les appels terminés sont lus sans elle.
       *[other] Connectez-vous ci-dessous. Si rien ne s’affiche, { $service } refuse d’être intégré : désactivez la fenêtre { $service } dans les réglages. Numérotation, relevés et import continuent sans elle.
    }
rust-workspace-failed = La fenêtre { $service } n’a pas pu s’ouvrir.
rust-workspace-failed-advice = { $service ->
        [Allo] Vérifiez telephony.allo.dialer_url, ou désactivez puis réactivez la fenêtre.
       *[other] Vérifiez telephony.aircall.workspace_url, ou désactivez puis réactivez la fenêtre.
    }
rust-workspace-signed-in = Connecté. Les appels apparaissent dans Callside.
rust-workspace-there = Le numéroteur d’Allo est là. Les appels apparaissent dans Callside.
rust-workspace-there-advice = Il ne dit pas qui est connecté. Connectez-vous ci-dessous s’il le demande.
rust-workspace-other-agent = Quelqu’un d’autre est connecté à { $service } ici. Callside ne prend aucun appel de cette fenêtre.
rust-workspace-other-agent-advice = Déconnectez-vous ci-dessous puis connectez-vous avec l’adresse e-mail de vos réglages, ou corrigez l’adresse là-bas.
rust-workspace-agent-not-set = Callside ne sait pas qui vous êtes dans { $service } et ne prend aucun appel de cette fenêtre.
rust-workspace-agent-not-set-advice = Indiquez votre adresse e-mail dans les réglages.
rust-workspace-signed-out = { $service ->
        [Aircall] Vous êtes déconnecté d’Aircall.
       *[other] Vous êtes déconnecté de { $service }.
    }
rust-workspace-signed-out-advice = Connectez-vous ci-dessous pour que les appels apparaissent dans Callside.
rust-workspace-signed-out-in-call = { $service ->
        [Aircall] Vous avez été déconnecté d’Aircall pendant un appel.
       *[other] Vous avez été déconnecté de { $service } pendant un appel.
    }
rust-workspace-signed-out-in-call-advice = Vos notes sont gardées. Clôturez l’appel à la main sur sa fiche, ou reconnectez-vous.
rust-workspace-one-only = Ne vous connectez pas en même temps à l’application Aircall : deux Workspaces ouverts se gênent.
rust-workspace-experiment = À l’essai : on sait peu de ce que dit ce numéroteur. La fin d’un appel est lue dans les relevés d’Allo.
rust-workspace-no-audio = Sous Linux, cette fenêtre n’a pas de son. Elle montre qui appelle ; parlez sur un autre appareil.

cloud-about-aircall = Appels, tags, commentaires et enregistrements de votre compte Aircall.
cloud-about-allo = Appels terminés, tags et résumés de votre compte Allo.
cloud-on = { $lines ->
        [one] Une ligne
       *[other] { $lines } lignes
    }, { $tags ->
        [one] un tag
       *[other] { $tags } tags
    }
cloud-more = Réglages
cloud-less = Masquer les réglages
cloud-api-id = API ID
cloud-api-token = API token
cloud-api-key = Clé d’API
cloud-where-aircall = Un administrateur Aircall crée la clé dans le tableau de bord, sous Intégrations & API, Clés API.
cloud-where-allo = Un administrateur ou manager Allo crée la clé dans les réglages d’Allo, sous API.
cloud-company-wide = Cette clé ouvre les appels de toute l’entreprise chez { $service }. Elle reste dans le trousseau de cet ordinateur et ne s’affiche plus jamais. Callside ne lit que vos propres appels.
cloud-trying = Essai de la clé…
cloud-disconnect-ask = Déconnecter { $service } ? La clé quitte cet ordinateur. Vos appels restent.
cloud-agent-found = trouvé par votre adresse e-mail
cloud-agent-by-hand = choisi à la main
cloud-agent-missing = Personne chez { $service } n’a l’adresse e-mail { $email }. Choisissez-vous, ou corrigez l’adresse sous Langue et région.
cloud-agent-no-email = Indiquez votre adresse e-mail sous Langue et région, ou choisissez-vous.
cloud-agent-pick = Me choisir
cloud-logger = Qui consigne les appels
cloud-logger-text = Si { $service } les consigne déjà dans Sellsy, laissez Callside compléter, ou ne rien faire. Sinon chaque appel s’y trouve deux fois.
cloud-logger-callside = Callside
cloud-logger-enrich = Compléter
cloud-logger-skip = Ne pas consigner
cloud-lines = Lignes
cloud-lines-text = Les appels des autres lignes ne sont pas consignés.
cloud-lines-none = Aucune ligne.
cloud-tags = Tags de l’entreprise
cloud-tags-text = Ils sont proposés au classement d’un appel { $service }.
cloud-dial-line = Ligne d’appel
cloud-dial-line-text = Avec une ligne, l’appel part aussitôt dans Aircall. Sans, le numéro y est inscrit et vous lancez l’appel.
cloud-dial-line-none = Choisir dans Aircall
cloud-tags-none = Aucun tag.
cloud-refresh = Relire
cloud-send-tags = Poser les tags là-bas
cloud-send-tags-text = Les tags que vous choisissez ici sont aussi posés chez { $service }.
cloud-send-notes = Y envoyer les notes
cloud-send-notes-text = Votre note y devient un commentaire au classement. Il ne peut plus y être modifié.
cloud-card = Y montrer qui appelle
cloud-card-text = Pendant un appel, Aircall montre nom, rôle, société, opportunité et dernière note.
cloud-required = Tags obligatoires
cloud-required-text = Un appel décroché en demande un avant le classement. Une étoile vaut n’importe quel tag.
cloud-embed = Aircall dans une fenêtre de Callside
cloud-embed-text = Montre les appels au moment où ils sonnent. Désactivé tant que vous ne l’activez pas.
cloud-embed-one = Fermez alors l’application Aircall : deux Workspaces ouverts d’une même personne se gênent.
cloud-embed-refused = Aircall peut refuser de s’afficher ici. Tout le reste fonctionne sans.
cloud-embed-linux = Sous Linux, cette fenêtre n’a pas de son.
cloud-embed-show = Afficher la fenêtre
cloud-dialler = Numéroteur d’Allo dans une fenêtre de Callside (à l’essai)
cloud-dialler-text = Censé montrer les appels au moment où ils sonnent. Il est peu documenté, et personne ne l’a essayé avec un vrai compte. Désactivé tant que vous ne l’activez pas.
cloud-dialler-activation = Allo doit l’activer pour votre entreprise : écrivez à leur support. D’ici là, la fenêtre l’indique.
cloud-dialler-end = Allo ne documente ses messages que pour les appels qui commencent. Reliez aussi Allo par une clé : la fin vient alors des relevés d’Allo.
cloud-odd = { $n ->
        [one] Un type de message n’est pas encore compris
       *[other] { $n } types de messages ne sont pas encore compris
    }
cloud-odd-text = Seulement les noms et types de leurs champs, ni numéro ni nom de personne. Ils figurent aussi dans le rapport de diagnostic.
import = Appels d’ailleurs
import-text = Les appels passés pendant que Callside était fermé, ou sur un autre appareil. Ils sont cherchés au démarrage et toutes les 15 minutes.
import-log = Ce qu’ils deviennent
import-log-text = Complétés par vous, ou consignés tels quels.
import-log-ask = À compléter
import-log-auto = Consignés tels quels
import-days = Jours couverts par le premier import
import-most = Appels du premier import
import-most-text = Les plus récents. Ensuite, tout ce qui est nouveau est repris.
import-recorded = Seulement avec enregistrement
import-folder = Dossier des enregistrements
import-folder-text = Laissez vide pour n’en télécharger aucun. Le dossier doit exister.
import-size = Taille maximale d’un enregistrement, en Mo
import-running = Recherche d’appels : { $done } examinés
import-running-of = Recherche d’appels : { $done } examinés sur { $total }
import-last = { $taken ->
        [0] Rien de nouveau, cherché { $ago }
        [one] Un appel repris { $ago }
       *[other] { $taken } appels repris { $ago }
    }
import-never = Pas encore cherché d’appels
import-recordings = · enregistrements : { $done } sur { $total }
import-now = Chercher
import-progress = Avancement de l’import

rust-cloud-no-key = Saisissez d’abord la clé.
rust-cloud-wrong-key = { $crm } n’accepte pas cette clé. Vérifiez-la, ou faites-en créer une autre par un administrateur.
rust-cloud-forbidden = Il manque à la clé un droit dont Callside a besoin chez { $crm }, ou l’offre n’a pas d’API.
rust-cloud-other-company = Cette clé est celle d’une autre entreprise : vous n’êtes pas parmi ses membres chez { $crm }. Déconnectez d’abord si vous avez changé d’entreprise.
rust-cloud-no-such-agent = Personne chez { $crm } ne correspond.
rust-cloud-not-connected = { $crm } n’est pas connecté.
rust-cloud-bad-address = L’adresse de { $crm } dans les réglages est inutilisable.
rust-cloud-agent-missing = Connecté, mais personne chez { $crm } n’a votre adresse e-mail. Renseignez agent.email, ou reconnectez avec --agent.
rust-usage-aircall = Il faut --api-id ID --api-token-stdin, et le token sur la première ligne de l’entrée.
rust-usage-allo = Il faut --key-stdin, et la clé sur la première ligne de l’entrée.

sample-phone = Téléphone
sample-phone-plain = Téléphone logiciel
sample-phone-aircall = Aircall
banner-workspace = Afficher la fenêtre
banner-enrich = Compléter
banner-enrich-not = Callside consigne
imported = Importé
imported-why = Callside a appris cet appel après sa fin.
missing-tag = un tag demandé par votre entreprise
cloud-notes = De { $service }
cloud-sent-tags = Tags chez { $service } :
cloud-sent-note = Commentaire chez { $service } :
cloud-transcript = Transcriptions
cloud-transcript-text = Qui a dit quoi est lu chez Allo et ajouté au compte rendu.
recording-open = Enregistrement chez { $service }
heard-summary = Résumé
heard-items = À faire
heard-transcript = Transcription
heard-by-machine = Entendu par une machine chez { $service }.
heard-mood-positive = Satisfait
heard-mood-neutral = Neutre
heard-mood-negative = Mécontent
rust-banner-enrich = { $service } peut consigner les appels dans le CRM de lui-même. Si c’est le cas, laissez Callside y ajouter vos notes, pour qu’aucun appel n’y soit deux fois.
