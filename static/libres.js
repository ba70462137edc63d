// Slots on the page of a link: those taken meanwhile are said to be within seconds, and an opening is announced.
// Without this file, a slot already taken is refused when it is asked for, and another can be chosen.

const RYTHME = 3000;

const annoncer = (texte) => {
  const zone = document.querySelector("[data-annonce]");
  if (zone) zone.textContent = texte;
};

// A slot of the week is a radio button and its label; one of the soonest is a button that books.
function marquer(bouton, pris, textes) {
  if (bouton.disabled === pris) return;
  const nom = bouton.labels?.[0] ?? bouton;
  if (pris && bouton.checked) {
    bouton.checked = false;
    annoncer(textes.perdu);
  }
  bouton.disabled = pris;
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
    boutons.forEach((bouton) => marquer(bouton, !libres.has(Number(bouton.value)), offre.dataset));
  } catch {
    // The network will come back; the booking itself is what decides.
  }
}

setInterval(regarder, RYTHME);
document.addEventListener("visibilitychange", regarder);
window.addEventListener("pageshow", regarder);
document.addEventListener("htmx:afterSwap", () => {
  const offre = document.getElementById("offre");
  if (offre?.dataset.libres) annoncer(offre.dataset.ouvert);
});
