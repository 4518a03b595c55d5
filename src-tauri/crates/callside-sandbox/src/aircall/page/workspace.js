// The Workspace page: shows the phones of the sandbox, and says to the page around it what happens on them.
"use strict";

const TEXTS = {
  en: {
    title: "Aircall Workspace (sandbox)",
    user: "User",
    log_in: "Log in",
    log_out: "Log out",
    logged_out: "Nobody is logged in.",
    logged_in: "Logged in: ",
    calls: "On the phone",
    no_calls: "No call right now.",
    dialler: "Dialler",
    number: "Number",
    call: "Call",
    ring_me: "Ring me from it",
    stories: "Stories",
    stories_hint: "Each plays by itself.",
    moods: "Moods",
    late: "Answer commands too late",
    deaf: "Say yes to a number and place no call",
    answer: "Answer",
    refuse: "Refuse",
    hang_up: "Hang up",
    leave_screen: "Done",
    note: "Note",
    inbound: "Inbound",
    outbound: "Outbound",
    withheld: "Number withheld",
    ringing: "ringing",
    answered: "talking",
    ended: "ended",
    inbound_answered: "Inbound, answered",
    inbound_refused: "Inbound, refused",
    inbound_missed: "Inbound, missed",
    inbound_missed_silently: "Missed, end of ringing unsaid",
    voicemail: "Voicemail",
    outbound_answered: "Outbound, answered",
    outbound_unanswered: "Outbound, no answer",
    outbound_without_end: "Outbound, end unsaid",
    two_at_once: "Two at once",
    end_twice: "End said twice",
    out_of_order: "Events in reverse",
    dialled_elsewhere: "Dialled elsewhere",
    logout_in_call: "Logout in mid-call",
    other_agent: "Somebody else logs in",
    forged: "Forged messages",
    withheld_number: "Number withheld",
    empty_caller: "Empty caller",
    late_reply: "Late answers",
  },
  fr: {
    title: "Aircall Workspace (bac à sable)",
    user: "Utilisateur",
    log_in: "Se connecter",
    log_out: "Se déconnecter",
    logged_out: "Personne n'est connecté.",
    logged_in: "Connecté\u202f: ",
    calls: "En ligne",
    no_calls: "Aucun appel pour le moment.",
    dialler: "Clavier",
    number: "Numéro",
    call: "Appeler",
    ring_me: "Me faire appeler",
    stories: "Scénarios",
    stories_hint: "Chacun se déroule tout seul.",
    moods: "Humeurs",
    late: "Répondre trop tard aux commandes",
    deaf: "Accepter un numéro sans appeler",
    answer: "Répondre",
    refuse: "Refuser",
    hang_up: "Raccrocher",
    leave_screen: "Terminer",
    note: "Note",
    inbound: "Entrant",
    outbound: "Sortant",
    withheld: "Numéro masqué",
    ringing: "sonne",
    answered: "en conversation",
    ended: "terminé",
    inbound_answered: "Entrant, décroché",
    inbound_refused: "Entrant, refusé",
    inbound_missed: "Entrant, manqué",
    inbound_missed_silently: "Manqué, fin de sonnerie tue",
    voicemail: "Message vocal",
    outbound_answered: "Sortant, décroché",
    outbound_unanswered: "Sortant, sans réponse",
    outbound_without_end: "Sortant, fin tue",
    two_at_once: "Deux à la fois",
    end_twice: "Fin dite deux fois",
    out_of_order: "Événements à l'envers",
    dialled_elsewhere: "Composé ailleurs",
    logout_in_call: "Déconnexion en plein appel",
    other_agent: "Quelqu'un d'autre se connecte",
    forged: "Messages falsifiés",
    withheld_number: "Numéro masqué",
    empty_caller: "Appelant vide",
    late_reply: "Réponses tardives",
  },
};
const language = navigator.language.startsWith("fr") ? "fr" : "en";
const texts = TEXTS[language];
const LATE_MS = 2500;
const CONTROLS = "/_sandbox/aircall";

// Framed, the page around us; opened by a page, that page; alone, nobody.
const host = window.parent !== window ? window.parent : window.opener;
let state = { login: null, users: [], calls: [], workspace: {}, scenarios: [] };

const at = (id) => document.getElementById(id);
const post = (path, body) =>
  fetch(CONTROLS + path, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });

function say(name, value) {
  const message = { name: "apm_phone_" + name };
  if (value !== undefined) message.value = value;
  if (host) host.postMessage(message, "*");
}

// --- Commands of the page around us --------------------------------------------------------------

const commands = {
  is_logged_in: async () => ({ success: true, data: state.login !== null }),
  dial_number: async (value) => {
    const answer = await post("/workspace/dial", { phone_number: String(value?.phone_number ?? "") });
    const { in_call } = await answer.json();
    return in_call ? { success: false, errorCode: "in_call", errorMessage: "The agent is in a call" } : { success: true, data: null };
  },
  exit_keyboard: async () => ({ success: false, errorCode: "not_in_keyboard", errorMessage: "The keyboard is not open" }),
};

