// Public display: asks for the calls every two seconds, announces the new ones, and mends itself after a cut.
// ?son=fr or ?son=fr-en tries the sound at once (kiosk), ?son=non keeps this screen silent.

const RYTHME = 2000;
const ATTENTE_MAX = 15000; // between two tries while the network is cut
const REPONSE_MAX = 8000;
const PAROLE_MAX = 8000; // a voice that never says it has finished does not hold the next call
const HEURE = 3_600_000;

const ecran = document.querySelector("main[data-appels]");
const tableau = document.getElementById("appels");
const un = (attribut) => ecran.querySelector(`[${attribut}]`);
const patienter = (duree) => new Promise((fini) => setTimeout(fini, duree));

// --- Memory: a browser may refuse it -------------------------------------------------------------------

function lire(memoire, cle) {
  try {
    return window[memoire].getItem(cle);
  } catch {
    return null;
  }
}

function garder(memoire, cle, valeur) {
  try {
    if (valeur === null) window[memoire].removeItem(cle);
    else window[memoire].setItem(cle, valeur);
  } catch {
    // It will be asked again.
  }
}

// --- Time: that of the server, in the timezone of the préfecture ---------------------------------------

let decalage = 0;

function heure(options = { hour: "2-digit", minute: "2-digit" }) {
  const instant = new Date(Date.now() + decalage);
  try {
    return new Intl.DateTimeFormat("fr-FR", { ...options, timeZone: ecran.dataset.fuseau }).format(instant);
  } catch {
    return new Intl.DateTimeFormat("fr-FR", options).format(instant);
  }
}

function montrerHeure() {
  const dite = heure();
  if (un("data-heure").textContent !== dite) un("data-heure").textContent = dite;
}

// --- Sound: a chime, then a voice; one call after the other --------------------------------------------

const MODE = new URLSearchParams(location.search).get("son") ?? "";
const LANGUES = MODE === "fr-en" ? ["fr", "en"] : ["fr"];
const PHRASES = {
  fr: (ticket, guichet) => `Ticket ${ticket}, guichet ${guichet}`,
  en: (ticket, guichet) => `Ticket ${ticket}, counter ${guichet}`,
};
const VOIX = { fr: "fr-FR", en: "en-GB" };
let audio = null;
let parole = null; // kept: some browsers forget a voice that nothing holds, and never say that it ended

const sonne = () => audio !== null && audio.state === "running";
const montrerSon = () => (un("data-son").hidden = MODE === "non" || sonne());

async function activerSon() {
  try {
    audio ??= new (window.AudioContext ?? window.webkitAudioContext)();
    audio.onstatechange = montrerSon;
    // Without a gesture, `resume` neither succeeds nor fails.
    if (!sonne()) await Promise.race([audio.resume(), patienter(500)]);
  } catch {
    audio = null;
  }
  montrerSon();
}

function carillon() {
  [659.25, 523.25].forEach((frequence, rang) => {
    const debut = audio.currentTime + rang * 0.45;
    const note = audio.createOscillator();
    const volume = audio.createGain();
    note.frequency.value = frequence;
    volume.gain.setValueAtTime(0.0001, debut);
    volume.gain.exponentialRampToValueAtTime(0.7, debut + 0.02);
    volume.gain.exponentialRampToValueAtTime(0.0001, debut + 0.9);
    note.connect(volume);
    volume.connect(audio.destination);
    note.start(debut);
    note.stop(debut + 1);
  });
  return patienter(1300);
}

function dire(texte, langue) {
  const synthese = window.speechSynthesis;
  if (!synthese || !window.SpeechSynthesisUtterance) return null;
  return new Promise((fini) => {
    parole = new SpeechSynthesisUtterance(texte);
    parole.lang = VOIX[langue];
    parole.rate = 0.9;
    const voix = synthese.getVoices().find((v) => v.lang.slice(0, 2).toLowerCase() === langue);
    if (voix) parole.voice = voix;
    const limite = setTimeout(() => {
      synthese.cancel();
      fini();
    }, PAROLE_MAX);
    parole.onend = parole.onerror = () => {
      clearTimeout(limite);
      fini();
    };
    synthese.speak(parole);
  });
}

// E012 is said « E 12 ».
const epeler = (ticket) => ticket.replace(/^(\D*)0*(\d+)$/, "$1 $2").trim();

async function sonner({ ticket, guichet }) {
  if (MODE === "non" || !sonne()) return;
  await carillon();
  for (const langue of LANGUES) await dire(PHRASES[langue](epeler(ticket), guichet), langue);
}

