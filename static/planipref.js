// Progressive enhancement only: every page works without this file. No eval, no injected style.

const occupes = new Set();

function liberer(bouton) {
  bouton.removeAttribute("aria-disabled");
  bouton.removeAttribute("data-envoi-en-cours");
  occupes.delete(bouton);
}

// A second press while the first is on its way sends nothing. The button is not `disabled`: its name and value
// must leave with the form, and the focus must stay on it.
document.addEventListener("submit", (evenement) => {
  const bouton = evenement.submitter;
  if (evenement.defaultPrevented || !bouton || evenement.target.method === "dialog") return;
  if (bouton.hasAttribute("data-envoi-en-cours")) {
    evenement.preventDefault();
    return;
  }
  bouton.setAttribute("data-envoi-en-cours", "");
  bouton.setAttribute("aria-disabled", "true");
  occupes.add(bouton);
  // A download or a lost connection keeps the page: give the button back.
  setTimeout(() => liberer(bouton), 15000);
});

// Back button: the page returns from memory with the button still busy.
window.addEventListener("pageshow", () => [...occupes].forEach(liberer));
document.addEventListener("htmx:afterRequest", () => [...occupes].forEach(liberer));

// What is wrong takes the focus, so that it is read first: the summary of the errors, or else the field.
function montrerLaFaute() {
  if (document.activeElement !== document.body) return;
  (document.querySelector("[data-erreurs]") ?? document.querySelector("main [aria-invalid=true]"))?.focus();
}
montrerLaFaute();
window.addEventListener("load", montrerLaFaute); // an address that names a part of the page takes the focus away

// A frame has the focus when what it holds has it, which no style sheet knows: the window has lost it then.
window.addEventListener("blur", () => {
  const cadre = document.activeElement;
  if (cadre?.matches("iframe")) cadre.setAttribute("data-focus", "");
});
window.addEventListener("focus", () => {
  document.querySelectorAll("iframe[data-focus]").forEach((cadre) => cadre.removeAttribute("data-focus"));
});

// Keyboard shortcuts of the agents: data-raccourci="n" on a link or button; with Alt, so that no assistive
// technology and no typing is disturbed (WCAG 2.1.4).
document.addEventListener("keydown", (evenement) => {
  if (!evenement.altKey || evenement.ctrlKey || evenement.metaKey || evenement.repeat) return;
  const touche = evenement.code.startsWith("Key")
    ? evenement.code.slice(3).toLowerCase()
    : evenement.key.toLowerCase();
  const candidats = [...document.querySelectorAll("[data-raccourci]")];
  const cible = candidats.find(
    (element) =>
      [evenement.key.toLowerCase(), touche].includes(element.dataset.raccourci.toLowerCase()) &&
      !element.disabled &&
      element.getClientRects().length > 0,
  );
  if (!cible) return;
  evenement.preventDefault();
  if (cible.matches("input:not([type=submit], [type=button]), textarea, select")) cible.focus();
  else cible.click();
  // What a panel holds is what one wants to fill: Enter must not press a button left behind.
  const panneau = cible.closest("summary")?.parentElement;
  if (panneau?.open !== undefined) panneau.querySelector("form :is(input:not([type=hidden]), select, textarea)")?.focus();
});