async function obey(name, value) {
  const command = commands[name];
  const reply = command
    ? await command(value)
    : { success: false, errorCode: "does_not_exists", errorMessage: "There is no such command" };
  setTimeout(() => say(name + "_response", reply), state.workspace.reply_delay_ms ?? 0);
}

addEventListener("message", (event) => {
  const said = /^apm_app_(.+)$/.exec(event.data?.name ?? "");
  if (!said || event.source !== host) return;
  post("/workspace/heard", { origin: event.origin, message: event.data });
  if (said[1] === "isready") return;
  if (said[1] === "get_settings") say("integration_settings", { synthetic: true });
  else obey(said[1], event.data.value);
});

// --- What the sandbox has us do ------------------------------------------------------------------

const doings = {
  say: ({ name, value }) => say(name, value),
  login: ({ user }) => say("loaded", user),
  logout: () => say("logout"),
  forge: () => {
    // The same sandbox under its other name: another origin.
    const other = location.hostname === "localhost" ? "127.0.0.1" : "localhost";
    const frame = document.createElement("iframe");
    frame.src = `http://${other}:${location.port}/aircall/foreign`;
    frame.title = "foreign";
    document.body.append(frame);
  },
};

function button(text, press) {
  const made = document.createElement("button");
  made.type = "button";
  made.textContent = text;
  made.addEventListener("click", press);
  return made;
}

function row(call) {
  const item = document.createElement("li");
  const title = document.createElement("p");
  const direction = call.outbound ? texts.outbound : texts.inbound;
  title.textContent = `${direction} · ${call.remote ?? texts.withheld} · ${texts[call.phase]}`;
  item.append(title);
  const act = (name) => button(texts[name], () => post(`/calls/${call.id}`, { act: name }));
  if (call.phase === "ringing") item.append(act("answer"));
  if (call.phase === "ringing" && !call.outbound) item.append(act("refuse"));
  if (call.phase !== "ended") item.append(act("hang_up"));
  if (call.phase === "ended") {
    const note = document.createElement("input");
    note.placeholder = texts.note;
    note.setAttribute("aria-label", texts.note);
    const leave = async () => {
      if (note.value) await post(`/calls/${call.id}`, { act: "comment", content: note.value });
      await post(`/calls/${call.id}`, { act: "leave_screen" });
    };
    item.append(note, button(texts.leave_screen, leave));
  }
  return item;
}

function show() {
  const who = state.login;
  at("who").textContent = who ? texts.logged_in + `${who.first_name} ${who.last_name}` : texts.logged_out;
  at("logout").disabled = !who;
  at("no-calls").hidden = state.calls.length > 0;
  at("calls").replaceChildren(...state.calls.map(row));
  at("late").checked = state.workspace.reply_delay_ms > 0;
  at("deaf").checked = state.workspace.ignores_dial === true;
}

function prepare() {
  document.documentElement.lang = language;
  document.title = texts.title;
  for (const element of document.querySelectorAll("[data-text]")) element.textContent = texts[element.dataset.text];
  at("login").elements.email.replaceChildren(...state.users.map((user) => new Option(user.name, user.email)));
  const story = (name) => {
    const text = texts[name === "withheld" ? "withheld_number" : name];
    const item = document.createElement("li");
    item.append(button(text, () => post(`/scenarios/${name}`, {})));
    item.firstChild.dataset.scenario = name;
    return item;
  };
  at("stories").replaceChildren(...state.scenarios.map(story));
  at("login").addEventListener("submit", (event) => {
    event.preventDefault();
    post("/login", { email: event.target.elements.email.value });
  });
  at("logout").addEventListener("click", () => post("/login", { email: null }));
  at("dialler").addEventListener("submit", (event) => {
    event.preventDefault();
    post("/workspace/dial", { phone_number: event.target.elements.number.value, by_agent: true });
  });
  at("ring-me").addEventListener("click", () => {
    const remote = at("dialler").elements.number.value;
    post("/calls", { remote, ring_ms: null, talk_ms: null, screen_ms: null });
  });
  const mood = (change) => post("/settings", { workspace: change });
  at("late").addEventListener("change", (event) => mood({ reply_delay_ms: event.target.checked ? LATE_MS : 0 }));
  at("deaf").addEventListener("change", (event) => mood({ ignores_dial: event.target.checked }));
}

async function live() {
  let place = "";
  for (;;) {
    try {
      const answer = await fetch(`${CONTROLS}/workspace${place}`);
      const news = await answer.json();
      state = news.state;
      if (place === "") {
        prepare();
        if (state.login) say("loaded", state.login);
      }
      place = `?after=${news.last}&mark=${news.mark}`;
      for (const event of news.events) doings[event.do]?.(event);
      show();
    } catch {
      // The sandbox is gone or cut off; it may come back.
      await new Promise((done) => setTimeout(done, 500));
    }
  }
}

live();