let fil = Promise.resolve();

function annoncer(appels) {
  un("data-annonce").textContent = appels
    .map(({ ticket, guichet }) => PHRASES.fr(epeler(ticket), guichet))
    .join(". ");
  for (const appel of appels) fil = fil.then(() => sonner(appel)).catch(() => {});
}

// --- Calls: each is announced once, the oldest first ---------------------------------------------------

const CLE_CONNUS = "affichage:connus";
const affiches = () => [...tableau.querySelectorAll("[data-appel]")].map((e) => ({ ...e.dataset }));
let connus = new Set(affiches().map((a) => a.appel));

function comparer() {
  const presents = affiches();
  const nouveaux = presents.filter((a) => !connus.has(a.appel));
  connus = new Set(presents.map((a) => a.appel));
  if (!nouveaux.length) return;
  const premier = tableau.querySelector("[data-appel]");
  if (nouveaux.some((a) => a.appel === premier.dataset.appel)) premier.classList.add("pp-ecran__dernier--nouveau");
  annoncer(nouveaux.reverse());
}

// --- Polling -------------------------------------------------------------------------------------------

const version = () => tableau.firstElementChild?.dataset.version;
const VERSION = version();
let etag = ecran.dataset.etag;
let derniere = heure();
let echecs = 0;
let enCours = false;
let reprise = 0;

async function demander() {
  const arret = new AbortController();
  const limite = setTimeout(() => arret.abort(), REPONSE_MAX);
  try {
    const reponse = await fetch(ecran.dataset.appels, {
      headers: { "If-None-Match": etag },
      cache: "no-store",
      signal: arret.signal,
    });
    const texte = reponse.status === 200 ? await reponse.text() : "";
    if (reponse.status !== 304 && !texte.includes("data-version")) throw new Error(String(reponse.status));
    return { reponse, texte };
  } finally {
    clearTimeout(limite);
  }
}

async function relever() {
  const { reponse, texte } = await demander();
  const dite = Date.parse(reponse.headers.get("Date"));
  if (dite) decalage = dite - Date.now();
  if (texte) {
    etag = reponse.headers.get("ETag") ?? "";
    tableau.innerHTML = texte;
    comparer();
  }
  derniere = heure();
  if (perimee()) await recharger();
}

async function tourner() {
  if (enCours) return;
  enCours = true;
  clearTimeout(reprise);
  try {
    await relever();
    echecs = 0;
  } catch {
    echecs += 1;
    un("data-maj").textContent = derniere;
  }
  un("data-coupure").hidden = !echecs;
  enCours = false;
  reprise = setTimeout(tourner, Math.min(RYTHME * 2 ** Math.min(echecs, 5), ATTENTE_MAX));
}

// --- A new version, or a new day: the whole page again -------------------------------------------------

const CLE_RECHARGE = "affichage:recharge";

function perimee() {
  const age = performance.now();
  if (version() !== VERSION) {
    // While two versions are served side by side, one try a minute.
    return Date.now() - Number(lire("sessionStorage", CLE_RECHARGE) ?? 0) > 60_000;
  }
  const nuit = Number.parseInt(heure({ hour: "2-digit", hourCycle: "h23" }), 10) === 3;
  return (nuit && age > 2 * HEURE) || age > 26 * HEURE;
}

async function recharger() {
  // Only towards a page that answers: an error page of the browser would stay for ever.
  const page = await fetch(location.href, { cache: "no-store" });
  if (!page.ok) return;
  garder("sessionStorage", CLE_RECHARGE, String(Date.now()));
  garder("sessionStorage", CLE_CONNUS, JSON.stringify([...connus]));
  location.reload();
}

// --- Start ---------------------------------------------------------------------------------------------

const CLE_SON = "affichage:son";

un("data-son").querySelector("button").addEventListener("click", async () => {
  await activerSon();
  if (!sonne()) return;
  garder("localStorage", CLE_SON, "oui");
  fil = fil.then(carillon).catch(() => {});
});
window.addEventListener("online", tourner);
setInterval(montrerHeure, 1000);

montrerSon();
if (MODE.startsWith("fr") || (MODE !== "non" && lire("localStorage", CLE_SON) === "oui")) await activerSon();
// After a reload of our own, what was called meanwhile is new.
const avant = lire("sessionStorage", CLE_CONNUS);
if (avant) {
  garder("sessionStorage", CLE_CONNUS, null);
  connus = new Set(JSON.parse(avant));
  comparer();
}
tourner();
