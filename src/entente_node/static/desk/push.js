// Subscribes this browser: asks the person, then the push service, then hands both over with the form.
"use strict";
const form = document.getElementById("push");

function bytes(text) {
  const plain = atob(text.replace(/-/g, "+").replace(/_/g, "/") + "=".repeat((4 - (text.length % 4)) % 4));
  return Uint8Array.from(plain, (one) => one.charCodeAt(0));
}

function text(buffer) {
  return btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
}

function refuse() {
  const note = form.querySelector("[role=alert]");
  note.textContent = form.dataset.refused;
  note.hidden = false;
}

async function subscribe() {
  if ((await Notification.requestPermission()) !== "granted") throw new Error("refused");
  const registration = await navigator.serviceWorker.register(form.dataset.worker);
  const settled = registration.installing || registration.waiting;
  if (settled) {
    await new Promise((done) => {
      settled.addEventListener("statechange", () => settled.state === "activated" && done());
      if (registration.active) done();
    });
  }
  const subscription = await registration.pushManager.subscribe({
    userVisibleOnly: true, applicationServerKey: bytes(form.dataset.key),
  });
  form.elements.endpoint.value = subscription.endpoint;
  form.elements.p256dh.value = text(subscription.getKey("p256dh"));
  form.elements.auth.value = text(subscription.getKey("auth"));
}

if (form) {
  form.hidden = false;
  if (!("PushManager" in window) || !("serviceWorker" in navigator)) refuse();
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    subscribe().then(() => form.submit(), refuse);
  });
}
