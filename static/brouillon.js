// What is typed in a page of the deposit stays in this tab until it is saved: a lost connection, an expired session or
// a reload loses nothing. Only in the tab (sessionStorage), never files, forgotten once the next page is there.

const formulaire = document.querySelector("form[data-brouillon]");
const PREFIXE = "brouillon:";

function oublierLesAutres(garde) {
  Object.keys(sessionStorage)
    .filter((cle) => cle.startsWith(PREFIXE) && cle !== garde)
    .forEach((cle) => sessionStorage.removeItem(cle));
}

function champs() {
  return [...formulaire.elements].filter(
    (champ) => champ.name && champ.name !== "csrfmiddlewaretoken" && !["file", "submit", "button"].includes(champ.type),
  );
}

function garder(cle) {
  const valeurs = champs()
    .filter((champ) => !["radio", "checkbox"].includes(champ.type) || champ.checked)
    .map((champ) => [champ.name, champ.value]);
  sessionStorage.setItem(cle, JSON.stringify(valeurs));
}

function rendre(cle) {
  const valeurs = JSON.parse(sessionStorage.getItem(cle) || "[]");
  const donnees = new Map(valeurs);
  champs().forEach((champ) => {
    if (!donnees.has(champ.name)) return;
    if (["radio", "checkbox"].includes(champ.type)) champ.checked = donnees.get(champ.name) === champ.value;
    else champ.value = donnees.get(champ.name);
  });
}

if (formulaire) {
  const cle = PREFIXE + formulaire.dataset.brouillon;
  oublierLesAutres(cle);
  if (!formulaire.querySelector("[aria-invalid=true]")) rendre(cle);
  formulaire.addEventListener("input", () => garder(cle));
  formulaire.addEventListener("change", () => garder(cle));
  const alerte = formulaire.querySelector("[data-hors-ligne]");
  formulaire.addEventListener("submit", (evenement) => {
    if (!alerte || navigator.onLine) return;
    evenement.preventDefault();
    alerte.hidden = false;
    alerte.focus();
  });
  window.addEventListener("online", () => alerte && (alerte.hidden = true));
} else if (!document.querySelector("[data-brouillon-attend]")) {
  oublierLesAutres("");
}
