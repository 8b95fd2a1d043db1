// The map that moves: outlines and what this account may see, as GeoJSON; no tiles unless the node names a server.
const box = document.getElementById("moving")
const read = async url => (await fetch(url)).json()
const text = (name, words, more) => Object.assign(document.createElement(name), { textContent: words, ...more })
const SIZE = 28
const shape = {
  country: { className: "land", weight: 1, fillOpacity: 1, interactive: false },
  river: { className: "river", weight: 3, fill: false, interactive: false },
}

function point({ geometry: { coordinates: [x, y] }, properties: one }) {
  if (one.what === "place")
    return L.circleMarker([y, x], { radius: 5, className: "dot", weight: 2 }).bindTooltip(text("span", one.name), { permanent: true, direction: "right", offset: [6, 0] })
  return L.marker([y, x], { one, icon: sign(one, 0), title: `${one.code} ${one.said}`, alt: `${one.code} ${one.said}` })
}

// The signs of the drawing, so many pixels left of their place.
const sign = (one, left) => L.divIcon({
  className: `pin ${one.severity} is-${one.state}${one.about ? " about" : ""}`, iconSize: [SIZE, SIZE], iconAnchor: [SIZE / 2 + left, SIZE / 2],
  html: `<svg viewBox="-14 -14 28 28" aria-hidden="true"><use href="#m-${one.severity === "Unknown" ? "Minor" : one.severity}"/></svg>`,
})

// None covers another, however far one zooms out: who finds the place taken stands left of who is there.
function settle(map, pins) {
  const taken = []
  for (const pin of pins) {
    const { x, y } = map.latLngToLayerPoint(pin.getLatLng())
    let at = x - SIZE
    for (let other; (other = taken.find(([a, b]) => Math.abs(a - at) < SIZE && Math.abs(b - y) < SIZE));) at = other[0] - SIZE
    taken.push([at, y])
    pin.setIcon(sign(pin.options.one, x - at))
  }
}

// Words of records go into the page as text, never as markup.
function bubble({ properties: one }, layer) {
  const inside = document.createElement("div")
  inside.append(text("a", one.what === "place" ? one.name : `${one.code} ${one.name}`, { href: one.url, dir: "auto" }))
  if (one.what === "alert") inside.append(text("p", [one.said, one.where, one.about && box.dataset.about].filter(Boolean).join(" · "), { dir: "auto" }))
  layer.bindPopup(inside)
}

async function draw() {
  const [under, { features }] = await Promise.all([read(box.dataset.outlines), read(box.dataset.records)])
  box.hidden = false
  const map = L.map(box, { zoomControl: false, attributionControl: false, minZoom: 5, maxZoom: 15 })
  L.control.zoom({ zoomInTitle: box.dataset.in, zoomOutTitle: box.dataset.out }).addTo(map)
  if (box.dataset.tiles) L.tileLayer(box.dataset.tiles).addTo(map)
  L.geoJSON(under, { style: ({ properties }) => shape[properties.what] }).addTo(map)
  const layers = features.map(point), pins = layers.filter(layer => layer.options.one)
  features.forEach((one, at) => bubble(one, layers[at]))
  if (layers.length) map.fitBounds(L.latLngBounds(layers.map(layer => layer.getLatLng())).pad(0.2), { maxZoom: 10 })
  else map.setView([15, 0], 6)
  L.layerGroup(layers).addTo(map)
  settle(map, pins)
  map.on("zoomend", () => settle(map, pins))
}

draw()
