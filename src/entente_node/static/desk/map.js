// The map that moves: outlines and what this account may see, as GeoJSON; no tiles unless the node names a server.
const box = document.getElementById("moving")
const read = async url => (await fetch(url)).json()
const text = (name, words, extra) => Object.assign(document.createElement(name), { textContent: words, ...extra })
const shape = {
  country: { className: "land", weight: 1, fillOpacity: 1, interactive: false },
  river: { className: "river", weight: 3, fill: false, interactive: false },
}
const beside = {}

function point({ geometry: { coordinates: [x, y] }, properties: one }) {
  if (one.what === "place")
    return L.circleMarker([y, x], { radius: 5, className: "dot", weight: 2 }).bindTooltip(text("span", one.name), { permanent: true, direction: "right", offset: [6, 0] })
  // The signs of the drawing; several at one place stand beside each other, however far one zooms out.
  const many = beside[`${x} ${y}`] = (beside[`${x} ${y}`] ?? -1) + 1
  const icon = L.divIcon({ className: `pin ${one.severity} is-${one.state}${one.about ? " about" : ""}`, iconSize: [28, 28],
    iconAnchor: [22 + 24 * (1 + many % 4), 14 + 24 * Math.floor(many / 4)],
    html: `<svg viewBox="-14 -14 28 28" aria-hidden="true"><use href="#m-${one.severity === "Unknown" ? "Minor" : one.severity}"/></svg>` })
  return L.marker([y, x], { icon, title: `${one.code} ${one.said}`, alt: `${one.code} ${one.said}` })
}

// Words of records go into the page as text, never as markup.
function bubble({ properties: one }, layer) {
  const inside = document.createElement("div")
  inside.append(text("a", one.what === "place" ? one.name : `${one.code} ${one.name}`, { href: one.url, dir: "auto" }))
  if (one.what === "alert") inside.append(text("p", [one.said, one.where, one.about && box.dataset.about].filter(Boolean).join(" · "), { dir: "auto" }))
  layer.bindPopup(inside)
}

async function draw() {
  const [under, found] = await Promise.all([read(box.dataset.outlines), read(box.dataset.records)])
  box.hidden = false
  const map = L.map(box, { zoomControl: false, attributionControl: false, minZoom: 5, maxZoom: 15 })
  L.control.zoom({ zoomInTitle: box.dataset.in, zoomOutTitle: box.dataset.out }).addTo(map)
  if (box.dataset.tiles) L.tileLayer(box.dataset.tiles).addTo(map)
  L.geoJSON(under, { style: ({ properties }) => shape[properties.what] }).addTo(map)
  const records = L.layerGroup(found.features.map(one => { const layer = point(one); bubble(one, layer); return layer })).addTo(map)
  const all = records.getLayers().map(layer => layer.getLatLng())
  if (all.length) map.fitBounds(L.latLngBounds(all).pad(0.2), { maxZoom: 10 })
  else map.setView([15, 0], 6)
}

draw()
