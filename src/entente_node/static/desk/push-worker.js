// Shows what the node sent to this browser, also while the desk is closed; a press opens its link.
"use strict";
self.addEventListener("push", (event) => {
  let said = { title: "Entente", body: "", link: "" };
  try { said = { ...said, ...event.data.json() }; } catch { /* shown as it is: empty */ }
  event.waitUntil(self.registration.showNotification(said.title, {
    body: said.body, tag: said.title, renotify: true, requireInteraction: true, data: said.link,
  }));
});
self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  if (event.notification.data) event.waitUntil(self.clients.openWindow(event.notification.data));
});
