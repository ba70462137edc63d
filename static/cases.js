// Boxes ticked stay ticked on this device, for this page's own use: nothing is sent. Without this file, they still tick.

const CLE = "pp-a-cocher";

function lire() {
  try {
    return new Set(JSON.parse(localStorage.getItem(CLE) ?? "[]"));
  } catch {
    return new Set(); // no storage, or not ours
  }
}

function garder(cochees) {
  try {
    localStorage.setItem(CLE, JSON.stringify([...cochees].slice(-200)));
  } catch {
    // private window: the boxes only live as long as the page
  }
}

const cases = document.querySelectorAll("[data-case-a-cocher]");
const deja = lire();
for (const une of cases) {
  une.checked ||= deja.has(une.dataset.caseACocher);
  une.addEventListener("change", () => {
    const cochees = lire();
    cochees.delete(une.dataset.caseACocher);
    if (une.checked) cochees.add(une.dataset.caseACocher);
    garder(cochees);
  });
}
