// Keeps a page fresh (docs/decisions/0018): asks every 20 seconds whether anything that this account may see
// has changed, and merges what has, so that focus, typed words and folds stay as they are.
const page = document.getElementById("live"), said = document.getElementById("said"), lost = document.getElementById("lost")
const [now, minutes, hours, days, ago, ahead, left, late] = JSON.parse(page.dataset.words)
const LEAST = 20_000, MOST = 300_000
const skew = Date.parse(page.dataset.now) - Date.now()
const put = (pattern, value) => pattern.replace("#", value)
const format = new Intl.DateTimeFormat("fr", { hour: "2-digit", minute: "2-digit", timeZone: page.dataset.zone })
const clock = at => format.format(at + skew)
let tag = page.dataset.tag, pause = LEAST, heard = Date.now(), timer

function span(seconds) {
  const m = Math.floor(seconds / 60), h = Math.floor((m + 30) / 60)
  return m < 1 ? now : m < 90 ? put(minutes, m) : h < 36 ? put(hours, h) : put(days, Math.floor((h + 12) / 24))
}

function tick() {
  for (const time of document.querySelectorAll("time.ago, time.due")) {
    const seconds = (Date.now() + skew - Date.parse(time.dateTime)) / 1000
    const due = time.classList.contains("due"), over = seconds >= 0
    time.firstChild.data = put(due ? (over ? late : left) : over ? ago : ahead, span(Math.abs(seconds))) + (time.children.length ? ", " : "")
    if (due) time.classList.toggle("late", over)
  }
}

// Children with an id are known by it and keep their elements; the others by their place.
function merge(old, fresh) {
  let at = old.firstChild
  for (const next of [...fresh.childNodes]) {
    const known = next.id && document.getElementById(next.id)
    const same = known && known.parentNode === old ? known : !next.id && at && !at.id && at.nodeName === next.nodeName && at
    if (!same) { old.insertBefore(next, at); continue }
    if (same === at) at = at.nextSibling
    else old.insertBefore(same, at)
    if (next.nodeType !== 1) { if (same.data !== next.data) same.data = next.data; continue }
    for (const { name } of [...same.attributes]) if (name !== "open" && !next.hasAttribute(name)) same.removeAttribute(name)
    for (const { name, value } of next.attributes) if (same.getAttribute(name) !== value) same.setAttribute(name, value)
    merge(same, next)
  }
  while (at) { const gone = at; at = at.nextSibling; gone.remove() }
}

function show(html) {
  const ids = () => [...page.querySelectorAll("li[id^=a-]")]
  const before = new Set(ids().map(item => item.id)), focused = document.activeElement
  const fresh = document.createElement("template")
  fresh.innerHTML = html
  merge(page, fresh.content)
  if (focused !== document.activeElement && focused.isConnected) focused.focus({ preventScroll: true })
  const raised = ids().filter(item => !before.has(item.id))
  if (raised.length) said.textContent = put(said.dataset.words, raised.map(item => item.querySelector("h3").textContent).join("; "))
  const waits = page.querySelector("[data-waits]")
  if (waits) document.title = document.title.replace(/^(\(\d+\) )?/, +waits.dataset.waits ? `(${waits.dataset.waits}) ` : "")
}

function unheard(words) {
  pause = Math.min(pause * 2, MOST)
  lost.textContent = put(words, clock(heard))
  lost.hidden = false
}

async function poll() {
  clearTimeout(timer)
  if (document.hidden) return
  try {
    const answer = await fetch(location, { headers: { "X-Fragment": "live", "If-None-Match": tag }, cache: "no-store", redirect: "manual", signal: AbortSignal.timeout(60_000) })
    const fresh = answer.status === 200 && answer.headers.get("X-Fragment")
    if (fresh) { tag = answer.headers.get("ETag"); show(await answer.text()) }
    if (fresh || answer.status === 304) {
      for (const pair of (answer.headers.get("X-Moments") || "").split(",")) {
        const [key, moment] = pair.split("=")
        for (const time of document.querySelectorAll(`time[data-moment="${key}"]`)) time.dateTime = moment
      }
      pause = LEAST
      heard = Date.now()
      lost.hidden = true
      for (const asof of document.querySelectorAll(".asof")) asof.textContent = asof.textContent.replace(/\d+:\d+/, clock(heard))
    } else unheard(answer.type === "opaqueredirect" ? lost.dataset.out : lost.dataset.words)
  } catch { unheard(lost.dataset.words) }
  tick()
  timer = setTimeout(poll, pause)
}

document.addEventListener("visibilitychange", poll)
addEventListener("online", poll)
timer = setTimeout(poll, LEAST)
