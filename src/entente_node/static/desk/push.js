// Subscribes this browser and ends it: asks the person, then the push service, then tells the node with a form.
"use strict";
const form = document.getElementById("push");
const end = document.getElementById("push-end");

function bytes(text) {
  const plain = atob(text.replace(/-/g, "+").replace(/_/g, "/") + "=".repeat((4 - (text.length % 4)) % 4));
  return Uint8Array.from(plain, (one) => one.charCodeAt(0));
}

function text(buffer) {
  return btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
}

// Why it cannot be: one of the sentences that the page brought, each of which says what to do.
function say(which) {
  for (const one of form.querySelectorAll("[data-when]")) one.hidden = one.dataset.when !== which;
}

function missing() {
  if (!window.isSecureContext) return "insecure";
  if (!("serviceWorker" in navigator) || !("PushManager" in window) || !("Notification" in window)) return "missing";
  return Notification.permission === "denied" ? "denied" : "";
}

async function held() {
  const registration = await navigator.serviceWorker.getRegistration(form.dataset.worker);
  return registration ? registration.pushManager.getSubscription() : null;
}

async function subscribe() {
  if ((await Notification.requestPermission()) !== "granted") throw new Error("denied");
  const registration = await navigator.serviceWorker.register(form.dataset.worker);
  const settled = registration.installing || registration.waiting;
  if (settled && !registration.active) {
    await new Promise((done) => {
      settled.addEventListener("statechange", () => settled.state === "activated" && done());
      if (registration.active) done();
    });
  }
  // One that was made for another key of the node is of no use, and stands in the way of a new one.
  const old = await registration.pushManager.getSubscription();
  if (old && text(old.options.applicationServerKey) !== form.dataset.key) await old.unsubscribe();
  const subscription = await registration.pushManager.subscribe({
    userVisibleOnly: true, applicationServerKey: bytes(form.dataset.key),
  });
  form.elements.endpoint.value = subscription.endpoint;
  form.elements.p256dh.value = text(subscription.getKey("p256dh"));
  form.elements.auth.value = text(subscription.getKey("auth"));
}

async function unsubscribe() {
  const subscription = await held();
  if (!subscription) return;
  end.elements.endpoint.value = subscription.endpoint;
  await subscription.unsubscribe();
}

if (form) {
  document.getElementById("push-none").hidden = true;  // it stands there where no script runs, or none arrives
  form.hidden = false;
  const button = form.querySelector("button");
  const why = missing();
  say(why);
  if (why === "insecure" || why === "missing") button.disabled = true;
  else held().then((one) => { end.hidden = !one; }, () => {});
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    button.disabled = true;
    subscribe().then(() => form.submit(), (error) => {
      button.disabled = false;
      say(error.message === "denied" ? "denied" : "failed");
    });
  });
  end.addEventListener("submit", (event) => {
    event.preventDefault();
    unsubscribe().then(() => end.submit(), () => say("failed"));
  });
}
