// Keeps a page fresh (docs/decisions/0018): asks every 20 seconds whether anything that this account may see
// has changed, and merges what has, so that focus, typed words and folds stay as they are.
const get = id => document.getElementById(id), all = (css, of = document) => [...of.querySelectorAll(css)]
const page = get("live"), said = get("said"), lost = get("lost"), data = page.dataset
const [now, minutes, hours, days, ago, ahead, left, late] = JSON.parse(data.words)
const skew = Date.parse(data.now) - Date.now()
const format = new Intl.DateTimeFormat("fr", { hour: "2-digit", minute: "2-digit", timeZone: data.zone })
let tag = data.tag, pause = 20_000, heard = Date.now(), timer

const put = (words, value) => words.replace("#", value)
const clock = () => format.format(heard + skew)

function span(seconds) {
  const m = Math.floor(seconds / 60), h = Math.floor((m + 30) / 60)
  return m < 1 ? now : m < 90 ? put(minutes, m) : h < 36 ? put(hours, h) : put(days, Math.floor((h + 12) / 24))
}

function tick() {
  for (const time of all("time.ago, time.due")) {
    const over = Date.now() + skew - Date.parse(time.dateTime), due = time.classList.contains("due")
    time.firstChild.data = put(due ? (over < 0 ? left : late) : over < 0 ? ahead : ago, span(Math.abs(over) / 1000)) + (time.children[0] ? ", " : "")
    time.classList.toggle("late", due && over >= 0)
  }
}

// Children with an id are known by it and keep their elements; the others by their place.
function merge(old, fresh) {
  let at = old.firstChild
  for (const next of [...fresh.childNodes]) {
    const known = next.id ? get(next.id) : at
    const same = known?.parentNode === old && known.nodeName === next.nodeName && known.id === next.id && known
    if (same === at) at = at.nextSibling
    else old.insertBefore(same || next, at)
    if (!same) continue
    if (next.data !== same.data) same.data = next.data
    for (const { name } of [...(same.attributes || [])]) name === "open" || next.hasAttribute(name) || same.removeAttribute(name)
    for (const { name, value } of next.attributes || []) same.getAttribute(name) === value || same.setAttribute(name, value)
    merge(same, next)
  }
  for (let gone; (gone = at); gone.remove()) at = at.nextSibling
}

function show(html) {
  const ids = () => all("li[id^=a-]", page), before = ids().map(item => item.id), focused = document.activeElement
  const fresh = document.createElement("template")
  fresh.innerHTML = html
  merge(page, fresh.content)
  if (focused !== document.activeElement) focused.focus({ preventScroll: true })
  const raised = ids().filter(item => !before.includes(item.id)).map(item => item.querySelector("h3").textContent)
  if (raised.length) said.textContent = put(said.dataset.words, raised.join("; "))
  const waits = get("head")?.dataset.waits
  if (waits) document.title = document.title.replace(/^(\(\d+\) )?/, +waits ? `(${waits}) ` : "")
}

async function poll() {
  clearTimeout(timer)
  if (document.hidden) return
  let words = lost.dataset.words
  try {
    const headers = { "X-Fragment": "live", "If-None-Match": tag }
    const answer = await fetch(location, { headers, cache: "no-store", redirect: "manual", signal: AbortSignal.timeout(60_000) })
    if (answer.type === "opaqueredirect") words = lost.dataset.out
    if (answer.headers.get("X-Fragment")) {
      if (answer.status === 200) {
        show(await answer.text())
        tag = answer.headers.get("ETag")
      }
      for (const pair of (answer.headers.get("X-Moments") || "").split(",")) {
        const [key, moment] = pair.split("=")
        for (const time of all(`time[data-moment="${key}"]`)) time.dateTime = moment
      }
      words = ""
      heard = Date.now()
      for (const asof of all(".asof")) asof.textContent = asof.textContent.replace(/\d+:\d+/, clock())
    }
  } catch {}
  pause = words ? Math.min(pause * 2, 300_000) : 20_000
  lost.hidden = !words
  lost.textContent = put(words, clock())
  tick()
  timer = setTimeout(poll, pause)
}

document.addEventListener("visibilitychange", poll)
addEventListener("online", poll)
timer = setTimeout(poll, pause)
