// Slots on the page of a link: those taken meanwhile are said to be within seconds, and an opening is announced.
// Without this file, a slot already taken is refused when it is asked for, and another can be chosen.

const RYTHME = 3000;

const annoncer = (texte) => {
  const zone = document.querySelector("[data-annonce]");
  if (!zone) return;
  zone.textContent = ""; // the same words twice are said twice
  requestAnimationFrame(() => {
    zone.textContent = texte;
  });
};

const focaliser = (element) => {
  if (!element) return;
  element.tabIndex = -1;
  element.focus({ preventScroll: true });
};

// A slot of the week is a radio button and its label; one of the soonest is a button that books.
function marquer(bouton, pris, textes) {
  if (bouton.disabled === pris) return;
  const nom = bouton.labels?.[0] ?? bouton;
  const ici = pris && document.activeElement === bouton;
  if (pris && bouton.checked) {
    bouton.checked = false;
    annoncer(textes.perdu);
  } else if (ici) {
    annoncer(textes.parti);
  }
  bouton.disabled = pris;
  // A button that is disabled loses the focus, and the person their place in the page. Its day or its list has it then,
  // never another slot: a key pressed at that very moment would take that one.
  if (ici) focaliser(bouton.closest("fieldset, ul"));
  if (!pris) {
    nom.querySelector("[data-dit-pris]").remove();
    return;
  }
  const dit = document.createElement("span");
  dit.className = "pp-creneau__reste";
  dit.setAttribute("data-dit-pris", "");
  dit.textContent = textes.pris;
  nom.append(dit);
}

async function regarder() {
  const offre = document.querySelector("[data-libres]");
  if (!offre || document.hidden) return;
  try {
    const reponse = await fetch(offre.dataset.libres, { signal: AbortSignal.timeout(RYTHME) });
    if (!reponse.ok) return;
    const libres = new Set((await reponse.json()).libres);
    const boutons = [...offre.querySelectorAll("[name=creneau]")];
    const restait = boutons.some((bouton) => !bouton.disabled);
    boutons.forEach((bouton) => marquer(bouton, !libres.has(Number(bouton.value)), offre.dataset));
    if (restait && boutons.every((bouton) => bouton.disabled)) annoncer(offre.dataset.rien);
  } catch {
    // The network will come back; the booking itself is what decides.
  }
}

setInterval(regarder, RYTHME);
document.addEventListener("visibilitychange", regarder);
window.addEventListener("pageshow", regarder);

// At the turn of its person, the page of an opening asks whether any place is left before it asks for itself anew: most
// of a crowd come when all are taken. Asked twice: an answer may be a second old, from before the opening.
const ENCORE = 2000;

async function estVide(question) {
  try {
    const reponse = await fetch(question, { signal: AbortSignal.timeout(RYTHME) });
    return reponse.ok && (await reponse.json()).libres.length === 0;
  } catch {
    return false; // the page itself will say
  }
}

async function ouvrir(ouverture, encore) {
  if (!ouverture.isConnected) return;
  const { question } = ouverture.dataset;
  if (!question || !(await estVide(question))) {
    window.htmx.trigger(ouverture, "ouvrir");
  } else if (encore) {
    setTimeout(ouvrir, ENCORE, ouverture, false);
  } else {
    const complet = ouverture.querySelector("[data-complet]");
    ouverture.replaceChildren(complet);
    complet.hidden = false;
    annoncer(complet.textContent.trim());
  }
}

function armer() {
  const ouverture = document.querySelector("[data-ouverture]:not([data-armee])");
  if (!ouverture) return;
  ouverture.setAttribute("data-armee", "");
  setTimeout(ouvrir, Number(ouverture.dataset.reste), ouverture, true);
}

armer();

// What opens takes the place of what was shown: neither what was chosen nor where the person was is lost.
let avant = {};
document.addEventListener("htmx:beforeSwap", () => {
  const offre = document.getElementById("offre");
  avant = {
    choisi: offre?.querySelector("[name=creneau]:checked")?.id,
    dedans: offre?.contains(document.activeElement),
  };
});
document.addEventListener("htmx:afterSwap", () => {
  const offre = document.getElementById("offre");
  const choisi = avant.choisi && document.getElementById(avant.choisi);
  if (choisi) choisi.checked = true;
  if (avant.dedans && !offre?.contains(document.activeElement)) focaliser(offre?.querySelector("h2"));
  if (avant.choisi && !choisi) annoncer(offre?.dataset.perdu);
  else if (offre?.dataset.libres) annoncer(offre.dataset.ouvert);
  armer();
});
