// The week grid: arrows move from cell to cell, a drag swaps two of them. Without this file, each cell is a link.


const grille = () => document.querySelector("[data-echanger]");
const cases = () => [...document.querySelectorAll("[data-case]")];

const voisine = (lien, touche) => {
  const cellule = lien.closest("td");
  const rang = [...cellule.parentElement.children].indexOf(cellule);
  const ligne = { ArrowUp: "previousElementSibling", ArrowDown: "nextElementSibling" }[touche];
  const autre = ligne
    ? cellule.parentElement[ligne]?.children[rang]
    : cellule[touche === "ArrowLeft" ? "previousElementSibling" : "nextElementSibling"];
  return autre?.querySelector("[data-case]");
};

document.addEventListener("keydown", (evenement) => {
  const lien = evenement.target.closest?.("[data-case]");
  if (!lien || !evenement.key.startsWith("Arrow")) return;
  const autre = voisine(lien, evenement.key);
  if (autre) {
    evenement.preventDefault();
    autre.focus();
  }
});

const echanger = (une, autre) => {
  const cible = document.getElementById("plan-grille");
  htmx
    .ajax("POST", grille().dataset.echanger, { target: cible, swap: "outerHTML", values: { une, autre } })
    .then(() => {
      const refus = document.querySelector("[data-refus]");
      (refus ?? cases().find((c) => c.dataset.case === autre))?.focus();
    });
};

let tiree = "";
document.addEventListener("dragstart", (evenement) => {
  tiree = evenement.target.closest?.("[data-case]")?.dataset.case ?? "";
});
document.addEventListener("dragover", (evenement) => {
  if (tiree && evenement.target.closest?.("td")?.querySelector("[data-case]")) evenement.preventDefault();
});
document.addEventListener("drop", (evenement) => {
  const autre = evenement.target.closest?.("td")?.querySelector("[data-case]")?.dataset.case;
  if (tiree && autre && autre !== tiree) {
    evenement.preventDefault();
    echanger(tiree, autre);
  }
  tiree = "";
});
