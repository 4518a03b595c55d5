// The framed dialler: says to the page around it what the sandbox tells it to say.
"use strict";

const french = navigator.language.startsWith("fr");
const texts = french
  ? { off: "Non activé pour ce site.", on: "Connecté.", number: "Numéro", in: "Appel entrant", out: "Appel sortant", strange: "Message inconnu" }
  : { off: "Not activated for this site.", on: "Signed in.", number: "Number", in: "Inbound call", out: "Outbound call", strange: "Unknown message" };
const host = window.parent !== window ? window.parent : window.opener;
const line = "+33536490020";
let activated = false;
let holdsForeign = false;

const at = (id) => document.getElementById(id);
const number = () => at("dialler").elements.number.value;

function say(type, payload) {
  if (host && activated) host.postMessage({ source: "allo-dialer", type, payload }, "*");
}

addEventListener("message", (event) => {
  if (event.source !== host || event.data?.source !== "allo-host") return;
  fetch("/_sandbox/allo/dialer/heard", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ origin: event.origin, message: event.data }),
  });
  // The name of the key is not documented: whatever looks like a number is shown.
  const given = Object.values(event.data.payload ?? {}).find((value) => /^\+\d{8,15}$/.test(value));
  if (event.data.type === "dial" && given) at("dialler").elements.number.value = given;
});

function holdForeign() {
  // The same sandbox under its other name: another origin.
  const other = location.hostname === "localhost" ? "127.0.0.1" : "localhost";
  const frame = document.createElement("iframe");
  frame.src = `http://${other}:${location.port}/aircall/foreign`;
  frame.title = "foreign";
  document.body.append(frame);
}

function prepare() {
  document.documentElement.lang = french ? "fr" : "en";
  at("label").textContent = texts.number;
  for (const name of ["in", "out", "strange"]) at(name).textContent = texts[name];
  at("dialler").addEventListener("submit", (event) => event.preventDefault());
  at("in").addEventListener("click", () => say("incoming_call", { from: number(), to: line }));
  at("out").addEventListener("click", () => say("outgoing_call", { from: line, to: number() }));
  at("strange").addEventListener("click", () => say("call_wrapped", { reason: "unknown" }));
}

async function live() {
  let place = "";
  prepare();
  for (;;) {
    try {
      const answer = await fetch(`/_sandbox/allo/dialer${place}`);
      const news = await answer.json();
      const fresh = news.state.activated && !activated;
      activated = news.state.activated;
      at("state").textContent = activated ? texts.on : texts.off;
      if (fresh) {
        say("ready", {});
        say("login", { email: "agent@example.com" });
      }
      if (news.state.foreign && !holdsForeign) holdForeign();
      holdsForeign = news.state.foreign;
      place = `?after=${news.last}&mark=${news.mark}`;
      for (const event of news.events) say(event.type, event.payload);
    } catch {
      // The sandbox is gone or cut off; it may come back.
      await new Promise((done) => setTimeout(done, 500));
    }
  }
}

live();
