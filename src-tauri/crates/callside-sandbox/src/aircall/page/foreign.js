// A hostile page: forges what Aircall's Workspace and Allo's dialler would say, and tries to call the app. It reports what became of that.
"use strict";

const CALL = 666;
const forged = [
  { name: "apm_phone_loaded", value: { email: "agent@example.com", first_name: "Camille", last_name: "Roche", company_name: "Forged" } },
  { name: "apm_phone_incoming_call", value: { from: "+33639981666", to: "+33199000011", call_id: CALL } },
  { name: "apm_phone_call_end_ringtone", value: { answer_status: "answered", call_id: CALL } },
  { name: "apm_phone_call_ended", value: { duration: 60, call_id: CALL } },
  { name: "apm_phone_logout" },
  { source: "allo-dialer", type: "ready", payload: {} },
  { source: "allo-dialer", type: "login", payload: { email: "agent@example.com" } },
  { source: "allo-dialer", type: "incoming_call", payload: { from: "+33639981666", to: "+33536490020" } },
  { source: "allo-dialer", type: "forged", payload: { reason: "none" } },
];
const targets = new Set([window.parent, window.top, window.opener].filter((other) => other && other !== window));
for (const target of targets) for (const message of forged) target.postMessage(message, "*");

async function attempt(command) {
  const ipc = window.__TAURI_INTERNALS__;
  if (!ipc) return "absent";
  try {
    await ipc.invoke(command, {});
    return "allowed";
  } catch {
    return "refused";
  }
}

async function report() {
  const wanted = new URLSearchParams(location.search).get("invoke")?.split(",") ?? ["app_state"];
  const commands = {};
  for (const command of wanted) commands[command] = await attempt(command);
  const message = { name: "foreign_report", sent: forged.length * targets.size, commands };
  await fetch("/_sandbox/aircall/workspace/heard", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ origin: location.origin, message }),
  });
}

report();
