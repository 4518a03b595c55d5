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
announce = { $what } : { $who }. { $line }
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
goes-to = Ira dans { $crm } : { $names }.
goes-to-nobody = Attendra que { $crm } connaisse ce numéro.
goes-to-opportunity = l’opportunité { $name }
missing = Il manque : { $what }.
missing-contact = un contact
missing-choice = le choix du contact
missing-disposition = l’issue
missing-note = une note
files-itself = Se classera { $when }.
not-logged-no-connection = Aucun CRM n’est relié : l’appel reste sur ce poste.
not-logged-line = Les appels de cette ligne ne sont pas enregistrés.
not-logged-source = Les appels de ce téléphone ne sont pas enregistrés.
undo = Annuler
undo-filed = Classé : { $name }
undo-discarded = Non enregistré : { $name }

## Dialling

dial = Appeler
dial-send = Transmettre à { $softphone }
dial-request = Appeler ce numéro ?
dial-from-link = depuis un lien
dial-from-command-line = depuis la ligne de commande
dial-from-shortcut = depuis le raccourci
dial-from-window = depuis Callside
dial-nobody = Personne dans vos contacts n’a ce numéro.
dial-could-be = Peut-être : { $names }
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
deliveries = Dans le CRM
delivery-waiting = En route
delivery-checking = En vérification
delivery-delivered = Enregistré
delivery-stuck = Bloqué
delivery-open = Ouvrir
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
forget = Oublier cette personne
forget-title = Oublier { $name } ?
forget-text = La copie de la fiche, ses appels et ses notes sont effacés de ce poste. Ce qui est dans le CRM y reste.
forget-confirm = Effacer
forgotten = Effacé : fiches { $contacts }, appels { $calls }, brouillons { $drafts }.

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
chart-inbound = Entrants
chart-outbound = Sortants
chart-missed = Manqués
chart-hour = { $hour } : { $n ->
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
sync-first = Copie des contacts : { $done }
sync-first-of = Copie des contacts : { $done } sur { $total }
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
        [one] { $crm } : { $n } contact, synchronisé { $ago }
       *[other] { $crm } : { $n } contacts, synchronisés { $ago }
    }
foot-new = { $crm } : relié
foot-off = { $crm } : déconnecté
foot-error = { $crm } : ne répond pas
foot-first = { $crm } : copie des contacts, { $done }
banner-reconnect = Se reconnecter
banner-open = Voir
banner-unlock = Déverrouiller

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
unknown-leave = Attendre un contact pendant un jour
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
        [one] CRM d’essai : { $n } appel enregistré
       *[other] CRM d’essai : { $n } appels enregistrés
    }
sample-kind-known = un contact connu
sample-kind-shared = un numéro partagé par trois fiches
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
